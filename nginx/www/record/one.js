// one.js - one record, as its pages show it: where it is, what it says, what changes in it, and why.

import { html } from '../vendor/lit-html/lit-html.js';
import { call, get } from '../lib/api.js';
import { dayText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { crumb, facts } from '../lib/page.js';
import { area, select } from '../widgets/form.js';
import { table } from '../widgets/table.js';
import { member, path, statusTag, vaccine } from './parts.js';
import { withWhy } from './why.js';

const MEMBERS = ['exec_class', 'not_done_reason', 'lot_no', 'expiry_date', 'gtin', 'dose_seq', 'dose_ml', 'route', 'site', 'legal_class', 'phase', 'due_date',
	'place_class', 'venue', 'doctor_name', 'screening_doctor', 'vaccinated_at', 'confirm_reason'];

export const readRecord = (id) => get(`/record/vaccinations/${encodeURIComponent(id)}`);

export const trail = (params, why, last) => crumb([[withWhy(`/records/${encodeURIComponent(params.subject_no)}`, why), t('timeline.title')],
	...last ? [[withWhy(path(params.subject_no, params.record_id), why), t('record.one')]] : []], last ?? t('record.one'));

export const about = (r, names = MEMBERS) => facts([[t('member.vaccinated_on'), html`${dayText(r.vaccinated_on)} ${statusTag(r)}`],
	[t('member.vaccine_code'), vaccine(r)],
	[t('record.org'), html`<span lang="ja">${r.org_name ?? r.org_code ?? t('none')}</span>`],
	...names.filter((name) => r[name] !== null && r[name] !== undefined && r[name] !== '').map((name) => member(name, r[name]))]);

// Before and after, item by item, in words.
export const differences = (items, id, sub = true) => html`${sub ? html`<h3 class="yb-hidden" id=${id}>${t('history.items')}</h3>`
	: html`<h2 id=${id}>${t('history.items')}</h2>`}${table({ labelledby: id, dense: true, rows: items, columns: [
	{ key: 'field', label: t('history.item'), head: true, cell: (i) => t(`member.${i.field}`) },
	{ key: 'before', label: t('history.before'), cell: (i) => member(i.field, i.before)[1] },
	{ key: 'after', label: t('history.after'), cell: (i) => member(i.field, i.after)[1] }] })}`;

// ---- why it is corrected or cancelled: what both ask ----

const REASONS = ['INPUT', 'PAPER', 'PERSON', 'DOUBLE', 'OTHER'];

export const reasonFields = () => ({
	reason_code: { kind: select, label: t('correct.reason'), required: true, width: 'number',
		options: [['', t('form.choosePlease')], ...REASONS.map((r) => [r, t(`reason.${r}`)])] },
	reason_text: { kind: area, label: t('correct.text'), hint: t('correct.textHint'), required: false, rows: 2 },
});
export const reasonCheck = (v) => (v.reason_code === 'OTHER' && !v.reason_text
	? [{ name: 'reason_text', text: t('form.enter', { label: t('correct.text') }) }] : []);

// With the ETag that the change is asked under.
export const readAll = (id) => call('GET', `/record/vaccinations/${encodeURIComponent(id)}`);
