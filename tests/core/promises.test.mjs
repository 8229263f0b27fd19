// What the core promises of every write and read: once under one key, logged before it is seen,
// refused when the log cannot be written (wire: Common rules; brief 12; house decision 4).

import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';

import { sql, value, verify } from '../support/database.mjs';
import { dayFromToday, instance, machine, sleep, staff } from '../support/yobo.mjs';

const inst = instance();
const run = randomBytes(3).toString('hex');
let muni;
let clerk;
let subject;

const person = (key, change = {}) => ({ muni_code: '131016', muni_key: `${run}-${key}`,
	name: '見本　葛󠄀子', name_kana: 'ミホン　カツコ', birth_date: '2025-12-01', sex: '2',
	address: '東京都千代田区見本町1-1', not_disclosed: false, self_info_blocked: false, ...change });
const put = (body, key) => muni.call('putSubjects', { body,
	headers: key ? { 'idempotency-key': key } : {} });

before(async () => {
	muni = machine(inst, { org_code: '131016' }, 'subject:write');
	clerk = await staff(inst, { org_code: '131016', role: 'MU-S' });
	const answer = await put({ subjects: [person('a')] });
	assert.equal(answer.status, 200, answer.text);
	subject = answer.json.results[0].subject_no;
});

test('the same key and body give the same answer, byte for byte, and one effect', async () => {
	const key = randomUUID();
	const first = await put({ subjects: [person('b')] }, key);
	const again = await put({ subjects: [person('b')] }, key);
	assert.equal(first.json.results[0].result, 'created');
	assert.equal(again.text, first.text);
	assert.equal(again.status, first.status);
	assert.equal(again.headers['idempotency-replayed'], 'true');
	assert.equal(first.headers['idempotency-replayed'], undefined);
});

test('the same key with another body is refused', async () => {
	const key = randomUUID();
	await put({ subjects: [person('c')] }, key);
	const other = await put({ subjects: [person('c', { sex: '1' })] }, key);
	assert.equal(other.status, 422);
	assert.equal(other.json.error_id, 'E-REQ-008');
});

test('a refused write keeps its key free', async () => {
	const key = randomUUID();
	const bad = await put({ subjects: [{}], surprise: 1 }, key);
	assert.equal(bad.status, 422);
	const good = await put({ subjects: [person('d')] }, key);
	assert.equal(good.status, 200, good.text);
});

test('the key of one caller means nothing to another', async () => {
	const key = randomUUID();
	const sapporo = machine(inst, { org_code: '011002' }, 'subject:write');
	const mine = await put({ subjects: [person('e')] }, key);
	const theirs = await sapporo.call('putSubjects', { headers: { 'idempotency-key': key },
		body: { subjects: [person('e', { muni_code: '011002' })] } });
	assert.equal(theirs.status, 200, theirs.text);
	assert.notEqual(theirs.json.results[0].subject_no, mine.json.results[0].subject_no);
});

test('twenty at once under one key are one', async () => {
	const key = randomUUID();
	const answers = await Promise.all(Array.from({ length: 20 }, () =>
		put({ subjects: [person('f')] }, key)));
	for (const a of answers)
		assert.equal(a.status, 200, a.text);
	assert.equal(new Set(answers.map((a) => a.text)).size, 1);
	assert.equal(answers.filter((a) => !a.headers['idempotency-replayed']).length, 1);
});

test('what is kept for a retry cannot be read in the database', () => {
	const kept = sql(inst, 'SELECT HEX(body) FROM core_idempotency WHERE body IS NOT NULL');
	assert.ok(kept.length > 0);
	const plain = Buffer.from(subject).toString('hex').toUpperCase();
	assert.ok(kept.every(([body]) => !body.includes(plain)));
});

test('a read of a person is one row of the log, written before the answer', async () => {
	const answer = await clerk.call('getTimeline', { path: { subject_no: subject }, query: { purpose: '01' } });
	assert.equal(answer.status, 200, answer.text);
	const rows = sql(inst, `SELECT operation, \`function\`, actor, org_code, subject_no, ok
		FROM audit_event WHERE trace_id = '${answer.headers['x-yobo-trace']}'`);
	assert.equal(rows.length, 1);
	assert.deepEqual(rows[0], ['getTimeline', 'H-3-2', clerk.login.user_id, '131016', subject, '1']);
});

test('a list leaves one row for every person in it', async () => {
	const answer = await put({ subjects: [person('g'), person('h'), person('i')] });
	const rows = sql(inst, `SELECT subject_no FROM audit_event
		WHERE trace_id = '${answer.headers['x-yobo-trace']}' ORDER BY seq`);
	assert.equal(rows.length, 4);
	assert.equal(rows[0][0], 'NULL');
	assert.deepEqual(rows.slice(1).map((r) => r[0]).sort(),
		answer.json.results.map((r) => r.subject_no).sort());
});

test('a refusal of somebody we know is logged too', async () => {
	const answer = await clerk.call('getTimeline', { path: { subject_no: '00000000000000' }, query: { purpose: '01' } });
	assert.equal(answer.status, 404);
	const rows = sql(inst, `SELECT ok, error_id FROM audit_event
		WHERE trace_id = '${answer.headers['x-yobo-trace']}'`);
	assert.deepEqual(rows, [['0', 'E-AUTH-005']]);
});

test('the log holds no password, token, name or My Number', () => {
	// Each long enough not to stand in one of the hashes by chance.
	const secrets = [clerk.login.password, muni.token.slice(-40), '葛󠄀子', '123456789018'];
	const count = value(inst, 'SELECT COUNT(*) FROM audit_event');
	assert.ok(Number(count) > 0);
	for (const secret of secrets) {
		const hex = Buffer.from(secret).toString('hex');
		assert.equal(value(inst, `SELECT COUNT(*) FROM audit_event
			WHERE INSTR(HEX(rec), UPPER('${hex}')) > 0`), '0', secret.slice(0, 4));
	}
});

test('the log cannot be changed by the accounts that write it', () => {
	for (const statement of ["UPDATE audit_event SET actor = 'x' LIMIT 1",
		'DELETE FROM audit_event LIMIT 1'])
		assert.throws(() => sql(inst, statement), /append only/);
	const grants = sql(inst, `SELECT grantee, privilege_type FROM information_schema.table_privileges
		WHERE table_name = 'audit_event' AND privilege_type NOT IN ('SELECT', 'INSERT')`);
	assert.deepEqual(grants, []);
});

test('when the log cannot be written, nothing is done and nothing is shown', async () => {
	const [[user, host]] = sql(inst, `SELECT SUBSTRING_INDEX(TRIM(BOTH "'" FROM grantee), "'", 1),
		SUBSTRING_INDEX(TRIM(BOTH "'" FROM grantee), "'", -1)
		FROM information_schema.table_privileges WHERE table_name = 'audit_event'
		AND privilege_type = 'INSERT' AND grantee LIKE '%main%'`);
	const account = `'${user}'@'${host}'`;
	sql(inst, `REVOKE INSERT ON ${inst.db.name}.audit_event FROM ${account}`);
	try {
		const read = await clerk.call('getTimeline', { path: { subject_no: subject }, query: { purpose: '01' } });
		assert.equal(read.status, 503, read.text);
		assert.equal(read.json.error_id, 'E-SYS-004');
		assert.ok(read.headers['retry-after']);
		assert.ok(!read.text.includes('葛'));
		const write = await put({ subjects: [person('unlogged')] });
		assert.equal(write.status, 503, write.text);
		assert.equal(value(inst, `SELECT COUNT(*) FROM record_subject WHERE muni_key = '${run}-unlogged'`),
			'0');
	} finally {
		sql(inst, `GRANT INSERT ON ${inst.db.name}.audit_event TO ${account}`);
	}
	for (let i = 0; i < 20; i++) {
		const back = await clerk.call('getTimeline', { path: { subject_no: subject }, query: { purpose: '01' } });
		if (back.status === 200)
			return;
		await sleep(250);
	}
	assert.fail('reads do not come back');
});

test('If-Match decides between two who change the same record', async () => {
	const clinic = machine(inst, { org_type: 'NMI' }, 'record:write');
	const made = await clinic.call('createVaccination', { body: { subject_no: subject,
		legal_class: '1', vaccine_code: 'HEPB', dose_seq: 1, lot_no: 'SAMPLE-1',
		vaccinated_on: dayFromToday(-3), dose_ml: 0.25, route: 'SC', site: '74L', exec_class: '1',
		place_class: '1', doctor_name: '見本　医師' } });
	assert.equal(made.status, 201, made.text);
	const correct = (headers) => clinic.call('correctVaccination', { headers, path: {
		record_id: made.json.record_id }, body: { record_id: made.json.record_id,
		lot_no: 'SAMPLE-2', reason_code: '1', reason_text: '見本の訂正' } });
	const without = await correct({});
	assert.equal(without.status, 428, without.text);
	const stale = await correct({ 'if-match': '"99"' });
	assert.equal(stale.status, 412, stale.text);
	assert.equal(stale.json.error_id, 'E-ACC-005');
});

after(() => {
	const report = verify(inst);
	assert.equal(report.status, 0, report.out);
});
