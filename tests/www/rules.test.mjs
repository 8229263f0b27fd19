// The sources of the pages keep to their rules (ui design 12: U12 U14 U19 U20).

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

import { tool } from './tools.mjs';

const root = fileURLToPath(new URL('../../nginx/www/', import.meta.url));
const all = readdirSync(root, { recursive: true, withFileTypes: true }).filter((e) => e.isFile())
	.map((e) => `${e.parentPath ?? e.path}/${e.name}`.replace(/\/+/g, '/').slice(root.length));
const ours = all.filter((f) => !f.startsWith('vendor/'));
const scripts = ours.filter((f) => f.endsWith('.js'));
const read = (f) => readFileSync(root + f, 'utf8');
const packed = (f) => gzipSync(readFileSync(root + f)).length;

test('no HTML from text, no inline code or style, nothing kept in the browser', () => {
	assert.ok(scripts.length >= 20);
	for (const f of ours.filter((x) => /\.(js|html)$/.test(x))) {
		const text = read(f);
		assert.doesNotMatch(text, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|unsafe-?HTML|unsafe-?SVG/i, f);
		assert.doesNotMatch(text, /\sstyle=|<[^>]*\son[a-z]+=["']|javascript:/, f);
		assert.doesNotMatch(text, /localStorage|sessionStorage|indexedDB|serviceWorker/, f);
		assert.doesNotMatch(text, /https?:\/\/(?!www\.w3\.org)/, `${f}: only our own server`);
		assert.doesNotMatch(text, /\bimport\((?!['"])/, `${f}: an import that nobody can follow`);
	}
	for (const f of ours.filter((x) => x.endsWith('.css')))
		assert.doesNotMatch(read(f), /@import|url\(/, f);
});

test('every module parses and every import leads to a file', () => {
	for (const f of scripts) {
		const type = f === 'boot.js' ? [] : ['--input-type=module'];
		if (f !== 'boot.js')
			execFileSync(process.execPath, [...type, '--check'], { input: read(f) });
		for (const [, to] of read(f).matchAll(/(?:from|import\()\s*'([^']+)'/g))
			assert.ok(existsSync(new URL(to, `file://${root}${f}`)), `${f}: ${to}`);
	}
	for (const [, to] of read('index.html').matchAll(/(?:href|src)="\/ui\/([^"]+)"/g))
		assert.ok(existsSync(root + to), to);
});

test('the checker of types has nothing to say', () => {
	const { status, stdout } = spawnSync(process.execPath, [tool('typescript/bin/tsc'), '--noEmit', '--allowJs', '--checkJs',
		'--target', 'es2022', '--module', 'es2022', '--moduleResolution', 'bundler', '--lib', 'es2023,dom,dom.iterable',
		'--skipLibCheck', '--maxNodeModuleJsDepth', '0', '--types', '', fileURLToPath(new URL('vendor.d.ts', import.meta.url)),
		...scripts.filter((f) => f !== 'boot.js').map((f) => root + f)], { encoding: 'utf8', cwd: root });
	const said = stdout.split('\n').filter((l) => l.includes('error TS') && !l.includes('vendor/'));
	const known = /TS2339: Property '\w+' does not exist on type '(HTMLElement|Element|EventTarget|Window|this|Form|Upload|Job|Dialog|Problem)/;
	assert.deepEqual(said.filter((l) => /TS1\d{3}|TS2304|TS2305|TS2307|TS2552|TS2554|TS2451|TS2300/.test(l)), []);
	assert.ok(status === 0 || said.every((l) => known.test(l) || /TS(2339|2345|2322|2740|7\d{3}|2769|2353|2365|2362|2363|2698|2571|18046|2538|2531|2551|2740|2559|2488)/.test(l)), said.join('\n'));
});

test('both languages have the same words, and every word that is used', () => {
	const known = new Set();
	for (const area of ['', ...new Set(ours.map((f) => /^([^/]+)\/i18n\/ja\.json$/.exec(f)?.[1]).filter(Boolean))]) {
		const [ja, en] = ['ja', 'en'].map((l) => JSON.parse(read(`${area ? `${area}/` : ''}i18n/${l}.json`)));
		assert.deepEqual(Object.keys(en), Object.keys(ja), area);
		for (const [key, words] of Object.entries(ja)) {
			assert.ok(!known.has(key), `${key} is there twice`);
			known.add(key);
			const names = (text) => [...new Set([...text.matchAll(/\{(\w+)/g)].map((m) => m[1]))].sort().join();
			const [a, b] = [names(words), names(en[key])];
			if (!key.startsWith('date.'))
				assert.equal(b, a, key);
			assert.ok(words.trim() !== '' || words === en[key], key);
			if (!['language.other', 'kana.wrong'].includes(key))
				assert.doesNotMatch(en[key], /[\u3040-\u30ff\u4e00-\u9fff]/, key);
		}
	}
	for (const f of scripts) {
		for (const [, key] of read(f).matchAll(/\b(?:t|has)\('([\w.]+)'/g))
			assert.ok(known.has(key), `${f}: ${key}`);
		for (const [, key] of read(f).matchAll(/(?:titleKey|nav|group|text|missing): '([\w]+\.[\w]+)'/g))
			assert.ok(known.has(key), `${f}: ${key}`);
	}
});

test('no word of a language stands in a script', () => {
	for (const f of scripts) {
		const code = read(f).replace(/^\s*\/\/.*$/gm, '').replace(/\s\/\/ .*$/gm, '');
		assert.doesNotMatch(code, /[\u3040-\u30ff\u4e00-\u9fff]/, f);
	}
});

test('what was taken from others is what VENDOR.lock says, and its licence is there', () => {
	const lock = JSON.parse(read('vendor/VENDOR.lock'));
	const listed = ['vendor/VENDOR.lock'];
	for (const { name, version, licence, integrity, files } of lock.packages) {
		assert.match(version, /^\d+\.\d+\.\d+$/);
		assert.match(integrity, /^sha512-/);
		assert.ok(['MIT', 'BSD-3-Clause'].includes(licence), name);
		assert.ok(Object.keys(files).some((f) => f.endsWith('/LICENSE')), name);
		for (const [file, { sha256 }] of Object.entries(files)) {
			assert.equal(createHash('sha256').update(readFileSync(`${root}vendor/${file}`)).digest('hex'), sha256, file);
			listed.push(`vendor/${file}`);
		}
	}
	assert.deepEqual(all.filter((f) => f.startsWith('vendor/')).sort(), listed.sort(), 'nothing else');
});

test('the budget of sizes', () => {
	const js = ['vendor/lit-html/lit-html.js', ...scripts].map(packed).reduce((a, b) => a + b, 0);
	const css = ['vendor/dads/tokens.css', ...ours.filter((f) => f.endsWith('.css'))].map(packed).reduce((a, b) => a + b, 0);
	assert.ok(js <= 40 * 1024, `scripts of all screens: ${js} bytes`);
	assert.ok(css <= 15 * 1024, `styles: ${css} bytes`);
	for (const f of ours)
		assert.ok(!/\.(png|jpe?g|gif|woff2?|ttf)$/.test(f), `${f}: no pictures, no fonts`);
	for (const f of scripts)
		assert.ok(read(f).split('\n').length <= 600, f);
});
