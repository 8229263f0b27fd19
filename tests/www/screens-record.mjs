// screens-record.mjs - how the screens of the area record are reached.

import { staff } from '../support/yobo.mjs';
import { failed, fill, send } from './steps.mjs';

const AT = '2026-11-01T10:15:00+09:00';
const UUID = '00000000-0000-4000-8000-000000000001';
const VACCINE = { vaccine_code: 'DPTIPVHIB', vaccine_name: '五種混合', dose_label: '1期初回1回目', vaccinated_on: '2026-10-20' };
const request = (state, more) => ({ request_id: UUID, state, subject_no: '84650743958499', record_id: UUID, version: 1, ...VACCINE, from_org_name: '見本市',
	to_org_name: '見本診療所', comment: 'ロット番号が予診票の写しと違うようです。\nご確認ください。', answer: null, asked_at: AT, answered_at: null, ...more });
const REQUESTS = { requests: [request('ASKED'), request('WORKING', { answered_at: AT }), request('CORRECTED', { answer: '転記を誤っていました。', answered_at: AT }),
	request('REJECTED', { answer: '"><b>記録のとおり', answered_at: AT })], next: UUID };
const ERROR = { seq: 128, change_kind: '1', error: '宛名番号が台帳にありません（E-VAL-011）', acked_at: AT, subject_no: '84650743958499', muni_key: 'K-1',
	name: '𠮷田　葛\u{E0100}子', record_id: UUID, version: 1, ...VACCINE, org_code: '1319990014', org_name: '見本診療所', banner: false };
const LINK = { ready: 1284, sent: 12, nacked: 2, acked: 98_765, oldest_at: AT, late: true };
const side = (more) => ({ subject_no: '84650743958499', muni_code: '131016', muni_key: 'K-1', name: '引越　華子', name_kana: 'ヒッコシ　ハナコ', birth_date: '2025-02-10',
	sex: '2', resident_state: '住民', elim_date: null, ...more });
const pair = (i, state, more) => ({ pair_id: i, kind: 'candidate', state, reason: null, proposed_by: null, decided_by: null, decided_at: null, created_at: AT,
	mine: side({}), other: side({ subject_no: '15805059756770', muni_code: '011002', muni_key: null, name: '引越　花子', resident_state: '消除', elim_date: '2026-05-01' }),
	agree: ['name_kana', 'birth_date', 'sex'], differ: ['name'], banner: false, ...more });
const decided = { decided_by: '900000084', decided_at: AT, reason: '前住所地の住民票で確認' };
const alert = (i, kind, more) => ({ alert_id: i, kind, actor: '900000084', subject_no: null, n: 62, first_at: AT, last_at: '2026-11-01T10:25:00+09:00', state: 'OPEN',
	comment: null, checked_at: null, checked_by: null, ...more });
const ALERTS = { alerts: [alert(1, 'many'), alert(2, 'night'), alert(3, 'restricted', { n: 1, subject_no: '84650743958499', actor: '900000076', last_at: AT }),
	alert(4, 'other'), alert(5, 'failures'), alert(6, 'link', { actor: null })], next: null };
const gone = (i, more) => ({ subject_no: `8465074395849${i}`, muni_key: `K-${i}`, name: '見本　故人', state: 'LISTED', death_date: '2020-01-01', records: 12, listed_at: AT,
	proposed_at: null, proposed_by: null, ...more });
const bulk = (state, more) => ({ bulk_id: UUID, state, purpose: '04', reason: '健康被害救済の調査のため', n: 128, asked_at: AT, asked_by: '900000076', decided_at: null,
	decided_by: null, comment: null, ...more });
const due = (i, more) => ({ subject_no: `8465074395849${i}`, muni_key: `K-${i}`, name: '𠮷田　葛\u{E0100}子', name_kana: 'ヨシダ　カツコ', birth_date: '2025-02-10',
	vaccine_code: 'MR', vaccine_name: 'MR', phase: '第1期', dose_seq: 1, dose_label: '1期', earliest: '2026-02-10', recommended: '2026-02-10', latest: '2027-02-09', banner: false, ...more });

const LONG = `母子健康手帳では2026年10月21日に接種したことになっていますが、この画面では10月20日になっています。${'日付が違うと次の接種の時期も変わるのではないかと心配しています。'.repeat(8)}`;
const enquiry = (i, state, more) => ({ enquiry_id: `00000000-0000-4000-8000-00000000000${i}`, state, record_id: UUID, ...VACCINE, text: '接種日が母子手帳と違います。\n4月21日です。', answer: null,
	asked_at: AT, answered_at: null, version: 1, subject_no: '84650743958499', name: '𠮷田　葛\u{E0100}子', proxy: true, banner: false, ...more });
const ANSWERED = { answer: '接種した医療機関に確かめ、接種日を訂正しました。\nこの画面でお確かめください。', answered_at: AT };
const RECORD = { record_id: UUID, subject_no: '84650743958499', version: 1, change_kind: '1', status: 'LINKED', ...VACCINE, exec_class: '1', lot_no: 'A1234', expiry_date: '2027-10-31', dose_seq: 1,
	dose_ml: 0.5, route: 'SC', site: '74L', legal_class: '1', place_class: '1', venue: null, org_code: '1319990014', org_name: '見本診療所', source: '医療機関API' };
const asked = (more, record = {}) => ({ '/record/enquiries?': { enquiries: [enquiry(1, 'RECEIVED', more)], next: null, open: 1 },
	'/record/vaccinations/': { subject_no: '84650743958499', record: { ...RECORD, ...record }, versions: [] } });
const SUBJECT = { subject_no: '84650743958499', muni_code: '131016', muni_key: 'K-1', name: '𠮷田　葛\u{E0100}子', name_kana: 'ヨシダ　カツコ', birth_date: '2025-10-17', sex: '2',
	address: '東京都千代田区見本町1丁目1番', resident_state: '住民', elim_date: null, elim_reason: null, not_disclosed: false, self_info_blocked: false, due_date: null, death_date: null };
const proxy = (i, more) => ({ proxy_id: i, everyone: false, guardian_subject_no: null, guardian_name: null, blocked: false, reason: null, set_at: null, set_by: null, first_seen: AT,
	last_seen: AT, ...more });
const STOPPED = { blocked: true, reason: '本人の申出（11月1日、窓口）', set_at: '2026-11-01T09:00:00+09:00', set_by: '900000076' };
const PROXIES = [proxy(1, { ...STOPPED, guardian_subject_no: '15805059756770', guardian_name: '見本　太郎' }), proxy(2, { ...STOPPED, everyone: true, first_seen: null, last_seen: null, set_by: '900000084' }),
	proxy(3, { guardian_subject_no: '27146390815520', guardian_name: '見本　花子' }), proxy(4)];
const child = (proxies, { banner = false, evacuated_on = null } = {}) => ({ '/record/subjects/84650743958499/timeline': { subject: { ...SUBJECT, ...banner ? { address: null, not_disclosed: true } : {} },
	banner, records: [], next: [], rule_version: '1' }, '/record/subjects/84650743958499/proxies': { proxies, evacuated_on } });
const OF = '/records/84650743958499';
const recalled = (i, more) => ({ subject_no: `8465074395849${i}`, muni_key: `K-${i}`, name: '𠮷田　葛\u{E0100}子', name_kana: 'ヨシダ　カツコ', birth_date: '2025-10-17', record_id: UUID,
	vaccine_code: 'DPTIPVHIB', vaccine_name: '五種混合', lot_no: 'A1234', vaccinated_on: '2026-10-20', org_code: '1319990014', org_name: '見本診療所', banner: false, ...more });
const stoppedLot = (lot_no, more) => ({ lot_no, vaccine_code: 'DPTIPVHIB', vaccine_name: '五種混合', doses: 12, open: 12, handled_at: null, handled_by: null, reason: null, ...more });
const HANDLED = { handled_at: AT, handled_by: '900000084', reason: '"><b>全員に電話した' };
const LOTS = { '/record/recalls/lots': { lots: [stoppedLot('A1234'), stoppedLot('X'.repeat(20), { open: 1, ...HANDLED }), stoppedLot('B77', { open: 0, ...HANDLED })] } };

// A page whose answers are made up.
const made = (path, answers) => async (b) => {
	await b.pretend(Object.fromEntries(Object.entries(answers).map(([at, body]) => [at, { body }])));
	await b.page(path);
	await b.shown();
};
const wrong = (path, values = {}) => async (b) => {
	await b.page(path);
	await b.shown();
	await fill(b, values);
	await send(b);
	await failed(b);
};

let known = null;
// The latest record of the child, which the vaccination site has registered.
async function recordOf(inst, child) {
	if (known?.child === child.subject_no)
		return known.id;
	const caller = await staff(inst, { role: 'MU-S' });
	const { json } = await caller.call('getTimeline', { path: { subject_no: child.subject_no }, query: { purpose: '01' } });
	caller.close();
	known = { child: child.subject_no, id: json.records[0].record_id };
	return known.id;
}
const one = (more = '') => async (b, p, inst) => {
	await b.page(`/records/${p.child.subject_no}/${await recordOf(inst, p.child)}${more}?purpose=01`);
	await b.shown();
};

const day = (d) => ({ 'vaccinated-on-era': '', 'vaccinated-on': d.slice(0, 4), 'vaccinated-on-month': d.slice(5, 7), 'vaccinated-on-day': d.slice(8) });
const bubble = (b, values) => b.run(`for (const [id, value] of Object.entries(arguments[0])) {
	const e = document.getElementById(id);
	e.value = value;
	e.dispatchEvent(new Event('change', { bubbles: true }));
}`, values);

export async function fillEntry(b, subjectNo, values = {}) {
	await b.page(`/records/${subjectNo}/new?purpose=01`);
	await b.shown('接種の登録');
	await b.run("document.getElementById('when')?.click()");
	await bubble(b, { 'doctor-name': '試験　医師', 'vaccine-code': 'DPTIPVHIB', 'lot-no': 'A1234' });
	await b.until("document.getElementById('dose-seq').value !== '' && document.getElementById('rules').parentNode.querySelector('.yb-tag')");
	await bubble(b, { route: 'SC', ...values });
}
async function toCheck(b, p, values) {
	await fillEntry(b, p.newborn.subject_no, values);
	await send(b);
	await b.until("document.activeElement?.id === 'check'");
}

const toSure = (first, form) => async (b, ...more) => {
	await first(b, ...more);
	await b.run(form);
	await send(b, 'main form:not(#start)');
	await b.until("document.activeElement?.id === 'check'");
};
const say = (values) => `for (const [id, value] of ${JSON.stringify(Object.entries(values))}) document.getElementById(id).value = value;`;
const refusedForm = (first) => async (b, ...more) => {
	await first(b, ...more);
	await send(b, 'main form:not(#start)');
	await failed(b);
};

export const RECORD_STEPS = {
	'timeline-guard': async (b, p) => { await b.page(`/records/${p.safe.subject_no}?purpose=01&protected=1`); await b.shown(); },
	'entry-person-errors': wrong('/records/new'),
	entry: (b, p) => fillEntry(b, p.newborn.subject_no, { 'dose-seq': '3', 'dose-ml': '0.1' }),
	'entry-not-done': async (b, p) => {
		await fillEntry(b, p.newborn.subject_no);
		await b.run("document.getElementById('exec-class-1').click()");
	},
	'entry-errors': async (b, p) => {
		await b.page(`/records/${p.newborn.subject_no}/new?purpose=01`);
		await b.shown();
		await send(b);
		await failed(b);
	},
	'entry-scanned': async (b, p) => {
		await b.page(`/records/${p.newborn.subject_no}/new?purpose=01`);
		await b.shown();
		await b.run("document.getElementById('scan').focus()");
		await b.keys('010498700000001710A12342716\uE007');
		await b.until("document.getElementById('lot-no').value !== '' && document.querySelector('.yb-read p')");
		await b.run('document.activeElement.blur(); scrollTo(0, 0)'); // the person's bar stands over what is below
	},
	'entry-check': (b, p) => toCheck(b, p, { 'dose-seq': '3', 'dose-ml': '0.1' }),
	'entry-done': async (b, p) => {
		await b.pretend({ 'POST /record/vaccinations': { status: 201, body: { record_id: UUID, mgmt_no: '177981682784630406', version: 1, change_kind: '1', status: 'REGISTERED', seq: 1,
			phase: '第1期', dose_label: '1期初回1回目', evaluation: { valid: false, findings: [{ rule: 'VR-18', severity: 'W', message: '接種量が標準と異なります。' }] } } } });
		await toCheck(b, p, {});
		await b.run("document.querySelector('#sure button[type=submit]').click()");
		await b.until("document.activeElement?.id === 'done'");
	},
	'entry-stranger': (b, p) => fillEntry(b, p.newborn.subject_no),
	'entry-en': async (b, p) => { await b.page(`/records/${p.newborn.subject_no}/new?purpose=01`); await b.shown(); },
	record: one(),
	'record-own': one(),
	'record-en': one(),
	correct: one('/correct'),
	'correct-check': async (b, p, inst) => {
		await one('/correct')(b, p, inst);
		await bubble(b, { 'lot-no': 'B99', 'dose-ml': '0.25', 'reason-code': 'PAPER', 'reason-text': '予診票の控えと照合' });
		await send(b);
		await b.until("document.activeElement?.id === 'check'");
	},
	'correct-errors': async (b, p, inst) => { await one('/correct')(b, p, inst); await send(b); await failed(b); },
	cancel: one('/cancel'),
	ask: one('/ask'),
	requests: made('/records/requests', { '/record/correction-requests': REQUESTS }),
	'requests-received': made('/records/requests', { '/record/correction-requests': REQUESTS }),
	'requests-empty': made('/records/requests', { '/record/correction-requests': { requests: [], next: null } }),
	answer: made(`/records/requests/${UUID}`, { '/record/correction-requests': REQUESTS }),
	link: made('/records/link', { '/record/link-errors': { errors: [ERROR, { ...ERROR, seq: 129, banner: true, change_kind: '3' }], next: 129 }, '/record/link': LINK }),
	'link-empty': made('/records/link', { '/record/link-errors': { errors: [], next: null }, '/record/link': { ...LINK, nacked: 0, late: false, oldest_at: null } }),
	'link-file': made('/records/link', { '/record/link-errors': { errors: [ERROR], next: null }, '/record/link': LINK }),
	resolve: made('/records/link/128', { '/record/link-errors': { errors: [ERROR], next: null } }),
	'resend-errors': wrong('/records/link/resend'),
	pairs: made('/records/pairs', { '/record/pairs': { pairs: [pair(1, 'OPEN'), pair(2, 'OPEN')], next: null } }),
	'pairs-en': made('/records/pairs', { '/record/pairs': { pairs: [pair(1, 'OPEN', { kind: 'number', agree: ['my_number', 'name_kana', 'birth_date', 'sex'], banner: true })], next: 1 } }),
	'pairs-empty': made('/records/pairs', { '/record/pairs': { pairs: [], next: null } }),
	'pairs-same': made('/records/pairs?state=SAME', { '/record/pairs': { pairs: [pair(1, 'SAME', decided), pair(2, 'SAME', { ...decided, decided_by: null })], next: null } }),
	undo: made('/records/pairs/1', { '/record/pairs': { pairs: [pair(1, 'SAME', decided)], next: null } }),
	alerts: made('/records/alerts', { '/record/alerts': ALERTS }),
	'alerts-empty': made('/records/alerts', { '/record/alerts': { alerts: [], next: null } }),
	alert: made('/records/alerts/1', { '/record/alerts': ALERTS }),
	retention: made('/records/retention', { '/record/retention': { persons: [gone(1), gone(2)] } }),
	'retention-proposed': made('/records/retention?state=PROPOSED', { '/record/retention': { persons: [gone(1, { state: 'PROPOSED', proposed_at: AT, proposed_by: '900000084' })] } }),
	'retention-empty': made('/records/retention', { '/record/retention': { persons: [] } }),
	bulk: made('/records/bulk', { '/record/bulk-inquiries': { inquiries: [bulk('ASKED'), bulk('APPROVED', { decided_at: AT, decided_by: '900000084' }), bulk('REJECTED', { decided_at: AT, decided_by: '900000084', comment: '範囲が広すぎます' })] } }),
	'bulk-empty': made('/records/bulk', { '/record/bulk-inquiries': { inquiries: [] } }),
	'bulk-new-errors': wrong('/records/bulk/new'),
	'bulk-one': made(`/records/bulk/${UUID}`, { '/record/bulk-inquiries': { inquiries: [bulk('ASKED')] } }),
	'bulk-result': made(`/records/bulk/${UUID}`, { '/record/bulk-inquiries': { inquiries: [bulk('APPROVED', { decided_at: AT, decided_by: '900000084' })] } }),
	enquiries: made('/records/enquiries', { '/record/enquiries': { enquiries: [enquiry(1, 'RECEIVED', { text: LONG }), enquiry(2, 'RECEIVED', { banner: true, proxy: false }),
		enquiry(3, 'RECEIVED', { text: '"><img src=x onerror=alert(1)>${1+1}' })], next: UUID, open: 4 } }),
	'enquiries-en': made('/records/enquiries?state=ANSWERED', { '/record/enquiries': { enquiries: [enquiry(1, 'ANSWERED', ANSWERED)], next: null, open: 0 } }),
	'enquiries-empty': made('/records/enquiries', { '/record/enquiries': { enquiries: [], next: null, open: 0 } }),
	enquiry: made(`/records/enquiries/${UUID}`, asked({})),
	'enquiry-long': made(`/records/enquiries/${UUID}`, asked({ text: LONG, state: 'WORKING' }, { version: 2 })),
	'enquiry-protected': async (b) => {
		await made(`/records/enquiries/${UUID}?protected=1`, asked({ banner: true }))(b);
		await b.run("document.getElementById('guard-open').click()");
		await b.until("document.getElementById('answer')");
	},
	'enquiry-errors': refusedForm(made(`/records/enquiries/${UUID}`, asked({}))),
	'enquiry-check': toSure(made(`/records/enquiries/${UUID}`, asked({ banner: false })), say({ answer: ANSWERED.answer })),
	'enquiry-answered': made(`/records/enquiries/${UUID}`, asked({ state: 'ANSWERED', ...ANSWERED })),
	'enquiry-en': made(`/records/enquiries/${UUID}`, asked({})),
	proxies: made(`${OF}/proxies?purpose=01`, child(PROXIES)),
	'proxies-empty': made(`${OF}/proxies?purpose=01`, child([])),
	'proxies-protected': made(`${OF}/proxies?purpose=01&opened=1`, child(PROXIES, { banner: true })),
	'proxies-guard': made(`${OF}/proxies?purpose=01`, child(PROXIES, { banner: true })),
	'proxies-en': made(`${OF}/proxies?purpose=01&opened=1`, child(PROXIES, { banner: true, evacuated_on: '2026-10-01' })),
	'proxy-block': made(`${OF}/proxies/block?purpose=01`, child(PROXIES)),
	'proxy-block-errors': refusedForm(made(`${OF}/proxies/block?purpose=01`, child(PROXIES))),
	'proxy-block-check': toSure(made(`${OF}/proxies/block?purpose=01`, { ...child(PROXIES), '/record/searches': { search_id: UUID, items: [{ ...SUBJECT, subject_no: '15805059756770',
		name: '見本　太郎', name_kana: 'ミホン　タロウ', birth_date: '1989-01-01' }], too_many: false } }), `document.getElementById('whom').click(); document.getElementById('reason').value = '本人の申出（11月1日、窓口）';
		document.getElementById('guardian-subject-no').value = '15805059756770'`),
	'proxy-allow': made(`${OF}/proxies/allow?purpose=01&proxy=1`, child(PROXIES)),
	'proxy-own': made(`${OF}/proxies/allow?purpose=01&proxy=2`, child(PROXIES.map((p) => ({ ...p, set_by: '900000076' })))),
	evacuation: made(`${OF}/evacuation?purpose=01&opened=1`, child([], { banner: true })),
	'evacuation-errors': refusedForm(made(`${OF}/evacuation?purpose=01&opened=1`, child([], { banner: true }))),
	'evacuation-check': toSure(made(`${OF}/evacuation?purpose=01&opened=1`, child([], { banner: true, evacuated_on: '2026-10-01' })), `document.getElementById('how-1').click(); ${say({ reason: '支援措置申出書（11月1日）' })}`),
	'evacuation-none': made(`${OF}/evacuation?purpose=01`, child([])),
	recalls: made('/records/recalls?purpose=05', { ...LOTS, '/record/recalls': { recalled: [recalled(1), recalled(2, { banner: true }), recalled(3, { vaccine_code: 'MR', vaccine_name: 'MR', lot_no: 'X'.repeat(20),
		org_name: null })], next: '177981682784630406' } }),
	'recalls-handle': async (b) => {
		await made('/records/recalls', LOTS)(b);
		await b.click('#lot-DPTIPVHIB-B77');
	},
	'recalls-handle-errors': async (b) => {
		await made('/records/recalls', LOTS)(b);
		await b.click('#lot-DPTIPVHIB-A1234');
		await b.until("document.getElementById('lot-title')");
		await send(b, '#lot-form');
		await failed(b);
	},
	'recalls-en': made('/records/recalls?purpose=05&lot_no=A1234', { ...LOTS, '/record/recalls': { recalled: [recalled(1)], next: null } }),
	'recalls-empty': made('/records/recalls?purpose=05', { '/record/recalls/lots': { lots: [] }, '/record/recalls': { recalled: [], next: null } }),
	'recalls-errors': wrong('/records/recalls', { purpose: '' }),
	due: made('/records/due?purpose=03', { '/record/due': { due: [due(1), due(2, { banner: true, recommended: null, latest: null }), due(3, { vaccine_code: 'DPTIPVHIB', vaccine_name: '五種混合', dose_label: '1期初回1回目' })], next: 3 } }),
	'due-empty': made('/records/due?purpose=03', { '/record/due': { due: [], next: null } }),
};
