// impact.js - H-8-2 step 4, H-8-3 step 7: what else names the rows of a change, and what stops
// with a lot, before it is decided.

import { html } from '../vendor/lit-html/lit-html.js';
import { get } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { notice } from '../lib/page.js';
import { table } from '../widgets/table.js';
import { listOf } from './masters.js';

export const impactOf = (id) => get(`/master/changes/${id}/impact`);

// `found` is null where a change has more rows than anybody would look through.
export const impact = (found) => html`<section><h2 id="impact">${t('impact.title')}</h2>
	${found === null ? html`<p>${t('impact.many')}</p>` : html`<p>${t(found.total > 0 ? 'impact.some' : 'impact.none', { n: found.total })}</p>
	${table({ labelledby: 'impact', rows: found.references, columns: [
		{ key: 'name', label: t('impact.master'), head: true, cell: (f) => html`<a href=${listOf(f.master)} lang="ja">${f.name}</a>` },
		{ key: 'label', label: t('master.column'), cell: (f) => html`<span lang="ja">${f.label}</span>` },
		{ key: 'rows', label: t('impact.rows'), number: true, cell: (f) => t('count', { n: f.rows }) }] })}`}</section>`;

export const stopNotice = () => notice(t('stop.head'), html`<ul class="yb-list"><li>${t('stop.records')}</li><li>${t('stop.lists')}</li>
	<li>${t('stop.back')}</li></ul>`, 'bad');
