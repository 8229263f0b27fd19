// record.js - one record: what it says, what the rules say of it, and every change of it.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get } from '../lib/api.js';
import { momentText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { focusOn, notice, tag } from '../lib/page.js';
import { may } from '../lib/session.js';
import { about, differences, readRecord, trail } from './one.js';
import { opened, purposeFirst } from './opened.js';
import { code, findingList, path } from './parts.js';
import { withWhy } from './why.js';

const KINDS = { 1: 'good', 2: 'info', 3: 'bad' };

export function init({ params, query, update }) {
	const state = {};
	return opened(state, { query, update, title: t('record.one'), focus: 'record', load: async (why) => {
		const id = encodeURIComponent(params.record_id);
		const [{ record }, { changes }] = await Promise.all([readRecord(params.record_id),
			get(`/record/vaccinations/${id}/history?${new URLSearchParams(why)}`)]);
		Object.assign(state, { record, changes });
	} });
}

export const ready = (state) => focusOn(state.ask ? 'purpose' : 'record');

const change = (c) => html`<li class="yb-event" data-kind=${c.change_kind === '1' ? nothing : 'old'}>
	<p class="yb-event__day">${momentText(c.at)}${tag(t(`history.${c.change_kind}`), KINDS[c.change_kind])}</p>
	<p class="yb-event__facts">${[t('history.version', { n: c.version }), c.org_name && html`<span lang="ja">${c.org_name}</span>`,
		c.by && t('history.by', { who: c.by }), html`<span lang="ja">${c.source}</span>`].filter(Boolean).map((f) => html`<span>${f}</span>`)}</p>
	${c.reason_text || c.reason_code ? html`<p class="yb-small">${t('record.reason', { text: [c.reason_code && code('reason', c.reason_code), c.reason_text]
		.filter(Boolean).join(t('comma')) })}</p>` : nothing}
	${c.items.length === 0 ? nothing : differences(c.items, `change-${c.version}`)}</li>`;

// Only who registered a record, or whose institution it names, corrects it; others ask.
function actions({ record: r, changes }, session, why) {
	const own = r.org_code === session.org.org_code || changes[0].by !== null;
	const link = (act, text, primary) => html`<a class="yb-button ${primary ? 'yb-button--primary' : ''}" href=${withWhy(
		path(r.subject_no ?? '', r.record_id, `/${act}`), why)}>${text}</a>`;
	return r.status === 'CANCELLED' ? nothing : html`<div class="yb-actions">
		${own && may(session, 'correctVaccination') ? html`${link('correct', t('record.correct'), true)}${link('cancel', t('record.cancel'))}` : nothing}
		${!own && may(session, 'requestCorrection') ? link('ask', t('record.ask'), true) : nothing}</div>`;
}

export function view(state, update, { params, session }) {
	if (state.ask)
		return html`${trail(params, null)}${purposeFirst(state)}`;
	const { record: r, changes, why } = state;
	return html`${trail(params, why)}<h1 id="record" tabindex="-1">${t('record.one')}</h1>
		${r.status === 'CONFIRMED' ? notice(t('record.locked'), html`<p>${t('record.lockedText')}</p>`, 'info') : nothing}
		${about(r)}${findingList(r.evaluation?.findings, true)}
		${actions({ record: { ...r, subject_no: params.subject_no }, changes }, session, why)}
		<section><h2 id="history">${t('history.title')}</h2><ol class="yb-timeline">${changes.map(change)}</ol></section>`;
}
