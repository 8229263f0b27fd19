// boot.js - a classic script, so that it runs where modules do not, and before them: asks for what
// every page needs, says so when a page cannot start, and clears the page before the browser
// keeps it for "back".

(function () {
	'use strict';
	var root = document.documentElement;
	var chosen = /(?:^|;\s*)lang=(ja|en)(?:;|$)/.exec(document.cookie);

	root.lang = chosen ? chosen[1] : 'ja';
	root.setAttribute('data-scripts', '');
	if (/^\/(login|reset(\/new)?|id-notice|mail-confirm)?$/.test(location.pathname))
		root.setAttribute('data-bare', ''); // no navigation: no room is kept for it

	// Each page, and the modules it needs besides those of index.html.
	var PAGES = [ // pages made by nginx/areas.sh
		['/login', 'account/login lib/text widgets/kana account/factor widgets/stepup widgets/dialog'],
		['/reset', 'account/reset widgets/kana lib/text account/id_notice account/reset_new widgets/stepup widgets/dialog account/link account/password'],
		['/reset/new', 'account/reset_new widgets/stepup lib/text widgets/dialog widgets/kana account/link account/password'],
		['/id-notice', 'account/id_notice widgets/kana lib/text'],
		['/mail-confirm', 'account/mail account/link'],
		['/menu', 'account/menu'],
		['/me', 'account/me widgets/edit widgets/conflict widgets/table widgets/kana lib/text'],
		['/password', 'account/password'],
		['/factor', 'account/enrol widgets/once widgets/stepup lib/text widgets/dialog widgets/kana'],
		['/sessions', 'account/sessions widgets/table'],
		['/terms', 'account/terms'],
		['/users', 'account/users lib/csv lib/file widgets/pagination widgets/table account/accounts widgets/era-date widgets/kana lib/text'],
		['/users/new', 'account/user-new widgets/checked account/accounts widgets/era-date widgets/kana lib/text account/handover lib/file widgets/once'],
		['/users/file', 'account/users-file widgets/upload lib/csv lib/text widgets/job widgets/dialog widgets/table account/accounts widgets/era-date widgets/kana'],
		['/users/resume', 'account/resume widgets/once widgets/pagination widgets/table account/accounts widgets/era-date widgets/kana lib/text account/handover lib/file'],
		['/users/review', 'account/review widgets/pagination widgets/table account/accounts widgets/era-date widgets/kana lib/text'],
		['/users/review/complete', 'account/review-complete widgets/table account/accounts widgets/era-date widgets/kana lib/text'],
		['/users/:user_id', 'account/user account/accounts widgets/era-date widgets/kana lib/text'],
		['/users/:user_id/edit', 'account/user-edit widgets/edit widgets/conflict widgets/table'],
		['/users/:user_id/letter', 'account/user-letter account/accounts widgets/era-date widgets/kana lib/text account/handover lib/file widgets/once'],
		['/users/:user_id/:step', 'account/user-state account/accounts widgets/era-date widgets/kana lib/text account/handover lib/file widgets/once'],
		['/applications', 'account/applications widgets/pagination widgets/table account/apps'],
		['/applications/organisations', 'account/organisations widgets/pagination widgets/table account/apps'],
		['/applications/new', 'account/application-new widgets/checked widgets/era-date widgets/kana lib/text account/accounts account/apps'],
		['/applications/file', 'account/applications-file widgets/upload lib/csv lib/text widgets/job widgets/dialog widgets/table'],
		['/applications/:application_no', 'account/application account/accounts widgets/era-date widgets/kana lib/text account/apps account/handover lib/file widgets/once'],
		['/records', 'record/search widgets/era-date widgets/kana lib/text widgets/pagination widgets/table record/masters record/why'],
		['/records/new', 'record/entry widgets/kana lib/text record/parts record/masters record/scan record/gs1 record/visit widgets/era-date record/why'],
		['/records/requests', 'record/requests widgets/pagination widgets/table record/lists record/parts record/one record/why'],
		['/records/requests/:request_id', 'record/answer widgets/act record/lists record/parts record/one widgets/table record/why record/requests widgets/pagination'],
		['/records/link', 'record/link widgets/pagination widgets/table record/lists record/parts'],
		['/records/link/resend', 'record/resend widgets/act widgets/era-date widgets/kana lib/text'],
		['/records/link/:seq', 'record/resolve widgets/act widgets/kana lib/text record/lists record/parts'],
		['/records/pairs', 'record/pairs widgets/pagination widgets/table record/lists record/why'],
		['/records/pairs/:pair_id', 'record/undo widgets/act record/pairs widgets/pagination widgets/table record/lists record/why'],
		['/records/due', 'record/due widgets/era-date widgets/pagination widgets/table record/lists record/parts record/masters record/why'],
		['/records/bulk', 'record/bulk widgets/table record/parts'],
		['/records/bulk/new', 'record/bulk_new lib/text widgets/act record/why'],
		['/records/bulk/:bulk_id', 'record/bulk_one widgets/act record/bulk widgets/table record/parts record/lists'],
		['/records/import', 'record/import widgets/upload lib/csv lib/text widgets/job widgets/dialog widgets/table'],
		['/records/alerts', 'record/alerts widgets/pagination widgets/table record/lists'],
		['/records/alerts/:alert_id', 'record/alert widgets/act record/alerts widgets/pagination widgets/table record/lists'],
		['/records/retention', 'record/retention widgets/dialog widgets/table record/lists'],
		['/records/:subject_no/new', 'record/entry widgets/kana lib/text record/parts record/masters record/scan record/gs1 record/visit widgets/era-date record/why'],
		['/records/:subject_no/:record_id', 'record/record record/one widgets/table record/parts record/why record/opened'],
		['/records/:subject_no/:record_id/correct', 'record/correct widgets/conflict widgets/table record/parts record/reason record/one record/why record/masters record/visit widgets/era-date widgets/kana lib/text'],
		['/records/:subject_no/:record_id/cancel', 'record/cancel widgets/act record/reason record/one widgets/table record/parts record/why'],
		['/records/:subject_no/:record_id/ask', 'record/ask widgets/act record/one widgets/table record/parts record/why'],
		['/records/:subject_no', 'record/timeline widgets/table record/opened record/why record/parts'],
		['/masters', 'master/list master/masters'],
		['/masters/changes', 'master/changes widgets/pagination widgets/table master/masters'],
		['/masters/changes/:change_id', 'master/change widgets/pagination widgets/table master/impact master/masters'],
		['/masters/changes/:change_id/edit', 'master/redraft widgets/edit widgets/conflict widgets/table master/fields widgets/era-date master/masters master/head'],
		['/masters/changes/:change_id/:act', 'master/back widgets/act master/masters'],
		['/masters/:master', 'master/rows widgets/era-date widgets/pagination widgets/table master/masters'],
		['/masters/:master/row', 'master/row widgets/table master/masters master/impact'],
		['/masters/:master/edit', 'master/edit widgets/edit widgets/conflict widgets/table master/fields widgets/era-date master/masters master/head master/impact'],
		['/masters/:master/file', 'master/file widgets/upload lib/csv lib/text widgets/job widgets/dialog widgets/table master/head widgets/era-date master/masters'],
		['/tokens', 'token/list widgets/pagination widgets/table token/tokens'],
		['/tokens/new', 'token/issue widgets/checked widgets/once token/fields token/tokens'],
		['/tokens/issued', 'token/issued'],
		['/tokens/organisations', 'token/organisations widgets/pagination widgets/table token/clients token/tokens token/register widgets/checked token/fields'],
		['/tokens/:token_id/revoke', 'token/revoke token/tokens'],
		['/clients', 'token/clients widgets/pagination widgets/table token/tokens'],
		['/clients/new', 'token/register widgets/checked token/fields token/tokens'],
		['/clients/:client_id', 'token/client token/clients widgets/pagination widgets/table token/tokens'],
		['/clients/:client_id/edit', 'token/client_edit widgets/edit widgets/conflict widgets/table token/client token/clients widgets/pagination token/tokens token/fields'],
		['/clients/:client_id/key', 'token/client_key token/client token/clients widgets/pagination widgets/table token/tokens token/fields'],
		['/clients/:client_id/state', 'token/client_state token/client token/clients widgets/pagination widgets/table token/tokens'],
		['/jobs', 'jobs/list widgets/pagination widgets/job lib/text widgets/dialog widgets/table'],
		['/jobs/:job_no', 'jobs/show widgets/job lib/text widgets/dialog widgets/table widgets/upload lib/csv'],
	]; // end of the pages

	// What every page asks for first, before the modules that ask for it have come.
	var asked = {};
	window.early = { take: function (path) {
		var answer = asked[path];
		delete asked[path];
		return answer;
	} };
	function ask(path, options) {
		asked[path] = fetch(path, options);
		asked[path].catch(function () {}); // looked at by whoever takes it
	}
	// The modules of this page and the words of its area come while the shell is read.
	function page(path) {
		for (var i = 0; i < PAGES.length; i++) {
			if (!new RegExp('^' + PAGES[i][0].replace(/:\w+/g, '[^/]+') + '$').test(path))
				continue;
			PAGES[i][1].split(' ').forEach(function (file) {
				var link = document.createElement('link');
				link.rel = 'modulepreload';
				link.href = '/ui/' + file + '.js';
				document.head.appendChild(link);
			});
			ask('/ui/' + PAGES[i][1].split('/')[0] + '/i18n/' + root.lang + '.json');
			return;
		}
	}
	if (document.currentScript && document.currentScript.hasAttribute('data-early') && window.AbortSignal && AbortSignal.timeout) {
		ask('/api/v1/account/session', { headers: { accept: 'application/json', 'accept-language': root.lang }, credentials: 'same-origin',
			cache: 'no-store', redirect: 'error', signal: AbortSignal.timeout(20000) });
		ask('/ui/i18n/' + root.lang + '.json');
		page(location.pathname);
	}

	function late() {
		var box = document.getElementById('late');
		var loading = document.getElementById('loading');
		if (box && loading) { // the shell has not taken over
			loading.hidden = true;
			box.hidden = false;
		}
	}
	window.addEventListener('error', late, true); // a file that did not come, a module that broke
	window.addEventListener('unhandledrejection', late);
	window.setTimeout(late, 15000);

	// What was on the screen must not be shown to whoever sits there next.
	window.addEventListener('pagehide', function () {
		root.setAttribute('data-left', '');
	});
	window.addEventListener('pageshow', function (e) {
		if (e.persisted)
			location.reload();
		else
			root.removeAttribute('data-left');
	});
})();
