// Masters from other systems (vaccination brief H-8-7): verification, quarantine, the brake (T27), one
// transaction, what follows from it, and kills. Runs against a live instance.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { generateKeyPairSync, randomInt } from 'node:crypto';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';

import { sql, value } from '../support/database.mjs';
import { instance, machine, sleep, staff } from '../support/yobo.mjs';
import { newPerson, runTimer } from '../record/people.mjs';
import { clock, count, day, good, noticed, refused, twin } from './masters.mjs';
import { code, csv, institution, Partner } from './partner.mjs';

const inst = instance();
const ons = new Partner(inst);
const opened = [];
const keep = (caller) => { opened.push(caller); return caller; };
const TODAY = day(0);
const PREF = '47';
const RUN = randomInt(900) * 1000; // institutions of this run
let kcA, kcS, op, opTwin, muA;

// What ONS has: the list grows and shrinks from test to test.
let list = Array.from({ length: 300 }, (_, i) => institution(code(PREF, RUN + i)));
const send = (rows = list, more) => ons.take(ons.leave('M61', rows, more));
const counts = (key) => value(inst, `SELECT COUNT(*) FROM master_live_view WHERE master = 'M61' AND key_text = '${key}'
	AND valid_from <= '${TODAY}' AND (valid_to IS NULL OR valid_to >= '${TODAY}')`) === '1';
const org = (key) => sql(inst, `SELECT org_type, name, pref_code, COALESCE(valid_to, '-'), onboarding FROM core_org WHERE org_code = '${key}'`)[0];
const release = (by, id, decision, reason = '送信元に確認した') => by.call('releaseReceipt', { path: { receipt_id: id }, body: { decision, reason } });

before(async () => {
	clock(inst);
	// Only our runs: each sets the next one a minute off.
	sql(inst, "UPDATE core_timer SET due_us = due_us + 3600000000 WHERE name = 'master.receive'");
	[kcA, kcS, op, muA] = (await Promise.all([{ role: 'KC-A' }, { role: 'KC-S' }, { role: 'OP' }, { role: 'MU-A' }]
		.map((w) => staff(inst, w)))).map(keep);
	opTwin = keep(await twin(inst, { role: 'OP' }));
	// Runs of other test files may have left a list: all of it ends with this one.
	const first = ons.leave('M61', list);
	if (ons.take(first).status === 'HELD') {
		const { receipt_id } = ons.receipt(first);
		good(await release(kcA, receipt_id, 'APPLY'));
		good(await release(op, receipt_id, 'APPLY'));
		ons.run();
	}
});
beforeEach(() => opened.forEach((c) => c.agent.destroy())); // a connection that was idle for long may be gone
after(() => opened.forEach((c) => c.close()));

test('a list is taken in: institutions are organisations that can be issued an administrator', async () => {
	assert.equal(list.filter((r) => counts(r.org_code)).length, 300);
	assert.deepEqual(org(list[0].org_code), ['HMI', list[0].name, PREF, '-', '未申請']);
	const p = good(await kcS.call('listReceipts', { query: { master: 'M61', limit: 1 } })).receipts[0];
	assert.deepEqual([p.status, p.sender, p.rows], ['APPLIED', 'ONS', 300]);
	assert.deepEqual(ons.ack(p.file), [p.file, 'APPLIED', '', '300', '0', String(p.added), String(p.changed), String(p.ended)]);
	assert.ok(ons.has('done', `${p.file}.csv`) && !ons.has(`${p.file}.ctl`));
	refused(await muA.call('listReceipts'), 403, 'E-AUTH-004');
	assert.ok(Number(value(inst, `SELECT COUNT(*) FROM audit_event WHERE action = 17 AND target_type = 'master:M61'
		AND target_id = '${p.sha256}'`)) >= 1, 'RECEIVE stands in the log with the hash');
});

test('the same file again, and the same rows under another signature, change nothing', async () => {
	const { file } = good(await op.call('listReceipts', { query: { master: 'M61', status: 'APPLIED', limit: 1 } })).receipts[0];
	const before = count(inst, 'master_version');
	for (const ending of ['csv', 'sig', 'ctl'])
		copyFileSync(join(ons.dir, 'done', `${file}.${ending}`), join(ons.dir, `${file}.${ending}`));
	ons.run();
	assert.ok(!ons.has(`${file}.ctl`), 'it was put aside');
	assert.equal(ons.ack(file)[1], 'APPLIED', 'the sender hears the same answer');
	const twice = ons.leave('M61', list, { sequence: ons.next('M61') - 1, change: { name: `${file}-b` } });
	assert.deepEqual([ons.take(twice).status, ons.receipt(twice).problem], ['FAILED', 'DUPLICATE']);
	const used = ons.leave('M61', list.slice(1), { sequence: ons.next('M61') - 1, change: { name: `${file}-c` } });
	assert.deepEqual([ons.take(used).status, ons.receipt(used).problem], ['FAILED', 'SEQUENCE']);
	assert.equal(count(inst, 'master_version'), before);
});

test('nothing is believed without the sender\'s signature, whatever it says', async () => {
	const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
	const weak = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
	const cases = [
		['SIGNATURE', { rsa: stranger }], ['SIGNATURE', { rsa: weak }],
		['STRANGER', { change: { control: { sender: 'XYZ' } } }],
		['CONTROL', { change: { control: { sha256: 'no' } } }], ['CONTROL', { change: { control: { file: '../../etc/passwd' } } }],
		['CONTROL', { change: { control: { sequence: '-1' } } }],
		['LAYOUT', { change: { control: { layout: 'M61-9' } } }], ['LAYOUT', { data: csv('M63', []), rows: [] }],
		['HASH', { change: { bytes: Buffer.from('half of it') } }], ['COUNT', { change: { control: { rows: 299 } } }],
		['ENCODING', { data: Buffer.concat([csv('M61', list), Buffer.from([0x82, 0xa0])]) }],
		['FORM', { data: Buffer.concat([csv('M61', list), Buffer.from('"never closed')]) }],
	];
	const before = count(inst, 'master_version');
	for (const [i, [problem, how]] of cases.entries()) {
		const name = ons.leave('M61', how.rows ?? list, { ...how, change: { name: `M61-bad-${i}`, ...how.change } });
		const p = ons.take(name);
		assert.deepEqual([p.status, p.problem, p.attempts], ['FAILED', problem, 3], `${i}`);
		assert.ok(ons.has('failed', `${name}.csv`), problem);
		assert.equal(ons.ack(name)[1], 'FAILED');
	}
	assert.equal(count(inst, 'master_version'), before);
	assert.equal(ons.take(ons.leave('M61', list)).status, 'APPLIED', 'and the good one goes on');
});

test('half a file waits until all three are there, and a failed one may come again', async () => {
	const seq = ons.next('M61');
	const name = ons.leave('M61', list, { without: ['sig'] });
	ons.run();
	assert.equal(ons.receipt(name), null);
	ons.leave('M61', list, { sequence: seq, change: { bytes: csv('M61', list).subarray(0, 900) } });
	for (let i = 0; i < 3; i++)
		ons.run();
	assert.deepEqual([ons.receipt(name).status, ons.receipt(name).problem], ['FAILED', 'HASH']);
	ons.leave('M61', list, { sequence: seq });
	assert.equal(ons.take(name).status, 'APPLIED');
});

test('a gap waits; what was missing comes, and both are carried out in their order', async () => {
	const seq = ons.next('M61');
	const renamed = list.map((r, i) => (i === 5 ? { ...r, name: '後の名' } : r));
	const later = ons.leave('M61', renamed, { sequence: seq + 1 });
	assert.deepEqual([ons.take(later).status, ons.receipt(later).problem], ['RECEIVED', 'GAP']);
	const first = ons.leave('M61', list.map((r, i) => (i === 5 ? { ...r, name: '先の名' } : r)), { sequence: seq });
	ons.run();
	assert.deepEqual([ons.receipt(first).status, ons.receipt(later).status], ['APPLIED', 'APPLIED']);
	assert.equal(org(list[5].org_code)[1], '後の名');
	list = renamed;
});

test('bad rows go to quarantine, the key they name keeps what counts, the others go on', async () => {
	const fresh = institution(code(PREF, RUN + 501));
	const wrong = { ...institution(code(PREF, RUN + 502)) };
	wrong.org_code = wrong.org_code.slice(0, 9) + ((Number(wrong.org_code[9]) + 1) % 10);
	const rows = list.map((r, i) => (i === 7 ? { ...r, pref_code: '99' } : i === 8 ? { ...r, name: '' } : r));
	const p = await send([...rows, fresh, wrong, list[9]]);
	assert.deepEqual([p.status, p.rows, p.bad, p.added, p.ended], ['APPLIED', 303, 4, 1, 0]);
	const bad = good(await kcA.call('listQuarantine', { path: { receipt_id: p.receipt_id } })).rows;
	assert.deepEqual(bad.map((b) => [b.line, b.field, b.code]).sort((a, b) => a[0] - b[0]).filter((b) => b[0] !== 11 && b[0] !== 304),
		[[9, 'pref_code', 'E-VAL-011'], [10, 'name', 'E-VAL-001'], [303, 'org_code', 'E-VAL-010']]);
	assert.equal(bad.filter((b) => b.code === 'E-VAL-014').length, 1, 'one of two rows of a key');
	assert.ok(bad.find((b) => b.line === 303).cells.includes(wrong.org_code));
	assert.ok(counts(list[7].org_code) && counts(list[8].org_code) && counts(fresh.org_code) && !counts(wrong.org_code));
	list = [...list, fresh];
});

test('T27: a file with 5% deletions is held, nothing is applied; two persons let it through', async () => {
	const rows = list.slice(15);
	const p = await send(rows);
	assert.deepEqual([p.status, p.problem, p.ended], ['HELD', 'DELETIONS', 15]);
	assert.ok(list.every((r) => counts(r.org_code)), 'nothing has ended');
	assert.equal(org(list[0].org_code)[3], '-');
	const shown = good(await op.call('getReceipt', { path: { receipt_id: p.receipt_id } }));
	assert.deepEqual([shown.can_release, shown.before, shown.ended], [true, 301, 15]);
	assert.deepEqual([shown.ended_limit_percent, shown.added_limit_percent, shown.has_rows, shown.asked_by_caller], [1, 10, true, false]);
	const differs = (query) => op.call('listReceiptRows', { path: { receipt_id: p.receipt_id }, query });
	const firstTen = good(await differs({ op: 'END', limit: 10 }));
	assert.equal(firstTen.rows.length, 10);
	const rest = good(await differs({ op: 'END', after: firstTen.next }));
	assert.deepEqual([...firstTen.rows, ...rest.rows].map((r) => r.key).sort(), list.slice(0, 15).map((r) => r.org_code).sort());
	assert.deepEqual([rest.next, firstTen.rows[0].columns.find((c) => c.column === 'pref_code').old], [null, PREF]);
	assert.equal(good(await differs({ op: 'NEW' })).rows.length, 0);
	refused(await differs({ op: 'DELETE' }), 422, 'E-VAL-011');
	refused(await muA.call('listReceiptRows', { path: { receipt_id: p.receipt_id } }), 403, 'E-AUTH-004');
	refused(await op.call('listReceiptRows', { path: { receipt_id: '999999999' } }), 404, 'E-AUTH-005');
	const behind = ons.leave('M61', rows, { sequence: ons.next('M61') + 1 });
	assert.equal(ons.take(behind).problem, 'GAP', 'what comes after a held file waits');

	refused(await release(muA, p.receipt_id, 'APPLY'), 403, 'E-AUTH-004');
	refused(await op.call('releaseReceipt', { path: { receipt_id: p.receipt_id }, body: { decision: 'APPLY' } }), 422, 'E-VAL-001', '/reason');
	assert.equal(good(await release(op, p.receipt_id, 'APPLY')).status, 'HELD');
	refused(await release(op, p.receipt_id, 'APPLY'), 409, 'E-MST-005');
	assert.equal(good(await opTwin.call('getReceipt', { path: { receipt_id: p.receipt_id } })).asked_by_caller, true, 'by another account too');
	const older = await kcA.call('releaseReceipt', { path: { receipt_id: p.receipt_id }, body: { decision: 'APPLY', reason: 'x' }, headers: { 'if-match': `"${shown.version}"` } });
	refused(older, 412, 'E-ACC-005');
	refused(await release(opTwin, p.receipt_id, 'APPLY'), 409, 'E-MST-005');
	ons.run();
	assert.ok(counts(list[0].org_code));
	assert.equal(good(await release(kcA, p.receipt_id, 'APPLY')).status, 'RELEASED');
	refused(await release(kcS, p.receipt_id, 'APPLY'), 409, 'E-MST-008');
	ons.run();
	assert.equal(good(await op.call('getReceipt', { path: { receipt_id: p.receipt_id } })).status, 'APPLIED');
	assert.equal(list.filter((r) => counts(r.org_code)).length, 286);
	assert.equal(org(list[0].org_code)[3], day(-1));
	assert.equal(ons.receipt(behind).status, 'APPLIED');
	list = rows;
});

test('too many new ones are held too, and can be thrown away', async () => {
	const many = Array.from({ length: 40 }, (_, i) => institution(code(PREF, RUN + 600 + i)));
	const p = await send([...list, ...many]);
	assert.deepEqual([p.status, p.problem, p.added], ['HELD', 'ADDITIONS', 40]);
	good(await release(kcS, p.receipt_id, 'DISCARD'));
	assert.equal(good(await release(op, p.receipt_id, 'APPLY')).asked_decision, 'APPLY', 'another decision takes the place of the first');
	good(await release(kcS, p.receipt_id, 'DISCARD'));
	assert.equal(good(await release(op, p.receipt_id, 'DISCARD')).status, 'DISCARDED');
	ons.run();
	const name = good(await op.call('getReceipt', { path: { receipt_id: p.receipt_id } })).file;
	assert.equal(ons.ack(name)[1], 'DISCARDED');
	assert.equal(count(inst, `master_version v JOIN master_key k USING (key_id) WHERE k.key_text = '${many[0].org_code}'`), 0);
	assert.equal((await send()).status, 'APPLIED', 'the next number goes on');
});

test('a corrected file under the number of a held one takes its place', async () => {
	const held = ons.leave('M61', list.slice(100));
	const { receipt_id, status } = ons.take(held);
	assert.equal(status, 'HELD');
	good(await release(op, receipt_id, 'APPLY'));
	const again = ons.leave('M61', list, { change: { name: `${held}-corrected` } });
	assert.equal(ons.take(again).status, 'APPLIED');
	assert.deepEqual([ons.receipt(held).status, ons.receipt(held).problem], ['FAILED', 'REPLACED']);
	refused(await release(kcA, receipt_id, 'APPLY'), 409, 'E-MST-008');
	assert.ok(list.every((r) => counts(r.org_code)));
});

test('an institution that ends: nobody logs in, tokens are revoked, accounts disabled, M21 to M23 end', async () => {
	const gone = list[20].org_code;
	const id = value(inst, `SELECT org_id FROM core_org WHERE org_code = '${gone}'`);
	const columns = sql(inst, `SELECT GROUP_CONCAT(column_name) FROM information_schema.columns WHERE table_schema = DATABASE()
		AND table_name = 'account_user' AND column_name NOT IN ('actor_id', 'user_id', 'person_id', 'org_id')`)[0][0];
	const login = inst.logins.find((l) => l.role === 'MI-A');
	const user_id = `8${String(Date.now()).slice(-8)}`;
	sql(inst, `INSERT INTO account_user (user_id, org_id, ${columns}) SELECT '${user_id}', ${id}, ${columns} FROM account_user WHERE user_id = '${login.user_id}'`);
	sql(inst, `INSERT INTO token_client (client_id, org_id, name, scopes, created_us, updated_us)
		VALUES ('sample-${user_id}', ${id}, '見本', 'record:write', 1, 1)`);
	const mi = keep(await staff({ ...inst, logins: [{ ...login, user_id }] }, {}));
	good(await mi.call('createMasterChange', { path: { master: 'M21' }, body: { valid_from: TODAY, rows: [{ op: 'NEW', values: [
		{ column: 'org_code', value: gone }, { column: 'vaccines', value: 'MR' }] }] } }), 201);
	const draft = good(await mi.call('listMasterChanges', { query: { master: 'M21' } })).changes[0];
	good(await mi.call('submitMasterChange', { path: { change_id: draft.change_id }, headers: { 'if-match': `"${draft.version}"` } }));
	list = list.filter((r) => r.org_code !== gone);
	assert.equal((await send()).ended, 1);
	refused(await mi.call('listMasters'), 401, 'E-AUTH-003');
	const again = await mi.call('login', { body: { user_id, password: login.password } });
	assert.equal(again.status, 401, again.text);
	runTimer(inst, 'token.closed');
	assert.equal(value(inst, `SELECT status FROM token_client WHERE client_id = 'sample-${user_id}'`), 'DISABLED');
	runTimer(inst, 'account.suspend-idle');
	assert.equal(value(inst, `SELECT status FROM account_user WHERE user_id = '${user_id}'`), 'DISABLED');
	clock(inst);
	assert.deepEqual(sql(inst, `SELECT v.status, v.valid_to FROM master_version v JOIN master_key k USING (key_id)
		WHERE k.master = 'M21' AND k.key_text = '${gone}'`), [['EXPIRED', day(-1)]]);
	list = [...list, institution(gone)];
	assert.equal((await send()).added, 1);
	assert.equal(org(gone)[3], '-', 'it is there again, and so is its organisation');
});

test('a designation that is over is an end, one that is to be over is a last day', async () => {
	const [over, soon] = [list[30], list[31]];
	const rows = list.map((r) => (r === over ? { ...r, designated_to: day(-3) } : r === soon ? { ...r, designated_to: day(20) } : r));
	const p = await send(rows);
	assert.deepEqual([p.status, p.changed, p.ended], ['APPLIED', 1, 1]);
	assert.ok(!counts(over.org_code) && counts(soon.org_code));
	assert.equal(org(soon.org_code)[3], day(20));
	list = rows.filter((r) => r.org_code !== over.org_code);
});

test('M62: contracts become what VR-20 asks; who has none is told, where there are any', async () => {
	const hms = keep(machine(inst, { org_type: 'MUNI' }, 'subject:write'));
	const nmi = keep(machine(inst, { org_type: 'NMI' }, 'record:write'));
	const p = await newPerson(hms);
	const check = async (on = '2026-04-20') => {
		const { json } = await nmi.call('checkVaccination', { body: { subject_no: p.subject_no, vaccine_code: 'DPTIPVHIB', vaccinated_on: on } });
		return json.unknown.includes('VR-20') ? 'unknown' : json.findings.find((f) => f.rule === 'VR-20')?.severity ?? 'content';
	};
	const contract = (org_code, more) => ({ contract_no: `K-${org_code}`, muni_code: hms.org_code, org_code, vaccine_code: 'DPTIPVHIB',
		group_name: '見本医師会', price_yen: 10000, contract_from: '2026-04-01', ...more });
	const forget = () => sql(inst, "DELETE FROM master_contract; UPDATE master_book SET rev = rev + 1 WHERE master = 'M62'");
	forget();
	await noticed();
	assert.equal(await check(), 'unknown');
	const others = Array.from({ length: 120 }, (_, i) => contract(list[40 + i].org_code));
	let name = ons.leave('M62', others);
	let taken = ons.take(name);
	if (taken.status === 'HELD') {
		good(await release(kcA, taken.receipt_id, 'APPLY'));
		good(await release(op, taken.receipt_id, 'APPLY'));
		ons.run();
		taken = ons.receipt(name);
	}
	assert.deepEqual([taken.status, taken.bad], ['APPLIED', 0]);
	await noticed();
	assert.equal(await check(), 'E');
	name = ons.leave('M62', [...others, contract(nmi.org_code), contract('9999999999')]);
	assert.deepEqual([ons.take(name).status, ons.receipt(name).bad], ['APPLIED', 1]);
	assert.equal(await check(), 'content');
	assert.equal(await check('2026-03-31'), 'E', 'before the contract began');
	assert.equal(ons.take(ons.leave('M62', others)).status, 'APPLIED');
	assert.equal(await check(), 'content', 'it held then, whatever has ended since');
	assert.equal(await check(TODAY), 'E');
	forget();
});

test('a kill in any stage doubles nothing', { timeout: process.env.YOBO_SLOW ? 900_000 : 120_000 }, async () => {
	const many = Array.from({ length: 6000 }, (_, i) => institution(code('46', i)));
	const key = (r) => r.org_code;
	for (const wait of [10, 60, 150, 300, 500, 800, 1200]) {
		const rows = [...list, ...many.map((r) => ({ ...r, name: `${r.name}${wait}` }))];
		const name = ons.leave('M61', rows);
		const child = spawn(inst.yoboctl, ['--config', inst.config, 'run', 'master.receive'], { stdio: 'ignore' });
		await sleep(wait);
		child.kill('SIGKILL');
		sql(inst, "UPDATE core_timer SET lease_us = 0 WHERE name = 'master.receive'"); // as after a minute
		let p;
		for (let i = 0; i < 60; i++) {
			try {
				p = ons.take(name);
				break;
			} catch {
				await sleep(200); // the killed one's transaction is still being rolled back
			}
		}
		if (p.status === 'HELD') {
			good(await release(kcA, p.receipt_id, 'APPLY'));
			good(await release(op, p.receipt_id, 'APPLY'));
			ons.run();
			p = ons.receipt(name);
		}
		assert.equal(p.status, 'APPLIED', `${wait} ms: ${JSON.stringify(p)}`);
		const live = sql(inst, `SELECT key_text, COUNT(*) FROM master_live_view WHERE master = 'M61' AND valid_from <= '${TODAY}'
			AND (valid_to IS NULL OR valid_to >= '${TODAY}') GROUP BY key_text`);
		assert.equal(live.length, rows.length);
		assert.ok(live.every(([, n]) => n === '1'), `${wait} ms: a key counts twice`);
		assert.equal(value(inst, `SELECT COUNT(*) FROM master_live_view WHERE master = 'M61' AND key_text = '${key(many[9])}'
			AND JSON_VALUE(cells, '$.name') LIKE '%${wait}' AND valid_to IS NULL`), '1');
		assert.equal(count(inst, "master_change WHERE kind = 'RECEIVED' AND status = 'DRAFT'"), 0, 'no draft is left behind');
		assert.equal(count(inst, 'master_import_key'), 0);
		assert.ok(ons.has('done', `${name}.csv`));
	}
	const p = await send();
	assert.equal(p.status, 'HELD');
	good(await release(kcA, p.receipt_id, 'APPLY'));
	good(await release(op, p.receipt_id, 'APPLY'));
	ons.run();
	assert.equal(ons.receipt(good(await op.call('getReceipt', { path: { receipt_id: p.receipt_id } })).file).status, 'APPLIED');
});
