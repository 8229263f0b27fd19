// text.js - what people type in Japan, brought into one form. Nobody is scolded for the width
// of a character.

// Half-width kana and hiragana to full-width katakana, any space to one U+3000: what is kept.
export function kana(text) {
	return text.normalize('NFKC').trim()
		.replace(/[\u3041-\u3096]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0x60))
		.replace(/[\s\u3000]+/g, '\u3000');
}

export const isKana = (text) => /^[\u30a1-\u30fa\u30fb-\u30fe\u3000]+$/.test(text);

// A number as it is kept: half width, without the hyphens and spaces people write into it.
export const digits = (text) => text.normalize('NFKC')
	.replace(/[\s\u00ad\u2010-\u2015\u2212\u30fc\uff0d-]/g, '');

// A telephone number keeps its hyphens, in one form.
export const phone = (text) => text.normalize('NFKC').replace(/\s/g, '')
	.replace(/[\u00ad\u2010-\u2015\u2212\u30fc\uff0d]/g, '-');

// Characters as people count them: a kanji with its variation selector is one.
export function length(text) {
	return [...new Intl.Segmenter('ja', { granularity: 'grapheme' }).segment(text)].length;
}

// 1,234,567 bytes as people say it.
export function bytes(n) {
	const units = ['B', 'KB', 'MB', 'GB'];
	let i = 0;
	for (; n >= 1024 && i < units.length - 1; i++)
		n /= 1024;
	return `${n < 10 && i > 0 ? n.toFixed(1) : Math.round(n)}${units[i]}`;
}
