// record/search.js - H-3-2: find a person by number, or by kana and birth date.

import { getSearch, searchSubjects } from '../lib/api.js';
import {
	ageText, announce, button, dayText, digits, eraChoices, field, h, kana, mark, nameOf,
	options, readDay, setTitle, sexText, showErrors, showProblem, tag,
} from '../lib/ui.js';

const TITLE = '接種記録の照会';
const PURPOSES = [
	['', '選んでください'], ['01', '対象者からの照会・証明'], ['02', '転入者の接種歴確認'],
	['03', '勧奨対象者の抽出'], ['04', '健康被害救済の調査'], ['05', '間違い接種・事故の確認'],
	['06', 'システム障害・データ確認'], ['99', 'その他（理由必須）'],
];

const text = (attributes = {}) => h('input', { class: 'yb-input', type: 'text', autocomplete: 'off',
	...attributes });

function birthField() {
	const era = options(h('select', { class: 'yb-input yb-input--era', id: 'birth' }), eraChoices);
	const part = (id, label, width) => h('div', {}, h('label', { class: 'yb-sublabel', for: id }, label),
		text({ id, inputmode: 'numeric', class: `yb-input yb-input--${width}` }));
	const group = h('fieldset', { class: 'yb-field yb-group', id: 'birth-field' },
		h('legend', { class: 'yb-label' }, '生年月日', mark(false)),
		h('p', { class: 'yb-hint' }, '例：平成30年7月21日'),
		h('div', { class: 'yb-day' },
			h('div', {}, h('label', { class: 'yb-sublabel', for: 'birth' }, '元号'), era),
			part('birth-y', '年', 'short'), part('birth-m', '月', 'two'), part('birth-d', '日', 'two')));
	const read = () => {
		const [y, m, d] = ['birth-y', 'birth-m', 'birth-d']
			.map((id) => document.getElementById(id).value.trim());
		return y + m + d === '' ? {} : readDay(era.value, y, m, d);
	};
	return { group, read };
}

// The conditions as the server wants them, and what is wrong with them.
function readForm(values) {
	const errors = [];
	const sent = {};
	if (values.purpose === '')
		errors.push({ id: 'purpose', text: '照会の目的を選んでください' });
	sent.purpose = values.purpose;
	if (values.reason !== '')
		sent.reason = values.reason;
	else if (values.purpose === '99')
		errors.push({ id: 'reason', text: '理由を入力してください' });
	if (values.birth.error)
		errors.push({ id: 'birth', text: `生年月日は${values.birth.error}` });
	if (values.subjectNo !== '')
		sent.subject_no = values.subjectNo;
	if (values.muniKey !== '')
		sent.muni_key = values.muniKey;
	if (values.kana !== '')
		sent.name_kana = values.kana;
	if (values.birth.day)
		sent.birth_date = values.birth.day;
	if (values.kana !== '' && !/^[\u30a0-\u30ff\u3000]+$/.test(values.kana))
		errors.push({ id: 'kana', text: '氏名（カナ）は全角カタカナで入力してください。例：ヤマダ　タロウ' });
	const numbered = sent.subject_no || sent.muni_key;
	if (errors.length === 0 && !numbered && !(sent.name_kana && sent.birth_date))
		errors.push({ id: 'kana',
			text: '氏名（カナ）と生年月日の両方、または番号を入力してください' });
	return { sent, errors };
}

function row(item) {
	return h('tr', {},
		h('th', { scope: 'row' }, h('a', { href: `/records/${encodeURIComponent(item.subject_no)}` },
			nameOf(item)), h('span', { class: 'yb-sub' }, item.name_kana ?? '')),
		h('td', {}, dayText(item.birth_date), h('span', { class: 'yb-sub' }, ageText(item.birth_date))),
		h('td', {}, sexText(item.sex)),
		h('td', {}, item.banner ? '表示しません' : item.address ?? '—'),
		h('td', {}, item.last_vaccinated_on ? dayText(item.last_vaccinated_on) : '記録なし'),
		h('td', { class: 'yb-number' }, String(item.record_count ?? 0)),
		h('td', {}, item.banner ? tag('支援措置', 'warn')
			: item.resident_state === '消除' ? tag('消除') : tag('住民', 'good')));
}

function showResult(box, answer) {
	const heading = h('h2', { tabindex: '-1', id: 'result' },
		`検索結果 ${answer.items.length.toLocaleString('ja-JP')}件`);
	box.replaceChildren(heading);
	if (answer.items.length === 0)
		box.append(h('p', {}, '条件に合う人は登録されていません。カナの揺れや旧姓、生年月日の元号を確認してください。'));
	else
		box.append(h('div', { class: 'yb-tablewrap', tabindex: '0', role: 'region',
			'aria-labelledby': 'result' },
			h('table', { class: 'yb-table' },
				h('thead', {}, h('tr', {}, ...['氏名', '生年月日', '性別', '住所', '最終接種', '回数', '状態']
					.map((t) => h('th', { scope: 'col' }, t)))),
				h('tbody', {}, ...answer.items.map(row)))));
	announce(heading.textContent);
	heading.focus();
}

export async function show(main) {
	const birth = birthField();
	const purpose = options(h('select', { class: 'yb-input' }), PURPOSES);
	const reason = text({ maxlength: '200' });
	const kanaInput = text();
	const subjectNo = text({ inputmode: 'numeric' });
	const muniKey = text();
	const result = h('section', { class: 'yb-result', 'aria-label': '検索結果' });
	const send = button('検索する', { type: 'submit', class: 'yb-button yb-button--primary' });
	const form = h('form', { class: 'yb-panel', novalidate: true },
		h('div', { class: 'yb-grid' },
			field({ id: 'purpose', label: '照会の目的', required: true, hint: '目的は照会の記録に残ります',
				control: purpose }),
			field({ id: 'reason', label: '理由', required: false, hint: '目的が「その他」のときは必須',
				control: reason })),
		h('div', { class: 'yb-grid' },
			field({ id: 'kana', label: '氏名（カナ）', required: false,
				hint: 'ひらがな・半角カナは自動で直します', control: kanaInput }),
			birth.group),
		h('div', { class: 'yb-grid' },
			field({ id: 'subject-no', label: '予防接種対象者番号', required: false,
				hint: 'ハイフンや空白は入れても構いません', control: subjectNo }),
			field({ id: 'muni-key', label: '宛名番号', required: false, hint: '自治体で使っている番号',
				control: muniKey })),
		h('div', { class: 'yb-actions' }, send,
			button('条件を消す', { type: 'reset', class: 'yb-button' })));

	form.addEventListener('reset', () => {
		showErrors(form, [], TITLE);
		result.replaceChildren();
		history.replaceState(null, '', '/records');
		kanaInput.focus();
	});
	form.addEventListener('submit', async (e) => {
		e.preventDefault();
		if (send.getAttribute('aria-disabled') === 'true')
			return;
		kanaInput.value = kana(kanaInput.value);
		const { sent, errors } = readForm({ purpose: purpose.value, reason: reason.value.trim(),
			kana: kanaInput.value, birth: birth.read(), subjectNo: digits(subjectNo.value),
			muniKey: muniKey.value.trim() });
		if (showErrors(form, errors, TITLE))
			return;
		send.setAttribute('aria-disabled', 'true');
		result.replaceChildren(h('p', {}, '検索しています…'));
		try {
			const answer = await searchSubjects(sent);
			// Only the number of the search: "back" finds the result again, the address names nobody.
			history.replaceState(null, '', `/records?q=${encodeURIComponent(answer.search_id)}`);
			showResult(result, answer);
		} catch (problem) {
			result.replaceChildren();
			showProblem(main, problem);
		}
		send.removeAttribute('aria-disabled');
	});

	setTitle(TITLE);
	main.append(h('h1', {}, TITLE), form, result);
	const earlier = new URLSearchParams(location.search).get('q');
	if (earlier) {
		const answer = await getSearch(earlier).catch(() => null); // over: search again
		if (answer)
			showResult(result, answer);
	}
}
