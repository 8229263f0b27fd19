// merger_act.js - H-8-6: another person lets a merger happen, or it is given up. Both are said of
// the plan as it was looked at; whoever was faster is shown.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { Problem, call, get } from '../lib/api.js';
import { dayText, momentText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { crumb, facts, focusOn, notice } from '../lib/page.js';
import { Act } from '../widgets/act.js';
import { met } from './exchange.js';
import { consequences, mergerOf, mergerTag, parts, total } from './merging.js';

const ACTS = ['approve', 'cancel'];

export async function init({ params, update }) {
	const act = ACTS.find((a) => a === params.act);
	if (!act)
		throw new Problem(404, null);
	const path = `/master/mergers/${encodeURIComponent(params.merger_id)}`;
	const state = { act, m: await get(path), met: null };
	state.usable = act === 'approve' ? state.m.can_approve : state.m.can_cancel;
	state.form = new Act({
		title: t(`mergerAct.${act}`), done: t(`mergerAct.${act}Done`), update, fields: {},
		async submit(_, key) {
			const seen = state.m;
			try {
				state.m = (await call('POST', `${path}/${act}`, undefined, { key, etag: `"${seen.version}"` })).data;
			} catch (e) {
				if (e.status !== 412 && e.id !== 'E-MST-009')
					throw e;
				const now = await get(path);
				Object.assign(state, { m: now, usable: act === 'approve' ? now.can_approve : now.can_cancel, met: [
					{ label: t('masterRows.state'), theirs: t(`merger.${now.status}`), mine: t(`mergerAct.${act}`) },
					{ label: t('change.decided'), theirs: now.decided_at ? t('merger.saidBy', { who: now.decided_user, at: momentText(now.decided_at) }) : null, mine: null }] });
				if (state.usable)
					throw e;
				update();
				focusOn('changed');
				return new Promise(() => {}); // there is nothing to be sent any more
			}
			return state.m;
		},
	});
	return state;
}

const about = (m) => facts([[t('masterRows.state'), mergerTag(m)],
	[t('merger.new'), html`<span lang="ja">${m.name}</span><span class="yb-sub yb-digits">${m.new_code}</span>`],
	[t('merger.old'), html`<ul class="yb-plain">${m.old.map((o) => html`<li><span lang="ja">${o.name}</span> <span class="yb-digits">${o.muni_code}</span></li>`)}</ul>`],
	[t('merger.day'), dayText(m.on_day)], [t('merger.subjects'), total(m.old, 'subjects')],
	[t('change.reason'), html`<span lang="ja">${m.reason}</span>`],
	[t('merger.made'), html`${momentText(m.created_at)}<span class="yb-sub yb-digits">${m.created_user}</span>`]]);

export function view(state) {
	const { act, m, form, usable } = state;
	const title = t(`mergerAct.${act}`);
	const back = html`<a class="yb-button" href=${mergerOf(m.merger_id)}>${t('mergerAct.back')}</a>`;
	const head = crumb([['/masters/mergers', t('mergers.title')], [mergerOf(m.merger_id), html`<span lang="ja">${m.name}</span>`]], title);
	if (!usable && !form.answer)
		return html`${head}<h1>${title}</h1>${state.met ? met(state.met, t('mergerAct.metText'))
			: notice(t('mergerAct.unusable'), html`<p>${t('mergerAct.unusableText')}</p>`, 'warn')}${about(m)}<div class="yb-actions">${back}</div>`;
	return html`${head}${form.view({ send: t(`mergerAct.${act}Send`), about: form.answer ? about(m) : nothing, back,
		before: html`<p>${t(`mergerAct.${act}Text`)}</p>${about(m)}${act === 'approve' ? html`<h2 id="parts">${t('merger.would')}</h2>${parts(m.old, 'parts')}${consequences({ on_day: m.on_day })}` : nothing}`,
		after: () => html`<p>${t(`mergerAct.${act}DoneText`, { day: dayText(m.on_day) })}</p>` })}`;
}
