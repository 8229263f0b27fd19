// The pages in Debian's Chromium: a clerk's way from login to a person's records, by keyboard,
// and what the pages must never do (ui design 12: U02 U03 U04 U05 U06 U09 U14 U18).
// Pictures of every screen are left in YOBO_PICTURES for somebody to look at.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Browser, KEYS } from '../support/browser.mjs';
import { dayFromToday, instance, machine } from '../support/yobo.mjs';

const inst = instance();
const login = inst.logins.find((l) => l.role === 'MU-A');
const pictures = process.env.YOBO_PICTURES;
const key = `WWW-${Date.now().toString(36)}`;
const NAMES = ['𠮷田　葛\u{E0100}子', '"><img src=x onerror=alert(1)><b>太郎'];
let b;

async function picture(name) {
	if (!pictures)
		return;
	mkdirSync(pictures, { recursive: true });
	await b.picture(`${pictures}/${name}.png`);
}

// What the browser complained about, but for refusals a test provoked.
async function complaints() {
	return (await b.log()).filter((l) => l.level === 'SEVERE'
		&& !/status of (401|404|413|422)/.test(l.message))
		.map((l) => l.message);
}

const narrow = 'document.documentElement.scrollWidth <= window.innerWidth';
const small = `[...document.querySelectorAll('button, input, select, nav a')].filter((e) => {
	const r = e.getBoundingClientRect();
	return r.height < 24 || r.width < 24;
}).map((e) => e.outerHTML)`;

async function logIn(user = login) {
	await b.forget();
	await b.go(`${inst.base}/login`);
	await b.until("document.activeElement?.id === 'user-id'");
	await b.keys(user.user_id + KEYS.tab + user.password + KEYS.enter);
	await b.until("location.pathname === '/records'");
	await b.until("document.querySelector('h1')");
}

async function search(muniKey) {
	await b.go(`${inst.base}/records`);
	await b.until("document.getElementById('muni-key')");
	await b.run("document.getElementById('purpose').value = '01'");
	await b.type('#muni-key', muniKey);
	await b.keys(KEYS.enter);
	await b.until("document.getElementById('result')");
}

before(async () => {
	const hms = machine(inst, { org_type: 'MUNI' }, 'subject:write');
	const answer = await hms.call('putSubjects', { body: { subjects: NAMES.map((name, i) => ({
		muni_code: hms.org_code, muni_key: `${key}-${i}`, name, name_kana: 'ヨシダ　カツコ',
		birth_date: dayFromToday(-400 - i), sex: '2', address: '東京都千代田区見本町1丁目1番',
		not_disclosed: i === 1, self_info_blocked: false, modification: '1' })) } });
	assert.equal(answer.status, 200, answer.text);
	hms.close();
	b = await Browser.open();
});
after(() => b?.close());

test('the first page leads to the login', async () => {
	await b.go(`${inst.base}/`);
	await b.until("location.pathname === '/login' && document.querySelector('h1')?.textContent === 'ログイン'");
	assert.match(await b.title(), /^ログイン – /);
	assert.equal(await b.run("return document.documentElement.lang"), 'ja');
	await picture('login');
});

test('an empty form says what is missing, beside the field and at the top', async () => {
	await b.go(`${inst.base}/login`);
	await b.until("document.activeElement?.id === 'user-id'");
	await b.keys(KEYS.enter);
	await b.until("document.activeElement?.id === 'summary'");
	assert.match(await b.title(), /^エラー: /);
	assert.match(await b.text('#summary h2'), /2件の誤り/);
	assert.equal(await b.text('#user-id-error'), '＊ユーザIDを入力してください');
	assert.equal(await b.run("return document.getElementById('user-id').getAttribute('aria-invalid')"), 'true');
	await picture('login-errors');
	await b.click('#summary a');
	assert.equal(await b.run('return document.activeElement.id'), 'user-id');
});

test('a wrong password is refused in one sentence, and the ID stays', async () => {
	await b.go(`${inst.base}/login`);
	await b.until("document.activeElement?.id === 'user-id'");
	await b.keys(`99999999${KEYS.tab}wrong${KEYS.enter}`);
	await b.until("document.getElementById('summary')?.textContent.includes('E-AUTH-001')");
	assert.match(await b.text('#summary h2'), /ユーザIDまたはパスワード/);
	assert.equal(await b.run("return document.getElementById('user-id').value"), '99999999');
	assert.equal(await b.run("return document.getElementById('password').value"), '');
	await picture('login-refused');
});

test('a clerk logs in, searches and reads a timeline with the keyboard alone', async () => {
	await logIn();
	await picture('search');
	await b.run("document.querySelector('.yb-skip').focus()"); // the first stop of Tab
	for (let i = 0; i < 20 && await b.run('return document.activeElement.id') !== 'purpose'; i++)
		await b.keys(KEYS.tab);
	await b.keys(`${KEYS.down}${KEYS.tab}${KEYS.tab}`);
	assert.equal(await b.run("return document.getElementById('purpose').value"), '01');
	assert.equal(await b.run('return document.activeElement.id'), 'kana');
	const [y, m, d] = dayFromToday(-400).split('-');
	await b.keys(`ﾖｼﾀﾞ ｶﾂｺ${KEYS.tab}${KEYS.tab}${y}${KEYS.tab}${Number(m)}${KEYS.tab}${Number(d)}${KEYS.enter}`);
	await b.until("document.activeElement?.id === 'result'");
	assert.equal(await b.run("return document.getElementById('kana').value"), 'ヨシダ　カツコ');
	assert.match(await b.text('tbody'), /𠮷田　葛\u{E0100}子/u);
	assert.match(await b.address(), /\/records\?q=[0-9a-zA-Z-]+$/);
	await picture('search-result');
	await b.keys(`${KEYS.tab}${KEYS.tab}${KEYS.enter}`); // the table, then the first name
	await b.until("location.pathname.startsWith('/records/') && document.querySelector('h1')");
	assert.match(await b.text('h1'), /𠮷田　葛\u{E0100}子 さんの接種記録/u);
	assert.match(await b.text('.yb-facts'), /ヨシダ　カツコ/);
	await picture('timeline');
	await b.back();
	await b.until("document.querySelector('tbody a')");
	assert.deepEqual(await complaints(), []);
});

test('too few conditions and impossible days are caught before anything is sent', async () => {
	await logIn();
	await b.click('form button[type=submit]');
	await b.until("document.activeElement?.id === 'summary'");
	assert.match(await b.text('#summary'), /照会の目的を選んでください/);
	await b.run("document.getElementById('purpose').value = '01'; document.getElementById('birth').value = 'H'");
	for (const [id, text] of [['birth-y', '31'], ['birth-m', '5'], ['birth-d', '1']])
		await b.type(`#${id}`, text);
	await b.click('form button[type=submit]');
	await b.until("document.getElementById('summary')?.textContent.includes('平成の期間')");
	await picture('search-errors');
});

test('a name that is a program is text, and a protected person is shown as one', async () => {
	await logIn();
	await search(`${key}-1`);
	assert.match(await b.text('tbody'), /<img src=x onerror=alert\(1\)>/);
	assert.equal(await b.run("return document.querySelectorAll('main img, main b').length"), 0);
	assert.match(await b.text('tbody'), /支援措置/);
	assert.doesNotMatch(await b.text('tbody'), /見本町/);
	await b.click('tbody a');
	await b.until("location.pathname.startsWith('/records/') && document.querySelector('h1')");
	assert.match(await b.text('.yb-banner'), /支援措置の対象/);
	assert.equal(await b.run("return document.querySelectorAll('main img').length"), 0);
	await picture('timeline-protected');
	assert.deepEqual(await complaints(), []);
});

test('a number that is nobody\'s says so', async () => {
	await logIn();
	await search('NOBODY-HAS-THIS');
	assert.match(await b.text('#result'), /0件/);
	await b.go(`${inst.base}/records/00000000000000`);
	await b.until("document.getElementById('summary')");
	assert.match(await b.text('#summary'), /該当するデータがありません/);
});

test('no page is wider than a phone, and nothing is too small to hit', async () => {
	await b.size(320, 800);
	await b.forget();
	for (const step of [() => b.go(`${inst.base}/login`), () => logIn(), () => search(`${key}-0`),
		async () => {
			await b.click('tbody a');
			await b.until("document.querySelector('.yb-facts')");
		}]) {
		await step();
		await b.until("document.querySelector('h1')");
		assert.ok(await b.run(`return ${narrow}`), await b.address());
		assert.deepEqual(await b.run(`return ${small}`), [], await b.address());
	}
	await picture('timeline-phone');
	await b.size(1366, 900);
});

test('after the logout nothing of the person is left, not even behind "back"', async () => {
	await logIn();
	await search(`${key}-0`);
	await b.click('tbody a');
	await b.until("document.querySelector('.yb-facts')");
	await b.click('.yb-header__who button');
	await b.until("location.pathname === '/login' && document.querySelector('form')");
	assert.match(await b.text('.yb-note'), /ログアウトしました/);
	await b.back();
	await b.until("location.pathname === '/login' && document.querySelector('form')");
	assert.doesNotMatch(await b.run('return document.body.textContent'), /ヨシダ/);
	assert.equal(await b.run('return localStorage.length + sessionStorage.length'), 0);
});

test('the list of tokens shows what each may do, and no token', async () => {
	await logIn();
	await b.go(`${inst.base}/tokens`);
	await b.until("document.querySelector('tbody tr')");
	assert.match(await b.text('tbody'), /SAMPLE[^]*record:read/);
	assert.doesNotMatch(await b.run('return document.body.textContent'), /eyJ/);
	assert.equal(await b.text('nav [aria-current]'), 'アクセストークン');
	await picture('tokens');
	await logIn(inst.logins.find((l) => l.role === 'MU-V'));
	await b.go(`${inst.base}/tokens`);
	await b.until("document.querySelector('h1')?.textContent === '使える画面がありません'");
	assert.deepEqual(await complaints(), []);
});

test('a person without pages is told so', async () => {
	await logIn(inst.logins.find((l) => l.role === 'OP'));
	await b.until("document.querySelector('h1')?.textContent === '使える画面がありません'");
	assert.equal(await b.run("return document.getElementById('nav').hidden"), true);
	await picture('no-pages');
});

test('the policy forbids what the pages never do', async () => {
	await b.go(`${inst.base}/login`);
	await b.until("document.querySelector('form')");
	const said = await b.run(`try { document.body.innerHTML = '<b>x</b>'; return 'allowed'; }
		catch (e) { return e.name; }`);
	assert.equal(said, 'TypeError');
	assert.equal(await b.run(`const s = document.createElement('style');
		s.textContent = 'h1 { color: rgb(1, 2, 3) }'; document.head.append(s);
		return getComputedStyle(document.querySelector('h1')).color === 'rgb(1, 2, 3)'`), false);
	await b.log();
});

test('the sources keep to the rules: no HTML from text, no inline code, every file parses', () => {
	const root = fileURLToPath(new URL('../../nginx/www/', import.meta.url));
	const files = readdirSync(root, { recursive: true }).map(String).filter((f) => /\.(js|html)$/.test(f)
		&& !f.startsWith('vendor/'));
	assert.ok(files.length >= 8);
	for (const f of files) {
		const text = readFileSync(root + f, 'utf8');
		assert.doesNotMatch(text, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|unsafeHTML/, f);
		assert.doesNotMatch(text, /\sstyle=|\son[a-z]+=["']|javascript:/, f);
		assert.doesNotMatch(text, /localStorage|sessionStorage/, f);
		if (f.endsWith('.js'))
			execFileSync(process.execPath, ['--input-type=module', '--check'], { input: text });
	}
});
