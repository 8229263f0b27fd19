// import.js - the history of the municipality's own system as a file (job record.vaccinations).

import { html } from '../vendor/lit-html/lit-html.js';
import { t } from '../lib/i18n.js';
import { upload } from '../widgets/upload.js';

export const init = ({ update }) => ({ upload: upload({ kind: 'record.vaccinations', params: {}, update }) });

export const view = ({ upload: widget }) => html`<h1>${t('import.title')}</h1><p>${t('import.lead')}</p>${widget.view()}`;
