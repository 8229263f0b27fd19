// ask.js - H-3-2 step 7: the institution is asked to correct what it registered.

import { html } from '../vendor/lit-html/lit-html.js';
import { post } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { Act } from '../widgets/act.js';
import { area } from '../widgets/form.js';
import { about, readRecord, trail } from './one.js';
import { path } from './parts.js';
import { whyOf, withWhy } from './why.js';

export async function init({ params, query, update }) {
	const { record } = await readRecord(params.record_id);
	return { record, why: whyOf(query), act: new Act({ title: t('askCorrection.title'), done: t('askCorrection.done'), update,
		fields: { comment: { kind: area, label: t('askCorrection.comment'), hint: t('askCorrection.hint'), required: true } },
		submit: (values, key) => post('/record/correction-requests', { record_id: params.record_id, ...values }, { key }) }) };
}

export const view = (state, update, { params }) => html`${trail(params, state.why, t('askCorrection.title'))}${state.act.view({ send: t('askCorrection.send'),
	about: about(state.record), after: () => html`<p>${t('askCorrection.after')} <a href="/records/requests">${t('requests.title')}</a></p>`,
	back: html`<a class="yb-button" href=${withWhy(path(params.subject_no, params.record_id), state.why)}>${t('record.back')}</a>` })}`;
