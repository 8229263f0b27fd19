// exchange.js - files from other systems and to them, in words: their states, what holds them,
// what has to be done next.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { has, t } from '../lib/i18n.js';
import { notice, tag } from '../lib/page.js';
import { table } from '../widgets/table.js';

export const receiptOf = (id, query = {}) => {
	const more = new URLSearchParams(query);
	return `/masters/receipts/${id}${more.size > 0 ? `?${more}` : ''}`;
};
export const sendingOf = (id, query = {}) => {
	const more = new URLSearchParams(query);
	return `/masters/sendings/${id}${more.size > 0 ? `?${more}` : ''}`;
};

const RECEIPT = { RECEIVED: 'plain', VERIFIED: 'info', HELD: 'warn', RELEASED: 'info', APPLIED: 'good', FAILED: 'bad', DISCARDED: 'plain' };
export const RECEIPT_STATES = Object.keys(RECEIPT);
export const receiptTag = (p) => tag(t(`receipt.${p.status}`), RECEIPT[p.status]);

const SENDING = { READY: 'plain', SENT: 'info', ACKED: 'good', NACKED: 'bad', HELD: 'warn' };
export const SENDING_STATES = Object.keys(SENDING);
export const sendingTag = (s) => tag(t(`sending.${s.status}`), SENDING[s.status]);

export const count = (n) => t('count', { n: Number(n).toLocaleString() });
export const system = (sender) => (sender && has(`system.${sender}`) ? t(`system.${sender}`) : sender ?? t('system.unknown'));

// A share of what counted before, as people read it next to its limit.
export const share = (n, before) => (before > 0 ? `${(Math.round(n * 1000 / before) / 10).toLocaleString()}%` : t('none'));

export const choice = (id, label, value, options) => html`<div class="yb-field"><label class="yb-label" for=${id}>${label}</label>
	<select class="yb-input" id=${id} name=${id}>${options.map(([v, words]) => html`<option value=${v} ?selected=${v === value}>${words}</option>`)}</select></div>`;

// Somebody else was faster: what stands there now beside what was to be said here, and what
// sending it again would mean. rows: [{ label, theirs, mine }]
export const met = (rows, text) => html`<div id="changed" tabindex="-1">${notice(t('conflict.head'), html`<p>${text}</p>`, 'warn')}
	<h2 id="conflict">${t('conflict.title')}</h2>${table({ labelledby: 'conflict', rows, columns: [
		{ key: 'label', label: t('conflict.item'), head: true, cell: (r) => r.label },
		{ key: 'theirs', label: t('conflict.theirs'), cell: (r) => r.theirs ?? t('none') },
		{ key: 'mine', label: t('conflict.mine'), cell: (r) => r.mine ?? t('none') }] })}</div>`;

export const printButton = () => html`<button type="button" class="yb-button" id="print" @click=${() => window.print()}>${t('exchange.print')}</button>`;

// The key as a row of the master shows it.
export const keyText = (key) => html`<span class="yb-digits yb-break">${key.split('|').join(' / ')}</span>`;

export const sub = (text) => (text ? html`<span class="yb-sub">${text}</span>` : nothing);
