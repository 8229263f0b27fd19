// merging.js - what a merger of municipalities is, in words and figures: for the plan that is
// being written, the one that waits, and the one under way.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { dayText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { notice, tag } from '../lib/page.js';
import { table } from '../widgets/table.js';
import { count } from './exchange.js';

const KIND = { PLANNED: 'warn', APPROVED: 'info', MOVING: 'info', DONE: 'good', CANCELLED: 'plain' };

export const mergerTag = (m) => tag(t(`merger.${m.status}`), KIND[m.status]);
export const mergerOf = (id, more = '') => `/masters/mergers/${id}${more}`;

const COLUMNS = ['subjects', 'accounts', 'clients', 'waiting'];
const sum = (old, name) => old.reduce((n, o) => n + o[name], 0);
export const leftOf = (old) => COLUMNS.reduce((n, name) => n + sum(old, name), 0);

// Each of the old ones with what would move, or is left; the last line is all of them.
export const parts = (old, labelledby) => table({ labelledby, rows: [...old, ...old.length > 1 ? [null] : []], columns: [
	{ key: 'name', label: t('merger.old'), head: true, cell: (o) => (o ? html`<span lang="ja">${o.name}</span><span class="yb-sub yb-digits">${o.muni_code}</span>` : t('merger.total')) },
	{ key: 'prefix', label: t('merger.prefix'), cell: (o) => (o?.key_prefix ? html`<span class="yb-code">${o.key_prefix}</span>` : t('none')) },
	...COLUMNS.map((name) => ({ key: name, label: t(`merger.${name}`), number: true, cell: (o) => (o ? o[name] : sum(old, name)).toLocaleString() }))] });

// What happens on the day, before anybody says yes to it.
export const consequences = ({ on_day, joins }) => notice(t('merger.happens', { day: dayText(on_day) }), html`<ul class="yb-list">
	${['close', joins ? 'join' : 'open', 'move', 'keep', 'tokens', 'mail', 'never'].map((what) => html`<li>${t(`merger.does_${what}`)}</li>`)}</ul>`);

// Numbers two residents would have: nothing can be done before that is settled.
export const collide = (n, next) => (n > 0 ? notice(t('merger.collide', { n: Number(n).toLocaleString() }), html`<p>${t('merger.collideText')}</p>${next}`, 'bad') : nothing);

export const total = (old, name) => count(sum(old, name));
