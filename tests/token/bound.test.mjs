// token: a route that wants a bound token (wire: Tokens; RFC 8705). No shipped route does yet,
// so a worker by hand has one (bound/): a token without a certificate, with another's, with its own.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { ask } from '../fault/lib/fcgi.mjs';
import { client, instance, machine, sleep, staff } from '../support/yobo.mjs';

const area = process.env.BUILD && join(process.env.BUILD, 'tests/token/bound/.libs/bound.so');
const skip = !area || !existsSync(area) ? 'BUILD must name a build directory with bound.so' : false;
const inst = instance();
const muni = inst.clients.find((c) => c.org_type === 'MUNI');
const other = inst.clients.find((c) => c.org_type === 'HMI');
const certificate = (c) => encodeURIComponent(readFileSync(c.cert, 'utf8'));
const dir = mkdtempSync(join(tmpdir(), 'yobo-bound.'));
const path = join(dir, 'main.sock');
const opened = [];
let child, free, bound;

async function worker() {
	const conf = readFileSync(inst.config, 'utf8');
	const setting = (key) => new RegExp(`^${key} *= *(.*)$`, 'm').exec(conf)[1].trim();
	const modules = join(dir, 'modules');
	mkdirSync(modules);
	for (const file of readdirSync(setting('modules_dir')))
		symlinkSync(join(setting('modules_dir'), file), join(modules, file));
	symlinkSync(area, join(modules, 'bound.so'));
	writeFileSync(join(dir, 'yobo.conf'), conf.replace(/^modules_dir *=.*$/m, `modules_dir = ${modules}`)
		.replace(/^(\[pool main\]\nareas *=.*)$/m, '$1,bound'));
	child = spawn(setting('worker'), ['--config', join(dir, 'yobo.conf'), '--pool', 'main', '--listen', path],
		{ stdio: ['ignore', 'ignore', 'pipe'] });
	let words = '';
	child.stderr.on('data', (part) => { words = (words + part).slice(-20_000); });
	for (let i = 0; i < 1000 && !words.includes('ready: ') && child.exitCode === null; i++)
		await sleep(10);
	assert.ok(words.includes('ready: '), words);
}

before(async () => {
	if (skip)
		return;
	await worker();
	free = await client(inst, { client_id: muni.client_id }, 'record:read');
	bound = await client(inst, { client_id: muni.client_id }, 'record:read', { mtls: true });
	opened.push(free, bound);
});

after(async () => {
	opened.forEach((caller) => caller.close());
	if (child) {
		const gone = new Promise((done) => { child.on('exit', done); });
		child.kill('SIGTERM');
		await gone;
	}
	rmSync(dir, { recursive: true, force: true });
});

// As nginx passes it on: which listener it came by, and the certificate it verified there.
const get = (what, token, params = {}, headers = {}) => ask(path, { url: `${inst.base}/api/v1/bound/${what}`,
	params, headers: { authorization: `Bearer ${token}`, ...headers } });
const mutual = (c, verify = 'SUCCESS') => ({ YB_LISTENER: 'mtls', YB_CLIENT_VERIFY: verify, YB_CLIENT_CERT: certificate(c) });

function refused(answer, id) {
	assert.equal(answer.status, 401, answer.text);
	assert.equal(answer.json.error_id, id, answer.text);
	assert.equal(answer.headers['www-authenticate'], 'Bearer realm="yobo", error="invalid_token"');
}

test('a token without cnf is refused, whoever brings it and however', { skip }, async () => {
	assert.equal((await get('open', free.token)).status, 204); // the token itself is good
	refused(await get('closed', free.token), 'E-TKN-006');
	// Its client's certificate beside it does not make it a bound one.
	refused(await get('closed', free.token, mutual(muni)), 'E-TKN-006');
	const issued = machine(inst, { org_type: 'MUNI' }, 'record:read');
	opened.push(issued);
	assert.equal((await get('open', issued.token)).status, 204);
	refused(await get('closed', issued.token), 'E-TKN-006');
	refused(await get('closed', issued.token, mutual(muni)), 'E-TKN-006');
});

test('a bound token without its certificate, or with another one, is refused', { skip }, async () => {
	for (const what of ['closed', 'open']) {
		refused(await get(what, bound.token), 'E-TKN-002');
		refused(await get(what, bound.token, mutual(other)), 'E-TKN-002');
		refused(await get(what, bound.token, mutual(muni, 'FAILED:self-signed certificate')), 'E-TKN-002');
		refused(await get(what, bound.token, { ...mutual(muni), YB_LISTENER: 'base' }), 'E-TKN-002');
		refused(await get(what, bound.token, { ...mutual(muni), YB_CLIENT_CERT: 'nonsense' }), 'E-TKN-002');
		// Nobody brings it in a header.
		refused(await get(what, bound.token, { YB_LISTENER: 'mtls' }, { 'yb-client-cert': certificate(muni),
			'yb-client-verify': 'SUCCESS' }), 'E-TKN-002');
	}
});

test('with its certificate it passes', { skip }, async () => {
	for (const what of ['closed', 'open'])
		assert.equal((await get(what, bound.token, mutual(muni))).status, 204, what);
});

test('a session does not open it', { skip }, async () => {
	const person = await staff(inst, { role: 'MU-A' });
	opened.push(person);
	const answer = await ask(path, { url: `${inst.base}/api/v1/bound/closed`, headers: { cookie: person.cookie } });
	assert.equal(answer.status, 401);
	assert.equal(answer.json.error_id, 'E-TKN-002');
});
