// edit.js - a form over something that has a version. Only what was changed is sent. When
// somebody else was faster, what they changed and this form did not is taken over, and where
// both changed the same both stand side by side: sending again puts this form's in its place.
//
//	const edit = new Edit({ title, update, fields, check, data, load: async () => data,
//		values: (data) => ({ name: … }), save: async (changes, data, { key, values }) => …,
//		shown: { name: (value) => text } })
//	view: edit.view(html`<h1>…</h1>`, { names, send, more })

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { t } from '../lib/i18n.js';
import { focusOn, notice } from '../lib/page.js';
import { Form } from './form.js';
import { table } from './table.js';

// Somebody else was faster: what stands there now beside what was typed here. Nothing typed is
// lost; sending again puts it in place of theirs.
const said = (value) => [].concat(value ?? []).join(t('comma')) || t('none');

// rows: [{ label, theirs, mine }]; those that agree are left out.
export function conflict(rows) {
	const different = rows.filter(({ theirs, mine }) => said(theirs) !== said(mine));
	return html`${notice(t('conflict.head'), html`<p>${t(different.length > 0 ? 'conflict.text' : 'conflict.same')}</p>`, 'warn')}
		${different.length === 0 ? nothing : html`<h2 id="conflict">${t('conflict.title')}</h2>${table({ labelledby: 'conflict', rows: different, columns: [
			{ key: 'label', label: t('conflict.item'), head: true, cell: (r) => r.label },
			{ key: 'theirs', label: t('conflict.theirs'), cell: (r) => said(r.theirs) },
			{ key: 'mine', label: t('conflict.mine'), cell: (r) => said(r.mine) }] })}`}`;
}

// Nothing typed, nothing ticked and nothing stored are the same.
const plain = (value) => JSON.stringify(value === undefined || value === '' || value?.length === 0 ? null : value);
export const differs = (a, b) => plain(a) !== plain(b);

export class Edit {
	constructor({ data, load, values, save, shown = {}, ...form }) {
		Object.assign(this, { data, load, values, save, shown, base: values(data), conflicts: null, taken: [] });
		for (const [name, value] of Object.entries(this.base))
			Object.assign(form.fields[name], { value });
		this.form = new Form({ ...form, submit: (typed, key) => this.submit(typed, key) });
	}

	// Of the fields that are data, those that say something else than what is stored.
	changes(typed) {
		return Object.fromEntries(Object.keys(this.base).filter((name) => differs(typed[name], this.base[name]))
			.map((name) => [name, typed[name] ?? null]));
	}

	async submit(typed, key) {
		const changes = this.changes(typed);
		if (Object.keys(changes).length === 0) {
			this.form.fail([{ text: t('edit.nothing') }]);
			return;
		}
		try {
			await this.save(changes, this.data, { key, values: typed });
		} catch (e) {
			if (e.status !== 412)
				throw e;
			await this.meet(changes);
		}
	}

	async meet(changes) {
		this.data = await this.load();
		const theirs = this.values(this.data);
		const names = Object.keys(theirs);
		const show = (name, value) => (value === null || value === undefined || value === '' ? null : this.shown[name]?.(value) ?? value);
		this.conflicts = names.filter((name) => name in changes && differs(theirs[name], changes[name])).map((name) => ({
			label: this.form.fields[name].label, theirs: show(name, theirs[name]), mine: show(name, changes[name]) }));
		this.taken = names.filter((name) => !(name in changes) && differs(theirs[name], this.base[name]));
		for (const name of names)
			if (!(name in changes))
				this.form.fields[name].value = theirs[name];
		this.base = theirs;
		this.form.update();
		this.taken.forEach((name) => this.form.renew(name));
		focusOn('changed');
	}

	view(head, { names, send, more }) {
		const labels = this.taken.map((name) => this.form.fields[name].label).join(t('comma'));
		return html`${this.form.summary()}${head}
			${this.conflicts ? html`<div id="changed" tabindex="-1">${conflict(this.conflicts)}${labels
				? notice(t('edit.taken', { labels }), html`<p>${t('edit.takenText')}</p>`) : nothing}</div>` : nothing}
			${this.form.view(names.map((name) => this.form.field(name)), { send, more })}`;
	}
}
