// child.js - the pages about who may look for a person, and where that person may be found: all
// are opened for a purpose, and whom 支援措置 protects by a second confirmation. None of them is
// printed: a sheet on a desk tells who fled from whom.

import { html } from '../vendor/lit-html/lit-html.js';
import { get } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { crumb, focusOn, notice, tag } from '../lib/page.js';
import { opened, purposeFirst } from './opened.js';
import { personBar } from './parts.js';
import { guardPage, protectedNotice, withWhy } from './why.js';

export const at = (no, more = '') => `/records/${encodeURIComponent(no)}/proxies${more}`;

// Reads the person, and whom the municipality knows as proxies. then(): when all is there.
export function openChild({ params, query, update }, title, then = (_state) => {}, focus = 'form-title') {
	const state = { subject_no: params.subject_no, title, focus };
	return opened(state, { query, update, title, focus, load: async (why) => {
		const asked = new URLSearchParams(why);
		const of = `/record/subjects/${encodeURIComponent(params.subject_no)}`;
		const [{ subject, banner }, list] = await Promise.all([get(`${of}/timeline?${asked}`), get(`${of}/proxies?${asked}`)]);
		Object.assign(state, { why, subject, banner, ...list, guard: banner && query.get('opened') !== '1' });
		await then(state);
	} });
}

export const ready = (state) => focusOn(state.guard ? 'guard' : state.ask ? 'purpose' : state.focus);

// One who has looked, or somebody the municipality named.
export const who = (p) => (p.everyone ? t('proxies.everyone')
	: p.guardian_name ? html`<span class="yb-name" lang="ja">${p.guardian_name}</span><span class="yb-sub">${t('search.subjectNo')} <span
		class="yb-digits">${p.guardian_subject_no}</span></span>` : html`${t('proxies.unknown')}<span class="yb-sub">${t('proxies.no', { n: String(p.proxy_id) })}</span>`);

// What the portal does with them: a block of all is one of each, and beside any block nobody is
// let through who cannot be placed.
export function proxyTag(p, all) {
	const blocks = all.filter((x) => x.blocked);
	if (p.blocked)
		return tag(t('proxies.blocked'), 'info');
	if (blocks.some((x) => x.everyone))
		return tag(t('proxies.withAll'), 'info');
	return blocks.length > 0 && !p.guardian_subject_no ? tag(t('proxies.unplaced'), 'info') : tag(t('proxies.free'), 'plain');
}

// Who came through the second confirmation is not asked once more on the next page of these.
export const crumbs = (state) => [[withWhy(`/records/${encodeURIComponent(state.subject_no)}`, state.why), t('timeline.title')],
	[withWhy(at(state.subject_no), state.why, { opened: state.subject && !state.guard ? '1' : '' }), t('proxies.title')]];

export const trail = (state, last) => crumb(crumbs(state).slice(0, last ? 2 : 1), last ?? t('proxies.title'));

// What stands before a page: why, or the second confirmation. null: it may be shown.
export function before(state, update, last) {
	if (state.ask)
		return html`${trail(state, last)}${purposeFirst(state)}`;
	return state.guard ? html`${trail(state, last)}${guardPage(state, update, state.title, state.focus)}` : null;
}

export const child = (state) => html`${state.banner ? protectedNotice() : ''}${personBar(state.subject, state.banner, false)}`;

// changed(): a choice decides what else is asked.
export const unprinted = (page, changed = (_e) => {}) => html`<div class="yb-screen" @change=${changed}>${page}</div><div class="yb-paper">${notice(t('proxies.unprinted'), '', 'warn')}</div>`;
