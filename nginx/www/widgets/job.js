// job.js - long work on the server: asked about until it rests, what came out of it, and what
// to do with that.
//
//	const job = new Job({ id, update, confirm: (id, onlyGood) => …, again: () => … });
//	job.start();      view: job.view()
//
// GET /jobs/{id} answers { job_id, state, done, total, counts: { created, updated, unchanged,
// errors }, errors: [{ row, field, value, message }], file } and says in Retry-After when to
// ask again.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { Problem, call } from '../lib/api.js';
import { write } from '../lib/csv.js';
import { t } from '../lib/i18n.js';
import { announce, facts, notice, problemBox, tag } from '../lib/page.js';
import { table } from './table.js';

const FIRST_S = 2;
const LONGEST_S = 10;
const SHOWN = 200;
const MOVING = new Set(['queued', 'checking', 'importing']);
const KINDS = { queued: 'plain', checking: 'info', invalid: 'bad', review: 'warn', importing: 'info',
	completed: 'good', partial: 'warn', failed: 'bad', cancelled: 'plain' };

export const resting = (state) => !MOVING.has(state);

// What the server asks for within 2 … 10 s; without a word of it, a little longer each time.
export const pause = (retryAfter, last) => Math.min(LONGEST_S,
	Math.max(FIRST_S, retryAfter || Math.ceil(last * 1.5)));

export class Job {
	constructor(options) {
		Object.assign(this, { ask: (id) => call('GET', `/jobs/${encodeURIComponent(id)}`),
			wait: (s) => new Promise((done) => { setTimeout(done, s * 1000); }) }, options);
		Object.assign(this, { job: null, problem: null, told: -1, stopped: false });
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
				const { data, retryAfter } = await this.ask(this.id);
				lost = 0;
				this.got(data);
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

	got(job) {
		this.job = job;
		this.update();
		const quarter = resting(job.state) ? 5 : Math.floor((job.done / (job.total || 1)) * 4);
		if (quarter !== this.told)
			announce(resting(job.state) ? t(`job.${job.state}`)
				: t('job.rows', { done: job.done, total: job.total }));
		this.told = quarter;
	}

	saveErrors() {
		const link = document.createElement('a');
		link.href = URL.createObjectURL(new Blob([errorFile(this.job.errors)], { type: 'text/csv' }));
		link.download = `errors-${this.job.job_id}.csv`;
		link.click();
		setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
	}

	view() {
		if (!this.job)
			return html`${problemBox(this.problem)}<p class="yb-loading">${t('loading')}</p>`;
		const { job } = this;
		const bad = job.counts?.errors ?? 0;
		const good = (job.total ?? 0) - bad;
		return html`${problemBox(this.problem)}
			${job.state === 'invalid' ? notice(t('job.errorsHead', { n: bad }),
				html`<p>${t('job.errorsText', { total: job.total, good })}</p>`, 'bad') : nothing}
			${facts([[t('job.receipt'), html`<span class="yb-digits">${job.job_id}</span>`],
				[t('job.state'), tag(t(`job.${job.state}`), KINDS[job.state])],
				[t('job.progress'), html`<progress class="yb-progress" max=${job.total || 1} value=${job.done ?? 0}
					aria-label=${t('job.progress')}></progress>${t('job.rows', { done: job.done ?? 0, total: job.total ?? 0 })}`]])}
			${job.counts && resting(job.state) ? html`<p>${t('job.counts', job.counts)}</p>` : nothing}
			${resting(job.state) ? nothing : html`<p class="yb-small">${t('job.leave')}</p>`}
			${rowErrors(job.errors ?? [])}${this.actions(job, bad, good)}`;
	}

	actions(job, bad, good) {
		const button = (text, run, primary) => html`<button type="button"
			class="yb-button ${primary ? 'yb-button--primary' : ''}" @click=${run}>${text}</button>`;
		return html`<div class="yb-actions">
			${this.problem ? button(t('job.retry'), () => this.start(), true) : nothing}
			${job.state === 'invalid' && this.again ? button(t('job.chooseAgain'), this.again, true) : nothing}
			${bad > 0 ? button(t('job.saveErrors'), () => this.saveErrors()) : nothing}
			${job.state === 'review' && this.confirm ? button(t('job.confirm', { n: good }), () => this.confirm(this.id, false), true) : nothing}
			${job.state === 'invalid' && good > 0 && this.confirm
				? button(t('job.confirmGood', { n: good }), () => this.confirm(this.id, true)) : nothing}</div>`;
	}
}

const errorRow = (e) => [e.row, e.field, e.value ?? '', e.message];

export const errorFile = (errors) => write([['row', 'field', 'value', 'message'].map((k) => t(`job.${k}`)),
	...errors.map(errorRow)]);

function rowErrors(errors) {
	return errors.length === 0 ? nothing : html`<h2 id="row-errors">${t('job.rowErrors')}</h2>
		${errors.length > SHOWN ? html`<p>${t('job.firstRows', { n: SHOWN })}</p>` : nothing}
		${table({ labelledby: 'row-errors', rows: errors.slice(0, SHOWN), columns: [
			{ key: 'row', label: t('job.row'), head: true, number: true, cell: (e) => e.row },
			{ key: 'field', label: t('job.field'), cell: (e) => e.field },
			{ key: 'value', label: t('job.value'), cell: (e) => (e.value === undefined || e.value === null || e.value === ''
				? html`<em>${t('job.blank')}</em>` : e.value) },
			{ key: 'message', label: t('job.message'), cell: (e) => e.message }] })}`;
}
