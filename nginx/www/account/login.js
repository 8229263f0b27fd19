// login.js - H-1-9: user ID and password, then the code where somebody has registered an app.
// One message for whatever was wrong; the ID stays when it begins again.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { t } from '../lib/i18n.js';
import { focusOn, notice, setTitle } from '../lib/page.js';
import { login } from '../lib/session.js';
import { Form, password } from '../widgets/form.js';
import { digits, number } from '../widgets/kana.js';
import { CodeStep } from './factor.js';

// Only a path of ours: never another site, never a scheme.
export function nextPage(next) {
	return /^\/[0-9A-Za-z/-]+$/.test(next ?? '') && !next.startsWith('//') && next !== '/login'
		? next : '/menu';
}

export function init({ query, update, ended }) {
	const state = { code: null, ended, said: ['bye', 'over', 'changed', 'reset'].find((why) => query.has(why)) };
	const enter = (session) => location.replace(session.next ? '/menu' : nextPage(query.get('next')));
	const again = (said) => {
		Object.assign(state, { code: null, ended: null, said });
		update();
		setTitle(t('login.title'));
		document.getElementById('password').value = '';
		focusOn('password');
	};
	state.form = new Form({
		title: t('login.title'), update,
		fields: {
			user_id: { kind: number, label: t('login.userId'), hint: t('login.userIdHint'), required: true,
				autocomplete: 'username', width: 'id' },
			password: { kind: password, label: t('login.password'), required: true,
				autocomplete: 'current-password' },
		},
		async submit({ user_id, password: secret }) {
			const answer = await login(digits(user_id), secret).finally(() => {
				document.getElementById('password').value = '';
			});
			if (answer.next !== 'factor')
				return enter(answer);
			state.form.fields.user_id.value = digits(user_id);
			state.code = new CodeStep({ half: answer, update, enter, again });
			update();
			setTitle(t('factor.title'));
			state.code.focus();
		},
	});
	return state;
}

const KINDS = { bye: 'good', changed: 'good', reset: 'good' };

export const view = (state) => (state.code ? state.code.view() : html`${state.ended
	? notice(t('login.ended'), html`<p>${state.ended}</p>`, 'warn')
	: state.said ? notice(t(`login.${state.said}`), nothing, KINDS[state.said] ?? 'warn') : nothing}
	${state.form.summary()}
	<h1>${t('login.title')}</h1>
	${state.form.view(html`${state.form.field('user_id')}${state.form.field('password')}`, { send: t('login.send') })}
	<div class="yb-aside"><h2>${t('login.help')}</h2>
	<ul><li><a href="/reset">${t('login.forgotten')}</a></li><li><a href="/id-notice">${t('login.noId')}</a></li></ul>
	<p>${t('login.admin')}</p><p>${t('login.shared')}</p></div>`);

export const ready = () => focusOn('user-id');
