// register.js - H-2-1: a program and the public half of what it proves itself by. 国保中央会
// registers those of organisations that have no administrator here (?org=).

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { Problem, get, post } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { notice } from '../lib/page.js';
import { Checked } from '../widgets/checked.js';
import { aboutCheck, aboutFields, aboutRows, keyFields, networks, proofOf } from './fields.js';

const CENTRE = ['HMI', 'INSURER', 'MNP']; // whose programs the centre looks after
const MTLS = ['HMI', 'INSURER']; // a certificate is required

export const centreKeeps = (org) => CENTRE.includes(org.org_type);

async function organisation(code) {
	const { organisations } = await get(`/account/organisations?${new URLSearchParams({ org_code: code })}`);
	if (organisations.length === 0)
		throw new Problem(404, null);
	return organisations[0];
}

export async function init({ session, query, update }) {
	const code = query.get('org');
	const org = code ? await organisation(code) : session.org;
	const state = { org, code, list: code ? `/tokens/organisations?org=${encodeURIComponent(code)}` : '/clients' };
	const mtls = MTLS.includes(org.org_type);
	state.flow = new Checked({
		title: t('register.title'), checkTitle: t('register.check'), doneTitle: t('register.title'), update,
		fields: { ...aboutFields(org.org_type), ...keyFields({ certificate: mtls }) },
		check: (v) => [...aboutCheck(v), ...v.key || v.certificate ? [] : [{ name: 'key', text: t('key.none') }]],
		async send({ key: _, certificate: __, ...values }, key) {
			const made = await post('/token/clients', { ...values, cidrs: networks(values.cidrs), ...proofOf(state.flow.values),
				...code ? { org_code: code } : {} }, { key });
			location.replace(`/clients/${encodeURIComponent(made.client_id)}?done=made`);
			return new Promise(() => {}); // until the page has gone
		},
	});
	return state;
}

export const view = ({ flow, list, code, org }) => flow.view({ crumbs: [[list, t(code ? 'orgTokens.title' : 'clients.title')]],
	lead: html`${code ? html`<p lang="ja">${t('orgTokens.named', { name: org.name, code: org.org_code })}</p>` : nothing}
		${notice(t('register.head'), html`<p>${t('register.text')}</p>`, 'info')}`,
	names: ['name', 'scopes', 'key', 'certificate', 'cidrs', 'contact'], text: t('register.checkText'), send: t('register.send'),
	facts: (v) => [code && [t('orgTokens.org'), org.name], ...aboutRows(v),
		[t('clients.proof'), [v.key && t('clients.key'), v.certificate && t('clients.certificate')].filter(Boolean).join(t('comma'))]],
	done: () => nothing });
