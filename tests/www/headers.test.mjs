// What every page and file is sent with, and how pages answer when they cannot (ui design 12: U11).

import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { exchange, instance } from '../support/yobo.mjs';

const inst = instance();
const agent = new https.Agent({ ca: readFileSync(inst.ca) });
const get = (path, headers = {}) => exchange(inst.base + path, { headers, agent });

const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
	+ " form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types lit-html";
const SAME = { 'content-security-policy': CSP, 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer',
	'strict-transport-security': 'max-age=63072000', 'x-frame-options': 'DENY', 'cross-origin-opener-policy': 'same-origin',
	'cross-origin-resource-policy': 'same-origin' };
const same = ({ headers }, path) => {
	for (const [name, value] of Object.entries(SAME))
		assert.equal(headers[name], value, `${path} ${name}`);
};

test('every page is the shell, with the whole policy, asked for anew', async () => {
	for (const path of ['/', '/citizen', '/login', '/menu', '/password', '/records', '/records/123', '/records/new', '/records/123/new', '/records/link/5', '/records/123/00000000-0000-4000-8000-000000000000/correct', '/tokens', '/tokens/new', '/tokens/issued',
		'/tokens/00000000-0000-0000-0000-000000000000/revoke']) {
		const answer = await get(path);
		assert.equal(answer.status, 200, path);
		assert.match(answer.headers['content-type'], /^text\/html; charset=utf-8/);
		assert.equal(answer.headers['cache-control'], 'no-cache');
		same(answer, path);
	}
});

test('files: their type, the policy, and 304 when they are known', async () => {
	for (const [path, type] of [['/ui/lib/shell.js', 'text/javascript'], ['/ui/css/components.css', 'text/css'],
		['/ui/vendor/lit-html/lit-html.js', 'text/javascript'], ['/ui/i18n/ja.json', 'application/json'],
		['/ui/favicon.svg', 'image/svg+xml']]) {
		const answer = await get(path);
		assert.equal(answer.status, 200, path);
		assert.ok(answer.headers['content-type'].startsWith(type), `${path} ${answer.headers['content-type']}`);
		assert.equal(answer.headers['cache-control'], 'no-cache');
		same(answer, path);
		if (answer.headers.etag)
			assert.equal((await get(path, { 'if-none-match': answer.headers.etag })).status, 304, path);
	}
	assert.equal((await get('/ui/i18n/ja.json', { 'accept-encoding': 'gzip' })).headers['content-encoding'], 'gzip');
	const { headers } = await get('/ui/lib/shell.js', { 'accept-encoding': 'gzip' });
	const best = gzipSync(readFileSync(new URL('../../nginx/www/lib/shell.js', import.meta.url)), { level: 9 }).length;
	assert.ok(Number(headers['content-length']) <= best + 100, `packed when it was installed: ${headers['content-length']}, ${best}`);
	assert.equal(headers.vary, 'Accept-Encoding');
	assert.equal((await get('/api/v1/openapi.json', { 'accept-encoding': 'gzip' })).headers['content-encoding'], undefined);
});

test('a page asks by the name of its content, which is kept for good; an old name is not', async () => {
	for (const path of ['/login', '/citizen']) {
		const page = await get(path);
		const files = [...page.text.matchAll(/="(\/ui\/[^"]+)"/g)].map((m) => m[1]);
		const trees = new Set([...files, ...(page.headers.link ?? '').match(/\/ui\/[^>]+/g) ?? []]
			.map((file) => /^\/ui\/([0-9a-f]{16})\//.exec(file)?.[1] ?? file));
		assert.equal(trees.size, 1, [...trees].join(' '));
		for (const file of files) {
			const kept = await get(file);
			assert.equal(kept.status, 200, file);
			assert.equal(kept.headers['cache-control'], 'public, max-age=31536000, immutable', file);
			same(kept, file);
			const old = await get(file.replace(/[0-9a-f]{16}/, '0123456789abcdef'));
			assert.equal(old.headers['cache-control'], 'no-cache');
			assert.equal(old.text, kept.text);
		}
		for (const bad of ['no/such.js', 'css/', '%2e%2e/nginx/yobo.conf.in', '..%2fnginx/yobo.conf.in']) {
			const absent = await get(`/ui/${[...trees][0]}/${bad}`);
			assert.ok([400, 403, 404].includes(absent.status), `${bad} ${absent.status}`);
			assert.ok(!absent.headers['cache-control']?.includes('immutable'), bad);
		}
	}
});

test('what a name stands for stays as it was when other pages are installed', async () => {
	const page = await get('/login');
	const [, name] = /="\/ui\/([0-9a-f]{16})\//.exec(page.text);
	const www = join(dirname(inst.yoboctl), '../share/yobo/www');
	const file = join(www, 'lib/page.js');
	const before = await get(`/ui/${name}/lib/page.js`);
	const now = readFileSync(file);
	writeFileSync(file, '// of another version\n');
	try {
		assert.equal((await get('/ui/lib/page.js')).text, '// of another version\n');
		assert.equal((await get(`/ui/${name}/lib/page.js`)).text, before.text);
		assert.equal((await get('/ui/0123456789abcdef/lib/page.js')).headers['cache-control'], 'no-cache');
	} finally {
		writeFileSync(file, now);
	}
});

test('what is not there is a page that says so', async () => {
	for (const path of ['/no/such/page', '/ui/no/such.js', '/records/1/2', '/tokens/x']) {
		const answer = await get(path);
		assert.equal(answer.status, 404, path);
		assert.match(answer.text, /ページが見つかりません[^]*Page not found/, path);
		same(answer, path);
	}
});

test('the state of the installation is told without a session, and nothing else', async () => {
	const { text } = await get('/login');
	const json = JSON.parse(/<html lang="ja" data-site='([^']*)'>/.exec(text)[1]);
	assert.deepEqual(Object.keys(json), ['environment', 'helpdesk', 'hours', 'version']);
	assert.equal(json.environment, 'test');
});

test('during maintenance pages are a static page with 503; the interface and files go on', async () => {
	const beside = `${dirname(inst.config)}/nginx/maintenance.html`;
	assert.ok(existsSync(dirname(beside)));
	writeFileSync(beside, readFileSync(new URL('../../nginx/www/503.html', import.meta.url)));
	try {
		const answer = await get('/login');
		assert.equal(answer.status, 503);
		assert.match(answer.text, /システムを停止しています/);
		assert.equal(answer.headers['retry-after'], '600');
		assert.equal(answer.headers['cache-control'], 'no-store');
		same(answer, 'maintenance');
		assert.equal((await get('/ui/css/components.css')).status, 200);
		assert.equal((await get('/api/v1/account/session')).status, 401);
	} finally {
		rmSync(beside);
	}
	assert.equal((await get('/login')).status, 200);
});
