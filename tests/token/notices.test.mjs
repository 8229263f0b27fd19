// token: mails 30, 7 and 1 days before an issued token or a program's certificate ends (vaccination
// brief 13 H-2-1, States). Runs the timer against a live instance whose rows it dates back.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { sql, value } from '../support/database.mjs';
import { runTimer } from '../support/timer.mjs';
import { instance, staff } from '../support/yobo.mjs';
import { certificate, keyPair, workshop } from './certificates.mjs';

const inst = instance();
const shop = workshop();
const DAY = 86_400_000_000n;
const issued = [];
let admin, program;

const run = (...words) => runTimer(inst, 'token.expiry-notices', ...words);

// Midnight in Japan at the end of the n-th day from today.
function endOfDay(n) {
	const today = (BigInt(Date.now()) * 1000n + 9n * DAY / 24n) / DAY;
	return (today + BigInt(n) + 1n) * DAY - 9n * DAY / 24n;
}

async function issue(name, lastDay, age) {
	const answer = await admin.call('issueAccessToken', { body: { name, scopes: ['record:read'] } });
	assert.equal(answer.status, 201, answer.text);
	const { token_id, client_id } = answer.json.issued;
	issued.push(token_id);
	const end = endOfDay(lastDay);
	sql(inst, `UPDATE token_issued SET expires_us = ${end}, issued_us = ${end - BigInt(age) * DAY}`
		+ ` WHERE client_id = '${client_id}'`);
	return value(inst, `SELECT actor_id FROM token_issued WHERE client_id = '${client_id}'`);
}

const notices = (actor) => sql(inst, `SELECT days FROM token_notice WHERE actor_id = ${actor}`
	+ ' ORDER BY days').map(([days]) => Number(days));
const mails = (template) => Number(value(inst, "SELECT COUNT(*) FROM core_mail WHERE area = 'token'"
	+ ` AND template = '${template}'`));

before(async () => {
	admin = await staff(inst, { role: 'MU-A' });
	run(); // what the sample data may have to tell
});

after(async () => {
	for (const token_id of issued)
		await admin.call('revokeAccessToken', { path: { token_id }, body: { reason: '試験' } });
	if (program)
		await admin.call('disableClient', { path: { client_id: program }, body: { reason: '試験' } });
	admin.close();
	shop.close();
});

test('each step is told once, to the issuer and the administrators', async () => {
	const name = `通知 ${process.pid}`;
	const actor = await issue(name, 31, 365);
	const mailed = mails('token-expires');
	run();
	assert.deepEqual(notices(actor), []); // 31 days before: not yet
	let told = 0;
	for (const [left, days] of [[30, [30]], [8, [30]], [7, [7, 30]], [2, [7, 30]], [1, [1, 7, 30]],
		[0, [1, 7, 30]]]) {
		const end = endOfDay(left);
		// The same token on a later day: its notices move with its end.
		sql(inst, `UPDATE token_notice SET expires_us = ${end} WHERE actor_id = ${actor}`);
		sql(inst, `UPDATE token_issued SET expires_us = ${end} WHERE actor_id = ${actor}`);
		run('--dry-run');
		assert.equal(mails('token-expires') - mailed, told); // only looked
		run();
		run(); // again: nobody is told twice
		assert.deepEqual(notices(actor), days, `${left} days before`);
		told = mails('token-expires') - mailed;
	}
	const people = Number(value(inst, 'SELECT COUNT(DISTINCT mail) FROM token_recipient r JOIN core_org o'
		+ ` USING (org_id) WHERE o.org_code = '${admin.login.org_code}' AND r.is_admin = 1`));
	assert.equal(told, 3 * people); // the issuer is one of them
});

test('a token that was short from the beginning is not told of before it was there', async () => {
	const week = await issue(`短期 ${process.pid}`, 5, 6);
	const day = await issue(`短期 ${process.pid} 二`, 1, 3);
	run();
	assert.deepEqual(notices(week), []); // 7 days before, it was not issued yet
	assert.deepEqual(notices(day), [1]);
});

test('a revoked or expired token is told of no more', async () => {
	const revoked = await issue(`失効 ${process.pid}`, 20, 300);
	const over = await issue(`切れ ${process.pid}`, -1, 300);
	await admin.call('revokeAccessToken', { path: { token_id: issued.at(-2) }, body: { reason: '試験' } });
	run();
	assert.deepEqual([notices(revoked), notices(over)], [[], []]);
});

test("a program's certificate is told of, and its successor anew", async () => {
	const key = keyPair(shop.dir);
	const cert = certificate(inst, shop.dir, key, { days: 7, name: 'short' });
	const answer = await admin.call('registerClient', { body: { name: `証明書 ${process.pid}`,
		scopes: ['record:read'], public_key: key.pem, certificate: cert.pem } });
	assert.equal(answer.status, 201, answer.text);
	program = answer.json.client_id;
	const actor = value(inst, `SELECT actor_id FROM token_client WHERE client_id = '${program}'`);
	sql(inst, `UPDATE token_client SET cert_from_us = cert_from_us - 100 * ${DAY} WHERE actor_id = ${actor}`);
	const mailed = mails('certificate-expires');
	run();
	run();
	assert.deepEqual(notices(actor), [7]);
	assert.ok(mails('certificate-expires') > mailed);
	sql(inst, `UPDATE token_client SET cert_until_us = cert_until_us + 300 * ${DAY} WHERE actor_id = ${actor}`);
	run();
	assert.deepEqual(notices(actor), [7]); // far away again
});
