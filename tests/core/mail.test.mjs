// Mails: out of the transaction that causes them, once, in the right form, to a mail server that
// may be away, refuse, or not be who it says.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { sql, value } from '../support/database.mjs';
import { hasMailbox, mails, mailsArrived } from '../support/mail.mjs';
import { instance, sleep } from '../support/yobo.mjs';
import { mailboxAway, server } from './smtp.mjs';
import { jobsWorker } from './workers.mjs';

const inst = instance();
const build = process.env.BUILD;
const skip = !hasMailbox(inst) ? 'no mailbox: python3-aiosmtpd is not installed'
	: !build ? 'BUILD must name the build directory' : false;
const texts = join(dirname(fileURLToPath(import.meta.url)), 'mails');

const address = () => `${randomUUID()}@example.jp`;
const WORDS = { name: '𠮷田　葛󠄀子', what: '登録' };

// Puts a mail into the outbox; what mail_put said, and the row's id.
function put(to, { name = 'notice', words = WORDS, flag } = {}) {
	const before = sql(inst, 'SELECT HEX(mail_id) FROM core_mail').flat();
	const made = spawnSync(join(build, 'tests/core/mail_put'), [inst.config, texts,
		...flag ? [flag] : [], name, to, ...Object.entries(words).map(([k, v]) => `${k}=${v}`)],
	{ encoding: 'utf8' });
	assert.equal(made.status, 0, made.stderr);
	const id = sql(inst, 'SELECT HEX(mail_id) FROM core_mail').flat().find((x) => !before.includes(x));
	return { said: made.stdout.trim(), log: made.stderr, id };
}

const row = (id) => {
	const [state, attempts, error, kept, wait] = sql(inst, `SELECT state, attempts, error,
		message IS NOT NULL, ROUND((next_us - UNIX_TIMESTAMP(NOW(6)) * 1000000) / 1000000)
		FROM core_mail WHERE mail_id = UNHEX('${id}')`)[0];
	return { state, attempts: Number(attempts), error, kept: kept === '1', wait: Number(wait) };
};
async function until(id, condition) {
	for (let i = 0; i < 200; i++) {
		if (condition(row(id)))
			return row(id);
		await sleep(100);
	}
	assert.fail(`mail ${id}: ${JSON.stringify(row(id))}`);
}
const now = (id) => sql(inst, `UPDATE core_mail SET next_us = 0 WHERE mail_id = UNHEX('${id}')`);
const log = () => readFileSync(join(dirname(inst.config), '../log/yobod.log'), 'utf8');

test('a mail arrives once, in Japanese, with the headers mail servers want', { skip }, async () => {
	const to = address();
	const { said, id } = put(to);
	assert.equal(said, 'ok');
	const [mail] = await mailsArrived(inst, { to });
	const one = (name) => {
		assert.equal(mail.headers[name]?.length, 1, name);
		return mail.headers[name][0];
	};
	assert.equal(mail.subject, '【予防接種】𠮷田　葛󠄀子様の登録についてのお知らせ（見本のために長くした件名です）');
	assert.equal(mail.text, readFileSync(join(texts, 'sample/notice.ja.txt'), 'utf8').split('\n')
		.slice(2).join('\n').replace('{name}', WORDS.name).replace('{what}', WORDS.what)
		.replace('{base_url}', inst.base));
	assert.equal(one('to'), `<${to}>`);
	assert.equal(one('from'), '予防接種事務デジタル化（試用） <no-reply@yobo.example>');
	assert.equal(one('x-mailfrom'), 'no-reply@yobo.example');
	assert.equal(one('message-id').replaceAll('-', '').toUpperCase(), `<${id}@[127.0.0.1]>`);
	assert.ok(Math.abs(Date.parse(one('date')) - Date.now()) < 60_000, one('date'));
	assert.equal(one('auto-submitted'), 'auto-generated');
	assert.equal(one('content-type'), 'text/plain; charset=UTF-8');
	assert.ok(mail.raw.split('\n').every((line) => line.length <= 76 || line.startsWith('X-')));
	assert.deepEqual(await until(id, (r) => r.state !== 'WAITING').then(({ state, attempts, kept }) =>
		({ state, attempts, kept })), { state: 'SENT', attempts: 1, kept: false });
	await sleep(1500);
	assert.equal(mails(inst, { to }).length, 1);
});

test('many at once, and two workers that send: each arrives once', { skip }, async (t) => {
	const to = address();
	const other = await jobsWorker(inst);
	t.after(() => other.end());
	for (let i = 0; i < 15; i++)
		assert.equal(put(to, { words: { name: `人${i}`, what: 'x' } }).said, 'ok');
	const found = await mailsArrived(inst, { to, n: 15 });
	await sleep(1500);
	assert.equal(new Set(found.map((m) => m.text.split(' ')[0])).size, 15);
	assert.equal(mails(inst, { to }).length, 15);
});

test('what is rolled back, or only looked at, sends nothing', { skip }, async () => {
	const to = address();
	const rolled = put(to, { flag: '--rollback' });
	assert.deepEqual([rolled.said, rolled.id], ['E-SYS-001', undefined]);
	const dry = put(to, { flag: '--dry' });
	assert.deepEqual([dry.said, dry.id], ['ok', undefined]);
	await sleep(1500);
	assert.equal(mails(inst, { to }).length, 0);
});

test('a value stays where it was put', { skip }, async () => {
	const to = address();
	const victim = address();
	const name = `太郎\r\nBcc: ${victim}\r\n\r\n偽の本文\n.\nQUIT`;
	assert.equal(put(to, { words: { name, what: '登録' } }).said, 'ok');
	const [mail] = await mailsArrived(inst, { to });
	assert.equal(mail.headers.bcc, undefined);
	assert.ok(mail.subject.includes(`太郎  Bcc: ${victim}    偽の本文 . QUIT様の`), mail.subject);
	assert.equal(mail.text.split('\n')[0], `太郎  Bcc: ${victim}    偽の本文 . QUIT 様`);
	assert.equal(mails(inst, { to: victim }).length, 0);
});

test('what is not one address is refused, and not logged', { skip }, () => {
	for (const to of ['', 'x', 'a@b', 'a b@example.jp', 'a@example.jp\r\nBcc: b@example.jp',
		'a@example.jp,b@example.jp', '<a@example.jp>', 'a@example.jp> SIZE=1', 'é@example.jp',
		'a@example.jp\n', `${'a'.repeat(65)}@example.jp`, `a@${'b'.repeat(250)}.jp`]) {
		const { said, log: told, id } = put(to);
		assert.equal(said, 'E-SYS-003', to);
		assert.equal(id, undefined);
		assert.match(told, /mail sample\.notice: the recipient is not an address/);
		assert.ok(!told.includes('example'), told);
	}
});

test('the words given are the words of the text', { skip }, () => {
	for (const words of [{}, { name: 'a' }, { ...WORDS, more: 'x' }, { name: 'a', whta: 'b' }])
		assert.equal(put(address(), { words }).said, 'E-SYS-003', JSON.stringify(words));
	assert.equal(put(address(), { name: 'unknown' }).said, 'E-SYS-003');
});

test('a mail server in trouble', { skip, timeout: process.env.YOBO_SLOW ? 900_000 : 150_000 }, async (t) => {
	const back = await mailboxAway(inst);
	t.after(back);
	let smtp = null;
	t.after(() => smtp?.close());
	// The next server, and the end of the pause the last one caused.
	const serve = async (what) => {
		await smtp?.close();
		smtp = what === null ? null : await server(inst, what);
	};

	await t.test('away: the mail waits, and arrives when it is back', async () => {
		const { id } = put(address());
		const r = await until(id, ({ attempts }) => attempts === 1);
		assert.deepEqual([r.state, r.error, r.kept], ['WAITING', 'curl 7', true]);
		assert.ok(r.wait > 45 && r.wait <= 61, r.wait);
		await serve({});
		now(id);
		const { attempts, error } = await until(id, ({ state }) => state === 'SENT');
		assert.deepEqual([attempts, error], [2, 'NULL']);
		assert.ok(smtp.heard.some((l) => l.startsWith('tls MAIL FROM:<no-reply@yobo.example>')), smtp.heard);
		assert.ok(smtp.heard.every((l) => l.startsWith('tls ') || /^(EHLO|STARTTLS)/.test(l)), smtp.heard);
	});

	await t.test('a recipient refused for good: given up, the others go on', async () => {
		const bad = address();
		await serve({ answer: (verb, line) => (line.includes(bad) ? '550 5.1.1 nobody' : null) });
		const first = put(bad);
		const second = put(address());
		assert.equal((await until(second.id, ({ state }) => state === 'SENT')).attempts, 1);
		const r = await until(first.id, ({ state }) => state === 'FAILED');
		assert.deepEqual([r.attempts, r.error, r.kept], [1, 'smtp 550', false]);
		assert.match(log(), /mail sample\.notice is given up: smtp 550/);
		assert.ok(!log().includes(bad));
	});

	await t.test('a text refused for good is given up too', async () => {
		await serve({ answer: (verb) => (verb === 'END' ? '554 5.7.1 no' : null) });
		const r = await until(put(address()).id, ({ state }) => state === 'FAILED');
		assert.deepEqual([r.attempts, r.error, r.kept], [1, 'smtp 554', false]);
	});

	await t.test('refused for now: again later, and later still, until the days are over', async () => {
		await serve({ answer: (verb) => (verb === 'RCPT' ? '451 4.3.0 later' : null) });
		const { id } = put(address());
		for (let n = 1; n <= 3; n++) {
			const r = await until(id, ({ attempts }) => attempts === n);
			assert.deepEqual([r.state, r.error, r.kept], ['WAITING', 'smtp 451', true]);
			assert.ok(r.wait > 60 * 2 ** (n - 1) - 15 && r.wait <= 60 * 2 ** (n - 1) + 1, r.wait);
			now(id);
		}
		await until(id, ({ attempts }) => attempts === 4);
		sql(inst, `UPDATE core_mail SET created_us = created_us - 3 * 86400000000, next_us = 0
			WHERE mail_id = UNHEX('${id}')`);
		const r = await until(id, ({ state }) => state === 'FAILED');
		assert.deepEqual([r.attempts, r.error, r.kept], [5, 'smtp 451', false]);
	});

	await t.test('the sender refused is our fault, not the mail\'s: it waits', async () => {
		await serve({ answer: (verb) => (verb === 'MAIL' ? '550 5.7.1 who are you' : null) });
		const { id } = put(address());
		assert.deepEqual(await until(id, ({ attempts }) => attempts === 1)
			.then((r) => [r.state, r.error]), ['WAITING', 'smtp 550']);
		await serve({});
		now(id);
		await until(id, ({ state }) => state === 'SENT');
	});

	await t.test('without TLS, or with a stranger\'s certificate, nothing is said', async () => {
		await serve({ starttls: false, answer: (verb) => (verb === 'STARTTLS' ? '502 no' : null) });
		const { id } = put(address());
		assert.equal((await until(id, ({ attempts }) => attempts === 1)).state, 'WAITING');
		assert.ok(!smtp.heard.some((l) => /MAIL|RCPT|DATA/.test(l)), smtp.heard);
		await serve({ key: inst.clients[0].key, cert: inst.clients[0].cert });
		now(id);
		assert.equal((await until(id, ({ attempts }) => attempts === 2)).state, 'WAITING');
		assert.ok(!smtp.heard.some((l) => /MAIL|RCPT|DATA/.test(l)), smtp.heard);
		sql(inst, `DELETE FROM core_mail WHERE mail_id = UNHEX('${id}')`);
	});

	await serve(null);
});

test('the outbox is closed to every pool but its own', { skip }, () => {
	const secrets = join(dirname(inst.config), '../data/secrets');
	const read = spawnSync('mariadb', ['--no-defaults', `--socket=${inst.db.socket}`, '-uyobo_main',
		`-p${readFileSync(join(secrets, 'yobo_main.password'), 'utf8').trim()}`, inst.db.name, '-e',
		'SELECT recipient FROM core_mail'], { encoding: 'utf8' });
	assert.match(read.stderr, /SELECT command denied/);
	assert.equal(value(inst, "SELECT COUNT(*) FROM core_mail WHERE recipient LIKE '%example%'"
		+ " OR message LIKE '%Subject%'"), '0');
});
