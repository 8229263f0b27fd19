// login.js - H-1-9: user ID and password, one message for whatever was wrong.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { t } from '../lib/i18n.js';
import { notice } from '../lib/page.js';
import { login } from '../lib/session.js';
import { digits } from '../lib/text.js';
import { Form, password } from '../widgets/form.js';
import { number } from '../widgets/kana.js';

// Only a path of ours: never another site, never a scheme.
export function nextPage(next) {
	return /^\/[0-9A-Za-z/-]+$/.test(next ?? '') && !next.startsWith('//') && next !== '/login'
		? next : '/menu';
}

export function init({ query, update }) {
	const form = new Form({
		title: t('login.title'), update,
		fields: {
			user_id: { kind: number, label: t('login.userId'), hint: t('login.userIdHint'), required: true,
				autocomplete: 'username', width: 'id' },
			password: { kind: password, label: t('login.password'), required: true,
				autocomplete: 'current-password' },
		},
		async submit(values) {
			try {
				const session = await login(digits(values.user_id), values.password);
				location.replace(session.temporary ? '/password' : nextPage(query.get('next')));
			} catch (e) {
				document.getElementById('password').value = '';
				throw e;
			}
		},
	});
	return { form, said: ['bye', 'over', 'changed'].find((why) => query.has(why)) };
}

export const view = ({ form, said }) => html`${said ? notice(t(`login.${said}`), nothing, said === 'over' ? 'warn' : 'good') : nothing}
	${form.summary()}
	<h1>${t('login.title')}</h1>
	${form.view(html`${form.field('user_id')}${form.field('password')}`, { send: t('login.send') })}
	<div class="yb-aside"><h2>${t('login.help')}</h2>
	<p>${t('login.forgotten')}</p><p>${t('login.shared')}</p></div>`;

export const ready = () => document.getElementById('user-id').focus();
