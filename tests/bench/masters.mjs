// masters.mjs - files of other systems as large as the country: institutions received (H-8-7) and
// masters sent (H-8-8), in seconds and in memory.
//
//	YOBO_INSTANCE=… node tests/bench/masters.mjs [institutions] [fees]     (28,944 and 5,000)
//
// Needs an instance of its own: it leaves that many institutions in it. Three files are received:
// all new, one in a hundred different, and half of those once more; 0: none. The memory is that of the process
// that runs the timer, looked at every 20 ms.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { Partner, code, institution } from '../master/partner.mjs';
import { approve, clock, commit, csv, day, good, submit, upload } from '../master/masters.mjs';
import { sql, value } from '../support/database.mjs';
import { instance, staff } from '../support/yobo.mjs';

const n = Number(process.argv[2] ?? 28944), fees = Number(process.argv[3] ?? 5000);
const inst = instance();
const partner = new Partner(inst);
const say = (what, ms, kib, more = '') => console.log(`${what.padEnd(36)} ${(ms / 1000).toFixed(2).padStart(8)} s ${
	String(kib >> 10).padStart(6)} MiB  ${more}`);

// The timer in a process of its own; its children are the worker that does it.
async function run(timer) {
	const child = spawn(inst.yoboctl, ['--config', inst.config, 'run', timer], { stdio: ['ignore', 'pipe', 'inherit'] });
	const began = performance.now();
	let most = 0, out = '';
	child.stdout.on('data', (d) => { out += d; });
	const look = setInterval(() => {
		try {
			const kids = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
			for (const pid of [child.pid, ...kids])
				most = Math.max(most, Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0));
		} catch { /* it has just ended */ }
	}, 20);
	const status = await new Promise((done) => child.on('close', done));
	clearInterval(look);
	if (status !== 0)
		throw new Error(`${timer}: ${status}\n${out}`);
	return [performance.now() - began, most];
}

clock(inst);
sql(inst, "UPDATE core_timer SET due_us = due_us + 36000000000 WHERE name IN ('master.receive', 'master.send', 'master.announce')");
const pref = (i) => String(1 + i % 47).padStart(2, '0');
const all = Array.from({ length: n }, (_, i) => institution(code(pref(i), 1000 + Math.floor(i / 47))));
const kcA = await staff(inst, { role: 'KC-A' }), kcS = await staff(inst, { role: 'KC-S' });

async function receive(what, rows) {
	const name = partner.leave('M61', rows);
	let [ms, kib] = await run('master.receive');
	const of = () => sql(inst, `SELECT status, n_added, n_changed, n_ended, n_same, receipt_id, problem FROM master_receipt WHERE name = '${name}' ORDER BY receipt_id DESC LIMIT 1`)[0];
	let receipt = of();
	if (receipt[0] === 'HELD') {
		say(`${what}: looked at, held`, ms, kib, receipt[6]);
		for (const by of [kcS, kcA])
			good(await by.call('releaseReceipt', { path: { receipt_id: receipt[5] }, body: { decision: 'APPLY', reason: '計測' } }));
		[ms, kib] = await run('master.receive');
		receipt = of();
	}
	if (receipt[0] !== 'APPLIED')
		throw new Error(`${what}: ${receipt}`);
	say(`${what}: applied`, ms, kib, `${receipt[1]} new, ${receipt[2]} changed, ${receipt[3]} ended, ${receipt[4]} same`);
}

if (n > 0) {
	console.log(`${n.toLocaleString('en')} institutions`);
	await receive('all new', all);
	await receive('one in a hundred different', all.map((r, i) => (i % 100 ? r : { ...r, phone: '03-9999-9999' })));
	await receive('half of that back', all.map((r, i) => (i % 200 ? r : { ...r, phone: '03-1111-1111' })));
}
console.log(`organisations: ${value(inst, "SELECT COUNT(*) FROM core_org WHERE org_type = 'HMI'")}`);

// Fees by a CSV job, approved, and sent.
const muS = await staff(inst, { org_code: '131016', role: 'MU-S' }), muA = await staff(inst, { org_code: '131016', role: 'MU-A' });
const head = ['muni_code', 'vaccine_code', 'age_band', 'exec_class', 'place_class', 'price_yen', 'self_pay_yen', 'self_pay_exempt', 'tax_class'];
const band = (i) => `計測${process.pid}-${i}`;
let began = performance.now();
const job = await upload(muS, 'master.rows', csv(head, Array.from({ length: fees }, (_, i) =>
	['131016', 'MR', band(i), 1, 1, 100 + i % 900, 0, '', '課税'])), { master: 'M03', valid_from: day(1), reason: '計測' });
if (job.state !== 'READY')
	throw new Error(JSON.stringify(job));
const done = await commit(muS, job);
if (done.state !== 'DONE')
	throw new Error(JSON.stringify(done));
say(`${fees.toLocaleString('en')} fees by CSV`, performance.now() - began, 0);
const id = value(inst, "SELECT MAX(change_id) FROM master_change WHERE master = 'M03'");
const draft = good(await muS.call('getMasterChange', { path: { change_id: id } }));
began = performance.now();
const handed = draft.status === 'DRAFT' ? good(await submit(muS, draft)) : draft;
good(await approve(muA, handed));
say('handed in and approved', performance.now() - began, 0);
const [ms, kib] = await run('master.send');
say('sent', ms, kib, `${value(inst, "SELECT COUNT(*) FROM master_sending WHERE master = 'M03'")} files`);
for (const c of [kcA, kcS, muA, muS])
	c.close();
