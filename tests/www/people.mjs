// people.mjs - the made-up people the pages' tests look at, registered through the interface.

import { dayFromToday, machine } from '../support/yobo.mjs';

const tag = Date.now().toString(36).toUpperCase();
// A name nobody had in an earlier run: more than a hundred hits are not listed.
const given = [...tag].slice(-5).map((c) => String.fromCharCode(0x30a2 + 2 * (parseInt(c, 36) % 5))).join('')
	+ [...tag].slice(-4).map((c) => String.fromCharCode(0x30ca + parseInt(c, 36) % 5)).join('');
const KANA = `ミホン　${given}`;
const NASTY = ['"><img src=x onerror=alert(1)><b>太郎', '${alert(1)}{{1+1}}', '<svg onload=alert(1)>花子'];
const DOSES = [['HEPB', 1, -340, 'SC', 0.25], ['DPTIPVHIB', 1, -330, 'SC', 0.5], ['PCV20', 1, -330, 'SC', 0.5],
	['HEPB', 2, -312, 'SC', 0.25], ['DPTIPVHIB', 2, -300, 'SC', 0.5], ['PCV20', 2, -300, 'SC', 0.5],
	['DPTIPVHIB', 3, -290, 'SC', 0.5], ['BCG', 1, -230, 'PERC', undefined], ['MR', 1, -20, 'SC', 0.5]];

// → { child, nobody, protected, nasty: […], birth }: numbers and keys of people.
export async function people(inst) {
	const hms = machine(inst, { org_type: 'MUNI' }, 'subject:write');
	const site = machine(inst, { org_type: 'NMI' }, 'record:write');
	const birth = dayFromToday(-400);
	const person = (key, name, more = {}) => ({ muni_code: hms.org_code, muni_key: `${tag}-${key}`, name,
		name_kana: 'ヨシダ　カツコ', birth_date: birth, sex: '2', address: '東京都千代田区見本町1丁目1番',
		not_disclosed: false, self_info_blocked: false, modification: '1', ...more });
	const list = [person('child', '𠮷田　葛\u{E0100}子'), person('new', '見本　さくら', { name_kana: 'ミホン　サクラ' }),
		person('safe', '見本　まもる', { not_disclosed: true }), ...NASTY.map((name, i) => person(`nasty${i}`, name)),
		...Array.from({ length: 45 }, (_, i) => person(`many${i}`, `見本　太郎${i}`, { name_kana: KANA, sex: '1',
			birth_date: '2019-05-01', muni_key: `${tag}-many${String(i).padStart(2, '0')}` }))];
	const answer = await hms.call('putSubjects', { body: { subjects: list } });
	if (answer.status !== 200)
		throw new Error(answer.text);
	const made = answer.json.results.map(({ subject_no, muni_key }) => ({ subject_no, muni_key }));
	for (const [vaccine_code, dose_seq, day, route, dose_ml] of DOSES) {
		const done = await site.call('createVaccination', { body: { subject_no: made[0].subject_no, legal_class: '1',
			vaccine_code, dose_seq, lot_no: 'A1234', vaccinated_on: dayFromToday(day), dose_ml, route, site: '74L',
			exec_class: '1', place_class: '1', doctor_name: '試験　医師' } });
		if (done.status !== 201)
			throw new Error(done.text);
	}
	hms.close();
	site.close();
	return { child: made[0], newborn: made[1], safe: made[2], nasty: made.slice(3, 3 + NASTY.length), birth, names: NASTY,
		many: { kana: KANA, birth: '2019-05-01' } };
}
