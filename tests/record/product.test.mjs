// record: VR-11, one product named in several ways (vaccination brief 3.6, 5.4). Runs against a
// live instance; the products are made up and gone afterwards.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { sql } from '../support/database.mjs';
import { instance, machine } from '../support/yobo.mjs';
import { dose, newPerson } from './people.mjs';

const inst = instance();
const PRODUCTS = ['T-VR11-A', 'T-VR11-B'];
let hms, nmi;

// 13 digits and the check digit of a GTIN (3.6).
const gtin = (body) => `${body}${(10 - [...body].reduce((sum, d, i) => sum + d * (i % 2 === 0 ? 3 : 1), 0) % 10) % 10}`;

// Product A in two packings, with all its codes; B without a GTIN.
const A = { hot13: '1990001010101', yj: '6313400A0001', gtin: gtin('1498700000001') };
const A_LARGE = { hot13: '1990001010202', gtin: gtin('1498700000002') };
const B = { hot13: '1990002010101', yj: '6313400A0002' };
const dropped = () => sql(inst, `DELETE FROM master_lot WHERE product_code IN ('${PRODUCTS.join("','")}')`);

before(() => {
	hms = machine(inst, { org_type: 'MUNI' }, 'subject:write');
	nmi = machine(inst, { org_type: 'NMI' }, 'record:write');
	dropped();
	const row = (product, lot, { hot13, yj, gtin }) => `('${product}', '${lot}', 'HEPB', '試験製薬', '${hot13}', ${yj ? `'${yj}'` : 'NULL'},
		${gtin ? `'${gtin}'` : 'NULL'}, NULL, '使用可')`;
	sql(inst, `INSERT INTO master_lot VALUES ${[row('T-VR11-A', 'VR11A1', A), row('T-VR11-A', 'VR11A2', A_LARGE), row('T-VR11-B', 'VR11B1', B)].join(',')}`);
});
after(() => {
	[hms, nmi].forEach((c) => c?.close());
	dropped();
});

const hepb = (p, seq, change) => dose({ subject_no: p.subject_no, vaccine_code: 'HEPB', dose_seq: seq, dose_ml: 0.25, lot_no: 'VR11A1',
	vaccinated_on: seq === 1 ? '2026-04-20' : '2026-06-01', ...change });
const vr11 = (list) => list.filter((f) => f.rule === 'VR-11').map((f) => f.severity);

// What the second dose says of the first: 'W', null, or '?', it cannot be known.
const table = [
	['the same code', { yj: A.yj }, { yj: A.yj }, null],
	['YJ, then HOT of the same product', { yj: A.yj }, { hot13: A.hot13 }, null],
	['HOT, then GTIN of the same product', { hot13: A.hot13 }, { gtin: A.gtin }, null],
	['another packing, by GTIN', { gtin: A.gtin }, { gtin: A_LARGE.gtin }, null],
	['another packing, by YJ and GTIN', { yj: A.yj }, { gtin: A_LARGE.gtin }, null],
	['YJ, then HOT of another product', { yj: A.yj }, { hot13: B.hot13 }, 'W'],
	['GTIN, then YJ of another product', { gtin: A_LARGE.gtin }, { yj: B.yj }, 'W'],
	['both unknown, two kinds of code', { yj: '6313400X0001' }, { hot13: '1991111010101' }, '?'],
	['one unknown, two kinds of code', { yj: A.yj }, { hot13: '1991111010101' }, '?'],
	['both unknown, YJ differs', { yj: '6313400X0001' }, { yj: '6313400X0002' }, 'W'],
	['one unknown, YJ differs', { yj: A.yj }, { yj: '6313400X0002' }, 'W'],
	['both unknown, HOT of one drug in two packings', { hot13: '1991111010101' }, { hot13: '1991111010202' }, null],
	['both unknown, HOT of two drugs', { hot13: '1991111010101' }, { hot13: '1991112010101' }, 'W'],
	['both unknown, GTIN differs', { gtin: gtin('1498700000003') }, { gtin: gtin('1498700000004') }, '?'],
	['two kinds each, one agrees', { yj: A.yj, gtin: gtin('1498700000003') }, { hot13: '1991111010101', gtin: gtin('1498700000003') }, null],
	['the first has no code', {}, { yj: A.yj }, '?'],
	['the second has no code', { yj: A.yj }, {}, '?'],
];
for (const [name, first, second, want] of table) {
	test(`VR-11: ${name}`, async () => {
		const p = await newPerson(hms);
		const made = await nmi.call('createVaccination', { body: hepb(p, 1, first) });
		assert.equal(made.status, 201, made.text);
		assert.deepEqual(vr11(made.json.evaluation.findings), [], 'a first dose changes nothing');
		const check = await nmi.call('checkVaccination', { body: hepb(p, 2, second) });
		assert.equal(check.status, 200, check.text);
		assert.deepEqual(vr11(check.json.findings), want === 'W' ? ['W'] : []);
		assert.equal(check.json.unknown.includes('VR-11'), want === '?', check.text);
		const stored = await nmi.call('createVaccination', { body: hepb(p, 2, second) });
		assert.equal(stored.status, 201, stored.text);
		assert.deepEqual(vr11(stored.json.evaluation.findings), want === 'W' ? ['W'] : [], 'stored as it was checked');
	});
}

test('VR-11: a correction of the product is weighed again', async () => {
	const p = await newPerson(hms);
	await nmi.call('createVaccination', { body: hepb(p, 1, { yj: A.yj }) });
	const { json } = await nmi.call('createVaccination', { body: hepb(p, 2, { hot13: B.hot13 }) });
	assert.deepEqual(vr11(json.evaluation.findings), ['W']);
	const put = await nmi.call('correctVaccination', { body: { record_id: json.record_id, hot13: A_LARGE.hot13, reason_code: '01' }, headers: { 'If-Match': '"1"' } });
	assert.equal(put.status, 200, put.text);
	assert.deepEqual(vr11(put.json.evaluation.findings), []);
});
