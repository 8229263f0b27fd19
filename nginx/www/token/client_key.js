// client_key.js - another key or certificate for a program; what was there before stays good for
// some days, so that nothing stops meanwhile.

import { html } from '../vendor/lit-html/lit-html.js';
import { get, post } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { crumb, notice } from '../lib/page.js';
import { Form, radios } from '../widgets/form.js';
import { backOf } from './client.js';
import { keyFields, proofOf } from './fields.js';

const DAYS = [14, 30, 90, 0];

export async function init({ params, session, update }) {
	const path = `/token/clients/${encodeURIComponent(params.client_id)}`;
	const client = await get(path);
	const state = { client, back: backOf(client, session) };
	state.form = new Form({
		title: t('clientKey.title'), update,
		fields: { ...keyFields(), overlap_days: { kind: radios, label: t('clientKey.overlap'), hint: t('clientKey.overlapHint'), required: true, value: '14',
			options: DAYS.map((n) => [String(n), n === 0 ? t('clientKey.now') : t('clientKey.days', { n })]) } },
		check: (v) => (v.key || v.certificate ? [] : [{ name: 'key', text: t('key.none') }]),
		async submit(values, key) {
			await post(`${path}/rotate`, { ...proofOf(values), overlap_days: Number(values.overlap_days) }, { key });
			location.replace(`/clients/${encodeURIComponent(params.client_id)}?done=rotated`);
		},
	});
	return state;
}

export const view = (state) => html`${crumb([state.back, [`/clients/${encodeURIComponent(state.client.client_id)}`, state.client.name]],
	t('clientKey.title'))}${state.form.summary()}<h1>${t('clientKey.title')}</h1>
	${notice(t('register.head'), html`<p>${t('clientKey.text')}</p>`, 'info')}
	${state.form.view(['key', 'certificate', 'overlap_days'].map((name) => state.form.field(name)), { send: t('clientKey.send') })}`;
