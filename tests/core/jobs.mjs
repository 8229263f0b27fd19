// jobs.mjs - the job engine under test: a worker of pool jobs started by hand beside the
// instance, with an area of its own (jobkind/), which can be killed without hurting anybody.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { ask } from '../fault/lib/fcgi.mjs';
import { sleep, staff } from '../support/yobo.mjs';

const here = dirname(new URL(import.meta.url).pathname);
export const area = process.env.BUILD && join(process.env.BUILD, 'tests/core/jobkind/.libs/jobkind.so');
export const skip = !area || !existsSync(area) ? 'BUILD must name a build directory with jobkind.so' : false;
export const MOVING = ['CHECKING', 'COMMITTING', 'WAITING'];

const setting = (conf, key) => new RegExp(`^${key} *= *(.*)$`, 'm').exec(conf)[1].trim();

export class Worker {
	// { inst, core: extra lines of [core] }
	constructor(inst, { core = '' } = {}) {
		const conf = readFileSync(inst.config, 'utf8');
		const dir = mkdtempSync('/tmp/yobo-jobs-');
		const modules = join(dir, 'modules');
		mkdirSync(modules);
		for (const file of readdirSync(setting(conf, 'modules_dir')))
			symlinkSync(join(setting(conf, 'modules_dir'), file), join(modules, file));
		symlinkSync(area, join(modules, 'jobkind.so'));
		this.inst = inst;
		this.dir = dir;
		this.config = join(dir, 'yobo.conf');
		this.path = join(dir, 'jobs.sock');
		this.program = setting(conf, 'worker');
		writeFileSync(this.config, conf
			.replace(/^modules_dir *=.*$/m, `modules_dir = ${modules}\n${core}`)
			.replace(/^(\[pool jobs\]\nareas *=.*)$/m, '$1,jobkind'));
	}

	tables() {
		execFileSync('mariadb', ['--no-defaults', `--socket=${this.inst.db.socket}`, this.inst.db.name],
			{ input: readFileSync(join(here, 'jobkind/tables.sql')) });
	}

	async start() {
		this.words = '';
		this.child = spawn(this.program, ['--config', this.config, '--pool', 'jobs', '--listen', this.path],
			{ stdio: ['ignore', 'ignore', 'pipe'] });
		this.child.stderr.on('data', (part) => { this.words = (this.words + part).slice(-20_000); });
		this.gone = new Promise((done) => { this.child.on('exit', done); });
		for (let i = 0; i < 1000 && !this.words.includes('ready: ') && this.child.exitCode === null; i++)
			await sleep(10);
		assert.ok(this.words.includes('ready: '), this.words);
	}

	// kill('SIGKILL'): as a machine that loses power.
	async kill(signal) {
		this.child.kill(signal);
		await this.gone;
	}

	stop() { return this.kill('SIGTERM'); }

	// The end: nothing of it stays.
	async close() {
		if (this.child && this.child.exitCode === null && this.child.signalCode === null)
			await this.stop();
		rmSync(this.dir, { recursive: true, force: true });
	}
}

// A person who works with jobs: what the browser does, over the worker's own socket.
export class Person {
	static async of(worker, login) {
		const person = new Person();
		const caller = await staff(worker.inst, login);
		Object.assign(person, { worker, cookie: caller.cookie, csrf: caller.csrf, login: caller.login });
		caller.close();
		return person;
	}

	call(method, path, { body, headers = {} } = {}) {
		const raw = Buffer.isBuffer(body);
		return ask(this.worker.path, { method, url: `${this.worker.inst.base}/api/v1${path}`,
			body: body === undefined || raw ? body : JSON.stringify(body),
			headers: { cookie: this.cookie, ...body === undefined ? {} : { 'content-type': raw
				? 'application/octet-stream' : 'application/json' },
			...method === 'GET' ? {} : { 'x-yobo-csrf': this.csrf, origin: this.worker.inst.base }, ...headers } });
	}

	start(kind, file, more = {}) {
		return this.call('POST', '/jobs', { body: { kind, filename: 'a.csv', bytes: file.length, ...more } });
	}

	// Pieces of at most `part` bytes, from where the server says.
	async send(no, file, part = 4 << 20, from = 0) {
		for (let at = from; at < file.length;) {
			const answer = await this.call('PUT', `/jobs/${no}/file?offset=${at}`,
				{ body: file.subarray(at, at + part) });
			assert.equal(answer.status, 200, answer.text);
			at = answer.json.received;
			if (answer.json.state === 'REFUSED')
				return answer.json;
		}
		return null;
	}

	async rest(no, seconds = 60) {
		for (let i = 0; i < seconds * 20; i++) {
			const { status, json, headers, text } = await this.call('GET', `/jobs/${no}`);
			assert.equal(status, 200, text);
			if (!MOVING.includes(json.state))
				return { ...json, etag: headers.etag };
			assert.ok(Number(headers['retry-after']) >= 2);
			await sleep(50);
		}
		return assert.fail(`job ${no} does not rest`);
	}

	// Until the job is in that state (and `more` is true of it).
	async until(no, state, more = () => true) {
		for (let i = 0; i < 400; i++) {
			const { json } = await this.call('GET', `/jobs/${no}`);
			if (json.state === state && more(json))
				return json;
			await sleep(25);
		}
		return assert.fail(`job ${no} is never ${state}`);
	}

	async upload(kind, text, more = {}) {
		const file = Buffer.isBuffer(text) ? text : Buffer.from(text);
		const begun = await this.start(kind, file, more);
		assert.equal(begun.status, 202, begun.text);
		await this.send(begun.json.job_no, file);
		return this.rest(begun.json.job_no);
	}

	say(job, body = {}, headers = {}) {
		return this.call('POST', `/jobs/${job.job_no}/commit`, { body,
			headers: { 'if-match': job.etag, 'idempotency-key': randomUUID(), ...headers } });
	}

	async commit(job, body = {}) {
		const answer = await this.say(job, body);
		assert.equal(answer.status, 202, answer.text);
		return this.rest(job.job_no);
	}
}

export const sha256 = (data) => createHash('sha256').update(data).digest('hex');

// Rows of jobkind.items: { code: 7, name: 'x' } and the rest empty.
const HEAD = '品目コード,適用開始日,名称,区分,単価,用量,有効,備考,暗証';
export const items = (rows, { head = HEAD, end = '\r\n' } = {}) => [head, ...rows.map((r) =>
	(typeof r === 'string' ? r : [String(r.code).padStart(6, '0'), r.from ?? '2026-04-01', r.name ?? `品目${r.code}`,
		r.kind ?? '01', r.price ?? 100, r.dose ?? '0.5', r.active ?? 'true', r.memo ?? '', r.secret ?? ''].join(',')))]
	.join(end) + end;
export const many = (n, first = 1, change = {}) => items(Array.from({ length: n }, (_, i) => ({ code: first + i, ...change })));
