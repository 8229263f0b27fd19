// organisations.js - H-1-1: organisations of the master: where an application begins, and how
// far each of them is. Names of organisations are nobody's personal data: they stand in the address.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { crumb, tag } from '../lib/page.js';
import { may } from '../lib/session.js';
import { keyset, nothingHere, table } from '../widgets/table.js';
import { TYPES, onboardingText, prefText, typeText } from './apps.js';

// What looks like a code is one: of any width, with or without its hyphens.
const code = (q) => q.replace(/[\s-]/g, '').toUpperCase();
const isCode = (q) => /^(?:\d{2,10}|N\d{9}|NHIC|MHLW|OPS)$/.test(code(q));

export async function init({ query }) {
	const q = (query.get('q') ?? '').normalize('NFKC').trim();
	const [type, after] = [query.get('type') ?? '', query.get('after') ?? ''];
	const state = { q, type, after, found: null };
	if (q || type)
		state.found = await get(`/account/organisations?${new URLSearchParams({ ...q ? { [isCode(q) ? 'org_code' : 'q']: isCode(q) ? code(q) : q } : {},
			...type ? { org_type: type } : {}, ...after ? { after } : {}, limit: '50' })}`);
	return state;
}

const page = ({ q, type }, after) => `/applications/organisations?${new URLSearchParams({ ...q ? { q } : {}, ...type ? { type } : {}, ...after ? { after } : {} })}`;

const doing = (o, session) => html`${o.waiting > 0 ? html`<a href="/applications?org_code=${o.org_code}">${t('orgs.waiting')}<span
	class="yb-hidden">${t('colon')}${o.name}</span></a>` : html`<a href="/applications/new?org=${o.org_code}">${t('orgs.apply')}<span
	class="yb-hidden">${t('colon')}${o.name}</span></a>`}${o.admins > 0 && may(session, 'listUsers') ? html`<br><a href="/users?org_code=${o.org_code}">${t('orgs.admins')}<span
	class="yb-hidden">${t('colon')}${o.name}</span></a>` : nothing}`;

const columns = (session) => [
	{ key: 'name', label: t('orgs.name'), head: true, cell: (o) => html`<span lang="ja">${o.name}</span><span class="yb-sub yb-digits">${o.org_code}</span>` },
	{ key: 'type', label: t('orgs.type'), cell: (o) => typeText(o.org_type) },
	{ key: 'pref', label: t('orgs.pref'), cell: (o) => prefText(o.pref_code) },
	{ key: 'state', label: t('orgs.state'), cell: (o) => tag(onboardingText(o.onboarding), o.admins > 0 ? 'good' : o.waiting > 0 ? 'warn' : 'plain') },
	{ key: 'admins', label: t('orgs.adminCount'), number: true, cell: (o) => t('review.people', { n: o.admins }) },
	{ key: 'do', label: t('orgs.do'), screen: true, cell: (o) => doing(o, session) },
];

export const view = (state, update, { session }) => html`${crumb([['/applications', t('apps.title')]], t('orgs.title'))}
	<h1>${t('orgs.title')}</h1><p>${t('orgs.lead')}</p>
	<form class="yb-panel" action="/applications/organisations" method="get"><div class="yb-grid">
		<div class="yb-field"><label class="yb-label" for="q">${t('orgs.q')}</label><p class="yb-hint" id="q-hint">${t('orgs.qHint')}</p>
			<input class="yb-input" id="q" name="q" type="text" autocomplete="off" spellcheck="false" aria-describedby="q-hint" .defaultValue=${state.q}></div>
		<div class="yb-field"><label class="yb-label" for="type">${t('orgs.type')}</label><select class="yb-input" id="type" name="type">
			${[['', t('users.all')], ...TYPES.map((type) => [type, typeText(type)])].map(([v, text]) => html`<option value=${v} ?selected=${v === state.type}>${text}</option>`)}</select></div></div>
		<div class="yb-actions yb-actions--near"><button class="yb-button yb-button--primary">${t('users.search')}</button></div></form>
	${state.found ? html`<h2 id="result" tabindex="-1">${t('users.shown', { n: state.found.organisations.length })}</h2>
		${table({ labelledby: 'result', columns: columns(session), rows: state.found.organisations, empty: nothingHere(t('orgs.empty')) })}
		${keyset({ first: state.after ? page(state) : null, next: state.found.next ? page(state, state.found.next) : null })}` : nothing}
	<h2>${t('orgs.newHead')}</h2><p>${t('orgs.newText')}</p><p><a href="/applications/new?new=1">${t('orgs.new')}</a></p>`;

export const ready = ({ found }) => document.getElementById(found ? 'result' : 'q').focus();
