// recalls.js - H-8-3 step 7: residents who received a lot that is stopped now: on screen, on paper
// to work through, or as a file.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get } from '../lib/api.js';
import { ageText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { announce, focusOn, nameOf, tag } from '../lib/page.js';
import { may } from '../lib/session.js';
import { Form, select } from '../widgets/form.js';
import { lot } from '../widgets/kana.js';
import { nothingHere, table } from '../widgets/table.js';
import { bannerTag, dayLines, exportForm } from './lists.js';
import { path, vaccineName, vaccines } from './parts.js';
import { RecallLots } from './recall_lots.js';
import { purposeField, withWhy } from './why.js';

const NAMES = ['purpose', 'lot_no', 'vaccine_code'];
const PAGE = '100';

const fields = (list, asked) => ({
	purpose: purposeField({ value: asked.purpose ?? '05' }),
	lot_no: { kind: lot, label: t('member.lot_no'), hint: t('recalls.lotHint'), required: false, width: 'number', value: asked.lot_no },
	vaccine_code: { kind: select, label: t('member.vaccine_code'), required: false, value: asked.vaccine_code,
		options: [['', t('dueList.any')], ...list.map((v) => [v.code, v.short_ja])] },
});

// The list from its beginning, or what follows on it.
async function load(state, asked, after = null) {
	const page = await get(`/record/recalls?${new URLSearchParams({ ...asked, limit: PAGE, ...after ? { after } : {} })}`);
	Object.assign(state, { asked, rows: after ? [...state.rows, ...page.recalled] : page.recalled, next: page.next });
}

export async function init({ query, update }) {
	const asked = Object.fromEntries(NAMES.filter((n) => query.get(n)).map((n) => [n, query.get(n)]));
	const [list, lots] = await Promise.all([vaccines(), new RecallLots(update).load()]);
	const state = { rows: null, next: null, asked: {}, file: null, lots };
	state.form = new Form({
		id: 'recall-form', title: t('recalls.title'), fields: fields(list, asked), update,
		async submit(values) {
			await load(state, values);
			history.replaceState(null, '', `/records/recalls?${new URLSearchParams(values)}`);
			update();
			announce(t('count', { n: state.rows.length }));
			focusOn('recall-result');
		},
	});
	state.file = exportForm(update, 'record.recall-list', () => state.asked);
	state.more = new Form({ id: 'more', title: t('recalls.title'), fields: {}, update,
		async submit() {
			const from = state.rows.length;
			await load(state, state.asked, state.next);
			update();
			announce(t('count', { n: state.rows.length }));
			document.querySelectorAll('.yb-result tbody tr')[from]?.querySelector('a')?.focus();
		} });
	if (asked.purpose)
		await load(state, asked);
	return state;
}

const columns = (why) => [
	{ key: 'name', label: t('search.name'), head: true, cell: (p) => html`<a href=${withWhy(`/records/${encodeURIComponent(p.subject_no)}`, why,
		p.banner ? { protected: '1' } : {})}>${nameOf(p)}</a>${bannerTag(p)}<span class="yb-sub" lang="ja">${p.name_kana ?? ''}　${t('search.muniKey')} ${p.muni_key}</span>` },
	{ key: 'birth', label: t('search.birth'), cell: (p) => dayLines(p.birth_date, ageText(p.birth_date)) },
	{ key: 'lot', label: t('recalls.lot'), cell: (p) => html`<span class="yb-digits">${p.lot_no}</span><span class="yb-sub">${vaccineName(p)}</span>` },
	{ key: 'on', label: t('member.vaccinated_on'), cell: (p) => html`<a href=${withWhy(path(p.subject_no, p.record_id), why)}>${dayLines(p.vaccinated_on)}</a>` },
	{ key: 'org', label: t('record.org'), cell: (p) => html`<span lang="ja">${p.org_name ?? p.org_code ?? t('none')}</span>` },
	{ key: 'done', label: t('recalls.contacted'), paper: true, cell: () => nothing },
];

const conditions = ({ asked }) => [t(`purpose.${asked.purpose}`), asked.lot_no && `${t('member.lot_no')} ${asked.lot_no}`,
	asked.vaccine_code && vaccineName(asked)].filter(Boolean).map((c, i) => html`${i > 0 ? t('comma') : ''}${c}`);

const result = (s) => html`<section class="yb-result"><h2 id="recall-result" tabindex="-1">${t(s.next ? 'recalls.resultPart' : 'recalls.result', { n: s.rows.length })}</h2>
	<p class="yb-paper">${t('recalls.paper')}${t('colon')}${conditions(s)}</p>
	${s.next ? html`<p class="yb-paper">${tag(t('recalls.paperPart'), 'warn')}</p>` : nothing}
	${table({ labelledby: 'recall-result', columns: columns({ purpose: s.asked.purpose }), rows: s.rows, empty: nothingHere(t('recalls.empty'), html`<p>${t('recalls.emptyText')}</p>`) })}
	${s.next ? s.more.view(nothing, { send: t('recalls.more'), plain: true }) : nothing}
	${s.rows.length === 0 ? nothing : html`<section class="yb-screen"><h2>${t('recalls.use')}</h2><p>${t('recalls.after')}</p>${s.file.view(nothing, { send: t('export.send'), plain: true,
		more: html`<button type="button" class="yb-button" id="print" @click=${() => window.print()}>${t('recalls.print')}</button>` })}</section>`}</section>`;

export function view(s, update, { session }) {
	return html`${s.form.summary()}${s.more.summary()}${s.file.summary()}<h1>${t('recalls.title')}</h1><p class="yb-screen">${t('recalls.lead')}</p>${s.lots.view()}
		<h2 class="yb-screen">${t('recallLots.people')}</h2>
		${s.form.view(html`<div class="yb-grid">${s.form.field('purpose')}${s.form.field('vaccine_code')}</div>${s.form.field('lot_no')}`, { panel: true, send: t('recalls.send'),
			more: may(session, 'listMasterRows') ? html`<a href="/masters/M13">${t('recalls.toMaster')}</a>` : nothing })}
		${s.rows ? result(s) : nothing}`;
}
