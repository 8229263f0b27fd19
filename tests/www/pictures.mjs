// pictures.mjs - a picture of every screen at both widths, and of some as forced colours and as
// paper show them (ui design 12: U07 U18): pictures.mjs OUT-DIR [NAME...]

import { mkdirSync, writeFileSync } from 'node:fs';

import { instance } from '../support/yobo.mjs';
import { Chrome } from './chrome.mjs';
import { people } from './people.mjs';
import { SCREENS, reach } from './screens.mjs';

// One of each kind: tasks and cards, errors, a table, a person, a grid, marks, progress, a file's faults.
const SOME = ['menu-tasks', 'login-errors', 'search-result', 'timeline', 'timeline-grid', 'timeline-protected', 'tokens', 'change', 'job-checking', 'job-faults',
	'timeout', 'citizen'];
const [out, ...names] = process.argv.slice(2);
const inst = instance();
const who = await people(inst);
const b = await Chrome.start(inst);
try {
	for (const kind of [1366, 375, 'forced', 'paper'])
		mkdirSync(`${out}/${kind}`, { recursive: true });
	for (const [i, screen] of SCREENS.entries()) {
		if (names.length > 0 && !names.includes(screen.name))
			continue;
		await b.device(1366);
		await reach(b, screen, who);
		for (const width of [1366, 375]) {
			await b.device(width, width === 375 ? 740 : 900);
			await b.run('scrollTo(0, 0); return document.fonts.ready.then(() => null)');
			await b.whole(`${out}/${width}/${String(i).padStart(2, '0')}-${screen.name}.png`);
		}
		if (SOME.includes(screen.name)) {
			await b.device(1366);
			await b.media({ 'forced-colors': 'active', 'prefers-reduced-motion': 'reduce' });
			await b.whole(`${out}/forced/${screen.name}.png`);
			await b.media({});
			writeFileSync(`${out}/paper/${screen.name}.pdf`, await b.paper());
		}
		await b.run('window.onbeforeunload = null');
	}
} finally {
	await b.close();
}
