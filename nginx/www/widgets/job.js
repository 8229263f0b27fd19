// job.js - long work on the server: asked about until it rests, what came out of it, and what
// to do with that (yb/job.h; GET /jobs/{job_no}).
//
//	const job = new Job({ id, update, again: () => … });   again: another file is chosen
//	job.start();      view: job.view()
//
// While it moves the server says in Retry-After when to ask again. It goes on without anybody:
// people may leave and come back by its number.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { Problem, call } from '../lib/api.js';
import { momentText } from '../lib/date.js';
import { has, t } from '../lib/i18n.js';
import { announce, facts, focusOn, notice, problemBox, tag } from '../lib/page.js';
import { table } from './table.js';

const FIRST_S = 2;
const LONGEST_S = 10;
const SHOWN = 200;
const MOVING = new Set(['CHECKING', 'COMMITTING', 'WAITING']);
const KINDS = { UPLOADING: 'plain', CHECKING: 'info', READY: 'warn', REFUSED: 'bad', COMMITTING: 'info', WAITING: 'info',
	DONE: 'good', FAILED: 'bad', CANCELLED: 'plain' };

// 1,234,567 bytes as people say it.
export function bytes(n) {
	const units = ['B', 'KB', 'MB', 'GB'];
	let i = 0;
	for (; n >= 1024 && i < units.length - 1; i++)
		n /= 1024;
	return `${n < 10 && i > 0 ? n.toFixed(1) : Math.round(n)}${units[i]}`;
}

export const resting = (state) => !MOVING.has(state);
// A file that another person has to give out first.
export const unreleased = (job) => Boolean(job.release && !job.release.by);
export const stateTag = (job) => (unreleased(job) ? tag(t('job.unreleased'), 'warn') : tag(t(`job.${job.state === 'DONE' && job.partial && job.counts?.bad ? 'partial' : job.state}`), KINDS[job.state]));
// 1 choose, 2 check, 3 register.
export const stepOf = ({ state }) => (state === 'UPLOADING' ? 1 : state === 'COMMITTING' || state === 'DONE' ? 3 : 2);

// What the server asks for within 2 … 10 s; without a word of it, a little longer each time.
export const pause = (retryAfter, last) => Math.min(LONGEST_S,
	Math.max(FIRST_S, retryAfter || Math.ceil(last * 1.5)));

export const estimate = (seconds) => (seconds === null || seconds === undefined ? ''
	: seconds < 90 ? t('job.seconds', { n: Math.max(1, seconds) }) : t('job.minutes', { n: Math.ceil(seconds / 60) }));

const path = (id, more = '') => `/jobs/${encodeURIComponent(id)}${more}`;
const download = (id, what) => `/api/v1${path(id, `/${what}`)}`;

async function cancelSure() {
	const { Dialog } = await import('./dialog.js'); // seldom needed, so fetched then
	return new Dialog().open({ title: t('job.cancelTitle'), body: html`<p>${t('job.cancelText')}</p>`,
		actions: [{ text: t('job.cancelNo'), primary: true }, { text: t('job.cancelYes'), value: true }] });
}

export class Job {
	constructor(options) {
		Object.assign(this, { ask: (id) => call('GET', path(id)),
			wait: (s) => new Promise((done) => { setTimeout(done, s * 1000); }) }, options);
		Object.assign(this, { job: null, etag: null, problem: null, told: -1, stopped: false, sending: false, keys: {} });
	}

	stop() {
		this.stopped = true;
	}

	// Until it rests. A lost answer is no end: it is asked again, three times in a row.
	async start() {
		let seconds = FIRST_S / 1.5;
		this.problem = null;
		for (let lost = 0; !this.stopped;) {
			try {
				const { data, retryAfter, etag } = await this.ask(this.id);
				lost = 0;
				this.got(data, etag);
				if (resting(data.state))
					return data;
				seconds = pause(retryAfter, seconds);
			} catch (e) {
				if (!(e instanceof Problem) || !e.passing || ++lost > 3) {
					this.problem = e;
					this.update();
					return null;
				}
				seconds = pause(0, seconds);
			}
			await this.wait(seconds);
		}
		return null;
	}

	// Told at quarters only: a number a second is noise.
	got(job, etag) {
		Object.assign(this, { job, etag });
		this.update();
		const quarter = resting(job.state) ? job.state : Math.floor((job.percent ?? 0) / 25);
		if (quarter !== this.told)
			announce(resting(job.state) ? t(`job.${job.state}`) : t('job.percent', { state: t(`job.${job.state}`), percent: job.percent ?? 0 }));
		this.told = quarter;
	}

	// One key for one intention: sent again after a lost answer, it is done once.
	async act(what, body) {
		if (this.sending)
			return;
		const key = this.keys[what + JSON.stringify(body)] ??= crypto.randomUUID();
		Object.assign(this, { sending: true, problem: null });
		this.update();
		try {
			await call('POST', path(this.id, `/${what}`), body, { key, etag: this.etag });
			this.sending = false;
			await this.start();
			focusOn('job-state');
		} catch (e) {
			if (!(e instanceof Problem))
				throw e;
			this.problem = e;
			this.sending = false;
			this.update();
			focusOn('summary');
		}
	}

	commit(partial) {
		const reason = document.getElementById('job-reason')?.value.trim() ?? '';
		if (this.job.hold && reason === '') {
			this.missing = true;
			this.update();
			focusOn('job-reason');
			return undefined;
		}
		this.missing = false;
		return this.act('commit', { partial, ...this.job.hold ? { override: true, reason } : {} });
	}

	async cancel() {
		if (this.asking)
			return;
		this.asking = true; // also while the question is fetched
		const sure = await cancelSure().finally(() => { this.asking = false; });
		if (sure)
			await this.act('cancel');
	}

	view() {
		if (!this.job)
			return html`${problemBox(this.problem)}${this.problem ? nothing : html`<p class="yb-loading">${t('loading')}</p>`}
				${this.problem ? html`<div class="yb-actions">${this.button(t('job.retry'), () => this.start(), true)}</div>` : nothing}`;
		const { job } = this;
		return html`${problemBox(this.problem)}${outcome(job)}
			${job.hidden ? notice(t('job.hiddenHead'), html`<p>${t('job.hiddenText')}</p>`, 'warn') : nothing}
			<h2 id="job-state" tabindex="-1" class="yb-hidden">${t('job.now', { state: t(`job.${job.state}`) })}</h2>
			${facts([[t('job.receipt'), html`<span class="yb-digits">${job.job_no}</span>`],
				[t('job.state'), stateTag(job)],
				job.filename ? [t('job.file'), html`${job.filename}<span class="yb-sub">${bytes(job.bytes)}${job.encoding
					? t('job.encoding', { encoding: job.encoding }) : ''}</span>`] : null,
				resting(job.state) ? null : [t('job.progress'), progress(job)],
				job.counts && resting(job.state) ? [t('job.result'), counts(job)] : null,
				[t('job.started'), html`${momentText(job.created_at)}<span class="yb-sub">${job.actor}</span>`],
				job.finished_at ? [t('job.finished'), momentText(job.finished_at)] : null,
				job.release?.by ? [t('job.released'), html`${momentText(job.release.at)}<span class="yb-sub">${job.release.by}</span>`] : null,
				job.result_sha256 ? [t('job.resultRows'), html`${t('job.rowCount', { n: job.result_rows })}<span class="yb-sub yb-break">${
					t('job.sha256', { sum: job.result_sha256 })}</span>`] : null,
				...(job.facts ?? []).map((f) => [has(`job.fact.${f.name}`) ? t(`job.fact.${f.name}`) : f.name, f.value])])}
			${resting(job.state) ? nothing : html`<p class="yb-small">${t('job.leave')}</p>`}
			${job.same_as ? notice(t('job.sameHead'), html`<p>${t('job.sameText', { no: job.same_as })}</p>`, 'warn') : nothing}
			${job.state === 'READY' && job.hold ? this.held() : nothing}
			${rowErrors(job)}${preview(job)}${this.actions()}`;
	}

	held() {
		const { hold } = this.job;
		return html`${notice(hold.message, html`<p>${hold.cure}</p>`, 'warn')}
			<div class="yb-field"><label class="yb-label" for="job-reason">${t('job.reason')}<span class="yb-mark"
				data-required="1">${t('form.required')}</span></label>
			<textarea class="yb-input" id="job-reason" rows="2" aria-required="true"
				aria-invalid=${this.missing ? 'true' : nothing} aria-describedby=${this.missing ? 'job-reason-error' : nothing}></textarea>
			${this.missing ? html`<p class="yb-error" id="job-reason-error">＊${t('form.enter', { label: t('job.reason') })}</p>` : nothing}</div>`;
	}

	button(text, run, primary) {
		return html`<button type="button" class="yb-button ${primary ? 'yb-button--primary' : ''}"
			aria-disabled=${this.sending ? 'true' : nothing} @click=${run}>${text}</button>`;
	}

	actions() {
		const { job } = this;
		const bad = job.counts?.bad ?? 0;
		const good = (job.rows_total ?? 0) - bad;
		const ready = job.state === 'READY';
		const given = !unreleased(job);
		const open = ['UPLOADING', 'CHECKING', 'READY', 'WAITING'].includes(job.state);
		return html`<div class="yb-actions">
			${this.problem?.passing ? this.button(t('job.retry'), () => this.start()) : nothing}
			${ready && bad === 0 ? this.button(t('job.commit', { n: good }), () => this.commit(false), true) : nothing}
			${this.again && (job.state === 'REFUSED' || (ready && bad > 0)) ? this.button(t('job.chooseAgain'), this.again, true) : nothing}
			${ready && bad > 0 && job.partial_allowed ? this.button(t('job.commitGood', { n: good }), () => this.commit(true)) : nothing}
			${job.error_bytes > 0 ? html`<a class="yb-button" download href=${download(job.job_no, 'errors')}>${t('job.saveErrors')}</a>` : nothing}
			${job.release?.may ? this.button(t('job.release'), () => this.act('release', {}), true) : nothing}
			${given && job.result_bytes > 0 ? html`<a class="yb-button yb-button--primary" download href=${download(job.job_no, 'result')}>${
				t('job.saveResult', { size: bytes(job.result_bytes) })}</a>` : nothing}
			${given && job.result_sha256 ? html`<a class="yb-button" download href=${download(job.job_no, 'control')}>${t('job.saveControl')}</a>` : nothing}
			${open ? this.button(t('job.cancel'), () => this.cancel()) : nothing}</div>`;
	}
}

const progress = (job) => html`<progress class="yb-progress" max="100" value=${job.percent ?? 0}
	aria-label=${t('job.progress')}></progress>${t('job.rows', { done: job.rows_done, total: job.rows_total ?? t('none') })}<span
	class="yb-sub">${estimate(job.estimate_seconds)}</span>`;

const counts = ({ counts: c }) => t(c.unsaid > 0 ? 'job.countsPlain' : 'job.counts', { ...c, good: c.unsaid + c.added + c.changed + c.same + c.ended });

// What people have to know first, as a frame on top.
function outcome(job) {
	const bad = job.counts?.bad ?? 0;
	const good = (job.rows_total ?? 0) - bad;
	const { problem } = job;
	if (unreleased(job))
		return job.release.may ? notice(t('job.mayRelease', { n: job.result_rows }), html`<p>${t('job.mayReleaseText')}</p>`, 'warn')
			: notice(t('job.mustRelease', { n: job.result_rows }), html`<p>${t('job.mustReleaseText', { no: job.job_no })}</p>`, 'warn');
	if (job.state === 'DONE')
		return notice(t(job.export ? 'job.exportedHead' : 'job.doneHead', { n: job.rows_done }),
			html`<p>${bad > 0 ? t('job.donePartial', { n: bad }) : ''}</p>`, bad > 0 ? 'warn' : 'good');
	if (problem)
		return notice(problem.message, html`${problem.wanted || problem.found ? html`<p>${t('upload.header', { n: problem.column,
			wanted: problem.wanted ?? '', found: problem.found ?? '' })}</p>` : nothing}
			${problem.line && !problem.column ? html`<p>${t('job.inLine', { n: problem.line })}</p>` : nothing}
			<p>${problem.cure}</p><p class="yb-small">${t('problem.code', { codes: problem.code })}</p>`, 'bad');
	if (bad > 0 && (job.state === 'READY' || job.state === 'REFUSED'))
		return notice(t('job.errorsHead', { n: bad }), html`<p>${t(job.state === 'READY' && job.partial_allowed
			? 'job.errorsText' : 'job.errorsAll', { total: job.rows_total, good })}</p>`, 'bad');
	return nothing;
}

function rowErrors({ faults }) {
	return faults.length === 0 ? nothing : html`<h2 id="row-errors">${t('job.rowErrors')}</h2>
		${faults.length >= SHOWN ? html`<p>${t('job.firstRows', { n: SHOWN })}</p>` : nothing}
		${table({ labelledby: 'row-errors', rows: faults, columns: [
			{ key: 'line', label: t('job.row'), head: true, number: true, cell: (f) => f.line },
			{ key: 'label', label: t('job.field'), cell: (f) => f.label ?? t('job.whole') },
			{ key: 'value', label: t('job.value'), cell: (f) => (f.value ? html`<span class="yb-break">${f.value}</span>`
				: f.label ? html`<em>${t(f.value === null ? 'job.unseen' : 'job.blank')}</em>` : t('none')) },
			{ key: 'message', label: t('job.message'), cell: (f) => html`${f.message}<span class="yb-sub">${f.cure}</span>` }] })}`;
}

export const firstRows = (columns, rows) => html`<h2 id="first-rows">${t('upload.preview', { n: rows.length })}</h2>
	<div class="yb-tablewrap" tabindex="0" role="region" aria-labelledby="first-rows">
	<table class="yb-table" data-dense="1"><thead><tr>${columns.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
	<tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table></div>`;

const preview = (job) => (job.preview && ['READY', 'REFUSED'].includes(job.state)
	? firstRows(job.preview.columns, job.preview.rows) : nothing);
