// act.js - something is decided about one thing: what it is, a form, and what came of it.
//
//	state.act = new Act({ title, done: t('…'), update, fields, submit: async (values, key) => answer });
//	view:  state.act.view({ send: t('…'), about, back })     answer and `after` are templates or nothing

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { t } from '../lib/i18n.js';
import { focusOn, notice, setTitle } from '../lib/page.js';
import { Form } from './form.js';

export class Act {
	constructor({ done, submit, ...form }) {
		Object.assign(this, { done, answer: null });
		this.form = new Form({ ...form, submit: async (values, key) => {
			this.answer = await submit(values, key) ?? {};
			form.update();
			setTitle(done);
			focusOn('done');
		} });
	}

	// before: what should be known first; after(answer): what is said then; back: a link, last.
	view({ send, before = nothing, about = nothing, back = nothing, after = (_answer) => nothing }) {
		const { form, answer } = this;
		return answer ? html`<h1 id="done" tabindex="-1">${this.done}</h1>${notice(t('act.done'), after(answer), 'good')}${about}
			<div class="yb-actions">${back}</div>`
			: html`${form.summary()}<h1 id="act" tabindex="-1">${form.title}</h1>${before}${about}
			${form.view(Object.keys(form.fields).map((name) => form.field(name)), { send, more: back })}`;
	}
}
