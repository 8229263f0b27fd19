// table.js - a table that scrolls in itself, with a heading per row and sorting by button.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { t } from '../lib/i18n.js';

// table({ labelledby, columns: [{ key, label, cell: (row) => …, head, number, sort, screen }],
//	rows, sort: { key, up }, onsort(key), empty, rowKey })
// head: the heading of its row; number: to the right; nowrap: one line; screen: not on paper;
// paper: only there.
export function table({ labelledby, columns, rows, sort, onsort, empty, dense }) {
	if (rows.length === 0)
		return empty ?? nothing;
	const classes = (c) => [c.number ? 'yb-number' : '', c.screen ? 'yb-screen' : '', c.paper ? 'yb-paper' : '', c.nowrap ? 'yb-nowrap' : ''].filter(Boolean).join(' ') || nothing;
	const heading = (c) => html`<th scope="col" class=${classes(c)} aria-sort=${c.sort && sort?.key === c.key
		? (sort.up ? 'ascending' : 'descending') : nothing}>${c.sort
		? html`<button type="button" class="yb-sort" @click=${() => onsort(c.key)}>${c.label}<span
			class="yb-sort__mark" aria-hidden="true">${sort?.key === c.key ? (sort.up ? '▲' : '▼') : '↕'}</span></button>`
		: c.label}</th>`;
	return html`<div class="yb-tablewrap" tabindex="0" role="region" aria-labelledby=${labelledby}>
		<table class="yb-table" data-dense=${dense ? '1' : nothing}>
		<thead><tr>${columns.map(heading)}</tr></thead>
		<tbody>${rows.map((row) => html`<tr>${columns.map((c) => (c.head
			? html`<th scope="row" class=${classes(c)}>${c.cell(row)}</th>`
			: html`<td class=${classes(c)}>${c.cell(row)}</td>`))}</tr>`)}</tbody></table></div>`;
}

// Rows in the order of { key, up }; `value` tells what a column is ordered by. Stable.
export function sorted(rows, { key, up }, value = (row, by) => row[by]) {
	const collator = new Intl.Collator('ja', { numeric: true });
	return [...rows].sort((a, b) => (up ? 1 : -1) * collator.compare(value(a, key) ?? '', value(b, key) ?? ''));
}

// Nothing there: one sentence, and what to do next.
export const nothingHere = (text, next = nothing) =>
	html`<div class="yb-empty"><p>${text}</p>${next}</div>`;

export const loading = () => html`<p class="yb-loading">${t('loading')}</p>`;
