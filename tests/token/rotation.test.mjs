// token: signing keys are rotated quickly, again and again, while tokens are fetched and used:
// no good token is refused (security 9.5). Runs against a live instance.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { Caller, assertion, exchange, instance, sleep, staff } from '../support/yobo.mjs';

const inst = instance();
const run = promisify(execFile);
const keys = (...words) => run(inst.yoboctl, ['--config', inst.config, 'keys', ...words]);
const client = inst.clients.find((c) => c.org_type === 'MUNI');
const opened = [];
let caller, admin;

const grant = () => caller.call('issueToken', { form: { grant_type: 'client_credentials',
	client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
	client_assertion: assertion(client, inst.base) } });
const use = (token) => caller.call('pullVaccinations', { query: { since: 0, limit: 1 },
	headers: { authorization: `Bearer ${token}` } });
const kid = (token) => JSON.parse(Buffer.from(token.split('.')[0], 'base64url')).kid;

before(async () => {
	caller = new Caller(inst);
	admin = await staff(inst, { role: 'MU-A', org_code: client.org_code });
	opened.push(caller, admin);
});

after(() => opened.forEach((c) => c.close()));

test('six rotations of the access key in a row, and not one good token is refused', async () => {
	const seen = new Set();
	const first = (await grant()).json.access_token;
	const wrong = [];
	let done = false, used = 0;
	const worker = async () => {
		while (!done) {
			const made = await grant();
			if (made.status !== 200) {
				wrong.push(`grant ${made.status} ${made.text}`);
				continue;
			}
			const token = made.json.access_token;
			seen.add(kid(token));
			for (const answer of await Promise.all([use(token), use(first)]))
				if (answer.status !== 200)
					wrong.push(`use ${answer.status} ${answer.text}`);
			used += 2;
		}
	};
	const load = [1, 2, 3, 4].map(worker);
	for (let i = 0; i < 6; i++)
		await keys('rotate', 'access');
	done = true;
	await Promise.all(load);
	assert.deepEqual(wrong, []);
	assert.ok(seen.size >= 3, `${seen.size} keys signed`);
	assert.ok(used >= 50, `${used} uses`);
});

test('a token of a key that is two rotations young is taken at once', async () => {
	for (let i = 0; i < 3; i++) {
		await Promise.all([keys('rotate', 'access'), keys('rotate', 'access')]); // one waits for the other
		const { access_token } = (await grant()).json;
		const answers = await Promise.all(Array.from({ length: 8 }, () => use(access_token)));
		assert.deepEqual(answers.map((a) => a.status), Array(8).fill(200));
	}
});

test('the key set names current, next and previous keys, each once', async () => {
	const listed = async () => (await keys('list')).stdout.split('\n').map((l) => l.trim().split(/\s+/))
		.filter((w) => ['issued', 'access'].includes(w[0]));
	const there = await listed();
	let json, published, missing;
	for (let i = 0; i < 50 && missing?.length !== 0; i++) { // the pool that answers reads the keys every second
		await sleep(200);
		({ json } = await exchange(`${inst.base}/.well-known/jwks.json`, { agent: caller.agent }));
		published = json.keys.map((k) => k.kid);
		missing = ['current', 'next', 'previous'].filter((state) =>
			!there.some((w) => w[0] === 'access' && w[1] === state && published.includes(w.at(-1))));
	}
	assert.deepEqual(missing, []);
	assert.equal(new Set(published).size, published.length);
	for (const key of json.keys) {
		assert.deepEqual(Object.keys(key).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
		assert.equal(key.alg, 'ES256');
	}
	// Keys of tokens between our processes, and of the log, are nobody else's.
	const others = (await keys('list')).stdout.split('\n').filter((l) => /^(internal|checkpoint)/.test(l.trim()));
	assert.ok(others.length >= 4);
	for (const line of others)
		assert.ok(!published.includes(line.trim().split(/\s+/).at(-1)), line);
});

test('a rotation of the issued key leaves tokens that were handed out good', async () => {
	const issued = async () => {
		const answer = await admin.call('issueAccessToken', { body: { name: `回転 ${process.pid}`,
			scopes: ['record:read'], days: 1 } });
		assert.equal(answer.status, 201, answer.text);
		return answer.json;
	};
	const one = await issued();
	await keys('rotate', 'issued');
	const two = await issued();
	assert.notEqual(kid(one.token), kid(two.token));
	assert.equal((await use(one.token)).status, 200);
	assert.equal((await use(two.token)).status, 200);
	for (const { issued: { token_id } } of [one, two])
		await admin.call('revokeAccessToken', { path: { token_id }, body: { reason: '試験' } });
});
