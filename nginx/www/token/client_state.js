// client_state.js - a program is stopped, or may fetch tokens again, with a reason.

import { html } from '../vendor/lit-html/lit-html.js';
import { get, post } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { crumb, facts, notice } from '../lib/page.js';
import { Form, area } from '../widgets/form.js';
import { backOf } from './client.js';
import { stateTag } from './clients.js';
import { usedText } from './tokens.js';

export async function init({ params, session, update }) {
	const path = `/token/clients/${encodeURIComponent(params.client_id)}`;
	const client = await get(path);
	const [what, done] = client.status === 'ACTIVE' ? ['disable', 'stopped'] : ['enable', 'started'];
	const word = what === 'disable' ? 'clientState.stop' : 'clientState.start';
	return { client, word, back: backOf(client, session), form: new Form({
		title: t(word), update,
		fields: { reason: { kind: area, label: t('clientState.reason'), hint: t('revoke.reasonHint'), required: true } },
		async submit(values, key) {
			await post(`${path}/${what}`, values, { key });
			location.replace(`/clients/${encodeURIComponent(params.client_id)}?done=${done}`);
		},
	}) };
}

export const view = ({ client, word, back, form }) => html`${crumb([back, [`/clients/${encodeURIComponent(client.client_id)}`, client.name]], t(word))}
	${form.summary()}<h1>${t(word)}</h1>
	${client.status === 'ACTIVE' ? notice(t('clientState.warning'), html`<p>${t('clientState.warningText')}</p>`, 'warn')
		: notice(t('clientState.startHead'), html`<p>${client.status_reason}</p>`, 'info')}
	${facts([[t('tokens.name'), html`<span lang="ja">${client.name}</span>`], [t('tokens.status'), stateTag(client)], [t('tokens.used'), usedText(client)]])}
	${form.view(form.field('reason'), { send: t(word) })}`;
