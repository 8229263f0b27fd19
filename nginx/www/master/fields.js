// fields.js - the form of a master, made of its columns.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { eraDate } from '../widgets/era-date.js';
import { area, checks, radios, select, text } from '../widgets/form.js';
import { nameOfRow, picture, rowsPath, unitOf } from './masters.js';

const FEW = 12; // choices that are shown as boxes
const half = (value) => value.normalize('NFKC').trim();
const typed = (form, def) => form.querySelector(`#${def.id}`).value;

// Codes are texts: their leading zeros stay.
const code = { view: text.view, read: (form, def) => ({ value: half(typed(form, def)).replace(/[\s\u2010-\u2015\u2212-]/g, '') }) };
const token = { view: text.view, read: (form, def) => ({ value: half(typed(form, def)) }) };

export const number = {
	view: (def, a11y) => html`<div class="yb-unit">${text.view(def, a11y)}<span id="${def.id}-unit">${def.unit}</span></div>`,
	read(form, def) {
		const value = half(typed(form, def)).replaceAll(',', '');
		return value === '' || (def.decimal ? /^-?\d+(\.\d+)?$/ : /^-?\d+$/).test(value) ? { value }
			: { error: t('field.number', { label: def.label }) };
	},
};

const lines = {
	view: (def, a11y) => area.view({ ...def, value: [].concat(def.value ?? []).join('\n') }, a11y),
	read: (form, def) => ({ value: typed(form, def).split('\n').map((line) => line.trim()).filter(Boolean) }),
};

// A row of another master that is too long for a list: what the code means is said on leaving.
async function look(def, value) {
	const box = document.getElementById(`${def.id}-echo`);
	if (!box || value === '')
		return;
	const page = await get(rowsPath(def.refers.id, { q: value, limit: '5' })).catch(() => null);
	const row = page?.rows.find((r) => r.key === value);
	box.textContent = row ? nameOfRow(def.refers, row.values) : t('field.unknown', { name: def.refers.name });
}

export const lookup = {
	view: (def, a11y) => html`${text.view({ ...def, onchange: (e) => look(def, half(e.target.value)) }, a11y)}
		<p class="yb-echo" id="${def.id}-echo" role="status"></p>`,
	read: code.read,
};

async function take(def, file, update) {
	const bytes = new Uint8Array(await file.arrayBuffer());
	const png = [0x89, 0x50, 0x4e, 0x47].every((b, i) => bytes[i] === b);
	def.fault = !png ? t('field.png', { label: def.label }) : bytes.length > def.kib * 1024
		? t('field.big', { label: def.label, n: def.kib }) : null;
	if (!def.fault) {
		let text_ = '';
		for (let i = 0; i < bytes.length; i += 8192)
			text_ += String.fromCharCode(...bytes.subarray(i, i + 8192));
		def.value = btoa(text_);
	}
	update();
}

const image = {
	view: (def, a11y) => html`${def.value ? picture(def.column, def.value) : nothing}
		<input class="yb-input" type="file" id=${def.id} accept="image/png" aria-invalid=${a11y.invalid} aria-describedby=${a11y.describedby}
			@change=${(e) => e.target.files[0] && take(def, e.target.files[0], def.update)}>
		${def.fault ? html`<p class="yb-error">＊${def.fault}</p>` : nothing}`,
	read: (form, def) => (def.fault ? { error: def.fault } : { value: def.value }),
};

const HINTS = { month: 'field.month', season: 'field.season', age: 'field.age', after: 'field.after', hours: 'field.hours', url: 'field.url', phone: 'field.phone' };

function hintOf(c, master) {
	const said = [HINTS[c.type] && t(HINTS[c.type])];
	if (c.type === 'digits')
		said.push(t(c.min === c.max ? 'field.digits' : 'field.digitsBetween', { min: c.min, max: c.max }));
	else if (c.type === 'number')
		said.push(t('field.between', { min: c.min, max: c.max }));
	else if (c.type === 'decimal')
		said.push(t('field.decimals', { n: c.max }));
	else if (['text', 'lines'].includes(c.type) && !c.one_of)
		said.push(t('field.most', { n: c.max }));
	else if (c.type === 'image')
		said.push(t('field.image', { n: c.max }));
	if (master)
		said.push(t('field.ref', { name: master.name }));
	return said.filter(Boolean).join(t('field.and'));
}

const oneLine = { digits: { kind: code, inputmode: 'numeric', width: 'id' }, number: { kind: number, inputmode: 'numeric', width: 'short' },
	decimal: { kind: number, inputmode: 'decimal', width: 'short', decimal: true }, day: { kind: eraDate, era: 'R' }, month: { kind: token, width: 'short' },
	season: { kind: token, width: 'short' }, age: { kind: token, width: 'short' }, after: { kind: token, width: 'id' }, url: { kind: token, inputmode: 'url' },
	phone: { kind: token, inputmode: 'tel', width: 'id' }, lines: { kind: area, rows: 6 }, hours: { kind: lines, rows: 4 }, list: { kind: lines, rows: 3 },
	text: { kind: text } };

// What may be chosen: the words of the column, with their names where another master has them.
function optionsOf(c, names) {
	const words = c.one_of ? c.one_of.split('|') : names ? [...names.keys()] : null;
	return words?.map((word) => [word, names?.get(word) ? `${word}　${names.get(word)}` : word]) ?? null;
}

function kindOf(c, names) {
	if (c.type === 'image')
		return { kind: image, column: c, kib: c.max };
	if (c.type === 'flag')
		return { kind: radios, options: [['Y', t('master.yes')], ['N', t('master.no')]] };
	const options = optionsOf(c, names);
	if (c.type === 'list' && options && options.length <= FEW)
		return { kind: checks, options };
	if (c.type !== 'list' && options)
		return options.length <= 4 && c.one_of ? { kind: radios, options } : { kind: select, options: [['', t('form.choosePlease')], ...options] };
	return { ...oneLine[c.type] };
}

export function columnField(c, { masters, names, update }) {
	const refers = c.ref && !c.list ? masters.find((m) => m.id === c.ref) : null;
	const def = { label: unitOf(c) ? c.label.replace(/\uff08[^\uff08\uff09]+\uff09$/, '') : c.label, unit: unitOf(c), required: c.required, update, ...kindOf(c, names[c.name]) };
	if (refers && !names[c.name] && c.type !== 'list')
		Object.assign(def, { kind: lookup, refers });
	const hint = def.options ? '' : hintOf(c, refers);
	return hint ? { ...def, hint } : def;
}

// Between the text of a cell and what a field holds.
const several = (c) => c.type === 'list' || c.type === 'hours';
export const toField = (c, value) => (value === null || value === undefined ? undefined : several(c) ? value.split('|') : value);
export const toCell = (c, value) => (value === undefined || value === null || value.length === 0 ? null
	: Array.isArray(value) ? value.join('|') : c.type === 'lines' ? value.replace(/\r\n?/g, '\n') : value);
