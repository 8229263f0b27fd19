// record: the end of retention (vaccination brief P-03, C9). Runs against a live instance; every
// test makes the persons it needs.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { sql, value } from '../support/database.mjs';
import { dayFromToday, instance, machine, staff } from '../support/yobo.mjs';
import { myNumber, newPerson, refused, resend, runTimer, stepUp } from './people.mjs';

const inst = instance();
let hms, mus, mua, muv, mua2;

before(async () => {
	hms = machine(inst, { org_type: 'MUNI' }, 'subject:write');
	mus = await staff(inst, { org_code: hms.org_code, role: 'MU-S' });
	mua = await staff(inst, { org_code: hms.org_code, role: 'MU-A' });
	muv = await staff(inst, { org_code: hms.org_code, role: 'MU-V' });
	const other = inst.logins.find((l) => l.org_type === 'MUNI' && l.org_code !== hms.org_code && l.role === 'MU-A');
	mua2 = await staff(inst, { user_id: other.user_id });
	await stepUp(mua);
	await stepUp(mua2);
});
after(() => [hms, mus, mua, muv, mua2].forEach((c) => c?.close()));

const yearsAgo = (years, days = 0) => {
	const [y, ...rest] = dayFromToday(days).split('-');
	return [y - years, ...rest].join('-');
};
const deceased = (death_date) => newPerson(hms, { birth_date: '1950-01-01', death_date, my_number: myNumber() });
const body = (...people) => ({ body: { subject_nos: people.map((p) => p.subject_no), reason: '保存期間の満了' } });
const propose = (caller, ...people) => caller.call('proposeDeletion', body(...people));
const remove = (caller, ...people) => caller.call('approveDeletion', body(...people));

async function listed(caller, p) {
	const { json, status, text } = await caller.call('listRetention');
	assert.equal(status, 200, text);
	return json.persons.find((x) => x.subject_no === p.subject_no);
}

test('P-03: five years after death a person is listed, proposed by one and deleted by another', async () => {
	const p = await deceased(yearsAgo(5, -1));
	const hist = await mus.call('createVaccination', { body: { subject_no: p.subject_no, legal_class: '1', vaccine_code: 'FLU',
		dose_seq: 1, lot_no: 'F1', vaccinated_on: '2019-11-01', dose_ml: 0.5, route: 'SC', exec_class: '1', place_class: '1',
		doctor_name: '試験　医師' } });
	assert.equal(hist.status, 201, hist.text);
	runTimer(inst, 'record.retention');
	const row = await listed(mus, p);
	assert.deepEqual([row.state, row.records, row.muni_key], ['LISTED', 1, p.muni_key]);
	refused(await remove(mua, p), 409, 'E-REC-010');
	assert.equal((await propose(mua, p)).status, 200);
	refused(await remove(mua, p), 409, 'E-REC-009');
	const id = value(inst, `SELECT subject_id FROM record_subject WHERE subject_no = '${p.subject_no}'`);
	sql(inst, `UPDATE record_retention SET proposed_by = '${mus.login.user_id}' WHERE subject_id = ${id}`);
	refused(await remove(mus, p), 403, 'E-AUTH-004');
	sql(inst, `INSERT INTO record_recall_seen SELECT subject_id, record_id, 0 FROM record_vaccination WHERE subject_id = ${id}`);
	const done = await remove(mua, p);
	assert.deepEqual([done.status, done.json], [200, { persons: 1, vaccinations: 1, numbers: 1, outbox: 1 }], done.text);
	for (const table of ['subject', 'vaccination', 'vault', 'outbox', 'retention', 'recall_seen'])
		assert.equal(value(inst, `SELECT COUNT(*) FROM record_${table} WHERE subject_id = ${id}`), '0', table);
	assert.deepEqual(sql(inst, `SELECT action, target_type, target_id, subject_no FROM audit_event
		WHERE operation = 'approveDeletion' AND ok = 1 AND subject_no = '${p.subject_no}'`),
	[['10', 'retention', '1/1/1/1', p.subject_no]]);
	refused(await remove(mua, p), 404, 'E-AUTH-005');
});

test('not a day earlier, not for the living, not for others', async () => {
	const early = await deceased(yearsAgo(5));
	const living = await newPerson(hms);
	const due = await deceased(yearsAgo(6));
	runTimer(inst, 'record.retention');
	assert.equal(await listed(mua, early), undefined);
	for (const p of [early, living])
		refused(await propose(mus, p), 404, 'E-AUTH-005');
	refused(await propose(mua2, due), 404, 'E-AUTH-005');
	refused(await muv.call('listRetention'), 403, 'E-AUTH-004');
	refused(await mus.call('proposeDeletion', { body: { subject_nos: [], reason: 'x' } }), 422, 'E-VAL-006', '/subject_nos');
	refused(await mus.call('proposeDeletion', { body: { subject_nos: [due.subject_no] } }), 422, 'E-VAL-001', '/reason');
	assert.equal((await propose(mus, due)).status, 200);
	refused(await propose(mus, due), 409, 'E-REC-010');
});

test('a death that was registered in error takes the person off the list, also when it was proposed', async () => {
	const p = await deceased(yearsAgo(6));
	runTimer(inst, 'record.retention');
	assert.equal((await propose(mus, p)).status, 200);
	await resend(hms, p, { death_date: undefined });
	refused(await remove(mua, p), 404, 'E-AUTH-005');
	runTimer(inst, 'record.retention');
	assert.equal(await listed(mua, p), undefined);
	assert.equal(value(inst, `SELECT COUNT(*) FROM record_subject WHERE subject_no = '${p.subject_no}'`), '1');
});

test('all of a request or nothing', async () => {
	const [p, q] = [await deceased(yearsAgo(6)), await deceased(yearsAgo(5, 30))];
	runTimer(inst, 'record.retention');
	assert.equal((await propose(mus, p)).status, 200);
	refused(await remove(mua, p, q), 404, 'E-AUTH-005');
	assert.equal(value(inst, `SELECT COUNT(*) FROM record_subject WHERE subject_no = '${p.subject_no}'`), '1');
});
