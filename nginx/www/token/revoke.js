// revoke.js - H-2-1: the end of a token, with what stops working and a reason.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { Problem, post } from '../lib/api.js';
import { dayOf, dayText, momentText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { crumb, facts, focusOn, notice, setTitle } from '../lib/page.js';
import { Form, area } from '../widgets/form.js';
import { findToken, statusTag, usable } from './tokens.js';

export async function init({ params, query, update }) {
	const org = query.get('org'); // named by the central federation
	const state = { token: await findToken(params.token_id, org), done: false,
		list: org ? `/tokens/organisations?org=${encodeURIComponent(org)}` : '/tokens' };
	if (!state.token)
		throw new Problem(404, null);
	state.form = new Form({
		title: t('revoke.title'), update,
		fields: { reason: { kind: area, label: t('revoke.reason'), hint: t('revoke.reasonHint'), required: true } },
		async submit(values, key) {
			state.token = await post(`/token/access-tokens/${encodeURIComponent(params.token_id)}/revoke`, values, { key });
			state.done = true;
			update();
			setTitle(t('revoke.done'));
			focusOn('done');
		},
	});
	return state;
}

const about = (token) => facts([[t('tokens.name'), html`<span lang="ja">${token.name}</span>`],
	[t('tokens.last4'), html`<code>${token.last4}</code>`], [t('tokens.status'), statusTag(token)],
	[t('tokens.expires'), dayText(dayOf(token.expires_at))],
	[t('tokens.used'), token.last_used_at ? `${momentText(token.last_used_at)} ${token.last_ip ?? ''}` : t('tokens.unused')],
	token.revoked_at ? [t('revoke.at'), momentText(token.revoked_at)] : null]);

const toList = ({ list }) => html`<a class="yb-button" href=${list}>${t('issued.toList')}</a>`;

export const view = (state) => html`${crumb([[state.list, t('tokens.title')]], t('revoke.title'))}
	${state.done ? html`<h1 id="done" tabindex="-1">${t('revoke.done')}</h1>
		${notice(t('revoke.doneText'), nothing, 'good')}${about(state.token)}<div class="yb-actions">${toList(state)}</div>`
		: html`${state.form.summary()}<h1>${t('revoke.title')}</h1>
		${usable(state.token) ? html`${notice(t('revoke.warning'), html`<p>${t('revoke.warningText')}</p>`, 'warn')}
			${about(state.token)}${state.form.view(state.form.field('reason'), { send: t('revoke.send'), more: toList(state) })}`
			: html`${notice(t('revoke.over'), nothing, 'info')}${about(state.token)}<div class="yb-actions">${toList(state)}</div>`}`}`;
