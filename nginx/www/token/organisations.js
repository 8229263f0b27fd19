// organisations.js - 国保中央会: the tokens and programs of any organisation, to end what must be
// ended, and to register programs of those that have no administrator here.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { announce, crumb, facts, focusOn } from '../lib/page.js';
import { Form } from '../widgets/form.js';
import { keyset, nothingHere, table } from '../widgets/table.js';
import { columns as clientColumns } from './clients.js';
import { centreKeeps } from './register.js';
import { ISSUED, columns, listClients, listTokens } from './tokens.js';

const here = (query) => `/tokens/organisations?${new URLSearchParams(query)}`;
const find = (query) => get(`/account/organisations?${new URLSearchParams({ limit: '50', ...query })}`);

// A code is one organisation; anything else is looked for in names.
const conditions = (typed) => (/^[0-9A-Z]{3,10}$/.test(typed) && /\d/.test(typed) ? { org_code: typed } : { q: typed });

async function one(code, after) {
	const [{ organisations }, tokens, programs] = await Promise.all([find({ org_code: code }),
		listTokens(after, code), listClients({ org_code: code })]);
	return { org: organisations[0], ...tokens, clients: programs.clients, after };
}

export async function init({ query, update }) {
	const code = query.get('org');
	const state = { code, found: null, ...code ? await one(code, query.get('after')) : {} };
	state.form = new Form({
		id: 'find', title: t('orgTokens.title'), update,
		fields: { q: { label: t('orgTokens.find'), hint: t('orgTokens.findHint'), required: true } },
		async submit({ q }) {
			const { organisations } = await find(conditions(q.normalize('NFKC').trim()));
			state.found = organisations;
			update();
			announce(t('orgTokens.found', { n: organisations.length }));
			focusOn('found');
		},
	});
	return state;
}

const search = (state) => html`${state.form.summary()}<h1>${t('orgTokens.title')}</h1><p>${t('orgTokens.lead')}</p>
	${state.form.view(state.form.field('q'), { panel: true, send: t('orgTokens.search') })}
	${state.found ? html`<section class="yb-result"><h2 id="found" tabindex="-1">${t('orgTokens.found', { n: state.found.length })}</h2>
		${table({ labelledby: 'found', rows: state.found, empty: nothingHere(t('orgTokens.nobody')), columns: [
			{ key: 'name', label: t('orgTokens.org'), head: true, cell: (o) => html`<a href=${here({ org: o.org_code })} lang="ja">${o.name}</a>` },
			{ key: 'code', label: t('orgTokens.code'), cell: (o) => html`<span class="yb-digits">${o.org_code}</span>` },
			{ key: 'type', label: t('orgTokens.type'), cell: (o) => t(`orgType.${o.org_type}`) }] })}</section>` : nothing}`;

const shown = ({ org, code, tokens, clients, next, after }) => html`${crumb([['/tokens/organisations', t('orgTokens.title')]], org?.name ?? code)}
	<h1 lang="ja">${org?.name ?? code}</h1>
	${facts([[t('orgTokens.code'), html`<span class="yb-digits">${code}</span>`], org && [t('orgTokens.type'), t(`orgType.${org.org_type}`)]])}
	${tokens.length > 0 || ISSUED.includes(org?.org_type) ? html`<section><h2 id="tokens">${t('tokens.title')}</h2>
		${table({ labelledby: 'tokens', columns: columns({ revoke: true, org: code }), rows: tokens, empty: nothingHere(t('tokens.empty')) })}
		${keyset({ first: after ? here({ org: code }) : null, next: next ? here({ org: code, after: next }) : null })}</section>` : nothing}
	<section><h2 id="clients">${t('clients.title')}</h2>
	${org && centreKeeps(org) ? html`<div class="yb-actions yb-actions--top"><a class="yb-button yb-button--primary"
		href="/clients/new?${new URLSearchParams({ org: code })}">${t('clients.register')}</a></div>` : nothing}
	${table({ labelledby: 'clients', columns: clientColumns(), rows: clients, empty: nothingHere(t('clients.empty')) })}</section>`;

export const view = (state) => (state.code ? shown(state) : search(state));
