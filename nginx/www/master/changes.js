// changes.js - what waits for whoever is logged in, and every change of the organisation.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get } from '../lib/api.js';
import { dayText, momentText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { may } from '../lib/session.js';
import { keyset, nothingHere, table } from '../widgets/table.js';
import { changeOf, changeTag, loadMasters, needed, pendingChanges, waits } from './masters.js';

const STATES = ['DRAFT', 'PENDING', 'APPROVED', 'EFFECTIVE', 'REJECTED', 'WITHDRAWN', 'ROLLED_BACK'];
const LOOKED = 20; // changes that may want two words are asked how many they have

const address = (asked, after) => {
	const query = new URLSearchParams({ view: asked.view, ...asked.master ? { master: asked.master } : {}, ...asked.status ? { status: asked.status } : {},
		...after ? { after } : {} });
	return `/masters/changes?${query}`;
};

// How many have said yes, of how many; whoever has is not asked again.
async function words(list, masters, session) {
	const two = (c) => c.kind === 'EMERGENCY' || masters.some((m) => m.id === c.master && (m.approvals > 1 || m.columns.some((k) => k.name === 'security')));
	const full = await Promise.all(list.filter(two).slice(0, LOOKED).map((c) => get(`/master/changes/${c.change_id}?limit=1`).catch(() => null)));
	const known = new Map(full.filter(Boolean).map((c) => [c.change_id, c]));
	const waiting = list.filter((c) => !known.get(c.change_id)?.approvals.some((a) => a.user_id === session.user.user_id));
	return { waiting, known };
}

export async function init({ query, session }) {
	const approver = may(session, 'approveMasterChange');
	const asked = { view: approver && query.get('view') !== 'all' ? 'waiting' : 'all', master: query.get('master') ?? '', status: query.get('status') ?? '' };
	const after = query.get('after');
	const state = { asked, approver, after, next: null, known: new Map() };
	if (asked.view === 'waiting') {
		const [masters, pending] = await Promise.all([loadMasters(), pendingChanges()]);
		const { waiting, known } = await words(pending.filter((c) => waits(c, masters, session)), masters, session);
		return Object.assign(state, { masters, changes: waiting, known });
	}
	const conditions = new URLSearchParams({ limit: '50', ...asked.master ? { master: asked.master } : {}, ...asked.status ? { status: asked.status } : {},
		...after ? { after } : {} });
	const [masters, page] = await Promise.all([loadMasters(), get(`/master/changes?${conditions}`)]);
	return Object.assign(state, page, { masters });
}

const size = (c) => [['added', c.added], ['changed', c.changed], ['ended', c.ended]].filter(([, n]) => n > 0)
	.map(([word, n]) => t(`change.${word}`, { n })).join(t('comma')) || t('count', { n: c.rows_count });

const columns = ({ known }) => [
	{ key: 'no', label: t('changes.no'), head: true, cell: (c) => html`<a href=${changeOf(c.change_id)}>${t('change.no', { n: c.change_id })}</a>` },
	{ key: 'master', label: t('impact.master'), cell: (c) => html`<span class="yb-text" lang="ja">${c.master_name}</span><span class="yb-sub">${[t(`kind.${c.kind}`), c.org_code].filter(Boolean).join(t('comma'))}</span>` },
	{ key: 'size', label: t('changes.size'), nowrap: true, cell: size },
	{ key: 'from', label: t('change.validFrom'), nowrap: true, cell: (c) => dayText(c.valid_from) },
	{ key: 'state', label: t('masterRows.state'), nowrap: true, cell: (c) => html`${changeTag(c)}${known.has(c.change_id) ? html`<span class="yb-sub">${t('change.approvals',
		{ n: known.get(c.change_id).approvals.length, of: needed(known.get(c.change_id)) })}</span>` : nothing}` },
	{ key: 'made', label: t('changes.made'), cell: (c) => html`${momentText(c.submitted_at ?? c.created_at)}<span class="yb-sub yb-digits">${c.created_user}</span>` },
];

const choice = (id, label, value, options) => html`<div class="yb-field"><label class="yb-label" for=${id}>${label}</label>
	<select class="yb-input" id=${id} name=${id}>${options.map(([v, words_]) => html`<option value=${v} ?selected=${v === value}>${words_}</option>`)}</select></div>`;

const filter = ({ asked, masters }) => html`<form class="yb-panel" action="/masters/changes" method="get" aria-label=${t('changes.filter')}>
	<input type="hidden" name="view" value="all"><div class="yb-grid">
	${choice('master', t('impact.master'), asked.master, [['', t('changes.every')], ...masters.map((m) => [m.id, `${m.id} ${m.name}`])])}
	${choice('status', t('masterRows.state'), asked.status, [['', t('changes.every')], ...STATES.map((s) => [s, t(`change.${s}`)])])}</div>
	<div class="yb-actions yb-actions--near"><button class="yb-button">${t('masterRows.show')}</button></div></form>`;

export function view(state) {
	const { asked, approver, changes, next, after } = state;
	const waiting = asked.view === 'waiting';
	return html`<h1 id="changes">${t('changes.title')}</h1><p>${t('changes.lead')}</p>
		${approver ? html`<ul class="yb-switch" aria-label=${t('changes.views')}>
			<li><a href="/masters/changes" aria-current=${waiting ? 'true' : nothing}>${t('changes.waiting')}</a></li>
			<li><a href="/masters/changes?view=all" aria-current=${waiting ? nothing : 'true'}>${t('changes.all')}</a></li></ul>` : nothing}
		${waiting ? nothing : filter(state)}
		<section class="yb-result">${table({ labelledby: 'changes', columns: columns(state), rows: changes,
			empty: nothingHere(t(waiting ? 'changes.noneWaiting' : asked.master || asked.status || after ? 'changes.noneHere' : 'changes.none'),
				html`<p><a href="/masters">${t('changes.toMasters')}</a></p>`) })}
		${keyset({ first: after ? address(asked) : null, next: next ? address(asked, String(next)) : null })}</section>`;
}
