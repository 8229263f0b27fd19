// applications-file.js - H-1-1: applications from a CSV file; each row is decided on its own.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { t } from '../lib/i18n.js';
import { crumb } from '../lib/page.js';
import { upload } from '../widgets/upload.js';

export const init = ({ update }) => ({ file: upload({ kind: 'account.applications', update }) });

export const view = ({ file }) => html`${crumb([['/applications', t('apps.title')]], t('appFile.title'))}
	<h1>${t('appFile.title')}</h1>${file.job ? nothing : html`<p>${t('appFile.lead')}</p>`}${file.view()}
	${file.job?.job?.state === 'DONE' ? html`<p>${t('appFile.done')} <a href="/applications?job_no=${file.job.job.job_no}">${t('appFile.toList')}</a></p>` : nothing}`;
