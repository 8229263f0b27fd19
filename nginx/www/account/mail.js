// mail.js - H-1-3: the link sent to a new address was opened. A button confirms it, because
// programs that look through mails open links too.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { post } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { focusOn, notice, setTitle } from '../lib/page.js';
import { Form } from '../widgets/form.js';
import { noLink, takeToken } from './link.js';

export function init({ update, session }) {
	const token = takeToken('/mail-confirm');
	const state = { link: token ? 'good' : 'lost', session: Boolean(session) };
	state.form = new Form({
		title: t('mail.title'), update, fields: {},
		async submit() {
			try {
				await post('/account/mail-confirm', { token }, { quiet: true });
				state.link = 'done';
			} catch (e) {
				if (e.id !== 'E-ACC-007')
					throw e;
				state.link = 'over';
			}
			update();
			setTitle(t(state.link === 'done' ? 'mail.done' : 'mail.title'));
			focusOn('done');
		},
	});
	return state;
}

export function view({ link, form, session }) {
	if (link === 'done')
		return html`<h1 id="done" tabindex="-1">${t('mail.done')}</h1>${notice(t('mail.doneText'), nothing, 'good')}
			<div class="yb-actions"><a class="yb-button yb-button--primary" href=${session ? '/menu' : '/login'}>${t(session
				? 'system.toMenu' : 'system.toLogin')}</a></div>`;
	if (link !== 'good')
		return noLink(t('mail.title'), link, nothing);
	return html`${form.summary()}<h1>${t('mail.title')}</h1><p>${t('mail.lead')}</p>${form.view(nothing, { send: t('mail.send') })}`;
}
