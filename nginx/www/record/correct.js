// correct.js - R4: a record is corrected: what changes is shown before and after, with a reason.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { call } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { focusOn, notice, setTitle } from '../lib/page.js';
import { conflict } from '../widgets/edit.js';
import { Form } from '../widgets/form.js';
import { differences, readAll, reasonCheck, reasonFields, trail } from './one.js';
import { member, path, vaccines } from './parts.js';
import { Visit } from './visit.js';
import { whyOf, withWhy } from './why.js';

const same = (name, a, b) => (name === 'dose_ml' && a !== null && b !== null ? Number(a) === Number(b) : String(a ?? '') === String(b ?? ''));

// → [{ field, before, after }]: of what is asked, and of what no longer belongs to it.
export const changed = (record, body, asked, dropped) => [...asked.map((field) => ({ field, after: body[field] ?? null })),
	...dropped.map((field) => ({ field, after: null }))]
	.map((i) => ({ ...i, before: record[i.field] ?? null })).filter((i) => !same(i.field, i.before, i.after));

function form(state, update) {
	const { visit } = state;
	return new Form({
		id: 'visit', title: t('correct.title'), fields: { ...visit.fields, ...reasonFields() }, update,
		check: (v) => [...visit.check(v), ...reasonCheck(v)],
		submit(values) {
			const { reason_code, reason_text, ...rest } = values;
			const items = changed(state.record, visit.body(rest), visit.asked(), visit.dropped());
			if (items.length === 0)
				return state.form.fail([{ name: 'vaccinated_on', text: t('correct.nothing') }]);
			Object.assign(state, { items, reason: { reason_code, reason_text }, step: 'check', sure: sure(state, update), theirs: null });
			update();
			setTitle(t('correct.check'));
			return focusOn('check');
		},
	});
}

function sure(state, update) {
	return new Form({
		id: 'sure', title: t('correct.check'), fields: {}, update,
		async submit(_, key) {
			const body = { record_id: state.record.record_id, ...Object.fromEntries(state.items.map((i) => [i.field, i.after])), ...state.reason };
			try {
				state.done = (await call('POST', '/record/corrections', body, { key, etag: state.etag })).data;
			} catch (e) {
				if (e.id === 'E-ACC-005')
					return clash(state, update);
				if (!(e.errors?.length > 0))
					throw e;
				state.step = 'form';
				update();
				return state.form.refused(e);
			}
			state.step = 'done';
			update();
			setTitle(t('correct.done'));
			return focusOn('done');
		},
	});
}

// Somebody was first: their version beside what is wanted here, which may be sent again.
async function clash(state, update) {
	const { data, etag } = await readAll(state.record.record_id);
	state.theirs = state.items.map((i) => ({ label: t(`member.${i.field}`), theirs: data.record[i.field], mine: i.after }));
	Object.assign(state, { etag, record: data.record });
	state.sure.fail([]);
	update();
	focusOn('check');
}

export async function init({ params, query, session, update }) {
	const [{ data, etag }, list] = await Promise.all([readAll(params.record_id), vaccines()]);
	const visit = new Visit({ list, muni: session.org.org_type === 'MUNI', value: data.record, update });
	const state = { step: 'form', record: data.record, etag, visit, why: whyOf(query) };
	state.form = form(state, update);
	return state;
}

const checkPage = (state, update) => html`${state.sure.summary()}<h1 id="check" tabindex="-1">${t('correct.check')}</h1>
	${state.theirs ? conflict(state.theirs) : nothing}
	${differences(state.items, 'items', false)}
	<dl class="yb-facts"><div><dt>${t('correct.reason')}</dt><dd>${t(`reason.${state.reason.reason_code}`)} ${state.reason.reason_text ?? ''}</dd></div></dl>
	${state.sure.view(nothing, { send: t('correct.send'), more: html`<button type="button" class="yb-button" @click=${() => {
		state.step = 'form';
		update();
		setTitle(t('correct.title'));
		focusOn('correct');
	}}>${t('entry.back')}</button>` })}`;

export function view(state, update, { params }) {
	const to = html`<a class="yb-button" href=${withWhy(path(params.subject_no, params.record_id), state.why)}>${t('record.back')}</a>`;
	if (state.step === 'done')
		return html`${trail(params, state.why, t('correct.title'))}<h1 id="done" tabindex="-1">${t('correct.done')}</h1>
			${notice(t('correct.version', { n: state.done.version }), html`<p>${member('vaccine_code', state.record.vaccine_code)[1]}</p>`, 'good')}
			<div class="yb-actions">${to}</div>`;
	return html`${trail(params, state.why, t('correct.title'))}${state.step === 'check' ? checkPage(state, update) : nothing}
		<div ?hidden=${state.step !== 'form'}>${state.form.summary()}<h1 id="correct" tabindex="-1">${t('correct.title')}</h1>
		${state.record.status === 'CONFIRMED' ? notice(t('record.locked'), html`<p>${t('record.lockedText')}</p>`, 'warn') : nothing}
		${state.form.view(html`${state.visit.view(state.form)}<section><h2>${t('correct.why')}</h2>${state.form.field('reason_code')}${state.form.field('reason_text')}</section>`,
			{ panel: true, send: t('correct.toCheck'), more: to })}</div>`;
}
