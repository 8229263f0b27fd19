// opened.js - a page about a person, opened for a purpose; where none is said, it is asked first.
//
//	init:  return opened({ … }, { query, update, title, load: async (why) => … });
//	view:  state.ask ? purposeFirst(state) : state.guard ? guardPage(…) : …
//
// After ?protected=1 nothing is asked of the server before the second confirmation; else `load`
// sets state.guard, and nothing is shown before it.

import { html } from '../vendor/lit-html/lit-html.js';
import { Problem } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { focusOn } from '../lib/page.js';
import { Form } from '../widgets/form.js';
import { purposeField, whyOf } from './why.js';

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
