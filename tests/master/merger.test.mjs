// Municipalities that become one (vaccination brief H-8-6): the dry run, two persons, the day, what moves
// and what keeps the old code, and a process that is killed. Runs against a live instance.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { after, before, beforeEach, test } from 'node:test';

import { sql, value } from '../support/database.mjs';
import { instance, sleep, staff } from '../support/yobo.mjs';
import { runTimer, stepUp } from '../record/people.mjs';
import { clock, count, day, good, refused, second, twin } from './masters.mjs';

const inst = instance();
const opened = [];
const keep = (caller) => { opened.push(caller); return caller; };
const PERSONS = 1300;
const first = () => { const [y, m] = day(0).split('-').map(Number); return `${m === 12 ? y + 1 : y}-${String(m % 12 + 1).padStart(2, '0')}-01`; };
let kcA, kcS, kcA2, muA, codes, ids, users;

const columns = (table, ...without) => sql(inst, `SELECT GROUP_CONCAT(column_name) FROM information_schema.columns WHERE table_schema = DATABASE()
	AND table_name = '${table}' AND extra NOT LIKE '%GENERATED%' AND column_name NOT IN (${without.map((c) => `'${c}'`).join()})`)[0][0];
const plan = (more = {}) => ({ new_code: codes[2], name: '見本市', name_kana: 'ミホンシ', on_day: first(), reason: '市制施行',
	old: [{ muni_code: codes[0], key_prefix: 'A-' }, { muni_code: codes[1] }], ...more });
const create = (by, body) => by.call('createMerger', { body });
const check = (by, body) => by.call('checkMerger', { body });
const say = (what) => (by, merger_id) => by.call(what, { path: { merger_id } });
const [get, approve, cancel] = ['getMerger', 'approveMerger', 'cancelMerger'].map(say);

// A municipality with persons, of whom one has a record that waits, an account and a program.
function municipality(code, n, user_id) {
	const at = sql(inst, "SELECT org_id, org_code FROM core_org WHERE org_type = 'MUNI' AND org_code = '131016'")[0][0];
	const all = columns('core_org', 'org_id', 'org_code', 'name');
	sql(inst, `INSERT INTO core_org (org_code, name, ${all}) SELECT '${code}', '旧${code}', ${all} FROM core_org WHERE org_id = ${at}`);
	const id = value(inst, `SELECT org_id FROM core_org WHERE org_code = '${code}'`);
	const person = columns('record_subject', 'subject_id', 'subject_no', 'org_id', 'muni_code', 'muni_key');
	sql(inst, `INSERT INTO record_subject (subject_no, org_id, muni_code, muni_key, ${person})
		SELECT CONCAT('T${code}', LPAD(q.seq, 6, '0')), ${id}, '${code}', CONCAT('K', q.seq), ${person}
		FROM (SELECT * FROM record_subject WHERE org_id = ${at} LIMIT 1) s JOIN seq_1_to_${n} q`);
	const subject = value(inst, `SELECT MIN(subject_id) FROM record_subject WHERE org_id = ${id}`);
	const dose = columns('record_vaccination', 'subject_id', 'record_id', 'muni_org_id', 'muni_code', 'mgmt_no');
	sql(inst, `INSERT INTO record_vaccination (subject_id, record_id, muni_org_id, muni_code, mgmt_no, ${dose})
		SELECT ${subject}, RANDOM_BYTES(16), ${id}, '${code}', '9${code}${String(n).padStart(11, '0')}', ${dose} FROM record_vaccination WHERE live = 1 AND version = 1 LIMIT 1;
		INSERT INTO record_muni_seq VALUES (${id}, 1);
		INSERT INTO record_outbox (org_id, seq, subject_id, record_id, version, change_kind, created_us)
		SELECT ${id}, 1, subject_id, record_id, version, change_kind, 1 FROM record_vaccination WHERE subject_id = ${subject}`);
	const login = inst.logins.find((l) => l.role === 'MU-A' && l.org_code === '131016');
	const account = columns('account_user', 'actor_id', 'user_id', 'person_id', 'org_id');
	sql(inst, `INSERT INTO account_user (user_id, org_id, ${account}) SELECT '${user_id}', ${id}, ${account} FROM account_user WHERE user_id = '${login.user_id}';
		INSERT INTO token_client (client_id, org_id, name, scopes, created_us, updated_us) VALUES ('sample-${code}', ${id}, '見本', 'record:read', 1, 1);
		INSERT INTO token_issued (token_id, client_id, org_id, name, jti_sha256, last4, scopes, issued_by, issued_us, expires_us)
		VALUES (RANDOM_BYTES(16), 'tok-${code}', ${id}, '見本', RANDOM_BYTES(32), 'abcd', 'record:read', '${user_id}', 1, 9000000000000000)`);
	return id;
}

before(async () => {
	clock(inst);
	[kcA, kcS, muA] = (await Promise.all([{ role: 'KC-A' }, { role: 'KC-S' }, { role: 'MU-A' }].map((w) => staff(inst, w)))).map(keep);
	kcA2 = keep(await second(inst, { role: 'KC-A' }));
	await Promise.all([kcA, kcA2].map(stepUp));
	codes = sql(inst, `SELECT lg_code6 FROM master_municipality WHERE is_vaccination_body = 1 AND lg_code6 NOT IN (SELECT org_code FROM core_org)
		AND lg_code6 LIKE '4%' ORDER BY lg_code6 DESC LIMIT 4`).map(([c]) => c);
	users = [0, 1].map((i) => `7${String(Date.now()).slice(-7)}${i}`);
	ids = [municipality(codes[0], PERSONS, users[0]), municipality(codes[1], 20, users[1])];
	for (const timer of ['record.move', 'account.move', 'token.closed', 'master.merge'])
		sql(inst, `UPDATE core_timer SET due_us = due_us + 3600000000 WHERE name = '${timer}'`); // only ours run
});
beforeEach(() => opened.forEach((c) => c.agent.destroy()));
after(() => opened.forEach((c) => c.close()));

test('a plan says what would move, and is refused where it cannot be', async () => {
	refused(await create(muA, plan()), 403, 'E-AUTH-004');
	refused(await create(kcS, plan({ on_day: first().replace(/01$/, '02') })), 422, 'E-VAL-003', '/on_day');
	refused(await create(kcS, plan({ on_day: '2026-01-01' })), 422, 'E-VAL-003', '/on_day');
	refused(await create(kcS, plan({ new_code: codes[2].slice(0, 5) + (Number(codes[2][5]) + 1) % 10 })), 422, 'E-VAL-010', '/new_code');
	refused(await create(kcS, plan({ old: [{ muni_code: codes[3] }] })), 422, 'E-VAL-011', '/old/0/muni_code');
	refused(await create(kcS, plan({ old: [{ muni_code: codes[0] }, { muni_code: codes[0] }] })), 422, 'E-VAL-014', '/old/1/muni_code');
	refused(await create(kcS, plan({ new_code: codes[0], old: [{ muni_code: codes[0] }] })), 422, 'E-VAL-013', '/old/0/muni_code');
	refused(await create(kcS, plan({ old: [] })), 422, 'E-VAL-006');
	const m = good(await create(kcS, plan()), 201);
	assert.deepEqual([m.status, m.collisions, m.can_approve], ['PLANNED', 0, false]);
	assert.deepEqual(m.old.map((o) => [o.subjects, o.accounts, o.clients, o.waiting]).sort((a, b) => b[0] - a[0]), [[PERSONS, 1, 2, 1], [20, 1, 2, 1]]);
	refused(await create(kcS, plan({ new_code: codes[3], old: [{ muni_code: codes[1] }] })), 409, 'E-MST-009');
	assert.equal(good(await cancel(kcS, m.merger_id)).status, 'CANCELLED');
	refused(await cancel(kcS, m.merger_id), 409, 'E-MST-009');
});

test('what would move is counted before there is a plan, and nothing is kept of it', async () => {
	const before = count(inst, 'master_merger');
	refused(await check(muA, plan()), 403, 'E-AUTH-004');
	refused(await check(kcS, plan({ old: [{ muni_code: codes[3] }] })), 422, 'E-VAL-011', '/old/0/muni_code');
	refused(await check(kcS, plan({ on_day: '2026-01-01' })), 422, 'E-VAL-003', '/on_day');
	refused(await check(kcS, { ...plan(), name: undefined }), 422, 'E-VAL-001', '/name');
	const dry = good(await check(kcS, plan()));
	assert.deepEqual([dry.new_name, dry.collisions], [null, 0]);
	assert.deepEqual(dry.old.map((o) => [o.muni_code, o.key_prefix, o.subjects, o.accounts, o.clients, o.waiting]), [[codes[0], 'A-', PERSONS, 1, 2, 1], [codes[1], '', 20, 1, 2, 1]]);
	const old = codes.slice(0, 2).map((muni_code) => ({ muni_code }));
	assert.equal(good(await check(kcA, plan({ old }))).collisions, 20);
	assert.equal(good(await check(kcA, plan({ old: [{ ...old[0], key_prefix: '"\\\'' }, old[1]] }))).collisions, 0, 'whatever a prefix is made of');
	const joins = good(await check(kcA, plan({ new_code: codes[0], old: [old[1]] })));
	assert.deepEqual([joins.new_name, joins.collisions], [`旧${codes[0]}`, 20]);
	assert.equal(count(inst, 'master_merger'), before);
	const m = good(await create(kcA, plan()), 201);
	refused(await check(kcS, plan({ new_code: codes[3] })), 409, 'E-MST-009', '/old/0/muni_code');
	refused(await kcS.call('cancelMerger', { path: { merger_id: m.merger_id }, headers: { 'if-match': '"99"' } }), 412, 'E-ACC-005');
	good(await cancel(kcS, m.merger_id));
});

test('numbers that two residents would have stop it', async () => {
	const m = good(await create(kcA, plan({ old: [{ muni_code: codes[0] }, { muni_code: codes[1] }] })), 201);
	assert.equal(m.collisions, 20);
	refused(await approve(kcA2, m.merger_id), 409, 'E-MST-010');
	good(await cancel(kcA, m.merger_id));
});

test('another person approves; on its day all of it moves, whoever is killed, and records keep their code', { timeout: process.env.YOBO_SLOW ? 900_000 : 120_000 }, async () => {
	const m = good(await create(kcA, plan()), 201);
	refused(await approve(kcA, m.merger_id), 409, 'E-MST-005');
	const itself = keep(await twin(inst, { role: 'KC-A' }));
	await stepUp(itself);
	refused(await approve(itself, m.merger_id), 409, 'E-MST-005');
	assert.equal(good(await approve(kcA2, m.merger_id)).status, 'APPROVED');
	runTimer(inst, 'master.merge');
	assert.equal(good(await get(kcA, m.merger_id)).status, 'APPROVED', 'not before its day');

	const today = `${day(0).slice(0, 8)}01`; // the day has come
	sql(inst, `UPDATE master_merger SET on_day = '${today}' WHERE merger_id = ${m.merger_id}`);
	const login = inst.logins.find((l) => l.role === 'MU-A' && l.org_code === '131016');
	const mu = keep(await staff({ ...inst, logins: [{ ...login, user_id: users[0] }] }, {}));
	runTimer(inst, 'master.merge');
	const moving = good(await get(kcA, m.merger_id));
	assert.equal(moving.status, 'MOVING');
	const org = value(inst, `SELECT org_id FROM core_org WHERE org_code = '${codes[2]}'`);
	assert.deepEqual(sql(inst, `SELECT name, valid_from, COALESCE(valid_to, '-') FROM core_org WHERE org_id = ${org}`), [['見本市', today, '-']]);
	assert.ok(value(inst, `SELECT valid_to FROM core_org WHERE org_id = ${ids[0]}`) < today);
	refused(await mu.call('getSession'), 401, 'E-AUTH-003');

	for (const wait of [30, 90, 200]) {
		const child = spawn(inst.yoboctl, ['--config', inst.config, 'run', 'record.move'], { stdio: 'ignore' });
		await sleep(wait);
		child.kill('SIGKILL');
		sql(inst, "UPDATE core_timer SET lease_us = 0 WHERE name = 'record.move'");
	}
	const move = (name) => {
		for (let i = 0; i < 50; i++) {
			try {
				return runTimer(inst, name);
			} catch {
				execFileSync('sleep', ['0.2']); // a killed one's transaction is being rolled back
			}
		}
		return assert.fail(name);
	};
	['record.move', 'account.move', 'token.closed', 'master.merge'].forEach(move);
	const done = good(await get(kcA, m.merger_id));
	assert.deepEqual([done.status, done.old.map((o) => [o.subjects, o.accounts, o.clients, o.waiting])], ['DONE', [[0, 0, 0, 0], [0, 0, 0, 0]]]);

	assert.equal(count(inst, `record_subject WHERE org_id = ${org} AND muni_code = '${codes[2]}'`), PERSONS + 20);
	assert.equal(count(inst, `record_subject WHERE org_id = ${org} AND muni_key LIKE 'A-K%'`), PERSONS);
	assert.deepEqual(sql(inst, `SELECT DISTINCT muni_code, muni_org_id FROM record_vaccination WHERE muni_org_id IN (${ids}) ORDER BY muni_org_id`),
		[[codes[0], ids[0]], [codes[1], ids[1]]], 'records keep the code they were made under');
	assert.deepEqual(sql(inst, `SELECT seq, state FROM record_outbox WHERE org_id = ${org} ORDER BY seq`), [['1', 'READY'], ['2', 'READY']]);
	assert.equal(count(inst, `record_outbox WHERE org_id IN (${ids}) AND state <> 'RESOLVED'`), 0);
	assert.deepEqual(sql(inst, `SELECT DISTINCT status FROM token_issued WHERE org_id IN (${ids})`), [['REVOKED']]);
	assert.equal(count(inst, `token_client WHERE org_id = ${org} AND status = 'ACTIVE'`), 2);
	assert.ok(count(inst, `core_revocation WHERE CAST(id AS CHAR) IN ('${codes[0]}', '${codes[1]}')`) >= 2);
	assert.equal(count(inst, `audit_event WHERE operation = 'record.move' AND subject_no LIKE 'T${codes[0]}%'`) >= PERSONS, true, 'every person stands in the log');

	const again = keep(await staff({ ...inst, logins: [{ ...login, user_id: users[0] }] }, {}));
	const found = good(await again.call('searchSubjects', { body: { purpose: '01', muni_key: 'A-K1' } }));
	assert.equal(found.items.length, 1, 'their user finds them under the new municipality');
	runTimer(inst, 'account.suspend-idle');
	assert.equal(value(inst, `SELECT status FROM account_user WHERE user_id = '${users[0]}'`), 'ACTIVE');
	runTimer(inst, 'master.merge');
	assert.equal(good(await get(kcA, m.merger_id)).version, done.version, 'and then there is nothing to do');
});

test('one that joins another that goes on takes its former ones with it', async () => {
	const user = `7${String(Date.now()).slice(-7)}5`;
	const old = value(inst, `SELECT org_id FROM core_org WHERE org_code = '${codes[2]}'`);
	const id = municipality(codes[3], 3, user);
	const m = good(await create(kcA, plan({ new_code: codes[3], old: [{ muni_code: codes[2], key_prefix: 'B-' }] })), 201);
	good(await approve(kcA2, m.merger_id));
	sql(inst, `UPDATE master_merger SET on_day = '${day(0).slice(0, 8)}01' WHERE merger_id = ${m.merger_id}`);
	['master.merge', 'record.move', 'account.move', 'token.closed', 'master.merge'].forEach((t) => runTimer(inst, t));
	assert.equal(good(await get(kcA, m.merger_id)).status, 'DONE');
	assert.deepEqual(sql(inst, `SELECT muni_org_id FROM master_realm_view WHERE org_id = ${id} ORDER BY muni_org_id`).flat(),
		[...ids, old, id].map(Number).sort((a, b) => a - b).map(String));
	assert.equal(count(inst, `record_subject WHERE org_id = ${id}`), PERSONS + 23);
});
