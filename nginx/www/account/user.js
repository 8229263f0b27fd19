// user.js - H-1-4: one account, and every step that can be taken with it. Each step has a page
// of its own that says what it does.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { dayOf, dayText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { crumb, facts, notice } from '../lib/page.js';
import { may } from '../lib/session.js';
import { readUser, stepsOf, userFacts } from './accounts.js';

export const init = async ({ params }) => ({ user: await readUser(params.user_id) });

const more = (u) => [[t('users.department'), u.department ?? t('none')],
	[t('users.mail'), html`${u.mail}${u.self_reset ? nothing : html`<span class="yb-sub">${t('users.mailOfAdmin')}</span>`}`],
	[t('users.phone'), u.phone ?? t('none')], [t('users.validTo'), u.valid_to ? dayText(u.valid_to) : t('users.validToNone')],
	[t('users.created'), dayText(dayOf(u.created_at))]];

const card = ([href, title, text]) => html`<li class="yb-card"><a href=${href}>${title}</a><p>${text}</p></li>`;

function steps(u, session) {
	const path = `/users/${u.user_id}`;
	const open = stepsOf(u).filter((name) => may(session, name === 'factor-reset' ? 'resetFactor' : 'changeUserState'));
	return html`<h2>${t('user.steps')}</h2><ul class="yb-cards">${[
		...(may(session, 'changeUser') ? [[`${path}/edit`, t('userEdit.title'), t('user.editCard')]] : []),
		...(u.status === 'TEMP' && may(session, 'printUserNotice') ? [[`${path}/letter`, t('letter.title'), t('user.letterCard')]] : []),
		...open.map((name) => [`${path}/${name}`, t(`step.${name}`), t(`step.${name}Card`)])].map(card)}</ul>`;
}

export const view = ({ user }, update, { session }) => html`${crumb([['/users', t('users.title')]], user.user_id)}
	<h1>${t('user.title')}</h1>
	${user.status === 'SUSPENDED' ? notice(t('user.suspended'), html`<p>${t('user.suspendedText')}</p>`, 'warn') : nothing}
	${facts([...userFacts(user), ...more(user)])}
	${user.status === 'DELETED' ? notice(t('user.deleted'), html`<p>${t('user.deletedText')}</p>`)
		: user.user_id === session.user.user_id ? notice(t('user.self'), html`<p>${t('user.selfText')} <a href="/me">${t('user.toMe')}</a></p>`)
			: steps(user, session)}`;
