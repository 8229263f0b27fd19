// pictures.mjs - a picture of every screen at both widths: pictures.mjs OUT-DIR [NAME...]

import { mkdirSync } from 'node:fs';

import { instance } from '../support/yobo.mjs';
import { Chrome } from './chrome.mjs';
import { people } from './people.mjs';
import { SCREENS, reach } from './screens.mjs';

const [out, ...names] = process.argv.slice(2);
const inst = instance();
const who = await people(inst);
const b = await Chrome.start(inst);
try {
	for (const width of [1366, 375])
		mkdirSync(`${out}/${width}`, { recursive: true });
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
		await b.run('window.onbeforeunload = null');
	}
} finally {
	await b.close();
}
