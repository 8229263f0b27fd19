// password.js - H-1-7: a password of one's own, and the only page open with a temporary one.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { post } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { focusOn, notice, setTitle } from '../lib/page.js';
import { Form, password } from '../widgets/form.js';

// What the server will say anyway, said before anything is sent.
export function wrong(text) {
	const classes = [/[A-Z]/, /[a-z]/, /[0-9]/, /[^A-Za-z0-9]/].filter((c) => c.test(text)).length;
	return [...text].length < 12 || [...text].length > 64 || classes < 3;
}

export function init({ update, session }) {
	const state = { done: false, temporary: session.temporary };
	state.form = new Form({
		title: t('password.title'), update,
		fields: {
			current_password: { kind: password, label: t(session.temporary ? 'password.temporary' : 'password.current'),
				required: true, autocomplete: 'current-password' },
			new_password: { kind: password, label: t('password.new'), required: true,
				autocomplete: 'new-password', hint: t('password.rules') },
			repeated: { kind: password, label: t('password.repeated'), required: true, autocomplete: 'new-password' },
		},
		check(values) {
			if (wrong(values.new_password))
				return [{ name: 'new_password', text: t('password.weak') }];
			return values.new_password === values.repeated ? []
				: [{ name: 'repeated', text: t('password.different') }];
		},
		async submit({ current_password, new_password }) {
			await post('/account/password', { current_password, new_password }, { quiet: true });
			state.done = true;
			update();
			setTitle(t('password.done'));
			focusOn('done');
		},
	});
	return state;
}

const finished = (state) => html`<h1 id="done" tabindex="-1">${t('password.done')}</h1>
	${notice(t('password.doneText'), nothing, 'good')}
	<div class="yb-actions"><a class="yb-button yb-button--primary" href="/menu">${t(state.temporary
		? 'password.begin' : 'system.toMenu')}</a></div>`;

export const view = (state, update, { session }) => (state.done ? finished(state) : html`${state.form.summary()}
	<h1>${t('password.title')}</h1>
	${session.temporary ? notice(t('password.first'), html`<p>${t('password.firstText')}</p>`, 'warn') : nothing}
	${state.form.view(html`<input class="yb-hidden" type="text" autocomplete="username" tabindex="-1"
		aria-hidden="true" readonly .value=${session.user.user_id}>
		${['current_password', 'new_password', 'repeated'].map((name) => state.form.field(name))}`,
	{ send: t('password.send') })}`);
