// form.js - fields, what is wrong with them, and sending once.
//
//	const form = new Form({ title, update, fields: { name: { label, required, hint } },
//		check: (values) => [{ name, text }], submit: async (values, key) => …,
//		say: (problem) => [{ name, text }] where the page knows better words, or null });
//	view: html`${form.summary()}<h1>…</h1>${form.view(html`${form.field('name')}`, { send })}`
//
// Fields keep what was typed in themselves; the form reads them when it is sent. A kind of
// field is { view(def, a11y), read(form, def) → { value } | { error } }, and cleared(def) where
// it says more than what is in it.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { Problem } from '../lib/api.js';
import { has, t } from '../lib/i18n.js';
import { announce, focusOn, problemBox, setTitle } from '../lib/page.js';

const box = (def, a11y, more = {}) => html`<input class="yb-input" id=${def.id} name=${def.id}
	type=${more.type ?? 'text'} data-width=${def.width ?? nothing} autocomplete=${def.autocomplete ?? 'off'}
	inputmode=${def.inputmode ?? nothing} spellcheck="false" autocapitalize="none"
	.defaultValue=${def.value ?? ''} aria-required=${def.required ? 'true' : nothing}
	aria-invalid=${a11y.invalid} aria-describedby=${a11y.describedby}
	@change=${def.onchange ?? nothing}>`;

const typed = (form, def) => form.querySelector(`#${def.id}`).value;

export const text = {
	view: box,
	read: (form, def) => ({ value: typed(form, def).trim() }),
};

// The bytes of a password are taken as they come, spaces too.
export const password = {
	view: (def, a11y) => html`<div class="yb-beside">${box(def, a11y, { type: 'password' })}
		<button type="button" class="yb-button yb-button--small" aria-pressed="false"
			aria-label=${t('password.reveal', { label: def.label })} @click=${(e) => {
				const input = document.getElementById(def.id);
				const shown = input.type === 'text';
				input.type = shown ? 'password' : 'text';
				e.currentTarget.setAttribute('aria-pressed', String(!shown));
				e.currentTarget.textContent = t(shown ? 'password.show' : 'password.hide');
			}}>${t('password.show')}</button></div>`,
	read: (form, def) => ({ value: typed(form, def) }),
};

export const area = {
	view: (def, a11y) => html`<textarea class="yb-input ${def.code ? 'yb-code' : ''}" id=${def.id} rows=${def.rows ?? 3}
		.defaultValue=${def.value ?? ''} aria-required=${def.required ? 'true' : nothing}
		spellcheck=${def.code ? 'false' : nothing} aria-invalid=${a11y.invalid} aria-describedby=${a11y.describedby}></textarea>`,
	read: text.read,
};

// options: [[value, text], …]; the first may be ['', t('form.choosePlease')].
export const select = {
	view: (def, a11y) => html`<select class="yb-input" id=${def.id} data-width=${def.width ?? nothing}
		aria-required=${def.required ? 'true' : nothing} aria-invalid=${a11y.invalid}
		aria-describedby=${a11y.describedby} @change=${def.onchange ?? nothing}>
		${def.options.map(([value, words]) => html`<option value=${value}
			?selected=${value === (def.value ?? '')}>${words}</option>`)}</select>`,
	read: (form, def) => ({ value: typed(form, def) }),
	missing: 'form.choose',
};

const boxes = (type) => (def, a11y) => html`<div class="yb-choices">${def.options.map(
	([value, words, hint], i) => html`<label class="yb-choice"><input type=${type}
		id=${i === 0 ? def.id : `${def.id}-${i}`} name=${def.id} value=${value}
		?checked=${[].concat(def.value ?? []).includes(value)} aria-invalid=${a11y.invalid}
		aria-describedby=${a11y.describedby}><span>${words}${hint
			? html`<span class="yb-sub">${hint}</span>` : nothing}</span></label>`)}</div>`;

const ticked = (form, def) => [...form.querySelectorAll(`[name="${def.id}"]:checked`)]
	.map((e) => e.value);

export const checks = {
	view: boxes('checkbox'), read: (form, def) => ({ value: ticked(form, def) }),
	group: true, missing: 'form.chooseSome',
};

export const radios = {
	view: boxes('radio'), read: (form, def) => ({ value: ticked(form, def)[0] ?? '' }),
	group: true, missing: 'form.choose',
};

const empty = (value) => value === undefined || value === '' || value?.length === 0;

// What the server says of a field, with the name of the field first.
function codeText(def, error) {
	const key = `code.${error.code}`;
	return has(key) ? t(key, { label: def.label })
		: t('form.said', { label: def.label, message: error.message ?? error.code });
}

export class Form {
	constructor(options) {
		Object.assign(this, { id: 'form', check: () => [], say: (_problem) => null, ...options });
		for (const [name, def] of Object.entries(this.fields))
			Object.assign(def, { name, id: def.id ?? name.replaceAll('_', '-'), kind: def.kind ?? text });
		this.errors = [];
		this.problem = null;
		this.sending = false;
		this.key = null;
		this.sent = '';
	}

	field(name) {
		const def = this.fields[name];
		const error = this.errors.find((e) => e.name === name);
		const described = [def.hint && `${def.id}-hint`, error && `${def.id}-error`].filter(Boolean).join(' ');
		const a11y = { invalid: error ? 'true' : nothing, describedby: described || nothing };
		const mark = def.required === undefined ? nothing : html`<span class="yb-mark"
			data-required=${def.required ? '1' : nothing}>${t(def.required ? 'form.required' : 'form.optional')}</span>`;
		const rest = html`${def.hint ? html`<p class="yb-hint" id="${def.id}-hint">${def.hint}</p>` : nothing}
			${def.kind.view(def, a11y)}
			${error ? html`<p class="yb-error" id="${def.id}-error">＊${error.text}</p>` : nothing}`;
		return def.kind.group
			? html`<fieldset class="yb-field yb-group" ?data-error=${error}><legend class="yb-label">${def.label}${mark}</legend>${rest}</fieldset>`
			: html`<div class="yb-field" ?data-error=${error}><label class="yb-label" for=${def.id}>${def.label}${mark}</label>${rest}</div>`;
	}

	// Stands above the heading of the page.
	summary() {
		if (this.problem)
			return problemBox(this.problem);
		return this.errors.length === 0 ? nothing : html`<div class="yb-summary" id="summary"
			tabindex="-1" role="group" aria-labelledby="summary-title">
			<h2 id="summary-title">${t('form.errors', { n: this.errors.length })}</h2>
			<ul>${this.errors.map((e) => html`<li>${e.name ? html`<a href="#${this.fields[e.name].id}"
				@click=${(event) => {
					event.preventDefault();
					focusOn(this.fields[e.name].id);
				}}>${e.text}</a>` : e.text}</li>`)}</ul></div>`;
	}

	view(content, { send, more = nothing, panel = false, plain = false }) {
		return html`<form id=${this.id} class=${panel ? 'yb-panel' : 'yb-form'} novalidate
			@submit=${(e) => { e.preventDefault(); this.send(e.currentTarget); }}
			@reset=${(e) => this.shown(e.currentTarget).forEach((def) => def.kind.cleared?.(def))}
			@keydown=${(e) => {
				if (e.key === 'Enter' && (e.isComposing || e.keyCode === 229))
					e.preventDefault(); // choosing a kanji is not sending
			}}>${content}
			<div class="yb-actions"><button type="submit" class="yb-button ${plain ? '' : 'yb-button--primary'}"
				aria-disabled=${this.sending ? 'true' : nothing}>${send}</button>${more}</div></form>`;
	}

	// Nothing that was typed or ticked stays. To be called before the same fields stand for other
	// people or records: a tick stays where it is.
	clear() {
		document.getElementById(this.id)?.reset();
	}

	// The field says what its value is now, whatever was typed into it before.
	renew(name) {
		const def = this.fields[name];
		for (const e of document.getElementById(def.id)?.closest('.yb-field')?.querySelectorAll('input, textarea, option') ?? []) {
			if (e.matches('option'))
				e.selected = e.defaultSelected;
			else if (e.matches('[type=checkbox], [type=radio]'))
				e.checked = e.defaultChecked;
			else
				e.value = e.defaultValue;
		}
		def.kind.cleared?.(def);
	}

	shown(form) {
		return Object.values(this.fields).filter((def) => form.querySelector(`#${def.id}`));
	}

	// Everything the fields say → { values, errors }; empty ones are left out of the values.
	read(form) {
		const values = {};
		const errors = [];
		for (const def of this.shown(form)) {
			const { value, error } = def.kind.read(form, def);
			if (error)
				errors.push({ name: def.name, text: error });
			else if (!empty(value))
				values[def.name] = value;
			else if (def.required)
				errors.push({ name: def.name, text: t(def.missing ?? def.kind.missing ?? 'form.enter', { label: def.label }) });
		}
		return { values, errors: [...errors, ...(errors.length === 0 ? this.check(values) : [])] };
	}

	fail(errors, problem = null) {
		Object.assign(this, { errors, problem });
		this.update();
		setTitle(this.title, { error: errors.length > 0 || problem !== null });
		if (errors.length > 0 || problem)
			focusOn('summary');
	}

	async send(form) {
		if (this.sending)
			return; // a second click sends nothing
		const { values, errors } = this.read(form);
		this.fail(errors);
		if (errors.length > 0)
			return;
		// One key for one intention: sent again after a lost answer, it is done once.
		const now = JSON.stringify(values);
		if (this.key === null || now !== this.sent)
			this.key = crypto.randomUUID();
		this.sent = now;
		this.sending = true;
		this.update();
		announce(t('form.sending'));
		try {
			await this.submit(values, this.key);
			this.key = null;
		} catch (e) {
			if (!(e instanceof Problem))
				throw e;
			if (!e.passing)
				this.key = null;
			this.refused(e);
		} finally {
			this.sending = false;
			this.update();
			announce('');
		}
	}

	// The server's refusal, beside its fields where it names them.
	refused(problem) {
		const own = this.say(problem);
		if (own)
			return this.fail(own);
		const errors = [];
		for (const error of problem.errors) {
			const name = error.field?.split('/')[1];
			const def = Object.values(this.fields).find((d) => (d.wire ?? [d.name]).includes(name));
			if (def && !errors.some((e) => e.name === def.name))
				errors.push({ name: def.name, text: codeText(def, error) });
		}
		return this.fail(errors, errors.length > 0 ? null : problem);
	}
}
