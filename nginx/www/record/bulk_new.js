// bulk_new.js - P-06: asks for the records of a list of persons; never by 個人番号.

import { html } from '../vendor/lit-html/lit-html.js';
import { post } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { crumb, notice } from '../lib/page.js';
import { Act } from '../widgets/act.js';
import { area, radios } from '../widgets/form.js';
import { digits, toKey } from '../widgets/kana.js';
import { PURPOSES, purposeField } from './why.js';

// One number a line, as it is copied from a sheet; the same one is asked once.
export const numbers = (text, subject) => [...new Set(text.normalize('NFKC').split(/[\n\r\t,]+/).map((line) => (subject ? digits(line) : toKey(line))).filter(Boolean))];

export const init = ({ update }) => ({ act: new Act({ title: t('bulkNew.title'), done: t('bulkNew.done'), update,
	fields: { purpose: purposeField({}, [...PURPOSES, '99']), reason: { label: t('search.reason'), hint: t('bulkNew.reasonHint'), required: true },
		kind_of: { kind: radios, label: t('bulkNew.kind'), required: true, value: 'subject_nos',
			options: [['subject_nos', t('search.subjectNo')], ['muni_keys', t('search.muniKey')]] },
		list: { kind: area, label: t('bulkNew.list'), hint: t('bulkNew.listHint'), required: true, rows: 8, code: true, wire: ['subject_nos', 'muni_keys'] } },
	submit: ({ purpose, reason, kind_of, list }, key) => post('/record/bulk-inquiries',
		{ purpose, reason, [kind_of]: numbers(list, kind_of === 'subject_nos') }, { key }) }) });

export const view = ({ act }) => html`${crumb([['/records/bulk', t('bulk.title')]], t('bulkNew.title'))}${act.view({ send: t('bulkNew.send'),
	before: notice(t('bulkNew.head'), html`<p>${t('bulkNew.text')}</p>`, 'info'), after: (a) => html`<p>${t('bulkNew.after', { n: a.n })}</p>`,
	back: html`<a class="yb-button" href="/records/bulk">${t('requests.back')}</a>` })}`;
