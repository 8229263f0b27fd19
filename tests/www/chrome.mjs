// chrome.mjs - Debian's Chromium with what the pages' tests need beyond WebDriver: the DevTools
// protocol for whole-page pictures, paper, media, slow lines, and answers that are made up.

import { X509Certificate, createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import tls from 'node:tls';

import { Browser, KEYS } from '../support/browser.mjs';

export { KEYS };
export const SHIFT_TAB = '\uE008\uE004';

// The key of the server's certificate, as Chromium's option wants it. A certificate whose errors
// are merely passed over keeps pages out of the cache and out of "back": two things that are
// tested here.
async function keyOf(inst) {
	const { hostname, port } = new URL(inst.base);
	const socket = tls.connect({ host: hostname, port: Number(port), ca: readFileSync(inst.ca) });
	try {
		await new Promise((done, failed) => { socket.once('secureConnect', done).once('error', failed); });
		const { publicKey } = new X509Certificate(socket.getPeerCertificate().raw);
		return createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' })).digest('base64');
	} finally {
		socket.destroy();
	}
}

export class Chrome extends Browser {
	static async start(inst, options) {
		const b = await Chrome.open.call(Chrome, { ...options,
			more: [`--ignore-certificate-errors-spki-list=${await keyOf(inst)}`] });
		Object.setPrototypeOf(b, Chrome.prototype);
		b.inst = inst;
		b.scripts = [];
		return b;
	}

	cdp(cmd, params = {}) { return this.send('POST', '/goog/cdp/execute', { cmd, params }); }

	page(path) { return this.go(this.inst.base + path); }

	// The width counts: a window is never narrower than 500 px, a device is.
	device(width, height = 900, more = {}) {
		return this.cdp('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1,
			mobile: false, ...more });
	}

	media(features, media = '') {
		return this.cdp('Emulation.setEmulatedMedia', { media,
			features: Object.entries(features).map(([name, value]) => ({ name, value })) });
	}

	// From the next page on: what the server would not do on request. { '/path': { status, body,
	// ms, hang } }, by the beginning of the path below /api/v1.
	async pretend(answers) {
		await this.plain();
		const { identifier } = await this.cdp('Page.addScriptToEvaluateOnNewDocument', { source: `{
			const answers = ${JSON.stringify(answers)};
			const real = window.fetch;
			window.calls = [];
			window.fetch = async (url, options = {}) => {
				const path = String(url).replace('/api/v1', '');
				const method = options.method ?? 'GET';
				window.calls.push({ method, path, headers: options.headers ?? {}, body: options.body });
				const key = Object.keys(answers).find((k) => (method + ' ' + path).startsWith(k) || path.startsWith(k));
				const answer = answers[key];
				if (!answer)
					return real(url, options);
				if (answer.times !== undefined && answer.times-- <= 0)
					return real(url, options);
				if (answer.hang)
					return new Promise(() => {});
				await new Promise((done) => setTimeout(done, answer.ms ?? 0));
				if (answer.status === 0)
					throw new TypeError('Failed to fetch');
				if (answer.patch) {
					const got = await real(url, options);
					const data = { ...await got.json(), ...answer.patch };
					return new Response(JSON.stringify(data), { status: got.status });
				}
				return new Response(answer.body === undefined ? null : JSON.stringify(answer.body),
					{ status: answer.status ?? 200, headers: answer.headers ?? {} });
			};
		}` });
		this.scripts.push(identifier);
	}

	async plain() {
		for (const identifier of this.scripts.splice(0))
			await this.cdp('Page.removeScriptToEvaluateOnNewDocument', { identifier });
	}

	// A page is there when the shell has put it there.
	shown(h1 = '') {
		return this.until(`!document.getElementById('loading') && [...document.querySelectorAll('main h1')].some((h) => h.textContent.includes(${JSON.stringify(h1)}))`);
	}

	async logIn(user, path = '/menu') {
		await this.plain();
		await this.forget();
		await this.page(`/login?next=${encodeURIComponent(path)}`);
		await this.until("document.activeElement?.id === 'user-id'");
		await this.keys(user.user_id + KEYS.tab + user.password + KEYS.enter);
		await this.until(`location.pathname !== '/login'`);
		await this.shown();
	}

	focused() { return this.run('return document.activeElement.id'); }

	async tabTo(id, most = 60) {
		for (let i = 0; i < most; i++) {
			if (await this.focused() === id)
				return;
			await this.keys(KEYS.tab);
		}
		throw new Error(`no Tab leads to ${id}`);
	}

	async whole(file) {
		const height = await this.run('return document.documentElement.scrollHeight');
		const { data } = await this.cdp('Page.captureScreenshot', { format: 'png', captureBeyondViewport: true,
			clip: { x: 0, y: 0, width: await this.run('return innerWidth'), height: Math.min(height, 6000), scale: 1 } });
		writeFileSync(file, Buffer.from(data, 'base64'));
	}

	// Paper as bytes of a PDF; pages are counted in it.
	async paper() {
		const { data } = await this.cdp('Page.printToPDF', { preferCSSPageSize: true, printBackground: true });
		return Buffer.from(data, 'base64');
	}

	// What the browser complained about, but for refusals a test provoked.
	async complaints(allowed = /status of (401|403|404|413|422)/) {
		return (await this.log()).filter((l) => l.level === 'SEVERE' && !allowed.test(l.message))
			.map((l) => l.message);
	}
}
