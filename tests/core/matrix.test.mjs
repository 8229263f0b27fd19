// The permission matrix (vaccination brief 10), walked: every operation of the API document by
// every role, by machines of every scope and by nobody, and objects of the own, another and the
// parent organisation.
//
// matrix.csv is the brief's table as it stands there; matrix-operations.csv says which row an
// operation belongs to and whether it does or reads, which roles of the row its flow keeps out
// (only: their first letters) or lets in (also), which scopes let machines in, and which roles
// reach beyond their organisation. Nothing in them is taken from the code. An allowed call
// carries a query parameter nobody knows and ends there, behind every question of who is
// calling and before any effect.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { Caller, client, instance, machine, staff } from '../support/yobo.mjs';
import { dose, newPerson } from '../record/people.mjs';

const inst = instance();
const PARALLEL = 8;
const NOBODY_THERE = '00000000-0000-4000-8000-000000000000';
// What is said to somebody who may not; everything else is said to somebody who may.
const REFUSALS = new Set(['E-AUTH-003', 'E-AUTH-004', 'E-AUTH-007', 'E-AUTH-009', 'E-TKN-002',
	'E-TKN-003', 'E-TKN-005', 'E-TKN-006']);

function table(name) {
	const [head, ...lines] = readFileSync(new URL(name, import.meta.url), 'utf8').split('\n').filter(Boolean)
		.map((line) => [...line.matchAll(/(?:^|,)(?:"([^"]*)"|([^,]*))/g)].map((m) => m[1] ?? m[2]));
	return lines.map((cells) => {
		assert.equal(cells.length, head.length, `${name}: ${cells.join()}`);
		return Object.fromEntries(head.map((key, i) => [key, cells[i]]));
	});
}
// Rows that are no row of the matrix: machines only, anyone, and residents (with machines of the portal).
const NO_ROW = ['', 'public', 'citizen'];
const matrix = Object.fromEntries(table('matrix.csv').map((row) => [row.function, row]));
const lines = table('matrix-operations.csv');
const rules = Object.fromEntries(lines.map((row) => [row.operation, row]));
const ROLES = Object.keys(Object.values(matrix)[0]).slice(1);

let operations = {};
const callers = [];
const all = () => Object.entries(operations).map(([id, o]) => ({ id, ...o }));
const nameOf = (caller) => (caller.login ? `${caller.login.role} of ${caller.login.org_code}`
	: caller.name);

async function machines() {
	for (const c of inst.clients) {
		const caller = await client(inst, { client_id: c.client_id }, undefined, { mtls: true });
		callers.push(Object.assign(caller, { name: `${c.client_id} over mTLS`, scopes: c.scopes, bound: true }));
	}
	for (const t of inst.tokens)
		callers.push(Object.assign(machine(inst, { token: t.token }), { name: `issued token of ${t.org_code}`,
			scopes: t.scopes, bound: false }));
}

before(async () => {
	const nobody = Object.assign(new Caller(inst), { name: 'nobody' });
	operations = await nobody.operations();
	callers.push(nobody, ...await Promise.all(inst.logins.map((l) => staff(inst, { user_id: l.user_id }))));
	await machines();
});
after(() => callers.forEach((c) => c.close()));

// each(items, fn): PARALLEL at a time, over connections that stay open.
async function each(items, fn) {
	const left = [...items];
	await Promise.all(Array.from({ length: PARALLEL }, async () => {
		for (let item = left.shift(); item !== undefined; item = left.shift())
			await fn(item);
	}));
}

const fill = (o, known = {}) => Object.fromEntries([...o.path.matchAll(/\{([^}]+)\}/g)]
	.map(([, name]) => [name, known[name] ?? NOBODY_THERE]));

function roleMay(rule, role) {
	const cell = matrix[rule.row][role];
	if (rule.also.split('|').includes(role))
		return true;
	if (rule.only && !rule.only.split('|').some((begin) => role.startsWith(begin)))
		return false;
	return (rule.how === 'read' ? /^(X|R$|own$|audit$)/ : /^(X|own$)/).test(cell);
}

// 'in', 401 or 403, as the tables say.
function expected(rule, caller) {
	if (rule.row === 'public')
		return 'in';
	if (caller.login) {
		if (rule.row === '')
			return 401; // a session is not a token
		if (rule.row === 'citizen')
			return 403; // a session, but of another kind
		return roleMay(rule, caller.login.role) ? 'in' : 403;
	}
	if (!caller.scopes)
		return 401;
	if (!rule.scope.split('|').some((s) => caller.scopes.includes(s)))
		return 403;
	return rule.bound && !caller.bound ? 401 : 'in';
}

// The same, as the installation says; anything but a clear answer is given in full.
function said(answer) {
	const id = answer.json?.error_id;
	if (REFUSALS.has(id) && [401, 403].includes(answer.status))
		return answer.status;
	return id === 'E-REQ-009' || id === 'E-AUTH-008' ? 'in' : `${answer.status} ${answer.text.slice(0, 200)}`;
}

test('the table is whole: fourteen roles, no operation without a row, no row without an operation', () => {
	assert.deepEqual([...new Set(inst.logins.map((l) => l.role))].sort(), [...ROLES].sort());
	assert.deepEqual(lines.filter((row) => rules[row.operation] !== row), [], 'named twice');
	for (const { id } of all())
		assert.ok(rules[id], `${id}: say in tests/core/matrix-operations.csv who may use it`);
	for (const rule of Object.values(rules)) {
		assert.ok(operations[rule.operation], `${rule.operation}: there is no such operation`);
		assert.ok(NO_ROW.includes(rule.row) || matrix[rule.row], `${rule.operation}: ${rule.row}`);
		assert.ok(rule.row || rule.scope, `${rule.operation}: nobody may use it`);
		assert.ok(['do', 'read'].includes(rule.how) === !NO_ROW.includes(rule.row), rule.operation);
	}
});

test('every role, machine and stranger is let in where the matrix says so, and nowhere else', async () => {
	const wrong = [];
	await each(all().filter(({ id }) => rules[id]).flatMap((o) => callers.map((caller) => [o, caller])),
		async ([o, caller]) => {
			const answer = await caller.call(o.id, { path: fill(o), query: { nobody_knows: '1' } });
			const want = expected(rules[o.id], caller);
			if (said(answer) !== want)
				wrong.push(`${o.id} by ${nameOf(caller)}: should be ${want}, is ${said(answer)}`);
		});
	assert.deepEqual(wrong, []);
});

test('a session names the operations and areas of its role', async () => {
	const areaOf = (id) => operations[id].operation.tags[0];
	for (const caller of callers.filter((c) => c.login)) {
		const { json } = await caller.call('getSession');
		const mine = all().map(({ id }) => id).filter((id) => rules[id] &&
			!NO_ROW.includes(rules[id].row) && roleMay(rules[id], caller.login.role));
		assert.deepEqual(json.permissions.filter((p) => p !== 'restricted_view').sort(), mine.sort(),
			nameOf(caller));
		assert.equal(json.permissions.includes('restricted_view'), caller.login.role === 'MU-A');
		assert.deepEqual([...json.areas].sort(),
			[...new Set(mine.map(areaOf).filter((a) => a !== 'core'))].sort(), nameOf(caller));
		assert.equal(json.areas[0], 'account', 'the order of the house');
	}
});

// ---- organisations ----

// Objects by the name they have in paths, each with the organisations that may see it.
async function objects() {
	const city = callers.find((c) => c.login?.org_code === '131016' && c.login.role === 'MU-A');
	const clinic = callers.find((c) => c.login?.role === 'NM-A');
	const child = await newPerson(machine(inst, { org_code: '131016' }, 'subject:write'));
	const { subject_no } = child;
	const record = await clinic.call('createVaccination', { body: dose({ subject_no }) });
	assert.equal(record.status, 201, record.text);
	const search = await city.call('searchSubjects', { body: { purpose: '01', subject_no } });
	assert.equal(search.status, 200, search.text);
	const tokens = (await city.call('listAccessTokens')).json.tokens;
	return [
		...inst.logins.map((l) => ({ name: 'user_id', value: l.user_id, seen: [l.org_code] })),
		{ name: 'subject_no', value: subject_no, seen: ['131016', clinic.login.org_code] },
		{ name: 'record_id', value: record.json.record_id, seen: ['131016', clinic.login.org_code] },
		{ name: 'search_id', value: search.json.search_id, seen: ['131016'], of: city },
		{ name: 'token_id', value: tokens[0].token_id, seen: ['131016'] },
	];
}

// A body its schema might accept, so that a write comes as far as looking for its object.
function sample(schema) {
	if (schema.enum)
		return schema.enum.find((v) => v !== null);
	switch ([schema.type].flat()[0]) {
	case 'object':
		return Object.fromEntries((schema.required ?? []).map((k) => [k, sample(schema.properties[k])]));
	case 'array':
		return Array.from({ length: schema.minItems ?? 1 }, () => sample(schema.items));
	case 'integer':
	case 'number':
		return schema.minimum ?? 1;
	case 'boolean':
		return false;
	default:
		return schema.format === 'date' ? '2026-04-20' : 'ア'.repeat(Math.max(schema.minLength ?? 1, 1));
	}
}

test('what belongs to another organisation, below or above, is not there', async () => {
	const wrong = [];
	let own = 0;
	let absent = 0;
	const tries = (await objects()).flatMap((object) => all().filter((o) => rules[o.id] &&
		o.path.includes(`{${object.name}}`)).flatMap((o) => callers.filter((c) => c.login &&
		expected(rules[o.id], c) === 'in' && !rules[o.id].beyond.split('|').includes(c.login.role))
		.map((caller) => ({ o, object, caller }))));
	await each(tries, async ({ o, object, caller }) => {
		const mine = object.seen.includes(caller.login.org_code);
		if (o.method !== 'GET' && mine)
			return;
		const schema = o.operation.requestBody?.content['application/json']?.schema;
		const query = (o.operation.parameters ?? []).some((p) => p.in === 'query' && p.name === 'purpose')
			? { purpose: '01' } : {};
		const answer = await caller.call(o.id, { path: fill(o, { [object.name]: object.value }), query,
			body: schema && sample(schema), headers: o.method === 'GET' ? {} : { 'if-match': '"1"' } });
		const what = `${o.id} ${object.name} ${object.value} by ${nameOf(caller)}: ${answer.status} ${answer.text.slice(0, 200)}`;
		if (mine && (!object.of || object.of === caller)) {
			own++;
			if (answer.status !== 200)
				wrong.push(what);
		} else if (answer.status === 404) {
			absent++;
		} else if (o.method === 'GET' || answer.status < 400) {
			wrong.push(what);
		}
	});
	assert.deepEqual(wrong, []);
	assert.ok(own >= 15, `${own} own objects were shown`);
	assert.ok(absent >= 80, `${absent} objects of others were absent`);
});
