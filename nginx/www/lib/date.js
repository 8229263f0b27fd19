// date.js - days between the calendars. A day is "YYYY-MM-DD" everywhere; only what is shown
// and typed knows eras.

import { lang, t } from './i18n.js';

// Newest first: code, first year, first day. Days before 1873 are of another calendar.
export const ERAS = [
	['R', 2019, '2019-05-01'], ['H', 1989, '1989-01-08'], ['S', 1926, '1926-12-25'],
	['T', 1912, '1912-07-30'], ['M', 1868, '1873-01-01'],
];
const SIGNS = 'R\u4ee4H\u5e73S\u662dT\u5927M\u660e'; // each era by letter and by first character
const FIRST = '\u5143'; // the first year of an era

const pad = (n, width = 2) => String(n).padStart(width, '0');

function real(y, m, d) {
	const day = `${pad(y, 4)}-${pad(m)}-${pad(d)}`;
	const date = new Date(`${day}T00:00:00Z`);
	return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === day ? day : null;
}

// What was typed into the fields → { day }, { error: key, era } or {} when nothing was.
export function readDay(era, y, m, d) {
	const [year, month, date] = [y, m, d].map((x) => x.normalize('NFKC').trim());
	if (year + month + date === '')
		return {};
	const pasted = month + date === '' ? readText(year) : null;
	if (pasted)
		return pasted;
	const n = [year === FIRST ? '1' : year, month, date];
	if (n.some((x) => !/^\d{1,4}$/.test(x)))
		return { error: 'date.incomplete' };
	return inEra(era, ...n.map(Number));
}

function inEra(code, y, m, d) {
	const i = ERAS.findIndex(([c]) => c === code);
	const day = real(i < 0 ? y : ERAS[i][1] + y - 1, m, d);
	if (!day || day < '1873-01-01')
		return { error: 'date.unreal' };
	if (i >= 0 && (y < 1 || y > 99 || day < ERAS[i][2] || (i > 0 && day >= ERAS[i - 1][2])))
		return { error: `date.outside${code}` };
	return { day };
}

// A whole day in one text: 20180721, 2018-7-21, H30.7.21, with the characters of eras too.
export function readText(text) {
	const s = text.normalize('NFKC').replace(/[\s\u3000]/g, '');
	const m = /^(\d{4})(\d{2})(\d{2})$/.exec(s)
		?? /^(\d{4})[-/.\u5e74](\d{1,2})[-/.\u6708](\d{1,2})\u65e5?$/.exec(s);
	if (m)
		return inEra('', Number(m[1]), Number(m[2]), Number(m[3]));
	const e = /^([RHSTMrhstm]|[\u4ee4\u5e73\u662d\u5927\u660e][\u548c\u6210\u6cbb\u6b63]?)(\d{1,2}|\u5143)[-/.\u5e74](\d{1,2})[-/.\u6708](\d{1,2})\u65e5?$/.exec(s);
	if (!e)
		return null;
	const code = ERAS[SIGNS.indexOf(e[1][0].toUpperCase()) >> 1][0];
	return inEra(code, e[2] === FIRST ? 1 : Number(e[2]), Number(e[3]), Number(e[4]));
}

// The parts of a day in its era, for a field that is filled in: { era, y, m, d }.
export function partsOf(day) {
	const era = ERAS.find((e) => day >= e[2]);
	const [y, m, d] = day.split('-').map(Number);
	return { era: era ? era[0] : '', y: era ? y - era[1] + 1 : y, m, d };
}

export function eraYear(day) {
	const { era, y } = partsOf(day);
	return era === '' ? '' : t('date.eraYear', { era: t(`era.${era}`),
		n: String(lang === 'ja' && y === 1 ? FIRST : y) });
}

const monthName = (day) => new Intl.DateTimeFormat('en', { month: 'long', timeZone: 'UTC' })
	.format(new Date(`${day}T00:00:00Z`));

// Both calendars: the people at the desk think in eras, the papers from elsewhere do not.
export function dayText(day) {
	if (!day)
		return t('none');
	const [y, m, d] = day.split('-').map(Number);
	return t('date.day', { y: String(y), m, d, month: monthName(day), era: eraYear(day) });
}

const JAPAN = { timeZone: 'Asia/Tokyo' };
const iso = new Intl.DateTimeFormat('sv-SE', JAPAN);
const clock = new Intl.DateTimeFormat('en-GB', { ...JAPAN, hour: '2-digit', minute: '2-digit' });

// Of a moment with offset: its day in Japan, and the time when that matters.
export const dayOf = (moment) => (moment ? iso.format(new Date(moment)) : null);
export const timeText = (moment) => clock.format(new Date(moment));
export const momentText = (moment) => (moment
	? t('date.moment', { day: dayText(dayOf(moment)), time: timeText(moment) }) : t('none'));

export const today = () => iso.format(new Date());

export function addDays(day, n) {
	return new Date(Date.parse(`${day}T00:00:00Z`) + n * 86_400_000).toISOString().slice(0, 10);
}

export const daysBetween = (from, to) =>
	Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);

// Completed years and months: { years, months }.
export function age(day, on = today()) {
	const [a, b] = [day, on].map((x) => x.split('-').map(Number));
	const months = (b[0] - a[0]) * 12 + b[1] - a[1] - (b[2] < a[2] ? 1 : 0);
	return { years: Math.floor(months / 12), months: months % 12 };
}

export function ageText(day, on) {
	if (!day || day > (on ?? today()))
		return '';
	const { years, months } = age(day, on);
	return years < 1 ? t('age.months', { months })
		: years < 10 ? t('age.both', { years, months }) : t('age.years', { years });
}
