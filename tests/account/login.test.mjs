// account: guessing - throttles, browsers that are known, cookies, CSRF, what a refusal tells
// (A-05, A-06, A-12, A-13, security 9.2, 9.6).

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { sql, value } from '../support/database.mjs';
import { instance } from '../support/yobo.mjs';
import { GOOD, People, bare, refused } from './people.mjs';

const inst = instance();
const people = new People(inst);

before(() => people.open());
after(() => people.close());

const actor = (user_id) => `(SELECT actor_id FROM account_user WHERE user_id = '${user_id}')`;

test('guessing from elsewhere does not lock out a browser its owner uses', async () => {
	const user = await people.active();
	const own = people.nobody();
	own.cookie = (await people.login(user.user_id, GOOD)).made.cookie.split('; ')
		.find((c) => c.startsWith('__Host-yobo-device='));
	assert.ok(own.cookie);
	for (let i = 0; i < 5; i++)
		refused((await people.login(user.user_id, `Wrong-Password-${i}`)).answer, 401, 'E-AUTH-001');
	refused((await people.login(user.user_id, GOOD)).answer, 423, 'E-AUTH-002');
	assert.equal((await people.login(user.user_id, GOOD, { made: own })).answer.status, 200);
	// Having logged in from there does not open the door to the others.
	refused((await people.login(user.user_id, GOOD)).answer, 423, 'E-AUTH-002');
});

test('a known browser counts its own failures', async () => {
	const user = await people.active();
	const device = (await people.login(user.user_id, GOOD)).made.cookie.split('; ')
		.find((c) => c.startsWith('__Host-yobo-device='));
	const from = () => {
		const made = people.nobody();
		made.cookie = device;
		return { made };
	};
	for (let i = 0; i < 5; i++)
		refused((await people.login(user.user_id, `Wrong-Password-${i}`, from())).answer, 401, 'E-AUTH-001');
	refused((await people.login(user.user_id, GOOD, from())).answer, 423, 'E-AUTH-002');
	assert.equal(value(inst, `SELECT failed_count FROM account_user WHERE user_id = '${user.user_id}'`), '0');
	assert.equal((await people.login(user.user_id, GOOD)).answer.status, 200); // a new browser
	// The cookie is worth nothing for somebody else.
	const other = await people.active();
	for (let i = 0; i < 5; i++)
		await people.login(other.user_id, `Wrong-Password-${i}`, from());
	assert.equal(value(inst, `SELECT failed_count FROM account_user WHERE user_id = '${other.user_id}'`), '5');
});

test('an administrator sees the lock of a browser, and takes it away', async () => {
	const user = await people.active();
	const browser = (await people.login(user.user_id, GOOD)).made;
	const alerts = () => Number(value(inst, `SELECT COUNT(*) FROM audit_event WHERE actor = '${user.user_id}'
		AND operation = 'login' AND action = 20`));
	for (let i = 0; i < 5; i++)
		refused((await people.login(user.user_id, `Wrong-Password-${i}`, { made: browser })).answer, 401, 'E-AUTH-001');
	assert.equal(alerts(), 1);
	refused((await people.login(user.user_id, GOOD, { made: browser })).answer, 423, 'E-AUTH-002');
	const { json } = await people.admin.call('getUser', { path: { user_id: user.user_id } });
	assert.equal(json.status, 'LOCKED');
	assert.ok(Date.parse(json.locked_until) > Date.now() + 1_700_000);
	const list = await people.admin.call('listUsers', { query: { status: 'LOCKED', limit: 200 } });
	assert.ok(list.json.users.some((u) => u.user_id === user.user_id));
	const unlocked = await people.setState(user.user_id, 'unlock');
	assert.equal(unlocked.json.user.status, 'ACTIVE', unlocked.text);
	assert.equal(unlocked.json.user.locked_until, null);
	assert.equal((await people.login(user.user_id, GOOD, { made: browser })).answer.status, 200);
});

test('a lock ends by itself, and a new count begins', async () => {
	const user = await people.active();
	for (let i = 0; i < 5; i++)
		await people.login(user.user_id, `Wrong-Password-${i}`);
	refused((await people.login(user.user_id, GOOD)).answer, 423, 'E-AUTH-002');
	sql(inst, `UPDATE account_user SET locked_until_us = 1 WHERE user_id = '${user.user_id}'`);
	refused((await people.login(user.user_id, 'Wrong-Password-9')).answer, 401, 'E-AUTH-001');
	assert.equal(value(inst, `SELECT failed_count FROM account_user WHERE user_id = '${user.user_id}'`), '1');
	assert.equal((await people.login(user.user_id, GOOD)).answer.status, 200);
});

test('a network that fails too often waits; a known browser in it does not', async () => {
	const user = await people.active();
	const made = people.nobody({ from: '127.77.1.5' });
	refused((await people.login('nobody', GOOD, { made })).answer, 401, 'E-AUTH-001');
	assert.equal(value(inst, "SELECT n FROM account_throttle WHERE name = 'net 127.77.1.0/24'"), '1');
	sql(inst, "UPDATE account_throttle SET n = 100000000 WHERE name = 'net 127.77.1.0/24'");
	const next = people.nobody({ from: '127.77.1.9' }); // a neighbour
	for (const [id, password] of [[user.user_id, GOOD], [user.user_id, 'Wrong-Password-1'], ['nobody', GOOD]]) {
		const { answer } = await people.login(id, password, { made: next });
		refused(answer, 429, 'E-AUTH-010');
		assert.ok(Number(answer.headers['retry-after']) > 500);
	}
	assert.equal((await people.login(user.user_id, GOOD, { made: people.nobody({ from: '127.77.2.9' }) })).answer.status, 200);
	const known = people.nobody({ from: '127.77.1.9' });
	known.cookie = user.session.cookie;
	assert.equal((await people.login(user.user_id, GOOD, { made: known })).answer.status, 200);
	sql(inst, "UPDATE account_throttle SET ends_us = 1 WHERE name = 'net 127.77.1.0/24'");
	refused((await people.login('nobody', GOOD, { made })).answer, 401, 'E-AUTH-001');
	assert.equal(value(inst, "SELECT n FROM account_throttle WHERE name = 'net 127.77.1.0/24'"), '1');
});

test('a refusal tells the rule to everybody, what is left only to whoever is logged in', async () => {
	const user = await people.active();
	const said = async (id) => (await people.login(id, 'Wrong-Password-1')).answer.json.detail;
	assert.equal(await said(user.user_id), '入力を確認してください。続けて5回間違えると、30分間ログインできなくなります。');
	for (const id of [user.user_id, '000000018']) // the second time as the first, known or not
		assert.equal(await said(id), '入力を確認してください。続けて5回間違えると、30分間ログインできなくなります。');
	// Of this browser: it counts for itself.
	const again = () => user.session.call('stepUp', { body: { password: 'Wrong-Password-1' } });
	for (const left of [4, 3, 2, 1]) {
		const answer = await again();
		refused(answer, 401, 'E-AUTH-001', '/password');
		assert.equal(answer.json.detail, `あと${left}回間違えると、30分間使えなくなります。`);
	}
	assert.equal((await again()).json.detail, '間違いが続いたため、30分間使えません。');
	const locked = await user.session.call('stepUp', { body: { password: GOOD } });
	refused(locked, 423, 'E-AUTH-002');
	assert.match(locked.json.detail, /^(29|30)分待つか、管理者に解除を/);
});

test('a closed, an unknown and a locked account answer the same bytes', async () => {
	const locked = await people.active();
	const closed = await people.active();
	await people.setState(closed.user_id, 'disable');
	for (let i = 0; i < 5; i++)
		await people.login(locked.user_id, `Wrong-Password-${i}`);
	const answers = [];
	for (const id of [locked.user_id, closed.user_id, '000000018', 'a@b.example'.slice(0, 12)])
		answers.push((await people.login(id, 'Wrong-Password-1')).answer);
	for (const a of answers) {
		refused(a, 401, 'E-AUTH-001');
		assert.equal(bare(a), bare(answers[0]));
		assert.deepEqual(Object.keys(a.headers).sort(), Object.keys(answers[0].headers).sort());
	}
});

test('a temporary password that is too old is told to whoever knows it', async () => {
	const user = await people.temp();
	sql(inst, `UPDATE account_user SET temp_expires_us = 1 WHERE user_id = '${user.user_id}'`);
	refused((await people.login(user.user_id, user.temporary)).answer, 401, 'E-ACC-008');
	refused((await people.login(user.user_id, 'Wrong-Password-1')).answer, 401, 'E-AUTH-001');
});

test('a session is never taken over from before the login', async () => {
	const user = await people.active();
	const made = people.nobody();
	made.cookie = `__Host-yobo=${'B'.repeat(43)}; __Host-yobo-device=${'C'.repeat(43)}`;
	const sid = (who) => who.cookie.match(/__Host-yobo=([\w-]+)/)[1];
	assert.equal((await people.login(user.user_id, GOOD, { made })).answer.status, 200);
	assert.ok(!made.cookie.includes('B'.repeat(43)));
	const again = people.nobody();
	again.cookie = made.cookie;
	assert.equal((await people.login(user.user_id, GOOD, { made: again })).answer.status, 200);
	assert.notEqual(sid(again), sid(made));
	assert.equal(value(inst, `SELECT COUNT(*) FROM core_session
		WHERE sid_hash = UNHEX(SHA2('${sid(made)}', 256))`), '1');
});

test('login takes no request of another site, and no cookie named twice', async () => {
	const user = await people.active();
	const cross = await people.nobody().call('login', { body: { user_id: user.user_id, password: GOOD },
		headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' } });
	refused(cross, 403, 'E-AUTH-007');
	const { made } = await people.login(user.user_id, GOOD);
	const session = made.cookie.split('; ').find((c) => c.startsWith('__Host-yobo='));
	made.cookie = `${session}; __Host-yobo=${'A'.repeat(43)}`;
	refused(await made.call('getSession'), 401, 'E-AUTH-003');
});

test('a forgotten browser is one failure of the account again', async () => {
	const user = await people.active();
	sql(inst, `UPDATE account_device SET expires_us = 1 WHERE actor_id = ${actor(user.user_id)}`);
	const made = people.nobody();
	made.cookie = user.session.cookie;
	refused((await people.login(user.user_id, 'Wrong-Password-1', { made })).answer, 401, 'E-AUTH-001');
	assert.equal(value(inst, `SELECT failed_count FROM account_user WHERE user_id = '${user.user_id}'`), '1');
});

test('ten browsers are remembered of a person', async () => {
	const user = await people.active();
	for (let i = 0; i < 11; i++)
		assert.equal((await people.login(user.user_id, GOOD)).answer.status, 200);
	assert.equal(value(inst, `SELECT COUNT(*) FROM account_device WHERE actor_id = ${actor(user.user_id)}`), '10');
});

test('passwords of the list, of the house and of the person are refused', async () => {
	const user = await people.active();
	const org = value(inst, `SELECT name FROM core_org WHERE org_code = '131016'`);
	for (const bad of ['Constantinople1!', 'C0n$tantinople99', 'Neighborhood-123', '123Photography!!', 'Qwertyuiop123!',
		`Yobo-yobo-${user.user_id}`, `${org}${org}${org}aA1`])
		refused(await user.session.call('changePassword', { body: { current_password: GOOD,
			new_password: bad } }), 422, 'E-ACC-006', '/new_password');
	const good = await user.session.call('changePassword', { body: { current_password: GOOD,
		new_password: 'yobo-Mizu-ga-Nagareru3' } });
	assert.equal(good.status, 200, good.text);
});
