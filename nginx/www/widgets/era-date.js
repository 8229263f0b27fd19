// era-date.js - a day by era or Western year, month and day; after it is filled in, what it was
// understood as. A whole day pasted into the year is taken apart.

import { html, nothing, render } from '../vendor/lit-html/lit-html.js';
import { ERAS, ageText, dayText, partsOf, readDay } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { announce } from '../lib/page.js';

const get = (id) => document.getElementById(id);

function read(def) {
	const said = readDay(get(`${def.id}-era`).value, ...['', '-month', '-day']
		.map((part) => get(def.id + part).value));
	return said;
}

// Only when the field is left: nobody is corrected while typing.
function echo(def) {
	const said = read(def);
	const parts = said.day ? partsOf(said.day) : null;
	if (parts && get(`${def.id}-month`).value === '') { // pasted as a whole
		const western = get(`${def.id}-era`).value === '';
		get(`${def.id}-era`).value = western ? '' : parts.era;
		get(def.id).value = western ? said.day.slice(0, 4) : parts.y;
		get(`${def.id}-month`).value = parts.m;
		get(`${def.id}-day`).value = parts.d;
	}
	const words = said.day ? [dayText(said.day), def.age ? ageText(said.day) : ''].filter(Boolean).join('　') : '';
	render(html`${words}`, get(`${def.id}-echo`));
	if (words)
		announce(words);
}

// def.era: the era chosen at first; def.age: whether the echo tells the age; def.value: a day;
// def.western: shown by the Western year, as it is printed on products.
export const eraDate = {
	group: true,
	missing: 'form.enter',
	view(def, a11y) {
		const parts = def.value ? { ...partsOf(def.value), ...def.western ? { era: '', y: def.value.slice(0, 4) } : {} } : { era: def.era ?? '', y: '', m: '', d: '' };
		const part = (id, label, width, value) => html`<div class="yb-day__part">
			<label class="yb-sublabel" for=${id}>${label}</label>
			<input class="yb-input" id=${id} type="text" inputmode="numeric" autocomplete="off" data-width=${width}
				.defaultValue=${String(value)} aria-invalid=${a11y.invalid}
				aria-describedby=${a11y.describedby} @change=${() => echo(def)}></div>`;
		return html`<div class="yb-day"><div class="yb-day__part">
			<label class="yb-sublabel" for="${def.id}-era">${t('date.era')}</label>
			<select class="yb-input" id="${def.id}-era" data-width="era" aria-invalid=${a11y.invalid}
				aria-describedby=${a11y.describedby} @change=${() => echo(def)}>
				${[['', t('era.western')], ...ERAS.map(([code]) => [code, t(`era.${code}`)])].map(([value, name]) =>
					html`<option value=${value} ?selected=${value === parts.era}>${name}</option>`)}</select></div>
			${part(def.id, t('date.year'), 'year', parts.y)}
			${part(`${def.id}-month`, t('date.month'), 'two', parts.m)}
			${part(`${def.id}-day`, t('date.dayPart'), 'two', parts.d)}</div>
			<p class="yb-echo" id="${def.id}-echo"></p>`;
	},
	// Emptied or put back: what was typed before is told no more.
	cleared(def) {
		render(nothing, get(`${def.id}-echo`));
		announce('');
	},
	read(form, def) {
		const said = read(def);
		return said.error ? { error: t(said.error, { label: def.label }) } : { value: said.day };
	},
};
