// sessions.js - where one is logged in, and the end of it (H-1-9, A-12).

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { Problem, get, remove } from '../lib/api.js';
import { momentText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { focusOn, notice, problemBox, tag } from '../lib/page.js';
import { table } from '../widgets/table.js';

const BROWSERS = [['Edge', /\bEdg(?:e|A|iOS)?\//], ['Firefox', /\b(?:Firefox|FxiOS)\//], ['Chrome', /(?:Chrome|CriOS)\//],
	['Safari', /\bSafari\//]];
const SYSTEMS = [['Android', /Android/], ['iPhone', /iPhone/], ['iPad', /iPad/], ['Windows', /Windows/], ['Mac', /Macintosh/],
	['ChromeOS', /\bCrOS\b/], ['Linux', /Linux/]];

// "Edge, Windows" of what a browser calls itself; null: nobody we know.
export function browserOf(agent) {
	const [browser, system] = [BROWSERS, SYSTEMS].map((list) => list.find(([, sign]) => sign.test(agent ?? ''))?.[0]);
	return browser ? [browser, system].filter(Boolean).join(t('comma')) : null;
}

export async function init({ update }) {
	const state = { ...await get('/account/sessions'), problem: null, ended: false, sending: false };
	state.end = async (path) => {
		if (state.sending)
			return;
		Object.assign(state, { sending: true, problem: null, ended: false });
		try {
			await remove(`/account/sessions${path}`, { key: crypto.randomUUID() });
			state.ended = true;
		} catch (e) {
			if (!(e instanceof Problem))
				throw e;
			state.problem = e;
		}
		state.sending = false;
		Object.assign(state, await get('/account/sessions').catch(() => ({})));
		update();
		focusOn(state.problem ? 'summary' : 'ended');
	};
	return state;
}

const columns = (state) => [
	{ key: 'browser', label: t('sessions.browser'), head: true, cell: (s) => html`${browserOf(s.browser) ?? s.browser
		?? t('sessions.unknown')} ${s.current ? tag(t('sessions.current'), 'good') : nothing}` },
	{ key: 'from', label: t('sessions.from'), cell: (s) => s.from ?? t('none') },
	{ key: 'began', nowrap: true, label: t('sessions.began'), cell: (s) => momentText(s.began_at) },
	{ key: 'seen', nowrap: true, label: t('sessions.seen'), cell: (s) => momentText(s.seen_at) },
	{ key: 'do', label: t('sessions.do'), screen: true, cell: (s) => (s.current ? nothing : html`<button type="button"
		class="yb-button yb-button--small" @click=${() => state.end(`/${s.session_id}`)}>${t('sessions.end')}<span
		class="yb-hidden">${t('colon')}${browserOf(s.browser) ?? ''} ${s.from ?? ''}</span></button>`) },
];

export const view = (state) => html`${problemBox(state.problem)}
	<h1 id="sessions">${t('sessions.title')}</h1><p>${t('sessions.lead')}</p>
	<div id="ended" tabindex="-1">${state.ended ? notice(t('sessions.ended'), nothing, 'good') : nothing}</div>
	${table({ labelledby: 'sessions', columns: columns(state), rows: state.sessions })}
	${state.sessions.length > 1 ? html`<div class="yb-actions"><button type="button" class="yb-button" id="end-others"
		@click=${() => state.end('')}>${t('sessions.endOthers')}</button></div>` : html`<p>${t('sessions.only')}</p>`}
	<p>${t('sessions.strange')} <a href="/password">${t('password.title')}</a></p>`;
