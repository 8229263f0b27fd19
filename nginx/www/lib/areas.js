// areas.js - the pages of every area, in the order of the navigation. Made from the areas'
// routes.js by nginx/areas.sh: change those, then run it.

const account = (() => {
	const own = (text) => ({ group: 'menu.own', text });
	const people = (text) => ({ group: 'users.group', text });
	const asked = (text) => ({ group: 'apps.group', text });
	const routes = [
		{ path: '/login', titleKey: 'login.title', open: true, guest: true, load: () => import('../account/login.js') },
		{ path: '/reset', titleKey: 'reset.title', open: true, load: () => import('../account/reset.js') },
		{ path: '/reset/new', titleKey: 'reset.newTitle', open: true, load: () => import('../account/reset_new.js') },
		{ path: '/id-notice', titleKey: 'idNotice.title', open: true, load: () => import('../account/id_notice.js') },
		{ path: '/mail-confirm', titleKey: 'mail.title', open: true, load: () => import('../account/mail.js') },
		{ path: '/menu', titleKey: 'menu.title', nav: 'menu.nav', load: () => import('../account/menu.js'),
			tasks: () => import('../account/menu.js') },
		{ path: '/me', titleKey: 'me.title', needs: 'getMe', menu: own('me.card'), load: () => import('../account/me.js') },
		{ path: '/password', titleKey: 'password.title', needs: 'changePassword', menu: own('password.card'),
			load: () => import('../account/password.js') },
		{ path: '/factor', titleKey: 'enrol.title', needs: 'beginFactor', menu: own('enrol.card'), load: () => import('../account/enrol.js') },
		{ path: '/sessions', titleKey: 'sessions.title', needs: 'listSessions', menu: own('sessions.card'),
			load: () => import('../account/sessions.js') },
		{ path: '/cards', titleKey: 'cards.title', needs: 'listCards', menu: own('cards.card'), load: () => import('../account/cards.js') },
		{ path: '/terms', titleKey: 'terms.title', needs: 'acceptTerms', menu: own('terms.card'), load: () => import('../account/terms.js') },
		{ path: '/users', titleKey: 'users.title', nav: 'users.nav', needs: 'listUsers', menu: people('users.card'), load: () => import('../account/users.js') },
		{ path: '/users/new', titleKey: 'userNew.title', needs: 'createUser', menu: people('userNew.card'), load: () => import('../account/user-new.js') },
		{ path: '/users/file', titleKey: 'userFile.title', needs: 'createUser', menu: people('userFile.card'), load: () => import('../account/users-file.js') },
		{ path: '/users/resume', titleKey: 'resume.title', needs: 'resumeUsers', menu: people('resume.card'), load: () => import('../account/resume.js') },
		{ path: '/users/review', titleKey: 'review.title', needs: 'getReview', menu: people('review.card'), load: () => import('../account/review.js') },
		{ path: '/users/review/complete', titleKey: 'reviewDone.title', needs: 'completeReview', load: () => import('../account/review-complete.js') },
		{ path: '/users/:user_id', titleKey: 'user.title', needs: 'getUser', load: () => import('../account/user.js') },
		{ path: '/users/:user_id/edit', titleKey: 'userEdit.title', needs: 'changeUser', load: () => import('../account/user-edit.js') },
		{ path: '/users/:user_id/letter', titleKey: 'letter.title', needs: 'printUserNotice', load: () => import('../account/user-letter.js') },
		{ path: '/users/:user_id/:step', titleKey: 'userState.title', needs: 'changeUserState', load: () => import('../account/user-state.js') },
		{ path: '/applications', titleKey: 'apps.title', nav: 'apps.nav', needs: 'listApplications', menu: asked('apps.card'),
			load: () => import('../account/applications.js') },
		{ path: '/applications/organisations', titleKey: 'orgs.title', needs: 'findOrganisations', menu: asked('orgs.card'),
			load: () => import('../account/organisations.js') },
		{ path: '/applications/new', titleKey: 'appNew.title', needs: 'createApplication', load: () => import('../account/application-new.js') },
		{ path: '/applications/file', titleKey: 'appFile.title', needs: 'createApplication', menu: asked('appFile.card'),
			load: () => import('../account/applications-file.js') },
		{ path: '/applications/:application_no', titleKey: 'app.title', needs: 'getApplication', load: () => import('../account/application.js') },
	];
	return routes;
})();

const record = (() => {
	const INSTITUTION = ['MI-A', 'MI-S', 'NM-A', 'NM-S'];
	const menu = (text) => ({ group: 'record.group', text });
	const routes = [
		{ path: '/records', titleKey: 'search.title', nav: 'search.nav', needs: 'searchSubjects',
			menu: menu('search.card'), load: () => import('../record/search.js') },
		{ path: '/records/new', titleKey: 'entry.title', nav: 'entry.nav', needs: 'createVaccination',
			menu: menu('entry.card'), load: () => import('../record/entry.js'),
			tasks: () => import('../record/tasks.js') },
		{ path: '/records/enquiries', titleKey: 'enquiries.title', needs: 'listEnquiries',
			menu: menu('enquiries.card'), load: () => import('../record/enquiries.js') },
		{ path: '/records/enquiries/:enquiry_id', titleKey: 'enquiry.title', needs: 'answerEnquiry', load: () => import('../record/enquiry.js') },
		{ path: '/records/requests', titleKey: 'requests.title', needs: 'listCorrectionRequests',
			menu: menu('requests.card'), load: () => import('../record/requests.js') },
		{ path: '/records/requests/:request_id', titleKey: 'answer.title', needs: 'answerCorrectionRequest',
			roles: INSTITUTION, load: () => import('../record/answer.js') },
		{ path: '/records/link', titleKey: 'link.title', needs: 'getLinkStatus',
			menu: menu('link.card'), load: () => import('../record/link.js') },
		{ path: '/records/link/resend', titleKey: 'resend.title', needs: 'resendVaccinations', load: () => import('../record/resend.js') },
		{ path: '/records/link/acks', titleKey: 'linkAcks.title', needs: 'resendVaccinations', load: () => import('../record/link_acks.js') },
		{ path: '/records/link/:seq', titleKey: 'resolve.title', needs: 'resolveLinkError', load: () => import('../record/resolve.js') },
		{ path: '/records/pairs', titleKey: 'pairs.title', needs: 'listPairs',
			menu: menu('pairs.card'), load: () => import('../record/pairs.js') },
		{ path: '/records/pairs/:pair_id', titleKey: 'undo.title', needs: 'undoPair', load: () => import('../record/undo.js') },
		{ path: '/records/due', titleKey: 'dueList.title', needs: 'listDue',
			menu: menu('dueList.card'), load: () => import('../record/due.js') },
		{ path: '/records/recalls', titleKey: 'recalls.title', needs: 'listRecall',
			menu: menu('recalls.card'), load: () => import('../record/recalls.js') },
		{ path: '/records/bulk', titleKey: 'bulk.title', needs: 'listBulkInquiries',
			menu: menu('bulk.card'), load: () => import('../record/bulk.js') },
		{ path: '/records/bulk/new', titleKey: 'bulkNew.title', needs: 'requestBulkInquiry', load: () => import('../record/bulk_new.js') },
		{ path: '/records/bulk/:bulk_id', titleKey: 'bulkOne.title', needs: 'listBulkInquiries', load: () => import('../record/bulk_one.js') },
		{ path: '/records/import', titleKey: 'import.title', needs: 'resendVaccinations',
			menu: menu('import.card'), load: () => import('../record/import.js') },
		{ path: '/records/alerts', titleKey: 'alerts.title', needs: 'listAlerts',
			menu: menu('alerts.card'), load: () => import('../record/alerts.js') },
		{ path: '/records/alerts/:alert_id', titleKey: 'alert.title', needs: 'checkAlert', load: () => import('../record/alert.js') },
		{ path: '/records/retention', titleKey: 'retention.title', needs: 'listRetention',
			menu: menu('retention.card'), load: () => import('../record/retention.js') },
		{ path: '/records/:subject_no/new', titleKey: 'entry.title', needs: 'createVaccination', load: () => import('../record/entry.js') },
		{ path: '/records/:subject_no/proxies', titleKey: 'proxies.title', needs: 'listProxies', load: () => import('../record/proxies.js') },
		{ path: '/records/:subject_no/proxies/:act', titleKey: 'proxy.title', needs: 'setProxy', load: () => import('../record/proxy.js') },
		{ path: '/records/:subject_no/evacuation', titleKey: 'evacuation.title', needs: 'setEvacuation', load: () => import('../record/evacuation.js') },
		{ path: '/records/:subject_no/:record_id', titleKey: 'record.one', needs: 'getVaccinationHistory', load: () => import('../record/record.js') },
		{ path: '/records/:subject_no/:record_id/correct', titleKey: 'correct.title', needs: 'correctVaccination', load: () => import('../record/correct.js') },
		{ path: '/records/:subject_no/:record_id/cancel', titleKey: 'cancel.title', needs: 'correctVaccination', load: () => import('../record/cancel.js') },
		{ path: '/records/:subject_no/:record_id/ask', titleKey: 'askCorrection.title', needs: 'requestCorrection', load: () => import('../record/ask.js') },
		{ path: '/records/:subject_no', titleKey: 'timeline.title', needs: 'getTimeline', load: () => import('../record/timeline.js') },
	];
	return routes;
})();

const master = (() => {
	const SENDERS = ['KC-A', 'KC-S', 'OP', 'MH-A', 'MH-S', 'MU-A', 'MU-S', 'MU-V', 'MI-A', 'MI-S', 'NM-A', 'NM-S'];
	const menu = (text) => ({ group: 'masters.group', text });
	const routes = [
		{ path: '/masters', titleKey: 'masters.title', nav: 'masters.nav', needs: 'listMasters', menu: menu('masters.card'),
			load: () => import('../master/list.js') },
		{ path: '/masters/changes', titleKey: 'changes.title', needs: 'listMasterChanges', menu: menu('changes.card'),
			load: () => import('../master/changes.js'), tasks: () => import('../master/tasks.js') },
		{ path: '/masters/changes/:change_id', titleKey: 'change.title', needs: 'getMasterChange', load: () => import('../master/change.js') },
		{ path: '/masters/changes/:change_id/edit', titleKey: 'changeEdit.title', needs: 'replaceMasterChange', load: () => import('../master/redraft.js') },
		{ path: '/masters/changes/:change_id/:act', titleKey: 'changeBack.title', needs: 'withdrawMasterChange', load: () => import('../master/back.js') },
		{ path: '/masters/receipts', titleKey: 'receipts.title', needs: 'listReceipts', menu: menu('receipts.card'), load: () => import('../master/receipts.js') },
		{ path: '/masters/receipts/:receipt_id', titleKey: 'receipt.title', needs: 'getReceipt', load: () => import('../master/receipt.js') },
		{ path: '/masters/sendings', titleKey: 'sendings.title', needs: 'listSendings', roles: SENDERS, menu: menu('sendings.card'),
			load: () => import('../master/sendings.js') },
		{ path: '/masters/sendings/:sending_id', titleKey: 'sending.title', needs: 'getSending', load: () => import('../master/sending.js') },
		{ path: '/masters/parameters', titleKey: 'parameters.title', needs: 'listParameters', roles: ['KC-A', 'KC-S', 'OP'], menu: menu('parameters.card'),
			load: () => import('../master/parameters.js') },
		{ path: '/masters/mergers', titleKey: 'mergers.title', needs: 'listMergers', menu: menu('mergers.card'), load: () => import('../master/mergers.js') },
		{ path: '/masters/mergers/new', titleKey: 'mergerNew.title', needs: 'createMerger', load: () => import('../master/merger_new.js') },
		{ path: '/masters/mergers/:merger_id', titleKey: 'merger.title', needs: 'getMerger', load: () => import('../master/merger.js') },
		{ path: '/masters/mergers/:merger_id/:act', titleKey: 'mergerAct.title', needs: 'cancelMerger', load: () => import('../master/merger_act.js') },
		{ path: '/masters/:master', titleKey: 'masterRows.title', needs: 'listMasterRows', load: () => import('../master/rows.js') },
		{ path: '/masters/:master/row', titleKey: 'masterRow.title', needs: 'getMasterRow', load: () => import('../master/row.js') },
		{ path: '/masters/:master/edit', titleKey: 'masterEdit.title', needs: 'createMasterChange', load: () => import('../master/edit.js') },
		{ path: '/masters/:master/file', titleKey: 'masterFile.title', needs: 'createMasterChange', load: () => import('../master/file.js') },
	];
	return routes;
})();

const token = (() => {
	const menu = (text) => ({ group: 'token.group', text });
	const under = ['/tokens', '/tokens/organisations'];
	const ISSUERS = ['MU-A', 'MU-S', 'NM-A', 'NM-S'];
	const routes = [
		{ path: '/tokens', titleKey: 'tokens.title', nav: 'tokens.nav', needs: 'listAccessTokens', menu: menu('tokens.card'),
			load: () => import('../token/list.js'), tasks: () => import('../token/tasks.js') },
		{ path: '/tokens/new', titleKey: 'issue.title', needs: 'issueAccessToken', menu: menu('issue.card'),
			load: () => import('../token/issue.js') },
		{ path: '/tokens/issued', titleKey: 'issued.title', needs: 'issueAccessToken', load: () => import('../token/issued.js') },
		{ path: '/tokens/organisations', titleKey: 'orgTokens.title', nav: 'tokens.nav', needs: 'listOrganisationTokens',
			roles: ['KC-A'], menu: menu('orgTokens.card'), load: () => import('../token/organisations.js') },
		{ path: '/tokens/:token_id/revoke', titleKey: 'revoke.title', needs: 'revokeAccessToken', load: () => import('../token/revoke.js') },
		{ path: '/clients', titleKey: 'clients.title', under, needs: 'listClients', roles: ISSUERS, menu: menu('clients.card'),
			load: () => import('../token/clients.js') },
		{ path: '/clients/new', titleKey: 'register.title', under, needs: 'registerClient', load: () => import('../token/register.js') },
		{ path: '/clients/:client_id', titleKey: 'client.title', under, needs: 'getClient', load: () => import('../token/client.js') },
		{ path: '/clients/:client_id/edit', titleKey: 'clientEdit.title', under, needs: 'changeClient', load: () => import('../token/client_edit.js') },
		{ path: '/clients/:client_id/key', titleKey: 'clientKey.title', under, needs: 'rotateClientKey', load: () => import('../token/client_key.js') },
		{ path: '/clients/:client_id/state', titleKey: 'clientState.title', under, needs: 'disableClient', load: () => import('../token/client_state.js') },
	];
	return routes;
})();

const jobs = (() => {
	const routes = [
		{ path: '/jobs', titleKey: 'jobs.title', needs: 'listJobs', menu: { group: 'jobs.group', text: 'jobs.card' },
			load: () => import('../jobs/list.js') },
		{ path: '/jobs/:job_no', titleKey: 'jobs.one', needs: 'getJob', load: () => import('../jobs/show.js') },
	];
	return routes;
})();

export const AREAS = { account, record, master, token, jobs };
