// The parts of the pages of account and token that think: browsers, keys as they are pasted,
// words that must be those of the server.

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

globalThis.document = { createTreeWalker: () => ({}), createComment: () => ({}), cookie: '', documentElement: { lang: 'ja' } };
const www = new URL('../../nginx/www/', import.meta.url);
const { addWords } = await import(new URL('lib/i18n.js', www));
const words = (path) => JSON.parse(readFileSync(new URL(`${path}i18n/ja.json`, www), 'utf8'));
for (const area of ['', 'account/', 'token/'])
	addWords(words(area));

test('browsers by what they call themselves', async () => {
	const { browserOf } = await import(new URL('account/sessions.js', www));
	const webkit = 'AppleWebKit/537.36 (KHTML, like Gecko)';
	for (const [agent, wanted] of [
		[`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0`, 'Edge、Windows'],
		[`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/131.0.0.0 Safari/537.36`, 'Chrome、Windows'],
		['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0', 'Firefox、Windows'],
		['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15', 'Safari、Mac'],
		['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/131.0 Mobile/15E148 Safari/604.1', 'Chrome、iPhone'],
		[`Mozilla/5.0 (Linux; Android 14) ${webkit} Chrome/131.0 Mobile Safari/537.36`, 'Chrome、Android'],
		[`Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${webkit} Chrome/131.0 Safari/537.36`, 'Chrome、ChromeOS'],
		['curl/7.88.1', null], ['', null], [null, null]])
		assert.equal(browserOf(agent), wanted, agent);
});

test('of a key only what is public is taken, whatever was pasted', async () => {
	const { readCertificate, readKey } = await import(new URL('token/fields.js', www));
	const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
	const pem = publicKey.export({ type: 'spki', format: 'pem' });
	const jwk = publicKey.export({ format: 'jwk' });
	assert.deepEqual(readKey(`\n ${pem} \n`), { public_key: `${pem.trim()}\n` });
	assert.deepEqual(readKey(JSON.stringify({ ...jwk, kid: 'a', use: 'sig', key_ops: ['verify'], ext: true })), { public_jwk: jwk });
	assert.deepEqual(readKey(JSON.stringify({ keys: [jwk] })), { public_jwk: jwk });
	for (const secret of [privateKey.export({ type: 'pkcs8', format: 'pem' }), privateKey.export({ type: 'sec1', format: 'pem' }),
		JSON.stringify(privateKey.export({ format: 'jwk' })), JSON.stringify({ keys: [privateKey.export({ format: 'jwk' })] }), pem + privateKey.export({ type: 'sec1', format: 'pem' })]) {
		const said = readKey(secret);
		assert.deepEqual(said, { error: 'key.private', secret: true });
		assert.equal(readCertificate(secret).public_key, undefined);
	}
	const two = [jwk, privateKey.export({ format: 'jwk' })];
	for (const bad of ['', 'x', '{}', '[]', 'null', '1', JSON.stringify({ keys: two }), JSON.stringify({ kty: 'RSA', n: 'x', e: 'y' }), pem.slice(0, 60)])
		assert.equal(readKey(bad).public_key ?? readKey(bad).public_jwk, undefined, bad);
	assert.equal(readCertificate('x').error, 'key.wrongCertificate');
});

test('networks as people separate them', async () => {
	const { networks } = await import(new URL('token/fields.js', www));
	assert.deepEqual(networks('192.0.2.0/24\n１９２．０．２．１、2001:db8::/32,  '), ['192.0.2.0/24', '192.0.2.1', '2001:db8::/32']);
	assert.deepEqual(networks(undefined), []);
});

test('recovery codes and telephone numbers in any width', async () => {
	const { recoveryOf } = await import(new URL('widgets/stepup.js', www));
	assert.equal(recoveryOf(' ＡＢＣＤＥ-fgh23 '), 'abcde-fgh23');
	const { toPhone } = await import(new URL('widgets/kana.js', www));
	for (const [typed, wanted] of [['０３ー１２３４ー５６７８', '03-1234-5678'], ['03−1234‐5678', '03-1234-5678'], [' 03 1234 5678', '0312345678']])
		assert.equal(toPhone(typed), wanted);
});

test('the words that tell a session nobody ended are those of the server', () => {
	const said = /P\("E-AUTH-003"[^]*?\n\s+"([^"]+)", "([^"]+)"\)/.exec(readFileSync(new URL('../../core/lib/catalogue.def', import.meta.url), 'utf8'));
	for (const [lang, i] of [['ja', 1], ['en', 2]])
		assert.equal(JSON.parse(readFileSync(new URL(`i18n/${lang}.json`, www), 'utf8'))['again.plain'], said[i]);
});

test('the terms of both languages are of one version', () => {
	const version = (lang) => readFileSync(new URL(`account/terms.${lang}.txt`, www), 'utf8').split('\n')[0].split(/[\s:\uff1a]+/).at(-1);
	assert.match(version('ja'), /^\d+$/);
	assert.equal(version('ja'), version('en'));
});
