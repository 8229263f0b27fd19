// account: login with a staff card (A-07, security 9.6), the card played by a key and a
// certificate of the trial's own authority.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';

import { sql } from '../support/database.mjs';
import { hasMailbox } from '../support/mail.mjs';
import { instance } from '../support/yobo.mjs';
import { People, bare, refused, told } from './people.mjs';

const inst = instance();
const people = new People(inst);
const dir = mkdtempSync(join(tmpdir(), 'yobo-card.'));
const keys = dirname(inst.ca); // where the trial's authorities are
let serial = Date.now();

before(() => people.open());
after(async () => {
	rmSync(dir, { recursive: true });
	await people.close();
});

const openssl = (...args) => execFileSync('openssl', args, { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] });

// A card: its key stays here, its certificate is issued by `ca` for `days`.
function card({ kind = 'ec', ca = 'card-ca', usage = 'digitalSignature', from, days = 30, bits = 2048 } = {}) {
	const { privateKey } = kind === 'ec' ? generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
		: generateKeyPairSync('rsa', { modulusLength: bits });
	const name = `c${++serial}`;
	writeFileSync(join(dir, `${name}.key`), privateKey.export({ type: 'pkcs8', format: 'pem' }));
	writeFileSync(join(dir, `${name}.ext`), `basicConstraints=critical,CA:FALSE\nkeyUsage=critical,${usage}\n`);
	openssl('req', '-new', '-key', `${name}.key`, '-subj', `/O=SAMPLE/CN=staff ${name}`, '-out', `${name}.csr`);
	const at = from ? ['faketime', from] : [];
	const args = ['openssl', 'x509', '-req', '-in', `${name}.csr`, '-CA', join(keys, `${ca}.pem`), '-CAkey',
		join(keys, `${ca}.key`), '-set_serial', String(serial), '-days', String(days), '-sha256',
		'-extfile', `${name}.ext`, '-out', `${name}.pem`];
	const [program, ...rest] = [...at, ...args];
	execFileSync(program, rest, { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] });
	return { privateKey, pem: readFileSync(join(dir, `${name}.pem`), 'utf8') };
}

const nonceOf = async (who) => (await who.call('challengeCard')).json.nonce;

const signed = (c, act, nonce, change = {}) => ({ nonce, certificate: c.pem,
	signature: sign('sha256', Buffer.from(`yobo card ${act}\n${inst.base}\n${nonce}`), c.privateKey).toString('base64url'),
	...change });

async function register(user, c) {
	return user.session.call('registerCard', { body: signed(c, 'register', await nonceOf(user.session)) });
}

async function present(c, { act = 'login', change = {}, who = people.nobody() } = {}) {
	return who.call('loginCard', { body: signed(c, act, await nonceOf(who), change) });
}

test('a registered card logs its owner in, EC and RSA', async () => {
	for (const kind of ['ec', 'rsa']) {
		const user = await people.active();
		const c = card({ kind });
		refused(await present(c), 401, 'E-AUTH-011');
		const done = await register(user, c);
		assert.equal(done.status, 200, done.text);
		assert.equal(done.json.cards.length, 1);
		assert.match(done.json.cards[0].subject, /CN=staff c\d+/);
		const who = people.nobody();
		const answer = await present(c, { who });
		assert.equal(answer.status, 200, answer.text);
		assert.equal(answer.json.user.user_id, user.user_id);
		assert.equal(answer.json.next, null);
		people.take(who, answer);
		const listed = (await who.call('listCards')).json.cards[0];
		assert.ok(listed.last_used_at);
		assert.equal((await who.call('removeCard', { path: { card_id: listed.card_id } })).status, 204);
		refused(await present(c), 401, 'E-AUTH-011');
		if (hasMailbox(inst)) {
			const [first, second] = [await told(inst, { to: user.mail, about: /2段階認証/ }),
				await told(inst, { to: user.mail, about: /2段階認証/, n: 2 })];
			assert.match(first.text, /職員カードを登録しました/);
			assert.match(second.text, /職員カードの登録を削除しました/);
		}
	}
});

test('card and PIN are two factors: no code is asked for', async () => {
	const user = await people.enrolled();
	const c = card();
	assert.equal((await register(user, c)).status, 200);
	const answer = await present(c);
	assert.equal(answer.status, 200);
	assert.equal(answer.json.factor.enrolled, true);
});

test('a nonce counts once, a signature only for what and where it was made', async () => {
	const user = await people.active();
	const c = card();
	assert.equal((await register(user, c)).status, 200);
	const who = people.nobody();
	const body = signed(c, 'login', await nonceOf(who));
	const both = await Promise.all([who.call('loginCard', { body }), who.call('loginCard', { body })]);
	assert.deepEqual(both.map((a) => a.status).sort(), [200, 401]);
	refused(await present(c, { act: 'register' }), 401, 'E-AUTH-011');
	const nonce = await nonceOf(who);
	const elsewhere = sign('sha256', Buffer.from(`yobo card login\nhttps://evil.example\n${nonce}`), c.privateKey);
	refused(await who.call('loginCard', { body: { nonce, certificate: c.pem,
		signature: elsewhere.toString('base64url') } }), 401, 'E-AUTH-011');
	// The nonce went with the try.
	refused(await who.call('loginCard', { body: signed(c, 'login', nonce) }), 401, 'E-AUTH-011');
	refused(await who.call('loginCard', { body: signed(c, 'login', 'A'.repeat(43)) }), 401, 'E-AUTH-011');
	const late = await nonceOf(who);
	sql(inst, "UPDATE account_login_step SET expires_us = 1 WHERE kind = 'C'");
	refused(await who.call('loginCard', { body: signed(c, 'login', late) }), 401, 'E-AUTH-011');
});

test('certificates of others, for other uses, too old or broken get the same answer', async () => {
	const user = await people.active();
	const good = card();
	assert.equal((await register(user, good)).status, 200);
	const unknown = await present(card());
	refused(unknown, 401, 'E-AUTH-011');
	const other = card();
	const bad = [
		[card({ ca: 'client-ca' })],
		[card({ usage: 'keyEncipherment' })],
		[card({ kind: 'rsa', bits: 1024 })],
		[card({ from: '2020-01-01 00:00:00' })],
		[good, { certificate: other.pem }],
		[good, { certificate: good.pem.replace(/\n.{20}/, '\nAAAAAAAAAAAAAAAAAAAA') }],
		[good, { certificate: good.pem + other.pem }],
		[good, { certificate: 'PEM' }],
		[good, { signature: 'AAAA' }],
		[good, { signature: '!!!!' }],
		[{ ...other, pem: good.pem }],
	];
	for (const [c, change] of bad) {
		const answer = await present(c, { change });
		assert.equal(bare(answer), bare(unknown));
		assert.equal(answer.headers['set-cookie'], undefined);
	}
	assert.equal((await present(good)).status, 200);
	await people.setState(user.user_id, 'disable');
	assert.equal(bare(await present(good)), bare(unknown));
});

test('a card belongs to one user at a time, and registering one is a sensitive act', async () => {
	const user = await people.active();
	const other = await people.active();
	const c = card();
	sql(inst, `UPDATE core_session SET stepped_up_us = 1 WHERE user_id = '${user.user_id}'`);
	refused(await register(user, c), 403, 'E-AUTH-008');
	await user.session.call('stepUp', { body: { password: 'Kawa-no-Nagare7' } });
	const done = await register(user, c);
	assert.equal(done.status, 200);
	const { card_id } = done.json.cards[0];
	refused(await register(other, c), 409, 'E-AUTH-014');
	refused(await register(user, card({ ca: 'client-ca' })), 401, 'E-AUTH-011');
	for (const id of [card_id, 'x', '99999999999999999999'])
		refused(await other.session.call('removeCard', { path: { card_id: id } }), 404, 'E-AUTH-005');
	assert.equal((await user.session.call('removeCard', { path: { card_id } })).status, 204);
	assert.equal((await register(other, c)).status, 200);
	assert.equal((await present(c)).json.user.user_id, other.user_id);
	assert.equal((await user.session.call('listCards')).json.cards.length, 0);
});
