// kill.mjs WHAT ROUNDS - kill -9 of a worker, the keeper or the database at random moments
// under writes: nothing acknowledged is lost, nothing is done twice under one key.

import { Writers, assert, done, healthy, kill, people, pid, reload, sleep, start, test, until,
	whole, workers } from './fault.mjs';

const pick = (list) => list[Math.floor(Math.random() * list.length)];

const killers = {
	async worker(round) {
		const victim = pick(await until('a worker', 15_000, () => {
			const all = workers('main');
			return all.length > 0 && all;
		}));
		kill(victim.pid);
		// A pool that crashes often is restarted ever later; a reload begins anew.
		if (round % 4 === 3)
			await reload();
		await until('another worker', 15_000, () => workers('main').length === 2);
	},
	async keeper() {
		const victim = pid('keeper');
		kill(victim);
		await sleep(Math.random() * 500);
		start('keeper');
		assert.notEqual(pid('keeper'), victim);
	},
	async database() {
		kill(pid('mariadbd'));
		await sleep(Math.random() * 300);
		start('db');
	},
};

const [what, rounds] = [process.argv[2], Number(process.argv[3])];
await test(`kill -9 of ${what}, ${rounds} times under writes: the acknowledged are there, once`, async () => {
	const writers = new Writers(await people(1500 * rounds)); // more than they can do
	for (let round = 0; round < rounds; round++) {
		await sleep(100 + Math.random() * 500);
		assert.ok(writers.left.length > 0, 'the writers have nothing to do');
		await killers[what](round);
	}
	await sleep(300);
	await writers.stop();
	const said = writers.compare();
	assert.ok(writers.book.length > 20 * rounds, said);
	return said;
});
await test('and the service is as before', async () => {
	await healthy();
	const writers = new Writers(await people(20));
	await writers.all;
	assert.equal(writers.book.length, 20);
	return writers.compare();
});
await whole(`kill -9 of ${what}`);
done();
