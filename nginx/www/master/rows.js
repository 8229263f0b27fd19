// rows.js - H-8-9: the rows of one master as they count on a day. Day, search and page stand in
// the address; no person does.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get, post } from '../lib/api.js';
import { dayText, today } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { crumb, focusOn, notice } from '../lib/page.js';
import { may } from '../lib/session.js';
import { eraDate } from '../widgets/era-date.js';
import { Form } from '../widgets/form.js';
import { keyset, nothingHere, table } from '../widgets/table.js';
import { isLong, keysOf, listOf, loadMasters, named, period, rowOf, rowsPath, valueText, versionTag } from './masters.js';

const PAGE = '50';
const FEW = 7; // columns at first; the others on request

const asked = (query) => ({ as_of: query.get('as_of') ?? '', q: query.get('q') ?? '', after: query.get('after') ?? '',
	all: query.get('all') === '1' });

const address = (m, { as_of, q, after, all }) => {
	const query = new URLSearchParams({ ...as_of ? { as_of } : {}, ...q ? { q } : {}, ...after ? { after } : {}, ...all ? { all: '1' } : {} });
	return query.size > 0 ? `${listOf(m.id)}?${query}` : listOf(m.id);
};

const load = (id, { as_of, q, after }) => get(rowsPath(id, { limit: PAGE, ...as_of ? { as_of } : {}, ...q ? { q } : {}, ...after ? { after } : {} }));

export async function init({ params, query, update }) {
	const state = { asked: asked(query), csv: null };
	const [masters, page] = await Promise.all([loadMasters(), load(params.master, state.asked)]);
	const m = named(masters, page.master);
	Object.assign(state, page, { m });
	state.show = async (conditions) => {
		Object.assign(state, await load(m.id, conditions), { asked: conditions });
		history.replaceState(null, '', address(m, conditions));
		update();
		focusOn('result');
	};
	state.form = new Form({
		title: t('masterRows.title'), update,
		fields: { as_of: { kind: eraDate, label: t('masterRows.asOf'), hint: t('masterRows.asOfHint'), era: 'R', value: state.asked.as_of || undefined },
			q: { label: t('masterRows.q'), hint: t('masterRows.qHint'), value: state.asked.q } },
		submit: (values) => state.show({ as_of: values.as_of ?? '', q: values.q ?? '', after: '', all: state.asked.all }),
	});
	return state;
}

const chosen = (m, all) => {
	const keys = keysOf(m);
	const rest = m.columns.filter((c) => !c.key && c.type !== 'image');
	return [...keys, ...(all ? rest : rest.filter((c) => !isLong(c) || rest.length <= FEW - keys.length).slice(0, Math.max(2, FEW - keys.length)))];
};

const cell = (c, r) => html`<span lang="ja" class=${isLong(c) ? 'yb-text' : nothing}>${valueText(c, r.values[c.name])}</span>`;

const columns = (m, all) => [
	...chosen(m, all).map((c, i) => ({ key: c.name, label: html`<span lang="ja">${c.label}</span>`, head: i === 0,
		number: ['number', 'decimal'].includes(c.type),
		cell: (r) => (i === 0 ? html`<a class="yb-digits" href=${rowOf(m.id, r.key)} aria-label=${r.key}>${valueText(c, r.values[c.name])}</a>` : cell(c, r)) })),
	{ key: 'period', label: t('masterRows.period'), cell: (r) => html`<span class="yb-text">${period(r)}</span>` },
	{ key: 'state', label: t('masterRows.state'), cell: versionTag },
];

// The whole list as of that day: a job, because it may be long.
async function csv(state) {
	if (state.csv)
		return;
	state.csv = post('/jobs', { kind: 'master.export', params: { master: state.m.id, ...state.asked.as_of ? { as_of: state.asked.as_of } : {} } },
		{ key: crypto.randomUUID() });
	try {
		const job = await state.csv;
		location.assign(`/jobs/${encodeURIComponent(job.job_no)}`);
	} catch (e) {
		state.csv = null;
		state.form.refused(e);
	}
}

const actions = (state, session) => html`<div class="yb-actions yb-actions--top">
	${state.m.can_edit ? html`<a class="yb-button yb-button--primary" href="${listOf(state.m.id)}/edit?op=new">${t('masterRows.new')}</a>
		<a class="yb-button" href="${listOf(state.m.id)}/file">${t('masterFile.title')}</a>` : nothing}
	${may(session, 'startJob') ? html`<button type="button" class="yb-button" id="csv" @click=${() => csv(state)}>${t('masterRows.csv')}</button>` : nothing}
	<a href="/masters/changes?master=${state.m.id}&view=all">${t('masterRows.changes')}</a>
	${['M43', 'M55'].includes(state.m.id) ? html`<a href="/masters/parameters">${t('parameters.title')}</a>` : nothing}</div>`;

function found(state) {
	const { m, rows, next } = state;
	const now = state.asked;
	const shown = chosen(m, now.all).length;
	const total = m.columns.filter((c) => c.type !== 'image').length;
	return html`<h2 id="result" tabindex="-1">${t('masterRows.result', { day: dayText(state.as_of), n: rows.length })}</h2>
		${shown < total || now.all ? html`<ul class="yb-switch" aria-label=${t('masterRows.columns')}>
			<li><a href=${address(m, { ...now, all: false })} aria-current=${now.all ? nothing : 'true'}>${t('masterRows.few')}</a></li>
			<li><a href=${address(m, { ...now, all: true })} aria-current=${now.all ? 'true' : nothing}>${t('masterRows.allColumns', { n: total })}</a></li></ul>` : nothing}
		${table({ labelledby: 'result', columns: columns(m, now.all), rows, dense: true,
			empty: nothingHere(t(now.q || now.as_of || now.after ? 'masterRows.emptyHere' : 'masterRows.empty'),
				now.q || now.as_of || now.after ? html`<p><a href=${listOf(m.id)}>${t('masterRows.clear')}</a></p>` : nothing) })}
		${keyset({ first: now.after ? address(m, { ...now, after: '' }) : null, next: next ? address(m, { ...now, after: next }) : null,
			onpage: (href) => state.show(asked(new URL(href, location.origin).searchParams)) })}`;
}

export const view = (state, update, { session }) => html`${crumb([['/masters', t('masters.title')]], html`<span lang="ja">${state.m.name}</span>`)}
	${state.form.summary()}<h1><span lang="ja">${state.m.name}</span><span class="yb-sub yb-digits">${state.m.id}</span></h1>
	${state.m.received ? notice(t('masterRows.received'), html`<p>${t('masterRows.receivedText')}</p>`) : nothing}
	${state.asked.as_of && state.asked.as_of !== today() ? notice(t('masterRows.otherDay', { day: dayText(state.asked.as_of) }),
		html`<p>${t('masterRows.otherDayText')}</p>`) : nothing}
	${actions(state, session)}
	${state.form.view(html`<div class="yb-grid">${['q', 'as_of'].map((name) => state.form.field(name))}</div>`,
		{ send: t('masterRows.show'), panel: true })}${found(state)}`;
