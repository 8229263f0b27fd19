// token: what must not get in (security 0, 9.4; findings N6 to N13): forged, altered, expired,
// foreign and stolen tokens, and assertions that are not quite right. Runs against a live
// instance; the keeper's keys are read from its directory to sign what it never would.

import assert from 'node:assert/strict';
import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { after, before, test } from 'node:test';

import { Caller, assertion, instance, sleep, staff } from '../support/yobo.mjs';
import { certificate, keyPair, workshop } from './certificates.mjs';

const inst = instance();
const shop = workshop();
const signing = `${dirname(inst.ca)}/signing`;
const client = inst.clients.find((c) => c.org_type === 'MUNI');
const insured = inst.clients.find((c) => c.org_type === 'HMI');
const BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const b64 = (x) => Buffer.from(typeof x === 'string' || Buffer.isBuffer(x) ? x : JSON.stringify(x))
	.toString('base64url');
const now = () => Math.floor(Date.now() / 1000);
const opened = [];
let caller, mutual, keys, good;

function keep(c) {
	opened.push(c);
	return c;
}

// The keeper's current keys by class: { kid, key }.
function currentKeys() {
	const lines = readFileSync(`${signing}/state`, 'utf8').split('\n').slice(1);
	const words = lines.map((l) => l.split(/\s+/)).filter((w) => w[2] === 'current');
	return Object.fromEntries(words.map(([cls, kid]) => [cls, { kid,
		key: createPrivateKey(readFileSync(`${signing}/${cls}-${kid}.pem`)) }]));
}

function token({ cls = 'access', header = {}, claims = {}, key, raw } = {}) {
	const use = keys[cls];
	const head = b64({ alg: 'ES256', typ: 'JWT', kid: use.kid, ...header });
	const body = b64(raw ?? { iss: inst.base, aud: good.aud, sub: client.client_id,
		client_id: client.client_id, org: client.org_code, scope: 'record:read', iat: now(), nbf: now(),
		exp: now() + 300, jti: randomBytes(16).toString('base64url'), token_use: cls, ...claims });
	const made = sign('sha256', Buffer.from(`${head}.${body}`), { key: key ?? use.key,
		dsaEncoding: 'ieee-p1363' });
	return `${head}.${body}.${b64(made)}`;
}

const use = (value, by = caller) => by.call('pullVaccinations', { query: { since: 0, limit: 1 },
	headers: { authorization: `Bearer ${value}` } });
const check = (value, by) => by.call('checkVaccination', { body: {},
	headers: { authorization: `Bearer ${value}` } });
const fetch = (who, by = caller, form = {}) => by.call('issueToken', { form: {
	grant_type: 'client_credentials', client_assertion_type: BEARER,
	client_assertion: assertion(who, inst.base), ...form } });
const introspect = (value) => caller.call('introspectToken', { form: { token: value,
	client_assertion_type: BEARER, client_assertion: assertion(client, inst.base) } });

async function refused(value, what, by) {
	const answer = await use(value, by);
	assert.equal(answer.status, 401, `${what}: ${answer.text}`);
	assert.equal(answer.json.error_id, 'E-TKN-002', what);
	assert.match(answer.headers['www-authenticate'], /^Bearer .*error="invalid_token"/, what);
}

before(async () => {
	caller = keep(new Caller(inst));
	mutual = keep(new Caller(inst, { certificate: insured }));
	keys = currentKeys();
	const answer = await fetch(client);
	good = JSON.parse(Buffer.from(answer.json.access_token.split('.')[1], 'base64url'));
});

after(() => {
	opened.forEach((c) => c.close());
	shop.close();
});

test('the forger of these tests forges well: an unchanged token is taken', async () => {
	assert.equal((await use(token())).status, 200);
});

test('the algorithm is ES256 and nothing else', async () => {
	const { kid, key } = keys.access;
	const [head, body] = token().split('.');
	const publicPem = createPublicKey(key).export({ type: 'spki', format: 'pem' });
	const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
	const forge = (header, signature) => {
		const h = b64({ typ: 'JWT', kid, ...header });
		return `${h}.${body}.${b64(signature(`${h}.${body}`))}`;
	};
	for (const secret of [publicPem, publicPem.trim(), kid, ''])
		await refused(forge({ alg: 'HS256' }, (t) => createHmac('sha256', secret).update(t).digest()), 'HS256');
	await refused(forge({ alg: 'HS256' }, () => randomBytes(64)), 'HS256, 64 bytes');
	await refused(forge({ alg: 'ES384' }, (t) => sign('sha384', Buffer.from(t), { key: p384,
		dsaEncoding: 'ieee-p1363' })), 'ES384');
	await refused(forge({ alg: 'ES384' }, (t) => sign('sha256', Buffer.from(t), { key,
		dsaEncoding: 'ieee-p1363' })), 'ES384 in name');
	for (const alg of ['none', 'None', 'NONE', '', 'es256', 'ES256K', 'RS256', 7, null, ['ES256']])
		await refused(forge({ alg }, (t) => sign('sha256', Buffer.from(t), { key,
			dsaEncoding: 'ieee-p1363' })), `alg ${alg}`);
	await refused(`${b64({ alg: 'none', typ: 'JWT' })}.${body}.`, 'no signature');
	await refused(`${b64({ alg: 'none', typ: 'JWT', kid })}.${body}.${'A'.repeat(86)}`, 'signature of zeros');
	await refused(`${head}.${body}`, 'two parts');
	await refused(token({ header: { crit: ['exp'] } }), 'crit');
	await refused(token({ header: { jwk: {} } }), 'a key of its own');
});

test('a signature is one, byte for byte', async () => {
	const value = token();
	const [head, body, mark] = value.split('.');
	const bytes = Buffer.from(mark, 'base64url');
	const flipped = Buffer.from(bytes);
	flipped[10] ^= 1;
	for (const signature of [b64(flipped), b64(randomBytes(64)), `${mark}!!`, `${mark}==`, `${mark}A`,
		mark.slice(0, -1), `${mark.slice(0, 40)}!${mark.slice(40)}`, b64(Buffer.concat([bytes, bytes])),
		b64(Buffer.alloc(64)), b64(Buffer.alloc(64, 255))])
		await refused(`${head}.${body}.${signature}`, `signature ${signature.slice(0, 12)}`);
	await refused(`${head}.${b64({ ...JSON.parse(Buffer.from(body, 'base64url')), scope: 'everything' })}.${mark}`,
		'other claims');
	await refused(`${value}.`, 'a dot more');
	await refused(` ${value}`, 'a blank before');
	await refused(value.replace('.', '..'), 'an empty part');
	await refused(token({ key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }), 'another key');
});

test('kid names a key of ours, or nobody', async () => {
	for (const kid of ['A'.repeat(43), '', null, 7, '../../../etc/passwd', `${keys.access.kid}\u0000`,
		keys.access.kid.slice(0, 42), "' OR 1=1 -- ", keys.internal.kid, keys.checkpoint.kid, keys.issued.kid])
		await refused(token({ header: { kid } }), `kid ${kid}`);
	await refused(token({ header: { kid: undefined } }), 'no kid');
});

test('a flood of unknown keys is refused and keeps nobody from working', async () => {
	const strange = Array.from({ length: 60 }, () => token({ header: { kid: b64(randomBytes(32)) } }));
	const answers = await Promise.all([...strange.map((t) => use(t)), ...strange.map(() => use(token()))]);
	assert.ok(answers.slice(0, 60).every((a) => a.status === 401));
	assert.ok(answers.slice(60).every((a) => a.status === 200));
});

test('long tokens are refused before anything reads them', async () => {
	await refused(token({ claims: { padding: 'x'.repeat(3800) } }), '5 KB, well signed');
	const huge = await use('A'.repeat(9 << 20));
	assert.equal(huge.status, 400); // the web server's limit of a header
	for (const size of [5000, 8000]) {
		const answer = await introspect('A'.repeat(size));
		assert.equal(answer.status, 200, answer.text);
		assert.deepEqual(answer.json, { active: false });
	}
	oauth(await introspect('A'.repeat(9000)), 400, 'invalid_request');
	assert.equal((await introspect('A'.repeat(9 << 20))).status, 413);
});

function oauth(answer, status, error) {
	assert.equal(answer.status, status, answer.text);
	assert.equal(answer.json.error, error, answer.text);
}

test('claims must be there, of their type, ours and of now', async () => {
	const wrong = {
		expired: { exp: now() - 1, iat: now() - 300, nbf: now() - 300 },
		'not yet': { nbf: now() + 60 }, 'from the future': { iat: now() + 60 },
		'too long a life': { exp: now() + 601 }, 'no end': { exp: undefined }, 'an end in words': { exp: 'never' },
		'a real end': { exp: now() + 300.5 }, 'no beginning': { nbf: undefined }, 'no issue': { iat: undefined },
		'another issuer': { iss: 'https://elsewhere.example' }, 'issuer with a slash': { iss: `${inst.base}/` },
		'no issuer': { iss: undefined }, 'another audience': { aud: 'https://elsewhere.example' },
		'a list of audiences': { aud: [good.aud] }, 'no audience': { aud: undefined },
		'use of another class': { token_use: 'issued' }, 'no use': { token_use: undefined },
		'a short jti': { jti: 'x' }, 'no jti': { jti: undefined }, 'jti a number': { jti: 7 },
		'no organisation': { org: undefined }, 'no subject': { sub: undefined }, 'no client': { client_id: undefined },
		'cnf of another kind': { cnf: { jkt: 'x' } }, 'cnf null': { cnf: null },
	};
	for (const [what, claims] of Object.entries(wrong))
		await refused(token({ claims }), what);
	await refused(token({ raw: '[]' }), 'claims are a list');
	await refused(token({ raw: `${JSON.stringify({ ...good, exp: now() + 100 }).slice(0, -1)},"exp":${now() + 200}}` }),
		'a claim twice');
	await refused(token({ cls: 'internal', claims: { exp: now() + 50 } }), 'a token between our processes');
	await refused(token({ cls: 'checkpoint', claims: { token_use: 'access' } }), 'signed by the key of the log');
});

test("another organisation's name does not open its data", async () => {
	const other = inst.clients.find((c) => c.org_type === 'MUNI' && c.org_code !== client.org_code);
	await refused(token({ claims: { org: other.org_code } }), 'org of another');
	await refused(token({ claims: { client_id: 'nobody', sub: 'nobody' } }), 'a client that is not there');
	const answer = await use(token({ claims: { scope: 'master:read' } }));
	assert.equal(answer.status, 403);
	assert.equal(answer.json.error_id, 'E-TKN-005');
	assert.match(answer.headers['www-authenticate'], /insufficient_scope/);
});

test('a revoked token stays out, however its signature is written', async () => {
	const { access_token } = (await fetch(client)).json;
	assert.equal((await use(access_token)).status, 200);
	const [head, body, mark] = access_token.split('.');
	const bytes = Buffer.from(mark, 'base64url');
	const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
	const s = order - BigInt(`0x${bytes.subarray(32).toString('hex')}`);
	const twin = `${head}.${body}.${b64(Buffer.concat([bytes.subarray(0, 32),
		Buffer.from(s.toString(16).padStart(64, '0'), 'hex')]))}`;
	const end = await caller.call('revokeToken', { form: { token: access_token, client_assertion_type: BEARER,
		client_assertion: assertion(client, inst.base) } });
	assert.equal(end.status, 200, end.text);
	await sleep(5200);
	await refused(access_token, 'revoked');
	await refused(twin, 'revoked, the other s');
});

test('a bound token is good with its certificate only', async () => {
	const { access_token } = (await fetch(insured, mutual)).json;
	const inside = await check(access_token, mutual);
	assert.equal(inside.status, 422, inside.text); // let in: the body is empty
	const pair = keyPair(shop.dir);
	const cert = certificate(inst, shop.dir, pair, { name: 'stranger' });
	const stranger = keep(new Caller(inst, { certificate: { key: pair.file, cert: cert.file } }));
	for (const [what, by] of [['without it', caller], ['with another one', stranger]]) {
		const answer = await check(access_token, by);
		assert.equal(answer.status, 401, `${what}: ${answer.text}`);
	}
	// Nobody brings a certificate in a header.
	const pem = encodeURIComponent(readFileSync(insured.cert, 'utf8'));
	for (const name of ['yb-client-cert', 'x-ssl-client-cert', 'ssl-client-escaped-cert']) {
		const answer = await caller.call('checkVaccination', { body: {}, headers: { [name]: pem,
			'yb-client-verify': 'SUCCESS', 'yb-listener': 'mtls', authorization: `Bearer ${access_token}` } });
		assert.equal(answer.status, 401, name);
	}
	// A certificate the client did not register gets nothing, also not with the right signature.
	oauth(await fetch(insured, stranger), 401, 'invalid_client');
});

test('a certificate of nobody we know does not get past the web server', async () => {
	const pair = keyPair(shop.dir, 'selfmade');
	const cert = certificate(inst, shop.dir, pair, { ca: 'ca', name: 'selfmade' });
	const by = keep(new Caller(inst, { certificate: { key: pair.file, cert: cert.file } }));
	const operations = await caller.operations();
	by.table = operations;
	const answer = await fetch(insured, by);
	assert.equal(answer.status, 401);
	assert.equal(answer.json.error_id, 'E-TKN-006');
});

test('an assertion is for us, short, and once', async () => {
	const wrong = {
		'aud a list': { aud: [inst.base] }, 'aud two': { aud: [inst.base, 'x'] },
		'aud the endpoint': { aud: `${inst.base}/api/v1/token/oauth/token` }, 'aud with a slash': { aud: `${inst.base}/` },
		'no aud': { aud: undefined }, 'too long': { exp: now() + 65 }, over: { exp: now() }, 'no end': { exp: undefined },
		'not yet': { nbf: now() + 30 }, 'from the future': { iat: now() + 30 }, 'no jti': { jti: undefined },
		'iss of another': { iss: insured.client_id }, 'sub of another': { sub: insured.client_id },
	};
	for (const [what, claims] of Object.entries(wrong)) {
		const answer = await fetch(client, caller, { client_assertion: assertion(client, inst.base, { claims }) });
		assert.equal(answer.status, 401, what);
		oauth(answer, 401, 'invalid_client');
	}
	for (const header of [{ alg: 'none' }, { alg: 'HS256' }, { alg: 'ES384' }, { crit: ['exp'] }, { typ: 'at+jwt' }])
		oauth(await fetch(client, caller, { client_assertion: assertion(client, inst.base, { header }) }), 401,
			'invalid_client');
	oauth(await fetch(client, caller, { client_assertion: token() }), 401, 'invalid_client');
	oauth(await fetch(client, caller, { client_assertion: 'A'.repeat(4097) }), 400, 'invalid_request');
});

test('of twenty uses of one assertion at once exactly one wins', async () => {
	for (let round = 0; round < 3; round++) {
		const form = { client_assertion: assertion(client, inst.base) };
		const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(client, caller, form)));
		const won = answers.filter((a) => a.status === 200);
		assert.equal(won.length, 1);
		for (const answer of answers.filter((a) => a.status !== 200))
			oauth(answer, 401, 'invalid_client');
		oauth(await fetch(client, caller, form), 401, 'invalid_client');
	}
	// The same jti of another client is another assertion.
	const jti = randomBytes(16).toString('hex');
	const other = inst.clients.find((c) => c.org_type === 'MUNI' && c.client_id !== client.client_id);
	for (const who of [client, other])
		assert.equal((await fetch(who, caller, { client_assertion: assertion(who, inst.base,
			{ claims: { jti } }) })).status, 200);
});

test('a header is no way to prove oneself here, and its scheme is answered', async () => {
	const basic = (headers, form) => caller.call('issueToken', { headers, form: {
		grant_type: 'client_credentials', ...form } });
	const header = { authorization: `Basic ${Buffer.from(`${client.client_id}:secret`).toString('base64')}` };
	const answer = await basic(header, {});
	oauth(answer, 401, 'invalid_client');
	assert.match(answer.headers['www-authenticate'], /^Basic realm=/);
	// Two ways at once are none (RFC 6749 2.3).
	oauth(await basic(header, { client_assertion_type: BEARER,
		client_assertion: assertion(client, inst.base) }), 401, 'invalid_client');
});

test('a parameter twice is an invalid request, whichever it is', async () => {
	const form = new URLSearchParams({ grant_type: 'client_credentials', client_assertion_type: BEARER,
		client_assertion: assertion(client, inst.base), scope: 'record:read', client_id: client.client_id });
	for (const name of form.keys()) {
		const twice = `${form}&${name}=${encodeURIComponent(form.get(name))}`;
		oauth(await caller.call('issueToken', { body: twice,
			headers: { 'content-type': 'application/x-www-form-urlencoded' } }), 400, 'invalid_request');
	}
	const inQuery = await caller.call('issueToken', { query: { grant_type: 'client_credentials' },
		form: Object.fromEntries(form) });
	assert.equal(inQuery.status, 400);
});

test('a token in the address is no token', async () => {
	const { access_token } = (await fetch(client)).json;
	const call = (headers) => caller.call('pullVaccinations', { query: { since: 0, limit: 1, access_token }, headers });
	assert.equal((await call({})).status, 401);
	assert.equal((await call({ authorization: `Bearer ${access_token}` })).status, 400);
	assert.equal((await caller.call('pullVaccinations', { query: { since: 0, limit: 1 },
		headers: { authorization: access_token } })).status, 401);
	assert.equal((await caller.call('pullVaccinations', { query: { since: 0, limit: 1 },
		headers: { authorization: `DPoP ${access_token}` } })).status, 401);
});

test('an issued token works from its networks only, and its use is noted', async () => {
	const admin = keep(await staff(inst, { role: 'MU-A', org_code: client.org_code }));
	const issue = async (cidrs) => {
		const answer = await admin.call('issueAccessToken', { body: { name: `網 ${cidrs[0]}`.slice(0, 40),
			scopes: ['record:read'], days: 1, cidrs } });
		assert.equal(answer.status, 201, answer.text);
		return answer.json;
	};
	const far = await issue(['198.51.100.0/24', '2001:db8::/32']);
	const near = await issue(['198.51.100.0/24', '127.0.0.0/8']);
	const answer = await use(far.token);
	assert.equal(answer.status, 403, answer.text);
	assert.equal(answer.json.error_id, 'E-TKN-003');
	assert.equal((await use(near.token)).status, 200);
	const list = (await admin.call('listAccessTokens', { query: { limit: 200 } })).json.tokens;
	const state = (made) => list.find((t) => t.token_id === made.issued.token_id);
	assert.equal(state(near).status, 'ACTIVE');
	assert.equal(state(near).last_ip, '127.0.0.1');
	const centre = keep(await staff(inst, { role: 'KC-A' }));
	const path = { org_code: client.org_code };
	const theirs = (await centre.call('listOrganisationTokens', { path, query: { limit: 200 } })).json.tokens;
	assert.ok(theirs.some((t) => t.token_id === near.issued.token_id));
	const foreign = await admin.call('listOrganisationTokens', { path: { org_code: '011002' } });
	assert.equal(foreign.status, 404);
	for (const { issued: { token_id } } of [far, near])
		assert.equal((await centre.call('revokeAccessToken', { path: { token_id },
			body: { reason: '漏えいの疑い' } })).json.status, 'REVOKED');
	await sleep(5200);
	await refused(near.token, 'ended by the centre');
});
