// view.js - one person's vaccinations in their own eyes: what is next, what was done, and a word
// to the municipality when a record is wrong.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { post } from '../lib/api.js';
import { addDays, ageText, dayOf, dayText, today } from '../lib/date.js';
import { has, lang, t } from '../lib/i18n.js';
import { announce, focusOn, notice, tag } from '../lib/page.js';
import { Form, area } from '../widgets/form.js';

const SHOWN = 6; // of what is next; the rest behind a button
const NEWS = 30; // days an answer is told of above the records
const STATES = { RECEIVED: 'info', WORKING: 'warn', ANSWERED: 'good' };

export async function init({ session, person, grid }) {
	const state = { session, person, grid, all: false, soon: false, form: null, sent: null, view: null, enquiries: [],
		extend: () => {} };
	try {
		state.view = await post('/record/citizen/records/search', { person: person.person });
		if (state.view.enquiries > 0)
			state.enquiries = (await post('/record/citizen/enquiries/search', { person: person.person })).enquiries;
	} catch (e) {
		if (e.status !== 404) // nothing that can be shown
			throw e;
	}
	return state;
}

function vaccine(r) {
	const ours = `vaccine.${r.vaccine_code}`;
	return html`${lang !== 'ja' && has(ours) ? t(ours) : html`<span lang="ja">${r.vaccine_name ?? r.vaccine_code}</span>`}${r.dose_label
		? html`<span lang="ja">（${r.dose_label}）</span>` : nothing}`;
}

function persons({ session, person, grid }, nameOf) {
	if (session.persons.length < 2)
		return html`<p class="yb-citizen__who">${nameOf(person)}</p>`;
	const href = (p) => `/citizen?person=${p.person}${grid ? '&view=grid' : ''}`;
	return html`<nav class="yb-citizen__persons yb-screen" aria-label=${t('citizen.whose')}><ul>${session.persons.map((p) =>
		html`<li><a href=${href(p)} aria-current=${p === person ? 'page' : nothing}>${nameOf(p)}</a></li>`)}</ul></nav>
		<p class="yb-citizen__who">${t('citizen.of')}${nameOf(person)}</p>`;
}

// ---- next ----

function when({ earliest, latest }) {
	return t(earliest && latest ? 'citizen.between' : earliest ? 'citizen.from' : latest ? 'citizen.until' : 'citizen.any',
		{ from: dayText(earliest), to: dayText(latest) });
}

function dueTag({ earliest, latest }) {
	const now = today();
	if (latest && latest < now)
		return tag(t('citizen.dueOver'), 'bad');
	return earliest && earliest > now ? tag(t('citizen.dueLater'), 'info') : tag(t('citizen.dueNow'), 'warn');
}

function next(state, update) {
	const all = state.view.next;
	const list = state.all ? all : all.slice(0, SHOWN);
	if (all.length === 0)
		return html`<p>${t('citizen.nextNone')}</p>`;
	return html`<ol class="yb-dues">${list.map((n) => html`<li class="yb-due"><p class="yb-due__what">${vaccine(n)}</p>
		<p>${dueTag(n)}</p><p class="yb-due__when">${when(n)}</p></li>`)}</ol>
		${all.length > list.length ? html`<p><button type="button" class="yb-button yb-screen" @click=${() => {
			state.all = true;
			update();
		}}>${t('citizen.nextMore', { n: all.length - list.length })}</button></p>` : nothing}`;
}

// ---- records ----

const place = (r) => [r.org_name && html`<span lang="ja">${r.org_name}</span>`, r.venue && html`<span lang="ja">${r.venue}</span>`,
	r.muni_name && html`${t('citizen.issuer')} <span lang="ja">${r.muni_name}</span>`,
	r.lot_no && html`${t('citizen.lot')} <span class="yb-digits">${r.lot_no}</span>`].filter(Boolean);

const RESULTS = { 1: ['citizen.done', 'good'], 2: ['citizen.examined', 'plain'], 3: ['citizen.stopped', 'plain'] };

function ask(state, update, record) {
	state.sent = null;
	state.form = new Form({
		id: 'enquiry', title: t('citizen.name'), update,
		fields: { text: { kind: area, label: t('citizen.wrongWhat'), hint: t('citizen.wrongHint'), required: true, rows: 5 } },
		check: ({ text }) => ([...text].length > 400 ? [{ name: 'text', text: t('citizen.wrongLong') }] : []),
		async submit({ text }, key) {
			await post('/record/citizen/enquiries', { person: state.person.person, record_id: record.record_id, text }, { key });
			record.enquiry = 'RECEIVED';
			state.enquiries = (await post('/record/citizen/enquiries/search', { person: state.person.person })).enquiries;
			state.form = null;
			state.sent = record.record_id;
			update();
			announce(t('citizen.sent'));
			focusOn('sent');
		},
	});
	state.form.record = record;
	update();
	focusOn('text');
}

function wrong(state, update, r) {
	if (state.form?.record === r)
		return html`<div class="yb-citizen__form">${state.form.summary()}${state.form.view(state.form.field('text'),
			{ send: t('citizen.wrongSend'), more: html`<button type="button" class="yb-button" @click=${() => {
				state.form = null;
				update();
				focusOn(`wrong-${r.record_id}`);
			}}>${t('citizen.wrongStop')}</button>` })}</div>`;
	if (state.sent === r.record_id)
		return html`<p class="yb-done" id="sent" tabindex="-1">${t('citizen.sent')}</p>`;
	if (r.enquiry && r.enquiry !== 'ANSWERED')
		return html`<p>${tag(t(`citizen.state-${r.enquiry}`), STATES[r.enquiry])} ${t('citizen.waiting')}</p>`;
	return html`<p class="yb-screen"><button type="button" class="yb-button yb-button--small" id="wrong-${r.record_id}"
		@click=${() => ask(state, update, r)}>${t('citizen.wrong')}<span class="yb-hidden">${t('colon')}${dayText(r.vaccinated_on)}
		${vaccine(r)}</span></button></p>`;
}

const event = (state, update, r) => html`<li class="yb-event"><p class="yb-event__day">${dayText(r.vaccinated_on)}${tag(
	t(RESULTS[r.exec_class][0]), RESULTS[r.exec_class][1])}</p>
	<p class="yb-event__what">${vaccine(r)}</p>
	<p class="yb-event__facts">${place(r).map((fact) => html`<span>${fact}</span>`)}</p>
	${wrong(state, update, r)}</li>`;

// Vaccine by dose, as in the 母子健康手帳.
function grid(records) {
	const rows = new Map();
	for (const r of [...records].reverse()) {
		const row = rows.get(r.vaccine_code) ?? { record: { ...r, dose_label: null }, cells: new Map() };
		row.cells.set(r.dose_seq ?? 0, [...row.cells.get(r.dose_seq ?? 0) ?? [], r]);
		rows.set(r.vaccine_code, row);
	}
	const numbers = Array.from({ length: Math.max(1, ...records.map((r) => r.dose_seq ?? 0)) }, (_, i) => i + 1);
	return html`<div class="yb-tablewrap" tabindex="0" role="region" aria-labelledby="records"><table class="yb-table yb-table--grid">
		<thead><tr><th scope="col">${t('citizen.vaccine')}</th>${numbers.map((n) => html`<th scope="col">${t('citizen.dose', { n })}</th>`)}</tr></thead>
		<tbody>${[...rows.values()].map(({ record, cells }) => html`<tr><th scope="row">${vaccine(record)}</th>${numbers.map((n) =>
			html`<td>${(cells.get(n) ?? []).map((r) => html`<div class="yb-cell">${dayText(r.vaccinated_on)}</div>`)}</td>`)}</tr>`)}</tbody></table></div>`;
}

function switches({ person, grid }) {
	const link = (to, text, here) => html`<li><a href=${to} aria-current=${here ? 'true' : nothing}>${text}</a></li>`;
	return html`<ul class="yb-switch" aria-label=${t('citizen.show')}>
		${link(`/citizen?person=${person.person}`, t('citizen.byDay'), !grid)}
		${link(`/citizen?person=${person.person}&view=grid`, t('citizen.byVaccine'), grid)}</ul>`;
}

function records(state, update) {
	const list = state.view.records;
	if (list.length === 0)
		return html`<p>${t('citizen.recordsNone')}</p>`;
	return html`${switches(state)}${state.grid ? grid(list.filter((r) => r.exec_class === '1'))
		: html`<ol class="yb-timeline">${list.map((r) => event(state, update, r))}</ol>`}`;
}

// ---- enquiries ----

const enquiry = (e) => html`<li class="yb-citizen__enquiry"><p>${tag(t(`citizen.state-${e.state}`), STATES[e.state])}
	${dayText(dayOf(e.asked_at))}</p><p class="yb-event__what">${dayText(e.vaccinated_on)} ${vaccine(e)}</p>
	<p class="yb-lines" lang="ja">${e.text}</p>
	${e.answer ? html`<p><b>${t('citizen.answer')}</b></p><p class="yb-lines" lang="ja">${e.answer}</p>` : nothing}</li>`;

// ---- to take along ----

async function save(state) {
	const kept = await post('/record/citizen/records/search', { person: state.person.person, download: true });
	const link = document.createElement('a');
	link.href = URL.createObjectURL(new Blob([JSON.stringify(kept, null, '\t')], { type: 'application/json' }));
	link.download = 'vaccination-record.json';
	link.click();
	URL.revokeObjectURL(link.href);
	announce(t('citizen.saved'));
}

const soon = (state) => html`<div class="yb-notice yb-screen" data-kind="warn"><p class="yb-notice__head">${t('citizen.soon')}</p>
	<div class="yb-actions yb-actions--near"><button type="button" class="yb-button" @click=${state.extend}>${t('citizen.stay')}</button></div></div>`;

export function view(state, update, nameOf) {
	const head = html`${state.soon ? soon(state) : nothing}<h1>${t('citizen.name')}</h1>${persons(state, nameOf)}`;
	if (!state.view)
		return html`${head}<div class="yb-empty"><p class="yb-event__what">${t('citizen.nothing')}</p><p>${t('citizen.nothingText')}</p></div>`;
	const born = state.view.subject.birth_date;
	const answered = state.enquiries.some((e) => e.state === 'ANSWERED' && dayOf(e.answered_at) >= addDays(today(), -NEWS));
	return html`${head}<p>${t('citizen.birth')}${t('colon')}${dayText(born)} <span class="yb-nowrap">${ageText(born)}</span></p>
		${answered ? html`<div class="yb-screen">${notice(t('citizen.answered'), html`<p><a href="#enquiries">${t('citizen.answeredLook')}</a></p>`, 'good')}</div>` : nothing}
		<section><h2 id="next">${t('citizen.next')}</h2>${next(state, update)}</section>
		<section><h2 id="records">${t('citizen.records', { n: state.view.records.length })}</h2>${records(state, update)}</section>
		${state.enquiries.length === 0 ? nothing : html`<section><h2 id="enquiries" tabindex="-1">${t('citizen.enquiries')}</h2>
			<ul class="yb-citizen__enquiries">${state.enquiries.map(enquiry)}</ul></section>`}
		${notice(t('citizen.noProof'), html`<p>${t('citizen.noProofText')}</p>`)}
		<div class="yb-actions"><button type="button" class="yb-button yb-button--primary" id="print"
			@click=${() => window.print()}>${t('citizen.print')}</button>
			<button type="button" class="yb-button" id="save" @click=${() => save(state).catch((e) => announce(e.message))}>${t('citizen.save')}</button></div>`;
}
