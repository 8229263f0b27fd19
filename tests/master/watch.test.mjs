// OPS is mailed about a received file that needs a person (vaccination brief H-8-7 step 5): when it is
// held or has failed for good, once a file, and nobody who cannot log in. Runs against a live instance.

import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { sql, value } from '../support/database.mjs';
import { hasMailbox, mails, mailsArrived } from '../support/mail.mjs';
import { instance, staff } from '../support/yobo.mjs';
import { clock, good, second, tag } from './masters.mjs';
import { Partner, code, institution } from './partner.mjs';

const inst = instance();
const ons = new Partner(inst);
const skip = hasMailbox(inst) ? false : 'no mailbox: python3-aiosmtpd is not installed';
const RUN = randomInt(900) * 100;
const list = Array.from({ length: 40 }, (_, i) => institution(code('44', RUN + i)));
const box = `ops-${tag().toLowerCase()}@example.jp`; // of one watcher, new at each run
const gone = `gone-${tag().toLowerCase()}@example.jp`;
const opened = [];
let kcA;
let op;

const release = (by, receipt_id, decision) => by.call('releaseReceipt', { path: { receipt_id }, body: { decision, reason: '送信元に確認した' } });
const about = (file, to = box) => mails(inst, { to }).filter((m) => m.subject.includes(file));

// The mails about a file, once there are n.
async function told(file, n) {
	for (let i = 0; i < 150 && about(file).length < n; i++)
		await new Promise((done) => setTimeout(done, 100));
	return about(file);
}

before(async () => {
	clock(inst);
	sql(inst, "UPDATE core_timer SET due_us = due_us + 3600000000 WHERE name = 'master.receive'"); // only our runs
	[kcA, op] = await Promise.all([{ role: 'KC-A' }, { role: 'OP' }].map((w) => staff(inst, w)));
	const watcher = await second(inst, { role: 'OP' });
	const absent = await second(inst, { role: 'OP' });
	opened.push(kcA, op, watcher, absent);
	sql(inst, `UPDATE account_user SET mail = '${box}' WHERE user_id = '${watcher.login.user_id}';
		UPDATE account_user SET mail = '${gone}', status = 'SUSPENDED' WHERE user_id = '${absent.login.user_id}'`);
	const first = ons.leave('M61', list);
	if (ons.take(first).status === 'HELD') {
		const { receipt_id } = ons.receipt(first);
		good(await release(kcA, receipt_id, 'APPLY'));
		good(await release(op, receipt_id, 'APPLY'));
		ons.run();
	}
});
after(() => {
	sql(inst, `UPDATE account_user SET status = 'DISABLED' WHERE mail IN ('${box}', '${gone}')`); // nobody's tests are about them
	opened.forEach((c) => c.close());
});

test('a file that is held: one mail with the reason, the figures and the page, to those who can log in', { skip }, async () => {
	const { receipt_id } = ons.take(ons.leave('M61', list.slice(10)));
	const file = value(inst, `SELECT name FROM master_receipt WHERE receipt_id = ${receipt_id}`);
	await mailsArrived(inst, { to: box });
	const [mail, ...more] = await told(file, 1);
	assert.equal(more.length, 0);
	assert.match(mail.subject, /保留しました/);
	assert.match(mail.text, /送信元　　　ONS[^]*医療機関[^]*終了する件数が[^]*追加 0件、変更 0件、終了 10件（受信前 40件）/);
	assert.ok(mail.text.includes(`/masters/receipts/${receipt_id}`));
	assert.doesNotMatch(mail.text, new RegExp(list[0].name), 'no rows of the file');
	ons.run();
	good(await release(kcA, receipt_id, 'DISCARD'));
	good(await release(op, receipt_id, 'DISCARD'));
	ons.run();
	assert.equal((await told(file, 1)).length, 1, 'deciding it mails nobody');
	assert.equal(about(file, gone).length, 0);
});

test('a file that fails: nothing while it is tried again, one mail at the end, none when it fails once more', { skip }, async () => {
	const name = `M61-watch-${tag()}`;
	ons.leave('M61', list, { change: { name, bytes: Buffer.from('half of it') } });
	ons.run();
	assert.equal(value(inst, `SELECT COALESCE(told_us, 0) FROM master_receipt WHERE name = '${name}'`), '0', 'it may still be on its way');
	assert.equal(ons.take(name).status, 'FAILED');
	const [mail] = await told(name, 1);
	assert.match(mail.subject, /取り込めませんでした/);
	assert.match(mail.text, /ハッシュ値が制御ファイルと一致しない/);
	const first = value(inst, `SELECT told_us FROM master_receipt WHERE name = '${name}'`);
	for (const ending of ['csv', 'sig', 'ctl'])
		copyFileSync(join(ons.dir, 'failed', `${name}.${ending}`), join(ons.dir, `${name}.${ending}`));
	ons.run();
	assert.equal(value(inst, `SELECT CONCAT(status, attempts) FROM master_receipt WHERE name = '${name}'`), 'RECEIVED1', 'it has another chance');
	assert.equal(ons.take(name).status, 'FAILED');
	assert.equal(value(inst, `SELECT told_us FROM master_receipt WHERE name = '${name}'`), first);
	// The next file's mail comes after whatever would have been sent of this one.
	const next = ons.leave('M61', list, { change: { name: `${name}-b`, control: { sender: 'XYZ' } } });
	assert.equal(ons.take(next).status, 'FAILED');
	assert.match((await told(next, 1))[0].text, /送信元　　　不明[^]*証明書が登録されていない/);
	assert.equal(about(name).filter((m) => !m.subject.includes(next)).length, 1);
});
