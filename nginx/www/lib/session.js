// session.js - who is logged in, what they may, and the end of it: by the button, by the clock,
// or found out when something is sent.

import { html } from '../vendor/lit-html/lit-html.js';
import { get, onSession, post } from './api.js';
import { t } from './i18n.js';
import { announce } from './page.js';

const WARN_S = 120;
const GIVE_UP_S = 300; // after the end: the page goes, with what was typed into it
let session = null;
let ended = null; // why the server says there is none any more
let lastTalk = Date.now();
let dialog = null;
let warning = false; // the dialog is on its way
let said = ''; // in it, after it was opened
let others = null; // the other windows of this browser

export const may = (s, need) => !need || (s?.permissions ?? []).includes(need);

// A page: needs an operation the server lets this role use; roles: a list for what has none.
export const allowed = (s, route) => may(s, route.needs)
	&& (!route.roles || (s?.roles ?? []).some((role) => route.roles.includes(role)));

// The session, or null when nobody is logged in.
export async function openSession() {
	try {
		session = await get('/account/session', { quiet: true, early: true });
	} catch (e) {
		if (e.status !== 401)
			throw e;
		session = null;
		ended = e.detail;
	}
	return session;
}

// A login elsewhere, a change by an administrator: what the holder of a session that somebody
// ended should know. Nothing of one that was never there, or ran out.
export const endedWhy = () => (ended === t('again.plain') ? null : ended);

// The two steps of a login: its answer says what comes next.
export const login = (userId, password) => post('/account/login',
	{ user_id: userId, password }, { quiet: true });
export const loginFactor = (loginId, { code, recovery_code }) => post('/account/login/factor',
	{ login_id: loginId, code, recovery_code }, { quiet: true });

// Another window of this browser may have a newer session: it ends too, with its own token.
async function end() {
	const out = () => post('/account/logout', undefined, { quiet: true });
	try {
		await out();
	} catch (e) {
		if (e.id !== 'E-AUTH-007')
			throw e;
		const now = await get('/account/session', { quiet: true });
		await out().catch((refusal) => { throw Object.assign(refusal, { theirs: stranger(now) }); });
	}
}

// Somebody else has logged in, in another window: what is shown here is not theirs.
const stranger = (now) => now.user.user_id !== session.user.user_id;

// Away with everything that was on the screen. Who says so and walks away must know when the
// session could not be ended; where it is over anyway, nothing stays whatever the server says.
export async function logout(why = 'bye') {
	try {
		await end();
	} catch (e) {
		if (why === 'bye' && e.status !== 401 && !e.theirs)
			return stays(e);
	}
	others?.postMessage('logout');
	return leave(`/login?${why}=1`);
}

let staying = false;

async function stays(problem) {
	if (staying)
		return null;
	staying = true;
	const shown = await import('../widgets/dialog.js').catch(() => null); // not if it was never fetched
	dialog?.close();
	const again = !shown ? announce(t('logout.failed')) : await new shown.Dialog().open({ title: t('logout.failed'), describedby: 'logout-text',
		body: html`<p id="logout-text">${problem.message}</p><p>${t('logout.failedText')}</p>`, actions: [
			{ text: t('logout.again'), primary: true, value: true },
			{ text: t('logout.back') },
		] });
	staying = false;
	return again ? logout() : null;
}

// Nothing of the page stays while the next one is fetched.
function leave(path) {
	document.documentElement.dataset.left = '';
	location.replace(path);
}

function talked() {
	lastTalk = Date.now();
	others?.postMessage('talked');
}

const left = () => session.idle_seconds - (Date.now() - lastTalk) / 1000;

const minutes = (s) => html`<p id="dialog-text">${t('timeout.text', { minutes: Math.ceil(s / 60) })}</p>`;

// In the dialog: nothing behind it is heard, nor what announces.
function say(text) {
	said = text;
	dialog?.draw();
}

async function extend() {
	say(''); // the same words a second time are said a second time
	try {
		await get('/account/session', { quiet: true });
		dialog?.close();
	} catch (e) {
		if (e.status === 401)
			over();
		else
			say(e.message);
	}
}

async function warn() {
	warning = true;
	const { Dialog } = await import('../widgets/dialog.js'); // seldom needed, so fetched then
	warning = false;
	if (dialog || asking || left() > WARN_S)
		return;
	dialog = new Dialog();
	said = '';
	dialog.open({ title: t('timeout.title'), body: () => html`${minutes(WARN_S)}<p role="status">${said}</p>`, describedby: 'dialog-text',
		closable: false, actions: [
			{ text: t('timeout.stay'), primary: true, run: extend },
			{ text: t('logout'), run: () => logout() },
		] }).then(() => { dialog = null; });
	announce(t('timeout.text', { minutes: WARN_S / 60 }));
}

const askAgain = async (question) => (await import('../widgets/stepup.js')).askAgain(question);

let asking = null;

// The password again, over the page: what was typed stays, and is sent when there is a session.
export function over(problem) {
	asking ??= logInAgain(problem).finally(() => { asking = null; });
	return asking;
}

async function logInAgain(problem) {
	let half = null; // the login that waits for its code
	dialog?.close();
	document.documentElement.dataset.locked = '';
	const done = await askAgain({ title: t('again.title'), user: session.user.user_id,
		text: (want) => (want.password ? `${problem?.detail ?? t('again.idle')}${t('again.text')}` : t('again.codeText')),
		want: { password: true, code: false },
		leave: { text: t('again.leave'), run: () => logout('over') },
		async send({ password, code, recovery_code }) {
			const now = half ? await loginFactor(half, { code, recovery_code }).catch((e) => {
				if (e.id !== 'E-AUTH-003')
					throw e;
				return null; // its time or its tries are over
			}) : await login(session.user.user_id, password);
			half = now?.next === 'factor' ? now.login_id : null;
			if (half || !now)
				return { password: !half, code: Boolean(half), error: now ? null : t('proof.over') };
			session = now;
			lastTalk = Date.now();
			return true;
		} });
	delete document.documentElement.dataset.locked;
	if (session.next)
		location.replace('/menu'); // something comes before everything else
	return done === true;
}

// The password again before something that must not be done from a desk somebody has left.
let proving = null;
function stepUp() {
	proving ??= askAgain({ title: t('stepup.title'), text: t('stepup.text'), user: session.user.user_id,
		want: { password: true, code: session.factor?.enrolled === true }, closable: true,
		leave: { text: t('stepup.leave') },
		async send(proof) {
			try {
				await post('/account/step-up', proof, { quiet: true });
			} catch (e) {
				if (e.id !== 'E-AUTH-003') // the request itself will hear that the session is over
					throw e;
			}
			return true;
		} }).finally(() => { proving = null; });
	return proving.then((done) => done === true);
}

// Another window of this browser has a new session of the same person: its token is ours too.
async function renew() {
	const now = await get('/account/session', { quiet: true }).catch(() => null);
	if (!now)
		return false;
	if (stranger(now)) {
		leave('/menu');
		return false;
	}
	session = now;
	return true;
}

// From now on: warned two minutes before the end, locked at it, sent away some time later.
export function watch(s) {
	let last = false; // the last half minute
	session = s;
	lastTalk = Date.now();
	onSession({ talked, mend: { 'E-AUTH-003': over, 'E-AUTH-007': renew, 'E-AUTH-008': stepUp } });
	others = new BroadcastChannel('yobo');
	others.onmessage = ({ data }) => {
		if (data === 'logout')
			leave('/login?bye=1');
		lastTalk = Date.now();
		dialog?.close();
	};
	setInterval(() => {
		const rest = left();
		if (rest < -GIVE_UP_S)
			logout('over');
		else if (rest <= 0)
			over();
		else if (rest <= WARN_S && !dialog && !asking && !warning && !staying)
			warn().catch(() => { warning = false; });
		if (dialog && rest <= 30 && !last)
			say(t('timeout.seconds', { seconds: 30 }));
		last = rest <= 30;
	}, 1000);
}
