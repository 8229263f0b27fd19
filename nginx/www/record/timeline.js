// timeline.js - H-3-2 step 4: one person's vaccinations: what is due, then what was done, as a
// list of events or as the grid people know from the 母子健康手帳.
//
// Nobody is shown without a purpose (P-01): it comes with the search the person was found by
// (?q=), or is chosen here and then stands in the address (?purpose=).

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get, Problem } from '../lib/api.js';
import { ageText, dayText, today } from '../lib/date.js';
import { has, lang, t } from '../lib/i18n.js';
import { crumb, facts, focusOn, nameOf, notice, tag } from '../lib/page.js';
import { Form, select } from '../widgets/form.js';
import { nothingHere } from '../widgets/table.js';

const KINDS = { DRAFT: 'plain', REGISTERED: 'good', LINKED: 'good', CONFIRMED: 'good', CORRECTED: 'plain', CANCELLED: 'bad' };
const SHOWN = 6; // of what is due; the rest behind a button

const code = (list, value) => (value && has(`${list}.${value}`) ? t(`${list}.${value}`) : value);

// 99 needs words, which a search keeps sealed and an address would not.
const PURPOSES = ['01', '02', '03', '04', '05', '06'];

async function load(state, why) {
	const query = new URLSearchParams({ ...why, ...state.history ? { history: true } : {} });
	const answer = await get(`/record/subjects/${encodeURIComponent(state.subject_no)}/timeline?${query}`);
	Object.assign(state, answer, { next: answer.next ?? [], names: {}, form: null });
	for (const r of [...state.next, ...state.records])
		state.names[r.vaccine_code] ??= r.vaccine_name;
	return state;
}

function ask(state, update, over) {
	state.over = over;
	state.form = new Form({
		id: 'purpose-first', title: t('timeline.title'), update,
		fields: { purpose: { kind: select, label: t('search.purpose'), hint: t('search.purposeHint'), required: true,
			options: [['', t('form.choosePlease')], ...PURPOSES.map((code) => [code, t(`purpose.${code}`)])] } },
		async submit({ purpose }) {
			await load(state, { purpose });
			const query = new URLSearchParams(location.search);
			query.delete('q');
			query.set('purpose', purpose);
			history.replaceState(null, '', `${location.pathname}?${query}`);
			update();
			focusOn('person');
		},
	});
	return state;
}

export async function init({ params, query, update }) {
	const state = { subject_no: params.subject_no, history: query.get('history') === '1',
		grid: query.get('view') === 'grid', all: false, search: query.get('q') };
	const purpose = PURPOSES.find((code) => code === query.get('purpose'));
	if (!state.search && !purpose)
		return ask(state, update, false);
	try {
		return await load(state, state.search ? { search_id: state.search } : { purpose });
	} catch (e) {
		if (state.search && e instanceof Problem && e.status === 404)
			return ask(state, update, true); // the search is over; or there is nobody, as the next answer says
		throw e;
	}
}

// The master's name; where an answer carries only the code, or the reader wants English, ours.
function vaccine(r, names) {
	const label = r.dose_label ? html`<span lang="ja">（${r.dose_label}）</span>` : nothing;
	const ours = `vaccine.${r.vaccine_code}`;
	const name = r.vaccine_name ?? names[r.vaccine_code];
	return lang !== 'ja' && has(ours) ? html`${t(ours)}${label}`
		: html`<span lang="ja">${name ?? (has(ours) ? t(ours) : r.vaccine_code)}</span>${label}`;
}

function personBar(s, banner) {
	return html`<section class="yb-person" aria-labelledby="person">
		<div class="yb-person__name"><h1 id="person" tabindex="-1">${nameOf(s)}</h1><p lang="ja">${s.name_kana ?? ''}</p></div>
		${facts([[t('search.birth'), html`${dayText(s.birth_date)}<span class="yb-sub">${ageText(s.birth_date)}</span>`],
			[t('search.sex'), t(`sex.${s.sex}`)],
			'address' in s || banner ? [t('person.address'), banner ? t('search.addressHidden')
				: html`<span lang="ja">${s.address ?? t('none')}</span>`] : null,
			[t('search.subjectNo'), html`<span class="yb-digits">${s.subject_no}</span>`],
			s.muni_key ? [t('search.muniKey'), html`<span class="yb-digits">${s.muni_key}</span>`] : null,
			s.elim_date ? [t('person.left'), dayText(s.elim_date)] : null,
			s.death_date ? [t('person.death'), dayText(s.death_date)] : null])}</section>`;
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
		return html`<p>${t('due.none')}</p>`;
	const list = state.all ? state.next : state.next.slice(0, SHOWN);
	const rest = state.next.length - list.length;
	return html`<ol class="yb-dues">${list.map((n) => due(n, state.names))}</ol>
		${rest > 0 ? html`<p><button type="button" class="yb-button yb-button--small yb-screen" @click=${() => {
			state.all = true;
			update();
		}}>${t('due.more', { n: rest })}</button></p>` : nothing}`;
}

function findings(r) {
	const list = (r.evaluation?.findings ?? []).filter((f) => f.severity !== 'I');
	return list.length === 0 ? nothing : html`<ul class="yb-findings">${list.map((f) => html`<li><span lang="ja">${f.message}</span>${f.earliest
		? t('finding.earliest', { day: dayText(f.earliest) }) : ''}${t('finding.rule', { rule: f.rule })}</li>`)}</ul>`;
}

const statusTag = (r) => (r.exec_class && r.exec_class !== '1' ? tag(code('exec', r.exec_class), 'plain')
	: tag(t(`record.${r.status}`), KINDS[r.status]));

const event = (r, names) => html`<li class="yb-event" data-kind=${r.status === 'CANCELLED' || r.status === 'CORRECTED' ? 'old' : nothing}>
	<p class="yb-event__day">${dayText(r.vaccinated_on)}${statusTag(r)}${r.evaluation?.valid === false
		? tag(t('record.doubtful'), 'warn') : nothing}</p>
	<p class="yb-event__what">${vaccine(r, names)}</p>
	<p class="yb-event__facts">${[html`<span lang="ja">${r.org_name ?? r.org_code ?? ''}</span>`,
		r.lot_no && html`${t('record.lot')} <span class="yb-digits">${r.lot_no}</span>`, r.dose_ml && `${r.dose_ml} mL`,
		code('site', r.site), code('route', r.route), r.doctor_name && html`${t('record.doctor')} <span lang="ja">${r.doctor_name}</span>`]
		.filter(Boolean).map((fact) => html`<span>${fact}</span>`)}</p>
	${r.reason_text || r.reason_code ? html`<p class="yb-small">${t('record.reason', { text: r.reason_text ?? r.reason_code })}</p>` : nothing}
	${findings(r)}</li>`;

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
	const href = (grid, history) => {
		const query = new URLSearchParams(location.search);
		for (const [name, value] of [['view', grid && 'grid'], ['history', history && '1']]) {
			query.delete(name);
			if (value)
				query.set(name, value);
		}
		return `${location.pathname}?${query}`;
	};
	const link = (to, text, here) => html`<li><a href=${to} aria-current=${here ? 'true' : nothing}>${text}</a></li>`;
	return html`<ul class="yb-switch" aria-label=${t('timeline.show')}>
		${link(href(false, state.history), t('timeline.list'), !state.grid)}
		${link(href(true, state.history), t('timeline.grid'), state.grid)}
		<li><a href=${href(state.grid, !state.history)}>${t(state.history ? 'timeline.historyOff' : 'timeline.historyOn')}</a></li></ul>`;
}

const back = (state) => crumb([[state.search ? `/records?q=${encodeURIComponent(state.search)}` : '/records',
	t('search.title')]], t('timeline.title'));

const purposeFirst = (state) => html`${back(state)}${state.form.summary()}<h1>${t('timeline.title')}</h1>
	<p>${t(state.over ? 'timeline.purposeAgain' : 'timeline.purposeFirst')}</p>
	${state.form.view(state.form.field('purpose'), { send: t('timeline.purposeSend') })}`;

export function view(state, update) {
	if (state.form)
		return purposeFirst(state);
	const { subject, records } = state;
	const live = records.filter((r) => r.status !== 'CANCELLED' && r.status !== 'CORRECTED');
	return html`${back(state)}
		${state.banner ? notice(html`${tag(t('person.protected'), 'warn')} ${t('person.protectedHead')}`,
			html`<p>${t('person.protectedText')}</p>`, 'warn') : nothing}
		${personBar(subject, state.banner)}
		<section><h2 id="due">${t('due.title')}</h2>${next(state, update)}</section>
		<section><h2 id="records">${t('timeline.records', { n: live.length })}</h2>
		${records.length === 0 ? nothingHere(t('timeline.empty')) : html`${switches(state)}
			${state.grid ? grid(state.history ? records : live)
				: html`<ol class="yb-timeline">${records.map((r) => event(r, state.names))}</ol>`}`}</section>
		<div class="yb-actions"><button type="button" class="yb-button yb-button--primary" id="print"
			@click=${() => window.print()}>${t('timeline.print')}</button></div>`;
}

export const ready = () => focusOn(document.getElementById('person') ? 'person' : 'purpose');
