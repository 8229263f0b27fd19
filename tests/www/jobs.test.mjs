// A file in the browser (ui design 8.9): sent, checked, corrected, registered; left and found
// again; and nothing lost when the session ends on the way.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { result, second, upload } from '../master/masters.mjs';
import { dose, newPerson } from '../record/people.mjs';
import { sql } from '../support/database.mjs';
import { instance, machine, sleep, staff } from '../support/yobo.mjs';
import { Chrome, KEYS } from './chrome.mjs';

const inst = instance();
const login = inst.logins.find((l) => l.role === 'MU-A' && l.org_code === '131016');
const tag = Date.now().toString(36);
const dir = mkdtempSync('/tmp/yobo-www-jobs-');
const HEAD = '氏名,氏名カナ,権限,メールアドレス,電話,部署,支援措置の閲覧,有効期限,通知方法';
let b;
let caller;

before(async () => {
	b = await Chrome.start(inst);
	await b.logIn(login);
	caller = await staff(inst, { user_id: login.user_id });
});
after(async () => {
	await b?.close();
	caller?.close();
	rmSync(dir, { recursive: true });
});

const text = (no) => b.until(`document.querySelector('main')?.innerText.includes('${no}') && document.querySelector('main').innerText`);
const press = (words) => b.run(`[...document.querySelectorAll('button')].find((e) => e.textContent.includes(${JSON.stringify(words)})).click()`);

// A job whose file has not come, as after closing the window: its page, and the file chosen there.
async function opened(name, rows) {
	const file = join(dir, name);
	const data = `${HEAD}\r\n${rows.join('\r\n')}\r\n`;
	writeFileSync(file, data);
	const begun = await caller.call('startJob', { body: { kind: 'account.users', filename: name, bytes: Buffer.byteLength(data) } });
	assert.equal(begun.status, 202, begun.text);
	await b.page(`/jobs/${begun.json.job_no}`);
	await b.shown();
	await b.type('#file', file);
	await b.until("document.getElementById('file-chosen')");
	return begun.json.job_no;
}

const job = async (no) => (await caller.call('getJob', { path: { job_no: no } })).json;
const row = (i, role = 'MU-S') => `見本　次郎,ミホン　ジロウ,${role},${tag}-${i}@example.jp,,,false,,MAIL`;

test('a file is sent, checked and registered', async () => {
	const no = await opened('good.csv', [row(1), row(2)]);
	const before = await text(no);
	assert.match(before, /途中で止まっています/);
	assert.match(before, /先頭の2行/);
	assert.match(before, /文字コード UTF-8/);
	await press('送信して内容を確認する');
	await b.until("document.querySelector('main').innerText.includes('2行を登録する')");
	assert.match(await text(no), /追加 2件/);
	await press('2行を登録する');
	await b.until("document.querySelector('main').innerText.includes('2行を登録しました')", 20);
	assert.equal((await job(no)).state, 'DONE');
	assert.equal(await b.run("return document.querySelector('.yb-steps [aria-current]').textContent"), '3 登録');
	await b.page('/jobs');
	await b.shown();
	assert.match(await text(no), /利用者の一括登録/);
	await b.click(`a[href="/jobs/${no}"]`);
	await b.shown();
	assert.match(await text(no), /完了/);
});

test('what is wrong is told by row, and is saved as a file', async () => {
	const no = await opened('bad.csv', [row(3), row(4, 'NOBODY'), '名前だけ,,,,,,,,']);
	await press('送信して内容を確認する');
	await b.until("document.querySelector('main').innerText.includes('行に誤りがあります')");
	const said = await text(no);
	assert.match(said, /2行に誤りがあります。登録は行われていません/);
	const rows = await b.run("return [...document.querySelectorAll('main table')][0].innerText");
	assert.match(rows, /3\s+権限\s+NOBODY/);
	assert.match(rows, /4\s+氏名カナ\s+（空欄）/);
	const file = await b.run(`return fetch(document.querySelector('main a[download]').href, { credentials: 'same-origin' }).then((r) => r.text())`);
	assert.match(file, /"見本　次郎","ミホン　ジロウ","NOBODY",.*"権限：/);
	assert.equal((await job(no)).state, 'REFUSED');
});

test('a session that ends while a file is sent costs a password and nothing else', async () => {
	const no = await opened('over.csv', [row(5)]);
	sql(inst, `DELETE FROM core_session WHERE user_id = '${login.user_id}'`);
	await press('送信して内容を確認する');
	await b.until("document.activeElement?.id === 'again-password'");
	await b.keys(`${login.password}\uE007`);
	await b.until("document.querySelector('main').innerText.includes('1行を登録する')");
	caller = await staff(inst, { user_id: login.user_id });
	assert.equal((await job(no)).received, (await job(no)).bytes);
	await press('処理を取り消す');
	await b.until("document.querySelector('dialog[open]')?.contains(document.activeElement)");
	await b.keys(KEYS.enter); // in haste: nothing is lost
	await b.until("!document.querySelector('dialog')");
	assert.equal((await job(no)).state, 'READY');
	await press('処理を取り消す');
	await b.until("document.querySelector('dialog[open]')?.contains(document.activeElement)");
	await b.keys(KEYS.tab + KEYS.enter);
	await b.until("document.querySelector('main').innerText.includes('取消')");
	assert.equal((await job(no)).state, 'CANCELLED');
});

test('another file than the one that began is not sent on', async () => {
	await opened('one.csv', [row(6)]);
	const other = join(dir, 'other.csv');
	writeFileSync(other, `${HEAD}\r\n${row(7)}\r\n`);
	await b.type('#file', other);
	await b.until("document.getElementById('file-error')?.textContent.includes('同じファイル')");
	assert.equal(await b.focused(), 'file-button');
});

test('a file that was corrected meanwhile is not sent as it was; under the same name it is chosen again', async () => {
	await opened('same.csv', [row(8)]);
	const file = join(dir, 'same.csv');
	writeFileSync(file, `${HEAD}\r\n${row(9)}\r\n`);
	await press('送信して内容を確認する');
	await b.until("document.getElementById('file-error')?.textContent.includes('もう一度ファイルを選んで')");
	assert.equal(await b.focused(), 'file-button');
	for (const i of [9, 0]) {
		writeFileSync(file, `${HEAD}\r\n${row(i)}\r\n`);
		await b.type('#file', file);
		await b.until(`document.querySelector('main').innerText.includes('${tag}-${i}@')`);
	}
	await press('送信して内容を確認する');
	await b.until("document.querySelector('main').innerText.includes('1行を登録する')");
});

test('what an export wrote is shown to be compared: rows, numbers, SHA-256, the file and its control file', async () => {
	const stepped = await caller.call('stepUp', { body: { password: login.password } });
	assert.ok(stepped.status < 300, stepped.text);
	const begun = await caller.call('startJob', { body: { kind: 'record.link-file', params: { since: 0, until: 1 } } });
	assert.equal(begun.status, 202, begun.text);
	const no = begun.json.job_no;
	await b.page(`/jobs/${no}`);
	await b.shown();
	await b.until("document.querySelector('main').innerText.includes('SHA-256')");
	const done = await job(no);
	const seen = await text(no);
	assert.match(seen, new RegExp(`出力した行数[\\s\\S]*${done.result_rows}行[\\s\\S]*${done.result_sha256}`));
	assert.match(seen, /自治体コード\s+131016/);
	assert.match(seen, /レイアウトの版\s+2/);
	const links = await b.until("[...document.querySelectorAll('main a[download]')].map((a) => new URL(a.href).pathname)");
	assert.deepEqual(links, [`/api/v1/jobs/${no}/result`, `/api/v1/jobs/${no}/control`]);
	assert.ok(await b.until("document.querySelector('main').scrollWidth <= document.documentElement.clientWidth"));
});

test('a list of many persons is saved after another person has released it', async () => {
	const twice = await second(inst, { org_code: '131016', role: 'MU-A' });
	const lot = `JB-${tag.toUpperCase()}`;
	const key = 'record.export_approval_rows';
	const hms = machine(inst, { org_code: '131016' }, 'subject:write');
	const nmi = machine(inst, { org_type: 'NMI' }, 'record:write');
	try {
		const { subject_no } = await newPerson(hms);
		const made = await nmi.call('createVaccination', { body: dose({ subject_no, lot_no: lot }) });
		assert.equal(made.status, 201, made.text);
		sql(inst, `INSERT INTO master_lot VALUES ('${lot}', '${lot}', 'DPTIPVHIB', '試験製薬', NULL, NULL, NULL, NULL, '使用停止')`);
		sql(inst, `REPLACE INTO core_parameter VALUES ('${key}', '0')`);
		await sleep(2500);
		const mine = await upload(caller, 'record.recall-list', null, { lot_no: lot, purpose: '03' });
		assert.equal(mine.state, 'DONE', JSON.stringify(mine.problem));
		await b.page(`/jobs/${mine.job_no}`);
		await b.shown();
		assert.match(await text(mine.job_no), new RegExp(`別の職員の承認を待っています[\\s\\S]*受付番号 ${mine.job_no} を伝えて`));
		assert.deepEqual(await b.run("return [...document.querySelectorAll('main a[download], main button')].map((e) => e.textContent.trim())"), []);
		const theirs = await upload(twice, 'record.recall-list', null, { lot_no: lot, purpose: '03' });
		await b.page('/jobs');
		await b.shown();
		const asked = await b.run("return document.querySelector('section[aria-labelledby=\"waiting\"], #waiting').closest('section').innerText");
		assert.match(asked, new RegExp(theirs.job_no));
		assert.ok(!asked.includes(mine.job_no), 'the own one is for others');
		await b.click(`a[href="/jobs/${theirs.job_no}"]`);
		await b.shown();
		await press('承認して渡せるようにする');
		await b.until("document.querySelector('main a[download]')");
		assert.match(await text(theirs.job_no), new RegExp(`承認[\\s\\S]*${login.user_id}`));
		assert.equal((await job(theirs.job_no)).release.by, login.user_id);
		assert.equal((await result(twice, theirs)).status, 200);
	} finally {
		sql(inst, `DELETE FROM core_parameter WHERE param_key = '${key}'`);
		sql(inst, `DELETE FROM master_lot WHERE lot_no = '${lot}'`);
		[twice, hms, nmi].forEach((c) => c.close());
	}
});
