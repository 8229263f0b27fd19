// browser.mjs - Debian's Chromium through chromedriver (W3C WebDriver over plain HTTP).

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';

const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';
export const KEYS = { tab: '\uE004', enter: '\uE007', down: '\uE015' };

export class Browser {
	static async open({ width = 1366, height = 900, driver = 'chromedriver',
		binary = '/usr/bin/chromium', more = [] } = {}) {
		const b = new Browser();
		b.process = spawn(driver, ['--port=0'], { stdio: ['ignore', 'pipe', 'ignore'] });
		const port = await new Promise((found, failed) => {
			let text = '';
			b.process.on('error', failed);
			b.process.on('exit', () => failed(new Error('chromedriver ended at once')));
			b.process.stdout.on('data', (part) => {
				text += part;
				const m = /successfully on port (\d+)/.exec(text);
				if (m)
					found(m[1]);
			});
		});
		b.url = `http://127.0.0.1:${port}/session`;
		const args = ['--headless=new', '--disable-gpu', '--lang=ja-JP', '--hide-scrollbars',
			'--disable-dev-shm-usage', '--remote-debugging-pipe', `--window-size=${width},${height}`, ...more];
		if (process.getuid() === 0)
			args.push('--no-sandbox');
		try {
			const made = await b.send('POST', '', { capabilities: { alwaysMatch: {
				browserName: 'chrome', acceptInsecureCerts: true,
				'goog:loggingPrefs': { browser: 'ALL' },
				'goog:chromeOptions': { binary, args } } } });
			b.url += `/${made.sessionId}`;
		} catch (e) {
			b.process.kill();
			throw e;
		}
		return b;
	}

	async send(method, path, body) {
		const answer = await fetch(this.url + path, { method,
			body: method === 'POST' ? JSON.stringify(body ?? {}) : undefined });
		const { value } = await answer.json();
		if (value?.error)
			throw new Error(`${value.error}: ${value.message.split('\n')[0]} (${path})`);
		return value;
	}

	async close() {
		await this.send('DELETE', '').catch(() => null);
		this.process.kill();
		await once(this.process, 'exit').catch(() => null);
	}

	go(url) { return this.send('POST', '/url', { url }); }
	back() { return this.send('POST', '/back'); }
	address() { return this.send('GET', '/url'); }
	title() { return this.send('GET', '/title'); }
	run(script, ...args) { return this.send('POST', '/execute/sync', { script, args }); }
	size(width, height) { return this.send('POST', '/window/rect', { width, height }); }
	log() { return this.send('POST', '/se/log', { type: 'browser' }); }
	forget() { return this.send('DELETE', '/cookie'); }

	async find(css) {
		return (await this.send('POST', '/element', { using: 'css selector', value: css }))[ELEMENT];
	}

	async click(css) { await this.send('POST', `/element/${await this.find(css)}/click`); }
	async type(css, text) { await this.send('POST', `/element/${await this.find(css)}/value`, { text }); }
	async text(css) { return this.send('GET', `/element/${await this.find(css)}/text`); }

	// What a person at the keyboard does: into whatever has the focus.
	async keys(text) {
		const actions = [...text].flatMap((value) => [{ type: 'keyDown', value }, { type: 'keyUp', value }]);
		await this.send('POST', '/actions', { actions: [{ type: 'key', id: 'keyboard', actions }] });
	}

	// Until the script answers something true; what it answered.
	async until(script, seconds = 10) {
		for (let i = 0; i < seconds * 20; i++) {
			const value = await this.run(`return (${script})`).catch(() => null);
			if (value)
				return value;
			await new Promise((done) => { setTimeout(done, 50); });
		}
		throw new Error(`never true: ${script}\n${await this.run('return document.body.innerText')}`);
	}

	async picture(file) {
		writeFileSync(file, Buffer.from(await this.send('GET', '/screenshot'), 'base64'));
	}
}
