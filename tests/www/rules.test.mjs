// The sources of the pages keep to their rules (ui design 12: U12 U14 U19 U20).

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

import { AREAS } from '../../nginx/www/lib/areas.js';
import { tool } from './tools.mjs';

const root = fileURLToPath(new URL('../../nginx/www/', import.meta.url));
const all = readdirSync(root, { recursive: true, withFileTypes: true }).filter((e) => e.isFile())
	.map((e) => `${e.parentPath ?? e.path}/${e.name}`.replace(/\/+/g, '/').slice(root.length));
const ours = all.filter((f) => !f.startsWith('vendor/'));
const scripts = ours.filter((f) => f.endsWith('.js'));
const read = (f) => readFileSync(root + f, 'utf8');
const ANY = /(?:^import .*? from |^} from |import\()'([^']+)'/gm;
const LINKED = /(?:^import .*? from |^} from )'([^']+)'/gm; // not what is fetched when it is needed
const imports = (f, pattern = ANY) => [...read(f).matchAll(pattern)]
	.map((m) => new URL(m[1], `file:///${f}`).pathname.slice(1));
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
		for (const to of imports(f))
			assert.ok(existsSync(root + to), `${f}: ${to}`);
	}
	for (const [, to] of read('index.html').matchAll(/(?:href|src)="\/ui\/([^"]+)"/g))
		assert.ok(existsSync(root + to), to);
});

// Of the checker's complaints those count that are mistakes whatever the types of the page's
// elements are: names, imports, arguments, syntax.
test('the checker of types finds no wrong name, import, argument or syntax', () => {
	const { stdout, error } = spawnSync(process.execPath, [tool('typescript/bin/tsc'), '--project',
		fileURLToPath(new URL('tsconfig.json', import.meta.url))], { encoding: 'utf8' });
	assert.equal(error, undefined);
	const said = stdout.split('\n').filter((l) => l.includes('error TS') && !l.includes('/vendor/'));
	assert.deepEqual(said.filter((l) => /TS(1\d{3}|2300|2304|2305|2306|2307|2448|2451|2454|2552|2554|2555|2588|5\d{3}|6\d{3}|18003)\b/.test(l)), []);
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
	const bare = (f) => read(f).replace(/^\s*\/\/.*$/gm, '');
	const shared = JSON.parse(read('i18n/ja.json'));
	for (const f of scripts.filter((x) => x.endsWith('/routes.js')))
		for (const [, key] of read(f).matchAll(/'(\w+\.\w+)'/g))
			assert.ok(shared[key], `${f}: ${key} belongs to the words of all pages`);
	for (const f of scripts.filter((x) => x.endsWith('/tasks.js'))) // which the menu shows
		for (const [, key] of bare(f).matchAll(/\bt\(['`]([\w.]+)/g))
			assert.ok(Object.keys(shared).some((k) => k.startsWith(key)), `${f}: ${key} belongs to the words of all pages`);
	for (const f of scripts) {
		for (const [, key] of bare(f).matchAll(/\b(?:t|has)\('([\w.]+)'/g))
			assert.ok(known.has(key), `${f}: ${key}`);
		for (const [, key] of read(f).matchAll(/(?:titleKey|nav|group|text|missing): '(\w+\.\w+)'/g))
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

test('the lists of pages are those nginx/areas.sh makes now', () => {
	execFileSync(fileURLToPath(new URL('../../nginx/areas.sh', import.meta.url)), ['--check'], { stdio: ['ignore', 'ignore', 'inherit'] });
	const listed = [...readFileSync(`${root}../yobo-preload.conf`, 'utf8').matchAll(/^\t"~\^([^(]+)\(/gm)].map((m) => m[1]);
	assert.deepEqual(listed, Object.values(AREAS).flat().map((route) => route.path.replace(/:\w+/g, '[^/?]+')));
});

// Cold, everything is asked for: the page, what it is told to fetch with its first bytes, and who
// is there. What a page then asks the interface is not counted.
test('the budget of requests: twenty-five files for any page', () => {
	const conf = readFileSync(`${root}../yobo-preload.conf`, 'utf8');
	const files = (text) => text.split('</ui').length - 1;
	const common = files(/yobo_preload_all \{\n(.*)\n/.exec(conf)[1]);
	assert.ok(common >= 10);
	const pages = [...conf.matchAll(/^\t"~\^(\S+)\(\\\?\|\$\)" (.*)$/gm)];
	assert.equal(pages.length, Object.values(AREAS).flat().length);
	assert.deepEqual(pages.map(([, path, links]) => [path, 2 + common + files(links)]).filter(([, n]) => n > 25), []);
});

test('the budget of sizes', () => {
	// Of one screen: the shell, the lists of routes, and what the page itself asks for.
	const needed = (f, seen = new Set(), shell = false) => {
		if (seen.has(f))
			return seen;
		seen.add(f);
		// The shell reads the list of pages, not the pages.
		const next = f.startsWith('vendor/') || (shell && f.endsWith('/routes.js')) ? [] : imports(f, LINKED);
		for (const to of next)
			needed(to, seen, shell);
		return seen;
	};
	const shell = needed('lib/shell.js', new Set(), true);
	for (const page of scripts.filter((f) => f.split('/')[0] in AREAS && !f.endsWith('/routes.js'))) {
		const js = [...new Set([...shell, ...needed(page)])].map(packed).reduce((a, b) => a + b, 0);
		assert.ok(js <= 40 * 1024, `${page}: ${js} bytes`);
	}
	const css = ['vendor/dads/tokens.css', ...ours.filter((f) => f.endsWith('.css'))].map(packed).reduce((a, b) => a + b, 0);
	assert.ok(css <= 15 * 1024, `styles: ${css} bytes`);
	for (const f of ours)
		assert.ok(!/\.(png|jpe?g|gif|woff2?|ttf)$/.test(f), `${f}: no pictures, no fonts`);
	for (const f of scripts)
		assert.ok(read(f).split('\n').length <= 600, f);
});
