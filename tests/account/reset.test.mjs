// account: a new password by mail and the user IDs of an address (brief 13 H-1-5, H-1-6; A-09,
// the same answer for everybody, links that hold once, for half an hour, the latest only.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { sql, value } from '../support/database.mjs';
import { hasMailbox, mails } from '../support/mail.mjs';
import { instance, sleep } from '../support/yobo.mjs';
import { GOOD, People, bare, codeOf, newToken, refused, sha256Hex, told,
	wrongCode } from './people.mjs';

const inst = instance();
const people = new People(inst);
const NEW = 'Umi-no-Mieru-Oka5';

before(() => people.open());
after(() => people.close());

const actor = (user_id) => `(SELECT actor_id FROM account_user WHERE user_id = '${user_id}')`;
const ask = (body, who = people.nobody()) => who.call('requestReset', { body });
const finish = (body) => people.nobody().call('resetPassword', { body });

// A link as the timer makes it, without waiting for the mail.
function link(user_id, { kind = 'R', expires = Date.now() * 1000 + 60e6 } = {}) {
	const token = newToken();
	sql(inst, `INSERT INTO account_link (link_hash, kind, actor_id, expires_us)
		VALUES (UNHEX('${sha256Hex(token)}'), '${kind}', ${actor(user_id)}, ${expires})`);
	return token;
}

async function waiting() {
	for (let i = 0; i < 200; i++) {
		if (value(inst, 'SELECT COUNT(*) FROM account_request') === '0')
			return;
		await sleep(100);
	}
	throw new Error('the requests are not answered');
}

test('whatever is asked for, the answer is the same', async () => {
	const user = await people.active();
	const closed = await people.active();
	await people.setState(closed.user_id, 'disable');
	const answers = [
		await ask({ user_id: user.user_id, mail: user.mail }),
		await ask({ user_id: user.user_id, mail: 'somebody@example.jp' }),
		await ask({ user_id: '000000026', mail: user.mail }),
		await ask({ user_id: closed.user_id, mail: closed.mail }),
	];
	for (const a of answers) {
		assert.equal(a.status, 202, a.text);
		assert.equal(a.text, '{"accepted":true}');
		assert.equal(bare(a), bare(answers[0]));
		assert.deepEqual(Object.keys(a.headers).sort(), Object.keys(answers[0].headers).sort());
	}
	const notices = [];
	for (const body of [{ org_code: '131016', mail: user.mail }, { org_code: '131016', mail: 'x@example.jp' },
		{ org_code: '012025', mail: user.mail }])
		notices.push(await people.nobody().call('requestIdNotice', { body }));
	for (const a of notices)
		assert.deepEqual([a.status, a.text], [202, '{"accepted":true}']);
	refused(await people.nobody().call('requestIdNotice', { body: { org_code: '131017', mail: user.mail } }),
		422, 'E-VAL-010', '/org_code');
	refused(await ask({ user_id: user.user_id, mail: 'nowhere' }), 422, 'E-VAL-002', '/mail');
	refused(await ask({ user_id: user.user_id }), 422, 'E-VAL-001', '/mail');
	refused(await ask({ user_id: '1'.repeat(13), mail: user.mail }), 422, 'E-VAL-002', '/user_id');
	const words = value(inst, 'SELECT COALESCE(GROUP_CONCAT(HEX(words)), "") FROM account_request') ?? '';
	assert.ok(!words.includes(Buffer.from(user.mail).toString('hex').toUpperCase()), 'what was typed is sealed');
	await waiting();
});

test('five requests an hour for one name, whether it exists or not', async () => {
	const user = await people.active();
	for (const user_id of [user.user_id, '000000034']) {
		sql(inst, "DELETE FROM account_throttle WHERE name LIKE 'reset %'");
		for (let i = 0; i < 5; i++)
			assert.equal((await ask({ user_id, mail: 'x@example.jp' })).status, 202);
		const more = await ask({ user_id, mail: user.mail });
		refused(more, 429, 'E-AUTH-010');
		assert.ok(Number(more.headers['retry-after']) > 3500);
	}
	const from = people.nobody({ from: '127.78.1.1' });
	assert.equal((await ask({ user_id: '000000042', mail: 'x@example.jp' }, from)).status, 202);
	sql(inst, "UPDATE account_throttle SET n = 100000000 WHERE name = 'mail from 127.78.1.1'");
	refused(await ask({ user_id: '000000042', mail: 'x@example.jp' }, from), 429, 'E-AUTH-010');
	refused(await from.call('requestIdNotice', { body: { org_code: '131016', mail: 'x@example.jp' } }),
		429, 'E-AUTH-010');
	assert.equal((await ask({ user_id: '000000042', mail: 'x@example.jp' },
		people.nobody({ from: '127.78.1.2' }))).status, 202);
	const kept = sql(inst, "SELECT name FROM account_throttle WHERE name LIKE 'reset %'").flat();
	assert.ok(kept.length > 0 && kept.every((name) => /^reset [0-9a-f]{32}$/.test(name)), kept.join());
	await waiting();
});

test('a link sets a password once, unlocks, ends every session and forgets browsers', async () => {
	const user = await people.active();
	for (let i = 0; i < 5; i++)
		await people.login(user.user_id, `Wrong-Password-${i}`);
	refused((await people.login(user.user_id, GOOD)).answer, 423, 'E-AUTH-002');
	const token = link(user.user_id);
	const check = await people.nobody().call('checkReset', { body: { token } });
	assert.equal(check.status, 200, check.text);
	assert.equal(check.json.factor, false);
	assert.deepEqual(check.json.password_rules.profiles, ['a02']);
	for (const bad of ['Short-1a', 'onlysmallletters', 'Constantinople1!', GOOD, user.user_id])
		refused(await finish({ token, new_password: bad }), 422, 'E-ACC-006', '/new_password');
	const done = await finish({ token, new_password: NEW });
	assert.equal(done.status, 204, done.text);
	assert.equal(done.headers['set-cookie'], undefined); // nobody is logged in by a mail
	refused(await finish({ token, new_password: 'Mori-no-Naka-7x' }), 410, 'E-ACC-007');
	refused(await people.nobody().call('checkReset', { body: { token } }), 410, 'E-ACC-007');
	const ended = await user.session.call('getSession');
	refused(ended, 401, 'E-AUTH-003');
	assert.match(ended.json.detail, /パスワードが変更された/);
	assert.equal(value(inst, `SELECT COUNT(*) FROM account_device WHERE actor_id = ${actor(user.user_id)}`), '0');
	refused((await people.login(user.user_id, GOOD)).answer, 401, 'E-AUTH-001');
	assert.equal((await people.login(user.user_id, NEW)).answer.status, 200);
	if (hasMailbox(inst))
		await told(inst, { to: user.mail, about: /再設定しました/ });
});

test('of two who use a link at the same moment one wins', async () => {
	const user = await people.active();
	const token = link(user.user_id);
	const answers = await Promise.all([NEW, 'Mori-no-Naka-7x'].map((new_password) =>
		finish({ token, new_password })));
	assert.deepEqual(answers.map((a) => a.status).sort(), [204, 410]);
});

test('links end with the password, the address and the state they were sent for', async () => {
	const user = await people.active();
	const open = () => value(inst, `SELECT COUNT(*) FROM account_link WHERE actor_id = ${actor(user.user_id)}`);
	const path = { user_id: user.user_id };
	const change = async (body) => {
		const { json } = await people.admin.call('getUser', { path });
		const done = await people.admin.call('changeUser', { path, body: { ...body, reason: '試験のため' },
			headers: { 'if-match': `"${json.version}"` } });
		assert.equal(done.status, 200, done.text);
	};
	const two = () => [link(user.user_id), link(user.user_id, { kind: 'M' })];
	let [token] = two();
	await change({ department: '健康課' });
	assert.equal(open(), '2');
	await change({ mail: `fresh${Date.now()}@example.jp` });
	refused(await finish({ token, new_password: NEW }), 410, 'E-ACC-007');
	assert.equal(open(), '0');
	[token] = two();
	assert.equal((await user.session.call('changePassword', { body: { current_password: GOOD,
		new_password: 'Yama-no-Michi-1' } })).status, 200);
	refused(await finish({ token, new_password: NEW }), 410, 'E-ACC-007');
	assert.equal(open(), '0');
	two();
	assert.equal((await people.setState(user.user_id, 'reissue')).status, 200);
	assert.equal(open(), '0');
});

test('links that are too old, of another kind, of another or a closed user do nothing', async () => {
	const user = await people.active();
	const other = await people.active();
	const unknown = await finish({ token: newToken(), new_password: NEW });
	refused(unknown, 410, 'E-ACC-007');
	const closed = await people.active();
	const closedToken = link(closed.user_id);
	await people.setState(closed.user_id, 'disable');
	for (const token of [link(user.user_id, { expires: 1 }), link(user.user_id, { kind: 'M' }), closedToken]) {
		const answer = await finish({ token, new_password: NEW });
		refused(answer, 410, 'E-ACC-007');
		assert.equal(bare(answer), bare(unknown));
	}
	refused(await people.nobody().call('confirmMail', { body: { token: link(user.user_id) } }), 410, 'E-ACC-007');
	// A link says whose password it is; nothing else of the request does.
	assert.equal((await finish({ token: link(other.user_id), new_password: NEW })).status, 204);
	assert.equal((await people.login(user.user_id, GOOD)).answer.status, 200);
	refused(await finish({ token: 'short', new_password: NEW }), 422, 'E-VAL-002', '/token');
	refused(await finish({ token: newToken(), new_password: NEW, user_id: user.user_id }), 422, 'E-VAL-005');
});

test('who has a second factor needs it for a reset too, and a link does not stand much guessing', async () => {
	const user = await people.enrolled();
	const token = link(user.user_id);
	assert.equal((await people.nobody().call('checkReset', { body: { token } })).json.factor, true);
	refused(await finish({ token, new_password: NEW }), 422, 'E-VAL-001', '/code');
	for (let i = 0; i < 3; i++)
		refused(await finish({ token, new_password: NEW, code: wrongCode(user.secret) }), 401, 'E-AUTH-006');
	const other = link(user.user_id);
	people.forgetStep(user.user_id);
	assert.equal((await finish({ token: other, new_password: NEW, code: codeOf(user.secret) })).status, 204);
	const third = await people.enrolled();
	const guessed = link(third.user_id);
	for (let i = 0; i < 5; i++)
		refused(await finish({ token: guessed, new_password: NEW, code: wrongCode(third.secret) }), 401, 'E-AUTH-006');
	people.forgetStep(third.user_id);
	refused(await finish({ token: guessed, new_password: NEW, code: codeOf(third.secret) }), 410, 'E-ACC-007');
	refused((await people.login(third.user_id, NEW)).answer, 401, 'E-AUTH-001');
});

test('the mail brings the link, the latest only', { skip: !hasMailbox(inst) }, async () => {
	const user = await people.active();
	const tokenOf = (mail) => mail.text.match(/\/reset#([\w-]{43})\n/)[1];
	assert.equal((await ask({ user_id: user.user_id, mail: user.mail.toUpperCase() })).status, 202);
	const first = await told(inst, { to: user.mail, about: /再設定のご案内/ });
	assert.match(first.text, /30分以内/);
	assert.ok(!first.text.includes(user.user_id)); // ID and way in go apart
	assert.equal((await ask({ user_id: user.user_id, mail: user.mail })).status, 202);
	const second = await told(inst, { to: user.mail, about: /再設定のご案内/, n: 2 });
	refused(await finish({ token: tokenOf(first), new_password: NEW }), 410, 'E-ACC-007');
	assert.equal((await finish({ token: tokenOf(second), new_password: NEW })).status, 204);
	assert.equal((await people.login(user.user_id, NEW)).answer.status, 200);
	assert.notEqual(value(inst, `SELECT mail_verified_us FROM account_user WHERE user_id = '${user.user_id}'`), 'NULL');
});

test('who cannot be helped is told to ask the administrator, an unknown address gets no mail', { skip: !hasMailbox(inst) }, async () => {
	const temp = await people.temp();
	const stranger = `s${Date.now()}@example.jp`;
	await ask({ user_id: temp.user_id, mail: temp.mail });
	await ask({ user_id: temp.user_id, mail: stranger });
	const mail = await told(inst, { to: temp.mail, about: /再設定できません/ });
	assert.match(mail.text, /管理者/);
	assert.equal(value(inst, `SELECT COUNT(*) FROM account_link WHERE actor_id = ${actor(temp.user_id)}`), '0');
	await waiting();
	assert.equal(mails(inst, { to: stranger }).length, 0);
});

test('the IDs of an address are told, of that organisation, names masked', { skip: !hasMailbox(inst) }, async () => {
	const mail = `shared${Date.now()}@example.jp`;
	const one = await people.active({ mail });
	const two = await people.temp({ mail, name: '山田　花子' });
	const gone = await people.temp({ mail });
	await people.setState(gone.user_id, 'delete');
	await people.nobody().call('requestIdNotice', { body: { org_code: '131016', mail } });
	const notice = await told(inst, { to: mail, about: /】ユーザIDのお知らせ/ });
	assert.ok(notice.text.includes(`${one.user_id}（試＊＊＊、最終ログイン 20`), notice.text);
	assert.ok(notice.text.includes(`${two.user_id}（山＊＊＊、最終ログイン なし）`));
	assert.ok(!notice.text.includes(gone.user_id));
	assert.ok(!notice.text.includes('花子'));
});

test('requests and their outcome stand in the access log, without the address', async () => {
	const user = await people.active();
	const count = (where) => Number(value(inst, `SELECT COUNT(*) FROM audit_event WHERE ${where}`));
	const asked = "operation = 'requestReset' AND target_type = 'request'";
	const before = count(asked);
	await ask({ user_id: user.user_id, mail: user.mail });
	await ask({ user_id: '000000059', mail: user.mail });
	await waiting();
	assert.equal(count(asked), before + 2);
	assert.ok(count(`target_type = 'user' AND target_id = '${user.user_id}' AND operation LIKE '%answer-requests'`) >= 1);
	assert.ok(count("target_type = 'reset' AND target_id = 'unknown'") >= 1);
	assert.equal(count(`LOCATE('${user.mail}', rec) > 0`), 0);
});
