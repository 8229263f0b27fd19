// reader.mjs - peers that ask for much and take none of it, as many as there are threads: each
// thread is free again after seconds, and no worker is taken for a stuck one.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { Writers, assert, clinic, dir, done, inst, log, muni, people, sleep, staff, test, until, whole,
	workers } from './fault.mjs';
import { bytes, lurk } from './fcgi.mjs';

const clerk = await staff(inst, { org_code: '131016', role: 'MU-S' });
const [no] = await people(1);
const seen = () => clerk.call('getTimeline', { path: { subject_no: no }, query: { purpose: '01' } });
const pids = () => workers('main').map((w) => w.pid).sort();
const threads = () => pids().reduce((n, pid) => n + readdirSync(`/proc/${pid}/task`).length, 0);

await test('who takes nothing of a long answer holds no thread for long', async () => {
	const before = pids();
	const writers = new Writers(await people(500));
	await until('records to pull', 60_000, () => writers.left.length === 0);
	await writers.stop();
	const { method, url } = await muni.url('pullVaccinations', { query: { since: 0 } });
	const request = bytes({ method, url, headers: { authorization: `Bearer ${muni.token}` } });
	const lazy = await Promise.all(Array.from({ length: threads() }, () =>
		lurk(join(dir, 'run/yobo/main.sock'), request)));
	await sleep(500);
	const begun = Date.now();
	await until('service', 20_000, async () => {
		const answer = await seen();
		assert.ok(answer.status === 200 || answer.headers['retry-after'] > 0, answer.text);
		return answer.status === 200;
	});
	const waited = Date.now() - begun;
	assert.ok(waited > 2000 && waited < 15_000, `${waited} ms`);
	await sleep(begun + 26_000 - Date.now()); // by when the watchdog would have seen them twice
	lazy.forEach((s) => s.destroy());
	assert.equal(log().split('is stuck').length - 1, 0, 'the watchdog had to end a worker');
	assert.deepEqual(pids(), before, 'workers were replaced');
	return `${lazy.length} of them; somebody else waited ${waited} ms`;
});
await whole('slow readers');
[clerk, clinic, muni].forEach((c) => c.close());
done();
