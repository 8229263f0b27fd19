// trouble.mjs - an instance's bad quarter of an hour in short: parallel writes of one dose, a
// few deaths, the database away and back, slow and half-open peers, too many slow requests, a
// client beyond its limit.

import { spawn } from 'node:child_process';
import { readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import tls from 'node:tls';

import { Caller, Writers, alive, assert, clinic, conf, configure, dir, done, dose, exchange, healthy, inst,
	kill, list, log, muni, option, people, person, pid, reload, sleep, sql, staff, start, test, until, value,
	whole, workers } from './fault.mjs';
import { ask, bytes, lurk } from './fcgi.mjs';

const clerk = await staff(inst, { org_code: '131016', role: 'MU-S' });
const timed = async (promise) => {
	const begun = Date.now();
	const answer = await promise;
	return { answer, ms: Date.now() - begun };
};
const seen = (no) => clerk.call('getTimeline', { path: { subject_no: no }, query: { purpose: '01' } });
// What a call may take here and now, where nothing is wrong: the machine may have other work.
const patience = async () => {
	let worst = 0;
	for (let i = 0; i < 10; i++)
		worst = Math.max(worst, (await timed(session())).ms);
	return 1000 + 10 * worst;
};
const session = () => clerk.call('getSession');
const create = (no, headers) => clinic.call('createVaccination', { body: dose(no), headers });
const mainSocket = join(dir, 'run/yobo/main.sock');
// What the pool reception serves here (it is added below).
const atReception = () => clerk.call('getMe');

// 503 in the usual form, and it says when to come again.
function away(answer, what) {
	assert.equal(answer.status, 503, `${what}: ${answer.status} ${answer.text}`);
	assert.match(answer.json.error_id, /^E-SYS-00[24]$/, what);
	assert.ok(Number(answer.headers['retry-after']) > 0, what);
}

await test('every thread of a worker is confined, and its files and memory are limited', () => {
	for (const worker of workers()) {
		const threads = readdirSync(`/proc/${worker.pid}/task`);
		assert.ok(threads.length >= 5, `${threads.length} threads`); // what serves, what looks around, the first one
		for (const thread of threads) {
			const status = readFileSync(`/proc/${worker.pid}/task/${thread}/status`, 'utf8');
			assert.match(status, /\nNoNewPrivs:\t1\n/);
			assert.match(status, /\nSeccomp:\t2\n/);
		}
		const limits = readFileSync(`/proc/${worker.pid}/limits`, 'utf8');
		assert.match(limits, /Max open files +1024 +1024/);
		assert.match(limits, /Max address space +8589934592 +8589934592/);
		assert.match(limits, /Max core file size +0 +0/);
	}
});

await test('of twenty parallel writes of one vaccination one is 201', async () => {
	for (const no of await people(5)) {
		const all = await Promise.all(Array.from({ length: 20 }, () => create(no)));
		assert.deepEqual(all.map((a) => a.status).sort(), [201, ...Array(19).fill(409)]);
		assert.equal(value(inst, `SELECT COUNT(*) FROM record_vaccination JOIN record_subject
			USING (subject_id) WHERE subject_no = '${no}'`), '1');
	}
});

// The statuses of twenty at once, counted: { 200: 1, 412: 19 }.
const twenty = async (call) => {
	const all = await Promise.all(Array.from({ length: 20 }, call));
	return { all, counted: all.reduce((n, a) => ({ ...n, [a.status]: (n[a.status] ?? 0) + 1 }), {}) };
};

await test('of twenty parallel corrections, cancellations and registrations one counts', async () => {
	const [no] = await people(1);
	const { json: { record_id: id } } = await create(no);
	const rows = (what) => Number(value(inst, `SELECT COUNT(*) FROM ${what}`));
	const changed = () => rows(`record_outbox WHERE record_id = UNHEX('${id.replaceAll('-', '')}')`);
	for (const change of [{ lot_no: 'B7' }, { lot_no: 'C9' }, { cancel: true }]) {
		const { headers } = await clinic.call('getVaccination', { path: { record_id: id } });
		const before = changed();
		const { counted, all } = await twenty(() => clinic.call('correctVaccination', { headers: { 'if-match': headers.etag },
			body: { record_id: id, ...change, reason_code: 'INPUT' } }));
		assert.deepEqual(counted, { 200: 1, 412: 19 }, all.find((a) => ![200, 412].includes(a.status))?.text);
		assert.equal(changed() - before, 1, 'one change for the municipality');
	}
	const born = person('twenty');
	const { all } = await twenty(() => muni.call('putSubjects', { body: { subjects: [born] } }));
	assert.deepEqual(new Set(all.map((a) => a.status)), new Set([200]), all.find((a) => a.status !== 200)?.text);
	const results = all.map((a) => a.json.results[0]);
	assert.equal(results.filter((r) => r.result === 'created').length, 1);
	assert.equal(new Set(results.map((r) => r.subject_no)).size, 1);
	assert.equal(rows(`record_subject WHERE muni_key = '${born.muni_key}'`), 1);
});

await test('a worker, the keeper and the database die under writes', async () => {
	const writers = new Writers(await people(1500));
	await sleep(200);
	kill(workers('main')[0].pid);
	await sleep(200);
	kill(pid('keeper'));
	start('keeper');
	kill(workers('main').at(-1).pid);
	await sleep(200);
	kill(pid('mariadbd'));
	start('db');
	await until('writes go on', 45_000, () => writers.book.at(-1) !== undefined &&
		writers.left.length < 1400);
	await sleep(300);
	await writers.stop();
	await until('all workers', 45_000, () => workers('main').length === 2);
	return writers.compare();
});

await test('a database that is gone is 503 with Retry-After, and recovery needs no restart', async () => {
	const [no, other] = await people(2);
	const limit = 4000 + await patience();
	const before = workers().map((w) => w.pid).sort();
	const socket = inst.db.socket;
	// The server keeps its connections: they are ended, new ones find no door.
	const ids = sql(inst, `SELECT id FROM information_schema.processlist WHERE user LIKE 'yobo%'`);
	renameSync(socket, `${socket}.away`);
	try {
		sql({ ...inst, db: { ...inst.db, socket: `${socket}.away` } },
			ids.map(([id]) => `KILL ${id};`).join(''));
		await sleep(100);
		for (const [what, call] of [['a read', () => seen(no)], ['a write', () => create(no)],
			['a session', session]]) {
			const { answer, ms } = await timed(call());
			away(answer, what);
			assert.ok(ms < limit, `${what} took ${ms} ms`);
		}
	} finally {
		renameSync(`${socket}.away`, socket);
	}
	await until('service', 30_000, async () => (await seen(no)).status === 200 &&
		(await create(other)).status !== 503);
	assert.deepEqual(workers().map((w) => w.pid).sort(), before, 'workers were replaced');
});

await test('silent and half-open FastCGI peers do not stop others for long', async () => {
	const [no] = await people(1);
	const limit = await patience();
	const request = bytes({ url: `${inst.base}/healthz` });
	const bad = await Promise.all(Array.from({ length: 6 }, (_, i) =>
		lurk(mainSocket, i % 2 === 0 ? '' : request.subarray(0, 30))));
	try {
		for (let i = 0; i < 20; i++) {
			const { answer, ms } = await timed(seen(no));
			assert.equal(answer.status, 200, answer.text);
			assert.ok(ms < limit, `${ms} ms of ${limit}`);
		}
	} finally {
		bad.forEach((s) => s.destroy());
	}
});

await test('a FastCGI peer that goes away in the middle costs nobody anything', async () => {
	const [no] = await people(1);
	const { method, url } = await clinic.url('createVaccination');
	const request = bytes({ method, url, body: JSON.stringify(dose(no)), headers: {
		'content-type': 'application/json', authorization: `Bearer ${clinic.token}` } });
	const before = workers().map((w) => w.pid).sort();
	for (let cut = 1; cut < request.length; cut += Math.ceil(request.length / 60))
		(await lurk(mainSocket, request.subarray(0, cut))).destroy();
	(await lurk(mainSocket, request)).destroy(); // whole, and nobody waits for the answer
	await sleep(500);
	assert.equal((await seen(no)).status, 200);
	assert.ok(['0', '1'].includes(value(inst, `SELECT COUNT(*) FROM record_vaccination JOIN
		record_subject USING (subject_id) WHERE subject_no = '${no}'`)));
	assert.deepEqual(workers().map((w) => w.pid).sort(), before);
});

await test('slow clients over HTTPS do not stop others', async () => {
	const [no] = await people(1);
	const limit = await patience();
	const port = Number(new URL(inst.base).port);
	const ca = readFileSync(inst.ca);
	const slow = [];
	const head = `POST /api/v1/record/vaccinations HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n` +
		`Authorization: Bearer ${clinic.token}\r\nContent-Type: application/json\r\n`;
	for (let i = 0; i < 60; i++) {
		const socket = tls.connect({ port, host: '127.0.0.1', ca });
		socket.on('error', () => {});
		// no request, half a head, a head without its body, half a body
		const text = ['', head, `${head}Content-Length: 400\r\n\r\n`,
			`${head}Content-Length: 400\r\n\r\n{"subject_no":`][i % 4];
		socket.once('secureConnect', () => text && socket.write(text));
		slow.push(socket);
	}
	await sleep(300);
	try {
		for (let i = 0; i < 20; i++) {
			const { answer, ms } = await timed(seen(no));
			assert.equal(answer.status, 200, answer.text);
			assert.ok(ms < limit, `${ms} ms of ${limit}`);
		}
	} finally {
		slow.forEach((s) => s.destroy());
	}
});

await test('a request that waited too long in the queue is refused at once', async () => {
	const request = (params) => ({ url: `${inst.base}/healthz`, params });
	const now = Date.now() / 1000;
	for (const [arrived, status] of [[now, 200], [now - 3, 200], [now - 8, 503], [now + 50, 200],
		[now - 4000, 200], ['1e9', 200], ['', 200], ['-5.1', 200]]) {
		const text = typeof arrived === 'number' ? arrived.toFixed(3) : arrived;
		const answer = await ask(mainSocket, request({ YB_ARRIVED: text }));
		assert.equal(answer.status, status, `${text}: ${answer.text}`);
		if (status === 503)
			away(answer, text);
	}
});

// A lock that no request gets: everybody who writes such a row waits for it.
async function lock(rows) {
	const client = spawn('mariadb', ['--no-defaults', `--socket=${inst.db.socket}`, '--batch',
		'--skip-column-names', '--unbuffered', inst.db.name], { stdio: ['pipe', 'pipe', 'inherit'] });
	let told = '';
	client.stdout.on('data', (part) => { told += part; });
	client.stdin.write(`SET max_statement_time = 0; START TRANSACTION;
		SELECT * FROM ${rows} FOR UPDATE; SELECT 'locked';\n`);
	await until('the lock', 5000, () => told.includes('locked'));
	return () => new Promise((free) => {
		client.on('exit', free);
		client.stdin.end();
	});
}

// Desks that look somebody up have a pool to themselves; here it serves one path of the area
// account, with the account of the pool which serves the rest of it.
await test('a pool reception is added by a reload', async () => {
	const login = conf().match(/\[pool login\]\n([^[]*)/)[1];
	configure(`${conf()}\n[pool reception]\n${login.replace(/^areas = .*/m, 'areas = account')}`);
	await reload();
	assert.equal(workers('reception').length, 1);
	const web = join(dir, 'conf/nginx');
	const path = new URL((await clerk.url('getMe')).url).pathname;
	writeFileSync(join(web, 'yobo-locations.conf'), `location = ${path} {
		include ${web}/yobo-fastcgi.conf;
		fastcgi_pass unix:${join(dir, 'run/yobo/reception.sock')};
	}
	${readFileSync(join(web, 'yobo-locations.conf'), 'utf8')}`);
	kill(pid('nginx'), 'SIGHUP');
	await until('reception', 10_000, async () => {
		const answer = await atReception();
		assert.equal(answer.status, 200, answer.text);
		await sleep(50);
		return log().includes(`yobo-worker[reception]: trace=${answer.headers['x-yobo-trace']} op=getMe status=200`);
	});
});

await test('two hundred slow writes: 503 with Retry-After; login and reception do not notice', async () => {
	const numbers = await people(200);
	const limit = await patience();
	const before = log('access').length;
	await create(numbers[0]); // the row to lock exists
	const release = await lock(`record_muni_seq WHERE org_id IN (SELECT org_id FROM core_org
		WHERE org_code = '131016')`);
	const crowd = new Caller(inst);
	crowd.agent.maxSockets = 300;
	crowd.token = clinic.token;
	let open = 0;
	const sent = numbers.slice(1).map(async (no) => {
		open++;
		const result = await timed(crowd.call('createVaccination', { body: dose(no) })
			.catch((error) => ({ status: 0, text: error.message, headers: {} })));
		open--;
		return result;
	});
	// Whoever gets an answer while writes still wait was not kept waiting by them.
	const others = [];
	const newcomer = staff(inst, { org_code: '131016', role: 'MU-V' })
		.then((person) => ({ person, waiting: open }));
	const desk = [];
	const desks = (async () => {
		while (open > 0) {
			desk.push({ ...await timed(atReception()), waiting: open });
			await sleep(50);
		}
	})();
	while (open > 0) {
		others.push({ ...await timed(session()), waiting: open });
		await sleep(50);
	}
	await desks;
	const answers = await Promise.all(sent);
	await release();
	const { person, waiting } = await newcomer;
	person.close();
	for (const { answer } of [...others, ...desk])
		assert.equal(answer.status, 200, answer.text);
	// As the web server saw it: we ourselves are busy with two hundred connections.
	const served = log('access').slice(before).split('\n').filter((l) => l.includes(' GET /api/v1/account/me '))
		.map((l) => 1000 * Number(l.split(' ').at(-3)));
	assert.ok(served.length >= desk.length, `${served.length} lines of ${desk.length}`);
	assert.ok(Math.max(...served) < limit, `reception took ${Math.max(...served)} ms of ${limit}`);
	assert.ok(desk.filter((d) => d.waiting > 0).length >= 20, `${desk.length} answers of reception`);
	const meanwhile = others.filter((o) => o.waiting > 0);
	assert.ok(meanwhile.length >= 5, `${meanwhile.length} sessions while writes waited`);
	assert.ok(waiting > 0, 'a login ended after the last write only');
	for (const { answer } of answers) // nobody freed the lock: every one was given up in time
		away(answer, 'a write that could not be done');
	await until('writes', 30_000, async () => (await create(numbers[1])).status === 201);
	const slowest = (list) => Math.max(...list.map((a) => a.ms));
	return `${answers.length} refused, slowest ${slowest(answers)} ms; meanwhile ${
		meanwhile.length} sessions, slowest ${slowest(meanwhile)} ms, and a login; ${
		desk.length} at reception, slowest ${Math.max(...served)} ms`;
});

await test('of long lists few are registered at a time; others, and who changes one row, are served', async () => {
	const good = conf();
	const [no] = await people(1);
	const [[muni_key]] = sql(inst, `SELECT muni_key FROM record_subject WHERE subject_no = '${no}'`);
	const changed = person('few', { muni_key, address: '東京都千代田区見本町9-9' });
	option('core', 'bulk_at_once', 1);
	option('core', 'queue_seconds', 1);
	await reload();
	const release = await lock(`record_subject WHERE subject_no = '${no}'`);
	const crowd = new Caller(inst);
	crowd.agent.maxSockets = 20;
	crowd.token = muni.token;
	let open = 0;
	const sent = Array.from({ length: 8 }, async () => {
		open++;
		const answer = await crowd.call('putSubjects', { body: list('few', changed) });
		open--;
		return answer;
	});
	// One of each worker holds a place and waits for the row; who finds none goes after a second.
	await sleep(300);
	for (const call of [session, () => seen(no), () => muni.call('putSubjects', { body: { subjects: [person('one')] } })])
		assert.equal((await call()).status, 200);
	const before = open; // nobody waited for a place when it is no more than the workers
	assert.ok(before > workers('main').length, `${before} of 8 are there yet`);
	await until('who finds no place is refused', 10_000, () => open <= workers('main').length);
	await sleep(1000); // whoever came later, too
	const inside = open;
	assert.ok(inside >= 1, 'nobody waits for the row');
	await release();
	const answers = await Promise.all(sent);
	crowd.close();
	const refused = answers.filter((a) => a.status !== 200);
	assert.equal(refused.length, 8 - inside, refused.map((a) => a.text).join('\n'));
	for (const answer of refused)
		away(answer, 'one too many');
	configure(good);
	await reload();
	const { counted } = await twenty(() => muni.call('putSubjects', { body: list('few', changed) }));
	assert.deepEqual(counted, { 200: 20 }, 'where there is time for it all come in');
	return `${inside} of 8 inside`;
});

await test('a client beyond its limit is 429 with Retry-After; other clients, people and reception are served', async () => {
	const good = conf();
	option('core', 'rate_per_minute', 30);
	await reload();
	const [no] = await people(1);
	const pull = () => muni.call('pullVaccinations', { query: { since: 0, limit: 1 } });
	const answers = await Promise.all(Array.from({ length: 100 }, pull));
	const refused = answers.filter((a) => a.status !== 200);
	assert.ok(refused.length >= 60 && refused.length < 100, `${refused.length} of 100 refused`);
	for (const a of refused) {
		assert.equal(a.status, 429, a.text);
		assert.equal(a.json.error_id, 'E-TKN-004');
		assert.ok(Number(a.headers['retry-after']) >= 1 && Number(a.headers['retry-after']) <= 60, a.headers['retry-after']);
	}
	for (const call of [() => seen(no), session, atReception])
		assert.equal((await call()).status, 200);
	assert.equal((await create(no)).status, 201);
	await sleep(1000 * Math.max(...refused.map((a) => Number(a.headers['retry-after']))));
	assert.equal((await pull()).status, 200, 'as long as it said');
	configure(good);
	await reload();
	return `${refused.length} of 100`;
});

await test('after all that a reload goes through and everything is served', async () => {
	await reload();
	await healthy();
	assert.equal((await session()).status, 200);
	assert.ok(!/pool \w+ stopped after/.test(log()), 'a pool was given up');
	assert.ok(alive(pid('yobod')));
});
await whole('all that trouble');
[clerk, clinic, muni].forEach((c) => c.close());
done();
