// kana.js - what people type in Japan, brought into one form: names in kana, numbers, telephone
// numbers, lots. Taken in any width, put right when the field is left; nobody is scolded for it.

import { t } from '../lib/i18n.js';
import { text } from './form.js';

// Half-width kana and hiragana to full-width katakana, any space to one U+3000: what is kept.
export function toKana(text) {
	return text.normalize('NFKC').trim()
		.replace(/[\u3041-\u3096]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0x60))
		.replace(/[\s\u3000]+/g, '\u3000');
}

export const isKana = (text) => /^[\u30a1-\u30fa\u30fb-\u30fe\u3000]+$/.test(text);

// A number as it is kept: half width, without the hyphens and spaces people write into it.
export const digits = (text) => text.normalize('NFKC')
	.replace(/[\s\u00ad\u2010-\u2015\u2212\u30fc\uff0d-]/g, '');

// A telephone number keeps its hyphens, in one form.
export const toPhone = (text) => text.normalize('NFKC').replace(/\s/g, '')
	.replace(/[\u00ad\u2010-\u2015\u2212\u30fc\uff0d]/g, '-');

// A key that others have given: letters and hyphens are part of it.
export const toKey = (text) => text.normalize('NFKC').trim();

// A lot as it is kept: in capitals, with hyphens in one form.
export const lotText = (text) => text.normalize('NFKC').toUpperCase().replace(/\s/g, '').replace(/[\u2010-\u2015\u2212]/g, '-');

// Characters as people count them: a kanji with its variation selector is one.
export function length(text) {
	return [...new Intl.Segmenter('ja', { granularity: 'grapheme' }).segment(text)].length;
}

// ---- fields ----

// Enter sends without leaving the field. What is right already is left alone: an input that was
// written to does not follow its value any more.
function put(input, value) {
	if (input.value !== value)
		input.value = value;
	return value;
}

const corrected = (fix) => (def, a11y) => text.view({ ...def, onchange: (e) => put(e.target, fix(e.target.value)) }, a11y);

export const kana = {
	view: corrected(toKana),
	read(form, def) {
		const input = form.querySelector(`#${def.id}`);
		const value = put(input, toKana(input.value));
		return value === '' || isKana(value) ? { value }
			: { error: t('kana.wrong', { label: def.label }) };
	},
};

const fixed = (fix) => ({
	view: (def, a11y) => corrected(fix)(def, a11y),
	read: (form, def) => ({ value: fix(form.querySelector(`#${def.id}`).value) }),
});

export const key = fixed(toKey);
export const lot = fixed(lotText);

// With its hyphens, of any kind.
export const phone = {
	view: (def, a11y) => corrected(toPhone)({ inputmode: 'tel', autocomplete: 'tel', ...def }, a11y),
	read: (form, def) => ({ value: toPhone(form.querySelector(`#${def.id}`).value) }),
};

// def.pattern: what the digits must be, with def.patternText to say it.
export const number = {
	view: (def, a11y) => corrected(digits)({ inputmode: 'numeric', ...def }, a11y),
	read(form, def) {
		const input = form.querySelector(`#${def.id}`);
		const value = put(input, digits(input.value));
		return value === '' || !def.pattern || def.pattern.test(value)
			? { value } : { error: def.patternText };
	},
};
