// conflict.js - somebody else was faster: what stands there now beside what was typed here.
// Nothing typed is lost; sending again puts it in place of theirs.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { t } from '../lib/i18n.js';
import { notice } from '../lib/page.js';
import { table } from './table.js';

const shown = (value) => [].concat(value ?? []).join(t('comma')) || t('none');

// rows: [{ label, theirs, mine }]; those that agree are left out.
export function conflict(rows) {
	const different = rows.filter(({ theirs, mine }) => shown(theirs) !== shown(mine));
	return html`${notice(t('conflict.head'), html`<p>${t(different.length > 0 ? 'conflict.text' : 'conflict.same')}</p>`, 'warn')}
		${different.length === 0 ? nothing : html`<h2 id="conflict">${t('conflict.title')}</h2>${table({ labelledby: 'conflict', rows: different, columns: [
			{ key: 'label', label: t('conflict.item'), head: true, cell: (r) => r.label },
			{ key: 'theirs', label: t('conflict.theirs'), cell: (r) => shown(r.theirs) },
			{ key: 'mine', label: t('conflict.mine'), cell: (r) => shown(r.mine) }] })}`}`;
}
