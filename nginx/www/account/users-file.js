// users-file.js - H-1-2: accounts from a CSV file, all of them or none.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { t } from '../lib/i18n.js';
import { crumb } from '../lib/page.js';
import { upload } from '../widgets/upload.js';
import { roleText, rolesOf } from './accounts.js';

export const init = ({ update }) => ({ file: upload({ kind: 'account.users', update }) });

export const view = ({ file }, update, { session }) => html`${crumb([['/users', t('users.title')]], t('userFile.title'))}
	<h1>${t('userFile.title')}</h1>
	${file.job ? nothing : html`<p>${t('userFile.lead')}</p><p>${t('userFile.roles', { roles: rolesOf(session.org.org_type)
		.map((role) => t('userFile.role', { role, name: roleText(role) })).join(t('comma')) })}</p>`}
	${file.view()}
	${file.job?.job?.state === 'DONE' ? html`<p>${t('userFile.done')} <a href="/users?status=TEMP">${t('userFile.toTemp')}</a></p>` : nothing}`;
