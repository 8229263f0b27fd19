// id_notice.js - H-1-6: a mail with the user IDs of an address. The same answer whatever was
// typed (A-13).

import { html } from '../vendor/lit-html/lit-html.js';
import { post } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { focusOn, notice } from '../lib/page.js';
import { Form } from '../widgets/form.js';
import { number } from '../widgets/kana.js';

export const asked = (what) => html`<h1 id="done" tabindex="-1">${t(`${what}.sent`)}</h1>
	${notice(t('asked.text'), html`<p>${t(`${what}.sentText`)}</p>`, 'info')}
	<ul><li>${t('asked.wait')}</li><li>${t('asked.spam')}</li><li>${t('asked.admin')}</li></ul>
	<div class="yb-actions"><a class="yb-button yb-button--primary" href="/login">${t('system.toLogin')}</a></div>`;

export function init({ update }) {
	const state = { sent: false };
	state.form = new Form({
		title: t('idNotice.title'), update,
		fields: {
			mail: { label: t('reset.mail'), hint: t('reset.mailHint'), required: true, autocomplete: 'email', inputmode: 'email' },
			org_code: { kind: number, label: t('idNotice.org'), hint: t('idNotice.orgHint'), required: true, width: 'id', inputmode: 'text' },
		},
		async submit({ mail, org_code }) {
			await post('/account/id-notice', { mail: mail.normalize('NFKC'), org_code: org_code.toUpperCase() }, { quiet: true });
			state.sent = true;
			update();
			focusOn('done');
		},
	});
	return state;
}

export const view = ({ form, sent }) => (sent ? asked('idNotice') : html`${form.summary()}<h1>${t('idNotice.title')}</h1>
	<p>${t('idNotice.lead')}</p>${form.view(['mail', 'org_code'].map((name) => form.field(name)), { send: t('reset.send') })}
	<div class="yb-aside"><p><a href="/login">${t('system.toLogin')}</a></p></div>`);
