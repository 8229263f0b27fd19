// The budget of ui design 13 on a slow PC with a slow line, and what people see meanwhile
// (U07 U10 U17). Times are medians of three; the machine that runs the tests is no fast PC.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { instance } from '../../support/yobo.mjs';
import { Chrome } from '../chrome.mjs';
import { people } from '../people.mjs';

const inst = instance();
let b;
let who;

before(async () => {
	who = await people(inst);
	b = await Chrome.start(inst);
	await b.cdp('Network.enable');
	await b.cdp('Page.enable');
	await b.cdp('Page.addScriptToEvaluateOnNewDocument', { source: `
		window.seen = { lcp: 0, cls: 0, tbt: 0 };
		new PerformanceObserver((l) => { for (const e of l.getEntries()) seen.lcp = e.startTime; }).observe({ type: 'largest-contentful-paint', buffered: true });
		new PerformanceObserver((l) => { for (const e of l.getEntries()) if (!e.hadRecentInput) seen.cls += e.value; }).observe({ type: 'layout-shift', buffered: true });
		new PerformanceObserver((l) => { for (const e of l.getEntries()) seen.tbt += Math.max(0, e.duration - 50); }).observe({ type: 'longtask', buffered: true });` });
	await b.logIn(inst.logins.find((l) => l.role === 'MU-S'));
});
after(() => b?.close());

const line = (kbps, ms) => b.cdp('Network.emulateNetworkConditions', { offline: false, latency: ms,
	downloadThroughput: kbps * 125, uploadThroughput: kbps * 125 });
const median = (list) => [...list].sort((x, y) => x - y)[Math.floor(list.length / 2)];

async function load(path, { cold }) {
	if (cold)
		await b.cdp('Network.clearBrowserCache');
	await b.page(path);
	await b.shown();
	await b.run('return new Promise((done) => setTimeout(done, 300))').catch(() => null);
	return b.run(`const files = performance.getEntriesByType('resource');
		// What the interface takes to think and send is not the page's.
		const api = files.filter((f) => f.name.includes('/api/') && !f.name.endsWith('/session'));
		const pictures = files.filter((f) => f.name.endsWith('.svg')).length;
		return { ...seen, api: api.length > 0 ? Math.max(...api.map((f) => f.responseEnd)) - Math.min(...api.map((f) => f.startTime)) : 0,
			requests: files.length + 1 - pictures, bytes: files.reduce((n, f) => n + f.transferSize, 0),
			scripts: files.filter((f) => f.name.endsWith('.js')).reduce((n, f) => n + f.encodedBodySize, 0) }`);
}

for (const [name, kbps, ms, limit] of [['1.6 Mbps, 150 ms', 1600, 150, 2000], ['10 Mbps, 40 ms', 10000, 40, 1500]]) {
	test(`${name}, a quarter of the processor: first and next screen`, async (t) => {
		await line(kbps, ms);
		await b.cdp('Emulation.setCPUThrottlingRate', { rate: 4 });
		try {
			for (const path of ['/records', `/records/${who.child.subject_no}?purpose=01`]) {
				const cold = [];
				const warm = [];
				for (let i = 0; i < 3; i++)
					cold.push(await load(path, { cold: true }));
				for (let i = 0; i < 3; i++)
					warm.push(await load(path, { cold: false }));
				const lcp = median(cold.map((x) => x.lcp));
				const again = median(warm.map((x) => x.lcp - x.api));
				const shape = path.replace(/\d{6,}/, ':subject_no');
				t.diagnostic(`${shape}: LCP ${Math.round(lcp)} ms, next ${Math.round(again)} ms and the interface ${Math.round(median(warm.map((x) => x.api)))} ms, ${cold[0].requests} requests, `
					+ `${cold[0].bytes} bytes, blocked ${Math.round(median(cold.map((x) => x.tbt)))} ms, shift ${median(cold.map((x) => x.cls)).toFixed(3)}`);
				assert.ok(lcp <= limit, `${shape}: LCP ${lcp}`);
				assert.ok(again <= 800, `${shape}: next ${again}`);
				assert.ok(median(cold.map((x) => x.cls)) <= 0.05, `${shape}: shift ${cold.map((x) => x.cls)}`);
				assert.ok(cold[0].requests <= 25, `${shape}: ${cold[0].requests} requests`);
				assert.ok(cold[0].scripts <= 40 * 1024, `${shape}: ${cold[0].scripts} bytes of scripts`);
			}
		} finally {
			await b.cdp('Emulation.setCPUThrottlingRate', { rate: 1 });
			await b.cdp('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
		}
	});
}

test('while the server thinks, the page says so within 300 ms, and nothing jumps when it comes', async () => {
	await b.pretend({ '/record/searches': { ms: 1500, body: { search_id: 'x', items: [], too_many: false } } });
	await b.page('/records');
	await b.shown();
	const waited = await b.run(`document.getElementById('purpose').value = '01';
		document.getElementById('muni-key').value = 'X';
		const begun = performance.now();
		document.querySelector('form button[type=submit]').click();
		return new Promise((done) => {
			const look = () => (document.querySelector('main .yb-loading') ? done(performance.now() - begun) : setTimeout(look, 5));
			look();
		})`);
	assert.ok(waited <= 300, `${waited} ms`);
	await b.until("document.getElementById('result')");
	await b.pretend({ '/account/session': { ms: 800, patch: {} } });
	await b.page('/menu');
	assert.equal(await b.run("return document.getElementById('loading')?.checkVisibility()"), true);
	await b.shown();
	await b.plain();
});

test('without a network the page says so and keeps what was typed', async () => {
	await b.page('/records');
	await b.shown();
	await b.run("document.getElementById('purpose').value = '01'; document.getElementById('muni-key').value = 'KEPT'");
	await b.cdp('Network.emulateNetworkConditions', { offline: true, latency: 0, downloadThroughput: 0, uploadThroughput: 0 });
	try {
		await b.run("document.querySelector('form button[type=submit]').click()");
		await b.until("document.activeElement?.id === 'summary'");
		assert.match(await b.text('#summary'), /通信できませんでした[^]*この画面に残っています/);
		assert.equal(await b.run("return document.getElementById('muni-key').value"), 'KEPT');
	} finally {
		await b.cdp('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
	}
});

test('a page whose modules do not come says so instead of staying blank', async () => {
	await b.cdp('Network.setBlockedURLs', { urls: ['*/ui/lib/shell.js'] });
	await b.page('/menu');
	await b.until("document.getElementById('late').checkVisibility()");
	assert.match(await b.text('#late'), /画面を表示できません[^]*could not be shown/);
	await b.cdp('Network.setBlockedURLs', { urls: [] });
	await b.log();
});

test('left for "back" the page shows nothing, and loads anew when it comes back', async () => {
	await b.page(`/records/${who.child.subject_no}?purpose=01`);
	await b.shown();
	await b.run("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))");
	assert.equal(await b.run("return getComputedStyle(document.querySelector('h1')).visibility"), 'hidden');
	await b.run("window.old = true; dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))");
	await b.until('!window.old');
	await b.shown();
});

test('forced colours and reduced motion: the focus and the chosen are seen, nothing moves', async () => {
	await b.media({ 'forced-colors': 'active', 'prefers-reduced-motion': 'reduce' });
	await b.page('/records');
	await b.shown();
	assert.ok(await b.run("return matchMedia('(forced-colors: active)').matches"));
	await b.run("document.getElementById('muni-key').focus()");
	assert.equal(await b.run("return getComputedStyle(document.activeElement).outlineStyle"), 'solid');
	const [here, other] = await b.run(`return [...document.querySelectorAll('nav a')].slice(0, 2)
		.map((a) => getComputedStyle(a).borderBottomColor).reverse()`);
	assert.notEqual(here, other);
	assert.equal(await b.run(`return [...document.querySelectorAll('*')].filter((e) => getComputedStyle(e).animationName !== 'none').length`), 0);
	await b.media({});
});
