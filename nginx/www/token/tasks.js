// tasks.js - what ends within thirty days: a program that stops is noticed too late.

import { t } from '../lib/i18n.js';
import { certificateSoon, listClients, listTokens, soon } from './tokens.js';

export async function tasks() {
	const [{ tokens }, { clients }] = await Promise.all([listTokens(), listClients({})]);
	return [{ text: t('tokens.soonTask'), href: '/tokens', count: tokens.filter(soon).length },
		{ text: t('clients.soonTask'), href: '/clients', count: clients.filter(certificateSoon).length }];
}
