// user-letter.js - H-1-2: the letter with a temporary password, for whoever was registered
// with a file or whose letter has not been printed yet.

import { html } from '../vendor/lit-html/lit-html.js';
import { t } from '../lib/i18n.js';
import { crumb, facts } from '../lib/page.js';
import { readUser, userFacts } from './accounts.js';
import { userLetter } from './handover.js';

export async function init({ params, update }) {
	const user = await readUser(params.user_id);
	return { user, letter: userLetter(user.user_id, update) };
}

export const view = ({ user, letter }) => html`${crumb([['/users', t('users.title')], [`/users/${user.user_id}`, user.user_id]], t('letter.title'))}
	<h1>${t('letter.title')}</h1><p>${t('letter.lead')}</p>${facts(userFacts(user))}${letter.view()}
	<div class="yb-actions"><a class="yb-button" href="/users/${user.user_id}">${t('userEdit.back')}</a></div>`;
