// review.js - A-17: the half-yearly review of accounts: of each, whether it goes on.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get, post } from '../lib/api.js';
import { dayText, momentText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { crumb, facts, focusOn, nameOf, notice } from '../lib/page.js';
import { Form } from '../widgets/form.js';
import { keyset, nothingHere, table } from '../widgets/table.js';
import { lastLogin, roleOf, statusTag } from './accounts.js';

const FILTERS = ['NONE', 'CONFIRMED', 'STOP', 'ALL'];

const page = (verdict, after) => `/users/review?${new URLSearchParams({ verdict, ...after ? { after } : {} })}`;
const ask = ({ verdict, after }) => get(`/account/review?${new URLSearchParams({ limit: '50', ...verdict === 'ALL' ? {} : { verdict },
	...after ? { after } : {} })}`);

// What is ticked in the table, of whom it was not so before.
const marks = {
	read(form, { users }) {
		return { value: users.map((u) => ({ user_id: u.user_id, verdict: form.querySelector(`[name="v${u.user_id}"]:checked`)?.value ?? null, was: u.verdict }))
			.filter((m) => m.verdict && m.verdict !== m.was).map(({ user_id, verdict }) => ({ user_id, verdict })) };
	},
	missing: 'review.nothing',
};

export async function init({ query, update }) {
	const verdict = FILTERS.includes(query.get('verdict')) ? query.get('verdict') : 'NONE';
	const state = { verdict, after: query.get('after'), saved: 0 };
	const field = { kind: marks, label: t('review.verdict'), required: true, users: [] };
	state.load = async () => {
		Object.assign(state, await ask(state));
		field.users = state.users;
	};
	state.form = new Form({
		title: t('review.title'), update, fields: { marks: field },
		async submit(values, key) {
			await post('/account/review/marks', values, { key });
			state.saved = values.marks.length;
			await state.load();
			const { users } = state;
			for (const now of [[], users]) { // rows of their own: nobody gets the verdict of who stood there
				state.users = now;
				update();
			}
			focusOn('saved');
		},
	});
	await state.load();
	return state;
}

const choice = (u, value, text) => html`<label class="yb-choice"><input type="radio" name="v${u.user_id}" value=${value} ?checked=${u.verdict === value}><span
	>${text}<span class="yb-hidden">${t('colon')}${u.name}</span></span></label>`;

const columns = (self) => [
	{ key: 'name', label: t('users.name'), head: true, cell: (u) => html`<a href="/users/${u.user_id}">${nameOf(u)}</a><span
		class="yb-sub yb-digits">${u.user_id}</span>` },
	{ key: 'verdict', label: t('review.verdict'), nowrap: true, cell: (u) => html`${choice(u, 'CONFIRMED', t('review.CONFIRMED'))}${u.user_id === self
		? html`<span class="yb-sub">${t('review.self')}</span>` : choice(u, 'STOP', t('review.STOP'))}` },
	{ key: 'department', label: t('users.department'), cell: (u) => u.department ?? t('none') },
	{ key: 'role', nowrap: true, label: t('users.role'), cell: roleOf },
	{ key: 'login', nowrap: true, label: t('users.lastLogin'), cell: (u) => html`${lastLogin(u)} ${statusTag(u)}` },
];

// Where there is nothing against anybody of this page, one press says so.
function confirmAll(users) {
	for (const u of users) {
		const boxes = [...document.querySelectorAll(`[name="v${u.user_id}"]`)];
		if (!boxes.some((box) => box.checked))
			boxes[0].checked = true;
	}
	focusOn('marks');
}

const status = (state) => html`${state.overdue ? notice(t('review.overdue', { day: dayText(state.due_on) }), html`<p>${t('review.overdueText')}</p>`, 'bad') : nothing}
	${facts([[t('review.due'), dayText(state.due_on)], [t('review.unmarked'), t('review.people', { n: state.unmarked })],
		[t('review.last'), state.last ? html`${momentText(state.last.completed_at)}<span class="yb-sub">${t('review.lastText', { who: state.last.completed_by_name ?? state.last.completed_by,
			confirmed: state.last.confirmed, stopped: state.last.stopped })}</span>` : t('review.never')]])}`;

const filters = (now) => html`<ul class="yb-switch" aria-label=${t('review.show')}>${FILTERS.map((v) => html`<li><a href=${page(v)}
	aria-current=${v === now ? 'true' : nothing}>${t(`review.filter${v}`)}</a></li>`)}</ul>`;

export const view = (state, update, { session }) => html`${crumb([['/users', t('users.title')]], t('review.title'))}${state.form.summary()}
	<h1>${t('review.title')}</h1><p>${t('review.lead')}</p>${status(state)}
	<div id="saved" tabindex="-1">${state.saved > 0 ? notice(t('review.saved', { n: state.saved }), nothing, 'good') : nothing}
	${state.unmarked === 0 ? notice(t('review.allDone'), html`<p><a href="/users/review/complete">${t('reviewDone.title')}</a></p>`, 'info') : nothing}</div>
	<h2 id="people">${t('review.people2')}</h2>${filters(state.verdict)}
	${state.users.length === 0 ? nothingHere(t('review.empty')) : html`<form id="form" novalidate @submit=${(e) => { e.preventDefault(); state.form.send(e.currentTarget); }}>
		<div class="yb-actions yb-actions--top"><button type="button" class="yb-button" id="confirm-all" @click=${() => confirmAll(state.users)}>${t('review.confirmAll')}</button></div>
		<div id="marks" tabindex="-1">${table({ labelledby: 'people', columns: columns(session.user.user_id), rows: state.users })}</div>
		<div class="yb-actions"><button type="submit" class="yb-button yb-button--primary" aria-disabled=${state.form.sending ? 'true' : nothing}>${t('review.save')}</button></div></form>`}
	${keyset({ first: state.after ? page(state.verdict) : null, next: state.next ? page(state.verdict, state.next) : null })}`;
