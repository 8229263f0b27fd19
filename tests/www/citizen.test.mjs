// The page for citizens in Debian's Chromium (H-3-3): from the portal's form to the end, by keyboard.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { instance, staff } from '../support/yobo.mjs';
import { sql, value } from '../support/database.mjs';
import { Chrome, KEYS } from './chrome.mjs';
import { family, handOver } from './citizen.mjs';

const inst = instance();
let b;
let who;

before(async () => {
	who = await family(inst);
	b = await Chrome.start(inst);
});
after(async () => {
	await b?.close();
	who?.portal.close();
});

const main = () => b.run("return document.querySelector('main').innerText");
const open = async (path = '/citizen?person=1') => {
	await b.page(path);
	await b.shown();
};

test('without the portal the page says how to get in; nothing is asked of anybody', async () => {
	await b.forget();
	await open('/citizen');
	assert.match(await main(), /マイナポータルから開いてください[^]*4桁の暗証番号[^]*カードがないとき/);
	assert.equal(await b.run("return document.getElementById('logout')"), null);
});

test('the portal\'s form opens the page; the names are the portal\'s, no name stands in the title', async () => {
	await handOver(b, who);
	await b.shown('接種の記録');
	assert.deepEqual(await b.run("return [...document.querySelectorAll('.yb-citizen__persons a')].map((a) => a.textContent)"),
		['見本　桜子', '\u{20BB7}田　葛\u{E0100}子', 'お子さん 3']);
	assert.doesNotMatch(await b.title(), /見本|桜子/);
	assert.deepEqual(await b.run('return Object.keys(localStorage).concat(document.cookie.match(/yobo/) ?? [])'), []);
});

test('another person by keyboard: what is next stands before what was', async () => {
	await open('/citizen');
	await b.run("document.querySelector('.yb-citizen__persons a').focus()");
	await b.keys(KEYS.tab + KEYS.enter);
	await b.until("location.search === '?person=1'");
	await b.shown();
	const text = await main();
	assert.ok(text.indexOf('次の接種') < text.indexOf('これまでの記録 9件'));
	assert.match(text, /予診のみ/);
	assert.match(text, /見本接種会場[^]*千代田区/);
	assert.doesNotMatch(text, /試験　医師|発熱|mL/);
	assert.match(text, /この画面は証明書ではありません/);
	assert.equal(await b.run("return document.querySelector('[aria-current=page]').textContent"), '\u{20BB7}田　葛\u{E0100}子');
	await open('/citizen?person=1&view=grid');
	assert.equal(await b.run("return document.querySelectorAll('.yb-table--grid tbody tr').length"), 4);
	await b.back();
	await b.until("location.search === '?person=1'");
});

test('who cannot be shown is one sentence, with the way to the municipality', async () => {
	await open('/citizen?person=2');
	assert.match(await main(), /表示できる情報がありません[^]*市区町村/);
	await open('/citizen?person=17');
	assert.equal(await b.run("return document.querySelector('[aria-current=page]').textContent"), '見本　桜子', 'nobody of this session');
});

test('「記録が違う」: empty and too long are said, then it is sent once, and the answer is read here', async () => {
	const id = who.records.at(-1);
	await open();
	await b.run(`document.getElementById('wrong-${id}').focus()`);
	await b.keys(KEYS.enter);
	await b.until("document.activeElement?.id === 'text'");
	await b.run("document.querySelector('#enquiry button[type=submit]').click()");
	await b.until("document.activeElement?.id === 'summary'");
	assert.match(await b.text('#text-error'), /どこが違いますかを入力してください/);
	await b.run("document.getElementById('text').value = 'あ'.repeat(401)");
	await b.run("document.querySelector('#enquiry button[type=submit]').click()");
	await b.until("document.getElementById('text-error')?.textContent.includes('400文字')");
	await b.run("document.getElementById('text').value = '<b>日付</b>が\\n違います'");
	await b.run("const send = document.querySelector('#enquiry button[type=submit]'); send.click(); send.click()");
	await b.until("document.activeElement?.id === 'sent'");
	assert.equal(value(inst, `SELECT COUNT(*) FROM record_enquiry WHERE record_id = UNHEX('${id.replaceAll('-', '')}')`), '1');
	await open();
	assert.match(await main(), /受付[^]*回答を待っています[^]*問い合わせと回答[^]*<b>日付<\/b>が\n違います/);
	const clerk = await staff(inst, { role: 'MU-S', org_code: who.child.muni_code });
	const { enquiries } = (await clerk.call('listEnquiries', { query: { state: 'RECEIVED' } })).json;
	const done = await clerk.call('answerEnquiry', { path: { enquiry_id: enquiries.find((e) => e.record_id === id).enquiry_id },
		body: { state: 'ANSWERED', answer: '母子手帳の写しを窓口にお持ちください。' } });
	assert.equal(done.status, 200, done.text);
	clerk.close();
	await open();
	assert.match(await main(), /市区町村から回答が届いています[^]*回答済[^]*市区町村からの回答[^]*母子手帳の写し/);
	assert.equal(await b.run("return document.querySelector('main .yb-notice a').hash"), '#enquiries');
	assert.ok(await b.run(`return document.getElementById('wrong-${id}') !== null`), 'one may ask again');
});

test('an enquiry that is refused is said beside the form; a session that is over leaves nothing', async () => {
	const [first] = who.records;
	const write = async () => {
		await open();
		await b.run(`document.getElementById('wrong-${first}').click()`);
		await b.until("document.activeElement?.id === 'text'");
		await b.run("document.getElementById('text').value = '日付が違います'");
		await b.run("document.querySelector('#enquiry button[type=submit]').click()");
	};
	await b.pretend({ 'POST /record/citizen/enquiries/search': { patch: {} }, 'POST /record/citizen/enquiries': { status: 409, body: { status: 409, error_id: 'E-CIT-003', title: 'この記録には、回答を待っている問い合わせがあります。', detail: '回答をお待ちください。' } } });
	await write();
	await b.until("document.activeElement?.id === 'summary'");
	assert.match(await b.text('#summary'), /回答を待っている問い合わせがあります/);
	assert.equal(await b.run("return document.getElementById('text').value"), '日付が違います');
	await b.plain();
	await open();
	sql(inst, "DELETE FROM core_session WHERE role = 'CITIZEN'");
	await b.run(`document.getElementById('wrong-${first}').click()`);
	await b.run("document.getElementById('text').value = '日付が違います'; document.querySelector('#enquiry button[type=submit]').click()");
	await b.until("location.search === '?late=1'");
	await b.shown();
	assert.doesNotMatch(await main(), /葛|ロット|日付が/);
	await handOver(b, who);
	await b.shown();
});

test('on paper: that it is no certificate, and no buttons', async () => {
	await open();
	await b.run("window.dispatchEvent(new Event('beforeprint'))");
	await b.media({}, 'print');
	const paper = await b.run("return document.body.innerText");
	assert.match(paper, /この紙は証明書ではありません/);
	assert.doesNotMatch(paper, /記録が違う|ファイルに保存|終わる/);
	await b.media({}, '');
	const pdf = (await b.paper()).toString('latin1');
	assert.ok((pdf.match(/\/Type\s*\/Page\b/g) ?? []).length >= 1);
	assert.match(pdf, /\/MediaBox\s*\[\s*0 0 59[45][\d.]* 84[12]/, 'A4');
});

test('the file to take along is asked for as such, and written to the log as taken', async () => {
	await open();
	await b.run("URL.createObjectURL = ((real) => (blob) => { blob.text().then((text) => { window.kept = text; }); return real(blob); })(URL.createObjectURL)");
	await b.run("document.getElementById('save').click()");
	const kept = JSON.parse(await b.until('window.kept'));
	assert.equal(kept.notice, '証明書ではありません');
	assert.equal(kept.records.length, 9);
	assert.equal(value(inst, `SELECT MAX(action) FROM audit_event WHERE operation = 'searchCitizenRecords'
		AND subject_no = '${who.child.subject_no}'`), '12');
});

test('before the time is over it is said, and one can go on; then nothing is left on the screen', async () => {
	await b.pretend({ '/record/citizen/session': { patch: { idle_seconds: 121 } } });
	await open();
	await b.until("document.querySelector('main').innerText.includes('まもなく時間が過ぎます')");
	await b.run("[...document.querySelectorAll('main button')].find((e) => e.textContent === '続ける').click()");
	await b.until("!document.querySelector('main').innerText.includes('まもなく時間が過ぎます')");
	await b.pretend({ '/record/citizen/session': { patch: { idle_seconds: 2 } } });
	await b.page('/citizen?person=1');
	await b.plain();
	await b.until("location.search === '?late=1'");
	await b.shown();
	assert.match(await main(), /時間が過ぎたため、終わりました/);
});

test('finished: the session is over, and "back" shows nothing of it', async () => {
	await handOver(b, who);
	await b.shown();
	await open();
	await b.run("document.getElementById('logout').click()");
	await b.until("location.search === '?bye=1'");
	await b.shown();
	assert.match(await main(), /終わりました/);
	await b.back();
	await b.shown();
	assert.doesNotMatch(await main(), /葛|ロット/);
	await open();
	assert.match(await main(), /マイナポータルから開いてください/);
});

test('a form that is used again, or not the portal\'s, leads to a page that says so', async () => {
	const statement = who.portal.hands(who.mother.pw, who.persons);
	await handOver(b, who, statement);
	await b.shown();
	await b.forget();
	for (const text of [statement, 'x']) {
		await handOver(b, who, text);
		await b.until("location.search === '?again=1'");
		await b.shown();
		assert.match(await main(), /本人を確認できませんでした/);
	}
	assert.deepEqual(await b.complaints(), []);
});

test('in English: words of the page, names of vaccines', async () => {
	await handOver(b, who);
	await b.shown();
	await b.run("document.cookie = 'lang=en; Path=/; Secure; SameSite=Strict'");
	await open();
	const text = await main();
	assert.match(text, /Next vaccinations[^]*Records so far: 9[^]*Examined only[^]*This page is not a certificate/);
	await b.run("document.cookie = 'lang=ja; Path=/; Secure; SameSite=Strict'");
});
