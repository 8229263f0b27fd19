// record: persons, vaccinations, outbox (vaccination brief 4.3, 4.4, 5.4, 13 H-3-1). Runs
// against a live instance; every test makes the persons it needs.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { instance, machine, staff } from '../support/yobo.mjs';
import { dose, newPeople, newPerson, person, refused, resend } from './people.mjs';

const inst = instance();
let hms; // the municipality's system
let hms2; // another municipality's
let nmi; // an institution
let mus; // municipal staff

before(async () => {
	hms = machine(inst, { org_type: 'MUNI' }, 'subject:write');
	const other = inst.tokens.find((t) => t.org_type === 'MUNI' && t.org_code !== hms.org_code);
	hms2 = machine(inst, { org_code: other.org_code }, 'subject:write');
	nmi = machine(inst, { org_type: 'NMI' }, 'record:write');
	mus = await staff(inst, { org_code: hms.org_code, role: 'MU-S' });
});
after(() => [hms, hms2, nmi, mus].forEach((c) => c?.close()));

const create = (body, headers) => nmi.call('createVaccination', { body, headers });
const correct = (body, version) => nmi.call('correctVaccination', { body,
	headers: version ? { 'if-match': `"${version}"` } : {} });

async function created(body) {
	const answer = await create(body);
	assert.equal(answer.status, 201, answer.text);
	return answer.json;
}

async function pullFrom(since, limit = 500) {
	const answer = await hms.call('pullVaccinations', { query: { since, limit } });
	assert.equal(answer.status, 200, answer.text);
	return answer.json;
}

// ---- putSubjects ----

test('a person is created, unchanged and updated, and keeps the number', async () => {
	const one = person(hms);
	const send = async (p) => (await hms.call('putSubjects', { body: { subjects: [p] } }))
		.json.results[0];
	const first = await send(one);
	assert.equal(first.result, 'created');
	assert.match(first.subject_no, /^[0-9]{14}$/);
	assert.deepEqual(await send(one), { ...first, result: 'unchanged' });
	assert.deepEqual(await send({ ...one, address: '別の住所' }), { ...first, result: 'updated' });
});

test('names are kept as received', async () => {
	const p = await newPerson(hms, { name: '𠮷田　葛󠄀子', name_kana: 'ﾖｼﾀﾞ　ｶﾂｺ' });
	const { json } = await mus.call('getTimeline', { path: { subject_no: p.subject_no }, query: { purpose: '01' } });
	assert.equal(json.subject.name, '𠮷田　葛󠄀子');
	assert.equal(json.subject.name_kana, 'ﾖｼﾀﾞ　ｶﾂｺ');
});

test('a bad row does not stop the others, and every fault is named', async () => {
	const good = person(hms);
	const rows = [
		[person(hms, { muni_code: hms2.org_code }), '/muni_code', 'E-VAL-011'],
		[person(hms, { muni_code: '131017' }), '/muni_code', 'E-VAL-010'],
		[person(hms, { muni_code: '13101' }), '/muni_code', 'E-VAL-010'],
		[person(hms, { muni_code: '011011' }), '/muni_code', 'E-VAL-011'],
		[person(hms, { birth_date: '2199-01-01' }), '/birth_date', 'E-VAL-003'],
		[person(hms, { sex: '7' }), '/sex', 'E-VAL-011'],
		[person(hms, { elim_date: '2026-03-01' }), '/elim_reason', 'E-VAL-001'],
		[person(hms, { not_disclosed: undefined }), '/not_disclosed', 'E-VAL-001'],
		[person(hms, { my_number: '123456789012' }), '/my_number', 'E-VAL-010'],
		[{ ...good }, '/muni_key', 'E-VAL-013'],
	];
	const answer = await hms.call('putSubjects', { body: { subjects: [good, ...rows.map((x) => x[0])] } });
	assert.equal(answer.status, 200, answer.text);
	assert.equal(answer.json.results[0].result, 'created');
	rows.forEach(([, field, code], i) => {
		const result = answer.json.results[i + 1];
		assert.equal(result.result, 'error');
		assert.equal(result.subject_no, null);
		assert.ok(result.errors.some((e) => e.field === field && e.code === code),
			JSON.stringify(result));
	});
});

test('a number of a person is taken and never comes back', async () => {
	const secret = '123456789018';
	const p = person(hms, { my_number: secret });
	const answers = [await hms.call('putSubjects', { body: { subjects: [p] } }),
		await hms.call('putSubjects', { body: { subjects: [p] } })];
	assert.deepEqual(answers.map((a) => a.json.results[0].result), ['created', 'unchanged']);
	const { subject_no } = answers[0].json.results[0];
	answers.push(await mus.call('getTimeline', { path: { subject_no }, query: { purpose: '01' } }));
	for (const a of answers)
		assert.ok(!a.text.includes(secret));
});

test('another number replaces the first', async () => {
	const p = person(hms, { my_number: '123456789018' });
	const results = [];
	for (const my_number of ['123456789018', '987654321093', '987654321093'])
		results.push((await hms.call('putSubjects', { body: { subjects: [{ ...p, my_number }] } })).json.results[0]);
	assert.deepEqual(results.map((r) => r.result), ['created', 'updated', 'unchanged'], JSON.stringify(results));
});

test('a deletion marks the person, once', async () => {
	const p = await newPerson(hms);
	const { subject_no, ...row } = p;
	const gone = async () => (await hms.call('putSubjects', { body: { subjects: [{ ...row, modification: '2' }] } }))
		.json.results[0];
	assert.deepEqual([(await gone()).result, (await gone()).result], ['updated', 'unchanged']);
	const { json } = await mus.call('getTimeline', { path: { subject_no }, query: { purpose: '01' } });
	assert.deepEqual([json.subject.resident_state, json.subject.elim_reason], ['消除', '3']);
	const nobody = await hms.call('putSubjects', { body: { subjects: [person(hms, { modification: '2' })] } });
	assert.equal(nobody.json.results[0].errors[0].code, 'E-VAL-011');
});

test('the same persons sent at once are registered once', async () => {
	const body = { subjects: Array.from({ length: 50 }, () => person(hms)) };
	const all = await Promise.all(Array.from({ length: 8 }, () => hms.call('putSubjects', { body })));
	for (const answer of all)
		assert.equal(answer.status, 200, answer.text);
	const numbers = new Set(all.flatMap((a) => a.json.results.map((r) => r.subject_no)));
	assert.equal(numbers.size, 50);
	assert.equal(all.flatMap((a) => a.json.results).filter((r) => r.result === 'created').length, 50);
});

test('a batch is at most 500 rows', async () => {
	const many = Array.from({ length: 501 }, () => person(hms));
	refused(await hms.call('putSubjects', { body: { subjects: many } }), 422, 'E-VAL-006', '/subjects');
	assert.equal((await newPeople(hms, 500)).length, 500);
});

// ---- createVaccination ----

test('a vaccination is registered with its dose named and evaluated', async () => {
	const p = await newPerson(hms);
	const answer = await create(dose({ subject_no: p.subject_no }));
	assert.equal(answer.status, 201, answer.text);
	assert.equal(answer.headers.etag, '"1"');
	assert.equal(answer.json.status, 'REGISTERED');
	assert.equal(answer.json.phase, '第1期');
	assert.equal(answer.json.dose_label, '1期初回1回目');
	assert.equal(answer.json.evaluation.valid, true);
	assert.match(answer.json.mgmt_no, /^[0-9]{1,20}$/);
});

test('the person may be named by municipality and key, in one way only', async () => {
	const p = await newPerson(hms);
	const byKey = dose({ muni_code: hms.org_code, muni_key: p.muni_key });
	refused(await create({ ...byKey, subject_no: p.subject_no }), 422, 'E-VAL-013', '/subject_no');
	refused(await create(dose({})), 422, 'E-VAL-001', '/subject_no');
	await created(byKey);
});

test('a short interval is a finding, not a refusal', async () => {
	const p = await newPerson(hms);
	await created(dose({ subject_no: p.subject_no }));
	const second = await created(dose({ subject_no: p.subject_no, dose_seq: 2, vaccinated_on: '2026-05-01' }));
	assert.equal(second.evaluation.valid, false);
	// Whether a lot is known (VR-16) hangs on the master of lots, which other tests fill.
	assert.deepEqual(second.evaluation.findings.filter((f) => f.rule !== 'VR-16').map((f) => [f.rule, f.severity, f.earliest]),
		[['VR-06', 'E', '2026-05-11']]);
});

test('the same day and the same dose are refused', async () => {
	const p = await newPerson(hms);
	const first = dose({ subject_no: p.subject_no });
	await created(first);
	refused(await create({ ...first, dose_seq: 2 }), 409, 'E-REC-001', '/vaccinated_on');
	refused(await create({ ...first, vaccinated_on: '2026-06-20' }), 409, 'E-REC-001', '/dose_seq');
});

test('of twenty at once one is registered', async () => {
	const p = await newPerson(hms);
	const all = await Promise.all(Array.from({ length: 20 }, () => create(dose({ subject_no: p.subject_no }))));
	assert.deepEqual(all.map((a) => a.status).sort(), [201, ...Array(19).fill(409)]);
});

test('impossible values are refused, all of them at once', async () => {
	const p = await newPerson(hms);
	const bad = await create(dose({ subject_no: p.subject_no, vaccine_code: 'NOSUCH', route: 'ZZ', site: 'XX',
		legal_class: '8', place_class: '8', vaccinated_on: '2199-01-01', lot_no: 'a 1', gtin: '14987123456780',
		org_code: 'N139990029' }));
	assert.equal(bad.status, 422, bad.text);
	const codes = Object.fromEntries(bad.json.errors.map((e) => [e.field, e.code]));
	for (const field of ['/vaccine_code', '/route', '/site', '/legal_class', '/place_class'])
		assert.equal(codes[field], 'E-VAL-011', field);
	assert.equal(codes['/vaccinated_on'], 'E-VAL-003');
	assert.equal(codes['/lot_no'], 'E-VAL-002');
	assert.equal(codes['/gtin'], 'E-VAL-010');
	assert.equal(codes['/org_code'], 'E-VAL-010');
});

test('VR-01, 16, 17, 21: day, lot, expiry and doctor', async () => {
	const p = await newPerson(hms);
	const one = dose({ subject_no: p.subject_no });
	refused(await create({ ...one, vaccinated_on: '2026-02-09' }), 422, 'E-VAL-003', '/vaccinated_on');
	refused(await create({ ...one, lot_no: 'a 1' }), 422, 'E-VAL-002', '/lot_no');
	refused(await create({ ...one, lot_no: undefined }), 422, 'E-VAL-001', '/lot_no');
	refused(await create({ ...one, expiry_date: '2026-04-19' }), 422, 'E-VAL-003', '/expiry_date');
	refused(await create({ ...one, doctor_name: '　' }), 422, 'E-VAL-001', '/doctor_name');
	refused(await create({ ...one, gtin: '14987123456780' }), 422, 'E-VAL-010', '/gtin');
	refused(await create({ ...one, bogus: 1 }), 422, 'E-VAL-005', '/bogus');
	await created({ ...one, expiry_date: '2026-04-20' });
});

test('VR-22: a visit without a dose has no lot, needs a reason and does not count', async () => {
	const p = await newPerson(hms);
	const visit = dose({ subject_no: p.subject_no, exec_class: '2', not_done_reason: '発熱',
		lot_no: undefined, dose_ml: undefined, route: undefined, vaccinated_on: '2026-04-13' });
	refused(await create({ ...visit, lot_no: 'A1' }), 422, 'E-VAL-013', '/lot_no');
	refused(await create({ ...visit, not_done_reason: undefined }), 422, 'E-VAL-001', '/not_done_reason');
	await created(visit);
	await created({ ...visit, vaccinated_on: '2026-04-20' }); // in the morning; the dose below in the afternoon
	refused(await create({ ...visit, vaccinated_on: '2026-04-20' }), 409, 'E-REC-001', '/vaccinated_on');
	const given = await created(dose({ subject_no: p.subject_no }));
	assert.equal(given.evaluation.valid, true);
});

test('an institution cannot write another one\'s code', async () => {
	const p = await newPerson(hms);
	const other = inst.logins.find((l) => l.org_type === 'HMI').org_code;
	refused(await create(dose({ subject_no: p.subject_no, org_code: other })), 422, 'E-VAL-011', '/org_code');
	await created(dose({ subject_no: p.subject_no, org_code: nmi.org_code }));
});

test('a municipality registers the history of its own residents only', async () => {
	const p = await newPerson(hms);
	const q = await newPerson(hms2);
	const other = inst.logins.find((l) => l.org_type === 'HMI').org_code;
	const own = await mus.call('createVaccination', { body: dose({ subject_no: p.subject_no, org_code: other }) });
	assert.equal(own.status, 201, own.text);
	const record = await mus.call('getVaccination', { path: { record_id: own.json.record_id } });
	assert.equal(record.json.record.source, '自治体代行');
	assert.equal(record.json.record.org_code, other);
	refused(await mus.call('createVaccination', { body: dose({ subject_no: q.subject_no }) }), 404, 'E-AUTH-005');
});

test('an unknown person and a wrong scope', async () => {
	refused(await create(dose({ subject_no: '10000000000000' })), 404, 'E-AUTH-005');
	refused(await hms.call('createVaccination', { body: dose({ subject_no: '1' }) }), 403, 'E-TKN-005');
});

test('the same Idempotency-Key gets the same answer', async () => {
	const p = await newPerson(hms);
	const headers = { 'idempotency-key': `t-${p.muni_key}` };
	const body = dose({ subject_no: p.subject_no });
	const first = await create(body, headers);
	const again = await create(body, headers);
	assert.equal(first.status, 201, first.text);
	assert.equal(again.text, first.text);
	assert.equal((await create({ ...body, lot_no: 'B2' }, headers)).status, 422);
});

// ---- correctVaccination, getVaccination ----

test('a correction is a new version, a cancellation the last', async () => {
	const p = await newPerson(hms);
	const { record_id } = await created(dose({ subject_no: p.subject_no }));
	const change = { record_id, lot_no: 'B2', reason_code: '01' };
	assert.equal((await correct(change)).status, 428);
	refused(await correct(change, 9), 412, 'E-ACC-005');
	refused(await correct({ ...change, reason_code: undefined }, 1), 422, 'E-VAL-001', '/reason_code');
	const second = await correct(change, 1);
	assert.equal(second.status, 200, second.text);
	assert.deepEqual([second.json.version, second.json.change_kind], [2, '2']);
	const third = await correct({ record_id, cancel: true, reason_code: '02' }, 2);
	assert.deepEqual([third.json.version, third.json.change_kind, third.json.status], [3, '3', 'CANCELLED']);
	refused(await correct(change, 3), 409, 'E-REC-004');
	const { json } = await nmi.call('getVaccination', { path: { record_id } });
	assert.deepEqual(json.versions.map((v) => [v.version, v.lot_no, v.status]),
		[[3, 'B2', 'CANCELLED'], [2, 'B2', 'CORRECTED'], [1, 'A1234', 'CORRECTED']]);
	await created(dose({ subject_no: p.subject_no })); // day and dose are free again
});

test('a correction can name a taken day no more than a registration', async () => {
	const p = await newPerson(hms);
	await created(dose({ subject_no: p.subject_no }));
	const second = await created(dose({ subject_no: p.subject_no, dose_seq: 2, vaccinated_on: '2026-05-20' }));
	const moved = { record_id: second.record_id, vaccinated_on: '2026-04-20', reason_code: '01' };
	refused(await correct(moved, 1), 409, 'E-REC-001', '/vaccinated_on');
	assert.equal((await correct({ ...moved, vaccinated_on: '2026-05-21' }, 1)).status, 200);
});

test('another institution neither sees nor corrects a record', async () => {
	const p = await newPerson(hms);
	const { record_id } = await created(dose({ subject_no: p.subject_no }));
	const clinic = await staff(inst, { org_type: 'HMI', role: 'MI-A' });
	refused(await clinic.call('getVaccination', { path: { record_id } }), 404, 'E-AUTH-005');
	refused(await clinic.call('correctVaccination', { body: { record_id, lot_no: 'B2', reason_code: '1' },
		headers: { 'if-match': '"1"' } }), 404, 'E-AUTH-005');
	clinic.close();
});

// ---- pullVaccinations, ackVaccinations ----

test('the municipality pulls what is new, in order and once', async () => {
	const p = await newPerson(hms);
	const first = await created(dose({ subject_no: p.subject_no }));
	await correct({ record_id: first.record_id, lot_no: 'B2', reason_code: '01' }, 1);
	const page = await pullFrom(first.seq - 1, 1);
	assert.equal(page.has_more, true);
	assert.equal(page.next_seq, first.seq);
	const [row] = page.records;
	assert.deepEqual([row.seq, row.change_kind, row.muni_key, row.subject_no, row.record_id, row.lot_no],
		[first.seq, '1', p.muni_key, p.subject_no, first.record_id, 'A1234']);
	const rest = (await pullFrom(page.next_seq)).records.filter((x) => x.record_id === first.record_id);
	assert.deepEqual(rest.map((x) => [x.change_kind, x.version, x.lot_no]), [['2', 2, 'B2']]);
	const foreign = await hms2.call('pullVaccinations', { query: { since: 0, limit: 500 } });
	assert.ok(foreign.json.records.every((x) => x.subject_no !== p.subject_no));
	refused(await hms.call('pullVaccinations', { query: { limit: 501 } }), 422, 'E-VAL-006');
});

test('a reader under load misses nothing', async () => {
	const people = await newPeople(hms, 40);
	const start = (await created(dose({ subject_no: people[0].subject_no }))).seq;
	const seen = new Set();
	let writing = true;
	const reader = (async () => {
		for (let since = start, last = false; !last;) {
			last = !writing; // once more after the last write
			const page = await pullFrom(since);
			page.records.forEach((x) => seen.add(x.record_id));
			since = page.next_seq;
		}
	})();
	const made = await Promise.all(people.slice(1).map((p) => created(dose({ subject_no: p.subject_no }))));
	writing = false;
	await reader;
	assert.ok(made.every((m) => seen.has(m.record_id)));
	assert.equal(new Set(made.map((m) => m.seq)).size, made.length);
});

test('acknowledging links a record, again and again', async () => {
	const p = await newPerson(hms);
	const { seq, record_id } = await created(dose({ subject_no: p.subject_no }));
	const ack = async (caller, acks) => (await caller.call('ackVaccinations', { body: { acks } })).json.results;
	assert.deepEqual(await ack(hms2, [{ seq: seq + 100000, result: 'ok' }]),
		[{ seq: seq + 100000, result: 'unknown' }]);
	assert.deepEqual(await ack(hms, [{ seq, result: 'ng', error: '該当者なし' }]), [{ seq, result: 'ng' }]);
	assert.deepEqual(await ack(hms, [{ seq, result: 'ok' }]), [{ seq, result: 'ok' }]);
	assert.deepEqual(await ack(hms, [{ seq, result: 'ok' }, { seq: 99999999, result: 'ok' }]),
		[{ seq, result: 'ok' }, { seq: 99999999, result: 'unknown' }]);
	const { json } = await mus.call('getVaccination', { path: { record_id } });
	assert.equal(json.record.status, 'LINKED');
});

// ---- checkVaccination ----

test('the check says no where the rules do, and what it cannot know', async () => {
	const p = await newPerson(hms);
	await created(dose({ subject_no: p.subject_no }));
	const check = async (day) => (await nmi.call('checkVaccination', { body: {
		subject_no: p.subject_no, vaccine_code: 'DPTIPVHIB', dose_seq: 2, vaccinated_on: day } })).json;
	const early = await check('2026-05-10');
	assert.equal(early.allowed, false);
	assert.deepEqual(early.findings.map((f) => f.rule), ['VR-06']);
	const good = await check('2026-05-11');
	assert.equal(good.allowed, true);
	assert.ok(good.unknown.includes('VR-20') && good.unknown.includes('VR-21'));
	assert.ok(good.next.some((n) => n.vaccine_code === 'DPTIPVHIB' && n.dose_seq === 2));
	refused(await nmi.call('checkVaccination', { body: { subject_no: p.subject_no, vaccine_code: 'NOSUCH' } }),
		422, 'E-VAL-011', '/vaccine_code');
});

test('VR-02: who is not registered there on that day needs a legal class with its reason', async () => {
	const p = await newPerson(hms, { birth_date: '2025-01-10' });
	await resend(hms, p, { resident_state: '消除', elim_date: '2026-05-01', elim_reason: '1' });
	const found = async (more) => {
		const answer = await nmi.call('checkVaccination', { body: { subject_no: p.subject_no, vaccine_code: 'MR', dose_seq: 1, legal_class: '1',
			vaccinated_on: '2026-05-10', ...more } });
		assert.equal(answer.status, 200, answer.text);
		return answer.json.findings.find((f) => f.rule === 'VR-02');
	};
	assert.equal((await found({})).severity, 'E');
	assert.equal(await found({ confirm_reason: '避難先での接種。住民票のある市区町村に確認した' }), undefined);
	assert.equal((await found({ confirm_reason: '避難先での接種', legal_class: undefined })).severity, 'E');
	assert.equal(await found({ vaccinated_on: '2026-05-01' }), undefined, 'the day itself');
});
