// session.js - who is logged in, what they may, and the end of it: by the button, by the clock,
// or found out when something is sent.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { Dialog } from '../widgets/dialog.js';
import { Problem, get, onSession, post } from './api.js';
import { t } from './i18n.js';
import { announce } from './page.js';

const WARN_S = 120;
const GIVE_UP_S = 300; // after the end: the page goes, with what was typed into it
let session = null;
let lastTalk = Date.now();
let dialog = null;
let others = null; // the other windows of this browser

export const may = (s, need) => !need || (s?.permissions ?? []).includes(need);

// The session, or null when nobody is logged in.
export async function openSession() {
	try {
		session = await get('/account/session', { quiet: true });
	} catch (e) {
		if (e.status !== 401)
			throw e;
		session = null;
	}
	return session;
}

export const login = (userId, password) => post('/account/login',
	{ user_id: userId, password }, { quiet: true });

// Away with everything that was on the screen, whatever the server says: the cookie decides.
export async function logout(why = 'bye') {
	await post('/account/logout', undefined, { quiet: true }).catch(() => null);
	others?.postMessage('logout');
	leave(why);
}

function leave(why) {
	document.documentElement.dataset.left = '';
	location.replace(`/login?${why}=1`);
}

function talked() {
	lastTalk = Date.now();
	others?.postMessage('talked');
}

const left = () => session.idle_seconds - (Date.now() - lastTalk) / 1000;

const minutes = (s) => html`<p id="dialog-text">${t('timeout.text', { minutes: Math.ceil(s / 60) })}</p>`;

async function extend() {
	try {
		await get('/account/session', { quiet: true });
		dialog?.close();
	} catch (e) {
		if (e.status === 401)
			over();
		else
			announce(e.message);
	}
}

function warn() {
	dialog = new Dialog();
	dialog.open({ title: t('timeout.title'), body: minutes(WARN_S), describedby: 'dialog-text',
		closable: false, actions: [
			{ text: t('timeout.stay'), primary: true, run: extend },
			{ text: t('logout'), run: () => logout() },
		] }).then(() => { dialog = null; });
	announce(t('timeout.text', { minutes: WARN_S / 60 }));
}

let asking = null;

// The password again, over the page: what was typed stays, and is sent when there is a session.
export function over() {
	asking ??= ask().finally(() => { asking = null; });
	return asking;
}

async function ask() {
	dialog?.close();
	const again = new Dialog();
	let problem = null;
	const run = async () => {
		const field = document.getElementById('again-password');
		try {
			if (field.value === '')
				throw Object.assign(new Problem(422, null), { message: t('login.passwordMissing'), detail: '' });
			const now = await login(session.user.user_id, field.value);
			session = now;
			lastTalk = Date.now();
			again.close(true);
		} catch (e) {
			problem = e;
			field.value = '';
			again.draw();
			field.focus();
		}
	};
	document.documentElement.dataset.locked = '';
	const done = await again.open({ title: t('again.title'), closable: false,
		body: () => html`<p>${t('again.text')}</p>
			<form id="again" @submit=${(e) => { e.preventDefault(); run(); }}>
			<input class="yb-hidden" type="text" autocomplete="username" tabindex="-1" aria-hidden="true"
				.value=${session.user.user_id} readonly>
			<div class="yb-field"><label class="yb-label" for="again-password">${t('login.password')}</label>
			<input class="yb-input" id="again-password" type="password" autocomplete="current-password"
				aria-invalid=${problem ? 'true' : nothing} aria-describedby=${problem ? 'again-error' : nothing}>
			${problem ? html`<p class="yb-error" id="again-error">＊${problem.message}</p>` : nothing}</div></form>`,
		actions: [
			{ text: t('again.login'), primary: true, form: 'again' },
			{ text: t('again.leave'), run: () => logout('over') },
		] });
	delete document.documentElement.dataset.locked;
	return done === true;
}

// From now on: warned two minutes before the end, locked at it, sent away some time later.
export function watch(s) {
	let said = false;
	session = s;
	lastTalk = Date.now();
	onSession({ over, talked });
	others = new BroadcastChannel('yobo');
	others.onmessage = ({ data }) => {
		if (data === 'logout')
			leave('bye');
		lastTalk = Date.now();
		dialog?.close();
	};
	setInterval(() => {
		const rest = left();
		if (rest < -GIVE_UP_S)
			logout('over');
		else if (rest <= 0)
			over();
		else if (rest <= WARN_S && !dialog && !asking)
			warn();
		if (dialog && rest <= 30 && !said)
			announce(t('timeout.seconds', { seconds: 30 }));
		said = rest <= 30;
	}, 1000);
}
