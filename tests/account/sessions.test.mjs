// account: the list of one's sessions, their ends and what is told of them, limits.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { sql, value } from '../support/database.mjs';
import { instance } from '../support/yobo.mjs';
import { runTimer } from '../record/people.mjs';
import { GOOD, People, refused } from './people.mjs';

const inst = instance();
const people = new People(inst);

before(() => people.open());
after(() => people.close());

test('one sees where one is logged in, and ends one or all others', async () => {
	const user = await people.active();
	const second = (await people.login(user.user_id, GOOD)).made;
	const third = (await people.login(user.user_id, GOOD, { made: people.nobody({ from: '127.79.1.1' }) })).made;
	const list = await second.call('listSessions');
	assert.equal(list.status, 200, list.text);
	assert.equal(list.json.sessions.length, 3);
	assert.deepEqual(list.json.sessions.map((s) => s.current).sort(), [false, false, true]);
	const far = list.json.sessions.find((s) => s.from === '127.79.1.1');
	assert.match(far.session_id, /^[0-9a-f]{16}$/);
	assert.ok(far.began_at && far.seen_at);
	assert.ok(!list.text.includes(second.cookie.match(/__Host-yobo=([\w-]+)/)[1]));

	assert.equal((await second.call('endSession', { path: { session_id: far.session_id } })).status, 204);
	const told = await third.call('getSession');
	refused(told, 401, 'E-AUTH-003');
	assert.match(told.json.detail, /一覧から/);
	refused(await second.call('endSession', { path: { session_id: far.session_id } }), 404, 'E-AUTH-005');
	assert.equal((await second.call('endOtherSessions')).status, 204);
	assert.equal((await user.session.call('getSession')).status, 401);
	assert.equal((await second.call('listSessions')).json.sessions.length, 1);
	const own = (await second.call('listSessions')).json.sessions[0];
	assert.equal((await second.call('endSession', { path: { session_id: own.session_id } })).status, 204);
	assert.equal((await second.call('getSession')).status, 401);
});

test('nobody ends the session of somebody else', async () => {
	const user = await people.active();
	const other = await people.active();
	const [theirs] = (await other.session.call('listSessions')).json.sessions;
	refused(await user.session.call('endSession', { path: { session_id: theirs.session_id } }), 404, 'E-AUTH-005');
	assert.equal((await user.session.call('endOtherSessions')).status, 204);
	assert.equal((await other.session.call('getSession')).status, 200);
	user.session.csrf = null;
	refused(await user.session.call('endOtherSessions'), 403, 'E-AUTH-007');
});

test('the holder of a session is told why it ended, in both languages', async () => {
	const user = await people.active();
	const end = (why) => sql(inst, `UPDATE core_session SET ended_us = 1, ended_by = ${why}
		WHERE user_id = '${user.user_id}'`);
	const ask = (lang) => user.session.call('getSession', { headers: { 'accept-language': lang } });
	const usual = await people.nobody().call('getSession', { headers: { 'accept-language': 'ja' } });
	for (const [why, ja, en] of [[1, /別の場所/, /elsewhere/], [2, /権限が変更/, /rights/],
		[3, /パスワードが変更/, /password/], [4, /一覧から/, /list/]]) {
		end(why);
		const told = await ask('ja');
		refused(told, 401, 'E-AUTH-003');
		assert.equal(told.json.title, usual.json.title);
		assert.match(told.json.detail, ja);
		assert.match((await ask('en')).json.detail, en);
	}
	end(99);
	assert.equal((await ask('ja')).json.detail, usual.json.detail);
});

test('a session that runs out leaves its row in the access log, once', async () => {
	const idle = await people.active();
	const old = await people.active();
	const twin = await people.active(); // over at the same moment
	const busy = await people.active();
	const rows = (user) => sql(inst, `SELECT operation, action, function, target_id, org_code FROM audit_event
		WHERE actor = '${user.user_id}' AND operation = 'core.time-out'`);
	const id = (user) => value(inst, `SELECT LOWER(HEX(LEFT(sid_hash, 8))) FROM core_session WHERE user_id = '${user.user_id}' AND ended_us IS NULL`);
	const [idleId, oldId, twinId] = [id(idle), id(old), id(twin)];
	const now = Date.now() * 1000;
	sql(inst, `UPDATE core_session SET seen_us = ${now} - idle_s * 1000000 - 1 WHERE user_id = '${idle.user_id}'`);
	sql(inst, `UPDATE core_session SET expires_us = ${now} - 1 WHERE user_id IN ('${old.user_id}', '${twin.user_id}')`);
	sql(inst, `UPDATE core_session SET seen_us = ${now} - idle_s * 1000000 + 600000000 WHERE user_id = '${busy.user_id}'`);
	const [, looked] = /^sessions (\d+)$/m.exec(runTimer(inst, 'core.time-out', '--dry-run'));
	assert.ok(Number(looked) >= 3, looked);
	assert.deepEqual([...rows(idle), ...rows(old), ...rows(twin)], []);
	runTimer(inst, 'core.time-out');
	const usual = await people.nobody().call('getSession');
	for (const user of [idle, old, twin]) {
		const answer = await user.session.call('getSession');
		refused(answer, 401, 'E-AUTH-003');
		assert.equal(answer.json.detail, usual.json.detail); // nobody ended it
	}
	assert.deepEqual(rows(idle), [['core.time-out', '2', 'H-1-9', idleId, '131016']]);
	assert.deepEqual(rows(old), [['core.time-out', '2', 'H-1-9', oldId, '131016']]);
	assert.deepEqual(rows(twin), [['core.time-out', '2', 'H-1-9', twinId, '131016']]);
	runTimer(inst, 'core.time-out');
	assert.equal(rows(idle).length + rows(old).length + rows(twin).length, 3);
	assert.equal((await busy.session.call('getSession')).status, 200);
	assert.deepEqual(rows(busy), []);
	assert.equal(value(inst, `SELECT ended_us - ${now} FROM core_session WHERE user_id = '${idle.user_id}' AND ended_by = 99`), '-1');
	// What was written down is not kept.
	runTimer(inst, 'core.purge');
	assert.equal(value(inst, `SELECT COUNT(*) FROM core_session WHERE user_id = '${old.user_id}' AND expires_us < ${now}`), '0');
});

test('a hundred and first session ends the oldest, which is told', async () => {
	const user = await people.active(); // the trial installation keeps 100 of one user
	const actor = value(inst, `SELECT actor_id FROM account_user WHERE user_id = '${user.user_id}'`);
	sql(inst, `INSERT INTO core_session (sid_hash, actor_id, user_id, org_id, role, restricted_view, temporary,
		created_us, seen_us, stepped_up_us, idle_s, expires_us)
		SELECT UNHEX(SHA2(CONCAT('${actor}', seq), 256)), actor_id, user_id, org_id, role, 0, 0, created_us + seq,
		seen_us, NULL, idle_s, expires_us FROM core_session, seq_1_to_99
		WHERE actor_id = ${actor} AND ended_us IS NULL`);
	assert.equal((await user.session.call('getSession')).status, 200);
	assert.equal((await people.login(user.user_id, GOOD)).answer.status, 200);
	const told = await user.session.call('getSession');
	refused(told, 401, 'E-AUTH-003');
	assert.match(told.json.detail, /別の場所/);
	assert.equal(value(inst, `SELECT COUNT(*) FROM core_session WHERE actor_id = ${actor} AND ended_us IS NULL`), '100');
});

test('a session ends when it is idle, and when its time is over', async () => {
	const user = await people.active();
	const set = (change) => sql(inst, `UPDATE core_session SET ${change} WHERE user_id = '${user.user_id}' AND ended_us IS NULL`);
	set('seen_us = seen_us - 870000000');
	assert.equal((await user.session.call('getSession')).status, 200);
	set('seen_us = seen_us - 901000000');
	refused(await user.session.call('getSession'), 401, 'E-AUTH-003');
	const { made } = await people.login(user.user_id, GOOD);
	assert.equal((await made.call('listSessions')).json.sessions.length, 1, 'what is idle is not listed');
	set(`expires_us = ${Date.now() * 1000}`);
	refused(await made.call('getSession'), 401, 'E-AUTH-003');
});

test('changing the password ends the other sessions and says so', async () => {
	const user = await people.active();
	const other = (await people.login(user.user_id, GOOD)).made;
	const changed = await user.session.call('changePassword', { body: { current_password: GOOD,
		new_password: 'Yama-no-Michi-1' } });
	assert.equal(changed.status, 200);
	const told = await other.call('getSession');
	refused(told, 401, 'E-AUTH-003');
	assert.match(told.json.detail, /パスワードが変更された/);
	people.take(user.session, changed);
	assert.equal((await user.session.call('getSession')).status, 200);
});

test('a session in place of another is neither younger nor stepped up', async () => {
	const user = await people.active();
	const ends = (Date.now() + 3600_000) * 1000;
	sql(inst, `UPDATE core_session SET stepped_up_us = 1, expires_us = ${ends} WHERE user_id = '${user.user_id}'`);
	const began = value(inst, `SELECT created_us FROM core_session WHERE user_id = '${user.user_id}' AND ended_us IS NULL`);
	const same = () => assert.equal(value(inst, `SELECT COUNT(*) FROM core_session WHERE user_id = '${user.user_id}'
		AND ended_us IS NULL AND expires_us = ${ends} AND created_us = ${began}`), '1');
	const { terms_version: version } = (await user.session.call('getSession')).json;
	const old = user.session.cookie;
	const accepted = await user.session.call('acceptTerms', { body: { version } });
	assert.equal(accepted.status, 200, accepted.text);
	people.take(user.session, accepted);
	assert.notEqual(user.session.cookie, old);
	same();
	refused(await user.session.call('beginFactor'), 403, 'E-AUTH-008');
	// The password was entered: of somebody without a code that is all a step-up takes.
	const changed = await user.session.call('changePassword', { body: { current_password: GOOD,
		new_password: 'Yama-no-Michi-1' } });
	people.take(user.session, changed);
	same();
	assert.equal((await user.session.call('beginFactor')).status, 200);
});

test('the password again opens sensitive acts, of this session only', async () => {
	const user = await people.active();
	const other = (await people.login(user.user_id, GOOD)).made;
	sql(inst, `UPDATE core_session SET stepped_up_us = 1 WHERE user_id = '${user.user_id}'`);
	refused(await user.session.call('beginFactor'), 403, 'E-AUTH-008');
	refused(await user.session.call('stepUp', { body: { password: 'Wrong-Password-1' } }), 401, 'E-AUTH-001', '/password');
	refused(await user.session.call('stepUp', { body: {} }), 422, 'E-VAL-001', '/password');
	assert.equal((await user.session.call('stepUp', { body: { password: GOOD } })).status, 204);
	assert.equal((await user.session.call('beginFactor')).status, 200);
	refused(await other.call('beginFactor'), 403, 'E-AUTH-008');
	// Guessing there is counted like guessing at the door.
	for (let i = 0; i < 5; i++)
		refused(await other.call('stepUp', { body: { password: `Wrong-Password-${i}` } }), 401, 'E-AUTH-001');
	refused(await other.call('stepUp', { body: { password: GOOD } }), 423, 'E-AUTH-002');
	// And for that browser alone, as there: strangers at the door lock nobody out who is inside.
	for (let i = 0; i < 5; i++)
		refused((await people.login(user.user_id, `Wrong-Password-${i}`)).answer, 401, 'E-AUTH-001');
	refused((await people.login(user.user_id, GOOD)).answer, 423, 'E-AUTH-002');
	assert.equal((await user.session.call('stepUp', { body: { password: GOOD } })).status, 204);
	assert.equal((await user.session.call('changePassword', { body: { current_password: GOOD,
		new_password: 'Yama-no-Michi-1' } })).status, 200);
});
