// population.mjs - residents for a trial installation: nobody real, but written the way real
// registers are. The same number gives the same people, whatever the machine.
//
//	node packaging/population.mjs [N]     prints N subjects, one JSON object a line

import { fileURLToPath } from 'node:url';

// Families and given names with their kana. The characters beyond the common ones are the
// ones that break systems: variants with a code of their own (髙 﨑 濵 栁), beyond the first
// plane (𠮷 𠀋), and with an ideographic variation selector (葛 + U+E0100, 辻 + U+E0101).
const FAMILIES = [
	['佐藤', 'サトウ'], ['鈴木', 'スズキ'], ['高橋', 'タカハシ'], ['髙橋', 'タカハシ'], ['田中', 'タナカ'],
	['伊藤', 'イトウ'], ['渡辺', 'ワタナベ'], ['渡邊', 'ワタナベ'], ['渡邉', 'ワタナベ'], ['山本', 'ヤマモト'],
	['中村', 'ナカムラ'], ['小林', 'コバヤシ'], ['加藤', 'カトウ'], ['吉田', 'ヨシダ'], ['𠮷田', 'ヨシダ'],
	['山崎', 'ヤマザキ'], ['山﨑', 'ヤマサキ'], ['斎藤', 'サイトウ'], ['齋藤', 'サイトウ'], ['齊藤', 'サイトウ'],
	['浜田', 'ハマダ'], ['濵田', 'ハマダ'], ['柳', 'ヤナギ'], ['栁', 'ヤナギ'], ['葛城', 'カツラギ'],
	['葛\u{E0100}城', 'カツラギ'], ['辻\u{E0101}', 'ツジ'], ['小野寺', 'オノデラ'], ['東海林', 'ショウジ'],
	['勅使河原', 'テシガワラ'], ['ヴェルヌ', 'ヴェルヌ'],
];
const GIVEN = [
	['太郎', 'タロウ', '1'], ['大翔', 'ヒロト', '1'], ['蓮', 'レン', '1'], ['悠真', 'ユウマ', '1'],
	['健一', 'ケンイチ', '1'], ['𠀋', 'タケ', '1'], ['翔', 'ショウ', '1'], ['湊', 'ミナト', '1'],
	['花子', 'ハナコ', '2'], ['陽葵', 'ヒマリ', '2'], ['結衣', 'ユイ', '2'], ['さくら', 'サクラ', '2'],
	['美咲', 'ミサキ', '2'], ['凜', 'リン', '2'], ['千代', 'チヨ', '2'], ['葛\u{E0100}子', 'カツコ', '2'],
	['薫', 'カオル', '9'],
];
// Long and foreign names, one in every two hundred.
const LONG = [
	['アレクサンドラ＝マリア　フォン　ホーエンツォレルン＝ジークマリンゲン', 'アレクサンドラマリア　フォンホーエンツォレルンジークマリンゲン'],
	['寿限無寿限無五劫の擦り切れ　長助', 'ジュゲムジュゲムゴコウノスリキレ　チョウスケ'],
	['ＮＧＵＹＥＮ　ＴＨＩ　ＭＩＮＨ　ＫＨＡＩ', 'グエン　ティ　ミン　カイ'],
];
const HALF = new Map(Object.entries({
	ア: 'ｱ', イ: 'ｲ', ウ: 'ｳ', エ: 'ｴ', オ: 'ｵ', カ: 'ｶ', キ: 'ｷ', ク: 'ｸ', ケ: 'ｹ', コ: 'ｺ', サ: 'ｻ', シ: 'ｼ',
	ス: 'ｽ', セ: 'ｾ', ソ: 'ｿ', タ: 'ﾀ', チ: 'ﾁ', ツ: 'ﾂ', テ: 'ﾃ', ト: 'ﾄ', ナ: 'ﾅ', ニ: 'ﾆ', ヌ: 'ﾇ', ネ: 'ﾈ',
	ノ: 'ﾉ', ハ: 'ﾊ', ヒ: 'ﾋ', フ: 'ﾌ', ヘ: 'ﾍ', ホ: 'ﾎ', マ: 'ﾏ', ミ: 'ﾐ', ム: 'ﾑ', メ: 'ﾒ', モ: 'ﾓ', ヤ: 'ﾔ',
	ユ: 'ﾕ', ヨ: 'ﾖ', ラ: 'ﾗ', リ: 'ﾘ', ル: 'ﾙ', レ: 'ﾚ', ロ: 'ﾛ', ワ: 'ﾜ', ヲ: 'ｦ', ン: 'ﾝ', ー: 'ｰ', ョ: 'ｮ',
	ュ: 'ｭ', ャ: 'ｬ', ェ: 'ｪ', ッ: 'ｯ', '\u3099': 'ﾞ', '\u309A': 'ﾟ', '　': ' ',
}));
const halfWidth = (kana) => [...kana.normalize('NFD')].map((c) => HALF.get(c) ?? c).join('');

// A small generator of our own: the people must be the same everywhere.
function dice(seed) {
	let state = seed >>> 0;
	return (n) => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return Math.floor((state / 4294967296) * n);
	};
}

const isoDay = (ms) => new Date(ms).toISOString().slice(0, 10);

// Half children, whose doses are due; the others as old as people get.
function birthDay(roll, today) {
	const kind = roll(10);
	const days = kind < 2 ? roll(365) : kind < 5 ? roll(7 * 365) : kind < 6 ? roll(19 * 365)
		: kind < 8 ? 18 * 365 + roll(47 * 365) : 65 * 365 + roll(38 * 365);
	return isoDay(today - days * 86_400_000);
}

// N subjects of a municipality, as putSubjects takes them. today: milliseconds of "now".
export function population(n, { muni_code = '131016', today = Date.now() } = {}) {
	const roll = dice(20260401);
	const people = [];
	for (let i = 1; i <= n; i++) {
		const [family, familyKana] = FAMILIES[roll(FAMILIES.length)];
		const [given, givenKana, sex] = GIVEN[roll(GIVEN.length)];
		const birth_date = birthDay(roll, today);
		const where = `東京都千代田区見本町${1 + roll(6)}丁目${1 + roll(30)}番${1 + roll(20)}号`;
		let name = `${family}　${given}`;
		let name_kana = `${familyKana}　${givenKana}`;
		if (i % 200 === 0)
			[name, name_kana] = LONG[(i / 200) % LONG.length];
		if (i % 25 === 0)
			name_kana = halfWidth(name_kana);
		people.push({ muni_code, muni_key: `SAMPLE-${String(i).padStart(6, '0')}`, name, name_kana,
			birth_date, sex, address: where, not_disclosed: i % 250 === 7,
			self_info_blocked: i % 250 === 7 && i % 500 === 7, modification: '1' });
	}
	return people;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
	for (const person of population(Number(process.argv[2] ?? 2000)))
		console.log(JSON.stringify(person));
