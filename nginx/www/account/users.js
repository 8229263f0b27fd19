// users.js - H-1-4: the accounts of the organisation. Conditions stand in the address, but for
// what names a person.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get } from '../lib/api.js';
import { write } from '../lib/csv.js';
import { addDays, dayText, today } from '../lib/date.js';
import { save } from '../lib/file.js';
import { t } from '../lib/i18n.js';
import { announce, focusOn, nameOf } from '../lib/page.js';
import { may } from '../lib/session.js';
import { Form, checks, select } from '../widgets/form.js';
import { keyset, nothingHere, table } from '../widgets/table.js';
import { STATES, factorTag, lastLogin, roleOf, roleText, rolesOf, statusTag } from './accounts.js';

const KEPT = ['status', 'role', 'idle', 'deleted', 'org_code'];
const IDLE = ['30', '60', '90'];

const ask = ({ q, status, role, idle, deleted, org_code: org }, more) => get(`/account/users?${new URLSearchParams({ ...q ? { q } : {},
	...status ? { status } : {}, ...role ? { role } : {}, ...org ? { org_code: org } : {}, ...deleted ? { deleted: 'true' } : {},
	...IDLE.includes(idle) ? { idle_since: addDays(today(), 1 - Number(idle)) } : {}, ...more })}`);

const address = (asked, after) => `/users?${new URLSearchParams({ ...Object.fromEntries(KEPT.filter((k) => asked[k])
	.map((k) => [k, asked[k]])), ...after ? { after } : {} })}`.replace(/\?$/, '');

const all = (words, options) => [['', words], ...options];

export async function init({ query, session, update }) {
	const asked = Object.fromEntries(KEPT.map((k) => [k, query.get(k) ?? '']));
	const state = { asked, after: query.get('after') };
	state.load = async (conditions, after = null) => {
		const { users, next } = await ask(conditions, { limit: '50', ...after ? { after } : {} });
		Object.assign(state, { asked: conditions, after, users, next });
		history.replaceState(null, '', address(conditions, after));
		state.form.fail([]); // nothing is wrong any more
	};
	state.form = new Form({
		title: t('users.title'), update,
		fields: {
			q: { label: t('users.q') },
			status: { kind: select, label: t('users.status'), value: asked.status, options: all(t('users.all'), STATES.map((s) => [s, t(`users.${s}`)])) },
			role: { kind: select, label: t('users.role'), value: asked.role,
				options: all(t('users.all'), rolesOf(session.org.org_type).map((r) => [r, roleText(r)])) },
			idle: { kind: select, label: t('users.idle'), value: asked.idle, options: all(t('users.any'), IDLE.map((n) => [n, t('users.idleDays', { n: Number(n) })])) },
			deleted: { kind: checks, label: t('users.scope'), value: asked.deleted, options: [['1', t('users.deleted')]] },
			...(session.roles.includes('KC-A') ? { org_code: { label: t('users.orgCodeOther'), value: asked.org_code } } : {}),
		},
		async submit(values) {
			await state.load({ ...values, deleted: values.deleted?.[0] ?? '', org_code: values.org_code?.normalize('NFKC').toUpperCase() });
			focusOn('result');
		},
	});
	Object.assign(state, await ask(asked, { limit: '50', ...state.after ? { after: state.after } : {} }));
	return state;
}

const columns = () => [
	{ key: 'name', label: t('users.name'), head: true, cell: (u) => html`<a href="/users/${u.user_id}">${nameOf(u)}</a><span
		class="yb-sub" lang="ja">${u.name_kana}</span>` },
	{ key: 'id', label: t('users.id'), cell: (u) => html`<span class="yb-digits">${u.user_id}</span>` },
	{ key: 'department', label: t('users.department'), cell: (u) => u.department ?? t('none') },
	{ key: 'role', nowrap: true, label: t('users.role'), cell: roleOf },
	{ key: 'login', nowrap: true, label: t('users.lastLogin'), cell: lastLogin },
	{ key: 'factor', nowrap: true, label: t('users.factor'), cell: factorTag },
	{ key: 'status', label: t('users.status'), cell: (u) => html`${statusTag(u)}${u.valid_to ? html`<span
		class="yb-sub">${t('users.until', { day: dayText(u.valid_to) })}</span>` : nothing}` },
];

// Everything the conditions find, not only this page.
async function list({ asked }) {
	const rows = [];
	for (let after = null; ;) {
		const page = await ask(asked, { limit: '200', ...after ? { after } : {} });
		rows.push(...page.users);
		after = page.next;
		if (!after)
			break;
	}
	const lines = rows.map((u) => [u.user_id, u.name, u.name_kana, u.department, roleText(u.role), u.is_admin ? t('users.isAdmin') : '',
		u.restricted_view ? t('users.restricted') : '', u.mail, u.phone, t(`users.${u.status}`), t(u.second_factor ? 'users.factorOn' : 'users.factorOff'), u.last_login_at, u.valid_to]);
	save(`users-${today()}.csv`, new Blob([write([['id', 'name', 'kana', 'department', 'role', 'isAdmin', 'restricted', 'mail', 'phone',
		'status', 'factor', 'lastLogin', 'validTo'].map((key) => t(`users.${key}`)), ...lines])], { type: 'text/csv' }));
	announce(t('users.saved', { n: rows.length }));
}

// A second click while it is fetched makes no second file.
async function csv(state) {
	if (state.csv)
		return;
	state.csv = true;
	try {
		await list(state);
		state.form.fail([]);
	} catch (e) {
		state.form.refused(e);
	} finally {
		state.csv = false;
	}
}

const links = (session) => html`<div class="yb-actions yb-actions--top">${[['createUser', '/users/new', 'userNew.title', true],
	['createUser', '/users/file', 'userFile.title'], ['resumeUsers', '/users/resume', 'resume.title'], ['getReview', '/users/review', 'review.title']]
	.filter(([need]) => may(session, need)).map(([, href, key, first]) => html`<a class="yb-button ${first ? 'yb-button--primary' : ''}" href=${href}>${t(key)}</a>`)}</div>`;

function found(state) {
	const asked = Object.values(state.asked).some(Boolean) || state.after;
	return html`<h2 id="result" tabindex="-1">${t('users.shown', { n: state.users.length })}</h2>
		${table({ labelledby: 'result', columns: columns(), rows: state.users, empty: nothingHere(t(asked ? 'users.emptyHere' : 'users.empty'),
			asked ? html`<p><a href="/users">${t('users.clear')}</a></p>` : nothing) })}
		${keyset({ first: state.after ? address(state.asked) : null, next: state.next ? address(state.asked, state.next) : null,
			onpage: (href) => state.load(state.asked, new URL(href, location.origin).searchParams.get('after')).then(() => focusOn('result'), (e) => state.form.refused(e)) })}
		${state.users.length > 0 ? html`<div class="yb-actions"><button type="button" class="yb-button" id="csv"
			@click=${() => csv(state)}>${t('users.csv')}</button></div>` : nothing}`;
}

export const view = (state, update, { session }) => html`${state.form.summary()}<h1>${t('users.title')}</h1>${links(session)}
	${state.form.view(html`<div class="yb-grid">${Object.keys(state.form.fields).map((name) => state.form.field(name))}</div>`,
		{ send: t('users.search'), panel: true })}${found(state)}`;
