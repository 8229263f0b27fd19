// simulation.js - H-8-3 step 2: whose doses a changed rule would move, counted by the server and
// asked about until it is done. Only counts come back, and no small ones.
//
//	const s = new Simulation({ change, found, names, usable, update });   names: Map(code → name)
//	s.watch();      view: s.view(); s.problem belongs above the heading of the page

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { Problem, call } from '../lib/api.js';
import { momentText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { announce, facts, focusOn, notice, tag } from '../lib/page.js';
import { pause } from '../widgets/job.js';
import { table } from '../widgets/table.js';
import { persons } from './impact.js';

export const SIMULATED = ['M12', 'M14', 'M14I']; // the masters that say who may have which dose
const MOVING = ['WAITING', 'RUNNING'];
const KINDS = { WAITING: 'plain', RUNNING: 'info', DONE: 'good', REFUSED: 'bad' };
const ASKS = 90; // about a quarter of an hour: then somebody has to say that it still matters
const LOST = 3;
const SHOWN = 20; // municipalities at first

export class Simulation {
	constructor(options) {
		Object.assign(this, { wait: (s) => new Promise((done) => { setTimeout(done, s * 1000); }) }, options);
		Object.assign(this, { path: `/master/changes/${this.change.change_id}`, now: this.found.simulation, key: null, problem: null,
			sending: false, tired: false, all: false });
	}

	get moving() {
		return this.now !== null && MOVING.includes(this.now.status);
	}

	// Until it rests. A lost answer is no end: it is asked again, three times in a row.
	async watch() {
		let [retryAfter, last, lost] = [0, 1, 0];
		const begun = this.moving;
		this.tired = false;
		for (let n = 0; this.moving && n < ASKS; n++) {
			await this.wait(last = pause(retryAfter, last));
			try {
				const answer = await call('GET', `${this.path}/impact`);
				({ retryAfter } = answer);
				this.now = answer.data.simulation;
				this.update();
				lost = 0;
			} catch (e) {
				if (!(e instanceof Problem) || !e.passing || ++lost > LOST) {
					this.fail(e);
					return;
				}
				({ retryAfter } = e);
			}
		}
		this.tired = this.moving;
		this.update();
		if (begun && !this.moving && this.now)
			announce(t(`simulation.${this.now.status}`));
	}

	// One key for one wish: sent again after a lost answer, it is counted once.
	async ask() {
		if (this.sending || this.moving && !this.tired)
			return;
		Object.assign(this, { sending: true, problem: null, all: false });
		this.update();
		try {
			const { data } = await call('POST', `${this.path}/simulate`, undefined, { key: this.key ??= crypto.randomUUID() });
			Object.assign(this, { now: data.simulation, key: null, sending: false });
			this.update();
			focusOn('simulation');
			await this.watch();
		} catch (e) {
			this.sending = false;
			if (!e.passing)
				this.key = null;
			this.fail(e);
		}
	}

	again() {
		this.problem = null;
		this.update();
		focusOn('simulation');
		return this.watch();
	}

	fail(e) {
		if (!(e instanceof Problem))
			throw e;
		Object.assign(this, { problem: e, tired: this.moving });
		this.update();
		focusOn('summary');
	}

	button(text, run) {
		return html`<div class="yb-actions yb-actions--near"><button type="button" class="yb-button" id="simulate"
			aria-disabled=${this.sending ? 'true' : nothing} @click=${run}>${text}</button></div>`;
	}

	actions() {
		const { now } = this;
		if (this.moving)
			return this.tired ? this.button(t('simulation.look'), () => this.again()) : nothing;
		return this.usable ? this.button(t(now ? 'simulation.again' : 'simulation.ask'), () => this.ask()) : nothing;
	}

	view() {
		const { now } = this;
		return html`<section><h2 id="simulation" tabindex="-1">${t('simulation.title')}</h2>
			<p>${t('simulation.lead')}</p>
			${now === null ? html`<p>${t('simulation.never')}</p>` : now.current || this.moving ? this.outcome() : notice(t('simulation.stale'), html`<p>${t(this.usable ? 'simulation.staleText' : 'simulation.staleOther')}</p>`, 'warn')}
			${this.actions()}</section>`;
	}

	outcome() {
		const { now } = this;
		const done = now.status === 'DONE';
		return html`${facts([[t('masterRows.state'), tag(t(`simulation.${now.status}`), KINDS[now.status])],
			this.moving && [t('simulation.progress'), html`<progress class="yb-progress" max=${now.persons || 1} value=${now.persons_done}
				aria-label=${t('simulation.progress')}></progress>${now.persons > 0 ? t('simulation.of', { n: now.persons_done, of: now.persons }) : t('simulation.soon')}`],
			done && [t('simulation.persons'), t('impact.persons', { n: now.persons })],
			done && [t('simulation.changed'), html`<strong>${persons(now.changed)}</strong>`],
			[t('simulation.asked'), html`${momentText(now.asked_at)}<span class="yb-sub yb-digits">${now.asked_user}</span>`],
			now.done_at && [t('simulation.doneAt'), momentText(now.done_at)]])}
			${this.moving ? html`<p class="yb-small">${t('simulation.leave')}</p>` : nothing}
			${now.status === 'REFUSED' ? notice(t('simulation.refused'), html`<p>${t('simulation.refusedText')}</p>`, 'bad') : nothing}
			${done && now.changed === 0 ? html`<p>${t('simulation.nobody')}</p>` : nothing}
			${done && now.changed !== 0 ? html`${this.vaccines()}${this.municipalities()}` : nothing}`;
	}

	vaccines() {
		return html`<h3 id="by-vaccine">${t('simulation.vaccines')}</h3>
			${table({ labelledby: 'by-vaccine', rows: this.now.vaccines, empty: html`<p>${t('simulation.onlyDays')}</p>`, columns: [
				{ key: 'vaccine', label: t('simulation.vaccine'), head: true, cell: (v) => html`<span lang="ja">${this.names?.get(v.vaccine_code) ?? v.vaccine_code}</span><span class="yb-sub yb-digits">${v.vaccine_code}</span>` },
				{ key: 'gained', label: t('simulation.gained'), number: true, nowrap: true, cell: (v) => persons(v.gained) },
				{ key: 'lost', label: t('simulation.lost'), number: true, nowrap: true, cell: (v) => persons(v.lost) }] })}`;
	}

	municipalities() {
		const { municipalities: list, hidden } = this.now;
		const more = list.length - SHOWN;
		return html`<h3 id="by-municipality" tabindex="-1">${t('simulation.municipalities')}</h3>
			${table({ labelledby: 'by-municipality', dense: true, rows: this.all ? list : list.slice(0, SHOWN), columns: [
				{ key: 'name', label: t('simulation.municipality'), head: true, cell: (m) => html`<span lang="ja">${m.name}</span><span class="yb-sub yb-digits">${m.muni_code}</span>` },
				{ key: 'changed', label: t('simulation.changed'), number: true, nowrap: true, cell: (m) => persons(m.changed) },
				{ key: 'persons', label: t('simulation.persons'), number: true, nowrap: true, cell: (m) => persons(m.persons) }] })}
			${more > 0 && !this.all ? html`<div class="yb-actions yb-actions--near"><button type="button" class="yb-button" @click=${() => {
				this.all = true;
				this.update();
				focusOn('by-municipality');
			}}>${t('simulation.more', { n: more })}</button></div>` : nothing}
			${hidden > 0 ? html`<p>${t(list.length > 0 ? 'simulation.hidden' : 'simulation.hiddenAll', { n: hidden })}</p>` : nothing}`;
	}
}
