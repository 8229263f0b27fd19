// scan.js - a vaccination whose product, lot and expiry come from a barcode reader.
//
// A reader is a keyboard: it ends with Enter, which sends nothing here, and types the separator
// GS as Ctrl+], which would be lost.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { dayText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { announce, focusOn } from '../lib/page.js';
import { text } from '../widgets/form.js';
import { lot, lotText } from '../widgets/kana.js';
import { looksScanned, parse } from './gs1.js';
import { Visit, el } from './visit.js';

// def.scanned(text): what came from a symbol; def.keep: another text is a value of its own.
function read(def, input) {
	const typed = input.value;
	if (typed.trim() === '')
		return;
	if (def.keep && !looksScanned(typed)) {
		input.value = lotText(typed);
		return;
	}
	input.value = '';
	def.scanned(typed);
}

const keys = (def) => (e) => {
	if (e.ctrlKey && (e.key === ']' || e.code === 'BracketRight')) {
		e.target.setRangeText('\x1d', e.target.selectionStart, e.target.selectionEnd, 'end');
		e.preventDefault();
	} else if (e.key === 'Enter' && !e.isComposing && (!def.keep || looksScanned(e.target.value))) {
		e.preventDefault();
		read(def, e.target);
	}
};

const box = (def, a11y) => html`<div @keydown=${keys(def)}>${text.view({ ...def, onchange: (e) => read(def, e.target) }, a11y)}</div>`;

// The box one points the reader at keeps nothing; a lot may be typed or read.
const barcode = { view: box, read: () => ({ value: '' }) };
const readLot = { view: (def, a11y) => box({ ...def, keep: true }, a11y), read: lot.read };

export class ScannedVisit extends Visit {
	define(v) {
		const scanned = (symbol) => this.scanned(symbol);
		const fields = super.define(v);
		Object.assign(fields.lot_no, { kind: readLot, scanned });
		return { ...fields, scan: { kind: barcode, label: t('visit.scan'), hint: t('visit.scanHint'), width: 'number', scanned } };
	}

	// A symbol fills what it says and leaves the rest.
	scanned(symbol) {
		const said = parse(symbol);
		if (said.error) {
			this.said = { error: t(said.error) };
		} else {
			for (const [id, value] of [['lot-no', said.lot], ['gtin', said.gtin]])
				if (value !== undefined && el(id))
					el(id).value = value;
			if (said.expiry)
				this.setDay(said.expiry);
			this.said = { text: [said.gtin && t('visit.readGtin', said), said.lot && t('visit.readLot', said),
				said.expiry && t('visit.readExpiry', { day: dayText(said.expiry) })].filter(Boolean).join(t('comma')), doubt: said.doubt };
		}
		this.update();
		announce(this.said.error ?? this.said.text);
		focusOn(this.said.error ? 'scan' : 'lot-no');
		this.look();
	}

	view(form) {
		const { said } = this;
		return super.view(form, html`${form.field('scan')}${!said ? nothing : html`<div class="yb-read">${said.error ? html`<p class="yb-error">＊${said.error}</p>` : nothing}
			${said.text ? html`<p class="yb-echo">${t('visit.readAll', { what: said.text })}</p>` : nothing}
			${said.doubt ? html`<p class="yb-error">＊${t('visit.readDoubt')}</p>` : nothing}</div>`}`);
	}
}
