// requests.js - requests to correct a record, of the side that asked or of the one that is asked.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get } from '../lib/api.js';
import { dayText, momentText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { tag } from '../lib/page.js';
import { keyset, nothingHere, table } from '../widgets/table.js';
import { stateOf, stateSwitch } from './lists.js';
import { path, vaccine } from './parts.js';

export const STATES = ['ASKED', 'WORKING', 'CORRECTED', 'REJECTED'];
const KINDS = { ASKED: 'warn', WORKING: 'info', CORRECTED: 'good', REJECTED: 'bad' };

export const stateTag = (q) => tag(t(`request.${q.state}`), KINDS[q.state]);
export const isOpen = (q) => q.state === 'ASKED' || q.state === 'WORKING';

export async function init({ query, session }) {
	const state = stateOf(query, STATES, '');
	const asked = new URLSearchParams({ ...state ? { state } : {}, ...query.get('since') ? { since: query.get('since') } : {}, limit: '50' });
	return { ...await get(`/record/correction-requests?${asked}`), state, since: query.get('since'), muni: session.org.org_type === 'MUNI' };
}

const columns = (muni) => [
	{ key: 'vaccinated_on', label: t('requests.record'), head: true, cell: (q) => html`<a href=${path(q.subject_no, q.record_id)}>${dayText(q.vaccinated_on)}
		${vaccine(q)}</a><span class="yb-sub">${t('search.subjectNo')} <span class="yb-digits">${q.subject_no}</span></span>` },
	{ key: 'state', label: t('requests.state'), cell: stateTag },
	{ key: 'who', label: t(muni ? 'requests.to' : 'requests.from'), cell: (q) => html`<span lang="ja">${(muni ? q.to_org_name : q.from_org_name) ?? t('none')}</span>` },
	{ key: 'comment', label: t('requests.comment'), cell: (q) => html`<div class="yb-cell" lang="ja">${q.comment}</div><span class="yb-sub">${momentText(q.asked_at)}</span>` },
	{ key: 'answer', label: t('requests.answer'), cell: (q) => html`<span lang="ja">${q.answer ?? t('none')}</span>${q.answered_at
		? html`<span class="yb-sub">${momentText(q.answered_at)}</span>` : nothing}` },
	...muni ? [] : [{ key: 'do', label: t('requests.do'), screen: true, cell: (q) => (isOpen(q) ? html`<a href="/records/requests/${q.request_id}">${t('requests.toAnswer')}<span
		class="yb-hidden">${t('colon')}${dayText(q.vaccinated_on)} ${q.subject_no}</span></a>` : nothing) }],
];

export const view = (state) => html`<h1 id="requests">${t('requests.title')}</h1><p>${t(state.muni ? 'requests.leadAsked' : 'requests.leadReceived')}</p>
	${stateSwitch('/records/requests', STATES, state.state, 'request', t('list.all'))}
	${table({ labelledby: 'requests', columns: columns(state.muni), rows: state.requests, empty: nothingHere(t('requests.empty')) })}
	${keyset({ first: state.since ? '/records/requests' : null, next: state.next ? `/records/requests?${new URLSearchParams({
		...state.state ? { state: state.state } : {}, since: state.next })}` : null })}`;
