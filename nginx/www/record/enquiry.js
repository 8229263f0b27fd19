// enquiry.js - one enquiry: what the person wrote, the record it is about as it stands now, and
// the answer the person reads.
//
// Who reads an answer of a person under 支援措置 may be somebody else: nothing of places belongs
// into it, and the page says so before and at the check.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { Problem, get, post } from '../lib/api.js';
import { momentText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { announce, crumb, facts, focusOn, nameOf, notice, tag } from '../lib/page.js';
import { may } from '../lib/session.js';
import { Checked } from '../widgets/checked.js';
import { Form, area, select } from '../widgets/form.js';
import { length } from '../widgets/kana.js';
import { enquiryTag } from './enquiries.js';
import { about, readRecord } from './one.js';
import { path, vaccine } from './parts.js';
import { guardPage, protectedNotice, withWhy } from './why.js';

const MOST = 400; // characters, as the interface counts them
const WHY = { purpose: '01' }; // the person asks
const SAMPLES = ['right', 'corrected', 'asked', 'papers'];
const SHOWN = ['lot_no', 'expiry_date', 'dose_seq', 'dose_ml', 'route', 'site', 'legal_class', 'place_class', 'venue'];

async function load(state, id) {
	const { enquiries } = await get(`/record/enquiries?${new URLSearchParams({ enquiry_id: id })}`);
	if (enquiries.length === 0)
		throw new Problem(404, null);
	const [enquiry] = enquiries;
	// A record of the municipality before may be out of reach: what was asked stands without it.
	const found = await readRecord(enquiry.record_id).catch((e) => {
		if (e.status !== 404)
			throw e;
		return null;
	});
	Object.assign(state, { enquiry, record: found?.record ?? null, guard: enquiry.banner });
}

// An example is a beginning: it is written over what is there only when nothing is.
function sample(e) {
	const box = document.getElementById('answer');
	if (e.target.value !== '' && (box.value.trim() === '' || SAMPLES.some((s) => t(`enquiry.text-${s}`) === box.value)))
		box.value = t(`enquiry.text-${e.target.value}`);
}

function answerFlow(state, update) {
	return new Checked({
		title: t('enquiry.title'), checkTitle: t('enquiry.check'), doneTitle: t('enquiry.done'), update,
		fields: {
			sample: { kind: select, label: t('enquiry.sample'), hint: t('enquiry.sampleHint'), required: false, onchange: sample,
				options: [['', t('form.choosePlease')], ...SAMPLES.map((s) => [s, t(`enquiry.sample-${s}`)])] },
			answer: { kind: area, label: t('enquiry.answer'), hint: t('enquiry.answerHint'), required: true, rows: 6 },
		},
		check: ({ answer }) => ([...answer].length > MOST ? [{ name: 'answer', text: t('enquiry.long', { n: length(answer) }) }]
			: /\u25cb\u25cb/.test(answer) ? [{ name: 'answer', text: t('enquiry.gap') }] : []),
		send: ({ answer }, key) => post(`/record/enquiries/${state.enquiry.enquiry_id}/answer`, { state: 'ANSWERED', answer }, { key }),
	});
}

function startForm(state, update) {
	return new Form({ id: 'start', title: t('enquiry.title'), fields: {}, update,
		async submit(_, key) {
			Object.assign(state.enquiry, await post(`/record/enquiries/${state.enquiry.enquiry_id}/answer`, { state: 'WORKING' }, { key }));
			update();
			announce(t('enquiry.started'));
			focusOn('started');
		} });
}

export async function init({ params, query, session, update }) {
	const state = { enquiry: null, record: null, own: session.org.org_code };
	const open = () => load(state, params.enquiry_id);
	Object.assign(state, { flow: answerFlow(state, update), start: startForm(state, update) });
	if (query.get('protected') === '1')
		state.guard = open;
	else
		await open();
	return state;
}

export const ready = (state) => focusOn(state.guard ? 'guard' : 'form-title');

const lines = (text) => html`<span class="yb-lines" lang="ja">${text}</span>`;

const asked = (e) => html`${facts([[t('requests.state'), html`${enquiryTag(e)}${e.proxy ? html` ${tag(t('enquiry.proxy'))}` : nothing}`],
	[t('search.name'), html`${nameOf(e)}<span class="yb-sub">${t('search.subjectNo')} <span class="yb-digits">${e.subject_no}</span></span>`],
	[t('enquiries.at'), momentText(e.asked_at)]])}${notice(t('enquiries.text'), html`<p>${lines(e.text)}</p>`, 'info')}
	${e.state === 'ANSWERED' ? notice(t('enquiry.answer'), html`<p>${lines(e.answer ?? t('none'))}</p><p class="yb-small">${momentText(e.answered_at)}</p>`, 'good') : nothing}`;

// What can be done about the record: our own is corrected, another's is asked for.
function toRecord(state, session) {
	const { enquiry: e, record: r } = state;
	const more = e.banner ? { protected: '1' } : {};
	const link = (href, text) => html`<a class="yb-button" href=${href}>${text}</a>`;
	const mine = r?.org_code === state.own;
	return html`<div class="yb-actions yb-actions--near">${link(withWhy(`/records/${encodeURIComponent(e.subject_no)}`, WHY, more), t('enquiry.toTimeline'))}
		${r ? link(withWhy(path(e.subject_no, e.record_id), WHY, more), t('enquiry.toRecord')) : nothing}
		${!r || r.status === 'CANCELLED' || e.state === 'ANSWERED' ? nothing
			: mine && may(session, 'correctVaccination') ? link(withWhy(path(e.subject_no, e.record_id, '/correct'), WHY), t('record.correct'))
				: !mine && may(session, 'requestCorrection') ? link(withWhy(path(e.subject_no, e.record_id, '/ask'), WHY), t('record.ask')) : nothing}</div>`;
}

function record(state, session) {
	const { enquiry: e, record: r } = state;
	return html`<section><h2>${t('enquiry.record')}</h2>
		${!r ? html`<p>${vaccine(e)}</p><p>${t('enquiry.unseen')}</p>` : html`
		${r.version > e.version ? notice(t(r.status === 'CANCELLED' ? 'enquiry.cancelled' : 'enquiry.newer'), html`<p>${t('enquiry.newerText')}</p>`, 'info') : nothing}
		${about(r, SHOWN)}`}${toRecord(state, session)}</section>`;
}

const start = (state) => (state.enquiry.state === 'RECEIVED' ? html`<section class="yb-screen"><h2>${t('enquiry.start')}</h2><p>${t('enquiry.startText')}</p>
	${state.start.view(nothing, { send: t('enquiry.startSend'), plain: true })}</section>` : nothing);

const started = (state) => (state.enquiry.state === 'WORKING' ? html`<p class="yb-done" id="started" tabindex="-1">${t('enquiry.started')}</p>` : nothing);

const careful = (state) => (state.enquiry.banner ? notice(t('enquiry.careful'), html`<p>${t('enquiry.carefulText')}</p>`, 'bad') : nothing);

export function view(state, update, { session }) {
	const crumbs = [['/records/enquiries', t('enquiries.title')]];
	if (state.guard)
		return html`${crumb(crumbs, t('enquiry.title'))}${guardPage(state, update, t('enquiry.title'), 'form-title')}`;
	const { enquiry: e, flow } = state;
	const list = html`<a class="yb-button" href="/records/enquiries">${t('requests.back')}</a>`;
	if (e.state === 'ANSWERED')
		return html`${crumb(crumbs, t('enquiry.title'))}${e.banner ? protectedNotice() : nothing}<h1 id="form-title" tabindex="-1">${t('enquiry.title')}</h1>
			${asked(e)}${record(state, session)}<div class="yb-actions">${list}</div>`;
	return html`${flow.step === 'form' ? state.start.summary() : nothing}${flow.view({ crumbs, names: ['sample', 'answer'], text: t('enquiry.checkText'), send: t('enquiry.send'),
		facts: ({ answer }) => [e.banner ? [t('enquiry.careful'), t('enquiry.carefulText')] : null, [t('enquiries.text'), lines(e.text)], [t('enquiry.answer'), lines(answer)]],
		lead: html`${e.banner ? protectedNotice() : nothing}${asked(e)}${record(state, session)}${start(state)}<h2 class="yb-screen">${t('enquiry.write')}</h2>${started(state)}${careful(state)}`,
		done: () => html`${notice(t('enquiry.doneHead'), html`<p>${t('enquiry.doneText')}</p>`, 'good')}<div class="yb-actions">${list}</div>` })}`;
}
