// applications.js - H-1-1: applications for first administrators, the newest first.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get } from '../lib/api.js';
import { dayOf, dayText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { nameOf } from '../lib/page.js';
import { keyset, nothingHere, table } from '../widgets/table.js';
import { STATES, orgOf, stateTag } from './apps.js';

const ASKED = ['state', 'org_code', 'job_no'];

export async function init({ query }) {
	const asked = Object.fromEntries(ASKED.filter((k) => query.get(k)?.trim()).map((k) => [k, query.get(k).normalize('NFKC').trim().toUpperCase()]));
	const after = query.get('after');
	return { asked, after, ...await get(`/account/applications?${new URLSearchParams({ ...asked, limit: '50', ...after ? { after } : {} })}`) };
}

const columns = () => [
	{ key: 'no', label: t('apps.no'), head: true, cell: (a) => html`<a class="yb-digits" href="/applications/${a.application_no}">${a.application_no}</a>` },
	{ key: 'org', label: t('apps.org'), cell: orgOf },
	{ key: 'name', label: t('apps.person'), cell: nameOf },
	{ key: 'maker', label: t('apps.maker'), nowrap: true, cell: (a) => html`${dayText(dayOf(a.made_at))}<span class="yb-sub" lang="ja">${a.maker_name ?? a.maker_user_id}</span>` },
	{ key: 'expires', label: t('apps.expires'), nowrap: true, cell: (a) => (a.state === 'WAITING' ? dayText(dayOf(a.expires_at)) : t('none')) },
	{ key: 'state', label: t('apps.state'), cell: (a) => html`${stateTag(a)}${a.state === 'WAITING' && !a.may_decide
		? html`<span class="yb-sub">${t('apps.own')}</span>` : nothing}` },
];

const text = (id, label, value) => html`<div class="yb-field"><label class="yb-label" for=${id}>${label}</label>
	<input class="yb-input" id=${id} name=${id} type="text" data-width="id" autocomplete="off" .defaultValue=${value ?? ''}></div>`;

export function view({ asked, after, applications, next }) {
	const page = (more) => `/applications?${new URLSearchParams({ ...asked, ...more })}`;
	const some = Object.keys(asked).length > 0 || after;
	return html`<h1 id="apps">${t('apps.title')}</h1><p>${t('apps.lead')}</p>
		<div class="yb-actions yb-actions--top"><a class="yb-button yb-button--primary" href="/applications/organisations">${t('appNew.title')}</a>
		<a class="yb-button" href="/applications/file">${t('appFile.title')}</a></div>
		<form class="yb-panel" action="/applications" method="get" aria-label=${t('apps.filter')}><div class="yb-grid">
			<div class="yb-field"><label class="yb-label" for="state">${t('apps.state')}</label><select class="yb-input" id="state" name="state">
			${[['', t('users.all')], ...STATES.map((s) => [s, t(`apps.${s}`)])].map(([v, words]) => html`<option value=${v} ?selected=${v === (asked.state ?? '')}>${words}</option>`)}</select></div>
			${text('org_code', t('users.orgCode'), asked.org_code)}${text('job_no', t('apps.job'), asked.job_no)}</div>
			<div class="yb-actions yb-actions--near"><button class="yb-button">${t('users.search')}</button></div></form>
		<div class="yb-result">${table({ labelledby: 'apps', columns: columns(), rows: applications, empty: nothingHere(t(some ? 'apps.emptyHere' : 'apps.empty'),
			some ? html`<p><a href="/applications">${t('users.clear')}</a></p>` : nothing) })}</div>
		${keyset({ first: after ? page({}) : null, next: next ? page({ after: String(next) }) : null })}`;
}
