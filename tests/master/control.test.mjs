// Masters that steer the programs (vaccination brief 13, H-8-6): M43 and M55 set numbers of the
// areas, M42 closes operations to a role, and nobody locks NHIC out.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { sql, value } from '../support/database.mjs';
import { instance, luhn, sleep, staff } from '../support/yobo.mjs';
import { approve, approved, clock, come, create, day, drop, good, on, pending, refused, rollback, row, second, submit, withdraw } from './masters.mjs';

const inst = instance();
const opened = [];
const keep = (caller) => { opened.push(caller); return caller; };
let kcA, kcA2, kcA3, kcS, op, muA, muV;

const p = (key, v, more = {}) => ({ key, value: v, security: 'N', ...more });
const set = (key, v, more) => [row('NEW', p(key, v, more))];
const made = []; // what is ended again: [master, key columns]

before(async () => {
	clock(inst);
	[kcA, kcS, op, muA, muV] = (await Promise.all([{ role: 'KC-A' }, { role: 'KC-S' }, { role: 'OP' },
		{ org_code: '131016', role: 'MU-A' }, { role: 'MU-V' }].map((w) => staff(inst, w)))).map(keep);
	kcA2 = keep(await second(inst, { role: 'KC-A' }));
	kcA3 = keep(await second(inst, { role: 'KC-A' }));
});
after(async () => {
	// What a failed test has left would decide about others.
	sql(inst, "DELETE FROM core_parameter; DELETE FROM core_permission");
	for (const [master, key] of made) {
		const rest = `FROM master_version AS v JOIN master_key AS k ON k.key_id = v.key_id WHERE k.master = '${master}' AND k.key_text = '${key}'`;
		sql(inst, `UPDATE master_version SET status = 'EXPIRED', pending = NULL WHERE version_id IN
			(SELECT version_id FROM (SELECT v.version_id ${rest} AND v.status IN ('PENDING', 'APPROVED', 'EFFECTIVE')) AS x)`);
	}
	await sleep(1500);
	opened.forEach((c) => c.close());
});

const parameter = async (key) => good(await kcA.call('listParameters')).parameters.find((x) => x.key === key);

// Every worker looks once a second; a pool has several.
async function within(seconds, what) {
	for (let i = 0; i < seconds * 10; i++) {
		if (await what())
			return true;
		await sleep(100);
	}
	return false;
}

// Whichever worker answers, twelve times in a row.
async function everywhere(what) {
	let row = 0;
	return within(11, async () => (row = await what() ? row + 1 : 0) === 12);
}

test('numbers of all areas are listed with their ranges, texts and the core\'s are not', async () => {
	const all = good(await kcA.call('listParameters')).parameters;
	const search = all.find((x) => x.key === 'record.search_limit');
	assert.deepEqual([search.value, search.configured, search.min, search.max, search.security], ['100', '100', 1, 1000, false]);
	assert.equal(all.find((x) => x.key === 'account.password_min').security, true);
	for (const key of ['master.receive_certs', 'master.receive_dir', 'core.step_up', 'core.rate_per_minute', 'record.citizen_origin'])
		assert.ok(!all.some((x) => x.key === key), key);
	good(await op.call('listParameters'));
	refused(await muA.call('listParameters'), 403, 'E-AUTH-004');
});

test('a dry run knows the key and its range', async () => {
	const send = (key, v, more) => create(kcS, 'M43', { valid_from: day(0), rows: set(key, v, more) });
	refused(await send('record.no_such', 1), 422, 'E-VAL-011', '/rows/0/key');
	refused(await send('search_limit', 1), 422, 'E-VAL-011', '/rows/0/key');
	refused(await send('master.receive_dir', '/etc'), 422, 'E-VAL-011', '/rows/0/key');
	refused(await send('core.step_up', 3600), 422, 'E-VAL-011', '/rows/0/key');
	const out = await send('record.search_limit', 1001);
	refused(out, 422, 'E-VAL-006', '/rows/0/value');
	assert.match(out.json.detail, /1以上1000以下/);
	refused(await send('record.search_limit', 0), 422, 'E-VAL-006', '/rows/0/value');
	for (const bad of ['', ' 5', '5 ', '+5', '05', '5.0', '0x10', '１０', '1e2', '99999999999999999999'])
		assert.equal((await send('record.search_limit', bad)).status, 422, JSON.stringify(bad));
	refused(await send('record.search_limit', 50, { min: 60 }), 422, 'E-VAL-006', '/rows/0/value');
	refused(await send('record.search_limit', 50, { max: 1001 }), 422, 'E-VAL-006', '/rows/0/max');
	refused(await send('record.search_limit', 50, { min: 90, max: 80 }), 422, 'E-VAL-006', '/rows/0/max');
	refused(await send('account.idle_warn_last', 15, { security: 'Y' }), 422, 'E-VAL-013', '/rows/0/value');
	refused(await send('account.password_min', 8), 422, 'E-VAL-013', '/rows/0/security');
});

test('a parameter counts at once in every worker, is rolled back, and has one master', async () => {
	const key = 'record.search_limit';
	made.push(['M43', key], ['M55', key]);
	const c = await approved(kcS, kcA, 'M43', { valid_from: day(0), rows: set(key, 2) });
	assert.equal(c.status, 'EFFECTIVE');
	assert.ok(await everywhere(async () => (await parameter(key)).value === '2'));
	assert.equal((await parameter(key)).configured, '100');
	const found = await muA.call('searchSubjects', { body: { purpose: '01', name_kana: 'ヤ' } });
	assert.ok(found.status !== 200 || found.json.items.length <= 2, found.text);

	const twice = good(await create(op, 'M55', { valid_from: day(0), ticket_no: 'CHG-9', rows: set(key, 9) }), 201);
	refused(await submit(op, twice), 409, 'E-MST-001', `/rows/${key}`);
	assert.equal((await drop(op, twice)).status, 204);

	sql(inst, "UPDATE core_session SET stepped_up_us = UNIX_TIMESTAMP() * 1000000 WHERE role = 'KC-A'");
	assert.equal(good(await rollback(kcA2, c)).status, 'ROLLED_BACK');
	assert.ok(await within(10, async () => (await parameter(key)).value === '100'));
});

test('a parameter counts from its day on, and ends on its day', async () => {
	const key = 'master.send_attempts';
	made.push(['M55', key]);
	const c = await approved(op, kcA, 'M55', { valid_from: day(3), ticket_no: 'CHG-1', rows: set(key, 7) });
	assert.equal(c.status, 'APPROVED');
	clock(inst);
	await sleep(1500);
	assert.equal((await parameter(key)).value, '3');
	come(inst, c.change_id, day(0));
	clock(inst);
	assert.ok(await within(10, async () => (await parameter(key)).value === '7'));
	await approved(op, kcA, 'M55', { valid_from: day(0), ticket_no: 'CHG-2', rows: [row('END', { key })] });
	assert.ok(await within(10, async () => (await parameter(key)).value === '3'));
});

test('what stands in the table without a master is used only within the range', async () => {
	sql(inst, "INSERT INTO core_parameter VALUES ('record.bulk_limit', '99999999'), ('record.bulk_days', 'abc'), ('master.receive_dir', '/etc')");
	await sleep(2500);
	assert.equal((await parameter('record.bulk_limit')).value, '1000');
	assert.equal((await parameter('record.bulk_days')).value, '7');
	sql(inst, 'DELETE FROM core_parameter');
});

// ---- M42 ----

const closing = (role, fn, action, allowed = 'N') => ({ role, function: fn, action, allowed });
const m42 = (values, opName = 'NEW', from = day(0)) => ({ valid_from: from, rows: [row(opName, values)] });

test('M42 names what the route table gives, and never opens more', async () => {
	const send = (v) => create(kcS, 'M42', m42(v));
	refused(await send(closing('MU-V', 'H-99', '*')), 422, 'E-VAL-011', '/rows/0/function');
	refused(await send(closing('MU-V', 'H-3-2', 'FLY')), 422, 'E-VAL-011', '/rows/0/function');
	refused(await send(closing('MU-V', 'H-1-4', '*', 'Y')), 422, 'E-VAL-013', '/rows/0/role');
	refused(await send(closing('KC-S', 'H-3-2', '*', 'Y')), 422, 'E-VAL-013', '/rows/0/role');
	refused(await send(closing('XX-A', 'H-3-2', '*')), 422, 'E-VAL-013', '/rows/0/role');
	refused(await send(closing('MU-V', 'H-1-9', '*')), 422, 'E-VAL-013', '/rows/0/role'); // open to everybody
});

test('NHIC cannot lock itself out', async () => {
	for (const fn of ['H-8-1', 'H-8-6', 'H-1-1', 'H-1-4'])
		for (const action of ['*', 'APPROVE', 'CREATE', 'LIST', 'VIEW']) {
			const answer = await create(kcS, 'M42', m42(closing('KC-A', fn, action)));
			assert.ok(answer.status === 409 ? answer.json.error_id === 'E-ACC-003' : answer.json.error_id === 'E-VAL-011', answer.text);
		}
	const nhic = sql(inst, "SELECT org_code, name, name_kana, valid_from FROM core_org WHERE org_type = 'NHIC'")[0];
	const org = { org_code: nhic[0], org_type: 'NHIC', name: nhic[1], name_kana: nhic[2] ?? 'ホンブ', opens_on: '2020-04-01', onboarding: '利用中' };
	const known = await on(kcA, 'M41', org.org_code);
	for (const wrong of [{ closes_on: day(30) }, { onboarding: '停止' }, { opens_on: day(90) }]) {
		const c = good(await create(kcS, 'M41', { valid_from: day(0), rows: [row(known ? 'REVISE' : 'NEW', { ...org, ...wrong })] }), 201);
		refused(await submit(kcS, c), 409, 'E-ACC-003', `/rows/${org.org_code}`);
		assert.equal((await drop(kcS, c)).status, 204);
	}
	const limited = good(await create(kcS, 'M41', { valid_from: day(0), rows: [row(known ? 'REVISE' : 'NEW', org, { valid_to: day(9) })] }), 201);
	refused(await submit(kcS, limited), 409, 'E-ACC-003');
	assert.equal((await drop(kcS, limited)).status, 204);
	if (!known) {
		const first = await approved(kcS, kcA, 'M41', { valid_from: day(0), rows: [row('NEW', org)] });
		sql(inst, "UPDATE core_session SET stepped_up_us = UNIX_TIMESTAMP() * 1000000 WHERE role = 'KC-A'");
		good(await rollback(kcA, first));
		assert.equal(value(inst, `SELECT COALESCE(valid_to, 'open') FROM core_org WHERE org_code = '${org.org_code}'`), 'open', 'nobody is locked out');
	}
	const disguised = good(await create(kcS, 'M41', { valid_from: day(0), rows: [row(known ? 'REVISE' : 'NEW', { ...org, org_type: 'OPS', closes_on: day(1) })] }), 201);
	refused(await submit(kcS, disguised), 409, 'E-ACC-003');
	assert.equal((await drop(kcS, disguised)).status, 204);
});

test('an organisation that ends before it opens stops nothing', async () => {
	const org_code = luhn(`137${String(Date.now()).slice(-6)}`);
	const org = { org_code, org_type: 'OPS', name: '開かない組織', name_kana: 'ヒラカナイソシキ', opens_on: day(90), onboarding: '未申請' };
	const made_ = await approved(kcS, kcA, 'M41', { valid_from: day(0), rows: [row('NEW', org)] });
	const ended = await approved(kcS, kcA, 'M41', { valid_from: day(1), rows: [row('END', { org_code })] });
	come(inst, ended.change_id, day(0));
	clock(inst);
	assert.equal(good(await kcS.call('getMasterChange', { path: { change_id: ended.change_id } })).status, 'EFFECTIVE');
	assert.ok(value(inst, `SELECT valid_to FROM core_org WHERE org_code = '${org_code}'`) < day(0));
	assert.equal(good(await kcS.call('getMasterChange', { path: { change_id: made_.change_id } })).status, 'EFFECTIVE');
});

test('two approve; the difference says who loses what; the role loses it at its next request, and gets it back', async () => {
	const values = closing('MU-V', 'H-3-2', 'LIST');
	made.push(['M42', 'MU-V|H-3-2|LIST']);
	const before_ = good(await muV.call('getSession')).permissions;
	const c = await pending(kcS, 'M42', m42(values));
	assert.equal(c.need_own, 2);
	const { permissions } = good(await kcA.call('getMasterImpact', { path: { change_id: c.change_id } }));
	assert.ok(permissions.length > 0);
	assert.ok(permissions.every((x) => x.role === 'MU-V' && x.function === 'H-3-2' && x.action === 'LIST' && x.effect === 'LOSES'));
	assert.deepEqual(permissions.map((x) => x.operation).filter((id) => !before_.includes(id)), []);
	refused(await approve(kcS, c), 403, 'E-AUTH-004');
	assert.equal(good(await approve(kcA, c)).status, 'PENDING');
	refused(await approve(kcA, c), 409, 'E-MST-005');
	assert.equal(good(await approve(kcA2, c)).status, 'EFFECTIVE');
	const lost = permissions.map((x) => x.operation);
	assert.ok(await everywhere(async () => !good(await muV.call('getSession')).permissions.includes(lost[0])));
	const now = good(await muV.call('getSession')).permissions;
	assert.deepEqual(before_.filter((id) => !now.includes(id)).sort(), [...lost].sort());
	for (const id of lost.filter((x) => x === 'searchSubjects'))
		for (let i = 0; i < 6; i++)
			refused(await muV.call(id, { body: { purpose: '01', name_kana: 'ヤ' } }), 403, 'E-AUTH-004');
	assert.ok(good(await muA.call('getSession')).permissions.includes(lost[0]), 'other roles keep it');

	const back = await pending(kcS, 'M42', m42({ ...values, allowed: 'Y' }, 'REVISE'));
	const gain = good(await kcA.call('getMasterImpact', { path: { change_id: back.change_id } })).permissions;
	assert.deepEqual(gain.map((x) => [x.operation, x.effect]), lost.map((id) => [id, 'GAINS']));
	good(await approve(kcA, back));
	assert.equal(good(await approve(kcA3, back)).status, 'EFFECTIVE');
	assert.ok(await within(10, async () => good(await muV.call('getSession')).permissions.includes(lost[0])));
	assert.equal(value(inst, "SELECT COUNT(*) FROM core_permission WHERE allowed = 0"), '0');
});

test('a row in the table opens nothing to a role the route table does not name', async () => {
	sql(inst, "INSERT INTO core_permission VALUES ('MU-V', 'H-1-4', '*', 1), ('KC-S', 'H-3-2', '*', 1)");
	await sleep(2500);
	refused(await muV.call('listUsers'), 403, 'E-AUTH-004');
	sql(inst, 'DELETE FROM core_permission');
});

test('a calendar\'s working days are those of M44', async () => {
	const krS = keep(await staff(inst, { role: 'KR-S' }));
	// A Wednesday far away, in a month of its own.
	let at = 700 + Math.floor(Math.random() * 20000);
	while (new Date(`${day(at)}T00:00:00Z`).getUTCDay() !== 3 || Number(day(at).slice(8)) > 20)
		at++;
	const line = { pref_code: '13', target_month: day(at).slice(0, 7), close_on: day(at), check_on: day(at + 1), pay_on: day(at + 5) };
	const send = () => create(krS, 'M32', { valid_from: day(1), rows: [row('NEW', line)] });
	const free = good(await send(), 201);
	assert.equal((await drop(krS, free)).status, 204);
	const holiday = await approved(kcS, kcA, 'M44', { valid_from: day(0), rows: [row('NEW', { date: day(at + 1), name: '見本の休日' })] });
	refused(await send(), 422, 'E-VAL-003', '/rows/0/check_on');
	sql(inst, "UPDATE core_session SET stepped_up_us = UNIX_TIMESTAMP() * 1000000 WHERE role = 'KC-A'");
	good(await rollback(kcA, holiday));
	assert.equal((await drop(krS, good(await send(), 201))).status, 204);
	const wait = await pending(kcS, 'M44', { valid_from: day(0), rows: [row('NEW', { date: day(at + 1), name: '見本の休日' })] });
	assert.equal((await drop(krS, good(await send(), 201))).status, 204, 'a holiday that waits is none');
	good(await withdraw(kcS, wait));
});
