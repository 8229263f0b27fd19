// account: accounts nobody uses end by the clock (vaccination brief A-10, 13 H-1-8, T17). The
// days pass in the database; the timer is run by hand.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { sql, value } from '../support/database.mjs';
import { hasMailbox, mails } from '../support/mail.mjs';
import { runTimer } from '../support/timer.mjs';
import { dayFromToday, instance } from '../support/yobo.mjs';
import { Centre, GOOD, newMail, refused, subjects } from './centre.mjs';
import { People } from './people.mjs';

const inst = instance();
const people = new People(inst);
const centre = new Centre(inst);
let admin, addresses;

function run(...more) {
	return runTimer(inst, 'account.suspend-idle', ...more);
}
const count = (text, name) => Number(new RegExp(`"?${name}"?\\D+(\\d+)`).exec(text)?.[1] ?? 0);

// The last login of a user was that many days ago, at noon.
function idle(user_id, days) {
	sql(inst, `UPDATE account_user SET created_us = 1, reissued_us = NULL, last_login_us =
		${Date.parse(`${dayFromToday(-days)}T12:00:00+09:00`) * 1000} WHERE user_id = '${user_id}'`);
}
const row = (user_id) => sql(inst, `SELECT status, idle_warned, row_ver FROM account_user
	WHERE user_id = '${user_id}'`)[0];

before(async () => {
	await people.open();
	await centre.open();
	({ admin } = people);
	addresses = [admin, centre.admin].map(({ login: { user_id } }) => [user_id, value(inst,
		`SELECT mail FROM account_user WHERE user_id = '${user_id}'`)]);
	// Everybody else is here today.
	sql(inst, "UPDATE account_user SET last_login_us = UNIX_TIMESTAMP() * 1000000");
});
after(async () => {
	for (const [user_id, mail] of addresses)
		sql(inst, `UPDATE account_user SET mail = '${mail}' WHERE user_id = '${user_id}'`);
	await people.close();
	await centre.close();
});

test('warned on day 76 and 87, suspended on day 90, and never twice', async () => {
	const user = await people.active();
	for (const [days, status, warned] of [[75, 'ACTIVE', '0'], [76, 'ACTIVE', '1'], [77, 'ACTIVE', '1'],
		[86, 'ACTIVE', '1'], [87, 'ACTIVE', '2'], [89, 'ACTIVE', '2'], [90, 'SUSPENDED', '2']]) {
		idle(user.user_id, days);
		for (let again = 0; again < 2; again++) {
			run();
			assert.deepEqual(row(user.user_id).slice(0, 2), [status, warned], `day ${days}, run ${again}`);
		}
	}
	const got = await subjects(inst, user.mail, 4);
	assert.ok(got === null || got.filter((s) => s.startsWith('アカウント')).sort().join()
		=== 'アカウントがあと14日で停止されます,アカウントがあと3日で停止されます,アカウントを停止しました', String(got));
	refused(await user.session.call('getSession'), 401, 'E-AUTH-003');
	refused((await people.login(user.user_id, GOOD)).answer, 401, 'E-AUTH-001');
	const events = sql(inst, `SELECT operation FROM audit_event WHERE target_id = '${user.user_id}'
		AND actor = 'timer:account.suspend-idle'`);
	assert.equal(events.length, 3); // two warnings, one suspension
	const { json } = await admin.call('listUsers', { query: { status: 'SUSPENDED', limit: 200 } });
	assert.ok(json.users.find((u) => u.user_id === user.user_id).suspended_at);
	const tasks = await admin.call('getTasks');
	assert.ok(tasks.json.tasks.find((t) => t.kind === 'SUSPENDED').count >= 1);
});

test('a login begins the days and the warnings anew', async () => {
	const user = await people.active();
	idle(user.user_id, 80);
	run();
	assert.equal(row(user.user_id)[1], '1');
	assert.equal((await people.login(user.user_id, GOOD)).answer.status, 200);
	run();
	assert.equal(row(user.user_id)[0], 'ACTIVE');
	sql(inst, `UPDATE account_user SET idle_warned_us = last_login_us - 1 WHERE user_id = '${user.user_id}'`);
	idle(user.user_id, 76);
	sql(inst, `UPDATE account_user SET idle_warned_us = 2 WHERE user_id = '${user.user_id}'`);
	run();
	const got = await subjects(inst, user.mail, 3);
	assert.ok(got === null || got.filter((s) => s.startsWith('アカウントがあと')).length === 2, String(got));
});

test('who never logged in is counted from the day the account was made', async () => {
	const user = await people.temp();
	sql(inst, `UPDATE account_user SET created_us = ${Date.parse(`${dayFromToday(-90)}T23:59:00+09:00`) * 1000}
		WHERE user_id = '${user.user_id}'`);
	run();
	assert.equal(row(user.user_id)[0], 'SUSPENDED');
	// A password issued again is a new beginning.
	const { version } = (await admin.call('getUser', { path: { user_id: user.user_id } })).json;
	const back = await admin.call('changeUserState', { path: { user_id: user.user_id },
		headers: { 'if-match': `"${version}"` }, body: { operation: 'resume', reason: '復帰' } });
	assert.equal(back.json.user.status, 'TEMP', back.text);
	run();
	assert.equal(row(user.user_id)[0], 'TEMP');
});

test('a dry run says the same and changes nothing', async () => {
	const [one, two] = [await people.active(), await people.active()];
	idle(one.user_id, 95);
	idle(two.user_id, 80);
	const before = [row(one.user_id), row(two.user_id)];
	const mailed = Number(value(inst, 'SELECT COUNT(*) FROM core_mail'));
	const dry = run('--dry-run');
	assert.equal(count(dry, 'suspended'), 1, dry);
	assert.equal(count(dry, 'warned'), 1, dry);
	assert.deepEqual([row(one.user_id), row(two.user_id)], before);
	assert.ok(Number(value(inst, 'SELECT COUNT(*) FROM core_mail')) <= mailed);
	const wet = run();
	assert.equal(count(wet, 'suspended'), 1, wet);
	assert.equal(row(one.user_id)[0], 'SUSPENDED');
	assert.equal(row(two.user_id)[1], '1');
	const third = run();
	assert.equal(count(third, 'suspended') + count(third, 'warned'), 0, third);
});

test('administrators hear of it once, together', async (t) => {
	if (!hasMailbox(inst))
		return t.skip('no mailbox');
	const mail = newMail();
	sql(inst, `UPDATE account_user SET mail = '${mail}' WHERE user_id = '${admin.login.user_id}'`);
	const gone = [await people.active(), await people.active()];
	for (const { user_id } of gone)
		idle(user_id, 100);
	run();
	run();
	await subjects(inst, mail, 1);
	const told = mails(inst, { to: mail }).filter((m) => m.subject.startsWith('使われていない'));
	assert.equal(told.length, 1);
	for (const { user_id } of gone)
		assert.ok(told[0].text.includes(user_id), told[0].text);
});

test('an organisation that loses its last administrator is reported to the centre', async (t) => {
	const code = centre.institution();
	const lead = await centre.clerk(); // moved there by hand: its only administrator
	sql(inst, `UPDATE account_user SET org_id = (SELECT org_id FROM core_org WHERE org_code = '${code}'),
		role = 'MI-A', is_admin = 1 WHERE user_id = '${lead.user_id}'`);
	idle(lead.user_id, 91);
	const mail = newMail();
	sql(inst, `UPDATE account_user SET mail = '${mail}' WHERE user_id = '${centre.admin.login.user_id}'`);
	const said = run();
	assert.equal(count(said, 'last_admin'), 1, said);
	assert.equal(row(lead.user_id)[0], 'SUSPENDED');
	if (!hasMailbox(inst))
		return t.skip('no mailbox');
	const got = await subjects(inst, mail, 2);
	assert.deepEqual(got.sort(), ['アカウント自動停止の結果', '管理者がいなくなった組織があります']);
	assert.ok(mails(inst, { to: mail }).some((m) => m.text.includes(code)));
});

test('so is one whose last administrator had a last day; of operators the centre hears what administrators hear', async (t) => {
	const code = centre.institution();
	const lead = await centre.clerk();
	const operator = await centre.clerk();
	const move = (user, org, more) => sql(inst, `UPDATE account_user SET org_id = (SELECT org_id FROM core_org WHERE org_code = '${org}'),
		${more} WHERE user_id = '${user.user_id}'`);
	move(lead, code, `role = 'MI-A', is_admin = 1, valid_to = '${dayFromToday(-1)}'`);
	move(operator, 'OPS', "role = 'OP', is_admin = 0");
	idle(operator.user_id, 91);
	const mail = newMail();
	sql(inst, `UPDATE account_user SET mail = '${mail}' WHERE user_id = '${centre.admin.login.user_id}'`);
	const said = run();
	assert.equal(count(said, 'last_admin'), 1, said);
	assert.deepEqual([row(lead.user_id)[0], row(operator.user_id)[0]], ['DISABLED', 'SUSPENDED']);
	if (!hasMailbox(inst))
		return t.skip('no mailbox');
	await subjects(inst, mail, 3);
	const got = mails(inst, { to: mail });
	assert.ok(got.some((m) => m.subject.startsWith('管理者がいなくなった') && m.text.includes(code)));
	assert.ok(got.some((m) => m.subject.startsWith('使われていない') && m.text.includes(operator.user_id)));
	assert.equal(count(run(), 'ended'), 0);
});

test('the centre keeps its last administrator', async () => {
	const { user_id } = centre.admin.login;
	const others = sql(inst, `SELECT user_id FROM account_user WHERE role = 'KC-A' AND is_admin = 1
		AND user_id <> '${user_id}' AND status IN ('ACTIVE', 'TEMP')`).map(([id]) => `'${id}'`).join() || "''";
	sql(inst, `UPDATE account_user SET is_admin = 0 WHERE user_id IN (${others})`);
	try {
		idle(user_id, 200);
		run();
		assert.equal(row(user_id)[0], 'ACTIVE');
	} finally {
		sql(inst, `UPDATE account_user SET is_admin = 1 WHERE user_id IN (${others})`);
		sql(inst, `UPDATE account_user SET last_login_us = UNIX_TIMESTAMP() * 1000000
			WHERE user_id = '${user_id}'`);
	}
});

test('an account whose last day is over is disabled', async () => {
	const user = await people.active();
	sql(inst, `UPDATE account_user SET valid_to = '${dayFromToday(-1)}' WHERE user_id = '${user.user_id}'`);
	const said = run();
	assert.equal(count(said, 'ended'), 1, said);
	assert.equal(row(user.user_id)[0], 'DISABLED');
	refused(await user.session.call('getSession'), 401, 'E-AUTH-003');
	assert.equal(count(run(), 'ended'), 0);
});

test('seasonal staff comes back together', async () => {
	const gone = [await people.active(), await people.active()];
	const here = await people.active();
	for (const { user_id } of gone)
		idle(user_id, 120);
	run();
	const body = { user_ids: [...gone.map((u) => u.user_id), here.user_id, '000000000', gone[0].user_id,
		inst.logins.find((l) => l.role === 'NM-S').user_id], reason: '冬の繁忙期' };
	const answer = await admin.call('resumeUsers', { body });
	assert.equal(answer.status, 200, answer.text);
	assert.deepEqual(answer.json.results.map((r) => [r.result, r.error_id]), [['resumed', null],
		['resumed', null], ['error', 'E-VAL-011'], ['error', 'E-AUTH-005'], ['error', 'E-VAL-011'],
		['error', 'E-AUTH-005']]);
	for (const [i, { user_id }] of gone.entries()) {
		assert.equal(row(user_id)[0], 'TEMP');
		const { answer: login } = await people.login(user_id, answer.json.results[i].temporary_password);
		assert.equal(login.json.temporary, true, login.text);
	}
	refused(await admin.call('resumeUsers', { body: { user_ids: [], reason: 'x' } }), 422, 'E-VAL-006');
	refused(await admin.call('resumeUsers', { body: { user_ids: Array(51).fill('1'), reason: 'x' } }), 422,
		'E-VAL-006');
	refused(await admin.call('resumeUsers', { body: { user_ids: [7], reason: 'x' } }), 422, 'E-VAL-004');
	refused(await admin.call('resumeUsers', { body: { user_ids: ['1'] } }), 422, 'E-VAL-001', '/reason');
	const clerk = await people.as('MU-S');
	refused(await clerk.call('resumeUsers', { body }), 403, 'E-AUTH-004');
});
