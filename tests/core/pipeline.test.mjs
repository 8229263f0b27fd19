// The request pipeline, over every operation of the API document: who is let in, what a body
// must be, and that the document and the dispatcher agree (security 9.1, wire: Common rules).

import assert from 'node:assert/strict';
import https from 'node:https';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';

import { Caller, client, exchange, instance, machine, staff } from '../support/yobo.mjs';

const inst = instance();
const agent = new https.Agent({ ca: readFileSync(inst.ca), keepAlive: true });
const nobody = new Caller(inst);
let operations = {};
let admin;
let muni;
let portal;

before(async () => {
	operations = await nobody.operations();
	admin = await staff(inst, { org_code: '131016', role: 'MU-A' });
	muni = machine(inst, { org_code: '131016' }, 'subject:write');
	portal = await client(inst, { org_type: 'MNP' });
});

const all = () => Object.entries(operations).map(([id, o]) => ({ id, ...o }));
const kinds = (o) => (o.operation.security ?? []).map((s) => Object.keys(s)[0]);
const open = (o) => kinds(o).length === 0;
const roles = (o) => (o.operation['x-yobo-roles'] ?? '').split(',').filter(Boolean);
const forPortal = (o) => /^citizen:/.test(o.operation['x-yobo-scope'] ?? '');
const takesJson = (o) => o.operation.requestBody?.content['application/json'];
const fill = (o) => Object.fromEntries([...o.path.matchAll(/\{([^}]+)\}/g)]
	.map(([, name]) => [name, '00000000-0000-4000-8000-000000000000']));

function problem(answer, status, id, what) {
	assert.equal(answer.status, status, `${what}: ${answer.status} ${answer.text}`);
	assert.equal(answer.json.error_id, id, `${what}: ${answer.text}`);
	assert.match(answer.headers['content-type'], /^application\/problem\+json/);
	assert.equal(answer.headers['x-yobo-trace'], answer.json.trace_id);
	assert.equal(answer.headers['cache-control'], 'no-store');
}

test('the API document is OpenAPI 3.1 with unique operations below their areas', () => {
	assert.ok(all().length >= 20);
	for (const { id, path, server } of all()) {
		assert.match(id, /^[a-z][A-Za-z]+$/);
		if (server === '/api/v1')
			assert.match(path, /^\/[a-z]+(\/|$)/, path);
	}
});

test('every documented operation is dispatched, and answers another method with 405', async () => {
	for (const o of all()) {
		const { url } = await nobody.url(o.id, { path: fill(o) });
		const method = ['PATCH', 'PUT', 'DELETE'].find((m) =>
			!all().some((x) => x.path === o.path && x.method === m));
		const answer = await exchange(url, { method, agent });
		problem(answer, 405, 'E-REQ-005', o.id);
		assert.ok(answer.headers.allow.split(', ').includes(o.method), `${o.id}: ${answer.headers.allow}`);
	}
});

test('an operation that is not documented does not exist', async () => {
	for (const path of ['/api/v1/account', '/api/v1/record/subjects/', '/api/v1/record//subjects',
		'/api/v1/Account/login', '/api/v1/account/login;x', '/api/v1/account/%6cogin'])
		assert.equal((await exchange(`${inst.base}${path}`, { agent })).status, 404, path);
});

test('nobody gets in without credentials, and 401 says how', async () => {
	for (const o of all().filter((x) => !open(x))) {
		const answer = await nobody.call(o.id, { path: fill(o) });
		assert.equal(answer.status, 401, `${o.id}: ${answer.text}`);
		assert.match(answer.headers['www-authenticate'],
			kinds(o).includes('bearer') ? /^Bearer / : /^Session /, o.id);
	}
});

test('a made-up session or token is nobody', async () => {
	const forged = new Caller(inst);
	forged.cookie = `__Host-yobo=${'A'.repeat(43)}`;
	const stranger = new Caller(inst);
	stranger.token = `${'A'.repeat(100)}.${'B'.repeat(100)}.${'C'.repeat(86)}`;
	for (const o of all().filter((x) => !open(x))) {
		const caller = kinds(o).includes('session') ? forged : stranger;
		const answer = await caller.call(o.id, { path: fill(o) });
		assert.equal(answer.status, 401, o.id);
	}
});

test('a token without the scope is refused before its body is read', async () => {
	for (const o of all().filter((x) => kinds(x).includes('bearer'))) {
		const caller = forPortal(o) ? muni : portal;
		const answer = await caller.call(o.id, { path: fill(o), body: '{not json' });
		problem(answer, 403, 'E-TKN-005', o.id);
	}
});

test('a role that is not in the table is refused', async () => {
	const viewer = await staff(inst, { role: 'OP' });
	for (const o of all().filter((x) => kinds(x).includes('session') &&
		!roles(x).includes('*') && !roles(x).includes('OP'))) {
		const answer = await viewer.call(o.id, { path: fill(o) });
		problem(answer, 403, 'E-AUTH-004', o.id);
	}
});

test('a browser must prove the page it comes from', async () => {
	const cross = new Caller(inst);
	cross.cookie = admin.cookie;
	for (const o of all().filter((x) => kinds(x).includes('session') && x.method !== 'GET')) {
		problem(await cross.call(o.id, { path: fill(o) }), 403, 'E-AUTH-007', `${o.id} no token`);
		problem(await cross.call(o.id, { path: fill(o), headers: { 'x-yobo-csrf': 'x'.repeat(43) } }),
			403, 'E-AUTH-007', `${o.id} other token`);
		problem(await cross.call(o.id, { path: fill(o), headers: { 'x-yobo-csrf': admin.csrf,
			origin: 'https://evil.example' } }), 403, 'E-AUTH-007', `${o.id} other origin`);
		problem(await cross.call(o.id, { path: fill(o), headers: { 'x-yobo-csrf': admin.csrf,
			'sec-fetch-site': 'cross-site' } }), 403, 'E-AUTH-007', `${o.id} cross-site`);
	}
});

// Somebody who may call an operation, as far as its table goes.
async function allowed(o) {
	const scopes = (o.operation['x-yobo-scope'] ?? '').split('|');
	if (forPortal(o))
		return portal;
	if (kinds(o).includes('bearer') && scopes.some((s) => muni.scopes?.includes(s) ||
		['subject:write', 'record:read'].includes(s)))
		return muni;
	if (kinds(o).includes('bearer'))
		return machine(inst, { org_type: 'NMI' });
	return admin;
}

test('a body must be JSON, UTF-8, an object, and of a size', async () => {
	for (const o of all().filter((x) => takesJson(x) && !open(x))) {
		const caller = await allowed(o);
		if (caller === admin && !roles(o).includes('*') && !roles(o).includes('MU-A'))
			continue;
		const send = (body, headers = {}) => caller.call(o.id, { path: fill(o), body, headers });
		for (const body of ['{', '[]', 'null', '{"a":1,"a":2}', '{"a":"\\u0000"}',
			Buffer.from([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d]), `${'['.repeat(40)}`])
			problem(await send(body), 400, 'E-REQ-001', `${o.id} ${body}`);
		problem(await send('{}', { 'content-type': 'text/plain' }), 415, 'E-REQ-003', o.id);
		problem(await send('{}', { 'content-type': 'application/json; charset=shift_jis' }), 415,
			'E-REQ-003', o.id);
		const big = await send(`{"x":"${'a'.repeat(3 << 20)}"}`);
		assert.equal(big.status, 413, `${o.id}: ${big.text}`);
		const unknown = await send('{"surprise":1}');
		assert.equal(unknown.status, 422, `${o.id}: ${unknown.text}`);
		assert.ok(unknown.json.errors.some((e) => e.field === '/surprise' && e.code === 'E-VAL-005'));
		assert.ok(unknown.json.errors.every((e) => e.field && e.code && e.message));
	}
});

test('a missing required member and a member of another type are named', async () => {
	for (const o of all().filter((x) => takesJson(x))) {
		const schema = takesJson(o).schema;
		const caller = open(o) ? nobody : await allowed(o);
		if (caller === admin && !roles(o).includes('*') && !roles(o).includes('MU-A'))
			continue;
		if (schema.required.length > 0) {
			const answer = await caller.call(o.id, { path: fill(o), body: {} });
			assert.equal(answer.status, 422, `${o.id}: ${answer.text}`);
			for (const name of schema.required)
				assert.ok(answer.json.errors.some((e) => e.field === `/${name}` &&
					e.code === 'E-VAL-001'), `${o.id} ${name}`);
		}
		const wrong = Object.fromEntries(Object.entries(schema.properties)
			.map(([name, s]) => [name, [].concat(s.type).includes('string') ? 7 : 'x']));
		const answer = await caller.call(o.id, { path: fill(o), body: wrong });
		assert.equal(answer.status, 422, `${o.id}: ${answer.text}`);
		for (const name of Object.keys(schema.properties))
			assert.ok(answer.json.errors.some((e) => e.field.startsWith(`/${name}`)), `${o.id} ${name}`);
	}
});

test('a text longer than the document says is refused', async () => {
	for (const o of all().filter((x) => takesJson(x))) {
		const caller = open(o) ? nobody : await allowed(o);
		if (caller === admin && !roles(o).includes('*') && !roles(o).includes('MU-A'))
			continue;
		for (const [name, s] of Object.entries(takesJson(o).schema.properties)) {
			if (!s.maxLength)
				continue;
			const answer = await caller.call(o.id, { path: fill(o),
				body: { [name]: 'A'.repeat(s.maxLength + 1) } });
			assert.equal(answer.status, 422, `${o.id} ${name}: ${answer.text}`);
			assert.ok(answer.json.errors.some((e) => e.field === `/${name}`), `${o.id} ${name}`);
		}
	}
});

test('query parameters are those of the document, once each', async () => {
	for (const o of all().filter((x) => x.method === 'GET' && !open(x))) {
		const caller = await allowed(o);
		const { url } = await caller.url(o.id, { path: fill(o) });
		const headers = caller.token ? { authorization: `Bearer ${caller.token}` } : { cookie: caller.cookie };
		const answer = await exchange(`${url}?surprise=1`, { headers, agent });
		if (answer.status === 403)
			continue; // not for this role: refused even earlier
		problem(answer, 400, 'E-REQ-009', o.id);
	}
	const { url } = await muni.url('pullVaccinations');
	const headers = { authorization: `Bearer ${muni.token}` };
	problem(await exchange(`${url}?limit=1&limit=2`, { headers, agent }), 400, 'E-REQ-009', 'twice');
	problem(await exchange(`${url}?limit=%zz`, { headers, agent }), 400, 'E-REQ-009', 'encoding');
	problem(await exchange(`${url}?limit=x`, { headers, agent }), 422, 'E-VAL-004', 'type');
});

test('problems speak the language that was asked for', async () => {
	const ja = await nobody.call('getSession');
	const en = await nobody.call('getSession', { headers: { 'accept-language': 'en-GB,ja;q=0.5' } });
	assert.equal(ja.json.title, 'セッションの有効期限が切れました。');
	assert.equal(ja.headers['content-language'], 'ja');
	assert.match(en.json.title, /^The session has ended/);
	assert.equal(en.headers['content-language'], 'en');
	assert.match(en.json.trace_id, /^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/);
});

test('a header that decides may stand there only once', async () => {
	const { url } = await muni.url('pullVaccinations');
	const answer = await exchange(url, { agent, headers: { authorization: `Bearer ${muni.token}`,
		'idempotency-key': ['a', 'b'] } });
	problem(answer, 400, 'E-REQ-006', 'twice');
});
