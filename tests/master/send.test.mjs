// Our masters for 集合契約システム (vaccination brief H-8-8): what goes, once and in order, answers of every
// kind, and whoever sees what. Runs against a live instance.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';

import { sql, value } from '../support/database.mjs';
import { instance, sleep, staff } from '../support/yobo.mjs';
import { runTimer } from '../record/people.mjs';
import { approved, clock, count, day, good, pending, refused, row, second, tag, withdraw } from './masters.mjs';
import { option } from './partner.mjs';

const inst = instance();
const dir = option(inst, 'send_dir');
const opened = [];
const keep = (caller) => { opened.push(caller); return caller; };
let muA, muS, muA2, miA, kcA, op;

const run = () => runTimer(inst, 'master.send');
const files = () => sql(inst, 'SELECT sending_id, master, sequence, name, status, problem, n_rows FROM master_sending ORDER BY sending_id')
	.map(([sending_id, master, sequence, name, status, problem, rows]) => ({ sending_id, master, sequence, name, status, problem, rows: Number(rows) }));
const lines = (name) => readFileSync(join(dir, `${name}.csv`), 'utf8').trimEnd().split('\r\n').map((l) => l.slice(1, -1).split('","'));
const last = () => files().at(-1);
const keys = (command, ...more) => execFileSync(inst.yoboctl, ['--config', inst.config, 'keys', command, ...more], { encoding: 'utf8' });
// The public keys a receiver keeps, the one that signs first.
const publicKeys = () => keys('public', 'exchange').match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g);
const signed = (name, key = publicKeys()[0]) => verify('sha256', readFileSync(join(dir, `${name}.ctl`)), key, readFileSync(join(dir, `${name}.sig`)));
const fee = (band, more) => ({ muni_code: '131016', vaccine_code: 'MR', age_band: band, exec_class: 1, place_class: 1, price_yen: 12000,
	self_pay_yen: 0, tax_class: '課税', ...more });
function answer(name, list) {
	mkdirSync(join(dir, 'ack'), { recursive: true });
	writeFileSync(join(dir, 'ack', `${name}.ack`), [['file', 'result', 'rows', 'row', 'error'], ...list].map((l) => `${l.map((c) => `"${c}"`).join(',')}\r\n`).join(''));
}
const ack = (f) => answer(f.name, [[f.name, 'ACK', f.rows, '', '']]);

before(async () => {
	clock(inst);
	sql(inst, "UPDATE core_timer SET due_us = due_us + 3600000000 WHERE name = 'master.send'"); // only ours runs
	[muA, muS, miA, kcA, op] = (await Promise.all([{ org_code: '131016', role: 'MU-A' }, { org_code: '131016', role: 'MU-S' }, { role: 'MI-A' },
		{ role: 'KC-A' }, { role: 'OP' }].map((w) => staff(inst, w)))).map(keep);
	muA2 = keep(await second(inst, { org_code: '131016', role: 'MU-A' }));
	run();
	files().filter((f) => f.status === 'SENT').forEach(ack);
	run();
});
beforeEach(() => opened.forEach((c) => c.agent.destroy()));
after(() => opened.forEach((c) => c.close()));

const add = (band) => approved(muS, muA, 'M03', { valid_from: day(1), reason: '試験', rows: [row('NEW', fee(band))] });

test('what was approved goes once, with what it is and until when; drafts and what waits do not', async () => {
	const before = files().length;
	const [band, waits] = [tag(), tag()];
	await add(band);
	await pending(muS, 'M03', { valid_from: day(1), reason: '試験', rows: [row('NEW', fee(waits))] });
	run();
	assert.equal(files().length, before + 1);
	const f = last();
	assert.deepEqual([f.master, f.status, f.rows], ['M03', 'SENT', 1]);
	const [head, line] = lines(f.name);
	assert.deepEqual(head.slice(0, 7), ['change_kind', 'key', 'version', 'valid_from', 'valid_to', 'muni_code', 'vaccine_code']);
	assert.deepEqual(line.slice(0, 7), ['1', `131016|MR|${band}|1|1`, '1', day(1), '', '131016', 'MR']);
	const control = readFileSync(join(dir, `${f.name}.ctl`), 'utf8').split('\r\n')[1].slice(1, -1).split('","');
	assert.deepEqual(control, [f.name, 'YOBO', 'M03-1', f.sequence, '1',
		createHash('sha256').update(readFileSync(join(dir, `${f.name}.csv`))).digest('hex')]);
	run();
	assert.equal(files().length, before + 1, 'once');
	ack(f);
	run();
	assert.equal(last().status, 'ACKED');
	const seen = sql(inst, `SELECT COUNT(*) FROM audit_event WHERE operation = 'master.send' AND action = 16 AND target_type = 'master:M03' AND target_id = '${control[5]}'`);
	assert.ok(Number(seen[0][0]) >= 1, 'SEND stands in the log with the hash');
});

test('the control file is signed by the key for exchanges, and by no other', async () => {
	await add(tag());
	run();
	const f = last();
	const [now, next] = publicKeys();
	assert.equal(signed(f.name, now), true);
	assert.equal(signed(f.name, next), false);
	for (const other of ['issued', 'access', 'checkpoint'])
		for (const key of keys('public', other).match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g))
			assert.equal(signed(f.name, key), false, other);
	writeFileSync(join(dir, `${f.name}.pem`), now);
	assert.match(execFileSync('openssl', ['dgst', '-sha256', '-verify', join(dir, `${f.name}.pem`), '-signature', join(dir, `${f.name}.sig`),
		join(dir, `${f.name}.ctl`)], { encoding: 'utf8' }), /Verified OK/);
	rmSync(join(dir, `${f.name}.pem`));
	const changed = Buffer.from(readFileSync(join(dir, `${f.name}.ctl`), 'utf8').replace('"YOBO"', '"YOBA"'));
	assert.equal(verify('sha256', changed, now, readFileSync(join(dir, `${f.name}.sig`))), false);
	ack(f);
	run();
	// After a rotation the key that was next signs, the former still verifies what it signed.
	keys('rotate', 'exchange');
	assert.equal(publicKeys()[0], next);
	assert.ok(publicKeys().includes(now));
	await add(tag());
	run();
	assert.equal(signed(last().name, next), true);
	ack(last());
	run();
});

test('the keys of programs do not show it', async () => {
	const answer = await fetch(`${inst.base}/.well-known/jwks.json`).catch(() => null);
	const pem = publicKeys()[0];
	const x = createPublicKey(pem).export({ format: 'jwk' }).x;
	const text = answer ? await answer.text() : execFileSync('curl', ['-s', '--cacert', inst.ca, `${inst.base}/.well-known/jwks.json`], { encoding: 'utf8' });
	assert.match(text, /"keys"/);
	assert.ok(!text.includes(x));
});

test('revisions, ends and what is withdrawn after it was sent go too, parents first', async () => {
	const band = tag();
	const made = await add(band);
	const details = { org_code: miA.login.org_code, vaccines: 'MR', contact: '03-0000-0009' };
	const exists = value(inst, `SELECT COUNT(*) FROM master_live_view WHERE master = 'M21' AND key_text = '${details.org_code}'`) !== '0';
	await pending(miA, 'M21', { valid_from: day(0), rows: [row(exists ? 'REVISE' : 'NEW', details)] });
	run();
	assert.deepEqual(files().slice(-2).map((f) => f.master), ['M03', 'M21']);
	files().slice(-2).forEach(ack);
	good(await withdraw(muS, made));
	run();
	const f = last();
	assert.equal(f.master, 'M03');
	assert.deepEqual(lines(f.name)[1].slice(0, 3), ['4', `131016|MR|${band}|1|1`, '1']);
	ack(f);
	run();
	assert.ok(files().every((x) => x.status !== 'SENT'));
});

test('rows the receiver refuses are told to their owner; a wrong count and nonsense are held', async () => {
	const bands = [tag(), tag()];
	for (const b of bands)
		await add(b);
	run();
	const f = last();
	answer(f.name, [[f.name, 'NACK', 2, 2, '委託料の区分が不明']]);
	run();
	assert.deepEqual([last().status, last().problem], ['NACKED', 'REFUSED']);
	const own = good(await muA.call('listSendings'));
	assert.equal(own.sendings.length, 0);
	assert.deepEqual(own.rows.filter((r) => r.refused).map((r) => [r.key, r.refused])[0], [`131016|MR|${bands[1]}|1|1`, '委託料の区分が不明']);
	assert.equal(good(await miA.call('listSendings')).rows.filter((r) => r.master === 'M03').length, 0, 'others see their own');
	const all = good(await op.call('listSendings'));
	assert.deepEqual([all.sendings[0].status, all.sendings[0].refused, all.sendings[0].can_resend], ['NACKED', 1, true]);
	const one = (by, query) => by.call('getSending', { path: { sending_id: f.sending_id }, query });
	assert.deepEqual(good(await one(op)).sent.map((r) => [r.row, r.key, r.refused]), bands.map((b, i) => [i + 1, `131016|MR|${b}|1|1`, i === 1 ? '委託料の区分が不明' : null]));
	assert.deepEqual(good(await one(kcA, { refused: true })).sent.map((r) => r.row), [2]);
	const [page, rest] = [good(await one(op, { limit: 1 })), good(await one(op, { limit: 1, after: 1 }))];
	assert.deepEqual([page.next, page.sent[0].row, rest.next, rest.sent[0].row], [1, 1, null, 2]);
	refused(await one(muA), 403, 'E-AUTH-004');
	refused(await op.call('getSending', { path: { sending_id: '999999999' } }), 404, 'E-AUTH-005');
	const held = good(await op.call('listSendings', { query: { master: 'M03', status: 'NACKED' } })).sendings;
	assert.ok(held.length >= 1 && held.every((s) => s.master === 'M03' && s.status === 'NACKED' && s.name === '委託料・自己負担額'));
	refused(await op.call('listSendings', { query: { status: 'GONE' } }), 422, 'E-VAL-011');
	refused(await muA.call('resendMaster', { path: { sending_id: f.sending_id } }), 403, 'E-AUTH-004');
	const again = good(await op.call('resendMaster', { path: { sending_id: f.sending_id } }));
	assert.notEqual(again.file, f.name, 'under another name, so that the former answer is not taken for its own');
	refused(await kcA.call('resendMaster', { path: { sending_id: f.sending_id } }), 409, 'E-MST-011');
	run();
	assert.equal(last().status, 'SENT');
	assert.equal(last().sequence, f.sequence);
	answer(again.file, [[again.file, 'ACK', 1, '', '']]);
	run();
	assert.deepEqual([last().status, last().problem], ['HELD', 'COUNT']);
	const third = good(await kcA.call('resendMaster', { path: { sending_id: f.sending_id } }));
	run();
	answer(third.file, [['another', 'ACK', 2, '', '']]);
	run();
	assert.deepEqual([last().status, last().problem], ['HELD', 'ANSWER']);
	const fourth = good(await kcA.call('resendMaster', { path: { sending_id: f.sending_id } }));
	run();
	answer(fourth.file, [[fourth.file, 'ACK', 2, '', '']]);
	run();
	assert.equal(last().status, 'ACKED');
	assert.equal(good(await muA.call('listSendings')).rows.filter((r) => r.sending_id === Number(f.sending_id) && r.refused).length, 0);
});

test('without an answer it is sent again, and after some times a person must look', async () => {
	await add(tag());
	run();
	const f = last();
	const day_ago = () => sql(inst, `UPDATE master_sending SET sent_us = sent_us - 86400000000 WHERE sending_id = ${f.sending_id}`);
	for (let i = 0; i < 2; i++) {
		day_ago();
		run();
		assert.deepEqual([last().status, last().problem], ['READY', 'SILENCE']);
		run();
		assert.equal(last().status, 'SENT');
	}
	day_ago();
	run();
	assert.deepEqual([last().status, last().problem], ['HELD', 'SILENCE']);
	const { file } = good(await op.call('resendMaster', { path: { sending_id: f.sending_id } }));
	run();
	answer(file, [[file, 'ACK', 1, '', '']]);
	run();
	assert.equal(last().status, 'ACKED');
});

test('a kill makes nothing twice', async () => {
	const bands = [];
	for (const wait of [5, 20, 40, 80]) {
		const band = tag();
		bands.push(band);
		await add(band);
		const child = spawn(inst.yoboctl, ['--config', inst.config, 'run', 'master.send'], { stdio: 'ignore' });
		await sleep(wait);
		child.kill('SIGKILL');
		sql(inst, "UPDATE core_timer SET lease_us = 0 WHERE name = 'master.send'");
		for (let i = 0; i < 30; i++) {
			try {
				run();
				break;
			} catch {
				await sleep(200);
			}
		}
	}
	for (const band of bands) {
		const sent = sql(inst, `SELECT s.name FROM master_sending s JOIN master_sending_row r USING (sending_id) JOIN master_version v USING (version_id)
			JOIN master_key k USING (key_id) WHERE k.key_text = '131016|MR|${band}|1|1'`);
		assert.equal(sent.length, 1);
		assert.ok(existsSync(join(dir, `${sent[0][0]}.ctl`)));
	}
	const m03 = files().filter((f) => f.master === 'M03').map((f) => Number(f.sequence));
	assert.deepEqual(m03, m03.map((_, i) => m03[0] + i), 'no number is left out');
	files().filter((f) => f.status === 'SENT').forEach(ack);
	run();
	assert.equal(count(inst, "master_sending WHERE status = 'SENT'"), 0);
});
