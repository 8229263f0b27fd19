// How a session ends, and what is left of it on the screen: nothing (ui design 12: U08 U14, security 9.2).

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { sql } from '../support/database.mjs';
import { Caller, instance } from '../support/yobo.mjs';
import { Chrome, KEYS } from './chrome.mjs';
import { people } from './people.mjs';
import { fill, focus, open, send } from './steps.mjs';

const inst = instance();
const login = (role) => inst.logins.find((l) => l.role === role);
const began = Date.now() * 1000;
let b;
let who;

before(async () => {
	who = await people(inst);
	b = await Chrome.start(inst);
});
after(() => b?.close());

const body = () => b.run('return document.body.textContent');

// As another window of this browser does it: the page that is open hears nothing of it.
async function elsewhere({ user_id, password }) {
	assert.equal(await b.run(`return fetch('/api/v1/account/login', { method: 'POST', headers: { 'content-type': 'application/json' },
		body: arguments[0] }).then((a) => a.status)`, JSON.stringify({ user_id, password })), 200);
}

test('a session that ends while something is typed: the password again, and it is sent as it was', async () => {
	await b.logIn(login('MU-S'), '/records');
	await b.shown();
	await fill(b, { purpose: '01', 'muni-key': who.child.muni_key });
	const kept = await b.send('GET', '/cookie');
	const caller = new Caller(inst);
	caller.cookie = kept.filter((c) => c.name.startsWith('__Host-')).map((c) => `${c.name}=${c.value}`).join('; ');
	const session = await caller.call('getSession');
	caller.csrf = session.json.csrf_token;
	assert.equal((await caller.call('logout')).status, 204);
	caller.close();
	await send(b);
	await focus(b, 'again-password');
	assert.equal(await b.run("return getComputedStyle(document.querySelector('main')).visibility"), 'hidden');
	await b.keys(`wrong${KEYS.enter}`);
	await b.until("document.getElementById('again-password-error')");
	await b.keys(login('MU-S').password + KEYS.enter);
	await focus(b, 'result');
	assert.match(await b.text('tbody'), /𠮷田/u);
	assert.equal(await b.run("return document.getElementById('muni-key').value"), who.child.muni_key);
});

test('two minutes before the end people are asked; going on extends, and Tab stays in the dialog', async () => {
	await b.logIn(login('MU-S'));
	await b.pretend({ '/account/session': { patch: { idle_seconds: 121 } } });
	await b.page('/menu');
	await b.until("document.querySelector('dialog[open]')");
	assert.match(await b.text('dialog'), /あと2分でログアウト/);
	assert.match(await b.run("return document.getElementById('live').textContent"), /2分/);
	for (let i = 0; i < 5; i++) {
		await b.keys(KEYS.tab);
		assert.ok(await b.run("return document.activeElement === document.body || !!document.activeElement.closest('dialog')"));
	}
	await b.keys('\uE00C'); // Esc is no answer
	assert.ok(await b.run("return !!document.querySelector('dialog[open]')"));
	const before_ = await b.run("return calls.length");
	await b.run('const now = Date.now; Date.now = () => now() + 95000');
	await b.until("/あと30秒/.test(document.querySelector('dialog [role=status]').textContent)");
	await b.run('window.online = fetch; window.fetch = async () => { throw new TypeError(); }');
	await b.run("document.querySelector('dialog button').click()");
	await b.until("/通信できませんでした/.test(document.querySelector('dialog [role=status]').textContent)");
	await b.run("window.fetch = online; document.querySelector('dialog button').click()");
	await b.until("!document.querySelector('dialog[open]')");
	assert.equal(await b.run("return calls.length"), before_ + 1);
	await b.plain();
});

test('at the end the page is covered; some time later it is gone', async () => {
	await b.logIn(login('MU-S'));
	await b.pretend({ '/account/session': { patch: { idle_seconds: 1 } } });
	await b.page('/menu');
	await b.until("document.getElementById('again-password')");
	assert.equal(await b.run("return getComputedStyle(document.querySelector('main')).visibility"), 'hidden');
	for (const before_ of ['', 'document.activeElement.blur();']) { // Esc is no answer, however often
		await b.run(before_);
		await b.keys('\uE00C\uE00C');
		await b.until("document.querySelector('dialog').matches(':modal') && document.activeElement.id === 'again-password'");
	}
	await b.run('const now = Date.now; Date.now = () => now() + 400000');
	await b.until("location.pathname === '/login' && document.querySelector('.yb-notice')");
	assert.match(await b.text('.yb-notice'), /操作がなかった/);
	await b.plain();
});

test('a session that ends while the password is asked for something else: each question has its own field', async () => {
	await b.logIn(login('MU-S'));
	await b.pretend({ '/account/session': { patch: { idle_seconds: 1000 } },
		'POST /record/searches': { status: 403, times: 1, body: { status: 403, error_id: 'E-AUTH-008', title: 'x' } } });
	await open(b, '/records');
	await fill(b, { purpose: '01', 'muni-key': who.child.muni_key });
	await send(b);
	await focus(b, 'again-password');
	await b.run('const now = Date.now; Date.now = () => now() + 1001000');
	await b.until("document.querySelectorAll('dialog').length === 2 && document.querySelectorAll('dialog')[1].contains(document.activeElement)");
	assert.deepEqual(await b.run(`const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
		return ids.filter((id, i) => ids.indexOf(id) < i)`), []);
	for (const rest of [1, 0]) {
		await b.keys(login('MU-S').password + KEYS.enter);
		await b.until(`document.querySelectorAll('dialog').length === ${rest}`);
	}
	await focus(b, 'result');
	await b.plain();
});

test('after the logout nothing of the person is left, not even behind "back"', async () => {
	await b.logIn(login('MU-S'));
	await open(b, '/records');
	await fill(b, { purpose: '01', 'muni-key': who.child.muni_key });
	await send(b);
	await focus(b, 'result');
	await open(b, `/records/${who.child.subject_no}?purpose=01`);
	await b.click('#logout');
	await b.until("location.pathname === '/login' && document.querySelector('form')");
	assert.match(await b.text('.yb-notice'), /ログアウトしました/);
	for (let i = 0; i < 2; i++) {
		await b.back();
		await b.until("location.pathname === '/login' && document.querySelector('form')");
		assert.doesNotMatch(await body(), /ヨシダ/);
	}
	assert.equal(await b.run('return localStorage.length + sessionStorage.length'), 0);
});

test('a logout ends the session another window has begun; one that cannot be said is told, and said again', async () => {
	await b.logIn(login('MU-S'));
	await open(b, '/menu');
	await elsewhere(login('MU-S'));
	await b.click('#logout');
	await b.until("location.pathname === '/login' && document.querySelector('form')");
	assert.equal(await b.run("return fetch('/api/v1/account/session').then((a) => a.status)"), 401);

	await b.logIn(login('MU-S'));
	await open(b, '/menu');
	await b.run("globalThis.line = fetch; globalThis.fetch = () => Promise.reject(new TypeError('no network'))");
	await b.click('#logout');
	await b.until("document.querySelector('dialog[open]')");
	assert.match(await b.text('dialog'), /ログアウトできていません[^]*この端末を離れる前に/);
	assert.equal(await b.run('return location.pathname'), '/menu');
	await b.run('globalThis.fetch = globalThis.line');
	await b.run("[...document.querySelectorAll('dialog button')].find((x) => x.textContent === 'もう一度ログアウトする').click()");
	await b.until("location.pathname === '/login' && document.querySelector('form')");
	assert.match(await b.text('.yb-notice'), /ログアウトしました/);
	assert.equal(await b.run("return fetch('/api/v1/account/session').then((a) => a.status)"), 401);
});

test('somebody else who logs in in another window gets nothing of this page, and this page nothing of theirs', async () => {
	await b.logIn(login('MU-S'));
	await open(b, '/records');
	await fill(b, { purpose: '01', 'muni-key': who.child.muni_key });
	await elsewhere(login('MU-V'));
	await send(b);
	await b.until("location.pathname === '/menu' && !document.getElementById('loading')");
	await b.shown();
	assert.match(await b.text('header'), /MU-V/);
	assert.doesNotMatch(await body(), /ヨシダ/);
	assert.deepEqual(sql(inst, `SELECT ok, error_id, subject_no FROM audit_event WHERE actor = '${login('MU-V').user_id}'
		AND operation = 'searchSubjects' AND at_us > ${began}`), [['0', 'E-AUTH-007', 'NULL']], 'told in the log, and refused');
});

test('a page the browser has kept whole for "back" comes back covered, and asks anew who is there', async () => {
	await b.logIn(login('MU-S'));
	await open(b, `/records/${who.child.subject_no}?purpose=01`);
	assert.match(await body(), /ヨシダ/);
	const told = `addEventListener('pageshow', (e) => sessionStorage.setItem('kept', JSON.stringify([e.persisted,
		getComputedStyle(document.querySelector('main h1')).visibility, document.querySelector('main').checkVisibility({ visibilityProperty: true })])))`;
	await b.run(told);
	await b.page('/ui/503.html'); // a page that tells the other windows nothing: they would leave
	await b.forget(); // and the session is over meanwhile
	await b.back();
	assert.deepEqual(JSON.parse(await b.until("sessionStorage.getItem('kept')")), [true, 'hidden', false]);
	await b.until("location.pathname === '/login' && document.querySelector('form')");
	assert.doesNotMatch(await body(), /ヨシダ/);
	await b.run('sessionStorage.clear()');
});
