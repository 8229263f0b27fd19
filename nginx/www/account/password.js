// password.js - H-1-7: a password of one's own, and the only page open with a temporary one.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { post } from '../lib/api.js';
import { dayOf, dayText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { focusOn, notice, setTitle } from '../lib/page.js';
import { Form, password } from '../widgets/form.js';

// The rules of the installation in words; the server checks them.
export const rulesText = (rules) => [rules.profiles.map((name) => t(`password.rule_${name}`, rules)).join(t('password.ruleOr')),
	t('password.rulesNot', rules), t('password.rulesRest', rules),
	...(rules.profiles.includes('a02') && rules.min < rules.expires_below ? [t('password.rulesShort', rules)] : [])];

// The new one, twice.
export const newPassword = (rules) => ({
	new_password: { kind: password, label: t('password.new'), required: true, autocomplete: 'new-password',
		hint: html`${rulesText(rules).map((line, i) => html`${i > 0 ? html`<br>` : nothing}${line}`)}` },
	repeated: { kind: password, label: t('password.repeated'), required: true, autocomplete: 'new-password' },
});

export const same = (v) => (v.new_password === v.repeated ? [] : [{ name: 'repeated', text: t('password.different') }]);

// So that a keeper of passwords knows whose it is.
export const hiddenUser = (userId) => html`<input class="yb-hidden" type="text" autocomplete="username" tabindex="-1"
	aria-hidden="true" readonly .value=${userId}>`;

export function init({ update, session }) {
	const state = { done: false, temporary: session.temporary, next: null };
	state.form = new Form({
		title: t('password.title'), update, check: same,
		fields: {
			current_password: { kind: password, label: t(session.temporary ? 'password.temporary' : 'password.current'),
				required: true, autocomplete: 'current-password' },
			...newPassword(session.password_rules),
		},
		say: (e) => (e.id === 'E-AUTH-001' ? [{ name: 'current_password', text: t('password.wrong', { left: e.detail }) }] : null),
		async submit({ current_password, new_password }) {
			const now = await post('/account/password', { current_password, new_password });
			Object.assign(state, { done: true, next: now.next });
			update();
			setTitle(t('password.done'));
			focusOn('done');
		},
	});
	return state;
}

const finished = (state) => html`<h1 id="done" tabindex="-1">${t('password.done')}</h1>
	${notice(t('password.doneText'), nothing, 'good')}
	<div class="yb-actions"><a class="yb-button yb-button--primary" href="/menu">${t(state.next ? 'first.next'
		: state.temporary ? 'password.begin' : 'system.toMenu')}</a></div>`;

const why = (session) => (session.temporary ? notice(t('password.first'), html`<p>${t('password.firstText')}</p>`, 'warn')
	: session.password_expires_at ? notice(t('password.until', { day: dayText(dayOf(session.password_expires_at)) }), nothing, 'info') : nothing);

export const view = (state, update, { session }) => (state.done ? finished(state) : html`${state.form.summary()}
	<h1>${t('password.title')}</h1>${why(session)}
	${state.form.view(html`${hiddenUser(session.user.user_id)}
		${['current_password', 'new_password', 'repeated'].map((name) => state.form.field(name))}`,
	{ send: t('password.send') })}`);
