// account: the second factor - enrolment, the two steps of a login, codes that count once,
// recovery codes, too many wrong ones, help from an administrator (A-07, security J2, N3, N4).

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { sql, value } from '../support/database.mjs';
import { hasMailbox } from '../support/mail.mjs';
import { instance } from '../support/yobo.mjs';
import { GOOD, People, bare, calmStep, codeOf, refused, secretOf, stepNow, told, wrongCode } from './people.mjs';

const inst = instance();
const people = new People(inst);

before(() => people.open());
after(() => people.close());

// The first step of a login; the name it goes by until the code.
async function half(user, made) {
	const { answer, made: who } = await people.login(user.user_id, GOOD, { made });
	assert.equal(answer.status, 200, answer.text);
	assert.equal(answer.json.next, 'factor', answer.text);
	return { who, answer, login_id: answer.json.login_id };
}

const finish = (who, body) => who.call('loginFactor', { body });

test('an authenticator app is registered by key, link and QR code, and counts after its first code', async () => {
	const user = await people.active();
	let session = await user.session.call('getSession');
	assert.deepEqual(session.json.factor,
		{ enrolled: false, required: false, suspended: false, recovery_left: 0 });
	refused(await user.session.call('confirmFactor', { body: { code: '123456' } }), 409, 'E-AUTH-012');

	const begun = await user.session.call('beginFactor');
	assert.equal(begun.status, 200, begun.text);
	const { key, uri, qr_size, qr_path } = begun.json;
	assert.match(key, /^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/);
	const link = new URL(uri);
	assert.equal(link.protocol + link.host, 'otpauth:totp');
	assert.equal(link.searchParams.get('secret'), key.replaceAll(' ', ''));
	assert.equal(link.searchParams.get('issuer'), 'yobo');
	assert.equal(decodeURIComponent(link.pathname), `/yobo:${user.user_id}`);
	assert.ok(qr_size >= 29 && (qr_size - 8 - 17) % 4 === 0, `${qr_size}`);
	assert.match(qr_path, /^(M\d+ \d+h\d+v1h-\d+z)+$/);
	assert.ok(qr_path.startsWith('M4 4h7v1h-7z'), 'a finder pattern stands in the corner');
	assert.equal((await user.session.call('getSession')).json.factor.enrolled, false);
	assert.equal((await people.login(user.user_id, GOOD)).answer.json.next, null);

	const stored = value(inst, `SELECT HEX(f.pending) FROM account_factor f JOIN account_user u
		USING (actor_id) WHERE u.user_id = '${user.user_id}'`);
	assert.ok(stored.length > 80 && !stored.includes(Buffer.from(key.replaceAll(' ', '')).toString('hex')));
	session = await people.enrolled();
	assert.equal(session.recovery.length, 10);
	assert.equal(new Set(session.recovery).size, 10);
	for (const code of session.recovery)
		assert.match(code, /^[a-km-z2-9]{5}-[a-km-z2-9]{5}$/);
	const now = await session.session.call('getSession');
	assert.deepEqual(now.json.factor,
		{ enrolled: true, required: false, suspended: false, recovery_left: 10 });
});

test('between password and code nothing is open, and the session is new at the end', async () => {
	const user = await people.enrolled();
	const fixed = people.nobody();
	fixed.cookie = `__Host-yobo=${'A'.repeat(43)}`; // somebody planted a session
	const { who, answer, login_id } = await half(user, fixed);
	assert.equal(answer.json.login_tries, 5);
	assert.equal(answer.json.password_rules, null); // who that is, is not known yet
	assert.equal(answer.headers['set-cookie'], undefined);
	assert.equal(answer.json.user, null);
	assert.equal(answer.json.csrf_token, null);
	assert.deepEqual(answer.json.permissions, []);
	assert.deepEqual(answer.json.methods, ['totp', 'recovery_code']);
	assert.ok(answer.json.login_seconds === 300);
	assert.equal((await who.call('getSession')).status, 401);
	who.cookie = `__Host-yobo=${login_id}`;
	assert.equal((await who.call('getSession')).status, 401);
	who.cookie = null;

	const done = await finish(who, { login_id, code: codeOf(user.secret) });
	assert.equal(done.status, 200, done.text);
	assert.equal(done.json.user.user_id, user.user_id);
	const [session, device] = done.headers['set-cookie'];
	assert.match(session, /^__Host-yobo=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict$/);
	assert.match(device,
		/^__Host-yobo-device=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=2592000$/);
	assert.ok(!session.includes(login_id));
	people.take(who, done);
	assert.equal((await who.call('getSession')).json.user.user_id, user.user_id);
	refused(await finish(people.nobody(), { login_id, code: codeOf(user.secret) }), 401, 'E-AUTH-003');
});

test('a code counts once, also when it comes twice at the same moment', async () => {
	const user = await people.enrolled();
	await calmStep();
	const code = codeOf(user.secret);
	const halves = [await half(user), await half(user), await half(user)];
	const answers = await Promise.all(halves.map((h) => finish(h.who, { login_id: h.login_id, code })));
	assert.deepEqual(answers.map((a) => a.status).sort(), [200, 401, 401]);
	for (const a of answers.filter((x) => x.status !== 200))
		refused(a, 401, 'E-AUTH-006');
	const later = await half(user);
	refused(await finish(later.who, { login_id: later.login_id, code }), 401, 'E-AUTH-006');
	// The code of the step before is not taken after that of this one either.
	refused(await finish(later.who, { login_id: later.login_id,
		code: codeOf(user.secret, stepNow() - 1) }), 401, 'E-AUTH-006');
});

test('codes are read in any width, of this step and the one before only', async () => {
	const user = await people.enrolled();
	await calmStep();
	for (const [shift, status] of [[-2, 401], [1, 401], [-1, 200], [0, 200]]) {
		people.forgetStep(user.user_id);
		const { who, login_id } = await half(user);
		const code = codeOf(user.secret, stepNow() + shift);
		assert.equal((await finish(who, { login_id, code })).status, status, `step ${shift}`);
	}
	people.forgetStep(user.user_id);
	const { who, login_id } = await half(user);
	const wide = [...codeOf(user.secret)].map((c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)).join('');
	assert.equal((await finish(who, { login_id, code: `${wide.slice(0, 3)} ${wide.slice(3)}` })).status, 200);
});

test('a login has five tries, for five minutes, and one code or the other', async () => {
	const user = await people.enrolled();
	const { who, login_id } = await half(user);
	refused(await finish(who, { login_id }), 422, 'E-VAL-001', '/code');
	refused(await finish(who, { login_id, code: '123456', recovery_code: 'aaaaa-aaaaa' }), 422, 'E-VAL-001');
	refused(await finish(who, { login_id, code: '12345' }), 422, 'E-VAL-002', '/code');
	refused(await finish(who, { login_id: 'A'.repeat(43), code: '123456' }), 401, 'E-AUTH-003');
	for (let i = 0; i < 3; i++) // the first two counted as tries
		refused(await finish(who, { login_id, code: wrongCode(user.secret) }), 401, 'E-AUTH-006');
	refused(await finish(who, { login_id, code: codeOf(user.secret) }), 401, 'E-AUTH-003');

	const late = await half(user);
	sql(inst, `UPDATE account_login_step SET expires_us = 1 WHERE actor_id =
		(SELECT actor_id FROM account_user WHERE user_id = '${user.user_id}')`);
	refused(await finish(late.who, { login_id: late.login_id, code: codeOf(user.secret) }), 401, 'E-AUTH-003');
	// Whoever is stopped between the steps does not get in.
	const stopped = await half(user);
	assert.equal((await people.setState(user.user_id, 'disable')).status, 200);
	refused(await finish(stopped.who, { login_id: stopped.login_id, code: codeOf(user.secret) }), 401, 'E-AUTH-003');
});

test('a recovery code works once, for its owner', async () => {
	const user = await people.enrolled();
	const other = await people.enrolled();
	let { who, login_id } = await half(user);
	refused(await finish(who, { login_id, recovery_code: other.recovery[0] }), 401, 'E-AUTH-006');
	const done = await finish(who, { login_id, recovery_code: user.recovery[3].toUpperCase().replace('-', ' ') });
	assert.equal(done.status, 200, done.text);
	assert.equal(done.json.factor.recovery_left, 9);
	({ who, login_id } = await half(user));
	refused(await finish(who, { login_id, recovery_code: user.recovery[3] }), 401, 'E-AUTH-006');
	people.take(user.session, done);
	const fresh = await user.session.call('renewRecoveryCodes');
	assert.equal(fresh.json.recovery_codes.length, 10);
	refused(await finish(who, { login_id, recovery_code: user.recovery[4] }), 401, 'E-AUTH-006');
	assert.equal((await finish(who, { login_id, recovery_code: fresh.json.recovery_codes[4] })).status, 200);
	assert.equal(value(inst, `SELECT COUNT(*) FROM account_recovery WHERE code_hash IN
		(${user.recovery.map((c) => `UNHEX(SHA2('${c}', 256))`).join()})`), '0');
});

test('wrong codes cost a wait after ten, and the app after a hundred', async () => {
	const user = await people.enrolled();
	const set = (n) => sql(inst, `UPDATE account_factor SET failed_count = ${n}, wait_until_us = NULL
		WHERE actor_id = (SELECT actor_id FROM account_user WHERE user_id = '${user.user_id}')`);
	set(12);
	let { who, login_id } = await half(user);
	refused(await finish(who, { login_id, code: wrongCode(user.secret) }), 401, 'E-AUTH-006');
	const waits = await finish(who, { login_id, code: codeOf(user.secret) });
	refused(waits, 429, 'E-AUTH-010');
	assert.ok(Number(waits.headers['retry-after']) >= 7 && Number(waits.headers['retry-after']) <= 9);
	set(99);
	refused(await finish(who, { login_id, code: wrongCode(user.secret) }), 423, 'E-AUTH-013');
	set(100);
	const again = await half(user);
	assert.deepEqual(again.answer.json.methods, ['recovery_code']);
	refused(await finish(again.who, { login_id: again.login_id, code: codeOf(user.secret) }), 423, 'E-AUTH-013');
	const done = await finish(again.who, { login_id: again.login_id, recovery_code: user.recovery[0] });
	assert.equal(done.status, 200, done.text);
	assert.equal(done.json.factor.suspended, true);
	if (hasMailbox(inst))
		await told(inst, { to: user.mail, about: /停止/ });
});

test('taking the app away needs the password and a code again', async () => {
	const user = await people.enrolled();
	sql(inst, `UPDATE core_session SET stepped_up_us = 1 WHERE user_id = '${user.user_id}'`);
	for (const id of ['removeFactor', 'beginFactor', 'renewRecoveryCodes'])
		refused(await user.session.call(id), 403, 'E-AUTH-008');
	const stepUp = (body) => user.session.call('stepUp', { body });
	refused(await stepUp({ password: 'Wrong-Password-1' }), 401, 'E-AUTH-001', '/password');
	refused(await stepUp({ password: GOOD }), 422, 'E-VAL-001', '/code');
	refused(await stepUp({ password: GOOD, code: wrongCode(user.secret) }), 401, 'E-AUTH-006');
	refused(await user.session.call('removeFactor'), 403, 'E-AUTH-008');
	people.forgetStep(user.user_id);
	assert.equal((await stepUp({ password: GOOD, code: codeOf(user.secret) })).status, 204);
	assert.equal((await user.session.call('removeFactor')).status, 204);
	refused(await user.session.call('removeFactor'), 409, 'E-AUTH-012');
	assert.equal((await people.login(user.user_id, GOOD)).answer.json.next, null);
});

test('a new password opens no sensitive act of who has an app, and ends a login without its code', async () => {
	const user = await people.enrolled();
	sql(inst, `UPDATE core_session SET stepped_up_us = 1 WHERE user_id = '${user.user_id}'`);
	const { who, login_id } = await half(user);
	const changed = await user.session.call('changePassword', { body: { current_password: GOOD,
		new_password: 'Yama-no-Michi-1' } });
	assert.equal(changed.status, 200, changed.text);
	people.take(user.session, changed);
	refused(await user.session.call('removeFactor'), 403, 'E-AUTH-008');
	people.forgetStep(user.user_id);
	refused(await finish(who, { login_id, code: codeOf(user.secret) }), 401, 'E-AUTH-003');
});

test('a replaced app counts when its first code came, not before', async () => {
	const user = await people.enrolled();
	const begun = await user.session.call('beginFactor');
	assert.equal(begun.status, 200);
	people.forgetStep(user.user_id);
	let { who, login_id } = await half(user);
	assert.equal((await finish(who, { login_id, code: codeOf(user.secret) })).status, 200);
	const fresh = secretOf(begun.json.key);
	refused(await user.session.call('confirmFactor', { body: { code: wrongCode(fresh) } }), 401,
		'E-AUTH-006', '/code');
	assert.equal((await user.session.call('confirmFactor', {
		body: { code: codeOf(fresh, stepNow() - 1) } })).status, 200);
	people.forgetStep(user.user_id);
	({ who, login_id } = await half(user));
	refused(await finish(who, { login_id, code: codeOf(user.secret) }), 401, 'E-AUTH-006');
	assert.equal((await finish(who, { login_id, code: codeOf(fresh) })).status, 200);
});

test('an administrator takes a lost factor away, of the own organisation only', async () => {
	const user = await people.enrolled();
	const path = { user_id: user.user_id };
	const body = { reason: 'スマートフォンの紛失。身分証で本人を確認' };
	const stranger = await people.as('NM-A');
	const unknown = await people.admin.call('resetFactor', { path: { user_id: '000000000' }, body });
	const foreign = await stranger.call('resetFactor', { path, body });
	refused(foreign, 404, 'E-AUTH-005');
	assert.equal(bare(foreign), bare(unknown));
	const clerk = await people.as('MU-S');
	refused(await clerk.call('resetFactor', { path, body }), 403, 'E-AUTH-004');
	// Whoever has an administrator's role, but does not manage accounts.
	const data = await people.active({ role: 'MU-A', is_admin: false });
	refused(await data.session.call('resetFactor', { path, body }), 403, 'E-AUTH-004');
	refused(await people.admin.call('resetFactor', { path: { user_id: people.admin.login.user_id }, body }),
		409, 'E-ACC-004');
	refused(await people.admin.call('resetFactor', { path, body: {} }), 422, 'E-VAL-001', '/reason');
	assert.equal((await people.admin.call('resetFactor', { path, body })).status, 204);
	const ended = await user.session.call('getSession');
	refused(ended, 401, 'E-AUTH-003');
	assert.match(ended.json.detail, /変更/);
	assert.equal((await people.login(user.user_id, GOOD)).answer.json.next, null);
	refused(await people.admin.call('resetFactor', { path, body }), 409, 'E-AUTH-012');
	if (hasMailbox(inst))
		await told(inst, { to: user.mail, about: /解除/ });
});
