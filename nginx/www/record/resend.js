// resend.js - H-3-1: records are sent to the municipality's system once more, under new numbers.

import { html } from '../vendor/lit-html/lit-html.js';
import { post } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { crumb, notice } from '../lib/page.js';
import { Act } from '../widgets/act.js';
import { eraDate } from '../widgets/era-date.js';
import { number } from '../widgets/kana.js';

const DAYS = ['registered_from', 'registered_to'];
const SEQS = ['from_seq', 'to_seq'];

// One of the two ranges, whole and in order.
export function check(v) {
	const [days, seqs] = [DAYS, SEQS].map((names) => names.filter((n) => v[n] !== undefined));
	const missing = (names) => names.filter((n) => v[n] === undefined).map((n) => ({ name: n, text: t('form.enter', { label: t(`resend.${n}`) }) }));
	if (days.length === 0 && seqs.length === 0)
		return [{ name: 'registered_from', text: t('resend.none') }];
	if (days.length > 0 && seqs.length > 0)
		return [{ name: 'from_seq', text: t('resend.both') }];
	const lost = missing(days.length > 0 ? DAYS : SEQS);
	if (lost.length > 0)
		return lost;
	return days.length > 0 ? v.registered_from > v.registered_to ? [{ name: 'registered_to', text: t('resend.order') }] : []
		: Number(v.from_seq) > Number(v.to_seq) ? [{ name: 'to_seq', text: t('resend.order') }] : [];
}

export const init = ({ update }) => ({ act: new Act({ title: t('resend.title'), done: t('resend.done'), update, check,
	fields: { ...Object.fromEntries(DAYS.map((n) => [n, { kind: eraDate, label: t(`resend.${n}`), required: false, era: 'R' }])),
		...Object.fromEntries(SEQS.map((n) => [n, { kind: number, label: t(`resend.${n}`), hint: t('resend.seqHint'), required: false, width: 'id',
			pattern: /^[1-9]\d{0,15}$/, patternText: t('resend.seqWrong', { label: t(`resend.${n}`) }) }])) },
	submit: (v, key) => post('/record/resends', Object.fromEntries(Object.entries(v).map(([n, x]) => [n, SEQS.includes(n) ? Number(x) : x])), { key }) }) });

export const view = ({ act }) => html`${crumb([['/records/link', t('link.title')]], t('resend.title'))}${act.view({ send: t('resend.send'),
	before: notice(t('resend.head'), html`<p>${t('resend.text')}</p>`, 'info'),
	after: (a) => html`<p>${a.count > 0 ? t('resend.count', { n: a.count, first: String(a.first_seq), last: String(a.last_seq) }) : t('resend.nothing')}</p>`,
	back: html`<a class="yb-button" href="/records/link">${t('link.back')}</a>` })}`;
