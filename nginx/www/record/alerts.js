// alerts.js - L-06, P-12: what an administrator should look at: unusual inquiries, a late link.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get } from '../lib/api.js';
import { momentText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { keyset, nothingHere, table } from '../widgets/table.js';
import { stateOf, stateSwitch } from './lists.js';

const STATES = ['OPEN', 'CHECKED', 'ENDED'];

export async function init({ query, session }) {
	const state = stateOf(query, STATES, 'OPEN');
	const since = query.get('since');
	return { state, since, me: session.user.user_id, ...await get(`/record/alerts?${new URLSearchParams({ state, limit: '50', ...since ? { since } : {} })}`) };
}

export const what = (a) => html`${t(`alert.${a.kind}`, { n: a.n })}<span class="yb-sub">${[a.actor && t('alert.actor', { who: a.actor }),
	a.subject_no && `${t('search.subjectNo')} ${a.subject_no}`].filter(Boolean).join(t('comma'))}</span>`;
export const period = (a) => html`${momentText(a.first_at)}<span class="yb-sub">${a.last_at === a.first_at ? '' : t('alert.until', { at: momentText(a.last_at) })}</span>`;

const columns = (state, me) => [
	{ key: 'what', label: t('alert.what'), head: true, cell: what },
	{ key: 'when', label: t('alert.when'), nowrap: true, cell: period },
	...state === 'CHECKED' ? [{ key: 'comment', label: t('alert.comment'), cell: (a) => html`<div class="yb-cell" lang="ja">${a.comment}</div><span
		class="yb-sub">${a.checked_by} ${momentText(a.checked_at)}</span>` }] : [],
	...state === 'OPEN' ? [{ key: 'do', label: t('requests.do'), screen: true, cell: (a) => (a.actor === me ? t('alert.own')
		: html`<a href="/records/alerts/${a.alert_id}">${t('alert.check')}<span class="yb-hidden">${t('colon')}${a.alert_id}</span></a>`) }] : [],
];

export const view = (s) => html`<h1 id="alerts">${t('alerts.title')}</h1><p>${t('alerts.lead')}</p>${stateSwitch('/records/alerts', STATES, s.state, 'alert')}
	${table({ labelledby: 'alerts', columns: columns(s.state, s.me), rows: s.alerts, empty: nothingHere(t('alerts.empty')) })}
	${s.alerts.length === 0 ? nothing : keyset({ first: s.since ? `/records/alerts?state=${s.state}` : null,
		next: s.next ? `/records/alerts?state=${s.state}&since=${s.next}` : null })}`;
