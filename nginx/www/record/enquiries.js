// enquiries.js - H-3-3 step 7: what residents doubt of their records, and what became of it.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get } from '../lib/api.js';
import { dayOf, dayText, daysBetween, momentText, today } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { nameOf, tag } from '../lib/page.js';
import { keyset, nothingHere, table } from '../widgets/table.js';
import { bannerTag, moment, stateOf, stateSwitch } from './lists.js';
import { vaccine } from './parts.js';

const STATES = ['RECEIVED', 'WORKING', 'ANSWERED'];
const KINDS = { RECEIVED: 'warn', WORKING: 'info', ANSWERED: 'good' };
const LOOKED_AT = 60; // characters of an enquiry in the list

export const enquiryTag = (e) => tag(t(`enquiry.${e.state}`), KINDS[e.state]);

export async function init({ query }) {
	const state = stateOf(query, STATES, 'RECEIVED');
	const since = query.get('since');
	return { state, since, ...await get(`/record/enquiries?${new URLSearchParams({ state, limit: '50', ...since ? { since } : {} })}`) };
}

// The beginning, whole characters of it: the rest is on the page of the enquiry.
export function beginning(text, most = LOOKED_AT) {
	const all = [...new Intl.Segmenter('ja', { granularity: 'grapheme' }).segment(text.replace(/\s+/g, ' '))];
	return all.length <= most ? text : `${all.slice(0, most).map((s) => s.segment).join('')}…`;
}

// How long somebody has been waiting.
function waits(e) {
	const days = daysBetween(dayOf(e.asked_at), today());
	return e.state === 'ANSWERED' ? nothing : html`<span class="yb-sub">${t(days === 0 ? 'enquiries.today' : 'enquiries.waits', { n: days })}</span>`;
}

const columns = () => [
	{ key: 'at', label: t('enquiries.at'), head: true, cell: (e) => html`${moment(e.asked_at)}${waits(e)}` },
	{ key: 'who', label: t('search.name'), cell: (e) => html`${nameOf(e)}${bannerTag(e)}${e.proxy ? html` ${tag(t('enquiry.proxy'))}` : nothing}<span
		class="yb-sub">${t('search.subjectNo')} <span class="yb-digits">${e.subject_no}</span></span>` },
	{ key: 'what', label: t('requests.record'), cell: (e) => html`${vaccine(e)}<span class="yb-sub yb-nowrap">${dayText(e.vaccinated_on)}</span>` },
	{ key: 'text', label: t('enquiries.text'), cell: (e) => html`<div class="yb-cell" lang="ja">${beginning(e.text)}</div>` },
	{ key: 'do', label: t('requests.do'), screen: true, nowrap: true, cell: (e) => html`<a href="/records/enquiries/${e.enquiry_id}${e.banner ? '?protected=1' : ''}">${t(
		e.state === 'ANSWERED' ? 'enquiries.look' : 'requests.toAnswer')}<span class="yb-hidden">${t('colon')}${momentText(e.asked_at)} ${e.subject_no}</span></a>` },
];

export const view = (s) => html`<h1 id="enquiries">${t('enquiries.title')}</h1><p>${t('enquiries.lead')} ${s.open > 0 ? html`<strong>${t('enquiries.open', { n: s.open })}</strong>`
	: t('enquiries.openNone')}</p>
	${stateSwitch('/records/enquiries', STATES, s.state, 'enquiry')}
	${table({ labelledby: 'enquiries', columns: columns(), rows: s.enquiries, empty: nothingHere(t(`enquiries.none-${s.state}`)) })}
	${keyset({ first: s.since ? `/records/enquiries?state=${s.state}` : null, next: s.next ? `/records/enquiries?state=${s.state}&since=${s.next}` : null })}`;
