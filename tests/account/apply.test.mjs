// account: the first administrator of an organisation (vaccination brief 13 H-1-1): applied for
// by one person of the centre, decided by another, handed over by two mails or by a letter.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { sql, value } from '../support/database.mjs';
import { hasMailbox, mailsArrived } from '../support/mail.mjs';
import { dayFromToday, instance, luhn } from '../support/yobo.mjs';
import { Centre, GOOD, application, applied, commit, decide, download, newMail, pdfText, refused,
	subjects, upload } from './centre.mjs';
import { told } from './people.mjs';

const inst = instance();
const centre = new Centre(inst);
let maker, other;

before(async () => {
	await centre.open();
	maker = (await centre.clerk({ name_kana: 'キアン　ヒト' })).session;
	other = (await centre.clerk({ name_kana: 'ショウニン　ヒト' })).session;
});
after(() => centre.close());

test('organisations are found by code, type and name', async () => {
	const code = centre.institution();
	const find = async (query) => (await maker.call('findOrganisations', { query })).json;
	const [one] = (await find({ org_code: code })).organisations;
	assert.deepEqual([one.org_code, one.org_type, one.onboarding, one.admins, one.waiting],
		[code, 'HMI', '未申請', 0, 0]);
	const named = await find({ q: 'しけんいいん', limit: 1 });
	assert.equal(named.organisations.length, 1);
	assert.ok((await find({ org_type: 'MUNI' })).organisations.every((o) => o.org_type === 'MUNI'));
	assert.equal((await find({ org_type: 'HMI', limit: 1 })).next !== undefined, true);
	refused(await maker.call('findOrganisations', { query: { org_type: 'MNP' } }), 422, 'E-VAL-011');
});

test('one asks, another approves, and the administrator begins', async (t) => {
	const code = centre.institution();
	const mail = newMail();
	const a = await applied(maker, { org_code: code, mail, evidence: '文書 12-3', start_on: dayFromToday(9) });
	assert.match(a.application_no, /^AP\d{9}$/);
	assert.equal(a.state, 'WAITING');
	assert.equal(a.may_decide, false);
	assert.equal(centre.onboarding(code), '申請中');
	const seen = await other.call('getApplication', { path: { application_no: a.application_no } });
	assert.equal(seen.json.may_decide, true);
	assert.equal(seen.json.sha256, a.sha256);

	const done = await decide(other, a);
	assert.equal(done.status, 200, done.text);
	assert.equal(done.json.state, 'ISSUED');
	assert.ok(done.json.approver_user_id);
	assert.ok(!done.text.includes('temporary_password'));
	const [status, role, admin] = sql(inst, `SELECT status, role, is_admin FROM account_user
		WHERE user_id = '${done.json.issued_user_id}'`)[0];
	assert.deepEqual([status, role, admin], ['TEMP', 'MI-A', '1']);

	if (!hasMailbox(inst))
		return t.skip('no mailbox');
	const [first, second] = (await mailsArrived(inst, { to: mail, n: 2 }))
		.sort((x, y) => x.text.includes('ユーザID：') ? -1 : y.text.includes('ユーザID：') ? 1 : 0);
	const password = /仮パスワード：(\S+)/.exec(second.text)[1];
	assert.ok(first.text.includes(done.json.issued_user_id) && !first.text.includes(password));
	assert.ok(!second.text.includes(done.json.issued_user_id));
	const { made, answer } = await centre.login(done.json.issued_user_id, password);
	assert.equal(answer.status, 200, answer.text);
	assert.equal((await made.call('changePassword', { body: { current_password: password,
		new_password: GOOD } })).status, 200);
	assert.equal(centre.onboarding(code), '利用中');
});

test('a new institution without an insurance code is numbered', async () => {
	const change = { org_name: '港湾接種会場', org_name_kana: 'コウワンセッシュカイジョウ', pref_code: '47' };
	const one = await applied(maker, change);
	const two = await applied(maker, change);
	for (const { org_code, org_type, org_is_new } of [one, two]) {
		assert.match(org_code, /^N47\d{7}$/);
		assert.equal(org_code, `N${luhn(org_code.slice(1, 9))}`);
		assert.deepEqual([org_type, org_is_new], ['NMI', true]);
	}
	assert.equal(Number(two.org_code.slice(3, 9)), Number(one.org_code.slice(3, 9)) + 1);
	const all = await Promise.all([1, 2, 3].map(() => maker.call('createApplication', {
		body: application(change) })));
	const codes = all.filter((x) => x.status === 201).map((x) => x.json.org_code);
	assert.equal(new Set(codes).size, codes.length);
	assert.ok(all.every((x) => [201, 503].includes(x.status)), all.map((x) => x.text).join());
	for (const bad of [{ pref_code: '48' }, { pref_code: '0a' }, { pref_code: undefined },
		{ org_name_kana: undefined }, { org_code: one.org_code }])
		assert.equal((await maker.call('createApplication', {
			body: application({ ...change, ...bad }) })).status, 422);
});

test('the maker does not decide, nor does the maker with another account', async () => {
	const mail = newMail();
	const first = await centre.clerk({ mail, name_kana: 'フタツ　モツヒト' });
	const second = await centre.clerk({ mail: mail.toUpperCase(), name_kana: 'フタツ　モツヒト' });
	const a = await applied(first.session, { org_code: centre.institution() });
	refused(await decide(first.session, a), 403, 'E-ACC-020');
	refused(await decide(second.session, a), 403, 'E-ACC-020');
	refused(await decide(second.session, a, { decision: 'REJECT', comment: 'x' }), 403, 'E-ACC-020');
	const seen = await second.session.call('getApplication', { path: { application_no: a.application_no } });
	assert.equal(seen.json.may_decide, false);
	assert.equal((await decide(other, a)).status, 200);
});

test('a changed name does not make another person', async () => {
	const mail = newMail();
	const first = await centre.clerk({ mail, name_kana: 'モトノ　ナマエ' });
	const third = await centre.clerk({ name_kana: 'ベツノ　ナマエ' });
	const { json } = await centre.admin.call('getUser', { path: { user_id: third.user_id } });
	const changed = await centre.admin.call('changeUser', { path: { user_id: third.user_id },
		headers: { 'if-match': `"${json.version}"` },
		body: { mail, name_kana: 'モトノ　ナマエ', reason: '改姓' } });
	assert.equal(changed.status, 200, changed.text);
	const a = await applied(first.session, { org_code: centre.institution() });
	refused(await decide(third.session, a), 403, 'E-ACC-020');
});

const persons = (...users) => Number(value(inst, `SELECT COUNT(DISTINCT person_id) FROM account_user WHERE user_id IN (${
	users.map((u) => `'${u.user_id}'`).join()})`));
const rename = async (user, change) => {
	const { version } = (await user.session.call('getMe')).json;
	const answer = await user.session.call('changeMe', { headers: { 'if-match': `"${version}"` }, body: change });
	assert.equal(answer.status, 200, answer.text);
};
const confirm = async (user, mail) => {
	await rename(user, { mail });
	const { text } = await told(inst, { to: mail, about: /確認/ });
	const answer = await centre.nobody().call('confirmMail', { body: { token: /#([\w-]{43})/.exec(text)[1] } });
	assert.equal(answer.status, 204, answer.text);
};

test('nobody becomes another person by an own change, before or after the application', { skip: !hasMailbox(inst) }, async () => {
	const mail = newMail();
	const first = await centre.clerk({ mail, name_kana: 'ジブンデ　カエル' });
	const second = await centre.clerk({ name_kana: 'ジブンデ　カエル' });
	assert.equal(persons(first, second), 2);
	const early = await applied(first.session, { org_code: centre.institution() });
	// The own address, the other's, in other letters: it counts when the link was opened.
	await confirm(second, mail.toUpperCase());
	assert.equal(persons(first, second), 1);
	refused(await decide(second.session, early), 403, 'E-ACC-020');
	// Away again, by name, by address, by an administrator: one stays one.
	await rename(second, { name_kana: 'チガウ　ナマエ' });
	await confirm(second, newMail());
	const { json } = await centre.admin.call('getUser', { path: { user_id: first.user_id } });
	assert.equal((await centre.admin.call('changeUser', { path: { user_id: first.user_id }, headers: { 'if-match': `"${json.version}"` },
		body: { mail: newMail(), name_kana: 'サラニ　チガウ', reason: '改姓' } })).status, 200);
	refused(await decide(second.session, early), 403, 'E-ACC-020');
	const late = await applied(first.session, { org_code: centre.institution() });
	refused(await decide(second.session, late), 403, 'E-ACC-020');
	assert.equal((await decide(other, late)).status, 200);
});

test('whoever takes on a third name takes the own accounts along, and the space is no difference', async () => {
	const [one, three] = [newMail(), newMail()];
	const first = await centre.clerk({ mail: one, name_kana: 'ソノイチ　ヒト' });
	const second = await centre.clerk({ mail: one, name_kana: 'ソノイチヒト' });
	const third = await centre.clerk({ mail: three, name_kana: 'ソノサン　ヒト' });
	assert.equal(persons(first, second), 1);
	const a = await applied(first.session, { org_code: centre.institution() });
	const { json } = await centre.admin.call('getUser', { path: { user_id: first.user_id } });
	assert.equal((await centre.admin.call('changeUser', { path: { user_id: first.user_id }, headers: { 'if-match': `"${json.version}"` },
		body: { mail: three, name_kana: 'ソノサンヒト', reason: '改姓' } })).status, 200);
	assert.equal(persons(first, second, third), 1);
	for (const who of [second, third]) {
		refused(await decide(who.session, a), 403, 'E-ACC-020');
		assert.equal((await who.session.call('getApplication', { path: { application_no: a.application_no } })).json.may_decide, false);
	}
	assert.equal((await decide(other, a)).status, 200);
});

test('every account of the operators is issued by the centre, which alone looks after them', async () => {
	const find = async () => (await maker.call('findOrganisations', { query: { org_code: 'OPS' } })).json.organisations[0];
	const before = await find();
	assert.equal(before.every_account, true);
	assert.ok(before.admins >= 1); // the sample's: not in the way
	const made = [];
	for (let i = 0; i < 2; i++) {
		const a = await applied(maker, { org_code: 'OPS' });
		const done = await decide(other, a);
		assert.equal(done.status, 200, done.text);
		made.push(done.json.issued_user_id);
	}
	assert.equal((await find()).admins, before.admins + 2);
	const path = { user_id: made[0] };
	const user = async () => (await centre.admin.call('getUser', { path })).json;
	assert.deepEqual([(await user()).role, (await user()).is_admin, (await user()).status], ['OP', false, 'TEMP']);
	const state = async (operation, by = centre.admin) => by.call('changeUserState', { path,
		headers: { 'if-match': `"${(await user()).version}"` }, body: { operation, reason: '試験のため' } });
	// Oneself, its colleague, another administrator: nobody but KC-A.
	const issued = await state('reissue');
	assert.equal(issued.status, 200, issued.text);
	const op = (await centre.login(made[0], issued.json.temporary_password)).made;
	const first = await op.call('changePassword', { body: { current_password: issued.json.temporary_password, new_password: GOOD } });
	assert.equal(first.status, 200, first.text);
	centre.take(op, first);
	assert.ok(!first.json.permissions.includes('listUsers') && first.json.roles.includes('OP'));
	refused(await op.call('listUsers'), 403, 'E-AUTH-004');
	refused(await op.call('createUser', { body: { name: '外　部', name_kana: 'ガイ　ブ', role: 'OP', mail: newMail() } }), 403, 'E-AUTH-004');
	refused(await state('disable', maker), 403, 'E-AUTH-004');
	refused(await state('disable', await centre.as('MU-A')), 404, 'E-AUTH-005');
	assert.ok((await centre.admin.call('listUsers', { query: { org_code: 'OPS', limit: 200 } })).json.users.some((u) => u.user_id === made[0]));
	for (const [operation, status] of [['suspend', 'SUSPENDED'], ['resume', 'TEMP'], ['disable', 'DISABLED'], ['delete', 'DELETED']])
		assert.equal((await state(operation)).json.user.status, status);
	refused(await op.call('getSession'), 401, 'E-AUTH-003');
	path.user_id = made[1];
	assert.equal((await state('delete')).status, 200);
	assert.equal((await find()).admins, before.admins);
});

test('two decisions at once are one', async () => {
	const a = await applied(maker, { org_code: centre.institution() });
	const answers = await Promise.all([decide(other, a), decide(centre.admin, a), decide(other, a)]);
	assert.deepEqual(answers.map((x) => x.status).sort(), [200, 409, 409],
		answers.map((x) => x.text).join());
	for (const lost of answers.filter((x) => x.status === 409))
		refused(lost, 409, 'E-ACC-021');
	assert.equal(value(inst, `SELECT COUNT(*) FROM account_user WHERE mail = '${a.mail}'`), '1');
});

test('what was not read is not decided', async () => {
	const a = await applied(maker, { org_code: centre.institution() });
	refused(await decide(other, a, { sha256: '0'.repeat(64) }), 409, 'E-ACC-005', '/sha256');
	refused(await decide(other, a, { sha256: 'abc' }), 422, 'E-VAL-002', '/sha256');
	refused(await decide(other, a, { sha256: undefined }), 422, 'E-VAL-001', '/sha256');
	refused(await decide(other, a, { decision: 'MAYBE' }), 422, 'E-VAL-011', '/decision');
	refused(await decide(other, a, { decision: 7 }), 422, 'E-VAL-004', '/decision');
	refused(await decide(other, { ...a, application_no: 'AP000000000' }), 404, 'E-AUTH-005');
});

test('a rejection says why and lets the organisation apply again', async () => {
	const code = centre.institution();
	const a = await applied(maker, { org_code: code });
	refused(await decide(other, a, { decision: 'REJECT' }), 422, 'E-VAL-001', '/comment');
	const done = await decide(other, a, { decision: 'REJECT', comment: '申請書の印影が不鮮明' });
	assert.equal(done.json.state, 'REJECTED', done.text);
	assert.equal(done.json.comment, '申請書の印影が不鮮明');
	assert.equal(centre.onboarding(code), '未申請');
	refused(await decide(other, a), 409, 'E-ACC-021');
	await applied(maker, { org_code: code });
});

test('an application runs out after seven days', async () => {
	const code = centre.institution();
	const a = await applied(maker, { org_code: code });
	const left = (Date.parse(a.expires_at) - Date.parse(a.made_at)) / 86_400_000;
	assert.equal(left, 7);
	sql(inst, `UPDATE account_application SET expires_us = 1 WHERE application_no = '${a.application_no}'`);
	refused(await decide(other, a), 409, 'E-ACC-021');
	const list = await maker.call('listApplications', { query: { state: 'EXPIRED', org_code: code } });
	assert.deepEqual(list.json.applications.map((x) => x.application_no), [a.application_no]);
	await applied(maker, { org_code: code }); // and the place is free
});

test('organisations that may not are refused', async () => {
	const ask = (change) => maker.call('createApplication', { body: application(change) });
	refused(await ask({ org_code: '1319990015' }), 422, 'E-VAL-010', '/org_code');
	refused(await ask({ org_code: luhn('479999999') }), 404, 'E-ACC-001', '/org_code');
	refused(await ask({ org_code: '131016' }), 409, 'E-ACC-002', '/org_code');
	refused(await ask({ org_code: 'MNP' }), 422, 'E-VAL-011', '/org_code');
	const closed = centre.institution();
	sql(inst, `UPDATE core_org SET valid_to = '2021-03-31' WHERE org_code = '${closed}'`);
	refused(await ask({ org_code: closed }), 422, 'E-VAL-012', '/org_code');
	const code = centre.institution();
	await applied(maker, { org_code: code });
	refused(await ask({ org_code: code }), 409, 'E-ACC-022', '/org_code');
	const both = await Promise.all([1, 2].map(() => 0).map(() => ask({ org_code: code })));
	assert.ok(both.every((x) => x.status === 409));
});

test('where the administrators are gone, the reason says so', async () => {
	const a = await applied(maker, { org_code: '011002', reason: 'NO_ADMIN' });
	const done = await decide(other, a, { decision: 'REJECT', comment: '試験' });
	assert.equal(done.status, 200, done.text);
	assert.equal(centre.onboarding('011002'), '利用中');
});

test('two applications for one organisation at once are one', async () => {
	const code = centre.institution();
	const all = await Promise.all([1, 2, 3].map(() => maker.call('createApplication', {
		body: application({ org_code: code }) })));
	assert.deepEqual(all.map((x) => x.status).sort(), [201, 409, 409], all.map((x) => x.text).join());
});

test('a body that is wrong is refused by field', async () => {
	const good = application({ org_code: centre.institution() });
	const ask = (change) => maker.call('createApplication', { body: { ...good, ...change } });
	refused(await ask({ name: 7 }), 422, 'E-VAL-004', '/name');
	refused(await ask({ name: 'あ'.repeat(41) }), 422, 'E-VAL-002', '/name');
	refused(await ask({ name_kana: '山田' }), 422, 'E-VAL-002', '/name_kana');
	refused(await ask({ mail: 'nowhere' }), 422, 'E-VAL-002', '/mail');
	refused(await ask({ mail: 'a@Mailinator.com' }), 422, 'E-VAL-002', '/mail');
	refused(await ask({ mail: null }), 422, 'E-VAL-001', '/mail');
	refused(await ask({ applied_on: dayFromToday(1) }), 422, 'E-VAL-003', '/applied_on');
	refused(await ask({ applied_on: '2026-02-30' }), 422, 'E-VAL-003', '/applied_on');
	refused(await ask({ start_on: '2020-01-01' }), 422, 'E-VAL-003', '/start_on');
	refused(await ask({ reason: 'LOST' }), 422, 'E-VAL-011', '/reason');
	refused(await ask({ evidence: 'x'.repeat(201) }), 422, 'E-VAL-002', '/evidence');
	refused(await ask({ paper: 'yes' }), 422, 'E-VAL-004', '/paper');
	refused(await ask({ state: 'ISSUED' }), 422, 'E-VAL-005', '/state');
});

test('only the centre sees any of it', async () => {
	const a = await applied(maker, { org_code: centre.institution() });
	for (const role of ['MU-A', 'KR-A', 'OP']) {
		const stranger = await centre.as(role);
		refused(await stranger.call('createApplication', { body: application() }), 403, 'E-AUTH-004');
		refused(await stranger.call('listApplications'), 403, 'E-AUTH-004');
		refused(await stranger.call('findOrganisations'), 403, 'E-AUTH-004');
		refused(await decide(stranger, a), 403, 'E-AUTH-004');
	}
	refused(await centre.nobody().call('listApplications'), 401, 'E-AUTH-003');
});

test('the same Idempotency-Key asks and decides once', async () => {
	const headers = { 'idempotency-key': `apply-${process.pid}-${Date.now()}` };
	const body = application({ org_code: centre.institution() });
	const one = await maker.call('createApplication', { body, headers });
	const two = await maker.call('createApplication', { body, headers });
	assert.equal(one.status, 201, one.text);
	assert.equal(two.json.application_no, one.json.application_no);
	refused(await maker.call('createApplication', { body: { ...body, name: '別人' }, headers }), 422,
		'E-REQ-008');
	const again = { 'idempotency-key': `${headers['idempotency-key']}-d` };
	const first = await decide(other, one.json, {}, again);
	const second = await decide(other, one.json, {}, again);
	assert.equal(first.status, 200, first.text);
	assert.equal(second.json.issued_user_id, first.json.issued_user_id);
	const got = await subjects(inst, body.mail, 2);
	assert.ok(got === null || got.length === 2, String(got));
});

test('a letter is printed once', async () => {
	const mail = newMail();
	const a = await applied(maker, { org_code: centre.institution(), mail, paper: true });
	const path = { application_no: a.application_no };
	refused(await maker.call('printApplicationNotice', { path }), 404, 'E-AUTH-005'); // not yet issued
	const done = await decide(other, a);
	assert.equal(done.status, 200, done.text);
	const got = await subjects(inst, mail, 1);
	assert.ok(got === null || got.join() === 'ユーザIDのお知らせ', String(got)); // no password by mail
	const headers = { 'idempotency-key': `letter-${process.pid}-${Date.now()}` };
	const letter = await download(maker, 'printApplicationNotice', path, headers);
	assert.equal(letter.status, 200, letter.bytes.toString());
	assert.equal(letter.headers['content-type'], 'application/pdf');
	assert.match(letter.headers['content-disposition'], /^attachment; filename="notice-\d{9}\.pdf"$/);
	const text = pdfText(letter.bytes);
	assert.ok(text.includes('発行通知書') && text.includes(done.json.issued_user_id), text);
	const password = /仮パスワード\s+(\S{4}-\S{4}-\S{4}-\S{4})/.exec(text)[1];
	assert.equal((await centre.login(done.json.issued_user_id, password)).answer.status, 200);
	const replayed = await download(maker, 'printApplicationNotice', path, headers);
	assert.ok(replayed.bytes.equals(letter.bytes)); // the sender's own retry
	refused(await maker.call('printApplicationNotice', { path }), 410, 'E-ACC-023');
	assert.equal(value(inst, `SELECT COUNT(*) FROM account_notice n JOIN account_user u USING (actor_id)
		WHERE u.user_id = '${done.json.issued_user_id}' AND n.sealed IS NULL AND n.taken_us > 0`), '1');
});

test('a letter nobody printed is gone after its time', async () => {
	const a = await applied(maker, { org_code: centre.institution(), paper: true });
	const done = await decide(other, a);
	sql(inst, `UPDATE account_notice n JOIN account_user u USING (actor_id) SET n.expires_us = 1
		WHERE u.user_id = '${done.json.issued_user_id}'`);
	refused(await maker.call('printApplicationNotice', { path: { application_no: a.application_no } }),
		410, 'E-ACC-023');
});

test('who asked and who decided stand in the access log', async () => {
	const a = await applied(maker, { org_code: centre.institution() });
	await decide(other, a);
	const rows = sql(inst, `SELECT actor, operation FROM audit_event WHERE target_id = '${a.application_no}'
		AND ok = 1 ORDER BY at_us`).filter(([, operation]) => operation !== 'getApplication');
	assert.deepEqual(rows.map(([, operation]) => operation), ['createApplication', 'decideApplication']);
	assert.notEqual(rows[0][0], rows[1][0]);
	const [trace] = sql(inst, `SELECT trace_id FROM audit_event WHERE target_id = '${a.application_no}' AND operation = 'decideApplication' AND ok = 1`)[0];
	const also = sql(inst, `SELECT action, target_type FROM audit_event WHERE trace_id = '${trace}' ORDER BY seq`).map((x) => x.join(' '));
	assert.deepEqual(also.sort(), // APPROVE, SEND twice, CREATE
		 ['14 application', '16 mail:issued-id', '16 mail:issued-password', '6 user']);
});

test('applications are listed newest first, page by page', async () => {
	const seen = [];
	let after;
	for (let i = 0; i < 3; i++) {
		const { status, json } = await other.call('listApplications', { query: { limit: 2,
			...(after ? { after } : {}) } });
		assert.equal(status, 200);
		seen.push(...json.applications.map((x) => x.made_at));
		after = json.next;
	}
	assert.deepEqual(seen, [...seen].sort().reverse());
	const waiting = await other.call('listApplications', { query: { state: 'WAITING', limit: 200 } });
	assert.ok(waiting.json.applications.every((x) => x.state === 'WAITING'));
	const tasks = await other.call('getTasks');
	assert.equal(tasks.json.tasks.find((x) => x.kind === 'APPLICATIONS_WAITING').count,
		waiting.json.applications.filter((x) => x.may_decide).length);
});

test('a file of applications is checked by row and committed as a whole', async () => {
	const head = '組織コード,新しい組織の名称,新しい組織の名称カナ,都道府県コード,理由,氏名,氏名カナ,部署,'
		+ 'メールアドレス,電話,申請書の保管場所,申請日,利用開始予定日,書面で通知';
	const [one, two] = [centre.institution(), centre.institution()];
	const row = (code, change = '') => `${code},,,,FIRST,試験　管理者,シケン　カンリシャ,,${change || newMail()},,`
		+ `綴り1,${dayFromToday()},,false`;
	const bad = await upload(maker, 'account.applications', [head, row(one), row('131016'),
		row('1319990015'), row(two, 'nowhere'), row(one)]);
	assert.equal(bad.state, 'READY', JSON.stringify(bad));
	const faults = bad.faults.map((f) => [f.line, f.field, f.code]);
	assert.deepEqual(faults, [[3, 'org_code', 'E-ACC-002'], [4, 'org_code', 'E-VAL-010'],
		[5, 'mail', 'E-VAL-002'], [6, 'org_code', 'E-VAL-014']], JSON.stringify(bad.faults));

	const good = await upload(maker, 'account.applications', [head, row(one), row(two),
		`,海辺接種会場,ウミベセッシュカイジョウ,46,,試験　管理者,シケン　カンリシャ,,${newMail()},,,${dayFromToday()},,true`]);
	assert.equal(good.state, 'READY', JSON.stringify(good));
	const done = await commit(maker, good);
	assert.equal(done.state, 'DONE', JSON.stringify(done));
	const { json } = await other.call('listApplications', { query: { job_no: good.job_no } });
	assert.equal(json.applications.length, 3);
	assert.ok(json.applications.every((x) => x.may_decide && x.state === 'WAITING'));
	assert.equal(json.applications.filter((x) => x.org_type === 'NMI').length, 1);
	refused(await decide(maker, json.applications[0]), 403, 'E-ACC-020');
	const muni = await centre.as('MU-A');
	assert.equal((await muni.call('getJob', { path: { job_no: good.job_no } })).status, 404);
	assert.equal((await muni.call('startJob', { body: { kind: 'account.applications',
		filename: 'a.csv', bytes: 9 } })).status, 403);
});
