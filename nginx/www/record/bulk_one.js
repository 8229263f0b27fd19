// bulk_one.js - P-06: the second person's word on an inquiry by list, and then its file.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { Problem, get, post } from '../lib/api.js';
import { momentText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { crumb, facts } from '../lib/page.js';
import { Act } from '../widgets/act.js';
import { area, radios } from '../widgets/form.js';
import { bulkTag } from './bulk.js';
import { exportForm } from './lists.js';
import { code } from './parts.js';

export async function init({ params, session, update }) {
	const { inquiries } = await get('/record/bulk-inquiries');
	const bulk = inquiries.find((b) => b.bulk_id === params.bulk_id);
	if (!bulk)
		throw new Problem(404, null);
	const mine = bulk.asked_by === session.user.user_id;
	return { bulk, mine, file: mine && bulk.state === 'APPROVED' ? exportForm(update, 'record.bulk-inquiry', { bulk_id: bulk.bulk_id }) : null,
		act: mine || bulk.state !== 'ASKED' ? null : new Act({ title: t('bulkOne.title'), done: t('bulkOne.done'), update,
			fields: { decision: { kind: radios, label: t('bulkOne.decision'), required: true,
				options: [['approve', t('bulkOne.approve')], ['reject', t('bulkOne.reject')]] },
			comment: { kind: area, label: t('answer.comment'), hint: t('bulkOne.commentHint'), required: false, rows: 2 } },
			check: (v) => (v.decision === 'reject' && !v.comment ? [{ name: 'comment', text: t('form.enter', { label: t('answer.comment') }) }] : []),
			submit: (values, key) => post(`/record/bulk-inquiries/${bulk.bulk_id}/decision`, values, { key }) }) };
}

const about = (b) => facts([[t('requests.state'), bulkTag(b)], [t('bulk.count'), t('count', { n: b.n })], [t('search.purpose'), code('purpose', b.purpose)],
	[t('search.reason'), html`<span lang="ja">${b.reason}</span>`], [t('bulk.asked'), html`${momentText(b.asked_at)}<span class="yb-sub">${b.asked_by}</span>`],
	b.decided_at ? [t('bulk.decided'), html`${momentText(b.decided_at)}<span class="yb-sub">${b.decided_by} ${b.comment ?? ''}</span>`] : null]);

export function view({ bulk, mine, file, act }) {
	const back = html`<a class="yb-button" href="/records/bulk">${t('requests.back')}</a>`;
	return html`${crumb([['/records/bulk', t('bulk.title')]], t('bulkOne.title'))}${act ? act.view({ send: t('bulkOne.send'), about: act.answer ? nothing : about(bulk), back })
		: html`${file?.summary() ?? nothing}<h1>${t('bulk.title')}</h1>${about(bulk)}
		<p>${t(file ? 'bulkOne.take' : mine && bulk.state === 'ASKED' ? 'bulkOne.waits' : 'bulkOne.over')}</p>
		${file ? file.view(nothing, { send: t('export.send'), more: back }) : html`<div class="yb-actions">${back}</div>`}`}`;
}
