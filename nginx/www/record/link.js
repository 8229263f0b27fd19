// link.js - H-3-1: how the link to the municipality's own system stands, and what it refused.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get } from '../lib/api.js';
import { dayText, momentText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { facts, nameOf, notice } from '../lib/page.js';
import { may } from '../lib/session.js';
import { keyset, nothingHere, table } from '../widgets/table.js';
import { bannerTag, exportForm } from './lists.js';
import { vaccine } from './parts.js';

export async function init({ query, session, update }) {
	const since = query.get('since');
	const list = may(session, 'listLinkErrors');
	const [status, page] = await Promise.all([get('/record/link'),
		list ? get(`/record/link-errors?limit=50${since ? `&since=${encodeURIComponent(since)}` : ''}`) : null]);
	// The file hides nobody: the server gives it to people with this right alone.
	const file = list && may(session, 'restricted_view');
	return { status, page, since, form: file ? exportForm(update, 'record.link-file', { since: 0 }) : null };
}

const columns = () => [
	{ key: 'seq', label: t('link.seq'), head: true, number: true, cell: (e) => e.seq },
	{ key: 'error', label: t('link.error'), cell: (e) => html`<div class="yb-cell" lang="ja">${e.error ?? t('none')}</div><span class="yb-sub">${momentText(e.acked_at)}</span>` },
	{ key: 'name', label: t('search.name'), cell: (e) => html`${nameOf(e)}${bannerTag(e)}<span class="yb-sub">${t('search.muniKey')} ${e.muni_key}</span>` },
	{ key: 'what', label: t('link.record'), nowrap: true, cell: (e) => html`${vaccine(e)}<span class="yb-sub">${dayText(e.vaccinated_on)} ${t(`history.${e.change_kind}`)}</span>` },
	{ key: 'org', label: t('record.org'), cell: (e) => html`<span lang="ja">${e.org_name ?? e.org_code ?? t('none')}</span>` },
	{ key: 'do', label: t('requests.do'), screen: true, cell: (e) => html`<a href="/records/link/${e.seq}">${t('link.resolve')}<span class="yb-hidden">${t('colon')}${e.seq}</span></a>` },
];

const links = () => html`<a class="yb-button" href="/records/link/acks">${t('linkAcks.title')}</a><a class="yb-button" href="/records/link/resend">${t('resend.title')}</a>`;

export function view({ status: s, page, since, form }) {
	return html`${form?.summary() ?? nothing}<h1 id="link">${t('link.title')}</h1>
		${s.late ? notice(t('link.late'), html`<p>${t('link.lateText', { at: momentText(s.oldest_at) })}</p>`, 'warn') : nothing}
		${facts([[t('link.ready'), t('count', { n: s.ready })], [t('link.sent'), t('count', { n: s.sent })], [t('link.nacked'), t('count', { n: s.nacked })],
			[t('link.acked'), t('count', { n: s.acked })], [t('link.oldest'), momentText(s.oldest_at)]])}
		${page ? html`<section><h2 id="errors">${t('link.errors')}</h2>${table({ labelledby: 'errors', columns: columns(), rows: page.errors, empty: nothingHere(t('link.none')) })}
			${keyset({ first: since ? '/records/link' : null, next: page.next ? `/records/link?since=${page.next}` : null })}</section>
			<section><h2>${t('link.again')}</h2><p>${t('link.againText')}</p>${form ? form.view(nothing, { send: t('link.file'), plain: true, more: links() })
				: html`<p>${t('link.noFile')}</p><div class="yb-actions">${links()}</div>`}</section>` : nothing}`;
}
