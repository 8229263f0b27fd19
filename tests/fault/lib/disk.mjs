// disk.mjs MOUNT - the database's disk fills up: writes are refused in time, reads live, the
// database never notices, and room again is service again.

import { execFileSync } from 'node:child_process';
import { rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';

import { Writers, alive, assert, clinic, done, dose, healthy, inst, log, muni, people, pid, sleep, staff, test,
	until, value, whole, workers } from './fault.mjs';

const mount = process.argv[2];
const ballast = join(mount, 'ballast');
const clerk = await staff(inst, { org_code: '131016', role: 'MU-S' });
const free = () => {
	const s = statfsSync(mount);
	return (100 * s.bavail) / s.blocks;
};
const seen = (no) => clerk.call('getTimeline', { path: { subject_no: no }, query: { purpose: '01' } });
const create = (no) => clinic.call('createVaccination', { body: dose(no) });
const server = pid('mariadbd');
const subjects = await people(6000);
const spare = await people(20);

// Every worker looks for itself, and says so when things have changed.
const all = workers().length;
const said = (words, times) => until(words, 20_000,
	() => log().split(words).length - 1 >= all * times);

// Leaves `percent` of the disk.
function fill(percent) {
	rmSync(ballast, { force: true });
	const s = statfsSync(mount);
	const bytes = Math.floor(s.bavail * s.bsize - (s.blocks * s.bsize * percent) / 100);
	if (bytes > 0)
		execFileSync('fallocate', ['-l', `${bytes}`, ballast]);
}

await test('with room everything is served', async () => {
	assert.ok(free() > 12, `${free().toFixed(1)} % free to begin with`);
	assert.equal((await create(spare.pop())).status, 201);
});

await test('while the disk fills up under writes, writes are refused in time', async () => {
	const writers = new Writers(subjects, 4);
	await sleep(300);
	for (let percent = Math.floor(free()); percent >= 7; percent -= 6) {
		fill(percent);
		await sleep(200);
	}
	await said('writes are refused', 1);
	await sleep(500); // whoever was at it has ended
	const before = writers.book.length;
	await sleep(800);
	assert.equal(writers.book.length, before, 'a write got through');
	const answer = await create(spare.pop());
	assert.equal(answer.status, 503, answer.text);
	assert.equal(answer.json.error_id, 'E-SYS-002');
	assert.ok(Number(answer.headers['retry-after']) >= 10);
	rmSync(ballast);
	await until('writes again', 20_000, () => writers.book.length > before);
	await writers.stop();
	await said('writes go on', 1);
	return writers.compare();
});

await test('below the floor reads live, and are in the log', async () => {
	fill(6);
	await said('writes are refused', 2);
	assert.equal((await create(spare.at(-1))).status, 503);
	const count = () => Number(value(inst, 'SELECT COUNT(*) FROM audit_event'));
	const before = count();
	for (let i = 0; i < 300; i++) {
		const answer = await seen(spare[i % 3]);
		assert.equal(answer.status, 200, answer.text);
	}
	assert.ok(count() >= before + 300);
	assert.equal((await clerk.call('getSession')).status, 200);
	assert.equal((await create(spare.at(-1))).status, 503);
});

await test('the database is the same, and with room again so is the service', async () => {
	assert.ok(alive(server) && pid('mariadbd') === server, 'mariadbd ended');
	assert.ok(!/\[ERROR\]|signal 6/.test(log('mariadbd')), log('mariadbd').slice(-600));
	rmSync(ballast);
	await until('writes', 20_000, async () => (await create(spare.at(-1))).status !== 503);
	await healthy();
});
await whole('a full disk');
[clerk, clinic, muni].forEach((c) => c.close());
done();
