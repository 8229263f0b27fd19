// kana.js - a name in kana, and numbers: taken in any width, put right when the field is left.

import { t } from '../lib/i18n.js';
import { digits, isKana, kana as toKana, phone as toPhone } from '../lib/text.js';
import { text } from './form.js';

const corrected = (fix) => (def, a11y) => text.view({ ...def, onchange: (e) => {
	e.target.value = fix(e.target.value);
} }, a11y);

export const kana = {
	view: corrected(toKana),
	read(form, def) {
		const input = form.querySelector(`#${def.id}`);
		input.value = toKana(input.value); // Enter sends without leaving the field
		return input.value === '' || isKana(input.value) ? { value: input.value }
			: { error: t('kana.wrong', { label: def.label }) };
	},
};

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
		input.value = digits(input.value);
		return input.value === '' || !def.pattern || def.pattern.test(input.value)
			? { value: input.value } : { error: def.patternText };
	},
};
