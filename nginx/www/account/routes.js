// The pages of account: getting in, what is one's own, the menu.

const own = (text) => ({ group: 'menu.own', text });

export const routes = [
	{ path: '/login', titleKey: 'login.title', open: true, guest: true, load: () => import('./login.js') },
	{ path: '/reset', titleKey: 'reset.title', open: true, load: () => import('./reset.js') },
	{ path: '/reset/new', titleKey: 'reset.newTitle', open: true, load: () => import('./reset_new.js') },
	{ path: '/id-notice', titleKey: 'idNotice.title', open: true, load: () => import('./id_notice.js') },
	{ path: '/mail-confirm', titleKey: 'mail.title', open: true, load: () => import('./mail.js') },
	{ path: '/menu', titleKey: 'menu.title', nav: 'menu.nav', load: () => import('./menu.js') },
	{ path: '/me', titleKey: 'me.title', needs: 'getMe', menu: own('me.card'), load: () => import('./me.js') },
	{ path: '/password', titleKey: 'password.title', needs: 'changePassword', menu: own('password.card'),
		load: () => import('./password.js') },
	{ path: '/factor', titleKey: 'enrol.title', needs: 'beginFactor', menu: own('enrol.card'), load: () => import('./enrol.js') },
	{ path: '/sessions', titleKey: 'sessions.title', needs: 'listSessions', menu: own('sessions.card'),
		load: () => import('./sessions.js') },
	{ path: '/terms', titleKey: 'terms.title', needs: 'acceptTerms', menu: own('terms.card'), load: () => import('./terms.js') },
];
