// tasks.js - tokens that end within thirty days: a program that stops is noticed too late.

import { t } from '../lib/i18n.js';
import { listTokens, soon } from './tokens.js';

export async function tasks() {
	const { tokens } = await listTokens();
	return [{ text: t('tokens.soonTask'), href: '/tokens', count: tokens.filter(soon).length }];
}
