// nginx: what the web server promises before any code of ours runs (security 3.5, 9.14; ui 12 U11).

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { connect } from 'node:net';
import { test } from 'node:test';
import tls from 'node:tls';

import { Caller, exchange, instance, machine, sleep } from '../support/yobo.mjs';

const inst = instance();
const ca = readFileSync(inst.ca);
const base = new URL(inst.base);
const mtls = new URL(inst.mtls);
const agent = new https.Agent({ ca });
const certificate = inst.clients[0];
const cert = { key: readFileSync(certificate.key), cert: readFileSync(certificate.cert) };

const COMMON = {
	'x-content-type-options': 'nosniff',
	'referrer-policy': 'no-referrer',
	'strict-transport-security': 'max-age=63072000',
	'cross-origin-resource-policy': 'same-origin',
};

// Bytes as they are; resolves to everything the server said until it closed.
function raw(bytes, { to = base, ...options } = {}) {
	return new Promise((resolve, reject) => {
		const socket = tls.connect({ host: to.hostname, port: to.port, ca, ALPNProtocols: ['http/1.1'],
			...options });
		const parts = [];
		socket.setTimeout(8000, () => socket.destroy());
		socket.on('secureConnect', () => socket.write(bytes));
		socket.on('data', (part) => parts.push(part));
		socket.on('error', reject);
		socket.on('close', () => resolve(Buffer.concat(parts).toString('latin1')));
	});
}
const request = (lines) => raw(`${[...lines, `Host: ${base.host}`, 'Connection: close'].join('\r\n')}\r\n\r\n`);
const status = (text) => Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
const get = (path, options = {}) => exchange(`${inst.base}${path}`, { agent, ...options });

function problem(answer, code, id) {
	assert.equal(answer.status, code, answer.text);
	assert.match(answer.headers['content-type'], /^application\/problem\+json/);
	assert.equal(answer.json.status, code);
	assert.equal(answer.json.error_id, id);
	assert.ok(answer.json.title && answer.json.detail && answer.json.trace_id);
}

test('healthz answers through a worker that reaches its database', async () => {
	const answer = await get('/healthz');
	assert.equal(answer.status, 200);
	assert.equal(answer.json.status, 'ok');
});

test('the API document is served and names this server', async () => {
	const answer = await get('/api/v1/openapi.json');
	assert.equal(answer.status, 200);
	assert.match(answer.headers['content-type'], /^application\/json/);
	assert.equal(answer.json.openapi.slice(0, 3), '3.1');
	assert.equal(answer.json.servers[0].url, '/api/v1');
});

test('pages carry the policy that allows our own files and nothing else', async () => {
	for (const path of ['/', '/login', '/records', '/records/123', '/tokens', '/ui/css/components.css', '/ui/boot.js']) {
		const { status: code, headers } = await get(path);
		assert.equal(code, 200, path);
		for (const [name, value] of Object.entries(COMMON))
			assert.equal(headers[name], value, `${path} ${name}`);
		assert.equal(headers['content-security-policy'], "default-src 'none'; script-src 'self';"
			+ " style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self';"
			+ " base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script';"
			+ " trusted-types lit-html", path);
		assert.equal(headers['x-frame-options'], 'DENY');
		assert.equal(headers.server, 'nginx', 'the version is nobody\'s business');
	}
});

test('answers of the interface carry the headers once, and are not kept', async () => {
	for (const path of ['/api/v1/account/session', '/api/v1/nothing', '/healthz']) {
		const { headers } = await get(path);
		for (const [name, value] of Object.entries(COMMON))
			assert.equal(headers[name], value, `${path} ${name}`);
		assert.equal(headers['content-security-policy'], "default-src 'none'; frame-ancestors 'none'");
		assert.match(headers['cache-control'], /no-store/, path);
	}
});

test('an unknown route is a problem, in the language that was asked for', async () => {
	problem(await get('/api/v1/nothing'), 404, 'E-REQ-004');
	for (const path of ['/api', '/api/v1/account', '/api/v1/record/nothing', '/.well-known/nothing'])
		problem(await get(path), 404, 'E-REQ-004');
	const answer = await get('/api/v1/nothing', { headers: { 'accept-language': 'en' } });
	assert.match(answer.json.title, /^[\x20-\x7e]+$/);
});

test('an unknown page is a page', async () => {
	const answer = await get('/no/such/page');
	assert.equal(answer.status, 404);
	assert.match(answer.headers['content-type'], /^text\/html/);
	assert.match(answer.text, /ページが見つかりません/);
	assert.ok(answer.headers['content-security-policy']);
});

test('files outside the pages are not served', async () => {
	for (const path of ['/ui/../yobo.conf', '/ui/%2e%2e/nginx/yobo.conf.in', '/ui//../../nginx/yobo.conf.in',
		'/.git/config', '/ui/css/']) {
		const text = await request([`GET ${path} HTTP/1.1`]);
		assert.ok([400, 403, 404].includes(status(text)), `${path}: ${text.slice(0, 60)}`);
		assert.doesNotMatch(text, /listen|Index of/);
	}
});

test('odd methods are refused', async () => {
	for (const method of ['TRACE', 'FOO', 'PROPFIND', 'get']) {
		for (const path of ['/', '/api/v1/account/session']) {
			const code = status(await request([`${method} ${path} HTTP/1.1`]));
			assert.ok([400, 405].includes(code), `${method} ${path}: ${code}`);
		}
	}
	const text = await request(['FOO /api/v1/account/session HTTP/1.1']);
	assert.match(text, /"error_id":"E-REQ-005"/);
	assert.match(text, /^Allow: GET, HEAD, POST/m);
	assert.ok([400, 405].includes(status(await raw('CONNECT localhost:1 HTTP/1.1\r\nHost: localhost\r\n\r\n'))));
});

test('requests that two programs could read differently are refused', async () => {
	const body = ['Content-Type: application/json'];
	const cases = {
		'two lengths': ['POST /api/v1/account/login HTTP/1.1', ...body, 'Content-Length: 2', 'Content-Length: 3'],
		'length and chunks': ['POST /api/v1/account/login HTTP/1.1', ...body, 'Content-Length: 2',
			'Transfer-Encoding: chunked'],
		'a negative length': ['POST /api/v1/account/login HTTP/1.1', ...body, 'Content-Length: -1'],
		'an unknown coding': ['POST /api/v1/account/login HTTP/1.1', ...body, 'Transfer-Encoding: xchunked'],
		'two hosts': ['GET /healthz HTTP/1.1', 'Host: evil.example'],
		'two authorizations': ['GET /healthz HTTP/1.1', 'Authorization: Bearer a', 'Authorization: Bearer b'],
		'a folded header': ['GET /healthz HTTP/1.1', 'X-A: b', ' c'],
		'a space in a name': ['GET /healthz HTTP/1.1', 'X A: b'],
		'a NUL': ['GET /healthz HTTP/1.1', 'X-A: b\0c'],
		'a header beyond 8 KB': ['GET /healthz HTTP/1.1', `X-A: ${'a'.repeat(9000)}`],
	};
	for (const [name, lines] of Object.entries(cases)) {
		const code = status(await request(lines));
		assert.ok(code >= 400 && code < 600 && code !== 502 && code !== 503, `${name}: ${code}`);
	}
	// In the form of every other refusal, also of what nginx gives up on by itself.
	for (const [name, bytes] of [['a header beyond 8 KB', cases['a header beyond 8 KB']],
		['an unknown coding', cases['an unknown coding']], ['another version', ['GET /healthz HTTP/2.5']]]) {
		const text = await request(bytes);
		assert.equal(status(text), 400, name);
		assert.match(text, /"error_id":"E-REQ-001"/, name);
		assert.match(text, /^X-Content-Type-Options: nosniff/m, name);
	}
	// And told where to look: not in a body that is not there.
	const [line, ...twice] = cases['two authorizations'];
	assert.match(await request([line, 'Accept-Language: en', ...twice]), /no header is there twice.*"error_id":"E-REQ-001"/);
});

test('HTTP on the port of HTTPS is told so in the usual form', async () => {
	const text = await new Promise((resolve, reject) => {
		const socket = connect({ host: base.hostname, port: base.port });
		const parts = [];
		socket.on('connect', () => socket.write(`GET /healthz HTTP/1.1\r\nHost: ${base.host}\r\nConnection: close\r\n\r\n`));
		socket.on('data', (part) => parts.push(part));
		socket.on('error', reject);
		socket.on('close', () => resolve(Buffer.concat(parts).toString()));
	});
	assert.equal(status(text), 400);
	assert.match(text, /"error_id":"E-REQ-001"/);
});

test('an address has 64 requests for a token or a session under way, whatever it shows', async () => {
	const head = (path, shown) => [`POST ${path} HTTP/1.1`, `Host: ${base.host}`, shown,
		'Content-Type: application/json', 'Content-Length: 9', '', ''].join('\r\n');
	const crowd = [['/api/v1/token/oauth/token', 'Authorization: x'], ['/api/v1/account/login', 'Cookie: __Host-yobo=x']];
	for (const [i, [path, shown]] of crowd.entries()) {
		let refused = 0;
		const sockets = await Promise.all(Array.from({ length: 70 }, () => new Promise((resolve, reject) => {
			const socket = tls.connect({ host: base.hostname, port: base.port, ca, localAddress: `127.77.2.${i + 1}` });
			socket.on('secureConnect', () => socket.write(head(path, shown), () => resolve(socket)));
			socket.on('data', (part) => { refused += status(part.toString()) === 429; });
			socket.on('error', reject);
		})));
		for (let n = 0; n < 50 && refused < 6; n++)
			await sleep(50);
		sockets.forEach((socket) => socket.destroy());
		assert.equal(refused, 6, path);
	}
});

test('line breaks hidden in a path are refused', async () => {
	for (const path of ['/a%0d%0aSet-Cookie:%20x=1', '/api/v1/x%0A', '/login%0d', '/api/v1/%00'])
		assert.equal(status(await request([`GET ${path} HTTP/1.1`])), 400, path);
});

test('HTTP/0.9 gets nothing', async () => {
	assert.equal(await raw('GET /healthz\r\n'), '');
});

test('only our own names are served', async () => {
	const text = await raw('GET /healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n');
	assert.equal(status(text), 421);
	assert.match(await raw(`GET https://evil.example/ HTTP/1.1\r\nHost: ${base.host}\r\nConnection: close\r\n\r\n`),
		/^HTTP\/1\.1 4/);
});

test('headers with underscores and Proxy do not reach the programs behind', async () => {
	const text = await request(['GET /healthz HTTP/1.1', 'Proxy: http://evil.example', 'YB_CLIENT_VERIFY: SUCCESS',
		'X_Real_IP: 10.0.0.1']);
	assert.equal(status(text), 200);
});

test('a body beyond the route is refused before it is read', async () => {
	const anonymous = new Caller(inst);
	const answer = await anonymous.call('login', { body: { user_id: 'x', password: 'y'.repeat(300_000) } });
	problem(answer, 413, 'E-REQ-002');
	anonymous.close();
});

test('TLS 1.2 and 1.3 with AEAD only, without tickets', async () => {
	const tried = (options) => new Promise((resolve) => {
		const socket = tls.connect({ host: base.hostname, port: base.port, ca, ...options });
		socket.on('secureConnect', () => {
			resolve({ protocol: socket.getProtocol(), cipher: socket.getCipher().name,
				ticket: socket.getTLSTicket() });
			socket.destroy();
		});
		socket.on('error', () => resolve(null));
	});
	assert.equal((await tried({ minVersion: 'TLSv1.3' })).protocol, 'TLSv1.3');
	const old = await tried({ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' });
	assert.equal(old.protocol, 'TLSv1.2');
	assert.match(old.cipher, /GCM|CHACHA20/);
	assert.equal(old.ticket, undefined);
	for (const version of ['TLSv1', 'TLSv1.1'])
		assert.equal(await tried({ minVersion: version, maxVersion: version, ciphers: 'ALL@SECLEVEL=0' }), null, version);
	for (const ciphers of ['ECDHE-ECDSA-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA384', 'AES128-GCM-SHA256'])
		assert.equal(await tried({ maxVersion: 'TLSv1.2', ciphers }), null, ciphers);
});

test('http/2 is spoken', async () => {
	const protocol = await new Promise((resolve, reject) => {
		const socket = tls.connect({ host: base.hostname, port: base.port, ca, ALPNProtocols: ['h2', 'http/1.1'] },
			() => {
				resolve(socket.alpnProtocol);
				socket.destroy();
			});
		socket.on('error', reject);
	});
	assert.equal(protocol, 'h2');
});

test('the certificate listener refuses whoever shows none', async () => {
	const answer = await exchange(`${inst.mtls}/healthz`, { agent }).catch((e) => e);
	if (!(answer instanceof Error))
		problem(answer, 401, 'E-TKN-006');
	const page = await exchange(`${inst.mtls}/`, { agent }).catch((e) => e);
	assert.ok(page instanceof Error || page.status === 401);
});

test('and whoever shows one of another authority', async () => {
	// The server's own certificate is signed by the other CA and is no client's.
	const foreign = new https.Agent({ ca, cert: readFileSync(inst.ca.replace(/ca\.pem$/, 'server.pem')),
		key: readFileSync(inst.ca.replace(/ca\.pem$/, 'server.key')) });
	const answer = await exchange(`${inst.mtls}/healthz`, { agent: foreign }).catch((e) => e);
	assert.ok(answer instanceof Error || answer.status === 401, String(answer.status));
	foreign.destroy();
});

test('and serves whoever shows a good one', async () => {
	const own = new https.Agent({ ca, ...cert });
	const answer = await exchange(`${inst.mtls}/healthz`, { agent: own });
	assert.equal(answer.status, 200, answer.text);
	own.destroy();
});

test('a certificate listener session is never resumed', async () => {
	const connect = (session) => new Promise((resolve, reject) => {
		const socket = tls.connect({ host: mtls.hostname, port: mtls.port, ca, ...cert, session,
			maxVersion: 'TLSv1.2' }, () => {
			resolve({ reused: socket.isSessionReused(), session: socket.getSession() });
			socket.destroy();
		});
		socket.on('error', reject);
	});
	const first = await connect();
	assert.equal((await connect(first.session)).reused, false);
});

test('a token travels, and its absence is said', async () => {
	const hms = machine(inst, { org_type: 'MUNI' }, 'record:read');
	const good = await hms.call('pullVaccinations', { query: { since: 0, limit: 1 } });
	assert.equal(good.status, 200, good.text);
	hms.token = null;
	const none = await hms.call('pullVaccinations', { query: { since: 0, limit: 1 } });
	assert.equal(none.status, 401);
	assert.ok(none.headers['www-authenticate']);
	hms.close();
});

test('nginx speaks the words of the error catalogue', async () => {
	const source = readFileSync(new URL('../../nginx/yobo.conf.in', import.meta.url), 'utf8');
	const catalogue = readFileSync(new URL('../../core/lib/catalogue.def', import.meta.url), 'utf8');
	const maps = [...source.matchAll(/^map \$yobo_language \$yobo_(?:title|next)_\w+ \{ default "([^"]*)"; en "([^"]*)"; \}/gm)];
	assert.ok(maps.length >= 10);
	for (const [, ja, en] of maps) {
		assert.ok(catalogue.includes(`"${ja}"`), ja);
		assert.ok(catalogue.includes(`"${en}"`), en);
	}
});
