// record/timeline.js - H-3-2 step 4: one person's records, next doses first.

import { getTimeline } from '../lib/api.js';
import { ageText, dayText, h, nameOf, setTitle, sexText, showProblem, tag, today } from '../lib/ui.js';

const STATUS = {
	DRAFT: ['下書き', 'plain'], REGISTERED: ['接種済', 'good'], LINKED: ['連携済', 'good'],
	CONFIRMED: ['確認済', 'good'], CORRECTED: ['訂正前', 'plain'], CANCELLED: ['取消', 'bad'],
};
const ROUTE = { SC: '皮下', IM: '筋肉内', PO: '経口', ID: '皮内', PC: '経皮' };

const vaccineText = (r, names = {}) =>
	`${r.vaccine_name ?? names[r.vaccine_code] ?? r.vaccine_code}（${r.dose_label ?? `${r.dose_seq}回目`}）`;

function nextEntry(n, names) {
	const open = n.earliest && n.earliest <= today();
	const from = n.earliest ? `${dayText(n.earliest)}から` : '';
	const to = n.latest ? `${dayText(n.latest)}まで` : '';
	return h('li', { class: 'yb-event', 'data-kind': 'next' },
		h('p', { class: 'yb-event__day' }, dayText(n.recommended ?? n.earliest), open ? tag('接種できます', 'good') : tag('次の予定', 'warn')),
		h('p', { class: 'yb-event__what' }, vaccineText(n, names)),
		h('p', {}, from || to ? `${from}${to}接種できます` : '接種できる期間は定められていません'));
}

function findings(r) {
	const list = (r.evaluation?.findings ?? []).filter((f) => f.severity !== 'I');
	return list.length === 0 ? null : h('ul', { class: 'yb-findings' },
		...list.map((f) => h('li', {}, `${f.message}（${f.rule}）`)));
}

function recordEntry(r) {
	const [words, kind] = STATUS[r.status] ?? [r.status, 'plain'];
	const facts = [r.org_name ?? r.org_code, r.lot_no && `ロット ${r.lot_no}`,
		r.dose_ml && `${r.dose_ml}mL`, ROUTE[r.route] ?? r.route, r.doctor_name && `医師 ${r.doctor_name}`];
	return h('li', { class: 'yb-event' },
		h('p', { class: 'yb-event__day' }, dayText(r.vaccinated_on), tag(words, kind),
			r.evaluation?.valid === false ? tag('要確認', 'warn') : null),
		h('p', { class: 'yb-event__what' }, vaccineText(r)),
		h('p', {}, facts.filter(Boolean).join('　')),
		findings(r));
}

function person(s, restricted) {
	const facts = [
		['氏名（カナ）', s.name_kana ?? '—'],
		['生年月日', `${dayText(s.birth_date)}　${ageText(s.birth_date)}`],
		['性別', sexText(s.sex)],
		['住所', restricted ? '支援措置により表示しません' : s.address ?? '—'],
		['対象者番号', s.subject_no],
	];
	return h('dl', { class: 'yb-facts' }, ...facts.flatMap(([k, v]) => [h('dt', {}, k), h('dd', {}, v)]));
}

export async function show(main, session, [subjectNo]) {
	const crumb = h('p', { class: 'yb-crumb' }, h('a', { href: '/records' }, '接種記録の照会'),
		' ／ 接種の履歴');
	let t;
	setTitle('接種の履歴');
	try {
		t = await getTimeline(subjectNo);
	} catch (problem) {
		main.append(crumb, h('h1', {}, '接種の履歴'));
		showProblem(main, problem);
		return;
	}
	const s = t.subject;
	const next = t.next ?? [];
	const names = Object.fromEntries((t.records ?? []).map((r) => [r.vaccine_code, r.vaccine_name]));
	const records = [...(t.records ?? [])].sort((a, b) =>
		(a.vaccinated_on < b.vaccinated_on ? 1 : a.vaccinated_on > b.vaccinated_on ? -1 : 0));
	const heading = h('h1', { tabindex: '-1' }, nameOf(s), ' さんの接種記録');
	main.append(crumb, heading);
	if (t.banner)
		main.append(h('p', { class: 'yb-banner' }, tag('支援措置', 'warn'),
			'この人は支援措置の対象です。住所や来所の有無を、本人以外に伝えないでください。'));
	main.append(person(s, t.banner),
		h('h2', {}, '次の接種'),
		next.length === 0 ? h('p', {}, '予定している接種はありません。')
			: h('ol', { class: 'yb-timeline' }, ...next.map((n) => nextEntry(n, names))),
		h('h2', {}, `接種の記録 ${records.length}件`),
		records.length === 0 ? h('p', {}, '接種の記録はまだありません。')
			: h('ol', { class: 'yb-timeline' }, ...records.map(recordEntry)));
	heading.focus();
}
