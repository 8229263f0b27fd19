// cancel.js - R4: a record is cancelled. It stays in the history: nothing is ever deleted here.

import { html } from '../vendor/lit-html/lit-html.js';
import { call } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { notice } from '../lib/page.js';
import { Act } from '../widgets/act.js';
import { about, readAll, reasonCheck, reasonFields, trail } from './one.js';
import { path } from './parts.js';
import { whyOf, withWhy } from './why.js';

export async function init({ params, query, update }) {
	const { data, etag } = await readAll(params.record_id);
	const state = { record: data.record, why: whyOf(query) };
	state.act = new Act({ title: t('cancel.title'), done: t('cancel.done'), update, fields: reasonFields(), check: reasonCheck,
		submit: async (values, key) => (await call('POST', '/record/corrections',
			{ record_id: params.record_id, cancel: true, ...values }, { key, etag })).data });
	return state;
}

export const view = (state, update, { params }) => html`${trail(params, state.why, t('cancel.title'))}${state.act.view({ send: t('cancel.send'),
	before: notice(t('cancel.head'), html`<p>${t('cancel.text')}</p>`, 'warn'), about: about(state.record),
	after: () => html`<p>${t('cancel.after')}</p>`,
	back: html`<a class="yb-button" href=${withWhy(path(params.subject_no, params.record_id), state.why)}>${t('record.back')}</a>` })}`;
