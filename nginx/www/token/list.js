// list.js - H-2-1: the access tokens this organisation has handed out. Their values are never
// here: a token is shown once, when it is issued, and kept nowhere.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { dayOf, dayText, timeText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { may } from '../lib/session.js';
import { keyset } from '../widgets/pagination.js';
import { nothingHere, table } from '../widgets/table.js';
import { listTokens, statusTag, usable } from './tokens.js';

export const init = async ({ query }) => ({ after: query.get('after'), ...await listTokens(query.get('after')) });

const columns = (session) => [
	{ key: 'name', label: t('tokens.name'), head: true, cell: (k) => html`<span lang="ja">${k.name}</span><span
		class="yb-sub">${t('tokens.last4')} <code>${k.last4}</code></span>` },
	{ key: 'status', label: t('tokens.status'), cell: statusTag },
	{ key: 'scopes', label: t('tokens.scopes'), cell: (k) => html`<ul class="yb-plain">${k.scopes.map((s) =>
		html`<li>${t(`scope.${s}`)}<span class="yb-sub" lang="en">${s}</span></li>`)}</ul>` },
	{ key: 'issued', nowrap: true, label: t('tokens.issued'), cell: (k) => html`${dayText(dayOf(k.issued_at))}<span
		class="yb-sub">${t('tokens.by', { who: k.issued_by })}</span>` },
	{ key: 'expires', nowrap: true, label: t('tokens.expires'), cell: (k) => dayText(dayOf(k.expires_at)) },
	{ key: 'used', nowrap: true, label: t('tokens.used'), cell: (k) => (k.last_used_at ? html`${dayText(dayOf(k.last_used_at))}
		${timeText(k.last_used_at)}<span class="yb-sub">${k.last_ip ?? ''}</span>` : t('tokens.unused')) },
	...(may(session, 'revokeAccessToken') ? [{ key: 'do', label: t('tokens.do'), screen: true,
		cell: (k) => (usable(k) ? html`<a href="/tokens/${k.token_id}/revoke">${t('tokens.revoke')}<span
			class="yb-hidden">${t('colon')}${k.name} ${k.last4}</span></a>` : nothing) }] : []),
];

export function view({ tokens, next, after }, update, { session }) {
	const issue = may(session, 'issueAccessToken') ? html`<div class="yb-actions yb-actions--top"><a
		class="yb-button yb-button--primary" href="/tokens/new">${t('tokens.issue')}</a></div>` : nothing;
	return html`<h1 id="tokens">${t('tokens.title')}</h1><p>${t('tokens.lead')}</p>${issue}
		${table({ labelledby: 'tokens', columns: columns(session), rows: tokens,
			empty: nothingHere(t('tokens.empty')) })}
		${keyset({ first: after ? '/tokens' : null, next: next ? `/tokens?after=${encodeURIComponent(next)}` : null })}`;
}
