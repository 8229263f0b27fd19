// token: programs that organisations register (vaccination brief 13 H-2-1; wire contract, who
// may get which scope). Runs against a live instance.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { sql, value } from '../support/database.mjs';
import { Caller, assertion, instance, sleep, staff } from '../support/yobo.mjs';
import { certificate, keyPair, kidOf, workshop } from './certificates.mjs';

const inst = instance();
const shop = workshop();
const opened = [];
const made = []; // client_id: programs per organisation are few
const BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const insured = inst.clients.find((c) => c.org_type === 'HMI').org_code;
const insurer = inst.clients.find((c) => c.org_type === 'INSURER').org_code;
let admin, centre, nobody, key;

function keep(caller) {
	opened.push(caller);
	return caller;
}

async function register(change = {}, by = admin) {
	const answer = await by.call('registerClient', { body: { name: `試験 ${made.length}`,
		scopes: ['record:read'], public_key: key.pem, ...change } });
	if (answer.status === 201)
		made.push({ by, client_id: answer.json.client_id });
	return answer;
}

async function good(change, by) {
	const answer = await register(change, by);
	assert.equal(answer.status, 201, answer.text);
	return answer.json;
}

const on = (id, client_id, body, by = admin, headers = {}) => by.call(id,
	{ path: { client_id }, ...(body ? { body } : {}), headers });
const change = (client, body, version = client.version, by = admin) => on('changeClient',
	client.client_id, { name: client.name, scopes: client.scopes, ...body }, by,
	{ 'if-match': `"${version}"` });

const grant = (client_id, pair = key, form = {}, by = nobody) => by.call('issueToken', { form: {
	grant_type: 'client_credentials', client_assertion_type: BEARER,
	client_assertion: assertion({ client_id, key: pair.file }, inst.base), ...form } });

async function pull(token, by = nobody) {
	return by.call('pullVaccinations', { query: { since: 0, limit: 1 },
		headers: { authorization: `Bearer ${token}` } });
}

function refused(answer, status, id, field) {
	assert.equal(answer.status, status, answer.text);
	assert.equal(answer.json.error_id, id, answer.text);
	if (field)
		assert.equal(answer.json.errors[0].field, field, answer.text);
}

before(async () => {
	key = keyPair(shop.dir);
	nobody = keep(new Caller(inst));
	admin = keep(await staff(inst, { role: 'MU-A' }));
	centre = keep(await staff(inst, { role: 'KC-A' }));
});

after(async () => {
	for (const { by, client_id } of made)
		await on('disableClient', client_id, { reason: '試験の終わり' }, by);
	for (const caller of opened)
		caller.close();
	shop.close();
});

test('a program is registered by PEM or JWK, fetches tokens, and its use is noted', async () => {
	const client = await good({ name: '健康管理 試験', contact: '情報課', cidrs: ['127.0.0.0/8'],
		scopes: ['record:read', 'master:read', 'record:read'] });
	assert.match(client.client_id, /^cl-[0-9a-f]{32}$/);
	assert.equal(client.key_kid, kidOf(key.pem));
	assert.deepEqual(client.scopes, ['record:read', 'master:read']);
	assert.equal(client.org_code, admin.login.org_code);
	assert.equal(client.status, 'ACTIVE');
	assert.equal(client.first_used_at, null);
	const answer = await grant(client.client_id);
	assert.equal(answer.status, 200, answer.text);
	assert.equal(answer.json.scope, 'record:read master:read');
	assert.equal((await pull(answer.json.access_token)).status, 200);
	const { json, headers } = await on('getClient', client.client_id);
	assert.ok(json.first_used_at && json.last_used_at);
	assert.equal(json.last_ip, '127.0.0.1');
	assert.equal(headers.etag, `"${json.version}"`);

	const other = keyPair(shop.dir, 'jwk');
	const byJwk = await good({ public_key: undefined, public_jwk: { ...other.jwk, use: 'sig', alg: 'ES256' } });
	assert.equal(byJwk.key_kid, kidOf(other.pem));
	assert.equal((await grant(byJwk.client_id, other)).status, 200);
	assert.equal((await grant(byJwk.client_id)).status, 401); // signed with another key
});

test('only P-256 public keys are keys, and only valid certificates certificates', async () => {
	const { jwk } = key;
	refused(await register({ public_key: undefined }), 422, 'E-VAL-001', '/public_key');
	refused(await register({ public_jwk: jwk }), 422, 'E-VAL-013', '/public_jwk');
	refused(await register({ public_key: 'not a key' }), 422, 'E-TKN-008', '/public_key');
	refused(await register({ public_key: keyPair(shop.dir, 'big', 'P-384').pem }), 422, 'E-TKN-008');
	refused(await register({ public_key: keyPair(shop.dir, 'k1', 'secp256k1').pem }), 422, 'E-TKN-008');
	refused(await register({ public_key: key.privateKey.export({ type: 'pkcs8', format: 'pem' }) }),
		422, 'E-TKN-008');
	const off = Buffer.from(jwk.y, 'base64url');
	off[31] ^= 1; // a point that is not on the curve
	for (const wrong of [{ ...jwk, y: off.toString('base64url') }, { ...jwk, x: jwk.x.slice(0, 42) + '!' }])
		refused(await register({ public_key: undefined, public_jwk: wrong }), 422, 'E-TKN-008', '/public_jwk');
	refused(await register({ public_key: undefined, public_jwk: { ...jwk, crv: 'P-384' } }), 422, 'E-VAL-011');
	refused(await register({ public_key: undefined,
		public_jwk: { ...key.privateKey.export({ format: 'jwk' }) } }), 422, 'E-VAL-005', '/public_jwk/d');
	const cert = (options) => certificate(inst, shop.dir, key, options).pem;
	const wrong = [cert({ days: -1 }), cert({ usage: 'serverAuth' }), cert({ authority: true }),
		cert({ ca: 'insurer-ca' }), cert({ ca: 'ca' }), 'not a certificate',
		`${cert({})}${key.privateKey.export({ type: 'pkcs8', format: 'pem' })}`];
	for (const certificate of wrong)
		refused(await register({ certificate }), 422, 'E-TKN-009', '/certificate');
	for (const body of [{ scopes: 'record:read' }, { scopes: [1] }, { name: 7 }, { public_jwk: [] }])
		assert.equal((await register(body)).status, 422, JSON.stringify(body));
	refused(await register({ name: 'あ'.repeat(41) }), 422, 'E-VAL-002', '/name');
	refused(await register({ cidrs: Array(11).fill('10.0.0.0/8') }), 422, 'E-VAL-006', '/cidrs');
	refused(await register({ cidrs: ['10.0.0.1/99'] }), 422, 'E-VAL-002', '/cidrs/0');
});

test('scopes are those of the organisation, and the centre registers for who has nobody here', async () => {
	refused(await register({ scopes: ['record:write'] }), 403, 'E-AUTH-004', '/scopes/0');
	refused(await register({ scopes: ['everything'] }), 422, 'E-VAL-011', '/scopes/0');
	refused(await register({ org_code: '011002' }), 403, 'E-AUTH-004', '/org_code');
	const clerk = keep(await staff(inst, { role: 'MU-S', org_code: admin.login.org_code }));
	refused(await register({}, clerk), 403, 'E-AUTH-004');
	assert.equal((await clerk.call('listClients')).status, 200);
	refused(await register({ scopes: ['record:write'] }, centre), 422, 'E-VAL-001', '/org_code');
	refused(await register({ org_code: '131016' }, centre), 403, 'E-AUTH-004', '/org_code');
	refused(await register({ org_code: '999999' }, centre), 404, 'E-ACC-001', '/org_code');
	refused(await register({ org_code: insured, scopes: ['record:write'] }, centre), 422, 'E-VAL-001',
		'/certificate');
	const pair = keyPair(shop.dir, 'insured');
	const cert = certificate(inst, shop.dir, pair, { name: 'insured' });
	const client = await good({ org_code: insured, scopes: ['record:write'], public_key: undefined,
		certificate: cert.pem }, centre);
	assert.equal(client.org_code, insured);
	assert.equal(client.cert_x5t_s256, cert.x5t);
	assert.match(client.cert_subject, /CN=insured/);
	const mutual = keep(new Caller(inst, { certificate: { key: pair.file, cert: cert.file } }));
	const answer = await mutual.call('issueToken', { form: { grant_type: 'client_credentials',
		client_id: client.client_id } });
	assert.equal(answer.status, 200, answer.text);
	// An insurer's certificate comes from the insurers' authority, nobody else's.
	refused(await register({ org_code: insurer, scopes: ['subscriber:read'], certificate: cert.pem },
		centre), 422, 'E-TKN-009');
	const theirs = certificate(inst, shop.dir, pair, { name: 'theirs', ca: 'insurer-ca' });
	const fund = await good({ org_code: insurer, scopes: ['subscriber:read'], certificate: theirs.pem,
		public_key: pair.pem }, centre);
	const line = keep(new Caller(inst, { certificate: { key: pair.file, cert: theirs.file } }));
	const token = await line.call('issueToken', { form: { grant_type: 'client_credentials',
		client_id: fund.client_id } });
	assert.equal(token.status, 200, token.text);
});

test('a municipality that uses no system of its own registers none', async () => {
	const code = admin.login.org_code;
	sql(inst, `UPDATE core_org SET uses_hms = 0 WHERE org_code = '${code}'`);
	try {
		refused(await register(), 403, 'E-AUTH-004');
	} finally {
		sql(inst, `UPDATE core_org SET uses_hms = 1 WHERE org_code = '${code}'`);
	}
});

test('it takes a password entered a short time ago', async () => {
	const late = keep(await staff(inst, { role: 'MU-A' }));
	const { client_id } = await good({});
	const hash = `UNHEX(SHA2('${late.cookie.match(/__Host-yobo=([^;]+)/)[1]}', 256))`;
	sql(inst, `UPDATE core_session SET stepped_up_us = stepped_up_us - 3600000000 WHERE sid_hash = ${hash}`);
	refused(await register({}, late), 403, 'E-AUTH-008');
	refused(await on('rotateClientKey', client_id, { public_key: keyPair(shop.dir, 'late').pem }, late),
		403, 'E-AUTH-008');
	assert.equal((await on('disableClient', client_id, { reason: '停止' }, late)).status, 200); // at once
});

test('another organisation does not see it', async () => {
	const { client_id, version } = await good({});
	const other = keep(await staff(inst, { role: 'MU-A', org_code: '011002' }));
	for (const [id, body] of [['getClient'], ['disableClient', { reason: 'x' }],
		['enableClient', { reason: 'x' }], ['rotateClientKey', { public_key: key.pem }]])
		refused(await on(id, client_id, body, other), 404, 'E-AUTH-005');
	refused(await change({ client_id, name: 'x', scopes: ['record:read'] }, {}, version, other), 404,
		'E-AUTH-005');
	const seen = (await other.call('listClients', { query: { limit: 200 } })).json.clients;
	assert.ok(seen.length > 0 && seen.every((c) => c.org_code === '011002'));
	refused(await other.call('listClients', { query: { org_code: admin.login.org_code } }), 403, 'E-AUTH-004');
	const all = (await centre.call('listClients', { query: { org_code: admin.login.org_code } })).json.clients;
	assert.ok(all.some((c) => c.client_id === client_id));
	refused(await on('getClient', 'cl-nothing'), 404, 'E-AUTH-005');
});

test('the list goes page by page', async () => {
	await good({});
	const seen = [];
	let next;
	do {
		const { json } = await admin.call('listClients', { query: { limit: 1, ...(next ? { after: next } : {}) } });
		seen.push(...json.clients.map((c) => c.client_id));
		next = json.next;
	} while (next);
	assert.ok(seen.length >= 2);
	assert.equal(new Set(seen).size, seen.length);
});

test('a change names the version it changes; a narrower scope ends the tokens', async () => {
	const client = await good({ scopes: ['record:read', 'master:read'] });
	const token = (await grant(client.client_id)).json.access_token;
	assert.equal((await pull(token)).status, 200);
	const answer = await change(client, { name: '改名', scopes: ['master:read'], contact: '窓口' });
	assert.equal(answer.status, 200, answer.text);
	assert.equal(answer.json.name, '改名');
	assert.equal(answer.json.version, client.version + 1);
	assert.equal((await change(client, { name: '遅れた' })).status, 412);
	assert.equal((await on('changeClient', client.client_id, { name: 'x', scopes: ['master:read'] })).status, 428);
	refused(await change(answer.json, { scopes: ['record:write'] }), 403, 'E-AUTH-004', '/scopes/0');
	const racing = await Promise.all(['甲', '乙', '丙'].map((name) => change(answer.json, { name })));
	assert.deepEqual(racing.map((a) => a.status).sort(), [200, 412, 412]);
	const refusal = await grant(client.client_id, key, { scope: 'record:read' });
	assert.equal(refusal.json.error, 'invalid_scope');
	await sleep(5200);
	assert.equal((await pull(token)).status, 401);
});

test('a key is replaced with an overlap, or at once', async () => {
	const client = await good({});
	const [second, third] = [keyPair(shop.dir, 'second'), keyPair(shop.dir, 'third')];
	const rotate = (body) => on('rotateClientKey', client.client_id, body);
	refused(await rotate({}), 422, 'E-VAL-001', '/public_key');
	refused(await rotate({ public_key: key.pem }), 422, 'E-TKN-008'); // the one in use
	refused(await rotate({ public_key: second.pem, overlap_days: 91 }), 422, 'E-VAL-006');
	const answer = await rotate({ public_key: second.pem, overlap_days: 7 });
	assert.equal(answer.status, 200, answer.text);
	assert.equal(answer.json.key_kid, kidOf(second.pem));
	assert.equal(answer.json.old_key_kid, kidOf(key.pem));
	const until = new Date(answer.json.old_key_until).getTime();
	assert.ok(Math.abs(until - Date.now() - 7 * 86_400_000) < 60_000);
	assert.equal((await grant(client.client_id)).status, 200);
	assert.equal((await grant(client.client_id, second)).status, 200);
	sql(inst, `UPDATE token_client SET old_key_us = 1 WHERE client_id = '${client.client_id}'`);
	assert.equal((await grant(client.client_id)).status, 401); // the overlap is over
	assert.equal((await on('getClient', client.client_id)).json.old_key_kid, null);

	const token = (await grant(client.client_id, second)).json.access_token;
	const now = await rotate({ public_jwk: third.jwk, overlap_days: 0 });
	assert.equal(now.status, 200, now.text);
	assert.equal((await grant(client.client_id, second)).status, 401);
	assert.equal((await grant(client.client_id, third)).status, 200);
	await sleep(5200);
	assert.equal((await pull(token)).status, 401); // what the lost key fetched
});

test('a certificate is replaced with an overlap', async () => {
	const pair = keyPair(shop.dir, 'mutual');
	const [one, two] = ['one', 'two'].map((name) => certificate(inst, shop.dir, pair, { name }));
	const client = await good({ certificate: one.pem });
	const by = [one, two].map((c) => keep(new Caller(inst, { certificate: { key: pair.file, cert: c.file } })));
	const fetch = (caller) => caller.call('issueToken', { form: { grant_type: 'client_credentials',
		client_id: client.client_id } });
	assert.equal((await fetch(by[0])).status, 200);
	assert.equal((await fetch(by[1])).status, 401);
	const answer = await on('rotateClientKey', client.client_id, { certificate: two.pem });
	assert.equal(answer.status, 200, answer.text);
	assert.equal(answer.json.cert_x5t_s256, two.x5t);
	assert.equal(answer.json.old_cert_x5t_s256, one.x5t);
	assert.equal((await fetch(by[0])).status, 200);
	assert.equal((await fetch(by[1])).status, 200);
	refused(await on('rotateClientKey', client.client_id, { certificate: two.pem }), 422, 'E-TKN-009');
});

test('a program is stopped, by its organisation or by the centre, and comes back', async () => {
	const client = await good({});
	const token = (await grant(client.client_id)).json.access_token;
	assert.equal((await pull(token)).status, 200);
	refused(await on('disableClient', client.client_id, {}), 422, 'E-VAL-001', '/reason');
	const stopped = await on('disableClient', client.client_id, { reason: '入替' });
	assert.equal(stopped.json.status, 'DISABLED');
	assert.equal(stopped.json.disabled_by_centre, false);
	assert.equal((await grant(client.client_id)).status, 401);
	await sleep(5200);
	assert.equal((await pull(token)).status, 401);
	assert.equal((await on('enableClient', client.client_id, { reason: '再開' })).json.status, 'ACTIVE');
	await sleep(1100); // tokens of the second in which it was stopped ended with it
	assert.equal((await grant(client.client_id)).status, 200);

	const ended = await on('disableClient', client.client_id, { reason: '漏えいの疑い' }, centre);
	assert.equal(ended.json.disabled_by_centre, true);
	refused(await on('enableClient', client.client_id, { reason: '再開' }), 403, 'E-AUTH-004');
	assert.equal((await on('enableClient', client.client_id, { reason: '解除' }, centre)).json.status, 'ACTIVE');
	refused(await on('rotateClientKey', client.client_id, { public_key: keyPair(shop.dir, 'c').pem }, centre),
		403, 'E-AUTH-004'); // the centre stops a municipality's program, it does not run it
});

test('programs of one name are two, of one organisation ten; also when many come at once', async () => {
	for (const { by, client_id } of made.splice(0))
		await on('disableClient', client_id, { reason: '試験' }, by);
	const name = `同名 ${process.pid}`;
	const answers = await Promise.all([1, 2, 3, 4].map(() => register({ name })));
	assert.equal(answers.filter((a) => a.status === 201).length, 2, answers.map((a) => a.text).join('\n'));
	for (const answer of answers.filter((a) => a.status !== 201))
		refused(answer, 409, 'E-TKN-007');
	let last;
	for (let i = 0; i < 10; i++)
		last = await register({ name: `満員 ${i}` });
	refused(last, 409, 'E-TKN-007');
	const active = Number(value(inst, "SELECT COUNT(*) FROM token_client c JOIN core_org o USING (org_id)"
		+ ` WHERE o.org_code = '${admin.login.org_code}' AND c.status = 'ACTIVE'`));
	assert.equal(active, 10);
});

test('an address outside the registered networks gets no token', async () => {
	for (const { by, client_id } of made.splice(0))
		await on('disableClient', client_id, { reason: '試験' }, by);
	const client = await good({ cidrs: ['198.51.100.0/24', '2001:db8::/32'] });
	const answer = await grant(client.client_id);
	assert.equal(answer.status, 401);
	assert.equal(answer.json.error, 'invalid_client');
});

test('the same Idempotency-Key registers once', async () => {
	const headers = { 'idempotency-key': `clients-${process.pid}-${Date.now()}` };
	const body = { name: '一度だけ', scopes: ['record:read'], public_key: key.pem };
	const one = await admin.call('registerClient', { body, headers });
	const two = await admin.call('registerClient', { body, headers });
	assert.equal(one.status, 201, one.text);
	assert.equal(two.json.client_id, one.json.client_id);
	made.push({ by: admin, client_id: one.json.client_id });
});

test('every change stands in the access log, without keys', async () => {
	const { client_id } = await good({});
	await on('disableClient', client_id, { reason: '記録の試験' });
	const rows = sql(inst, 'SELECT action, operation, target_id FROM audit_event'
		+ ` WHERE target_id = '${client_id}' ORDER BY at_us`);
	assert.deepEqual(rows.map((r) => r[1]), ['registerClient', 'disableClient'], JSON.stringify(rows));
});
