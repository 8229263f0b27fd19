// table.js - a table that scrolls in itself, with a heading per row and sorting by button; and the
// way to its other pages: by number where the length is known, else the next one.

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

// ---- pages ----

export const SIZES = [20, 50, 100];

// 1 … 4 [5] 6 … 65: the ends, the neighbours, and gaps as 0.
export function numbers(page, pages) {
	const shown = [1, page - 1, page, page + 1, pages].filter((n) => n >= 1 && n <= pages);
	const list = [...new Set(shown)].sort((a, b) => a - b);
	return list.flatMap((n, i) => (i > 0 && n - list[i - 1] === 2 ? [n - 1, n]
		: i > 0 && n - list[i - 1] > 2 ? [0, n] : [n]));
}

// href(n): the address of a page; onpage(n), when given, shows it without leaving this one.
export function pagination({ page, pages, href, onpage }) {
	if (pages <= 1)
		return nothing;
	const link = (n, text, rel = nothing) => html`<a class="yb-pages__link" href=${href(n)}
		aria-current=${n === page ? 'page' : nothing} rel=${rel}
		aria-label=${rel === nothing ? t('pages.page', { n }) : nothing} @click=${onpage ? (e) => {
			e.preventDefault();
			onpage(n);
		} : nothing}>${text}</a>`;
	return html`<nav class="yb-pages" aria-label=${t('pages.label')}><ul>
		${page > 1 ? html`<li>${link(page - 1, t('pages.previous'), 'prev')}</li>` : nothing}
		${numbers(page, pages).map((n) => html`<li>${n === 0 ? '…' : link(n, String(n))}</li>`)}
		${page < pages ? html`<li>${link(page + 1, t('pages.next'), 'next')}</li>` : nothing}
	</ul></nav>`;
}

// A list whose length nobody counts: first page and next page. onpage(href), when given, shows
// it without leaving this one. label: where a page has several lists.
export function keyset({ first, next, onpage, label = t('pages.label') }) {
	if (!first && !next)
		return nothing;
	const link = (href, text, rel = nothing) => html`<li><a class="yb-pages__link" href=${href} rel=${rel} @click=${onpage ? (e) => {
		e.preventDefault();
		onpage(href);
	} : nothing}>${text}</a></li>`;
	return html`<nav class="yb-pages" aria-label=${label}><ul>${first ? link(first, t('pages.first')) : nothing}
		${next ? link(next, t('pages.next'), 'next') : nothing}</ul></nav>`;
}
