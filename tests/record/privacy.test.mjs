// record: the privacy rules of the vaccination brief, section 8, that no other file of this
// directory names: P-01 inquiry, P-03 retention, P-05 slow/my-number, P-06 bulk, P-10 and P-13
// person, P-11 and what silence may not tell silence, P-12 watch. Runs against a live instance.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { sql, value } from '../support/database.mjs';
import { instance, machine, staff } from '../support/yobo.mjs';
import { dose, newPerson, person, refused, resend } from './people.mjs';

const inst = instance();
let hms, nmi, mus, mua, muv, clinic, other;

before(async () => {
	hms = machine(inst, { org_type: 'MUNI' }, 'subject:write');
	nmi = machine(inst, { org_type: 'NMI' }, 'record:write');
	mus = await staff(inst, { org_code: hms.org_code, role: 'MU-S' });
	mua = await staff(inst, { org_code: hms.org_code, role: 'MU-A' });
	muv = await staff(inst, { org_code: hms.org_code, role: 'MU-V' });
	clinic = await staff(inst, { org_code: nmi.org_code, role: 'NM-A' });
	const login = inst.logins.find((l) => l.org_type === 'MUNI' && l.org_code !== hms.org_code && l.role === 'MU-A');
	other = await staff(inst, { user_id: login.user_id });
});
after(() => [hms, nmi, mus, mua, muv, clinic, other].forEach((c) => c?.close()));

async function vaccinate(p, change) {
	const answer = await nmi.call('createVaccination', { body: dose({ subject_no: p.subject_no, venue: '避難先会館', ...change }) });
	assert.equal(answer.status, 201, answer.text);
	return answer.json;
}
const timeline = (caller, p) => caller.call('getTimeline', { path: { subject_no: p.subject_no }, query: { purpose: '01' } });

test('P-02: at the request of the person the municipality can always show the record', async () => {
	for (const flags of [{}, { not_disclosed: true }, { self_info_blocked: true }]) {
		const p = await newPerson(hms, flags);
		await vaccinate(p);
		const { status, json } = await timeline(mua, p);
		assert.deepEqual([status, json.records.length], [200, 1]);
	}
});

test('P-04: a list has the address to the town, the rest on click', async () => {
	const p = await newPerson(hms, { address: '東京都千代田区霞が関一丁目２番３号 見本荘101' });
	const { json } = await mus.call('searchSubjects', { body: { purpose: '01', subject_no: p.subject_no } });
	assert.equal(json.items[0].address, '東京都千代田区霞が関一丁目');
	assert.equal(json.items[0].records, undefined);
	assert.equal((await timeline(mus, p)).json.subject.address, p.address);
});

test('P-07: no code of another system comes in or goes out; the municipal key stays with its municipality', async () => {
	for (const member of ['institution_code', 'kikan_fugo', 'integrated_no'])
		assert.ok((await hms.call('putSubjects', { body: { subjects: [person(hms, { [member]: '1' })] } })).text.includes('E-VAL-005'));
	const p = await newPerson(hms);
	const { record_id } = await vaccinate(p);
	for (const answer of [await timeline(clinic, p), await clinic.call('getVaccination', { path: { record_id } }),
		await nmi.call('getVaccination', { path: { record_id } })]) {
		assert.equal(answer.status, 200, answer.text);
		assert.ok(!answer.text.includes(p.muni_key));
	}
});

test('P-08: not disclosed: no municipality and no place of vaccination for others', async () => {
	const p = await newPerson(hms);
	await vaccinate(p);
	const early = await mus.call('createVaccination', { body: dose({ subject_no: p.subject_no, vaccine_code: 'HEPB', dose_ml: 0.25,
		org_code: nmi.org_code, venue: '避難先会館' }) });
	assert.equal(early.status, 201, early.text);
	await resend(hms, p, { not_disclosed: true });
	const seen = await timeline(clinic, p);
	assert.equal(seen.status, 200, seen.text);
	assert.deepEqual([seen.json.subject.address, seen.json.subject.muni_code, seen.json.subject.not_disclosed], [null, null, false]);
	refused(await timeline(other, p), 404, 'E-AUTH-005');
	const open = await timeline(mua, p);
	assert.deepEqual([open.json.banner, open.json.subject.address, open.json.records[0].venue], [true, p.address, '避難先会館']);
});

test('P-08: an institution is told of no record whose municipality it was, of nobody', async () => {
	for (const flags of [{}, { not_disclosed: true }]) {
		const p = await newPerson(hms);
		const made = await mus.call('createVaccination', { body: dose({ subject_no: p.subject_no, org_code: nmi.org_code }) });
		assert.equal(made.status, 201, made.text);
		const { record_id } = made.json;
		const put = await nmi.call('correctVaccination', { body: { record_id, lot_no: 'B2', reason_code: '01' }, headers: { 'if-match': '"1"' } });
		assert.equal(put.status, 200, put.text);
		if (flags.not_disclosed)
			await resend(hms, p, flags);
		const look = (caller, operation) => caller.call(operation, { path: { record_id }, query: operation === 'getVaccinationHistory' ? { purpose: '01' } : {} });
		const seen = (await timeline(clinic, p)).json.records;
		const one = (await look(nmi, 'getVaccination')).json;
		for (const r of [...seen, one.record, ...one.versions])
			assert.deepEqual([r.record_id, r.muni_code ?? null], [record_id, null]);
		const { json } = await look(clinic, 'getVaccinationHistory');
		assert.deepEqual(json.changes.map((c) => Boolean(c.org_name)), [true, false], 'its own name, not that of the municipality that registered it');
		assert.ok(!(await look(clinic, 'getVaccinationHistory')).text.includes(hms.org_code));
		assert.deepEqual((await timeline(mua, p)).json.records.map((r) => r.muni_code), [p.muni_code]);
		const changes = (await look(mua, 'getVaccinationHistory')).json.changes;
		assert.ok(changes.every((c) => c.org_name), 'the municipality sees both');
	}
});

test('P-09: blocked: an institution learns nothing that others did', async () => {
	const p = await newPerson(hms, { self_info_blocked: true });
	await mua.call('createVaccination', { body: dose({ subject_no: p.subject_no }) });
	const check = await nmi.call('checkVaccination', { body: { subject_no: p.subject_no, vaccine_code: 'DPTIPVHIB', dose_seq: 2,
		vaccinated_on: '2026-04-25' } });
	assert.ok(check.json.findings.every((f) => f.rule !== 'VR-06'), 'a finding would tell of the record');
	refused(await timeline(clinic, p), 404, 'E-AUTH-005');
	refused(await timeline(muv, p), 404, 'E-AUTH-005');
});

test('P-12: every opening of a restricted person is an alert in the log, a refused one is not an opening', async () => {
	const p = await newPerson(hms, { self_info_blocked: true });
	await timeline(mus, p);
	const count = () => value(inst, `SELECT COUNT(*) FROM audit_event WHERE subject_no = '${p.subject_no}' AND action = 20`);
	assert.equal(count(), '0');
	await timeline(mua, p);
	await mua.call('searchSubjects', { body: { purpose: '01', subject_no: p.subject_no } });
	assert.equal(count(), '2');
	assert.deepEqual(sql(inst, `SELECT DISTINCT actor FROM audit_event WHERE subject_no = '${p.subject_no}' AND action = 20`),
		[[mua.login.user_id]]);
});
