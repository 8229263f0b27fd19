// pairs.js - R5: rows that may be one person, side by side, decided one after the other.
//
// What agrees and what differs is said in words. A decision is a choice and one button; the next
// pair stands in its place, and the last one can be taken back.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get, post } from '../lib/api.js';
import { ageText, dayText, momentText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { announce, focusOn, nameOf, notice, setTitle, tag } from '../lib/page.js';
import { Form, area, radios } from '../widgets/form.js';
import { keyset, nothingHere, table } from '../widgets/table.js';
import { stateOf, stateSwitch } from './lists.js';
import { protectedNotice, withWhy } from './why.js';

const STATES = ['OPEN', 'PROPOSED', 'HOLD', 'SAME', 'DIFFERENT'];
const DECIDED = ['SAME', 'DIFFERENT'];
const KINDS = { OPEN: 'warn', PROPOSED: 'info', HOLD: 'plain', SAME: 'good', DIFFERENT: 'plain' };

export const pairState = (p) => tag(t(`pair.${p.state}`), KINDS[p.state]);

async function load(state, since) {
	const query = new URLSearchParams({ state: state.state, limit: '50', ...since ? { since } : {} });
	const { pairs, next } = await get(`/record/pairs?${query}`);
	Object.assign(state, { pairs, next });
}

export async function init({ query, update }) {
	const state = { state: stateOf(query, STATES, 'OPEN'), since: query.get('since'), last: null };
	await load(state, state.since);
	state.form = new Form({
		id: 'pair-form', title: t('pairs.title'), update,
		fields: { decision: { kind: radios, label: t('pair.decision'), required: true,
			options: ['same', 'different', 'hold'].map((d) => [d, t(`pair.${d}`), t(`pair.${d}Hint`)]) },
		reason: { kind: area, label: t('pair.reason'), hint: t('pair.reasonHint'), required: true, rows: 2 } },
		async submit(values, key) {
			const pair = state.pairs[0];
			const answer = await post(`/record/pairs/${pair.pair_id}/decision`, values, { key });
			state.last = { ...pair, ...answer };
			state.pairs.shift();
			if (state.pairs.length === 0 && state.next !== null)
				await load(state, state.next);
			state.form.clear();
			update();
			setTitle(t('pairs.title'));
			announce(t('pair.decided', { state: t(`pair.${answer.state}`) }));
			focusOn('pair');
		},
	});
	return state;
}

const day = (d) => (d ? html`${dayText(d)} <span class="yb-sub">${ageText(d)}</span>` : t('none'));
const ROWS = [['my_number', () => t('pair.sealed')], ['name', nameOf], ['name_kana', (s) => s.name_kana ?? t('none')], ['birth_date', (s) => day(s.birth_date)],
	['sex', (s) => t(`sex.${s.sex}`)], ['subject_no', (s) => html`<span class="yb-digits">${s.subject_no}</span>`], ['muni_code', (s) => s.muni_code ?? t('none')],
	['muni_key', (s) => s.muni_key ?? t('pair.elsewhere')], ['resident_state', (s) => html`${s.resident_state ?? t('none')}${s.elim_date
		? html`<span class="yb-sub">${dayText(s.elim_date)}</span>` : nothing}`]];

const verdict = (pair, name) => (pair.agree.includes(name) ? tag(t('pair.agree'), 'good')
	: pair.differ.includes(name) ? tag(t('pair.differ'), 'bad') : t('pair.notCompared'));

// Both rows, and in words where they agree.
export const compare = (pair) => table({ labelledby: 'pair', rows: ROWS.filter(([name]) => name !== 'my_number' || pair.agree.includes(name)), columns: [
	{ key: 'item', label: t('pair.item'), head: true, cell: ([name]) => t(`pair.${name}`) },
	{ key: 'verdict', label: t('pair.verdict'), nowrap: true, cell: ([name]) => verdict(pair, name) },
	{ key: 'mine', label: t('pair.mine'), cell: ([, show]) => show(pair.mine) },
	{ key: 'other', label: t('pair.other'), cell: ([, show]) => show(pair.other) }] });

const one = (state) => {
	const [pair] = state.pairs;
	return html`${pair.banner ? protectedNotice() : nothing}
		<h2 id="pair" tabindex="-1">${t(state.next === null ? 'pair.left' : 'pair.leftMore', { n: state.pairs.length })}</h2>
		<p>${t(`pair.kind.${pair.kind}`)} ${pairState(pair)}</p>${pair.reason ? html`<p>${t('record.reason', { text: pair.reason })}</p>` : nothing}
		${compare(pair)}<p><a href=${withWhy(`/records/${encodeURIComponent(pair.mine.subject_no)}`, { purpose: '06' })}>${t('pair.timeline')}</a></p>
		${state.form.view(html`${state.form.field('decision')}${state.form.field('reason')}`, { send: t('pair.send') })}`;
};

const columns = () => [
	{ key: 'mine', label: t('pair.mine'), head: true, cell: (p) => html`${nameOf(p.mine)}<span class="yb-sub">${p.mine.subject_no}</span>` },
	{ key: 'other', label: t('pair.other'), cell: (p) => html`${nameOf(p.other)}<span class="yb-sub">${p.other.subject_no}</span>` },
	{ key: 'state', label: t('requests.state'), cell: pairState },
	{ key: 'at', label: t('pair.at'), nowrap: true, cell: (p) => html`${momentText(p.decided_at)}<span class="yb-sub">${p.decided_by ?? t('pair.byNumber')}</span>` },
	{ key: 'reason', label: t('correct.reason'), cell: (p) => html`<div class="yb-cell" lang="ja">${p.reason ?? t('none')}</div>` },
	{ key: 'do', label: t('requests.do'), screen: true, cell: (p) => html`<a href="/records/pairs/${p.pair_id}">${t('pair.undo')}<span
		class="yb-hidden">${t('colon')}${p.mine.subject_no}</span></a>` },
];

export function view(state) {
	const decided = DECIDED.includes(state.state);
	const { last } = state;
	return html`${state.form.summary()}<h1 id="pairs">${t('pairs.title')}</h1><p>${t('pairs.lead')}</p>
		${stateSwitch('/records/pairs', STATES, state.state, 'pair')}
		${last ? notice(t('pair.decided', { state: t(`pair.${last.state}`) }), html`<p><a href="/records/pairs/${last.pair_id}">${t('pair.undoLast')}</a></p>`, 'good') : nothing}
		${state.pairs.length === 0 ? html`<h2 id="pair" tabindex="-1" class="yb-hidden">${t('pair.left', { n: 0 })}</h2>${nothingHere(t('pairs.empty'))}`
			: decided ? html`${table({ labelledby: 'pairs', columns: columns(), rows: state.pairs })}${keyset({ first: state.since ? `/records/pairs?state=${state.state}` : null,
				next: state.next ? `/records/pairs?state=${state.state}&since=${state.next}` : null })}` : one(state)}`;
}
