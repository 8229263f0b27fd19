// The pages of account: getting in, one's password, the menu.

export const routes = [
	{ path: '/login', titleKey: 'login.title', open: true, guest: true, load: () => import('./login.js') },
	{ path: '/menu', titleKey: 'menu.title', nav: 'menu.nav', load: () => import('./menu.js') },
	{ path: '/password', titleKey: 'password.title', needs: 'changePassword',
		menu: { group: 'menu.own', text: 'password.card' }, load: () => import('./password.js') },
];
