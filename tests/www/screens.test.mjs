// Every screen of screens.json in every state: axe, console, 320 px, doubled text, targets,
// (ui design 12: U01 U02 U05 U06, and that no route is missing from the list).

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { AREAS } from '../../nginx/www/lib/areas.js';
import { instance } from '../support/yobo.mjs';
import { Chrome } from './chrome.mjs';
import { people } from './people.mjs';
import { SCREENS, reach } from './screens.mjs';
import { tool } from './tools.mjs';

const inst = instance();
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const reviewed = JSON.parse(readFileSync(new URL('axe.json', import.meta.url), 'utf8')).incomplete;
const axe = readFileSync(tool('axe-core/axe.min.js'), 'utf8');
// One after the other in the order of who looks: logging in costs more than most screens.
const BY_ROLE = [...new Set(SCREENS.map((s) => s.role))].flatMap((role) => SCREENS.filter((s) => s.role === role));
let b;
let who;

before(async () => {
	who = await people(inst);
	b = await Chrome.start(inst);
	await b.cdp('Page.enable');
	await b.cdp('Page.addScriptToEvaluateOnNewDocument', { source: axe, worldName: 'axe' });
});
after(() => b?.close());

// The page's own policy forbids foreign code: axe runs in a world of its own, as extensions do.
async function look() {
	const { frameTree } = await b.cdp('Page.getFrameTree');
	const { executionContextId: contextId } = await b.cdp('Page.createIsolatedWorld', { frameId: frameTree.frame.id, worldName: 'axe' });
	const { result, exceptionDetails } = await b.cdp('Runtime.evaluate', { contextId, awaitPromise: true, returnByValue: true,
		expression: `axe.run(document, { runOnly: ${JSON.stringify(TAGS)}, resultTypes: ['violations', 'incomplete'] })
			.then((r) => ['violations', 'incomplete'].map((kind) => r[kind].flatMap((v) => v.nodes.map((n) =>
				v.id + ' ' + n.target.join(' ') + ' ' + (n.failureSummary ?? '').replace(/\\s+/g, ' ').slice(0, 200)))))` });
	assert.equal(exceptionDetails, undefined);
	return result.value;
}

const WIDER = `(() => {
	if (document.documentElement.scrollWidth <= innerWidth)
		return [];
	return [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1
		&& !e.closest('.yb-tablewrap')).slice(0, 5).map((e) => e.outerHTML.slice(0, 120)).concat('scrollWidth ' + document.documentElement.scrollWidth);
})()`;
const SMALL = `[...document.querySelectorAll('button, input:not(.yb-hidden), select, textarea, summary, nav a, .yb-switch a, .yb-card a')]
	.filter((e) => e.offsetParent !== null).map((e) => [e, (e.closest('.yb-choice') ?? e).getBoundingClientRect()])
	.filter(([, r]) => r.height < 24 || r.width < 24).map(([e, r]) => e.outerHTML.slice(0, 120) + ' ' + r.width + 'x' + r.height)`;
const TALL = `[...document.querySelectorAll('button, .yb-button')].filter((e) => e.offsetParent !== null
	&& e.getBoundingClientRect().height > 110).map((e) => e.outerHTML.slice(0, 120))`;

test('every route of every area is among the screens, with the states it can have', () => {
	for (const { path, needs } of Object.values(AREAS).flat()) {
		const states = SCREENS.filter((s) => s.path === path).map((s) => s.state);
		assert.ok(states.includes('normal'), `${path} has no picture`);
		assert.ok(needs === undefined || states.length > 0, path);
	}
	const states = new Set(SCREENS.map((s) => s.state));
	assert.deepEqual([...states].sort(), ['denied', 'empty', 'error', 'loading', 'normal']);
});

for (const screen of BY_ROLE) {
	test(`${screen.name}: nothing for axe, nothing in the console, fits 320 px and doubled text`, async () => {
		await b.device(1366);
		await b.log();
		await reach(b, screen, who);
		const [violations, incomplete] = await look();
		assert.deepEqual(violations, []);
		assert.deepEqual(incomplete.filter((said) => !reviewed.some((r) => said.startsWith(r))), []);
		assert.deepEqual(await b.complaints(/status of (401|403|404|413|422)|Failed to load resource/), []);
		assert.deepEqual(await b.run(`return ${SMALL}`), [], 'too small to hit');
		assert.deepEqual(await b.run(`return ${TALL}`), [], 'stretched');
		await b.device(320, 800);
		assert.deepEqual(await b.run(`return ${WIDER}`), [], 'wider than a phone');
		assert.deepEqual(await b.run(`return ${SMALL}`), [], 'too small to hit on a phone');
		await b.device(1366);
		await b.run("document.documentElement.setAttribute('data-big', ''); document.documentElement.style.fontSize = '200%'");
		assert.deepEqual(await b.run(`return ${WIDER}`), [], 'wider than the window with doubled text');
		await b.device(640);
		assert.deepEqual(await b.run(`return ${WIDER}`), [], 'wider than half a window with doubled text');
		await b.run("document.documentElement.style.fontSize = ''; document.documentElement.removeAttribute('data-big'); window.onbeforeunload = null");
	});
}
