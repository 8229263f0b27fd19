// reload.mjs - SIGKILL of old and new workers in each phase of a reload, under writes; a check
// flight that fails; and a reload that nobody notices.

import { readFileSync, readdirSync } from 'node:fs';

import { Writers, alive, assert, conf, configure, done, healthy, kill, log, people, pid, reload,
	sleep, test, until, whole, workers } from './fault.mjs';

const newest = () => Math.max(...workers().map((w) => w.generation));

function checkFlight() {
	const father = pid('yobod');
	for (const name of readdirSync('/proc').filter((n) => /^\d+$/.test(n))) {
		try {
			if (readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('\0--check\0') &&
				readFileSync(`/proc/${name}/status`, 'utf8').includes(`\nPPid:\t${father}\n`))
				return Number(name);
		} catch { /* it ended under our eyes */ }
	}
	return 0;
}

// A phase is awaited from the moment of the signal, in small steps.
async function at(what, condition) {
	const end = Date.now() + 15_000;
	for (;;) {
		const found = condition();
		if (found)
			return found;
		assert.ok(Date.now() < end, `${what} was never seen`);
		await sleep(1);
	}
}

// As many of each pool as yobo.conf says, all of one generation.
const wanted = [...conf().matchAll(/^\[pool (\w+)\]\n(?:.+\n)*?workers = (\d+)/gm)]
	.map(([, pool, n]) => ({ pool, n: Number(n) }));
assert.equal(wanted.length, 3, conf());
const settled = () => until('workers of one generation', 60_000, () =>
	new Set(workers().map((w) => w.generation)).size === 1 &&
	wanted.every(({ pool, n }) => workers(pool).length === n));

// name, what happens after SIGHUP, whether the reload goes through all the same
const phases = [
	['the check flight is killed', async () => {
		kill(await at('a check flight', checkFlight));
	}, false],
	['an old worker is killed during the check flight', async () => {
		await at('a check flight', checkFlight);
		kill(workers('main')[0].pid);
	}, true],
	['a new worker is killed before it is ready', async (old) => {
		kill((await at('a new worker', () => workers().find((w) => w.generation > old))).pid);
	}, false],
	['an old worker is killed while the new ones start', async (old) => {
		await at('a new worker', () => workers().some((w) => w.generation > old));
		kill(workers('main').find((w) => w.generation === old).pid);
	}, true],
	['an old worker is killed while it drains', async (old) => {
		const before = log().length;
		const worker = workers('main').find((w) => w.generation === old);
		await at('draining', () => log().slice(before).includes(`generation ${old} drains`));
		if (alive(worker.pid))
			kill(worker.pid);
	}, true],
	['a new worker is killed as soon as it serves', async (old) => {
		const before = log().length;
		await at('taking over', () => log().slice(before).includes(`generation ${old} drains`));
		kill(workers('main').find((w) => w.generation > old).pid);
	}, true],
];

await test('ten reloads under writes: nobody has to send anything twice', async () => {
	const writers = new Writers(await people(6000));
	for (let i = 0; i < 10; i++)
		await reload();
	await writers.stop();
	const said = writers.compare();
	assert.equal(writers.retries, 0, said);
	return said;
});
for (const [name, act, through] of phases) {
	await test(`${name}: service goes on`, async () => {
		await settled();
		const old = newest();
		const writers = new Writers(await people(2500));
		await sleep(200);
		kill(pid('yobod'), 'SIGHUP');
		await act(old);
		await sleep(600);
		await settled();
		const book = writers.book.length;
		await until('writes afterwards', 10_000, () => writers.book.length > book ||
			writers.left.length === 0);
		await writers.stop();
		if (through)
			assert.ok(newest() > old, 'the reload did not go through');
		else
			assert.ok(workers().some((w) => w.generation === old), 'the old generation is gone');
		return writers.compare();
	});
}
await test('a check flight that fails keeps the old generation', async () => {
	await settled();
	const good = conf();
	const old = workers().map((w) => w.pid).sort();
	const writers = new Writers(await people(1500));
	for (const bad of [good.replace('[core]', '[core]\nno_such_option = 1'),
		good.replace(/^areas = (?=.*record)/m, 'areas = nosucharea,'),
		good.replace(/db_user = yobo_main/, 'db_user = yobo_nobody'), 'not a configuration']) {
		assert.notEqual(bad, good);
		const before = log().length;
		configure(bad);
		kill(pid('yobod'), 'SIGHUP');
		await until('the refusal', 40_000, () => log().slice(before).includes('reload failed'));
		assert.deepEqual(workers().map((w) => w.pid).sort(), old);
	}
	configure(good);
	await writers.stop();
	assert.equal(writers.retries, 0);
	writers.compare();
	await reload();
	await healthy();
});
await whole('all that reloading');
done();
