// list.js - H-2-1: the access tokens this organisation has handed out. Their values are never
// here: a token is shown once, when it is issued, and kept nowhere.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { t } from '../lib/i18n.js';
import { may } from '../lib/session.js';
import { keyset, nothingHere, table } from '../widgets/table.js';
import { columns, listTokens, lists } from './tokens.js';

export const init = async ({ query }) => ({ after: query.get('after'), ...await listTokens(query.get('after')) });

export function view({ tokens, next, after }, update, { session }) {
	const can = { issue: may(session, 'issueAccessToken'), revoke: may(session, 'revokeAccessToken') };
	return html`<h1 id="tokens">${t('tokens.title')}</h1>${lists('/tokens')}<p>${t('tokens.lead')}</p>
		${can.issue ? html`<div class="yb-actions yb-actions--top"><a class="yb-button yb-button--primary"
			href="/tokens/new">${t('tokens.issue')}</a></div>` : nothing}
		${table({ labelledby: 'tokens', columns: columns(can), rows: tokens, empty: nothingHere(t('tokens.empty')) })}
		${keyset({ first: after ? '/tokens' : null, next: next ? `/tokens?after=${encodeURIComponent(next)}` : null })}`;
}
