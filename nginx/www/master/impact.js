// impact.js - H-8-2 step 4, H-8-3 step 7, H-8-6 step 2: what else names the rows of a change,
// which records and persons it touches, who may do more or less, and what stops with a lot,
// before it is decided.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get } from '../lib/api.js';
import { has, t } from '../lib/i18n.js';
import { notice, tag } from '../lib/page.js';
import { table } from '../widgets/table.js';
import { listOf } from './masters.js';

export const impactOf = (id) => get(`/master/changes/${id}/impact`);

// A number of persons that is too small is not told.
export const persons = (n) => (n === null ? t('impact.few') : t('impact.persons', { n }));

const counted = (r) => (r.what.endsWith('PERSONS') ? persons(r.count) : r.count === null ? t('impact.few') : t('count', { n: r.count }));

// names: Map(vaccine code → name); the key of a lot is its number.
const keyOf = ({ key }, names) => (key === null ? t('none') : html`<span class="yb-digits">${key}</span>${names?.has(key) ? html`<span class="yb-sub" lang="ja">${names.get(key)}</span>` : nothing}`);

const records = (list, names) => (list.length === 0 ? nothing : html`<h3 id="records">${t('impact.records')}</h3>
	${table({ labelledby: 'records', rows: list, columns: [
		{ key: 'what', label: t('impact.what'), head: true, cell: (r) => t(`impact.${r.what}`) },
		{ key: 'key', label: t('impact.key'), cell: (r) => keyOf(r, names) },
		{ key: 'count', label: t('impact.rows'), number: true, nowrap: true, cell: counted }] })}`);

// `found` is null where a change has more rows than anybody would look through.
export const impact = (found, names) => html`<section><h2 id="impact">${t('impact.title')}</h2>
	${found === null ? html`<p>${t('impact.many')}</p>` : html`<p>${t(found.total > 0 ? 'impact.some' : 'impact.none', { n: found.total })}</p>
	${table({ labelledby: 'impact', rows: found.references, columns: [
		{ key: 'name', label: t('impact.master'), head: true, cell: (f) => html`<a href=${listOf(f.master)} lang="ja">${f.name}</a>` },
		{ key: 'label', label: t('master.column'), cell: (f) => html`<span lang="ja">${f.label}</span>` },
		{ key: 'rows', label: t('impact.rows'), number: true, cell: (f) => t('count', { n: f.rows }) }] })}
	${records(found.records, names)}`}</section>`;

// ---- M42 ----

const EFFECTS = { LOSES: 'bad', GAINS: 'good' };

// Operations of one role, function and action are one line: people think of these three.
function lines(list) {
	const found = new Map();
	for (const p of list) {
		const id = [p.role, p.effect, p.function, p.action].join('|');
		found.set(id, { ...p, operations: [...found.get(id)?.operations ?? [], p.operation] });
	}
	return [...found.values()];
}

const worded = (kind, code) => html`${has(`${kind}.${code}`) ? t(`${kind}.${code}`) : code}${has(`${kind}.${code}`) ? html`<span class="yb-sub yb-digits">${code}</span>` : nothing}`;

// Who may do what no more, or again, from the next request on.
export function permissions({ permissions: list }) {
	const rows = lines(list);
	const n = (effect) => rows.filter((p) => p.effect === effect).length;
	return html`<section><h2 id="permissions">${t('permissions.title')}</h2>
		${rows.length === 0 ? html`<p>${t('permissions.none')}</p>` : notice(t('permissions.some', { loses: n('LOSES'), gains: n('GAINS') }),
			html`<p>${t('permissions.next')}</p>`, n('LOSES') > 0 ? 'warn' : 'info')}
		${table({ labelledby: 'permissions', rows, columns: [
			{ key: 'role', label: t('permissions.role'), head: true, cell: (p) => worded('role', p.role) },
			{ key: 'effect', label: t('permissions.effect'), nowrap: true, cell: (p) => tag(t(`permissions.${p.effect}`), EFFECTS[p.effect]) },
			{ key: 'function', label: t('permissions.function'), cell: (p) => html`<span class="yb-text">${worded('function', p.function)}</span>` },
			{ key: 'action', label: t('permissions.action'), cell: (p) => worded('action', p.action) },
			{ key: 'operations', label: t('permissions.operations'), cell: (p) => html`<ul class="yb-plain">${p.operations.map((o) => html`<li class="yb-code">${o}</li>`)}</ul>` }] })}</section>`;
}

export const stopNotice = () => notice(t('stop.head'), html`<ul class="yb-list"><li>${t('stop.records')}</li><li>${t('stop.lists')}</li>
	<li>${t('stop.back')}</li></ul>`, 'bad');
