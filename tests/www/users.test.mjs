// Accounts in the browser against a real instance (vaccination brief 13 H-1-1, H-1-2, H-1-4,
// H-1-8, A-17): two people for one administrator, an institution of its own for the rest.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Centre, GOOD, newMail } from '../account/centre.mjs';
import { sql, value } from '../support/database.mjs';
import { hasMailbox, mailsArrived } from '../support/mail.mjs';
import { instance, sleep } from '../support/yobo.mjs';
import { Chrome, KEYS } from './chrome.mjs';
import { failed, fill, focus, open, send } from './steps.mjs';

const inst = instance();
const centre = new Centre(inst);
const dir = mkdtempSync('/tmp/yobo-www-users-');
const tag = Date.now().toString(36);
let b, maker, other, lead, second;

// An administrator of an institution that has nobody else.
async function manager(code, name) {
	const made = await centre.clerk({ name, name_kana: 'インナイ　カンリ' });
	sql(inst, `UPDATE account_user SET org_id = (SELECT org_id FROM core_org WHERE org_code = '${code}'),
		role = 'MI-A', is_admin = 1 WHERE user_id = '${made.user_id}'`);
	sql(inst, `DELETE FROM core_session WHERE user_id = '${made.user_id}'`);
	return made;
}

before(async () => {
	await centre.open();
	maker = await centre.clerk({ name_kana: 'キアン　ヒト' });
	other = await centre.clerk({ name_kana: 'ショウニン　ヒト' });
	const code = centre.institution();
	[lead, second] = [await manager(code, '院内　管理'), await manager(code, '別の　管理')];
	second.session = (await centre.login(second.user_id, GOOD)).made;
	b = await Chrome.start(inst);
	await b.cdp('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: dir });
});
after(async () => {
	await b?.close();
	await centre.close();
	rmSync(dir, { recursive: true });
});

const as = (person) => b.logIn({ user_id: person.user_id, password: GOOD });
const main = () => b.run("return document.querySelector('main').innerText");
const press = (words) => b.run(`[...document.querySelectorAll('main button')].find((e) => e.textContent.includes(${JSON.stringify(words)})).click()`);
const tick = (name, chosen) => b.run(`document.querySelector('[name="${name}"][value="${chosen}"]').click()`);
const row = (user_id, column) => value(inst, `SELECT ${column} FROM account_user WHERE user_id = '${user_id}'`);

// Somebody else of the centre, by the interface.
async function beside(person) {
	const { made, answer } = await centre.login(person.user_id, GOOD);
	assert.equal(answer.status, 200, answer.text);
	return made;
}

// People of the institution, made by its second administrator.
async function colleagues(...list) {
	const made = [];
	for (const change of list) {
		const answer = await second.session.call('createUser', { body: { name: '同僚　職員', name_kana: 'ドウリョウ　ショクイン', role: 'MI-S',
			mail: newMail(), ...change } });
		assert.equal(answer.status, 201, answer.text);
		made.push(answer.json.user);
	}
	return made;
}
const besides = (operation, u, body) => second.session.call(operation, { path: { user_id: u.user_id }, headers: { 'if-match': '"1"' }, body });

async function downloaded(name) {
	for (let i = 0; i < 100; i++) {
		if (readdirSync(dir).includes(name))
			return readFileSync(join(dir, name));
		await sleep(100);
	}
	return assert.fail(`${name} did not come: ${readdirSync(dir)}`);
}

// ---- four eyes ----

test('one asks, the same person is refused in words, another approves, and the letter comes once', async () => {
	const org = centre.institution();
	const mail = newMail();
	await as(maker);
	await open(b, '/applications/organisations');
	assert.equal(await b.focused(), 'q');
	await b.keys(org + KEYS.enter);
	await b.until("document.activeElement?.id === 'result'");
	assert.match(await main(), /試験医院 SAMPLE/);
	await b.click(`a[href="/applications/new?org=${org}"]`);
	await b.until("location.pathname === '/applications/new'");
	await b.shown('利用申請の登録');
	await fill(b, { name: '試験　院長', 'name-kana': 'しけん　いんちょう', mail, evidence: '綴り 12-3' });
	await tick('paper', 'PAPER');
	await send(b);
	await focus(b, 'check');
	assert.match(await main(), /シケン　インチョウ/);
	await press('内容を直す');
	assert.equal(await b.run("return document.getElementById('name').value"), '試験　院長', 'what was typed is there');
	await send(b);
	await focus(b, 'check');
	await send(b, '#sure');
	await focus(b, 'done');
	const no = /AP\d{9}/.exec(await main())[0];

	// No form for the maker; and where a page would offer one, the server refuses.
	await open(b, `/applications/${no}`);
	assert.match(await main(), /申請した本人は承認できません/);
	assert.equal(await b.run("return document.querySelectorAll('main form').length"), 0);
	await b.pretend({ [`GET /account/applications/${no}`]: { patch: { may_decide: true } } });
	await open(b, `/applications/${no}`);
	await tick('decision', 'APPROVE');
	await send(b);
	await failed(b);
	assert.match(await b.text('#summary'), /申請した本人は承認できません.*別の担当者.*E-ACC-020/s);
	assert.equal(value(inst, `SELECT state FROM account_application WHERE application_no = '${no}'`), 'WAITING');

	await as(other);
	await open(b, '/menu');
	assert.match(await main(), /承認待ちの利用申請/);
	await b.click('.yb-tasks a[href^="/applications"]');
	await b.until("location.pathname === '/applications'");
	await b.shown();
	await b.click(`a[href="/applications/${no}"]`);
	await b.shown('利用申請の内容');
	await tick('decision', 'APPROVE');
	await send(b);
	await focus(b, 'done');
	assert.match(await main(), /承認しました/);
	const issued = value(inst, `SELECT u.user_id FROM account_application a JOIN account_user u ON u.actor_id = a.issued_actor_id
		WHERE a.application_no = '${no}'`);
	await press('発行通知書（PDF）を出力する');
	assert.equal((await downloaded(`notice-${issued}.pdf`)).subarray(0, 5).toString(), '%PDF-');
	assert.match(await main(), /二度と出力できません/);
	await open(b, `/applications/${no}`);
	await press('発行通知書（PDF）を出力する');
	await failed(b);
	assert.match(await b.text('#summary'), /既に出力されたか.*E-ACC-023/s);

	// The only administrator there: not to be stopped, said in words.
	await b.logIn(inst.logins.find((l) => l.role === 'KC-A'));
	await open(b, `/users/${issued}/disable`);
	await fill(b, { reason: '試験' });
	await send(b);
	await failed(b);
	assert.match(await b.text('#summary'), /最後の管理者は削除・停止できません.*先に別の管理者/s);
	assert.equal(row(issued, 'status'), 'TEMP');
});

test('an application that somebody else decided meanwhile is shown as it is now', async () => {
	const by = await beside(maker);
	const made = await by.call('createApplication', { body: { org_code: centre.institution(), name: '試験　管理者', name_kana: 'シケン　カンリシャ',
		mail: newMail(), applied_on: '2026-04-01' } });
	assert.equal(made.status, 201, made.text);
	const { application_no: no, sha256 } = made.json;
	await b.logIn(inst.logins.find((l) => l.role === 'KC-A'));
	await open(b, `/applications/${no}`);
	const done = await (await beside(other)).call('decideApplication', { path: { application_no: no }, body: { decision: 'REJECT', comment: '書類不備', sha256 } });
	assert.equal(done.status, 200, done.text);
	await tick('decision', 'APPROVE');
	await send(b);
	await failed(b);
	assert.match(await b.text('#summary'), /E-ACC-021/);
	assert.match(await main(), /却下.*書類不備/s);
	assert.equal(await b.run("return document.querySelectorAll('main form').length"), 0);
});

// ---- accounts ----

test('a new user: errors in words, the check, and a password that is shown once and works', async () => {
	await as(lead);
	await open(b, '/users/new');
	await fill(b, { name: '新任　職員', 'name-kana': 'シンニン　ショクイン' });
	await tick('role', 'MI-S');
	await tick('rights', 'is_admin');
	await send(b);
	await failed(b);
	for (const [id, words] of [['rights', '管理者の権限のときだけ'], ['mail', 'メールアドレスを入力してください']]) {
		const text = await b.run(`const a = document.querySelector('#summary a[href="#${id}"]'); a.click(); return a.textContent`);
		assert.match(text, new RegExp(words));
		assert.equal(await b.focused(), id);
		assert.equal(await b.text(`#${id}-error`), `＊${text}`);
	}
	await tick('rights', 'is_admin');
	await tick('deliver', 'SCREEN');
	await send(b);
	await focus(b, 'check');
	assert.match(await main(), /なし（あなたに通知が届きます）/);
	await send(b, '#sure');
	await focus(b, 'done');
	const id = /\b\d{9}\b/.exec(await main())[0];
	const password = await b.run("return document.getElementById('temporary').value");
	assert.equal(await b.run('return location.pathname'), `/users/${id}`);
	await press('完了する');
	assert.equal(await b.focused(), 'saved', 'first say that it was handed over');
	await b.run("document.getElementById('saved').click()");
	await press('完了する');
	await b.shown('利用者の情報');
	assert.ok(!(await main()).includes(password), 'shown once');
	assert.match(await main(), /初回ログイン前/);
	await b.logIn({ user_id: id, password });
	assert.equal(await b.run('return location.pathname'), '/password');
});

test('somebody else was faster: theirs and mine side by side, what I did not touch is taken over', async () => {
	const [u] = await colleagues({ department: '看護部', phone: '03-0000-0001' });
	await as(lead);
	await open(b, `/users/${u.user_id}/edit`);
	await send(b);
	await failed(b);
	await fill(b, { reason: '異動のため' });
	await send(b);
	await failed(b);
	assert.match(await b.text('#summary'), /変更した項目がありません/);
	const theirs = await besides('changeUser', u, { department: '事務部', phone: '03-0000-0002', reason: '別の管理者' });
	assert.equal(theirs.status, 200, theirs.text);
	await fill(b, { department: '検査部' });
	await send(b);
	await focus(b, 'changed');
	const said = await b.text('#changed');
	assert.match(said, /ほかの人が先に更新しました/);
	assert.match(said, /部署\s+事務部\s+検査部/);
	assert.match(said, /取り込みました：電話番号/);
	assert.equal(await b.run("return document.getElementById('phone').value"), '03-0000-0002');
	assert.equal(await b.run("return document.getElementById('reason').value"), '異動のため');
	assert.equal(row(u.user_id, 'department'), '事務部');
	await send(b);
	await focus(b, 'done');
	assert.equal(row(u.user_id, 'department'), '検査部');
	assert.equal(row(u.user_id, 'phone'), '03-0000-0002');
});

test('a step needs a reason, says what it does, and meets a change of somebody else', async (t) => {
	const [u] = await colleagues({});
	await as(lead);
	await open(b, `/users/${u.user_id}`);
	await b.click(`a[href="/users/${u.user_id}/suspend"]`);
	await b.shown('利用の停止');
	assert.match(await main(), /すぐにログアウトされ/);
	await b.tabTo('reason');
	await b.keys(`${KEYS.tab}${KEYS.enter}`);
	await failed(b);
	assert.match(await b.text('#reason-error'), /理由を入力してください/);
	await b.click('#summary a');
	await b.keys('休職のため');
	assert.equal((await besides('changeUser', u, { department: '別室', reason: '別の管理者' })).status, 200);
	await b.keys(`${KEYS.tab}${KEYS.enter}`);
	await focus(b, 'changed');
	assert.match(await b.text('#changed'), /ほかの人が先に更新しました/);
	assert.equal(await b.run("return document.getElementById('reason').value"), '休職のため');
	assert.equal(row(u.user_id, 'status'), 'TEMP');
	await send(b);
	await focus(b, 'done');
	assert.equal(row(u.user_id, 'status'), 'SUSPENDED');
	await open(b, `/users/${u.user_id}/suspend`);
	assert.match(await main(), /いまの状態では、この操作はできません/);
	await open(b, `/users/${u.user_id}/resume`);
	await fill(b, { reason: '復職' });
	await tick('deliver', 'MAIL');
	await send(b);
	await focus(b, 'done');
	assert.match(await main(), new RegExp(`仮パスワードを ${u.mail} に送りました`));
	if (!hasMailbox(inst))
		return t.skip('no mailbox');
	const mails = await mailsArrived(inst, { to: u.mail, n: 2 });
	assert.ok(mails.some((m) => /仮パスワード/.test(m.text)));
});

test('the factor is taken away after the password was asked for again', async () => {
	const [u] = await colleagues({});
	await as(lead);
	await open(b, `/users/${u.user_id}/factor-reset`);
	assert.equal(await b.run("return document.querySelector('main form')"), null, 'there is none to take away');
	sql(inst, `INSERT INTO account_factor (actor_id, secret, enrolled_us, updated_us) SELECT actor_id, 'sealed', 1, 1
		FROM account_user WHERE user_id = '${u.user_id}'`);
	await open(b, `/users/${u.user_id}`);
	assert.match(await main(), /2段階認証[^]*登録済み[^]*2段階認証の解除/);
	sql(inst, `UPDATE core_session SET stepped_up_us = 1 WHERE user_id = '${lead.user_id}'`);
	await open(b, `/users/${u.user_id}/factor-reset`);
	await fill(b, { reason: '職員証で確認' });
	await send(b);
	await b.until("document.activeElement?.id === 'again-password'");
	await b.keys(GOOD + KEYS.enter);
	await focus(b, 'done');
	assert.match(await main(), /2段階認証を解除しました[^]*2段階認証[^]*なし/);
});

test('oneself: said in words, no form, no step', async () => {
	await as(lead);
	for (const path of ['', '/edit', '/suspend', '/delete', '/factor-reset']) {
		await open(b, `/users/${lead.user_id}${path}`);
		assert.match(await main(), /自分自身の権限は変更できません/, path);
		assert.equal(await b.run("return document.querySelectorAll('main form, .yb-cards').length"), 0, path);
	}
});

test('the list: conditions in the address but for the name, the next page, and the CSV', async () => {
	const [made] = await colleagues({ name: '=見本　関数', name_kana: 'ミホン　カンスウ' });
	await as(lead);
	await open(b, '/users');
	await fill(b, { q: 'みほんかんすう' });
	await send(b);
	await focus(b, 'result');
	assert.match(await b.text('tbody'), /=見本　関数/);
	assert.equal(await b.run('return location.search'), '', 'no name in the address');
	assert.equal(await b.run("return document.querySelectorAll('tbody tr').length"), 1);
	await press('CSVで保存');
	const today = new Date(Date.now() + 9 * 3600_000).toISOString().slice(0, 10);
	const csv = (await downloaded(`users-${today}.csv`)).toString();
	assert.match(csv, /^\ufeff"ユーザID","氏名"/);
	assert.match(csv, new RegExp(`"${made.user_id}","'=見本　関数"`), 'no formula for a spreadsheet');
	await fill(b, { q: '', status: 'SUSPENDED' });
	await send(b);
	await b.until("location.search === '?status=SUSPENDED'");
	await b.page('/users?status=DISABLED&idle=90');
	await b.shown();
	assert.equal(await b.run("return document.getElementById('status').value"), 'DISABLED');
	assert.match(await main(), /条件に合う利用者はいません/);
	const all = await b.run("return fetch('/api/v1/account/users?limit=200').then((r) => r.json()).then((d) => d.users.length)");
	await b.run("const real = fetch; window.fetch = (url, o) => real(String(url).replace('limit=50', 'limit=2'), o)");
	await fill(b, { status: '', idle: '' });
	await send(b);
	await focus(b, 'result');
	let n = 0;
	for (let more = true; more; ) {
		n += await b.run("return document.querySelectorAll('tbody tr').length");
		const first = await b.text('tbody tr .yb-digits');
		more = await b.run("const a = document.querySelector('a[rel=next]'); a?.click(); return !!a");
		if (more)
			await b.until(`document.querySelector('tbody tr .yb-digits').textContent !== '${first}'`);
	}
	assert.equal(n, all);
});

// ---- files ----

const HEAD = '氏名,氏名カナ,権限,メールアドレス,電話,部署,支援措置の閲覧,有効期限,通知方法';
async function file(name, rows) {
	writeFileSync(join(dir, name), `${HEAD}\r\n${rows.join('\r\n')}\r\n`);
	await b.type('#file', join(dir, name));
	await b.until(`document.getElementById('file-chosen')?.textContent.includes('${name}')`);
	await press('送信して内容を確認する');
}

test('a file with errors is refused by row, corrected, and registered', async () => {
	const good = (i, way = 'MAIL') => `一括　職員,イッカツ　ショクイン,MI-S,${tag}-${i}@example.jp,,,false,,${way}`;
	await as(lead);
	await open(b, '/users/file');
	await file('errors.csv', [good(1), good(2).replace('MI-S', 'MU-A'), good(3).replace('イッカツ', '漢字'), good(4, 'SCREEN')]);
	await b.until("document.querySelector('main').innerText.includes('行に誤りがあります')");
	const rows = await b.run("return [...document.querySelectorAll('main table')][0].innerText");
	assert.match(rows, /3\s+権限\s+MU-A/);
	assert.match(rows, /4\s+氏名カナ\s+漢字/);
	assert.match(rows, /5\s+通知方法\s+SCREEN/);
	assert.ok(!(await main()).includes('だけ登録する'), 'all or nothing');
	await press('直したファイルを選ぶ');
	await b.until("document.activeElement?.id === 'file-button'");
	await file('good.csv', [good(1), good(2, 'PAPER')]);
	await b.until("document.querySelector('main').innerText.includes('2行を登録する')");
	await press('2行を登録する');
	await b.until("document.querySelector('main').innerText.includes('2行を登録しました')", 20);
	await b.click('a[href="/users?status=TEMP"]');
	await b.shown('利用者');
	const id = value(inst, `SELECT user_id FROM account_user WHERE mail = '${tag}-2@example.jp'`);
	await open(b, `/users/${id}/letter`);
	await press('発行通知書（PDF）を出力する');
	assert.ok((await downloaded(`notice-${id}.pdf`)).length > 1000);
});

// ---- many at once, and the review ----

test('suspended people come back together, each with a password of the own', async () => {
	const made = await colleagues({ name: '季節　一郎' }, { name: '季節　二郎', mail: undefined });
	for (const u of made) {
		const answer = await besides('changeUserState', u, { operation: 'suspend', reason: '季節の終わり' });
		assert.equal(answer.status, 200, answer.text);
	}
	await as(lead);
	await open(b, '/users/resume');
	for (const u of made)
		await tick('user-ids', u.user_id);
	await fill(b, { reason: '秋の集団接種' });
	await send(b);
	await failed(b);
	assert.match(await b.text('#deliver-error'), /季節　二郎/);
	await tick('deliver', 'SCREEN');
	await send(b);
	await focus(b, 'done');
	assert.match(await main(), /2人の利用を再開しました/);
	const lines = (await b.run("return document.getElementById('temporary').value")).split('\n').map((line) => line.split(/\s{2}/));
	assert.deepEqual(lines.map(([id]) => id).sort(), made.map((u) => u.user_id).sort());
	const { answer } = await centre.login(lines[0][0], lines[0][1]);
	assert.equal(answer.json.next, 'password', answer.text);
	await b.run("document.getElementById('saved').click()");
});

test('the review: everybody is marked, and who is to be stopped is stopped with its end', async () => {
	const [leaver, ...others] = await colleagues({ name: '退職　予定' }, {}, {});
	await as(lead);
	await open(b, '/users/review/complete');
	assert.match(await main(), /まだ確認していない人が/);
	await open(b, '/users/review');
	assert.match(await main(), /自分自身は停止できません/);
	await send(b);
	await failed(b);
	await tick(`v${leaver.user_id}`, 'STOP');
	await send(b);
	await b.until(`document.activeElement?.id === 'saved' && !document.querySelector('[name="v${leaver.user_id}"]')`);
	assert.equal(await b.run("return document.querySelectorAll('tbody :checked').length"), 0, 'nobody has the verdict of who stood there');
	assert.ok(await b.run(`return ${JSON.stringify(others.map((u) => u.user_id))}.every((id) => document.querySelector(\`[name="v\${id}"]\`))`));
	await open(b, '/users/review');
	for (const u of others)
		await tick(`v${u.user_id}`, 'STOP');
	await send(b);
	await focus(b, 'saved');
	await open(b, '/users/review?verdict=STOP');
	await tick(`v${leaver.user_id}`, 'CONFIRMED');
	await send(b);
	await b.until(`document.activeElement?.id === 'saved' && !document.querySelector('[name="v${leaver.user_id}"]')`);
	assert.deepEqual(await b.run("return [...document.querySelectorAll('tbody :checked')].map((x) => x.value)"), others.map(() => 'STOP'), 'each keeps the own');
	await open(b, '/users/review?verdict=ALL');
	for (const u of others)
		await tick(`v${u.user_id}`, 'CONFIRMED');
	await tick(`v${leaver.user_id}`, 'STOP');
	await send(b);
	await focus(b, 'saved');
	await open(b, '/users/review');
	await press('この画面の残り');
	await send(b);
	await b.until("document.querySelector('#saved')?.innerText.includes('棚卸の完了')");
	assert.equal(await b.focused(), 'saved');
	await b.click('#saved a');
	await b.shown('棚卸の完了');
	assert.match(await main(), /次の1人がすぐに使えなくなります.*退職　予定/s);
	assert.equal(row(leaver.user_id, 'status'), 'TEMP');
	await send(b);
	await focus(b, 'done');
	assert.match(await main(), /次の期限は/);
	assert.equal(row(leaver.user_id, 'status'), 'DISABLED');
});
