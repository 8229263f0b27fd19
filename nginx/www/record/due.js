// due.js - whom to remind of which dose (勧奨), as reckoned last night; on screen or as a file.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get } from '../lib/api.js';
import { ageText, dayText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { announce, focusOn, nameOf } from '../lib/page.js';
import { eraDate } from '../widgets/era-date.js';
import { Form, checks, select } from '../widgets/form.js';
import { keyset, nothingHere, table } from '../widgets/table.js';
import { bannerTag, exportForm } from './lists.js';
import { vaccine, vaccines } from './parts.js';
import { purposeField, withWhy } from './why.js';

const NAMES = ['purpose', 'vaccine_code', 'from', 'to', 'overdue'];

const fields = (list, asked) => ({
	purpose: purposeField({ value: asked.purpose ?? '03' }),
	vaccine_code: { kind: select, label: t('member.vaccine_code'), required: false, value: asked.vaccine_code,
		options: [['', t('dueList.any')], ...list.map((v) => [v.code, v.short_ja])] },
	from: { kind: eraDate, label: t('dueList.from'), required: false, era: 'R', value: asked.from },
	to: { kind: eraDate, label: t('dueList.to'), required: false, era: 'R', value: asked.to },
	overdue: { kind: checks, label: t('dueList.only'), required: false, value: asked.overdue ? ['true'] : [], options: [['true', t('dueList.overdue')]] },
});

async function load(state, asked, since) {
	const query = new URLSearchParams({ ...asked, limit: '50', ...since ? { since } : {} });
	const { due, next } = await get(`/record/due?${query}`);
	Object.assign(state, { due, next, asked, since });
}

export async function init({ query, update }) {
	const asked = Object.fromEntries(NAMES.filter((n) => query.get(n)).map((n) => [n, query.get(n)]));
	const list = await vaccines();
	const state = { due: null, asked: {}, file: null };
	state.form = new Form({
		id: 'due-form', title: t('dueList.title'), fields: fields(list, asked), update,
		check: (v) => (v.from && v.to && v.from > v.to ? [{ name: 'to', text: t('dueList.order') }] : []),
		async submit({ overdue, ...v }) {
			await load(state, { ...v, ...overdue ? { overdue: 'true' } : {} }, null);
			history.replaceState(null, '', `/records/due?${new URLSearchParams(state.asked)}`);
			update();
			announce(t('count', { n: state.due.length }));
			focusOn('due-result');
		},
	});
	state.file = exportForm(update, 'record.due-list', () => {
		const { overdue, ...rest } = state.asked;
		return { ...rest, ...overdue ? { overdue: true } : {} };
	});
	if (asked.purpose)
		await load(state, asked, query.get('since'));
	return state;
}

const columns = (why) => [
	{ key: 'name', label: t('search.name'), head: true, cell: (d) => html`<a href=${withWhy(`/records/${encodeURIComponent(d.subject_no)}`, why, d.banner
		? { protected: '1' } : {})}>${nameOf(d)}</a>${bannerTag(d)}<span class="yb-sub" lang="ja">${d.name_kana ?? ''}　${t('search.muniKey')} ${d.muni_key}</span>` },
	{ key: 'birth', label: t('search.birth'), nowrap: true, cell: (d) => html`${dayText(d.birth_date)}<span class="yb-sub">${ageText(d.birth_date)}</span>` },
	{ key: 'what', label: t('member.vaccine_code'), cell: (d) => vaccine(d) },
	{ key: 'from', label: t('dueList.earliest'), nowrap: true, cell: (d) => dayText(d.earliest) },
	{ key: 'best', label: t('dueList.recommended'), nowrap: true, cell: (d) => dayText(d.recommended) },
	{ key: 'to', label: t('dueList.latest'), nowrap: true, cell: (d) => dayText(d.latest) },
];

export function view(s) {
	const at = (more) => `/records/due?${new URLSearchParams({ ...s.asked, ...more })}`;
	return html`${s.form.summary()}${s.file.summary()}<h1>${t('dueList.title')}</h1><p>${t('dueList.lead')}</p>
		${s.form.view(html`<div class="yb-grid">${s.form.field('purpose')}${s.form.field('vaccine_code')}</div>
			<div class="yb-grid">${s.form.field('from')}${s.form.field('to')}</div>${s.form.field('overdue')}`, { panel: true, send: t('dueList.send') })}
		${s.due ? html`<section class="yb-result"><h2 id="due-result" tabindex="-1">${t('dueList.result')}</h2>
			${table({ labelledby: 'due-result', columns: columns({ purpose: s.asked.purpose }), rows: s.due, empty: nothingHere(t('dueList.empty')) })}
			${keyset({ first: s.since ? at({}) : null, next: s.next ? at({ since: s.next }) : null })}
			${s.due.length > 0 ? s.file.view(nothing, { send: t('export.send'), plain: true }) : nothing}</section>` : nothing}`;
}
