// boot.js - which page this address is, and what every page shares.
//
// Each screen is a real page load of the same shell: back, forward, focus and memory are
// the browser's work. A page module exports title(s) and show(main, session).

import { getSession, logout } from './lib/api.js';
import { button, h, showProblem } from './lib/ui.js';

const PAGES = [
	{ path: /^\/login$/, open: true, load: () => import('./account/login.js') },
	{ path: /^\/records$/, area: 'record', load: () => import('./record/search.js') },
	{ path: /^\/records\/([0-9A-Za-z-]+)$/, area: 'record', load: () => import('./record/timeline.js') },
];
const MENU = [{ area: 'record', href: '/records', text: '接種記録の照会' }];

function showWho(session) {
	const who = document.getElementById('who');
	who.append(
		h('span', {}, `${session.org.name}　${session.user.name ?? session.user.user_id}`),
		button('ログアウト', { class: 'yb-button yb-button--text', onclick: async () => {
			await logout().catch(() => null); // gone or unreachable: the cookie decides
			location.replace('/login?bye=1');
		} }));
}

function showMenu(session) {
	const nav = document.getElementById('nav');
	const items = MENU.filter((m) => (session.areas ?? []).includes(m.area));
	if (items.length === 0)
		return;
	nav.append(h('ul', { class: 'yb-nav__list yb-width' }, ...items.map((m) => h('li', {},
		h('a', { href: m.href, 'aria-current': location.pathname === m.href ? 'page' : null },
			m.text)))));
	nav.hidden = false;
}

async function start() {
	const main = document.getElementById('main');
	const page = PAGES.find((p) => p.path.test(location.pathname));
	try {
		const session = await getSession();
		if (!page?.open && !session) {
			location.replace(`/login?next=${encodeURIComponent(location.pathname)}`);
			return;
		}
		if (!page || (page.open && session)) {
			location.replace('/records');
			return;
		}
		if (session) {
			showWho(session);
			showMenu(session);
		}
		const module = await page.load();
		main.replaceChildren();
		await module.show(main, session, page.path.exec(location.pathname).slice(1));
	} catch (e) {
		main.replaceChildren(h('h1', {}, '画面を表示できません'));
		showProblem(main, e);
	}
}

// A page kept for "back" must not show personal data to whoever sits there next.
window.addEventListener('pagehide', () => document.getElementById('main').replaceChildren());
window.addEventListener('pageshow', (e) => {
	if (e.persisted)
		location.reload();
});

start();
