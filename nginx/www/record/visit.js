// visit.js - the items of a vaccination as fields: for registering one and for correcting one.
// What is asked follows from what was done and with what; the masters say what is usual.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { dayText, partsOf, today } from '../lib/date.js';
import { has, lang, t } from '../lib/i18n.js';
import { eraDate } from '../widgets/era-date.js';
import { radios, select, text } from '../widgets/form.js';
import { lot, number } from '../widgets/kana.js';
import { lots } from './parts.js';

const CODES = { legal_class: ['legal', '12345'], place_class: ['place', '123'], exec_class: ['exec', '123'] };
const SITES = ['74L', 'UA_R', 'TH_L', 'TH_R', 'ORAL'];
const ROUTES = ['SC', 'IM', 'PERC', 'PO', 'ID'];
const GIVEN = ['lot_no', 'expiry_date', 'gtin', 'dose_seq', 'dose_ml', 'route', 'site'];
const UNMEASURED = 'BCG'; // the only one without a volume in mL
const MATERNAL = 'RSVM';
const STOPPED = '\u4f7f\u7528\u505c\u6b62'; // lot_status of the product master

export const el = (id) => document.getElementById(id);

const options = (list, codes, none) => [...none === undefined ? [] : [['', none]], ...[...codes].map((c) => [c, t(`${list}.${c}`)])];

// A volume in any width: 0.5, ．５.
const volume = {
	view: (def, a11y) => text.view({ inputmode: 'decimal', ...def }, a11y),
	read(form, def) {
		const value = form.querySelector(`#${def.id}`).value.normalize('NFKC').trim();
		return value === '' || /^\d?(\.\d{1,2})?$/.test(value) && Number(value) >= 0.05 && Number(value) <= 2
			? { value } : { error: t('visit.volumeWrong') };
	},
};

export class Visit {
	// list: of vaccines(); muni: the caller may name another institution; value: what stands there
	// at first; when: whether the day is chosen as today or another; changed(): after a change.
	constructor({ list, muni, value = {}, when = null, update, changed = () => {} }) {
		Object.assign(this, { list, muni, when, update, changed, product: null });
		this.shape = { exec: value.exec_class ?? '1', code: value.vaccine_code ?? '', when };
		this.fields = this.define(value);
	}

	define(v) {
		const coded = (name, kind, more) => ({ kind, label: t(`member.${name}`), required: true, value: v[name],
			options: options(...CODES[name]), ...more });
		return {
			...this.when ? { when: { kind: radios, label: t('visit.when'), required: true, value: this.when,
				options: [['today', t('visit.today', { day: dayText(today()) })], ['other', t('visit.otherDay')]] } } : {},
			vaccinated_on: { kind: eraDate, label: t('member.vaccinated_on'), required: true, value: v.vaccinated_on, era: 'R' },
			place_class: coded('place_class', select, { width: 'id', hint: t('visit.placeHint'), value: v.place_class ?? '1' }),
			...this.muni ? { org_code: { kind: number, label: t('member.org_code'), hint: t('visit.orgHint'), required: false, width: 'number',
				inputmode: 'text', value: v.org_code } } : {},
			venue: { label: t('member.venue'), hint: t('visit.venueHint'), required: false, value: v.venue },
			doctor_name: { label: t('member.doctor_name'), hint: t('visit.doctorHint'), required: true, value: v.doctor_name },
			screening_doctor: { label: t('member.screening_doctor'), hint: t('visit.screeningHint'), required: false, value: v.screening_doctor },
			exec_class: coded('exec_class', radios, { value: v.exec_class ?? '1' }),
			not_done_reason: { label: t('member.not_done_reason'), hint: t('visit.notDoneHint'), required: true, value: v.not_done_reason },
			vaccine_code: { kind: select, label: t('member.vaccine_code'), hint: t('visit.vaccineHint'), required: true, value: v.vaccine_code,
				options: [['', t('form.choosePlease')], ...this.list.map(({ code, short_ja: name }) =>
					[code, lang !== 'ja' && has(`vaccine.${code}`) ? t(`vaccine.${code}`) : name])] },
			lot_no: { kind: lot, label: t('member.lot_no'), hint: t('visit.lotHint'), required: true, width: 'number', value: v.lot_no },
			expiry_date: { kind: eraDate, label: t('member.expiry_date'), required: false, value: v.expiry_date, western: true },
			gtin: { kind: number, label: t('member.gtin'), hint: t('visit.gtinHint'), required: false, width: 'number', value: v.gtin,
				pattern: /^\d{14}$/, patternText: t('visit.gtinWrong') },
			dose_seq: { kind: select, label: t('member.dose_seq'), required: true, width: 'short', value: String(v.dose_seq ?? ''),
				options: [['', t('form.choosePlease')], ...Array.from('123456789', (n) => [n, t('grid.dose', { n })])] },
			dose_ml: { kind: volume, label: t('visit.volume'), required: true, width: 'short', value: String(v.dose_ml ?? '') },
			route: { kind: select, label: t('member.route'), required: true, width: 'id', value: v.route,
				options: options('route', ROUTES, t('form.choosePlease')) },
			site: { kind: select, label: t('member.site'), required: false, width: 'id', value: v.site, options: options('site', SITES, t('visit.siteNone')) },
			due_date: { kind: eraDate, label: t('member.due_date'), required: true, value: v.due_date, era: 'R' },
			legal_class: coded('legal_class', select, { value: v.legal_class ?? '1' }),
		};
	}

	get given() {
		return this.shape.exec === '1';
	}

	// What is asked now, and what does not belong to it any more.
	asked() {
		return Object.keys(this.fields).filter((name) => name !== 'when' && name !== 'scan' && el(this.fields[name].id));
	}

	dropped() {
		return this.given ? ['not_done_reason', ...this.shape.code === UNMEASURED ? ['dose_ml'] : []] : GIVEN;
	}

	// Values of the form as the interface takes them.
	body(values) {
		const { when, ...v } = values;
		return { ...v, ...when === 'today' ? { vaccinated_on: today() } : {},
			...v.dose_seq ? { dose_seq: Number(v.dose_seq) } : {}, ...v.dose_ml ? { dose_ml: Number(v.dose_ml) } : {} };
	}

	// What only the product master knows, with the field it is about.
	check(values) {
		const found = this.product && this.product.lot === values.lot_no ? this.product.rows : [];
		const other = found.length > 0 && !found.some((p) => p.vaccine_code === values.vaccine_code) ? found[0] : null;
		return other ? [{ name: 'lot_no', text: t('visit.lotOther', { lot: values.lot_no, vaccine: this.nameOf(other.vaccine_code) }) }] : [];
	}

	nameOf(code) {
		return this.list.find((v) => v.code === code)?.short_ja ?? code;
	}

	onchange(e) {
		const code = el('vaccine-code')?.value ?? '';
		const other = code !== this.shape.code;
		this.shape = { code, exec: document.querySelector('[name="exec-class"]:checked')?.value ?? '1',
			when: this.when && document.querySelector('[name="when"]:checked')?.value };
		this.update();
		if (other)
			this.usual();
		if (e.target.id === 'lot-no')
			this.look();
		this.changed();
	}

	// What the master calls usual.
	usual() {
		const master = this.list.find((v) => v.code === this.shape.code);
		if (!master || !this.given)
			return;
		if (el('dose-ml'))
			el('dose-ml').value = master.dose_ml ?? '';
		const routes = master.route.split('|');
		el('route').value = routes.length === 1 ? routes[0] : '';
		if (routes[0] === 'PO')
			el('site').value = 'ORAL';
	}

	// The lot in the product master: its vaccine, its last day, whether it may be used.
	async look() {
		const lotNo = el('lot-no')?.value;
		if (!lotNo || this.product?.lot === lotNo)
			return;
		const rows = await lots(lotNo).catch(() => []);
		this.product = { lot: lotNo, rows };
		const first = rows.length > 0 && el('vaccine-code')?.value === '';
		if (first) {
			el('vaccine-code').value = rows[0].vaccine_code;
			this.shape.code = rows[0].vaccine_code;
		}
		this.update();
		if (rows[0]?.expiry && el('expiry-date')?.value === '')
			this.setDay(rows[0].expiry);
		if (first)
			this.usual();
		this.changed();
	}

	setDay(day) {
		const { m, d } = partsOf(day);
		for (const [part, value] of [['-era', ''], ['', day.slice(0, 4)], ['-month', m], ['-day', d]])
			el(`expiry-date${part}`).value = value;
		el('expiry-date').dispatchEvent(new Event('change', { bubbles: true }));
	}

	lotLine() {
		const { product } = this;
		const said = !product ? null : product.rows.some((p) => p.lot_status === STOPPED) ? html`<p class="yb-error">＊${t('visit.lotStopped', product)}</p>`
			: product.rows.length === 0 ? html`<p class="yb-echo">${t('visit.lotUnknown', product)}</p>` : null;
		return said ? html`<div class="yb-read">${said}</div>` : nothing;
	}

	// reader: what stands before the vaccine where one can be scanned.
	view(form, reader = nothing) {
		const f = (name) => (this.fields[name] ? form.field(name) : nothing);
		const { given, shape } = this;
		return html`<div @change=${(e) => this.onchange(e)}>
			<section><h2>${t('visit.what')}</h2><div class="yb-grid">${f('when')}${f('exec_class')}</div>${shape.when === 'today' ? nothing : f('vaccinated_on')}${given ? html`${reader}${this.lotLine()}` : nothing}
			<div class="yb-grid">${f('vaccine_code')}${given ? ['lot_no', 'expiry_date', 'gtin'].map(f) : nothing}</div>
			${given ? nothing : f('not_done_reason')}</section>
			<section><h2>${t('visit.how')}</h2>
			<div class="yb-grid">${given ? html`${f('dose_seq')}${shape.code === UNMEASURED ? nothing : f('dose_ml')}${f('route')}${f('site')}` : nothing}
			${shape.code === MATERNAL ? f('due_date') : nothing}${f('legal_class')}</div></section>
			<section><h2>${t('visit.where')}</h2>
			<div class="yb-grid">${f('doctor_name')}${f('screening_doctor')}${f('place_class')}${f('venue')}${f('org_code')}</div></section></div>`;
	}
}
