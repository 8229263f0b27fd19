// The pages of account: getting in, what is one's own, the menu; accounts and who asks for them.

const own = (text) => ({ group: 'menu.own', text });
const people = (text) => ({ group: 'users.group', text });
const asked = (text) => ({ group: 'apps.group', text });

export const routes = [
	{ path: '/login', titleKey: 'login.title', open: true, guest: true, load: () => import('./login.js') },
	{ path: '/reset', titleKey: 'reset.title', open: true, load: () => import('./reset.js') },
	{ path: '/reset/new', titleKey: 'reset.newTitle', open: true, load: () => import('./reset_new.js') },
	{ path: '/id-notice', titleKey: 'idNotice.title', open: true, load: () => import('./id_notice.js') },
	{ path: '/mail-confirm', titleKey: 'mail.title', open: true, load: () => import('./mail.js') },
	{ path: '/menu', titleKey: 'menu.title', nav: 'menu.nav', load: () => import('./menu.js'),
		tasks: () => import('./menu.js') },
	{ path: '/me', titleKey: 'me.title', needs: 'getMe', menu: own('me.card'), load: () => import('./me.js') },
	{ path: '/password', titleKey: 'password.title', needs: 'changePassword', menu: own('password.card'),
		load: () => import('./password.js') },
	{ path: '/factor', titleKey: 'enrol.title', needs: 'beginFactor', menu: own('enrol.card'), load: () => import('./enrol.js') },
	{ path: '/sessions', titleKey: 'sessions.title', needs: 'listSessions', menu: own('sessions.card'),
		load: () => import('./sessions.js') },
	{ path: '/cards', titleKey: 'cards.title', needs: 'listCards', menu: own('cards.card'), load: () => import('./cards.js') },
	{ path: '/terms', titleKey: 'terms.title', needs: 'acceptTerms', menu: own('terms.card'), load: () => import('./terms.js') },
	{ path: '/users', titleKey: 'users.title', nav: 'users.nav', needs: 'listUsers', menu: people('users.card'), load: () => import('./users.js') },
	{ path: '/users/new', titleKey: 'userNew.title', needs: 'createUser', menu: people('userNew.card'), load: () => import('./user-new.js') },
	{ path: '/users/file', titleKey: 'userFile.title', needs: 'createUser', menu: people('userFile.card'), load: () => import('./users-file.js') },
	{ path: '/users/resume', titleKey: 'resume.title', needs: 'resumeUsers', menu: people('resume.card'), load: () => import('./resume.js') },
	{ path: '/users/review', titleKey: 'review.title', needs: 'getReview', menu: people('review.card'), load: () => import('./review.js') },
	{ path: '/users/review/complete', titleKey: 'reviewDone.title', needs: 'completeReview', load: () => import('./review-complete.js') },
	{ path: '/users/:user_id', titleKey: 'user.title', needs: 'getUser', load: () => import('./user.js') },
	{ path: '/users/:user_id/edit', titleKey: 'userEdit.title', needs: 'changeUser', load: () => import('./user-edit.js') },
	{ path: '/users/:user_id/letter', titleKey: 'letter.title', needs: 'printUserNotice', load: () => import('./user-letter.js') },
	{ path: '/users/:user_id/:step', titleKey: 'userState.title', needs: 'changeUserState', load: () => import('./user-state.js') },
	{ path: '/applications', titleKey: 'apps.title', nav: 'apps.nav', needs: 'listApplications', menu: asked('apps.card'),
		load: () => import('./applications.js') },
	{ path: '/applications/organisations', titleKey: 'orgs.title', needs: 'findOrganisations', menu: asked('orgs.card'),
		load: () => import('./organisations.js') },
	{ path: '/applications/new', titleKey: 'appNew.title', needs: 'createApplication', load: () => import('./application-new.js') },
	{ path: '/applications/file', titleKey: 'appFile.title', needs: 'createApplication', menu: asked('appFile.card'),
		load: () => import('./applications-file.js') },
	{ path: '/applications/:application_no', titleKey: 'app.title', needs: 'getApplication', load: () => import('./application.js') },
];
