// head.js - what a change says of itself, as fields: from when, why, by which law; and what the
// server refuses, beside the field it means.

import { addDays, dayText, today } from '../lib/date.js';
import { has, t } from '../lib/i18n.js';
import { eraDate } from '../widgets/era-date.js';
import { area } from '../widgets/form.js';

// Of a column: some are called as the head of a change is.
export const fieldOf = (name) => `c_${name}`;

// The first day a change of this master may have; null where a parameter of the country says it.
export const earliest = (m) => ({ today: today(), tomorrow: addDays(today(), 1) }[m.earliest] ?? null);

// Fees change with the fiscal year (H-8-2 step 2).
export function usualDay(m) {
	const april = `${today().slice(0, 4)}-04-01`;
	return m.word !== 'fees' ? earliest(m) ?? undefined : today() < april ? april : `${Number(today().slice(0, 4)) + 1}-04-01`;
}

export const headFields = (m, { day, label, until } = {}) => ({
	...day === false ? {} : { valid_from: { kind: eraDate, era: 'R', label: label ?? t('change.validFrom'), required: true, value: usualDay(m),
		hint: earliest(m) ? t('field.from', { day: dayText(earliest(m)) }) : t('field.coolOff') } },
	...until ? { valid_to: { kind: eraDate, era: 'R', label: t('change.validTo'), hint: t('field.until'), required: false } } : {},
	reason: { kind: area, label: t('change.reason'), hint: t('field.reason'), required: true, rows: 2 },
	...m.needs_law ? { legal_ref: { label: t('change.legal'), hint: t('field.legal'), required: true } } : {},
	...m.needs_ticket ? { ticket_no: { label: t('change.ticket'), hint: t('field.ticket'), required: true, width: 'id' } } : {},
});

export const headOf = ({ valid_from, reason, legal_ref, ticket_no }) => ({ valid_from, reason, legal_ref, ticket_no });

const tooEarly = (m) => (earliest(m) ? t('field.tooEarly', { day: dayText(earliest(m)) }) : t('field.tooEarlyRule'));

export const headCheck = (m) => ({ valid_from: from, valid_to: to }) => [
	...earliest(m) && from && from < earliest(m) ? [{ name: 'valid_from', text: tooEarly(m) }] : [],
	...from && to && to < from ? [{ name: 'valid_to', text: t('field.order') }] : []];

function textOf(def, error) {
	return has(`code.${error.code}`) ? t(`code.${error.code}`, { label: def.label }) : t('form.said', { label: def.label, message: error.message ?? error.code });
}

// The refusals of a request as the form shows them; null: they are of no field.
export const sayOf = (m, fields) => function say(problem) {
	const said = problem.errors.map((error) => {
		const [, head, , column] = (error.field ?? '').split('/');
		const name = [fieldOf(column), column, head].find((n) => Object.hasOwn(fields, n));
		if (name === 'valid_from' && error.code === 'E-VAL-003')
			return { name, text: tooEarly(m) };
		return name ? { name, text: textOf(fields[name], error) } : null;
	});
	return said.length > 0 && said.every(Boolean) ? said : null;
};
