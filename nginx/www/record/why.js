// why.js - nobody is looked at without a purpose (P-01): it comes with the search the person was
// found by (?q=), or is chosen and then stands in the address (?purpose=). Whom 支援措置 protects
// is opened by a second confirmation.

import { html } from '../vendor/lit-html/lit-html.js';
import { t } from '../lib/i18n.js';
import { focusOn, notice, setTitle, tag } from '../lib/page.js';
import { select } from '../widgets/form.js';

// 99 needs words, which a search keeps sealed and an address would not.
export const PURPOSES = ['01', '02', '03', '04', '05', '06'];

export const purposeField = (more = {}, codes = PURPOSES) => ({ kind: select, label: t('search.purpose'),
	hint: t('search.purposeHint'), required: true, ...more,
	options: [['', t('form.choosePlease')], ...codes.map((code) => [code, t(`purpose.${code}`)])] });

export function whyOf(query) {
	const search = query.get('q');
	const purpose = PURPOSES.find((code) => code === query.get('purpose'));
	return search ? { search_id: search } : purpose ? { purpose } : null;
}

// An address that goes on for the same purpose.
export function withWhy(path, why, more = {}) {
	const query = new URLSearchParams(why?.search_id ? { q: why.search_id } : why?.purpose ? { purpose: why.purpose } : {});
	for (const [name, value] of Object.entries(more))
		if (value)
			query.set(name, value);
	return query.size > 0 ? `${path}?${query}` : path;
}

export const protectedNotice = () => notice(html`${tag(t('person.protected'), 'warn')} ${t('person.protectedHead')}`,
	html`<p>${t('person.protectedText')}</p>`, 'warn');

// The second confirmation. state.guard: what brings the person, or nothing when it is there.
export function guardPage(state, update, title, focus = 'person') {
	const open = async () => {
		try {
			if (typeof state.guard === 'function')
				await state.guard();
		} catch { // as without this page: why, or the purpose once more
			location.replace(location.href.replace(/[?&]protected=1/, ''));
			return;
		}
		state.guard = null;
		update();
		setTitle(title);
		focusOn(focus);
	};
	return html`<h1 id="guard" tabindex="-1">${t('guard.title')}</h1>${protectedNotice()}<p>${t('guard.text')}</p>
		<div class="yb-actions"><button type="button" class="yb-button yb-button--primary" id="guard-open" @click=${open}>${t('guard.open')}</button>
		<a class="yb-button" href="/records">${t('guard.leave')}</a></div>`;
}
