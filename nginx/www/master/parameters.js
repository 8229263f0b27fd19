// parameters.js - H-8-6: the numbers of all areas, what counts now and who has set it; each
// leads to the row of M43 or M55 that sets it. Search and area stand in the address.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { crumb } from '../lib/page.js';
import { nothingHere, table } from '../widgets/table.js';
import { listOf, loadMasters, rowOf, rowsPath } from './masters.js';
import { PARAMETER_MASTERS, amount, areaOf, areaText, loadParameters, meaning, meaningView, rangeText, twoTag } from './parameter.js';

const HERE = '/masters/parameters';
const plain = (text) => text.normalize('NFKC').toLowerCase();

export async function init({ query }) {
	const asked = { q: query.get('q') ?? '', area: query.get('area') ?? '', set: query.get('set') === '1' };
	const [masters, parameters, ...pages] = await Promise.all([loadMasters(), loadParameters(), ...PARAMETER_MASTERS.map((id) => get(rowsPath(id, { limit: '500' })))]);
	const by = new Map(pages.flatMap((page) => page.rows.map((row) => [row.key, page.master])));
	const wanted = plain(asked.q.trim());
	return { asked, by, own: masters.find((m) => PARAMETER_MASTERS.includes(m.id) && m.can_edit) ?? null,
		names: new Map(masters.map((m) => [m.id, m.name])), areas: [...new Set(parameters.map(areaOf))],
		found: parameters.filter((p) => (!asked.area || areaOf(p) === asked.area) && (!asked.set || p.value !== p.normal)
			&& plain(`${p.key} ${meaning(p)} ${p.note}`).includes(wanted)) };
}

const masterText = ({ names }, id) => html`<span class="yb-digits">${id}</span> <span lang="ja">${names.get(id) ?? ''}</span>`;

// Who has set what counts; who could. One master sets a number, not two.
function setBy(state, p) {
	const id = state.by.get(p.key);
	return id ? html`<a href=${rowOf(id, p.key)} aria-label=${t('parameters.rowOf', { master: `${id} ${state.names.get(id) ?? ''}`, key: p.key })}>${masterText(state, id)}</a><span class="yb-sub">${t('parameters.onlyOne', { master: id })}</span>`
		: html`${t(p.configured === p.normal ? 'parameters.asShipped' : 'parameters.byFile')}<span class="yb-sub">${t('parameters.either')}</span>`;
}

function change({ own, by }, p) {
	const id = by.get(p.key);
	if (!own || id && id !== own.id)
		return t('none');
	return html`<a href="${listOf(own.id)}/edit?${new URLSearchParams({ op: id ? 'revise' : 'new', key: p.key })}" aria-label=${t('parameters.changeOf', { key: p.key })}>${t('parameters.change')}</a>`;
}

const columns = (state) => [
	{ key: 'key', label: t('parameters.key'), head: true, cell: (p) => html`<span class="yb-code">${p.key}</span>${twoTag(p)}<span class="yb-sub yb-text">${meaningView(p)}</span>` },
	{ key: 'value', label: t('parameters.value'), number: true, nowrap: true, cell: (p) => html`<strong>${amount(p, p.value)}</strong>` },
	{ key: 'normal', label: t('parameters.normal'), number: true, nowrap: true, cell: (p) => amount(p, p.normal) },
	{ key: 'range', label: t('parameters.bounds'), cell: rangeText },
	{ key: 'by', label: t('parameters.by'), cell: (p) => html`<span class="yb-text">${setBy(state, p)}</span>` },
	...state.own ? [{ key: 'change', label: t('master.op'), nowrap: true, screen: true, cell: (p) => change(state, p) }] : [],
];

const filter = ({ asked, areas }) => html`<form class="yb-panel" action=${HERE} method="get" aria-label=${t('parameters.filter')}><div class="yb-grid">
	<div class="yb-field"><label class="yb-label" for="q">${t('parameters.q')}</label><p class="yb-hint" id="q-hint">${t('parameters.qHint')}</p>
		<input class="yb-input" id="q" name="q" type="text" autocomplete="off" maxlength="100" .defaultValue=${asked.q} aria-describedby="q-hint"></div>
	<div class="yb-field"><label class="yb-label" for="area">${t('parameters.area')}</label>
		<select class="yb-input" id="area" name="area"><option value="" ?selected=${!asked.area}>${t('changes.every')}</option>
		${areas.map((a) => html`<option value=${a} ?selected=${a === asked.area}>${areaText(a)}</option>`)}</select></div></div>
	<label class="yb-choice"><input type="checkbox" name="set" value="1" ?checked=${asked.set}><span>${t('parameters.onlySet')}</span></label>
	<div class="yb-actions yb-actions--near"><button class="yb-button">${t('masterRows.show')}</button>
		${asked.q || asked.area || asked.set ? html`<a href=${HERE}>${t('masterRows.clear')}</a>` : nothing}</div></form>`;

const section = (state, area) => html`<section><h2 id="area-${area}">${areaText(area)}</h2>
	${table({ labelledby: `area-${area}`, columns: columns(state), rows: state.found.filter((p) => areaOf(p) === area) })}</section>`;

export const view = (state) => html`${crumb([['/masters', t('masters.title')]], t('parameters.title'))}
	<h1>${t('parameters.title')}</h1><p>${t('parameters.lead')}</p><p>${t('parameters.once')}</p><p>${t('parameters.twoText')}</p>
	${filter(state)}<div class="yb-result"><p>${t('parameters.found', { n: state.found.length })}</p>
	${state.found.length === 0 ? nothingHere(t('parameters.none'), html`<p><a href=${HERE}>${t('masterRows.clear')}</a></p>`)
		: state.areas.filter((a) => state.found.some((p) => areaOf(p) === a)).map((a) => section(state, a))}</div>`;
