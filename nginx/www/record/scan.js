// scan.js - fields a barcode reader types into. A reader ends with Enter, which sends nothing
// here, and types the separator GS as Ctrl+], which would be lost.

import { html } from '../vendor/lit-html/lit-html.js';
import { corrected } from '../widgets/kana.js';
import { looksScanned } from './gs1.js';

const lotText = (text) => text.normalize('NFKC').toUpperCase().replace(/[\s\u3000]/g, '').replace(/[\u2010-\u2015\u2212\uff0d]/g, '-');

function put(e, text) {
	const input = e.target;
	input.setRangeText(text, input.selectionStart, input.selectionEnd, 'end');
	e.preventDefault();
}

// def.scanned(text): what came from a symbol. def.keep: another text is a value (a lot).
const keys = (def) => (e) => {
	if (e.ctrlKey && (e.key === ']' || e.code === 'BracketRight'))
		put(e, '\x1d');
	else if (e.key === 'Enter' && !e.isComposing && (!def.keep || looksScanned(e.target.value))) {
		e.preventDefault();
		read(def, e.target);
	}
};

function read(def, input) {
	const text = input.value;
	if (text.trim() === '')
		return;
	if (def.keep && !looksScanned(text)) {
		input.value = lotText(text);
		return;
	}
	input.value = '';
	def.scanned(text);
}

const box = (def, a11y) => html`<div @keydown=${keys(def)}>${corrected((text) => text)({ inputmode: 'text', ...def }, a11y)}</div>`;

// The box one points the reader at: it keeps nothing.
export const barcode = {
	view: (def, a11y) => box({ width: 'number', ...def, onread: read }, a11y),
	read: () => ({ value: '' }),
};

// A lot, typed or read.
export const lot = {
	view: (def, a11y) => box({ keep: true, ...def }, a11y),
	read: (form, def) => ({ value: lotText(form.querySelector(`#${def.id}`).value) }),
};
