// The municipality's desk in the browser, with real data (vaccination brief H-3-3 step 7, P-08, P-09,
// P-11, H-8-3 step 7, 4.4): enquiries of residents, proxies and protection, recalled lots, and
// history as a file.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { approve, approved, clock, day, forgetLots, good, pending, row, second, tag } from '../master/masters.mjs';
import { dose, lines, myNumber, newPeople, newPerson, runTimer } from '../record/people.mjs';
import { pairwise } from '../record/portal.mjs';
import { sql, value } from '../support/database.mjs';
import { dayFromToday, instance, machine, staff } from '../support/yobo.mjs';
import { Chrome, KEYS } from './chrome.mjs';
import { family, handOver } from './citizen.mjs';
import { failed, fill, focus, open, send } from './steps.mjs';

const inst = instance();
const login = (role) => inst.logins.find((l) => l.role === role && (l.org_type !== 'MUNI' || l.org_code === '131016'));
const dir = mkdtempSync('/tmp/yobo-www-desk-');
let b, hms, site, home;

before(async () => {
	clock(inst);
	hms = machine(inst, { org_type: 'MUNI', org_code: '131016' }, 'subject:write');
	site = machine(inst, { org_type: 'NMI' }, 'record:write');
	home = await family(inst);
	b = await Chrome.start(inst);
});
after(async () => {
	await b?.close();
	home?.portal.close();
	[hms, site].forEach((c) => c?.close());
	forgetLots(inst);
	rmSync(dir, { recursive: true });
});

const main = () => b.run("return document.querySelector('main').innerText");
const press = (words, where = 'main') => b.run(`[...document.querySelectorAll('${where} button, ${where} a')].find((e) => e.textContent.includes(${JSON.stringify(words)})).click()`);
const tick = (id) => b.run(`document.getElementById('${id}').click()`);
const give = async (p, more) => {
	const answer = await site.call('createVaccination', { body: { ...dose({ vaccinated_on: dayFromToday(-20), ...more }), subject_no: p.subject_no } });
	assert.equal(answer.status, 201, answer.text);
	return answer.json.record_id;
};
// Entered again, where the session has not been proved lately.
async function password(role) {
	await b.until("document.querySelector('dialog input[type=password]')");
	await b.run("document.querySelector('dialog input[type=password]').focus()");
	await b.keys(login(role).password + KEYS.enter);
}
const stale = (role) => sql(inst, `UPDATE core_session SET stepped_up_us = 1 WHERE user_id = '${login(role).user_id}'`);
// What the portal answers, without what differs with every request.
const seen = async (viewer, child) => {
	const { status, text, headers } = await home.portal.search(viewer, child);
	return `${status} ${text.replaceAll(headers['x-yobo-trace'], '')}`;
};
async function linked(change = {}, viewer = null) {
	const p = await newPerson(hms, { my_number: myNumber(), birth_date: dayFromToday(-200), ...change });
	const pw = pairwise();
	await home.portal.link(viewer ?? pw, pw, { my_number: p.my_number });
	return { ...p, pw };
}

test('「記録が違う」: the citizen asks, the desk answers with an example, the citizen reads it', async () => {
	const id = home.records.at(-1);
	await handOver(b, home);
	await b.shown();
	await open(b, '/citizen?person=1');
	await tick(`wrong-${id}`);
	await b.until("document.activeElement?.id === 'text'");
	await b.run("document.getElementById('text').value = '接種日が母子手帳と違います。\\n21日ではありませんか。'");
	await send(b, '#enquiry');
	await b.until("document.activeElement?.id === 'sent'");

	await b.logIn(login('MU-S'), '/menu');
	assert.match(await main(), /回答を待っている問い合わせ：\d+件/);
	await press('回答を待っている問い合わせ');
	await b.until("location.pathname === '/records/enquiries'");
	await b.shown();
	await b.run(`[...document.querySelectorAll('tbody tr')].find((r) => r.textContent.includes('${home.child.subject_no}')).querySelector('a').click()`);
	await b.until("/enquiries\\/[0-9a-f-]{36}$/.test(location.pathname)");
	await b.shown();
	assert.match(await main(), /代理人から[^]*接種日が母子手帳と違います。\n21日ではありませんか。[^]*いまの内容[^]*ロット番号\s+A1234/);
	const at = await b.run('return location.pathname');
	await send(b, '#start');
	await focus(b, 'started');
	await open(b, '/records/enquiries?state=WORKING');
	assert.match(await b.text('tbody'), new RegExp(home.child.subject_no));
	await open(b, at);
	// An example is a beginning; its gap is not sent, nor more than the person can be sent.
	await fill(b, { sample: 'corrected' });
	assert.match(await b.run("return document.getElementById('answer').value"), /「○○」を訂正しました/);
	for (const [text, said] of [[null, /「○○」が残っています/], ['あ'.repeat(401), /400文字まで[^]*401文字/]]) {
		if (text)
			await fill(b, { answer: text });
		await send(b, 'main form:not(#start)');
		await failed(b);
		assert.match(await b.text('#summary'), said);
	}
	await fill(b, { answer: '母子手帳の写しを<b>窓口</b>に\nお持ちください。' });
	await fill(b, { sample: 'right' });
	assert.match(await b.run("return document.getElementById('answer').value"), /写しを/, 'what somebody wrote is not written over');
	await send(b, 'main form:not(#start)');
	await focus(b, 'check');
	assert.match(await main(), /送ったあとに直せません[^]*写しを<b>窓口<\/b>に\nお持ちください/);
	await b.run("const e = document.querySelector('#sure button[type=submit]'); e.click(); e.click()");
	await focus(b, 'done');
	await open(b, at);
	assert.match(await main(), /回答済[^]*写しを/);
	assert.equal(await b.run("return document.getElementById('answer')"), null, 'nothing is answered twice');

	await handOver(b, home);
	await b.shown();
	await open(b, '/citizen?person=1');
	assert.match(await main(), /回答済[^]*市区町村からの回答[^]*写しを<b>窓口<\/b>に\nお持ちください/);
	assert.deepEqual(await b.complaints(), []);
});

test('from an enquiry a correction is asked for, and a record that was corrected since says so', async () => {
	const p = await linked({ name: '見本　つばき' });
	const record_id = await give(p);
	const sent = await home.portal.caller.call('sendEnquiry', { body: { assertion: home.portal.says(p.pw), record_id, text: 'ロットが違います' } });
	assert.equal(sent.status, 201, sent.text);
	await b.logIn(login('MU-S'), `/records/enquiries/${sent.json.enquiry_id}`);
	await press('医療機関に訂正を依頼する');
	await b.until("location.pathname.endsWith('/ask')");
	await b.shown();
	await fill(b, { comment: 'ロット番号をご確認ください' });
	await send(b);
	await focus(b, 'done');
	const fixed = await site.call('correctVaccination', { headers: { 'if-match': '"1"' }, body: { record_id, lot_no: 'B2', reason_code: 'PAPER' } });
	assert.equal(fixed.status, 200, fixed.text);
	await open(b, `/records/enquiries/${sent.json.enquiry_id}`);
	assert.match(await main(), /問い合わせのあとに訂正された記録です[^]*ロット番号\s+B2/);
	// Answered without a mouse: an example, the check, sent; the focus goes along.
	assert.equal(await b.focused(), 'form-title');
	await b.tabTo('sample', 12);
	await b.keys(KEYS.down);
	await b.tabTo('answer', 2);
	assert.match(await b.run('return document.activeElement.value'), /記録のとおり/);
	await b.keys(KEYS.tab + KEYS.enter);
	await focus(b, 'check');
	await b.keys(KEYS.tab + KEYS.enter);
	await focus(b, 'done');
	assert.match(await b.title(), /^回答を送りました/);
	const { json } = await home.portal.caller.call('searchCitizenEnquiries', { body: { assertion: home.portal.says(p.pw) } });
	assert.deepEqual(json.enquiries.map((e) => e.state), ['ANSWERED']);
});

test('an enquiry of somebody under 支援措置: not for everybody, behind a second word, and warned of places', async () => {
	const p = await linked({ name: '見本　まもる', not_disclosed: true });
	const record_id = await give(p);
	const sent = await home.portal.caller.call('sendEnquiry', { body: { assertion: home.portal.says(p.pw), record_id, text: '会場が違います' } });
	assert.equal(sent.status, 201, sent.text);
	await b.logIn(login('MU-S'), '/records/enquiries');
	assert.doesNotMatch(await b.run('return document.body.textContent'), /まもる/);
	await open(b, `/records/enquiries/${sent.json.enquiry_id}`);
	assert.match(await main(), /見つかりません|ありません/);
	await b.logIn(login('MU-A'), '/records/enquiries');
	await b.run(`[...document.querySelectorAll('tbody tr')].find((r) => r.textContent.includes('${p.subject_no}')).querySelector('a').click()`);
	await focus(b, 'guard');
	assert.doesNotMatch(await b.run('return document.body.textContent'), /まもる|会場が違います/);
	await b.click('#guard-open');
	await focus(b, 'form-title');
	assert.match(await main(), /支援措置の対象です[^]*まもる[^]*場所がわかることを書かないでください/);
});

test('a proxy is stopped by number: named at the check, by a password; the page for citizens has nothing for them', async () => {
	const father = await linked({ name: '見本　父', name_kana: 'ミホン　チチ', birth_date: '1989-01-01', sex: '1' });
	const child = await linked({ name: '見本　まもり' }, home.mother.pw);
	await give(child);
	assert.match(await seen(father.pw, child.pw), /^200/);
	assert.match(await seen(home.mother.pw, child.pw), /^200/);
	const none = await seen(pairwise(), pairwise());
	await b.logIn(login('MU-S'), '/records');
	await open(b, `/records/${child.subject_no}?purpose=01`);
	await b.click('#proxies');
	await b.until("location.pathname.endsWith('/proxies')");
	await focus(b, 'child');
	assert.match(await b.text('tbody'), /見本　父[^]*見られます/);
	await b.click('#block');
	await b.until("location.pathname.endsWith('/proxies/block')");
	await b.shown();
	await tick('whom');
	await b.until("document.getElementById('guardian-subject-no')");
	await fill(b, { reason: '本人の申出', 'guardian-subject-no': child.subject_no });
	await send(b, 'main form');
	await failed(b);
	assert.match(await b.text('#summary'), /この人自身の番号/);
	await fill(b, { 'guardian-subject-no': '00000000000000' });
	await send(b, 'main form');
	await b.until("document.getElementById('summary')?.textContent.includes('登録されていません')");
	await fill(b, { 'guardian-subject-no': father.subject_no });
	await send(b, 'main form');
	await focus(b, 'check');
	assert.match(await main(), /見本　まもり[^]*見本　父[^]*ミホン　チチ[^]*1989年1月1日/);
	assert.match(await seen(father.pw, child.pw), /^200/, 'nothing before the word');
	stale('MU-S');
	await send(b, '#sure');
	await password('MU-S');
	await focus(b, 'done');
	assert.equal(await seen(father.pw, child.pw), none, 'byte for byte what nobody gets');
	assert.match(await seen(home.mother.pw, child.pw), /^200/);

	// His page says what it says to whoever has nothing.
	const his = (persons) => ({ ...home, mother: father, persons });
	const pages = [];
	for (const subject of [child.pw, pairwise()]) {
		await handOver(b, his([{ subject: father.pw, relation: 'self', name: '父' }, { subject, relation: 'proxy', name: '子' }]));
		await b.shown();
		await open(b, '/citizen?person=1');
		pages.push(await main());
	}
	assert.match(pages[0], /表示できる情報がありません/);
	assert.equal(pages[0], pages[1]);

	// He has tried: the list says so. Who stopped him does not let him again; another does, who has asked.
	await b.logIn(login('MU-S'), '/menu');
	await open(b, `/records/${child.subject_no}/proxies?purpose=01`);
	assert.match(await b.text('tbody'), /見本　父[^]*見せません[^]*止めたあとにも見ようとしました[^]*本人の申出/);
	assert.match(await b.text('tbody'), /自分で止めたため/);
	const proxy = value(inst, `SELECT MIN(proxy_id) FROM record_proxy x JOIN record_subject s USING (subject_id) WHERE s.subject_no = '${child.subject_no}' AND x.blocked = 1`);
	await open(b, `/records/${child.subject_no}/proxies/allow?purpose=01&proxy=${proxy}`);
	assert.match(await main(), /再開には2人の判断が必要/);
	await b.logIn(login('MU-A'), '/menu');
	await open(b, `/records/${child.subject_no}/proxies/allow?purpose=01&proxy=${proxy}`);
	assert.match(await main(), /言わされていることがあります/);
	await fill(b, { reason: '本人に電話で確かめた' });
	await send(b, 'main form');
	await failed(b);
	assert.match(await b.text('#summary'), /本人に直接確かめてから/);
	await tick('sure');
	await send(b, 'main form');
	await focus(b, 'check');
	await send(b, '#sure');
	await focus(b, 'done');
	assert.match(await seen(father.pw, child.pw), /^200/);

	// All of them at once, by one word; then the others are told apart no more.
	await open(b, `/records/${child.subject_no}/proxies/block?purpose=01`);
	await tick('whom-1');
	await fill(b, { reason: '家族を通じて見られるおそれ' });
	assert.equal(await b.run("return document.getElementById('guardian-subject-no')"), null);
	await send(b, 'main form');
	await focus(b, 'check');
	await send(b, '#sure');
	await focus(b, 'done');
	assert.equal(await seen(home.mother.pw, child.pw), none);
	await open(b, `/records/${child.subject_no}/proxies?purpose=01`);
	assert.equal((await b.text('tbody')).match(/見せません（すべての代理人を止めています）/g).length >= 2, true);
});

test('支援措置: nothing of the pages about proxies and flight before the second word, no address, nothing on paper', async () => {
	const p = await linked({ name: '見本　かくれ', not_disclosed: true, address: '東京都千代田区見本町9番' });
	await give(p, { vaccinated_on: dayFromToday(-40), venue: '旧会場' });
	await give(p, { vaccine_code: 'PCV20', lot_no: 'P1', vaccinated_on: dayFromToday(-20), venue: '新会場' });
	const places = async () => (await home.portal.search(p.pw)).json.records.map((r) => r.venue);
	assert.deepEqual(await places(), [null, null]);
	await b.logIn(login('MU-S'), '/menu');
	await open(b, `/records/${p.subject_no}/proxies?purpose=01`);
	assert.doesNotMatch(await main(), /かくれ/, 'nobody without the right');
	await b.logIn(login('MU-A'), '/menu');
	await open(b, `/records/${p.subject_no}/proxies?purpose=01`);
	assert.doesNotMatch(await b.run("return document.querySelector('main').textContent"), /かくれ|見本町/);
	await b.click('#guard-open');
	await focus(b, 'child');
	assert.match(await main(), /支援措置の対象です[^]*かくれ[^]*住所\s+表示しません[^]*不開示該当[^]*すべて隠す/);
	assert.doesNotMatch(await b.run("return document.querySelector('main').textContent"), /見本町|会場(?!・)/);
	await b.media({}, 'print');
	const paper = await b.run('return document.body.innerText');
	await b.media({}, '');
	assert.match(paper, /印刷できません/);
	assert.doesNotMatch(paper, /かくれ|不開示/);

	await press('避難した日を変更する');
	await b.until("location.pathname.endsWith('/evacuation')");
	await b.shown();
	await tick('how-1');
	await b.until("document.getElementById('evacuated-on')");
	const when = (d) => ({ 'evacuated-on-era': '', 'evacuated-on': d.slice(0, 4), 'evacuated-on-month': d.slice(5, 7), 'evacuated-on-day': d.slice(8) });
	await fill(b, { ...when(dayFromToday(1)), reason: '支援措置申出書' });
	await send(b, 'main form');
	await failed(b);
	assert.match(await b.text('#summary'), /生年月日から今日まで/);
	await fill(b, when(dayFromToday(-30)));
	await send(b, 'main form');
	await focus(b, 'check');
	assert.match(await main(), /より前の接種は、医療機関・会場・市区町村を表示します/);
	stale('MU-A');
	await send(b, '#sure');
	await password('MU-A');
	await focus(b, 'done');
	assert.deepEqual(await places(), [null, '旧会場']);
	await open(b, `/records/${p.subject_no}/evacuation?purpose=01&opened=1`);
	await tick('how');
	await fill(b, { reason: '日が分からないため' });
	await send(b, 'main form');
	await focus(b, 'check');
	await send(b, '#sure');
	await focus(b, 'done');
	assert.deepEqual(await places(), [null, null]);
	assert.deepEqual(await b.complaints(/status of (401|403|404|422)/), []);
});

test('a stopped lot: the menu says so, whom to reach is listed, printed with room to write, and taken as a file', async () => {
	const lot = tag();
	const [mhS, mhA] = await Promise.all(['MH-S', 'MH-A'].map((role) => staff(inst, { role })));
	const mhA2 = await second(inst, { role: 'MH-A' });
	const law = { legal_ref: '通知 2026-01-01', reason: '試験' };
	const of = { product_code: `SAMPLE-${lot}`, lot_no: lot };
	await approved(mhS, mhA, 'M13', { valid_from: day(0), ...law, rows: [row('NEW', { ...of, vaccine_code: 'DPTIPVHIB', maker: '見本製薬', lot_status: '使用可' })] });
	const [one, two, hidden, wants] = await newPeople(hms, 4, { birth_date: dayFromToday(-200), name: '見本　回収' });
	for (const p of [one, two, hidden])
		await give(p, { lot_no: lot });
	sql(inst, `UPDATE record_subject SET not_disclosed = 1 WHERE subject_no = '${hidden.subject_no}'`);
	const change = await pending(mhS, 'M13', { kind: 'EMERGENCY', valid_from: day(0), ...law, rows: [row('REVISE', { ...of, lot_status: '使用停止' })] });
	good(await approve(mhA, change));
	good(await approve(mhA2, change));
	[mhS, mhA, mhA2].forEach((c) => c.close());

	await b.logIn(login('MU-S'), '/menu');
	assert.match(await main(), /対応していない使用停止ロット：\d+件/);
	await press('対応していない使用停止ロット');
	await b.until("location.pathname === '/records/recalls'");
	await b.shown();
	assert.equal(await b.run("return document.getElementById('recall-result')"), null, 'nobody is listed without a purpose');
	await fill(b, { 'lot-no': lot.toLowerCase() });
	await send(b, '#recall-form');
	await focus(b, 'recall-result');
	assert.match(await main(), /使用停止のロットの接種 2件/);
	const rows = await b.run("return [...document.querySelectorAll('tbody tr')].map((r) => r.textContent)");
	assert.ok([one, two].every((p) => rows.some((text) => text.includes(p.muni_key))), rows.join());
	assert.equal(await b.run('return location.search'), `?purpose=05&lot_no=${lot}`);
	assert.equal(value(inst, `SELECT COUNT(*) FROM audit_event WHERE operation = 'listRecall' AND purpose = '05' AND subject_no = '${one.subject_no}'`), '1');
	await b.media({}, 'print');
	const paper = await b.run("return [document.querySelector('main').innerText, getComputedStyle(document.querySelector('thead .yb-paper')).display]");
	await b.media({}, '');
	assert.match(paper[0], /間違い接種・事故の確認、ロット番号[^]*連絡した日・内容/);
	assert.doesNotMatch(paper[0], /CSVで出力|一覧を表示する/);
	assert.equal(paper[1], 'table-cell');
	assert.match((await b.paper()).toString('latin1'), /\/MediaBox\s*\[\s*0 0 59[45][\d.]* 84[12]/, 'A4');
	stale('MU-S');
	await send(b, '#export');
	await password('MU-S');
	await b.until("location.pathname.startsWith('/jobs/') && document.querySelector('main')?.innerText.includes('2行を出力しました')", 20);
	const file = lines(await b.run("return fetch(document.querySelector('main a[download]').href, { credentials: 'same-origin' }).then((r) => r.text())"));
	assert.deepEqual(file.slice(1).map((line) => [line[0], line[7]]).sort(), [one, two].map((p) => [p.subject_no, lot]).sort());

	// Everybody was reached: the lot is dealt with, by this person and for a reason; and open again.
	await open(b, '/records/recalls');
	const about = () => b.run(`return [...document.querySelectorAll('main tr')].find((r) => r.textContent.includes('${lot}')).innerText`);
	const button = `#lot-DPTIPVHIB-${lot}`;
	assert.match(await about(), /未対応 2件/);
	await b.click(button);
	await focus(b, 'lot-title');
	await send(b, '#lot-form');
	await failed(b);
	await fill(b, { reason: '2人に電話した' });
	await send(b, '#lot-form');
	await focus(b, 'lots');
	assert.match(await about(), /対応済み[^]*2人に電話した[^]*対応済みを取り消す/);
	await b.click(button);
	await focus(b, 'lot-title');
	await fill(b, { reason: '1人に届いていない' });
	await send(b, '#lot-form');
	await focus(b, 'lots');
	assert.match(await about(), /未対応 2件/);
	assert.deepEqual(await b.complaints(), []);

	// An institution is stopped before it has written a reason for nothing.
	await b.logIn(login('NM-S'), '/menu');
	await open(b, `/records/${wants.subject_no}/new?purpose=01`);
	await b.run(`for (const [id, value] of [['doctor-name', '試験　医師'], ['lot-no', '${lot}']]) {
		const e = document.getElementById(id);
		e.value = value;
		e.dispatchEvent(new Event('change', { bubbles: true }));
	}`);
	await b.until("document.querySelector('.yb-verdict')?.textContent.includes('使用停止のロット') && document.getElementById('dose-seq').value !== ''");
	assert.equal(await b.run("return document.getElementById('vaccine-code').value"), 'DPTIPVHIB', 'the lot says which vaccine');
	assert.match(await main(), /この内容では登録できません/);
	await fill(b, { route: 'SC' });
	await send(b, '#visit');
	await failed(b);
	assert.match(await b.text('#summary'), /使用停止のロットです。接種せずに/);
	assert.equal(await b.run("return document.getElementById('confirm-reason')"), null);

	await b.logIn(login('MU-A'), `/records/recalls`);
	await fill(b, { 'lot-no': lot });
	await send(b, '#recall-form');
	await focus(b, 'recall-result');
	assert.match(await main(), /接種 3件[^]*支援措置/);
	await b.run(`[...document.querySelectorAll('tbody tr')].find((r) => r.textContent.includes('支援措置')).querySelector('a').click()`);
	await focus(b, 'guard');
	await open(b, '/records/recalls?purpose=05&lot_no=NOSUCHLOT');
	assert.match(await main(), /条件に合う人はいません/);
});

test('P-10: of who moved in, the records of the municipality before are shown on a word, and marked', async () => {
	const before = machine(inst, { org_code: '011002' }, 'subject:write');
	const same = { my_number: myNumber(), birth_date: dayFromToday(-200), name: '転入　花子' };
	const old = await newPerson(before, same);
	await give(old, { vaccinated_on: dayFromToday(-60) });
	const { subject_no, ...left } = { ...old, resident_state: '消除', elim_date: dayFromToday(-30), elim_reason: '1' };
	good(await before.call('putSubjects', { body: { subjects: [left] } }));
	before.close();
	const p = await newPerson(hms, same);
	await give(p, { vaccine_code: 'PCV20', lot_no: 'P1', vaccinated_on: dayFromToday(-20) });
	runTimer(inst, 'record.pairs');
	await b.logIn(login('MU-S'), '/menu');
	await open(b, `/records/${p.subject_no}?purpose=02`);
	assert.match(await main(), /接種の記録 1件/);
	await press('転入前の記録を表示');
	await b.until("location.search.includes('previous=1')");
	await b.shown();
	assert.match(await main(), /接種の記録 2件[^]*転入前の記録を隠す[^]*転入前の記録[^]*五種混合/);
	assert.notEqual(subject_no, p.subject_no);
});

test('history as a file: the fault is told with row, item, value and cure; put right, it is registered', async () => {
	const [one, two] = await newPeople(hms, 2, { birth_date: dayFromToday(-200) });
	const clinic = inst.logins.find((l) => l.org_type === 'HMI').org_code;
	await b.logIn(login('MU-S'), '/records/import');
	await b.until("document.querySelector('main a[download]')");
	const template = await b.run("return fetch(document.querySelector('main a[download]').href, { credentials: 'same-origin' }).then((r) => r.text())");
	const head = lines(template)[0];
	const cells = (p, more) => ({ 宛名番号: p.muni_key, 法的区分: '1', ワクチンコード: 'DPTIPVHIB', 回数番号: '1', ロット番号: 'H1', 接種年月日: dayFromToday(-100), 接種量: '0.5',
		接種方法: 'SC', 実施区分: '1', 接種方式: '1', 医療機関コード: clinic, 医師名: '移行　医師', ...more });
	const write = (name, rows) => {
		const at = join(dir, name);
		writeFileSync(at, [head, ...rows.map((r) => head.map((h) => r[h] ?? ''))].map((line) => line.map((c) => `"${c}"`).join(',')).join('\r\n') + '\r\n');
		return at;
	};
	const upload = async (at) => {
		await b.type('#file', at);
		await b.until("document.getElementById('file-chosen')");
		await press('送信して内容を確認する');
	};
	const last = { 回数番号: '2', 接種年月日: dayFromToday(-60) };
	await upload(write('bad.csv', [cells(one), cells(two, { ワクチンコード: 'NOSUCH' }), cells(one, last)]));
	await b.until("document.querySelector('main').innerText.includes('1行に誤りがあります')", 20);
	assert.match(await b.run("return document.querySelector('main table').innerText"), /3\s+ワクチンコード\s+NOSUCH\s+\S+[^]*\S+/);
	assert.match(await main(), /登録は行われていません/);
	const faults = await b.run("return fetch([...document.querySelectorAll('main a[download]')].find((a) => a.href.endsWith('errors')).href, { credentials: 'same-origin' }).then((r) => r.text())");
	assert.deepEqual(lines(faults)[1].slice(0, head.length), head.map((h) => cells(two, { ワクチンコード: 'NOSUCH' })[h] ?? ''), 'the row as it was sent');
	assert.match(lines(faults)[1].at(-1), /^ワクチンコード：/);
	await press('直したファイルを選ぶ');
	await focus(b, 'file-button');
	// The file of faults, put right, goes in as it is.
	const right = lines(faults).map((line, i) => (i === 0 ? line : line.map((c, n) => (head[n] === 'ワクチンコード' ? 'DPTIPVHIB' : c))));
	const at = join(dir, 'right.csv');
	writeFileSync(at, right.map((line) => line.map((c) => `"${c}"`).join(',')).join('\r\n') + '\r\n');
	await upload(at);
	await b.until("document.querySelector('main').innerText.includes('1行を登録する')", 20);
	stale('MU-S');
	await press('1行を登録する');
	await password('MU-S');
	await b.until("document.querySelector('main').innerText.includes('1行を登録しました')", 20);
	await open(b, '/records/import');
	await b.until("document.querySelector('main a[download]')");
	await upload(write('whole.csv', [cells(one), cells(one, last)]));
	await b.until("document.querySelector('main').innerText.includes('2行を登録する')", 20);
	await press('2行を登録する');
	await b.until("document.querySelector('main').innerText.includes('2行を登録しました')", 20);
	assert.equal(await b.run("return document.querySelector('.yb-steps [aria-current]').textContent"), '3 登録');
	for (const [p, n] of [[one, 2], [two, 1]]) {
		await open(b, `/records/${p.subject_no}?purpose=06`);
		assert.match(await main(), new RegExp(`接種の記録 ${n}件`));
	}
	assert.deepEqual(await b.complaints(), []);
});

test('the link file is offered to who may see everybody; what was taken over is told by file', async () => {
	const given = [];
	for (const p of await newPeople(hms, 2, { birth_date: dayFromToday(-200) })) {
		const answer = await site.call('createVaccination', { body: { ...dose({ vaccinated_on: dayFromToday(-20) }), subject_no: p.subject_no } });
		given.push(answer.json.seq);
	}
	await b.logIn(login('MU-A'), '/records/link');
	assert.match(await main(), /連携ファイルを出力する/);
	await b.logIn(login('MU-S'), '/records/link');
	assert.doesNotMatch(await main(), /連携ファイルを出力する/);
	assert.match(await main(), /支援措置の対象者を見られる人だけが出力できます/);
	await press('取込結果ファイルの登録');
	await b.until("location.pathname === '/records/link/acks' && document.getElementById('file')");
	const at = join(dir, 'acks.csv');
	writeFileSync(at, `"連携番号","結果","エラー内容"\r\n"${given[0]}","ok",""\r\n"${given[1]}","ng","宛名番号が台帳にありません"\r\n`);
	await b.type('#file', at);
	await b.until("document.getElementById('file-chosen')");
	await press('送信して内容を確認する');
	await b.until("document.querySelector('main').innerText.includes('2行を登録する')", 20);
	await press('2行を登録する');
	await b.until("document.querySelector('main').innerText.includes('2行を登録しました')", 20);
	assert.deepEqual(sql(inst, `SELECT o.state FROM record_outbox o JOIN core_org c USING (org_id) WHERE c.org_code = '131016'
		AND o.seq IN (${given.join()}) ORDER BY o.seq`).flat(), ['ACKED', 'NACKED']);
	await open(b, `/records/link?since=${given[1] - 1}`);
	assert.match(await main(), /宛名番号が台帳にありません/);
	assert.deepEqual(await b.complaints(), []);
});
