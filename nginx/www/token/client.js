// client.js - one registered program: what its configuration needs, its keys, use and state.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get } from '../lib/api.js';
import { dayOf, dayText, momentText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { crumb, facts, notice } from '../lib/page.js';
import { may } from '../lib/session.js';
import { stateTag } from './clients.js';
import { scopeList, usedText } from './tokens.js';

const DONE = ['made', 'changed', 'rotated', 'stopped', 'started'];

// Where lists of this client's organisation are.
export const backOf = (client, session) => (client.org_code === session.org.org_code ? ['/clients', t('clients.title')]
	: [`/tokens/organisations?org=${encodeURIComponent(client.org_code)}`, t('orgTokens.title')]);

export async function init({ params, query }) {
	const [client, server] = await Promise.all([get(`/token/clients/${encodeURIComponent(params.client_id)}`),
		fetch('/.well-known/oauth-authorization-server').then((r) => r.json()).catch(() => null)]);
	return { client, server, done: DONE.find((word) => word === query.get('done')) };
}

const code = (value) => html`<code class="yb-wrap">${value}</code>`;

const keys = (c) => facts([
	c.key_kid && [t('client.kid'), code(c.key_kid)],
	c.old_key_until && [t('client.oldKid'), html`${code(c.old_key_kid)}<span class="yb-sub">${t('client.good', { until: momentText(c.old_key_until) })}</span>`],
	c.cert_subject && [t('client.subject'), c.cert_subject],
	c.cert_expires_at && [t('client.certUntil'), dayText(dayOf(c.cert_expires_at))],
	c.old_cert_until && [t('client.oldCert'), html`${code(c.old_cert_x5t_s256)}<span class="yb-sub">${t('client.good', { until: momentText(c.old_cert_until) })}</span>`],
]);

const about = (c) => facts([[t('tokens.status'), html`${stateTag(c)}${c.status_reason ? html`<span class="yb-sub">${c.status_reason}</span>` : nothing}`],
	[t('issue.scopes'), scopeList(c.scopes)], [t('issue.cidrs'), c.cidrs.join(t('comma')) || t('issue.cidrsNone')],
	[t('issue.contact'), c.contact ?? t('none')], [t('tokens.used'), usedText(c)],
	[t('client.created'), html`${momentText(c.created_at)}<span class="yb-sub">${t('tokens.by', { who: c.created_by })}</span>`]]);

function actions(c, session) {
	const at = `/clients/${encodeURIComponent(c.client_id)}`;
	const active = c.status === 'ACTIVE';
	const theirs = c.disabled_by_centre && !session.roles.includes('KC-A');
	const links = [active && may(session, 'rotateClientKey') && [`${at}/key`, 'clientKey.title'],
		may(session, 'changeClient') && [`${at}/edit`, 'clientEdit.title'],
		may(session, 'disableClient') && !theirs && [`${at}/state`, active ? 'clientState.stop' : 'clientState.start']].filter(Boolean);
	return html`${theirs ? notice(t('client.byCentre'), html`<p>${t('client.byCentreText')}</p>`, 'warn') : nothing}
		<div class="yb-actions">${links.map(([href, title]) => html`<a class="yb-button" href=${href}>${t(title)}</a>`)}</div>`;
}

// What was done; of what was replaced, whether the one before is still good.
const doneText = (c, done) => t(done === 'rotated' && !c.old_key_until && !c.old_cert_until ? 'client.rotatedNow' : `client.${done}Text`);

export function view({ client: c, server, done }, update, { session }) {
	return html`${crumb([backOf(c, session)], t('client.title'))}
		${done ? notice(t(`client.${done}`), html`<p>${doneText(c, done)}</p>`, 'good') : nothing}
		<h1 lang="ja">${c.name}</h1>${about(c)}
		<section><h2>${t('client.settings')}</h2><p>${t('client.settingsText')}</p>
		${facts([['client_id', code(c.client_id)], server && [t('client.endpoint'), code(server.token_endpoint)],
			server && [t('client.issuer'), code(server.issuer)], [t('client.org'), code(c.org_code)]])}</section>
		<section><h2>${t('clients.proof')}</h2>${keys(c)}</section>${actions(c, session)}`;
}
