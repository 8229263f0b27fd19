// link.js - links of mails: what stands behind the # opens something once, so it does not stay
// in the address and the history.

import { html } from '../vendor/lit-html/lit-html.js';
import { t } from '../lib/i18n.js';
import { notice } from '../lib/page.js';

// The token of this address, null without one; from now on it is only in memory.
export function takeToken(path) {
	const token = location.hash.slice(1);
	window.addEventListener('hashchange', () => location.reload()); // another link, into the same page
	history.replaceState(null, '', path);
	return /^[\w-]{43}$/.test(token) ? token : null;
}

// The link does not hold (E-ACC-007), or the page was loaded again without it.
export const noLink = (title, kind, again) => html`<h1>${title}</h1>
	${notice(t(`link.${kind}`), html`<p>${t(`link.${kind}Text`)}</p>`, 'warn')}
	<div class="yb-actions">${again}<a class="yb-button" href="/login">${t('system.toLogin')}</a></div>`;
