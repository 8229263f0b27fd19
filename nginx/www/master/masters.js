// masters.js - what a master says of itself, in words: values of its columns, states of its
// rows, who has to say yes.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { Problem, get } from '../lib/api.js';
import { dayText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { tag } from '../lib/page.js';
import { may } from '../lib/session.js';

export const loadMasters = async () => (await get('/master/masters')).masters;

export function named(masters, id) {
	const master = masters.find((m) => m.id === id);
	if (!master)
		throw new Problem(404, null);
	return master;
}

// ---- addresses ----

export const listOf = (id) => `/masters/${encodeURIComponent(id)}`;
export const rowOf = (id, key) => `${listOf(id)}/row?${new URLSearchParams({ key })}`;
export const changeOf = (id, more = '') => `/masters/changes/${id}${more}`;
export const rowsPath = (id, query = {}) => `/master/masters/${encodeURIComponent(id)}/rows?${new URLSearchParams(query)}`;
export const rowPath = (id, key) => `/master/masters/${encodeURIComponent(id)}/rows/${encodeURIComponent(key)}`;

// ---- columns and their values ----

export const keysOf = (m) => m.columns.filter((c) => c.key);

// The cells a key is made of, in the order of the key columns.
export const keyCells = (m, key) => Object.fromEntries(keysOf(m).map((c, i) => [c.name, key.split('|')[i] ?? '']));

// A unit stands in brackets at the end of the label: people see it beside the number.
export const unitOf = (c) => (['number', 'decimal'].includes(c.type) ? /\uff08([^\uff08\uff09]+)\uff09$/.exec(c.label)?.[1] ?? '' : '');
export const isLong = (c) => ['text', 'lines', 'list', 'url', 'hours'].includes(c.type) && c.max >= 80;

// names: { column: Map(value → name) } of what the column refers to, where it is known.
export function valueText(c, value, names = {}) {
	if (value === null || value === undefined || value === '')
		return t('none');
	if (c.type === 'flag')
		return t(value === 'Y' ? 'master.yes' : 'master.no');
	if (c.type === 'day')
		return /^\d{4}-\d\d-\d\d$/.test(value) ? dayText(value) : value;
	if (c.type === 'number' && unitOf(c))
		return `${Number(value).toLocaleString()}${unitOf(c)}`;
	const one = (v) => (names[c.name]?.has(v) ? `${v} ${names[c.name].get(v)}` : v);
	return c.type === 'list' || c.type === 'hours' ? value.split('|').map(one).join(t('comma')) : one(value);
}

// A picture is drawn, not linked: the page's policy lets no address but our own be one.
function draw(canvas, base64) {
	const bytes = Uint8Array.from(atob(base64), (ch) => ch.charCodeAt(0));
	createImageBitmap(new Blob([bytes], { type: 'image/png' })).then((bitmap) => {
		Object.assign(canvas, { width: bitmap.width, height: bitmap.height });
		canvas.getContext('2d').drawImage(bitmap, 0, 0);
	}, () => canvas.remove());
}

let drawn = 0;

export function picture(c, base64) {
	const id = `picture-${++drawn}`;
	queueMicrotask(() => {
		const canvas = document.getElementById(id);
		if (canvas instanceof HTMLCanvasElement && canvas.dataset.shown !== String(base64.length)) {
			canvas.dataset.shown = String(base64.length);
			draw(canvas, base64);
		}
	});
	return html`<canvas class="yb-picture" id=${id} role="img" aria-label=${c.label} width="1" height="1"></canvas>`;
}

export const valueOf = (c, value, names) => (c.type === 'image' && value && !value.startsWith('PNG ') ? picture(c, value)
	: html`<span lang="ja" class=${c.type === 'lines' ? 'yb-lines' : nothing}>${valueText(c, value, names)}</span>`);

// What a row is called beside its key.
export function nameOfRow(m, values) {
	const rest = m.columns.filter((c) => !c.key);
	const column = rest.find((c) => /^name(_ja)?$/.test(c.name)) ?? rest.find((c) => /_name(_ja)?$/.test(c.name));
	return column ? values[column.name] ?? '' : '';
}

const MOST = 500; // more than that is looked up one by one

// What the columns refer to, where it is short enough to be read whole: { column: Map }.
export async function refsOf(masters, columns) {
	const known = {};
	await Promise.all(columns.filter((c) => c.ref && !c.ref.includes(':')).map(async (c) => {
		const to = masters.find((m) => m.id === c.ref);
		if (!to)
			return;
		const page = await get(rowsPath(c.ref, { limit: String(MOST), ...c.list ? { q: c.list } : {} })).catch(() => null);
		if (!page || page.next)
			return;
		const rows = c.list ? page.rows.filter((r) => r.values.list_id === c.list) : page.rows;
		known[c.name] = new Map(rows.map((r) => [c.list ? r.values.code : r.key, nameOfRow(to, r.values)]));
	}));
	return known;
}

// ---- rows and changes ----

const VERSION = { DRAFT: 'plain', PENDING: 'warn', APPROVED: 'info', EFFECTIVE: 'good', EXPIRED: 'plain', REJECTED: 'bad',
	WITHDRAWN: 'plain', ROLLED_BACK: 'bad' };

// Now, later or over: in words.
export const versionTag = (v) => (['END', 'DELETE'].includes(v.op) && v.status === 'EFFECTIVE' ? tag(t(`version.${v.op}`), 'plain')
	: tag(t(`version.${v.status}`), VERSION[v.status]));
export const changeTag = (c) => tag(t(`change.${c.status}`), VERSION[c.status]);

export const period = (v) => (v.valid_to ? t('master.between', { from: dayText(v.valid_from), to: dayText(v.valid_to) })
	: t('master.since', { from: dayText(v.valid_from) }));

// What waits for the word of whoever is logged in, as far as the list tells; the change itself
// knows for certain (can_approve).
const couldWait = (c, session) => c.status === 'PENDING' && c.created_user !== session.user.user_id
	&& may(session, 'approveMasterChange');
export const waits = (c, masters, session) => couldWait(c, session)
	&& (c.org_code !== session.org.org_code || Boolean(masters.find((m) => m.id === c.master)?.can_approve));

// How many do; what the masters say of themselves is long, and asked for only where it decides.
export async function waiting(session) {
	const changes = (await pendingChanges()).filter((c) => couldWait(c, session));
	const masters = changes.some((c) => c.org_code === session.org.org_code) ? await loadMasters() : [];
	return changes.filter((c) => waits(c, masters, session)).length;
}

export const pendingChanges = async () => (await get('/master/changes?status=PENDING&limit=200')).changes;

// Whose word is wanted: of the own organisation, of the central federation, or of a city.
export const needed = (c) => Math.max(1, c.need_own + c.need_nhic);
