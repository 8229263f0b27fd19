// upload.js - a file is chosen by button or dropped, looked at, and sent with its progress.
//
//	const up = new Upload({ path: '/area/uploads', update, limit: 20 << 20, header: ['code', …],
//		done: (job) => … });      view: up.view()
//
// `done` gets what the server answered: a job (job.js). A lost connection loses nothing: the
// file stays chosen, and the same key goes with the next try.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { Problem, upload } from '../lib/api.js';
import { decode, headerFault, parse } from '../lib/csv.js';
import { t } from '../lib/i18n.js';
import { announce, focusOn, problemBox } from '../lib/page.js';
import { bytes } from '../lib/text.js';

const PREVIEW = 5;

// What is wrong with a file before it is sent: { error } or { file, encoding, rows }.
export async function inspect(file, { limit, header }) {
	const ext = /\.[^.]+$/.exec(file.name)?.[0] ?? '';
	if (ext.toLowerCase() !== '.csv')
		return { error: t('upload.type', { ext: ext || file.name }) };
	if (file.size === 0)
		return { error: t('upload.empty') };
	if (file.size > limit)
		return { error: t('upload.big', { size: bytes(file.size), limit: bytes(limit) }) };
	const decoded = decode(new Uint8Array(await file.arrayBuffer()));
	if (!decoded)
		return { error: t('upload.encoding') };
	const rows = parse(decoded.text.replace(/^\ufeff/, ''), PREVIEW + 1);
	const fault = header && headerFault(header, rows[0] ?? []);
	return fault ? { error: t('upload.header', fault) } : { file, encoding: decoded.encoding, rows };
}

export class Upload {
	constructor(options) {
		Object.assign(this, { id: 'file', limit: 20 * 1024 * 1024, header: null, send: upload }, options);
		this.clear();
	}

	clear() {
		Object.assign(this, { chosen: null, error: '', problem: null, part: null, key: null, told: 0 });
	}

	async choose(file) {
		this.clear();
		const found = file ? await inspect(file, this) : { error: t('upload.none') };
		this.error = found.error ?? '';
		this.chosen = found.error ? null : found;
		this.update();
		announce(this.error || t('upload.chosen', { name: file.name, size: bytes(file.size), encoding: found.encoding }));
		if (this.error)
			focusOn(`${this.id}-button`);
	}

	// Told at quarters only: a number a second is noise.
	progress(part) {
		this.part = part;
		const quarter = Math.floor(part * 4);
		if (quarter > this.told) {
			this.told = quarter;
			announce(t('upload.sending', { percent: quarter * 25 }));
		}
		this.update();
	}

	async start() {
		if (!this.chosen) {
			this.error = t('upload.none');
			this.update();
			focusOn(`${this.id}-button`);
			return;
		}
		if (this.part !== null)
			return;
		this.key ??= crypto.randomUUID();
		Object.assign(this, { error: '', problem: null, part: 0, told: 0 });
		this.update();
		try {
			const job = await this.send(this.path, this.chosen.file, { key: this.key,
				progress: (part) => this.progress(part) });
			this.clear();
			this.done(job);
		} catch (e) {
			if (!(e instanceof Problem))
				throw e;
			if (e.status === 0)
				this.error = t('upload.lost', { percent: Math.round(this.part * 100) });
			else
				this.problem = e;
			this.part = null;
			this.update();
			focusOn(e.status === 0 ? `${this.id}-button` : 'summary');
		}
	}

	picker() {
		return html`<div class="yb-drop" ?data-over=${this.over} @dragover=${(e) => { e.preventDefault(); this.hover(true); }}
			@dragleave=${() => this.hover(false)} @drop=${(e) => {
				e.preventDefault();
				this.over = false;
				this.choose(e.dataTransfer.files[0]);
			}}><input class="yb-hidden" type="file" id=${this.id} accept=".csv,text/csv" tabindex="-1" aria-hidden="true"
				@change=${(e) => this.choose(e.target.files[0])}>
			<button type="button" class="yb-button" id="${this.id}-button" aria-describedby="${this.id}-limit${this.error ? ` ${this.id}-error` : ''}"
				@click=${() => document.getElementById(this.id).click()}>${t('upload.choose')}</button>
			<p>${t('upload.drop')}</p>
			<p class="yb-hint" id="${this.id}-limit">${t('upload.limit', { types: 'CSV', size: bytes(this.limit) })}</p></div>
			${this.error ? html`<p class="yb-error" id="${this.id}-error">＊${this.error}</p>` : nothing}`;
	}

	hover(over) {
		if (this.over !== over) {
			this.over = over;
			this.update();
		}
	}

	preview() {
		const { file, encoding, rows } = this.chosen;
		return html`<p id="${this.id}-chosen">${t('upload.chosen', { name: file.name, size: bytes(file.size), encoding })}</p>
			<div class="yb-tablewrap" tabindex="0" role="region" aria-label=${t('upload.preview', { n: rows.length - 1 })}>
			<table class="yb-table" data-dense="1"><caption>${t('upload.preview', { n: rows.length - 1 })}</caption>
			<thead><tr>${rows[0].map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
			<tbody>${rows.slice(1).map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table></div>`;
	}

	view() {
		const percent = Math.round((this.part ?? 0) * 100);
		return html`${problemBox(this.problem)}${this.picker()}${this.chosen ? this.preview() : nothing}
			${this.part === null ? nothing : html`<label class="yb-sublabel" for="${this.id}-part">${t('upload.sending', { percent })}</label>
				<progress class="yb-progress" id="${this.id}-part" max="100" value=${percent}></progress>`}
			<div class="yb-actions"><button type="button" class="yb-button yb-button--primary" id="${this.id}-send"
				aria-disabled=${this.part === null ? nothing : 'true'} @click=${() => this.start()}>${t('upload.send')}</button></div>`;
	}
}

// 1 choose, 2 check, 3 register: where one is.
export const steps = (now) => html`<ol class="yb-steps" aria-label=${t('upload.steps')}>${[1, 2, 3].map((n) =>
	html`<li aria-current=${n === now ? 'step' : nothing}>${t(`upload.step${n}`)}</li>`)}</ol>`;
