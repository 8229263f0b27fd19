// record: search and timeline, who sees whom (vaccination brief 8, 13 H-3-2). Runs against a
// live instance; every test makes the persons it needs.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';

import { sql } from '../support/database.mjs';
import { instance, machine, staff } from '../support/yobo.mjs';
import { dose, newPeople, newPerson, refused, resend } from './people.mjs';

const inst = instance();
let hms; // the municipality's system
let nmi; // an institution
let mua; // municipal staff who may open subjects under 支援措置
let mus; // and who may not
let other; // staff of another municipality
let clinic; // staff of the institution
const absent = { path: { subject_no: '10000000000000' }, query: { purpose: '01' } };

before(async () => {
	hms = machine(inst, { org_type: 'MUNI' }, 'subject:write');
	nmi = machine(inst, { org_type: 'NMI' }, 'record:write');
	mua = await staff(inst, { org_code: hms.org_code, role: 'MU-A' });
	mus = await staff(inst, { org_code: hms.org_code, role: 'MU-S' });
	clinic = await staff(inst, { org_code: nmi.org_code, role: 'NM-A' });
	const login = inst.logins.find((l) => l.org_type === 'MUNI' && l.org_code !== hms.org_code);
	other = await staff(inst, { org_code: login.org_code, role: login.role });
});
after(() => [hms, nmi, mua, mus, other, clinic].forEach((c) => c?.close()));

async function vaccinate(p, change) {
	const answer = await nmi.call('createVaccination', { body: dose({ subject_no: p.subject_no, ...change }) });
	assert.equal(answer.status, 201, answer.text);
	return answer.json;
}

const timeline = (caller, p, query) => caller.call('getTimeline', { path: { subject_no: p.subject_no },
	query: { purpose: '01', ...query } });
const search = (caller, body) => caller.call('searchSubjects', { body: { purpose: '01', ...body } });
const found = (answer) => {
	assert.equal(answer.status, 200, answer.text);
	return answer.json.items.map((i) => i.subject_no);
};

// Refused exactly as what does not exist: the bodies differ in the trace only.
async function asAbsent(caller, p) {
	const [hidden, none] = [await timeline(caller, p), await caller.call('getTimeline', absent)];
	refused(hidden, 404, 'E-AUTH-005');
	assert.deepEqual({ ...hidden.json, trace_id: '' }, { ...none.json, trace_id: '' });
}

// ---- the timeline ----

test('the timeline has the newest first, and what is due', async () => {
	const p = await newPerson(hms);
	await vaccinate(p, {});
	await vaccinate(p, { dose_seq: 2, vaccinated_on: '2026-05-20' });
	for (const caller of [mus, hms]) {
		const { json, status } = await timeline(caller, p);
		assert.equal(status, 200);
		assert.deepEqual(json.records.map((r) => r.vaccinated_on), ['2026-05-20', '2026-04-20']);
		assert.equal(json.subject.address, p.address);
		assert.ok(json.next.some((n) => n.vaccine_code === 'DPTIPVHIB' && n.dose_seq === 3));
	}
});

test('cancelled records show only in the history', async () => {
	const p = await newPerson(hms);
	const { record_id } = await vaccinate(p, {});
	await nmi.call('correctVaccination', { body: { record_id, cancel: true, reason_code: '1' },
		headers: { 'if-match': '"1"' } });
	assert.equal((await timeline(mus, p)).json.records.length, 0);
	assert.deepEqual((await timeline(mus, p, { history: true })).json.records.map((r) => r.status).sort(),
		['CANCELLED', 'CORRECTED']);
});

test('another municipality sees nobody', async () => {
	await asAbsent(other, await newPerson(hms));
});

test('an institution sees its own records and no address', async () => {
	const p = await newPerson(hms);
	await asAbsent(clinic, p);
	await vaccinate(p, {});
	const mine = await mus.call('createVaccination', { body: dose({ subject_no: p.subject_no, vaccine_code: 'HEPB',
		dose_ml: 0.25 }) });
	assert.equal(mine.status, 201, mine.text);
	const { json } = await timeline(clinic, p);
	assert.deepEqual(json.records.map((r) => r.vaccine_code), ['DPTIPVHIB']);
	assert.equal(json.subject.address, null);
	assert.equal(json.subject.muni_key, null);
	assert.deepEqual(json.next, []);
});

test('T20: under 支援措置 only with the right to it, and with a banner', async () => {
	for (const flag of ['not_disclosed', 'self_info_blocked']) {
		const p = await newPerson(hms, { [flag]: true });
		await vaccinate(p, {});
		await asAbsent(mus, p);
		await asAbsent(other, p);
		const open = await timeline(mua, p);
		assert.equal(open.status, 200, open.text);
		assert.equal(open.json.banner, true);
		assert.deepEqual(found(await search(mus, { subject_no: p.subject_no })), []);
		const listed = await search(mua, { subject_no: p.subject_no });
		assert.deepEqual(listed.json.items.map((i) => i.banner), [true]);
	}
});

test('T21: the former municipality sees records up to the day of leaving', async () => {
	const p = await newPerson(hms);
	await vaccinate(p, {});
	const late = await vaccinate(p, { dose_seq: 2, vaccinated_on: '2026-05-20', lot_no: 'T21-LATE' });
	await resend(hms, p, { resident_state: '消除', elim_date: '2026-05-01', elim_reason: '1' });
	const { json } = await timeline(mus, p);
	assert.deepEqual(json.records.map((r) => r.vaccinated_on), ['2026-04-20']);
	assert.equal(json.subject.address, null);
	assert.deepEqual(json.next, []);
	refused(await mus.call('getVaccination', { path: { record_id: late.record_id } }), 404, 'E-AUTH-005');
	const [item] = (await search(mus, { subject_no: p.subject_no })).json.items;
	assert.deepEqual([item.record_count, item.last_vaccinated_on], [1, '2026-04-20']);
	const by = async (body) => found(await search(mus, { subject_no: p.subject_no, ...body })).length;
	assert.deepEqual([await by({ lot_no: 'A1234' }), await by({ lot_no: 'T21-LATE' })], [1, 0], 'a condition confirms no later record');
	const days = (day) => by({ org_code: nmi.org_code, vaccinated_from: day, vaccinated_to: day });
	assert.deepEqual([await days('2026-04-20'), await days('2026-05-20')], [1, 0]);
	await resend(hms, p, { resident_state: '消除', elim_date: '2026-05-01', elim_reason: '1', not_disclosed: true });
	await asAbsent(mua, p);
	assert.deepEqual(found(await search(mua, { subject_no: p.subject_no })), []);
});

// ---- the search ----

test('a search needs a purpose and conditions that are complete', async () => {
	refused(await mus.call('searchSubjects', { body: { muni_key: 'x' } }), 422, 'E-VAL-001', '/purpose');
	refused(await search(mus, { purpose: '77', muni_key: 'x' }), 422, 'E-VAL-011', '/purpose');
	refused(await search(mus, { purpose: '99', muni_key: 'x' }), 422, 'E-VAL-001', '/reason');
	for (const few of [{}, { sex: '2' }, { name_kana: 'シケン' }, { birth_date: '2026-02-10' },
		{ vaccine_code: 'MR' }, { org_code: nmi.org_code, vaccinated_from: '2026-01-01' }])
		refused(await search(mus, few), 422, 'E-REC-005');
});

test('persons are found by number, by name and birth, by lot', async () => {
	const lot = `L${randomUUID().slice(0, 8).toUpperCase()}`;
	const p = await newPerson(hms, { name_kana: 'ヨシダ　カツコ', birth_date: '2019-08-07' });
	await vaccinate(p, { lot_no: lot, vaccinated_on: '2026-04-21' });
	const no = p.subject_no;
	assert.deepEqual(found(await search(mus, { subject_no: no })), [no]);
	assert.deepEqual(found(await search(mus, { muni_key: p.muni_key })), [no]);
	assert.ok(found(await search(mus, { name_kana: 'ﾖｼﾀﾞ ｶﾂｺ', birth_date: '2019-08-07' })).includes(no));
	assert.deepEqual(found(await search(mus, { lot_no: lot })), [no]);
	assert.deepEqual(found(await search(mus, { lot_no: lot, org_code: nmi.org_code, vaccine_code: 'DPTIPVHIB',
		vaccinated_from: '2026-04-21', vaccinated_to: '2026-04-21' })), [no]);
	assert.deepEqual(found(await search(mus, { lot_no: lot, vaccinated_from: '2026-04-22',
		vaccinated_to: '2026-04-30' })), []);
	assert.deepEqual(found(await search(other, { subject_no: no })), []);
	const [item] = (await search(mus, { subject_no: no })).json.items;
	assert.equal(item.address, '東京都千代田区霞が関');
	assert.deepEqual([item.record_count, item.last_vaccinated_on], [1, '2026-04-21']);
});

test('more than a hundred are none', async () => {
	const birth_date = `19${10 + Math.floor(Math.random() * 80)}-0${1 + Math.floor(Math.random() * 9)}-17`;
	await newPeople(hms, 101, { birth_date, name_kana: 'オオゼイ　ヒト' });
	const answer = await search(mus, { name_kana: 'オオゼイ　ヒト', birth_date });
	refused(answer, 413, 'E-REC-006');
	assert.equal(answer.json.items, undefined);
});

test('a search can be read again by its maker only', async () => {
	const p = await newPerson(hms);
	const first = await search(mus, { muni_key: p.muni_key });
	const again = (caller) => caller.call('getSearch', { path: { search_id: first.json.search_id } });
	assert.deepEqual((await again(mus)).json, first.json);
	refused(await again(mua), 404, 'E-AUTH-005');
	refused(await again(other), 404, 'E-AUTH-005');
	refused(await mus.call('getSearch', { path: { search_id: randomUUID() } }), 404, 'E-AUTH-005');
});

test('institutions do not search', async () => {
	refused(await search(clinic, { muni_key: 'x' }), 403, 'E-AUTH-004');
});

// ---- P-01 ----

test('P-01: nobody of staff opens a person without a purpose', async () => {
	const p = await newPerson(hms);
	await vaccinate(p, {});
	const open = (caller, query) => caller.call('getTimeline', { path: { subject_no: p.subject_no }, query });
	for (const caller of [mus, mua, clinic])
		refused(await open(caller, {}), 422, 'E-REC-007');
	refused(await open(mus, { purpose: '77' }), 422, 'E-VAL-011', '/purpose');
	refused(await open(mus, { purpose: '99' }), 422, 'E-VAL-001', '/reason');
	const { search_id } = (await search(mus, { purpose: '04', subject_no: p.subject_no })).json;
	for (const query of [{ purpose: '99', reason: '苦情の確認' }, { search_id }])
		assert.equal((await open(mus, query)).status, 200);
	refused(await open(mua, { search_id }), 404, 'E-AUTH-005');
	assert.deepEqual(sql(inst, `SELECT purpose FROM audit_event WHERE operation = 'getTimeline' AND ok = 1
		AND actor = '${mus.login.user_id}' AND subject_no = '${p.subject_no}' ORDER BY at_us`), [['99'], ['04']]);
	assert.equal((await open(hms, {})).status, 200, 'the municipality\'s system has the record for its duty');
});

test('what is due has the name of its vaccine', async () => {
	const { json } = await timeline(mus, await newPerson(hms));
	assert.ok(json.next.length > 0 && json.next.every((n) => n.vaccine_name));
});
