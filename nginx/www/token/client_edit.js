// client_edit.js - name, scopes, networks and contact of a registered program, all anew.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get, put } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { crumb, focusOn } from '../lib/page.js';
import { conflict } from '../widgets/conflict.js';
import { Form } from '../widgets/form.js';
import { backOf } from './client.js';
import { aboutCheck, aboutFields, networks } from './fields.js';
import { SCOPES } from './tokens.js';

const NAMES = ['name', 'scopes', 'cidrs', 'contact'];

// The type of an organisation is not told with its program: its scopes say it.
export const typeOf = (scopes) => Object.keys(SCOPES).find((type) => scopes.every((s) => SCOPES[type].includes(s)));

export async function init({ params, session, update }) {
	const path = `/token/clients/${encodeURIComponent(params.client_id)}`;
	const client = await get(path);
	const own = client.org_code === session.org.org_code;
	const state = { client, back: backOf(client, session), theirs: null };
	state.form = new Form({
		title: t('clientEdit.title'), update, check: aboutCheck,
		fields: aboutFields(own ? session.org.org_type : typeOf(client.scopes), client),
		async submit(values, key) {
			const body = { ...values, cidrs: networks(values.cidrs) };
			try {
				await put(path, body, { key, etag: `"${state.client.version}"` });
			} catch (e) {
				if (e.status !== 412)
					throw e;
				state.client = await get(path);
				state.theirs = NAMES.map((name) => ({ label: state.form.fields[name].label, theirs: state.client[name], mine: body[name] }));
				update();
				return focusOn('changed');
			}
			location.replace(`/clients/${encodeURIComponent(params.client_id)}?done=changed`);
		},
	});
	return state;
}

export const view = (state) => html`${crumb([state.back, [`/clients/${encodeURIComponent(state.client.client_id)}`, state.client.name]],
	t('clientEdit.title'))}${state.form.summary()}
	${state.theirs ? html`<div id="changed" tabindex="-1">${conflict(state.theirs)}</div>` : nothing}
	<h1>${t('clientEdit.title')}</h1><p>${t('clientEdit.text')}</p>
	${state.form.view(NAMES.map((name) => state.form.field(name)), { send: t('clientEdit.send') })}`;
