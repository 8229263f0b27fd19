// reset_new.js - H-1-5, second half: the link of the mail, a new password, and the code where an
// app is registered. Nobody is logged in by it.

import { html } from '../vendor/lit-html/lit-html.js';
import { post } from '../lib/api.js';
import { timeText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { focusOn, setTitle } from '../lib/page.js';
import { Form } from '../widgets/form.js';
import { codeFields, codeRefused, otherWay, recoveryOf } from '../widgets/stepup.js';
import { noLink, takeToken } from './link.js';
import { newPassword, same } from './password.js';

export async function init({ update }) {
	const token = takeToken('/reset/new');
	const state = { link: token ? 'good' : 'lost', recovery: false };
	setTitle(t('reset.newTitle'));
	const over = (e) => {
		state.factor ||= e.errors.some((x) => x.field === '/code'); // registered meanwhile
		if (e.id !== 'E-ACC-007')
			throw e;
		state.link = 'over';
		update();
	};
	if (token)
		Object.assign(state, await post('/account/reset/check', { token }, { quiet: true }).catch(over));
	if (state.link !== 'good')
		return state;
	state.form = new Form({
		title: t('reset.newTitle'), update, check: same, fields: { ...newPassword(state.password_rules), ...codeFields() },
		say: (e) => {
			const text = codeRefused(e, state.recovery);
			return text && [{ name: state.recovery ? 'recovery_code' : 'code', text }];
		},
		submit: ({ new_password, code, recovery_code: typed }) => post('/account/reset/done', { token, new_password, code,
			recovery_code: typed && recoveryOf(typed) }, { quiet: true }).then(() => location.replace('/login?reset=1'), over),
	});
	return state;
}

export function view(state, update) {
	const { form } = state;
	if (state.link !== 'good')
		return noLink(t('reset.newTitle'), state.link, html`<a class="yb-button yb-button--primary" href="/reset">${t('reset.again')}</a>`);
	return html`${form.summary()}<h1>${t('reset.newTitle')}</h1><p>${t('reset.until', { time: timeText(state.expires_at) })}</p>
		${form.view(html`${form.field('new_password')}${form.field('repeated')}
			${state.factor ? html`${state.recovery ? html`${form.field('recovery_code')}` : html`${form.field('code')}`}
				${otherWay(state.recovery, () => {
					state.recovery = !state.recovery;
					form.fail([]);
					focusOn(state.recovery ? 'recovery-code' : 'code');
				})}` : ''}`, { send: t('password.send') })}`;
}
