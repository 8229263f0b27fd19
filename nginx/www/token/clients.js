// clients.js - H-2-1: the programs of this organisation that fetch their tokens by OAuth, with
// the key or certificate they prove themselves by.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { dayOf, dayText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { tag } from '../lib/page.js';
import { may } from '../lib/session.js';
import { keyset, nothingHere, table } from '../widgets/table.js';
import { certificateSoon, listClients, lists, scopeList, usedText } from './tokens.js';

export const stateTag = (c) => (c.status !== 'ACTIVE' ? tag(t('clients.DISABLED'), 'bad')
	: certificateSoon(c) ? tag(t('clients.soon'), 'warn') : tag(t('clients.ACTIVE'), 'good'));

const proofs = (c) => [c.key_kid && t('clients.key'), c.cert_x5t_s256 && t('clients.certificate')].filter(Boolean).join(t('comma'));

export const columns = () => [
	{ key: 'name', label: t('tokens.name'), head: true, cell: (c) => html`<a href="/clients/${encodeURIComponent(c.client_id)}"
		lang="ja">${c.name}</a>` },
	{ key: 'state', label: t('tokens.status'), cell: stateTag },
	{ key: 'scopes', label: t('tokens.scopes'), cell: (c) => scopeList(c.scopes) },
	{ key: 'proof', label: t('clients.proof'), cell: (c) => html`${proofs(c)}${c.cert_expires_at ? html`<span class="yb-sub">${t('clients.until',
		{ day: dayText(dayOf(c.cert_expires_at)) })}</span>` : nothing}` },
	{ key: 'used', nowrap: true, label: t('tokens.used'), cell: usedText },
];

export const init = async ({ query }) => ({ after: query.get('after'),
	...await listClients(query.get('after') ? { after: query.get('after') } : {}) });

export const view = ({ clients, next, after }, update, { session }) => html`<h1 id="clients">${t('clients.title')}</h1>
	${lists('/clients')}<p>${t('clients.lead')}</p>
	${may(session, 'registerClient') ? html`<div class="yb-actions yb-actions--top"><a class="yb-button yb-button--primary"
		href="/clients/new">${t('clients.register')}</a></div>` : nothing}
	${table({ labelledby: 'clients', columns: columns(), rows: clients, empty: nothingHere(t('clients.empty')) })}
	${keyset({ first: after ? '/clients' : null, next: next ? `/clients?after=${encodeURIComponent(next)}` : null })}`;
