// record: who changed what, and requests to correct (vaccination brief 13 H-3-2 steps 4 and 7).
// Runs against a live instance; every test makes the persons it needs.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';

import { instance, machine, staff } from '../support/yobo.mjs';
import { dose, newPerson, refused, resend } from './people.mjs';

const inst = instance();
let hms, nmi, mus, mua, muv, mus2, clinic, clinic2;

before(async () => {
	hms = machine(inst, { org_type: 'MUNI' }, 'subject:write');
	nmi = machine(inst, { org_type: 'NMI' }, 'record:write');
	mus = await staff(inst, { org_code: hms.org_code, role: 'MU-S' });
	mua = await staff(inst, { org_code: hms.org_code, role: 'MU-A' });
	muv = await staff(inst, { org_code: hms.org_code, role: 'MU-V' });
	const other = inst.logins.find((l) => l.org_type === 'MUNI' && l.org_code !== hms.org_code && l.role === 'MU-S');
	mus2 = await staff(inst, { user_id: other.user_id });
	clinic = await staff(inst, { org_code: nmi.org_code, role: 'NM-A' });
	clinic2 = await staff(inst, { org_type: 'HMI', role: 'MI-A' });
});
after(() => [hms, nmi, mus, mua, muv, mus2, clinic, clinic2].forEach((c) => c?.close()));

async function vaccinate(p, change) {
	const answer = await nmi.call('createVaccination', { body: dose({ subject_no: p.subject_no, ...change }) });
	assert.equal(answer.status, 201, answer.text);
	return answer.json;
}
const correct = (record_id, version, change) => nmi.call('correctVaccination', { headers: { 'if-match': `"${version}"` },
	body: { record_id, reason_code: '1', ...change } });
const history = (caller, record_id, query = { purpose: '05' }) => caller.call('getVaccinationHistory', { path: { record_id }, query });
const ask = (caller, record_id, comment = 'ロット番号をご確認ください') =>
	caller.call('requestCorrection', { body: { record_id, comment } });
const answerTo = (caller, request_id, body) => caller.call('answerCorrectionRequest', { path: { request_id }, body });

async function listed(caller, request_id, query) {
	const answer = await caller.call('listCorrectionRequests', { query });
	assert.equal(answer.status, 200, answer.text);
	return answer.json.requests.filter((q) => q.request_id === request_id);
}

test('the history says who, when, before and after', async () => {
	const p = await newPerson(hms);
	const { record_id } = await vaccinate(p);
	await correct(record_id, 1, { lot_no: 'B2', dose_ml: 0.25, reason_text: '転記誤り' });
	await correct(record_id, 2, { cancel: true });
	const { json, status, text } = await history(mus, record_id);
	assert.equal(status, 200, text);
	assert.equal(json.subject_no, p.subject_no);
	assert.deepEqual(json.changes.map((c) => [c.version, c.change_kind]), [[3, '3'], [2, '2'], [1, '1']]);
	assert.deepEqual(json.changes[1].items.sort((a, b) => (a.field < b.field ? -1 : 1)),
		[{ field: 'dose_ml', before: '0.50', after: '0.25' }, { field: 'lot_no', before: 'A1234', after: 'B2' }]);
	assert.deepEqual([json.changes[0].items, json.changes[2].items], [[], []]);
	assert.equal(json.changes[1].reason_text, '転記誤り');
	assert.ok(Date.parse(json.changes[0].at) >= Date.parse(json.changes[2].at));
	assert.equal(json.changes[0].by, null, 'another organisation is named, its user is not');
	assert.ok(json.changes[0].org_name);
	assert.ok((await history(clinic, record_id)).json.changes[0].by);
});

test('the history is for who sees the record, with a purpose', async () => {
	const { record_id } = await vaccinate(await newPerson(hms));
	refused(await history(mus, record_id, {}), 422, 'E-REC-007');
	refused(await history(mus2, record_id), 404, 'E-AUTH-005');
	refused(await history(clinic2, record_id), 404, 'E-AUTH-005');
	refused(await history(mus, randomUUID()), 404, 'E-AUTH-005');
	refused(await history(mus, 'x'), 404, 'E-AUTH-005');
	assert.equal((await history(muv, record_id)).status, 200);
});

test('a request goes from asked over working to corrected when the record is', async () => {
	const { record_id } = await vaccinate(await newPerson(hms));
	const asked = await ask(mus, record_id);
	assert.deepEqual([asked.status, asked.json.state], [201, 'ASKED'], asked.text);
	const { request_id } = asked.json;
	refused(await ask(mua, record_id), 409, 'E-REC-008');
	const [mine] = await listed(mus, request_id);
	const [theirs] = await listed(clinic, request_id, { state: 'ASKED' });
	for (const q of [mine, theirs])
		assert.deepEqual([q.record_id, q.version, q.comment], [record_id, 1, 'ロット番号をご確認ください']);
	assert.deepEqual([await listed(mus2, request_id), await listed(clinic2, request_id)], [[], []]);
	assert.equal((await answerTo(clinic, request_id, { state: 'WORKING' })).status, 200);
	refused(await answerTo(clinic, request_id, { state: 'CORRECTED' }), 422, 'E-VAL-013', '/state');
	await correct(record_id, 1, { lot_no: 'B2' });
	assert.equal((await listed(mus, request_id))[0].state, 'CORRECTED', 'the correction itself closes it');
	refused(await answerTo(clinic, request_id, { state: 'REJECTED', comment: '誤りなし' }), 409, 'E-REC-010');
	assert.equal((await ask(mus, record_id)).status, 201, 'and the next may be asked');
});

test('an institution rejects with words', async () => {
	const { record_id } = await vaccinate(await newPerson(hms));
	const { request_id } = (await ask(mus, record_id)).json;
	refused(await answerTo(clinic, request_id, { state: 'REJECTED' }), 422, 'E-VAL-001', '/comment');
	refused(await answerTo(clinic2, request_id, { state: 'WORKING' }), 404, 'E-AUTH-005');
	refused(await answerTo(mus, request_id, { state: 'WORKING' }), 404, 'E-AUTH-005');
	refused(await answerTo(clinic, request_id, { state: 'DONE' }), 422, 'E-VAL-011', '/state');
	assert.equal((await answerTo(clinic, request_id, { state: 'REJECTED', comment: '原本と一致しています' })).status, 200);
	const [q] = await listed(mus, request_id);
	assert.deepEqual([q.state, q.answer], ['REJECTED', '原本と一致しています']);
});

test('who may ask, and of what', async () => {
	const p = await newPerson(hms);
	const { record_id } = await vaccinate(p);
	refused(await ask(mus2, record_id), 404, 'E-AUTH-005');
	refused(await ask(muv, record_id), 403, 'E-AUTH-004');
	refused(await ask(clinic, record_id), 403, 'E-AUTH-004');
	refused(await mus.call('requestCorrection', { body: { record_id } }), 422, 'E-VAL-001', '/comment');
	refused(await ask(mus, record_id, 'あ'.repeat(201)), 422, 'E-VAL-002', '/comment');
	const own = await mus.call('createVaccination', { body: dose({ subject_no: p.subject_no, vaccine_code: 'HEPB', dose_ml: 0.25 }) });
	refused(await ask(mus, own.json.record_id), 422, 'E-VAL-011', '/record_id');
	await correct(record_id, 1, { cancel: true });
	refused(await ask(mus, record_id), 409, 'E-REC-010');
});

test('requests about a restricted person', async () => {
	const p = await newPerson(hms);
	const { record_id } = await vaccinate(p);
	const { request_id } = (await ask(mus, record_id)).json;
	await resend(hms, p, { not_disclosed: true });
	assert.deepEqual(await listed(mus, request_id), []);
	assert.equal((await listed(mua, request_id)).length, 1);
	const [q] = await listed(clinic, request_id);
	assert.equal(q.from_org_name, null, 'the municipality is where the person lives');
});

test('pages of requests', async () => {
	const made = [];
	for (let i = 0; i < 3; i++) {
		const { record_id } = await vaccinate(await newPerson(hms));
		made.unshift((await ask(mus, record_id)).json.request_id);
	}
	const first = (await mus.call('listCorrectionRequests', { query: { limit: 2 } })).json;
	const second = (await mus.call('listCorrectionRequests', { query: { limit: 2, since: first.next } })).json;
	assert.deepEqual([...first.requests, ...second.requests].slice(0, 3).map((q) => q.request_id), made);
});
