// Registering, correcting and all that follows, in the browser with real data (ui design 8.4: R1 to R5).

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { newPerson, runTimer } from '../record/people.mjs';
import { sql } from '../support/database.mjs';
import { dayFromToday, instance, machine, staff } from '../support/yobo.mjs';
import { Chrome, KEYS } from './chrome.mjs';
import { fillEntry } from './screens-record.mjs';
import { failed, fill, focus, open, send } from './steps.mjs';

const inst = instance();
const login = (role, org = '131016') => inst.logins.find((l) => l.role === role && (l.org_type !== 'MUNI' || l.org_code === org));
const GTIN = '04987000000017';
let b, hms, hms2, site, mus, mua;

before(async () => {
	hms = machine(inst, { org_type: 'MUNI', org_code: '131016' }, 'subject:write');
	hms2 = machine(inst, { org_code: '011002' }, 'subject:write');
	site = machine(inst, { org_type: 'NMI' }, 'record:write');
	mus = await staff(inst, { user_id: login('MU-S').user_id });
	mua = await staff(inst, { user_id: login('MU-A').user_id });
	b = await Chrome.start(inst);
	await b.logIn(login('MU-S'), '/records');
});
after(async () => {
	await b?.close();
	[hms, hms2, site, mus, mua].forEach((c) => c?.close());
});

const child = (more) => newPerson(hms, { birth_date: dayFromToday(-100), name: '見本　さくら', name_kana: 'ミホン　サクラ', ...more });
async function vaccinate(p, more = {}) {
	const answer = await site.call('createVaccination', { body: { subject_no: p.subject_no, legal_class: '1', vaccine_code: 'DPTIPVHIB', dose_seq: 1, lot_no: 'A1234',
		vaccinated_on: dayFromToday(-5), dose_ml: 0.5, route: 'SC', exec_class: '1', place_class: '1', doctor_name: '試験　医師', ...more } });
	assert.equal(answer.status, 201, answer.text);
	return answer.json;
}
const records = async (p, query = {}) => (await mus.call('getTimeline', { path: { subject_no: p.subject_no }, query: { purpose: '01', ...query } })).json.records;
const value = (id) => b.run(`return document.getElementById('${id}').value`);
const change = (values) => b.run(`for (const [id, value] of Object.entries(arguments[0])) {
	const e = document.getElementById(id);
	e.value = value;
	e.dispatchEvent(new Event('change', { bubbles: true }));
}`, values);
// What a reader types where its symbol has the separator.
const separator = () => b.send('POST', '/actions', { actions: [{ type: 'key', id: 'keyboard', actions: [['keyDown', '\uE009'], ['keyDown', ']'], ['keyUp', ']'],
	['keyUp', '\uE009']].map(([type, text]) => ({ type, value: text })) }] });
const press = (id) => b.run(`document.getElementById('${id}').click()`);
const posts = (path) => b.run(`return calls.filter((c) => c.method === 'POST' && c.path === '${path}')`);
async function register() {
	await send(b, '#visit');
	await focus(b, 'check');
	await send(b, '#sure');
	await focus(b, 'done');
}

test('a person, then a vaccine, by keyboard and barcode reader, checked while it is filled in', async () => {
	const p = await child();
	await b.logIn(login('MU-S'), '/records/new');
	await focus(b, 'subject-no');
	await b.keys(`${p.subject_no}${KEYS.tab}${KEYS.down}`);
	assert.equal(await value('purpose'), '01');
	await b.keys(KEYS.tab + KEYS.enter);
	await focus(b, 'entry');
	assert.equal(await b.run('return location.pathname + location.search'), `/records/${p.subject_no}/new?purpose=01`);
	assert.match(await b.text('.yb-person'), /見本　さくら.*ミホン　サクラ.*3か月/s);
	assert.match(await b.text('.yb-verdict'), /日とワクチンを入力すると確かめます/);
	await b.tabTo('when-1', 4);
	await b.run("document.getElementById('when').focus()");
	await b.keys(' ');
	await b.tabTo('scan', 4);
	await b.keys(`01${GTIN}10a1234`);
	await separator();
	await b.keys(`17271000${KEYS.enter}`);
	assert.equal(await value('lot-no'), 'A1234');
	assert.equal(await value('gtin'), GTIN);
	assert.deepEqual(await b.run("return ['', '-month', '-day'].map((x) => document.getElementById('expiry-date' + x).value)"), ['2027', '10', '31']);
	assert.match(await b.run("return document.getElementById('live').textContent"), /ロット A1234、有効期限 2027年10月31日/);
	assert.equal(await b.focused(), 'lot-no');
	assert.equal(await value('scan'), '');
	await change({ 'vaccine-code': 'DPTIPVHIB' });
	await b.until("document.getElementById('dose-seq').value === '1'");
	assert.equal(await value('dose-ml'), '0.5');
	await b.until("document.getElementById('rules').parentNode.textContent.includes('問題は見つかりません')");
	assert.match(await b.text('.yb-verdict'), /問題は見つかりません/, 'said above as well, where the person is');
	await b.tabTo('route');
	await b.keys(KEYS.down);
	assert.equal(await value('route'), 'SC');
	await b.tabTo('doctor-name');
	await b.keys('試験　医師');
	await register();
	assert.match(await b.text('main'), /接種を登録しました[^]*管理番号 \d{18}/);
	const [r] = await records(p);
	assert.deepEqual([r.vaccine_code, r.lot_no, r.gtin, r.expiry_date, r.dose_seq, r.vaccinated_on, r.doctor_name, r.source],
		['DPTIPVHIB', 'A1234', GTIN, '2027-10-31', 1, dayFromToday(0), '試験　医師', '自治体代行']);
	assert.deepEqual(await b.complaints(), []);
});

test('what is no barcode of a vaccine is said, and a lot is typed as ever', async () => {
	const p = await child();
	await open(b, `/records/${p.subject_no}/new?purpose=01`);
	for (const [symbol, said] of [[`01${GTIN.slice(0, 13)}917271000`, /検査数字が合いません/], ['4987000000017', /読み取れません/], [`01${GTIN}17271300`, /実在する日付ではありません/]]) {
		await b.run("document.getElementById('scan').focus()");
		await b.keys(symbol + KEYS.enter);
		assert.match(await b.text('.yb-read'), said);
		assert.equal(await value('lot-no'), '');
	}
	await b.run("document.getElementById('lot-no').focus()");
	await b.keys(`ａ１ ２３－４${KEYS.tab}`);
	assert.equal(await value('lot-no'), 'A123-4');
	await b.run("document.getElementById('lot-no').focus(); document.getElementById('lot-no').value = ''");
	await b.keys(`01${GTIN}1727103110B77${KEYS.enter}`);
	assert.equal(await value('lot-no'), 'B77', 'read into the lot itself, it is taken apart too');
	assert.equal(await b.run("return document.getElementById('check') === null"), true, 'and nothing is sent');
});

test('the product master knows a lot: its vaccine, its last day, and whether it may be used', async () => {
	const p = await child();
	const row = (values) => ({ values: { lot_no: 'MR77', vaccine_code: 'MR', gtin14: GTIN, expiry: '2027-12-31', lot_status: '使用可', ...values } });
	await b.pretend({ '/master/masters/M13/rows?q=MR77': { body: { rows: [row({}), row({ lot_no: 'MR777', vaccine_code: 'BCG' })] } },
		'/master/masters/M13/rows?q=ST1': { body: { rows: [row({ lot_no: 'ST1', lot_status: '使用停止' })] } } });
	await open(b, `/records/${p.subject_no}/new?purpose=01`);
	await change({ 'lot-no': 'MR77' });
	await b.until("document.getElementById('vaccine-code').value === 'MR' && document.getElementById('dose-ml').value === '0.5'");
	assert.deepEqual(await b.run("return ['', '-month', '-day'].map((x) => document.getElementById('expiry-date' + x).value)"), ['2027', '12', '31']);
	await press('when');
	await change({ 'vaccine-code': 'DPTIPVHIB' });
	await change({ 'doctor-name': '試験　医師', 'dose-seq': '1', route: 'SC' });
	await send(b, '#visit');
	await failed(b);
	assert.match(await b.text('#summary'), /ロット MR77 はMRのロットです/);
	await change({ 'lot-no': 'ST1' });
	await b.until("document.querySelector('.yb-read .yb-error')?.textContent.includes('使用停止')");
	await b.plain();
});

test('the next entry keeps what does not change', async () => {
	const [one, two] = [await child(), await child({ name: '見本　つばき' })];
	await fillEntry(b, one.subject_no, { venue: '見本保健センター' });
	await register();
	await press('next-person');
	await focus(b, 'subject-no');
	assert.match(await b.text('.yb-notice'), /続けて登録する接種[^]*五種混合、ロット A1234、医師 試験　医師/);
	assert.equal(await value('purpose'), '01');
	await b.keys(two.subject_no + KEYS.enter);
	await focus(b, 'entry');
	assert.match(await b.text('.yb-person'), /見本　つばき/);
	assert.deepEqual(await Promise.all(['vaccine-code', 'lot-no', 'dose-ml', 'route', 'doctor-name', 'venue', 'dose-seq'].map(value)),
		['DPTIPVHIB', 'A1234', '0.5', 'SC', '試験　医師', '見本保健センター', '']);
	assert.equal(await b.run("return document.getElementById('when').checked"), true);
	await change({ 'dose-seq': '1' });
	await register();
	assert.equal((await records(two)).length, 1);
	await press('same-person');
	await focus(b, 'entry');
	assert.deepEqual(await Promise.all(['vaccine-code', 'lot-no', 'doctor-name', 'venue'].map(value)), ['', '', '試験　医師', '見本保健センター']);
	await change({ 'vaccine-code': 'PCV20', 'lot-no': 'P1' });
	await b.until("document.getElementById('dose-seq').value === '1'");
	await change({ route: 'SC' });
	await register();
	assert.deepEqual((await records(two)).map((r) => r.vaccine_code).sort(), ['DPTIPVHIB', 'PCV20']);
	await press('other');
	await focus(b, 'subject-no');
	await b.keys(one.subject_no + KEYS.enter);
	await focus(b, 'entry');
	assert.deepEqual(await Promise.all(['vaccine-code', 'lot-no', 'doctor-name'].map(value)), ['', '', '試験　医師']);
	assert.equal(await b.run('return localStorage.length + sessionStorage.length'), 0);
});

test('what the rules say needs a reason; what cannot be is refused beside its field', async () => {
	const p = await child();
	await fillEntry(b, p.subject_no, { 'dose-seq': '3', 'dose-ml': '0.1' });
	await b.until("document.getElementById('rules').parentNode.textContent.includes('接種できません')");
	await send(b, '#visit');
	await focus(b, 'check');
	assert.match(await b.text('.yb-notice[data-kind=bad]'), /前の回の記録がありません[^]*VR-08[^]*理由を入力/);
	await send(b, '#sure');
	await failed(b);
	assert.match(await b.text('#summary'), /登録する理由を入力してください/);
	await fill(b, { 'confirm-reason': '予診票と照合済み' });
	await send(b, '#sure');
	await focus(b, 'done');
	const [kept] = await records(p);
	assert.equal(kept.confirm_reason, '予診票と照合済み');
	assert.ok(kept.evaluation.findings.some((f) => f.rule === 'VR-08'), 'the reason does not take the finding away');

	for (const [values, field, said] of [
		[{ when: 'other', 'vaccinated-on-era': '', 'vaccinated-on': '2090', 'vaccinated-on-month': '1', 'vaccinated-on-day': '1' }, 'vaccinated-on', /接種日：接種日が今日より後/],
		[{ 'expiry-date-era': '', 'expiry-date': '2020', 'expiry-date-month': '1', 'expiry-date-day': '1' }, 'expiry-date', /有効期限：有効期限を過ぎた/]]) {
		const { when, ...rest } = values;
		await fillEntry(b, (await child()).subject_no);
		if (when)
			await press('when-1');
		await change(rest);
		await send(b, '#visit');
		await failed(b);
		assert.match(await b.text('#summary'), said);
		await b.click('#summary a');
		assert.equal(await b.focused(), field);
	}
	await fillEntry(b, p.subject_no, { 'dose-seq': '3' });
	await send(b, '#visit');
	await b.until("['check', 'summary'].includes(document.activeElement?.id)");
	if (await b.focused() === 'check') {
		await fill(b, { 'confirm-reason': 'x' });
		await send(b, '#sure');
		await failed(b);
	}
	assert.match(await b.text('#summary'), /既に登録/);
	assert.equal((await records(p)).length, 1);
});

test('a visit without a dose asks for its reason and for no lot', async () => {
	const p = await child();
	await fillEntry(b, p.subject_no);
	await press('exec-class-1');
	await b.until("document.getElementById('not-done-reason') && !document.getElementById('lot-no')");
	await fill(b, { 'not-done-reason': '発熱（37.8度）のため' });
	await register();
	const [r] = await records(p);
	assert.deepEqual([r.exec_class, r.not_done_reason, r.lot_no, r.dose_ml, r.route], ['2', '発熱（37.8度）のため', null, null, null]);
});

test('sent once: two clicks, a lost answer, a session that ends', async () => {
	const p = await child();
	await b.pretend({ 'POST /record/vaccinations': { status: 0, times: 1 } });
	await fillEntry(b, p.subject_no);
	await send(b, '#visit');
	await focus(b, 'check');
	await b.run("const button = document.querySelector('#sure button[type=submit]'); button.click(); button.click();");
	await failed(b);
	assert.match(await b.text('#summary'), /通信できませんでした/);
	await press('check');
	await b.run("[...document.querySelectorAll('#sure button')].find((x) => x.textContent.includes('内容を直す')).click()");
	assert.equal(await value('doctor-name'), '試験　医師', 'nothing is lost');
	sql(inst, `DELETE FROM core_session WHERE user_id = '${login('MU-S').user_id}'`);
	await send(b, '#visit');
	await b.until("document.activeElement?.id === 'again-password'");
	await b.keys(login('MU-S').password + KEYS.enter);
	await focus(b, 'check');
	await send(b, '#sure');
	await focus(b, 'done');
	const sent = await posts('/record/vaccinations');
	assert.equal(sent.length, 2);
	assert.equal(sent[0].headers['idempotency-key'], sent[1].headers['idempotency-key']);
	await b.plain();
	mus = await staff(inst, { user_id: login('MU-S').user_id });
	assert.equal((await records(p)).length, 1);
});

test('an institution registers for who is presented by number, and learns no name before', async () => {
	const p = await child();
	await b.logIn(login('NM-S'), '/records/new');
	await focus(b, 'subject-no');
	await b.keys(`00000000000000${KEYS.tab}${KEYS.down}${KEYS.tab}${KEYS.enter}`);
	await focus(b, 'entry');
	await change({ 'vaccine-code': 'DPTIPVHIB' });
	await b.until("document.querySelector('main').textContent.includes('この対象者番号は登録されていません')");
	await b.run("[...document.querySelectorAll('main .yb-link')].find((x) => x.textContent.includes('番号を入れ直す')).click()");
	await focus(b, 'subject-no');
	await b.run("document.getElementById('subject-no').value = ''");
	await b.keys(p.subject_no + KEYS.enter);
	await focus(b, 'entry');
	assert.doesNotMatch(await b.text('main'), /さくら|サクラ/);
	assert.match(await b.text('main'), /氏名は表示できません/);
	await change({ 'doctor-name': '試験　医師', 'vaccine-code': 'DPTIPVHIB', 'lot-no': 'A1234' });
	await b.until("document.getElementById('dose-seq').value === '1'");
	await change({ route: 'SC' });
	await register();
	assert.equal((await records(p))[0].source, '医療機関画面');
	assert.match(await b.text('main'), /予診票と違うときは[^]*見本　さくら/, 'who it was is said when it is known here');
	await press('same-person');
	await focus(b, 'entry');
});

test('a request goes to the institution, which corrects: before and after, and its history', async () => {
	const p = await child();
	const { record_id: id } = await vaccinate(p);
	await b.logIn(login('MU-S'), '/records');
	await open(b, `/records/${p.subject_no}?purpose=05`);
	await b.run("document.querySelector('.yb-event a').click()");
	await b.until(`location.pathname.endsWith('${id}')`);
	await b.shown();
	assert.match(await b.run('return location.search'), /purpose=05/);
	await b.run("[...document.querySelectorAll('.yb-actions a')].find((x) => x.textContent.includes('訂正を依頼')).click()");
	await b.until("location.pathname.endsWith('/ask')");
	await b.shown();
	await fill(b, { comment: 'ロット番号をご確認ください' });
	await send(b);
	await focus(b, 'done');
	await open(b, '/records/requests?state=ASKED');
	assert.match(await b.text('tbody'), /ロット番号をご確認ください/);

	await b.logIn(login('NM-S'), '/records/requests');
	await b.run(`[...document.querySelectorAll('tbody tr')].find((x) => x.textContent.includes('${p.subject_no}')).querySelector('td a').click()`);
	await b.until("location.pathname.split('/').length === 4");
	await b.shown();
	await press('state-1');
	await send(b);
	await failed(b);
	assert.match(await b.text('#summary'), /記録がまだ訂正されていません/);
	await open(b, `/records/${p.subject_no}/${id}/correct?purpose=05`);
	await fill(b, { 'reason-code': 'PAPER' });
	await send(b);
	await failed(b);
	assert.match(await b.text('#summary'), /変わった項目がありません/);
	await change({ 'lot-no': 'B99', 'dose-ml': '0.25', 'reason-code': 'OTHER' });
	await send(b);
	await failed(b);
	assert.match(await b.text('#summary'), /理由の説明を入力してください/);
	await fill(b, { 'reason-text': '転記の誤り' });
	await send(b);
	await focus(b, 'check');
	assert.match(await b.text('main table'), /ロット番号\s+A1234\s+B99[^]*接種量\s+0.5 mL\s+0.25 mL/);
	// Somebody is faster: both are shown, and what was wanted can be sent again.
	const other = await site.call('correctVaccination', { headers: { 'if-match': '"1"' }, body: { record_id: id, lot_no: 'C1', reason_code: '1' } });
	assert.equal(other.status, 200, other.text);
	await send(b, '#sure');
	await b.until("document.getElementById('conflict')");
	assert.match(await b.text('main'), /C1[^]*B99/);
	await send(b, '#sure');
	await focus(b, 'done');
	await open(b, `/records/${p.subject_no}/${id}?purpose=05`);
	assert.match(await b.text('.yb-timeline'), /訂正[^]*転記の誤り[^]*ロット番号\s+C1\s+B99[^]*登録/);
	await b.logIn(login('MU-S'), '/records/requests');
	assert.match(await b.run(`return [...document.querySelectorAll('tbody tr')].find((x) => x.textContent.includes('${p.subject_no}')).textContent`), /訂正済/);
});

test('a dose that becomes a consultation loses its lot; a record is cancelled and stays in the history', async () => {
	const p = await child();
	await vaccinate(p);
	const id = (await records(p))[0].record_id;
	await b.logIn(login('NM-S'), '/menu');
	await open(b, `/records/${p.subject_no}/${id}/correct?purpose=05`);
	await press('exec-class-1');
	await b.until("document.getElementById('not-done-reason')");
	await fill(b, { 'not-done-reason': '発熱のため', 'reason-code': 'INPUT' });
	await send(b);
	await focus(b, 'check');
	await send(b, '#sure');
	await focus(b, 'done');
	assert.deepEqual((await records(p)).map((r) => [r.exec_class, r.lot_no, r.dose_seq]), [['2', null, null]]);
	await open(b, `/records/${p.subject_no}/${id}/cancel?purpose=05`);
	await fill(b, { 'reason-code': 'PERSON' });
	await send(b);
	await focus(b, 'done');
	assert.deepEqual(await records(p), []);
	await b.logIn(login('MU-S'), '/menu');
	await open(b, `/records/${p.subject_no}?purpose=05&history=1`);
	assert.match(await b.text('.yb-timeline'), /取消[^]*対象者の取り違え/);
});

test('the municipality confirms what it has compared; a confirmed record says so', async () => {
	const p = await child();
	const { seq, record_id: id } = await vaccinate(p);
	const later = await vaccinate(p, { vaccine_code: 'PCV20', lot_no: 'P1' });
	const first = await vaccinate(p, { vaccine_code: 'HIB', lot_no: 'H1', phase: undefined });
	await hms.call('ackVaccinations', { body: { acks: [{ seq, result: 'ok' }, { seq: first.seq, result: 'ok' }] } });
	await b.logIn(login('MU-S'), '/menu');
	await open(b, `/records/${p.subject_no}?purpose=01`);
	await b.run(`document.querySelector('details summary').click(); document.querySelector('[name=record-ids][value="${first.record_id}"]').click()`);
	await send(b, '#confirm');
	await focus(b, 'confirmed');
	assert.deepEqual(await b.run("return ['', ':checked'].map((x) => document.querySelectorAll(`[name=record-ids]${x}`).length)"), [2, 0],
		'the tick has not gone over to another record');
	await open(b, `/records/${p.subject_no}?purpose=01`);
	await b.run("document.querySelector('details summary').click(); document.querySelectorAll('[name=record-ids]').forEach((x) => x.click())");
	await send(b, '#confirm');
	await focus(b, 'confirmed');
	const standing = Object.fromEntries((await records(p)).map((r) => [r.record_id, r.status]));
	assert.equal(standing[id], 'CONFIRMED');
	assert.match(await b.text('#confirmed'), standing[later.record_id] === 'CONFIRMED' ? /2件を確認済みに/ : /1件を確認済みに[^]*1件はまだ/);
	await open(b, `/records/${p.subject_no}/${id}?purpose=01`);
	assert.match(await b.text('.yb-notice'), /確認済みの記録です/);
});

test('a protected person is opened by a second word, and not asked for before it', async () => {
	const p = await child({ not_disclosed: true });
	await b.logIn(login('MU-A'), '/records');
	await fill(b, { purpose: '01', 'muni-key': p.muni_key });
	await b.pretend({});
	await send(b);
	await focus(b, 'result');
	await b.run("document.querySelector('tbody a').click()");
	await focus(b, 'guard');
	assert.doesNotMatch(await b.run('return document.body.textContent'), /さくら/);
	assert.equal(await b.run("return calls.filter((c) => c.path.includes('timeline')).length"), 0);
	await b.click('#guard-open');
	await focus(b, 'person');
	assert.match(await b.text('main'), /支援措置[^]*さくら/);
	await open(b, `/records/${p.subject_no}?purpose=01`);
	assert.doesNotMatch(await b.run("return document.querySelector('main').textContent"), /さくら/, 'nor when nobody knew');
	await b.plain();
});

test('a refused number is resolved, and records are sent again', async () => {
	const [p, right] = [await child(), await child({ name: '見本　本人' })];
	const { seq } = await vaccinate(p);
	await hms.call('ackVaccinations', { body: { acks: [{ seq, result: 'ng', error: '宛名番号が台帳にありません' }] } });
	await b.logIn(login('MU-S'), '/menu');
	assert.match(await b.text('main'), /連携エラー：/);
	await open(b, `/records/link/${seq}`);
	assert.match(await b.text('main'), /宛名番号が台帳にありません/);
	await press('resolution-1');
	await fill(b, { comment: '取り違え' });
	await send(b);
	await failed(b);
	await fill(b, { 'subject-no': '00000000000000' });
	await send(b);
	await b.until("document.getElementById('subject-no-error')?.textContent.includes('登録されていません')");
	await fill(b, { 'subject-no': right.subject_no });
	await send(b);
	await focus(b, 'done');
	assert.deepEqual([(await records(p)).length, (await records(right)).length], [0, 1]);
	await open(b, '/records/link/resend');
	const last = Number(sql(inst, `SELECT last_seq FROM record_muni_seq q JOIN core_org o USING (org_id) WHERE o.org_code = '131016'`)[0][0]);
	await fill(b, { 'from-seq': String(last), 'to-seq': String(last) });
	await send(b);
	await focus(b, 'done');
	assert.match(await b.text('.yb-notice'), new RegExp(`1件を連番 ${last + 1} から ${last + 1} で送ります`));
});

test('pairs: what agrees and differs in words, a choice and one button, the next one, and back', async () => {
	const KANA = 'アイウエオカキクケコサシスセソタチツテト';
	const kana = () => `ヒッコシ　${Array.from({ length: 8 }, () => KANA[Math.floor(Math.random() * KANA.length)]).join('')}`;
	const mine = [];
	for (let i = 0; i < 2; i++) {
		const common = { name_kana: kana(), birth_date: '2025-02-10' };
		await newPerson(hms2, { ...common, name: '引越　花子', resident_state: '消除', elim_date: '2026-05-01', elim_reason: '1' });
		mine.push(await newPerson(hms, { ...common, name: '引越　華子' }));
	}
	runTimer(inst, 'record.pairs');
	await open(b, '/records/pairs');
	// Whatever other tests left before ours is held.
	const shown = () => b.run("return [...document.querySelectorAll('main tbody tr')].map((r) => r.children[2].textContent.trim())[4]");
	const last = "document.querySelector('.yb-notice a')?.pathname"; // of the pair before
	for (let now = await shown(), i = 0; i < 100 && !mine.some((p) => p.subject_no === now); i++) {
		const before = await b.run(`return ${last} ?? ''`);
		await press('decision-2');
		await fill(b, { reason: '保留' });
		await send(b);
		await b.until(`(${last} ?? '') !== '${before}' && document.activeElement?.id === 'pair'`);
		now = await shown();
	}
	assert.match(await b.text('main table'), /氏名\s+相違[^]*氏名カナ\s+一致[^]*生年月日\s+一致[^]*性別\s+一致/);
	await press('decision');
	await fill(b, { reason: '前住所地の住民票で確認' });
	await send(b);
	await b.until("document.querySelector('.yb-notice')?.textContent.includes('同一人物')");
	assert.equal(await b.focused(), 'pair');
	assert.equal(await b.run("return document.querySelectorAll('[name=decision]:checked').length + document.getElementById('reason').value.length"), 0, 'the next is not decided yet');
	await b.run("document.querySelector('.yb-notice a').click()");
	await b.until("/pairs\\/\\d+$/.test(location.pathname)");
	await b.shown();
	await fill(b, { reason: '誤り' });
	await send(b);
	await focus(b, 'done');
	const open_ = (await mus.call('listPairs', { query: { limit: 100 } })).json.pairs.map((x) => x.mine.subject_no);
	assert.ok(mine.every((p) => open_.includes(p.subject_no)), 'both wait again');
});

test('alerts are looked into by another; retention and inquiries by list take two', async () => {
	const gone = () => newPerson(hms, { name: '見本　故人', birth_date: '1940-02-10', death_date: '2020-01-01', resident_state: '消除', elim_date: '2020-01-01', elim_reason: '2' });
	const [before, dead, after] = [await gone(), await gone(), await gone()];
	const listed = () => b.run(`return ${JSON.stringify([before, dead, after].map((p) => p.subject_no))}.map((no) => document.querySelector(\`input[value="\${no}"]\`)?.checked ?? null)`);
	runTimer(inst, 'record.retention');
	const org = sql(inst, "SELECT org_id FROM core_org WHERE org_code = '131016'")[0][0];
	const now = Date.now() * 1000;
	sql(inst, `INSERT INTO record_alert (org_id, kind, actor, n, since_us, until_us, created_us) VALUES
		(${org}, 'many', '${login('MU-S').user_id}', 62, ${now}, ${now}, ${now}), (${org}, 'other', '${login('MU-A').user_id}', 11, ${now}, ${now}, ${now})`);
	await b.logIn(login('MU-S'), '/records/alerts');
	assert.match(await b.text('main'), /この画面を使う権限がありません/);
	await open(b, '/records/retention');
	for (const [p, rest] of [[before, [null, false, false]], [dead, [null, null, false]], [after, [null, null, null]]]) {
		await b.run(`document.querySelector('input[value="${p.subject_no}"]').click()`);
		await fill(b, { reason: '保存期間の満了' });
		await send(b);
		await b.until(`document.activeElement?.id === 'done' && !document.querySelector('input[value="${p.subject_no}"]')`);
		assert.deepEqual(await listed(), rest, 'nobody is ticked who was not chosen');
	}
	await open(b, '/records/bulk/new');
	await press('kind-of-1');
	await fill(b, { purpose: '04', reason: '救済の調査', list: `${dead.muni_key}\nNOBODY\n${dead.muni_key}` });
	await send(b);
	await focus(b, 'done');
	assert.match(await b.text('.yb-notice'), /2件の番号で申請/);

	await b.logIn(login('MU-A'), '/records/alerts');
	assert.match(await b.text('main tbody'), /短い時間に62人[^]*目的「その他」の照会 11件|目的「その他」の照会 11件[^]*短い時間に62人/);
	assert.match(await b.run("return [...document.querySelectorAll('tbody tr')].find((r) => r.textContent.includes('11件')).textContent"), /本人のため確認できません/);
	await b.run("[...document.querySelectorAll('tbody tr')].find((r) => r.textContent.includes('62人')).querySelector('a').click()");
	await b.until("/alerts\\/\\d+$/.test(location.pathname)");
	await b.shown();
	await fill(b, { comment: '本人に確認。転入者の処理' });
	await send(b);
	await focus(b, 'done');
	await open(b, '/records/bulk');
	await b.run("[...document.querySelectorAll('tbody a')].find((x) => x.textContent.includes('承認・却下する')).click()");
	await b.until("location.pathname.split('/').length === 4");
	await b.shown();
	await press('decision');
	await send(b);
	await focus(b, 'done');

	await open(b, '/records/retention?state=PROPOSED');
	await b.run(`document.querySelector('input[value="${dead.subject_no}"]').click()`);
	await fill(b, { reason: '承認' });
	await send(b);
	await b.until("document.querySelector('dialog[open]')");
	assert.deepEqual((await b.text('dialog')).match(/\d{14}/g), [dead.subject_no], 'who it is stands there');
	assert.notEqual(await b.run("return document.activeElement.textContent"), '削除する', 'what destroys has not the focus');
	await b.run("[...document.querySelectorAll('dialog button')].find((x) => x.textContent === '削除する').click()");
	await b.until("document.querySelector('dialog input[type=password]') || document.activeElement?.id === 'done'");
	if (await b.run("return Boolean(document.querySelector('dialog input[type=password]'))")) {
		await b.run("document.querySelector('dialog input[type=password]').focus()");
		await b.keys(login('MU-A').password + KEYS.enter);
	}
	await focus(b, 'done');
	assert.equal(sql(inst, `SELECT COUNT(*) FROM record_subject WHERE subject_no = '${dead.subject_no}'`)[0][0], '0');
	assert.deepEqual(await listed(), [false, null, false], 'who comes next is not ticked');
	assert.equal(await b.run("return document.getElementById('reason').value"), '');
});

test('who asked by list takes the file; due doses are listed and exported', async () => {
	await b.logIn(login('MU-S'), '/records/bulk');
	await b.run("[...document.querySelectorAll('tbody a')].find((x) => x.textContent.includes('結果を出力する')).click()");
	await b.until("location.pathname.split('/').length === 4");
	await b.shown();
	await send(b, '#export');
	await b.until("document.querySelector('dialog input[type=password]') || location.pathname.startsWith('/jobs/')");
	if (!(await b.run('return location.pathname')).startsWith('/jobs/')) {
		await b.run("document.querySelector('dialog input[type=password]').focus()");
		await b.keys(login('MU-S').password + KEYS.enter);
	}
	await b.until("location.pathname.startsWith('/jobs/') && document.querySelector('main')?.innerText.includes('行を出力しました')", 20);
	const p = await child();
	runTimer(inst, 'record.due-list');
	await open(b, '/records/due');
	await fill(b, { 'vaccine-code': 'BCG' });
	await send(b, '#due-form');
	await focus(b, 'due-result');
	assert.match(await b.run('return location.search'), /purpose=03&vaccine_code=BCG/);
	assert.match(await b.text('main tbody'), /BCG/);
	assert.ok(p.subject_no);
	await send(b, '#export');
	await b.until("location.pathname.startsWith('/jobs/')", 20);
	assert.deepEqual(await b.complaints(/status of (401|403|404|409|412|413|422)/), [], 'nor did any page before complain');
});
