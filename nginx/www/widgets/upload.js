// upload.js - a file of rows is chosen, looked at, sent, checked and registered (ui design 8.9).
// Any page has it in three lines:
//
//	init:  state.upload = upload({ kind: 'account.users', params: {}, update });
//	view:  state.upload.view()
//
// The number of the job stands in the address (?job=), so that reloading or coming back finds
// it. A lost connection loses nothing: the server says where the file goes on.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { Problem, get, post, send } from '../lib/api.js';
import { decode, headerFault, parse } from '../lib/csv.js';
import { t } from '../lib/i18n.js';
import { announce, focusOn, notice, problemBox } from '../lib/page.js';
import { Job, bytes, firstRows, stepOf } from './job.js';
import { table } from './table.js';

const PREVIEW = 5;
const LOOK = 1 << 20;	   // bytes looked at before a file is sent
const PART = 4 << 20;	   // bytes of one request
const HASHED = 64 << 20;   // larger files are not read twice
const PATIENCE = 6;	   // answers lost in a row before people are asked to press again
const SPARE = ['\u30a8\u30e9\u30fc', 'Errors']; // the last column of our own files of faults

// The beginning of a file as text: cut behind a line, so that no character is halved.
async function beginning(file) {
	const part = new Uint8Array(await file.slice(0, LOOK).arrayBuffer());
	if (part.length === file.size)
		return decode(part);
	return decode(part.subarray(0, part.lastIndexOf(10) + 1));
}

// What is wrong with a file before it is sent: { error } or { file, encoding, rows }.
export async function inspect(file, { limit, header }) {
	const ext = /\.[^.]+$/.exec(file.name)?.[0] ?? '';
	if (ext.toLowerCase() !== '.csv')
		return { error: t('upload.type', { ext: ext || file.name }) };
	if (file.size === 0)
		return { error: t('upload.empty') };
	if (file.size > limit)
		return { error: t('upload.big', { size: bytes(file.size), limit: bytes(limit) }) };
	const decoded = await beginning(file);
	if (!decoded)
		return { error: t('upload.encoding') };
	const rows = parse(decoded.text.replace(/^\ufeff/, ''), PREVIEW + 1);
	const found = rows[0] ?? [];
	const spare = header && found.length === header.length + 1 && SPARE.includes(found.at(-1));
	const fault = header && headerFault(header, spare ? found.slice(0, -1) : found);
	return fault ? { error: t('upload.header', fault) } : { file, encoding: decoded.encoding, rows };
}

// What a browser says of a file that was changed, moved or taken away after it was chosen.
const unread = (e) => e instanceof DOMException;

async function sha256(file) {
	if (file.size > HASHED)
		return undefined;
	const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()));
	return [...hash].map((b) => b.toString(16).padStart(2, '0')).join('');
}

const stay = (e) => e.preventDefault();

export class Upload {
	// resume: a job whose file did not come whole; it goes on where it stopped.
	constructor(options) {
		Object.assign(this, { id: 'file', kind: null, params: {}, limit: 512 << 20, header: null, columns: null,
			resume: null, send, get, post, wait: (s) => new Promise((done) => { setTimeout(done, s * 1000); }) }, options);
		this.given = this.resume;
		this.clear();
	}

	clear() {
		Object.assign(this, { chosen: null, error: '', problem: null, part: null, key: null, told: 0, job: null });
	}

	get asked() {
		return Object.keys(this.params ?? {}).length > 0 ? `?params=${encodeURIComponent(JSON.stringify(this.params))}` : '';
	}

	// The columns and limits of the kind, and the job of the address.
	async load() {
		const no = this.resume ? null : new URLSearchParams(location.search).get('job');
		if (no)
			this.follow(no);
		try {
			const [{ columns }, { kinds }] = await Promise.all([
				this.get(`/jobs/kinds/${encodeURIComponent(this.kind)}/columns${this.asked}`), this.get('/jobs/kinds')]);
			this.columns = columns;
			this.header = columns.map((c) => [c.label, c.name]);
			this.limit = kinds.find((k) => k.kind === this.kind)?.max_bytes ?? this.limit;
		} catch (e) {
			if (!(e instanceof Problem))
				throw e;
			this.problem = e;
		}
		this.update();
		return this;
	}

	address(no) {
		const query = new URLSearchParams(location.search);
		if (no)
			query.set('job', no);
		else
			query.delete('job');
		history.replaceState(null, '', `${location.pathname}${query.size > 0 ? `?${query}` : ''}`);
	}

	// From here on it is the server's work. focus: whoever sent it hears of it where it stands now.
	follow(no, focus = false) {
		const update = () => {
			this.update();
			if (!focus || !(this.job.job || this.job.problem))
				return;
			focus = false;
			focusOn(this.job.job ? 'job-state' : 'summary');
		};
		this.job = new Job({ id: no, update, again: () => {
			this.clear();
			this.address(null);
			this.update();
			focusOn(`${this.id}-button`);
		} });
		return this.job.start();
	}

	// While one file is sent there is no other: said, where another is wanted.
	busy() {
		if (this.part === null)
			return false;
		this.error = t('upload.busy');
		this.update();
		announce(this.error);
		return true;
	}

	async choose(file) {
		if (this.busy())
			return;
		this.clear();
		const found = file ? await inspect(file, this).catch((e) => {
			if (!unread(e))
				throw e;
			return { error: t('upload.unread') };
		}) : { error: t('upload.none') };
		this.error = found.error ?? '';
		this.resume = this.given; // another file is another job, unless one goes on here
		if (!this.error && this.resume && (file.size !== this.resume.bytes || file.name !== this.resume.filename))
			this.error = t('upload.other', { name: this.resume.filename, size: bytes(this.resume.bytes) });
		this.chosen = this.error ? null : found;
		this.update();
		announce(this.error || t('upload.chosen', { name: file.name, size: bytes(file.size), encoding: found.encoding }));
		if (this.error)
			focusOn(`${this.id}-button`);
	}

	// What was chosen is no file any more: another one is chosen, and is another job.
	drop(error) {
		this.clear();
		Object.assign(this, { error, resume: this.given });
		this.update();
		announce(error);
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

	async begin() {
		const { file } = this.chosen;
		this.key ??= crypto.randomUUID(); // sent again after a lost answer, it is one job
		return this.post('/jobs', { kind: this.kind, filename: file.name.slice(-200), bytes: file.size,
			params: this.params ?? {}, sha256: await sha256(file) }, { key: this.key });
	}

	// Part by part, each where the server wants it; a lost one is asked about and sent again.
	async parts(no, from) {
		const { file } = this.chosen;
		const place = `/jobs/${encodeURIComponent(no)}`;
		let at = from;
		for (let lost = 0; at < file.size;) {
			try {
				// Read before it is sent: what cannot be read would look like a broken line.
				const part = new Blob([await file.slice(at, at + PART).arrayBuffer()]);
				const job = await this.send(`${place}/file?offset=${at}`, part,
					{ progress: (p) => this.progress((at + p * part.size) / file.size) });
				if (job.state !== 'UPLOADING')
					return;
				at = job.received;
				lost = 0;
			} catch (e) {
				if (!(e instanceof Problem) || !(e.passing || e.id === 'E-JOB-003') || ++lost >= PATIENCE)
					throw e;
				await this.wait(lost);
				const job = await this.get(place).catch(() => null);
				if (job && job.state !== 'UPLOADING')
					return; // the answer was lost, not the part
				at = job?.received ?? at;
			}
		}
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
		Object.assign(this, { error: '', problem: null, part: 0, told: 0 });
		this.update();
		globalThis.addEventListener?.('beforeunload', stay);
		try {
			this.resume ??= await this.begin();
			await this.parts(this.resume.job_no, this.resume.received);
			const no = this.resume.job_no;
			Object.assign(this, { resume: null, part: null, key: null });
			this.done?.(no);
			this.address(no);
			this.follow(no, true);
		} catch (e) {
			if (unread(e)) {
				this.drop(t('upload.unread'));
				return;
			}
			if (!(e instanceof Problem))
				throw e;
			if (e.passing)
				this.error = t('upload.lost', { percent: Math.round(this.part * 100) });
			else
				Object.assign(this, { error: '', problem: e, key: null, resume: null });
			this.part = null;
			this.update();
			focusOn(e.passing ? `${this.id}-button` : 'summary');
			if (e.passing && this.resume)
				this.resume = await this.get(`/jobs/${this.resume.job_no}`).catch(() => this.resume);
		} finally {
			globalThis.removeEventListener?.('beforeunload', stay);
		}
	}

	hover(over) {
		if (this.over !== over) {
			this.over = over;
			this.update();
		}
	}

	picker() {
		return html`<div class="yb-drop" ?data-over=${this.over} @dragover=${(e) => { e.preventDefault(); this.hover(true); }}
			@dragleave=${() => this.hover(false)} @drop=${(e) => {
				e.preventDefault();
				this.over = false;
				this.choose(e.dataTransfer.files[0]);
			}}><input class="yb-hidden" type="file" id=${this.id} accept=".csv,text/csv" tabindex="-1" aria-hidden="true"
				@change=${(e) => {
					const [file] = e.target.files;
					e.target.value = ''; // or the same name, once corrected, would be no change
					this.choose(file);
				}}>
			<button type="button" class="yb-button" id="${this.id}-button" aria-describedby="${this.id}-limit${this.error ? ` ${this.id}-error` : ''}"
				aria-disabled=${this.part === null ? nothing : 'true'}
				@click=${() => this.busy() || document.getElementById(this.id).click()}>${t('upload.choose')}</button>
			<p>${t('upload.drop')}</p>
			<p class="yb-hint" id="${this.id}-limit">${t('upload.limit', { types: 'CSV', size: bytes(this.limit) })}</p></div>
			${this.error ? html`<p class="yb-error" id="${this.id}-error">＊${this.error}</p>` : nothing}`;
	}

	preview() {
		const { file, encoding, rows } = this.chosen;
		return html`<p id="${this.id}-chosen">${t('upload.chosen', { name: file.name, size: bytes(file.size), encoding })}</p>
			${firstRows(rows[0] ?? [], rows.slice(1))}`;
	}

	definitions() {
		const words = (c) => [t(`upload.${c.type}`), c.max && c.type === 'text' ? t('upload.most', { n: c.max }) : '',
			c.one_of ? t('upload.oneOf', { words: c.one_of.replaceAll(',', t('comma')) }) : '', c.key ? t('upload.key') : '']
			.filter(Boolean).join(t('comma'));
		return html`<p><a download href="/api/v1/jobs/kinds/${encodeURIComponent(this.kind)}/template${this.asked}">${t('upload.template')}</a></p>
			<details class="yb-details"><summary>${t('upload.columns')}</summary>
			<h2 id="${this.id}-columns" class="yb-hidden">${t('upload.columns')}</h2>
			${table({ labelledby: `${this.id}-columns`, dense: true, rows: this.columns, columns: [
				{ key: 'label', label: t('job.field'), head: true, cell: (c) => html`${c.label}<span class="yb-sub" lang="en">${c.name}</span>` },
				{ key: 'required', label: t('upload.required'), cell: (c) => t(c.required ? 'form.required' : 'form.optional') },
				{ key: 'what', label: t('upload.what'), cell: (c) => html`${words(c)}${c.note ? html`<span class="yb-sub">${c.note}</span>` : nothing}` }] })}</details>`;
	}

	view() {
		if (this.job)
			return html`${steps(stepOf(this.job.job ?? { state: 'CHECKING' }))}${this.job.view()}`;
		const percent = Math.round((this.part ?? 0) * 100);
		return html`${problemBox(this.problem)}${steps(1)}
			${this.resume && this.part === null ? notice(t('upload.resumeHead'), html`<p>${t('upload.resumeText', { name: this.resume.filename,
				percent: this.resume.percent ?? 0 })}</p>`, 'warn') : nothing}
			${this.columns && !this.resume ? this.definitions() : nothing}${this.picker()}${this.chosen ? this.preview() : nothing}
			${this.part === null ? nothing : html`<label class="yb-sublabel" for="${this.id}-part">${t('upload.sending', { percent })}</label>
				<progress class="yb-progress" id="${this.id}-part" max="100" value=${percent}></progress>`}
			<div class="yb-actions"><button type="button" class="yb-button yb-button--primary" id="${this.id}-send"
				aria-disabled=${this.part === null ? nothing : 'true'} @click=${() => this.start()}>${t('upload.send')}</button></div>`;
	}
}

// The widget, and what it needs to know on its way.
export function upload(options) {
	const widget = new Upload(options);
	widget.load();
	return widget;
}

// 1 choose, 2 check, 3 register: where one is.
export const steps = (now) => html`<ol class="yb-steps" aria-label=${t('upload.steps')}>${[1, 2, 3].map((n) =>
	html`<li aria-current=${n === now ? 'step' : nothing}>${t(`upload.step${n}`)}</li>`)}</ol>`;
