// account: one's own data, a new mail address, first steps and terms of use (brief 13 H-1-3,
// H-1-7).

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { sql, value } from '../support/database.mjs';
import { hasMailbox } from '../support/mail.mjs';
import { instance } from '../support/yobo.mjs';
import { GOOD, People, newToken, refused, sha256Hex, told } from './people.mjs';

const inst = instance();
const people = new People(inst);

before(() => people.open());
after(() => people.close());

async function me(user) {
	const answer = await user.session.call('getMe');
	assert.equal(answer.status, 200, answer.text);
	assert.equal(answer.headers.etag, `"${answer.json.version}"`);
	return answer.json;
}

const change = (user, version, body, headers = {}) => user.session.call('changeMe',
	{ body, headers: { 'if-match': `"${version}"`, ...headers } });
const confirm = (token) => people.nobody().call('confirmMail', { body: { token } });

test('everybody reads and changes the own data, and only that', async () => {
	const user = await people.active({ phone: '03-1234-5678', department: '健康推進課' });
	const before = await me(user);
	assert.equal(before.user_id, user.user_id);
	assert.equal(before.org_code, '131016');
	assert.equal(before.role, 'MU-S');
	assert.equal(before.mail, user.mail);
	assert.equal(before.mail_waiting_until, null);
	const done = await change(user, before.version, { name: '𠮷田　葛󠄀子', name_kana: 'ﾖｼﾀﾞ ｶﾂｺ', phone: null });
	assert.equal(done.status, 200, done.text);
	assert.equal(done.json.name, '𠮷田　葛󠄀子');
	assert.equal(done.json.name_kana, 'ヨシダ　カツコ');
	assert.equal(done.json.phone, null);
	assert.equal(done.json.department, '健康推進課');
	assert.equal(done.json.version, before.version + 1);
	assert.equal((await user.session.call('getSession')).json.user.name, '𠮷田　葛󠄀子');
});

test('an old version, no version, bad values and others\' sessions are refused', async () => {
	const user = await people.active();
	const { version } = await me(user);
	assert.equal((await user.session.call('changeMe', { body: { name: 'あ' } })).status, 428);
	refused(await change(user, version - 1, { name: 'あ' }), 412, 'E-ACC-005');
	refused(await change(user, version, { name: 'あ'.repeat(41) }), 422, 'E-VAL-002', '/name');
	refused(await change(user, version, { name: null }), 422, 'E-VAL-001', '/name');
	refused(await change(user, version, { name_kana: '山田' }), 422, 'E-VAL-002', '/name_kana');
	refused(await change(user, version, { mail: 'a@b@c' }), 422, 'E-VAL-002', '/mail');
	refused(await change(user, version, { mail: `${'x'.repeat(250)}@example.jp` }), 422, 'E-VAL-002', '/mail');
	refused(await change(user, version, { phone: '０３' }), 422, 'E-VAL-002', '/phone');
	refused(await change(user, version, { name: 7 }), 422, 'E-VAL-004', '/name');
	refused(await change(user, version, { name: 'あ' }, { 'x-yobo-csrf': 'A'.repeat(43) }), 403, 'E-AUTH-007');
	refused(await people.nobody().call('getMe'), 401, 'E-AUTH-003');
	sql(inst, `UPDATE core_session SET stepped_up_us = 1 WHERE user_id = '${user.user_id}'`);
	refused(await change(user, version, { name: 'あ' }), 403, 'E-AUTH-008');
	assert.equal((await user.session.call('stepUp', { body: { password: GOOD } })).status, 204);
	assert.equal((await change(user, version, { name: 'あ' })).status, 200);
});

test('whoever tries to change the own rights is refused, and it is written down', async () => {
	const user = await people.active();
	const { version } = await me(user);
	const alerts = () => Number(value(inst, `SELECT COUNT(*) FROM audit_event WHERE actor = '${user.user_id}'
		AND operation = 'changeMe' AND action = 20`));
	const before = alerts();
	for (const [field, v] of [['role', 'MU-A'], ['is_admin', true], ['restricted_view', true],
		['org_code', '011002'], ['status', 'ACTIVE'], ['user_id', '900000076']])
		refused(await change(user, version, { name: '別名', [field]: v }), 422, 'E-VAL-005', `/${field}`);
	assert.equal(alerts(), before + 6);
	const now = await me(user);
	assert.equal(now.version, version);
	assert.equal(now.name, '試験　職員');
	assert.equal(now.role, 'MU-S');
});

test('a new address counts when the link sent there was opened', { skip: !hasMailbox(inst) }, async () => {
	const user = await people.active();
	const fresh = `new${Date.now()}@example.jp`;
	const tokenOf = (mail) => mail.text.match(/\/mail-confirm#([\w-]{43})\n/)[1];
	let done = await change(user, (await me(user)).version, { mail: fresh });
	assert.equal(done.status, 200, done.text);
	assert.equal(done.json.mail, user.mail);
	assert.ok(done.json.mail_waiting_until);
	await told(inst, { to: user.mail, about: /変更の申請/ });
	const first = await told(inst, { to: fresh, about: /確認/ });
	// The latest link is the only one.
	done = await change(user, (await me(user)).version, { mail: fresh });
	const second = await told(inst, { to: fresh, about: /確認/, n: 2 });
	refused(await confirm(tokenOf(first)), 410, 'E-ACC-007');
	assert.equal((await confirm(tokenOf(second))).status, 204);
	refused(await confirm(tokenOf(second)), 410, 'E-ACC-007');
	const now = await me(user);
	assert.equal(now.mail, fresh);
	assert.equal(now.mail_waiting_until, null);
	for (const to of [user.mail, fresh])
		await told(inst, { to, about: /アドレスを変更しました/ });
});

test('links of an address that are too old, unknown or of a closed user change nothing', async () => {
	const user = await people.active();
	const insert = (token, expires) => sql(inst, `INSERT INTO account_link (link_hash, kind, actor_id, mail,
		expires_us) SELECT UNHEX('${sha256Hex(token)}'), 'M', actor_id, 'x', ${expires} FROM account_user
		WHERE user_id = '${user.user_id}'`);
	const old = newToken();
	insert(old, 1);
	refused(await confirm(old), 410, 'E-ACC-007');
	refused(await confirm(newToken()), 410, 'E-ACC-007');
	const forged = newToken();
	insert(forged, Date.now() * 1000 + 60e6); // written by somebody without our keys
	assert.equal((await confirm(forged)).status, 500);
	await people.setState(user.user_id, 'disable');
	refused(await confirm(forged), 410, 'E-ACC-007');
});

test('the terms of use are asked for once, in the version that was shown', async () => {
	const user = await people.active();
	let session = await user.session.call('getSession');
	assert.equal(session.json.terms_due, true);
	assert.equal(session.json.next, null); // asked for, not demanded
	refused(await user.session.call('acceptTerms', { body: { version: '0' } }), 422, 'E-VAL-011', '/version');
	const old = user.session.cookie;
	const done = await user.session.call('acceptTerms', { body: { version: session.json.terms_version } });
	assert.equal(done.status, 200, done.text);
	assert.equal(done.json.terms_due, false);
	people.take(user.session, done);
	assert.notEqual(user.session.cookie, old);
	session = await user.session.call('getSession');
	assert.equal(session.json.terms_due, false);
	assert.equal((await people.login(user.user_id, GOOD)).answer.json.terms_due, false);
	const stale = people.nobody();
	stale.cookie = old;
	assert.equal((await stale.call('getSession')).status, 401);
});

test('a short password has a date, a long one has none', async () => {
	const user = await people.active();
	assert.equal((await user.session.call('getSession')).json.password_expires_at, null);
	const changed = await user.session.call('changePassword', { body: { current_password: GOOD,
		new_password: 'Kawa-no-Nag7' } });
	assert.equal(changed.status, 200, changed.text);
	const days = (new Date(changed.json.password_expires_at) - Date.now()) / 86_400_000;
	assert.ok(days > 89.9 && days < 90.1, `${days}`);
	people.take(user.session, changed);
	sql(inst, `UPDATE account_user SET pw_expires_us = 1 WHERE user_id = '${user.user_id}'`);
	const { answer, made } = await people.login(user.user_id, 'Kawa-no-Nag7');
	assert.equal(answer.json.next, 'password');
	refused(await made.call('getOrganisation'), 403, 'E-AUTH-009');
});

test('the first administrator\'s own password opens the organisation', async () => {
	const user = await people.temp({ role: 'MU-A' });
	sql(inst, "UPDATE core_org SET onboarding = '申請中' WHERE org_code = '131016'");
	try {
		const clerk = await people.active();
		assert.equal((await clerk.session.call('getOrganisation')).json.onboarding, '申請中');
		const { made } = await people.login(user.user_id, user.temporary);
		assert.equal((await made.call('changePassword', { body: { current_password: user.temporary,
			new_password: GOOD } })).status, 200);
		assert.equal((await clerk.session.call('getOrganisation')).json.onboarding, '利用中');
	} finally {
		sql(inst, "UPDATE core_org SET onboarding = '利用中' WHERE org_code = '131016'");
	}
});
