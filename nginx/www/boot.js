// boot.js - which page this address is, and what every page shares.
//
// Each screen is a real page load of the same shell: back, forward, focus and memory are
// the browser's work. A page module exports title(s) and show(main, session).

import { getSession, logout } from './lib/api.js';
import { button, h, setTitle, showProblem } from './lib/ui.js';

const PAGES = [
	{ path: /^\/login$/, open: true, load: () => import('./account/login.js') },
	{ path: /^\/records$/, needs: 'searchSubjects', load: () => import('./record/search.js') },
	{ path: /^\/records\/([0-9A-Za-z-]+)$/, needs: 'getTimeline', load: () => import('./record/timeline.js') },
	{ path: /^\/tokens$/, needs: 'listAccessTokens', load: () => import('./token/list.js') },
];
const MENU = [
	{ needs: 'searchSubjects', href: '/records', text: '接種記録の照会' },
	{ needs: 'listAccessTokens', href: '/tokens', text: 'アクセストークン' },
];

// Whether this person may; the server decides anyway, the menu only does not promise more.
const may = (session, operation) => (session.permissions ?? []).includes(operation);

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
	const items = MENU.filter((m) => may(session, m.needs));
	if (items.length === 0)
		return;
	nav.append(h('ul', { class: 'yb-nav__list yb-width' }, ...items.map((m) => h('li', {},
		h('a', { href: m.href, 'aria-current': location.pathname === m.href ? 'page'
			: location.pathname.startsWith(`${m.href}/`) ? 'true' : null },
			m.text)))));
	nav.hidden = false;
}

// Why this person has no page here, and who can change that.
function refusal(session) {
	setTitle('使える画面がありません');
	return [h('h1', {}, '使える画面がありません'), h('p', {}, session.temporary
		? '仮パスワードのままでは使えません。先に本パスワードを設定してください。'
		: 'この利用者の権限で使える画面は、まだありません。必要なときは組織の管理者に権限を依頼してください。')];
}

async function start() {
	const main = document.getElementById('main');
	const page = PAGES.find((p) => p.path.test(location.pathname));
	try {
		const session = page?.open ? null : await getSession();
		if (!page?.open && !session) {
			location.replace(`/login?next=${encodeURIComponent(location.pathname)}`);
			return;
		}
		if (!page) {
			location.replace('/records');
			return;
		}
		if (session) {
			showWho(session);
			showMenu(session);
		}
		if (page.needs && !may(session, page.needs)) {
			main.replaceChildren(...refusal(session));
			return;
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
