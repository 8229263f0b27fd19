// mergers.js - H-8-6: municipalities that become one: every plan, the newest first.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get } from '../lib/api.js';
import { dayText, momentText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { crumb } from '../lib/page.js';
import { keyset, nothingHere, table } from '../widgets/table.js';
import { mergerOf, mergerTag } from './merging.js';

export async function init({ query }) {
	const after = query.get('after');
	return { ...await get(`/master/mergers${after ? `?${new URLSearchParams({ after })}` : ''}`), after };
}

const columns = () => [
	{ key: 'name', label: t('merger.new'), head: true, cell: (m) => html`<a href=${mergerOf(m.merger_id)}><span lang="ja">${m.name}</span></a><span class="yb-sub yb-digits">${m.new_code}</span>` },
	{ key: 'day', label: t('merger.day'), nowrap: true, cell: (m) => dayText(m.on_day) },
	{ key: 'state', label: t('masterRows.state'), nowrap: true, cell: (m) => html`${mergerTag(m)}${m.done_at ? html`<span class="yb-sub">${momentText(m.done_at)}</span>` : nothing}` },
	{ key: 'made', label: t('merger.made'), nowrap: true, cell: (m) => html`${momentText(m.created_at)}<span class="yb-sub yb-digits">${m.created_user}</span>` },
	{ key: 'decided', label: t('change.decided'), nowrap: true, cell: (m) => (m.decided_at ? html`${momentText(m.decided_at)}<span class="yb-sub yb-digits">${m.decided_user}</span>` : t('none')) },
];

export const view = ({ mergers, next, after }) => html`${crumb([['/masters', t('masters.title')]], t('mergers.title'))}
	<h1 id="mergers">${t('mergers.title')}</h1><p>${t('mergers.lead')}</p>
	<div class="yb-actions yb-actions--top"><a class="yb-button yb-button--primary" href="/masters/mergers/new">${t('mergerNew.title')}</a></div>
	${table({ labelledby: 'mergers', columns: columns(), rows: mergers, empty: nothingHere(t(after ? 'mergers.noneHere' : 'mergers.none'),
		after ? nothing : html`<p>${t('mergers.noneText')}</p>`) })}
	${keyset({ first: after ? '/masters/mergers' : null, next: next ? `/masters/mergers?${new URLSearchParams({ after: String(next) })}` : null })}`;
