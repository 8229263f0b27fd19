// master-screens.mjs - how the screens of the masters are reached. Rows and changes are made up
// where the state they show cannot be had on request.

import { exchangeSteps } from './master-exchange-screens.mjs';

const VALUES = { muni_code: '131016', vaccine_code: 'MR', age_band: 'M12-M24', exec_class: '1', place_class: '1', price_yen: '12000',
	self_pay_yen: '0', self_pay_exempt: null, tax_class: '課税' };
const KEY = '131016|MR|M12-M24|1|1';
const version = (version_no, status, more = {}) => ({ key: KEY, org_code: '131016', version_id: 1000 + version_no, version_no, op: version_no > 1 ? 'REVISE' : 'NEW',
	status, valid_from: `202${3 + version_no}-04-01`, valid_to: null, change_id: 10 + version_no, values: VALUES, ...more });
const ROW = { master: 'M03', name: '委託料・自己負担額', as_of: '2026-11-20', next: null, rows: [
	version(3, 'PENDING', { valid_from: '2027-04-01', values: { ...VALUES, price_yen: '13500' } }), version(2, 'EFFECTIVE', { valid_from: '2025-04-01' }),
	version(1, 'EXPIRED', { valid_from: '2024-04-01', valid_to: '2025-03-31', change_id: null, values: { ...VALUES, price_yen: '9800', self_pay_exempt: '生活保護|非課税' } })] };
const CHANGE = { change_id: 12, master: 'M03', master_name: '委託料・自己負担額', kind: 'EDIT', status: 'PENDING', valid_from: '2027-04-01', org_code: '131016',
	reason: '年度改定。委託契約の単価の見直しによる', legal_ref: null, ticket_no: null, rows_count: 1, added: 0, changed: 1, ended: 0, created_user: '900000084',
	created_at: '2026-11-20T09:12:00+09:00', submitted_at: '2026-11-20T09:20:00+09:00', decided_user: null, decided_text: null, decided_at: null, effective_at: null,
	version: 2, diff_hash: '8f3a'.repeat(16), need_own: 1, need_nhic: 0, approvals: [], can_submit: false, can_approve: true, next: null, rows: [
		{ version_id: 1003, version_no: 3, key: KEY, op: 'REVISE', status: 'PENDING', valid_from: '2027-04-01', valid_to: null, old_from: '2025-04-01', old_to: null,
			columns: [{ column: 'price_yen', label: '委託料（円）', old: '12000', new: '13500' }, { column: 'self_pay_exempt', label: '免除区分', old: null, new: '生活保護|非課税' }] }] };
const IMPACT = { total: 41, references: [{ master: 'M05', name: '個別契約医療機関', column: 'vaccine_code', label: 'ワクチンコード', rows: 41 }],
	permissions: [], records: [{ what: 'DUE_PERSONS', key: 'MR', count: 1204 }, { what: 'CONTRACTS', key: 'MR', count: 37 }], simulation: null };
const LOT = { product_code: 'P-001', lot_no: 'A1234', vaccine_code: 'MR', maker: '見本製薬', hot13: null, yj: null, gtin14: null, expiry: '2027-10-31', lot_status: '使用可' };
const LOTS = { master: 'M13', name: '製品・ロット', as_of: '2026-11-20', next: null, rows: [version(1, 'EFFECTIVE', { key: 'P-001|A1234', org_code: null, valid_from: '2026-01-01', values: LOT })] };
const line = (change_id, more) => ({ ...CHANGE, change_id, ...more });
const LIST = { next: null, changes: [line(14, { master: 'M13', master_name: '製品・ロット', kind: 'EMERGENCY', org_code: 'MHLW', status: 'PENDING', created_user: '900000050' }), line(12),
	line(11, { kind: 'IMPORT', status: 'APPROVED', added: 12, changed: 3, ended: 1, rows_count: 16 }), line(9, { status: 'REJECTED' }), line(8, { status: 'DRAFT', submitted_at: null })] };
const STOP = { ...CHANGE, change_id: 14, master: 'M13', master_name: '製品・ロット', kind: 'EMERGENCY', org_code: 'MHLW', need_own: 2, reason: '自主回収',
	approvals: [{ user_id: '900000051', part: 'OWN', org_code: 'MHLW', at: '2026-11-20T09:31:00+09:00' }], rows: [{ ...CHANGE.rows[0], key: 'P-001|A1234',
		columns: [{ column: 'lot_status', label: 'ロット状態', old: '使用可', new: '使用停止' }] }] };
const FILE = { ...CHANGE, kind: 'IMPORT', rows_count: 3, added: 1, changed: 1, ended: 1, rows: [CHANGE.rows[0], { ...CHANGE.rows[0], key: '131016|HEPB|M2-M12|1|1', op: 'NEW',
	columns: [{ column: 'price_yen', label: '委託料（円）', old: null, new: '8000' }, { column: 'tax_class', label: '税区分', old: null, new: '課税' }] },
{ ...CHANGE.rows[0], key: '131016|DT|Y11|1|1', op: 'END', columns: [{ column: 'price_yen', label: '委託料（円）', old: '1', new: null }] }] };
// A permission that is taken away, and one that is given back.
const moved = (effect, role, of, action, operation) => ({ effect, role, function: of, action, operation, area: 'record' });
const ROLE = { ...CHANGE, change_id: 21, master: 'M42', master_name: '権限・機能', org_code: 'NHIC', need_own: 2, reason: '個人番号による照会の停止', rows: [
	{ ...CHANGE.rows[0], key: 'MU-V|H-3-2|*', op: 'NEW', columns: [{ column: 'allowed', label: '可否', old: null, new: 'N' }] }] };
const ROLE_IMPACT = { total: 0, references: [], records: [], simulation: null, permissions: [moved('LOSES', 'MU-V', 'H-3-2', 'LIST', 'searchSubjects'),
	moved('LOSES', 'MU-V', 'H-3-2', 'LIST', 'listVaccinationRecordsOfMunicipality'), moved('LOSES', 'MU-V', 'H-3-2', 'PRINT', 'printRecords'),
	moved('GAINS', 'MI-S', 'H-5-3', 'ISSUE', 'issueCertificateOnPaper'), moved('GAINS', 'MI-S', 'H-99-9', 'UNHEARD', 'somethingNobodyNamed')] };
// A rule that is changed, before and after it was counted.
const RULE = { ...CHANGE, change_id: 22, master: 'M14', master_name: '接種スケジュール', org_code: 'MHLW', reason: '実施規則の改正', legal_ref: '予防接種実施規則（令和8年厚生労働省令第45号）',
	rows: [{ ...CHANGE.rows[0], key: '14', columns: [{ column: 'max_age', label: '終了年齢', old: 'Y5', new: 'Y7' }] }] };
const RULE_DRAFT = { ...RULE, status: 'DRAFT', can_submit: true, can_approve: false, submitted_at: null, diff_hash: null };
const place = (i, name) => ({ muni_code: String(131_016 + i), name, persons: 412_000 - 1000 * i, changed: 9200 - 100 * i });
const COUNTED = { status: 'DONE', current: true, asked_user: '900000050', asked_at: '2026-11-20T09:15:00+09:00', done_at: '2026-11-20T09:31:00+09:00', persons: 1_204_500,
	persons_done: 1_204_500, changed: 480_120, hidden: 1684, vaccines: [{ vaccine_code: 'MR', gained: 12_044, lost: 0 }, { vaccine_code: 'HPV9', gained: null, lost: 310 }],
	municipalities: [place(0, `${'見本'.repeat(20)}市`), ...Array.from({ length: 56 }, (_, i) => place(i + 1, `見本市${i + 1}区`))] };
const RUNNING = { ...COUNTED, status: 'RUNNING', done_at: null, persons_done: 420_000, changed: null, hidden: 0, vaccines: [], municipalities: [] };
const ruled = (simulation) => ({ ...IMPACT, simulation });
const number = (key, value, more = {}) => ({ key, value, configured: value, normal: value, min: 1, max: 1000, unit: 'days', security: false, note: 'A note.', ...more });
const NUMBERS = { parameters: [number('account.password_min', '14', { normal: '12', configured: '12', min: 8, max: 64, unit: 'characters', security: true }),
	number('record.search_limit', '50', { configured: '100', normal: '100', unit: 'rows' }), number('record.due_horizon_days', '90', { normal: '60', max: 366 }),
	number(`outside.${'a_long_name_of_a_number_'.repeat(2)}x`, '268435456', { unit: 'fortnights', max: 9_007_199_254,
		note: 'What nobody has put into words yet stands as the program says it, however long that is, '.repeat(3) })] };
const set_ = (master, ...keys) => ({ body: { master, name: master, as_of: '2026-11-20', next: null, rows: keys.map((key) => version(1, 'EFFECTIVE', { key, values: { key } })) } });

const DRAFT = { ...CHANGE, status: 'DRAFT', can_submit: true, can_approve: false, submitted_at: null, diff_hash: null };
const refusal = (status, error_id, title, detail, errors = []) => ({ status, body: { status, error_id, title, detail, errors, trace_id: '8F3A-21KQ' } });

const change = (answer, more = '', touched = IMPACT) => async (b, extra = {}) => {
	await b.pretend({ ...extra, [`GET /master/changes/${answer.change_id}/impact`]: { body: touched }, [`GET /master/changes/${answer.change_id}`]: { body: answer },
		'GET /master/masters/M03/rows/': { body: ROW } });
	await b.page(`/masters/changes/${answer.change_id}${more}`);
	await b.shown();
};
const list = (path) => async (b) => {
	await b.pretend({ 'GET /master/changes?': { body: LIST }, 'GET /master/changes/14': { body: { ...STOP, approvals: [] } } });
	await b.page(path);
	await b.shown();
};
const go = (path) => async (b) => {
	await b.page(path);
	await b.shown();
};
const row = (b) => b.pretend({ 'GET /master/masters/M03/rows/': { body: ROW }, 'GET /master/changes/13': { body: { ...CHANGE, change_id: 13 } },
	'GET /master/changes/12/impact': { body: IMPACT }, 'GET /master/changes/12': { body: { ...CHANGE, status: 'EFFECTIVE', decided_user: '900000076' } } })
	.then(() => go(`/masters/M03/row?key=${encodeURIComponent(KEY)}`)(b));
const lot = (path) => async (b) => {
	await b.pretend({ 'GET /master/masters/M13/rows/': { body: LOTS } });
	await go(path)(b);
};
const press = (b, words) => b.run(`[...document.querySelectorAll('main button')].find((e) => e.textContent.trim().startsWith(${JSON.stringify(words)})).click()`);
const failed = (b) => b.until("document.activeElement?.id === 'summary'");
const set = (b, id, value) => b.run('document.getElementById(arguments[0]).value = arguments[1]', id, value);

export const masterSteps = {
	...exchangeSteps,
	'masters-waiting': list('/masters'),
	'master-rows': go('/masters/M51'),
	'master-rows-wide': async (b) => {
		await go('/masters/M14?all=1')(b);
		await b.device(4200); // axe decides about no cell that is scrolled away
		await b.run("document.querySelector('main').style.maxWidth = 'none'");
	},
	'master-rows-day': go('/masters/M12?as_of=2026-01-01&q=mr'),
	'master-rows-empty': go('/masters/M12?q=NOTHING-OF-THE-KIND'),
	'master-rows-received': go('/masters/M61'),
	'master-rows-en': go('/masters/M12'),
	'master-rows-absent': go('/masters/M99'),
	'master-row': lot(`/masters/M13/row?key=${encodeURIComponent('P-001|A1234')}`),
	'master-row-history': row,
	'master-row-en': row,
	'master-edit-new': go('/masters/M03/edit?op=new'),
	'master-edit-errors': async (b) => { await go('/masters/M03/edit?op=new')(b); await press(b, '内容を確認する'); await failed(b); },
	'master-edit-revise': go('/masters/M12/edit?op=revise&key=MR'),
	'master-edit-image': go('/masters/M06/edit?op=new'),
	'master-edit-stop': lot(`/masters/M13/edit?op=stop&key=${encodeURIComponent('P-001|A1234')}`),
	'master-edit-unusable': go('/masters/M12/edit?op=revise&key=MR'),
	'master-edit-denied': go('/masters/M03/edit?op=new'),
	'master-file': go('/masters/M03/file'),
	'master-file-chosen': async (b) => {
		await go('/masters/M03/file')(b);
		await b.run("document.querySelector('[name=mode][value=whole]').click()");
		await set(b, 'reason', '年度改定');
		await press(b, 'ファイルを選ぶ画面に進む');
		await b.until("document.querySelector('.yb-details')");
	},
	changes: list('/masters/changes'),
	'changes-all': list('/masters/changes?view=all'),
	'changes-empty': async (b) => { await b.pretend({ 'GET /master/changes?': { body: { changes: [], next: null } } }); await go('/masters/changes')(b); },
	'changes-en': list('/masters/changes?view=all'),
	change: change(CHANGE),
	'change-draft': change(DRAFT),
	'change-own': (b) => b.run("return fetch('/api/v1/account/session').then((r) => r.json()).then((s) => s.user.user_id)")
		.then((user) => change({ ...CHANGE, created_user: user, can_approve: false })(b)),
	'change-file': change(FILE),
	'change-stop': change(STOP),
	'change-errors': async (b) => {
		await change(CHANGE)(b, { 'POST /master/changes/12/approve': refusal(409, 'E-ACC-005', '他の操作により状態が変わりました。', '画面を読み込み直し、内容を確かめてください。') });
		await b.run("document.querySelector('[name=verdict][value=approve]').click()");
		await press(b, '決定する');
		await failed(b);
	},
	'change-en': change(CHANGE),
	'change-permissions': change(ROLE, '', ROLE_IMPACT),
	'change-permissions-en': change(ROLE, '', ROLE_IMPACT),
	'change-permissions-none': change(ROLE, '', { ...ROLE_IMPACT, permissions: [] }),
	'change-rule': change(RULE_DRAFT),
	'change-rule-running': change(RULE_DRAFT, '', ruled(RUNNING)),
	'change-rule-counted': change(RULE, '', ruled(COUNTED)),
	'change-rule-counted-en': change(RULE, '', ruled(COUNTED)),
	'change-rule-all': async (b) => {
		await change(RULE, '', ruled(COUNTED))(b);
		await press(b, '残りの');
		await b.until("document.activeElement?.id === 'by-municipality'");
	},
	'change-rule-few': change(RULE, '', ruled({ ...COUNTED, changed: null, hidden: 1741, municipalities: [], vaccines: [{ vaccine_code: 'MR', gained: null, lost: 0 }] })),
	'change-rule-nobody': change(RULE, '', ruled({ ...COUNTED, changed: 0, vaccines: [], municipalities: [] })),
	'change-rule-stale': change(RULE_DRAFT, '', ruled({ ...COUNTED, current: false })),
	'change-rule-refused': change(RULE_DRAFT, '', ruled({ ...RUNNING, status: 'REFUSED' })),
	'change-rule-errors': async (b) => {
		await change(RULE_DRAFT)(b, { 'POST /master/changes/22/simulate': refusal(409, 'E-ACC-005', '他の操作により状態が変わりました。', '画面を読み込み直し、内容を確かめてください。') });
		await press(b, '対象者への影響を試算する');
		await failed(b);
	},
	parameters: go('/masters/parameters'),
	'parameters-en': go('/masters/parameters'),
	'parameters-set': async (b) => {
		await b.pretend({ 'GET /master/parameters': { body: NUMBERS }, 'GET /master/masters/M43/rows?': set_('M43', 'record.search_limit'), 'GET /master/masters/M55/rows?': set_('M55', 'account.password_min') });
		await go('/masters/parameters')(b);
	},
	'parameters-empty': go('/masters/parameters?q=NOTHING-OF-THE-KIND&area=record'),
	'parameters-broken': async (b) => { await b.pretend({ 'GET /master/parameters': refusal(503, 'E-SYS-002', 'ただいま処理できません。', '') }); await go('/masters/parameters')(b); },
	'parameters-denied': go('/masters/parameters'),
	'master-edit-parameter': go('/masters/M43/edit?op=new&key=account.password_min'),
	'master-edit-parameter-errors': async (b) => {
		await go('/masters/M43/edit?op=new&key=record.search_limit')(b);
		await set(b, 'c-value', '1001');
		await set(b, 'reason', '回線の増強');
		await press(b, '内容を確認する');
		await failed(b);
	},
	'change-edit': change(DRAFT, '/edit'),
	'change-conflict': async (b) => {
		await change(DRAFT, '/edit')(b, { 'PUT /master/changes/12': refusal(412, 'E-ACC-005', '他の操作により状態が変わりました。', '') });
		await set(b, 'c-price-yen', '14000');
		await b.run(`const real = window.fetch;
			window.fetch = (url, options = {}) => real(url, options).then(async (answer) => {
				if (!String(url).includes('/master/changes/12?'))
					return answer;
				const data = await answer.json();
				data.rows[0].columns[0].new = '12800';
				return new Response(JSON.stringify(data), { status: 200 });
			});`);
		await press(b, '下書きを保存する');
		await b.until("document.activeElement?.id === 'changed'");
	},
	'change-decided': change(CHANGE, '/edit'),
	'change-withdraw': change(CHANGE, '/withdraw'),
	'change-drop': change(DRAFT, '/drop'),
};
