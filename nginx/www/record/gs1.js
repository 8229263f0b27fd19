// gs1.js - what a barcode on a vaccine says: product (AI 01), expiry (17), lot (10).
//
// Scanners are keyboards: they type the text of the symbol, with or without its prefix (]d2),
// with the separator FNC1 as GS (0x1D) or as whatever their makers put in its place, or in the
// form people print below it, (01)…(17)…(10)….

const GS = '\x1d';
const STAND_INS = /\u241d|<GS>|\{GS\}|\[GS\]|[<{[]FNC1[>}\]]|\^\]|\\x1d|\\u001d|\|/gi;
const PREFIX = /^\](?:d2|C1|e0|Q3|J1)/;

// Of each identifier its length; the others end at a separator or with the text.
const FIXED = { '00': 18, '01': 14, '02': 14, '11': 6, '12': 6, '13': 6, '15': 6, '16': 6, '17': 6, '20': 2 };
const VARIABLE = /^(?:10|21|22|30|37|24[0-3]|25[0145]|9\d)/;
const BEGINNING = new RegExp(`^(?:${PREFIX.source.slice(1)}|${GS}|\\()*(?:01\\)?\\d{14}|17\\)?\\d{6})`);

export const separated = (text) => text.normalize('NFKC').replace(STAND_INS, GS).replace(/[\s\u3000]+$/, '').trimStart();

// Whether this was read from a symbol and not typed as a lot.
export const looksScanned = (text) => BEGINNING.test(separated(text));

// Modulo 10, weights 3 and 1 from the right.
export function gtinRight(gtin) {
	const sum = [...gtin.slice(0, -1)].reverse().reduce((s, d, i) => s + Number(d) * (i % 2 === 0 ? 3 : 1), 0);
	return gtin.length === 14 && (10 - sum % 10) % 10 === Number(gtin.at(-1));
}

// YYMMDD as a day; DD 00 is the last of the month. The century is the nearest one (GS1 7.12).
export function expiryDay(text, year = new Date().getFullYear()) {
	const [yy, mm, dd] = [0, 2, 4].map((i) => Number(text.slice(i, i + 2)));
	const gap = yy - year % 100;
	const full = year - year % 100 + yy + (gap >= 51 ? -100 : gap <= -50 ? 100 : 0);
	const last = new Date(Date.UTC(full, mm, 0)).getUTCDate();
	if (!/^\d{6}$/.test(text) || mm < 1 || mm > 12 || dd > last)
		return null;
	return `${full}-${String(mm).padStart(2, '0')}-${String(dd || last).padStart(2, '0')}`;
}

// '(01)…(10)…' as it is printed → the same with separators.
const printed = (text) => text.replace(/\((\d{2,4})\)/g, (_, ai, at) => (at === 0 ? ai : GS + ai));

// → [[identifier, value]…] or null.
function elements(text) {
	const found = [];
	let rest = text.replace(PREFIX, '');
	if (/^\x1d?\(\d{2,4}\)/.test(rest))
		rest = printed(rest.replace(GS, ''));
	while (rest !== '') {
		if (rest[0] === GS) {
			rest = rest.slice(1);
			continue;
		}
		const length = FIXED[rest.slice(0, 2)];
		const ai = length ? rest.slice(0, 2) : VARIABLE.exec(rest)?.[0];
		if (!ai)
			return null;
		const end = length ? ai.length + length : (rest.indexOf(GS) + 1 || rest.length + 1) - 1;
		if (end > rest.length)
			return null;
		found.push([ai, rest.slice(ai.length, end)]);
		rest = rest.slice(end).replace(PREFIX, ''); // a second symbol read at once
	}
	return found;
}

// → { gtin, expiry, lot }, each where the symbol has it, and doubt: true where a lost separator
// may have put an expiry behind the lot; or { error: key of the words }.
export function parse(text, year) {
	const all = elements(separated(text));
	if (!all || all.length === 0)
		return { error: 'gs1.unknown' };
	const said = Object.fromEntries(all);
	const out = {};
	if (said['01'] !== undefined) {
		if (!/^\d{14}$/.test(said['01']) || !gtinRight(said['01']))
			return { error: 'gs1.gtin' };
		out.gtin = said['01'];
	}
	if (said['17'] !== undefined) {
		out.expiry = expiryDay(said['17'], year);
		if (!out.expiry)
			return { error: 'gs1.expiry' };
	}
	if (said['10'] !== undefined) {
		out.lot = said['10'].toUpperCase();
		if (!/^[A-Z0-9-]{1,20}$/.test(out.lot))
			return { error: 'gs1.lot' };
		out.doubt = !out.expiry && /.17\d{6}$/.test(out.lot);
	}
	return out.gtin || out.lot || out.expiry ? out : { error: 'gs1.unknown' };
}
