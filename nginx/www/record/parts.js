// parts.js - what the pages of record show alike: the person, a vaccine, what the rules said, and
// what the masters say that registering a vaccination needs (M12, M13).

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get } from '../lib/api.js';
import { ageText, dayText, today } from '../lib/date.js';
import { has, lang, t } from '../lib/i18n.js';
import { facts, nameOf, tag } from '../lib/page.js';

const KINDS = { DRAFT: 'plain', REGISTERED: 'good', LINKED: 'good', CONFIRMED: 'good', CORRECTED: 'plain', CANCELLED: 'bad' };

// Where a record is.
export const path = (subjectNo, id, more = '') => `/records/${encodeURIComponent(subjectNo)}/${encodeURIComponent(id)}${more}`;

export const code = (list, value) => (value && has(`${list}.${value}`) ? t(`${list}.${value}`) : value);

// The master's name; where an answer carries only the code, or the reader wants English, ours.
export function vaccineName(r, names = {}) {
	const ours = `vaccine.${r.vaccine_code}`;
	const name = r.vaccine_name ?? names[r.vaccine_code];
	return lang !== 'ja' && has(ours) ? html`${t(ours)}` : html`<span lang="ja">${name ?? (has(ours) ? t(ours) : r.vaccine_code)}</span>`;
}

export const vaccine = (r, names) => html`${vaccineName(r, names)}${r.dose_label ? html`<span lang="ja">（${r.dose_label}）</span>` : nothing}`;

// more: a line below, which stays in sight with the person.
export const personBar = (s, banner, heading = true, more = nothing) => html`<section class="yb-person" aria-labelledby="person">
	<div class="yb-person__name">${heading ? html`<h1 id="person" tabindex="-1">${nameOf(s)}</h1>`
		: html`<p class="yb-person__who" id="person">${nameOf(s)}</p>`}<p lang="ja">${s.name_kana ?? ''}</p></div>
	${facts([[t('search.birth'), html`${dayText(s.birth_date)}<span class="yb-sub">${ageText(s.birth_date)}</span>`],
		[t('search.sex'), t(`sex.${s.sex}`)],
		s.address || s.muni_key || banner ? [t('person.address'), banner ? t('search.addressHidden')
			: html`<span lang="ja">${s.address ?? t('none')}</span>`] : null,
		[t('search.subjectNo'), html`<span class="yb-digits">${s.subject_no}</span>`],
		s.muni_key ? [t('search.muniKey'), html`<span class="yb-digits">${s.muni_key}</span>`] : null,
		s.elim_date ? [t('person.left'), dayText(s.elim_date)] : null,
		s.death_date ? [t('person.death'), dayText(s.death_date)] : null])}${more}</section>`;

export const statusTag = (r) => (r.exec_class && r.exec_class !== '1' && r.status !== 'CANCELLED' ? tag(code('exec', r.exec_class), 'plain')
	: tag(t(`record.${r.status}`), KINDS[r.status]));

// From when on what was found would not have been found.
export const earliest = (f) => (f.earliest ? t(f.earliest > today() ? 'finding.earliestSoon' : 'finding.earliest', { day: dayText(f.earliest) }) : '');

// What was found and is more than information; severe: said how much so.
export function findingList(list, severe = false) {
	const shown = (list ?? []).filter((f) => severe || f.severity !== 'I');
	return shown.length === 0 ? nothing : html`<ul class="yb-findings">${shown.map((f) => html`<li>${severe
		? tag(t(`severity.${f.severity}`), { E: 'bad', W: 'warn' }[f.severity]) : nothing} <span lang="ja">${f.message}</span>${earliest(f)}${f.latest ? t('finding.latest', { day: dayText(f.latest) }) : ''}${t('finding.rule', { rule: f.rule })}</li>`)}</ul>`;
}

// Members of a record as people read them: [label, words].
export const member = (name, value, names = {}) => [t(`member.${name}`), value === null || value === undefined || value === '' ? t('none')
	: /_date$|_on$/.test(name) ? dayText(value)
		: name === 'vaccine_code' ? vaccineName({ vaccine_code: value }, names)
			: name === 'dose_seq' ? t('grid.dose', { n: value })
				: name === 'dose_ml' ? `${value} mL`
					: html`<span lang="ja">${code({ legal_class: 'legal', exec_class: 'exec', place_class: 'place' }[name] ?? name, value)}</span>`];

// The vaccines as the master has them today: [{ code, short_ja, route, dose_ml }].
export async function vaccines() {
	const { rows } = await get('/master/masters/M12/rows?limit=500');
	return rows.map((row) => row.values);
}

// What the product master says of a lot: [{ vaccine_code, gtin14, expiry, lot_status }].
export async function lots(lotNo) {
	const { rows } = await get(`/master/masters/M13/rows?q=${encodeURIComponent(lotNo)}`);
	return rows.map((row) => row.values).filter((v) => v.lot_no === lotNo);
}
