// tokens.js - what the pages of issued tokens share.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get } from '../lib/api.js';
import { addDays, dayOf, dayText, timeText, today } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { tag } from '../lib/page.js';

// Of the own organisation, or of one that 国保中央会 names.
export function listTokens(after, org) {
	const query = new URLSearchParams({ limit: '50', ...after ? { after } : {} });
	return get(org ? `/token/organisations/${encodeURIComponent(org)}/access-tokens?${query}` : `/token/access-tokens?${query}`);
}

// No single token can be asked for: the list is read until it is found.
export async function findToken(id, org) {
	for (let after = null, i = 0; i < 20; i++) {
		const page = await listTokens(after, org);
		const found = page.tokens.find((token) => token.token_id === id);
		if (found || !page.next)
			return found ?? null;
		after = page.next;
	}
	return null;
}

export const usable = (token) => token.status === 'ISSUED' || token.status === 'ACTIVE';
export const soonDay = (moment) => moment && dayOf(moment) <= addDays(today(), 30);
export const soon = (token) => usable(token) && soonDay(token.expires_at);

// Programs that fetch theirs by OAuth (clients.js), here for the menu, which shows none of them.
export const listClients = (query) => get(`/token/clients?${new URLSearchParams({ limit: '50', ...query })}`);
export const certificateSoon = (c) => c.status === 'ACTIVE' && soonDay(c.cert_expires_at);

const KINDS = { ISSUED: 'info', ACTIVE: 'good', EXPIRED: 'plain', REVOKED: 'bad' };
export const statusTag = (token) => (soon(token) ? tag(t('tokens.soon'), 'warn')
	: tag(t(`tokens.${token.status}`), KINDS[token.status]));

export const scopeList = (scopes) => html`<ul class="yb-plain">${scopes.map((s) => html`<li>${t(`scope.${s}`)}<span
	class="yb-sub" lang="en">${s}</span></li>`)}</ul>`;

export const usedText = (k) => (k.last_used_at ? html`${dayText(dayOf(k.last_used_at))}
	${timeText(k.last_used_at)}<span class="yb-sub">${k.last_ip ?? ''}</span>` : t('tokens.unused'));

// may: { revoke, issue }; org: named by 国保中央会.
export const columns = ({ revoke, issue, org }) => [
	{ key: 'name', label: t('tokens.name'), head: true, cell: (k) => html`<span lang="ja">${k.name}</span><span
		class="yb-sub">${t('tokens.last4')} <code>${k.last4}</code></span>` },
	{ key: 'status', label: t('tokens.status'), cell: statusTag },
	{ key: 'scopes', label: t('tokens.scopes'), cell: (k) => scopeList(k.scopes) },
	{ key: 'issued', nowrap: true, label: t('tokens.issued'), cell: (k) => html`${dayText(dayOf(k.issued_at))}<span
		class="yb-sub">${t('tokens.by', { who: k.issued_by })}</span>` },
	{ key: 'expires', nowrap: true, label: t('tokens.expires'), cell: (k) => dayText(dayOf(k.expires_at)) },
	{ key: 'used', nowrap: true, label: t('tokens.used'), cell: usedText },
	...(revoke || issue ? [{ key: 'do', label: t('tokens.do'), screen: true, cell: (k) => (usable(k) ? html`<ul class="yb-plain yb-plain--do">
		${[issue && [`/tokens/new?from=${k.token_id}`, t('tokens.rotate')],
			revoke && [`/tokens/${k.token_id}/revoke${org ? `?org=${encodeURIComponent(org)}` : ''}`, t('tokens.revoke')]]
			.filter(Boolean).map(([href, text]) => html`<li><a href=${href}>${text}<span
				class="yb-hidden">${t('colon')}${k.name} ${k.last4}</span></a></li>`)}</ul>` : nothing) }] : []),
];

// What a type of organisation may hand out on the screen, and what its programs may fetch; the
// server decides.
export const ISSUED = ['MUNI', 'NMI'];
export const SCOPES = {
	MUNI: ['subject:write', 'record:read', 'qre:read', 'mch:write', 'cert:write', 'master:read'],
	NMI: ['record:write', 'record:check', 'master:read', 'eligibility:read'],
	HMI: ['record:write', 'record:check', 'eligibility:read', 'master:read'],
	INSURER: ['subscriber:write', 'subscriber:read'],
	MNP: ['citizen:read', 'citizen:cert'],
};

// The two lists of one subject: handed out on the screen, fetched by programs.
export const lists = (here) => html`<ul class="yb-switch" aria-label=${t('tokens.lists')}>
	${[['/tokens', 'tokens.title'], ['/clients', 'clients.title']].map(([href, title]) => html`<li><a href=${href}
		aria-current=${href === here ? 'page' : nothing}>${t(title)}</a></li>`)}</ul>`;
