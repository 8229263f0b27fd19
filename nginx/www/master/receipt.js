// receipt.js - H-8-7: one received file: what it was, why it is held or failed, what it changes,
// which of its lines were not taken; and the word of two people on a held one. Who looked at an
// older state hears of it before anything is decided.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { call, get } from '../lib/api.js';
import { parse, write } from '../lib/csv.js';
import { dayText, momentText } from '../lib/date.js';
import { save } from '../lib/file.js';
import { has, t } from '../lib/i18n.js';
import { announce, crumb, facts, focusOn, notice, problemBox, setTitle } from '../lib/page.js';
import { Form, area, radios } from '../widgets/form.js';
import { keyset, table } from '../widgets/table.js';
import { count, keyText, met, printButton, receiptOf, receiptTag, share, system } from './exchange.js';
import { loadMasters, nameOfRow, rowOf, valueText } from './masters.js';

const PAGE = '20';
const ALL = '100'; // a page of the lines that were not taken, for the file of them
const OPS = ['NEW', 'REVISE', 'END'];
const DECISIONS = ['APPLY', 'DISCARD'];
const GONE = [404]; // nothing was compared, or it is forgotten: no difference to show

const pathOf = (id, more = '', query = null) => `/master/receipts/${encodeURIComponent(id)}${more}${query ? `?${new URLSearchParams(query)}` : ''}`;

// Those that end are what a held file is about most often.
const opOf = (p, wanted) => OPS.find((op) => op === wanted) ?? (p.problem === 'ADDITIONS' || p.ended === 0 && p.added > 0 ? 'NEW' : p.ended > 0 ? 'END' : 'REVISE');

async function load(id, { op, after, bad }) {
	const p = await get(pathOf(id));
	const shown = opOf(p, op);
	const [rows, quarantine] = await Promise.all([
		p.has_rows ? get(pathOf(id, '/rows', { limit: PAGE, op: shown, ...after ? { after } : {} })).catch((e) => {
			if (GONE.includes(e.status))
				return null;
			throw e;
		}) : null,
		p.bad > 0 ? get(pathOf(id, '/quarantine', { limit: PAGE, ...bad ? { after: bad } : {} })) : null]);
	return { p, op: shown, rows, quarantine };
}

function release(state, update) {
	const { p } = state;
	const mine = p.asked_by_caller ? p.asked_decision : null;
	const second = p.asked_user && !p.asked_by_caller;
	const options = DECISIONS.filter((d) => d !== mine).map((d) => [d, t(`release.${d}`), second && d !== p.asked_decision ? t('release.otherHint') : t(`release.${d}Hint`)]);
	return new Form({
		id: 'release', title: t('receipt.title'), update,
		fields: { decision: { kind: radios, label: t('release.decision'), required: true, options },
			reason: { kind: area, label: t('change.reason'), hint: t('release.reasonHint'), required: true, rows: 2 } },
		check: ({ reason }) => (reason.length > 200 ? [{ name: 'reason', text: t('release.long') }] : []),
		async submit(values, key) {
			const { p: seen } = state;
			try {
				const { data } = await call('POST', `/master/receipts/${seen.receipt_id}/release`, values, { key, etag: `"${seen.version}"` });
				Object.assign(state, { p: data, met: null,
					done: data.status === 'HELD' ? 'release.asked' : data.status === 'RELEASED' ? 'release.released' : 'release.discarded' });
			} catch (e) {
				if (e.status !== 412 && e.id !== 'E-MST-008')
					throw e;
				await meet(state, values, update);
				return;
			}
			update();
			setTitle(t(state.done));
			focusOn('title');
			scrollTo(0, 0);
		},
	});
}

// What somebody else has said meanwhile, beside what was to be said here.
async function meet(state, values, update) {
	const now = await get(pathOf(state.p.receipt_id));
	const said = now.decided_user ?? now.asked_user;
	Object.assign(state, { met: [
		{ label: t('masterRows.state'), theirs: t(`receipt.${now.status}`), mine: t(`receipt.${state.p.status}`) },
		{ label: t('release.decision'), theirs: now.asked_decision ? t('release.saidBy', { what: t(`release.${now.asked_decision}`), who: said }) : null, mine: t(`release.${values.decision}`) },
		{ label: t('change.reason'), theirs: now.decided_reason ?? now.asked_reason, mine: values.reason }], p: now });
	state.form = now.can_release ? release(state, update) : null; // what was typed stays in its fields
	update();
	focusOn('changed');
}

// Every line that was not taken, for whoever puts it right at the source.
async function csv(state, update) {
	if (state.saving)
		return;
	state.saving = true;
	try {
		const { p } = state;
		const lines = [];
		for (let after = ''; after !== null;) {
			const page = await get(pathOf(p.receipt_id, '/quarantine', { limit: ALL, ...after ? { after } : {} }));
			lines.push(...page.rows);
			after = page.next === null ? null : String(page.next);
		}
		save(`${p.file}_${t('quarantine.name')}.csv`, new Blob([write([['line', 'item', 'value', 'fault', 'cells'].map((c) => t(`quarantine.${c}`)),
			...lines.map((row) => [row.line, labelOf(state, row), valueOf(state, row), faultOf(state, row), row.cells])])], { type: 'text/csv' }));
		announce(t('quarantine.saved'));
		state.problem = null;
	} catch (e) {
		state.problem = e;
	}
	state.saving = false;
	update();
	if (state.problem)
		focusOn('summary');
}

export async function init({ params, query, update }) {
	const asked = { op: query.get('op'), after: query.get('after'), bad: query.get('bad') };
	const [masters, found] = await Promise.all([loadMasters(), load(params.receipt_id, asked)]);
	const state = { ...found, asked, m: masters.find((m) => m.id === found.p.master) ?? null, done: null, met: null, problem: null };
	state.form = state.p.can_release ? release(state, update) : null;
	state.csv = () => csv(state, update);
	return state;
}

// ---- the head ----

const LIMITS = { DELETIONS: ['ended', 'ended_limit_percent'], ADDITIONS: ['added', 'added_limit_percent'] };

// Why it stands still, with the figures that say so.
function reason({ p }) {
	if (p.status === 'HELD') {
		const [what, limit] = LIMITS[p.problem];
		return notice(t(`held.${p.problem}`, { share: share(p[what], p.before), limit: p[limit] }), html`<p>${t(`held.${what}Text`, { n: p[what].toLocaleString(),
			before: p.before.toLocaleString(), share: share(p[what], p.before), limit: p[limit] })}</p><p>${t('held.next')}</p><p><a href="#release">${t('held.go')}</a></p>`, 'warn');
	}
	if (!p.problem || !has(`problem.${p.problem}`))
		return nothing;
	const over = p.status === 'FAILED';
	return notice(t(`problem.${p.problem}`), html`<p>${t(over || p.problem === 'GAP' ? `problemNext.${p.problem}` : 'problemNext.again', { n: p.attempts })}</p>`, over ? 'bad' : 'warn');
}

const figures = ({ p }) => (p.verified_at === null || p.before === null ? nothing : html`<section><h2 id="figures">${t('receipt.figures')}</h2>
	${table({ labelledby: 'figures', rows: [['added', p.added, 'added_limit_percent'], ['changed', p.changed], ['ended', p.ended, 'ended_limit_percent'], ['same', p.same], ['bad', p.bad]], columns: [
		{ key: 'what', label: t('receipt.what'), head: true, cell: ([word]) => t(`figure.${word}`) },
		{ key: 'n', label: t('impact.rows'), number: true, cell: ([, n]) => count(n) },
		{ key: 'share', label: t('receipt.share'), number: true, cell: ([word, n]) => (word === 'bad' ? t('none') : share(n, p.before)) },
		{ key: 'limit', label: t('receipt.limit'), number: true, cell: ([, , limit]) => (limit ? `${p[limit]}%` : t('none')) }] })}
	<p class="yb-small">${t('receipt.before', { before: p.before.toLocaleString(), rows: p.rows.toLocaleString() })}</p></section>`);

const by = (user, at) => html`${momentText(at)}<span class="yb-sub yb-digits">${user}</span>`;

const about = ({ p }) => facts([[t('masterRows.state'), receiptTag(p)],
	[t('impact.master'), p.master ? html`<span lang="ja">${p.name}</span>` : t('system.unknown')],
	[t('receipt.sender'), system(p.sender)],
	p.sequence !== null && [t('receipt.sequence'), html`<span class="yb-digits">${p.sequence}</span>${p.layout ? html`<span class="yb-sub yb-digits">${p.layout}</span>` : nothing}`],
	[t('receipt.received'), momentText(p.received_at)],
	p.verified_at && [t('receipt.verified'), momentText(p.verified_at)],
	p.asked_user && [t('release.first'), html`<strong>${t(`release.${p.asked_decision}`)}</strong> <span class="yb-sub">${momentText(p.asked_at)}</span><span class="yb-sub yb-digits">${p.asked_user}</span><span class="yb-sub" lang="ja">${p.asked_reason}</span>`],
	p.decided_user && [t('release.second'), html`${by(p.decided_user, p.decided_at)}<span class="yb-sub" lang="ja">${p.decided_reason}</span>`],
	p.settled_at && [t('receipt.settled'), momentText(p.settled_at)],
	[t('receipt.acked'), p.acked_at ? momentText(p.acked_at) : t('receipt.notAcked')],
	p.attempts > 0 && [t('receipt.attempts'), t('receipt.times', { n: p.attempts })],
	p.sha256 && [t('receipt.sha256'), html`<code class="yb-code">${p.sha256}</code>`]]);

// ---- what it changes ----

const here = ({ p, op, asked }, more) => receiptOf(p.receipt_id, Object.fromEntries(Object.entries({ op, after: asked.after, bad: asked.bad, ...more })
	.filter(([, v]) => v !== null && v !== undefined && v !== '').map(([k, v]) => [k, String(v)])));

const columnOf = (m, c) => m?.columns.find((k) => k.name === c.column) ?? { name: c.column, label: c.label, type: 'text' };
const shown = (m, c, value) => html`<span lang="ja" class="yb-break">${valueText(columnOf(m, c), value)}</span>`;

const values = (r, side) => Object.fromEntries(r.columns.map((c) => [c.column, c[side]]));
const line = ({ m }, r) => (r.op === 'REVISE' ? html`<ul class="yb-plain">${r.columns.map((c) => html`<li><span lang="ja">${c.label}</span>${t('colon')}
	<span class="yb-sub">${t('master.old')} ${shown(m, c, c.old)}</span> <span class="yb-sub">${t('master.new')} ${shown(m, c, c.new)}</span></li>`)}</ul>`
	: html`<span lang="ja" class="yb-text">${m ? nameOfRow(m, values(r, r.op === 'END' ? 'old' : 'new')) || t('none') : t('none')}</span>`);

function difference(state) {
	const { p, op, rows, asked } = state;
	if (!rows)
		return nothing;
	const n = { NEW: p.added, REVISE: p.changed, END: p.ended };
	return html`<section><h2 id="diff">${t(p.status === 'HELD' ? 'receipt.would' : 'change.diff')}</h2>
		<ul class="yb-switch" aria-label=${t('receipt.kinds')}>${OPS.map((o) => html`<li><a href="${here(state, { op: o, after: null })}#diff" aria-current=${o === op ? 'true' : nothing}>${t(`figure.${o}`)} ${count(n[o])}</a></li>`)}</ul>
		${table({ labelledby: 'diff', dense: true, rows: rows.rows, empty: html`<p>${t('receipt.noneOfKind')}</p>`, columns: [
			{ key: 'key', label: t('master.row'), head: true, cell: (r) => html`<a href=${rowOf(p.master, r.key)} aria-label=${r.key}>${keyText(r.key)}</a>` },
			{ key: 'what', label: t(op === 'REVISE' ? 'change.what' : 'receipt.called'), cell: (r) => line(state, r) },
			{ key: 'from', label: t(op === 'END' ? 'receipt.endsOn' : 'change.validFrom'), nowrap: true, cell: (r) => dayText(r.valid_from) }] })}
		${keyset({ first: asked.after ? here(state, { after: null }) : null, next: rows.next ? here(state, { after: rows.next }) : null, label: t('receipt.pages') })}</section>`;
}

// ---- lines that were not taken ----

const labelOf = ({ m }, row) => (row.field ? m?.columns.find((c) => c.name === row.field)?.label ?? row.field : t('quarantine.line_'));

// The cell the fault is about; of a line as a whole there is none.
function valueOf({ m }, row) {
	const i = m?.columns.findIndex((c) => c.name === row.field) ?? -1;
	return i < 0 ? '' : parse(row.cells, 1)[0]?.[i] ?? '';
}

const faultOf = (state, row) => (has(`fault.${row.code}`) ? t(`fault.${row.code}`, { label: labelOf(state, row) }) : has(`code.${row.code}`)
	? t(`code.${row.code}`, { label: labelOf(state, row) }) : row.code);

function quarantine(state) {
	const { p, quarantine: q, asked } = state;
	if (!q)
		return nothing;
	return html`<section><h2 id="quarantine">${t('quarantine.title', { n: p.bad.toLocaleString() })}</h2><p>${t('quarantine.lead')}</p>
		${p.bad > 1000 ? html`<p>${t('quarantine.first', { n: '1,000' })}</p>` : nothing}
		<div class="yb-actions yb-actions--top"><button type="button" class="yb-button" id="csv" @click=${state.csv}>${t('quarantine.csv')}</button></div>
		${table({ labelledby: 'quarantine', dense: true, rows: q.rows, columns: [
			{ key: 'line', label: t('quarantine.line'), number: true, head: true, cell: (row) => row.line.toLocaleString() },
			{ key: 'item', label: t('quarantine.item'), cell: (row) => html`<span lang="ja">${labelOf(state, row)}</span>` },
			{ key: 'value', label: t('quarantine.value'), cell: (row) => html`<span lang="ja" class="yb-text yb-break">${valueOf(state, row) || t('none')}</span>` },
			{ key: 'fault', label: t('quarantine.fault'), cell: (row) => html`<span class="yb-text">${faultOf(state, row)}</span><span class="yb-sub yb-digits">${row.code}</span>` }] })}
		${keyset({ first: asked.bad ? here(state, { bad: null }) : null, next: q.next ? here(state, { bad: q.next }) : null, label: t('quarantine.pages') })}</section>`;
}

// ---- the word of two people ----

function decide(state) {
	const { p, form, done } = state;
	if (!form || !p.can_release || done)
		return nothing;
	const mine = p.asked_by_caller;
	return html`<section><h2>${t(mine ? 'release.change' : p.asked_user ? 'release.agree' : 'release.title')}</h2>${mine ? notice(t('release.mine', { what: t(`release.${p.asked_decision}`) }), html`<p>${t('release.mineText')}</p>`)
		: p.asked_user ? notice(t('release.theirs', { what: t(`release.${p.asked_decision}`), who: p.asked_user }), html`<p>${t('release.theirsText')}</p>`, 'warn') : nothing}
		${form.view(html`${mine || p.asked_user ? nothing : html`<p>${t('release.text')}</p>`}
			${['decision', 'reason'].map((name) => form.field(name))}`, { send: t('decide.send'), plain: mine })}</section>`;
}

export function view(state) {
	const { p, form, done, problem } = state;
	return html`${crumb([['/masters', t('masters.title')], ['/masters/receipts', t('receipts.title')]], p.file)}
		${problem ? problemBox(problem) : form?.summary() ?? nothing}
		<h1 id="title" tabindex="-1"><span class="yb-break">${p.file}</span><span class="yb-sub">${t('receipt.title')}</span></h1>
		${done ? notice(t(done), html`<p>${t(`${done}Text`)}</p>`, 'good') : nothing}
		${state.met ? met(state.met, t(p.can_release ? 'release.conflict' : 'release.conflictOver')) : nothing}
		${done && done !== 'release.asked' ? nothing : reason(state)}
		${about(state)}${figures(state)}${difference(state)}${quarantine(state)}${decide(state)}
		<div class="yb-actions">${printButton()}<a class="yb-button" href="/masters/receipts">${t('receipt.back')}</a></div>`;
}
