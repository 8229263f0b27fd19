// account/login.js - H-1-9: user ID and password, one message for whatever was wrong.

import { login } from '../lib/api.js';
import { button, field, h, setTitle, showErrors, showProblem } from '../lib/ui.js';

const TITLE = 'ログイン';

// Only a path of ours: never another site, never a scheme.
function nextPage() {
	const next = new URLSearchParams(location.search).get('next') ?? '';
	return /^\/[0-9A-Za-z/-]*$/.test(next) && !next.startsWith('//') && next !== '/login'
		? next : '/records';
}

export async function show(main) {
	const user = h('input', { class: 'yb-input', type: 'text', autocomplete: 'username',
		autocapitalize: 'none', spellcheck: 'false', 'aria-required': 'true' });
	const password = h('input', { class: 'yb-input', type: 'password',
		autocomplete: 'current-password', 'aria-required': 'true' });
	const reveal = button('表示する', { class: 'yb-button yb-button--small',
		'aria-pressed': 'false', 'aria-label': 'パスワードを表示する', onclick: () => {
			const shown = password.type === 'text';
			password.type = shown ? 'password' : 'text';
			reveal.setAttribute('aria-pressed', String(!shown));
			reveal.textContent = shown ? '表示する' : '隠す';
		} });
	const send = button('ログインする', { type: 'submit', class: 'yb-button yb-button--primary' });
	const form = h('form', { class: 'yb-form', novalidate: true },
		field({ id: 'user-id', label: 'ユーザID', required: true, hint: '半角の数字。IDは1人に1つです',
			control: user }),
		field({ id: 'password', label: 'パスワード', required: true, control: password,
			beside: reveal }),
		h('div', { class: 'yb-actions' }, send));

	form.addEventListener('submit', async (e) => {
		e.preventDefault();
		if (send.getAttribute('aria-disabled') === 'true')
			return;
		const id = user.value.normalize('NFKC').trim();
		const errors = [];
		if (id === '')
			errors.push({ id: 'user-id', text: 'ユーザIDを入力してください' });
		if (password.value === '')
			errors.push({ id: 'password', text: 'パスワードを入力してください' });
		if (showErrors(form, errors, TITLE))
			return;
		send.setAttribute('aria-disabled', 'true');
		try {
			await login(id, password.value);
			location.replace(nextPage());
		} catch (problem) {
			password.value = '';
			setTitle(TITLE, true);
			showProblem(main, problem);
		}
		send.removeAttribute('aria-disabled');
	});

	setTitle(TITLE);
	if (new URLSearchParams(location.search).has('bye'))
		main.append(h('p', { class: 'yb-note' }, 'ログアウトしました。'));
	main.append(h('h1', {}, TITLE), form);
	user.focus();
}
