// A stopped lot, a rule and a contract reach the records (vaccination brief H-8-3 steps 6 and 7, VR-16,
// VR-17, VR-20). Runs against a live instance.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { sql, value } from '../support/database.mjs';
import { instance, machine, sleep, staff } from '../support/yobo.mjs';
import { dose, exported, lines, newPeople, newPerson, stepUp } from '../record/people.mjs';
import { approve, approved, clock, come, day, forgetLots, good, noticed, pending, refused, row, second, tag } from './masters.mjs';

const inst = instance();
const opened = [];
const keep = (caller) => { opened.push(caller); return caller; };
const TODAY = day(0);
let hms, nmi, muA, muS, muV, otherA, mhS, mhA, mhA2;

before(async () => {
	clock(inst);
	hms = keep(machine(inst, { org_type: 'MUNI' }, 'subject:write'));
	nmi = keep(machine(inst, { org_type: 'NMI' }, 'record:write'));
	[muA, muS, muV, mhS, mhA] = (await Promise.all([{ org_code: hms.org_code, role: 'MU-A' }, { org_code: hms.org_code, role: 'MU-S' },
		{ role: 'MU-V' }, { role: 'MH-S' }, { role: 'MH-A' }].map((w) => staff(inst, w)))).map(keep);
	otherA = keep(await staff(inst, inst.logins.find((l) => l.role === 'MU-A' && l.org_code !== hms.org_code)));
	mhA2 = keep(await second(inst, { role: 'MH-A' }));
});
after(() => {
	opened.forEach((c) => c.close());
	forgetLots(inst);
});

const law = { legal_ref: '通知 2026-01-01', reason: '試験' };
const lotRow = (lot, more) => ({ product_code: `SAMPLE-${lot}`, lot_no: lot, vaccine_code: 'DPTIPVHIB', maker: '見本製薬',
	lot_status: '使用可', ...more });
const add = (lot, more) => approved(mhS, mhA, 'M13', { valid_from: TODAY, ...law, rows: [row('NEW', lotRow(lot, more))] });
async function stop(lot) {
	const change = await pending(mhS, 'M13', { kind: 'EMERGENCY', valid_from: TODAY, ...law, reason: '自主回収',
		rows: [row('REVISE', { product_code: `SAMPLE-${lot}`, lot_no: lot, lot_status: '使用停止' })] });
	good(await approve(mhA, change));
	assert.equal(good(await approve(mhA2, change)).status, 'EFFECTIVE');
}
const give = (by, p, lot_no, more) => by.call('createVaccination', { body: dose({ subject_no: p.subject_no, lot_no, ...more }) });
const check = (by, p, more) => by.call('checkVaccination', { body: { subject_no: p.subject_no, vaccine_code: 'DPTIPVHIB', ...more } });
const found = (answer, rule) => (answer.json.evaluation ?? answer.json).findings.find((f) => f.rule === rule);
const recall = (by, query) => by.call('listRecall', { query });

test('VR-16: a lot the master does not know is a warning, one it knows is none', async () => {
	const lot = tag();
	await add(lot);
	await noticed();
	const [a, b] = await newPeople(hms, 2);
	const known = await give(nmi, a, lot);
	assert.equal(known.status, 201, known.text);
	assert.equal(found(known, 'VR-16'), undefined);
	const strange = await give(nmi, b, `X${tag()}`);
	assert.equal(found(strange, 'VR-16').severity, 'W', strange.text);
});

test('a stopped lot: the check says no, new records are refused, those who had it are listed', async () => {
	const lot = tag();
	await add(lot);
	const [had, hidden, wants] = await newPeople(hms, 3);
	const [given, restricted] = await Promise.all([had, hidden].map((p) => give(nmi, p, lot)));
	assert.equal(given.status, 201, given.text);
	assert.equal(restricted.status, 201, restricted.text);
	sql(inst, `UPDATE record_subject SET not_disclosed = 1 WHERE subject_no = '${hidden.subject_no}'`);
	assert.equal(good(await recall(muS, { purpose: '04', lot_no: lot })).recalled.length, 0);
	await stop(lot);

	const no = await check(nmi, wants, { lot_no: lot });
	assert.deepEqual([no.json.allowed, found(no, 'VR-16').severity], [false, 'E'], no.text);
	refused(await give(nmi, wants, lot), 422, 'E-REC-011', '/lot_no');
	assert.equal(value(inst, `SELECT COUNT(*) FROM record_vaccination v JOIN record_subject s USING (subject_id)
		WHERE s.subject_no = '${wants.subject_no}'`), '0');

	// What was given before the stop is a fact: the municipality enters it, and its own record can be corrected.
	const paper = await give(muS, wants, lot);
	assert.equal(paper.status, 201, paper.text);
	assert.equal(found(paper, 'VR-16').severity, 'E');
	const corrected = await nmi.call('correctVaccination', { body: { record_id: given.json.record_id, doctor_name: '試験　次郎', reason_code: '1' },
		headers: { 'if-match': '"1"' } });
	assert.equal(corrected.status, 200, corrected.text);

	refused(await recall(muS, {}), 422, 'E-REC-007');
	refused(await recall(muV, { purpose: '04' }), 403, 'E-AUTH-004');
	const list = good(await recall(muS, { purpose: '04', lot_no: lot })).recalled;
	assert.deepEqual(list.map((x) => x.subject_no).sort(), [had, wants].map((p) => p.subject_no).sort());
	assert.deepEqual([list[0].lot_no, list[0].vaccine_code], [lot, 'DPTIPVHIB']);
	assert.equal(good(await recall(otherA, { purpose: '04', lot_no: lot })).recalled.length, 0, 'another municipality\'s');
	assert.equal(value(inst, `SELECT COUNT(DISTINCT subject_no) FROM audit_event WHERE operation = 'listRecall'
		AND subject_no IN ('${had.subject_no}', '${wants.subject_no}') AND purpose = '04'`), '2', 'each person stands in the log');

	const tasks = async (by) => good(await by.call('getRecordTasks')).recalls;
	assert.ok(await tasks(muS) >= 1, 'the menu says so');
	assert.equal(await tasks(otherA), 0);
	await stepUp(muA);
	const taken = await exported(muA, 'record.recall-list', { purpose: '04', lot_no: lot });
	assert.deepEqual(lines(taken.text).slice(1).map((line) => [line[0], line[7]]).sort(), [had, hidden, wants].map((p) => [p.subject_no, lot]).sort());
	assert.equal((await muV.call('startJob', { body: { kind: 'record.recall-list', params: { purpose: '04' } } })).status, 403);

	const pages = [];
	let after;
	do {
		const page = good(await recall(muS, { purpose: '04', lot_no: lot, limit: 1, ...(after ? { after } : {}) }));
		pages.push(...page.recalled);
		after = page.next;
	} while (after);
	assert.equal(pages.length, 2);
	const all = good(await recall(muA, { purpose: '04', lot_no: lot })).recalled;
	assert.ok(all.find((x) => x.subject_no === hidden.subject_no)?.banner, 'who may see restricted persons reaches them too');
});

test('the first lot of a vaccine that is known is a stopped one: it is refused by every worker at once', async () => {
	const [lot, ...people] = [tag(), ...await newPeople(hms, 12)];
	await add(lot, { vaccine_code: 'HEPB', lot_status: '使用停止' });
	const answers = await Promise.all(people.map((p) => give(nmi, p, lot, { vaccine_code: 'HEPB', dose_ml: 0.25 })));
	for (const answer of answers)
		refused(answer, 422, 'E-REC-011', '/lot_no');
});

test('a correction cannot put a stopped lot in', async () => {
	const [fine, stopped] = [tag(), tag()];
	await Promise.all([fine, stopped].map((l) => add(l)));
	const p = await newPerson(hms);
	const given = await give(nmi, p, fine);
	await stop(stopped);
	const answer = await nmi.call('correctVaccination', { body: { record_id: given.json.record_id, lot_no: stopped, reason_code: '1' },
		headers: { 'if-match': '"1"' } });
	refused(answer, 422, 'E-REC-011', '/lot_no');
});

test('VR-17: the expiry of the master counts where the sender says none', async () => {
	const lot = tag();
	await add(lot, { expiry: day(1) });
	sql(inst, `UPDATE master_lot SET expiry = '2026-04-01' WHERE lot_no = '${lot}'`); // as time goes by
	const p = await newPerson(hms);
	refused(await give(nmi, p, lot), 422, 'E-VAL-003', '/lot_no');
	const no = await check(nmi, p, { lot_no: lot, vaccinated_on: '2026-04-20' });
	assert.equal(no.json.allowed, false, no.text);
	assert.ok(found(no, 'VR-17'), no.text);
	const before = await give(nmi, p, lot, { vaccinated_on: '2026-03-30' });
	assert.equal(before.status, 201, before.text);
});

test('one number of two makers: the product says which', async () => {
	const lot = tag();
	const gtin = ['04512345678906', '04987654321098'].map((g) => g.slice(0, 13)).map((g) => {
		const sum = [...g].reduce((s, c, i) => s + Number(c) * (i % 2 === 0 ? 3 : 1), 0);
		return g + ((10 - (sum % 10)) % 10);
	});
	await approved(mhS, mhA, 'M13', { valid_from: TODAY, ...law, rows: [row('NEW', lotRow(lot, { gtin14: gtin[0] })),
		row('NEW', { ...lotRow(lot, { gtin14: gtin[1] }), product_code: `OTHER-${lot}` })] });
	await stop(lot);
	const [a, b, c] = await newPeople(hms, 3);
	refused(await give(nmi, a, lot, { gtin: gtin[0] }), 422, 'E-REC-011');
	const other = await give(nmi, b, lot, { gtin: gtin[1] });
	assert.equal(other.status, 201, other.text);
	refused(await give(nmi, c, lot), 422, 'E-REC-011');
});

test('H-8-3 step 6: a rule that has come to count is the rule of the next minute, in every worker', async () => {
	const p = await newPerson(hms);
	const from = good(await check(nmi, p, {})).rule_version;
	const change = await approved(mhS, mhA, 'M12', { valid_from: day(30), ...law,
		rows: [row('REVISE', { code: 'DPTIPVHIB', routine_to: '2026-04-19' })] });
	const rules = async () => new Set(await Promise.all(Array.from({ length: 24 },
		async () => good(await check(nmi, p, { vaccinated_on: '2026-04-20' })).rule_version)));
	assert.deepEqual([...await rules()], [from], 'not before its day');
	come(inst, change.change_id, TODAY);
	clock(inst);
	let now;
	for (let i = 0; i < 60; i++) {
		now = await rules();
		if (!now.has(from))
			break;
		await sleep(500);
	}
	assert.equal(now.size, 1);
	assert.ok(!now.has(from));
	const answer = await check(nmi, p, { vaccinated_on: '2026-04-20' });
	assert.ok(found(answer, 'VR-03'), answer.text);
	await approved(mhS, mhA, 'M12', { valid_from: day(30), ...law, rows: [row('REVISE', { code: 'DPTIPVHIB', routine_to: null })] })
		.then((back) => come(inst, back.change_id, TODAY));
	clock(inst);
	for (let i = 0; i < 60 && !(now = await rules()).has(from); i++)
		await sleep(500);
	for (let i = 0; i < 60 && !(now.size === 1 && now.has(from)); i++) {
		await sleep(500);
		now = await rules();
	}
	assert.deepEqual([...now], [from], 'and back, without a restart');
});
