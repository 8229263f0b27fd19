// list.js - the jobs of the organisation: what came in, what went out, what waits for a word.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get } from '../lib/api.js';
import { momentText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { stateTag } from '../widgets/job.js';
import { keyset, nothingHere, table } from '../widgets/table.js';

const STATES = ['UPLOADING', 'CHECKING', 'READY', 'REFUSED', 'COMMITTING', 'WAITING', 'DONE', 'FAILED', 'CANCELLED'];

export async function init({ query }) {
	const asked = new URLSearchParams();
	for (const name of ['kind', 'state', 'after'])
		if (query.get(name))
			asked.set(name, query.get(name));
	const [list, { jobs: waiting }, { kinds }] = await Promise.all([get(`/jobs?${asked}`), get('/jobs?waiting=true&limit=100'), get('/jobs/kinds')]);
	return { ...list, waiting, kinds, kind: query.get('kind') ?? '', state: query.get('state') ?? '', after: query.get('after') };
}

const columns = () => [
	{ key: 'job_no', label: t('job.receipt'), head: true, cell: (j) => html`<a class="yb-digits" href="/jobs/${j.job_no}">${j.job_no}</a>` },
	{ key: 'title', label: t('jobs.kind'), cell: (j) => html`<span lang="ja">${j.title}</span>${j.filename
		? html`<span class="yb-sub yb-break">${j.filename}</span>` : nothing}` },
	{ key: 'state', label: t('job.state'), cell: stateTag },
	{ key: 'rows', label: t('jobs.rows'), number: true, cell: (j) => (j.rows_total === null ? t('none') : j.rows_total.toLocaleString()) },
	{ key: 'bad', label: t('jobs.bad'), number: true, cell: (j) => (j.counts ? j.counts.bad.toLocaleString() : t('none')) },
	{ key: 'created', label: t('job.started'), nowrap: true, cell: (j) => html`${momentText(j.created_at)}<span class="yb-sub">${j.actor}</span>` },
];

const choice = (id, label, value, options) => html`<div class="yb-field"><label class="yb-label" for=${id}>${label}</label>
	<select class="yb-input" id=${id} name=${id}>${options.map(([v, text]) => html`<option value=${v} ?selected=${v === value}>${text}</option>`)}</select></div>`;

const asksFor = (waiting) => html`<section class="yb-result"><h2 id="waiting">${t('jobs.waiting')}</h2><p>${t('jobs.waitingLead')}</p>
	${table({ labelledby: 'waiting', columns: columns(), rows: waiting })}</section>`;

export function view({ jobs, waiting, next, after, kinds, kind, state }) {
	const conditions = new URLSearchParams({ ...kind ? { kind } : {}, ...state ? { state } : {} });
	const page = (more) => `/jobs?${new URLSearchParams({ ...Object.fromEntries(conditions), ...more })}`;
	return html`<h1 id="jobs">${t('jobs.title')}</h1><p>${t('jobs.lead')}</p>
		${waiting.length > 0 ? asksFor(waiting) : nothing}
		<form class="yb-panel" action="/jobs" method="get" aria-label=${t('jobs.filter')}><div class="yb-beside">
			${choice('kind', t('jobs.kind'), kind, [['', t('jobs.all')], ...kinds.map((k) => [k.kind, k.title])])}
			${choice('state', t('job.state'), state, [['', t('jobs.all')], ...STATES.map((s) => [s, t(`job.${s}`)])])}</div>
			<div class="yb-actions yb-actions--near"><button class="yb-button">${t('jobs.show')}</button></div></form>
		<section class="yb-result">${table({ labelledby: 'jobs', columns: columns(), rows: jobs, empty: nothingHere(t(kind || state || after ? 'jobs.emptyHere' : 'jobs.empty')) })}
		${keyset({ first: after ? page({}) : null, next: next ? page({ after: next }) : null })}</section>`;
}
