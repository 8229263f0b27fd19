// shell.js - the page for citizens (H-3-3): who came from the portal, whom they look at, and the
// end of it. Apart from the shell of the staff: there is one page, in plain words and large.

import { html, nothing, render } from '../vendor/lit-html/lit-html.js';
import { Problem, get, onSession, post } from '../lib/api.js';
import { dayText, timeText, today } from '../lib/date.js';
import { lang, loadWords, t } from '../lib/i18n.js';
import { announce, codeLine, focusOn, languageButton, nameOf, setTitle } from '../lib/page.js';
import { init, view } from './view.js';

const $ = (id) => document.getElementById(id);
const WARN_S = 120;

const taken = new Set();
function put(template, id) {
	if (!taken.has(id))
		$(id).replaceChildren();
	taken.add(id);
	render(template, $(id));
}

// As the portal calls them; else oneself, or the child with its number.
const personName = (p) => (p.name ? nameOf(p)
	: t(p.relation === 'self' ? 'citizen.self' : 'citizen.child', { n: p.person + 1 }));

function header(session) {
	put(html`<div class="yb-header__row yb-width"><p class="yb-header__name">${t('citizen.name')}</p>
		<ul class="yb-header__who"><li>${languageButton()}</li>
		${session ? html`<li><button type="button" class="yb-link" id="logout" @click=${leave}>${t('citizen.leave')}</button></li>`
			: nothing}</ul></div>`, 'header');
}

function footer() {
	put(html`<div class="yb-width"><p>${t('citizen.recorded')}</p></div>`, 'footer');
}

// Nothing of anybody stays on the screen, whatever becomes of the session.
function over(kind) {
	location.replace(`/citizen?${kind}=1`);
}

async function leave() {
	document.documentElement.dataset.left = '';
	await post('/record/citizen/session/end', undefined).catch(() => null);
	over('bye');
}

// ---- the time of a session ----

let lastTalk = Date.now();

function watch(session, update) {
	let warned = false;
	onSession({ mend: { 'E-AUTH-003': async () => { over('late'); return false; } }, talked: () => { lastTalk = Date.now(); } });
	setInterval(() => {
		const left = session.idle_seconds - (Date.now() - lastTalk) / 1000;
		if (left <= 0)
			return over('late');
		if (left <= WARN_S !== warned) {
			warned = !warned;
			update(warned);
			announce(warned ? t('citizen.soon') : '');
		}
		return undefined;
	}, 1000);
}

// ---- pages without a session ----

// How one gets in, and what became of the last try (?bye, ?late, ?again).
function door(query) {
	const why = ['again', 'late', 'bye'].find((key) => query.has(key));
	setTitle(t('citizen.door'));
	put(html`${why ? html`<div class="yb-notice" data-kind=${why === 'again' ? 'bad' : 'info'}>
		<p class="yb-notice__head" id="why" tabindex="-1">${t(`citizen.why-${why}`)}</p></div>` : nothing}
		<h1>${t('citizen.door')}</h1><p>${t('citizen.doorText')}</p>
		<section><h2>${t('citizen.need')}</h2><ul><li>${t('citizen.needCard')}</li><li>${t('citizen.needPin')}</li></ul></section>
		<section><h2>${t('citizen.how')}</h2><ol><li>${t('citizen.how1')}</li><li>${t('citizen.how2')}</li><li>${t('citizen.how3')}</li></ol></section>
		<section><h2>${t('citizen.locked')}</h2><p>${t('citizen.lockedText')}</p></section>
		<section><h2>${t('citizen.noCard')}</h2><p>${t('citizen.noCardText')}</p></section>`, 'main');
	focusOn('why');
}

function broken(e) {
	const problem = e instanceof Problem ? e : Object.assign(new Problem(500, null), { id: 'E-WEB-001' });
	const kind = problem.status === 0 ? 'offline' : problem.passing ? 'busy' : 'broken';
	setTitle(t(`${kind}.title`));
	put(html`<h1>${t(`${kind}.title`)}</h1><p>${t(`citizen.${kind}`)}</p><p class="yb-small">${codeLine(problem)}</p>
		<div class="yb-actions"><button type="button" class="yb-button" @click=${() => location.reload()}>${t('again')}</button></div>`, 'main');
}

// Paper says what it is not.
function printhead() {
	window.addEventListener('beforeprint', () => {
		$('printhead').textContent = t('citizen.printhead', { day: dayText(today()), time: timeText(Date.now()) });
	});
}

async function show(session, query) {
	const wanted = Number(query.get('person') ?? session.persons[0].person);
	const person = session.persons.find((p) => p.person === wanted) ?? session.persons[0];
	const state = await init({ session, person, grid: query.get('view') === 'grid' });
	const update = () => put(view(state, update, personName), 'main');
	setTitle(t('citizen.name'));
	update();
	window.addEventListener('beforeprint', () => { // nothing is left out on paper
		state.all = true;
		update();
	});
	watch(session, (soon) => {
		state.soon = soon;
		update();
	});
	state.extend = () => get('/record/citizen/session').catch((e) => (e.status === 401 ? over('late') : null));
}

async function start() {
	const query = new URLSearchParams(location.search);
	let session = null;
	try {
		await Promise.all([loadWords(), loadWords('citizen'), lang === 'ja' ? null : loadWords('record')]);
		footer();
		printhead();
		const closed = ['again', 'late', 'bye'].some((key) => query.has(key));
		session = closed ? null : await get('/record/citizen/session').catch((e) => {
			if (e.status === 401 || e.status === 403) // nobody, or a member of staff
				return null;
			throw e;
		});
		header(session);
		if (!session)
			return door(query);
		return await show(session, query);
	} catch (e) {
		if (!(e instanceof Problem))
			console.error(e);
		header(session);
		return broken(e);
	} finally {
		$('loading')?.remove();
	}
}

start();
