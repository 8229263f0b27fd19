// away.mjs - the database stands still for half a minute: everybody gets 503 with Retry-After,
// and as soon as it goes on so does the service, without a restart of anything.

import { Writers, assert, clinic, done, dose, healthy, inst, kill, list, log, muni, note, people, pid, sleep,
	staff, test, until, whole, workers } from './fault.mjs';

const clerk = await staff(inst, { org_code: '131016', role: 'MU-S' });
const subjects = await people(1000);

await test('a database that stands still is 503 with Retry-After, never a hanging connection', async () => {
	const before = workers().map((w) => w.pid).sort();
	const writers = new Writers(subjects, 4);
	await sleep(500);
	const answers = [];
	const calls = [
		['read', () => clerk.call('getTimeline', { path: { subject_no: subjects[0] }, query: { purpose: '01' } })],
		['write', () => clinic.call('createVaccination', { body: dose(subjects[1]) })],
		['pull', () => muni.call('pullVaccinations', { query: { since: 0, limit: 1 } })],
		['session', () => clerk.call('getSession')],
		...Array.from({ length: 6 }, (_, i) => ['list', () => muni.call('putSubjects', { body: list(`away${i}`) })]),
	];
	kill(pid('mariadbd'), 'SIGSTOP');
	let standing = true;
	const users = calls.map(async ([what, call]) => {
		while (standing) {
			const begun = Date.now();
			const answer = await call().catch((error) => ({ status: 0, text: error.message }));
			if (standing)
				answers.push({ what, status: answer.status, id: answer.json?.error_id,
					again: answer.headers?.['retry-after'], ms: Date.now() - begun });
			await sleep(200);
		}
	});
	try {
		await sleep(26_000);
	} finally {
		standing = false;
		kill(pid('mariadbd'), 'SIGCONT');
	}
	await Promise.all(users);
	assert.ok(answers.length >= 4, `${answers.length} answers`);
	for (const a of answers) {
		assert.equal(a.status, 503, JSON.stringify(a));
		assert.ok(Number(a.again) > 0, JSON.stringify(a));
		assert.ok(a.ms < 18_000, JSON.stringify(a));
	}
	const begun = Date.now();
	await until('service', 10_000, async () =>
		(await clerk.call('getTimeline', { path: { subject_no: subjects[0] }, query: { purpose: '01' } })).status === 200);
	const back = Date.now() - begun;
	await sleep(1000);
	await writers.stop();
	assert.equal(log().split('is stuck').length - 1, 0, 'the watchdog had to end a worker');
	assert.deepEqual(workers().map((w) => w.pid).sort(), before, 'workers were replaced');
	note(writers.compare());
	return `${answers.length} answers, slowest ${Math.max(...answers.map((a) => a.ms))} ms, back after ${
		back} ms`;
});
await test('and everything is served', healthy);
await whole('a database that stood still');
[clerk, clinic, muni].forEach((c) => c.close());
done();
