// record: what becomes of a number of the outbox (vaccination brief 13 H-3-1 steps 4 to 7).
// Runs against a live instance; every test makes the persons it needs.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';

import { sql, value } from '../support/database.mjs';
import { dayFromToday, instance, machine, staff } from '../support/yobo.mjs';
import { dose, newPeople, newPerson, refused, resend, runTimer } from './people.mjs';

const inst = instance();
let hms, hms2, nmi, mus, mua, muv, clinic, mus2;

before(async () => {
	hms = machine(inst, { org_type: 'MUNI' }, 'subject:write');
	const other = inst.tokens.find((t) => t.org_type === 'MUNI' && t.org_code !== hms.org_code);
	hms2 = machine(inst, { org_code: other.org_code }, 'subject:write');
	nmi = machine(inst, { org_type: 'NMI' }, 'record:write');
	mus = await staff(inst, { org_code: hms.org_code, role: 'MU-S' });
	mua = await staff(inst, { org_code: hms.org_code, role: 'MU-A' });
	muv = await staff(inst, { org_code: hms.org_code, role: 'MU-V' });
	mus2 = await staff(inst, { org_code: other.org_code, role: 'MU-S' });
	clinic = await staff(inst, { org_code: nmi.org_code, role: 'NM-A' });
});
after(() => [hms, hms2, nmi, mus, mua, muv, mus2, clinic].forEach((c) => c?.close()));

async function vaccinate(p, change) {
	const answer = await nmi.call('createVaccination', { body: dose({ subject_no: p.subject_no, ...change }) });
	assert.equal(answer.status, 201, answer.text);
	return answer.json;
}
const ack = async (caller, ...acks) => {
	const answer = await caller.call('ackVaccinations', { body: { acks } });
	assert.equal(answer.status, 200, answer.text);
	return answer.json.results;
};
const ok = (seq) => ({ seq, result: 'ok' });
const ng = (seq, error = 'E-VAL-011') => ({ seq, result: 'ng', error });
const stateOf = (seq) => value(inst, `SELECT o.state FROM record_outbox o JOIN core_org c USING (org_id)
	WHERE c.org_code = '${hms.org_code}' AND o.seq = ${seq}`);
const record = async (caller, record_id) => (await caller.call('getVaccination', { path: { record_id } })).json.record;
const resolve = (caller, seq, body) => caller.call('resolveLinkError', { path: { seq }, body: { comment: '確認済み', ...body } });

async function errors(caller, seq) {
	const { status, json, text } = await caller.call('listLinkErrors', { query: { since: seq - 1 } });
	assert.equal(status, 200, text);
	return json.errors.filter((e) => e.seq === seq);
}

test('acks out of order, unknown and twice change nothing more', async () => {
	const people = await newPeople(hms, 3);
	const seqs = [];
	for (const p of people)
		seqs.push((await vaccinate(p)).seq);
	assert.deepEqual(await ack(hms, ok(seqs[2]), ok(seqs[0])), [ok(seqs[2]), ok(seqs[0])]);
	assert.equal(stateOf(seqs[1]), 'READY');
	assert.deepEqual(await ack(hms, ok(seqs[1]), ok(seqs[1]), { seq: 9_000_000_000, result: 'ok' }),
		[ok(seqs[1]), ok(seqs[1]), { seq: 9_000_000_000, result: 'unknown' }]);
	assert.deepEqual(await ack(hms, ng(seqs[1])), [ok(seqs[1])]);
	assert.deepEqual(seqs.map(stateOf), ['ACKED', 'ACKED', 'ACKED']);
});

test('ok and ng of one number in one batch is an error of that number alone', async () => {
	const [a, b] = await newPeople(hms, 2);
	const [x, y] = [(await vaccinate(a)).seq, (await vaccinate(b)).seq];
	assert.deepEqual(await ack(hms, ok(x), ng(x), ok(y)),
		[{ seq: x, result: 'error' }, { seq: x, result: 'error' }, ok(y)]);
	assert.deepEqual([stateOf(x), stateOf(y)], ['READY', 'ACKED']);
});

test('a refused number is listed for its municipality until it is resolved', async () => {
	const p = await newPerson(hms);
	const { seq, record_id } = await vaccinate(p);
	await ack(hms, ng(seq, '宛名番号が見つかりません'));
	const [e] = await errors(mus, seq);
	assert.deepEqual([e.error, e.subject_no, e.muni_key, e.record_id, e.vaccine_code, e.banner],
		['宛名番号が見つかりません', p.subject_no, p.muni_key, record_id, 'DPTIPVHIB', false]);
	assert.deepEqual(await errors(mus2, seq), []);
	refused(await muv.call('listLinkErrors'), 403, 'E-AUTH-004');
	refused(await resolve(mus2, seq, { resolution: 'accept' }), 404, 'E-AUTH-005');
	refused(await resolve(mus, 'x', { resolution: 'accept' }), 404, 'E-AUTH-005');
	refused(await mus.call('resolveLinkError', { path: { seq }, body: { resolution: 'accept' } }), 422, 'E-VAL-001', '/comment');
	refused(await resolve(mus, seq, { resolution: 'forget' }), 422, 'E-VAL-011', '/resolution');
	const done = await resolve(mus, seq, { resolution: 'accept' });
	assert.deepEqual([done.status, done.json.state], [200, 'RESOLVED'], done.text);
	assert.deepEqual(await errors(mus, seq), []);
	refused(await resolve(mus, seq, { resolution: 'accept' }), 409, 'E-REC-010');
	assert.deepEqual(await ack(hms, ng(seq)), [ng(seq)].map(({ error, ...x }) => x));
	assert.equal(stateOf(seq), 'RESOLVED', 'a late ng opens nothing again');
	await ack(hms, ok(seq));
	assert.equal((await record(mus, record_id)).status, 'LINKED');
});

test('the error of a restricted person is for people who may open them', async () => {
	const p = await newPerson(hms, { not_disclosed: true });
	const { seq } = await vaccinate(p);
	await ack(hms, ng(seq));
	assert.deepEqual(await errors(mus, seq), []);
	assert.equal((await errors(mua, seq))[0].banner, true);
	refused(await resolve(mus, seq, { resolution: 'accept' }), 404, 'E-AUTH-005');
	assert.equal((await resolve(mua, seq, { resolution: 'accept' })).status, 200);
});

test('a record goes to another person of the municipality: the old one ends, a new one begins', async () => {
	const [wrong, right] = await newPeople(hms, 2);
	const stranger = await newPerson(hms2);
	const { seq, record_id } = await vaccinate(wrong);
	await ack(hms, ng(seq));
	refused(await resolve(mus, seq, { resolution: 'relink' }), 422, 'E-VAL-001', '/subject_no');
	refused(await resolve(mus, seq, { resolution: 'relink', subject_no: stranger.subject_no }), 404, 'E-AUTH-005');
	refused(await resolve(mus, seq, { resolution: 'relink', subject_no: wrong.subject_no }), 422, 'E-VAL-013', '/subject_no');
	const done = await resolve(mus, seq, { resolution: 'relink', subject_no: right.subject_no });
	assert.equal(done.status, 200, done.text);
	const old = await record(mus, record_id);
	const fresh = await record(mus, done.json.record_id);
	assert.deepEqual([old.status, old.reason_code, old.source], ['CANCELLED', 'RELINK', 'API']);
	assert.deepEqual([fresh.status, fresh.lot_no, fresh.dose_label, fresh.source],
		['REGISTERED', old.lot_no, old.dose_label, 'API']);
	const { json } = await hms.call('pullVaccinations', { query: { since: seq } });
	assert.deepEqual(json.records.filter((x) => [record_id, fresh.record_id].includes(x.record_id))
		.map((x) => [x.change_kind, x.muni_key]), [['3', wrong.muni_key], ['1', right.muni_key]]);
	const own = await nmi.call('correctVaccination', { body: { record_id: fresh.record_id, lot_no: 'Z9', reason_code: '1' },
		headers: { 'if-match': '"1"' } });
	assert.equal(own.status, 200, 'the institution still corrects its own record');
});

test('a record cannot go where the dose is taken', async () => {
	const [wrong, right] = await newPeople(hms, 2);
	await vaccinate(right);
	const { seq, record_id } = await vaccinate(wrong);
	await ack(hms, ng(seq));
	refused(await resolve(mus, seq, { resolution: 'relink', subject_no: right.subject_no }), 409, 'E-REC-001');
	assert.equal((await record(mus, record_id)).status, 'REGISTERED', 'nothing of it was kept');
	assert.equal(stateOf(seq), 'NACKED');
});

test('the institution is asked', async () => {
	const { seq, record_id } = await vaccinate(await newPerson(hms));
	await ack(hms, ng(seq));
	const done = await resolve(mus, seq, { resolution: 'asked', comment: 'ロット番号を確認してください' });
	assert.equal(done.status, 200, done.text);
	const { json } = await clinic.call('listCorrectionRequests', { query: { state: 'ASKED' } });
	const [q] = json.requests.filter((x) => x.request_id === done.json.request_id);
	assert.deepEqual([q.record_id, q.comment], [record_id, 'ロット番号を確認してください']);
});

test('sending again gives new numbers, keeps the kind of change and settles the old ones', async () => {
	const p = await newPerson(hms);
	const first = await vaccinate(p);
	await nmi.call('correctVaccination', { body: { record_id: first.record_id, lot_no: 'B2', reason_code: '1' },
		headers: { 'if-match': '"1"' } });
	const last = first.seq + 1;
	await ack(hms, ok(first.seq), ng(last));
	const again = await mus.call('resendVaccinations', { body: { from_seq: first.seq, to_seq: last } });
	assert.equal(again.status, 200, again.text);
	assert.equal(again.json.count, 2);
	const { json } = await hms.call('pullVaccinations', { query: { since: again.json.first_seq - 1, limit: 2 } });
	assert.deepEqual(json.records.map((x) => [x.seq, x.change_kind, x.version, x.record_id]),
		[[again.json.first_seq, '1', 1, first.record_id], [again.json.last_seq, '2', 2, first.record_id]]);
	assert.deepEqual([stateOf(first.seq), stateOf(last)], ['ACKED', 'RESOLVED']);
	const third = await hms.call('resendVaccinations', { body: { from_seq: first.seq, to_seq: again.json.last_seq } });
	assert.equal(third.json.count, 2, 'what was sent again is not sent twice');
	assert.ok(third.json.first_seq > again.json.last_seq);
	const next = await vaccinate(await newPerson(hms));
	assert.equal(next.seq, third.json.last_seq + 1);
});

test('sending again by days, and what is no range', async () => {
	const { seq } = await vaccinate(await newPerson(hms));
	const resend = (caller, body) => caller.call('resendVaccinations', { body });
	refused(await resend(mus, {}), 422, 'E-VAL-001', '/from_seq');
	refused(await resend(mus, { from_seq: 1 }), 422, 'E-VAL-001', '/to_seq');
	refused(await resend(mus, { from_seq: 2, to_seq: 1 }), 422, 'E-VAL-006', '/to_seq');
	refused(await resend(mus, { from_seq: 1, to_seq: 2, registered_from: '2026-01-01' }), 422, 'E-VAL-013', '/from_seq');
	refused(await resend(mus, { registered_from: '2026-01-02', registered_to: '2026-01-01' }), 422, 'E-VAL-003', '/registered_to');
	refused(await resend(muv, { from_seq: 1, to_seq: 1 }), 403, 'E-AUTH-004');
	assert.equal((await resend(mus, { registered_from: '2020-01-01', registered_to: '2020-01-31' })).json.count, 0);
	const today = await resend(mus, { registered_from: dayFromToday(0), registered_to: dayFromToday(0) });
	assert.equal(today.status, 200, today.text);
	assert.ok(today.json.count > 0 && today.json.last_seq >= seq);
});

test('numbers stay in order when records are written while others are sent again', async () => {
	const people = await newPeople(hms, 12);
	const start = (await vaccinate(people[0])).seq;
	const all = await Promise.all([...people.slice(1).map((p) => vaccinate(p)),
		...Array.from({ length: 4 }, () => mus.call('resendVaccinations', { body: { from_seq: start, to_seq: start } }))]);
	const seqs = all.map((x) => x.seq ?? x.json.first_seq);
	assert.equal(new Set(seqs).size, seqs.length);
	assert.deepEqual([...seqs].sort((a, b) => a - b), Array.from({ length: 15 }, (_, i) => start + 1 + i));
});

test('the state of the link counts what waits', async () => {
	const before = (await mus.call('getLinkStatus')).json;
	const { seq } = await vaccinate(await newPerson(hms));
	const ready = (await mus.call('getLinkStatus')).json;
	assert.equal(ready.ready, before.ready + 1);
	await ack(hms, ng(seq));
	const nacked = (await muv.call('getLinkStatus')).json;
	assert.deepEqual([nacked.ready, nacked.nacked], [before.ready, before.nacked + 1]);
	assert.equal(typeof nacked.late, 'boolean');
});

// ---- who has left (P-10) ----

const LEFT = { resident_state: '消除', elim_date: '2026-05-01', elim_reason: '1' };
async function correct(version, record_id, change) {
	const answer = await nmi.call('correctVaccination', { body: { record_id, reason_code: '01', ...change }, headers: { 'if-match': `"${version}"` } });
	assert.equal(answer.status, 200, answer.text);
	return answer.json;
}
async function pulled({ seq, record_id }) {
	const { status, json, text } = await hms.call('pullVaccinations', { query: { since: seq - 1 } });
	assert.equal(status, 200, text);
	assert.ok(json.next_seq >= seq, 'a number that is kept is passed');
	return json.records.filter((x) => x.record_id === record_id).map((x) => [x.seq, x.change_kind, x.version]);
}

test('P-10: a record that began after a restricted person left is not delivered, nor what becomes of it', async () => {
	for (const flags of [{ not_disclosed: true }, { self_info_blocked: true }]) {
		const p = await newPerson(hms);
		await resend(hms, p, { ...LEFT, ...flags });
		const late = await vaccinate(p, { vaccinated_on: '2026-05-20' });
		const { record_id } = late;
		assert.deepEqual(await pulled(late), []);
		assert.deepEqual(await ack(hms, ng(late.seq)), [{ seq: late.seq, result: 'unknown' }]);
		assert.deepEqual(await ack(hms, ok(late.seq)), [{ seq: late.seq, result: 'unknown' }], 'who acknowledges it has not got it');
		await correct(1, record_id, { lot_no: 'B2' });
		runTimer(inst, 'record.link-alerts');
		assert.equal(stateOf(late.seq), 'SENT', 'passed with what was fetched beside it');
		// Nobody waits for its acknowledgement, however long.
		sql(inst, `UPDATE record_outbox SET created_us = 1 WHERE record_id = UNHEX('${record_id.replaceAll('-', '')}')`);
		assert.notEqual((await mus.call('getLinkStatus')).json.oldest_at?.slice(0, 4), '1970');
		const end = await correct(2, record_id, { cancel: true });
		assert.deepEqual(await pulled(late), []);
		assert.deepEqual(await ack(hms, ok(late.seq), ok(end.seq)), [{ seq: late.seq, result: 'unknown' }, { seq: end.seq, result: 'unknown' }]);
	}
});

test('what the system of a former municipality holds, it learns the end of', async () => {
	const [before, taken, plain] = await newPeople(hms, 3);
	// Of a day before; not even fetched when it changes.
	const first = await vaccinate(before);
	await resend(hms, before, { ...LEFT, not_disclosed: true });
	const moved = await correct(1, first.record_id, { vaccinated_on: '2026-05-21' });
	const gone = await correct(2, first.record_id, { cancel: true });
	assert.deepEqual(await pulled(first), [[first.seq, '1', 1], [moved.seq, '2', 2], [gone.seq, '3', 3]]);
	// Taken over before anybody knew of the move.
	const second = await vaccinate(taken, { vaccinated_on: '2026-05-20' });
	await ack(hms, ok(second.seq));
	await resend(hms, taken, { ...LEFT, not_disclosed: true });
	const end = await correct(1, second.record_id, { cancel: true });
	assert.deepEqual(await pulled(second), [[end.seq, '3', 2]]);
	assert.deepEqual(await ack(hms, ok(end.seq)), [ok(end.seq)]);
	// Who is not protected.
	await resend(hms, plain, LEFT);
	const third = await vaccinate(plain, { vaccinated_on: '2026-05-20' });
	const last = await correct(1, third.record_id, { lot_no: 'B2' });
	assert.deepEqual(await pulled(third), [[third.seq, '1', 1], [last.seq, '2', 2]]);
});

test('P-10: the error of a restricted person who has left is for nobody, and is not counted', async () => {
	const p = await newPerson(hms);
	const { seq } = await vaccinate(p);
	await ack(hms, ng(seq));
	await resend(hms, p, { not_disclosed: true });
	const counts = async (caller) => [(await caller.call('getLinkStatus')).json.nacked, (await caller.call('getRecordTasks')).json.link_errors];
	const before = await counts(mua);
	assert.equal((await errors(mua, seq)).length, 1);
	await resend(hms, p, { ...LEFT, not_disclosed: true });
	for (const caller of [mus, mua])
		assert.deepEqual(await errors(caller, seq), []);
	assert.deepEqual(await counts(mua), before.map((n) => n - 1));
	await resend(hms, p, LEFT);
	assert.equal((await errors(mus, seq)).length, 1, 'who is not protected is left to be resolved');
});

// ---- confirmVaccinations ----

const confirm = async (caller, ...record_ids) => {
	const answer = await caller.call('confirmVaccinations', { body: { record_ids } });
	assert.equal(answer.status, 200, answer.text);
	return answer.json.results.map((x) => x.result);
};

test('what is linked is confirmed, and then changes by a correction with a reason only', async () => {
	const { seq, record_id } = await vaccinate(await newPerson(hms));
	assert.deepEqual(await confirm(mus, record_id), ['not_linked']);
	await ack(hms, ok(seq));
	assert.deepEqual(await confirm(mus2, record_id), ['unknown']);
	assert.deepEqual(await confirm(mus, record_id, record_id, 'nonsense'), ['confirmed', 'already', 'unknown']);
	assert.equal((await record(mus, record_id)).status, 'CONFIRMED');
	const correct = (body) => nmi.call('correctVaccination', { body: { record_id, lot_no: 'B2', ...body }, headers: { 'if-match': '"1"' } });
	refused(await correct({}), 409, 'E-REC-004');
	const done = await correct({ reason_text: '転記誤り' });
	assert.deepEqual([done.status, done.json.status], [200, 'REGISTERED'], 'a new version is linked and confirmed anew');
	refused(await muv.call('confirmVaccinations', { body: { record_ids: [record_id] } }), 403, 'E-AUTH-004');
	refused(await clinic.call('confirmVaccinations', { body: { record_ids: [record_id] } }), 403, 'E-AUTH-004');
	refused(await mus.call('confirmVaccinations', { body: { record_ids: [] } }), 422, 'E-VAL-006', '/record_ids');
	refused(await mus.call('confirmVaccinations', { body: { record_ids: Array(501).fill(record_id) } }), 422, 'E-VAL-006', '/record_ids');
});

test('a confirmed record that is cancelled is not confirmed again', async () => {
	const { seq, record_id } = await vaccinate(await newPerson(hms));
	await ack(hms, ok(seq));
	await confirm(mua, record_id);
	await nmi.call('correctVaccination', { body: { record_id, cancel: true, reason_code: '1' }, headers: { 'if-match': '"1"' } });
	assert.deepEqual(await confirm(mua, record_id), ['cancelled']);
});

test('confirming is written to the log, a row for each person', async () => {
	const [a, b] = await newPeople(hms, 2);
	const ids = [];
	for (const p of [a, b]) {
		const { seq, record_id } = await vaccinate(p);
		await ack(hms, ok(seq));
		ids.push(record_id);
	}
	await confirm(mus, ...ids);
	const rows = sql(inst, `SELECT DISTINCT subject_no FROM audit_event WHERE operation = 'confirmVaccinations'
		AND subject_no IN ('${a.subject_no}', '${b.subject_no}')`);
	assert.equal(rows.length, 2);
});

// As a municipality would reckon it from api.md, by itself.
const HASHED = ['change_kind', 'muni_key', 'subject_no', 'record_id', 'version', 'mgmt_no', 'muni_code', 'source', 'legal_class', 'vaccine_code',
	'hot13', 'yj', 'gtin', 'lot_no', 'expiry_date', 'phase', 'dose_seq', 'dose_label', 'vaccinated_on', 'vaccinated_at', 'dose_ml', 'route', 'site',
	'exec_class', 'not_done_reason', 'place_class', 'org_code', 'venue', 'doctor_name', 'screening_doctor', 'qre_id', 'due_date', 'confirm_reason',
	'reason_code', 'reason_text', 'registered_at'];
const hashOf = (entry) => createHash('sha256').update(HASHED.map((name) => `${entry[name] ?? ''}\x1f`).join('')).digest('hex');

test('H-3-1: an entry has a hash of its own, which anybody can reckon, and the answer says its schema', async () => {
	const [a, b, c] = await newPeople(hms, 3);
	const first = await vaccinate(a, { dose_ml: 0.25, vaccinated_at: '09:30', venue: '保健"センター"\\', confirm_reason: '𠮷' });
	await vaccinate(b, { dose_ml: 1 });
	await vaccinate(c, { exec_class: '2', lot_no: null, dose_ml: null, route: null, site: null, dose_seq: null, not_done_reason: '発熱' });
	const answer = await hms.call('pullVaccinations', { query: { since: first.seq - 1 } });
	assert.equal(answer.headers['x-yobo-schema'], 'record/2');
	const { records } = answer.json;
	assert.equal(records.length, 3);
	for (const entry of records) {
		assert.deepEqual(Object.keys(entry).filter((k) => !HASHED.includes(k)).toSorted(), ['hash', 'questionnaire', 'seq', 'status']
			.filter((k) => k in entry), 'nothing else is in it');
		assert.equal(entry.hash, hashOf(entry));
		assert.equal(entry.questionnaire ?? null, null);
	}
	assert.equal(new Set(records.map((e) => e.hash)).size, 3);
	await ack(hms, ok(first.seq));
	const again = await mus.call('resendVaccinations', { body: { from_seq: first.seq, to_seq: first.seq } });
	assert.equal(again.status, 200, again.text);
	const { json } = await hms.call('pullVaccinations', { query: { since: again.json.first_seq - 1, limit: 1 } });
	assert.deepEqual([json.records[0].status, json.records[0].hash], ['LINKED', records[0].hash], 'the same version, the same hash');
});
