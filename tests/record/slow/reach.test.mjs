// record: what a desk or a program waits for reads no more rows because others have more. Runs
// against a live instance, which gets many of everything for a while; gone afterwards.
//
// The server counts the rows read of each table (userstat), whoever reads them: others only add
// to it, so of some tries the least is what the request has read. A view that is materialised,
// or an index that is not used, reads all of them at every try.

import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';

import { sql, value } from '../../support/database.mjs';
import { assertion, Caller, instance, machine, staff } from '../../support/yobo.mjs';
import { dose, newPeople, newPerson } from '../people.mjs';

const MANY = 4000; // of each table, of others
const TRIES = 4;
const BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const TABLES = ['core_org', 'core_session', 'token_issued', 'account_user', 'record_subject', 'record_vaccination',
	'record_outbox', 'record_pair', 'record_alert', 'master_lot'];

const inst = instance();
const MARK = `Z${randomBytes(2).toString('hex').toUpperCase()}`; // with four digits behind: org_code
let hms, nmi, mus, clinic, anonymous, admin, was;

const fill = () => sql(inst, `
	SET @now = CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED);
	INSERT INTO core_org (org_code, org_type, name, pref_code, valid_from, uses_hms, created_us, updated_us)
		SELECT CONCAT('${MARK}', LPAD(seq, 4, '0')), 'NMI', '見本', '13', '2020-04-01', 0, @now, @now FROM seq_1_to_${MANY};
	SET @org = (SELECT MIN(org_id) FROM core_org WHERE org_code LIKE '${MARK}%');
	INSERT INTO account_user (org_id, user_id, role, name, name_kana, mail, status, pw_phc, created_us, updated_us)
		SELECT @org, CONCAT('${MARK}', LPAD(seq, 4, '0')), 'NM-S', '見本', 'ミホン', 'x@example.jp', 'DISABLED', '', @now, @now FROM seq_1_to_${MANY};
	INSERT INTO token_issued (token_id, client_id, org_id, name, jti_sha256, last4, scopes, issued_by, issued_us, expires_us, status)
		SELECT RANDOM_BYTES(16), CONCAT('tok-', '${MARK}', seq), o.org_id, '見本', RANDOM_BYTES(32), '', 'record:read', '${MARK}', @now,
		@now + 86400000000 * 300, 'REVOKED' FROM seq_1_to_${MANY} JOIN core_org o ON o.org_code = CONCAT('${MARK}', LPAD(seq, 4, '0'));
	INSERT INTO core_session (sid_hash, actor_id, user_id, org_id, role, restricted_view, temporary, created_us, seen_us, idle_s, expires_us)
		SELECT RANDOM_BYTES(32), 0, '${MARK}', @org, 'NM-S', 0, 0, @now, @now, 900, @now + 900000000 FROM seq_1_to_${MANY};
	INSERT INTO record_subject (org_id, subject_no, muni_code, muni_key, name, name_kana, name_key, kana_key, birth_date, sex,
		resident_state, not_disclosed, self_info_blocked, pair_due, created_us, updated_us)
		SELECT @org, CONCAT('${MARK}', seq), '000000', CONCAT('${MARK}', seq), '見本', 'ミホン', '見本', 'ミホン', '2026-02-10', '2', '住民', 0, 0, 0,
		@now, @now FROM seq_1_to_${MANY};
	INSERT INTO record_vaccination (subject_id, record_id, version, change_kind, status, live, dose_live, dose_key, mgmt_no, muni_org_id,
		muni_code, org_id, entered_org_id, source, legal_class, vaccine_code, lot_no, vaccinated_on, exec_class, place_class, org_code,
		doctor_name, registered_at, registered_by)
		SELECT subject_id, RANDOM_BYTES(16), 1, '1', 'LINKED', 1, 1, '/1/', subject_id, @org, '000000', @org, @org, 'API', '1', 'DPTIPVHIB',
		'${MARK}', '2026-04-20', '1', '1', '${MARK}', '見本', @now, '${MARK}' FROM record_subject WHERE org_id = @org;
	INSERT INTO record_outbox (org_id, seq, subject_id, record_id, version, change_kind, state, created_us)
		SELECT @org, ROW_NUMBER() OVER (ORDER BY subject_id), subject_id, record_id, 1, '1', 'ACKED', @now FROM record_vaccination
		WHERE muni_org_id = @org;
	INSERT INTO record_pair (a_id, b_id, a_org_id, b_org_id, kind, state, created_us)
		SELECT s.subject_id, s.subject_id + 1, @org, @org, 'candidate', 'OPEN', @now FROM record_subject s JOIN record_subject t
		ON t.subject_id = s.subject_id + 1 AND t.org_id = @org WHERE s.org_id = @org;
	INSERT INTO record_alert (org_id, kind, actor, n, since_us, until_us, created_us)
		SELECT @org, 'many', '${MARK}', 1, @now, @now, @now FROM seq_1_to_${MANY};
	INSERT INTO master_lot (product_code, lot_no, vaccine_code, maker, lot_status)
		SELECT '${MARK}', CONCAT('${MARK}', seq), 'DPTIPVHIB', '見本', '流通中' FROM seq_1_to_${MANY};
	ANALYZE TABLE ${TABLES.join()};`); // as the server does by itself, a while later

const clear = () => sql(inst, `
	SET @org = (SELECT MIN(org_id) FROM core_org WHERE org_code LIKE '${MARK}%');
	DELETE FROM master_lot WHERE product_code = '${MARK}';
	DELETE FROM record_alert WHERE org_id = @org;
	DELETE FROM record_pair WHERE a_org_id = @org;
	DELETE FROM record_outbox WHERE org_id = @org;
	DELETE FROM record_vaccination WHERE muni_org_id = @org;
	DELETE FROM record_subject WHERE org_id = @org;
	DELETE FROM core_session WHERE user_id = '${MARK}';
	DELETE FROM token_issued WHERE issued_by = '${MARK}';
	DELETE FROM account_user WHERE org_id = @org;
	DELETE FROM core_org WHERE org_code LIKE '${MARK}%';`);

before(async () => {
	hms = machine(inst, { org_type: 'MUNI' }, 'record:read');
	nmi = machine(inst, { org_type: 'NMI' }, 'record:write');
	mus = await staff(inst, { org_code: hms.org_code, role: 'MU-S' });
	clinic = await staff(inst, { org_code: nmi.org_code, role: 'NM-A' });
	admin = await staff(inst, { org_code: hms.org_code, role: 'MU-A' });
	anonymous = new Caller(inst);
	was = value(inst, 'SELECT @@GLOBAL.userstat');
	sql(inst, 'SET GLOBAL userstat = 1');
	fill();
});
after(() => {
	[hms, nmi, mus, clinic, admin, anonymous].forEach((c) => c?.close());
	clear();
	sql(inst, `SET GLOBAL userstat = ${was}`);
});

const reads = () => new Map(sql(inst, `SELECT TABLE_NAME, ROWS_READ FROM information_schema.TABLE_STATISTICS
	WHERE TABLE_SCHEMA = '${inst.db.name}'`).map(([name, n]) => [name, Number(n)]));

// What one(n) answers is asked of every try; the least of each table is what it has read.
async function reach(one, status = 200) {
	const least = new Map();
	for (let n = 0; n < TRIES; n++) {
		const from = reads();
		const answer = await one(n);
		assert.equal(answer.status, status, answer.text);
		const to = reads();
		for (const name of TABLES) {
			const read = (to.get(name) ?? 0) - (from.get(name) ?? 0);
			least.set(name, Math.min(least.get(name) ?? Infinity, read));
		}
	}
	for (const [name, read] of least) // an organisation's own may be read, those of others not
		assert.ok(read < MANY, `${read} rows of ${name}`);
	return least;
}

test('what is read is counted: a statement that reads all of a table is found', async () => {
	const all = () => {
		sql(inst, 'SELECT COUNT(last4) FROM token_issued');
		return { status: 200 };
	};
	await assert.rejects(reach(all), /rows of token_issued/);
});

test('a timeline, a search by number, name, lot and days', async () => {
	const [p] = await newPeople(hms, 1, { name_kana: `リーチ${'アイウエオカ'[Math.floor(Math.random() * 6)]}`, birth_date: '2026-02-11' });
	const given = await nmi.call('createVaccination', { body: dose({ subject_no: p.subject_no, lot_no: MARK, vaccinated_on: '2026-05-13' }) });
	assert.equal(given.status, 201, given.text);
	const seen = await reach(() => mus.call('getTimeline', { path: { subject_no: p.subject_no }, query: { purpose: '01' } }));
	assert.ok(seen.get('record_vaccination') > 0 && seen.get('core_session') > 0, 'the statements were counted');
	for (const body of [{ subject_no: p.subject_no }, { muni_key: p.muni_key }, { name_kana: p.name_kana, birth_date: p.birth_date },
		{ lot_no: MARK }, { org_code: nmi.org_code, vaccinated_from: '2026-05-13', vaccinated_to: '2026-05-13' }])
		await reach(async () => {
			const answer = await mus.call('searchSubjects', { body: { purpose: '01', ...body } });
			assert.ok(answer.json.items?.some((i) => i.subject_no === p.subject_no), answer.text);
			return answer;
		});
});

test('a vaccination, and what the municipality pulls of it', async () => {
	const people = await newPeople(hms, TRIES);
	await reach((n) => nmi.call('createVaccination', { body: dose({ subject_no: people[n].subject_no, lot_no: `${MARK}-1` }) }), 201);
	const since = Number(value(inst, `SELECT MAX(last_seq) - 2 FROM record_muni_seq JOIN core_org USING (org_id) WHERE org_code = '${hms.org_code}'`));
	await reach(() => hms.call('pullVaccinations', { query: { since, limit: 2 } }));
});

test('the menu: what there is to do, stopped lots, the session itself', async () => {
	await reach(() => mus.call('getRecordTasks'));
	await reach(() => clinic.call('getRecordTasks'));
	await reach(() => mus.call('listRecallLots'));
	await reach(() => mus.call('getSession'));
	await reach(() => mus.call('confirmVaccinations', { body: { record_ids: [randomUUID()] } }));
});

test('a login, a token that no worker has seen, and what one says of a token', async () => {
	await reach(() => staff(inst, { org_code: hms.org_code, role: 'MU-S' }).then((c) => {
		c.close();
		return { status: 200 };
	}));
	const issued = [];
	try {
		for (let n = 0; n < TRIES; n++) {
			const answer = await admin.call('issueAccessToken', { body: { name: `${MARK} ${n}`, scopes: ['record:read'] } });
			assert.equal(answer.status, 201, answer.text);
			issued.push(answer.json);
		}
		const seen = await reach((n) => anonymous.call('pullVaccinations', { query: { since: 0, limit: 1 },
			headers: { authorization: `Bearer ${issued[n].token}` } }));
		assert.ok(seen.get('token_issued') > 0, 'it was looked for');
		const who = inst.clients.find((c) => c.org_type === 'MUNI') ?? inst.clients[0];
		await reach((n) => anonymous.call('introspectToken', { form: { token: issued[n].token,
			client_assertion_type: BEARER, client_assertion: assertion(who, inst.base) } }));
	} finally {
		for (const { issued: { token_id } } of issued)
			await admin.call('revokeAccessToken', { path: { token_id }, body: { reason: '試験のため' } });
	}
});
