// Masters in the browser (H-8): from a draft to what counts, by two people; a file with faults
// and a file of 28,944 branches; the stop of a lot; somebody who was faster.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { instance, staff } from '../support/yobo.mjs';
import { approved, clock, create, day, forgetLots, good, history, on, pending, read, replace, row, second, tag } from '../master/masters.mjs';
import { Chrome, KEYS } from './chrome.mjs';

const inst = instance();
const dir = mkdtempSync('/tmp/yobo-www-master-');
const CITY = '131016';
const opened = [];
let b;
let muS;
let muA;
let mhS;

const login = (role, org) => inst.logins.find((l) => l.role === role && (!org || l.org_code === org));
const fee = (band, more = {}) => ({ muni_code: CITY, vaccine_code: 'MR', age_band: band, exec_class: 1, place_class: 1,
	price_yen: 12000, self_pay_yen: 0, tax_class: '課税', ...more });
const feeKey = (band) => `${CITY}|MR|${band}|1|1`;
const main = () => b.run("return document.querySelector('main').innerText");
const says = (words, seconds) => b.until(`document.querySelector('main')?.innerText.includes(${JSON.stringify(words)})`, seconds);
const fill = (values) => b.run(`for (const [id, value] of Object.entries(arguments[0])) {
	const e = document.getElementById(id) ?? document.querySelector('[name="' + id + '"]');
	if (e.type === 'radio')
		document.querySelector('[name="' + id + '"][value="' + value + '"]').click();
	else
		e.value = value;
	e.dispatchEvent(new Event('change', { bubbles: true }));
}`, values);
const press = (words) => b.run(`[...document.querySelectorAll('main button, main a')].find((e) => e.textContent.trim().startsWith(${JSON.stringify(words)})).click()`);
const open = async (path) => { await b.page(path); await b.shown(); };
const enter = async (user, path) => { await b.logIn(user); await open(path); };
const number = () => b.run('return location.pathname').then((path) => Number(/changes\/(\d+)$/.exec(path)[1]));
const rowPage = (master, key) => `/masters/${master}/row?key=${encodeURIComponent(key)}`;
const dayFields = (id, iso) => { const [y, m, d] = iso.split('-').map(Number); return { [`${id}-era`]: '', [id]: y, [`${id}-month`]: m, [`${id}-day`]: d }; };

async function decide(verdict, comment) {
	await fill({ verdict, ...comment ? { comment } : {} });
	await press('決定する');
}

before(async () => {
	clock(inst); // what is shipped is in
	b = await Chrome.start(inst);
	[muS, muA, mhS] = await Promise.all([staff(inst, { org_code: CITY, role: 'MU-S' }), staff(inst, { org_code: CITY, role: 'MU-A' }), staff(inst, { role: 'MH-S' })]);
	opened.push(muS, muA, mhS);
});
after(async () => {
	await b?.close();
	opened.forEach((c) => c.close());
	forgetLots(inst);
	rmSync(dir, { recursive: true });
});

const lot = tag();
const lotKey = `P${lot}|0${lot}`;

test('a lot is written, handed in, approved by another person, and counts', async () => {
	await enter(login('MH-S'), '/masters/M13/edit?op=new');
	await press('内容を確認する');
	await b.until("document.activeElement?.id === 'summary'");
	assert.match(await b.text('#summary'), /製品コードを入力してください[^]*理由を入力してください/);
	await fill({ 'c-product-code': `P${lot}`, 'c-lot-no': `0${lot}`, 'c-vaccine-code': 'MR', 'c-maker': '見本製薬', 'c-gtin14': '1', 'c-lot-status': '使用可',
		...dayFields('c-expiry', day(300)), reason: '新しい製品' });
	await press('内容を確認する');
	await b.until("document.querySelector('#summary')?.innerText.includes('GTIN-14')");
	await fill({ 'c-gtin14': '' });
	await press('内容を確認する');
	await b.until("/changes\\/\\d+$/.test(location.pathname)");
	await b.shown();
	const no = await number();
	assert.match(await main(), /下書き[^]*変更前\s+変更後[^]*ロット番号\s+—\s+0/);
	await press('申請する');
	await says('申請しました');
	assert.match(await main(), /承認 0\/1/);

	await enter(login('MH-A'), '/masters');
	assert.match(await main(), /あなたの承認を待っている変更が/);
	await open('/masters/changes');
	await b.click(`a[href="/masters/changes/${no}"]`);
	await b.shown();
	await decide('reject');
	await b.until("document.activeElement?.id === 'summary'");
	assert.match(await b.text('#summary'), /差し戻す理由/);
	await decide('approve', '確認しました');
	await says('承認が完了しました');
	assert.match(await main(), /承認 1\/1/);
	await open(rowPage('M13', lotKey));
	assert.match(await main(), /いま有効な内容[^]*見本製薬[^]*新しい製品/);
	assert.equal((await on(mhS, 'M13', lotKey)).values.lot_no, `0${lot}`, 'its leading zero stays');
});

test('a lot is stopped at once when two others have said so', async () => {
	await enter(login('MH-S'), rowPage('M13', lotKey));
	await press('緊急に使用停止にする');
	await says('次のことが止まります');
	await fill({ reason: '自主回収' });
	await press('内容を確認する');
	await b.until("/changes\\/\\d+$/.test(location.pathname)");
	await b.shown();
	const no = await number();
	assert.match(await main(), /接種の登録は、承認が2人分そろった時点[^]*ロット状態\s+使用可\s+使用停止/);
	await press('申請する');
	await says('承認 0/2');
	await enter(login('MH-A'), `/masters/changes/${no}`);
	await decide('approve');
	await says('もう1人の承認を待っています');
	await open(`/masters/changes/${no}`);
	assert.match(await main(), /あなたは承認済みです[^]*承認 1\/2/);
	assert.equal(await b.run("return document.querySelector('[name=verdict]')"), null);
	await open('/masters/changes');
	assert.equal(await b.run(`return document.querySelector('a[href="/masters/changes/${no}"]')`), null, 'nobody is asked twice');
	assert.equal((await on(mhS, 'M13', lotKey)).values.lot_status, '使用可');
	const other = await second(inst, { role: 'MH-A' });
	opened.push(other);
	await enter({ ...login('MH-A'), user_id: other.login.user_id }, `/masters/changes/${no}`);
	await decide('approve');
	await says('承認が完了しました');
	assert.equal((await on(mhS, 'M13', lotKey)).values.lot_status, '使用停止');
});

test('who made a change cannot approve it, and is told so', async () => {
	const c = await pending(muA, 'M03', { valid_from: day(1), reason: '試験', rows: [row('NEW', fee(tag()))] });
	await enter(login('MU-A', CITY), `/masters/changes/${c.change_id}`);
	assert.match(await main(), /自分が作成した変更は承認できません/);
	assert.equal(await b.run("return document.querySelector('[name=verdict]')"), null);
	await press('取り下げる');
	await says('変更を取り下げます');
	await fill({ reason: 'やめます' });
	await press('取り下げる');
	await says('取り下げました');
	assert.equal(good(await read(muA, c.change_id)).status, 'WITHDRAWN');
});

test('what was changed after it was looked at is not approved', async () => {
	const c = await pending(muS, 'M03', { valid_from: day(1), reason: '試験', rows: [row('NEW', fee(tag()))] });
	await enter(login('MU-A', CITY), '/menu');
	await b.pretend({ [`/master/changes/${c.change_id}?`]: { patch: { diff_hash: 'ab'.repeat(32) } } });
	await open(`/masters/changes/${c.change_id}`);
	await decide('approve');
	await b.until("document.activeElement?.id === 'summary'");
	assert.match(await b.text('#summary'), /E-ACC-005/);
	assert.equal(good(await read(muS, c.change_id)).status, 'PENDING');
	await b.plain();
});

test('a revision keeps what counted; two versions stand side by side; a day is asked by era', async () => {
	const band = tag();
	await approved(muS, muA, 'M03', { valid_from: day(1), reason: '年度当初', rows: [row('NEW', fee(band))] });
	await enter(login('MU-S', CITY), rowPage('M03', feeKey(band)));
	assert.match(await main(), /今日は有効ではありません[^]*これから有効/);
	await press('改定する');
	await says('委託料');
	await b.shown();
	await press('内容を確認する');
	await b.until("document.activeElement?.id === 'summary'");
	await fill({ ...dayFields('valid-from', day(0)), reason: '単価の見直し', 'c-price-yen': '１３，５００' });
	await press('内容を確認する');
	await b.until("document.querySelector('#summary')?.innerText.includes('適用開始日は')");
	await fill({ ...dayFields('valid-from', day(50)) });
	await press('内容を確認する');
	await b.until("/changes\\/\\d+$/.test(location.pathname)");
	await b.shown();
	const no = await number();
	assert.match(await main(), /委託料（円）\s+12,000円\s+13,500円/);
	assert.doesNotMatch(await main(), /自己負担額（円）/, 'only what differs');
	assert.match(await main(), /有効期間：\d+年\d+月\d+日[^]*から/, 'who approves sees the days');
	await press('申請する');
	await says('申請しました');
	await enter(login('MU-A', CITY), `/masters/changes/${no}`);
	await decide('approve');
	await says('承認が完了しました');
	await open(rowPage('M03', feeKey(band)));
	assert.match(await main(), /版の比較[^]*12,000円\s+13,500円[^]*版の履歴[^]*第2版[^]*単価の見直し[^]*第1版[^]*年度当初/);
	assert.deepEqual((await history(muS, 'M03', feeKey(band))).map((v) => v.valid_to), [null, day(49)]);
	await open('/masters/M03');
	await fill({ q: feeKey(band), ...dayFields('as-of', day(60)) });
	await press('表示する');
	await b.until("location.search.includes('as_of=')");
	await says('13,500円');
	assert.match(await main(), /時点の内容を表示しています[^]*これから有効/);
	await open(await b.run('return location.pathname + location.search'));
	assert.match(await main(), /13,500円/, 'the address says it all');
});

test('a rule that never counted is deleted, from the first day its kind of rule may count', async () => {
	const mhA = await second(inst, { role: 'MH-A' });
	opened.push(mhA);
	const rule = tag();
	await approved(mhS, mhA, 'M16', { valid_from: day(200), reason: '試験', legal_ref: '告示', rows: [
		row('NEW', { rule_id: rule, vaccine_code: 'MR', symptom_ja: '見本', within_days: 28 })] });
	await enter(login('MH-S'), rowPage('M16', rule));
	await press('削除する');
	await says('まだ一度も有効になっていない行だけを削除できます');
	await b.shown();
	await fill({ reason: '誤り', 'legal-ref': '告示', ...dayFields('valid-from', day(1)) });
	await press('内容を確認する');
	await b.until("document.activeElement?.id === 'summary'");
	await fill(dayFields('valid-from', day(190)));
	await press('内容を確認する');
	await b.until("/changes\\/\\d+$/.test(location.pathname)");
	await b.shown();
	assert.match(await main(), /削除：[^]*行全体が削除されます/);
	assert.doesNotMatch(await main(), /有効期間：/, 'what goes has no days');
	await press('申請する');
	await says('申請しました');
	await enter(login('MH-A'), `/masters/changes/${await number()}`);
	await decide('approve');
	await says('承認が完了しました');
	assert.equal(await on(mhS, 'M16', rule, day(201)), undefined);
});

test('somebody was faster with the same draft: both stand side by side, nothing is lost', async () => {
	const band = tag();
	const draft = good(await create(muS, 'M03', { valid_from: day(1), reason: '試験', rows: [row('NEW', fee(band))] }), 201);
	await enter(login('MU-S', CITY), `/masters/changes/${draft.change_id}/edit`);
	assert.equal(await b.run("return document.getElementById('c-price-yen').value"), '12000');
	good(await replace(muA, draft, { valid_from: day(1), reason: '試験', rows: [row('NEW', fee(band, { price_yen: 777, self_pay_yen: 5 }))] }));
	await fill({ 'c-price-yen': '888' });
	await press('下書きを保存する');
	await b.until("document.activeElement?.id === 'changed'");
	assert.match(await main(), /ほかの人が先に更新しました[^]*委託料\s+777円\s+888円/);
	assert.equal(await b.run("return document.getElementById('c-self-pay-yen').value"), '5', 'theirs, where this form changed nothing');
	await press('下書きを保存する');
	await b.until("!location.pathname.endsWith('/edit')");
	await b.shown();
	const now = good(await read(muS, draft.change_id));
	assert.deepEqual(['price_yen', 'self_pay_yen'].map((n) => now.rows[0].columns.find((c) => c.column === n).new), ['888', '5']);
	await open(`/masters/changes/${draft.change_id}/drop`);
	await press('捨てる');
	await says('下書きを捨てました');
	assert.equal((await read(muS, draft.change_id)).status, 404);
});

// The head of the change, then the file.
async function choose(name, text, head) {
	await fill(head);
	await press('ファイルを選ぶ画面に進む');
	await b.until("document.getElementById('file')");
	const file = join(dir, name);
	writeFileSync(file, text);
	await b.until("document.querySelector('.yb-details')"); // the columns are there
	await b.type('#file', file);
	await b.until("document.getElementById('file-chosen') || document.getElementById('file-error')");
}

test('a file with faults is told by row and column, corrected, and becomes one change', async () => {
	const band = tag();
	const HEAD = '市区町村コード,ワクチンコード,年齢区分,実施区分,接種方式,委託料（円）,自己負担額（円）,免除区分,税区分';
	const line = (n, price) => `${CITY},MR,${band}${n},1,1,${price},0,,課税`;
	await enter(login('MU-S', CITY), '/masters/M03/file');
	await choose('bad.csv', `${HEAD}\r\n${line(1, 100)}\r\n${line(2, 'abc')}\r\n`, { ...dayFields('valid-from', day(1)), reason: '年度改定' });
	await press('送信して内容を確認する');
	await says('1行に誤りがあります', 20);
	assert.match(await main(), /3\s+委託料（円）\s+abc/);
	await press('直したファイルを選ぶ');
	await b.until("document.getElementById('file-button')");
	writeFileSync(join(dir, 'good.csv'), `${HEAD}\r\n${line(1, 100)}\r\n${line(2, 200)}\r\n`);
	await b.type('#file', join(dir, 'good.csv'));
	await b.until("document.getElementById('file-chosen')");
	await press('送信して内容を確認する');
	await says('追加 2件', 20);
	await press('2行を登録する');
	await says('2行を登録しました', 20);
	await press('できた変更を見る');
	await says('ファイルからの変更');
	await b.click('main tbody a');
	await says('変わる項目');
	await b.shown();
	assert.match(await main(), new RegExp(`${band}1[^]*${band}2`));
	await b.page('/jobs?kind=master.rows');
	await says('good.csv');
});

test('28,944 branches by the page: all of them, and a whole list that lacks one is held', async () => {
	const text = readFileSync(fileURLToPath(new URL('../../sql/masters/bank_branches.csv', import.meta.url)), 'utf8');
	const lines = text.trimEnd().split('\n');
	lines.splice(1, 1);
	await enter(login('OP'), '/masters/M53B/file');
	await choose('branches.csv', `${lines.join('\n')}\n`, { mode: 'whole', ...dayFields('valid-from', day(0)), reason: '月次更新', 'ticket-no': 'CHG-WWW' });
	assert.match(await main(), /E-MST-007/);
	await press('送信して内容を確認する');
	await says('変更なし 28,943件', 60);
	await says('登録する理由');
	await press('処理を取り消す');
	await b.until("document.querySelector('dialog[open]')");
	await b.run("[...document.querySelectorAll('dialog[open] button')].find((x) => x.textContent === '取り消す').click()");
	await says('取消');
});

test('what counts since today goes back within a day, with the password again', async () => {
	const kcS = await staff(inst, { role: 'KC-S' });
	const kcA = await staff(inst, { role: 'KC-A' });
	opened.push(kcS, kcA);
	const code = tag().slice(0, 8);
	const c = await approved(kcS, kcA, 'M45', { valid_from: day(0), reason: '試験', rows: [row('NEW', { code, name: '見本の分類' })] });
	await enter(login('KC-A'), rowPage('M45', code));
	await press('元に戻す');
	await says('パスワードの再入力が必要です');
	await fill({ reason: '誤りのため' });
	await press('元に戻す');
	await b.until("document.querySelector('dialog[open] input[type=password]') || document.getElementById('done')");
	if (await b.run("return Boolean(document.querySelector('dialog[open]'))"))
		await b.keys(login('KC-A').password + KEYS.enter);
	await says('元に戻しました');
	assert.equal(good(await read(kcA, c.change_id)).status, 'ROLLED_BACK');
});

test('a master of many columns scrolls in its own region only, and the keyboard reaches it', async () => {
	await enter(login('MU-V'), '/masters/M14?all=1');
	for (const width of [1366, 320]) {
		await b.device(width);
		assert.ok(await b.run('return document.documentElement.scrollWidth <= innerWidth'), `${width}`);
		assert.ok(await b.run("const w = document.querySelector('.yb-tablewrap'); return w.scrollWidth > w.clientWidth && w.tabIndex === 0"));
	}
	await b.device(1366);
	assert.equal(await b.run("return document.querySelector('a[href*=\"op=new\"]')"), null, 'who only reads is offered nothing else');
	await open('/masters/M13/edit?op=new');
	assert.match(await main(), /この画面を使う権限がありません/);
});

test('the list goes out as a file', async () => {
	await enter(login('MU-V'), '/masters/M52');
	await press('CSVで出力する');
	await b.until("location.pathname.startsWith('/jobs/')");
	await says('47行を出力しました', 20);
});
