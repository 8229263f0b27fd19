// The ways through the pages in Debian's Chromium, by keyboard, and what they must never do
// (ui design 12: U03 U04 U08 U09 U14 U15 U16).

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Caller, instance, staff } from '../support/yobo.mjs';
import { Chrome, KEYS } from './chrome.mjs';
import { people } from './people.mjs';
import { issueToken } from './screens.mjs';

const inst = instance();
const login = (role) => inst.logins.find((l) => l.role === role);
let b;
let who;

before(async () => {
	who = await people(inst);
	b = await Chrome.start(inst);
});
after(() => b?.close());

const value = (id) => b.run(`return document.getElementById('${id}').value`);
const body = () => b.run('return document.body.textContent');
const fill = (values) => b.run(`for (const [id, value] of Object.entries(arguments[0]))
	document.getElementById(id).value = value`, values);
const submit = () => b.run("document.querySelector('form button[type=submit]').click()");
const failed = () => b.until("document.activeElement?.id === 'summary'");

async function find(muniKey) {
	await b.page('/records');
	await b.shown();
	await fill({ purpose: '01', 'muni-key': muniKey });
	await submit();
	await b.until("document.activeElement?.id === 'result'");
}

test('the first page leads to the login, and from there to where one wanted to go', async () => {
	await b.page('/');
	await b.until("location.pathname === '/login'");
	await b.shown('ログイン');
	assert.match(await b.title(), /^ログイン – 予防接種事務/);
	await b.page('/records');
	await b.until("location.search === '?next=%2Frecords'");
	await b.until("document.activeElement?.id === 'user-id'");
	await b.keys(login('MU-S').user_id + KEYS.tab + login('MU-S').password + KEYS.enter);
	await b.until("location.pathname === '/records'");
	await b.shown('接種記録の検索');
	for (const bad of ['//evil.example/', 'https://evil.example/', 'javascript:alert(1)', '/\\evil.example']) {
		await b.forget();
		await b.page(`/login?next=${encodeURIComponent(bad)}`);
		await b.until("document.activeElement?.id === 'user-id'");
		await b.keys(login('MU-S').user_id + KEYS.tab + login('MU-S').password + KEYS.enter);
		await b.until("location.pathname === '/menu'");
	}
});

test('errors stand at the top and beside the field in the same words; links lead to the field', async () => {
	await b.forget();
	await b.page('/login');
	await b.until("document.activeElement?.id === 'user-id'");
	await b.keys(KEYS.enter);
	await failed();
	assert.match(await b.title(), /^エラー: ログイン/);
	assert.equal(await b.text('#summary h2'), '入力内容に2件の誤りがあります');
	assert.equal(await b.text('#user-id-error'), '＊ユーザIDを入力してください');
	assert.equal(await b.text('#summary li:first-child'), 'ユーザIDを入力してください');
	assert.equal(await b.run("return document.getElementById('user-id').getAttribute('aria-invalid')"), 'true');
	assert.match(await b.run("return document.getElementById('user-id').getAttribute('aria-describedby')"), /user-id-error/);
	await b.click('#summary li:nth-child(2) a');
	assert.equal(await b.focused(), 'password');
	await b.click('#summary a');
	assert.equal(await b.focused(), 'user-id');
});

test('on every form: the summary has the focus, each link focuses its field, what was typed stays', async () => {
	await b.logIn(login('MU-A'));
	for (const [path, typed] of [['/records', { 'muni-key': '', 'name-kana': '吉田' }],
		['/tokens/new', { name: '', contact: '健康課' }], ['/password', { 'new-password': 'kurz' }]]) {
		await b.page(path);
		await b.shown();
		await fill(typed);
		await submit();
		await failed();
		assert.match(await b.title(), /^エラー: /, path);
		const n = await b.run("return document.querySelectorAll('#summary a').length");
		assert.ok(n > 0, path);
		for (let i = 0; i < n; i++) {
			const { text, target } = await b.run(`const a = document.querySelectorAll('#summary a')[${i}];
				a.click(); return { text: a.textContent, target: a.hash.slice(1) }`);
			assert.equal(await b.focused(), target, `${path}: ${text}`);
			assert.equal(await b.text(`#${target}-error`), `＊${text}`);
		}
		for (const [id, text] of Object.entries(typed))
			assert.equal(await value(id), text, `${path} ${id}`);
	}
});

test('a wrong password is refused in one sentence with a code; the ID stays', async () => {
	await b.forget();
	await b.page('/login');
	await b.until("document.activeElement?.id === 'user-id'");
	await b.keys(`９９９９９９９９９${KEYS.tab}wrong${KEYS.enter}`);
	await failed();
	assert.match(await b.text('#summary'), /ユーザIDまたはパスワードが正しくありません.*E-AUTH-001、\d\d:\d\d、受付 /s);
	assert.equal(await value('user-id'), '999999999');
	assert.equal(await value('password'), '');
});

test('login, menu, search, timeline with the keyboard alone', async () => {
	await b.logIn(login('MU-S'));
	assert.equal(await b.text('h1'), 'メインメニュー');
	await b.run('document.body.focus()');
	await b.keys(KEYS.tab);
	assert.match(await b.run('return document.activeElement.className'), /yb-skip/, 'the first stop');
	for (let i = 0; i < 20 && await b.run('return document.activeElement.textContent') !== '接種記録'; i++)
		await b.keys(KEYS.tab);
	await b.keys(KEYS.enter);
	await b.until("location.pathname === '/records'");
	await b.shown();
	await b.tabTo('purpose');
	await b.keys(KEYS.down);
	assert.equal(await value('purpose'), '01');
	await b.tabTo('name-kana');
	const [y, m, d] = who.birth.split('-').map(Number);
	await b.keys(`ﾖｼﾀﾞ ｶﾂｺ${KEYS.tab}${KEYS.tab}${y}${KEYS.tab}${m}${KEYS.tab}${d}${KEYS.tab}`);
	assert.equal(await value('name-kana'), 'ヨシダ　カツコ');
	assert.match(await b.text('#birth-date-echo'), new RegExp(`^${y}年${m}月${d}日（令和${y - 2018}年）　1歳1か月$`));
	await b.tabTo('muni-key');
	await b.keys(who.child.muni_key + KEYS.enter);
	await b.until("document.activeElement?.id === 'result'");
	assert.equal(await b.text('#result'), '検索結果 1件');
	assert.match(await b.text('tbody'), /𠮷田　葛\u{E0100}子/u);
	assert.match(await b.address(), /\/records\?q=[0-9a-f-]+$/);
	await b.keys(KEYS.tab); // the table scrolls by keyboard
	for (let i = 0; i < 6 && !await b.run("return document.activeElement.matches('tbody a')"); i++)
		await b.keys(KEYS.tab);
	await b.keys(KEYS.enter);
	await b.until("document.activeElement?.id === 'person'");
	assert.match(await b.text('.yb-person'), /𠮷田　葛\u{E0100}子.*ヨシダ　カツコ.*1歳1か月/su);
	assert.doesNotMatch(await b.title(), /田/);
	assert.equal(await b.run("return document.querySelectorAll('.yb-event').length"), 9);
	assert.match(await b.text('.yb-timeline'), /要確認[^]*前の接種からの間隔が足りません/);
	await b.back();
	await b.until("document.querySelector('tbody a')");
	assert.deepEqual(await b.complaints(), []);
});

test('conditions that cannot be right are caught before anything is sent', async () => {
	await b.logIn(login('MU-S'));
	await b.pretend({});
	for (const [values, said] of [
		[{ purpose: '' }, /照会の目的を選んでください/],
		[{ purpose: '01' }, /氏名（カナ）と生年月日の両方、または番号を入力してください/],
		[{ purpose: '99', 'muni-key': 'X' }, /理由を入力してください/],
		[{ purpose: '01', 'birth-date-era': 'H', 'birth-date': '31', 'birth-date-month': '5', 'birth-date-day': '1' },
			/平成は元年1月8日から31年4月30日までです/],
		[{ purpose: '01', 'birth-date': '2025', 'birth-date-month': '2', 'birth-date-day': '29' }, /実在する日付/],
	]) {
		await b.page('/records');
		await b.shown();
		await fill(values);
		await submit();
		await failed();
		assert.match(await b.text('#summary'), said);
		assert.equal(await b.run("return calls.filter((c) => c.method === 'POST').length"), 0);
	}
	await b.plain();
});

test('numbers and lots are found as they are kept, in whatever width they are typed', async () => {
	await b.logIn(login('MU-S'));
	await b.pretend({ 'POST /record/searches': { body: { search_id: 'x', items: [], too_many: false } } });
	await b.page('/records');
	await b.shown();
	await fill({ purpose: '01', 'muni-key': ' Ｋａ－００１', 'lot-no': 'ａｂ１２３' });
	await submit();
	await b.until("document.activeElement?.id === 'result'");
	const [{ body: sent }] = await b.run("return calls.filter((c) => c.method === 'POST')");
	assert.deepEqual(JSON.parse(sent), { purpose: '01', muni_key: 'Ka-001', lot_no: 'AB123' });
	await b.plain();
});

test('cleared for the next person, nothing of the one before is left', async () => {
	await b.logIn(login('MU-S'), '/records');
	await b.run("document.getElementById('birth-date').focus()");
	await b.keys(`20190501${KEYS.tab}`);
	await b.until("document.getElementById('birth-date-echo').textContent.includes('2019年5月1日')");
	await b.run("[...document.querySelectorAll('#search button')].find((e) => e.textContent === '条件を消す').click()");
	assert.equal(await b.focused(), 'purpose');
	assert.doesNotMatch(await body(), /2019年5月1日/);
	await b.run("document.getElementById('birth-date').focus()");
	await b.keys(`20200501${KEYS.tab}`);
	await b.until("document.getElementById('birth-date-echo').textContent.includes('2020年5月1日')");
});

test('a long result is shown by pages; the page is in title and address', async () => {
	await b.logIn(login('MU-S'));
	await b.page('/records');
	await b.shown();
	await fill({ purpose: '01', 'name-kana': who.many.kana, 'birth-date': '20190501' });
	await submit();
	await b.until("document.activeElement?.id === 'result'");
	assert.equal(await b.text('#result'), '検索結果 45件（1～20件を表示）'.replace('～', '〜'));
	await b.click('.yb-pages a[rel=next]');
	await b.until("document.getElementById('result').textContent.includes('21〜40')");
	assert.equal(await b.focused(), 'result');
	assert.match(await b.title(), /2\/3ページ/);
	await b.send('POST', '/refresh');
	await b.until("document.getElementById('result')?.textContent.includes('21〜40')");
	await b.click('thead button');
	assert.equal(await b.run("return document.querySelector('th[aria-sort]').getAttribute('aria-sort')"), 'ascending');
});

test('names that are programs are text, on every screen that shows them', async () => {
	await b.logIn(login('MU-A'));
	for (const [i, person] of who.nasty.entries()) {
		await find(person.muni_key);
		assert.ok((await b.run("return document.querySelector('tbody').textContent")).includes(who.names[i]));
		assert.equal(await b.run("return document.querySelectorAll('main img, main svg, main b').length"), 0);
		await b.page(`/records/${person.subject_no}?purpose=01`);
		await b.shown();
		assert.ok((await b.run("return document.querySelector('h1').textContent")).includes(who.names[i]));
		assert.equal(await b.run("return document.querySelectorAll('main img, main svg, main b').length"), 0);
	}
	const nasty = '"><img src=x onerror=alert(1)>';
	await b.pretend({ '/token/access-tokens': { body: { next: 'javascript:alert(1)', tokens: [{ token_id: nasty,
		name: nasty, last4: nasty, scopes: [nasty], issued_by: nasty, issued_at: '2026-01-01T00:00:00+09:00',
		expires_at: '2026-01-01T00:00:00+09:00', last_used_at: '2026-01-01T00:00:00+09:00', last_ip: nasty, status: 'ACTIVE' }] } } });
	await b.page('/tokens');
	await b.shown();
	assert.equal(await b.run("return document.querySelectorAll('main img').length"), 0);
	assert.deepEqual(await b.run("return [...document.links].filter((a) => a.protocol !== 'https:').map((a) => a.href)"), []);
	await b.plain();
	assert.deepEqual(await b.complaints(), []);
});

test('a protected person is shown as one, without address', async () => {
	await b.logIn(login('MU-A'));
	await find(who.safe.muni_key);
	assert.match(await b.text('tbody'), /支援措置/);
	assert.doesNotMatch(await b.text('main'), /見本町/);
	await b.page(`/records/${who.safe.subject_no}?purpose=01`);
	await b.shown();
	assert.match(await b.text('.yb-notice'), /支援措置/);
	assert.doesNotMatch(await body(), /見本町/);
});

test('a person is opened for a purpose: that of the search, or one that is chosen', async () => {
	await b.logIn(login('MU-S'));
	await find(who.child.muni_key);
	assert.match(await b.run("return document.querySelector('tbody a').href"), /\/records\/[0-9]+\?q=[0-9a-f-]{36}$/);
	await b.page(`/records/${who.child.subject_no}`);
	await b.until("document.activeElement?.id === 'purpose'");
	assert.equal(await b.run("return document.querySelectorAll('.yb-event').length"), 0);
	await b.keys(KEYS.down + KEYS.down);
	await b.click('#purpose-first button[type=submit]');
	await b.until("document.activeElement?.id === 'person'");
	assert.match(await b.address(), /\?purpose=02$/);
	await b.page(`/records/${who.child.subject_no}?q=00000000-0000-4000-8000-000000000000`);
	await b.until("document.activeElement?.id === 'purpose'");
	assert.match(await b.text('main'), /30分が過ぎました/);
});

test('the grid shows vaccine by dose, and the address says which view', async () => {
	await b.logIn(login('MU-S'));
	await b.page(`/records/${who.child.subject_no}?purpose=01`);
	await b.shown();
	await b.run("document.querySelectorAll('.yb-switch a')[1].click()");
	await b.until("location.search === '?purpose=01&view=grid' && document.querySelector('.yb-table--grid')");
	assert.equal(await b.run("return document.querySelectorAll('.yb-table--grid tbody tr').length"), 5);
	assert.match(await b.text('.yb-table--grid'), /五種混合[^]*要確認/);
});

test('on paper: A4, who and when, headings repeated, no navigation', async () => {
	await b.logIn(login('MU-S'));
	for (const [path, at_least] of [[`/records/${who.child.subject_no}?purpose=01`, 1], [`/records/${who.child.subject_no}?purpose=01&view=grid`, 1]]) {
		await b.page(path);
		await b.shown();
		const pdf = (await b.paper()).toString('latin1');
		const boxes = [...pdf.matchAll(/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g)].map((m) => m.slice(1).map((x) => Math.round(Number(x))));
		assert.ok(boxes.length >= at_least && boxes.length <= 2, `${boxes.length} pages`);
		for (const [width, height] of boxes)
			assert.ok(Math.abs(width - 595) <= 1 && Math.abs(height - 842) <= 1, `${width}x${height}`);
		await b.media({}, 'print');
		await b.run("dispatchEvent(new Event('beforeprint'))");
		assert.deepEqual(await b.run(`return ['.yb-header', '.yb-nav', '.yb-footer', '.yb-actions', '.yb-switch', '.yb-crumb']
			.filter((c) => document.querySelector(c)?.checkVisibility())`), []);
		assert.match(await b.run("return document.getElementById('printhead').textContent"), /^出力日時 \d{4}年.*出力者 千代田区/);
		assert.equal(await b.run("return document.querySelector('thead') ? getComputedStyle(document.querySelector('thead')).display : 'table-header-group'"),
			'table-header-group');
		await b.media({}, '');
	}
});

test('a token is shown once: not after reloading, not by "back", not in a second tab, not on paper', async () => {
	await b.logIn(login('MU-A'), '/tokens/new');
	const { tokens } = await (async () => {
		const caller = await staff(inst, { role: 'MU-A' });
		const got = (await caller.call('listAccessTokens')).json;
		for (const t of got.tokens.filter((x) => x.name.startsWith('画面の試験') && !x.revoked_at))
			await caller.call('revokeAccessToken', { path: { token_id: t.token_id }, body: { reason: '試験' } });
		caller.close();
		return got;
	})();
	assert.ok(tokens.length > 0);
	await issueToken(b, '画面の試験');
	const token = await value('token');
	assert.match(token, /^eyJ/);
	assert.equal(await b.run('return location.pathname'), '/tokens/issued');
	const machine = new Caller(inst);
	machine.token = token;
	assert.equal((await machine.call('pullVaccinations', { query: { since: '0', limit: '1' } })).status, 403, 'the network was limited');
	machine.close();

	await b.media({}, 'print');
	assert.equal(await b.run("return document.getElementById('token').checkVisibility()"), false);
	await b.media({}, '');
	assert.equal(await b.run('return localStorage.length + sessionStorage.length'), 0);
	assert.equal(await b.run('return JSON.stringify(history.state)'), 'null');

	await b.click('#finish');
	assert.equal(await b.focused(), 'saved', 'not before it was said to be saved');
	await b.tabTo('copy', 30);
	await b.keys(KEYS.enter);
	await b.until("/コピーしました|選択しました/.test(document.getElementById('live').textContent)");
	await b.run("document.getElementById('saved').focus()");
	await b.keys(' ');
	await b.until("!document.getElementById('finish').hasAttribute('aria-disabled')");

	await b.send('POST', '/refresh');
	await b.shown('トークンの値は再表示できません');
	assert.ok(!(await b.run('return document.documentElement.outerHTML')).includes(token.slice(0, 40)));
	await b.page('/tokens');
	await b.shown();
	assert.match(await b.text('tbody'), /画面の試験/);
	await b.back();
	await b.shown('トークンの値は再表示できません');
	for (const path of ['/tokens/issued', '/tokens', '/tokens/new']) {
		await b.page(path);
		await b.shown();
		assert.ok(!(await b.run('return document.documentElement.outerHTML')).includes(token.slice(0, 40)), path);
	}
});

test('leaving the value before saying it is saved asks first', async () => {
	await b.logIn(login('MU-A'), '/tokens/new');
	await issueToken(b, '画面の試験');
	assert.equal(await b.run(`const e = new Event('beforeunload', { cancelable: true });
		dispatchEvent(e); return e.defaultPrevented`), true);
	await b.click('#saved');
	assert.equal(await b.run(`const e = new Event('beforeunload', { cancelable: true });
		dispatchEvent(e); return e.defaultPrevented`), false);
	await b.click('#finish');
	await b.until("location.pathname === '/tokens'");
	await b.shown();
});

test('a token is revoked with a reason, and says what it did', async () => {
	await b.logIn(login('MU-A'), '/tokens');
	await b.shown();
	await b.run("[...document.querySelectorAll('tbody tr')].find((r) => r.textContent.includes('画面の試験') && r.querySelector('td a[href$=revoke]')).querySelector('td a[href$=revoke]').click()");
	await b.until("location.pathname.endsWith('/revoke') && document.getElementById('reason')");
	await submit();
	await failed();
	assert.match(await b.text('#summary'), /失効の理由を入力してください/);
	await b.type('#reason', '試験のため');
	await submit();
	await b.until("document.activeElement?.id === 'done'");
	assert.match(await b.text('main'), /トークンを失効しました[^]*失効日時/);
});

test('two clicks send once, and what is sent again after a lost answer has the same key', async () => {
	await b.logIn(login('MU-A'));
	await b.pretend({ 'POST /token/access-tokens': { ms: 300, status: 0, times: 1 } });
	await b.page('/tokens/new');
	await b.shown();
	await fill({ name: '二度押し' });
	await b.run("document.getElementById('scopes').click()");
	await submit();
	await b.until("document.activeElement?.id === 'check'");
	await b.run("const s = document.querySelector('#sure button[type=submit]'); s.click(); s.click(); s.click()");
	await failed();
	assert.match(await b.text('#summary'), /通信できませんでした/);
	await b.run("document.querySelector('#sure button[type=submit]').click()");
	await b.until("document.activeElement?.id === 'done'");
	const calls = await b.run("return calls.filter((c) => c.method === 'POST' && c.path === '/token/access-tokens')");
	assert.equal(calls.length, 2);
	assert.equal(calls[0].headers['idempotency-key'], calls[1].headers['idempotency-key']);
	assert.match(calls[0].headers['idempotency-key'], /^[0-9a-f-]{36}$/);
	assert.ok(calls[0].headers['x-yobo-csrf']);
	await b.click('#saved');
	await b.plain();
	const caller = await staff(inst, { role: 'MU-A' });
	for (const made of (await caller.call('listAccessTokens')).json.tokens.filter((x) => x.name === '二度押し' && !x.revoked_at))
		await caller.call('revokeAccessToken', { path: { token_id: made.token_id }, body: { reason: '試験' } });
	caller.close();
});

test('only what is permitted is offered; what is not says whom to ask', async () => {
	await b.logIn(login('MU-V'));
	assert.doesNotMatch(await b.text('nav'), /アクセストークン/);
	await b.page('/tokens');
	await b.shown('この画面を使う権限がありません');
	assert.match(await b.text('main'), /管理者に権限を依頼/);
	await b.pretend({ '/account/session': { patch: { areas: [], permissions: [] } } });
	await b.page('/menu');
	await b.shown('メインメニュー');
	assert.match(await b.text('main'), /使える業務がまだありません/);
	await b.plain();
});

test('a temporary password is changed before anything else', async () => {
	const admin = await staff(inst, { role: 'MU-A' });
	const made = await admin.call('createUser', { body: { name: '見本　新人', name_kana: 'ミホン シンジン', role: 'MU-V',
		mail: 'sample@example.jp' } });
	assert.equal(made.status, 201, made.text);
	const user = { user_id: made.json.user.user_id, password: made.json.temporary_password };
	await b.logIn(user);
	assert.equal(await b.run('return location.pathname'), '/password');
	assert.match(await b.text('main'), /あなたのパスワードを決めてください/);
	await b.page('/records');
	await b.until("location.pathname === '/password'");
	await b.shown();
	const fresh = `Sample-${Math.random().toString(36).slice(2)}-9`;
	await fill({ 'current-password': user.password, 'new-password': fresh, repeated: `${fresh}x` });
	await submit();
	await failed();
	assert.match(await b.text('#summary'), /と違います/);
	await fill({ 'current-password': 'wrong', 'new-password': fresh, repeated: fresh });
	await submit();
	await b.until("document.getElementById('current-password-error')");
	await fill({ 'current-password': user.password, 'new-password': fresh, repeated: fresh });
	await submit();
	await b.until("document.activeElement?.id === 'done'");
	await b.page('/menu');
	await b.shown('メインメニュー');
	const { json } = await admin.call('getUser', { path: { user_id: user.user_id } });
	await admin.call('changeUserState', { path: { user_id: user.user_id }, headers: { 'if-match': `"${json.version}"` },
		body: { operation: 'delete', reason: '試験の後始末' } });
	admin.close();
});

test('the language is switched and kept, also for what the server says', async () => {
	await b.logIn(login('MU-S'), '/records');
	await b.run("document.getElementById('language').click()"); // nothing was typed: at once
	await b.until("document.documentElement.lang === 'en'");
	await b.shown('Find vaccination records');
	assert.match(await b.title(), /Vaccination and Eligibility System$/);
	await b.page('/records/00000000000000?purpose=01');
	await b.shown('Nothing was found');
	await b.run("document.cookie = 'lang=ja; Path=/; Secure; SameSite=Strict'");
});

test('what was typed is not lost to the other language unasked', async () => {
	await b.logIn(login('MU-S'), '/records');
	await b.shown();
	const type = async () => {
		await b.run("document.getElementById('muni-key').focus()");
		await b.keys('KA-001');
		await b.run("document.getElementById('language').click()");
		await b.until("document.querySelector('dialog[open]')");
	};
	await type();
	assert.match(await b.run("return document.querySelector('dialog').textContent"), /入力した内容は消えます/);
	await b.keys(KEYS.enter); // 入力に戻る has the focus
	await b.until("!document.querySelector('dialog')");
	assert.equal(await value('muni-key'), 'KA-001');
	assert.equal(await b.run('return document.activeElement.id'), 'muni-key', 'where one was');
	assert.equal(await b.run('return document.documentElement.lang'), 'ja');
	await b.run("document.getElementById('language').click()");
	await b.until("document.querySelector('dialog[open]')");
	await b.run("document.querySelector('dialog button:last-of-type').click()");
	await b.until("document.documentElement.lang === 'en'");
	await b.shown('Find vaccination records');
	assert.equal(await value('muni-key'), '');
	await b.run("document.cookie = 'lang=ja; Path=/; Secure; SameSite=Strict'");
});

test('the policy forbids what the pages never do', async () => {
	await b.forget();
	await b.page('/login');
	await b.shown();
	assert.equal(await b.run("try { document.body.innerHTML = '<b>x</b>'; return 'allowed' } catch (e) { return e.name }"), 'TypeError');
	assert.equal(await b.run("try { trustedTypes.createPolicy('other', {}); return 'allowed' } catch (e) { return e.name }"), 'TypeError');
	assert.equal(await b.run(`const s = document.createElement('style');
		s.textContent = 'h1 { color: rgb(1, 2, 3) }'; document.head.append(s);
		return getComputedStyle(document.querySelector('h1')).color === 'rgb(1, 2, 3)'`), false);
	await b.log();
});
