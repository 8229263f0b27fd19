// account: an installation that demands more - second factor and terms before anything else,
// one session, waits in place of locks, other passwords, own limits of administrators. The
// configuration is changed for the time of these tests and taken back at the end.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';

import { sql, value } from '../support/database.mjs';
import { hasMailbox } from '../support/mail.mjs';
import { Caller, instance, sleep } from '../support/yobo.mjs';
import { GOOD, People, codeOf, refused, secretOf, stepNow, told } from './people.mjs';

const inst = instance();
const people = new People(inst);
const usual = readFileSync(inst.config, 'utf8');
const yobod = Number(readFileSync(join(dirname(inst.config), '../pid/yobod.pid'), 'utf8').split(' ')[0]);

// Waits until a login tells that the new configuration is in force.
async function reload(text, sign) {
	writeFileSync(inst.config, text);
	process.kill(yobod, 'SIGHUP');
	const login = inst.logins.find((l) => l.role === 'MU-V');
	for (let i = 0; i < 150; i++) {
		await sleep(200);
		const nobody = new Caller(inst);
		const answer = await nobody.call('login', { body: { user_id: login.user_id, password: login.password } });
		nobody.close();
		if (answer.status === 200 && sign(answer.json))
			return;
	}
	throw new Error('the configuration is not taken up');
}

const policy = (lines) => usual.replace(/^\[area account\]\n/m, `[area account]\n${Object.entries(lines)
	.map(([k, v]) => `${k} = ${v}\n`).join('')}`).replace(/^sessions = 100\n/m, '');

const STRICT = { second_factor: 'optional', second_factor_roles: 'MU-S,NM-A', terms: 'required', terms_version: '2026-04',
	sessions: 1, lock_minutes: 0, password_profile: 'mhlw13,nist15', idle_minutes_admin: 10, session_hours_admin: 4, new_place_mail: 1 };

before(async () => {
	await people.open();
	await reload(policy(STRICT), (json) => json.terms_version === '2026-04');
	const { answer, made } = await people.login(people.admin.login.user_id, people.admin.login.password);
	assert.equal(answer.json.next, 'terms');
	const done = await made.call('acceptTerms', { body: { version: '2026-04' } });
	assert.equal(done.status, 200, done.text);
	people.admin = Object.assign(people.take(made, done), { login: people.admin.login });
});

after(async () => {
	await reload(usual, (json) => json.terms_version !== '2026-04');
	await people.close();
	sql(inst, "UPDATE account_user SET terms_version = NULL, terms_us = NULL WHERE terms_version = '2026-04'");
});

// The first steps of a new person: password, app, terms.
async function firstSteps(change) {
	const user = await people.temp(change);
	const { answer, made } = await people.login(user.user_id, user.temporary);
	assert.equal(answer.json.next, 'password');
	let step = await made.call('changePassword', { body: { current_password: user.temporary, new_password: GOOD } });
	assert.equal(step.status, 200, step.text);
	people.take(made, step);
	return { ...user, made, step };
}

test('until the app is registered and the terms accepted nothing else is open', async () => {
	const { made, step, ...user } = await firstSteps();
	assert.equal(step.json.next, 'factor_setup');
	assert.equal(step.json.temporary, false);
	assert.deepEqual(step.json.factor, { enrolled: false, required: true, suspended: false, recovery_left: 0 });
	assert.ok(!step.json.permissions.includes('getOrganisation'));
	for (const id of ['getOrganisation', 'getMe', 'listSessions'])
		refused(await made.call(id), 403, 'E-AUTH-009');
	const begun = await made.call('beginFactor');
	const secret = secretOf(begun.json.key);
	const before = made.cookie;
	const done = await made.call('confirmFactor', { body: { code: codeOf(secret, stepNow() - 1) } });
	assert.equal(done.status, 200, done.text);
	assert.equal(done.json.session.next, 'terms');
	people.take(made, done);
	assert.notEqual(made.cookie, before);
	refused(await made.call('getOrganisation'), 403, 'E-AUTH-009');
	const end = await made.call('acceptTerms', { body: { version: '2026-04' } });
	assert.equal(end.json.next, null);
	people.take(made, end);
	assert.equal((await made.call('getOrganisation')).status, 200);
	// Taking the app away leads back to its registration.
	assert.equal((await made.call('removeFactor')).status, 204);
	assert.equal((await people.login(user.user_id, GOOD)).answer.json.next, 'factor_setup');
});

test('a role of which no second factor is demanded goes on to the terms', async () => {
	const { step } = await firstSteps({ role: 'MU-V' });
	assert.equal(step.json.next, 'terms');
	assert.equal(step.json.factor.required, false);
});

test('the second session ends the first, which is told', async () => {
	const { made, ...user } = await firstSteps({ role: 'MU-V' });
	const second = await people.login(user.user_id, GOOD);
	assert.equal(second.answer.status, 200);
	const ended = await made.call('getSession');
	refused(ended, 401, 'E-AUTH-003');
	assert.match(ended.json.detail, /別の場所/);
	assert.equal((await second.made.call('getSession')).status, 200);
	if (hasMailbox(inst)) {
		const mail = await told(inst, { to: user.mail, about: /新しい環境/ });
		assert.match(mail.text, /127\.0\.0\.1/);
	}
});

test('without locks a wait doubles with every failure', async () => {
	const user = await firstSteps({ role: 'MU-V' });
	const state = () => sql(inst, `SELECT failed_count, COALESCE(locked_until_us, 0) FROM account_user
		WHERE user_id = '${user.user_id}'`)[0].map(Number);
	const fail = async () => {
		sql(inst, `UPDATE account_user SET locked_until_us = IF(locked_until_us IS NULL, NULL, 1)
			WHERE user_id = '${user.user_id}'`);
		const begun = Date.now() * 1000;
		refused((await people.login(user.user_id, 'Wrong-Password-1')).answer, 401, 'E-AUTH-001');
		const [n, until] = state();
		return [n, until === 0 ? 0 : Math.round((until - begun) / 1e6)];
	};
	for (let n = 1; n < 5; n++)
		assert.deepEqual(await fail(), [n, 0]);
	for (const [n, seconds] of [[5, 1], [6, 2], [7, 4], [8, 8], [9, 16]]) {
		const [count, wait] = await fail();
		assert.equal(count, n);
		assert.ok(wait >= seconds && wait <= seconds + 2, `${n}: ${wait}`);
	}
	const { answer } = await people.login(user.user_id, GOOD);
	refused(answer, 423, 'E-AUTH-002');
	assert.ok(Number(answer.headers['retry-after']) <= 17);
});

test('the rules that are told are those of this installation', async () => {
	const user = await people.temp({ role: 'MU-V' });
	const { made, answer } = await people.login(user.user_id, user.temporary);
	assert.equal(answer.json.next, 'password');
	assert.deepEqual(answer.json.password_rules, { profiles: ['mhlw13', 'nist15'], min: 12, max: 64, classes: 3,
		history: 5, rest_min: 8, expires_below: 13, expires_days: 90 });
	const bad = await made.call('changePassword', { body: { current_password: user.temporary, new_password: 'Kawa-no-Naga' } });
	refused(bad, 422, 'E-ACC-006', '/new_password');
	assert.match(bad.json.detail, /^13文字以上で英字・数字・記号のすべて、または15文字以上にしてください/);
	// A wait is announced, not a lock.
	assert.match((await people.login(user.user_id, 'Wrong-Password-1')).answer.json.detail, /間違いが続くと/);
	const half = await made.call('changePassword', { body: { current_password: 'Wrong-Password-1', new_password: GOOD } });
	refused(half, 401, 'E-AUTH-001', '/current_password');
	assert.match(half.json.detail, /間違いが続くと/);
});

test('other profiles take other passwords', async () => {
	const { made } = await firstSteps({ role: 'MU-V' });
	const change = async (current, fresh) => {
		const answer = await made.call('changePassword', { body: { current_password: current, new_password: fresh } });
		if (answer.status === 200)
			people.take(made, answer);
		return answer;
	};
	refused(await change(GOOD, 'Kawa-no-Naga'), 422, 'E-ACC-006'); // twelve, good for A-02
	refused(await change(GOOD, 'kawanonagareha'), 422, 'E-ACC-006'); // fourteen letters
	assert.equal((await change(GOOD, 'kawanonagarehat')).status, 200);
	assert.equal((await change('kawanonagarehat', 'kawa-no-naga7')).status, 200);
});

test('administrators have limits of their own', async () => {
	const session = await people.admin.call('getSession');
	assert.equal(session.json.idle_seconds, 600);
	const [life] = sql(inst, `SELECT (expires_us - created_us) DIV 1000000 FROM core_session
		WHERE user_id = '${people.admin.login.user_id}' AND ended_us IS NULL`)[0];
	assert.equal(life, '14400');
	const clerk = inst.logins.find((l) => l.role === 'MU-V');
	assert.equal((await people.login(clerk.user_id, clerk.password)).answer.json.idle_seconds, 900);
});

test('outside the service hours only operators log in, and only the right password is told', async () => {
	const clerk = inst.logins.find((l) => l.role === 'MU-V');
	const operator = inst.logins.find((l) => l.role === 'OP');
	const [from, to] = new Date(Date.now() + 9 * 3_600_000).getUTCHours() < 12 ? ['22:00', '23:00'] : ['02:00', '03:00'];
	const rows = () => Number(value(inst, `SELECT COUNT(*) FROM audit_event WHERE actor = '${clerk.user_id}'
		AND error_id = 'E-AUTH-015' AND action = 3`));
	const before = rows();
	writeFileSync(inst.config, policy({ ...STRICT, service_hours: `${from}-${to}` }));
	process.kill(yobod, 'SIGHUP');
	try {
		let answer;
		for (let i = 0; i < 150 && answer?.status !== 503; i++) {
			await sleep(200);
			({ answer } = await people.login(clerk.user_id, clerk.password));
		}
		refused(answer, 503, 'E-AUTH-015');
		assert.ok(answer.json.detail.includes(`${from}から${to}まで`), answer.text);
		assert.ok(Number(answer.headers['retry-after']) > 0);
		assert.equal(answer.headers['set-cookie'], undefined);
		assert.ok(rows() > before);
		for (const id of [clerk.user_id, '000000018'])
			refused((await people.login(id, 'Wrong-Password-1')).answer, 401, 'E-AUTH-001');
		assert.equal((await people.login(operator.user_id, operator.password)).answer.status, 200);
		assert.equal((await people.admin.call('getSession')).status, 200); // what is open stays open
	} finally {
		await reload(policy(STRICT), (json) => json.terms_version === '2026-04');
	}
	sql(inst, `UPDATE account_user SET failed_count = 0, locked_until_us = NULL WHERE user_id = '${clerk.user_id}'`);
});

test('an unknown word in the configuration is refused, and what runs goes on', async () => {
	const lines = () => readFileSync(join(dirname(inst.config), '../log/yobod.log'), 'utf8').split('\n').length;
	for (const bad of [{ second_factor: 'maybe' }, { terms: 'no' }, { password_profile: 'weak' },
		{ password_blocklist: '/nowhere/words' }, { service_hours: '8-21' }, { password_blocklist: inst.config }]) {
		const from = lines();
		writeFileSync(inst.config, policy({ terms_version: '2026-04', ...bad }));
		process.kill(yobod, 'SIGHUP');
		let said = '';
		for (let i = 0; i < 100 && !said.includes('reload failed'); i++) {
			await sleep(200);
			said = readFileSync(join(dirname(inst.config), '../log/yobod.log'), 'utf8').split('\n').slice(from - 1)
				.join('\n');
		}
		assert.match(said, /account/, JSON.stringify(bad));
		assert.equal((await people.admin.call('getSession')).status, 200);
	}
	assert.equal(value(inst, 'SELECT 1'), '1');
});
