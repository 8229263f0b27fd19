// What every page and file is sent with, and how pages answer when they cannot (ui design 12: U11).

import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { dirname } from 'node:path';
import { test } from 'node:test';

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
	assert.equal((await get('/api/v1/openapi.json', { 'accept-encoding': 'gzip' })).headers['content-encoding'], undefined);
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
