// bulk.js - P-06: inquiries by a list of numbers: who asked, for what, who decided.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get } from '../lib/api.js';
import { momentText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { tag } from '../lib/page.js';
import { nothingHere, table } from '../widgets/table.js';
import { code } from './parts.js';

const KINDS = { ASKED: 'warn', APPROVED: 'good', REJECTED: 'bad' };

export const bulkTag = (b) => tag(t(`bulk.${b.state}`), KINDS[b.state]);
export const init = ({ session }) => get('/record/bulk-inquiries').then(({ inquiries }) => ({ inquiries, me: session.user.user_id }));

// What this user may do with it: decide another's, take the file of an own one.
const act = (b, me) => (b.state === 'ASKED' && b.asked_by !== me ? t('bulk.decide') : b.state === 'APPROVED' && b.asked_by === me ? t('bulk.take') : t('bulk.look'));

const columns = (me) => [
	{ key: 'asked', label: t('bulk.asked'), head: true, nowrap: true, cell: (b) => html`${momentText(b.asked_at)}<span class="yb-sub">${b.asked_by}</span>` },
	{ key: 'state', label: t('requests.state'), cell: bulkTag },
	{ key: 'n', label: t('bulk.count'), number: true, cell: (b) => b.n },
	{ key: 'why', label: t('search.purpose'), cell: (b) => html`<div class="yb-cell">${code('purpose', b.purpose)}<span class="yb-sub" lang="ja">${b.reason}</span></div>` },
	{ key: 'decided', label: t('bulk.decided'), nowrap: true, cell: (b) => (b.decided_at ? html`${momentText(b.decided_at)}<span class="yb-sub">${b.decided_by}</span>` : t('none')) },
	{ key: 'do', label: t('requests.do'), screen: true, cell: (b) => html`<a href="/records/bulk/${b.bulk_id}">${act(b, me)}<span class="yb-hidden">${t('colon')}${momentText(b.asked_at)}</span></a>` },
];

export const view = ({ inquiries, me }) => html`<h1 id="bulk">${t('bulk.title')}</h1><p>${t('bulk.lead')}</p>
	<div class="yb-actions yb-actions--top"><a class="yb-button yb-button--primary" href="/records/bulk/new">${t('bulkNew.title')}</a></div>
	${table({ labelledby: 'bulk', columns: columns(me), rows: inquiries, empty: nothingHere(t('bulk.empty'), nothing) })}`;
