// undo.js - a decision about two rows is taken back: they wait to be decided again.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { Problem, post } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { crumb } from '../lib/page.js';
import { Act } from '../widgets/act.js';
import { area } from '../widgets/form.js';
import { compare, pairState } from './pairs.js';
import { findIn } from './lists.js';

export async function init({ params, update }) {
	let pair = null;
	for (const state of ['SAME', 'DIFFERENT', 'HOLD', 'PROPOSED'])
		pair ??= await findIn(`/record/pairs?state=${state}`, 'pairs', (p) => String(p.pair_id) === params.pair_id);
	if (!pair)
		throw new Problem(404, null);
	return { pair, act: new Act({ title: t('undo.title'), done: t('undo.done'), update,
		fields: { reason: { kind: area, label: t('correct.reason'), required: true, rows: 2 } },
		submit: (values, key) => post(`/record/pairs/${params.pair_id}/undo`, values, { key }) }) };
}

export const view = ({ pair, act }) => html`${crumb([['/records/pairs', t('pairs.title')]], t('undo.title'))}${act.view({ send: t('undo.send'),
	about: act.answer ? nothing : html`<h2 id="pair">${t('undo.pair')} ${pairState(pair)}</h2>${compare(pair)}`, after: () => html`<p>${t('undo.after')}</p>`,
	back: html`<a class="yb-button" href="/records/pairs">${t('pair.toQueue')}</a>` })}`;
