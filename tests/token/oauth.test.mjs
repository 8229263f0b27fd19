// token: OAuth clients of others, as they come from their package registry, find us by our
// metadata and get, use, inspect and revoke tokens (RFC 6749, 7009, 7523, 7662, 8414, 8705).
// Runs against a live instance.

import assert from 'node:assert/strict';
import { createPrivateKey, webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { Caller, instance, sleep } from '../support/yobo.mjs';
import { tool } from './clients/tools.mjs';

const inst = instance();
const muni = inst.clients.find((c) => c.org_type === 'MUNI');
const insured = inst.clients.find((c) => c.org_type === 'HMI');
const insurer = inst.clients.find((c) => c.org_type === 'INSURER');
const agents = [];
let oauth, openid, jose, undici, api;

// fetch() that trusts the instance's authority and shows a certificate where one is given.
function fetching(certificate) {
	const agent = new undici.Agent({ connect: { ca: readFileSync(inst.ca),
		...(certificate ? { key: readFileSync(certificate.key), cert: readFileSync(certificate.cert) } : {}) } });
	agents.push(agent);
	return (url, options) => undici.fetch(url, { ...options, dispatcher: agent });
}

const signingKey = (client) => webcrypto.subtle.importKey('pkcs8', createPrivateKey(readFileSync(client.key))
	.export({ type: 'pkcs8', format: 'der' }), { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);

async function pull(fetch, token, base = inst.base) {
	const { url } = await api.url('pullVaccinations', { query: { since: 0, limit: 1 } });
	return fetch(url.replace(inst.base, base), { headers: { authorization: `Bearer ${token}` } });
}

async function check(fetch, token, base) {
	const { url } = await api.url('checkVaccination');
	const answer = await fetch(url.replace(inst.base, base), { method: 'POST', body: '{}',
		headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' } });
	return answer.status;
}

before(async () => {
	[oauth, openid, undici] = [await tool('./node_modules/oauth4webapi/build/index.js'),
		await tool('./node_modules/openid-client/build/index.js'), await tool('./node_modules/undici/index.js')];
	jose = await tool('./node_modules/jose/dist/webapi/index.js');
	api = new Caller(inst);
	await api.operations();
});

after(async () => {
	api.close();
	await Promise.all(agents.map((a) => a.close()));
});

test('oauth4webapi by private_key_jwt: discovery, grant, use, introspection, revocation', async () => {
	const fetch = fetching();
	const options = { [oauth.customFetch]: fetch };
	const issuer = new URL(inst.base);
	const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer,
		{ algorithm: 'oauth2', ...options }));
	const client = { client_id: muni.client_id };
	const proof = oauth.PrivateKeyJwt(await signingKey(muni));
	const tokens = await oauth.processClientCredentialsResponse(as, client,
		await oauth.clientCredentialsGrantRequest(as, client, proof, { scope: 'record:read' }, options));
	assert.equal(tokens.scope, 'record:read');
	assert.equal(tokens.expires_in, 600);
	assert.equal((await pull(fetch, tokens.access_token)).status, 200);

	const facts = await oauth.processIntrospectionResponse(as, client,
		await oauth.introspectionRequest(as, client, proof, tokens.access_token, options));
	assert.equal(facts.active, true);
	assert.equal(facts.client_id, muni.client_id);

	const { keys } = await (await fetch(as.jwks_uri)).json();
	const { payload } = await jose.jwtVerify(tokens.access_token, jose.createLocalJWKSet({ keys }),
		{ issuer: inst.base, algorithms: ['ES256'] });
	assert.equal(payload.org, muni.org_code);

	await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, proof,
		tokens.access_token, options));
	await sleep(5200);
	assert.equal((await pull(fetch, tokens.access_token)).status, 401);
	const later = await oauth.processIntrospectionResponse(as, client,
		await oauth.introspectionRequest(as, client, proof, tokens.access_token, options));
	assert.equal(later.active, false);

	// Its reading of our refusals: an error it understands, and the challenge.
	await assert.rejects(async () => oauth.processClientCredentialsResponse(as, client,
		await oauth.clientCredentialsGrantRequest(as, client, proof, { scope: 'citizen:read' }, options)),
	(e) => e instanceof oauth.ResponseBodyError && e.error === 'invalid_scope');
	const wrong = oauth.PrivateKeyJwt(await signingKey(insured));
	await assert.rejects(async () => oauth.processClientCredentialsResponse(as, client,
		await oauth.clientCredentialsGrantRequest(as, client, wrong, {}, options)),
	(e) => (e instanceof oauth.WWWAuthenticateChallengeError || e.error === 'invalid_client') && e.status === 401);
});

test('oauth4webapi over mTLS: the aliases are found, the token is bound', async () => {
	const fetch = fetching(insured);
	const options = { [oauth.customFetch]: fetch };
	const issuer = new URL(inst.base);
	const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer,
		{ algorithm: 'oauth2', ...options }));
	assert.equal(as.tls_client_certificate_bound_access_tokens, true);
	assert.ok(as.mtls_endpoint_aliases.token_endpoint.startsWith(inst.mtls));
	const client = { client_id: insured.client_id, use_mtls_endpoint_aliases: true };
	const proof = oauth.TlsClientAuth();
	const tokens = await oauth.processClientCredentialsResponse(as, client,
		await oauth.clientCredentialsGrantRequest(as, client, proof, {}, options));
	assert.match(jose.decodeJwt(tokens.access_token).cnf['x5t#S256'], /^[\w-]{43}$/);
	assert.equal(await check(fetch, tokens.access_token, inst.mtls), 422); // let in: the body is empty
	assert.equal(await check(fetching(), tokens.access_token, inst.base), 401);
	const facts = await oauth.processIntrospectionResponse(as, client,
		await oauth.introspectionRequest(as, client, proof, tokens.access_token, options));
	assert.deepEqual(facts.cnf, jose.decodeJwt(tokens.access_token).cnf);
	await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, proof,
		tokens.access_token, options));
});

test('openid-client by private_key_jwt', async () => {
	const fetch = fetching();
	const config = await openid.discovery(new URL(inst.base), muni.client_id, undefined,
		openid.PrivateKeyJwt(await signingKey(muni)), { algorithm: 'oauth2', [openid.customFetch]: fetch });
	const tokens = await openid.clientCredentialsGrant(config, { scope: 'record:read master:read' });
	assert.equal(tokens.token_type, 'bearer');
	assert.equal((await pull(fetch, tokens.access_token)).status, 200);
	assert.equal((await openid.tokenIntrospection(config, tokens.access_token)).active, true);
	await openid.tokenRevocation(config, tokens.access_token);
	await sleep(5200);
	assert.equal((await openid.tokenIntrospection(config, tokens.access_token)).active, false);
});

test('openid-client over mTLS, also with both proofs at once, and an insurer', async () => {
	for (const [who, proof] of [[insured, openid.TlsClientAuth()],
		[insured, openid.PrivateKeyJwt(await signingKey(insured))], [insurer, openid.TlsClientAuth()]]) {
		const fetch = fetching(who);
		const config = await openid.discovery(new URL(inst.base), who.client_id,
			{ use_mtls_endpoint_aliases: true }, proof, { algorithm: 'oauth2', [openid.customFetch]: fetch });
		const tokens = await openid.clientCredentialsGrant(config);
		assert.match(jose.decodeJwt(tokens.access_token).cnf['x5t#S256'], /^[\w-]{43}$/);
		assert.equal((await openid.tokenIntrospection(config, tokens.access_token)).active, true);
		await openid.tokenRevocation(config, tokens.access_token);
	}
});
