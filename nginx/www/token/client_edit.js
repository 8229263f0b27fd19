// client_edit.js - name, scopes, networks and contact of a registered program, all anew.

import { html } from '../vendor/lit-html/lit-html.js';
import { get, put } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { crumb } from '../lib/page.js';
import { Edit } from '../widgets/edit.js';
import { backOf } from './client.js';
import { aboutCheck, aboutFields, networks } from './fields.js';
import { SCOPES } from './tokens.js';

// The type of an organisation is not told with its program: its scopes say it.
export const typeOf = (scopes) => Object.keys(SCOPES).find((type) => scopes.every((s) => SCOPES[type].includes(s)));

export async function init({ params, session, update }) {
	const path = `/token/clients/${encodeURIComponent(params.client_id)}`;
	const client = await get(path);
	const type = client.org_code === session.org.org_code ? session.org.org_type : typeOf(client.scopes);
	const values = (c) => ({ name: c.name, scopes: SCOPES[type].filter((s) => c.scopes.includes(s)), cidrs: c.cidrs.join('\n'), contact: c.contact });
	return { client, back: backOf(client, session), edit: new Edit({
		title: t('clientEdit.title'), update, check: aboutCheck, fields: aboutFields(type), data: client, load: () => get(path), values,
		shown: { scopes: (list) => list.map((s) => t(`scope.${s}`)) },
		async save(_, data, { key, values: typed }) {
			await put(path, { ...typed, cidrs: networks(typed.cidrs) }, { key, etag: `"${data.version}"` });
			location.replace(`/clients/${encodeURIComponent(params.client_id)}?done=changed`);
			return new Promise(() => {}); // until the page has gone
		},
	}) };
}

export const view = ({ client, back, edit }) => html`${crumb([back, [`/clients/${encodeURIComponent(client.client_id)}`, client.name]],
	t('clientEdit.title'))}${edit.view(html`<h1>${t('clientEdit.title')}</h1><p>${t('clientEdit.text')}</p>`,
	{ names: ['name', 'scopes', 'cidrs', 'contact'], send: t('clientEdit.send') })}`;
