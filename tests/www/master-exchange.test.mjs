// Masters and other systems in the browser (H-8-6 to H-8-8): a held file released by two people, a
// refused file sent again, a merger planned, approved and given up.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { sql, value } from '../support/database.mjs';
import { instance, staff } from '../support/yobo.mjs';
import { approved, clock, day, good, refused, row, second, tag } from '../master/masters.mjs';
import { Partner, code, institution, option } from '../master/partner.mjs';
import { runTimer } from '../record/people.mjs';
import { Chrome, KEYS } from './chrome.mjs';

const inst = instance();
const ons = new Partner(inst);
const sendDir = option(inst, 'send_dir');
const downloads = `/tmp/yobo-www-exchange-${process.pid}`;
const RUN = 800_000 + Math.floor(Date.now() / 1000) % 100_000;
const opened = [];
let b;
let kcA;
let op;
let muA;
let muS;

const login = (role, org) => inst.logins.find((l) => l.role === role && (!org || l.org_code === org));
const main = () => b.run("return document.querySelector('main').innerText");
const says = (words, seconds) => b.until(`document.querySelector('main')?.innerText.includes(${JSON.stringify(words)})`, seconds);
const fill = (values) => b.run(`for (const [id, value] of Object.entries(arguments[0])) {
	const e = document.getElementById(id) ?? document.querySelector('[name="' + id + '"]');
	if (e.type === 'radio')
		document.querySelector('[name="' + id + '"][value="' + value + '"]').click();
	else
		e.value = value;
	e.dispatchEvent(new Event('change', { bubbles: true }));
}`, values);
const press = (words) => b.run(`[...document.querySelectorAll('main button, main a')].filter((e) => e.offsetParent !== null)
	.find((e) => e.textContent.trim().startsWith(${JSON.stringify(words)})).click()`);
const open = async (path) => { await b.page(path); await b.shown(); };
const enter = async (user, path) => { await b.logIn(user); await open(path); };
const release = (by, receipt_id, decision) => by.call('releaseReceipt', { path: { receipt_id }, body: { decision, reason: '送信元に確認した' } });

async function decide(decision, reason) {
	await fill({ decision, reason });
	await press('決定する');
}

before(async () => {
	clock(inst);
	for (const timer of ['master.receive', 'master.send', 'master.merge'])
		sql(inst, `UPDATE core_timer SET due_us = due_us + 3600000000 WHERE name = '${timer}'`); // only ours run
	b = await Chrome.start(inst);
	mkdirSync(downloads, { recursive: true });
	await b.cdp('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: downloads });
	[kcA, op, muA, muS] = await Promise.all([{ role: 'KC-A' }, { role: 'OP' }, { org_code: '131016', role: 'MU-A' }, { org_code: '131016', role: 'MU-S' }].map((w) => staff(inst, w)));
	opened.push(kcA, op, muA, muS);
});
after(async () => {
	await b?.close();
	opened.forEach((c) => c.close());
	rmSync(downloads, { recursive: true });
});

// What counts becomes this list, whatever other test files have left.
async function settle(rows) {
	const name = ons.leave('M61', rows);
	if (ons.take(name).status !== 'HELD')
		return;
	const { receipt_id } = ons.receipt(name);
	good(await release(kcA, receipt_id, 'APPLY'));
	good(await release(op, receipt_id, 'APPLY'));
	ons.run();
}

const list = Array.from({ length: 60 }, (_, i) => institution(code('45', RUN % 100_000 + i)));
let held;

test('a held file says which share exceeded which limit, what would end and which lines were not taken', async () => {
	await settle(list);
	const bad = { ...institution(code('45', 990_001)), pref_code: '99' };
	held = ons.take(ons.leave('M61', [...list.slice(6), bad]));
	assert.equal(held.status, 'HELD');
	await enter(login('OP'), '/masters');
	await press('受信');
	await says('保留中');
	await b.click(`main a[href="/masters/receipts/${held.receipt_id}"]`);
	await says('限度を超えたため、保留しています');
	const text = await main();
	assert.match(text, /受信前の60件のうち6件（10%）が終了します。限度は1%です/);
	assert.match(text, new RegExp(`終了 6件[^]*${list[0].org_code}[^]*${list[0].name}`), 'those that would end are shown first');
	assert.match(text, /取り込まなかった行（1件）[^]*都道府県[^]*99[^]*登録されていないコード/);
	await press('すべての行をCSVで保存する');
	for (let i = 0; i < 100 && !readdirSync(downloads).some((f) => f.endsWith('.csv')); i++)
		await new Promise((done) => setTimeout(done, 50));
	const csv = readFileSync(join(downloads, readdirSync(downloads).find((f) => f.endsWith('.csv'))), 'utf8');
	assert.match(csv, /^\ufeff"行","項目","届いた値"[^]*"56","[^"]*都道府県[^"]*","99","登録されていないコード/);
	await press('変更 0件');
	await says('この区分の行はありません');
});

test('one person proposes, another agrees, and who looked at an older state is told before it is decided', async () => {
	await open(`/masters/receipts/${held.receipt_id}`);
	await press('決定する');
	await b.until("document.activeElement?.id === 'summary'");
	assert.match(await b.text('#summary'), /このファイルを[^]*理由を入力してください/);
	await decide('APPLY', '廃止の一括整理と確認した');
	await says('提案しました');
	await open(`/masters/receipts/${held.receipt_id}`);
	assert.match(await main(), /あなたは「反映する」を提案しています/);
	assert.equal(await b.run("return document.querySelector('[name=decision][value=APPLY]')"), null, 'nobody agrees with themselves');

	await enter(login('KC-A'), `/masters/receipts/${held.receipt_id}`);
	assert.match(await main(), /「反映する」が提案されています/);
	good(await release(op, held.receipt_id, 'DISCARD')); // meanwhile the first one thinks again
	await decide('APPLY', '件数を確認した');
	await b.until("document.activeElement?.id === 'changed'");
	assert.match(await main(), /ほかの人が先に更新しました[^]*破棄する[^]*反映する/);
	assert.equal(ons.receipt(readName()).status, 'HELD', 'nothing was decided by mistake');
	assert.equal(await b.run("return document.getElementById('reason').value"), '件数を確認した', 'what was typed is still there');
	good(await release(op, held.receipt_id, 'APPLY'));
	await open(`/masters/receipts/${held.receipt_id}`);
	await decide('APPLY', '件数を確認した');
	await says('解除しました');
	ons.run();
	await open(`/masters/receipts/${held.receipt_id}`);
	assert.match(await main(), /反映済み[^]*変更の内容/);
	assert.equal(value(inst, `SELECT COUNT(*) FROM master_live_view WHERE master = 'M61' AND key_text = '${list[0].org_code}' AND valid_from <= '${day(0)}'
		AND (valid_to IS NULL OR valid_to >= '${day(0)}')`), '0');
});
const readName = () => sql(inst, `SELECT name FROM master_receipt WHERE receipt_id = ${held.receipt_id}`)[0][0];

test('a file that is thrown away, and one that failed, say what is to be done', async () => {
	const again = ons.take(ons.leave('M61', list.slice(30)));
	assert.equal(again.status, 'HELD');
	good(await release(kcA, again.receipt_id, 'DISCARD'));
	await enter(login('OP'), `/masters/receipts/${again.receipt_id}`);
	await decide('DISCARD', '誤りのファイル');
	await says('破棄しました');
	assert.equal(ons.receipt(sql(inst, `SELECT name FROM master_receipt WHERE receipt_id = ${again.receipt_id}`)[0][0]).status, 'DISCARDED');
	const spoiled = ons.take(ons.leave('M61', list, { change: { name: `M61-www-${tag()}`, bytes: Buffer.from('half') } }));
	await open(`/masters/receipts?status=FAILED`);
	await b.click(`main a[href="/masters/receipts/${spoiled.receipt_id}"]`);
	await says('データが制御ファイルのハッシュ値と一致しません');
	assert.match(await main(), /送り直すよう、送信元に依頼してください/);
	await enter(login('MU-A', '131016'), '/masters/receipts');
	assert.match(await main(), /権限/, 'others are told whom to ask');
});

function answer(name, lines) {
	mkdirSync(join(sendDir, 'ack'), { recursive: true });
	writeFileSync(join(sendDir, 'ack', `${name}.ack`), [['file', 'result', 'rows', 'row', 'error'], ...lines].map((l) => `${l.map((c) => `"${c}"`).join(',')}\r\n`).join(''));
}
const files = (status) => sql(inst, `SELECT sending_id, name, n_rows FROM master_sending WHERE status = '${status}' ORDER BY sending_id`);

test('a refused file shows the reasons to those who watch and to the owner, and is sent again once', async () => {
	runTimer(inst, 'master.send');
	files('SENT').forEach(([, name, rows]) => answer(name, [[name, 'ACK', rows, '', '']]));
	const band = tag();
	await approved(muS, muA, 'M03', { valid_from: day(1), reason: '試験', rows: [row('NEW', { muni_code: '131016', vaccine_code: 'MR', age_band: band, exec_class: 1,
		place_class: 1, price_yen: 12000, self_pay_yen: 0, tax_class: '課税' })] });
	runTimer(inst, 'master.send');
	const [id, name, rows] = files('SENT').at(-1);
	answer(name, [[name, 'NACK', rows, rows, '委託料の区分が不明']]);
	runTimer(inst, 'master.send');

	await enter(login('MU-A', '131016'), '/masters/sendings');
	assert.match(await main(), new RegExp(`受け取られませんでした[^]*${band}[^]*委託料の区分が不明`));
	assert.equal(await b.run(`return document.querySelector('a[href="/masters/sendings/${id}"]')`), null, 'the file itself is not theirs');

	await enter(login('OP'), '/masters/sendings?status=NACKED');
	await b.click(`main tbody a[href="/masters/sendings/${id}"]`);
	await says('送信先が拒否した行があります');
	assert.match(await main(), new RegExp(`${band}[^]*委託料の区分が不明`));
	await press('拒否された行だけ');
	await b.until("location.search === '?show=refused'");
	await b.shown();
	await press('もう一度送る');
	await says('もう一度送る準備をしました');
	assert.equal(sql(inst, `SELECT status FROM master_sending WHERE sending_id = ${id}`)[0][0], 'READY');
	await open(`/masters/sendings/${id}`);
	assert.equal(await b.run("return document.getElementById('resend')"), null, 'it waits already');
	runTimer(inst, 'master.send');
	const sent = files('SENT').find(([s]) => s === id);
	assert.notEqual(sent[1], name);
	answer(sent[1], [[sent[1], 'ACK', sent[2], '', '']]);
	runTimer(inst, 'master.send');
	await open(`/masters/sendings/${id}`);
	assert.match(await main(), /受領済み/);
	assert.ok(existsSync(join(sendDir, `${sent[1]}.csv`)));
});

// A municipality nobody else uses, with persons.
function municipality(muni, persons) {
	const columns = (table, ...without) => sql(inst, `SELECT GROUP_CONCAT(column_name) FROM information_schema.columns WHERE table_schema = DATABASE()
		AND table_name = '${table}' AND extra NOT LIKE '%GENERATED%' AND column_name NOT IN (${without.map((c) => `'${c}'`).join()})`)[0][0];
	const org = columns('core_org', 'org_id', 'org_code', 'name');
	const person = columns('record_subject', 'subject_id', 'subject_no', 'org_id', 'muni_code', 'muni_key');
	sql(inst, `INSERT INTO core_org (org_code, name, ${org}) SELECT '${muni}', '旧${muni}', ${org} FROM core_org WHERE org_code = '131016';
		INSERT INTO record_subject (subject_no, org_id, muni_code, muni_key, ${person})
		SELECT CONCAT('W${muni}', LPAD(q.seq, 6, '0')), (SELECT org_id FROM core_org WHERE org_code = '${muni}'), '${muni}', CONCAT('K', q.seq), ${person}
		FROM (SELECT s.* FROM record_subject s JOIN core_org o USING (org_id) WHERE o.org_code = '131016' LIMIT 1) s JOIN seq_1_to_${persons} q`);
}

async function plan(olds, now) {
	await open('/masters/mergers/new');
	await press('次へ進む');
	await b.until("document.activeElement?.id === 'summary'");
	await fill(Object.fromEntries(olds.flatMap(([muni, prefix], i) => [[`old-${i}`, muni], [`prefix-${i}`, prefix]])));
	await press('次へ進む');
	await says('新しい市区町村と合併の日');
	await fill({ 'new-code': now, name: '見本市', 'name-kana': 'みほんし', reason: '告示第1号' });
	await b.run("document.getElementById('on-day').selectedIndex = 2");
	await press('移る件数を確認する');
}

async function proved(user, done) {
	await b.until(`document.querySelector('dialog[open] input[type=password]') || ${done}`);
	if (await b.run("return Boolean(document.querySelector('dialog[open]'))"))
		await b.keys(user.password + KEYS.enter);
	await b.until(done);
}

test('a merger is counted before it is kept, planned, approved by another person, and given up', async () => {
	const codes = sql(inst, `SELECT lg_code6 FROM master_municipality WHERE is_vaccination_body = 1 AND lg_code6 NOT IN (SELECT org_code FROM core_org)
		AND lg_code6 LIKE '2%' ORDER BY lg_code6 DESC LIMIT 3`).map(([c]) => c);
	municipality(codes[0], 30);
	municipality(codes[1], 5);
	const planner = await second(inst, { role: 'KC-A' });
	opened.push(planner);
	const plannerLogin = { ...login('KC-A'), user_id: planner.login.user_id };
	await enter(plannerLogin, '/masters/mergers');
	await plan([['131024', ''], [codes[1], '']], codes[1]);
	await b.until("document.activeElement?.id === 'summary'");
	assert.match(await b.text('#summary'), /市区町村コード（1）の市区町村は、このシステムを利用していません|市区町村コード（2）は、新しい市区町村コードと同じです/);
	await plan([[codes[0], ''], [codes[1], '']], codes[2]);
	await says('5件の宛名番号が重複します');
	assert.equal(await b.run("return document.getElementById('check-form')"), null, 'nothing to keep yet');
	await press('記号を入力する');
	await says('合併でなくなる市区町村のコード');
	await fill({ 'prefix-0': 'Ａ-' });
	await press('次へ進む');
	await says('新しい市区町村と合併の日');
	assert.equal(await b.run("return document.getElementById('name').value"), '見本市', 'what was typed is still there');
	await press('移る件数を確認する');
	await says('宛名番号の重複はありません');
	assert.match(await main(), /旧[^]*A-\s+30[^]*5[^]*合計\s+—\s+35/);
	assert.equal(value(inst, `SELECT COUNT(*) FROM master_merger WHERE new_code = '${codes[2]}'`), '0', 'counting keeps nothing');
	await press('計画を登録する');
	await b.until("/mergers\\/\\d+$/.test(location.pathname)");
	await b.shown();
	const id = Number((await b.run('return location.pathname')).split('/').at(-1));
	assert.match(await main(), /計画を登録しました[^]*承認待ち[^]*見本市\s+ミホンシ/);
	await open(`/masters/mergers/${id}`);
	assert.match(await main(), /自分が登録した計画は承認できません/);
	await open(`/masters/mergers/${id}/approve`);
	assert.match(await main(), /この操作はできません/);

	await enter(login('KC-A'), '/menu');
	assert.match(await main(), /承認待ちの市町村合併：\d+件/);
	await open(`/masters/mergers/${id}`);
	await press('合併を承認する');
	await says('始まった移行は、取りやめることも元に戻すこともできません');
	await press('承認する');
	await proved(login('KC-A'), "document.getElementById('done')");
	assert.equal(good(await kcA.call('getMerger', { path: { merger_id: id } })).status, 'APPROVED');

	// Two windows: the other one gives it up while this one still shows the plan.
	await open(`/masters/mergers/${id}/cancel`);
	good(await planner.call('cancelMerger', { path: { merger_id: id } }));
	await press('取りやめる');
	await b.until("document.activeElement?.id === 'changed'");
	assert.match(await main(), /ほかの人が先に更新しました[^]*取りやめ[^]*合併を取りやめる/);
	refused(await kcA.call('cancelMerger', { path: { merger_id: id } }), 409, 'E-MST-009');

	await enter(plannerLogin, '/masters/mergers');
	await plan([[codes[0], 'A-'], [codes[1], '']], codes[2]);
	await says('宛名番号の重複はありません');
	await press('計画を登録する');
	await b.until("/mergers\\/\\d+$/.test(location.pathname)");
	await b.shown();
	await press('合併を取りやめる');
	await says('取りやめた計画は元に戻せません');
	await press('取りやめる');
	await says('合併を取りやめました');
	await open('/masters/mergers');
	assert.match(await main(), /見本市[^]*取りやめ/);
});

test('the plan is written with the keyboard alone', async () => {
	await enter(login('KC-S'), '/masters/mergers/new');
	await b.tabTo('old-0');
	await b.keys(`131016${KEYS.tab}B-`);
	await b.tabTo('more');
	await b.keys(KEYS.enter);
	await b.until("document.activeElement?.id === 'old-2'");
	await b.run("document.getElementById('old-0').focus()");
	await b.keys(KEYS.enter);
	await says('新しい市区町村と合併の日');
	assert.equal(await b.focused(), 'title', 'the heading of the step is read out');
	await b.tabTo('back-old');
	await b.keys(KEYS.enter);
	await b.until("!document.getElementById('old-form').closest('[hidden]')");
	assert.equal(await b.run("return document.getElementById('prefix-0').value"), 'B-');
	for (const width of [1366, 320]) {
		await b.device(width);
		assert.ok(await b.run('return document.documentElement.scrollWidth <= innerWidth'), `${width}`);
	}
	await b.device(1366);
});
