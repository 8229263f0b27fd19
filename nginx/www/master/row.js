// row.js - H-8: one row: what it says, every version of it, two versions side by side, and what
// may be done with it.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get } from '../lib/api.js';
import { momentText, today } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { crumb, facts, notice, tag } from '../lib/page.js';
import { nothingHere, table } from '../widgets/table.js';
import { changeOf, keyCells, listOf, loadMasters, named, nameOfRow, period, refsOf, rowPath, valueOf, versionTag } from './masters.js';
import { impact, impactOf } from './impact.js';

const COUNTS = ['APPROVED', 'EFFECTIVE', 'EXPIRED'];
const live = (v) => COUNTS.includes(v.status) && ['NEW', 'REVISE'].includes(v.op);

// Who, when and why, of the versions whose change may be read.
async function changesOf(rows) {
	const ids = [...new Set(rows.map((v) => v.change_id).filter(Boolean))].slice(0, 20);
	const found = await Promise.all(ids.map((id) => get(`/master/changes/${id}?limit=1`).catch(() => null)));
	return new Map(found.filter(Boolean).map((c) => [c.change_id, c]));
}

export async function init({ params, query }) {
	const key = query.get('key');
	if (!key) { // a login in between has lost it
		location.replace(listOf(params.master));
		return new Promise(() => {});
	}
	const [masters, page] = await Promise.all([loadMasters(), get(rowPath(params.master, key))]);
	const m = named(masters, page.master);
	const { rows } = page;
	const now = rows.find((v) => v.status === 'EFFECTIVE' && ['NEW', 'REVISE'].includes(v.op));
	const state = { m, key, rows, now, shown: now ?? rows.find(live) ?? rows[0], a: query.get('a'), b: query.get('b') };
	const [changes, names] = await Promise.all([changesOf(rows), refsOf(masters, m.columns)]);
	const of = changes.get(state.shown.change_id);
	return Object.assign(state, { changes, names, impact: of?.rows_count === 1 ? await impactOf(of.change_id).catch(() => null) : null });
}

// ---- two versions side by side ----

function pair({ rows, a, b }) {
	const find = (no) => rows.find((v) => String(v.version_no) === no);
	const newer = find(b) ?? rows[0];
	const older = find(a) ?? rows[rows.indexOf(newer) + 1] ?? rows[1];
	return older && newer && older !== newer ? { older, newer } : null;
}

const choice = (id, label, rows, now) => html`<div class="yb-field"><label class="yb-label" for=${id}>${label}</label>
	<select class="yb-input" id=${id} name=${id}>${rows.map((v) => html`<option value=${v.version_no} ?selected=${v === now}>${t('masterRow.versionOf',
	{ n: v.version_no, state: t(`version.${v.status}`) })}</option>`)}</select></div>`;

function compared(state) {
	const two = pair(state);
	if (!two)
		return nothing;
	const { m, rows, names, key } = state;
	const lines = m.columns.filter((c) => (two.older.values[c.name] ?? null) !== (two.newer.values[c.name] ?? null));
	return html`<section><h2 id="compare">${t('masterRow.compare')}</h2>
		<form class="yb-panel" action="${listOf(m.id)}/row" method="get"><input type="hidden" name="key" value=${key}>
			<div class="yb-grid">${choice('a', t('masterRow.older'), rows, two.older)}${choice('b', t('masterRow.newer'), rows, two.newer)}</div>
			<div class="yb-actions yb-actions--near"><button class="yb-button">${t('masterRow.compareSend')}</button></div></form>
		<div class="yb-result">${table({ labelledby: 'compare', rows: lines, empty: html`<p>${t('masterRow.same')}</p>`, columns: [
			{ key: 'label', label: t('master.column'), head: true, cell: (c) => html`<span lang="ja">${c.label}</span>` },
			{ key: 'old', label: t('master.old'), cell: (c) => valueOf(c, two.older.values[c.name], names) },
			{ key: 'new', label: t('master.new'), cell: (c) => valueOf(c, two.newer.values[c.name], names) }] })}</div></section>`;
}

// ---- history ----

function said(v, changes) {
	const c = changes.get(v.change_id);
	return c ? html`${c.reason ?? t('none')}${c.legal_ref ? html`<span class="yb-sub">${c.legal_ref}</span>` : nothing}${c.ticket_no
		? html`<span class="yb-sub">${c.ticket_no}</span>` : nothing}` : t('none');
}

const by = (v, changes) => {
	const c = changes.get(v.change_id);
	return c ? html`${momentText(c.created_at)}<span class="yb-sub yb-digits">${c.created_user}</span>${c.decided_user
		? html`<span class="yb-sub">${t('masterRow.decided', { who: c.decided_user })}</span>` : nothing}` : t('masterRow.shipped');
};

const history_ = ({ rows, changes }) => html`<section><h2 id="versions">${t('masterRow.history')}</h2>
	${table({ labelledby: 'versions', rows, empty: nothingHere(t('masterRows.empty')), columns: [
		{ key: 'no', label: t('masterRow.version'), head: true, cell: (v) => (changes.has(v.change_id)
			? html`<a href=${changeOf(v.change_id)}>${t('masterRow.no', { n: v.version_no })}</a>` : t('masterRow.no', { n: v.version_no })) },
		{ key: 'op', label: t('master.op'), nowrap: true, cell: (v) => t(`op.${v.op}`) },
		{ key: 'state', label: t('masterRows.state'), cell: versionTag },
		{ key: 'period', label: t('masterRows.period'), cell: (v) => html`<span class="yb-text">${period(v)}</span>` },
		{ key: 'who', label: t('masterRow.who'), cell: (v) => by(v, changes) },
		{ key: 'why', label: t('change.reason'), cell: (v) => said(v, changes) }] })}</section>`;

// ---- what may be done ----

const DAY_MS = 86_400_000;
const takable = (v, { m, changes }, now = Date.now()) => m.can_rollback && v.status === 'EFFECTIVE'
	&& now - Date.parse(changes.get(v.change_id)?.effective_at ?? 0) < DAY_MS;

function actions(state) {
	const { m, key, rows, now, shown } = state;
	if (!m.can_edit && !m.can_rollback)
		return nothing;
	const open = rows.find((v) => v.status === 'PENDING' || v.status === 'DRAFT');
	const later = rows.find((v) => v.status === 'APPROVED' && v.valid_from > today() && v.change_id);
	const unused = !rows.some((v) => v.status === 'EFFECTIVE' || v.status === 'EXPIRED') && later;
	const back = rows.find((v) => takable(v, state));
	const form = (op) => `${listOf(m.id)}/edit?${new URLSearchParams({ op, key })}`;
	const stoppable = m.can_emergency && now && !m.columns.some((c) => c.name === 'lot_status' && now.values.lot_status === c.one_of.split('|').at(-1));
	const links = m.can_edit && !open ? [live(shown) && [form('revise'), 'masterEdit.revise', true], live(shown) && [form('end'), 'masterEdit.end'],
		stoppable && [form('stop'), 'masterEdit.stop'], later && [changeOf(later.change_id, '/withdraw'), 'changeBack.withdraw'],
		unused && [form('delete'), 'masterEdit.delete']] : [];
	links.push(back && [changeOf(back.change_id, '/rollback'), 'changeBack.rollback']);
	return html`${open ? notice(t(`masterRow.${open.status}`), html`<p>${open.change_id ? html`<a href=${changeOf(open.change_id)}>${t('masterRow.toChange')}</a>`
		: t('masterRow.otherChange')}</p>`, 'warn') : nothing}
		<div class="yb-actions">${links.filter(Boolean).map(([href, text, first]) => html`<a class="yb-button ${first ? 'yb-button--primary' : ''}"
			href=${href}>${t(text)}</a>`)}</div>`;
}

export function view(state) {
	const { m, key, shown, now, names } = state;
	const name = nameOfRow(m, shown.values);
	return html`${crumb([['/masters', t('masters.title')], [listOf(m.id), m.name]], t('masterRow.title'))}
		<h1><span lang="ja">${name || Object.values(keyCells(m, key)).join(' ')}</span><span class="yb-sub yb-digits">${m.id}　${key.split('|').join(' / ')}</span></h1>
		${now ? nothing : notice(t('masterRow.notNow'), html`<p>${t('masterRow.notNowText')}</p>`, 'warn')}
		<section><h2>${t(now ? 'masterRow.current' : 'masterRow.latest')} ${versionTag(shown)}</h2>
		<p>${period(shown)}</p>
		${facts(m.columns.map((c) => [html`<span lang="ja">${c.label}</span>${c.key ? html` ${tag(t('master.key'))}` : nothing}`, valueOf(c, shown.values[c.name], names)]))}</section>
		${actions(state)}${state.impact ? impact(state.impact) : nothing}${compared(state)}${history_(state)}`;
}
