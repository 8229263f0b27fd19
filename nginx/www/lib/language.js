// language.js - the other language. The page is loaded again, and what was typed would be gone:
// that is asked first.

import { html } from '../vendor/lit-html/lit-html.js';
import { Dialog } from '../widgets/dialog.js';
import { t } from './i18n.js';

const loses = () => new Dialog().open({ title: t('language.title'), describedby: 'dialog-text',
	body: html`<p id="dialog-text">${t('language.text')}</p>`, actions: [
		{ text: t('language.stay'), primary: true, value: false },
		{ text: t('language.switch'), value: true },
	] });

export async function change(to, typed) {
	if (typed && !await loses())
		return;
	document.cookie = `lang=${to}; Path=/; Max-Age=31536000; SameSite=Strict; Secure`;
	location.reload();
}
