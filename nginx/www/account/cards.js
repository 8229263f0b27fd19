// cards.js - one's own staff cards (A-07): which may log in, and the end of one that is lost.
// A card is registered where a reader is: this page says so.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get, remove } from '../lib/api.js';
import { dayOf, dayText, momentText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { facts, focusOn, notice, setTitle, tag } from '../lib/page.js';
import { Form } from '../widgets/form.js';
import { nothingHere, table } from '../widgets/table.js';

export async function init({ update }) {
	const state = { ...await get('/account/cards'), chosen: null, removed: false };
	state.go = (chosen, title, id) => {
		Object.assign(state, { chosen });
		state.form.fail([]);
		setTitle(t(title));
		focusOn(id);
	};
	state.form = new Form({
		id: 'remove', title: t('cards.remove'), update, fields: {},
		async submit(_, key) {
			await remove(`/account/cards/${state.chosen.card_id}`, { key });
			Object.assign(state, await get('/account/cards'), { removed: true });
			state.go(null, 'cards.title', 'removed');
		},
	});
	return state;
}

const until = (c) => html`${dayText(dayOf(c.expires_at))} ${Date.parse(c.expires_at) < Date.now()
	? tag(t('cards.over'), 'bad') : nothing}`;
const used = (c) => (c.last_used_at ? momentText(c.last_used_at) : t('cards.never'));

const columns = (state) => [
	{ key: 'name', label: t('cards.name'), head: true, cell: (c) => c.subject },
	{ key: 'registered', nowrap: true, label: t('cards.registered'), cell: (c) => dayText(dayOf(c.registered_at)) },
	{ key: 'used', nowrap: true, label: t('cards.used'), cell: used },
	{ key: 'until', nowrap: true, label: t('cards.until'), cell: until },
	{ key: 'do', label: t('cards.do'), screen: true, cell: (c) => html`<button type="button" class="yb-button yb-button--small"
		@click=${() => { state.removed = false; state.go(c, 'cards.remove', 'sure'); }}>${t('cards.remove')}<span
		class="yb-hidden">${t('colon')}${c.subject}</span></button>` },
];

const list = (state) => html`<h1 id="cards">${t('cards.title')}</h1><p>${t('cards.lead')}</p>
	<div id="removed" tabindex="-1">${state.removed ? notice(t('cards.removed'), html`<p>${t('cards.removedText')}</p>`, 'good') : nothing}</div>
	${table({ labelledby: 'cards', columns: columns(state), rows: state.cards, empty: nothingHere(t('cards.empty')) })}
	<section><h2>${t('cards.how')}</h2><p>${t('cards.howText')}</p><p>${t('cards.lost')}</p></section>`;

const sure = (state) => html`${state.form.summary()}<h1 id="sure" tabindex="-1">${t('cards.remove')}</h1>
	${notice(t('cards.removeHead'), html`<p>${t('cards.removeText')}</p>`, 'warn')}
	${facts([[t('cards.name'), state.chosen.subject], [t('cards.used'), used(state.chosen)], [t('cards.until'), until(state.chosen)]])}
	${state.form.view(nothing, { send: t('cards.removeSend'), more: html`<button type="button" class="yb-button" id="back"
		@click=${() => state.go(null, 'cards.title', 'removed')}>${t('cards.back')}</button>` })}`;

export const view = (state) => (state.chosen ? sure(state) : list(state));
