// page.js - what belongs to the whole page: its address and title, what is announced, where the
// focus goes.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { timeText } from './date.js';
import { lang, t } from './i18n.js';

// Never a person's name: titles end up in histories.
export function setTitle(text, { error = false, page = 0, pages = 0 } = {}) {
	const parts = [error ? t('title.error') : '', text,
		pages > 1 ? t('title.page', { page, pages }) : ''];
	document.title = `${parts.join('')} – ${t('system.name')}`;
}

// '/records/:subject_no' and an address → { subject_no } or null.
export function match(pattern, path) {
	const names = [];
	const source = pattern.replace(/:(\w+)/g, (_, name) => {
		names.push(name);
		return '([^/]+)';
	});
	const found = new RegExp(`^${source}$`).exec(path);
	return found && Object.fromEntries(names.map((name, i) => [name, decodeURIComponent(found[i + 1])]));
}

export function announce(text) {
	document.getElementById('live').textContent = text;
}

export function focusOn(id) {
	document.getElementById(id)?.focus();
}

let typed = false; // on this page
globalThis.addEventListener?.('input', () => { typed = true; });

export function languageButton() {
	const other = lang === 'ja' ? 'en' : 'ja';
	return html`<button type="button" class="yb-link" id="language" lang=${other} @click=${async () =>
		(await import('./language.js')).change(other, typed)}>${t('language.other')}</button>`;
}

// A person's name, with the fonts that know rare characters; never folded or shortened.
export const nameOf = (person) =>
	html`<span class="yb-name" lang="ja">${person.name ?? t('name.none')}</span>`;

// A word in a frame: good, warn, bad, info or plain. The word says it, the colour repeats it.
export const tag = (text, kind = 'plain') =>
	html`<span class="yb-tag" data-kind=${kind}>${text}</span>`;

// A framed notice; kind as of tags. It has a heading because colour alone says nothing.
export const notice = (heading, body, kind = 'info') =>
	html`<div class="yb-notice" data-kind=${kind}><p class="yb-notice__head">${heading}</p>${body}</div>`;

export const facts = (pairs) => html`<dl class="yb-facts">${pairs.filter(Boolean)
	.map(([k, v]) => html`<div><dt>${k}</dt><dd>${v}</dd></div>`)}</dl>`;

export const crumb = (links, here) => html`<nav class="yb-crumb" aria-label=${t('nav.crumb')}><ol>
	${links.map(([href, text]) => html`<li><a href=${href}>${text}</a></li>`)}
	<li aria-current="page">${here}</li></ol></nav>`;

// The number to tell the help desk: code, time, receipt.
export const codeLine = (problem) => t('problem.code', { codes: [problem.id, timeText(problem.at),
	problem.trace && t('problem.receipt', { trace: problem.trace })].filter(Boolean).join(t('comma')) });

// Where one is in a few steps; n counts from 1.
export const stepList = (label, names, n) => html`<ol class="yb-steps" aria-label=${label}>${names.map((name, i) =>
	html`<li aria-current=${i + 1 === n ? 'step' : nothing}>${i + 1} ${name}</li>`)}</ol>`;

// How long to wait, where the server says.
const waitText = ({ retryAfter: s }) => (s > 0 ? html`<p>${s < 120 ? t('problem.waitSeconds', { seconds: s })
	: t('problem.waitMinutes', { minutes: Math.ceil(s / 60) })}</p>` : nothing);

// A refusal that is nobody's field, above the heading of its page.
export const problemBox = (problem) => (problem ? html`<div class="yb-summary" id="summary"
	tabindex="-1" role="group" aria-labelledby="summary-title">
	<h2 id="summary-title">${problem.message}</h2>
	${problem.detail ? html`<p>${problem.detail}</p>` : nothing}${waitText(problem)}
	<p class="yb-small">${codeLine(problem)}</p></div>` : nothing);
