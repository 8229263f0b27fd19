// shell.js - which page this address is, and what stands around every page.
//
// Each screen is a real page load of the same shell: back, forward, focus and memory are the
// browser's work. A page module exports init(ctx) → state, view(state, update, ctx) and, if it
// wants to move the focus, ready(state, ctx). ctx: { session, params, query, update, ended }.

import { html, nothing, render } from '../vendor/lit-html/lit-html.js';
import { AREAS } from './areas.js';
import { Problem } from './api.js';
import { dayText, timeText, today } from './date.js';
import { loadWords, t } from './i18n.js';
import { codeLine, languageButton, match, setTitle } from './page.js';
import { allowed, endedWhy, logout, openSession, watch } from './session.js';

const EVERYBODYS = ['account', 'jobs']; // areas of pages that no business area owns

// Where what comes before everything else is done.
const FIRST_STEPS = { password: '/password', factor_setup: '/factor', terms: '/terms' };

const $ = (id) => document.getElementById(id);

// Into a part of the page; what index.html had put there goes with the first time.
const taken = new Set();
function put(template, id) {
	if (!taken.has(id))
		$(id).replaceChildren();
	taken.add(id);
	render(template, $(id));
}

const ROUTES = Object.entries(AREAS).flatMap(([area, routes]) => routes.map((route) => ({ ...route, area })));
const paramsOf = (route) => match(route.path, location.pathname);

function header(session, site) {
	put(html`<div class="yb-header__row yb-width">
		<p class="yb-header__name"><a href=${session ? '/menu' : '/login'}>${t('system.name')}</a>${site.environment
			? html`<span class="yb-env">${t(`environment.${site.environment}`)}</span>` : nothing}</p>
		<ul class="yb-header__who">
		${session ? html`<li lang="ja">${session.org.name}　${session.user.name ?? session.user.user_id}</li>` : nothing}
		<li>${languageButton()}</li>
		${session ? html`<li><button type="button" class="yb-link" id="logout" @click=${() => logout()}>${t('logout')}</button></li>` : nothing}
		</ul></div>`, 'header');
}

function navigation(session, routes, current) {
	const items = session.next ? [] : routes.filter((r) => r.nav && allowed(session, r));
	const here = (r) => (r.path === current?.path ? 'page'
		: current && (current.path.startsWith(`${r.path}/`) || current.under?.includes(r.path)) ? 'true' : nothing);
	render(html`<ul class="yb-nav__list yb-width">${items.map((r) => html`<li><a href=${r.path}
		aria-current=${here(r)}>${t(r.nav)}</a></li>`)}</ul>`, $('nav'));
}

function footer(site) {
	render(html`<div class="yb-width"><p>${[site.helpdesk && t('footer.help', site),
		site.version && t('footer.version', site)].filter(Boolean).join('　')}</p>
		<p>${t('footer.recorded')}</p></div>`, $('footer'));
}

// Paper says who printed it and when.
function printhead(session) {
	window.addEventListener('beforeprint', () => {
		$('printhead').textContent = t('print.head', { day: dayText(today()), time: timeText(Date.now()),
			who: session ? `${session.org.name}　${session.user.name ?? session.user.user_id}` : '' });
	});
}

const menuLink = (session) => html`<p><a href=${session ? '/menu' : '/login'}>${t(session
	? 'system.toMenu' : 'system.toLogin')}</a></p>`;

// A page of the system itself: nothing here, not for you, something broke.
function systemPage(kind, session, more = nothing) {
	setTitle(t(`${kind}.title`));
	put(html`<h1 id="title" tabindex="-1">${t(`${kind}.title`)}</h1><p>${t(`${kind}.text`)}</p>${more}
		${menuLink(session)}`, 'main');
}

function failure(e, session) {
	if (e.status === 404)
		return systemPage('absent', session, html`<p class="yb-small">${codeLine(e)}</p>`);
	if (e.status === 403)
		return systemPage('forbidden', session, html`<p class="yb-small">${codeLine(e)}</p>`);
	const problem = e instanceof Problem ? e : Object.assign(new Problem(500, null), { id: 'E-WEB-001' });
	const kind = problem.status === 0 ? 'offline' : problem.status === 503 || problem.status === 429 ? 'busy' : 'broken';
	return systemPage(kind, session, html`<p>${codeLine(problem)}</p><div class="yb-actions"><button
		type="button" class="yb-button" @click=${() => location.reload()}>${t('again')}</button></div>`);
}

async function show(page, route, ctx) {
	let state;
	const update = () => {
		if (state !== undefined)
			put(page.view(state, update, ctx), 'main');
	};
	ctx.update = update;
	setTitle(t(route.titleKey));
	state = await (page.init?.(ctx) ?? {});
	update();
	page.ready?.(state, ctx);
}

// Nobody is logged in: only open pages; everything else begins with the login.
function toLogin() {
	const next = location.pathname === '/' ? '' : `?next=${encodeURIComponent(location.pathname)}`;
	location.replace(`/login${next}`);
}

// Everything at once: who is there, the words, and the page the address asks for. What
// boot.js has begun to ask for is taken from it.
function begin(route) {
	const all = { session: openSession(), page: route?.load(),
		words: Promise.all([loadWords(), route ? loadWords(route.area) : null]) };
	for (const one of Object.values(all))
		one?.catch(() => null); // looked at in its turn
	return all;
}

async function start() {
	const route = ROUTES.find((r) => paramsOf(r) !== null);
	const coming = begin(route);
	let session = null;
	const site = JSON.parse(document.documentElement.dataset.site ?? '{}'); // nginx fills it in
	try {
		await coming.words;
		session = await coming.session;
		header(session, site);
		footer(site);
		printhead(session);
		if (!route?.open && !session)
			return toLogin();
		if (session && (!route || route.guest))
			return location.replace('/menu');
		if (session) {
			const routes = ROUTES.filter((r) => EVERYBODYS.includes(r.area) || session.areas.includes(r.area));
			navigation(session, routes, route);
			watch(session);
			const first = FIRST_STEPS[session.next];
			if (first && !route.open && route.path !== first)
				return location.replace(first);
			if (!routes.includes(route) || !allowed(session, route))
				return systemPage('forbidden', session);
		}
		return await show(await coming.page, route, { session, params: paramsOf(route),
			routes: ROUTES.filter((r) => allowed(session, r)), query: new URLSearchParams(location.search),
			ended: session ? null : endedWhy() });
	} catch (e) {
		if (!(e instanceof Problem))
			console.error(e);
		header(session, site);
		return failure(e, session);
	} finally {
		$('loading')?.remove();
	}
}

start();
