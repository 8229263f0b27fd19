// people.mjs - people for the tests of account: made through the interface, deleted at the end.

import assert from 'node:assert/strict';
import { createHash, createHmac, randomBytes } from 'node:crypto';
import https from 'node:https';

import { sql } from '../support/database.mjs';
import { mails } from '../support/mail.mjs';
import { Caller, sleep, staff } from '../support/yobo.mjs';

export const GOOD = 'Kawa-no-Nagare7';

export function refused(answer, status, id, field) {
	assert.equal(answer.status, status, answer.text);
	assert.equal(answer.json.error_id, id, answer.text);
	if (field)
		assert.equal(answer.json.errors[0].field, field);
}

// Without what differs from one answer to the next by design.
export const bare = ({ json }) => JSON.stringify({ ...json, trace_id: '' });

// ---- one-time codes (RFC 6238) ----

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export function secretOf(key) {
	let bits = '';
	for (const c of key.replaceAll(' ', ''))
		bits += BASE32.indexOf(c).toString(2).padStart(5, '0');
	return Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
}

export const stepNow = () => Math.floor(Date.now() / 30_000);

export function codeOf(secret, step = stepNow()) {
	const counter = Buffer.alloc(8);
	counter.writeBigUInt64BE(BigInt(step));
	const mac = createHmac('sha1', secret).update(counter).digest();
	const at = mac[19] & 15;
	return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

// A code that is certainly none of the two that count now.
export function wrongCode(secret) {
	const good = [-1, 0, 1].map((d) => codeOf(secret, stepNow() + d));
	for (let i = 0; ; i++)
		if (!good.includes(String(i).padStart(6, '0')))
			return String(i).padStart(6, '0');
}

// Two steps of the same test must not fall on the border of 30 seconds.
export async function calmStep() {
	const left = 30_000 - (Date.now() % 30_000);
	if (left < 8_000)
		await new Promise((done) => { setTimeout(done, left + 50); });
}

// ---- links ----

export const newToken = () => randomBytes(32).toString('base64url');
export const sha256Hex = (text) => createHash('sha256').update(text).digest('hex');

// ---- mails ----

// Waits for the n-th mail to an address whose subject is about something.
export async function told(inst, { to, about, n = 1 }) {
	for (let i = 0; i < 200; i++) {
		const found = mails(inst, { to }).filter((mail) => about.test(mail.subject));
		if (found.length >= n)
			return found[n - 1];
		await sleep(100);
	}
	throw new Error(`no mail about ${about} to ${to}: ${mails(inst, { to }).map((m) => m.subject)}`);
}

// ---- people ----

export class People {
	constructor(inst) {
		this.inst = inst;
		this.opened = [];
		this.made = [];
	}

	async open() {
		this.admin = await this.as('MU-A');
		return this;
	}

	async as(role) {
		const made = await staff(this.inst, { role });
		this.opened.push(made);
		return made;
	}

	// Somebody without a session; `from` is the address of this machine they call from.
	nobody({ from } = {}) {
		const made = new Caller(this.inst);
		if (from)
			made.agent = new https.Agent({ ca: made.ca, keepAlive: true, localAddress: from });
		this.opened.push(made);
		return made;
	}

	// Whatever an answer says of session and browser.
	take(made, answer) {
		const cookies = (answer.headers['set-cookie'] ?? []).map((c) => c.split(';')[0]);
		const kept = new Map((made.cookie ?? '').split('; ').filter(Boolean)
			.map((c) => [c.split('=')[0], c]));
		for (const c of cookies)
			kept.set(c.split('=')[0], c);
		made.cookie = [...kept.values()].join('; ') || null;
		made.csrf = answer.json?.session?.csrf_token ?? answer.json?.csrf_token ?? made.csrf;
		return made;
	}

	async login(user_id, password, { made = this.nobody(), ...more } = {}) {
		const answer = await made.call('login', { body: { user_id, password, ...more } });
		if (answer.status === 200)
			this.take(made, answer);
		return { made, answer };
	}

	// A new user of the municipality, with the temporary password.
	async temp(change = {}) {
		const mail = `p${randomBytes(6).toString('hex')}@example.jp`;
		const answer = await this.admin.call('createUser', { body: { name: '試験　職員',
			name_kana: 'シケン　ショクイン', role: 'MU-S', mail, ...change } });
		assert.equal(answer.status, 201, answer.text);
		const { user_id } = answer.json.user;
		this.made.push(user_id);
		const temporary = answer.json.temporary_password;
		return { user_id, mail: change.mail ?? mail, temporary };
	}

	// An active one, logged in, with the password GOOD.
	async active(change) {
		const user = await this.temp(change);
		const { made, answer } = await this.login(user.user_id, user.temporary);
		assert.equal(answer.status, 200, answer.text);
		const changed = await made.call('changePassword', { body: {
			current_password: user.temporary, new_password: GOOD } });
		assert.equal(changed.status, 200, changed.text);
		return { ...user, session: this.take(made, changed) };
	}

	// One with an authenticator app; the code of the step before is used up.
	async enrolled(change) {
		const user = await this.active(change);
		await calmStep();
		const begun = await user.session.call('beginFactor');
		assert.equal(begun.status, 200, begun.text);
		const secret = secretOf(begun.json.key);
		const done = await user.session.call('confirmFactor', {
			body: { code: codeOf(secret, stepNow() - 1) } });
		assert.equal(done.status, 200, done.text);
		this.take(user.session, done);
		return { ...user, secret, begun: begun.json, recovery: done.json.recovery_codes };
	}

	// As if the clock had gone on: codes of these minutes may be used once more.
	forgetStep(user_id) {
		sql(this.inst, `UPDATE account_factor SET last_step = 0, wait_until_us = NULL WHERE actor_id =
			(SELECT actor_id FROM account_user WHERE user_id = '${user_id}')`);
	}

	async setState(user_id, operation) {
		const path = { user_id };
		const { json } = await this.admin.call('getUser', { path });
		return this.admin.call('changeUserState', { path, headers: { 'if-match': `"${json.version}"` },
			body: { operation, reason: '試験のため' } });
	}

	async close() {
		for (const user_id of this.made)
			await this.setState(user_id, 'delete').catch(() => {});
		for (const made of this.opened)
			made.close();
	}
}
