// Simulation of changed rules (vaccination brief H-8-3 step 2) and what a change touches (H-8-2 step
// 4): only counts come back, small ones are hidden, and nobody is counted twice.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';

import { sql, value } from '../support/database.mjs';
import { instance, sleep, staff } from '../support/yobo.mjs';
import { runTimer } from '../record/people.mjs';
import { clock, create, day, drop, good, on, read, refused, replace, row, tag } from './masters.mjs';

const inst = instance();
const opened = [];
const keep = (caller) => { opened.push(caller); return caller; };
const law = { legal_ref: '予防接種実施規則（令和8年試験）' };
let mhA, mhS, muS, kcA;

before(async () => {
	clock(inst);
	[mhA, mhS, muS, kcA] = (await Promise.all([{ role: 'MH-A' }, { role: 'MH-S' }, { org_code: '131016', role: 'MU-S' }, { role: 'KC-A' }]
		.map((w) => staff(inst, w)))).map(keep);
	sql(inst, "UPDATE core_timer SET due_us = due_us + 3600000000 WHERE name = 'record.simulate'"); // only ours runs
});
after(() => {
	sql(inst, "UPDATE core_timer SET due_us = 0 WHERE name = 'record.simulate'");
	opened.forEach((c) => c.close());
});

const simulate = (by, c) => by.call('simulateMasterChange', { path: { change_id: c.change_id } });
const impact = async (c) => good(await mhS.call('getMasterImpact', { path: { change_id: c.change_id } }));
const run = () => runTimer(inst, 'record.simulate');
const residents = () => Number(value(inst, "SELECT COUNT(*) FROM record_subject WHERE resident_state = '住民' AND death_date IS NULL"));

// Everything of a row of M14 as it counts, and what is different.
async function revised(row_no, different) {
	const { values } = await on(mhS, 'M14', String(row_no), day(20));
	return row('REVISE', { ...values, ...different });
}
// The schedule's rows of a vaccine.
const rowsOf = (vaccine) => sql(inst, `SELECT row_no FROM master_schedule WHERE vaccine_code = '${vaccine}' ORDER BY row_no`).map(([n]) => n);
const draft = async (rows) => good(await create(mhS, 'M14', { ...law, valid_from: day(20), rows }), 201);

test('a change that moves nothing moves nobody', async () => {
	const c = await draft([await revised(rowsOf('MR')[0], { note: `試験 ${tag()}` })]);
	assert.equal((await impact(c)).simulation, null);
	const asked = good(await simulate(mhS, c), 202).simulation;
	assert.deepEqual([asked.status, asked.current, asked.changed], ['WAITING', true, null]);
	run();
	const { simulation } = await impact(c);
	assert.deepEqual([simulation.status, simulation.persons, simulation.persons_done], ['DONE', residents(), residents()]);
	assert.equal(simulation.changed, 0);
	assert.deepEqual(simulation.vaccines, []);
	assert.equal((await drop(mhS, c)).status, 204);
	assert.equal(value(inst, `SELECT COUNT(*) FROM master_simulation WHERE change_id = ${c.change_id}`), '0', 'a draft takes its simulation with it');
});

test('a window that opens moves those it opens for; every number of persons is hidden below the threshold', async () => {
	// The window of influenza opens to everybody: whole municipalities change.
	const c = await draft(await Promise.all(rowsOf('FLU').map((n) => revised(n, { min_age: 'B0', max_age: 'Y120' }))));
	good(await simulate(mhS, c), 202);
	run();
	const { simulation } = await impact(c);
	assert.equal(simulation.status, 'DONE');
	const truth = new Map(sql(inst, `SELECT o.org_code, s.changed FROM master_simulation_count s JOIN core_org o ON o.org_id = s.code
		WHERE s.change_id = ${c.change_id} AND s.kind = 'MUNI'`).map(([k, n]) => [k, Number(n)]));
	const total = [...truth.values()].reduce((a, b) => a + b, 0);
	assert.ok(total >= 10, `the sample moves ${total}`);
	assert.equal(simulation.changed, total);
	for (const m of simulation.municipalities) {
		assert.ok(m.changed >= 10);
		assert.equal(m.changed, truth.get(m.muni_code));
	}
	assert.equal(simulation.municipalities.length + simulation.hidden, truth.size);
	const rest = total - simulation.municipalities.reduce((a, m) => a + m.changed, 0);
	assert.ok(rest === 0 || (rest >= 10 && simulation.hidden > 1), 'what is left cannot be reckoned for one');
	const flu = simulation.vaccines.find((v) => v.vaccine_code === 'FLU');
	assert.ok(flu.gained >= 10 && flu.lost === 0, JSON.stringify(flu));
	assert.ok(!/subject|muni_key|birth|name_kana/.test(JSON.stringify(simulation)), 'no person');

	// Below the threshold neither a municipality nor the total is shown.
	sql(inst, `UPDATE master_simulation_count SET changed = IF(code = (SELECT MIN(code) FROM (SELECT code FROM master_simulation_count
		WHERE change_id = ${c.change_id} AND kind = 'MUNI') AS x), 3, 0), gained = LEAST(gained, 9) WHERE change_id = ${c.change_id}`);
	const few = (await impact(c)).simulation;
	assert.deepEqual([few.changed, few.municipalities, few.hidden], [null, [], truth.size]);
	assert.ok(few.vaccines.every((v) => v.gained === null));

	// Written anew, it is not the simulation of this draft any more.
	good(await replace(mhS, await fresh(c), { ...law, valid_from: day(21), rows: [await revised(rowsOf('FLU')[0], { note: '別' })] }));
	assert.equal((await impact(c)).simulation.current, false);
	assert.equal((await drop(mhS, await fresh(c))).status, 204);
});
const fresh = async (c) => good(await read(mhS, c.change_id));

test('a vaccine that leaves the programme is lost by those who could have it', async () => {
	const code = 'HPV9';
	const { values } = await on(mhS, 'M12', code, day(20));
	const c = good(await create(mhS, 'M12', { ...law, valid_from: day(20), rows: [row('REVISE', { ...values, routine_to: day(19) })] }), 201);
	good(await simulate(mhA, c), 202);
	run();
	const { simulation, records } = await impact(c);
	assert.equal(simulation.status, 'DONE');
	assert.ok(simulation.vaccines.every((v) => v.vaccine_code === code && v.gained === 0), JSON.stringify(simulation.vaccines));
	const due = Number(value(inst, `SELECT COUNT(DISTINCT subject_id) FROM record_due WHERE vaccine_code = '${code}'`));
	assert.deepEqual(records.filter((x) => x.what === 'DUE_PERSONS'), [{ what: 'DUE_PERSONS', key: code, count: due === 0 || due >= 10 ? due : null }]);
	assert.equal((await drop(mhS, c)).status, 204);
});

test('who may ask, and of what', async () => {
	const c = await draft([await revised(rowsOf('MR')[0], { note: tag() })]);
	refused(await simulate(muS, c), 404, 'E-AUTH-005');
	refused(await simulate(kcA, c), 404, 'E-AUTH-005');
	refused(await mhS.call('simulateMasterChange', { path: { change_id: 2147483000 } }), 404, 'E-AUTH-005');
	const m11 = good(await create(mhS, 'M11', { ...law, valid_from: day(20), rows: [row('NEW', { disease_code: tag(), name_ja: '見本病', category: 'B' })] }), 201);
	refused(await simulate(mhS, m11), 403, 'E-AUTH-004');
	for (const x of [c, m11])
		assert.equal((await drop(mhS, x)).status, 204);
});

test('a kill counts nobody twice', async () => {
	const c = await draft(await Promise.all(rowsOf('FLU').map((n) => revised(n, { min_age: 'B0', max_age: 'Y120' }))));
	for (const wait of [10, 60, 150]) {
		good(await simulate(mhS, c), 202);
		const child = spawn(inst.yoboctl, ['--config', inst.config, 'run', 'record.simulate'], { stdio: 'ignore' });
		await sleep(wait);
		child.kill('SIGKILL');
		sql(inst, "UPDATE core_timer SET lease_us = 0 WHERE name = 'record.simulate'");
		for (let i = 0; i < 30; i++) {
			try {
				run();
				break;
			} catch {
				await sleep(200);
			}
		}
		const { simulation } = await impact(c);
		assert.deepEqual([simulation.status, simulation.persons_done], ['DONE', residents()]);
		assert.equal(value(inst, `SELECT SUM(persons) FROM master_simulation_count WHERE change_id = ${c.change_id} AND kind = 'MUNI'`), String(residents()));
	}
	assert.equal((await drop(mhS, c)).status, 204);
});

test('a lot says how many records and persons it has, few are hidden', async () => {
	const [lot, vaccine, n] = sql(inst, `SELECT lot_no, vaccine_code, COUNT(DISTINCT subject_id) AS n FROM record_vaccination
		WHERE live = 1 AND exec_class = '1' AND lot_no IS NOT NULL GROUP BY lot_no, vaccine_code ORDER BY n DESC LIMIT 1`)[0];
	const c = good(await create(mhS, 'M13', { ...law, valid_from: day(1), rows: [row('NEW', { product_code: tag(), lot_no: lot, vaccine_code: vaccine,
		maker: '見本', lot_status: '使用可' })] }), 201);
	const { records } = await impact(c);
	const persons = records.find((x) => x.what === 'LOT_PERSONS');
	assert.equal(persons.key, lot);
	assert.equal(persons.count, Number(n) >= 10 ? Number(n) : null);
	if (persons.count === null)
		assert.equal(records.find((x) => x.what === 'LOT_RECORDS').count, null);
	assert.equal((await drop(mhS, c)).status, 204);
});
