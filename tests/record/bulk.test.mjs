// record: inquiries by list (vaccination brief P-06), the file route of the link, doses that are
// due. Runs against a live instance; every test makes the persons it needs.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';

import { sql, value } from '../support/database.mjs';
import { instance, machine, staff } from '../support/yobo.mjs';
import { dose, exported, lines, newPeople, newPerson, refused, resend, runTimer, stepUp } from './people.mjs';

const inst = instance();
let hms, hms2, nmi, mus, mua, muv, mua2;

before(async () => {
	hms = machine(inst, { org_type: 'MUNI' }, 'subject:write');
	const other = inst.tokens.find((t) => t.org_type === 'MUNI' && t.org_code !== hms.org_code);
	hms2 = machine(inst, { org_code: other.org_code }, 'subject:write');
	nmi = machine(inst, { org_type: 'NMI' }, 'record:write');
	mus = await staff(inst, { org_code: hms.org_code, role: 'MU-S' });
	mua = await staff(inst, { org_code: hms.org_code, role: 'MU-A' });
	muv = await staff(inst, { org_code: hms.org_code, role: 'MU-V' });
	mua2 = await staff(inst, { org_code: other.org_code, role: 'MU-A' });
});
after(() => [hms, hms2, nmi, mus, mua, muv, mua2].forEach((c) => c?.close()));

async function vaccinate(p, change) {
	const answer = await nmi.call('createVaccination', { body: dose({ subject_no: p.subject_no, ...change }) });
	assert.equal(answer.status, 201, answer.text);
	return answer.json;
}

// ---- inquiries by list ----

const ask = (caller, body) => caller.call('requestBulkInquiry', { body: { purpose: '04', reason: '救済の調査', ...body } });
const decide = (caller, bulk_id, decision, comment) => caller.call('decideBulkInquiry', { path: { bulk_id }, body: { decision, comment } });

test('P-06: two persons, then a file with every person in the log', async () => {
	const [a, b] = await newPeople(hms, 2);
	const hidden = await newPerson(hms, { not_disclosed: true });
	const stranger = await newPerson(hms2);
	await vaccinate(a);
	const asked = await ask(mus, { subject_nos: [a.subject_no, stranger.subject_no, hidden.subject_no], muni_keys: [b.muni_key] });
	assert.deepEqual([asked.status, asked.json.state, asked.json.n], [201, 'ASKED', 4], asked.text);
	const { bulk_id } = asked.json;
	await stepUp(mus);
	assert.equal((await exported(mus, 'record.bulk-inquiry', { bulk_id })).text, null, 'not before the second word');
	refused(await decide(mus, bulk_id, 'approve'), 409, 'E-REC-009');
	refused(await decide(mua2, bulk_id, 'approve'), 404, 'E-AUTH-005');
	assert.equal((await decide(mua, bulk_id, 'approve')).json.state, 'APPROVED');
	refused(await decide(mua, bulk_id, 'reject', '不要'), 409, 'E-REC-010');
	await stepUp(mua);
	assert.equal((await exported(mua, 'record.bulk-inquiry', { bulk_id })).text, null, 'for who asked only');
	const { text, job } = await exported(mus, 'record.bulk-inquiry', { bulk_id });
	assert.ok(text, JSON.stringify(job));
	const [head, ...rows] = lines(text);
	assert.equal(head[0], '照会した番号');
	const by = (number) => rows.filter((row) => row[0] === number);
	assert.deepEqual(by(a.subject_no).map((row) => [row[1], row[8], row[12]]), [['該当あり', 'DPTIPVHIB', 'A1234']]);
	assert.deepEqual(by(b.muni_key).map((row) => [row[1], row[2], row[8]]), [['該当あり', b.subject_no, '']]);
	for (const p of [stranger, hidden])
		assert.deepEqual(by(p.subject_no).map((row) => [row[1], row[4]]), [['該当なし', '']]);
	const seen = sql(inst, `SELECT DISTINCT subject_no FROM audit_event WHERE actor = '${mus.login.user_id}' AND operation = 'jobExport'
		AND subject_no IN ('${[a, b, hidden, stranger].map((p) => p.subject_no).join("', '")}')`).flat();
	assert.deepEqual(seen.sort(), [a.subject_no, b.subject_no].sort());
});

test('what is no inquiry by list', async () => {
	refused(await ask(mus, {}), 422, 'E-VAL-001', '/subject_nos');
	refused(await ask(mus, { purpose: '77', subject_nos: ['1'] }), 422, 'E-VAL-011', '/purpose');
	refused(await ask(mus, { reason: undefined, subject_nos: ['1'] }), 422, 'E-VAL-001', '/reason');
	refused(await ask(mus, { subject_nos: Array(1001).fill('1') }), 422, 'E-VAL-006', '/subject_nos');
	refused(await ask(mus, { subject_nos: ['1\n2'] }), 422, 'E-VAL-002');
	refused(await ask(mus, { my_numbers: ['123456789018'] }), 422, 'E-VAL-005');
	refused(await ask(muv, { subject_nos: ['1'] }), 403, 'E-AUTH-004');
	refused(await decide(mua, randomUUID(), 'approve'), 404, 'E-AUTH-005');
	const { bulk_id } = (await ask(mus, { subject_nos: ['10000000000000'] })).json;
	refused(await decide(mua, bulk_id, 'reject'), 422, 'E-VAL-001', '/comment');
	assert.equal((await decide(mua, bulk_id, 'reject', '目的が不明')).json.state, 'REJECTED');
	const row = (await mus.call('listBulkInquiries')).json.inquiries.find((x) => x.bulk_id === bulk_id);
	assert.deepEqual([row.state, row.comment, row.asked_by], ['REJECTED', '目的が不明', mus.login.user_id]);
	assert.equal(value(inst, `SELECT sealed IS NULL FROM record_bulk WHERE bulk_id = UNHEX('${bulk_id.replaceAll('-', '')}')`), '1');
	assert.deepEqual((await mua2.call('listBulkInquiries')).json.inquiries.filter((x) => x.bulk_id === bulk_id), []);
});

test('P-04: who may only look takes no file away', async () => {
	for (const kind of ['record.bulk-inquiry', 'record.due-list', 'record.link-file'])
		assert.equal((await muv.call('startJob', { body: { kind, params: {} } })).status, 403, kind);
});

// ---- the file route ----

test('records leave as a file, quoted, and become SENT', async () => {
	const p = await newPerson(hms, { name: '見本　花子' });
	const { seq, record_id } = await vaccinate(p, { doctor_name: '=1+1' });
	await stepUp(mua);
	const { text, job } = await exported(mua, 'record.link-file', { since: seq - 1 });
	assert.ok(text, JSON.stringify(job));
	const [head, row] = lines(text);
	assert.deepEqual(head.slice(0, 4), ['連携番号', '変更区分', '宛名番号', '予防接種対象者番号']);
	assert.deepEqual(row.slice(0, 5), [String(seq), '1', p.muni_key, p.subject_no, record_id]);
	assert.equal(row[head.indexOf('医師名')], "'=1+1", 'a formula is defused');
	assert.ok(text.includes('\r\n') && !/[^\r]\n/.test(text));
	assert.equal(value(inst, `SELECT state FROM record_outbox o JOIN core_org c USING (org_id)
		WHERE c.org_code = '${hms.org_code}' AND seq = ${seq}`), 'SENT');
	const ack = await hms.call('ackVaccinations', { body: { acks: [{ seq, result: 'ok' }] } });
	assert.equal(ack.json.results[0].result, 'ok');
});

// ---- doses that are due ----

async function due(caller, query) {
	const out = [];
	for (let since = 0; since !== null;) {
		const { json, status, text } = await caller.call('listDue', { query: { purpose: '03', since, ...query } });
		assert.equal(status, 200, text);
		out.push(...json.due);
		since = json.next;
	}
	return out;
}

test('the list of due doses is reckoned for residents, by vaccine and time', async () => {
	const [a, gone, dead] = await newPeople(hms, 3);
	const hidden = await newPerson(hms, { self_info_blocked: true });
	await vaccinate(a);
	await resend(hms, dead, { death_date: '2026-05-01' });
	runTimer(inst, 'record.due-list');
	await resend(hms, gone, { resident_state: '消除', elim_date: '2026-05-01', elim_reason: '1' });
	const list = await due(mus, { vaccine_code: 'DPTIPVHIB' });
	const of = (p, rows) => rows.filter((d) => d.subject_no === p.subject_no);
	assert.deepEqual(of(a, list).map((d) => [d.dose_seq, d.muni_key, d.vaccine_name !== null]), [[2, a.muni_key, true]]);
	for (const p of [gone, dead, hidden])
		assert.deepEqual(of(p, list), []);
	const [open] = of(hidden, await due(mua, { vaccine_code: 'DPTIPVHIB' }));
	assert.equal(open.banner, true);
	assert.deepEqual(of(a, await due(mus, { vaccine_code: 'DPTIPVHIB', to: '2026-03-01' })), []);
	assert.deepEqual(of(a, await due(mua2, {})), []);
	refused(await mus.call('listDue'), 422, 'E-REC-007');
	refused(await muv.call('listDue', { query: { purpose: '03' } }), 403, 'E-AUTH-004');
	runTimer(inst, 'record.due-list');
	assert.equal(of(a, await due(mus, { vaccine_code: 'DPTIPVHIB' })).length, 1, 'reckoned anew, not added');
});

// Of a dose few are waiting for: a longer file would wait for another person's word.
test('the due doses as a file', async () => {
	const p = await newPerson(hms, { birth_date: '2013-02-10' });
	runTimer(inst, 'record.due-list');
	await stepUp(mus);
	const none = await exported(mus, 'record.due-list', { vaccine_code: 'MR' });
	assert.equal(none.text, null, 'no purpose, no file');
	const { text, job } = await exported(mus, 'record.due-list', { vaccine_code: 'HPV9', purpose: '03' });
	assert.ok(text, JSON.stringify(job));
	assert.ok(lines(text).some((row) => row[0] === p.subject_no && row[5] === 'HPV9'));
});
