// clock.mjs - a worker whose wall clock jumps: what has expired or was revoked stays so, what is
// written stays in order, and nothing hangs.

import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Caller, assert, clinic, done, dose, inst, muni, people, scratch, sleep, staff, sql, test, until,
	whole } from './fault.mjs';
import { Worker } from './fcgi.mjs';

const HOUR = 3600;
const DAY = 24 * HOUR;
const file = join(scratch, 'clock');
// Seconds the clock of the worker is ahead; read anew at every call.
function jump(seconds) {
	writeFileSync(file, `${seconds >= 0 ? '+' : ''}${seconds}`);
	utimesSync(file, new Date(), new Date());
}
jump(0);
const worker = new Worker('main', { LD_PRELOAD: process.argv[2], FAKETIME_TIMESTAMP_FILE: file,
	FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1', DONT_FAKE_MONOTONIC: '1' });
await worker.start();

const subjects = await people(60);
const admin = await staff(inst, { org_code: '131016', role: 'MU-A' });
const nobody = new Caller(inst);
const asked = async (token, id, { path, query, body, headers = {} } = {}) => {
	const { method, url } = await nobody.url(id, { path, query });
	return worker.ask({ method, url, body: body && JSON.stringify(body), headers: { ...headers,
		authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) } });
};
const pull = (token) => asked(token, 'pullVaccinations', { query: { since: 0, limit: 1 } });
const write = (no) => asked(clinic.token, 'createVaccination', { body: dose(no) });
const issue = async (days) => {
	const answer = await admin.call('issueAccessToken', { body: { name: '時計の試験',
		scopes: ['record:read'], days } });
	assert.equal(answer.status, 201, answer.text);
	return { id: answer.json.issued.token_id, token: answer.json.token };
};
const revoke = async (id) => {
	const answer = await admin.call('revokeAccessToken', { path: { token_id: id },
		body: { reason: '時計の試験' } });
	assert.equal(answer.status, 200, answer.text);
};
// How far the worker's idea of the time, as it writes it down, is ahead of ours.
const ahead = (answer) => Number(sql(inst, `SELECT MAX(at_us) FROM audit_event
	WHERE trace_id = '${answer.headers['x-yobo-trace']}'`)[0][0]) / 1e6 - Date.now() / 1000;

await test('with the right time everybody is served', async () => {
	assert.equal((await pull(muni.token)).status, 200);
	const answer = await write(subjects.pop());
	assert.equal(answer.status, 201, answer.text);
	assert.ok(Math.abs(ahead(answer)) < 3, `${ahead(answer)} s`);
});

await test('a revoked token stays revoked when the clock goes on and comes back', async () => {
	const one = await issue(3);
	assert.equal((await pull(one.token)).status, 200);
	await revoke(one.id);
	await until('the revocation', 6000, async () => (await pull(one.token)).status === 401);
	const steady = await issue(90);
	for (const seconds of [HOUR, 0, 5 * DAY, 0, -DAY, -HOUR, 0]) {
		jump(seconds);
		await sleep(1300); // the background has looked, and swept what has run out
		assert.equal((await pull(one.token)).status, 401, `${seconds} s`);
		assert.equal((await pull(steady.token)).status, 200, `${seconds} s`);
	}
	await revoke(steady.id); // an organisation may have few
});

await test('an expired token never lives again, whatever the clock says', async () => {
	await worker.stop();
	worker.stopping = false;
	jump(0);
	await worker.start();
	const short = await issue(1);
	const long = await issue(90);
	assert.equal((await pull(short.token)).status, 200);
	jump(2 * DAY);
	assert.equal((await pull(short.token)).status, 401);
	assert.equal((await pull(long.token)).status, 200);
	for (const seconds of [0, -HOUR, DAY, -DAY, HOUR, 0]) {
		jump(seconds);
		assert.equal((await pull(short.token)).status, 401, `${seconds} s`);
		assert.equal((await pull(long.token)).status, 200, `${seconds} s`);
	}
});

await test('a clock set back does not put the log out of order, nor stop writes', async () => {
	for (const seconds of [0, -HOUR, 0, -DAY, -HOUR, 0, -10]) {
		jump(seconds);
		const answer = await write(subjects.pop());
		assert.equal(answer.status, 201, `${seconds} s: ${answer.text}`);
		assert.ok(Math.abs(ahead(answer) - 2 * DAY) < 3, `${ahead(answer)} s`);
	}
	const back = sql(inst, `SELECT COUNT(*) FROM audit_event a JOIN audit_event b
		ON b.chain_id = a.chain_id AND b.seq = a.seq + 1 WHERE b.at_us < a.at_us - 1000000`);
	assert.equal(back[0][0], '0');
});

await test('a clock set back by less than a queue may last refuses nobody', async () => {
	for (const seconds of [30, 0, -30, 0]) {
		jump(seconds);
		for (const [waited, status] of [[0, 200], [8, 503]]) {
			const arrived = Date.now() / 1000 + seconds - waited; // the web server's clock is the same
			const answer = await worker.ask({ url: `${inst.base}/healthz`, params: { YB_ARRIVED: arrived.toFixed(3) } });
			assert.equal(answer.status, status, `${seconds} s, ${waited} s in the queue: ${answer.text}`);
		}
	}
	jump(0);
});

await test('a new worker has the right time again', async () => {
	await worker.stop();
	worker.stopping = false;
	jump(0);
	await worker.start();
	const answer = await write(subjects.pop());
	assert.equal(answer.status, 201, answer.text);
	assert.ok(Math.abs(ahead(answer)) < 3, `${ahead(answer)} s`);
});
await worker.stop();
[admin, nobody, clinic, muni].forEach((c) => c.close());
await whole('clocks that jump');
done();
