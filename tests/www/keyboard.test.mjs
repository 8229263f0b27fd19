// What is done every day, with the keyboard alone (ui design 12: U03): a token issued, copied and
// left; a change approved; a file sent, read by row, corrected. The other ways - login with its
// second factor, search, timeline, entry - stand in the tests of their pages. Only the file is put
// into its field as the system's own dialog does it.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { day, pending, read, row, tag } from '../master/masters.mjs';
import { instance, staff } from '../support/yobo.mjs';
import { Chrome, KEYS } from './chrome.mjs';

const inst = instance();
const CITY = '131016';
const dir = mkdtempSync('/tmp/yobo-www-keyboard-');
const login = (role) => inst.logins.find((l) => l.role === role && l.org_code === CITY);
let b;
let clerk;

before(async () => {
	b = await Chrome.start(inst);
	clerk = await staff(inst, { org_code: CITY, role: 'MU-S' });
});
after(async () => {
	await b?.close();
	clerk?.close();
	rmSync(dir, { recursive: true });
});

// Tab until the focus is where it should be; every stop on the way can be seen.
async function tabTo(where, most = 80) {
	for (let i = 0; i < most; i++) {
		const at = await b.run(`const e = document.activeElement;
			const r = e.getBoundingClientRect();
			return { there: (${where})(e), seen: e === document.body || (r.width > 0 && r.height > 0
				&& (getComputedStyle(e).outlineStyle !== 'none' || e.matches('main, h1, h2') || e.closest('.yb-upload, .yb-choice') !== null)), what: e.outerHTML.slice(0, 120) }`);
		if (at.there)
			return;
		assert.ok(at.seen, `the focus is on what nobody sees: ${at.what}`);
		await b.keys(KEYS.tab);
	}
	assert.fail(`no Tab leads to ${where}`);
}
const id = (name) => `(e) => e.id === '${name}'`;
const button = (words) => `(e) => e.matches('button, a') && e.textContent.trim().startsWith('${words}')`;
const focus = (name) => b.until(`document.activeElement?.id === '${name}'`);
const enter = async (user, path) => { await b.logIn(user); await b.page(path); await b.shown(); };

test('a token is issued, its value copied and left', async () => {
	await enter(login('MU-A'), '/tokens/new');
	const name = `鍵盤の試験 ${tag()}`;
	await tabTo(id('name'));
	await b.keys(name);
	await tabTo(id('scopes'));
	await b.keys(' ');
	await tabTo("(e) => e.matches('form button[type=submit]')");
	await b.keys(KEYS.enter);
	await focus('check');
	await tabTo("(e) => e.matches('#sure button[type=submit]')");
	await b.keys(KEYS.enter);
	await focus('done');
	assert.match(await b.run("return document.getElementById('token').value"), /^eyJ/);
	await tabTo(id('copy'));
	await b.keys(KEYS.enter);
	await b.until("/コピーしました|選択しました/.test(document.getElementById('live').textContent)");
	await tabTo(id('saved'));
	await b.keys(' ');
	await tabTo(id('finish'));
	await b.keys(KEYS.enter);
	await b.until("location.pathname === '/tokens'");
	await b.shown();
	assert.match(await b.text('tbody'), new RegExp(name));
	await tabTo(`(e) => /revoke$/.test(e.getAttribute('href')) && e.closest('tr').textContent.includes('${name}')`);
	await b.keys(KEYS.enter);
	await b.until("/revoke$/.test(location.pathname)");
	await b.shown();
	await tabTo(id('reason'));
	await b.keys('試験の終わり');
	await tabTo("(e) => e.matches('form button[type=submit]')");
	await b.keys(KEYS.enter);
	await b.until("/失効/.test(document.activeElement.textContent) && document.activeElement !== document.body");
	assert.deepEqual(await b.complaints(), []);
});

test('a change is read and approved', async () => {
	const c = await pending(clerk, 'M03', { valid_from: day(1), reason: '鍵盤の試験', rows: [row('NEW', { muni_code: CITY, vaccine_code: 'MR',
		age_band: tag(), exec_class: 1, place_class: 1, price_yen: 12000, self_pay_yen: 0, tax_class: '課税' })] });
	await enter(login('MU-A'), '/masters/changes');
	await tabTo(`(e) => e.getAttribute('href') === '/masters/changes/${c.change_id}'`);
	await b.keys(KEYS.enter);
	await b.until(`location.pathname === '/masters/changes/${c.change_id}'`);
	await b.shown();
	await tabTo("(e) => e.name === 'verdict'");
	await b.keys(' ');
	assert.equal(await b.run("return document.querySelector('[name=verdict]:checked').value"), 'approve');
	await tabTo(button('決定する'));
	await b.keys(KEYS.enter);
	await b.until("document.querySelector('main').innerText.includes('承認が完了しました')");
	assert.notEqual(await b.run('return document.activeElement.tagName'), 'BODY', 'the focus is on what came of it');
	const { json } = await read(clerk, c.change_id);
	assert.ok(['APPROVED', 'EFFECTIVE'].includes(json.status), json.status);
	assert.deepEqual(await b.complaints(), []);
});

test('a file is sent, its faults are read by row, and the next one is chosen', async () => {
	await enter(login('MU-A'), '/users/file');
	const file = join(dir, 'bad.csv');
	const head = '氏名,氏名カナ,権限,メールアドレス,電話,部署,支援措置の閲覧,有効期限,通知方法';
	writeFileSync(file, `${head}\r\n見本　次郎,ミホン　ジロウ,NOBODY,x@example.jp,,,false,,MAIL\r\n`);
	await tabTo(id('file-button'));
	await b.type('#file', file);
	await b.until("document.querySelector('main').innerText.includes('先頭の1行')");
	await tabTo(button('送信して内容を確認する'));
	await b.keys(KEYS.enter);
	await b.until("document.querySelector('main').innerText.includes('行に誤りがあります')");
	assert.notEqual(await b.run('return document.activeElement.tagName'), 'BODY', 'the focus is on what came of it');
	await tabTo("(e) => e.matches('.yb-tablewrap') && e.textContent.includes('NOBODY')");
	await tabTo(`(e) => e.matches('a[download]')`);
	await tabTo(button('直したファイルを選ぶ'));
	await b.keys(KEYS.enter);
	await focus('file-button');
	assert.deepEqual(await b.complaints(), []);
});
