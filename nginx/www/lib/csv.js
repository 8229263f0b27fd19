// csv.js - a file people chose, looked at before it is sent: its encoding, its first rows.

// UTF-8 if it is that, else Shift_JIS if it is that, else null. → { text, encoding }
export function decode(bytes) {
	for (const encoding of ['utf-8', 'shift_jis']) {
		try {
			const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
			return { text, encoding: encoding === 'utf-8' ? 'UTF-8' : 'Shift_JIS' };
		} catch { /* the next one */ }
	}
	return null;
}

// RFC 4180: quotes, doubled quotes, line breaks in quotes; at most `most` rows.
export function parse(text, most = Infinity) {
	const rows = [];
	let row = [];
	let cell = '';
	let quoted = false;
	const end = () => { row.push(cell); cell = ''; };
	for (let i = 0; i < text.length && rows.length < most; i++) {
		const c = text[i];
		if (quoted) {
			if (c === '"' && text[i + 1] === '"') {
				cell += c;
				i++;
			} else if (c === '"') {
				quoted = false;
			} else {
				cell += c;
			}
		} else if (c === '"' && cell === '') {
			quoted = true;
		} else if (c === ',') {
			end();
		} else if (c === '\n' || c === '\r') {
			if (c === '\r' && text[i + 1] === '\n')
				i++;
			end();
			rows.push(row);
			row = [];
		} else {
			cell += c;
		}
	}
	if (rows.length < most && (cell !== '' || row.length > 0)) {
		end();
		rows.push(row);
	}
	return rows;
}

// The first column that is not what it should be: { n, wanted, found }, or null. Of a column
// with several names, [label, name], any is right.
export function headerFault(wanted, found) {
	for (let i = 0; i < Math.max(wanted.length, found.length); i++) {
		const names = [].concat(wanted[i] ?? []);
		if (!names.includes(found[i]))
			return { n: i + 1, wanted: names[0] ?? '', found: found[i] ?? '' };
	}
	return null;
}

// A cell that a spreadsheet would take for a formula is told apart by an apostrophe.
const safe = (value) => (/^[=+\-@\t\r]/.test(value) ? `'${value}` : value);

// Rows as a file for spreadsheets: with BOM, because they guess otherwise.
export const write = (rows) => `\ufeff${rows.map((row) => row.map((cell) =>
	`"${safe(String(cell ?? '')).replaceAll('"', '""')}"`).join(',')).join('\r\n')}\r\n`;
