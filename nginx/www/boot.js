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
	if (document.currentScript && document.currentScript.hasAttribute('data-early') && window.AbortSignal && AbortSignal.timeout) {
		ask('/api/v1/account/session', { headers: { accept: 'application/json', 'accept-language': root.lang }, credentials: 'same-origin',
			cache: 'no-store', redirect: 'error', signal: AbortSignal.timeout(20000) });
		ask(document.currentScript.src.replace(/^\w+:\/\/[^/]+|boot\.js$/g, '') + 'i18n/' + root.lang + '.json');
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
