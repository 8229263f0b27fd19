// lib/ui.js - elements, words and dates that every page uses.
//
// Text reaches the page as text nodes only; nothing here or elsewhere parses HTML.

// h('p', { class: 'x', onclick: f }, 'text', element): null attributes and children are left out.
export function h(tag, attributes = {}, ...children) {
	const e = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) {
		if (value === null || value === undefined || value === false)
			continue;
		if (name.startsWith('on'))
			e.addEventListener(name.slice(2), value);
		else
			e.setAttribute(name, value === true ? '' : value);
	}
	e.append(...children.filter((c) => c !== null && c !== undefined));
	return e;
}

export const button = (text, attributes = {}) =>
	h('button', { type: 'button', class: 'yb-button', ...attributes }, text);

// A person's name, with the fonts that know rare characters; never folded or shortened.
export const nameOf = (s) => h('span', { class: 'yb-name' }, s.name ?? '（氏名なし）');

export const tag = (text, kind = 'plain') => h('span', { class: 'yb-tag', 'data-kind': kind }, text);

export function setTitle(text, hasErrors = false) {
	document.title = `${hasErrors ? 'エラー: ' : ''}${text} – 予防接種事務・資格確認システム`;
}

export function announce(text) {
	document.getElementById('live').textContent = text;
}

// ---- fields ----

// One labelled control with hint and place for its error.
export function field({ id, label, required, hint, control, beside }) {
	const hintId = hint ? `${id}-hint` : null;
	control.id = id;
	if (hintId)
		control.setAttribute('aria-describedby', hintId);
	return h('div', { class: 'yb-field', id: `${id}-field` },
		h('label', { class: 'yb-label', for: id }, label, mark(required)),
		hint ? h('p', { class: 'yb-hint', id: hintId }, hint) : null,
		beside ? h('div', { class: 'yb-beside' }, control, beside) : control);
}

export const mark = (required) => (required === undefined ? null
	: h('span', { class: 'yb-mark', 'data-required': required ? '1' : null },
		required ? '※必須' : '任意'));

export function options(select, pairs) {
	select.append(...pairs.map(([value, text]) => h('option', { value }, text)));
	return select;
}

function clearErrors(form) {
	for (const e of form.querySelectorAll('.yb-error'))
		e.remove();
	for (const e of form.querySelectorAll('[aria-invalid]')) {
		e.removeAttribute('aria-invalid');
		const rest = (e.getAttribute('aria-describedby') ?? '').split(' ')
			.filter((id) => !id.endsWith('-error')).join(' ');
		if (rest)
			e.setAttribute('aria-describedby', rest);
		else
			e.removeAttribute('aria-describedby');
	}
	document.getElementById('summary')?.remove();
}

// Shows what is wrong, at the top with links and beside each field. [{ id, text }] → true
// when there was something to show. An entry without id concerns the whole form.
export function showErrors(form, errors, title) {
	clearErrors(form);
	setTitle(title, errors.length > 0);
	if (errors.length === 0)
		return false;
	for (const { id, text } of errors) {
		const control = id ? document.getElementById(id) : null;
		if (!control)
			continue;
		const errorId = `${id}-error`;
		const described = control.getAttribute('aria-describedby');
		control.setAttribute('aria-invalid', 'true');
		control.setAttribute('aria-describedby', described ? `${described} ${errorId}` : errorId);
		document.getElementById(`${id}-field`)
			?.append(h('p', { class: 'yb-error', id: errorId }, `＊${text}`));
	}
	const summary = h('div', { class: 'yb-summary', id: 'summary', tabindex: '-1',
		'aria-labelledby': 'summary-title' },
		h('h2', { id: 'summary-title' }, `入力内容に${errors.length}件の誤りがあります`),
		h('ul', {}, ...errors.map(({ id, text }) => h('li', {}, id
			? h('a', { href: `#${id}`, onclick: (e) => {
				e.preventDefault();
				document.getElementById(id).focus();
			} }, text) : text))));
	document.getElementById('main').prepend(summary);
	summary.focus();
	return true;
}

// A refusal that is nobody's field: what happened, what to do, and the number to quote.
export function showProblem(parent, e) {
	document.getElementById('summary')?.remove();
	const lines = [];
	if (e.detail)
		lines.push(h('p', {}, e.detail));
	if (e.id || e.trace)
		lines.push(h('p', { class: 'yb-small' }, `（${[e.id, e.trace && `受付 ${e.trace}`]
			.filter(Boolean).join('、')}）`));
	const box = h('div', { class: 'yb-summary', id: 'summary', tabindex: '-1', role: 'alert' },
		h('h2', {}, e.message || '処理できませんでした。'), ...lines);
	parent.prepend(box);
	box.focus();
}

// ---- input of Japan ----

// Half-width and hiragana to full-width katakana, spaces to one U+3000: what the server keeps too.
export function kana(text) {
	return text.normalize('NFKC').trim()
		.replace(/[\u3041-\u3096]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0x60))
		.replace(/[ \u3000]+/g, '\u3000');
}

export const digits = (text) => text.normalize('NFKC').replace(/[\s\-‐－―ー]/g, '');

const ERAS = [
	['R', '令和', 2019, '2019-05-01'], ['H', '平成', 1989, '1989-01-08'],
	['S', '昭和', 1926, '1926-12-25'], ['T', '大正', 1912, '1912-07-30'],
	['M', '明治', 1868, '1873-01-01'],
];
export const eraChoices = [['', '西暦'], ...ERAS.map(([code, name]) => [code, name])];

// A day written in an era or in the Western calendar: "YYYY-MM-DD", or { error }.
export function readDay(era, y, m, d) {
	const n = [y === '元' ? '1' : y, m, d].map(digits);
	if (n.some((x) => !/^\d{1,4}$/.test(x)))
		return { error: '年・月・日を数字で入力してください' };
	const found = ERAS.find(([code]) => code === era);
	const year = Number(n[0]) + (found ? found[2] - 1 : 0);
	const day = `${String(year).padStart(4, '0')}-${n[1].padStart(2, '0')}-${n[2].padStart(2, '0')}`;
	const date = new Date(`${day}T00:00:00Z`);
	if (Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== day)
		return { error: '実在する日付を入力してください' };
	if (found) {
		const next = ERAS[ERAS.indexOf(found) - 1];
		if (day < found[3] || (next && day >= next[3]))
			return { error: `${found[1]}の期間に合いません。元号を確認してください` };
	}
	return { day };
}

const eraOf = (day) => {
	const era = ERAS.find((e) => day >= e[3]);
	const n = era ? Number(day.slice(0, 4)) - era[2] + 1 : 0;
	return era ? `${era[1]}${n === 1 ? '元' : n}年` : '';
};

// 2026年4月20日（令和8年）
export function dayText(day) {
	if (!day)
		return '—';
	const [y, m, d] = day.split('-').map(Number);
	return `${y}年${m}月${d}日（${eraOf(day)}）`;
}

// Today in Japan, wherever the browser is.
export const today = () =>
	new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Tokyo' }).format(new Date());

export function ageText(day) {
	if (!day)
		return '';
	const [a, b] = [day, today()].map((x) => x.split('-').map(Number));
	const months = (b[0] - a[0]) * 12 + b[1] - a[1] - (b[2] < a[2] ? 1 : 0);
	const years = Math.floor(months / 12);
	return years < 10 ? `${years}歳${months % 12}か月` : `${years}歳`;
}

export const sexText = (code) => ({ 1: '男', 2: '女' })[code] ?? '不明';
