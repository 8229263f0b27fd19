// tokens.js - what the pages of tokens share.

import { get } from '../lib/api.js';
import { addDays, dayOf, today } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { tag } from '../lib/page.js';

export const listTokens = (after) =>
	get(`/token/access-tokens?limit=50${after ? `&after=${encodeURIComponent(after)}` : ''}`);

// No single token can be asked for: the list is read until it is found.
export async function findToken(id) {
	for (let after = null, i = 0; i < 20; i++) {
		const page = await listTokens(after);
		const found = page.tokens.find((token) => token.token_id === id);
		if (found || !page.next)
			return found ?? null;
		after = page.next;
	}
	return null;
}

export const usable = (token) => token.status === 'ISSUED' || token.status === 'ACTIVE';
export const soon = (token) => usable(token) && dayOf(token.expires_at) <= addDays(today(), 30);

const KINDS = { ISSUED: 'info', ACTIVE: 'good', EXPIRED: 'plain', REVOKED: 'bad' };
export const statusTag = (token) => (soon(token) ? tag(t('tokens.soon'), 'warn')
	: tag(t(`tokens.${token.status}`), KINDS[token.status]));

// What this type of organisation may hand out; the server decides.
export const SCOPES = {
	MUNI: ['subject:write', 'record:read', 'qre:read', 'mch:write', 'cert:write', 'master:read'],
	NMI: ['record:write', 'record:check', 'master:read', 'eligibility:read'],
};
