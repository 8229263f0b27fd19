// receipts.js - H-8-7: files other systems have left, the newest first; those that wait for people
// before all others.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get } from '../lib/api.js';
import { momentText } from '../lib/date.js';
import { has, t } from '../lib/i18n.js';
import { crumb, notice } from '../lib/page.js';
import { keyset, nothingHere, table } from '../widgets/table.js';
import { RECEIPT_STATES, choice, receiptOf, receiptTag } from './exchange.js';

const MASTERS = ['M61', 'M62', 'M63'];
const PAGE = '50';

const address = ({ master, status }, after) => {
	const query = new URLSearchParams({ ...master ? { master } : {}, ...status ? { status } : {}, ...after ? { after: String(after) } : {} });
	return query.size > 0 ? `/masters/receipts?${query}` : '/masters/receipts';
};

export async function init({ query }) {
	const asked = { master: query.get('master') ?? '', status: query.get('status') ?? '' };
	const after = query.get('after');
	const conditions = new URLSearchParams({ limit: PAGE, ...asked.master ? { master: asked.master } : {}, ...asked.status ? { status: asked.status } : {},
		...after ? { after } : {} });
	const [page, held] = await Promise.all([get(`/master/receipts?${conditions}`), get('/master/receipts?status=HELD')]);
	return { ...page, asked, after, held: held.receipts };
}

const changes = (p) => [['added', p.added], ['changed', p.changed], ['ended', p.ended]].filter(([, n]) => n > 0)
	.map(([word, n]) => t(`change.${word}`, { n: n.toLocaleString() })).join(t('comma')) || t('none');

const why = (p) => (p.problem && has(`problemShort.${p.problem}`) ? html`<span class="yb-sub">${t(`problemShort.${p.problem}`)}</span>` : nothing);

const columns = () => [
	{ key: 'file', label: t('receipt.file'), head: true, cell: (p) => html`<a class="yb-digits yb-break" href=${receiptOf(p.receipt_id)}>${p.file}</a>` },
	{ key: 'master', label: t('impact.master'), cell: (p) => html`<span lang="ja">${p.name ?? t('system.unknown')}</span><span class="yb-sub">${p.sender ?? t('system.unknown')}</span>` },
	{ key: 'state', label: t('masterRows.state'), cell: (p) => html`${receiptTag(p)}${why(p)}` },
	{ key: 'rows', label: t('receipt.rows'), number: true, cell: (p) => (p.rows > 0 ? p.rows.toLocaleString() : t('none')) },
	{ key: 'changes', label: t('receipt.changes'), cell: changes },
	{ key: 'bad', label: t('receipt.bad'), number: true, cell: (p) => (p.rows > 0 ? p.bad.toLocaleString() : t('none')) },
	{ key: 'received', label: t('receipt.received'), nowrap: true, cell: (p) => momentText(p.received_at) },
	{ key: 'who', label: t('receipt.who'), cell: (p) => (p.asked_user ? html`<span class="yb-digits">${p.asked_user}</span>${p.decided_user
		? html`<span class="yb-sub yb-digits">${p.decided_user}</span>` : nothing}` : t('none')) },
];

const waiting = (held) => (held.length === 0 ? nothing : notice(t('receipts.held', { n: held.length }), html`<ul class="yb-list">${held.map((p) =>
	html`<li><a href=${receiptOf(p.receipt_id)}>${p.file}</a>${t('colon')}${t(`problemShort.${p.problem}`)}${p.asked_user
		? t('receipts.heldAsked', { what: t(`release.${p.asked_decision}`) }) : ''}</li>`)}</ul>`, 'warn'));

const filter = ({ asked }) => html`<form class="yb-panel" action="/masters/receipts" method="get" aria-label=${t('changes.filter')}><div class="yb-grid">
	${choice('master', t('impact.master'), asked.master, [['', t('changes.every')], ...MASTERS.map((m) => [m, t(`received.${m}`)])])}
	${choice('status', t('masterRows.state'), asked.status, [['', t('changes.every')], ...RECEIPT_STATES.map((s) => [s, t(`receipt.${s}`)])])}</div>
	<div class="yb-actions yb-actions--near"><button class="yb-button">${t('masterRows.show')}</button></div></form>`;

export function view(state) {
	const { asked, after, receipts, next, held } = state;
	const some = asked.master || asked.status || after;
	return html`${crumb([['/masters', t('masters.title')]], t('receipts.title'))}
		<h1 id="receipts">${t('receipts.title')}</h1><p>${t('receipts.lead')}</p>
		${after ? nothing : waiting(held)}${filter(state)}
		<section class="yb-result">${table({ labelledby: 'receipts', columns: columns(), rows: receipts,
			empty: nothingHere(t(some ? 'receipts.noneHere' : 'receipts.none'), some ? html`<p><a href="/masters/receipts">${t('masterRows.clear')}</a></p>`
				: html`<p>${t('receipts.noneText')}</p>`) })}
		${keyset({ first: after ? address(asked) : null, next: next ? address(asked, next) : null })}</section>`;
}
