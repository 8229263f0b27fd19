// evacuation.js - P-08: from which day on the portal hides where a person under 支援措置 is.
//
// Without a day everything is hidden. A day opens what was before it, and a wrong one may show
// where somebody fled to: hiding is the first choice, and what a day means stands at the check.

import { html } from '../vendor/lit-html/lit-html.js';
import { put } from '../lib/api.js';
import { dayText, today } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { nameOf, notice } from '../lib/page.js';
import { Checked } from '../widgets/checked.js';
import { eraDate } from '../widgets/era-date.js';
import { area, radios } from '../widgets/form.js';
import { at, before, child, crumbs, openChild, ready, trail, unprinted } from './child.js';
import { withWhy } from './why.js';

export { ready };

const flow = (state, update) => new Checked({
	title: t('evacuation.change'), checkTitle: t('evacuation.check'), doneTitle: t('evacuation.done'), update,
	fields: {
		how: { kind: radios, label: t('evacuation.how'), required: true, options: [['all', t('evacuation.all'), t('evacuation.allHint')],
			['day', t('evacuation.from'), t('evacuation.fromHint')]] },
		evacuated_on: { kind: eraDate, label: t('evacuation.day'), required: true, era: 'R', value: state.evacuated_on ?? undefined },
		reason: { kind: area, label: t('correct.reason'), hint: t('evacuation.reasonHint'), required: true, rows: 3 },
	},
	check: (v) => (v.how === 'day' && (v.evacuated_on > today() || v.evacuated_on < state.subject.birth_date) ? [{ name: 'evacuated_on', text: t('evacuation.wrong') }] : []),
	send: (v, key) => put(`/record/subjects/${encodeURIComponent(state.subject_no)}/evacuation`, { evacuated_on: v.how === 'day' ? v.evacuated_on : null, reason: v.reason }, { key }),
});

export const init = (context) => openChild(context, t('evacuation.change'), (state) => {
	state.flow = flow(state, context.update);
});

const what = (v) => (v.how === 'day' ? t('evacuation.opens', { day: dayText(v.evacuated_on) }) : t('evacuation.hides'));

export function view(state, update) {
	const first = before(state, update, t('proxies.title'));
	if (first)
		return first;
	const back = html`<a class="yb-button" href=${withWhy(at(state.subject_no), state.why, { opened: '1' })}>${t('proxy.back')}</a>`;
	if (!state.banner)
		return html`${trail(state, state.title)}${unprinted(html`<h1 id="form-title" tabindex="-1">${state.title}</h1>${child(state)}<p>${t('evacuation.notProtected')}</p>
			<div class="yb-actions">${back}</div>`)}`;
	return unprinted(state.flow.view({
		crumbs: crumbs(state),
		names: ['how', state.day ? 'evacuated_on' : null, 'reason'], send: t('evacuation.send'), text: t(state.day ? 'evacuation.checkText' : 'evacuation.checkAll'),
		facts: (v) => [[t('proxy.of'), nameOf(state.subject)], [t('evacuation.what'), what(v)], [t('correct.reason'), html`<span class="yb-lines" lang="ja">${v.reason}</span>`]],
		lead: html`${child(state)}${notice(t('evacuation.careful'), html`<p>${t('evacuation.carefulText')}</p>`, 'bad')}
			<p><b>${t('evacuation.now')}${t('colon')}</b>${state.evacuated_on ? dayText(state.evacuated_on) : t('evacuation.all')}</p>`,
		done: () => html`${notice(t('evacuation.after'), html`<p>${t('evacuation.afterText')}</p>`, 'good')}<div class="yb-actions">${back}</div>` }), (e) => {
		if (e.target.name !== 'how')
			return;
		state.day = e.target.value === 'day';
		update();
	});
}
