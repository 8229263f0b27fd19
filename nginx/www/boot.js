// boot.js - a classic script, so that it runs where modules do not: says so when a page
// cannot start, and clears the page before the browser keeps it for "back".

(function () {
	'use strict';
	var root = document.documentElement;
	var chosen = /(?:^|;\s*)lang=(ja|en)(?:;|$)/.exec(document.cookie);

	root.lang = chosen ? chosen[1] : 'ja';
	root.setAttribute('data-scripts', '');
	if (/^\/(login|reset(\/new)?|id-notice|mail-confirm)?$/.test(location.pathname))
		root.setAttribute('data-bare', ''); // no navigation: no room is kept for it

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
