// retention.js - P-03: who may be deleted years after death: one person proposes, another deletes.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get, post } from '../lib/api.js';
import { dayText, momentText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { focusOn, nameOf, notice } from '../lib/page.js';
import { may } from '../lib/session.js';
import { Dialog } from '../widgets/dialog.js';
import { Form, area, checks } from '../widgets/form.js';
import { nothingHere, table } from '../widgets/table.js';
import { stateOf, stateSwitch } from './lists.js';

const STATES = ['LISTED', 'PROPOSED'];

const load = async (state) => Object.assign(state, await get(`/record/retention?state=${state.state}`));

// Those this user has a word on: a proposal is another person's to approve.
const open = (state) => state.persons.filter((p) => state.state === 'LISTED' || p.proposed_by !== state.me);

function form(state, update) {
	const proposed = state.state === 'PROPOSED';
	if (open(state).length === 0)
		return null;
	return new Form({
		id: 'retention', title: t('retention.title'), update,
		fields: { subject_nos: { kind: checks, label: t('retention.who'), required: true, options: open(state).map((p) => [p.subject_no,
			html`${nameOf(p)}`, html`${t('search.subjectNo')} ${p.subject_no}　${t('person.death')} ${dayText(p.death_date)}　${t('retention.records', { n: p.records })}`]) },
		reason: { kind: area, label: t('correct.reason'), hint: t('retention.reasonHint'), required: true, rows: 2 } },
		async submit(values, key) {
			if (proposed && !await new Dialog().open({ title: t('retention.sureTitle'), body: html`<p>${t('retention.sureText', { n: values.subject_nos.length })}</p>
				<ul>${state.persons.filter((p) => values.subject_nos.includes(p.subject_no)).map((p) => html`<li>${nameOf(p)}　${p.subject_no}</li>`)}</ul>`,
				actions: [{ text: t('retention.leave'), primary: true }, { text: t('retention.delete'), value: true }] }))
				return;
			state.done = await post(`/record/retention/${proposed ? 'deletions' : 'proposals'}`, values, { key });
			await load(state);
			state.form.clear();
			state.form = form(state, update);
			update();
			focusOn('done');
		},
	});
}

export async function init({ query, session, update }) {
	const state = { state: stateOf(query, STATES, 'LISTED'), me: session.user.user_id, done: null };
	await load(state);
	if (may(session, state.state === 'LISTED' ? 'proposeDeletion' : 'approveDeletion'))
		state.form = form(state, update);
	return state;
}

const columns = () => [
	{ key: 'name', label: t('search.name'), head: true, cell: (p) => html`${nameOf(p)}<span class="yb-sub">${t('search.subjectNo')} ${p.subject_no}</span>` },
	{ key: 'death', label: t('person.death'), nowrap: true, cell: (p) => dayText(p.death_date) },
	{ key: 'records', label: t('retention.count'), number: true, cell: (p) => p.records },
	{ key: 'proposed', label: t('retention.proposed'), nowrap: true, cell: (p) => (p.proposed_at ? html`${p.proposed_by}<span class="yb-sub">${momentText(p.proposed_at)}</span>` : t('none')) },
];

export function view(s) {
	const proposed = s.state === 'PROPOSED';
	return html`${s.form?.summary() ?? nothing}<h1 id="title" tabindex="-1">${t('retention.title')}</h1><p>${t('retention.lead')}</p>
		${stateSwitch('/records/retention', STATES, s.state, 'retention')}
		${s.done ? html`<div id="done" tabindex="-1">${notice(t(proposed ? 'retention.deleted' : 'retention.proposedDone', { n: s.done.persons }), proposed
			? html`<p>${t('retention.deletedText', { records: s.done.vaccinations, numbers: s.done.numbers, outbox: s.done.outbox })}</p>`
			: html`<p>${t('retention.proposedText')}</p>`, 'good')}</div>` : nothing}
		${s.form ? s.form.view(html`${proposed ? notice(t('retention.warning'), html`<p>${t('retention.warningText')}</p>`, 'warn') : nothing}${s.form.field('subject_nos')}${s.form.field('reason')}`,
			{ send: t(proposed ? 'retention.delete' : 'retention.propose') }) : html`${s.persons.length > 0 && proposed ? html`<p>${t('retention.notYours')}</p>` : nothing}
			${table({ labelledby: 'title', columns: columns(), rows: s.persons, empty: nothingHere(t('retention.empty')) })}`}`;
}
