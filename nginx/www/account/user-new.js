// user-new.js - H-1-2: a new account: form, check, and how its temporary password goes.

import { html } from '../vendor/lit-html/lit-html.js';
import { post } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { facts, notice } from '../lib/page.js';
import { Checked } from '../widgets/checked.js';
import { bodyOf, deliverField, personFaults, personFields, similarNotice, typedFacts, userFacts } from './accounts.js';
import { Handover } from './handover.js';

export function init({ session, update }) {
	const type = session.org.org_type;
	const fields = { ...personFields(type), deliver: deliverField(true) };
	Object.assign(fields.mail, { hint: t('userNew.mailHint') });
	const state = { handover: null };
	state.flow = new Checked({ title: t('userNew.title'), checkTitle: t('userNew.check'), doneTitle: t('userNew.done'),
		fields, update, check: personFaults,
		async send(values, key) {
			const issued = await post('/account/users', bodyOf({ ...values, rights: values.rights ?? [] }, type), { key });
			state.handover = new Handover(issued, update);
			return issued;
		} });
	return state;
}

const done = (state) => ({ user, similar }) => html`${notice(t('userNew.doneText'), html`<p>${t('userNew.idMailed', { mail: user.mail })}</p>`, 'good')}
	${facts(userFacts(user))}${similarNotice(similar)}${state.handover.view()}
	${state.handover.once ? '' : html`<div class="yb-actions"><a class="yb-button" href="/users/new">${t('userNew.again')}</a>
		<a class="yb-button" href="/users/${user.user_id}">${t('userNew.toUser')}</a><a class="yb-button" href="/users">${t('user.toList')}</a></div>`}`;

export const view = (state) => state.flow.view({ crumbs: [['/users', t('users.title')]], lead: html`<p>${t('userNew.lead')}</p>`,
	names: Object.keys(state.flow.form.fields), text: t('userNew.checkText'), send: t('userNew.send'), done: done(state),
	facts: (values) => [...typedFacts(values), [t('handover.how'), t(`handover.${values.deliver}`)]] });
