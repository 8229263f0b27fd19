// change.js - H-8-1 steps 3 to 5: one change: what it makes different, column by column, what it
// touches, and the word that is still to be said. What is approved is what was looked at: the
// hash of the difference goes back with the word.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { call, get, post } from '../lib/api.js';
import { dayText, momentText, today } from '../lib/date.js';
import { loadWords, t } from '../lib/i18n.js';
import { crumb, facts, focusOn, notice, problemBox, setTitle, stepList } from '../lib/page.js';
import { may } from '../lib/session.js';
import { Form, area, radios } from '../widgets/form.js';
import { keyset, table } from '../widgets/table.js';
import { impact, impactOf, permissions, stopNotice } from './impact.js';
import { changeOf, changeTag, listOf, loadMasters, needed, refsOf, rowOf, valueText } from './masters.js';
import { SIMULATED, Simulation } from './simulation.js';

const IMPACT_ROWS = 500;
const OPEN = ['DRAFT', 'PENDING'];

function decision(state, update) {
	const path = `/master/changes/${state.change.change_id}`;
	return new Form({
		id: 'decide', title: t('change.title'), update,
		fields: {
			verdict: { kind: radios, label: t('decide.verdict'), required: true, options: [['approve', t('decide.approve'), t('decide.approveHint')],
				['reject', t('decide.reject'), t('decide.rejectHint')]] },
			comment: { kind: area, label: t('decide.comment'), hint: t('decide.commentHint'), required: false, rows: 2, wire: ['comment', 'reason'] },
		},
		check: ({ verdict, comment }) => (verdict === 'reject' && !comment ? [{ name: 'comment', text: t('decide.reason') }] : []),
		async submit({ verdict, comment }, key) {
			const done = verdict === 'reject' ? await post(`${path}/reject`, { reason: comment }, { key })
				: await post(`${path}/approve`, { diff_hash: state.change.diff_hash, comment }, { key });
			Object.assign(state, { change: done, done: verdict === 'reject' ? 'change.doneRejected' : done.status === 'PENDING' ? 'change.doneOne' : 'change.doneApproved' });
			update();
			setTitle(t(state.done));
			focusOn('title');
			scrollTo(0, 0);
		},
	});
}

const handIn = (state, update) => new Form({
	id: 'submit', title: t('change.title'), update, fields: {},
	async submit(_, key) {
		const { change } = state;
		const { data } = await call('POST', `/master/changes/${change.change_id}/submit`, undefined, { key, etag: `"${change.version}"` });
		Object.assign(state, { change: data, done: data.status === 'PENDING' ? 'change.doneSubmitted' : 'change.doneApproved' });
		update();
		setTitle(t(state.done));
		focusOn('title');
		scrollTo(0, 0);
	},
});

// What a change does beyond its rows is looked at before it is decided; the names of vaccines
// and roles are asked for only where something speaks of them.
async function consequences(state, masters, session, update) {
	const { change: c } = state;
	if (!OPEN.includes(c.status))
		return;
	state.impact = c.rows_count > IMPACT_ROWS ? null : await impactOf(c.change_id).catch(() => undefined);
	const found = state.impact;
	if (!found)
		return;
	const simulated = SIMULATED.includes(c.master);
	const [names] = await Promise.all([found.records.length > 0 || simulated ? refsOf(masters, [{ name: 'vaccine', ref: 'M12' }]) : {},
		found.permissions.length > 0 ? loadWords('account') : null]);
	state.names = names.vaccine;
	if (!simulated)
		return;
	state.simulation = new Simulation({ change: c, found, names: names.vaccine, update,
		usable: may(session, 'simulateMasterChange') && c.org_code === session.org.org_code && Boolean(state.m?.can_edit) });
	state.simulation.watch();
}

export async function init({ params, query, session, update }) {
	const after = query.get('after');
	const path = `/master/changes/${encodeURIComponent(params.change_id)}`;
	const [masters, change] = await Promise.all([loadMasters(), get(`${path}?${new URLSearchParams({ limit: '50', ...after ? { after } : {} })}`)]);
	const state = { change, after, m: masters.find((m) => m.id === change.master), done: null };
	await consequences(state, masters, session, update);
	const said = change.approvals.some((a) => a.user_id === session.user.user_id);
	state.form = change.can_submit ? handIn(state, update) : change.can_approve && !said ? decision(state, update) : null;
	return state;
}

// ---- the difference ----

const column = (state, c) => state.m?.columns.find((k) => k.name === c.column) ?? { name: c.column, label: c.label, type: 'text' };
const shown = (state, c, value) => html`<span lang="ja" class="yb-break">${valueText({ ...column(state, c), type: column(state, c).type === 'image' ? 'text' : column(state, c).type }, value)}</span>`;

const days = (r) => html`${t('master.since', { from: dayText(r.valid_from) })}${r.valid_to ? html`<br>${t('master.until', { to: dayText(r.valid_to) })}` : nothing}`;

const one = (state, r) => html`<p><strong>${t(`op.${r.op}`)}</strong>${t('colon')}<a class="yb-digits" href=${rowOf(state.change.master, r.key)}>${r.key.split('|').join(' / ')}</a></p>
	${['NEW', 'REVISE'].includes(r.op) ? html`<p>${t('masterRows.period')}${t('colon')}${days(r)}</p>` : nothing}
	${table({ labelledby: 'diff', rows: r.columns, empty: html`<p>${t(r.op === 'DELETE' ? 'change.rowGoes' : 'change.noColumns')}</p>`, columns: [
		{ key: 'label', label: t('master.column'), head: true, cell: (c) => html`<span lang="ja">${c.label}</span>` },
		{ key: 'old', label: t('master.old'), cell: (c) => shown(state, c, c.old) },
		{ key: 'new', label: t('master.new'), cell: (c) => shown(state, c, c.new) }] })}`;

const line = (state, r) => (r.op === 'END' || r.op === 'DELETE' ? t('change.wholeRow') : html`<ul class="yb-plain">${r.columns.map((c) => html`<li><span
	lang="ja">${c.label}</span>${t('colon')}${r.op === 'NEW' ? shown(state, c, c.new) : html`<span class="yb-sub">${t('master.old')} ${shown(state, c, c.old)}</span> <span class="yb-sub">${t('master.new')} ${shown(state, c, c.new)}</span>`}</li>`)}</ul>`);

const many = (state) => table({ labelledby: 'diff', dense: true, rows: state.change.rows, columns: [
	{ key: 'key', label: t('master.row'), head: true, cell: (r) => html`<a class="yb-digits" href=${rowOf(state.change.master, r.key)}>${r.key.split('|').join(' / ')}</a>` },
	{ key: 'op', label: t('master.op'), nowrap: true, cell: (r) => t(`op.${r.op}`) },
	{ key: 'days', label: t('masterRows.period'), nowrap: true, cell: days },
	{ key: 'columns', label: t('change.what'), cell: (r) => line(state, r) }] });

function difference(state) {
	const { change, after } = state;
	const here = changeOf(change.change_id);
	return html`<section><h2 id="diff">${t('change.diff')}</h2>
		${change.rows.length === 0 ? html`<p>${t('change.noRows')}</p>` : change.rows_count === 1 ? one(state, change.rows[0]) : many(state)}
		${keyset({ first: after ? here : null, next: change.next ? `${here}?after=${change.next}` : null })}</section>`;
}

// ---- who has said what ----

const total = (c) => t('change.approvals', { n: c.approvals.length, of: needed(c) });

const approvals = (c) => (c.diff_hash === null ? null : [t('change.approvalsLabel'), html`${c.status === 'PENDING' || c.approvals.length > 0 ? total(c) : t('change.noApproval')}
	${c.approvals.map((a) => html`<span class="yb-sub">${t('change.approvedBy', { who: a.user_id, at: momentText(a.at), part: t(`part.${a.part}`) })}</span>`)}`]);

const about = (c) => facts([[t('masterRows.state'), changeTag(c)],
	[t('changes.kind'), t(`kind.${c.kind}`)],
	[t('change.validFrom'), dayText(c.valid_from)],
	c.reason && [t('change.reason'), html`<span lang="ja">${c.reason}</span>`],
	c.legal_ref && [t('change.legal'), html`<span lang="ja">${c.legal_ref}</span>`],
	c.ticket_no && [t('change.ticket'), c.ticket_no],
	[t('changes.size'), t('change.counts', { rows: c.rows_count, added: c.added, changed: c.changed, ended: c.ended })],
	[t('change.made'), html`${momentText(c.created_at)}<span class="yb-sub yb-digits">${t('change.by', { who: c.created_user ?? t('none'), org: c.org_code ?? t('none') })}</span>`],
	c.submitted_at && [t('change.submitted'), momentText(c.submitted_at)],
	approvals(c),
	c.decided_at && [t('change.decided'), html`${momentText(c.decided_at)}<span class="yb-sub">${c.decided_user}</span>${c.decided_text
		? html`<span class="yb-sub" lang="ja">${c.decided_text}</span>` : nothing}`],
	c.effective_at && [t('change.effective'), momentText(c.effective_at)],
	c.diff_hash && [t('change.hash'), html`<code class="yb-code">${c.diff_hash}</code>`]]);

// Why there is nothing to press, where people may look for it.
function why({ change: c }, session) {
	const me = session.user.user_id;
	if (c.status !== 'PENDING')
		return nothing;
	if (c.approvals.some((a) => a.user_id === me))
		return notice(t('change.alreadySaid'), html`<p>${t('change.alreadySaidText')}</p>`);
	if (c.created_user === me && may(session, 'approveMasterChange'))
		return notice(t('change.own'), html`<p>${t('change.ownText')}</p>`, 'warn');
	return c.can_approve ? nothing : notice(t('change.waiting', { n: needed(c) - c.approvals.length }), nothing);
}

const back = (c) => html`<a class="yb-button" href=${changeOf(c.change_id, '/withdraw')}>${t('changeBack.withdraw')}</a>`;

function actions(state, session) {
	const { change: c, form, done } = state;
	const ours = c.org_code === session.org.org_code && Boolean(state.m?.can_edit);
	const here = changeOf(c.change_id);
	if (c.can_submit && form && !done)
		return form.view(html`<h2>${t('change.submitHead')}</h2><p>${t('change.submitText')}</p>`, { send: t('change.submit'),
			more: html`${c.rows_count === 1 ? html`<a class="yb-button" href="${here}/edit">${t('changeEdit.title')}</a>` : nothing}
				<a class="yb-button" href="${here}/drop">${t('changeBack.drop')}</a>` });
	if (form?.fields.verdict && c.status === 'PENDING' && !done)
		return form.view(html`<h2>${t('decide.title')}</h2>${['verdict', 'comment'].map((name) => form.field(name))}`, { send: t('decide.send'), more: ours ? back(c) : nothing });
	const later = c.status === 'APPROVED' && c.valid_from > today();
	return html`<div class="yb-actions">${ours && (c.status === 'PENDING' || later) ? back(c) : nothing}
		${c.status === 'EFFECTIVE' && state.m?.can_rollback && c.org_code === session.org.org_code ? html`<a class="yb-button" href="${here}/rollback">${t('changeBack.rollback')}</a>` : nothing}
		<a class="yb-button" href="/masters/changes">${t('changes.title')}</a></div>`;
}

// Refused because of other rows: which.
const refusedRows = (form) => {
	const keys = (form?.problem?.errors ?? []).map((e) => /^\/rows\/(.+)$/.exec(e.field ?? '')?.[1]).filter(Boolean);
	return keys.length === 0 ? nothing : html`<ul class="yb-list">${keys.map((key) => html`<li class="yb-digits">${key.split('|').join(' / ')}</li>`)}</ul>`;
};

const stepOf = (c) => ({ DRAFT: 2, PENDING: 3, APPROVED: 4 }[c.status] ?? 4);

export function view(state, update, { session }) {
	const { change: c, form, done, m } = state;
	return html`${crumb([['/masters', t('masters.title')], ...m ? [[listOf(m.id), m.name]] : [], ['/masters/changes', t('changes.title')]], t('change.no', { n: c.change_id }))}
		${state.simulation?.problem ? problemBox(state.simulation.problem) : form?.summary() ?? nothing}${refusedRows(form)}
		<h1 id="title" tabindex="-1"><span lang="ja">${c.master_name}</span><span class="yb-sub">${t('change.no', { n: c.change_id })}</span></h1>
		${stepOf(c) < 4 ? stepList(t('change.steps'), [1, 2, 3].map((n) => t(`change.step${n}`)), stepOf(c)) : nothing}
		${done ? notice(t(done), html`<p>${t(`${done}Text`, { day: dayText(c.valid_from) })}</p>`, 'good') : nothing}
		${c.kind === 'EMERGENCY' && OPEN.includes(c.status) ? stopNotice() : nothing}
		${why(state, session)}${about(c)}${difference(state)}
		${c.master === 'M42' && state.impact ? permissions(state.impact) : nothing}
		${state.impact === undefined ? nothing : impact(state.impact, state.names)}${state.simulation?.view() ?? nothing}${actions(state, session)}`;
}
