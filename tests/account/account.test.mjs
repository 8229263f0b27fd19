// account: login, temporary passwords, lockout, administration of users (vaccination brief
// 9, 10, 13 H-1). Runs against a live instance; every test makes the users it needs.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Caller, instance, spoilt, staff } from '../support/yobo.mjs';

const inst = instance();
const opened = [];
const made_users = []; // deleted at the end: accounts of an organisation are limited
let admin; // MU-A

function caller() {
	const made = new Caller(inst);
	opened.push(made);
	return made;
}

async function person(role) {
	const made = await staff(inst, { role });
	opened.push(made);
	return made;
}

async function login(user_id, password, more = {}) {
	const made = caller();
	const answer = await made.call('login', { body: { user_id, password, ...more } });
	if (answer.status === 200) {
		made.cookie = answer.headers['set-cookie'][0].split(';')[0];
		made.csrf = answer.json.csrf_token;
	}
	return { made, answer };
}

function refused(answer, status, id, field) {
	assert.equal(answer.status, status, answer.text);
	assert.equal(answer.json.error_id, id, answer.text);
	if (field)
		assert.equal(answer.json.errors[0].field, field);
}

// A new user of the municipality: { user_id, temporary, version }.
async function newUser(change = {}) {
	const answer = await admin.call('createUser', { body: { name: '試験　職員',
		name_kana: 'シケン　ショクイン', role: 'MU-S', mail: 'shiken@example.jp', ...change } });
	assert.equal(answer.status, 201, answer.text);
	made_users.push(answer.json.user.user_id);
	return { user_id: answer.json.user.user_id, temporary: answer.json.temporary_password,
		version: answer.json.user.version, answer };
}

const GOOD = 'Kawa-no-Nagare7';

async function activeUser(change) {
	const user = await newUser(change);
	const { made, answer } = await login(user.user_id, user.temporary);
	assert.equal(answer.status, 200, answer.text);
	const changed = await made.call('changePassword', { body: { current_password: user.temporary,
		new_password: GOOD } });
	assert.equal(changed.status, 200, changed.text);
	made.cookie = changed.headers['set-cookie'][0].split(';')[0];
	made.csrf = changed.json.csrf_token;
	return { ...user, session: made, version: user.version + 1 };
}

async function setState(by, user_id, operation, version) {
	return by.call('changeUserState', { path: { user_id }, headers: { 'if-match': `"${version}"` },
		body: { operation, reason: '試験のため' } });
}

before(async () => {
	admin = await person('MU-A');
});

after(async () => {
	for (const user_id of made_users) {
		const { status, json } = await admin.call('getUser', { path: { user_id } });
		if (status === 200 && json.status !== 'DELETED')
			await setState(admin, user_id, 'delete', json.version);
	}
	for (const made of opened)
		made.close();
});

test('every role of the instance logs in and is told who it is', async () => {
	for (const who of inst.logins) {
		const { made, answer } = await login(who.user_id, who.password);
		assert.equal(answer.status, 200, `${who.role}: ${answer.text}`);
		const { user, org, roles, areas, permissions, idle_seconds, temporary } = answer.json;
		assert.equal(user.user_id, who.user_id);
		assert.equal(org.org_code, who.org_code);
		assert.equal(org.org_type, who.org_type);
		assert.deepEqual(roles, [who.role]);
		assert.ok(areas.includes('account'));
		assert.equal(permissions.includes('createUser'), who.role.endsWith('-A'));
		assert.equal(areas.includes('token'), /^(MU-[AS]|NM-[AS]|KC-A)$/.test(who.role), who.role);
		assert.equal(idle_seconds, who.org_type === 'MUNI' ? 900 : 1800);
		assert.equal(temporary, false);
		assert.match(answer.headers['set-cookie'][0],
			/^__Host-yobo=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict$/);
		const again = await made.call('getSession');
		assert.equal(again.status, 200);
		assert.equal(again.json.csrf_token, answer.json.csrf_token);
		assert.deepEqual(again.json.permissions, permissions);
	}
	admin = await person('MU-A'); // the session of before() may have been ended by these
});

test('a refused login never says why', async () => {
	const user = await activeUser();
	const disabled = await activeUser();
	assert.equal((await setState(admin, disabled.user_id, 'disable', disabled.version)).status, 200);
	const answers = [
		(await login(user.user_id, 'wrong-Password-1')).answer,
		(await login('123456789', GOOD)).answer,
		(await login('nobody', GOOD)).answer,
		(await login(disabled.user_id, GOOD)).answer,
		(await login(user.user_id, GOOD, { org_code: '012025' })).answer,
	];
	for (const answer of answers) {
		refused(answer, 401, 'E-AUTH-001');
		assert.ok(answer.headers['www-authenticate']);
		assert.equal(answer.headers['set-cookie'], undefined);
		assert.deepEqual({ ...answer.json, trace_id: '' }, { ...answers[0].json, trace_id: '' });
	}
	assert.equal((await login(user.user_id, GOOD)).answer.status, 200);
});

test('five failures lock, only the right password is told so, and an administrator unlocks', async () => {
	const user = await activeUser();
	for (let i = 0; i < 5; i++)
		refused((await login(user.user_id, `Wrong-Password-${i}`)).answer, 401, 'E-AUTH-001');
	refused((await login(user.user_id, 'Wrong-Password-9')).answer, 401, 'E-AUTH-001');
	const { answer } = await login(user.user_id, GOOD);
	refused(answer, 423, 'E-AUTH-002');
	assert.ok(Number(answer.headers['retry-after']) > 1700);

	const shown = await admin.call('getUser', { path: { user_id: user.user_id } });
	assert.equal(shown.json.status, 'LOCKED');
	assert.equal(shown.headers.etag, `"${user.version}"`);
	const list = await admin.call('listUsers', { query: { status: 'LOCKED', limit: 200 } });
	assert.ok(list.json.users.some((u) => u.user_id === user.user_id));
	const unlocked = await setState(admin, user.user_id, 'unlock', user.version);
	assert.equal(unlocked.status, 200, unlocked.text);
	assert.equal(unlocked.json.user.status, 'ACTIVE');
	assert.equal((await login(user.user_id, GOOD)).answer.status, 200);
});

test('parallel guesses are all counted', async () => {
	const user = await activeUser();
	await Promise.all([1, 2, 3, 4, 5].map((i) => login(user.user_id, `Wrong-Password-${i}`)));
	refused((await login(user.user_id, GOOD)).answer, 423, 'E-AUTH-002');
});

test('a temporary password opens only its own change', async () => {
	const user = await newUser();
	assert.match(user.user_id, /^\d{9}$/);
	assert.match(user.temporary, /^[A-Z2-9]{4}-[a-z2-9]{4}-[A-Z2-9]{4}-[a-z2-9]{4}$/);
	assert.equal(user.answer.json.user.status, 'TEMP');
	assert.equal(user.answer.json.user.temp_password, undefined);
	const { made, answer } = await login(user.user_id, user.temporary);
	assert.equal(answer.json.temporary, true);
	assert.ok(answer.json.permissions.includes('changePassword'));
	assert.ok(!answer.json.permissions.includes('getOrganisation'), 'only what is left');
	assert.deepEqual(answer.json.areas, ['account']);
	refused(await made.call('getOrganisation'), 403, 'E-AUTH-009');
	assert.equal((await made.call('getSession')).status, 200);

	const change = (new_password, current_password = user.temporary) =>
		made.call('changePassword', { body: { current_password, new_password } });
	for (const bad of ['Short-1a', 'onlysmallletters', 'Password1234!',
		user.temporary, `Aa1-${'x'.repeat(61)}`])
		refused(await change(bad), 422, 'E-ACC-006', '/new_password');
	refused(await change(GOOD, 'Not-The-Current1'), 401, 'E-AUTH-001', '/current_password');
	const changed = await change(GOOD);
	assert.equal(changed.status, 200, changed.text);
	assert.equal(changed.json.temporary, false);
	assert.equal((await made.call('getSession')).status, 401); // the old session is over
	made.cookie = changed.headers['set-cookie'][0].split(';')[0];
	made.csrf = changed.json.csrf_token;
	assert.equal((await made.call('getOrganisation')).status, 200);
	refused((await login(user.user_id, user.temporary)).answer, 401, 'E-AUTH-001');
});

test('the last passwords do not come back', async () => {
	const { session } = await activeUser();
	let current = GOOD;
	for (const next of ['Yama-no-Michi-1', 'Yama-no-Michi-2']) {
		const changed = await session.call('changePassword', { body: { current_password: current,
			new_password: next } });
		assert.equal(changed.status, 200, changed.text);
		session.cookie = changed.headers['set-cookie'][0].split(';')[0];
		session.csrf = changed.json.csrf_token;
		current = next;
	}
	for (const old of [GOOD, 'Yama-no-Michi-1', 'Yama-no-Michi-2'])
		refused(await session.call('changePassword', { body: { current_password: current,
			new_password: old } }), 422, 'E-ACC-006', '/new_password');
});

test('bytes of a password are taken as they come', async () => {
	const user = await newUser();
	const { made } = await login(user.user_id, user.temporary);
	const odd = ' 予防接種のパスワードＡ1a ';
	const changed = await made.call('changePassword', { body: { current_password: user.temporary,
		new_password: odd } });
	assert.equal(changed.status, 200, changed.text);
	assert.equal((await login(user.user_id, odd)).answer.status, 200);
	refused((await login(user.user_id, odd.trim())).answer, 401, 'E-AUTH-001');
	refused((await login(user.user_id, odd.normalize('NFKC'))).answer, 401, 'E-AUTH-001');
});

test('a write needs the token of its session', async () => {
	const made = await person('MU-S');
	const { csrf } = made;
	made.csrf = null;
	refused(await made.call('logout'), 403, 'E-AUTH-007');
	made.csrf = spoilt(csrf);
	refused(await made.call('logout'), 403, 'E-AUTH-007');
});

test('logout ends the session', async () => {
	const { session } = await activeUser();
	const answer = await session.call('logout');
	assert.equal(answer.status, 204, answer.text);
	assert.match(answer.headers['set-cookie'][0], /Max-Age=0/);
	assert.equal((await session.call('getSession')).status, 401);
});

test('the last login is told at the next', async () => {
	const user = await activeUser();
	const second = (await login(user.user_id, GOOD)).answer;
	assert.ok(second.json.last_login_at);
	const third = await login(user.user_id, GOOD);
	assert.ok(third.answer.json.last_login_at >= second.json.last_login_at);
	assert.ok(third.answer.json.last_login_from);
	const session = await third.made.call('getSession');
	assert.equal(session.json.last_login_at, third.answer.json.last_login_at);
});

test('only administrators manage accounts, only of their organisation', async () => {
	const clerk = await person('MU-S');
	refused(await clerk.call('listUsers'), 403, 'E-AUTH-004');
	refused(await clerk.call('createUser', { body: { name: 'あ', name_kana: 'ア', role: 'MU-S',
		mail: 'a@example.jp' } }), 403, 'E-AUTH-004');
	const stranger = inst.logins.find((l) => l.role === 'NM-S');
	const unknown = await admin.call('getUser', { path: { user_id: '000000000' } });
	const foreign = await admin.call('getUser', { path: { user_id: stranger.user_id } });
	refused(unknown, 404, 'E-AUTH-005');
	assert.deepEqual({ ...foreign.json, trace_id: '' }, { ...unknown.json, trace_id: '' });
	refused(await setState(admin, stranger.user_id, 'disable', 1), 404, 'E-AUTH-005');
	refused(await caller().call('listUsers'), 401, 'E-AUTH-003');
});

test('users are listed page by page', async () => {
	await newUser();
	await newUser();
	const seen = [];
	let after;
	do {
		const { status, json } = await admin.call('listUsers', { query: { limit: 2,
			...(after ? { after } : {}) } });
		assert.equal(status, 200);
		assert.ok(json.users.length <= 2);
		seen.push(...json.users.map((u) => u.user_id));
		after = json.next;
	} while (after);
	assert.ok(seen.length >= 3);
	assert.deepEqual(seen, [...new Set(seen)].sort());
	const { json } = await admin.call('listUsers', { query: { role: 'MU-A' } });
	assert.ok(json.users.every((u) => u.role === 'MU-A' && u.is_admin));
	refused(await admin.call('listUsers', { query: { limit: 201 } }), 422, 'E-VAL-006', '/limit');
	refused(await admin.call('listUsers', { query: { sort: 'name' } }), 400, 'E-REQ-009');
});

test('a new account is checked', async () => {
	const good = { name: '山田　花子', name_kana: 'ﾔﾏﾀﾞ ﾊﾅｺ', role: 'MU-V', mail: 'y@example.jp' };
	const create = (change) => admin.call('createUser', { body: { ...good, ...change } });
	refused(await create({ role: 'NM-S' }), 422, 'E-VAL-011', '/role');
	refused(await create({ role: 'BOSS' }), 422, 'E-VAL-011', '/role');
	refused(await create({ name_kana: '山田' }), 422, 'E-VAL-002', '/name_kana');
	refused(await create({ mail: 'nowhere' }), 422, 'E-VAL-002', '/mail');
	refused(await create({ phone: '03 1234' }), 422, 'E-VAL-002', '/phone');
	refused(await create({ restricted_view: true }), 422, 'E-VAL-011', '/restricted_view');
	refused(await create({ status: 'ACTIVE' }), 422, 'E-VAL-005', '/status');
	const answer = await create({});
	assert.equal(answer.status, 201, answer.text);
	made_users.push(answer.json.user.user_id);
	assert.equal(answer.json.user.name_kana, 'ヤマダ　ハナコ');
	assert.equal(answer.json.user.is_admin, false);
});

test('the same Idempotency-Key makes one account', async () => {
	const headers = { 'idempotency-key': `account-${process.pid}-${Date.now()}` };
	const body = { name: '一度　だけ', name_kana: 'イチド', role: 'MU-V', mail: 'i@example.jp' };
	const first = await admin.call('createUser', { body, headers });
	const second = await admin.call('createUser', { body, headers });
	assert.equal(first.status, 201, first.text);
	made_users.push(first.json.user.user_id);
	assert.equal(second.status, 201, second.text);
	assert.equal(second.json.user.user_id, first.json.user.user_id);
});

test('states follow the chart, by version', async () => {
	const user = await activeUser();
	const path = { user_id: user.user_id };
	const body = { operation: 'disable', reason: '退職' };
	assert.equal((await admin.call('changeUserState', { path, body })).status, 428);
	refused(await setState(admin, user.user_id, 'disable', user.version - 1), 412, 'E-ACC-005');
	refused(await setState(admin, user.user_id, 'enable', user.version), 422, 'E-VAL-011');
	let answer = await setState(admin, user.user_id, 'disable', user.version);
	assert.equal(answer.status, 200, answer.text);
	assert.equal(answer.json.user.status, 'DISABLED');
	assert.equal((await user.session.call('getSession')).status, 401); // at once
	refused((await login(user.user_id, GOOD)).answer, 401, 'E-AUTH-001');
	answer = await setState(admin, user.user_id, 'enable', user.version + 1);
	assert.equal(answer.json.user.status, 'TEMP');
	assert.equal((await login(user.user_id, answer.json.temporary_password)).answer.json.temporary,
		true);
	const again = await setState(admin, user.user_id, 'reissue', user.version + 2);
	assert.equal(again.status, 200, again.text);
	refused((await login(user.user_id, answer.json.temporary_password)).answer, 401, 'E-AUTH-001');
	answer = await setState(admin, user.user_id, 'delete', user.version + 3);
	assert.equal(answer.json.user.status, 'DELETED');
	refused(await setState(admin, user.user_id, 'enable', user.version + 4), 404, 'E-AUTH-005');
});

test('nobody changes the own state, and the last administrator stays', async () => {
	const self = await admin.call('getUser', { path: { user_id: admin.login.user_id } });
	refused(await setState(admin, admin.login.user_id, 'disable', self.json.version), 409,
		'E-ACC-004');
	const centre = await person('KC-A');
	const federation = await person('KR-A');
	const users = (await federation.call('listUsers', { query: { role: 'KR-A' } })).json.users;
	if (users.length === 1)
		refused(await setState(centre, users[0].user_id, 'disable', users[0].version), 409,
			'E-ACC-003');
	// The centre reaches administrators only.
	const clerk = inst.logins.find((l) => l.role === 'MU-S');
	refused(await setState(centre, clerk.user_id, 'unlock', 1), 404, 'E-AUTH-005');
});

test('the organisation is the own one', async () => {
	const answer = await admin.call('getOrganisation');
	assert.equal(answer.status, 200, answer.text);
	assert.equal(answer.json.org_code, admin.login.org_code);
	assert.equal(answer.json.org_type, 'MUNI');
	assert.equal(typeof answer.json.uses_hms, 'boolean');
});
