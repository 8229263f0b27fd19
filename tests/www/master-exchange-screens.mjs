// master-exchange-screens.mjs - how the screens of received files, sent files and mergers are
// reached. Their answers are made up: a held file or a merger under way cannot be had on request.

const LONG = `M61-${'0123456789'.repeat(5)}`; // as long as a file's name may be
const at = (time) => `2026-11-20T${time}:00+09:00`;
const RECEIPT = { receipt_id: 12, file: 'M61-0000124', sender: 'ONS', master: 'M61', name: '医療機関', layout: 'M61-1', sequence: 124, sha256: '8f3a'.repeat(16),
	status: 'HELD', problem: 'DELETIONS', attempts: 0, rows_said: 91_204, before: 92_410, rows: 91_204, bad: 3, same: 89_980, added: 1181, changed: 40, ended: 2387,
	asked_user: null, asked_decision: null, asked_reason: null, asked_at: null, decided_user: null, decided_reason: null, decided_at: null,
	received_at: at('02:10'), verified_at: at('02:11'), settled_at: null, acked_at: null, ended_limit_percent: 1, added_limit_percent: 10, has_rows: true,
	can_release: true, asked_by_caller: false, version: 4 };
const ASKED = { ...RECEIPT, asked_user: '900000050', asked_decision: 'APPLY', asked_reason: '廃止の一括整理であることを、電話で担当の見本さんに確認した', asked_at: at('09:40'), version: 5 };
const applied = { ...RECEIPT, receipt_id: 11, file: 'M61-0000123', sequence: 123, status: 'APPLIED', problem: null, bad: 0, ended: 12, added: 40, can_release: false,
	settled_at: at('02:12'), acked_at: at('02:12') };
const failed = { ...RECEIPT, receipt_id: 10, file: LONG, sender: null, master: null, name: null, layout: null, sequence: null, sha256: null, status: 'FAILED', problem: 'SIGNATURE',
	attempts: 3, rows_said: null, before: null, rows: 0, bad: 0, same: 0, added: 0, changed: 0, ended: 0, verified_at: null, has_rows: false, can_release: false,
	settled_at: at('02:14'), acked_at: at('02:14') };
const waits = { ...failed, receipt_id: 9, file: 'M62-0000031', sender: 'SKS', master: 'M62', name: '集合契約', layout: 'M62-1', sequence: 31, status: 'RECEIVED', problem: 'GAP', attempts: 0,
	settled_at: null, acked_at: null };
const RECEIPTS = { receipts: [RECEIPT, applied, failed, waits, { ...applied, receipt_id: 8, file: 'M63-0000002', master: 'M63', name: '保険者', status: 'DISCARDED', problem: null,
	asked_user: '900000050', decided_user: '900000051' }], next: 8 };
const column = (name, label, old, now) => ({ column: name, label, old, new: now });
const ended = (i) => ({ version_id: 500 + i, version_no: 3, key: `13123456${String(i).padStart(2, '0')}`, op: 'END', status: 'DRAFT', valid_from: '2026-11-20', valid_to: null, old_from: '2020-04-01',
	old_to: null, columns: [column('org_code', '医療機関コード', `13123456${String(i).padStart(2, '0')}`, null), column('name', '名称', i === 2 ? '医療法人社団見本会'.repeat(8) : `見本医院 ${i}`, null)] });
const revised = { ...ended(1), op: 'REVISE', columns: [column('name', '名称', '見本医院', '新見本クリニック'), column('phone', '電話', '03-0000-0000', '03-0000-0001')] };
const rows = (list, next = null) => ({ rows: list, next });
const CELLS = '"1312345678","見本医院","ミホンイイン","1000001","見本県見本市1-1","03-0000-0000","99","1","2020-04-01",""';
const QUARANTINE = { next: 41_002, rows: [{ line: 12, field: 'org_code', code: 'E-VAL-010', cells: CELLS }, { line: 880, field: 'pref_code', code: 'E-VAL-011', cells: CELLS },
	{ line: 41_002, field: null, code: 'E-VAL-014', cells: CELLS }] };

const SENDING = { sending_id: 7, master: 'M03', name: '委託料・自己負担額', sequence: 19, file: 'M03-0000019', status: 'NACKED', problem: 'REFUSED', rows: 41, refused: 2, attempts: 1,
	sha256: '21ab'.repeat(16), made_at: at('03:00'), sent_at: at('03:00'), acked_at: at('06:30'), can_resend: true };
const sent = (row, more = {}) => ({ sending_id: 7, row, master: 'M03', key: `131016|MR|M12-M24|${row}|1`, version_no: 2, kind: 'COUNTS', status: 'NACKED', refused: null, ...more });
const SENT = [sent(1, { refused: '委託料の区分が不明です。契約の区分コード表の令和8年度版に合わせて、区分コードを入力し直してから送信してください' }), sent(2), sent(3, { kind: 'GONE' }), sent(4, { refused: '年齢区分が重複' })];
const SENDINGS = { next: 3, rows: SENT.filter((r) => r.refused), sendings: [SENDING, { ...SENDING, sending_id: 6, master: 'M12', name: 'ワクチン', file: 'M12-0000004', status: 'SENT', problem: null, refused: 0, acked_at: null },
	{ ...SENDING, sending_id: 5, file: 'M01-0000011', master: 'M01', name: '自治体基本', status: 'ACKED', problem: null, refused: 0 },
	{ ...SENDING, sending_id: 4, file: LONG, status: 'HELD', problem: 'SILENCE', refused: 0, attempts: 3, acked_at: null }] };
const OWN = { sendings: [], next: null, rows: SENT };

const part = (muni_code, name, subjects, more = {}) => ({ muni_code, name, key_prefix: '', subjects, accounts: 14, clients: 3, waiting: 21, ...more });
const OLD = [part('132012', '旧見本市', 48_210, { key_prefix: 'A-' }), part('132021', '見本町', 6120)];
const MERGER = { merger_id: 3, new_code: '132098', name: '見本市', name_kana: 'ミホンシ', on_day: '2099-04-01', status: 'PLANNED', reason: '総務省告示第123号（市町村の廃置分合）', created_user: '900000050',
	decided_user: null, created_at: at('10:00'), decided_at: null, began_at: null, done_at: null, version: 1, collisions: 0, can_approve: true, can_cancel: true, old: OLD };
const decided = { decided_user: '900000051', decided_at: at('11:30'), can_approve: false };
const MOVING = { ...MERGER, ...decided, status: 'MOVING', can_cancel: false, collisions: null, began_at: at('00:01'), on_day: '2026-11-01', version: 4,
	old: [part('132012', '旧見本市', 12_004, { accounts: 0, clients: 0, waiting: 0 }), part('132021', '見本町', 0, { accounts: 0, clients: 0, waiting: 0 })] };
const line = (merger_id, more) => ({ ...MERGER, merger_id, ...more });
const MERGERS = { next: null, mergers: [line(4, { name: `${'見本'.repeat(12)}市` }), line(3, { status: 'APPROVED', ...decided }), line(2, { status: 'DONE', ...decided, done_at: at('12:00') }), line(1, { status: 'CANCELLED', ...decided })] };
const DRY = { new_name: null, collisions: 0, old: OLD };
const refusal = (status, error_id, title, detail, errors = []) => ({ status, body: { status, error_id, title, detail, errors, trace_id: '8F3A-21KQ' } });

const go = (path, answers = {}) => async (b) => {
	await b.pretend(answers);
	await b.page(path);
	await b.shown();
};
const receipt = (p, list = rows([ended(1), ended(2), ended(3)], 503), more = {}) => go(`/masters/receipts/${p.receipt_id}`, { ...more, [`/master/receipts/${p.receipt_id}/rows`]: { body: list },
	[`/master/receipts/${p.receipt_id}/quarantine`]: { body: QUARANTINE }, [`GET /master/receipts/${p.receipt_id}`]: { body: p } });
const press = (b, words) => b.run(`[...document.querySelectorAll('main button')].filter((e) => e.offsetParent !== null).find((e) => e.textContent.trim().startsWith(${JSON.stringify(words)})).click()`);
const failedBox = (b) => b.until("document.activeElement?.id === 'summary'");
const set = (b, values) => b.run('for (const [id, value] of Object.entries(arguments[0])) document.getElementById(id).value = value', values);

const OLD_TYPED = { 'old-0': '132012', 'prefix-0': 'A-', 'old-1': '132021' };
const NEW_TYPED = { 'new-code': '132098', name: '見本市', 'name-kana': 'みほんし', reason: '総務省告示第123号（市町村の廃置分合）' };
const stepNew = (answers) => async (b) => {
	await go('/masters/mergers/new', answers)(b);
	await set(b, OLD_TYPED);
	await press(b, '次へ進む');
	await b.until("!document.getElementById('new-form').closest('[hidden]')");
};
const stepCheck = (answers) => async (b) => {
	await stepNew(answers)(b);
	await set(b, NEW_TYPED);
	await b.run("document.getElementById('on-day').selectedIndex = 5");
	await press(b, '移る件数を確認する');
};
const dry = (body) => ({ 'POST /master/mergers/check': { body } });

export const exchangeSteps = {
	receipts: go('/masters/receipts', { 'GET /master/receipts?status=HELD': { body: { receipts: [ASKED], next: null } }, 'GET /master/receipts?': { body: RECEIPTS } }),
	'receipts-empty': go('/masters/receipts', { 'GET /master/receipts?': { body: { receipts: [], next: null } } }),
	'receipts-none-here': go('/masters/receipts?master=M62&status=HELD', { 'GET /master/receipts?': { body: { receipts: [], next: null } } }),
	'receipts-denied': go('/masters/receipts'),
	receipt: receipt(RECEIPT),
	'receipt-asked': receipt(ASKED),
	'receipt-own': receipt({ ...ASKED, asked_by_caller: true }),
	'receipt-added': receipt({ ...RECEIPT, problem: 'ADDITIONS', ended: 0, added: 12_000 }, rows([{ ...ended(5), op: 'NEW', columns: ended(5).columns.map((c) => ({ ...c, old: null, new: c.old })) }])),
	'receipt-revised': async (b) => {
		await receipt(applied, rows([revised]))(b);
		await b.page('/masters/receipts/11?op=REVISE');
		await b.shown();
	},
	'receipt-failed': receipt(failed),
	'receipt-gap': receipt(waits),
	'receipt-errors': async (b) => { await receipt(RECEIPT)(b); await press(b, '決定する'); await failedBox(b); },
	'receipt-refused': async (b) => {
		await receipt(ASKED, undefined, { 'POST /master/receipts/12/release': refusal(409, 'E-MST-005', '登録した本人は承認できません。', '別の担当者に承認を依頼してください。') })(b);
		await b.run("document.querySelector('[name=decision][value=APPLY]').click()");
		await set(b, { reason: '確認した' });
		await press(b, '決定する');
		await failedBox(b);
	},
	'receipt-met': async (b) => {
		await receipt(RECEIPT, undefined, { 'POST /master/receipts/12/release': refusal(412, 'E-ACC-005', '他の操作により状態が変わりました。', '') })(b);
		await b.run("document.querySelector('[name=decision][value=DISCARD]').click()");
		await set(b, { reason: '誤りのファイル' });
		await b.run(`const real = window.fetch;
			window.fetch = (url, options = {}) => real(url, options).then(async (answer) => (/receipts\\/12$/.test(String(url))
				? new Response(JSON.stringify({ ...await answer.json(), ...arguments[0] }), { status: 200 }) : answer))`.replace('arguments[0]', JSON.stringify(ASKED)));
		await press(b, '決定する');
		await b.until("document.activeElement?.id === 'changed'");
	},
	'receipt-en': receipt(ASKED),
	sendings: go('/masters/sendings', { 'GET /master/sendings': { body: SENDINGS } }),
	'sendings-empty': go('/masters/sendings', { 'GET /master/sendings': { body: { sendings: [], rows: [], next: null } } }),
	'sendings-own': go('/masters/sendings', { 'GET /master/sendings': { body: OWN } }),
	'sendings-own-empty': go('/masters/sendings', { 'GET /master/sendings': { body: { ...OWN, rows: [] } } }),
	'sendings-denied': go('/masters/sendings'),
	'sendings-en': go('/masters/sendings', { 'GET /master/sendings': { body: SENDINGS } }),
	sending: go('/masters/sendings/7', { 'GET /master/sendings/7': { body: { ...SENDING, sent: SENT, next: 4 } } }),
	'sending-met': async (b) => {
		await go('/masters/sendings/7', { 'POST /master/sendings/7/resend': refusal(409, 'E-MST-011', 'この送信は、この操作ができる状態ではありません。', ''),
			'GET /master/sendings/7': { body: { ...SENDING, sent: SENT, next: null } } })(b);
		await b.run(`const real = window.fetch;
			window.fetch = (url, options = {}) => real(url, options).then(async (answer) => (/sendings\\/7\\?/.test(String(url))
				? new Response(JSON.stringify({ ...await answer.json(), status: 'READY', file: 'M03-0000019-r4', problem: null, can_resend: false }), { status: 200 }) : answer))`);
		await press(b, 'もう一度送る');
		await b.until("document.activeElement?.id === 'changed'");
	},
	'sending-absent': go('/masters/sendings/999999'),
	'sending-silent': go('/masters/sendings/4', { 'GET /master/sendings/4': { body: { ...SENDINGS.sendings[3], sent: SENT.slice(1, 3), next: null } } }),
	mergers: go('/masters/mergers', { 'GET /master/mergers': { body: MERGERS } }),
	'mergers-empty': go('/masters/mergers', { 'GET /master/mergers': { body: { mergers: [], next: null } } }),
	'mergers-denied': go('/masters/mergers'),
	'merger-new': go('/masters/mergers/new'),
	'merger-new-errors': async (b) => { await go('/masters/mergers/new')(b); await press(b, '次へ進む'); await failedBox(b); },
	'merger-new-second': stepNew({}),
	'merger-new-check': async (b) => { await stepCheck(dry(DRY))(b); await b.until("document.getElementById('check-form')"); },
	'merger-new-collide': async (b) => { await stepCheck(dry({ ...DRY, new_name: '旧見本市', collisions: 311 }))(b); await b.until("document.getElementById('fix')"); },
	'merger-new-refused': async (b) => {
		await stepCheck({ 'POST /master/mergers/check': refusal(409, 'E-MST-009', 'この合併は、この操作ができる状態ではありません。', '', [{ field: '/old/1/muni_code', code: 'E-MST-009' }]) })(b);
		await failedBox(b);
	},
	'merger-new-en': go('/masters/mergers/new'),
	merger: go('/masters/mergers/3', { 'GET /master/mergers/3': { body: MERGER } }),
	'merger-collide': go('/masters/mergers/3', { 'GET /master/mergers/3': { body: { ...MERGER, can_approve: false, collisions: 20 } } }),
	'merger-moving': go('/masters/mergers/3', { 'GET /master/mergers/3': { body: MOVING } }),
	'merger-en': go('/masters/mergers/3', { 'GET /master/mergers/3': { body: { ...MERGER, status: 'APPROVED', ...decided } } }),
	'merger-approve': go('/masters/mergers/3/approve', { 'GET /master/mergers/3': { body: MERGER } }),
	'merger-cancel': go('/masters/mergers/3/cancel', { 'GET /master/mergers/3': { body: MERGER } }),
	'merger-unusable': go('/masters/mergers/3/approve', { 'GET /master/mergers/3': { body: { ...MERGER, can_approve: false } } }),
	'merger-met': async (b) => {
		await go('/masters/mergers/3/approve', { 'POST /master/mergers/3/approve': refusal(412, 'E-ACC-005', '他の操作により状態が変わりました。', ''), 'GET /master/mergers/3': { body: MERGER } })(b);
		await b.run(`const real = window.fetch;
			window.fetch = (url, options = {}) => real(url, options).then(async (answer) => (/mergers\\/3$/.test(String(url))
				? new Response(JSON.stringify({ ...await answer.json(), status: 'CANCELLED', can_approve: false, can_cancel: false, decided_user: '900000052', decided_at: '2026-11-20T11:00:00+09:00' }), { status: 200 }) : answer))`);
		await press(b, '承認する');
		await b.until("document.activeElement?.id === 'changed'");
	},
};
