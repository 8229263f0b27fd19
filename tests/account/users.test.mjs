// account: what an administrator does with the accounts of the organisation (vaccination brief
// 13 H-1-2, H-1-4): create, change, end, hand passwords over; who may, and who stays.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { sql, value } from '../support/database.mjs';
import { dayFromToday, instance } from '../support/yobo.mjs';
import { Centre, GOOD, commit, download, newMail, pdfText, refused, subjects, upload } from './centre.mjs';
import { People } from './people.mjs';

const inst = instance();
const people = new People(inst); // of the municipality
const centre = new Centre(inst);
let admin;

const shown = async (by, user_id) => (await by.call('getUser', { path: { user_id } })).json;
async function change(by, user_id, body, version) {
	const at = version ?? (await shown(by, user_id)).version;
	return by.call('changeUser', { path: { user_id }, headers: { 'if-match': `"${at}"` },
		body: { reason: '試験のため', ...body } });
}
async function state(by, user_id, operation, more = {}) {
	const { version } = await shown(by, user_id);
	return by.call('changeUserState', { path: { user_id }, headers: { 'if-match': `"${version}"` },
		body: { operation, reason: '試験のため', ...more } });
}

before(async () => {
	await people.open();
	await centre.open();
	({ admin } = people);
});
after(async () => {
	await people.close();
	await centre.close();
});

test('a new account is told by mail, the password apart', async () => {
	const mail = newMail();
	const answer = await admin.call('createUser', { body: { name: '新人　一', name_kana: 'シンジン　ハジメ',
		role: 'MU-S', mail, deliver: 'MAIL', valid_to: dayFromToday(30) } });
	assert.equal(answer.status, 201, answer.text);
	const { user, temporary_password, notice, similar } = answer.json;
	people.made.push(user.user_id);
	assert.equal(temporary_password, null);
	assert.equal(notice, false);
	assert.deepEqual(similar, []);
	assert.equal(user.valid_to, dayFromToday(30));
	const got = await subjects(inst, mail, 2);
	assert.ok(got === null || got.sort().join() === 'ユーザIDのお知らせ,仮パスワードのお知らせ', String(got));
});

test('without a mail the password goes by letter, and resetting alone is off', async () => {
	const body = { name: '紙　太郎', name_kana: 'カミ　タロウ', role: 'MU-V' };
	refused(await admin.call('createUser', { body: { ...body, deliver: 'MAIL' } }), 422, 'E-VAL-001',
		'/mail');
	const answer = await admin.call('createUser', { body: { ...body, deliver: 'PAPER' } });
	assert.equal(answer.status, 201, answer.text);
	const { user } = answer.json;
	people.made.push(user.user_id);
	assert.equal(answer.json.notice, true);
	assert.equal(answer.json.temporary_password, null);
	assert.equal(user.self_reset, false);
	assert.equal(user.mail, (await shown(admin, admin.login.user_id)).mail);
	const letter = await download(admin, 'printUserNotice', { user_id: user.user_id });
	assert.equal(letter.status, 200);
	const text = pdfText(letter.bytes);
	assert.ok(text.includes('紙') && text.includes(user.user_id), text);
	const password = /仮パスワード\s+(\S{19})/.exec(text)[1];
	assert.equal((await people.login(user.user_id, password)).answer.json.temporary, true);
	refused(await admin.call('printUserNotice', { path: { user_id: user.user_id } }), 410, 'E-ACC-023');
	// The administrator's address is not the person's: no password goes there by mail.
	refused(await state(admin, user.user_id, 'reissue', { deliver: 'MAIL' }), 422, 'E-VAL-013', '/deliver');
	const again = await state(admin, user.user_id, 'reissue', { deliver: 'PAPER' });
	assert.equal(again.json.notice, true, again.text);
	const clerk = await people.as('MU-S');
	refused(await clerk.call('printUserNotice', { path: { user_id: user.user_id } }), 403, 'E-AUTH-004');
	const stranger = await people.as('NM-A');
	refused(await stranger.call('printUserNotice', { path: { user_id: user.user_id } }), 404, 'E-AUTH-005');
	const both = await Promise.all([1, 2].map(() => download(admin, 'printUserNotice',
		{ user_id: user.user_id })));
	assert.deepEqual(both.map((x) => x.status).sort(), [200, 410]);
});

test('the same mail or name is a warning, not a refusal', async () => {
	const first = await people.temp({ name_kana: 'ニタヒト　ヒトリメ' });
	const answer = await admin.call('createUser', { body: { name: '似た人', name_kana: 'ﾆﾀﾋﾄ ﾋﾄﾘﾒ',
		role: 'MU-S', mail: first.mail.toUpperCase() } });
	assert.equal(answer.status, 201, answer.text);
	people.made.push(answer.json.user.user_id);
	const found = answer.json.similar.find((s) => s.user_id === first.user_id);
	assert.deepEqual([found.same_mail, found.same_name], [true, true]);
	assert.equal(value(inst, `SELECT COUNT(DISTINCT person_id) FROM account_user WHERE user_id IN
		('${first.user_id}', '${answer.json.user.user_id}')`), '1');
});

test('what does not go together is refused', async () => {
	const good = { name: '山田　花子', name_kana: 'ヤマダ　ハナコ', role: 'MU-S', mail: newMail() };
	const create = (more) => admin.call('createUser', { body: { ...good, ...more } });
	refused(await create({ is_admin: true }), 422, 'E-VAL-013', '/is_admin');
	refused(await create({ valid_to: dayFromToday(-1) }), 422, 'E-VAL-003', '/valid_to');
	refused(await create({ deliver: 'PIGEON' }), 422, 'E-VAL-011', '/deliver');
	refused(await create({ mail: 'x@10minutemail.com' }), 422, 'E-VAL-002', '/mail');
	refused(await create({ mail: 5 }), 422, 'E-VAL-004', '/mail');
	refused(await create({ role: null }), 422, 'E-VAL-001', '/role');
});

test('the number of accounts is limited', async () => {
	const institution = await people.as('MI-A'); // 20 accounts
	const made = [];
	let last;
	for (let i = 0; i < 25; i++) {
		last = await institution.call('createUser', { body: { name: '数', name_kana: 'カズ', role: 'MI-S',
			mail: newMail() } });
		if (last.status !== 201)
			break;
		made.push(last.json.user.user_id);
	}
	for (const user_id of made)
		assert.equal((await state(institution, user_id, 'delete')).status, 200);
	refused(last, 409, 'E-ACC-009');
});

test('a list is narrowed by name, kana, ID, role, state and last login', async () => {
	const user = await people.temp({ name: '検索　花子', name_kana: 'ケンサク　ハナコ' });
	const find = async (query) => {
		const { status, json, text } = await admin.call('listUsers', { query: { limit: 200, ...query } });
		assert.equal(status, 200, text);
		return json.users.map((u) => u.user_id);
	};
	for (const q of ['検索花子', '検索 花', 'けんさくはな', 'ｹﾝｻｸ', user.user_id])
		assert.ok((await find({ q })).includes(user.user_id), q);
	assert.deepEqual(await find({ q: '%' }), []);
	assert.deepEqual(await find({ q: user.user_id.slice(0, 5) }), []);
	assert.ok((await find({ status: 'TEMP' })).includes(user.user_id));
	assert.ok(!(await find({ status: 'ACTIVE' })).includes(user.user_id));
	sql(inst, `UPDATE account_user SET created_us = 1 WHERE user_id = '${user.user_id}'`);
	assert.ok((await find({ idle_since: dayFromToday(-80) })).includes(user.user_id));
	assert.ok(!(await find({ idle_since: dayFromToday(-80) })).includes(admin.login.user_id));
	refused(await admin.call('listUsers', { query: { org_code: '011002' } }), 404, 'E-AUTH-005');
	refused(await admin.call('listUsers', { query: { q: 'x'.repeat(61) } }), 422, 'E-VAL-002', '/q');
	refused(await admin.call('listUsers', { query: { idle_since: 'gestern' } }), 422, 'E-VAL-003');
	sql(inst, `UPDATE account_user SET created_us = UNIX_TIMESTAMP() * 1000000
		WHERE user_id = '${user.user_id}'`);
});

test('who is deleted is shown when asked for; a second factor is told', async () => {
	const gone = await people.temp({ name: '去った　人', name_kana: 'サッタ　ヒト' });
	assert.equal((await people.setState(gone.user_id, 'delete')).status, 200);
	const enrolled = await people.enrolled();
	const find = async (query) => (await admin.call('listUsers', { query: { limit: 200, ...query } })).json.users;
	const has = (users, user) => users.some((u) => u.user_id === user.user_id);
	assert.ok(!has(await find({ q: gone.user_id }), gone));
	assert.ok(!has(await find({ q: gone.user_id, deleted: 'false' }), gone));
	assert.ok(has(await find({ q: gone.user_id, deleted: 'true' }), gone));
	assert.ok(has(await find({ q: gone.user_id, status: 'DELETED' }), gone));
	assert.ok((await find({ deleted: 'true', status: 'TEMP' })).every((u) => u.status === 'TEMP'));
	assert.equal((await find({ q: enrolled.user_id }))[0].second_factor, true);
	assert.equal((await shown(admin, enrolled.user_id)).second_factor, true);
	assert.equal((await find({ q: admin.login.user_id }))[0].second_factor, false);
	refused(await admin.call('listUsers', { query: { deleted: 'maybe' } }), 422, 'E-VAL-004', '/deleted');
});

test('the centre reaches administrators of any organisation, and nobody else', async () => {
	const kc = centre.admin;
	const list = await kc.call('listUsers', { query: { org_code: '131016', limit: 200 } });
	assert.ok(list.json.users.length > 0 && list.json.users.every((u) => u.is_admin), list.text);
	refused(await kc.call('listUsers', { query: { org_code: '999999' } }), 404, 'E-AUTH-005');
	const clerk = await people.temp();
	refused(await kc.call('getUser', { path: { user_id: clerk.user_id } }), 404, 'E-AUTH-005');
	const lead = await people.temp({ role: 'MU-A' });
	assert.equal((await shown(kc, lead.user_id)).role, 'MU-A');
	const answer = await change(kc, lead.user_id, { phone: '03-1234-5678' });
	assert.equal(answer.json.user.phone, '03-1234-5678', answer.text);
	assert.equal((await state(kc, lead.user_id, 'reissue', { deliver: 'PAPER' })).json.notice, true);
	// Who issued it prints it.
	refused(await admin.call('printUserNotice', { path: { user_id: lead.user_id } }), 404, 'E-AUTH-005');
	const letter = await download(kc, 'printUserNotice', { user_id: lead.user_id });
	assert.ok(pdfText(letter.bytes).includes('国保中央会'));
	refused(await change(kc, lead.user_id, { role: 'KC-A' }), 422, 'E-VAL-011', '/role');
	const stranger = await people.as('NM-A');
	refused(await change(stranger, lead.user_id, { name: '侵入' }, 1), 404, 'E-AUTH-005');
});

test('data change under their version, and the person is told', async () => {
	const user = await people.active();
	const path = { user_id: user.user_id };
	refused(await admin.call('changeUser', { path, body: { name: '改', reason: 'x' } }), 428, 'E-REQ-007');
	const before = await shown(admin, user.user_id);
	const stale = await change(admin, user.user_id, { name: '改　名' }, before.version - 1);
	refused(stale, 412, 'E-ACC-005');
	assert.equal(stale.headers.etag, `"${before.version}"`); // the page reads again and compares
	const mail = newMail();
	const answer = await change(admin, user.user_id, { name: '改　名', name_kana: 'ｶｲ ﾒｲ', mail,
		department: '健康課', phone: '03-1', valid_to: dayFromToday(5) });
	assert.equal(answer.status, 200, answer.text);
	const now = answer.json.user;
	assert.deepEqual([now.name, now.name_kana, now.mail, now.department, now.phone, now.valid_to,
		now.version], ['改　名', 'カイ　メイ', mail, '健康課', '03-1', dayFromToday(5), before.version + 1]);
	assert.equal((await user.session.call('getSession')).status, 200); // rights are as they were
	const [to, old] = [await subjects(inst, mail, 1), await subjects(inst, user.mail, 2)];
	assert.ok(to === null || (to.includes('アカウントの変更のお知らせ')
		&& old.includes('アカウントの変更のお知らせ')));
	const cleared = await change(admin, user.user_id, { department: null, phone: null, valid_to: null });
	assert.deepEqual([cleared.json.user.department, cleared.json.user.phone, cleared.json.user.valid_to],
		[null, null, null]);
	for (const [bad, status, id, field] of [[{ name: null }, 422, 'E-VAL-001', '/name'],
		[{ mail: null }, 422, 'E-VAL-001', '/mail'], [{ role: null }, 422, 'E-VAL-001', '/role'],
		[{ name: 'x'.repeat(41) }, 422, 'E-VAL-002', '/name'], [{ role: 'NM-S' }, 422, 'E-VAL-011', '/role'],
		[{ restricted_view: 'yes' }, 422, 'E-VAL-004', '/restricted_view'],
		[{ valid_to: '2020-01-01' }, 422, 'E-VAL-003', '/valid_to'],
		[{ is_admin: true }, 422, 'E-VAL-013', '/is_admin'], [{ org_code: 'x' }, 422, 'E-VAL-005', '/org_code'],
		[{ reason: null }, 422, 'E-VAL-001', '/reason'], [{ reason: 'x'.repeat(201) }, 422, 'E-VAL-002']])
		refused(await change(admin, user.user_id, bad), status, id, field);
});

test('a change of role ends sessions and the tokens issued with it', async () => {
	const user = await people.active({ role: 'MU-A' });
	const issued = await user.session.call('issueAccessToken', { body: { name: `役割 ${user.user_id}`,
		scopes: ['record:read'] } });
	assert.equal(issued.status, 201, issued.text);
	const answer = await change(admin, user.user_id, { role: 'MU-S' });
	assert.equal(answer.status, 200, answer.text);
	assert.equal(answer.json.tokens_revoked, 1);
	assert.deepEqual([answer.json.user.role, answer.json.user.is_admin], ['MU-S', false]);
	refused(await user.session.call('getSession'), 401, 'E-AUTH-003'); // at once
	assert.equal(value(inst, `SELECT status FROM token_issued WHERE issued_by = '${user.user_id}'`), 'REVOKED');
	const restricted = await change(admin, user.user_id, { restricted_view: true });
	assert.equal(restricted.json.user.restricted_view, true);
	const viewer = await change(admin, user.user_id, { role: 'MU-V' });
	assert.equal(viewer.json.user.restricted_view, false); // it goes with the role
	refused(await change(admin, user.user_id, { restricted_view: true }), 422, 'E-VAL-011',
		'/restricted_view');
	const reason = value(inst, `SELECT CONVERT(rec USING latin1) FROM audit_event WHERE
		target_id = '${user.user_id}' AND operation = 'changeUser' AND ok = 1 ORDER BY at_us LIMIT 1`);
	assert.ok(reason.includes('role MU-A>MU-S'), reason);
});

test('an account without the administrator\'s hand manages nobody', async () => {
	const user = await people.active({ role: 'MU-A', is_admin: false });
	refused(await user.session.call('createUser', { body: { name: 'あ', name_kana: 'ア', role: 'MU-S',
		mail: newMail() } }), 403, 'E-AUTH-004');
	const victim = await people.temp();
	refused(await change(user.session, victim.user_id, { name: 'い' }), 403, 'E-AUTH-004');
	refused(await state(user.session, victim.user_id, 'delete'), 403, 'E-AUTH-004');
	assert.equal((await change(admin, user.user_id, { is_admin: true })).json.user.is_admin, true);
});

test('every step of the chart, and none beside it', async () => {
	const user = await people.active();
	const steps = [['resume', 422], ['enable', 422], ['suspend', 200, 'SUSPENDED'], ['suspend', 422],
		['reissue', 422], ['unlock', 422], ['resume', 200, 'TEMP'], ['suspend', 200, 'SUSPENDED'],
		['enable', 200, 'TEMP'], ['disable', 200, 'DISABLED'], ['resume', 422], ['suspend', 422],
		['enable', 200, 'TEMP'], ['unlock', 200, 'TEMP'], ['reissue', 200, 'TEMP'],
		['delete', 200, 'DELETED'], ['enable', 404], ['delete', 404]];
	for (const [operation, status, to] of steps) {
		const answer = await state(admin, user.user_id, operation);
		assert.equal(answer.status, status, `${operation}: ${answer.text}`);
		if (to)
			assert.equal(answer.json.user.status, to, operation);
		assert.equal(Boolean(answer.json.temporary_password), to === 'TEMP' && operation !== 'unlock',
			operation);
	}
	assert.equal((await user.session.call('getSession')).status, 401);
	refused(await change(admin, user.user_id, { name: '幽霊' }, 1), 404, 'E-AUTH-005');
});

test('nobody touches the own account here', async () => {
	const { user_id } = admin.login;
	for (const operation of ['disable', 'suspend', 'delete', 'reissue', 'unlock'])
		refused(await state(admin, user_id, operation), 409, 'E-ACC-004');
	refused(await change(admin, user_id, { role: 'MU-S' }), 409, 'E-ACC-004');
	refused(await change(admin, user_id, { name: '自分' }), 409, 'E-ACC-004');
});

test('the last administrator stays, also when two end each other', async () => {
	for (const how of ['state', 'role']) {
		const pair = [await people.active({ role: 'MU-A' }), await people.active({ role: 'MU-A' })];
		const others = (await admin.call('listUsers', { query: { role: 'MU-A', limit: 200 } })).json.users
			.map((u) => u.user_id).filter((id) => !pair.some((p) => p.user_id === id));
		const list = others.map((id) => `'${id}'`).join();
		sql(inst, `UPDATE account_user SET is_admin = 0 WHERE user_id IN (${list})`);
		try {
			const versions = await Promise.all(pair.map((p) => shown(p.session, p.user_id)));
			const answers = await Promise.all([0, 1].map((i) => {
				const path = { user_id: pair[1 - i].user_id };
				const headers = { 'if-match': `"${versions[1 - i].version}"` };
				return how === 'state'
					? pair[i].session.call('changeUserState', { path, headers,
						body: { operation: 'disable', reason: '競争' } })
					: pair[i].session.call('changeUser', { path, headers,
						body: { role: 'MU-S', reason: '競争' } });
			}));
			assert.equal(answers.filter((x) => x.status === 200).length, 1, answers.map((x) => x.text).join());
			const lost = answers.find((x) => x.status !== 200);
			assert.ok([401, 403, 409].includes(lost.status), lost.text);
			assert.equal(value(inst, `SELECT COUNT(*) FROM account_user u JOIN core_org o USING (org_id)
				WHERE o.org_code = '131016' AND u.is_admin = 1 AND u.status IN ('TEMP', 'ACTIVE')`), '1');
			const winner = pair[answers.findIndex((x) => x.status === 200)];
			for (const operation of ['disable', 'suspend', 'delete'])
				refused(await state(centre.admin, winner.user_id, operation), 409, 'E-ACC-003');
			refused(await change(centre.admin, winner.user_id, { is_admin: false }), 409, 'E-ACC-003');
			refused(await change(centre.admin, winner.user_id, { role: 'MU-S' }), 409, 'E-ACC-003');
		} finally {
			sql(inst, `UPDATE account_user SET is_admin = 1 WHERE user_id IN (${list})`);
		}
	}
});

test('after its last day an account does not log in', async () => {
	const user = await people.active();
	sql(inst, `UPDATE account_user SET valid_to = '${dayFromToday(0)}' WHERE user_id = '${user.user_id}'`);
	assert.equal((await people.login(user.user_id, GOOD)).answer.status, 200);
	sql(inst, `UPDATE account_user SET valid_to = '${dayFromToday(-1)}' WHERE user_id = '${user.user_id}'`);
	refused((await people.login(user.user_id, GOOD)).answer, 401, 'E-AUTH-001');
});

test('the same Idempotency-Key issues one password', async () => {
	const user = await people.temp();
	const { version } = await shown(admin, user.user_id);
	const headers = { 'if-match': `"${version}"`, 'idempotency-key': `re-${user.user_id}` };
	const again = () => admin.call('changeUserState', { path: { user_id: user.user_id }, headers,
		body: { operation: 'reissue', reason: '再発行' } });
	const [one, two] = [await again(), await again()];
	assert.equal(one.status, 200, one.text);
	assert.equal(two.json.temporary_password, one.json.temporary_password);
});

test('a file of accounts is checked by row and committed as a whole', async () => {
	const head = '氏名,氏名カナ,権限,メールアドレス,電話,部署,支援措置の閲覧,有効期限,通知方法';
	const bad = await upload(admin, 'account.users', [head,
		`一括　一,イッカツ　イチ,MU-S,${newMail()},,,false,,MAIL`,
		`一括　二,イッカツ　ニ,NM-S,${newMail()},,,false,,MAIL`,
		'一括　三,イッカツ　サン,MU-V,,,,false,,MAIL',
		`一括　四,イッカツ　ヨン,MU-V,${newMail()},,,true,,PAPER`,
		`一括　五,イッカツ　ゴ,MU-V,${newMail()},,,false,2020-01-01,PAPER`]);
	assert.deepEqual(bad.faults.map((f) => [f.line, f.field, f.code]), [[3, 'role', 'E-VAL-011'],
		[4, 'mail', 'E-VAL-001'], [5, 'restricted_view', 'E-VAL-011'], [6, 'valid_to', 'E-VAL-003']],
	JSON.stringify(bad));
	const mails = [newMail(), newMail()];
	const good = await upload(admin, 'account.users', [head,
		`一括　六,ｲｯｶﾂ ﾛｸ,MU-S,${mails[0]},,,true,,MAIL`, `一括　七,イッカツ　ナナ,MU-A,${mails[1]},,,false,,PAPER`]);
	const done = await commit(admin, good);
	assert.equal(done.state, 'DONE', JSON.stringify(done));
	const rows = sql(inst, `SELECT user_id, name_kana, is_admin FROM account_user
		WHERE mail IN ('${mails.join("', '")}') ORDER BY actor_id`);
	people.made.push(...rows.map(([id]) => id));
	assert.deepEqual(rows.map((r) => r.slice(1)), [['イッカツ　ロク', '0'], ['イッカツ　ナナ', '1']]);
	const got = await subjects(inst, mails[0], 2);
	assert.ok(got === null || got.length === 2);
	const letter = await download(admin, 'printUserNotice', { user_id: rows[1][0] });
	assert.ok(pdfText(letter.bytes).includes(rows[1][0]));
});
