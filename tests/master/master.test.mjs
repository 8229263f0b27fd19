// Masters (vaccination brief 13, H-8-1 to H-8-6, H-8-9): every state, every approver, races,
// what counts on which day. Runs against a live instance.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';

import { sql, value } from '../support/database.mjs';
import { client, instance, machine, staff } from '../support/yobo.mjs';
import { approve, approved, clock, come, create, day, drop, forgetLots, good, history, on, pending, read, refused, reject,
	replace, rollback, row, rows, second, submit, tag, withdraw } from './masters.mjs';

const inst = instance();
const opened = [];
const keep = (caller) => { opened.push(caller); return caller; };
const TOMORROW = day(1);
const FAR = day(30);
let muA, muA2, muS, muV, otherA, kcA, kcS, kcA2, mhA, mhS, mhA2, krA, krS, miA, op;

const fee = (band, more = {}) => ({ muni_code: '131016', vaccine_code: 'MR', age_band: band, exec_class: 1, place_class: 1,
	price_yen: 12000, self_pay_yen: 0, tax_class: '課税', ...more });
const feeKey = (band) => `131016|MR|${band}|1|1`;
const m03 = (rowsOf, more = {}) => ({ valid_from: TOMORROW, reason: '試験', rows: rowsOf, ...more });

before(async () => {
	clock(inst); // what is shipped is in
	const wanted = [{ org_code: '131016', role: 'MU-A' }, { org_code: '131016', role: 'MU-S' }, { role: 'MU-V' },
		{ org_code: '011002', role: 'MU-A' }, { role: 'KC-A' }, { role: 'KC-S' }, { role: 'MH-A' }, { role: 'MH-S' },
		{ role: 'KR-A' }, { role: 'KR-S' }, { role: 'MI-A' }, { role: 'OP' }];
	[muA, muS, muV, otherA, kcA, kcS, mhA, mhS, krA, krS, miA, op] =
		(await Promise.all(wanted.map((w) => staff(inst, w)))).map(keep);
	muA2 = keep(await second(inst, { org_code: '131016', role: 'MU-A' }));
	mhA2 = keep(await second(inst, { role: 'MH-A' }));
	kcA2 = keep(await second(inst, { role: 'KC-A' }));
});
after(() => {
	opened.forEach((c) => c.close());
	forgetLots(inst);
});

// ---- reading ----

test('everybody sees the masters and their columns, few see the inner ones', async () => {
	const { masters } = good(await muS.call('listMasters'));
	const m = masters.find((t) => t.id === 'M03');
	assert.deepEqual([m.name, m.can_edit, m.can_approve, m.earliest], ['委託料・自己負担額', true, false, 'tomorrow']);
	assert.deepEqual(m.columns.filter((c) => c.key).map((c) => c.name),
		['muni_code', 'vaccine_code', 'age_band', 'exec_class', 'place_class']);
	assert.ok(!masters.some((t) => ['M42', 'M43', 'M55'].includes(t.id)));
	assert.ok(good(await kcA.call('listMasters')).masters.some((t) => t.id === 'M42'));
	refused(await muS.call('listMasterRows', { path: { master: 'M43' } }), 403, 'E-AUTH-004');
	refused(await muS.call('listMasterRows', { path: { master: 'M99' } }), 404, 'E-AUTH-005');
});

test('what is shipped counts, page by page, with kana found in any width', async () => {
	assert.equal(value(inst, "SELECT n_rows FROM master_change WHERE master = 'M53B' AND kind = 'SHIPPED' AND status = 'EFFECTIVE'"), '28944');
	let after;
	const keys = [];
	do {
		const page = await rows(muV, 'M51', { limit: 500, ...(after ? { after } : {}) });
		keys.push(...page.rows.map((r) => r.key));
		after = page.next;
	} while (after);
	assert.equal(keys.length, 1916);
	assert.deepEqual(keys, [...keys].sort());
	const found = await rows(muV, 'municipalities', { q: 'ちよだ' });
	assert.ok(found.rows.some((r) => r.values.lg_code6 === '131016'), JSON.stringify(found.rows));
	assert.equal((await rows(muV, 'M51', { q: 'ﾁﾖﾀﾞ' })).rows.length, found.rows.length);
	const before2000 = await rows(muV, 'M51', { as_of: '1999-12-31' });
	assert.deepEqual(before2000.rows, []);
});

test('a list has an ETag that moves with what counts', async () => {
	const first = await muS.call('listMasterRows', { path: { master: 'M12' } });
	const again = await muS.call('listMasterRows', { path: { master: 'M12' }, headers: { 'if-none-match': first.headers.etag } });
	assert.equal(again.status, 304);
	await approved(mhS, mhA, 'M12', { valid_from: FAR, legal_ref: '政令第1号 2026-01-01', reason: '試験',
		rows: [row('REVISE', { code: 'FLU', note: tag() })] }).then((c) => withdraw(mhS, c));
	const moved = await muS.call('listMasterRows', { path: { master: 'M12' }, headers: { 'if-none-match': first.headers.etag } });
	assert.equal(moved.status, 200);
});

test('programs read a master by its word with master:read, and only with it', async () => {
	const hms = keep(machine(inst, { org_type: 'MUNI' }, 'master:read'));
	const page = good(await hms.call('getMaster', { path: { master: 'vaccines' }, query: { limit: 2 } }));
	assert.equal(page.master, 'M12');
	assert.equal(page.rows.length, 2);
	assert.equal(page.rows[0].values.code_status, 'INTERNAL');
	assert.ok(page.next);
	const poor = keep(await client(inst, { org_type: 'HMI' }, 'record:check', { mtls: true }));
	refused(await poor.call('getMaster', { path: { master: 'vaccines' } }), 403, 'E-TKN-005');
	refused(await hms.call('getMaster', { path: { master: 'M42' } }), 403, 'E-AUTH-004');
});

test('a file that is shipped anew moves what nobody has changed, and nothing else', async () => {
	const file = () => value(inst, "SELECT sha256 FROM master_source WHERE table_name = 'master_prefecture'");
	const known = file();
	const shipped = sql(inst, 'SELECT jis_code, lg_code6, name_ja, name_kana, name_en, iso3166_2, source FROM master_prefecture');
	const quoted = (v) => `'${v.replaceAll("'", "''")}'`;
	// As `yoboctl migrate` does: the table is emptied and filled, and remembers the file.
	const load = (list, sha256) => sql(inst, `START TRANSACTION; DELETE FROM master_prefecture; INSERT INTO master_prefecture (jis_code, lg_code6,
		name_ja, name_kana, name_en, iso3166_2, source) VALUES ${list.map((r) => `(${r.map(quoted).join(',')})`).join(',')};
		UPDATE master_source SET sha256 = '${sha256}' WHERE table_name = 'master_prefecture'; COMMIT`);
	const name = async (key) => (await on(muV, 'M52', key))?.values.name_en;
	const typed = (key) => value(inst, `SELECT name_en FROM master_prefecture WHERE jis_code = '${key}'`);
	const own = `Own ${tag()}`;
	await approved(op, kcA, 'M52', { valid_from: day(0), ticket_no: 'CHG-3', rows: [row('REVISE', { jis_code: '02', name_en: own })] });
	load([['00', '470007', '見本県', 'ミホンケン', 'Sample', 'JP-00', 'SAMPLE'], ...shipped.filter((r) => r[0] !== '47')
		.map((r) => (r[0] === '01' ? r.with(4, 'Ezo') : r))], 'f'.repeat(64));
	refused(await create(op, 'M52', { valid_from: day(0), ticket_no: 'CHG-4', rows: [row('REVISE', { jis_code: '03' })] }), 503, 'E-SYS-002');
	clock(inst);
	assert.deepEqual(await Promise.all(['00', '01', '02', '03', '47'].map(name)), ['Sample', 'Ezo', own, 'Iwate', undefined]);
	assert.deepEqual(['00', '01', '02', '47'].map(typed), ['Sample', 'Ezo', own, null]);
	load(shipped, known);
	clock(inst);
	assert.deepEqual(await Promise.all(['00', '01', '02', '47'].map(name)), [undefined, 'Hokkaido', own, 'Okinawa']);
	assert.deepEqual(['00', '01', '02', '47'].map(typed), [null, 'Hokkaido', own, 'Okinawa']);
	assert.equal(clock(inst).trim(), '', 'and then there is nothing to do');
});

// ---- from a draft to what counts ----

test('a fee is drafted, handed in, approved by another person, and counts from its day', async () => {
	const band = tag();
	const draft = good(await create(muS, 'M03', m03([row('NEW', fee(band))])), 201);
	assert.deepEqual([draft.status, draft.added, draft.rows[0].op], ['DRAFT', 1, 'NEW']);
	assert.equal(draft.rows[0].columns.find((c) => c.column === 'price_yen').new, '12000');
	assert.equal(await on(muV, 'M03', feeKey(band), TOMORROW), undefined);
	const handed = good(await submit(muS, draft));
	assert.equal(handed.status, 'PENDING');
	assert.match(handed.diff_hash, /^[0-9a-f]{64}$/);
	assert.equal(good(await read(muA, handed.change_id)).can_approve, true);
	assert.equal(good(await read(muS, handed.change_id)).can_approve, false);
	refused(await approve(muS, handed), 403, 'E-AUTH-004');
	const done = good(await approve(muA, handed, { comment: '確認した' }));
	assert.deepEqual([done.status, done.decided_user, done.approvals.length], ['APPROVED', muA.login.user_id, 1]);
	assert.equal(await on(muV, 'M03', feeKey(band)), undefined);
	assert.equal((await on(muV, 'M03', feeKey(band), TOMORROW)).values.price_yen, '12000');
	const seen = sql(inst, `SELECT action, target_id FROM audit_event WHERE target_type = 'master:M03' AND target_id = '${done.diff_hash}' AND ok = 1
		AND operation IN ('submitMasterChange', 'approveMasterChange') ORDER BY at_us`);
	assert.equal(seen.length, 2, 'handed in and approved stand in the log with the hash');
});

test('a revision takes over from its day; as-of reads see each version on its days', async () => {
	const band = tag();
	await approved(muS, muA, 'M03', m03([row('NEW', fee(band))]));
	const next = await approved(muS, muA, 'M03', m03([row('REVISE', { ...fee(band), price_yen: 13000 })], { valid_from: day(100) }));
	assert.deepEqual(next.rows[0].columns.map((c) => [c.column, c.old, c.new]), [['price_yen', '12000', '13000']]);
	await approved(muS, muA, 'M03', m03([row('END', { muni_code: '131016', vaccine_code: 'MR', age_band: band, exec_class: 1, place_class: 1 })],
		{ valid_from: day(200) }));
	const price = async (n) => (await on(muV, 'M03', feeKey(band), day(n)))?.values.price_yen;
	assert.deepEqual(await Promise.all([0, 1, 99, 100, 199, 200].map(price)), [undefined, '12000', '12000', '13000', '13000', undefined]);
	const versions = await history(muV, 'M03', feeKey(band));
	assert.deepEqual(versions.map((v) => [v.version_no, v.op, v.valid_from, v.valid_to]),
		[[3, 'END', day(200), null], [2, 'REVISE', day(100), day(199)], [1, 'NEW', TOMORROW, day(99)]]);
});

test('T26: overlap refused, second waiting change refused, no approval of one\'s own price', async () => {
	const band = tag();
	const first = await pending(muA, 'M03', m03([row('NEW', fee(band))]));
	refused(await approve(muA, first), 409, 'E-MST-005');
	const other = good(await create(muS, 'M03', m03([row('NEW', fee(band))])), 201);
	refused(await submit(muS, other), 409, 'E-MST-002', `/rows/${feeKey(band)}`);
	good(await approve(muA2, first));
	refused(await submit(muS, other), 409, 'E-MST-001', `/rows/${feeKey(band)}`);
	const inside = good(await create(muS, 'M03', m03([row('NEW', fee(band))], { valid_from: day(50) })), 201);
	refused(await submit(muS, inside), 409, 'E-MST-001');
	const before2 = good(await create(muS, 'M03', m03([row('NEW', fee(`${band}x`), { valid_to: day(10) })])), 201);
	good(await approve(muA, good(await submit(muS, before2))));
	good(await approve(muA, await pending(muS, 'M03', m03([row('NEW', fee(`${band}x`))], { valid_from: day(11) }))));
	const across = good(await create(muS, 'M03', m03([row('REVISE', fee(`${band}x`, { price_yen: 1 }))], { valid_from: day(5) })), 201);
	refused(await submit(muS, across), 409, 'E-MST-001', `/rows/${feeKey(`${band}x`)}`);
	for (const left of [other, inside, across])
		assert.equal((await drop(muS, left)).status, 204);
});

test('what was looked at is what is approved, once', async () => {
	const band = tag();
	const handed = await pending(muS, 'M03', m03([row('NEW', fee(band))]));
	refused(await approve(muA, { ...handed, diff_hash: 'ab'.repeat(32) }), 409, 'E-ACC-005', '/diff_hash');
	refused(await approve(muA, { ...handed, diff_hash: 'short' }), 422, 'E-VAL-002', '/diff_hash');
	const answers = await Promise.all([approve(muA, handed), approve(muA2, handed), approve(muA, handed)]);
	assert.deepEqual(answers.map((a) => a.status).sort(), [200, 409, 409]);
	assert.equal(value(inst, `SELECT COUNT(*) FROM master_approval WHERE change_id = ${handed.change_id}`), '1');
	refused(await reject(muA, handed), 409, 'E-ACC-005');
});

test('overlapping drafts handed in at the same moment: one waits, the others are refused', async () => {
	const band = tag();
	const drafts = await Promise.all([muS, muA, muA2, muS, muA].map(async (by) =>
		[by, good(await create(by, 'M03', m03([row('NEW', fee(band))])), 201)]));
	const answers = await Promise.all(drafts.map(([by, d]) => submit(by, d)));
	assert.deepEqual(answers.map((a) => a.status).sort(), [200, 409, 409, 409, 409], answers.map((a) => a.text).join());
	assert.equal(value(inst, `SELECT COUNT(*) FROM master_version v JOIN master_key k USING (key_id) WHERE k.key_text = '${feeKey(band)}' AND v.pending = 1`), '1');
});

test('a draft is changed with If-Match, withdrawn, rejected; nobody moves a decided one', async () => {
	const band = tag();
	const draft = good(await create(muS, 'M03', m03([row('NEW', fee(band))])), 201);
	const changed = good(await replace(muS, draft, m03([row('NEW', fee(band, { price_yen: 500 })), row('NEW', fee(`${band}2`))])));
	assert.equal(changed.rows_count, 2);
	refused(await replace(muS, draft, m03([row('NEW', fee(band))])), 412, 'E-ACC-005');
	refused(await muS.call('submitMasterChange', { path: { change_id: draft.change_id } }), 428, 'E-REQ-007');
	const handed = good(await submit(muS, changed));
	refused(await replace(muS, handed, m03([row('NEW', fee(band))])), 409, 'E-ACC-005');
	const back = good(await reject(muA, handed, '単価が違います'));
	assert.deepEqual([back.status, back.decided_text], ['REJECTED', '単価が違います']);
	refused(await approve(muA, handed), 409, 'E-ACC-005');
	refused(await withdraw(muS, handed), 409, 'E-ACC-005');
	const second2 = await pending(muS, 'M03', m03([row('NEW', fee(band))]));
	assert.equal(good(await withdraw(muS, second2)).status, 'WITHDRAWN');
	const third = await approved(muS, muA, 'M03', m03([row('NEW', fee(band))]));
	const next = await approved(muS, muA, 'M03', m03([row('REVISE', fee(band, { price_yen: 1 }))], { valid_from: FAR }));
	refused(await withdraw(muS, third), 409, 'E-MST-003');
	good(await withdraw(muS, next));
	assert.equal((await on(muS, 'M03', feeKey(band), day(40))).values.price_yen, '12000', 'the former goes on');
	good(await withdraw(muS, third));
	assert.equal(await on(muS, 'M03', feeKey(band), day(40)), undefined);
	assert.deepEqual((await history(muS, 'M03', feeKey(band))).map((v) => v.status), ['WITHDRAWN', 'WITHDRAWN', 'WITHDRAWN', 'REJECTED']);
	refused(await otherA.call('getMasterRow', { path: { master: 'M03', key: feeKey(band) } }), 404, 'E-AUTH-005');
});

test('what is taken back is given to nobody whose days another has taken meanwhile', async () => {
	const key = tag();
	const to = (op, from, price, more = {}) => approved(muS, muA, 'M03', m03([row(op, fee(key, { price_yen: price }), more)], { valid_from: from }));
	const price = async (d) => (await on(muS, 'M03', feeKey(key), d))?.values.price_yen;
	await to('NEW', day(1), 100);
	const april = await to('REVISE', day(60), 200);
	const winter = await to('REVISE', day(30), 300, { valid_to: day(59) });
	refused(await withdraw(muS, april), 409, 'E-MST-003');
	assert.deepEqual([await price(day(20)), await price(day(40)), await price(day(70))], ['100', '300', '200']);
	good(await withdraw(muS, winter));
	good(await withdraw(muS, april));
	assert.deepEqual([await price(day(20)), await price(day(40)), await price(day(70))], ['100', '100', '100']);
	const short = await to('REVISE', day(30), 400, { valid_to: day(39) });
	const next = await to('NEW', day(40), 500);
	refused(await withdraw(muS, short), 409, 'E-MST-003');
	good(await withdraw(muS, next));
	good(await withdraw(muS, short));
	assert.deepEqual([await price(day(35)), await price(day(45))], ['100', '100']);
	const end = await approved(muS, muA, 'M03', m03([row('END', fee(key))], { valid_from: day(50) }));
	const again = await to('NEW', day(55), 600);
	refused(await withdraw(muS, end), 409, 'E-MST-003');
	good(await withdraw(muS, again));
	good(await withdraw(muS, end));
	assert.equal(await price(day(70)), '100');
	assert.equal(value(inst, `SELECT COUNT(*) FROM master_version a JOIN master_key k USING (key_id) JOIN master_version b ON b.key_id = a.key_id
		AND b.version_id > a.version_id WHERE k.key_text = '${feeKey(key)}' AND a.status = 'APPROVED' AND b.status = 'APPROVED'`), '0');
});

test('another organisation\'s changes and rows are as if they were not there', async () => {
	const band = tag();
	const draft = good(await create(muS, 'M03', m03([row('NEW', fee(band))])), 201);
	refused(await read(otherA, draft.change_id), 404, 'E-AUTH-005');
	refused(await submit(otherA, draft), 404, 'E-AUTH-005');
	refused(await drop(otherA, draft), 404, 'E-AUTH-005');
	refused(await replace(otherA, draft, m03([row('NEW', fee(band))])), 404, 'E-AUTH-005');
	const handed = good(await submit(muS, draft));
	for (const answer of await Promise.all([approve(otherA, handed), reject(otherA, handed), withdraw(otherA, handed), rollback(otherA, handed)]))
		assert.ok([404, 403].includes(answer.status), answer.text); // rollback asks for the password first
	refused(await create(otherA, 'M03', m03([row('NEW', fee(band))])), 404, 'E-AUTH-005', '/rows/0/muni_code');
	refused(await create(otherA, 'M03', m03([row('NEW', fee(band, { muni_code: '011002' })), row('NEW', fee(band))])), 404, 'E-AUTH-005');
	const { changes } = good(await otherA.call('listMasterChanges', { query: { limit: 200 } }));
	assert.ok(!changes.some((c) => c.change_id === handed.change_id));
	refused(await create(muV, 'M03', m03([row('NEW', fee(band))])), 403, 'E-AUTH-004');
	refused(await create(mhS, 'M03', m03([row('NEW', fee(band))])), 403, 'E-AUTH-004');
	refused(await create(kcA, 'M61', m03([row('NEW', { org_code: '1319990014' })])), 403, 'E-AUTH-004');
	refused(await create(muS, 'M99', m03([row('NEW', {})])), 404, 'E-AUTH-005');
	refused(await read(muS, '99999999999'), 404, 'E-AUTH-005');
	refused(await read(muS, '1 OR 1=1'), 404, 'E-AUTH-005');
});

test('the switch to 健康管理システム needs NHIC beside the city', async () => {
	const profile = { muni_code: '131016', mayor_title: '千代田区長　見本', department: '健康課', phone: '03-0000-0000',
		mail: 'sample@example.jp', digital_from: '2026-06-01', uses_hms: 'Y' };
	const op1 = (await on(muS, 'M01', '131016', TOMORROW)) ? 'REVISE' : 'NEW';
	const first = await pending(muS, 'M01', { valid_from: TOMORROW, rows: [row(op1, { ...profile, department: tag(), uses_hms: op1 === 'NEW' ? 'Y' : 'N' })] });
	assert.deepEqual([first.need_own, first.need_nhic], [1, 1]);
	refused(await approve(kcS, first), 403, 'E-AUTH-004');
	assert.equal(good(await approve(muA, first)).status, 'PENDING');
	assert.ok(good(await kcA.call('listMasterChanges', { query: { status: 'PENDING', limit: 200 } })).changes.some((c) => c.change_id === first.change_id));
	assert.equal(good(await approve(kcA, first)).status, 'APPROVED');
	const second2 = await pending(muS, 'M01', { valid_from: day(2), rows: [row('REVISE', { muni_code: '131016', department: tag() })] });
	assert.deepEqual([second2.need_own, second2.need_nhic], [1, 0]);
	good(await reject(muA, second2));
	good(await withdraw(muS, first));
});

// ---- the country's rules ----

const law = { legal_ref: '予防接種法施行令（令和8年政令第1号）', reason: '試験' };
const vaccine = (code) => ({ code, code_status: 'SAMPLE', name_ja: `見本${code}`, name_en: code, short_ja: code, disease_ja: '見本', route: 'SC|IM',
	route_ja: '皮下', live_type: 'inactivated', injectable_live: 'N', category: 'A', dose_ml: '0.50', cvx_code: '999', cvx_display: 'SAMPLE',
	cvx_fit: 'near', source: 'SAMPLE' });

test('a rule of the country names its law and waits fourteen days', async () => {
	const code = tag();
	refused(await create(mhS, 'M12', { valid_from: FAR, rows: [row('NEW', vaccine(code))] }), 422, 'E-VAL-001', '/legal_ref');
	refused(await create(mhS, 'M12', { ...law, valid_from: day(13), rows: [row('NEW', vaccine(code))] }), 422, 'E-VAL-003', '/valid_from');
	const c = await approved(mhS, mhA, 'M12', { ...law, valid_from: day(14), rows: [row('NEW', vaccine(code))] });
	assert.equal((await on(muV, 'M12', code, day(14))).values.dose_ml, '0.5', 'one amount, one text');
	assert.equal(value(inst, `SELECT COUNT(*) FROM master_vaccine WHERE code = '${code}'`), '0');
	come(inst, c.change_id, day(0));
	assert.equal((await on(muV, 'M12', code)).status, 'EFFECTIVE', 'by its day, before any timer');
	assert.match(clock(inst), /effective/);
	assert.deepEqual(sql(inst, `SELECT route, injectable_live, dose_ml FROM master_vaccine WHERE code = '${code}'`), [['SC|IM', '0', '0.50']]);
	assert.equal(good(await read(mhS, c.change_id)).status, 'EFFECTIVE');
	assert.equal(value(inst, `SELECT status FROM master_version WHERE change_id = ${c.change_id}`), 'EFFECTIVE');
	come(inst, c.change_id, day(-5), day(-1));
	clock(inst);
	assert.equal(value(inst, `SELECT status FROM master_version WHERE change_id = ${c.change_id}`), 'EXPIRED');
	assert.equal(value(inst, `SELECT COUNT(*) FROM master_vaccine WHERE code = '${code}'`), '0');
	assert.equal((await on(muV, 'M12', code, day(-3))).status, 'EXPIRED', 'older records keep the old rule');
});

test('what others name is neither ended nor deleted; what never counted is', async () => {
	const code = tag();
	const c = await approved(mhS, mhA, 'M12', { ...law, valid_from: day(14), rows: [row('NEW', vaccine(code))] });
	const program = { muni_code: '131016', program_id: tag(), name: '見本事業', vaccine_code: code, legal_class: 3 };
	const used = await approved(muS, muA, 'M02', { valid_from: FAR, rows: [row('NEW', program)] });
	const impact = good(await mhS.call('getMasterImpact', { path: { change_id: c.change_id } }));
	assert.deepEqual([impact.total, impact.references[0].master, impact.references[0].column], [1, 'M02', 'vaccine_code']);
	const remove = good(await create(mhS, 'M12', { ...law, valid_from: day(14), rows: [row('DELETE', { code })] }), 201);
	refused(await submit(mhS, remove), 409, 'E-MST-003', `/rows/${code}`);
	const end = good(await create(mhS, 'M12', { ...law, valid_from: day(60), rows: [row('END', { code })] }), 201);
	refused(await submit(mhS, end), 409, 'E-MST-003', `/rows/${code}`);
	good(await withdraw(muS, used));
	good(await approve(mhA, good(await submit(mhS, remove))));
	assert.equal(await on(muV, 'M12', code, FAR), undefined);
	const never = good(await create(mhS, 'M12', { ...law, valid_from: day(14), rows: [row('DELETE', { code: 'MR' })] }), 201);
	refused(await submit(mhS, never), 409, 'E-MST-003', '/rows/MR');
	for (const left of [never, end])
		assert.equal((await drop(mhS, left)).status, 204);
});

test('a lot is stopped at once by two people other than its maker', async () => {
	const lot = tag();
	const product = `SAMPLE-${lot}`;
	await approved(mhS, mhA, 'M13', { valid_from: day(0), rows: [row('NEW', { product_code: product, lot_no: lot, vaccine_code: 'MR',
		maker: '見本製薬', gtin14: '04512345678906', expiry: day(300), lot_status: '使用可' })] });
	assert.deepEqual(sql(inst, `SELECT stopped FROM master_lot_view WHERE lot_no = '${lot}'`), [['0']]);
	const stop = (more = {}) => ({ kind: 'EMERGENCY', valid_from: day(0), reason: '自主回収',
		rows: [row('REVISE', { product_code: product, lot_no: lot, lot_status: '使用停止' })], ...more });
	refused(await create(mhS, 'M13', stop({ valid_from: TOMORROW })), 422, 'E-VAL-003', '/valid_from');
	refused(await create(mhS, 'M13', stop({ rows: [row('REVISE', { product_code: product, lot_no: lot })] })), 422, 'E-VAL-013');
	refused(await create(mhS, 'M12', { ...law, ...stop({ rows: [row('REVISE', { code: 'MR' })] }) }), 422, 'E-VAL-013', '/kind');
	const handed = await pending(mhS, 'M13', stop());
	assert.equal(handed.need_own, 2);
	assert.equal(good(await approve(mhA, handed)).status, 'PENDING');
	refused(await approve(mhA, handed), 409, 'E-MST-005');
	assert.equal(good(await approve(mhA2, handed)).status, 'EFFECTIVE');
	assert.deepEqual(sql(inst, `SELECT stopped FROM master_lot_view WHERE lot_no = '${lot}'`), [['1']]);
	assert.deepEqual((await history(muV, 'M13', `${product}|${lot}`)).map((v) => v.status), ['EFFECTIVE', 'EXPIRED']);
});

// What was written a day or two ago: a draft's days may be set, those of what was handed in may not.
function written(change, from, status, more = '') {
	sql(inst, `UPDATE master_version SET valid_from = '${from}', status = '${status}'${status === 'PENDING' ? ', pending = 1' : ''} WHERE change_id = ${change.change_id}`);
	sql(inst, `UPDATE master_change SET valid_from = '${from}', status = '${status}'${more} WHERE change_id = ${change.change_id}`);
}

async function handedIn(by, key, from, body) {
	const draft = good(await create(by, 'M13', body), 201);
	const [[old]] = sql(inst, `SELECT LOWER(HEX(v.row_hash)) FROM master_version v JOIN master_key k USING (key_id) WHERE k.key_text = '${key}' AND v.status = 'EFFECTIVE'`);
	const [[now]] = sql(inst, `SELECT LOWER(HEX(row_hash)) FROM master_version WHERE change_id = ${draft.change_id}`);
	const hash = createHash('sha256').update(`${key}\tREVISE\t${from.replaceAll('-', '')}\t\t${old}\t${now}\t`).digest('hex');
	written(draft, from, 'PENDING', `, need_own = 2, diff_hash = UNHEX('${hash}')`);
	return good(await read(by, draft.change_id));
}

test('a stop that was handed in before midnight is approved after it, but not another day later', async () => {
	const lot = tag();
	const product = `SAMPLE-${lot}`;
	const key = `${product}|${lot}`;
	const made = good(await create(mhS, 'M13', { valid_from: day(0), rows: [row('NEW', { product_code: product, lot_no: lot, vaccine_code: 'MR',
		maker: '見本製薬', gtin14: '04512345678906', expiry: day(300), lot_status: '使用可' })] }), 201);
	written(made, day(-2), 'EFFECTIVE');
	const stop = { kind: 'EMERGENCY', valid_from: day(0), reason: '自主回収', rows: [row('REVISE', { product_code: product, lot_no: lot, lot_status: '使用停止' })] };
	const late = await handedIn(mhS, key, day(-2), stop);
	refused(await approve(mhA, late), 422, 'E-VAL-003', '/valid_from');
	good(await withdraw(mhS, late));
	const handed = await handedIn(mhS, key, day(-1), stop);
	assert.equal(good(await approve(mhA, handed)).status, 'PENDING');
	assert.equal(good(await approve(mhA2, handed)).status, 'EFFECTIVE');
	assert.deepEqual(sql(inst, `SELECT stopped FROM master_lot_view WHERE lot_no = '${lot}'`), [['1']]);
	assert.deepEqual((await history(muV, 'M13', key)).filter((v) => v.status !== 'WITHDRAWN').map((v) => [v.status, v.valid_to]), [['EFFECTIVE', null], ['EXPIRED', day(-2)]]);
});

// ---- the others ----

test('an institution\'s own details count at once, and again on the same day', async () => {
	const org_code = miA.login.org_code;
	const details = { org_code, vaccines: 'MR|FLU', hours: '月火水木金 09:00-12:00|土 09:00-11:30', url: 'https://example.jp/yoyaku', contact: '03-0000-0001' };
	const first = await pending(miA, 'M21', { valid_from: day(0), rows: [row((await on(miA, 'M21', org_code)) ? 'REVISE' : 'NEW', details)] });
	assert.equal(first.status, 'EFFECTIVE');
	const next = await pending(miA, 'M21', { valid_from: day(0), rows: [row('REVISE', { org_code, contact: '03-0000-0002', url: null })] });
	assert.equal(next.status, 'EFFECTIVE');
	const now = await on(muV, 'M21', org_code);
	assert.deepEqual([now.values.contact, now.values.url, now.values.vaccines], ['03-0000-0002', null, 'MR|FLU']);
});

test('a doctor\'s licence number is nobody else\'s business, and a doctor is listed once', async () => {
	const org_code = miA.login.org_code;
	const id = tag().slice(0, 5);
	const doctor = { org_code, doctor_id: id, name: `見本　${id}`, license_no: '012345' };
	await pending(miA, 'M22', { valid_from: day(0), rows: [row('NEW', doctor)] });
	assert.equal((await on(miA, 'M22', `${org_code}|${id}`)).values.license_no, '012345');
	assert.equal((await on(muA, 'M22', `${org_code}|${id}`)).values.license_no, null);
	const twice = good(await create(miA, 'M22', { valid_from: day(0), rows: [row('NEW', { ...doctor, doctor_id: `${id}2` })] }), 201);
	refused(await submit(miA, twice), 409, 'E-MST-001');
	assert.equal((await drop(miA, twice)).status, 204);
});

test('a venue waits for the municipality it is in', async () => {
	const venue = { org_code: miA.login.org_code, venue_id: tag(), name: '見本会場', address: '千代田区見本1-1', muni_code: '131016', dates: `${day(20)}|${day(21)}` };
	const handed = await pending(miA, 'M23', { valid_from: TOMORROW, rows: [row('NEW', venue)] });
	refused(await approve(otherA, handed), 404, 'E-AUTH-005');
	refused(await approve(miA, handed), 403, 'E-AUTH-004');
	assert.equal(good(await approve(muA, handed)).status, 'APPROVED');
	const strange = good(await create(miA, 'M23', { valid_from: TOMORROW, rows: [row('NEW', { ...venue, venue_id: tag(), muni_code: '131024' })] }), 201);
	refused(await submit(miA, strange), 404, 'E-ACC-001');
});

test('contract prices are shown to the parties only', async () => {
	const org_code = miA.login.org_code;
	const contract = { muni_code: '131016', org_code, vaccine_code: 'MR', contract_no: tag(), price_yen: 9876 };
	const key = `131016|${org_code}|MR`;
	const done = await approved(muS, muA, 'M05', { valid_from: FAR, rows: [row('NEW', contract)] });
	const price = async (by) => (await on(by, 'M05', key, FAR)).values.price_yen;
	assert.deepEqual(await Promise.all([muV, miA, krA, kcS].map(price)), ['9876', '9876', '9876', '9876']);
	assert.deepEqual(await Promise.all([otherA, mhA, op].map(price)), [null, null, null]);
	assert.equal((await rows(otherA, 'M05', { q: '9876', as_of: FAR })).rows.length, 0, 'nor found by it');
	good(await withdraw(muS, done));
});

test('a payment calendar is whole, on working days, of the own prefecture', async () => {
	const months = Array.from({ length: 12 }, (_, i) => `${2031 + (i > 8 ? 1 : 0)}-${String((i + 3) % 12 + 1).padStart(2, '0')}`);
	const weekday = (d) => { while ([0, 6].includes(d.getUTCDay())) d.setUTCDate(d.getUTCDate() + 1); return d.toISOString().slice(0, 10); };
	const entry = (m, pref = '13') => { const [y, n] = m.split('-').map(Number); return { pref_code: pref, target_month: m,
		close_on: weekday(new Date(Date.UTC(y, n, 10))), check_on: weekday(new Date(Date.UTC(y, n, 15))), pay_on: weekday(new Date(Date.UTC(y, n, 25))) }; };
	const body = (list) => ({ valid_from: TOMORROW, rows: list });
	refused(await create(krS, 'M32', body([row('NEW', entry(months[0], '27'))])), 404, 'E-AUTH-005');
	refused(await create(krS, 'M32', body([row('NEW', { ...entry(months[0]), close_on: '2031-05-10' })])), 422, 'E-VAL-003');
	refused(await create(krS, 'M32', body([row('NEW', { ...entry(months[0]), pay_on: entry(months[0]).check_on })])), 422, 'E-VAL-013');
	const part = good(await create(krS, 'M32', body(months.slice(1).map((m) => row('NEW', entry(m))))), 201);
	refused(await submit(krS, part), 422, 'E-VAL-013');
	const whole = good(await replace(krS, part, body(months.map((m) => row('NEW', entry(m))))));
	const handed = good(await submit(krS, whole));
	refused(await approve(muA, handed), 404, 'E-AUTH-005');
	good(await withdraw(krS, good(await approve(krA, handed))));
});

test('OPS names its ticket, NHIC approves, the table others read follows', async () => {
	const list = `X${tag()}`;
	const code = { list_id: list, list_name_ja: '見本', code: '01', name_ja: '一', name_en: 'one', source: 'SAMPLE' };
	refused(await create(op, 'M54', { valid_from: day(0), rows: [row('NEW', code)] }), 422, 'E-VAL-001', '/ticket_no');
	const handed = await pending(op, 'M54', { valid_from: day(0), ticket_no: 'CHG-1', rows: [row('NEW', code)] });
	assert.equal(handed.need_nhic, 1);
	assert.equal(good(await approve(kcA, handed)).status, 'EFFECTIVE');
	assert.deepEqual(sql(inst, `SELECT code, name_ja FROM master_code WHERE list_id = '${list}'`), [['01', '一']]);
	await approved(op, kcA, 'M54', { valid_from: day(0), ticket_no: 'CHG-2', rows: [row('END', { list_id: list, code: '01' })] });
	assert.deepEqual(sql(inst, `SELECT code FROM master_code WHERE list_id = '${list}'`), []);
});

test('security parameters need two, and what NHIC let count is taken back within a day', async () => {
	const key = 'master.send_ack_hours';
	const p = (v, more = {}) => ({ key, value: v, min: 1, max: 10, security: 'N', ...more });
	const first = (await on(kcA, 'M43', key)) ? 'REVISE' : 'NEW';
	refused(await create(kcS, 'M43', { valid_from: day(0), rows: [row(first, p(11))] }), 422, 'E-VAL-006', '/rows/0/value');
	assert.equal((await approved(kcS, kcA, 'M43', { valid_from: day(0), rows: [row(first, p(5))] })).status, 'EFFECTIVE');
	const strict = await pending(kcS, 'M43', { valid_from: day(0), rows: [row('REVISE', p(6, { security: 'Y' }))] });
	assert.equal(strict.need_own, 2);
	assert.equal(good(await approve(kcA, strict)).status, 'PENDING');
	const done = good(await approve(kcA2, strict));
	assert.equal(done.status, 'EFFECTIVE');
	sql(inst, "UPDATE core_session SET stepped_up_us = NULL WHERE role = 'KC-A'");
	refused(await rollback(kcA, done), 403, 'E-AUTH-008');
	sql(inst, `UPDATE core_session SET stepped_up_us = UNIX_TIMESTAMP() * 1000000 WHERE role = 'KC-A'`);
	refused(await rollback(kcA, { change_id: 1 }), 404, 'E-AUTH-005');
	sql(inst, `UPDATE master_change SET effective_us = effective_us - 86400000000 WHERE change_id = ${done.change_id}`);
	refused(await rollback(kcA, done), 409, 'E-MST-006');
	sql(inst, `UPDATE master_change SET effective_us = effective_us + 86400000000 WHERE change_id = ${done.change_id}`);
	assert.equal(good(await rollback(kcA, done, '誤り')).status, 'ROLLED_BACK');
	assert.equal((await on(kcA, 'M43', key)).values.value, '5');
	refused(await rollback(kcA, done), 409, 'E-MST-006');
	assert.deepEqual((await history(kcA, 'M43', key)).map((v) => v.status).slice(0, 2), ['ROLLED_BACK', 'EFFECTIVE']);
	await approved(kcS, kcA, 'M43', { valid_from: day(0), rows: [row('END', { key })] });
});

test('an organisation of M41 is there for the next request, and gone after its end', async () => {
	const code = '27';
	const org = { org_code: code, org_type: 'NHIF', name: '大阪府国保連合会 SAMPLE', name_kana: 'オオサカ', pref_code: '27', opens_on: '2020-04-01', onboarding: '利用中' };
	refused(await create(kcS, 'M41', { valid_from: day(0), rows: [row('NEW', { ...org, org_type: 'MUNI' })] }), 422, 'E-VAL-010');
	const c = await approved(kcS, kcA, 'M41', { valid_from: day(0), rows: [row((await on(kcS, 'M41', code)) ? 'REVISE' : 'NEW', { ...org, name: `${org.name}${tag()}` })] });
	assert.equal(c.status, 'EFFECTIVE');
	assert.equal(value(inst, `SELECT org_type FROM core_org WHERE org_code = '${code}'`), 'NHIF');
});

test('what others name does not end by a last day either', async () => {
	const { values } = await on(mhS, 'M12', 'MR', FAR); // the schedule names it for ever
	const law = { legal_ref: '試験' };
	for (const rows_ of [[row('END', { code: 'MR' })], [row('REVISE', values, { valid_to: day(60) })]]) {
		const c = good(await create(mhS, 'M12', { ...law, valid_from: FAR, rows: rows_ }), 201);
		refused(await submit(mhS, c), 409, 'E-MST-003', '/rows/MR');
		assert.equal((await drop(mhS, c)).status, 204);
	}
});

test('the cool-off of a rule of the country counts from its approval', async () => {
	const { values } = await on(mhS, 'M12', 'BCG', FAR);
	const c = await pending(mhS, 'M12', { legal_ref: '試験', valid_from: day(14), rows: [row('REVISE', { ...values, note: tag() })] });
	come(inst, c.change_id, day(13)); // a day later
	refused(await approve(mhA, c), 422, 'E-VAL-003', '/valid_from');
	come(inst, c.change_id, day(14));
	assert.equal(good(await approve(mhA, c)).status, 'APPROVED');
	good(await withdraw(mhS, { ...c, status: 'APPROVED' }));
});

test('the database itself keeps a version\'s words and what ever counted', () => {
	assert.throws(() => sql(inst, "UPDATE master_version SET cells = '{}' WHERE status = 'EFFECTIVE' LIMIT 1"), /keeps its values/);
	assert.throws(() => sql(inst, "DELETE FROM master_version WHERE status = 'EFFECTIVE' LIMIT 1"), /only a draft/);
});
