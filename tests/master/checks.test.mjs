// Masters, column by column: every master takes a good row and refuses each bad cell by name,
// from the form; the same checks stand behind a CSV file (import.test.mjs).

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { instance, staff } from '../support/yobo.mjs';
import { clock, create, day, drop, good, refused, row, tag } from './masters.mjs';

const inst = instance();
const by = {};
const NONE = Symbol('left out');
const HMI = () => by.MI.login.org_code;
const png = (bytes) => Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), Buffer.alloc(bytes)]).toString('base64');
const law = { legal_ref: '政令第1号 2026-01-01' };
const ticket = { ticket_no: 'CHG-1' };

const shipped = { source: 'SAMPLE' };
const vaccine = () => ({ code: tag(), code_status: 'SAMPLE', name_ja: '見本', name_en: 'sample', short_ja: '見本', disease_ja: '見本', route: 'SC',
	route_ja: '皮下', live_type: 'live', injectable_live: 'Y', category: 'A', cvx_code: '999', cvx_display: 'SAMPLE', cvx_fit: 'near', ...shipped });
const dose = () => ({ row_no: 9000 + Math.floor(Math.random() * 999), vaccine_code: 'MR', vaccine_ja: 'MR', category: 'A', series_variant: 'SAMPLE', dose_seq: 1,
	dose_label_ja: '1回目', min_age: 'M12', max_age: 'M24', confidence: 'sample', ...shipped });

// [master, who, the change's head, a good row, [column, bad value, code] ...]
const TABLES = [
	['M01', 'MU', {}, () => ({ muni_code: '131016', mayor_title: '見本区長', department: '課', phone: '03-1', mail: 'a@example.jp', uses_hms: 'N' }), [
		['mayor_title', NONE, 'E-VAL-001'], ['phone', '電話', 'E-VAL-002'], ['mail', 'nobody', 'E-VAL-002'],
		['digital_from', '2026-05-31', 'E-VAL-003'], ['digital_from', '2026-02-30', 'E-VAL-003'], ['uses_hms', 'true', 'E-VAL-011'],
		['muni_code', '131017', 'E-VAL-010'], ['muni_code', '13101', 'E-VAL-010'], ['muni_code', '011002', 'E-AUTH-005'],
		['department', 'あ'.repeat(61), 'E-VAL-002'], ['department', ' 課', 'E-VAL-002'], ['department', 'a\nb', 'E-VAL-002']]],
	['M02', 'MU', {}, () => ({ muni_code: '131016', program_id: tag(), name: '見本', vaccine_code: 'MR', legal_class: '3', target_max_age: 'Y20' }), [
		['vaccine_code', 'NONE', 'E-VAL-011'], ['legal_class', '8', 'E-VAL-011'], ['target_max_age', 'M13', 'E-VAL-013'],
		['target_min_age', 'Y3', 'E-VAL-013'], ['target_max_age', 'X9', 'E-VAL-002'], ['season_from', '10-01', 'E-VAL-013', 'season_to'],
		['season_from', '02-30', 'E-VAL-003'], ['program_id', 'a|b', 'E-VAL-002']]],
	['M03', 'MU', {}, () => ({ muni_code: '131016', vaccine_code: 'MR', age_band: tag(), exec_class: '1', place_class: '1', price_yen: 100, self_pay_yen: 0, tax_class: '課税' }), [
		['self_pay_yen', 101, 'E-VAL-013'], ['price_yen', 100000, 'E-VAL-006'], ['price_yen', '0100', 'E-VAL-004'], ['price_yen', '-1', 'E-VAL-004'],
		['price_yen', '1e3', 'E-VAL-004'], ['tax_class', '免税', 'E-VAL-011'], ['exec_class', '3', 'E-VAL-011'], ['place_class', '7', 'E-VAL-011'],
		['self_pay_exempt', '生活保護|生活保護', 'E-VAL-002'], ['self_pay_exempt', '生活保護|不明', 'E-VAL-011'], ['self_pay_exempt', '|', 'E-VAL-002']]],
	['M04', 'MU', {}, () => ({ muni_code: '131016', vaccine_code: 'MR', item_id: 'L5', text_ja: tag(), type: 'code', choices: 'はい|いいえ' }), [
		['item_id', 'L6', 'E-VAL-011'], ['text_ja', 'あ'.repeat(101), 'E-VAL-002'], ['type', 'json', 'E-VAL-011']]],
	['M05', 'MU', {}, () => ({ muni_code: '131016', org_code: HMI(), vaccine_code: 'FLU', contract_no: '1', price_yen: 1 }), [
		['org_code', '0110113719', 'E-VAL-011'], ['org_code', '0110113718', 'E-VAL-010'], ['org_code', '131016', 'E-VAL-011']]],
	['M06', 'MU', {}, () => ({ muni_code: '131016', language: 'en', header: '見本', legend: '一行\n二行', seal_image: png(1000) }), [
		['seal_image', png(200 * 1024), 'E-VAL-006'], ['seal_image', Buffer.from('GIF89a'.padEnd(60)).toString('base64'), 'E-VAL-002'],
		['seal_image', `${png(30).slice(0, -4)}@@@@`, 'E-VAL-002'], ['language', 'fr', 'E-VAL-011']]],
	['M07', 'MU', {}, () => ({ muni_code: '131016', vaccine_code: 'MR', text_id: tag(), subject_ja: '件名', body_ja: '一\n二', send_at: 'M11' }), [
		['subject_ja', 'a\nb', 'E-VAL-002'], ['send_at', '11か月', 'E-VAL-002']]],
	['M11', 'MH', law, () => ({ disease_code: tag(), name_ja: '見本病', category: 'B' }), [['category', 'C', 'E-VAL-011'], ['category', NONE, 'E-VAL-001']]],
	['M12', 'MH', law, vaccine, [['route', 'SC|XX', 'E-VAL-011'], ['route', NONE, 'E-VAL-001'], ['live_type', 'dead', 'E-VAL-011'], ['dose_ml', '0.555', 'E-VAL-006'],
		['dose_ml', '.5', 'E-VAL-004'], ['routine_to', '2020-13-01', 'E-VAL-003'], ['injectable_live', NONE, 'E-VAL-001']]],
	['M13', 'MH', {}, () => ({ product_code: tag(), lot_no: 'A-1', vaccine_code: 'MR', maker: '見本', lot_status: '使用可' }), [
		['gtin14', '04512345678907', 'E-VAL-010'], ['gtin14', '4512345678906', 'E-VAL-002'], ['lot_no', 'a1', 'E-VAL-002'], ['hot13', '18202010401', 'E-VAL-002'],
		['expiry', '2020-01-01', 'E-VAL-003'], ['lot_status', '停止', 'E-VAL-011'], ['maker', NONE, 'E-VAL-001']]],
	['M14', 'MH', law, dose, [['min_age', 'M-1', 'E-VAL-002'], ['min_age', 'GA28w7d', 'E-VAL-002'], ['min_age', 'FY12x', 'E-VAL-002'], ['next_date_rule', 'prev+28', 'E-VAL-002'],
		['next_date_rule', 'next+28d', 'E-VAL-002'], ['min_interval_days', '-1', 'E-VAL-004'], ['valid_to', '2020-01-00', 'E-VAL-003'], ['row_no', '0', 'E-VAL-006']]],
	['M14I', 'MH', law, () => ({ rule_id: `IV-${10 + Math.floor(Math.random() * 89)}`, from_class: 'a', to_class: 'b', next_date_rule: 'prev+3M (6M high dose)', severity: 'WARN', ...shipped }), [
		['severity', 'FATAL', 'E-VAL-011'], ['rule_id', 'IV-1', 'E-VAL-002'], ['next_date_rule', NONE, 'E-VAL-001']]],
	['M15', 'MH', law, () => ({ template_id: tag(), version: 1, vaccine_code: 'MR', name_ja: '見本', items: 'Q00|Q01|S01' }), [['items', 'Q00|Q99', 'E-VAL-011'], ['version', 0, 'E-VAL-006']]],
	['M16', 'MH', law, () => ({ rule_id: tag(), vaccine_code: 'MR', symptom_ja: '見本', within_days: 28 }), [['within_days', 'x', 'E-VAL-004']]],
	['M17', 'MH', law, () => ({ indicator_id: tag(), name_ja: '見本', numerator: 'a', denominator: 'b', area_levels: '全国|都道府県', threshold: 10 }), [
		['threshold', 9, 'E-VAL-006'], ['area_levels', '世界', 'E-VAL-011']]],
	['M21', 'MI', {}, () => ({ org_code: HMI(), vaccines: 'MR', hours: '月水 09:00-12:00', url: 'https://example.jp/' }), [
		['url', 'http://example.jp/', 'E-VAL-002'], ['url', 'https://a b/', 'E-VAL-002'], ['url', 'javascript:alert(1)', 'E-VAL-002'], ['hours', '月 9:00-12:00', 'E-VAL-002'],
		['hours', '月 12:00-09:00', 'E-VAL-013'], ['hours', '月', 'E-VAL-002'], ['vaccines', 'MR|NONE', 'E-VAL-011'], ['contact', '電話', 'E-VAL-002'],
		['org_code', '0110113719', 'E-AUTH-005']]],
	['M22', 'MI', {}, () => ({ org_code: HMI(), doctor_id: tag(), name: `見本${tag()}` }), [['name', 'あ'.repeat(41), 'E-VAL-002'], ['license_no', '12345', 'E-VAL-002']]],
	['M23', 'MI', {}, () => ({ org_code: HMI(), venue_id: tag(), name: '会場', address: '見本', muni_code: '131016', dates: day(9) }), [
		['dates', `${day(9)}|${day(9)}`, 'E-VAL-002'], ['dates', `${day(9)},${day(10)}`, 'E-VAL-003'], ['dates', '2026-02-30', 'E-VAL-003'], ['muni_code', '131017', 'E-VAL-010']]],
	['M31', 'KR', {}, () => ({ pref_code: '13', name: '見本', contact: '03-1', consignor_code: '0123456789' }), [
		['pref_code', '27', 'E-AUTH-005'], ['pref_code', '1', 'E-VAL-002'], ['consignor_code', '123456789', 'E-VAL-002']]],
	['M33', 'KR', {}, () => ({ pref_code: '13', fee_class: tag(), unit_yen: 0, tax: '課税' }), [['unit_yen', '-1', 'E-VAL-004'], ['pref_code', '27', 'E-AUTH-005']]],
	['M41', 'KC', {}, () => ({ org_code: '28', org_type: 'NHIF', name: '見本', name_kana: 'ミホン', pref_code: '28', opens_on: '2026-04-01', onboarding: '利用中' }), [
		['pref_code', '29', 'E-VAL-013', 'org_code'], ['closes_on', '2026-03-31', 'E-VAL-003'], ['org_type', 'SHOP', 'E-VAL-011'], ['parent_code', '131016', 'E-VAL-011']]],
	['M42', 'KC', {}, () => ({ role: 'MU-V', function: 'H-3-2', action: '*', allowed: 'N' }), [['allowed', '', 'E-VAL-001'], ['function', 'H-0', 'E-VAL-011'], ['role', 'OP', 'E-VAL-013']]],
	['M43', 'KC', {}, () => ({ key: 'record.due_horizon_days', value: '5', min: 1, max: 9, security: 'N' }), [['value', '10', 'E-VAL-006'], ['value', '5.5', 'E-VAL-004'], ['key', 'record.none', 'E-VAL-011']]],
	['M44', 'KC', {}, () => ({ date: day(500 + Math.floor(Math.random() * 9000)), name: '見本の日' }), [['date', '2026-2-1', 'E-VAL-003'], ['name', 'あ'.repeat(31), 'E-VAL-002']]],
	['M45', 'KC', {}, () => ({ code: tag(), name: '見本' }), [['name', NONE, 'E-VAL-001']]],
	['M51', 'OP', ticket, () => ({ lg_code6: '472999', pref_code: '47', pref_ja: '沖縄県', name_ja: '見本', name_kana: 'ミホン', type: 'city', is_vaccination_body: 'Y', check_digit_ok: 'Y', ...shipped }), [
		['lg_code6', '472998', 'E-VAL-010'], ['lg_code6', '47299', 'E-VAL-010'], ['pref_code', '48', 'E-VAL-011'], ['type', 'hamlet', 'E-VAL-011']]],
	['M52', 'OP', ticket, () => ({ jis_code: '48', lg_code6: '470007', name_ja: '見本', name_kana: 'ミホン', name_en: 'Sample', iso3166_2: 'JP-48', ...shipped }), [['jis_code', '4', 'E-VAL-002'], ['iso3166_2', 'JP48', 'E-VAL-002']]],
	['M53', 'OP', ticket, () => ({ bank_code: '9998', name_ja: '見本', name_kana: 'ミホン', name_roma: 'sample', branch_count: 1, ...shipped }), [['bank_code', '998', 'E-VAL-002'], ['branch_count', '1.5', 'E-VAL-004']]],
	['M53B', 'OP', ticket, () => ({ bank_code: '0001', branch_code: '999', branch_name_ja: '見本', branch_name_kana: 'ミホン' }), [
		['bank_code', '0002', 'E-VAL-011'], ['bank_code', '1', 'E-VAL-002'], ['branch_code', '1', 'E-VAL-002'], ['branch_code', '0001', 'E-VAL-002']]],
	['M54', 'OP', ticket, () => ({ list_id: tag(), list_name_ja: '見本', code: '01', name_ja: '一', name_en: 'one', ...shipped }), [['code', 'a|b', 'E-VAL-002'], ['code', 'あ'.repeat(21), 'E-VAL-002']]],
	['M55', 'OP', ticket, () => ({ key: 'master.receive_attempts', value: '5', security: 'N' }), [['security', 'maybe', 'E-VAL-011'], ['min', 'x', 'E-VAL-004'], ['value', 'text', 'E-VAL-004']]],
];

before(async () => {
	clock(inst);
	const roles = { MU: { org_code: '131016', role: 'MU-S' }, MH: { role: 'MH-S' }, MI: { role: 'MI-A' }, KR: { role: 'KR-S' }, KC: { role: 'KC-S' }, OP: { role: 'OP' } };
	for (const [name, wanted] of Object.entries(roles))
		by[name] = await staff(inst, wanted);
});
after(() => Object.values(by).forEach((c) => c.close()));

// A key that counts is revised with all its columns; all others are new.
async function operation(who, master, values, table) {
	const key = table.columns.filter((c) => c.key).map((c) => String(values[c.name])).join('|');
	const { rows } = good(await by[who].call('listMasterRows', { path: { master }, query: { q: key, as_of: day(20), limit: 500 } }));
	return rows.some((r) => r.key === key) ? 'REVISE' : 'NEW';
}

test('the list of masters below is whole', async () => {
	const { masters } = good(await by.KC.call('listMasters'));
	assert.deepEqual([...TABLES.map(([m]) => m), 'M32', 'M61', 'M62', 'M63'].sort(), masters.map((m) => m.id).sort());
});

for (const [master, who, head, values, wrong] of TABLES) {
	test(`${master}: a good row is taken, each bad cell is named`, async () => {
		const { masters } = good(await by.KC.call('listMasters'));
		const table = masters.find((m) => m.id === master);
		const body = (cells, op = 'NEW') => ({ ...head, valid_from: day(20), rows: [row(op, cells)] });
		const sound = values();
		const taken = good(await create(by[who], master, body(sound, await operation(who, master, sound, table))), 201);
		assert.equal((await drop(by[who], taken)).status, 204);
		for (const [column, value, code, at = column] of wrong) {
			const bad = values();
			if (value === NONE)
				delete bad[column];
			else
				bad[column] = value === '' ? null : value;
			const answer = await create(by[who], master, body(bad));
			assert.deepEqual(answer.json.errors?.map((e) => [e.field, e.code]), [[`/rows/0/${at}`, code]], `${master}.${column} = ${String(value).slice(0, 80)}: ${answer.text}`);
		}
		const long = table.columns.find((c) => c.type === 'text' && c.max > 0 && !c.one_of && !c.ref);
		if (long)
			refused(await create(by[who], master, body({ ...values(), [long.name]: '長'.repeat(long.max + 1) })), 422, 'E-VAL-002');
	});
}

test('a change has its own rules: rows, columns, days', async () => {
	const fee = (more = {}) => ({ ...TABLES.find(([m]) => m === 'M03')[3](), ...more });
	const send = (change) => create(by.MU, 'M03', { valid_from: day(20), ...change });
	refused(await send({ rows: [] }), 422, 'E-VAL-006', '/rows');
	refused(await send({ rows: Array.from({ length: 201 }, () => row('NEW', fee())) }), 422, 'E-VAL-006', '/rows');
	refused(await send({ rows: [row('NEW', { ...fee(), color: 'red' })] }), 422, 'E-VAL-005');
	refused(await send({ rows: [row('UPSERT', fee())] }), 422, 'E-VAL-011');
	refused(await send({ rows: [row('NEW', fee())], valid_from: day(0) }), 422, 'E-VAL-003', '/valid_from');
	refused(await send({ rows: [row('NEW', fee())], valid_from: '2026-02-30' }), 422, 'E-VAL-003', '/valid_from');
	refused(await send({ rows: [row('NEW', fee(), { valid_to: day(19) })] }), 422, 'E-VAL-003');
	refused(await send({ rows: [row('REVISE', fee())] }), 422, 'E-VAL-012');
	refused(await send({ rows: [row('END', fee())] }), 422, 'E-VAL-012');
	refused(await send({ rows: [row('DELETE', fee())] }), 404, 'E-AUTH-005');
	const twice = fee();
	refused(await send({ rows: [row('NEW', twice), row('NEW', twice)] }), 409, 'E-MST-001');
	refused(await send({ rows: 'all' }), 422, 'E-VAL-004', '/rows');
	refused(await send({ rows: [row('NEW', fee())], owner_id: 1 }), 422, 'E-VAL-005', '/owner_id');
});

test('a schedule\'s interval counts from an earlier dose of the same series', async () => {
	const body = (rows) => ({ ...law, valid_from: day(20), rows });
	const first = dose();
	const next = (more) => ({ ...first, row_no: first.row_no + 1, dose_seq: 2, dose_label_ja: '2回目', next_date_rule: 'prev+28d', ...more });
	const draft = async (rows) => {
		const c = good(await create(by.MH, 'M14', body(rows)), 201);
		const answer = await by.MH.call('submitMasterChange', { path: { change_id: c.change_id }, headers: { 'if-match': `"${c.version}"` } });
		if (answer.status === 200)
			good(await by.MH.call('withdrawMasterChange', { path: { change_id: c.change_id }, body: { reason: '試験' } }));
		else
			assert.equal((await drop(by.MH, c)).status, 204);
		return answer;
	};
	refused(await draft([row('NEW', first), row('NEW', next({ interval_ref: '3回目' }))]), 422, 'E-VAL-011', `/rows/${first.row_no + 1}`);
	refused(await draft([row('NEW', { ...first, interval_ref: '2回目' }), row('NEW', next({ interval_ref: '1回目' }))]), 422, 'E-VAL-011', `/rows/${first.row_no}`);
	refused(await draft([row('NEW', next({ interval_ref: '1回目' }))]), 422, 'E-VAL-011');
	assert.equal((await draft([row('NEW', first), row('NEW', next({ interval_ref: '1回目' }))])).status, 200);
});
