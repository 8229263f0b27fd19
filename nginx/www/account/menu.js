// menu.js - what there is to do, and every page this person may open. Cards come from the
// routes of the areas; things to do from the `tasks` an area lists.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get } from '../lib/api.js';
import { addDays, dayOf, dayText, timeText, today as thisDay } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { notice } from '../lib/page.js';

const EVERYBODYS = ['menu.own', 'jobs.group']; // no business of its own

// What waits in the area account: each leads to the list that shows it. The words of all areas'
// tasks are among those of all pages, so that the menu fetches none of theirs.
const HREFS = { REVIEW_DUE: '/users/review', TEMP_EXPIRING: '/users?status=TEMP', SUSPENDED: '/users?status=SUSPENDED',
	APPLICATIONS_WAITING: '/applications?state=WAITING' };

export async function tasks() {
	const { tasks: list } = await get('/account/tasks');
	return list.filter(({ kind }) => HREFS[kind]).map(({ kind, count, due_on: due }) => (kind === 'REVIEW_DUE' && count === 0
		? { text: t('tasks.REVIEW_READY'), href: '/users/review/complete', count: 1 }
		: { text: t(`tasks.${kind}`, { day: dayText(due) }), href: HREFS[kind], count }));
}

export async function init({ routes, session }) {
	const sources = routes.filter((r) => r.tasks);
	const tasks = await Promise.all(sources.map(async (r) => (await r.tasks()).tasks(routes, session).catch(() => null)));
	const groups = new Map();
	const cards = routes.filter((r) => r.menu);
	const own = (r) => (r.menu.group === 'menu.own' ? 1 : 0); // work first
	for (const r of cards.sort((a, b) => own(a) - own(b)))
		groups.set(r.menu.group, [...(groups.get(r.menu.group) ?? []), r]);
	return { tasks: sources.length > 0 ? tasks : null, groups };
}

// Zero counts are not work; a source that did not answer is said so, not passed over.
function today(tasks) {
	const some = tasks.flat().filter((task) => task && task.count > 0);
	return html`<section aria-labelledby="today"><h2 id="today">${t('menu.today')}</h2>
		${tasks.includes(null) ? html`<p>${t('menu.todayUnknown')}</p>` : nothing}
		${some.length > 0 ? html`<ul class="yb-tasks">${some.map((task) => html`<li><a href=${task.href}>${task.text}</a>${t('colon')}<strong>${t('count', { n: task.count })}</strong></li>`)}</ul>`
			: tasks.includes(null) ? nothing : html`<p>${t('menu.todayNothing')}</p>`}</section>`;
}

// What this person should see to, with the page for it.
function ownAffairs({ terms_due: terms, factor, password_expires_at: until }) {
	const soon = until && dayOf(until) <= addDays(thisDay(), 14);
	return [terms && ['/terms', 'terms.title', t('menu.terms')],
		soon && ['/password', 'password.title', t('password.until', { day: dayText(dayOf(until)) })],
		factor?.suspended && ['/factor', 'enrol.title', t('factor.suspended')],
		factor?.enrolled && !factor.suspended && factor.recovery_left <= 3 && ['/factor', 'enrol.title',
			t('menu.recovery', { n: factor.recovery_left })],
	].filter(Boolean).map(([href, title, text]) => notice(text, html`<p><a href=${href}>${t(title)}</a></p>`, 'warn'));
}

const card = (r) => html`<li class="yb-card"><a href=${r.path}>${t(r.menu.title ?? r.titleKey)}</a>
	<p>${t(r.menu.text)}</p></li>`;

const lastLogin = ({ last_login_at: at, last_login_from: from }) => (at ? html`<p class="yb-small">${t('menu.lastLogin',
	{ day: dayText(dayOf(at)), time: timeText(at), from: from ?? t('none') })}</p>` : nothing);

export function view({ tasks, groups }, update, { session }) {
	const work = [...groups.keys()].some((group) => !EVERYBODYS.includes(group));
	return html`<h1>${t('menu.title')}</h1>
		${work ? nothing : notice(t('menu.none'), html`<p>${t('menu.noneText')}</p>`, 'warn')}
		${ownAffairs(session)}
		${tasks ? today(tasks) : nothing}
		${[...groups].map(([group, routes]) => html`<section><h2>${t(group)}</h2>
			<ul class="yb-cards">${routes.map(card)}</ul></section>`)}
		${lastLogin(session)}`;
}
