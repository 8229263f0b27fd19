// Jobs that lose their process: killed in any stage they are taken up again, and nothing is done
// twice or by half.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { sql, value, verify } from '../support/database.mjs';
import { instance, sleep } from '../support/yobo.mjs';
import { Person, Worker, many, sha256, skip } from './jobs.mjs';

const inst = instance();
let one;
let two;
let clerk;

before(async () => {
	if (skip)
		return;
	one = new Worker(inst, { core: 'job_open = 60' });
	two = new Worker(inst, { core: 'job_open = 60' });
	one.tables();
	await one.start();
	clerk = await Person.of(one, { org_code: '131016', role: 'MU-S' });
});
after(async () => {
	await one?.close();
	await two?.close();
});

const check = (name, run) => test(name, { skip, timeout: process.env.YOBO_SLOW ? 900_000 : 120_000 }, run);
const count = (from, to) => Number(value(inst, `SELECT COUNT(*) FROM jobkind_item WHERE code BETWEEN '${from}' AND '${to}'`));
const lease = (no) => Number(value(inst, `SELECT lease_us - UNIX_TIMESTAMP(NOW(6)) * 1000000 FROM core_job WHERE job_no = '${no}'`));
// What waiting for half a minute would do.
const leaseOver = (no) => sql(inst, `UPDATE core_job SET lease_us = 0 WHERE job_no = '${no}'`);
const slow = { params: { mode: 'slow' } };

async function begin(n, first) {
	const file = Buffer.from(many(n, first));
	const { json } = await clerk.start('jobkind.items', file, slow);
	await clerk.send(json.job_no, file);
	return json.job_no;
}

check('killed while it checks: begun again, counted once', async () => {
	const no = await begin(6000, 100000);
	await clerk.until(no, 'CHECKING', (j) => j.rows_done > 1000);
	await one.kill('SIGKILL');
	assert.ok(lease(no) > 0, 'others keep away as long as it may live');
	leaseOver(no);
	await one.start();
	const job = await clerk.rest(no);
	assert.equal(job.state, 'READY', JSON.stringify(job.problem));
	assert.equal(job.counts.added, 6000);
	assert.equal(value(inst, `SELECT attempts FROM core_job WHERE job_no = '${no}'`), '0');
	await clerk.call('POST', `/jobs/${no}/cancel`);
});

check('faults found before the kill are not there twice', async () => {
	const rows = many(3000, 110000, { name: '不可' });
	const { json: { job_no } } = await clerk.start('jobkind.items', Buffer.from(rows), slow);
	await clerk.send(job_no, Buffer.from(rows));
	await clerk.until(job_no, 'CHECKING', (j) => j.rows_done > 0);
	await one.kill('SIGKILL');
	leaseOver(job_no);
	await one.start();
	const job = await clerk.rest(job_no);
	assert.equal(job.state, 'REFUSED');
	assert.equal(job.counts.bad, 3000);
	assert.equal(job.faults.length, 200);
	const file = await clerk.call('GET', `/jobs/${job_no}/errors`);
	assert.equal(file.text.split('\r\n').length, 3002);
});

check('killed while it commits: nothing of it stays, and then it is committed once', async () => {
	const no = await begin(6000, 120000);
	await clerk.rest(no);
	const job = await clerk.rest(no);
	assert.equal((await clerk.say(job)).status, 202);
	const moving = await clerk.until(no, 'COMMITTING', (j) => j.rows_done >= 2000);
	assert.ok(moving.percent > 0 && moving.percent < 100, 'a commit can be watched');
	assert.equal(count('120000', '125999'), 0, 'by others only its progress');
	await one.kill('SIGKILL');
	await sleep(300);
	assert.equal(count('120000', '125999'), 0);
	leaseOver(no);
	await one.start();
	const done = await clerk.rest(no);
	assert.equal(done.state, 'DONE', JSON.stringify(done.problem));
	assert.equal(count('120000', '125999'), 6000);
	assert.deepEqual(sql(inst, `SELECT COUNT(*), SUM(row_count) FROM audit_event WHERE target_id = '${no}' AND operation = 'jobCommit'`),
		[['1', '6000']], 'in the log it is one commit');
});

check('a worker that is told to stop gives its job to the next at once', async () => {
	const no = await begin(8000, 130000);
	await clerk.until(no, 'CHECKING', (j) => j.rows_done > 0);
	await one.kill('SIGTERM');
	assert.ok(lease(no) <= 0, 'nobody waits for a lease');
	assert.equal(value(inst, `SELECT attempts FROM core_job WHERE job_no = '${no}'`), '0', 'and it counts as no attempt');
	await one.start();
	assert.equal((await clerk.rest(no)).state, 'READY');
	await clerk.call('POST', `/jobs/${no}/cancel`);
});

check('a slow one whose lease ran out has lost the job to another, who does it once', async () => {
	await two.start();
	const no = await begin(6000, 140000);
	await clerk.until(no, 'CHECKING', (j) => j.rows_done > 0);
	leaseOver(no); // both at it now: the first finds another claim at its next step
	const job = await clerk.rest(no);
	assert.equal(job.counts.added, 6000);
	assert.equal((await clerk.say(job)).status, 202);
	await clerk.until(no, 'COMMITTING', (j) => j.rows_done > 0);
	assert.equal((await clerk.rest(no)).state, 'DONE');
	assert.equal(count('140000', '145999'), 6000);
});

check('several jobs are worked on by both, none of them twice', async () => {
	const jobs = await Promise.all(Array.from({ length: 8 }, (_, i) => begin(1500, 200000 + i * 2000)));
	const ready = await Promise.all(jobs.map((no) => clerk.rest(no)));
	assert.ok(ready.every((j) => j.state === 'READY' && j.counts.added === 1500), JSON.stringify(ready.map((j) => j.counts)));
	await Promise.all(ready.map((j) => clerk.say(j)));
	const done = await Promise.all(jobs.map((no) => clerk.rest(no)));
	assert.ok(done.every((j) => j.state === 'DONE'), JSON.stringify(done.map((j) => j.problem)));
	assert.equal(count('200000', '215999'), 12_000);
	await two.stop();
});

check('an export that lost its process is written anew', async () => {
	const { json: { job_no } } = await clerk.call('POST', '/jobs', { body: { kind: 'jobkind.out', params: { mode: 'slow' } } });
	await clerk.until(job_no, 'WAITING', (j) => j.rows_done >= 1000);
	await one.kill('SIGKILL');
	leaseOver(job_no);
	await one.start();
	const job = await clerk.rest(job_no, 90);
	assert.equal(job.state, 'DONE');
	const file = await clerk.call('GET', `/jobs/${job_no}/result`);
	assert.equal(file.text.split('\r\n').length - 2, Number(value(inst, 'SELECT COUNT(*) FROM jobkind_item')));
	assert.equal(Buffer.byteLength(file.text), job.result_bytes);
	assert.equal(sha256(file.text), job.result_sha256, 'the lines before the kill are not in it twice');
});

check('one that ends every worker is given up', async () => {
	const no = await begin(3000, 150000);
	for (let i = 0; i < 5; i++) {
		await clerk.until(no, 'CHECKING', () => lease(no) > 0);
		await one.kill('SIGKILL');
		leaseOver(no);
		await one.start();
	}
	const failed = await clerk.rest(no);
	assert.equal(failed.state, 'FAILED');
	assert.equal(failed.problem.code, 'E-JOB-016');
});

test('the access log is whole', () => {
	const { status, out } = verify(inst);
	assert.equal(status, 0, out);
});
