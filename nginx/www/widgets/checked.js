// checked.js - a form, then everything once more before it is sent, then what came of it.
//
//	const flow = new Checked({ title, checkTitle, doneTitle, fields, check, update,
//		send: async (values, key) => result });
//	prepare: async (values) => [{ name, text }]   what only the server knows before the check
//	view: flow.view({ crumbs, lead, text, names, facts: (values) => [[label, value]], send, done: (result) => html`…` })
//
// A name that is null is a field that is not asked now; the others stay where they are.
// What was typed stays when people go back, and when the server refuses a field.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { t } from '../lib/i18n.js';
import { crumb, facts as pairs, focusOn, setTitle } from '../lib/page.js';
import { Form } from './form.js';

export class Checked {
	constructor({ title, checkTitle, doneTitle, fields, check = (_values) => [], update, send, prepare = async (_values) => [] }) {
		Object.assign(this, { title, update, titles: { form: title, check: checkTitle, done: doneTitle }, step: 'form', values: {}, result: null });
		this.form = new Form({ title, fields, check, update, submit: async (values) => {
			const wrong = await prepare(values);
			if (wrong.length > 0)
				return this.form.fail(wrong);
			if (JSON.stringify(values) !== JSON.stringify(this.values))
				this.sure.key = null; // another intention
			this.values = values;
			return this.go('check');
		} });
		this.sure = new Form({ id: 'sure', title: checkTitle, fields: {}, update, submit: async (_, key) => {
			try {
				this.result = await send(this.values, key);
			} catch (e) {
				if (!(e.errors?.length > 0))
					throw e;
				this.go('form'); // beside the fields
				this.form.refused(e);
				return;
			}
			this.go('done');
		} });
	}

	go(step) {
		this.step = step;
		this.update();
		setTitle(this.titles[step]);
		focusOn(step === 'form' ? 'form-title' : step);
		scrollTo(0, 0);
	}

	checkPage({ text, facts, send }) {
		return html`${this.sure.summary()}<h1 id="check" tabindex="-1">${this.titles.check}</h1>${text ? html`<p>${text}</p>` : nothing}
			${pairs(facts(this.values))}${this.sure.view(nothing, { send, more: html`<button type="button" class="yb-button"
				id="back" @click=${() => this.go('form')}>${t('checked.back')}</button>` })}`;
	}

	// The form is only hidden: its fields keep what was typed.
	view(page) {
		if (this.step === 'done')
			return html`${crumb(page.crumbs, this.titles.done)}<h1 id="done" tabindex="-1">${this.titles.done}</h1>${page.done(this.result)}`;
		return html`${crumb(page.crumbs, this.titles[this.step])}${this.step === 'check' ? this.checkPage(page) : nothing}
			<div ?hidden=${this.step !== 'form'}>${this.form.summary()}<h1 id="form-title" tabindex="-1">${this.title}</h1>${page.lead ?? nothing}
			${this.form.view(page.names.map((name) => (name ? this.form.field(name) : nothing)), { send: t('checked.next') })}</div>`;
	}
}
