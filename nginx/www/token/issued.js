// issued.js - where reloading the show-once page leads: the value is nowhere any more.

import { html } from '../vendor/lit-html/lit-html.js';
import { t } from '../lib/i18n.js';
import { crumb, notice } from '../lib/page.js';

export const view = () => html`${crumb([['/tokens', t('tokens.title')]], t('issued.gone'))}
	<h1>${t('issued.gone')}</h1>
	${notice(t('issued.goneHead'), html`<p>${t('issued.goneText')}</p>`, 'info')}
	<div class="yb-actions"><a class="yb-button yb-button--primary" href="/tokens">${t('issued.toList')}</a>
	<a class="yb-button" href="/tokens/new">${t('tokens.issue')}</a></div>`;
