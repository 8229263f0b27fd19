// Masters that steer the programs, in the browser (H-8-6, H-8-3 step 2): a parameter from the list
// to what counts, what a role gains and loses, and the simulation of a changed rule.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { sql } from '../support/database.mjs';
import { instance, sleep, staff } from '../support/yobo.mjs';
import { clock, create, day, drop, good, on, pending, read, replace, rollback, row, second, withdraw } from '../master/masters.mjs';
import { runTimer } from '../record/people.mjs';
import { Chrome } from './chrome.mjs';

const inst = instance();
const opened = [];
const FREE = 'record.resend_limit'; // no other test sets these two
const GUARDED = 'account.review_notice_days';
let b;
let kcA;
let kcA2;
let kcS;
let mhS;

const login = (role) => inst.logins.find((l) => l.role === role);
const main = () => b.run("return document.querySelector('main').innerText");
const says = (words, seconds) => b.until(`document.querySelector('main')?.innerText.includes(${JSON.stringify(words)})`, seconds);
const fill = (values) => b.run(`for (const [id, value] of Object.entries(arguments[0])) {
	const e = document.getElementById(id) ?? document.querySelector('[name="' + id + '"][value="' + value + '"]');
	if (e.type === 'radio')
		e.click();
	else
		e.value = value;
	e.dispatchEvent(new Event('change', { bubbles: true }));
}`, values);
const press = (words) => b.run(`[...document.querySelectorAll('main button, main a')].find((e) => e.textContent.trim().startsWith(${JSON.stringify(words)})).click()`);
const open = async (path) => { await b.page(path); await b.shown(); };
const enter = async (user, path) => { await b.logIn(user); await open(path); };
const number = () => b.run('return location.pathname').then((path) => Number(/changes\/(\d+)$/.exec(path)[1]));
const line = (key) => b.run(`return [...document.querySelectorAll('main tbody tr')].find((e) => e.querySelector('.yb-code')?.textContent === arguments[0])?.innerText ?? null`, key);

// From the list to a draft: the link of the key, its form, what the next page shows.
async function drafted(key, value, reason) {
	await open('/masters/parameters');
	await b.run('[...document.querySelectorAll("main tbody a")].find((e) => e.getAttribute("aria-label")?.includes(arguments[0]) && e.href.includes("/edit?")).click()', key);
	await says('パラメータを変更する');
	await b.shown();
	await fill({ 'c-value': value, reason });
	await press('内容を確認する');
	await b.until("/changes\\/\\d+$/.test(location.pathname)");
	await b.shown();
	return number();
}

async function approve(who, no) {
	await enter(who, `/masters/changes/${no}`);
	await fill({ verdict: 'approve' });
	await press('決定する');
}

// Workers look once a second, and a pool has several.
async function shownAs(key, words) {
	for (let i = 0; i < 20; i++) {
		await open(`/masters/parameters?q=${encodeURIComponent(key)}`);
		const said = await line(key);
		if (said?.includes(words))
			return said;
		await sleep(500);
	}
	return assert.fail(`${key} is not ${words}: ${await line(key)}`);
}

before(async () => {
	clock(inst);
	b = await Chrome.start(inst);
	[kcA, kcS, mhS] = await Promise.all(['KC-A', 'KC-S', 'MH-S'].map((role) => staff(inst, { role })));
	kcA2 = await second(inst, { role: 'KC-A' });
	opened.push(kcA, kcA2, kcS, mhS);
	sql(inst, "UPDATE core_timer SET due_us = due_us + 3600000000 WHERE name = 'record.simulate'"); // only ours runs
});
after(async () => {
	await b?.close();
	opened.forEach((c) => c.close());
	sql(inst, "UPDATE core_timer SET due_us = 0 WHERE name = 'record.simulate'");
	sql(inst, `DELETE FROM core_parameter WHERE param_key IN ('${FREE}', '${GUARDED}')`);
});

test('the list says what each number means, is searched, and is for those who may read it', async () => {
	await enter(login('KC-A'), '/masters');
	await press('共通パラメータ');
	await says('各機能が使う日数');
	await b.shown();
	assert.match(await line(GUARDED), /承認2人[^]*棚卸しの期限[^]*30日\s+30日\s+1日から180日まで[^]*初期値のまま[^]*変更する/);
	await fill({ q: 'ＲＥＳＥＮＤ' });
	await press('表示する');
	await says('1件を表示しています');
	assert.match(await line(FREE), /一度に再送できる[^]*20,000件/);
	await fill({ q: '再送できる', area: 'token' });
	await press('表示する');
	await says('条件に合うパラメータはありません');
	await press('条件を消す');
	await says('アクセストークン');
	assert.ok(await b.run("return document.querySelectorAll('main tbody tr').length > 50"));
	await enter(login('MU-A'), '/masters/parameters');
	assert.match(await main(), /この画面を使う権限がありません/);
	await open('/masters');
	assert.equal(await b.run('return document.querySelector(\'main a[href="/masters/parameters"]\')'), null);
});

test('a parameter is changed from the list, approved by another person, and counts; then it is revised, by its master only', async () => {
	await enter(login('KC-S'), `/masters/M43/edit?op=new&key=${FREE}`);
	assert.match(await main(), /record\.resend_limit[^]*いまの値\s+20,000件[^]*範囲\s+1件から1,000,000件まで/);
	for (const [value, said] of [['', '値を入力してください'], ['0', '1件から1,000,000件まで'], ['1000001', '1件から1,000,000件まで'], ['abc', '値は数字で']]) {
		await fill({ 'c-value': value, reason: '回線の増強' });
		await press('内容を確認する');
		await b.until(`document.getElementById('summary')?.innerText.includes(${JSON.stringify(said)})`);
	}
	const no = await drafted(FREE, '１５，０００', '回線の増強');
	assert.match(await main(), /値\s+—\s+15000[^]*セキュリティ\s+—\s+いいえ/);
	await press('申請する');
	await says('承認 0/1');
	await approve(login('KC-A'), no);
	await says('承認が完了しました');
	assert.match(await shownAs(FREE, '15,000件'), /15,000件\s+20,000件[^]*M43 全国共通パラメータ[^]*M43だけ/);

	// A link that is older than the row leads to its revision.
	await enter(login('KC-S'), `/masters/M43/edit?op=new&key=${FREE}`);
	await b.until("location.search.includes('op=revise')");
	await b.shown();
	assert.equal(await b.run("return document.getElementById('c-value').value"), '15000');
	await enter(login('OP'), `/masters/parameters?q=${FREE}`);
	assert.doesNotMatch(await line(FREE), /変更する/, 'one number has one master');
	good(await rollback(kcA, { change_id: no }));
	assert.match(await shownAs(FREE, '20,000件\t20,000件'), /変更する/);
});

test('what concerns security waits for two', async () => {
	await enter(login('KC-S'), '/masters');
	const no = await drafted(GUARDED, '31', '棚卸しの準備を早める');
	assert.match(await main(), /セキュリティ\s+—\s+はい/);
	await press('申請する');
	await says('承認 0/2');
	await approve(login('KC-A'), no);
	await says('もう1人の承認を待っています');
	assert.equal(good(await kcA.call('listParameters')).parameters.find((p) => p.key === GUARDED).value, '30');
	await approve({ ...login('KC-A'), user_id: kcA2.login.user_id }, no);
	await says('承認が完了しました');
	await shownAs(GUARDED, '31日');
	good(await rollback(kcA, { change_id: no }));
	await shownAs(GUARDED, '30日\t30日');
});

test('before a permission is decided the page says who loses what, in words', async () => {
	const values = { role: 'MU-V', function: 'H-3-2', action: 'LIST', allowed: 'N' };
	const c = await pending(kcS, 'M42', { valid_from: day(1), reason: '試験', rows: [row('NEW', values)] });
	await enter(login('KC-A'), `/masters/changes/${c.change_id}`);
	assert.match(await main(), /権限の差分\s+できなくなる操作1件、できるようになる操作0件[^]*市区町村 閲覧者\s+MU-V\s+できなくなる\s+接種記録の照会\s+H-3-2\s+一覧\s+LIST\s+[^]*searchSubjects/);
	good(await withdraw(kcS, c));
});

// The dates at which influenza may be given, opened to everybody.
async function widened(valid_from, rows_) {
	const rows = await Promise.all(rows_.map(async (n) => {
		const { values } = await on(mhS, 'M14', n, valid_from);
		return row('REVISE', { ...values, min_age: 'B0', max_age: 'Y120' });
	}));
	return { valid_from, reason: '試験', legal_ref: '予防接種実施規則（令和8年試験）', rows };
}

test('a rule is simulated by its page, and again when its draft was written anew', async () => {
	const flu = sql(inst, "SELECT row_no FROM master_schedule WHERE vaccine_code = 'FLU' ORDER BY row_no").map(([n]) => n);
	const c = good(await create(mhS, 'M14', await widened(day(20), flu)), 201);
	await enter(login('MH-S'), `/masters/changes/${c.change_id}`);
	assert.match(await main(), /対象者への影響の試算[^]*まだ試算していません/);
	await press('対象者への影響を試算する');
	await says('順番待ち');
	assert.equal(await b.run("return document.getElementById('simulate')"), null, 'asked for once');
	runTimer(inst, 'record.simulate');
	await says('試算が終わりました', 20);
	const { simulation } = good(await mhS.call('getMasterImpact', { path: { change_id: c.change_id } }));
	const flat = (await main()).replaceAll(',', '');
	assert.match(flat, new RegExp(`住民の数\\s+${simulation.persons}人\\s+変わる人\\s+${simulation.changed}人`));
	assert.match(flat, new RegExp(`FLU\\s+${simulation.vaccines.find((v) => v.vaccine_code === 'FLU').gained}人\\s+0人`));
	const names = await b.run("return [...document.querySelectorAll('[aria-labelledby=by-municipality] tbody tr')].map((e) => e.innerText)");
	assert.deepEqual(names.map((n) => /\d{6}/.exec(n)[0]), simulation.municipalities.slice(0, 20).map((m) => m.muni_code));
	assert.equal(simulation.hidden > 0, /表示していません/.test(flat));

	good(await replace(mhS, good(await read(mhS, c.change_id)), await widened(day(21), flu.slice(0, 1))));
	await open(`/masters/changes/${c.change_id}`);
	assert.match(await main(), /試算の後で下書きが直されています/);
	assert.equal(await b.run("return document.getElementById('by-vaccine')"), null, 'nothing that was counted of other rules');
	await press('もう一度試算する');
	await says('順番待ち');
	await open(`/masters/changes/${c.change_id}`); // it goes on without the page
	runTimer(inst, 'record.simulate');
	await says('試算が終わりました', 20);
	assert.equal((await drop(mhS, good(await read(mhS, c.change_id)))).status, 204);
});
