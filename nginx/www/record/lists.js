// lists.js - what the lists of record share: their state, a row of them, an export of them.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get, post } from '../lib/api.js';
import { dayOf, dayText, eraYear, timeText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { tag } from '../lib/page.js';
import { Form } from '../widgets/form.js';

// A row of a list that only can be read page by page; null when it is in none.
export async function findIn(path, list, match) {
	for (let since = null, i = 0; i < 50; i++) {
		const page = await get(since === null ? path : `${path}${path.includes('?') ? '&' : '?'}since=${encodeURIComponent(since)}`);
		const found = page[list].find(match);
		if (found || page.next === null)
			return found ?? null;
		since = page.next;
	}
	return null;
}

// Begins an export and goes to its page; the password is asked for on the way.
export async function exportJob(kind, params, key) {
	const { job_no: no } = await post('/jobs', { kind, params }, { key });
	location.assign(`/jobs/${encodeURIComponent(no)}`);
	return new Promise(() => {}); // until the page has gone
}

// A button of its own that starts an export.
export const exportForm = (update, kind, params) => new Form({ id: 'export', title: t('export.send'), fields: {}, update,
	submit: (_, key) => exportJob(kind, typeof params === 'function' ? params() : params, key) });

// A switch of lists by their state; the address says which. first: words of the list of all.
export const stateSwitch = (base, states, now, words, first) => html`<ul class="yb-switch" aria-label=${t('list.states')}>${[...first ? [['', first]] : [],
	...states.map((s) => [s, t(`${words}.${s}`)])].map(([s, text]) => html`<li><a href=${s ? `${base}?state=${s}` : base}
	aria-current=${s === now ? 'true' : nothing}>${text}</a></li>`)}</ul>`;

export const stateOf = (query, states, first) => states.find((s) => s === query.get('state')) ?? first;

// A moment in a narrow column: its day on one line, its time below.
export const moment = (at) => (at ? html`<span class="yb-nowrap">${dayText(dayOf(at))}</span><span class="yb-sub">${timeText(at)}</span>` : t('none'));

// A day in a narrow column: the Western one on one line, its era below; more: what else stands there.
export const dayLines = (day, more = '') => (day ? html`<span class="yb-nowrap">${dayText(day).split(/ ?[\uff08(]/)[0]}</span><span
	class="yb-sub">${eraYear(day)} ${more}</span>` : t('none'));

// Who may not be seen by everybody is marked in lists.
export const bannerTag = (row) => (row.banner ? html` ${tag(t('person.protected'), 'warn')}` : nothing);
