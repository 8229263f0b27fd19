// What people see while they wait, when nothing comes, and when they come back; and with forced
// colours and without motion (ui design 12: U07 U09 U17).

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { instance } from '../support/yobo.mjs';
import { Chrome } from './chrome.mjs';
import { people } from './people.mjs';

const inst = instance();
let b;
let who;

before(async () => {
	who = await people(inst);
	b = await Chrome.start(inst);
	await b.cdp('Network.enable');
	await b.cdp('Page.enable');
	await b.logIn(inst.logins.find((l) => l.role === 'MU-S'));
});
after(() => b?.close());

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
	await b.cdp('Network.setBlockedURLs', { urls: ['*/lib/shell.js'] });
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
