// back.js - what was handed in is taken back, what counts goes back to what counted before, or a
// draft is thrown away.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { Problem, get, post, remove } from '../lib/api.js';
import { dayText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { crumb, facts } from '../lib/page.js';
import { Act } from '../widgets/act.js';
import { area } from '../widgets/form.js';
import { changeOf, changeTag, listOf } from './masters.js';

const ACTS = ['withdraw', 'rollback', 'drop'];

export async function init({ params, update }) {
	const act = ACTS.find((a) => a === params.act);
	if (!act)
		throw new Problem(404, null);
	const path = `/master/changes/${encodeURIComponent(params.change_id)}`;
	const change = await get(`${path}?limit=1`);
	const state = { act, change };
	state.form = new Act({
		title: t(`changeBack.${act}`), done: t(`changeBack.${act}Done`), update,
		fields: act === 'drop' ? {} : { reason: { kind: area, label: t('change.reason'), hint: t('field.reason'), required: true, rows: 2 } },
		async submit(values, key) {
			if (act === 'drop')
				await remove(path, { key, etag: `"${change.version}"` });
			else
				state.change = await post(`${path}/${act}`, values, { key });
			return state.change;
		},
	});
	return state;
}

export function view({ act, change: c, form }) {
	const gone = act === 'drop' && form.answer;
	const about = facts([[t('impact.master'), html`<span lang="ja">${c.master_name}</span>`], gone ? null : [t('masterRows.state'), changeTag(c)],
		[t('change.validFrom'), dayText(c.valid_from)], c.rows[0] && c.rows_count === 1 ? [t('master.row'), html`<span class="yb-digits">${c.rows[0].key.split('|').join(' / ')}</span>`]
			: [t('changes.size'), t('count', { n: c.rows_count })]]);
	const back = html`<a class="yb-button" href=${gone ? listOf(c.master) : changeOf(c.change_id)}>${t(gone ? 'changeBack.toMaster' : 'changeBack.toChange')}</a>`;
	return html`${crumb([['/masters/changes', t('changes.title')], ...gone ? [] : [[changeOf(c.change_id), t('change.no', { n: c.change_id })]]], t(`changeBack.${act}`))}
		${form.view({ send: t(`changeBack.${act}Send`), before: form.answer ? nothing : html`<p>${t(`changeBack.${act}Text`)}</p>`, about, back,
			after: () => html`<p>${t(`changeBack.${act}DoneText`)}</p>` })}`;
}
