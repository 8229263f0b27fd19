// proxies.js - P-11, P-08: who looks for a child through the portal and who is not let; since
// when a person under 支援措置 lives elsewhere.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { dayOf, dayText, momentText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { facts, tag } from '../lib/page.js';
import { nothingHere, table } from '../widgets/table.js';
import { at, before, child, openChild, proxyTag, ready, trail, unprinted, who } from './child.js';
import { moment } from './lists.js';
import { withWhy } from './why.js';

export { ready };
export const init = (context) => openChild(context, t('proxies.title'), undefined, 'child');

// Somebody came again after being stopped: the one thing nobody may overlook here. Moments are told by the
// second; in the same one it is said.
const tried = (p, all) => p.last_seen && all.some((x) => x.blocked && (x === p || x.everyone) && Date.parse(p.last_seen) >= Date.parse(x.set_at));

const acts = (p, state, me) => {
	const href = (act) => withWhy(at(state.subject_no, `/${act}`), state.why, { opened: '1', proxy: String(p.proxy_id) });
	const name = html`<span class="yb-hidden">${t('colon')}${who(p)}</span>`;
	return !p.blocked ? html`<a href=${href('block')}>${t('proxies.block')}${name}</a>`
		: p.set_by === me ? html`<span class="yb-sub">${t('proxies.ownBlock')}</span>` : html`<a href=${href('allow')}>${t('proxies.allow')}${name}</a>`;
};

const columns = (state, me) => [
	{ key: 'who', label: t('proxies.who'), head: true, cell: (p) => who(p) },
	{ key: 'state', label: t('requests.state'), cell: (p) => html`${proxyTag(p, state.proxies)}${tried(p, state.proxies) ? html` ${tag(t('proxies.tried'), 'bad')}` : nothing}` },
	{ key: 'last', label: t('proxies.last'), cell: (p) => (p.last_seen ? html`${moment(p.last_seen)}<span class="yb-sub">${t('proxies.first',
		{ at: dayText(dayOf(p.first_seen)) })}</span>` : t('proxies.never')) },
	{ key: 'why', label: t('correct.reason'), cell: (p) => html`<div class="yb-cell" lang="ja">${p.reason ?? t('none')}</div>${p.set_by
		? html`<span class="yb-sub">${t('history.by', { who: p.set_by })}<br>${momentText(p.set_at)}</span>` : nothing}` },
	{ key: 'do', label: t('requests.do'), screen: true, cell: (p) => acts(p, state, me) },
];

const flight = (state) => html`<section><h2>${t('evacuation.title')}</h2>
	${!state.banner ? html`<p>${t('evacuation.notProtected')}</p>` : html`${facts([
		[t('evacuation.flags'), [state.subject.not_disclosed && t('evacuation.notDisclosed'), state.subject.self_info_blocked && t('evacuation.blocked')].filter(Boolean).join(t('comma'))],
		[t('evacuation.day'), state.evacuated_on ? dayText(state.evacuated_on) : t('evacuation.all')]])}
	<p>${t(state.evacuated_on ? 'evacuation.since' : 'evacuation.always')}</p>
	<div class="yb-actions yb-actions--near"><a class="yb-button" href=${withWhy(`/records/${encodeURIComponent(state.subject_no)}/evacuation`, state.why,
		{ opened: '1' })}>${t('evacuation.change')}</a></div>`}</section>`;

export function view(state, update, { session }) {
	const first = before(state, update);
	if (first)
		return first;
	return html`${trail(state)}${unprinted(html`<h1 id="child" tabindex="-1">${t('proxies.title')}</h1>${child(state)}
		<section><h2 id="proxies">${t('proxies.list')}</h2><p>${t('proxies.lead')}</p>
		${table({ labelledby: 'proxies', columns: columns(state, session.user.user_id), rows: state.proxies, empty: nothingHere(t('proxies.none'), html`<p>${t('proxies.noneText')}</p>`) })}
		<div class="yb-actions yb-actions--near"><a class="yb-button yb-button--primary" id="block" href=${withWhy(at(state.subject_no, '/block'), state.why,
			{ opened: '1' })}>${t('proxies.add')}</a></div></section>${flight(state)}`)}`;
}
