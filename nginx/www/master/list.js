// list.js - H-8: every master this role may see, by whose it is.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { t } from '../lib/i18n.js';
import { notice, tag } from '../lib/page.js';
import { may } from '../lib/session.js';
import { listOf, loadMasters, pendingChanges, waits } from './masters.js';

const OWNERS = ['MUNI', 'MHLW', 'HMI,NMI', 'NHIF', 'NHIC', 'OPS', ''];
// What else there is: needs an operation, and where that says too little, a role.
const MORE = [['/masters/parameters', 'parameters.title', 'listParameters', (role) => /^(KC|OP)/.test(role)], ['/masters/receipts', 'receipts.title', 'listReceipts'],
	['/masters/sendings', 'sendings.title', 'listSendings', (role) => !role.startsWith('KR')], ['/masters/mergers', 'mergers.title', 'listMergers']];
const wordOf = (owner) => owner.split(',')[0] || 'RECEIVED';

export async function init({ session }) {
	const [masters, changes] = await Promise.all([loadMasters(), may(session, 'listMasterChanges') ? pendingChanges() : []]);
	const count = new Map();
	for (const c of changes)
		count.set(c.master, (count.get(c.master) ?? 0) + 1);
	return { masters, count, more: MORE.filter(([, , need, who]) => may(session, need) && (!who || session.roles.some(who))), mine: changes.filter((c) => waits(c, masters, session)).length };
}

const can = (m) => t(m.received ? 'masters.received' : m.can_edit && m.can_approve ? 'masters.both'
	: m.can_edit ? 'masters.edit' : m.can_approve ? 'masters.approve' : 'masters.read');

const card = (m, n) => html`<li class="yb-card"><a href=${listOf(m.id)} lang="ja">${m.name}</a>
	<p><span class="yb-digits">${m.id}</span>　${can(m)}${n ? html` ${tag(t('masters.pending', { n }), 'warn')}` : nothing}</p></li>`;

export const view = ({ masters, count, more, mine }) => html`<h1>${t('masters.title')}</h1><p>${t('masters.lead')}</p>
	${mine > 0 ? notice(t('masters.waiting', { n: mine }), html`<p><a href="/masters/changes">${t('masters.toWaiting')}</a></p>`, 'warn') : nothing}
	<ul class="yb-switch" aria-label=${t('masters.links')}><li><a href="/masters/changes">${t('changes.title')}</a></li>
		<li><a href="/jobs?kind=master.rows">${t('masters.imports')}</a></li>${more.map(([href, title]) => html`<li><a href=${href}>${t(title)}</a></li>`)}</ul>
	${OWNERS.map((owner) => [owner, masters.filter((m) => (m.owner ?? '') === owner)]).filter(([, list]) => list.length > 0)
		.map(([owner, list]) => html`<section><h2>${t(`owner.${wordOf(owner)}`)}</h2>
			<ul class="yb-cards">${list.map((m) => card(m, count.get(m.id)))}</ul></section>`)}`;
