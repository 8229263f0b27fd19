// The pages of token: access tokens handed out on the screen, programs that fetch theirs, and
// what 国保中央会 sees of any organisation.

const menu = (text) => ({ group: 'token.group', text });
const under = ['/tokens', '/tokens/organisations'];
const ISSUERS = ['MU-A', 'MU-S', 'NM-A', 'NM-S'];

export const routes = [
	{ path: '/tokens', titleKey: 'tokens.title', nav: 'tokens.nav', needs: 'listAccessTokens', menu: menu('tokens.card'),
		load: () => import('./list.js'), tasks: () => import('./tasks.js') },
	{ path: '/tokens/new', titleKey: 'issue.title', needs: 'issueAccessToken', menu: menu('issue.card'),
		load: () => import('./issue.js') },
	{ path: '/tokens/issued', titleKey: 'issued.title', needs: 'issueAccessToken', load: () => import('./issued.js') },
	{ path: '/tokens/organisations', titleKey: 'orgTokens.title', nav: 'tokens.nav', needs: 'listOrganisationTokens',
		roles: ['KC-A'], menu: menu('orgTokens.card'), load: () => import('./organisations.js') },
	{ path: '/tokens/:token_id/revoke', titleKey: 'revoke.title', needs: 'revokeAccessToken', load: () => import('./revoke.js') },
	{ path: '/clients', titleKey: 'clients.title', under, needs: 'listClients', roles: ISSUERS, menu: menu('clients.card'),
		load: () => import('./clients.js') },
	{ path: '/clients/new', titleKey: 'register.title', under, needs: 'registerClient', load: () => import('./register.js') },
	{ path: '/clients/:client_id', titleKey: 'client.title', under, needs: 'getClient', load: () => import('./client.js') },
	{ path: '/clients/:client_id/edit', titleKey: 'clientEdit.title', under, needs: 'changeClient', load: () => import('./client_edit.js') },
	{ path: '/clients/:client_id/key', titleKey: 'clientKey.title', under, needs: 'rotateClientKey', load: () => import('./client_key.js') },
	{ path: '/clients/:client_id/state', titleKey: 'clientState.title', under, needs: 'disableClient', load: () => import('./client_state.js') },
];
