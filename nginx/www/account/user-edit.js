// user-edit.js - H-1-4: data, role and rights of somebody else's account.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { patch } from '../lib/api.js';
import { dayText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { crumb, facts, focusOn, notice, setTitle } from '../lib/page.js';
import { Edit } from '../widgets/edit.js';
import { bodyOf, personFaults, personFields, readUser, reasonField, rightsText, roleText, typeOf, userFacts, userPath,
	valuesOf } from './accounts.js';

export async function init({ params, session, update }) {
	const user = await readUser(params.user_id);
	const state = { user, done: null, self: user.user_id === session.user.user_id };
	const type = typeOf(user.role);
	const fields = { ...personFields(type), reason: reasonField(t('userEdit.reasonHint')) };
	Object.assign(fields.mail, { required: true, hint: t('userEdit.mailHint') });
	state.edit = new Edit({ title: t('userEdit.title'), update, fields, check: personFaults, data: user,
		load: () => readUser(user.user_id), values: valuesOf, shown: { role: roleText, rights: rightsText, valid_to: dayText },
		async save(changes, { etag }, { key, values }) {
			const body = bodyOf({ ...changes, ...('rights' in changes ? { rights: changes.rights ?? [] } : {}) }, type);
			state.done = await patch(userPath(user.user_id), { ...body, reason: values.reason }, { key, etag });
			state.rights = 'role' in changes || 'rights' in changes;
			update();
			setTitle(t('userEdit.done'));
			focusOn('done');
		} });
	return state;
}

const back = (id) => html`<a class="yb-button" href="/users/${id}">${t('userEdit.back')}</a>`;

const finished = ({ done, rights }) => html`<h1 id="done" tabindex="-1">${t('userEdit.done')}</h1>
	${notice(t('userEdit.told', { mail: done.user.mail }), rights ? html`<p>${t('userEdit.rightsText')}</p>${done.tokens_revoked > 0
		? html`<p>${t('userEdit.tokens', { n: done.tokens_revoked })}</p>` : nothing}` : nothing, 'good')}
	${facts(userFacts(done.user))}<div class="yb-actions">${back(done.user.user_id)}</div>`;

export function view(state) {
	const { user } = state;
	const head = html`<h1>${t('userEdit.title')}</h1>${facts(userFacts(user).slice(0, 3))}`;
	return html`${crumb([['/users', t('users.title')], [`/users/${user.user_id}`, user.user_id]], t('userEdit.title'))}
		${state.done ? finished(state) : state.self || user.status === 'DELETED'
			? html`${head}${notice(t(state.self ? 'user.self' : 'user.deleted'), html`<p>${t(state.self ? 'user.selfText' : 'user.deletedText')}</p>`)}
				<div class="yb-actions">${back(user.user_id)}</div>`
			: state.edit.view(html`${head}<p>${t('userEdit.lead')}</p>`, { names: Object.keys(state.edit.form.fields), send: t('userEdit.send'),
				more: back(user.user_id) })}`;
}
