// proxy.js - P-11: somebody is not let look for a child any more, or is let again.
//
// Stopping holds at once and is one person's word. That it ends is another's, who has asked the
// person protected: a withdrawal may have been extorted.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { Problem, post, put } from '../lib/api.js';
import { ageText, dayText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { nameOf, notice } from '../lib/page.js';
import { Checked } from '../widgets/checked.js';
import { area, checks, radios } from '../widgets/form.js';
import { number } from '../widgets/kana.js';
import { at, before, child, crumbs, openChild, proxyTag, ready, trail, unprinted, who } from './child.js';
import { withWhy } from './why.js';

export { ready };

// The number alone may be another's: who it is stands at the check.
async function name(state, { whom, guardian_subject_no: no }) {
	state.guardian = null;
	if (whom !== 'one')
		return [];
	if (no === state.subject_no)
		return [{ name: 'guardian_subject_no', text: t('proxy.self') }];
	const { items } = await post('/record/searches', { purpose: state.why.purpose ?? '01', subject_no: no });
	[state.guardian] = items;
	return items.length === 0 ? [{ name: 'guardian_subject_no', text: t('proxy.nobody') }] : [];
}

const reason = (act) => ({ kind: area, label: t('correct.reason'), hint: t(`proxy.reason-${act}`), required: true, rows: 3 });

function fields(state) {
	if (state.act === 'allow')
		return { sure: { kind: checks, label: t('proxy.sure'), required: true, missing: 'proxy.sureMissing', options: [['yes', t('proxy.sureYes')]] }, reason: reason('allow') };
	return { ...state.proxy ? {} : {
		whom: { kind: radios, label: t('proxy.whom'), required: true, options: [['one', t('proxy.one'), t('proxy.oneHint')], ['everyone', t('proxies.everyone'), t('proxy.everyoneHint')]] },
		guardian_subject_no: { kind: number, label: t('proxy.guardian'), hint: t('proxy.guardianHint'), required: true, width: 'number' } }, reason: reason('block') };
}

function flow(state, update) {
	const blocked = state.act === 'block';
	const path = `/record/subjects/${encodeURIComponent(state.subject_no)}/proxies`;
	return new Checked({
		title: t(`proxy.${state.act}`), checkTitle: t(`proxy.check-${state.act}`), doneTitle: t(`proxy.done-${state.act}`), update, fields: fields(state),
		prepare: (v) => name(state, v),
		send: (v, key) => put(path, { blocked, reason: v.reason, ...state.proxy ? { proxy_id: state.proxy.proxy_id }
			: v.whom === 'everyone' ? { everyone: true } : { guardian_subject_no: v.guardian_subject_no } }, { key }),
	});
}

export function init(context) {
	const { params, query, update, session } = context;
	if (!['block', 'allow'].includes(params.act))
		throw new Problem(404, null);
	return openChild(context, t(`proxy.${params.act}`), (state) => {
		const id = query.get('proxy');
		Object.assign(state, { act: params.act, proxy: state.proxies.find((p) => String(p.proxy_id) === id) ?? null });
		if (id ? state.proxy?.blocked === (state.act === 'block') || !state.proxy : state.act === 'allow')
			throw new Problem(404, null); // it has changed, or there is none
		state.own = state.act === 'allow' && state.proxy.set_by === session.user.user_id;
		state.flow = flow(state, update);
	});
}

const named = (state, v) => (state.proxy ? html`${who(state.proxy)} ${proxyTag(state.proxy, state.proxies)}` : v.whom === 'everyone' ? t('proxies.everyone')
	: html`${nameOf(state.guardian)}<span class="yb-sub" lang="ja">${state.guardian.name_kana ?? ''}</span><span class="yb-sub">${dayText(state.guardian.birth_date)}
		${ageText(state.guardian.birth_date)}　${t('search.subjectNo')} ${state.guardian.subject_no}</span>`);

export function view(state, update) {
	const first = before(state, update, t('proxies.title'));
	if (first)
		return first;
	const back = html`<a class="yb-button" href=${withWhy(at(state.subject_no), state.why, { opened: '1' })}>${t('proxy.back')}</a>`;
	if (state.own)
		return html`${trail(state, state.title)}${unprinted(html`<h1 id="form-title" tabindex="-1">${state.title}</h1>${child(state)}
			${notice(t('proxy.own'), html`<p>${t('proxy.ownText')}</p>`, 'info')}<div class="yb-actions">${back}</div>`)}`;
	const { act } = state;
	return unprinted(state.flow.view({
		crumbs: crumbs(state),
		names: Object.keys(state.flow.form.fields).map((f) => (f !== 'guardian_subject_no' || state.one ? f : null)), send: t(`proxy.send-${act}`), text: t(`proxy.text-${act}`),
		facts: (v) => [[t('proxy.of'), nameOf(state.subject)], [t('proxies.who'), named(state, v)], [t('correct.reason'), html`<span class="yb-lines" lang="ja">${v.reason}</span>`]],
		lead: html`${child(state)}${act === 'allow' ? notice(t('proxy.careful'), html`<p>${t('proxy.carefulText')}</p>`, 'bad') : nothing}
			${state.proxy ? html`<p><b>${t('proxies.who')}${t('colon')}</b>${who(state.proxy)} ${proxyTag(state.proxy, state.proxies)}</p>` : nothing}`,
		done: () => html`${notice(t(`proxy.after-${act}`), html`<p>${t(`proxy.afterText-${act}`)}</p>`, 'good')}<div class="yb-actions">${back}</div>` }), (e) => {
		if (e.target.name !== 'whom')
			return;
		state.one = e.target.value === 'one';
		update();
	});
}
