// Two people are two persons, not two accounts (vaccination brief MS-5, 10; P-03, P-06): whoever
// made something cannot approve it by a second account. Runs against a live instance.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { sql, value } from '../support/database.mjs';
import { instance, staff } from '../support/yobo.mjs';
import { runTimer, stepUp } from '../record/people.mjs';
import { approve, clock, day, good, pending, read, refused, reject, row, second, tag, twin } from './masters.mjs';

const inst = instance();
const opened = [];
const keep = (caller) => { opened.push(caller); return caller; };
const person = (user_id) => value(inst, `SELECT HEX(person_id) FROM account_user WHERE user_id = '${user_id}'`);

let muA, muATwin, mhA, mhATwin, mhA2, mhS;

before(async () => {
	clock(inst);
	const city = { org_code: '131016', role: 'MU-A' };
	[muA, mhA, mhS] = (await Promise.all([city, { role: 'MH-A' }, { role: 'MH-S' }].map((w) => staff(inst, w)))).map(keep);
	muATwin = keep(await twin(inst, city));
	mhATwin = keep(await twin(inst, { role: 'MH-A' }));
	mhA2 = keep(await second(inst, { role: 'MH-A' }));
	await Promise.all([muA, muATwin].map(stepUp));
});
after(() => opened.forEach((c) => c.close()));

const fee = () => ({ valid_from: day(1), reason: '試験', rows: [row('NEW', { muni_code: '131016', vaccine_code: 'MR', age_band: tag(),
	exec_class: 1, place_class: 1, price_yen: 9000, self_pay_yen: 0, tax_class: '課税' })] });

test('a maker does not approve by a second account, nor reject', async () => {
	const change = await pending(muA, 'M03', fee());
	assert.equal(good(await read(muATwin, change.change_id)).can_approve, false);
	refused(await approve(muATwin, change), 409, 'E-MST-005');
	refused(await reject(muATwin, change), 409, 'E-MST-005');
	const other = keep(await second(inst, { org_code: '131016', role: 'MU-A' }));
	assert.equal(good(await read(other, change.change_id)).can_approve, true);
	assert.equal(good(await approve(other, change)).status, 'APPROVED');
});

test('two approvers are two persons', async () => {
	const lot = tag();
	const product = `SAMPLE-${lot}`;
	const made = await pending(mhS, 'M13', { valid_from: day(0), legal_ref: '通知 2026-01-01', rows: [row('NEW', { product_code: product,
		lot_no: lot, vaccine_code: 'MR', maker: '見本製薬', lot_status: '使用可' })] });
	good(await approve(mhA, made));
	const stop = await pending(mhS, 'M13', { kind: 'EMERGENCY', valid_from: day(0), legal_ref: '通知 2026-01-02', reason: '自主回収',
		rows: [row('REVISE', { product_code: product, lot_no: lot, lot_status: '使用停止' })] });
	assert.equal(good(await approve(mhA, stop)).status, 'PENDING');
	assert.equal(good(await read(mhATwin, stop.change_id)).can_approve, false);
	refused(await approve(mhATwin, stop), 409, 'E-MST-005');
	assert.equal(value(inst, `SELECT stopped FROM master_lot_view WHERE lot_no = '${lot}'`), '0');
	assert.equal(good(await approve(mhA2, stop)).status, 'EFFECTIVE');
});

test('who has approved may still think better of it and reject', async () => {
	const lot = tag();
	const product = `SAMPLE-${lot}`;
	good(await approve(mhA, await pending(mhS, 'M13', { valid_from: day(0), legal_ref: '通知 2026-01-01', rows: [row('NEW', {
		product_code: product, lot_no: lot, vaccine_code: 'MR', maker: '見本製薬', lot_status: '使用可' })] })));
	const stop = await pending(mhS, 'M13', { kind: 'EMERGENCY', valid_from: day(0), legal_ref: '通知 2026-01-02',
		rows: [row('REVISE', { product_code: product, lot_no: lot, lot_status: '使用停止' })] });
	good(await approve(mhA, stop));
	assert.equal(good(await reject(mhA, stop)).status, 'REJECTED');
});

test('P-06: an inquiry by list is approved by another person', async () => {
	const asked = await muA.call('requestBulkInquiry', { body: { purpose: '04', reason: '救済の調査', muni_keys: ['K-1'] } });
	assert.equal(asked.status, 201, asked.text);
	const say = (by) => by.call('decideBulkInquiry', { path: { bulk_id: asked.json.bulk_id }, body: { decision: 'approve' } });
	refused(await say(muATwin), 409, 'E-REC-009');
	const other = keep(await second(inst, { org_code: '131016', role: 'MU-A' }));
	await stepUp(other);
	assert.equal((await say(other)).status, 200);
});

test('P-03: a person is deleted by two people', async () => {
	const org = value(inst, "SELECT org_id FROM core_org WHERE org_code = '131016'");
	const id = value(inst, `SELECT subject_id FROM record_subject WHERE org_id = ${org} AND death_date IS NULL LIMIT 1`);
	const no = value(inst, `SELECT subject_no FROM record_subject WHERE subject_id = ${id}`);
	sql(inst, `UPDATE record_subject SET death_date = '2015-01-01', resident_state = '消除' WHERE subject_id = ${id}`);
	runTimer(inst, 'record.retention');
	const body = { body: { subject_nos: [no], reason: '保存期間の満了' } };
	assert.equal((await muA.call('proposeDeletion', body)).status, 200);
	refused(await muATwin.call('approveDeletion', body), 409, 'E-REC-009');
	assert.equal(value(inst, `SELECT COUNT(*) FROM record_subject WHERE subject_id = ${id}`), '1');
	const other = keep(await second(inst, { org_code: '131016', role: 'MU-A' }));
	await stepUp(other);
	assert.equal((await other.call('approveDeletion', body)).status, 200);
});
