// torture.mjs KIND POOL - the n-th allocation, the n-th piece of traffic or the n-th call of the
// database fails, for every n, over every route: nobody gets in who may not, no answer is
// other than the interface promises, and the only death is the abort for want of memory.

import { randomUUID } from 'node:crypto';
import { openSync, readFileSync, readdirSync, writeSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { second } from '../../master/masters.mjs';
import { assertion, client } from '../../support/yobo.mjs';
import { Caller, assert, clinic, conf, done, dose, inst, muni, note, people, person, scratch, staff,
	test, value, whole } from './fault.mjs';
import { Worker } from './fcgi.mjs';
import { ABSENT, sampleRequest } from './sample.mjs';

const [kindName, pool] = process.argv.slice(2);
const kind = { memory: 1, traffic: 2, database: 3 }[kindName];
// Deadlock, time out, lost, read only, duplicate, full, no such table, out of memory.
const CODES = [1213, 1969, 2013, 1290, 1062, 1114, 1146, 1037];
const MOST = Number(process.env.FAULT_MOST ?? 20); // of one request, evenly spread
// Of operations whose request is made of their description alone: it ends early.
const FEW = { most: 5, codes: [1213, 2013, 1114] };

// ---- what the worker and we share ----

const file = join(scratch, 'control');
writeFileSync(file, Buffer.alloc(64));
const control = openSync(file, 'r+');
function arm(at, code = 0) {
	const words = Buffer.alloc(20);
	[kind, at, 0, 0, code].forEach((v, i) => words.writeUInt32LE(v, 4 * i));
	writeSync(control, words, 0, 20, 0);
}
function counted() {
	const words = Buffer.alloc(16);
	readSync(control, words, 0, 16, 0);
	return { count: words.readUInt32LE(8), failed: words.readUInt32LE(12) };
}
function disarm() {
	writeSync(control, Buffer.alloc(20), 0, 20, 0);
}

// ---- who asks for what ----

const admin = await staff(inst, { org_code: '131016', role: 'MU-A' });
const clerk = await staff(inst, { org_code: '131016', role: 'MU-S' });
const distant = await second(inst, { org_code: '011002', role: 'MU-A' }); // a new person for each kind
const operator = await staff(inst, { org_code: 'OPS', role: 'OP' });
const nobody = new Caller(inst);
const forged = new Caller(inst);
forged.cookie = `__Host-yobo=${'A'.repeat(43)}`;
forged.csrf = 'x'.repeat(43);
const stranger = new Caller(inst);
stranger.token = `${clinic.token.slice(0, -12)}AAAAAAAAAAAA`;
const table = await nobody.operations();
const subjects = await people(400);
const made = await clinic.call('createVaccination', { body: dose(subjects.pop()) });
assert.equal(made.status, 201, made.text);
const { record_id, seq } = made.json;
const search = { purpose: '01', muni_key: person('p0').muni_key };
const searched = await clerk.call('searchSubjects', { body: search });
assert.equal(searched.status, 200, searched.text);

// The request of an operation as the web server would hand it over.
async function request(caller, id, { path, query, body, form, raw, headers = {} } = {}) {
	const { method, url } = await nobody.url(id, { path, query });
	const sent = { ...headers };
	let data;
	if (form) {
		data = new URLSearchParams(form).toString();
		sent['content-type'] = 'application/x-www-form-urlencoded';
	} else if (body !== undefined) {
		data = JSON.stringify(body);
		sent['content-type'] = 'application/json';
	} else if (raw !== undefined) {
		data = raw;
		sent['content-type'] = 'application/octet-stream';
	}
	if (caller.token)
		sent.authorization = `Bearer ${caller.token}`;
	if (caller.cookie)
		sent.cookie = caller.cookie;
	if (caller.csrf && method !== 'GET')
		Object.assign(sent, { 'x-yobo-csrf': caller.csrf, origin: inst.base });
	return { method, url, headers: sent, body: data };
}

const found = inst.clients[0];
const proof = () => ({ client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
	client_assertion: assertion(found, inst.base) });
const key = () => ({ 'idempotency-key': randomUUID() });
let n = 0;
let last = null; // the subject of the last write
// operation: [who may, what they send]
const good = {
	putSubjects: [muni, () => ({ body: { subjects: [person(`t${n++}`), person(`t${n++}`)] },
		headers: key() })],
	createVaccination: [clinic, () => ({ body: dose(last = subjects.pop() ?? '1'), headers: key() })],
	correctVaccination: [clinic, () => ({ body: { record_id, lot_no: 'B2', reason_code: '01' },
		headers: { 'if-match': '"9"' } })],
	getVaccination: [clinic, () => ({ path: { record_id } })],
	pullVaccinations: [muni, () => ({ query: { since: 0, limit: 5 } })],
	ackVaccinations: [muni, () => ({ body: { acks: [{ seq, result: 'ok' }] } })],
	checkVaccination: [clinic, () => ({ body: { subject_no: subjects[0], vaccine_code: 'DPTIPVHIB',
		dose_seq: 2, vaccinated_on: '2026-05-10' } })],
	searchSubjects: [clerk, () => ({ body: search })],
	getSearch: [clerk, () => ({ path: { search_id: searched.json.search_id } })],
	getTimeline: [clerk, () => ({ path: { subject_no: subjects[0] }, query: { purpose: '01' } })],
	login: [nobody, () => ({ body: { user_id: clerk.login.user_id, password: clerk.login.password } })],
	logout: [forged, () => ({})],
	stepUp: [distant, () => ({ body: { password: 'x' } })], // whose account may be locked by that
	changePassword: [clerk, () => ({ body: { old_password: 'x', new_password: 'y' } })],
	createUser: [admin, () => ({ body: { name: '障害　職員', name_kana: 'ショウガイ　ショクイン',
		role: 'MU-V', mail: 'shiken@example.jp' } })],
	getUser: [admin, () => ({ path: { user_id: clerk.login.user_id } })],
	changeUserState: [admin, () => ({ path: { user_id: clerk.login.user_id }, body: {
		operation: 'unlock', reason: '試験' }, headers: { 'if-match': '"1"' } })],
	issueAccessToken: [admin, () => ({ body: { name: '障害試験', scopes: ['record:read'], days: 1 } })],
	revokeAccessToken: [admin, () => ({ path: { token_id: ABSENT }, body: { reason: '試験' } })],
	issueToken: [nobody, () => ({ form: { grant_type: 'client_credentials', ...proof() } })],
	revokeToken: [nobody, () => ({ form: { token: stranger.token, ...proof() } })],
	introspectToken: [nobody, () => ({ form: { token: clinic.token, ...proof() } })],
};
// Everybody else sends what the document says, as somebody whom it names.
const portal = await client(inst, { org_type: 'MNP' });
const central = await staff(inst, { org_code: 'NHIC', role: 'KC-A' });
const clinicScopes = inst.tokens.find((t) => t.token === clinic.token).scopes;
const known = { subject_no: subjects[0], record_id, user_id: clerk.login.user_id, master: 'M18',
	search_id: searched.json.search_id, kind: 'nothing', seq };
const fill = (o) => sampleRequest(o.operation, known);
function entitled(o) {
	const roles = (o.operation['x-yobo-roles'] ?? '').split(',');
	const scope = o.operation['x-yobo-scope'] ?? '';
	if (roles.includes('*') || roles.includes('MU-A'))
		return admin;
	if (roles.includes('KC-A'))
		return central;
	if (scope.includes('citizen:'))
		return portal;
	return scope.includes('record:write') ? clinic : muni;
}
const open = (o) => (o.operation.security ?? []).length === 0;
const first = (o) => o.path.replace('/api/v1', '').split('/')[1];
// Which pool serves what, as the installation says; jobs, which knows all, only what is its own.
const areas = (name) => conf().match(new RegExp(`\\[pool ${name}\\]\\nareas = (.*)`))[1].split(',');
const own = { main: [...areas('main'), 'healthz'], login: [...areas('login'), '.well-known'],
	jobs: ['jobs', 'metrics'] };
const everywhere = Object.values(own).flat();
for (const [id, o] of Object.entries(table))
	assert.ok(everywhere.includes(first(o)), `${id}: ${o.path} is of no pool that is tested`);
const mine = Object.entries(table).filter(([, o]) => own[pool].includes(first(o)));
assert.ok(mine.length >= 5, `${mine.length} operations`);

// ---- the worker ----

const worker = new Worker(pool, { LD_PRELOAD: join(scratch, 'nth.so'), FAULT_CONTROL: file,
	LIBFCGI_OS_CLOSE_POLL_TIMEOUT: '50' });
await worker.start();
const memory = () => Number(readFileSync(`/proc/${worker.pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]);
const files = () => readdirSync(`/proc/${worker.pid}/fd`).length;
let total = 0;
let hits = 0;

// One request with its n-th call failing. What may come back: an answer in the form of the
// interface, or no answer and an abort.
async function once(what, make, at, code) {
	const asked = await make();
	arm(at, code);
	const begun = Date.now();
	const answer = await worker.ask(asked);
	const seen = counted();
	if (Date.now() - begun > 3000)
		note(`${what} ${at} ${code ?? ''}: ${answer.status} after ${Date.now() - begun} ms`);
	disarm();
	total++;
	hits += seen.failed > 0 ? 1 : 0;
	if (answer.status === 0) {
		for (let i = 0; i < 200 && !worker.dead; i++)
			await new Promise((go) => { setTimeout(go, 5); });
		assert.ok(worker.dead, `${what} ${at} ${code}: no answer after ${Date.now() - begun} ms (${
			answer.error ?? answer.text}), and the worker lives: ${worker.words.slice(-500)}`);
		const words = worker.words.slice(-300);
		await worker.start();
		assert.equal(worker.deaths.at(-1), 'SIGABRT', `${what} ${at} ${code}: ${words}`);
		assert.equal(kind, 1, `${what} ${at} ${code}: only memory may cost the worker`);
	} else if (answer.status >= 400) {
		assert.ok(answer.status < 500 || answer.status === 500 || answer.status === 503,
			`${what} ${at}: ${answer.status}`);
		// A browser that the portal sends is told by a page.
		const form = what === 'openCitizenSession' ? /^(text\/html|application\/problem\+json)/
			: /^application\/(problem\+)?json/;
		assert.match(answer.headers['content-type'] ?? '', form, `${what} ${at}: ${answer.text}`);
		assert.ok(answer.json || /html/.test(form), `${what} ${at}: ${answer.text}`);
		if (answer.status === 503)
			assert.ok(answer.headers['retry-after'], `${what} ${at}: no Retry-After`);
	}
	return { ...answer, ...seen };
}

// Which n: all, or `most` of them.
function* steps(count, most) {
	const step = Math.max(1, count / most);
	for (let x = 1; x <= count + 1; x += step)
		yield Math.floor(x);
}

async function each(what, make, judge) {
	const plain = await once(what, make, 0);
	await judge(plain, 0);
	const { most, codes: chosen } = good[what] ? { most: MOST, codes: CODES } : FEW;
	const codes = kind === 3 ? chosen : [0];
	for (const at of steps(plain.count, most))
		for (const code of codes)
			await judge(await once(what, make, at, code), at, code);
	return plain;
}

// ---- the tests ----

const only = process.env.FAULT_ONLY;
const plainly = [];
for (const [id, o] of mine.filter(([x]) => !only || x === only)) {
	const [caller, send] = good[id] ?? [entitled(o), () => fill(o)];
	await test(`${id} by who may: ${kindName} fails at every point`, async () => {
		const plain = await each(id, () => request(caller, id, send()), async (answer, at, code) => {
			if (id !== 'createVaccination' || last === null)
				return;
			const rows = Number(value(inst, `SELECT COUNT(*) FROM record_vaccination JOIN
				record_subject USING (subject_id) WHERE subject_no = '${last}'`));
			if (answer.status === 201)
				assert.equal(rows, 1, `201 without a row at ${at} ${code}`);
			else if (answer.status >= 400 && answer.status < 500)
				assert.equal(rows, 0, `${answer.status} with a row at ${at} ${code}`);
		});
		plainly.push(`${id} ${plain.status}`);
		return `${plain.status}, ${plain.count} calls`;
	});
	if (open(o) || id === 'logout')
		continue;
	await test(`${id} by who may not: ${kindName} fails at every point, nobody gets in`, async () => {
		const roles = (o.operation['x-yobo-roles'] ?? '').split(',');
		const scope = o.operation['x-yobo-scope'] ?? '';
		const others = [nobody, forged, stranger];
		if (!roles.includes('*') && !roles.includes('OP'))
			others.push(operator, ...(roles.includes('MU-S') ? [] : [clerk]));
		if (!scope.split('|').some((s) => clinicScopes.includes(s)))
			others.push(clinic);
		for (const other of others) {
			await each(id, () => request(other, id, send()), (answer, at, code) => {
				assert.ok(answer.status === 0 || answer.status >= 400,
					`${answer.status} for somebody without the right, at ${at} ${code}`);
			});
		}
	});
}
await test('nothing leaks from all these failures', async () => {
	const often = { main: 'getTimeline', login: 'getSession', jobs: 'listJobs' }[pool];
	const [id, o] = mine.find(([name]) => name === often);
	const [caller, send] = good[id] ?? [entitled(o), () => fill(o)];
	const round = async (times) => {
		for (let i = 0; i < times; i++) {
			const plain = await once(id, () => request(caller, id, send()), 0);
			for (const at of [1, 2, 3, 5, 8].filter((x) => x <= plain.count))
				await once(id, () => request(caller, id, send()), at, 1213);
		}
	};
	await round(10);
	const [bytes, open1] = [memory(), files()];
	await round(60);
	const grown = worker.deaths.length === 0 || kind !== 1 ? memory() - bytes : 0;
	assert.ok(files() <= open1 + 20, `${open1} files before, ${files()} after`); // a connection a thread
	assert.ok(grown < 3000, `${grown} KiB more`);
	return `${grown} KiB, ${files() - open1} files more`;
});
note(`${total} requests, ${hits} with a failure, ${worker.deaths.length} aborts`);
note(plainly.join(', '));
await worker.stop();
[admin, clerk, central, distant, operator, nobody, forged, stranger, clinic, muni, portal].forEach((c) => c.close());
await whole('all these failures');
done();
