// yobo.mjs - a program's way to a running instance: what instance.json says, and calls by
// operationId. No dependencies; used by the tests, the tour and the sample data.

import { createPrivateKey, randomUUID, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import https from 'node:https';

// The instance under test: the file named by YOBO_INSTANCE, or the one given.
export function instance(path = process.env.YOBO_INSTANCE) {
	if (!path)
		throw new Error('YOBO_INSTANCE must name an instance.json');
	return JSON.parse(readFileSync(path, 'utf8'));
}

// One exchange over TLS with the installation's CA. Resolves to { status, headers, text, json }.
export function exchange(url, { method = 'GET', headers = {}, body, agent } = {}) {
	return new Promise((resolve, reject) => {
		const request = https.request(url, { method, headers, agent, timeout: 30_000 }, (answer) => {
			const parts = [];
			answer.on('data', (part) => parts.push(part));
			answer.on('error', reject);
			answer.on('end', () => {
				const text = Buffer.concat(parts).toString('utf8');
				let json = null;
				try {
					json = JSON.parse(text);
				} catch { /* not JSON: text says what it is */ }
				resolve({ status: answer.statusCode, headers: answer.headers, text, json });
			});
		});
		request.on('timeout', () => request.destroy(new Error(`${method} ${url}: no answer in 30 s`)));
		// A connection that was kept may have been closed for idleness in the very same moment.
		const closed = (code) => request.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(code);
		request.on('error', (error) => (closed(error.code)
			? resolve(exchange(url, { method, headers, body, agent })) : reject(error)));
		request.end(body);
	});
}

// Somebody who calls: nobody yet, a person with a session, or a machine with a token.
export class Caller {
	constructor(inst, { certificate } = {}) {
		this.inst = inst;
		this.ca = readFileSync(inst.ca);
		this.base = certificate ? inst.mtls : inst.base;
		this.agent = new https.Agent({ ca: this.ca, keepAlive: true, maxSockets: 16,
			...(certificate ? { key: readFileSync(certificate.key),
				cert: readFileSync(certificate.cert) } : {}) });
		this.token = null;
		this.cookie = null;
		this.csrf = null;
	}

	close() {
		this.agent.destroy();
	}

	// The API document, read once per caller: { operationId: { method, path, server } }.
	async operations() {
		if (this.table)
			return this.table;
		const { status, json } = await exchange(`${this.base}/api/v1/openapi.json`,
			{ agent: this.agent });
		if (status !== 200)
			throw new Error(`openapi.json answered ${status}`);
		const table = {};
		for (const [path, item] of Object.entries(json.paths)) {
			for (const [method, operation] of Object.entries(item)) {
				if (!operation?.operationId)
					continue;
				const server = (operation.servers ?? item.servers ?? json.servers)[0].url;
				table[operation.operationId] = { method: method.toUpperCase(), path,
					server: server.replace(/^https:\/\/[^/]+/, '').replace(/\/$/, ''), operation };
			}
		}
		this.table = table;
		return table;
	}

	async url(id, { path = {}, query = {} } = {}) {
		const found = (await this.operations())[id];
		if (!found)
			throw new Error(`the API document knows no operation ${id}`);
		const filled = found.path.replace(/\{([^}:]+)[^}]*\}/g, (_, name) => {
			if (path[name] === undefined)
				throw new Error(`${id}: the path needs ${name}`);
			return encodeURIComponent(path[name]);
		});
		const search = new URLSearchParams(query).toString();
		return { method: found.method,
			url: `${this.base}${found.server}${filled}${search ? `?${search}` : ''}` };
	}

	// call('createVaccination', { path, query, body, form, headers })
	async call(id, { path, query, body, form, headers = {} } = {}) {
		const { method, url } = await this.url(id, { path, query });
		const sent = { accept: 'application/json', ...headers };
		let data;
		if (form) {
			data = new URLSearchParams(form).toString();
			sent['content-type'] ??= 'application/x-www-form-urlencoded';
		} else if (body !== undefined) {
			data = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
			sent['content-type'] ??= 'application/json';
		}
		if (data !== undefined)
			sent['content-length'] = Buffer.byteLength(data);
		if (this.token)
			sent.authorization ??= `Bearer ${this.token}`;
		if (this.cookie)
			sent.cookie ??= this.cookie;
		if (this.csrf && method !== 'GET') {
			sent['x-yobo-csrf'] ??= this.csrf;
			sent.origin ??= this.base;
			sent['sec-fetch-site'] ??= 'same-origin';
		}
		return exchange(url, { method, headers: sent, body: data, agent: this.agent });
	}
}

function must(answer, status, what) {
	if (answer.status !== status)
		throw new Error(`${what}: ${answer.status} ${answer.text.slice(0, 400)}`);
	return answer;
}

// A person of the instance's logins: staff(inst, { role: 'MU-S' }).
export async function staff(inst, wanted) {
	const login = inst.logins.find((l) => Object.entries(wanted).every(([k, v]) => l[k] === v));
	if (!login)
		throw new Error(`no login like ${JSON.stringify(wanted)}`);
	const caller = new Caller(inst);
	const ask = () => caller.call('login', { body: { user_id: login.user_id,
		password: login.password } });
	let answer = await ask();
	// Where programs run under a sanitizer, logins that come together are told to come again.
	for (let i = 0; process.env.YOBO_SLOW && answer.status === 503 && i < 20; i++) {
		await sleep(1000 * Number(answer.headers['retry-after']));
		answer = await ask();
	}
	must(answer, 200, `login ${login.role}`);
	caller.cookie = answer.headers['set-cookie']?.map((c) => c.split(';')[0]).join('; ') ?? null;
	caller.csrf = answer.json?.csrf_token ?? null;
	caller.login = login;
	return caller;
}

// A machine with an issued token: machine(inst, { org_type: 'MUNI' }, 'record:read').
export function machine(inst, wanted, scope) {
	const issued = inst.tokens.find((t) => Object.entries(wanted).every(([k, v]) => t[k] === v) &&
		(!scope || t.scopes.includes(scope)));
	if (!issued)
		throw new Error(`no issued token like ${JSON.stringify(wanted)} ${scope ?? ''}`);
	const caller = new Caller(inst);
	caller.token = issued.token;
	caller.org_code = issued.org_code;
	return caller;
}

const b64 = (x) => Buffer.from(x).toString('base64url');

// A client assertion (RFC 7523) of an API client, for this issuer.
export function assertion(client, issuer, change = {}) {
	const now = Math.floor(Date.now() / 1000);
	const head = b64(JSON.stringify({ alg: 'ES256', typ: 'JWT', ...change.header }));
	const body = b64(JSON.stringify({ iss: client.client_id, sub: client.client_id, aud: issuer,
		iat: now, exp: now + 50, jti: randomUUID(), ...change.claims }));
	const key = createPrivateKey(readFileSync(change.key ?? client.key));
	const made = sign('sha256', Buffer.from(`${head}.${body}`), { key, dsaEncoding: 'ieee-p1363' });
	return `${head}.${body}.${b64(made)}`;
}

// An API client with a fresh access token. { mtls: true } fetches and uses it over mTLS.
export async function client(inst, wanted, scope, { mtls = false } = {}) {
	const found = inst.clients.find((c) => Object.entries(wanted).every(([k, v]) => c[k] === v));
	if (!found)
		throw new Error(`no client like ${JSON.stringify(wanted)}`);
	const caller = new Caller(inst, mtls ? { certificate: found } : {});
	const metadata = must(await exchange(`${caller.base}/.well-known/oauth-authorization-server`,
		{ agent: caller.agent }), 200, 'metadata').json;
	const answer = must(await caller.call('issueToken', { form: {
		grant_type: 'client_credentials', scope: scope ?? found.scopes.join(' '),
		client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
		client_assertion: assertion(found, metadata.issuer) } }), 200, `token of ${found.client_id}`);
	caller.token = answer.json.access_token;
	caller.client = found;
	caller.org_code = found.org_code;
	return caller;
}

// ---- values for tests ----

// Text in base64url with one bit of its last byte turned: never the same, and never malformed.
export function spoilt(text) {
	const bytes = Buffer.from(text, 'base64url');
	bytes[bytes.length - 1] ^= 1;
	return bytes.toString('base64url');
}

export const sleep = (ms) => new Promise((done) => { setTimeout(done, ms); });

// A number with its Luhn digit (medical institution codes).
export function luhn(body) {
	let sum = 0;
	for (let i = 0; i < body.length; i++) {
		const doubled = Number(body[body.length - 1 - i]) * (i % 2 === 0 ? 2 : 1);
		sum += doubled > 9 ? doubled - 9 : doubled;
	}
	return `${body}${(10 - (sum % 10)) % 10}`;
}

// Days from today in Japan, as YYYY-MM-DD.
export function dayFromToday(days = 0) {
	return new Date(Date.now() + 9 * 3600_000 + days * 86_400_000).toISOString().slice(0, 10);
}
