// redraft.js - a draft written anew. Somebody else may have it open too: then both stand side by
// side before anything is put in place of theirs.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get, put } from '../lib/api.js';
import { today } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { crumb, facts, notice } from '../lib/page.js';
import { Edit } from '../widgets/edit.js';
import { columnField, toCell, toField } from './fields.js';
import { fieldOf, headCheck, headFields, headOf, sayOf } from './head.js';
import { changeOf, keyCells, loadMasters, named, refsOf, rowPath, valueOf, valueText } from './masters.js';

// What a version would say: what it takes over from, and over it what differs.
async function loadDraft(id) {
	const change = await get(`/master/changes/${id}?limit=2`);
	const [row] = change.rows;
	const history = row ? (await get(rowPath(change.master, row.key))).rows : [];
	const base = history.find((v) => ['APPROVED', 'EFFECTIVE'].includes(v.status) && ['NEW', 'REVISE'].includes(v.op) && v.valid_from <= change.valid_from
		&& (v.valid_to === null || v.valid_to >= change.valid_from));
	const mine = history.find((v) => v.version_id === row?.version_id);
	return { change, row, cells: { ...row?.op === 'REVISE' ? base?.values : {}, ...mine?.values ?? {},
		...Object.fromEntries((row?.columns ?? []).map((c) => [c.column, c.new])) } };
}

const written = (row) => row.op === 'NEW' || row.op === 'REVISE';
const HEAD = ['valid_from', 'valid_to', 'reason', 'legal_ref', 'ticket_no'];

export async function init({ params, update }) {
	const id = params.change_id;
	const [masters, data] = await Promise.all([loadMasters(), loadDraft(id)]);
	const { change, row } = data;
	const m = named(masters, change.master);
	const state = { m, change, fixed: row ? keyCells(m, row.key) : {}, usable: change.can_submit && change.rows_count === 1 };
	if (!state.usable)
		return state;
	const emergency = change.kind === 'EMERGENCY';
	const columns = written(row) && !emergency ? m.columns.filter((c) => !c.key) : [];
	const names = await refsOf(masters, m.columns);
	state.names = names;
	const fields = { ...Object.fromEntries(columns.map((c) => [fieldOf(c.name), columnField(c, { masters, names, update })])),
		...headFields(m, { day: emergency ? false : undefined, until: columns.length > 0 }) };
	for (const c of columns.filter((k) => k.type === 'image')) // what was chosen before is not told
		fields[fieldOf(c.name)].required = row.op === 'NEW';
	const shown = Object.fromEntries(columns.map((c) => [fieldOf(c.name), (value) => valueText(c, toCell(c, value), names)]));
	state.edit = new Edit({
		title: t('changeEdit.title'), update, fields, check: headCheck(m), say: sayOf(m, fields), data, load: () => loadDraft(id), shown,
		values: ({ change: c, row: r, cells }) => ({ ...Object.fromEntries(columns.map((k) => [fieldOf(k.name), k.type === 'image' ? undefined : toField(k, cells[k.name])])),
			...Object.fromEntries(HEAD.filter((name) => name in fields).map((name) => [name, (name === 'valid_to' ? r?.valid_to : c[name]) ?? undefined])) }),
		async save(_, now, { key, values }) {
			const cells = columns.filter((c) => c.type !== 'image' || values[fieldOf(c.name)])
				.map((c) => ({ column: c.name, value: toCell(c, values[fieldOf(c.name)]) }));
			const keep = emergency ? Object.entries(now.cells).filter(([name]) => name === 'lot_status').map(([column, value]) => ({ column, value })) : [];
			await put(`/master/changes/${id}`, { ...headOf(values), kind: now.change.kind === 'EMERGENCY' ? 'EMERGENCY' : 'EDIT',
				valid_from: values.valid_from ?? today(), rows: [{ op: now.row.op, valid_to: values.valid_to,
					values: [...Object.entries(state.fixed).map(([column, value]) => ({ column, value })), ...cells, ...keep] }] },
			{ key, etag: `"${now.change.version}"` });
			location.replace(changeOf(id));
			return new Promise(() => {}); // until the page has gone
		},
	});
	return state;
}

export function view({ m, change, fixed, names, edit, usable }) {
	const back = html`<a class="yb-button" href=${changeOf(change.change_id)}>${t('changeEdit.back')}</a>`;
	const head = html`${crumb([['/masters/changes', t('changes.title')], [changeOf(change.change_id), t('change.no', { n: change.change_id })]], t('changeEdit.title'))}`;
	if (!usable)
		return html`${head}<h1>${t('changeEdit.title')}</h1>${notice(t(change.can_submit ? 'changeEdit.many' : 'changeEdit.decided'),
			html`<p>${t(change.can_submit ? 'changeEdit.manyText' : 'changeEdit.decidedText')}</p>`, 'warn')}<div class="yb-actions">${back}</div>`;
	return html`${head}${edit.view(html`<h1>${t('changeEdit.title')}<span class="yb-sub" lang="ja">${m.name}</span></h1>
		${facts(m.columns.filter((c) => c.name in fixed).map((c) => [html`<span lang="ja">${c.label}</span>`, valueOf(c, fixed[c.name], names)]))}
		${m.columns.some((c) => c.type === 'image') ? notice(t('changeEdit.image'), nothing) : nothing}`,
	{ names: Object.keys(edit.form.fields), send: t('changeEdit.send'), more: back })}`;
}
