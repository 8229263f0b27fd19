// fcgi.mjs - a FastCGI peer as nginx is one, for workers started by hand, and for being a bad one.

import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { join } from 'node:path';

import { alive, inst, prefix, scratch, sleep } from './fault.mjs';

const record = (type, content) => {
	const head = Buffer.alloc(8);
	head[0] = 1;
	head[1] = type;
	head.writeUInt16BE(1, 2);
	head.writeUInt16BE(content.length, 4);
	return Buffer.concat([head, content]);
};
const length = (n) => {
	if (n < 128)
		return Buffer.from([n]);
	const out = Buffer.alloc(4);
	out.writeUInt32BE((n | 0x80000000) >>> 0);
	return out;
};
const chunks = (type, data) => {
	const all = [];
	for (let at = 0; at < data.length; at += 60_000)
		all.push(record(type, data.subarray(at, at + 60_000)));
	all.push(record(type, Buffer.alloc(0)));
	return Buffer.concat(all);
};

// The bytes of a request: { method, url, headers, body, params }.
export function bytes({ method = 'GET', url, headers = {}, body, params = {} }) {
	const { host, pathname, search } = new URL(url);
	const data = body === undefined ? Buffer.alloc(0) : Buffer.from(body);
	const all = { REQUEST_METHOD: method, CONTENT_TYPE: headers['content-type'] ?? '',
		CONTENT_LENGTH: data.length > 0 ? `${data.length}` : '', QUERY_STRING: search.slice(1),
		REQUEST_URI: pathname + search, SERVER_PROTOCOL: 'HTTP/1.1', REMOTE_ADDR: '127.0.0.1',
		HTTPS: 'on', YB_LISTENER: 'base', HTTP_HOST: host, ...params };
	for (const [name, v] of Object.entries(headers))
		if (name !== 'content-type' && name !== 'content-length')
			all[`HTTP_${name.toUpperCase().replaceAll('-', '_')}`] = v;
	const pairs = Object.entries(all).map(([name, v]) => {
		const [n, x] = [Buffer.from(name), Buffer.from(`${v}`)];
		return Buffer.concat([length(n.length), length(x.length), n, x]);
	});
	return Buffer.concat([record(1, Buffer.from([0, 1, 0, 0, 0, 0, 0, 0])),
		chunks(4, Buffer.concat(pairs)), chunks(5, data)]);
}

function answer(raw) {
	const parts = [];
	let ended = false;
	for (let at = 0; at + 8 <= raw.length;) {
		const n = raw.readUInt16BE(at + 4);
		if (raw[at + 1] === 6)
			parts.push(raw.subarray(at + 8, at + 8 + n));
		ended ||= raw[at + 1] === 3;
		at += 8 + n + raw[at + 6];
	}
	const all = Buffer.concat(parts).toString('utf8');
	const cut = all.indexOf('\r\n\r\n');
	if (!ended || cut < 0)
		return { status: 0, headers: {}, text: all, json: null };
	const headers = Object.fromEntries(all.slice(0, cut).split('\r\n')
		.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(),
			line.slice(line.indexOf(':') + 1).trim()]));
	const text = all.slice(cut + 4);
	let json = null;
	try {
		json = JSON.parse(text);
	} catch { /* not JSON */ }
	return { status: Number.parseInt(headers.status, 10), headers, text, json };
}

// One request over the socket; status 0: the peer went away without an answer.
export function ask(path, request, ms = 30_000) {
	return new Promise((resolve) => {
		const parts = [];
		const socket = connect({ path });
		const end = (error) => {
			clearTimeout(timer);
			socket.destroy();
			resolve({ ...answer(Buffer.concat(parts)), error: error?.message });
		};
		const timer = setTimeout(() => end(new Error('out of time')), ms);
		socket.on('connect', () => socket.write(bytes(request)));
		socket.on('data', (part) => parts.push(part));
		socket.on('error', end);
		socket.on('close', () => end());
	});
}

// A connection that says `text` (or nothing) and then stays; .destroy() ends it.
export const lurk = (path, text = '') => new Promise((resolve) => {
	const socket = connect({ path });
	socket.on('error', () => resolve(socket));
	socket.on('connect', () => socket.write(text, () => resolve(socket)));
	socket.on('close', () => { socket.gone = true; });
});

// A worker by hand, with an environment of its own.
export class Worker {
	constructor(pool, env = {}) {
		this.pool = pool;
		this.env = env;
		this.path = join(scratch, `${pool}-by-hand.sock`);
		this.deaths = [];
		this.words = '';
	}

	async start() {
		this.child = spawn(join(prefix, 'sbin/yobo-worker'), ['--config', inst.config, '--pool',
			this.pool, '--listen', this.path], { stdio: ['ignore', 'pipe', 'pipe'],
			env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', TZ: 'UTC', ...this.env } });
		this.pid = this.child.pid;
		let ready = false;
		const hear = (part) => {
			this.words = (this.words + part).slice(-20_000);
			ready ||= this.words.includes('ready: ');
		};
		this.words = '';
		this.child.stderr.on('data', hear);
		this.child.stdout.on('data', hear);
		this.dead = false;
		const child = this.child;
		child.on('exit', (code, signal) => {
			if (child === this.child)
				this.dead = true;
			if (!this.stopping)
				this.deaths.push(signal ?? code);
		});
		for (let i = 0; i < 1000 && !ready && !this.dead; i++)
			await sleep(10);
		if (!ready)
			throw new Error(`the worker does not start: ${this.words.slice(-600)}`);
	}

	ask(request, ms) {
		return ask(this.path, request, ms);
	}

	async stop() {
		this.stopping = true;
		if (!this.dead) {
			this.child.kill('SIGTERM');
			for (let i = 0; i < 500 && alive(this.pid); i++)
				await sleep(10);
			if (alive(this.pid))
				this.child.kill('SIGKILL');
		}
	}
}
