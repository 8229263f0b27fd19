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

const FIELDS = 'input:not([type=hidden]), textarea, select';

// Whether of what was typed something is still there: what was stored has left the page.
const holds = (field) => (['checkbox', 'radio'].includes(field.type) ? field.checked !== field.defaultChecked
	: field.value !== (field.defaultValue ?? ''));
let asking = false;

export async function change(to, typed) {
	if (asking)
		return;
	asking = true;
	const stays = typed && [...document.querySelectorAll(FIELDS)].some(holds) && !await loses();
	asking = false;
	if (stays)
		return;
	document.cookie = `lang=${to}; Path=/; Max-Age=31536000; SameSite=Strict; Secure`;
	location.reload();
}
