// sendings.js - H-8-8: files for 集合契約システム for those who watch them; everybody else sees what
// became of the rows of the own masters.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get } from '../lib/api.js';
import { momentText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { crumb, notice } from '../lib/page.js';
import { may } from '../lib/session.js';
import { keyset, nothingHere, table } from '../widgets/table.js';
import { SENDING_STATES, choice, keyText, sendingOf, sendingTag } from './exchange.js';
import { listOf, loadMasters, rowOf } from './masters.js';

const MASTERS = ['M12', 'M01', 'M03', 'M21'];
const PAGE = '50';

const address = ({ master, status }, after) => {
	const query = new URLSearchParams({ ...master ? { master } : {}, ...status ? { status } : {}, ...after ? { after: String(after) } : {} });
	return query.size > 0 ? `/masters/sendings?${query}` : '/masters/sendings';
};

export async function init({ query, session }) {
	const watches = may(session, 'getSending');
	const asked = { master: query.get('master') ?? '', status: query.get('status') ?? '' };
	const after = query.get('after');
	const conditions = new URLSearchParams(watches ? { limit: PAGE, ...asked.master ? { master: asked.master } : {}, ...asked.status ? { status: asked.status } : {},
		...after ? { after } : {} } : {});
	const [page, masters] = await Promise.all([get(`/master/sendings?${conditions}`), loadMasters()]);
	return { ...page, watches, asked, after, masters };
}

const nameOf = ({ masters }, id) => masters.find((m) => m.id === id)?.name ?? id;

// ---- the files ----

const problem = (s) => (s.problem ? html`<span class="yb-sub">${t(`sent.${s.problem}`)}</span>` : nothing);

const files = () => [
	{ key: 'file', label: t('receipt.file'), head: true, cell: (s) => html`<a class="yb-digits yb-break" href=${sendingOf(s.sending_id)}>${s.file}</a>` },
	{ key: 'master', label: t('impact.master'), cell: (s) => html`<span class="yb-text" lang="ja">${s.name ?? s.master}</span>` },
	{ key: 'state', label: t('masterRows.state'), cell: (s) => html`${sendingTag(s)}${problem(s)}` },
	{ key: 'rows', label: t('receipt.rows'), number: true, cell: (s) => s.rows.toLocaleString() },
	{ key: 'refused', label: t('sending.refused'), number: true, cell: (s) => s.refused.toLocaleString() },
	{ key: 'sent', label: t('sending.sentAt'), nowrap: true, cell: (s) => html`${momentText(s.sent_at)}${s.acked_at
		? html`<span class="yb-sub">${t('sending.answered', { at: momentText(s.acked_at) })}</span>` : nothing}` },
];

const filter = ({ asked, masters }) => html`<form class="yb-panel" action="/masters/sendings" method="get" aria-label=${t('changes.filter')}><div class="yb-grid">
	${choice('master', t('impact.master'), asked.master, [['', t('changes.every')], ...MASTERS.map((m) => [m, `${m} ${nameOf({ masters }, m)}`])])}
	${choice('status', t('masterRows.state'), asked.status, [['', t('changes.every')], ...SENDING_STATES.map((s) => [s, t(`sending.${s}`)])])}</div>
	<div class="yb-actions yb-actions--near"><button class="yb-button">${t('masterRows.show')}</button></div></form>`;

// Rows the receiver has refused, wherever they are: their owners have to put them right.
const refusals = (state) => (state.rows.length === 0 || state.after ? nothing : html`<section><h2 id="refusals">${t('sendings.refusals')}</h2>
	<p>${t('sendings.refusalsText')}</p>${table({ labelledby: 'refusals', dense: true, rows: state.rows, columns: [
		{ key: 'key', label: t('master.row'), head: true, cell: (r) => html`<a href=${rowOf(r.master, r.key)} aria-label=${r.key}>${keyText(r.key)}</a>` },
		{ key: 'master', label: t('impact.master'), cell: (r) => html`<span lang="ja">${nameOf(state, r.master)}</span>` },
		{ key: 'refused', label: t('sending.reason'), cell: (r) => html`<span class="yb-text" lang="ja">${r.refused}</span>` },
		{ key: 'file', label: t('receipt.file'), nowrap: true, cell: (r) => html`<a href=${sendingOf(r.sending_id)} aria-label=${t('sending.toFile', { key: r.key })}>${t('sending.open')}</a>` }] })}</section>`);

function watched(state) {
	const { asked, after, sendings, next } = state;
	const some = asked.master || asked.status || after;
	return html`<p>${t('sendings.lead')}</p>${filter(state)}
		<section class="yb-result">${table({ labelledby: 'sendings', columns: files(), rows: sendings,
			empty: nothingHere(t(some ? 'sendings.noneHere' : 'sendings.none'), some ? html`<p><a href="/masters/sendings">${t('masterRows.clear')}</a></p>`
				: html`<p>${t('sendings.noneText')}</p>`) })}
		${keyset({ first: after ? address(asked) : null, next: next ? address(asked, next) : null })}</section>${refusals(state)}`;
}

// ---- the rows of whoever owns them ----

function own(state) {
	const { rows } = state;
	const bad = rows.filter((r) => r.refused).length;
	return html`<p>${t('sendings.ownLead')}</p>
		${bad > 0 ? notice(t('sendings.bad', { n: bad }), html`<p>${t('sendings.badText')}</p>`, 'bad') : nothing}
		${table({ labelledby: 'sendings', rows, empty: nothingHere(t('sendings.ownNone'), html`<p><a href="/masters">${t('changes.toMasters')}</a></p>`), columns: [
			{ key: 'key', label: t('master.row'), head: true, cell: (r) => html`<a href=${rowOf(r.master, r.key)} aria-label=${r.key}>${keyText(r.key)}</a>` },
			{ key: 'master', label: t('impact.master'), cell: (r) => html`<a href=${listOf(r.master)} lang="ja">${nameOf(state, r.master)}</a>` },
			{ key: 'version', label: t('masterRow.version'), nowrap: true, cell: (r) => html`${t('masterRow.no', { n: r.version_no })}<span class="yb-sub">${t(`sentKind.${r.kind}`)}</span>` },
			{ key: 'state', label: t('masterRows.state'), nowrap: true, cell: (r) => sendingTag(r.status === 'NACKED' && !r.refused ? { status: 'SENT' } : r) },
			{ key: 'refused', label: t('sending.reason'), cell: (r) => (r.refused ? html`<span class="yb-text" lang="ja">${r.refused}</span>` : t('none')) }] })}
		${rows.length >= 100 ? html`<p class="yb-small">${t('sendings.ownMost')}</p>` : nothing}`;
}

export const view = (state) => html`${crumb([['/masters', t('masters.title')]], t('sendings.title'))}
	<h1 id="sendings">${t('sendings.title')}</h1>${state.watches ? watched(state) : own(state)}`;
