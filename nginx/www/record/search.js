// search.js - H-3-2: find a person by number, by kana and birth date, or by what was given.
//
// The conditions are POSTed; the address keeps only the number of the search, by which "back"
// finds the result again. Neither names anybody.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get, post } from '../lib/api.js';
import { ageText, dayText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { announce, focusOn, nameOf, setTitle, tag } from '../lib/page.js';
import { eraDate } from '../widgets/era-date.js';
import { Form, select } from '../widgets/form.js';
import { kana, key, lot, number } from '../widgets/kana.js';
import { loading, nothingHere, pagination, sorted, table } from '../widgets/table.js';
import { vaccines } from './parts.js';
import { PURPOSES, purposeField, withWhy } from './why.js';

const PAGE = 20;

const fields = (list) => ({
	purpose: purposeField({}, [...PURPOSES, '99']),
	reason: { label: t('search.reason'), hint: t('search.reasonHint'), required: false },
	name_kana: { kind: kana, label: t('search.kana'), hint: t('search.kanaHint'), required: false },
	birth_date: { kind: eraDate, label: t('search.birth'), hint: t('search.birthHint'), required: false, age: true },
	subject_no: { kind: number, label: t('search.subjectNo'), hint: t('search.numberHint'), required: false, width: 'number' },
	muni_key: { kind: key, label: t('search.muniKey'), hint: t('search.muniKeyHint'), required: false, width: 'number' },
	sex: { kind: select, label: t('search.sex'), required: false, width: 'short',
		options: [['', t('search.sexAny')], ['1', t('sex.1')], ['2', t('sex.2')]] },
	lot_no: { kind: lot, label: t('search.lot'), hint: t('search.lotHint'), required: false, width: 'number' },
	vaccine_code: { kind: select, label: t('member.vaccine_code'), hint: t('search.orgHint'), required: false, width: 'number',
		options: [['', t('search.sexAny')], ...list.map((v) => [v.code, v.short_ja])] },
	org_code: { kind: number, label: t('search.org'), hint: t('search.orgHint'), required: false, width: 'number',
		inputmode: 'text' },
	vaccinated_from: { kind: eraDate, label: t('search.from'), required: false },
	vaccinated_to: { kind: eraDate, label: t('search.to'), required: false },
});

// What the server would refuse anyway, with the field it is about.
export function check(v) {
	const errors = [];
	if (v.purpose === '99' && !v.reason)
		errors.push({ name: 'reason', text: t('search.reasonMissing') });
	if (v.vaccinated_from && v.vaccinated_to && v.vaccinated_from > v.vaccinated_to)
		errors.push({ name: 'vaccinated_to', text: t('search.fromTo') });
	const enough = v.subject_no || v.muni_key || (v.name_kana && v.birth_date) || v.lot_no
		|| ((v.org_code || v.vaccine_code) && v.vaccinated_from && v.vaccinated_to);
	if (!enough)
		errors.push({ name: 'name_kana', text: t('search.tooFew') });
	return errors;
}

export async function init({ query, update }) {
	const state = { items: null, page: 1, sort: null, waiting: false, more: false };
	state.form = new Form({
		id: 'search', title: t('search.title'), fields: fields(await vaccines()), update, check,
		async submit(values) {
			state.waiting = true;
			update();
			try {
				const answer = await post('/record/searches', values);
				history.replaceState(null, '', `/records?q=${encodeURIComponent(answer.search_id)}`);
				Object.assign(state, { items: answer.items, search: answer.search_id, page: 1, sort: null });
			} finally {
				state.waiting = false;
			}
			shown(state, update);
		},
	});
	const earlier = query.get('q');
	if (earlier) {
		const answer = await get(`/record/searches/${encodeURIComponent(earlier)}`).catch(() => null);
		state.items = answer?.items ?? null; // over after half an hour: search again
		state.search = earlier;
		state.page = Math.max(1, Number(query.get('page')) || 1);
	}
	return state;
}

function shown(state, update) {
	update();
	setTitle(t('search.title'), { page: state.page, pages: Math.ceil(state.items.length / PAGE) });
	announce(t('search.found', { n: state.items.length }));
	focusOn('result');
}

// A person is opened with the search that found them: it says for what purpose (P-01).
const columns = (search) => [
	{ key: 'name_kana', label: t('search.name'), head: true, sort: true, cell: (p) => html`<a
		href=${withWhy(`/records/${encodeURIComponent(p.subject_no)}`, { search_id: search }, { protected: p.banner ? '1' : '' })}>${nameOf(p)}</a><span class="yb-sub" lang="ja">${p.name_kana ?? ''}</span>` },
	{ key: 'birth_date', nowrap: true, label: t('search.birth'), sort: true, cell: (p) => html`${dayText(p.birth_date)}<span
		class="yb-sub">${ageText(p.birth_date)}</span>` },
	{ key: 'sex', label: t('search.sex'), cell: (p) => t(`sex.${p.sex}`) },
	{ key: 'address', label: t('search.address'), cell: (p) => (p.banner ? t('search.addressHidden')
		: html`<span lang="ja">${p.address ?? t('none')}</span>`) },
	{ key: 'last_vaccinated_on', nowrap: true, label: t('search.last'), sort: true, cell: (p) => (p.last_vaccinated_on
		? dayText(p.last_vaccinated_on) : t('search.noRecord')) },
	{ key: 'record_count', label: t('search.count'), number: true, cell: (p) => p.record_count ?? 0 },
	{ key: 'state', label: t('search.state'), cell: (p) => (p.banner ? tag(t('person.protected'), 'warn')
		: p.elim_date ? tag(t('person.gone')) : tag(t('person.resident'), 'good')) },
];

function result(state, update) {
	if (state.waiting)
		return loading();
	if (!state.items)
		return nothing;
	const pages = Math.max(1, Math.ceil(state.items.length / PAGE));
	const page = Math.min(state.page, pages);
	const all = state.sort ? sorted(state.items, state.sort) : state.items;
	const rows = all.slice((page - 1) * PAGE, page * PAGE);
	const go = (n) => {
		state.page = n;
		history.replaceState(null, '', href(n));
		shown(state, update);
	};
	const href = (n) => {
		const query = new URLSearchParams(location.search);
		query.set('page', n);
		return `/records?${query}`;
	};
	return html`<section class="yb-result">
		<h2 id="result" tabindex="-1">${t(pages > 1 ? 'search.resultPart' : 'search.result', { n: all.length,
			from: (page - 1) * PAGE + 1, to: Math.min(page * PAGE, all.length) })}</h2>
		${table({ labelledby: 'result', columns: columns(state.search), rows, sort: state.sort,
			onsort: (key) => {
				state.sort = { key, up: !(state.sort?.key === key && state.sort.up) };
				state.page = 1;
				update();
			},
			empty: nothingHere(t('search.nobody'), html`<ul><li>${t('search.widenKana')}</li>
				<li>${t('search.widenName')}</li><li>${t('search.widenEra')}</li></ul>`) })}
		${pagination({ page, pages, href, onpage: go })}</section>`;
}

export const view = (state, update) => {
	const { form } = state;
	const clear = () => {
		Object.assign(state, { items: null });
		history.replaceState(null, '', '/records');
		form.clear();
		form.fail([]);
		focusOn('purpose');
	};
	return html`${form.summary()}<h1>${t('search.title')}</h1>
		${form.view(html`<div class="yb-grid">${form.field('purpose')}${form.field('reason')}</div>
			<div class="yb-grid">${form.field('name_kana')}${form.field('birth_date')}</div>
			<div class="yb-grid">${form.field('subject_no')}${form.field('muni_key')}</div>
			<details class="yb-more"><summary>${t('search.more')}</summary>
			<div class="yb-grid">${form.field('sex')}${form.field('lot_no')}${form.field('vaccine_code')}${form.field('org_code')}</div>
			<div class="yb-grid">${form.field('vaccinated_from')}${form.field('vaccinated_to')}</div></details>`,
		{ panel: true, send: t('search.send'), more: html`<button type="button" class="yb-button"
			@click=${clear}>${t('search.clear')}</button>` })}
		${result(state, update)}`;
};
