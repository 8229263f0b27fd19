// The pages of token: access tokens for the organisation's own programs.

export const routes = [
	{ path: '/tokens', titleKey: 'tokens.title', nav: 'tokens.nav', needs: 'listAccessTokens',
		menu: { group: 'token.group', text: 'tokens.card' }, load: () => import('./list.js'),
		tasks: () => import('./tasks.js') },
	{ path: '/tokens/new', titleKey: 'issue.title', needs: 'issueAccessToken',
		menu: { group: 'token.group', text: 'issue.card' }, load: () => import('./issue.js') },
	{ path: '/tokens/issued', titleKey: 'issued.title', needs: 'issueAccessToken', load: () => import('./issued.js') },
	{ path: '/tokens/:token_id/revoke', titleKey: 'revoke.title', needs: 'revokeAccessToken',
		load: () => import('./revoke.js') },
];
