// edit.js - H-8-1, H-8-2: a new row, a new period of one that is there, its end, its deletion, or
// the emergency stop of a lot. All of them become a draft; the next page shows what it changes.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get, post } from '../lib/api.js';
import { today } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { crumb, facts, notice, stepList } from '../lib/page.js';
import { Edit } from '../widgets/edit.js';
import { Form } from '../widgets/form.js';
import { columnField, number, toCell, toField } from './fields.js';
import { fieldOf, headCheck, headFields, headOf, sayOf, usualDay } from './head.js';
import { stopNotice } from './impact.js';
import { changeOf, keyCells, keysOf, listOf, loadMasters, named, refsOf, rowOf, rowPath, valueOf } from './masters.js';
import { PARAMETER_MASTERS, loadParameters, outside, parameterFacts, rangeText, unitText } from './parameter.js';

const OPS = ['new', 'revise', 'end', 'delete', 'stop'];

// Words of the emergency path: the lot's state, and the last of what it may be.
const stopping = (m) => m.columns.find((c) => c.name === 'lot_status');

const counts = (v) => ['APPROVED', 'EFFECTIVE'].includes(v.status) && ['NEW', 'REVISE'].includes(v.op);

async function send(m, body, key) {
	const made = await post(`/master/masters/${m.id}/changes`, body, { key });
	location.assign(changeOf(made.change_id));
	return new Promise(() => {}); // until the page has gone
}

// The cells of the key, and of what was changed.
const cellsOf = (m, fixed, changes) => [...Object.entries(fixed).map(([column, value]) => ({ column, value })),
	...m.columns.filter((c) => fieldOf(c.name) in changes).map((c) => ({ column: c.name, value: toCell(c, changes[fieldOf(c.name)]) }))];

// The value of a parameter: a number with its unit, between its bounds, which its row may narrow.
function ofParameter(p) {
	if (!p)
		return {};
	const field = { kind: number, inputmode: 'numeric', width: 'short', unit: unitText(p) };
	const narrow = { ...field, hint: t('parameters.narrow') };
	return { c_value: { ...field, hint: rangeText(p) }, c_min: { ...narrow, label: t('parameters.min') }, c_max: { ...narrow, label: t('parameters.max') } };
}

// A row is written with the columns that are no key, a new one with its keys as well; whose it
// is needs no asking.
function written({ masters, m, op, fixed, base, names, parameter, update }) {
	const columns = m.columns.filter((c) => !(c.name in fixed));
	const special = ofParameter(parameter);
	const fields = { ...Object.fromEntries(columns.map((c) => [fieldOf(c.name), { ...columnField(c, { masters, names, update }), ...special[fieldOf(c.name)] }])),
		...headFields(m, { until: true }) };
	const row = op === 'new' ? 'NEW' : 'REVISE';
	const check = (values) => [...parameter ? outside(parameter, values.c_value) : [], ...headCheck(m)(values)];
	return new Edit({
		title: t(parameter ? 'parameters.edit' : `masterEdit.${op}`), update, fields, check, say: sayOf(m, fields), data: base,
		values: (v) => Object.fromEntries(columns.map((c) => [fieldOf(c.name), toField(c, v?.values[c.name])])),
		save: (changes, _, { key, values }) => send(m, { ...headOf(values), rows: [{ op: row, valid_to: values.valid_to,
			values: cellsOf(m, fixed, changes) }] }, key),
	});
}

function ended({ m, op, fixed, update }) {
	const stop = op === 'stop';
	const dated = op === 'end' || (op === 'delete' && !usualDay(m));
	const fields = headFields(m, { day: dated ? undefined : false, label: op === 'end' ? t('masterEdit.endDay') : undefined });
	const values = cellsOf(m, fixed, stop ? { [fieldOf('lot_status')]: stopping(m).one_of.split('|').at(-1) } : {});
	return new Form({
		title: t(`masterEdit.${op}`), update, fields, check: headCheck(m), say: sayOf(m, fields),
		submit: (typed, key) => send(m, { ...headOf(typed), valid_from: typed.valid_from ?? (stop ? today() : usualDay(m)), ...stop ? { kind: 'EMERGENCY' } : {},
			rows: [{ op: stop ? 'REVISE' : op.toUpperCase(), values }] }, key),
	});
}

// A new row of a parameter that was chosen in the list of all of them.
const newParameter = (p) => ({ key: p.key, ...p.unit ? { unit: p.unit } : {}, security: p.security ? 'Y' : 'N' });

// It may have got its row since the list was shown, or have one for a later day.
async function rowOfParameter(id, key) {
	const page = await get(rowPath(id, key)).catch((e) => {
		if (e.status === 404)
			return null;
		throw e;
	});
	return page?.rows.find(counts) ?? null;
}

async function parameterOf(id, op, key) {
	if (!PARAMETER_MASTERS.includes(id) || !key)
		return null;
	if (op === 'new' && await rowOfParameter(id, key)) {
		location.replace(`${listOf(id)}/edit?${new URLSearchParams({ op: 'revise', key })}`);
		return new Promise(() => {});
	}
	return (await loadParameters()).find((p) => p.key === key) ?? null;
}

export async function init({ params, query, session, update }) {
	const op = OPS.find((o) => o === query.get('op')) ?? 'new';
	const parameter = ['new', 'revise'].includes(op) ? await parameterOf(params.master, op, query.get('key')) : null;
	const key = op === 'new' ? '' : query.get('key') ?? '';
	if (op !== 'new' && !key) { // a login in between has lost it
		location.replace(listOf(params.master));
		return new Promise(() => {});
	}
	const [masters, page] = await Promise.all([loadMasters(), op === 'new' ? null : get(rowPath(params.master, key))]);
	const m = named(masters, params.master);
	const base = page?.rows.find(counts) ?? null;
	const own = !m.national && keysOf(m)[0] ? { [keysOf(m)[0].name]: session.org.org_code } : {};
	const fixed = op === 'new' ? parameter ? newParameter(parameter) : own : keyCells(m, key);
	const state = { op, m, key, fixed, base, parameter, usable: m.can_edit && (op !== 'stop' || m.can_emergency) && (op === 'new' || Boolean(base)) };
	state.names = state.usable ? await refsOf(masters, m.columns) : {};
	const about = { ...state, masters, update };
	if (state.usable)
		state.form = op === 'new' || op === 'revise' ? written(about) : ended(about);
	return state;
}

const keyFacts = ({ m, fixed, names, parameter }) => (parameter ? parameterFacts(parameter) : Object.keys(fixed).length === 0 ? nothing
	: facts(keysOf(m).filter((c) => c.name in fixed).map((c) => [html`<span lang="ja">${c.label}</span>`, valueOf(c, fixed[c.name], names)])));

const lead = ({ op }) => (op === 'stop' ? stopNotice() : html`<p>${t(`masterEdit.${op}Text`)}</p>`);

export function view(state) {
	const { m, op, key, form, parameter, usable } = state;
	const title = t(parameter ? 'parameters.edit' : `masterEdit.${op}`);
	const links = [['/masters', t('masters.title')], ...parameter ? [['/masters/parameters', t('parameters.title')]] : [], [listOf(m.id), m.name], ...key ? [[rowOf(m.id, key), t('masterRow.title')]] : []];
	const back = html`<a class="yb-button" href=${parameter ? '/masters/parameters' : key ? rowOf(m.id, key) : listOf(m.id)}>${t('masterEdit.back')}</a>`;
	const head = html`${crumb(links, title)}`;
	if (!usable)
		return html`${head}<h1>${title}</h1>${notice(t('masterEdit.unusable'), html`<p>${t('masterEdit.unusableText')}</p>`, 'warn')}
			<div class="yb-actions">${back}</div>`;
	const title_ = html`<h1>${title}<span class="yb-sub" lang="ja">${m.name}</span></h1>${stepList(t('change.steps'), [1, 2, 3].map((n) => t(`change.step${n}`)), 1)}
		${lead(state)}${keyFacts(state)}`;
	const page = { send: t('masterEdit.send'), more: back };
	return html`${head}${form instanceof Edit ? form.view(title_, { names: Object.keys(form.form.fields), ...page })
		: html`${form.summary()}${title_}${form.view(Object.keys(form.fields).map((name) => form.field(name)), page)}`}`;
}
