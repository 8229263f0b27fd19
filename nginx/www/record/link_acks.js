// link_acks.js - H-3-1: what the municipality's system says of a file it has taken (job
// record.link-acks).

import { html } from '../vendor/lit-html/lit-html.js';
import { t } from '../lib/i18n.js';
import { crumb } from '../lib/page.js';
import { upload } from '../widgets/upload.js';

export const init = ({ update }) => ({ upload: upload({ kind: 'record.link-acks', params: {}, update }) });

export const view = ({ upload: widget }) => html`${crumb([['/records/link', t('link.title')]], t('linkAcks.title'))}<h1>${t('linkAcks.title')}</h1>
	<p>${t('linkAcks.lead')}</p>${widget.view()}`;
