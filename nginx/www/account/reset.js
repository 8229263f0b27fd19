// reset.js - H-1-5, first half: a mail with a link is asked for. The answer is the same whoever
// was named. A link of such a mail leads here too, with its token behind the #.

import { html } from '../vendor/lit-html/lit-html.js';
import { post } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { focusOn } from '../lib/page.js';
import { Form } from '../widgets/form.js';
import { number } from '../widgets/kana.js';
import { asked } from './id_notice.js';
import * as fresh from './reset_new.js';

export function init(ctx) {
	if (location.hash.length > 1)
		return fresh.init(ctx);
	window.addEventListener('hashchange', () => location.reload());
	const { update } = ctx;
	const state = { sent: false };
	state.form = new Form({
		title: t('reset.title'), update,
		fields: {
			user_id: { kind: number, label: t('login.userId'), hint: t('login.userIdHint'), required: true,
				autocomplete: 'username', width: 'id' },
			mail: { label: t('reset.mail'), hint: t('reset.mailHint'), required: true, autocomplete: 'email', inputmode: 'email' },
		},
		async submit({ user_id, mail }) {
			await post('/account/reset', { user_id, mail: mail.normalize('NFKC') }, { quiet: true });
			state.sent = true;
			update();
			focusOn('done');
		},
	});
	return state;
}

export function view(state, update) {
	if (state.link)
		return fresh.view(state, update);
	return state.sent ? asked('reset') : html`${state.form.summary()}<h1>${t('reset.title')}</h1><p>${t('reset.lead')}</p>
		${state.form.view(['user_id', 'mail'].map((name) => state.form.field(name)), { send: t('reset.send') })}
		<div class="yb-aside"><h2>${t('reset.help')}</h2><p>${t('reset.noMail')}</p>
		<ul><li><a href="/id-notice">${t('login.noId')}</a></li><li><a href="/login">${t('system.toLogin')}</a></li></ul></div>`;
}
