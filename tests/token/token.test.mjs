// token: tokens issued on the screen (vaccination brief 13 H-2-1) and OAuth 2.0 endpoints
// (RFC 6749, 7009, 7523, 7662, 8414, 8705). Runs against a live instance.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Caller, assertion, dayFromToday, exchange, instance, sleep, staff } from '../support/yobo.mjs';

const inst = instance();
const opened = [];
const issued = []; // { by, token_id }: taken back at the end, tokens per organisation are few
const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
let admin, anonymous, issuer;

function keep(caller) {
	opened.push(caller);
	return caller;
}

function clientOf(org_type) {
	const found = inst.clients.find((c) => c.org_type === org_type);
	assert.ok(found, `the instance has a client of ${org_type}`);
	return found;
}

function proof(client, change) {
	return { client_assertion_type: JWT_BEARER, client_assertion: assertion(client, issuer, change) };
}

function claims(token) {
	return JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());
}

async function grant(client, form = {}, by = anonymous) {
	return by.call('issueToken', { form: { grant_type: 'client_credentials', ...proof(client),
		...form } });
}

async function introspect(client, token, by = anonymous) {
	return by.call('introspectToken', { form: { token, ...proof(client) } });
}

async function issue(change = {}, by = admin) {
	const answer = await by.call('issueAccessToken', { body: { name: `試験${issued.length}`,
		scopes: ['record:read'], ...change } });
	if (answer.status === 201)
		issued.push({ by, token_id: answer.json.issued.token_id });
	return answer;
}

const revoke = (by, token_id) => by.call('revokeAccessToken', { path: { token_id },
	body: { reason: '試験のため' } });

function refused(answer, status, id, field) {
	assert.equal(answer.status, status, answer.text);
	assert.equal(answer.json.error_id, id, answer.text);
	if (field)
		assert.equal(answer.json.errors[0].field, field);
}

function oauthError(answer, status, error) {
	assert.equal(answer.status, status, answer.text);
	assert.equal(answer.json.error, error, answer.text);
	assert.match(answer.headers['content-type'], /^application\/json/);
	assert.equal(answer.headers['cache-control'], 'no-store');
	if (status === 401)
		assert.ok(answer.headers['www-authenticate']);
}

before(async () => {
	anonymous = keep(new Caller(inst));
	admin = keep(await staff(inst, { role: 'MU-A' }));
	const answer = await exchange(`${inst.base}/.well-known/oauth-authorization-server`,
		{ agent: anonymous.agent });
	issuer = answer.json.issuer;
});

after(async () => {
	for (const { by, token_id } of issued)
		await revoke(by, token_id);
	for (const caller of opened)
		caller.close();
});

test('the metadata names the endpoints and the key set', async () => {
	const { status, json, headers } = await exchange(
		`${inst.base}/.well-known/oauth-authorization-server`, { agent: anonymous.agent });
	assert.equal(status, 200);
	assert.equal(json.issuer, inst.base);
	assert.match(headers['cache-control'], /max-age=300/);
	assert.deepEqual(json.grant_types_supported, ['client_credentials']);
	assert.deepEqual(json.response_types_supported, []);
	assert.deepEqual(json.token_endpoint_auth_methods_supported,
		['private_key_jwt', 'tls_client_auth']);
	assert.deepEqual(json.token_endpoint_auth_signing_alg_values_supported, ['ES256']);
	assert.equal(new Set(json.scopes_supported).size, json.scopes_supported.length);
	assert.ok(json.scopes_supported.includes('subject:write'));
	assert.equal((await anonymous.url('issueToken')).url, json.token_endpoint);
	assert.equal((await anonymous.url('revokeToken')).url, json.revocation_endpoint);
	assert.equal((await anonymous.url('introspectToken')).url, json.introspection_endpoint);
	assert.equal(json.tls_client_certificate_bound_access_tokens, true);
	assert.deepEqual(json.mtls_endpoint_aliases, Object.fromEntries(['token_endpoint',
		'revocation_endpoint', 'introspection_endpoint'].map((name) => [name,
		json[name].replace(inst.base, inst.mtls)])));
	const keys = await exchange(json.jwks_uri, { agent: anonymous.agent });
	assert.equal(keys.status, 200);
	for (const key of keys.json.keys) {
		assert.equal(key.kty, 'EC');
		assert.equal(key.crv, 'P-256');
		assert.equal(key.d, undefined);
	}
});

test('a municipality issues a token, shown once, and takes it back', async () => {
	const answer = await issue({ scopes: ['record:read', 'subject:write', 'record:read'],
		cidrs: ['127.0.0.0/8', '::1'], days: 30, contact: '情報課' });
	assert.equal(answer.status, 201, answer.text);
	const { token, issued: made } = answer.json;
	assert.deepEqual(made.scopes, ['record:read', 'subject:write']);
	assert.deepEqual(made.cidrs, ['127.0.0.0/8', '::1']);
	assert.equal(made.status, 'ISSUED');
	assert.equal(made.last4, token.slice(-4));
	const says = claims(token);
	assert.equal(says.iss, issuer);
	assert.equal(says.token_use, 'issued');
	assert.equal(says.client_id, made.client_id);
	assert.equal(says.org, admin.login.org_code);
	assert.equal(says.exp - says.iat, 30 * 86400);

	const list = await admin.call('listAccessTokens', { query: { limit: 200 } });
	assert.equal(list.status, 200);
	assert.ok(list.json.tokens.some((t) => t.token_id === made.token_id));
	assert.ok(!list.text.includes(token.split('.')[2]));

	const client = clientOf('MUNI');
	assert.equal((await introspect(client, token)).json.active, true);
	const back = await revoke(admin, made.token_id);
	assert.equal(back.status, 200, back.text);
	assert.equal(back.json.status, 'REVOKED');
	assert.equal((await revoke(admin, made.token_id)).status, 200); // again: the same
	await sleep(5200);
	assert.deepEqual((await introspect(client, token)).json, { active: false });
});

test('tokens are listed page by page, by staff without the right to issue too', async () => {
	await issue();
	await issue();
	const clerk = keep(await staff(inst, { role: 'MU-S' }));
	const seen = [];
	let after;
	do {
		const { json } = await clerk.call('listAccessTokens', { query: { limit: 1,
			...(after ? { after } : {}) } });
		assert.ok(json.tokens.length <= 1);
		seen.push(...json.tokens.map((t) => t.token_id));
		after = json.next;
	} while (after);
	assert.ok(seen.length >= 2);
	assert.equal(new Set(seen).size, seen.length);
	refused(await issue({}, clerk), 403, 'E-AUTH-004');
});

test('scopes, addresses and lives are checked', async () => {
	refused(await issue({ scopes: ['record:write'] }), 403, 'E-AUTH-004', '/scopes/0');
	refused(await issue({ scopes: ['record:read', 'everything'] }), 422, 'E-VAL-011', '/scopes/1');
	refused(await issue({ scopes: [] }), 422, 'E-VAL-006', '/scopes');
	refused(await issue({ cidrs: ['10.0.0.0/33'] }), 422, 'E-VAL-002', '/cidrs/0');
	refused(await issue({ cidrs: ['10.0.0.0/ 8'] }), 422, 'E-VAL-002', '/cidrs/0');
	refused(await issue({ cidrs: Array(11).fill('10.0.0.0/8') }), 422, 'E-VAL-006', '/cidrs');
	refused(await issue({ days: 366 }), 422, 'E-VAL-006', '/days');
	refused(await issue({ expires_on: dayFromToday(-1) }), 422, 'E-VAL-003', '/expires_on');
	refused(await issue({ expires_on: dayFromToday(366) }), 422, 'E-VAL-003', '/expires_on');
	refused(await issue({ expires_on: dayFromToday(1), days: 1 }), 422, 'E-VAL-013', '/days');
	for (const cert_x5t_s256 of ['A'.repeat(42), 'x'.repeat(43), `${'A'.repeat(42)}=`])
		refused(await issue({ cert_x5t_s256 }), 422, 'E-VAL-002', '/cert_x5t_s256');
	const longest = await issue({ expires_on: dayFromToday(365) });
	assert.equal(longest.status, 201, longest.text);
	const says = claims(longest.json.token);
	assert.ok(says.exp - says.iat <= 365 * 86400);
	const today = await issue({ expires_on: dayFromToday() });
	assert.equal(today.status, 201, today.text);
	assert.equal((claims(today.json.token).exp + 9 * 3600) % 86400, 0); // midnight in Japan
});

test('a token may be bound to a certificate', async () => {
	const cert_x5t_s256 = `${'x'.repeat(42)}A`;
	const answer = await issue({ cert_x5t_s256, days: 1 });
	assert.equal(answer.status, 201, answer.text);
	assert.equal(claims(answer.json.token).cnf['x5t#S256'], cert_x5t_s256);
	assert.equal(answer.json.issued.cert_x5t_s256, cert_x5t_s256);
	await revoke(admin, issued.pop().token_id);
});

test('two tokens of one name, for the change of one, and not three', async () => {
	const name = `交替 ${process.pid}`;
	assert.equal((await issue({ name })).status, 201);
	assert.equal((await issue({ name })).status, 201);
	refused(await issue({ name }), 409, 'E-TKN-001');
	await revoke(admin, issued.pop().token_id);
	assert.equal((await issue({ name })).status, 201);
});

test("another organisation's token is not there, but the centre may end it", async () => {
	const institution = keep(await staff(inst, { role: 'NM-A' }));
	const made = await issue({ scopes: ['record:write', 'record:check'] }, institution);
	assert.equal(made.status, 201, made.text);
	const { token_id } = made.json.issued;
	refused(await revoke(admin, token_id), 404, 'E-AUTH-005');
	refused(await revoke(admin, 'not-a-uuid'), 404, 'E-AUTH-005');
	const centre = keep(await staff(inst, { role: 'KC-A' }));
	assert.equal((await revoke(centre, token_id)).json.status, 'REVOKED');
	refused(await centre.call('issueAccessToken', { body: { name: 'x', scopes: ['record:read'] } }),
		403, 'E-AUTH-004');
});

test('client_credentials by a signed assertion', async () => {
	const client = clientOf('MUNI');
	const answer = await grant(client);
	assert.equal(answer.status, 200, answer.text);
	assert.equal(answer.headers['cache-control'], 'no-store');
	assert.equal(answer.json.token_type, 'Bearer');
	assert.equal(answer.json.expires_in, 600);
	const says = claims(answer.json.access_token);
	assert.equal(says.token_use, 'access');
	assert.equal(says.sub, client.client_id);
	assert.equal(says.org, client.org_code);
	assert.equal(says.scope, answer.json.scope);
	assert.equal(says.exp - says.iat, 600);
	assert.equal(says.cnf, undefined);
	const less = await grant(client, { scope: client.scopes[0] });
	assert.equal(less.json.scope, client.scopes[0]);
});

test('errors of the token endpoint are those of RFC 6749', async () => {
	const client = clientOf('MUNI');
	const post = (form) => anonymous.call('issueToken', { form });
	oauthError(await post(proof(client)), 400, 'invalid_request');
	oauthError(await post({ grant_type: 'password', ...proof(client) }), 400,
		'unsupported_grant_type');
	oauthError(await grant(client, { scope: 'citizen:read' }), 400, 'invalid_scope');
	oauthError(await post({ grant_type: 'client_credentials' }), 401, 'invalid_client');
	oauthError(await post({ grant_type: 'client_credentials', client_id: client.client_id }), 401,
		'invalid_client');
	oauthError(await post({ grant_type: 'client_credentials', client_id: client.client_id,
		client_secret: 'secret' }), 401, 'invalid_client');
	oauthError(await grant(client, { client_id: 'somebody-else' }), 401, 'invalid_client');
	oauthError(await grant(client, { client_assertion_type: 'urn:x' }), 401, 'invalid_client');
	oauthError(await anonymous.call('issueToken', { headers: {
		'content-type': 'application/x-www-form-urlencoded' },
	body: 'grant_type=client_credentials&grant_type=client_credentials' }), 400, 'invalid_request');
	assert.equal((await grant(client, { something_new: '1' })).status, 200); // RFC 6749 3.2: ignored
});

test('an assertion counts once, for us, now, and under the registered key', async () => {
	const client = clientOf('MUNI');
	const now = Math.floor(Date.now() / 1000);
	const once = proof(client);
	const form = { grant_type: 'client_credentials', ...once };
	assert.equal((await anonymous.call('issueToken', { form })).status, 200);
	oauthError(await anonymous.call('issueToken', { form }), 401, 'invalid_client');
	const other = inst.clients.find((c) => c.client_id !== client.client_id);
	for (const change of [
		{ claims: { aud: `${issuer}/api/v1/token/oauth/token` } },
		{ claims: { aud: [issuer] } },
		{ claims: { exp: now - 10 } },
		{ claims: { exp: now + 600 } },
		{ claims: { jti: undefined } },
		{ claims: { sub: other.client_id } },
		{ claims: { iss: 'nobody', sub: 'nobody' } },
		{ header: { alg: 'none' } },
		{ header: { alg: 'HS256' } },
		{ key: other.key },
	])
		oauthError(await grant(client, proof(client, change)), 401, 'invalid_client');
});

test('parallel use of one assertion succeeds once', async () => {
	const form = { grant_type: 'client_credentials', ...proof(clientOf('MUNI')) };
	const answers = await Promise.all([1, 2, 3, 4].map(() => anonymous.call('issueToken', { form })));
	assert.deepEqual(answers.map((a) => a.status).sort(), [200, 401, 401, 401]);
});

test('introspection speaks of the own organisation only', async () => {
	const client = clientOf('MUNI');
	const other = inst.clients.find((c) => c.org_code !== client.org_code);
	const { access_token } = (await grant(client)).json;
	const answer = await introspect(client, access_token);
	assert.equal(answer.status, 200, answer.text);
	assert.equal(answer.json.active, true);
	assert.equal(answer.json.client_id, client.client_id);
	assert.equal(answer.json.exp, claims(access_token).exp);
	assert.equal('cnf' in answer.json, false);
	assert.deepEqual((await introspect(other, access_token)).json, { active: false });
	assert.deepEqual((await introspect(client, 'not.a.token')).json, { active: false });
	oauthError(await anonymous.call('introspectToken', { form: { token: access_token } }), 401,
		'invalid_client');
	oauthError(await anonymous.call('introspectToken', { form: proof(client) }), 400,
		'invalid_request');
});

test('a client revokes its own tokens, and only those', async () => {
	const client = clientOf('MUNI');
	const other = inst.clients.find((c) => c.client_id !== client.client_id);
	const { access_token } = (await grant(client)).json;
	const end = (by, token) => anonymous.call('revokeToken', { form: { token, ...proof(by) } });
	assert.equal((await end(client, 'unknown')).status, 200);
	oauthError(await end(other, access_token), 400, 'unauthorized_client');
	assert.equal((await introspect(client, access_token)).json.active, true);
	assert.equal((await end(client, access_token)).status, 200);
	await sleep(5200);
	assert.deepEqual((await introspect(client, access_token)).json, { active: false });
	assert.equal((await end(client, access_token)).status, 200); // again: the same
});

test('an insured institution gets its token over mTLS only, bound to its certificate', async () => {
	const client = clientOf('HMI');
	oauthError(await grant(client), 400, 'unauthorized_client');
	const mutual = keep(new Caller(inst, { certificate: client }));
	const signed = await grant(client, {}, mutual);
	assert.equal(signed.status, 200, signed.text);
	assert.match(claims(signed.json.access_token).cnf['x5t#S256'], /^[\w-]{43}$/);
	const byCertificate = await mutual.call('issueToken', { form: {
		grant_type: 'client_credentials', client_id: client.client_id } });
	assert.equal(byCertificate.status, 200, byCertificate.text);
	assert.deepEqual(claims(byCertificate.json.access_token).cnf,
		claims(signed.json.access_token).cnf);
	const facts = await introspect(client, signed.json.access_token, mutual);
	assert.deepEqual(facts.json.cnf, claims(signed.json.access_token).cnf);
});
