// One's own account in Debian's Chromium against a real instance: first login, second factor,
// links of mails, own data, sessions, the password again (ui design 8.1, vaccination brief 13 H-1).

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { GOOD, People, calmStep, codeOf, secretOf, stepNow, told, wrongCode } from '../account/people.mjs';
import { sql } from '../support/database.mjs';
import { hasMailbox } from '../support/mail.mjs';
import { instance } from '../support/yobo.mjs';
import { Chrome, KEYS } from './chrome.mjs';
import { failed, fill, focus, open, send } from './steps.mjs';

const inst = instance();
const people = new People(inst);
const FRESH = 'Yama-no-Oto42';
let b;

before(async () => {
	await people.open();
	b = await Chrome.start(inst);
});
after(async () => {
	await b?.close();
	await people.close();
});

const body = () => b.run('return document.body.textContent');
const value = (id) => b.run(`return document.getElementById('${id}').value`);
const press = (id) => b.run(`document.getElementById('${id}').click()`);
const calls = (method, path) => b.run('return calls.filter((c) => c.method === arguments[0] && c.path === arguments[1])', method, path);
const full = (digits) => digits.replace(/\d/g, (d) => String.fromCharCode(d.charCodeAt(0) + 0xfee0));
const stale = (user) => sql(inst, `UPDATE core_session SET stepped_up_us = 1 WHERE user_id = '${user.user_id}'`);

// To the second step, with the keyboard.
async function half(user, password = GOOD) {
	await b.plain();
	await b.forget();
	await open(b, '/login');
	await b.keys(user.user_id + KEYS.tab + password + KEYS.enter);
	await focus(b, 'code');
}

async function enter(user, code) {
	await half(user);
	await b.keys(code + KEYS.enter);
	await b.until("location.pathname === '/menu'");
	await b.shown();
}

const enterWithCode = async (user) => {
	people.forgetStep(user.user_id);
	await calmStep();
	await enter(user, codeOf(user.secret));
};

test('first login: the password, then the terms, then the menu', async () => {
	const user = await people.temp();
	await b.logIn({ user_id: user.user_id, password: user.temporary });
	assert.equal(await b.run('return location.pathname'), '/password');
	await fill(b, { 'current-password': user.temporary, 'new-password': 'password', repeated: 'password' });
	await send(b);
	await b.until("document.getElementById('new-password-error')");
	assert.match(await b.text('#summary'), /新しいパスワードが条件を満たしていません/);
	await fill(b, { 'new-password': GOOD, repeated: GOOD });
	await send(b);
	await focus(b, 'done');
	await b.run("document.querySelector('main .yb-actions a').click()");
	await b.shown('メインメニュー');
	assert.match(await b.text('main'), /利用規約をお読みください/);
	await b.run("document.querySelector('.yb-notice a').click()");
	await b.shown('利用規約');
	assert.ok(await b.run("return document.querySelectorAll('.yb-prose h2').length") >= 5);
	await send(b);
	await failed(b);
	assert.match(await b.text('#summary'), /「同意します」に印を付けてください/);
	await press('agreed');
	await send(b);
	await focus(b, 'done');
	await open(b, '/menu');
	assert.doesNotMatch(await b.text('main'), /利用規約をお読みください/);
	await open(b, '/terms');
	assert.match(await b.text('main'), /版 1 に同意済み/);
	assert.deepEqual(await b.complaints(), []);
});

test('terms of another version cannot be accepted; whatever comes first is the only page open', async () => {
	const user = await people.active();
	await b.logIn({ user_id: user.user_id, password: GOOD });
	await b.pretend({ '/account/session': { patch: { terms_due: true, terms_version: '2' } } });
	await open(b, '/terms');
	assert.match(await b.text('main'), /版が合いません/);
	assert.equal(await b.run("return document.querySelectorAll('main form').length"), 0);
	for (const [next, path] of [['terms', '/terms'], ['factor_setup', '/factor'], ['password', '/password']]) {
		await b.pretend({ '/account/session': { patch: { next } } });
		await b.page('/records');
		await b.until(`location.pathname === '${path}'`);
		await b.shown();
		assert.equal(await b.run("return document.querySelectorAll('nav.yb-nav a').length"), 0, next);
	}
	await b.plain();
});

test('an app is registered by QR code or key; the recovery codes are shown once, and on paper', async () => {
	const user = await people.active();
	await b.logIn({ user_id: user.user_id, password: GOOD });
	await open(b, '/factor');
	await b.run("document.querySelector('#begin button').focus()");
	await b.keys(KEYS.enter);
	await b.until("document.getElementById('key')");
	const drawn = await b.run(`const svg = document.querySelector('.yb-qr');
		const box = svg.querySelector('path').getBBox();
		return { ns: svg.namespaceURI, view: svg.getAttribute('viewBox').split(' ').map(Number), label: svg.getAttribute('aria-label'),
			box: [box.x, box.y, box.width, box.height], width: svg.getBoundingClientRect().width }`);
	assert.equal(drawn.ns, 'http://www.w3.org/2000/svg');
	assert.deepEqual(drawn.box, [4, 4, drawn.view[2] - 8, drawn.view[3] - 8], 'drawn, with its quiet zone');
	assert.ok(drawn.label && drawn.width >= 200);
	await b.media({}, 'print');
	assert.equal(await b.run("return document.querySelector('.yb-qr').checkVisibility()"), false);
	await b.media({}, '');

	user.secret = secretOf(await b.text('#key'));
	await fill(b, { code: wrongCode(user.secret) });
	await send(b, '#confirm');
	await failed(b);
	assert.match(await b.text('#code-error'), /時計が合っているか/);
	await calmStep();
	await b.run("document.getElementById('code').value = ''; document.getElementById('code').focus()");
	await b.keys(full(codeOf(user.secret, stepNow() - 1)) + KEYS.enter);
	await b.until("document.getElementById('codes')");
	user.recovery = (await value('codes')).split('\n');
	assert.equal(user.recovery.length, 10);

	await b.media({}, 'print');
	assert.equal(await b.run("return document.getElementById('codes').checkVisibility()"), false);
	assert.equal(await b.run("return document.querySelectorAll('.yb-codes li').length"), 10);
	assert.equal(await b.run("return document.querySelector('.yb-codes').checkVisibility()"), true);
	assert.match(await b.run("return document.querySelector('.yb-paper').innerText"), new RegExp(user.user_id));
	await b.media({}, '');
	const asks = () => b.run("const e = new Event('beforeunload', { cancelable: true }); dispatchEvent(e); return e.defaultPrevented");
	assert.equal(await asks(), true);
	await press('finish');
	assert.equal(await b.focused(), 'saved');
	await b.keys(' ');
	assert.equal(await asks(), false);
	await b.send('POST', '/refresh');
	await b.shown('2段階認証');
	assert.match(await b.text('main'), /登録済み[^]*残り10個/);
	await b.page('/menu');
	await b.shown();
	await b.back();
	await b.shown('2段階認証');
	for (const code of user.recovery)
		assert.ok(!(await b.run('return document.documentElement.outerHTML')).includes(code));
	assert.equal(await b.run('return localStorage.length + sessionStorage.length'), 0);

	// The codes of paper work: one in place of the app, once.
	await half(user);
	assert.equal(await b.run("return document.getElementById('code').autocomplete"), 'one-time-code');
	await b.click('#other-way');
	await focus(b, 'recovery-code');
	await b.keys(user.recovery[0].toUpperCase() + KEYS.enter);
	await b.until("location.pathname === '/menu'");
	await half(user);
	await b.click('#other-way');
	await focus(b, 'recovery-code');
	await b.keys(user.recovery[0] + KEYS.enter);
	await failed(b);
	assert.match(await b.text('#summary'), /使ったことのあるコードは使えません/);
});

test('a code in full width logs in; a wrong one says what to check and what is left; the fifth begins anew with the ID kept', async () => {
	const user = await people.enrolled();
	await enterWithCode(user);
	people.forgetStep(user.user_id);
	await calmStep();
	await half(user);
	assert.equal(await b.run('return location.pathname'), '/login');
	assert.match(await b.title(), /^認証コードの入力/);
	for (const typed of ['12345', 'abcdef', '']) {
		await b.run("document.getElementById('code').focus(); document.getElementById('code').select()");
		await b.keys(typed + KEYS.enter);
		await failed(b);
		assert.match(await b.text('#code-error'), /6桁の数字|入力してください/);
	}
	for (let left = 4; left > 0; left--) {
		await fill(b, { code: wrongCode(user.secret) });
		await send(b);
		await b.until("document.getElementById('code').value === ''");
		await failed(b);
		assert.match(await b.text('#code-error'), new RegExp(`時計が合っているか確認し、新しいコードを.*（あと${left}回）`));
	}
	await fill(b, { code: wrongCode(user.secret) });
	await send(b);
	await focus(b, 'password');
	assert.equal(await value('user-id'), user.user_id);
	assert.match(await b.text('.yb-notice'), /時間または回数を超えました/);
	people.forgetStep(user.user_id);
	await b.keys(GOOD + KEYS.enter);
	await focus(b, 'code');
	await calmStep();
	await b.keys(full(codeOf(user.secret)) + KEYS.enter);
	await b.until("location.pathname === '/menu'");
});

test('a locked account says how long; another way in is offered', async () => {
	const user = await people.active();
	sql(inst, `UPDATE account_user SET failed_count = 5, locked_until_us = ${(Date.now() + 1_500_000) * 1000} WHERE user_id = '${user.user_id}'`);
	await b.forget();
	await open(b, '/login');
	await b.keys(user.user_id + KEYS.tab + GOOD + KEYS.enter);
	await failed(b);
	assert.match(await b.text('#summary'), /ロックされています[^]*あと25分ほどで[^]*E-AUTH-002/);
	assert.equal(await value('user-id'), user.user_id);
	assert.ok(await b.run("return [...document.querySelectorAll('main a')].some((a) => a.pathname === '/reset' && a.textContent.includes('ロック'))"));
});

test('a sensitive act asks for the password and the code; what was typed stays and is sent once', async () => {
	const user = await people.enrolled();
	await enterWithCode(user);
	await b.pretend({});
	await open(b, '/me');
	await fill(b, { department: '健康推進課', phone: '０３ー１２３４ー５６７８' });
	stale(user);
	await send(b);
	await focus(b, 'again-password');
	await b.keys('\uE00C'); // Esc: not now
	await failed(b);
	assert.match(await b.text('#summary'), /パスワードの再入力が必要です/);
	assert.equal(await value('department'), '健康推進課');

	await send(b);
	await focus(b, 'again-password');
	await b.keys(`wrong${KEYS.tab}${wrongCode(user.secret)}${KEYS.enter}`);
	await b.until("document.getElementById('again-password-error')");
	assert.match(await b.text('#again-password-error'), /パスワードが違います。あと4回間違えると/);
	assert.equal(await value('again-password'), '');
	people.forgetStep(user.user_id);
	await calmStep();
	await fill(b, { 'again-password': GOOD, 'again-code': '' });
	await b.run("document.getElementById('again-code').focus()");
	await b.keys(full(codeOf(user.secret)) + KEYS.enter);
	await focus(b, 'done');
	assert.match(await b.text('main'), /登録情報を変更しました[^]*健康推進課[^]*03-1234-5678/);
	const sent = await calls('PATCH', '/account/me');
	assert.equal(sent.length, 3, 'refused, refused, done');
	assert.equal(sent[1].headers['idempotency-key'], sent[2].headers['idempotency-key']);
	assert.equal(sent[1].body, sent[2].body);
	assert.deepEqual(Object.keys(JSON.parse(sent[2].body)).sort(), ['department', 'phone'], 'only what was changed');
	await b.plain();
});

test('a session that was ended says why, and asks for password and code where one is', async () => {
	const user = await people.enrolled();
	await enterWithCode(user);
	await open(b, '/me');
	await fill(b, { department: '保健課' });
	await user.session.call('endOtherSessions');
	await send(b);
	await focus(b, 'again-password');
	assert.match(await b.text('dialog'), /利用中のセッションの一覧から終了されました/);
	await b.keys(GOOD + KEYS.enter);
	await focus(b, 'again-code');
	assert.equal(await value('again-code'), '', 'nothing of the password is left in the field');
	assert.equal(await b.run("return document.querySelectorAll('#again-password').length"), 0);
	people.forgetStep(user.user_id);
	await calmStep();
	await b.keys(codeOf(user.secret) + KEYS.enter);
	await focus(b, 'done');
	assert.match(await b.text('main'), /保健課/);

	await user.session.call('endOtherSessions');
	await b.page('/menu');
	await b.until("location.pathname === '/login' && document.querySelector('.yb-notice')");
	assert.match(await b.text('.yb-notice'), /前のログインが終了しました[^]*一覧から終了されました/);
	for (const lang of ['ja', 'en']) {
		await b.forget();
		await b.run(`document.cookie = 'lang=${lang}; Path=/; Secure; SameSite=Strict'`);
		await open(b, '/login');
		assert.equal(await b.run("return document.querySelectorAll('.yb-notice').length"), 0, 'nobody was logged in');
	}
	await b.run("document.cookie = 'lang=ja; Path=/; Secure; SameSite=Strict'");
});

test('a session renewed by another window goes on here', async () => {
	const user = await people.active();
	await b.logIn({ user_id: user.user_id, password: GOOD });
	await open(b, '/me');
	await fill(b, { department: '窓口課' });
	assert.equal(await b.send('POST', '/execute/async', { script: `const done = arguments[arguments.length - 1];
		const headers = { 'content-type': 'application/json' };
		fetch('/api/v1/account/session').then((r) => r.json()).then((s) => fetch('/api/v1/account/terms', { method: 'POST',
			headers: { ...headers, 'x-yobo-csrf': s.csrf_token }, body: JSON.stringify({ version: s.terms_version }) })).then((r) => done(r.status))`, args: [] }), 200);
	await send(b);
	await focus(b, 'done');
	assert.match(await b.text('main'), /窓口課/);
});

test('a forgotten password: the same answer for everybody, a mail, a link that works once', { skip: !hasMailbox(inst) }, async () => {
	const user = await people.enrolled();
	await b.forget();
	const answers = [];
	for (const mail of ['nobody@example.jp', user.mail]) {
		await open(b, '/login');
		await b.run("document.querySelector('a[href=\"/reset\"]').click()");
		await b.shown('パスワードの再設定');
		await fill(b, { 'user-id': full(user.user_id), mail });
		await send(b);
		await focus(b, 'done');
		answers.push(await b.text('main'));
	}
	assert.equal(answers[0], answers[1]);
	assert.match(answers[0], /登録と一致する場合/);
	const link = /https:\/\/\S+\/reset#[\w-]{43}/.exec((await told(inst, { to: user.mail, about: /再設定のご案内/ })).text)[0];
	await b.go(link);
	await b.shown('新しいパスワードの設定');
	assert.equal(await b.run('return location.pathname + location.hash'), '/reset/new', 'no token in the address');
	await b.send('POST', '/refresh');
	await b.shown();
	assert.match(await b.text('main'), /リンクをもう一度開いてください/);
	await b.go(link);
	await b.until("document.getElementById('code')");
	people.forgetStep(user.user_id);
	await fill(b, { 'new-password': FRESH, repeated: FRESH, code: wrongCode(user.secret) });
	await send(b);
	await failed(b);
	assert.match(await b.text('#summary'), /認証コードが違います/);
	await calmStep();
	await fill(b, { 'new-password': FRESH, repeated: FRESH, code: codeOf(user.secret) });
	await send(b);
	await b.until("location.pathname === '/login' && document.querySelector('.yb-notice')");
	assert.match(await b.text('.yb-notice'), /新しいパスワードでログインしてください/);
	await b.go(link);
	await b.shown();
	assert.match(await b.text('main'), /このリンクは使えません/);
	people.forgetStep(user.user_id);
	await half(user, FRESH);
});

test('a forgotten user ID comes by mail', { skip: !hasMailbox(inst) }, async () => {
	const user = await people.active();
	await b.forget();
	await open(b, '/id-notice');
	await fill(b, { mail: user.mail, 'org-code': '１３１０１６' });
	await send(b);
	await focus(b, 'done');
	assert.match((await told(inst, { to: user.mail, about: /ユーザIDのお知らせ/ })).text, new RegExp(user.user_id));
	await open(b, '/id-notice');
	await fill(b, { mail: user.mail, 'org-code': '131017' });
	await send(b);
	await failed(b);
	assert.ok(await b.run("return !!document.getElementById('org-code-error')"));
});

test('a new mail address counts after its link was opened', { skip: !hasMailbox(inst) }, async () => {
	const user = await people.active();
	const fresh = `n${user.mail}`;
	await b.logIn({ user_id: user.user_id, password: GOOD });
	await open(b, '/me');
	await send(b);
	await failed(b);
	assert.match(await b.text('#summary'), /変わったところがありません|変更/);
	await fill(b, { mail: fresh });
	await send(b);
	await focus(b, 'done');
	assert.ok((await b.text('main')).includes(`${fresh} に確認のメールを送りました`));
	await open(b, '/me');
	assert.match(await b.text('main'), /確認を待っています/);
	assert.equal(await value('mail'), user.mail);
	const link = /https:\/\/\S+\/mail-confirm#[\w-]{43}/.exec((await told(inst, { to: fresh, about: /確認/ })).text)[0];
	await b.go(link);
	await b.shown('メールアドレスの確認');
	assert.equal(await b.run('return location.hash'), '');
	await send(b);
	await focus(b, 'done');
	await open(b, '/me');
	assert.equal(await value('mail'), fresh);
	await b.go(link);
	await b.shown();
	await send(b);
	await b.until("document.querySelector('.yb-notice')");
	assert.match(await b.text('main'), /このリンクは使えません/);
});

test('two who change the same data see both; sending again puts the last one in its place', async () => {
	const user = await people.active();
	await b.logIn({ user_id: user.user_id, password: GOOD });
	await open(b, '/me');
	await fill(b, { department: '私の課', name: 'x' });
	await fill(b, { name: await b.run("return document.getElementById('name').defaultValue") });
	const { json } = await user.session.call('getMe');
	const theirs = { department: '別の課', phone: '03-0000-0000', name: '見本　改姓', name_kana: 'ミホン　カイセイ' };
	const other = await user.session.call('changeMe', { body: theirs, headers: { 'if-match': `"${json.version}"` } });
	assert.equal(other.status, 200, other.text);
	await send(b);
	await focus(b, 'changed');
	assert.match(await b.text('#changed'), /ほかの人が先に更新しました[^]*別の課[^]*私の課/);
	assert.equal(await value('department'), '私の課');
	assert.equal(await value('name-kana'), theirs.name_kana);
	await send(b);
	await focus(b, 'done');
	const now = (await user.session.call('getMe')).json;
	for (const [name, said] of Object.entries({ ...theirs, department: '私の課' }))
		assert.equal(now[name], said, 'what only the other changed stays');
});

test('logins are listed and ended', async () => {
	const user = await people.active();
	const { made } = await people.login(user.user_id, GOOD);
	await b.logIn({ user_id: user.user_id, password: GOOD });
	await open(b, '/sessions');
	const rows = () => b.run("return document.querySelectorAll('tbody tr').length");
	const many = await rows();
	assert.ok(many >= 2);
	assert.match(await b.text('tbody'), /Chrome、Linux[^]*この画面/);
	await b.run("document.querySelector('tbody button').click()");
	await focus(b, 'ended');
	assert.equal(await rows(), many - 1);
	if (await b.run("return !!document.getElementById('end-others')")) {
		await press('end-others');
		await b.until("document.querySelectorAll('tbody tr').length === 1");
	}
	assert.equal((await made.call('getSession')).status, 401);
	assert.match(await b.text('main'), /ほかの端末ではログインしていません/);
});

test('a refused login tells the rule, to the unknown as to the known; the rules of passwords are the server\'s', async () => {
	const user = await people.active();
	await b.forget();
	const said = [];
	for (const id of [user.user_id, '000000018']) {
		await open(b, '/login');
		await fill(b, { 'user-id': id, password: 'Wrong-Password-1' });
		await send(b);
		await failed(b);
		said.push((await b.text('#summary')).replace(/（.*$/s, '').split('E-AUTH-001')[0]);
	}
	assert.match(said[0], /続けて5回間違えると、30分間ログインできなくなります/);
	assert.equal(said[1], said[0]);
	await b.logIn({ user_id: user.user_id, password: GOOD });
	await open(b, '/password');
	assert.match(await b.text('#new-password-hint'), /12〜64文字[^]*3種類以上[^]*過去5回[^]*13文字より短いパスワードは、90日ごと/);
	await b.pretend({ '/account/session': { patch: { password_rules: { profiles: ['mhlw13', 'nist15'], min: 12, max: 80, classes: 3,
		history: 7, rest_min: 8, expires_below: 13, expires_days: 90 } } } });
	await open(b, '/password');
	assert.match(await b.text('#new-password-hint'), /13〜80文字。英字・数字・記号をすべて使います。または、15〜80文字[^]*過去7回/);
	assert.doesNotMatch(await b.text('#new-password-hint'), /90日/);
	await b.plain();
});

test('a staff card is seen, and removed after the password', async () => {
	const user = await people.active();
	sql(inst, `INSERT INTO account_card (actor_id, issuer_hash, serial, subject, not_after_us, registered_us)
		SELECT actor_id, UNHEX(SHA2('www', 256)), UNHEX(HEX(user_id)), 'CN=見本のカード', ${(Date.now() + 86_400_000) * 1000}, 1
		FROM account_user WHERE user_id = '${user.user_id}'`);
	await b.logIn({ user_id: user.user_id, password: GOOD });
	await open(b, '/cards');
	assert.match(await b.text('tbody'), /CN=見本のカード[^]*まだ使っていません/);
	assert.match(await b.text('main'), /カードリーダーをつないだ端末/);
	await b.click('tbody button');
	await focus(b, 'sure');
	await b.click('#back');
	await focus(b, 'removed');
	await b.click('tbody button');
	await focus(b, 'sure');
	stale(user);
	await send(b, '#remove');
	await focus(b, 'again-password');
	await b.keys(GOOD + KEYS.enter);
	await focus(b, 'removed');
	assert.match(await b.text('main'), /登録を取り消しました[^]*登録した職員カードはありません/);
	assert.deepEqual((await user.session.call('listCards')).json.cards, []);
});

test('the second factor is taken away after the password, and asked for no more', async () => {
	const user = await people.enrolled();
	await enterWithCode(user);
	await open(b, '/factor');
	await press('end-first');
	await b.until("document.getElementById('end')");
	stale(user);
	await send(b, '#end');
	await focus(b, 'again-password');
	people.forgetStep(user.user_id);
	await calmStep();
	await b.keys(GOOD + KEYS.tab + codeOf(user.secret) + KEYS.enter);
	await b.until("document.getElementById('step') && document.body.textContent.includes('2段階認証をやめました')");
	await b.logIn({ user_id: user.user_id, password: GOOD });
	assert.equal(await b.run('return location.pathname'), '/menu');
	assert.doesNotMatch(await body(), /認証コード/);
});
