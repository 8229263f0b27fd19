// review-complete.js - A-17: the review is complete; who is to be stopped is disabled with it.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get, post } from '../lib/api.js';
import { dayText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { crumb, facts, focusOn, nameOf, notice, setTitle } from '../lib/page.js';
import { Form } from '../widgets/form.js';
import { table } from '../widgets/table.js';
import { lastLogin, roleOf } from './accounts.js';

export async function init({ update }) {
	const state = { ...await get('/account/review?verdict=STOP&limit=200'), done: null };
	state.form = new Form({
		title: t('reviewDone.title'), update, fields: {},
		async submit(_, key) {
			state.done = await post('/account/review/complete', undefined, { key });
			update();
			setTitle(t('reviewDone.done'));
			focusOn('done');
		},
	});
	return state;
}

const back = () => html`<a class="yb-button" href="/users/review">${t('reviewDone.back')}</a>`;

const finished = ({ done }) => html`<h1 id="done" tabindex="-1">${t('reviewDone.done')}</h1>
	${notice(t('reviewDone.next', { day: dayText(done.next_due_on) }), nothing, 'good')}
	${facts([[t('review.CONFIRMED'), t('review.people', { n: done.confirmed })], [t('reviewDone.stopped'), t('review.people', { n: done.stopped })]])}
	<div class="yb-actions"><a class="yb-button" href="/users">${t('user.toList')}</a></div>`;

const sure = (state) => html`${state.users.length === 0 ? notice(t('reviewDone.none'), html`<p>${t('reviewDone.noneText')}</p>`)
	: html`${notice(t('reviewDone.head', { n: state.users.length }), html`<ul class="yb-list">${t('reviewDone.what').split('\n').map((line) => html`<li>${line}</li>`)}</ul>`, 'warn')}
		<h2 id="stopped">${t('reviewDone.who')}</h2>
		${table({ labelledby: 'stopped', rows: state.users, columns: [
			{ key: 'name', label: t('users.name'), head: true, cell: (u) => html`${nameOf(u)}<span class="yb-sub yb-digits">${u.user_id}</span>` },
			{ key: 'role', nowrap: true, label: t('users.role'), cell: roleOf }, { key: 'login', nowrap: true, label: t('users.lastLogin'), cell: lastLogin }] })}`}
	${state.form.view(nothing, { send: t('reviewDone.send'), more: back() })}`;

export const view = (state) => html`${crumb([['/users', t('users.title')], ['/users/review', t('review.title')]], t('reviewDone.title'))}
	${state.done ? finished(state) : html`${state.form.summary()}<h1>${t('reviewDone.title')}</h1>
		${state.unmarked > 0 ? html`${notice(t('reviewDone.notYet', { n: state.unmarked }), html`<p>${t('reviewDone.notYetText')}</p>`, 'warn')}
			<div class="yb-actions">${back()}</div>` : sure(state)}`}`;
