// entry.js - H-3-1, H-3-2 step 7: a vaccination is registered: person, vaccine, checks, result.
//
// What took place is never refused for a rule: what the rules say is shown, and registering it
// needs a reason. The next entry keeps what does not change; it lives in this page's memory, so
// that nothing of anybody is kept in the browser.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { Problem, get, post } from '../lib/api.js';
import { has, t } from '../lib/i18n.js';
import { announce, crumb, facts, focusOn, notice, setTitle, tag } from '../lib/page.js';
import { Form, area } from '../widgets/form.js';
import { number } from '../widgets/kana.js';
import { earliest, findingList, member, personBar, vaccine, vaccines } from './parts.js';
import { ScannedVisit } from './scan.js';
import { guardPage, protectedNotice, purposeField, whyOf, withWhy } from './why.js';

// What refuses a record (VR-08 is known when it is sent), and the field it is about.
const REFUSED = { 'VR-01': 'vaccinated_on', 'VR-09': 'vaccinated_on', 'VR-17': 'expiry_date', 'VR-21': 'doctor_name', 'VR-22': 'not_done_reason' };
// What refuses an institution besides: a stopped lot is entered by the municipality.
const REFUSED_THERE = { 'VR-16': 'lot_no' };
const PLACE = ['when', 'vaccinated_on', 'place_class', 'org_code', 'venue', 'doctor_name', 'screening_doctor'];
const SAME = [...PLACE, 'vaccine_code', 'lot_no', 'expiry_date', 'gtin', 'dose_ml', 'route', 'site', 'legal_class'];

const pick = (values, names) => Object.fromEntries(names.filter((n) => values[n] !== undefined).map((n) => [n, values[n]]));
const grave = (found) => found.findings.filter((f) => f.severity !== 'I');
// The field a finding refuses this entry at; nothing where a reason is enough.
const stops = (state, f) => (f.severity === 'E' ? REFUSED[f.rule] ?? (state.muni ? undefined : REFUSED_THERE[f.rule]) : undefined);

function go(state, step, title, focus) {
	state.step = step;
	state.update();
	setTitle(t(title));
	focusOn(focus);
}

// Who is presented. An institution that has no record of a person learns no name (P-13).
async function open(state, subjectNo, why) {
	const query = new URLSearchParams(why);
	const answer = await get(`/record/subjects/${encodeURIComponent(subjectNo)}/timeline?${query}`).catch((e) => {
		if (state.muni || !(e instanceof Problem) || e.status !== 404)
			throw e;
		return { subject: null, banner: false };
	});
	Object.assign(state, { why, subject_no: subjectNo, subject: answer.subject, banner: answer.banner, guard: answer.banner, absent: false });
	history.replaceState(null, '', withWhy(`/records/${encodeURIComponent(subjectNo)}/new`, why));
}

// Who was a stranger is known after the first record here: the name may show that it was another's number.
async function named(state) {
	const stranger = !state.subject;
	if (stranger && state.why)
		await open(state, state.subject_no, state.why).catch(() => null); // it is registered, whatever this says
	Object.assign(state, { guard: null, met: stranger && Boolean(state.subject) });
}

function askPerson(state, value = '') {
	history.replaceState(null, '', withWhy('/records/new', state.why));
	state.person = new Form({
		id: 'person-form', title: t('entry.title'), update: state.update,
		fields: {
			subject_no: { kind: number, label: t('search.subjectNo'), hint: t('entry.numberHint'), required: true, width: 'number', value },
			purpose: purposeField({ value: state.why?.purpose ?? (state.muni ? '' : '01') }), // who comes to an institution asks
		},
		say: (e) => (e.status === 404 ? [{ name: 'subject_no', text: t('entry.noPerson') }] : null),
		async submit({ subject_no, purpose }) {
			await open(state, subject_no, { purpose });
			begin(state);
			go(state, 'form', 'entry.title', state.guard ? 'guard' : 'entry');
		},
	});
	state.step = 'person';
}

function begin(state) {
	const { update, keep } = state;
	const visit = new ScannedVisit({ list: state.list, muni: state.muni, value: keep, update, when: keep.when ?? (state.muni ? 'other' : 'today'),
		changed: () => look(state) });
	Object.assign(state, { visit, step: 'form', found: null, live: null, done: null });
	state.form = new Form({
		id: 'visit', title: t('entry.title'), fields: visit.fields, update, check: (values) => visit.check(values),
		async submit(values) {
			const body = { subject_no: state.subject_no, ...visit.body(values) };
			const found = await post('/record/checks', body);
			const bad = found.findings.filter((f) => stops(state, f)).map((f) => {
				const field = stops(state, f);
				const name = values.when === 'today' && field === 'vaccinated_on' ? 'when' : field;
				return { name, text: t('form.said', { label: visit.fields[name].label, message: field === 'lot_no' ? t('entry.lotStopped') : f.message }) };
			});
			if (bad.length > 0)
				return state.form.fail(bad);
			Object.assign(state, { values, body, found, sure: sureForm(state, found) });
			return go(state, 'check', 'entry.check', 'check');
		},
	});
}

// While it is filled in: what the rules say of as much as is there. Only the last answer counts.
async function look(state) {
	const form = document.getElementById('visit');
	const turn = state.turn = (state.turn ?? 0) + 1;
	const body = { subject_no: state.subject_no, ...state.visit.body(state.form.read(form).values) };
	if (!body.vaccine_code || !body.vaccinated_on)
		return;
	const live = await post('/record/checks', body).catch((e) => e);
	if (turn !== state.turn || state.step !== 'form')
		return;
	state.absent = live instanceof Problem && live.status === 404;
	state.live = live instanceof Error ? null : live;
	const next = state.live?.next.find((n) => n.vaccine_code === body.vaccine_code);
	const seq = document.getElementById('dose-seq');
	if (next && seq?.value === '') {
		seq.value = String(next.dose_seq);
		look(state);
	}
	state.update();
	announce(state.absent ? t('entry.absent') : !state.live ? '' : t(grave(state.live).length > 0 ? 'entry.rulesSome' : 'entry.rulesNone',
		{ n: grave(state.live).length }));
}

function sureForm(state, found) {
	const reason = grave(found).length > 0;
	return new Form({
		id: 'sure', title: t('entry.check'), update: state.update,
		fields: reason ? { confirm_reason: { kind: area, label: t('member.confirm_reason'), hint: t('entry.reasonHint'), required: true } } : {},
		async submit(more) {
			const body = { ...state.body, ...more };
			// One key for what is sent, however often and from whichever step.
			if (state.sent !== JSON.stringify(body))
				Object.assign(state, { sent: JSON.stringify(body), key: crypto.randomUUID() });
			try {
				state.done = await post('/record/vaccinations', body, { key: state.key });
			} catch (e) {
				if (!(e.errors?.length > 0))
					throw e;
				state.step = 'form';
				state.update();
				return state.form.refused(e);
			}
			state.sent = null;
			await named(state);
			return go(state, 'result', 'entry.done', 'done');
		},
	});
}

export async function init({ params, query, session, update }) {
	const state = { step: 'person', update, muni: session.org.org_type === 'MUNI', why: whyOf(query), keep: {}, list: await vaccines() };
	if (!params.subject_no || !state.why) {
		askPerson(state, params.subject_no);
		return state;
	}
	try {
		await open(state, params.subject_no, state.why);
		begin(state);
	} catch (e) {
		if (!(e instanceof Problem) || e.status !== 404)
			throw e;
		state.why = null; // the search is over
		askPerson(state, params.subject_no);
	}
	return state;
}

export const ready = (state) => focusOn(state.guard ? 'guard' : state.step === 'person' ? 'subject-no' : 'entry');

const who = (state, more) => (state.subject ? html`${state.banner ? protectedNotice() : nothing}${personBar(state.subject, state.banner, false, more)}`
	: html`<section class="yb-person" aria-labelledby="person"><div class="yb-person__name"><p class="yb-person__who" id="person">${t('entry.strangerHead',
		{ no: state.subject_no })}</p></div><p class="yb-plain">${t('entry.strangerText')}</p>${more}</section>`);

// The checks in one line, which stays in sight above the form.
function verdict({ live, absent }) {
	const found = live ? grave(live) : [];
	const bad = found.find((f) => f.severity === 'E');
	const said = absent ? tag(t('entry.absent'), 'bad') : !live ? t('entry.rulesWait') : bad ? html`${tag(t('severity.E'), 'bad')} <span lang="ja">${bad.message}</span>${earliest(bad)}`
		: found.length > 0 ? tag(t('entry.rulesSome', { n: found.length }), 'warn') : tag(t('entry.rulesNone'), 'good');
	return html`<p class="yb-verdict">${t('entry.rules')}${t('colon')}${said}${found.length > 0 ? html` <a href="#rules">${t('entry.rulesLook')}</a>` : nothing}</p>`;
}

function rules(state) {
	const { live, visit } = state;
	return html`<section aria-labelledby="rules"><h2 id="rules" tabindex="-1">${t('entry.rules')}</h2>
		${state.absent ? notice(t('entry.absent'), html`<p><button type="button" class="yb-link" @click=${() => {
			askPerson(state, state.subject_no);
			go(state, 'person', 'entry.title', 'subject-no');
		}}>${t('entry.otherNumber')}</button></p>`, 'bad') : nothing}
		${!live ? html`<p>${t('entry.rulesNothing')}</p>` : html`<p>${grave(live).length > 0 ? tag(t('entry.rulesSome', { n: grave(live).length }), 'warn')
			: tag(t('entry.rulesNone'), 'good')}</p>${findingList(live.findings, true)}
			${grave(live).length > 0 ? html`<p>${t(live.findings.some((f) => stops(state, f)) ? 'entry.rulesRefused' : 'entry.rulesWhy')}</p>` : nothing}
			${visit.given && live.unknown.length > 0 ? html`<p class="yb-small">${t('entry.rulesUnknown', { what: [...new Set(live.unknown.map((rule) =>
				(has(`rule.${rule}`) ? t(`rule.${rule}`) : rule)))].join(t('comma')) })}</p>` : nothing}`}</section>`;
}

const said = (state) => facts(['exec_class', 'not_done_reason', 'vaccine_code', 'dose_seq', 'lot_no', 'expiry_date', 'gtin', 'dose_ml', 'route', 'site',
	'due_date', 'legal_class', 'vaccinated_on', 'doctor_name', 'screening_doctor', 'place_class', 'venue', 'org_code']
	.filter((name) => state.body[name] !== undefined).map((name) => member(name, state.body[name])));

const checkPage = (state) => html`${state.sure.summary()}<h1 id="check" tabindex="-1">${t('entry.check')}</h1>${who(state, nothing)}
	<p>${t('entry.checkText')}</p>${said(state)}
	${grave(state.found).length > 0 ? notice(t('entry.rulesSome', { n: grave(state.found).length }), html`${findingList(state.found.findings, true)}
		<p>${t(state.found.allowed ? 'entry.warned' : 'entry.notAllowed')}</p>`, state.found.allowed ? 'warn' : 'bad') : nothing}
	${state.sure.view(state.sure.fields.confirm_reason ? state.sure.field('confirm_reason') : nothing, { send: t('entry.send'), more: html`<button type="button"
		class="yb-button" @click=${() => go(state, 'form', 'entry.title', 'entry')}>${t('entry.back')}</button>` })}`;

function resultPage(state) {
	const again = (names, person) => () => {
		state.keep = pick(state.values, names);
		if (person) {
			askPerson(state);
			go(state, 'person', 'entry.title', 'subject-no');
		} else {
			begin(state);
			go(state, 'form', 'entry.title', 'entry');
		}
	};
	const { done } = state;
	return html`<h1 id="done" tabindex="-1">${t('entry.done')}</h1>
		${notice(t('entry.doneHead', { no: done.mgmt_no }), html`<p>${vaccine({ ...state.body, dose_label: done.dose_label })}</p>`, 'good')}
		${done.evaluation.valid ? nothing : notice(t('entry.doubtful'), findingList(done.evaluation.findings), 'warn')}
		${state.met ? html`<p>${t('entry.met')}</p>` : nothing}${who(state, nothing)}${said(state)}
		<h2>${t('entry.next')}</h2><div class="yb-actions yb-actions--near">
		<button type="button" class="yb-button yb-button--primary" id="next-person" @click=${again(SAME, true)}>${t('entry.nextPerson')}</button>
		<button type="button" class="yb-button" id="same-person" @click=${again(PLACE, false)}>${t('entry.samePerson')}</button>
		<button type="button" class="yb-button" id="other" @click=${again(PLACE, true)}>${t('entry.other')}</button></div>
		<p class="yb-hint">${t('entry.nextHint')}</p>
		<p><a href=${withWhy(`/records/${encodeURIComponent(state.subject_no)}`, state.why)}>${t('entry.toTimeline')}</a></p>`;
}

// What goes over into the next entry is said before the person is chosen.
const kept = ({ keep, list }) => (keep.vaccine_code ? notice(t('entry.kept'), html`<p>${[vaccine({ vaccine_code: keep.vaccine_code, vaccine_name: list.find((v) => v.code === keep.vaccine_code)?.short_ja }),
	keep.lot_no && html`${t('record.lot')} <span class="yb-digits">${keep.lot_no}</span>`, keep.doctor_name && html`${t('record.doctor')} <span lang="ja">${keep.doctor_name}</span>`]
	.filter(Boolean).map((x, i) => html`${i > 0 ? t('comma') : ''}${x}`)}</p>`, 'info') : nothing);

const personPage = (state) => html`${state.person.summary()}<h1>${t('entry.title')}</h1>${kept(state)}<p>${t('entry.personText')}</p>
	${state.person.view(html`${state.person.field('subject_no')}${state.person.field('purpose')}`, { send: t('entry.toForm') })}`;

export function view(state, update) {
	const here = crumb([state.muni ? ['/records', t('search.title')] : ['/menu', t('menu.title')]], t('entry.title'));
	if (state.step === 'person')
		return html`${here}${personPage(state)}`;
	if (state.guard)
		return html`${here}${guardPage(state, update, t('entry.title'), 'entry')}`;
	return html`${here}${state.step === 'check' ? checkPage(state) : nothing}${state.step === 'result' ? resultPage(state) : nothing}
		${state.step === 'result' ? nothing : html`<div ?hidden=${state.step !== 'form'}>${state.form.summary()}
			<h1 id="entry" tabindex="-1">${t('entry.title')}</h1>${state.step === 'form' ? who(state, verdict(state)) : nothing}
			${state.form.view(html`${state.visit.view(state.form)}${rules(state)}`, { panel: true, send: t('entry.toCheck') })}</div>`}`;
}
