// Timers: when due, once at a time in the installation, again after a kill, and by hand. The
// core's own timer, which removes what has run out, stands for all of them.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { dirname, join } from 'node:path';
import { after, beforeEach, test } from 'node:test';

import { sql, value } from '../support/database.mjs';
import { exchange, instance, sleep } from '../support/yobo.mjs';
import { jobsWorker } from './workers.mjs';

const inst = instance();
const TIMER = 'core.purge';
const FAR = '9000000000000000';

const timer = () => {
	const [due, held, holder, outcome, counts, problem, failures, ok] = sql(inst, `SELECT
		ROUND(due_us / 1000000 - UNIX_TIMESTAMP(NOW(6))),
		lease_us > UNIX_TIMESTAMP(NOW(6)) * 1000000, holder, outcome, counts, problem, failures,
		COALESCE(ok_us, 0) FROM core_timer WHERE name = '${TIMER}'`)[0];
	return { due: Number(due), held: held === '1', holder, outcome, problem,
		counts: counts === 'NULL' ? null : JSON.parse(counts), failures: Number(failures), ok: Number(ok) };
};
async function until(what, condition) {
	for (let i = 0; i < 300; i++) {
		const t = timer();
		if (condition(t))
			return t;
		await sleep(50);
	}
	return assert.fail(`${what}: ${JSON.stringify(timer())}`);
}
const due = (us = 0) => sql(inst, `UPDATE core_timer SET due_us = ${us} WHERE name = '${TIMER}'`);
const done = async (since) => until('a run ends', (t) => !t.held && t.ok > since);

// Kept answers that have run out long ago, of a key of our own.
const mine = (i) => createHash('sha256').update(`timers.test ${i}`).digest('hex');
const old = (n) => {
	for (let i = 0; i < n; i += 500)
		sql(inst, `INSERT INTO core_idempotency (actor, request_sha256, expires_us) VALUES ${
			Array.from({ length: Math.min(500, n - i) }, (_, k) => `(UNHEX('${mine(i + k)}'),
			REPEAT('r', 32), 1)`).join(', ')}`);
};
const left = () => Number(value(inst, 'SELECT COUNT(*) FROM core_idempotency WHERE expires_us = 1'));

// Holds the lock of one of those rows, so that the step that wants to remove it stands still.
async function hold(i) {
	const child = spawn('mariadb', ['--no-defaults', `--socket=${inst.db.socket}`, '--unbuffered',
		'--batch', '--skip-column-names', inst.db.name], { stdio: ['pipe', 'pipe', 'inherit'] });
	const ended = new Promise((resolve) => { child.on('exit', resolve); });
	const held = new Promise((resolve) => { child.stdout.once('data', resolve); });
	child.stdin.write('BEGIN; SELECT expires_us FROM core_idempotency'
		+ ` WHERE actor = UNHEX('${mine(i)}') FOR UPDATE;\n`);
	await held;
	return async () => {
		child.stdin.end('ROLLBACK;\n');
		await ended;
	};
}

function ctl(...args) {
	const { status, stdout, stderr } = spawnSync(inst.yoboctl, ['--config', inst.config, ...args],
		{ encoding: 'utf8' });
	return { status, stdout, stderr };
}
const log = () => readFileSync(join(dirname(inst.config), '../log/yobod.log'), 'utf8');

beforeEach(async () => {
	await until('nobody runs it', (t) => !t.held);
	sql(inst, 'DELETE FROM core_idempotency WHERE expires_us = 1');
	due(FAR);
});
after(() => {
	sql(inst, 'DELETE FROM core_idempotency WHERE expires_us = 1');
	due();
});

test('a timer that is due runs, reports, and is due again', async () => {
	const before = timer().ok;
	old(2500);
	due();
	const t = await done(before);
	assert.equal(left(), 0);
	assert.deepEqual([t.outcome, t.problem, t.failures], ['DONE', 'NULL', 0]);
	assert.ok(t.counts.idempotency >= 2500, JSON.stringify(t.counts));
	assert.ok(t.due > 50 && t.due <= 60, t.due);
});

test('by hand: lists, runs, and looks only', async () => {
	const list = ctl('run');
	assert.equal(list.status, 0, list.stderr);
	assert.match(list.stdout, /^core\.purge +\S+ +\S+ +done +\{"idempotency":\d+,/m);
	old(3);
	const before = timer();
	const dry = ctl('run', TIMER, '--dry-run');
	assert.equal(dry.status, 0, dry.stderr);
	assert.match(dry.stdout, /^idempotency 3$/m);
	assert.equal(left(), 3);
	assert.deepEqual({ ...timer(), due: 0, holder: 0 }, { ...before, due: 0, holder: 0 });
	const run = ctl('run', TIMER);
	assert.equal(run.status, 0, run.stderr);
	assert.match(run.stdout, /^idempotency 3$/m);
	assert.equal(left(), 0);
	assert.ok(timer().ok > before.ok && timer().due <= 60);
	assert.equal(ctl('run', 'core.nothing').status, 64);
	assert.equal(ctl('run', '--dry-run').status, 64);
	assert.equal(ctl('run', TIMER, 'more').status, 64);
});

test('never twice at a time, however many would', async (t) => {
	const others = await Promise.all([jobsWorker(inst), jobsWorker(inst)]);
	t.after(() => Promise.all(others.map((w) => w.end())));
	const lines = () => [log(), ...others.map((w) => w.log())].join('')
		.split('\n').filter((l) => l.includes('timer core.purge: done')).length;
	const before = { ok: timer().ok, lines: lines() };
	old(10);
	const release = await hold(5);
	due();
	const { holder } = await until('somebody runs it', (x) => x.held);
	const busy = ctl('run', TIMER);
	assert.equal(busy.status, 75);
	assert.match(busy.stderr, /is running elsewhere/);
	await sleep(1000);
	assert.equal(timer().holder, holder);
	await release();
	assert.equal((await done(before.ok)).counts.idempotency, 10);
	await sleep(1000);
	assert.equal(lines(), before.lines + 1);
});

test('killed in the middle: begins again when the lease has run out, nothing doubled', async (t) => {
	const other = await jobsWorker(inst);
	t.after(() => other.end());
	old(1500);
	const before = timer().ok;
	const release = await hold(1200);
	due();
	const { holder } = await until('somebody runs it', (x) => x.held);
	const pid = Number(holder.split('/').at(-1));
	await sleep(200); // it waits for the row
	process.kill(pid, 'SIGKILL');
	await release();
	await sleep(2000);
	const dead = timer();
	assert.deepEqual([dead.held, dead.holder, dead.ok], [true, holder, before], 'the lease holds');
	sql(inst, `UPDATE core_timer SET lease_us = lease_us - 56000000 WHERE name = '${TIMER}'`);
	const again = await done(before);
	assert.notEqual(again.holder, holder);
	assert.equal(left(), 0);
	assert.ok(again.counts.idempotency === 1500 || again.counts.idempotency === 500,
		'the first step, committed or not, counts once');
});

test('one that slept through its lease does not commit beside its successor', async (t) => {
	const other = await jobsWorker(inst);
	t.after(() => other.end());
	old(5);
	const before = timer().ok;
	const release = await hold(2);
	due();
	const { holder } = await until('somebody runs it', (x) => x.held);
	// As if a minute had passed: another one holds it now.
	sql(inst, `UPDATE core_timer SET lease = REPEAT('x', 16), holder = 'another' WHERE name = '${TIMER}'`);
	await release();
	await sleep(1500);
	assert.equal(left(), 5, 'the step was rolled back');
	assert.deepEqual([timer().holder, timer().ok], ['another', before]);
	assert.notEqual(holder, 'another');
	assert.match(log() + other.log(), /timer core\.purge: the lease was lost/);
	sql(inst, `UPDATE core_timer SET lease = NULL, lease_us = 0 WHERE name = '${TIMER}'`);
	await done(before);
	assert.equal(left(), 0);
});

test('asked to end: the step ends, the lease is given back, another goes on', async () => {
	old(1500);
	const before = timer().ok;
	const release = await hold(700);
	const run = spawn(inst.yoboctl, ['--config', inst.config, 'run', TIMER], { stdio: ['ignore', 'pipe', 'pipe'] });
	let said = '';
	run.stderr.on('data', (x) => { said += x; });
	const status = new Promise((resolve) => { run.on('exit', resolve); });
	await until('it runs in the foreground', (x) => x.held);
	await sleep(200);
	run.kill('SIGTERM');
	await release();
	assert.equal(await status, 1, said);
	assert.match(said, /was stopped before its end/);
	const stopped = timer();
	assert.deepEqual([stopped.held, stopped.ok], [false, before]);
	const some = left();
	assert.ok(some === 500 || some === 1500, `${some} left`);
	due();
	await done(before);
	assert.equal(left(), 0);
});

test('a worker asked to end gives back what it runs', async () => {
	const other = await jobsWorker(inst);
	old(10);
	const before = timer().ok;
	const release = await hold(5);
	due();
	const { holder } = await until('somebody runs it', (x) => x.held);
	const theirs = holder.endsWith(`/${other.pid}`);
	const status = other.end();
	await sleep(300);
	assert.equal(timer().held, true, 'the step under way is waited for');
	await release();
	assert.equal(await status, 0, other.log());
	await done(before);
	assert.equal(left(), 0);
	assert.ok(!theirs || /timer core\.purge: (done|stopped)/.test(other.log()), other.log());
});

test('a step that fails is tried again after one minute, two, four', async (t) => {
	const jobs = "'yobo_jobs'@'localhost'";
	sql(inst, `REVOKE DELETE ON core_mail FROM ${jobs}`);
	t.after(() => sql(inst, `GRANT DELETE ON core_mail TO ${jobs}`));
	old(2);
	for (let n = 1; n <= 3; n++) {
		const { status, stderr } = ctl('run', TIMER);
		assert.equal(status, 1, stderr);
		const x = timer();
		assert.deepEqual([x.held, x.outcome, x.problem, x.failures], [false, 'FAILED', 'E-SYS-003', n]);
		assert.ok(x.due > 60 * 2 ** (n - 1) - 10 && x.due <= 60 * 2 ** (n - 1), x.due);
		assert.match(stderr, /timer core\.purge: failed/);
	}
	assert.equal(left(), 2, 'the whole step was rolled back');
	assert.match(ctl('run').stdout, /^core\.purge .* failed E-SYS-003 /m);
	sql(inst, `GRANT DELETE ON core_mail TO ${jobs}`);
	assert.equal(ctl('run', TIMER).status, 0);
	assert.deepEqual([timer().failures, left()], [0, 0]);
});

test('/metrics says when each timer last came to its end', async () => {
	const agent = new https.Agent({ ca: readFileSync(inst.ca) });
	const before = timer().ok / 1e6;
	for (let i = 0; ; i++) {
		const { text } = await exchange(`${inst.base}/metrics`, { agent });
		const at = Number(/yobo_timer_success_timestamp_seconds\{[^}]*timer="core\.purge"\} ([0-9.]+)/
			.exec(text)?.[1] ?? 0);
		if (at > before - 1)
			break;
		assert.ok(i < 150, `${at} is not ${before}`);
		await sleep(100);
	}
});

test('a pool without runners knows nothing of timers', () => {
	const secret = readFileSync(join(dirname(inst.config), '../data/secrets/yobo_main.password'), 'utf8');
	const { stderr } = spawnSync('mariadb', ['--no-defaults', `--socket=${inst.db.socket}`, '-uyobo_main',
		`-p${secret.trim()}`, inst.db.name, '-e', 'SELECT name FROM core_timer'], { encoding: 'utf8' });
	assert.match(stderr, /SELECT command denied/);
});
