// account: the half-yearly review of accounts (vaccination brief A-17), and the list of what
// waits (13 H-1-9). In an organisation of its own, so that nobody else's accounts are in it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { sql, value } from '../support/database.mjs';
import { dayFromToday, instance } from '../support/yobo.mjs';
import { Centre, GOOD, newMail, refused } from './centre.mjs';

const inst = instance();
const centre = new Centre(inst);
let code, lead, second, clerk, leaver;

// Somebody of the institution, made by its administrator.
async function colleague(role) {
	const answer = await lead.session.call('createUser', { body: { name: '同僚', name_kana: 'ドウリョウ',
		role, mail: newMail() } });
	assert.equal(answer.status, 201, answer.text);
	return answer.json.user.user_id;
}
const mark = (marks, by = lead.session, headers = {}) => by.call('markReview', { body: { marks }, headers });
const review = async (query = {}) => (await lead.session.call('getReview', { query })).json;

before(async () => {
	await centre.open();
	code = centre.institution();
	lead = await centre.clerk();
	sql(inst, `UPDATE account_user SET org_id = (SELECT org_id FROM core_org WHERE org_code = '${code}'),
		role = 'MI-A', is_admin = 1 WHERE user_id = '${lead.user_id}'`);
	sql(inst, `DELETE FROM core_session WHERE user_id = '${lead.user_id}'`);
	lead.session = (await centre.login(lead.user_id, GOOD)).made;
	[second, clerk, leaver] = [await colleague('MI-A'), await colleague('MI-S'), await colleague('MI-S')];
});
after(() => centre.close());

test('the first review is due half a year after the first account', async () => {
	const now = await review();
	assert.equal(now.last, null);
	assert.equal(now.overdue, false);
	assert.ok(now.due_on > dayFromToday(175) && now.due_on < dayFromToday(190), now.due_on);
	assert.equal(now.unmarked, 4);
	assert.deepEqual(now.users.map((u) => u.verdict), [null, null, null, null]);
	const tasks = (await lead.session.call('getTasks')).json.tasks.map((t) => t.kind);
	assert.ok(!tasks.includes('REVIEW_DUE'));
	sql(inst, `UPDATE account_user SET created_us = UNIX_TIMESTAMP('${dayFromToday(-200)}') * 1000000
		WHERE user_id = '${lead.user_id}'`);
	assert.equal((await review()).overdue, true);
	const task = (await lead.session.call('getTasks')).json.tasks.find((t) => t.kind === 'REVIEW_DUE');
	assert.equal(task.count, 4);
	assert.ok(task.due_on < dayFromToday());
});

test('marks are all taken or none', async () => {
	const { user_id } = lead;
	refused(await mark([{ user_id: clerk, verdict: 'CONFIRMED' }, { user_id, verdict: 'STOP' }]), 409,
		'E-ACC-004', '/marks/1/user_id');
	const stranger = inst.logins.find((l) => l.role === 'MI-S').user_id;
	refused(await mark([{ user_id: clerk, verdict: 'CONFIRMED' }, { user_id: stranger, verdict: 'STOP' }]),
		404, 'E-AUTH-005', '/marks/1/user_id');
	refused(await mark([{ user_id: '000000000', verdict: 'STOP' }]), 404, 'E-AUTH-005');
	refused(await mark([{ user_id: clerk, verdict: 'MAYBE' }]), 422, 'E-VAL-011');
	refused(await mark([{ user_id: 5, verdict: 'STOP' }]), 422, 'E-VAL-004');
	refused(await mark([{ verdict: 'STOP' }]), 422, 'E-VAL-001');
	refused(await mark([]), 422, 'E-VAL-006');
	refused(await mark(Array(201).fill({ user_id: clerk, verdict: 'STOP' })), 422, 'E-VAL-006');
	assert.equal((await review()).unmarked, 4);
});

test('a review is not complete while somebody was not looked at', async () => {
	const some = await mark([{ user_id: lead.user_id, verdict: 'CONFIRMED' },
		{ user_id: clerk, verdict: 'STOP' }, { user_id: leaver, verdict: 'STOP' }]);
	assert.equal(some.json.unmarked, 1, some.text);
	refused(await lead.session.call('completeReview'), 409, 'E-ACC-024');
	const again = await mark([{ user_id: clerk, verdict: 'CONFIRMED' }]); // a change of mind
	assert.equal(again.json.unmarked, 1);
	assert.deepEqual((await review({ verdict: 'STOP' })).users.map((u) => u.user_id), [leaver]);
	assert.deepEqual((await review({ verdict: 'NONE' })).users.map((u) => u.user_id), [second]);
	const page = await review({ limit: 3 });
	assert.equal(page.users.length, 3);
	assert.equal((await review({ limit: 3, after: page.next })).users.length, 1);
});

test('only who manages accounts reviews them', async () => {
	const other = await centre.as('MI-S');
	refused(await other.call('getReview'), 403, 'E-AUTH-004');
	refused(await mark([{ user_id: clerk, verdict: 'STOP' }], other), 403, 'E-AUTH-004');
	refused(await other.call('completeReview'), 403, 'E-AUTH-004');
	const elsewhere = await centre.as('MU-A');
	refused(await mark([{ user_id: clerk, verdict: 'STOP' }], elsewhere), 404, 'E-AUTH-005');
	assert.ok((await elsewhere.call('getReview', { query: { limit: 200 } })).json.users
		.every((u) => u.user_id !== clerk));
	assert.deepEqual((await other.call('getTasks')).json.tasks, []);
});

test('complete: what is to be stopped ends, and the next one is half a year on', async () => {
	await mark([{ user_id: second, verdict: 'CONFIRMED' }]);
	const both = await Promise.all([lead.session.call('completeReview'), lead.session.call('completeReview')]);
	assert.deepEqual(both.map((x) => x.status).sort(), [200, 409], both.map((x) => x.text).join());
	const { json } = both.find((x) => x.status === 200);
	assert.deepEqual([json.confirmed, json.stopped], [3, 1]);
	assert.equal(value(inst, `SELECT status FROM account_user WHERE user_id = '${leaver}'`), 'DISABLED');
	const now = await review();
	assert.equal(now.last.completed_by, lead.user_id);
	assert.deepEqual([now.last.confirmed, now.last.stopped, now.overdue], [3, 1, false]);
	assert.equal(now.due_on, json.next_due_on);
	assert.equal(now.unmarked, 3); // the next review begins with nothing said
	assert.ok(now.users.every((u) => u.verdict === null && u.user_id !== leaver));
	refused(await lead.session.call('completeReview'), 409, 'E-ACC-024');
});

test('the same Idempotency-Key marks once', async () => {
	const headers = { 'idempotency-key': `mark-${lead.user_id}` };
	const one = await mark([{ user_id: clerk, verdict: 'CONFIRMED' }], lead.session, headers);
	await mark([{ user_id: clerk, verdict: 'STOP' }]);
	const two = await mark([{ user_id: clerk, verdict: 'CONFIRMED' }], lead.session, headers);
	assert.deepEqual(two.json, one.json);
	assert.deepEqual((await review({ verdict: 'STOP' })).users.map((u) => u.user_id), [clerk]);
});

test('temporary passwords that run out are a task', async () => {
	sql(inst, `UPDATE account_user SET temp_expires_us = (UNIX_TIMESTAMP() + 86400) * 1000000
		WHERE user_id = '${clerk}'`);
	const task = (await lead.session.call('getTasks')).json.tasks.find((t) => t.kind === 'TEMP_EXPIRING');
	assert.equal(task.count, 1);
	refused(await centre.nobody().call('getTasks'), 401, 'E-AUTH-003');
});
