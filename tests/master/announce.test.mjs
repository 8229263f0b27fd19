// Who hears of an approved change (vaccination brief 13, MS-8): whom it concerns, once, with counts and
// without words of people.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';

import { sql, value } from '../support/database.mjs';
import { hasMailbox, mails, mailsArrived } from '../support/mail.mjs';
import { instance, sleep, staff } from '../support/yobo.mjs';
import { runTimer } from '../record/people.mjs';
import { approved, clock, create, day, drop, good, on, pending, row, second, tag, withdraw } from './masters.mjs';

const inst = instance();
const skip = hasMailbox(inst) ? false : 'the instance has no mailbox';
const opened = [];
const keep = (caller) => { opened.push(caller); return caller; };
const law = { legal_ref: '予防接種実施規則（令和8年試験）' };
let muA, muS, mhA, mhS, kcA, kcS;

const run = () => runTimer(inst, 'master.announce');
const told = (c) => value(inst, `SELECT told_us IS NOT NULL FROM master_change WHERE change_id = ${c.change_id}`) === '1';
// What was put into the outbox for a change of that day, by organisation type.
const waiting = () => Number(value(inst, "SELECT COUNT(*) FROM core_mail WHERE area = 'master' AND template IN ('change', 'lot-stopped')"));
const admins = (where) => Number(value(inst, `SELECT COUNT(*) FROM account_admin_view WHERE ${where}`));

before(async () => {
	clock(inst);
	[muA, muS, mhA, mhS, kcA, kcS] = (await Promise.all([{ org_code: '131016', role: 'MU-A' }, { org_code: '131016', role: 'MU-S' },
		{ role: 'MH-A' }, { role: 'MH-S' }, { role: 'KC-A' }, { role: 'KC-S' }].map((w) => staff(inst, w)))).map(keep);
	sql(inst, "UPDATE core_timer SET due_us = due_us + 3600000000 WHERE name = 'master.announce'"); // only ours runs
	run();
});
after(() => {
	sql(inst, "UPDATE core_timer SET due_us = 0 WHERE name = 'master.announce'");
	opened.forEach((c) => c.close());
});

test('a rule of the country is told to every administrator once, with counts alone', async () => {
	const { values } = await on(mhS, 'M12', 'MR', day(20));
	const secret = `山田太郎 ${tag()}`;
	const wait = await pending(mhS, 'M12', { ...law, reason: secret, valid_from: day(20), rows: [row('REVISE', { ...values, note: tag() })] });
	run();
	assert.equal(told(wait), false, 'what waits is no news');
	good(await withdraw(mhS, wait));
	const c = await approved(mhS, mhA, 'M12', { ...law, reason: secret, valid_from: day(20), rows: [row('REVISE', { ...values, note: tag() })] });
	const before_ = waiting();
	run();
	const all = admins("org_type IN ('MUNI', 'HMI', 'NMI', 'NHIF', 'NHIC')");
	assert.ok(all > 1);
	assert.equal(waiting() - before_, all);
	assert.equal(told(c), true);
	run();
	assert.equal(waiting() - before_, all, 'once');
	good(await withdraw(mhS, c));
	if (skip)
		return;
	const to = value(inst, "SELECT mail FROM account_admin_view WHERE org_code = '131016' LIMIT 1");
	let mail;
	for (let i = 0; i < 150 && !mail; i++) {
		mail = mails(inst, { to }).findLast((m) => m.subject.includes('ワクチン') && m.subject.includes('マスタが変わります'));
		await sleep(100);
	}
	assert.match(mail.text, /変更1件/);
	assert.ok(!mail.raw.includes(secret) && !mail.text.includes('山田'), 'nothing somebody wrote');
	await mailsArrived(inst, { to });
});

test('a fee is told to the institutions with a contract, and to nobody else', async () => {
	const [org, code] = sql(inst, "SELECT org_id, org_code FROM core_org WHERE org_type = 'HMI' AND org_id IN (SELECT org_id FROM account_admin_view) LIMIT 1")[0];
	const fee = { muni_code: '131016', vaccine_code: 'MR', age_band: tag(), exec_class: 1, place_class: 1, price_yen: 100, self_pay_yen: 0, tax_class: '課税' };
	const without = new Set(sql(inst, `SELECT a.actor_id FROM account_admin_view a JOIN master_contract_view c ON c.org_code = a.org_code WHERE c.muni_code = '131016'
		UNION SELECT a.actor_id FROM account_admin_view a JOIN master_live_view l ON l.master = 'M05' AND JSON_VALUE(l.cells, '$.org_code') = a.org_code
		WHERE l.key_text LIKE '131016|%' AND (l.valid_to IS NULL OR l.valid_to >= CURDATE())`).map(([id]) => id)).size;
	let at = waiting();
	const first = await approved(muS, muA, 'M03', { valid_from: day(1), reason: '試験', rows: [row('NEW', fee)] });
	run();
	assert.equal(waiting() - at, without);
	assert.ok(told(first));

	const contract = { muni_code: '131016', org_code: code, vaccine_code: 'BCG', contract_no: tag(), price_yen: 1 };
	const own = await approved(muS, muA, 'M05', { valid_from: day(1), reason: '試験', rows: [row('NEW', contract)] });
	run();
	at = waiting();
	const next = await approved(muS, muA, 'M03', { valid_from: day(1), reason: '試験', rows: [row('NEW', { ...fee, age_band: tag() })] });
	run();
	const now = new Set(sql(inst, `SELECT a.actor_id FROM account_admin_view a WHERE a.org_id = ${org}`).map(([id]) => id)).size;
	assert.ok(waiting() - at >= now && waiting() - at <= without + now, `${waiting() - at}`);
	for (const c of [first, own, next])
		good(await withdraw(muS, c));
});

test('holidays go to the federations, parameters and permissions to nobody', async () => {
	let at = waiting();
	const holiday = await approved(kcS, kcA, 'M44', { valid_from: day(1), rows: [row('NEW', { date: day(20000 + Math.floor(Math.random() * 9000)), name: '見本の日' })] });
	run();
	assert.equal(waiting() - at, admins("org_type = 'NHIF'"));
	good(await withdraw(kcS, holiday));
	at = waiting();
	const code = tag();
	const quiet = await approved(kcS, kcA, 'M45', { valid_from: day(1), rows: [row('NEW', { code, name: '見本' })] });
	run();
	assert.equal(waiting(), at);
	assert.ok(told(quiet));
	good(await withdraw(kcS, quiet));
});

test('a stopped lot goes first and says so', async () => {
	const mhA2 = keep(await second(inst, { role: 'MH-A' }));
	const lot = { product_code: tag(), lot_no: `S-${tag()}`, vaccine_code: 'MR', maker: '見本', lot_status: '使用可' };
	const born = await approved(mhS, mhA, 'M13', { ...law, valid_from: day(0), rows: [row('NEW', lot)] });
	run();
	const stop = await pending(mhS, 'M13', { ...law, kind: 'EMERGENCY', valid_from: day(0), rows: [row('REVISE', { ...lot, lot_status: '使用停止' })] });
	good(await mhA.call('approveMasterChange', { path: { change_id: stop.change_id }, body: { diff_hash: stop.diff_hash } }));
	good(await mhA2.call('approveMasterChange', { path: { change_id: stop.change_id }, body: { diff_hash: stop.diff_hash } }));
	run();
	assert.ok(told(born) && told(stop));
	assert.ok(Number(value(inst, "SELECT COUNT(*) FROM core_mail WHERE area = 'master' AND template = 'lot-stopped'")) >= admins("org_type = 'MUNI'"));
	sql(inst, `DELETE FROM master_lot WHERE lot_no = '${lot.lot_no}'`);
});

test('a kill tells nobody twice', async () => {
	const { values } = await on(mhS, 'M12', 'MR', day(20));
	for (const wait of [5, 20, 60]) {
		const c = await approved(mhS, mhA, 'M12', { ...law, valid_from: day(20), rows: [row('REVISE', { ...values, note: tag() })] });
		const at = waiting();
		const child = spawn(inst.yoboctl, ['--config', inst.config, 'run', 'master.announce'], { stdio: 'ignore' });
		await sleep(wait);
		child.kill('SIGKILL');
		sql(inst, "UPDATE core_timer SET lease_us = 0 WHERE name = 'master.announce'");
		for (let i = 0; i < 30 && !told(c); i++) {
			try {
				run();
			} catch {
				await sleep(200);
			}
		}
		assert.equal(waiting() - at, admins("org_type IN ('MUNI', 'HMI', 'NMI', 'NHIF', 'NHIC')"));
		good(await withdraw(mhS, c));
	}
});

test('a draft that is thrown away is never told', async () => {
	const at = waiting();
	const c = good(await create(kcS, 'M44', { valid_from: day(1), rows: [row('NEW', { date: day(29500), name: '見本の日' })] }), 201);
	run();
	assert.equal((await drop(kcS, c)).status, 204);
	assert.equal(waiting(), at);
});
