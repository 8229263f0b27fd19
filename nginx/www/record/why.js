// why.js - nobody is looked at without a purpose (P-01): it comes with the search the person was
// found by (?q=), or is chosen here and then stands in the address (?purpose=).
//
//	init:  return opened({ … }, { query, update, title, load: async (why) => … });
//	view:  state.ask ? purposeFirst(state) : …
//
// Whom 支援措置 protects is opened once more: after ?protected=1 nothing is asked of the server,
// and else nothing shown, before somebody says so.

import { html } from '../vendor/lit-html/lit-html.js';
import { Problem } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { focusOn, notice, setTitle, tag } from '../lib/page.js';
import { Form, select } from '../widgets/form.js';

// 99 needs words, which a search keeps sealed and an address would not.
export const PURPOSES = ['01', '02', '03', '04', '05', '06'];

export const purposeField = (more = {}, codes = PURPOSES) => ({ kind: select, label: t('search.purpose'),
	hint: t('search.purposeHint'), required: true, ...more,
	options: [['', t('form.choosePlease')], ...codes.map((code) => [code, t(`purpose.${code}`)])] });

export function whyOf(query) {
	const search = query.get('q');
	const purpose = PURPOSES.find((code) => code === query.get('purpose'));
	return search ? { search_id: search } : purpose ? { purpose } : null;
}

// An address that goes on for the same purpose.
export function withWhy(path, why, more = {}) {
	const query = new URLSearchParams(why?.search_id ? { q: why.search_id } : why?.purpose ? { purpose: why.purpose } : {});
	for (const [name, value] of Object.entries(more))
		if (value)
			query.set(name, value);
	return query.size > 0 ? `${path}?${query}` : path;
}

function ask(state, { update, title, load, focus = 'person' }, over) {
	state.over = over;
	state.ask = new Form({
		id: 'purpose-first', title, update, fields: { purpose: purposeField() },
		async submit({ purpose }) {
			await load({ purpose });
			const query = new URLSearchParams(location.search);
			query.delete('q');
			query.set('purpose', purpose);
			history.replaceState(null, '', `${location.pathname}?${query}`);
			Object.assign(state, { ask: null, why: { purpose } });
			update();
			focusOn(state.guard ? 'guard' : focus);
		},
	});
	return state;
}

export async function opened(state, options) {
	const why = whyOf(options.query);
	if (!why)
		return ask(state, options, false);
	state.why = why;
	if (options.query.get('protected') === '1') {
		state.guard = () => options.load(why);
		return state;
	}
	try {
		await options.load(why);
		return state;
	} catch (e) {
		if (why.search_id && e instanceof Problem && e.status === 404)
			return ask(state, options, true); // the search is over; or there is nobody, as the next answer says
		throw e;
	}
}

export const purposeFirst = (state) => html`${state.ask.summary()}<h1>${state.ask.title}</h1>
	<p>${t(state.over ? 'timeline.purposeAgain' : 'timeline.purposeFirst')}</p>
	${state.ask.view(state.ask.field('purpose'), { send: t('timeline.purposeSend') })}`;

export const protectedNotice = () => notice(html`${tag(t('person.protected'), 'warn')} ${t('person.protectedHead')}`,
	html`<p>${t('person.protectedText')}</p>`, 'warn');

// The second confirmation. state.guard: what brings the person, or nothing when it is there.
export function guardPage(state, update, title) {
	const open = async () => {
		const bring = state.guard;
		state.guard = null;
		if (typeof bring === 'function')
			await bring();
		state.guard = null;
		update();
		setTitle(title);
		focusOn('person');
	};
	return html`<h1 id="guard" tabindex="-1">${t('guard.title')}</h1>${protectedNotice()}<p>${t('guard.text')}</p>
		<div class="yb-actions"><button type="button" class="yb-button yb-button--primary" id="guard-open" @click=${open}>${t('guard.open')}</button>
		<a class="yb-button" href="/records">${t('guard.leave')}</a></div>`;
}
