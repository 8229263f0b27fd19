// timeline.js - H-3-2 steps 4 to 7: one person's vaccinations: what is due, then what was done, as
// a list of events or as the grid people know from the 母子健康手帳.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get, post } from '../lib/api.js';
import { dayText, today } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { crumb, focusOn, notice, tag } from '../lib/page.js';
import { may } from '../lib/session.js';
import { Form, checks } from '../widgets/form.js';
import { nothingHere } from '../widgets/table.js';
import { opened, purposeFirst } from './opened.js';
import { code, findingList, personBar, statusTag, vaccine } from './parts.js';
import { guardPage, protectedNotice, withWhy } from './why.js';

const SHOWN = 6; // of what is due; the rest behind a button
const SHOW = { history: '1', previous: '1' };

const flags = (query) => Object.fromEntries(Object.keys(SHOW).filter((name) => query.get(name) === SHOW[name]).map((name) => [name, true]));

async function load(state, why) {
	const query = new URLSearchParams({ ...why, ...state.flags });
	const answer = await get(`/record/subjects/${encodeURIComponent(state.subject_no)}/timeline?${query}`);
	Object.assign(state, answer, { next: answer.next ?? [], names: {}, guard: answer.banner });
	for (const r of [...state.next, ...state.records])
		state.names[r.vaccine_code] ??= r.vaccine_name;
}

export function init({ params, query, session, update }) {
	const state = { subject_no: params.subject_no, flags: flags(query), grid: query.get('view') === 'grid', all: false,
		muni: session.org.org_type === 'MUNI', confirmed: null };
	if (may(session, 'confirmVaccinations'))
		state.form = () => confirmForm(state, update);
	return opened(state, { query, update, title: t('timeline.title'), load: async (why) => {
		await load(state, why);
		state.confirm = state.form?.();
	} });
}

function window_({ earliest, latest }) {
	return t(earliest && latest ? 'due.between' : earliest ? 'due.from' : latest ? 'due.until' : 'due.open',
		{ from: dayText(earliest), to: dayText(latest) });
}

function dueTag({ earliest, latest }) {
	const now = today();
	if (latest && latest < now)
		return tag(t('due.over'), 'bad');
	return earliest && earliest > now ? tag(t('due.later'), 'info') : tag(t('due.now'), 'warn');
}

const due = (n, names) => html`<li class="yb-due"><p class="yb-due__what">${vaccine(n, names)}</p><p>${dueTag(n)}</p>
	<p class="yb-due__when">${window_(n)}</p></li>`;

function next(state, update) {
	if (state.next.length === 0)
		return html`<p>${t(state.muni ? 'due.none' : 'due.notHere')}</p>`;
	const list = state.all ? state.next : state.next.slice(0, SHOWN);
	const rest = state.next.length - list.length;
	return html`<ol class="yb-dues">${list.map((n) => due(n, state.names))}</ol>
		${rest > 0 ? html`<p><button type="button" class="yb-button yb-button--small yb-screen" @click=${() => {
			state.all = true;
			update();
		}}>${t('due.more', { n: rest })}</button></p>` : nothing}`;
}

const recordLink = (r, state) => (r.previous ? nothing : html`<p class="yb-screen"><a href=${withWhy(
	`/records/${encodeURIComponent(state.subject_no)}/${r.record_id}`, state.why)}>${t('timeline.open')}<span class="yb-hidden">${t('colon')}${dayText(r.vaccinated_on)}
	${vaccine(r, state.names)}</span></a></p>`);

const event = (r, state) => html`<li class="yb-event" data-kind=${r.status === 'CANCELLED' || r.status === 'CORRECTED' ? 'old' : nothing}>
	<p class="yb-event__day">${dayText(r.vaccinated_on)}${statusTag(r)}${r.evaluation?.valid === false
		? tag(t('record.doubtful'), 'warn') : nothing}${r.previous ? tag(t('record.previous'), 'info') : nothing}</p>
	<p class="yb-event__what">${vaccine(r, state.names)}</p>
	<p class="yb-event__facts">${[html`<span lang="ja">${r.org_name ?? r.org_code ?? ''}</span>`,
		r.lot_no && html`${t('record.lot')} <span class="yb-digits">${r.lot_no}</span>`, r.dose_ml && `${r.dose_ml} mL`,
		code('site', r.site), code('route', r.route), r.doctor_name && html`${t('record.doctor')} <span lang="ja">${r.doctor_name}</span>`]
		.filter(Boolean).map((fact) => html`<span>${fact}</span>`)}</p>
	${r.reason_text || r.reason_code ? html`<p class="yb-small">${t('record.reason', { text: r.reason_text ?? code('reason', r.reason_code) })}</p>` : nothing}
	${findingList(r.evaluation?.findings)}${recordLink(r, state)}</li>`;

// Vaccine by dose; several records of one dose stand in one cell.
export function gridOf(records) {
	const rows = new Map();
	for (const r of [...records].reverse()) {
		const row = rows.get(r.vaccine_code) ?? { name: r.vaccine_name ?? r.vaccine_code, cells: new Map() };
		const dose = r.dose_seq ?? 0;
		row.cells.set(dose, [...row.cells.get(dose) ?? [], r]);
		rows.set(r.vaccine_code, row);
	}
	const doses = Math.max(1, ...records.map((r) => r.dose_seq ?? 0));
	return { rows: [...rows.values()], doses };
}

function grid(records) {
	const { rows, doses } = gridOf(records);
	const numbers = Array.from({ length: doses }, (_, i) => i + 1);
	const cell = (r) => html`<div class="yb-cell">${dayText(r.vaccinated_on)}<span class="yb-sub">${[r.lot_no, r.dose_ml
		&& `${r.dose_ml} mL`].filter(Boolean).join(' ')}</span>${r.evaluation?.valid === false ? tag(t('record.doubtful'), 'warn') : nothing}</div>`;
	return html`<div class="yb-tablewrap" tabindex="0" role="region" aria-labelledby="records"><table class="yb-table yb-table--grid">
		<thead><tr><th scope="col">${t('grid.vaccine')}</th>${numbers.map((n) => html`<th scope="col">${t('grid.dose', { n })}</th>`)}</tr></thead>
		<tbody>${rows.map((row) => html`<tr><th scope="row" lang="ja">${row.name}</th>${numbers.map((n) =>
			html`<td>${(row.cells.get(n) ?? []).map(cell)}</td>`)}</tr>`)}</tbody></table></div>`;
}

// Switches are links: the address says what is shown, and "back" undoes it.
function switches(state) {
	const href = (change) => {
		const query = new URLSearchParams(location.search);
		query.delete('protected');
		for (const [name, value] of Object.entries(change)) {
			query.delete(name);
			if (value)
				query.set(name, value);
		}
		return `${location.pathname}?${query}`;
	};
	const link = (change, text, here) => html`<li><a href=${href(change)} aria-current=${here ? 'true' : nothing}>${text}</a></li>`;
	const flag = (name, on, off) => link({ [name]: !state.flags[name] && SHOW[name] }, t(state.flags[name] ? off : on), false);
	return html`<ul class="yb-switch" aria-label=${t('timeline.show')}>
		${link({ view: '' }, t('timeline.list'), !state.grid)}${link({ view: 'grid' }, t('timeline.grid'), state.grid)}
		${flag('history', 'timeline.historyOn', 'timeline.historyOff')}
		${state.muni ? flag('previous', 'timeline.previousOn', 'timeline.previousOff') : nothing}</ul>`;
}

// What the municipality has compared with its own register.
function confirmForm(state, update) {
	const open = state.records.filter((r) => !r.previous && ['REGISTERED', 'LINKED'].includes(r.status));
	if (open.length === 0)
		return null;
	return new Form({
		id: 'confirm', title: t('timeline.title'), update,
		fields: { record_ids: { kind: checks, label: t('confirm.which'), hint: t('confirm.hint'), required: true,
			options: open.map((r) => [r.record_id, html`${dayText(r.vaccinated_on)}　${vaccine(r, state.names)}`]) } },
		async submit(values, key) {
			const { results } = await post('/record/confirmations', values, { key });
			const count = (result) => results.filter((r) => r.result === result).length;
			state.confirmed = { done: count('confirmed') + count('already'), linked: count('not_linked'),
				rest: count('cancelled') + count('unknown') };
			await load(state, state.why);
			this.clear();
			Object.assign(state, { guard: null, confirm: state.form?.() });
			update();
			focusOn('confirmed');
		},
	});
}

const confirmResult = ({ done, linked, rest }) => html`<div id="confirmed" tabindex="-1">${notice(t('confirm.done', { n: done }), html`
	${linked > 0 ? html`<p>${t('confirm.notLinked', { n: linked })}</p>` : nothing}${rest > 0 ? html`<p>${t('confirm.rest', { n: rest })}</p>` : nothing}`,
linked + rest > 0 ? 'warn' : 'good')}</div>`;

const confirmPart = (state) => (state.confirm ? html`<details class="yb-more yb-screen" ?open=${state.confirm.errors.length > 0}><summary>${t('confirm.title')}</summary>
	${state.confirm.view(state.confirm.field('record_ids'), { send: t('confirm.send'), plain: true })}</details>` : nothing);

const back = (state) => crumb(state.muni ? [[state.why?.search_id ? `/records?q=${encodeURIComponent(state.why.search_id)}` : '/records',
	t('search.title')]] : [['/menu', t('menu.title')]], t('timeline.title'));

export function view(state, update, { session }) {
	if (state.ask)
		return html`${back(state)}${purposeFirst(state)}`;
	if (state.guard)
		return html`${back(state)}${guardPage(state, update, t('timeline.title'))}`;
	const { subject, records } = state;
	const live = records.filter((r) => r.status !== 'CANCELLED' && r.status !== 'CORRECTED');
	return html`${back(state)}${state.confirm?.summary() ?? nothing}${state.banner ? protectedNotice() : nothing}
		${personBar(subject, state.banner)}
		${may(session, 'createVaccination') ? html`<div class="yb-actions yb-actions--near"><a class="yb-button" id="register" href=${withWhy(
			`/records/${encodeURIComponent(state.subject_no)}/new`, state.why)}>${t('timeline.register')}</a>${state.muni && !subject.elim_date
			&& may(session, 'listProxies') ? html`<a class="yb-button" id="proxies" href=${withWhy(`/records/${encodeURIComponent(state.subject_no)}/proxies`,
				state.why, state.banner ? { opened: '1' } : {})}>${t('proxies.title')}</a>` : nothing}</div>` : nothing}
		${state.confirmed ? confirmResult(state.confirmed) : nothing}
		<section><h2 id="due">${t('due.title')}</h2>${next(state, update)}</section>
		<section><h2 id="records">${t('timeline.records', { n: live.length })}</h2>${switches(state)}
		${records.length === 0 ? nothingHere(t('timeline.empty')) : state.grid ? grid(state.flags.history ? records : live)
			: html`<ol class="yb-timeline">${records.map((r) => event(r, state))}</ol>`}</section>
		${confirmPart(state)}
		<div class="yb-actions"><button type="button" class="yb-button yb-button--primary" id="print"
			@click=${() => window.print()}>${t('timeline.print')}</button></div>`;
}

export const ready = (state) => focusOn(state.guard ? 'guard' : document.getElementById('person') ? 'person' : 'purpose');
