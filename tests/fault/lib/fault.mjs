// fault.mjs - what the fault tests share: TAP, the processes of an instance, and writers that
// keep a book of what was acknowledged.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { sql, value, verify } from '../../support/database.mjs';
import { Caller, exchange, instance, machine, sleep, staff } from '../../support/yobo.mjs';

export { assert, exchange, machine, sleep, sql, staff, value, Caller };
export const inst = instance();
export const top = process.env.FAULT_TOP;
export const scratch = process.env.FAULT_DIR;
export const prefix = process.env.FAULT_PREFIX;
export const dir = dirname(process.env.YOBO_INSTANCE);

// ---- TAP, one after the other ----

let count = 0;
let failed = 0;
export const note = (text) => console.log(`# ${text}`);

export async function test(name, run) {
	const begun = Date.now();
	count++;
	try {
		const said = await run();
		console.log(`ok ${count} - ${name}${typeof said === 'string' ? ` (${said})` : ''}`);
	} catch (error) {
		failed++;
		console.log(`not ok ${count} - ${name}`);
		for (const line of String(error?.stack ?? error).split('\n').slice(0, 20))
			note(line.slice(0, 400));
	}
	note(`${((Date.now() - begun) / 1000).toFixed(1)} s`);
}

export const skip = (name, why) => console.log(`ok ${++count} - ${name} # skip ${why}`);

export function done() {
	console.log(`1..${count}`);
	process.exit(failed > 0 ? 1 : 0);
}

// The log must be whole after everything we did to it.
export const whole = (after) => test(`the access log is whole after ${after}`, () => {
	const report = verify(inst);
	assert.equal(report.status, 0, report.out);
	return report.out.trim().split('\n').at(-1);
});

// ---- processes of the instance ----

const read = (path) => {
	try {
		return readFileSync(path, 'utf8');
	} catch {
		return '';
	}
};
export const pid = (name) => Number(read(join(dir, 'pid', `${name}.pid`)).split(' ')[0]);

// The parent and state of a process; null when it is gone.
function stat(n) {
	const text = read(`/proc/${n}/stat`);
	const [state, parent] = text.slice(text.lastIndexOf(')') + 2).split(' ');
	return text === '' ? null : { state, parent: Number(parent) };
}
export const alive = (n) => ![null, 'Z'].includes(stat(n)?.state ?? null);

// yobo-worker processes of this instance: { pid, pool, generation }.
export function workers(pool) {
	const father = pid('yobod');
	const all = [];
	for (const name of readdirSync('/proc')) {
		if (!/^\d+$/.test(name) || stat(name)?.parent !== father || stat(name)?.state === 'Z')
			continue;
		const args = read(`/proc/${name}/cmdline`).split('\0');
		const after = (option) => args[args.indexOf(option) + 1];
		if (args.includes('--pool') && (!pool || after('--pool') === pool))
			all.push({ pid: Number(name), pool: after('--pool'),
				generation: Number(after('--generation')) });
	}
	return all;
}

export function kill(n, signal = 'SIGKILL') {
	assert.ok(n > 1, `no process to send ${signal}`);
	try {
		process.kill(n, signal);
	} catch (error) {
		if (error.code !== 'ESRCH')
			throw error;
	}
}

export async function until(what, ms, condition) {
	const end = Date.now() + ms;
	for (;;) {
		const result = await condition();
		if (result)
			return result;
		if (Date.now() > end)
			throw new Error(`${what}: not within ${ms} ms`);
		await sleep(25);
	}
}

export function start(what) {
	const made = spawnSync('bash', [join(top, 'tests/fault/lib/control.sh'), dir, 'start', what],
		{ encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
	assert.equal(made.status, 0, `${what} does not start: ${made.stderr}`);
}

export const log = (name = 'yobod') => read(join(dir, 'log', `${name}.log`));
export const conf = () => read(inst.config);
export const configure = (text) => writeFileSync(inst.config, text);

// A line of a section of yobo.conf, replaced or added.
export function option(section, name, v) {
	const lines = conf().split('\n');
	const at = lines.indexOf(`[${section}]`);
	const old = lines.findIndex((line, i) => i > at && line.startsWith(`${name} `));
	const end = lines.findIndex((line, i) => i > at && line.startsWith('['));
	assert.ok(at >= 0, section);
	if (old > 0 && (end < 0 || old < end))
		lines[old] = `${name} = ${v}`;
	else
		lines.splice(at + 1, 0, `${name} = ${v}`);
	configure(lines.join('\n'));
}

const generation = () => Math.max(0, ...workers().map((w) => w.generation));

// A reload that must succeed: the new generation serves and the old one is gone.
export async function reload(ms = 20_000) {
	const before = generation();
	kill(pid('yobod'), 'SIGHUP');
	await until('a reload', ms, () => {
		const all = workers();
		return all.length > 0 && all.every((w) => w.generation > before) && workers('main').length >= 2;
	});
}

export const healthy = async (ms = 20_000) => {
	const nobody = new Caller(inst);
	try {
		await until('health', ms, async () => {
			const answer = await exchange(`${inst.base}/healthz`, { agent: nobody.agent }).catch(() => null);
			return answer?.status === 200;
		});
	} finally {
		nobody.close();
	}
};

// ---- persons and doses ----

export const run = randomBytes(3).toString('hex');
export const person = (key, change = {}) => ({ muni_code: '131016', muni_key: `F-${run}-${key}`,
	name: '障害　試子', name_kana: 'ショウガイ　タメシコ', birth_date: '2026-02-10', sex: '2',
	address: '東京都千代田区見本町1-1', not_disclosed: false, self_info_blocked: false, ...change });
export const dose = (subject_no, change = {}) => ({ subject_no, legal_class: '1',
	vaccine_code: 'DPTIPVHIB', dose_seq: 1, lot_no: 'A1234', vaccinated_on: '2026-04-20',
	dose_ml: 0.5, route: 'SC', site: '74L', exec_class: '1', place_class: '1',
	doctor_name: '障害　医師', ...change });
export const muni = machine(inst, { org_code: '131016' }, 'subject:write');
export const clinic = machine(inst, { org_type: 'NMI' }, 'record:write');
// A list long enough that only few such are registered at one time; `first` is its first row.
export const list = (tag, first) => ({ subjects: [first ?? person(`${tag}-0`),
	...Array.from({ length: 149 }, (_, i) => person(`${tag}-${i + 1}`))] });
let born = 0;

// n new persons, by their numbers.
export async function people(n) {
	const numbers = [];
	while (numbers.length < n) {
		const subjects = Array.from({ length: Math.min(500, n - numbers.length) },
			() => person(`p${born++}`));
		const answer = await muni.call('putSubjects', { body: { subjects } });
		assert.equal(answer.status, 200, answer.text);
		numbers.push(...answer.json.results.map((r) => r.subject_no));
	}
	return numbers;
}

// ---- writers and their book ----

// Each writer registers one dose of one person after the other; whatever fails is sent again
// under the same Idempotency-Key. `book` is what was acknowledged, `odd` what never may be.
export class Writers {
	constructor(subjects, n = 8) {
		this.left = [...subjects];
		this.book = [];
		this.odd = [];
		this.retries = 0;
		this.open = 0; // sent, and given up without an answer
		this.slowest = 0;
		this.stopped = false;
		this.all = Promise.all(Array.from({ length: n }, () => this.write()));
	}

	async write() {
		while (!this.stopped && this.left.length > 0)
			await this.one(this.left.pop(), randomUUID());
	}

	async one(subject, key) {
		const end = Date.now() + 45_000;
		const headers = { 'idempotency-key': key };
		while (Date.now() < end) {
			const begun = Date.now();
			const answer = await clinic.call('createVaccination', { body: dose(subject), headers })
				.catch((error) => ({ status: 0, text: error.message }));
			this.slowest = Math.max(this.slowest, Date.now() - begun);
			if (answer.status === 201) {
				this.book.push({ subject, id: answer.json.record_id,
					replayed: answer.headers['idempotency-replayed'] === 'true' });
				return;
			}
			if (![0, 503].includes(answer.status) ||
				(answer.status === 503 && !answer.headers['retry-after'])) {
				this.odd.push(`${answer.status} ${answer.text.slice(0, 300)}`);
				return;
			}
			this.retries++;
			await sleep(60 + Math.random() * 120);
		}
		this.open++;
	}

	async stop() {
		this.stopped = true;
		await this.all;
	}

	// Nothing acknowledged is lost, nothing is there twice, no answer was odd.
	compare() {
		assert.deepEqual(this.odd, []);
		assert.equal(this.open, 0, 'a write never got an answer');
		const rows = new Map();
		for (const [id, n, no, outbox] of sql(inst, `SELECT LOWER(HEX(v.record_id)), COUNT(*),
				MAX(s.subject_no), (SELECT COUNT(*) FROM record_outbox o
				WHERE o.subject_id = v.subject_id AND o.record_id = v.record_id)
				FROM record_vaccination v JOIN record_subject s USING (subject_id)
				WHERE s.muni_key LIKE 'F-${run}-%' GROUP BY v.subject_id, v.record_id`))
			rows.set(id, { n: Number(n) + (rows.get(id)?.n ?? 0), no, outbox: Number(outbox) });
		const persons = new Map();
		for (const [id, row] of rows)
			persons.set(row.no, [...(persons.get(row.no) ?? []), id]);
		for (const { subject, id } of this.book) {
			const row = rows.get(id.replaceAll('-', ''));
			assert.ok(row, `acknowledged and lost: ${id} of ${subject}`);
			assert.equal(row.no, subject);
			assert.equal(row.n, 1);
			assert.equal(row.outbox, 1, `outbox of ${id}`);
			assert.equal(persons.get(subject).length, 1, `done twice under one key: ${subject}`);
		}
		return `${this.book.length} acknowledged, ${this.retries} retries, ${
			this.book.filter((b) => b.replayed).length} replayed, slowest ${this.slowest} ms`;
	}
}
