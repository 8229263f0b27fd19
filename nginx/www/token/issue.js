// issue.js - H-2-1: a token for one program: form, check, and the only time it is shown. With
// ?from= it takes the place of another one, which is revoked when the program has been moved.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { post } from '../lib/api.js';
import { addDays, dayOf, dayText, today } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { facts, notice } from '../lib/page.js';
import { Checked } from '../widgets/checked.js';
import { radios } from '../widgets/form.js';
import { Once } from '../widgets/once.js';
import { aboutCheck, aboutFields, aboutRows, networks } from './fields.js';
import { findToken } from './tokens.js';

const TERMS = [30, 90, 180, 365];

const term = (n) => t('issue.term', { n, day: dayText(addDays(today(), n)) });

const body = (v) => ({ ...v, days: Number(v.days), cidrs: networks(v.cidrs) });

export async function init({ session, query, update }) {
	const from = query.get('from');
	const old = from ? await findToken(from) : null;
	const once = new Once({ id: 'token', label: t('issued.value'), update, leaves: '/tokens/issued', then: '/tokens' });
	return { old, once, flow: new Checked({
		title: t('issue.title'), checkTitle: t('issue.check'), doneTitle: t('issued.title'), update, check: aboutCheck,
		fields: { ...aboutFields(session.org.org_type, old ?? {}),
			days: { kind: radios, label: t('issue.days'), required: true, value: '180', wire: ['days', 'expires_on'],
				options: TERMS.map((n) => [String(n), term(n)]) } },
		async send(values, key) {
			const { token, issued } = await post('/token/access-tokens', body(values), { key });
			once.show(token);
			return issued;
		},
	}) };
}

const issuedFacts = (issued, old) => html`${facts([[t('issue.name'), issued.name],
	[t('tokens.last4'), html`<code>${issued.last4}</code>`], [t('tokens.expires'), dayText(dayOf(issued.expires_at))]])}
	${old ? notice(t('issued.old', { last4: old.last4 }), html`<p>${t('issued.oldText')}</p>`, 'info') : nothing}`;

export const view = ({ flow, once, old }) => flow.view({ crumbs: [['/tokens', t('tokens.title')]],
	lead: old ? notice(t('issue.from', { last4: old.last4 }), html`<p>${t('issue.fromText')}</p>`, 'info') : nothing,
	names: ['name', 'scopes', 'days', 'cidrs', 'contact'], text: t('issue.checkText'), send: t('issue.send'),
	facts: (v) => [...aboutRows(v).slice(0, 2), [t('issue.days'), term(Number(v.days))], ...aboutRows(v).slice(2)],
	done: (issued) => once.view({ rows: 6, text: t('issued.onceText'), saved: t('issued.saved'), more: issuedFacts(issued, old) }) });
