// record: every member of a person (vaccination brief 4.3) and of a vaccination (4.4) is wrong in
// every way its kind can be. The ways are made from the API's own document, so that a member that
// comes new is tried too; what the brief lists must be there. Runs against a live instance.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';

import { value } from '../support/database.mjs';
import { dayFromToday, instance, machine, staff } from '../support/yobo.mjs';
import { dose, newPeople, newPerson, person, refused } from './people.mjs';

const inst = instance();
let hms, hms2, nmi, mus;

before(async () => {
	hms = machine(inst, { org_type: 'MUNI' }, 'subject:write');
	hms2 = machine(inst, { org_code: inst.tokens.find((t) => t.org_type === 'MUNI' && t.org_code !== hms.org_code).org_code }, 'subject:write');
	nmi = machine(inst, { org_type: 'NMI' }, 'record:write');
	mus = await staff(inst, { org_code: hms.org_code, role: 'MU-S' });
});
after(() => [hms, hms2, nmi, mus].forEach((c) => c?.close()));

const schemaOf = async (caller, id) => (await caller.operations())[id].operation.requestBody.content['application/json'].schema;
const kindOf = (p) => [p.type].flat().find((x) => x !== 'null');

// Every member but these is refused with one of the codes of its kind.
const TYPE = ['E-VAL-004'], TEXT = ['E-VAL-002'], DAY = ['E-VAL-003'], RANGE = ['E-VAL-006', 'E-VAL-002', 'E-VAL-003'], CODE = ['E-VAL-010', 'E-VAL-011', 'E-VAL-002'];

// Codes of masters and lists, which the document does not enumerate.
const CODES = { legal_class: '8', vaccine_code: 'NOSUCH', route: 'ZZ', site: 'ZZ9', exec_class: '9', place_class: '9', sex: '7', elim_reason: '0' };
// What a format means beyond its pattern.
const FORMATS = { 'municipality-code': ['131017', '13101', '011011', '000000'], 'organisation-code': ['0110113718', 'N139990010', '1'],
	'gtin-14': ['04912345678905', '0491234567890'], 'lot-number': ['a1', 'A 1', 'Ａ１', 'A/1', 'A1;'], clock: ['24:00', '12:60', '9:00', '12:00:00'],
	'product-code': ['ab', '1-2', '１２'], 'municipal-key': ['a b', 'a\tb'], uuid: ['x', '9b30d0ebff86425da44c27814073b3a1', `{${randomUUID()}}`, `${randomUUID()}0`],
	name: ['a\tb', 'a\nb'] };
const DAYS = ['2026-02-30', '2026-13-01', '2026-00-10', '2025-02-29', '20260401', '2026/04/01', '26-04-01', '2026-4-1', '0000-00-00', '2026-04-01T00:00:00Z', ' 2026-04-01', '令和8年4月1日'];

// [value, codes] of everything a member may not be.
function wrong(name, p, required) {
	const out = [];
	const add = (codes, ...values) => values.forEach((v) => out.push([v, codes]));
	if (required)
		add(['E-VAL-001'], undefined, null);
	switch (kindOf(p)) {
	case 'boolean':
		add(TYPE, 'true', 1, 0, [], {});
		break;
	case 'integer':
		add(TYPE, '1', 1.5, true, [1], {});
		add(RANGE, p.minimum - 1, -1, p.maximum + 1, 2 ** 31, 2 ** 53);
		break;
	case 'number':
		add(TYPE, '0.5', true, [0.5], {});
		add([...RANGE, ...TYPE], 0, -0.5, 0.04, 2.01, 0.555, 1e9);
		break;
	case 'string':
		add(TYPE, 1, true, ['x'], { x: 1 });
		if (p.format === 'date')
			return add(DAY, ...DAYS, '', 'x'.repeat(500)), out;
		add([...TEXT, 'E-VAL-001', 'E-VAL-011', 'E-VAL-010'], '');
		if (p.maxLength)
			add([...TEXT, ...CODE], 'A'.repeat(p.maxLength + 1), '1'.repeat(p.maxLength + 1), 'あ'.repeat(p.maxLength + 1));
		add([...TEXT, ...CODE], '\u0007', '\u202e', '\ufffe');
		if (p.enum)
			add(CODE, '無い', 'x');
		add(p.format === 'clock' ? [...TEXT, ...DAY] : CODE, ...FORMATS[p.format] ?? [], ...CODES[name] ? [CODES[name]] : []);
		break;
	default:
		assert.fail(`${name}: what is a ${p.type}?`);
	}
	return out;
}

const show = (name, v) => `${name} = ${JSON.stringify(v)?.slice(0, 60)}`;
function judge(failures, name, v, codes, errors, status) {
	const found = errors?.filter((e) => e.field === `/${name}`).map((e) => e.code) ?? [];
	if (found.length === 0)
		failures.push(`${show(name, v)}: ${status} ${JSON.stringify(errors)}`);
	else if (!found.some((c) => codes.includes(c)))
		failures.push(`${show(name, v)}: ${found}, not ${codes}`);
}

test('4.4: every member of a vaccination, wrong in every way, is refused by its name and nothing is kept', async () => {
	const p = await newPerson(hms);
	const { properties, required } = await schemaOf(nmi, 'createVaccination');
	for (const item of ['subject_no', 'muni_code', 'legal_class', 'vaccine_code', 'hot13', 'yj', 'gtin', 'lot_no', 'expiry_date', 'phase', 'dose_seq',
		'dose_label', 'vaccinated_on', 'vaccinated_at', 'dose_ml', 'route', 'site', 'exec_class', 'not_done_reason', 'place_class', 'org_code', 'venue',
		'doctor_name', 'screening_doctor', 'qre_id'])
		assert.ok(properties[item], `the brief has ${item}`);
	for (const own of ['record_id', 'mgmt_no', 'status', 'source', 'correction_of', 'fee', 'self_pay', 'registered_at', 'seq', 'version'])
		assert.equal(properties[own], undefined, `${own} is the server's`);
	const failures = [];
	let tried = 0;
	for (const [name, property] of Object.entries(properties)) {
		for (const [v, codes] of wrong(name, property, required.includes(name))) {
			const by = name === 'muni_key' ? { muni_code: p.muni_code } : name === 'muni_code' ? { muni_key: p.muni_key } : { subject_no: p.subject_no };
			const { status, json } = await nmi.call('createVaccination', { body: { ...dose(), ...by, [name]: v } });
			tried++;
			// A person who cannot be is not there: absence has one answer.
			if (['subject_no', 'muni_key', 'muni_code'].includes(name) && status === 404)
				continue;
			if (status !== 422)
				failures.push(`${show(name, v)}: ${status} ${json?.error_id}`);
			else
				judge(failures, name, v, codes, json.errors, status);
		}
	}
	assert.ok(tried > 300, `${tried}`);
	assert.deepEqual(failures, []);
	assert.equal(value(inst, `SELECT COUNT(*) FROM record_vaccination v JOIN record_subject s USING (subject_id) WHERE s.subject_no = '${p.subject_no}'`), '0');
	for (const own of ['record_id', 'mgmt_no', 'status', 'source', 'fee', 'registered_at', 'my_number', '__proto__', 'seq'])
		refused(await nmi.call('createVaccination', { body: JSON.stringify({ ...dose(), subject_no: p.subject_no }).replace(/\}$/u, `,"${own}":"1"}`) }), 422, 'E-VAL-005');
	assert.equal((await nmi.call('createVaccination', { body: { ...dose(), subject_no: p.subject_no } })).status, 201, 'the same, right, is taken');
});

test('4.3: every member of a person, wrong in every way, is a bad row among good ones', async () => {
	const { properties: { subjects: { items: { properties, required } } } } = await schemaOf(hms, 'putSubjects');
	for (const item of ['muni_code', 'muni_key', 'my_number', 'name', 'name_kana', 'birth_date', 'sex', 'address', 'resident_state', 'elim_date',
		'elim_reason', 'not_disclosed', 'self_info_blocked', 'due_date', 'death_date'])
		assert.ok(properties[item], `the brief has ${item}`);
	assert.equal(properties.subject_no, undefined, 'the number is the server\'s');
	const cases = [];
	for (const [name, property] of Object.entries(properties)) {
		for (const [v, codes] of wrong(name, property, required.includes(name)))
			cases.push([name, v, codes]);
	}
	for (const [v, code] of [['123456789012', 'E-VAL-010'], ['12345678901', 'E-VAL-002'], ['１２３４５６７８９０１２', 'E-VAL-002'], ['abcdefghijkl', 'E-VAL-002']])
		cases.push(['my_number', v, [code]]);
	for (const v of [dayFromToday(1), '1889-12-31'])
		cases.push(['birth_date', v, DAY]);
	assert.ok(cases.length > 150 && cases.length < 490, `${cases.length}`);
	const good = person(hms);
	const subjects = [good, ...cases.map(([name, v]) => ({ ...person(hms), [name]: v })), person(hms)];
	const { status, json, text } = await hms.call('putSubjects', { body: { subjects } });
	assert.equal(status, 200, text.slice(0, 400));
	assert.deepEqual([json.results[0].result, json.results.at(-1).result], ['created', 'created'], 'the good ones are stored');
	const failures = [];
	cases.forEach(([name, v, codes], i) => {
		const r = json.results[i + 1];
		if (r.result !== 'error' || r.subject_no !== null)
			failures.push(`${show(name, v)}: ${r.result}`);
		else
			judge(failures, name, v, codes, r.errors, r.result);
	});
	assert.deepEqual(failures, []);
	const keys = subjects.slice(1, -1).map((s) => s.muni_key).filter((k) => typeof k === 'string' && k.startsWith('T-'));
	assert.equal(value(inst, `SELECT COUNT(*) FROM record_subject WHERE muni_key IN (${keys.map((k) => `'${k}'`).join(',')})`), '0', 'the bad ones are not');
	const again = await hms.call('putSubjects', { body: { subjects: [good, subjects.at(-1)] } });
	assert.deepEqual(again.json.results.map((r) => [r.result, r.subject_no]), [['unchanged', json.results[0].subject_no], ['unchanged', json.results.at(-1).subject_no]],
		'the same batch twice is one');
});

test('4.3: what contradicts itself: a pair by half, dates before birth, another municipality', async () => {
	const rows = [[{ elim_date: '2026-05-01' }, 'E-VAL-001'], [{ elim_reason: '1' }, 'E-VAL-001'], [{ elim_date: '2026-05-01', elim_reason: '1', resident_state: '住民' }, 'E-VAL-013'],
		[{ elim_date: '2026-01-01', elim_reason: '1', resident_state: '消除' }, 'E-VAL-003'], [{ death_date: '2026-01-01' }, 'E-VAL-003'],
		[{ muni_code: hms2.org_code }, 'E-VAL-011'], [{ modification: '2' }, 'E-VAL-011']];
	const { json } = await hms.call('putSubjects', { body: { subjects: rows.map(([change]) => person(hms, change)) } });
	json.results.forEach((r, i) => {
		assert.equal(r.result, 'error', JSON.stringify(rows[i][0]));
		assert.ok(r.errors.some((e) => e.code === rows[i][1]), `${JSON.stringify(rows[i])}: ${JSON.stringify(r.errors)}`);
	});
});

test('what is no JSON of ours is refused whole', async () => {
	const p = await newPerson(hms);
	const text = JSON.stringify({ ...dose(), subject_no: p.subject_no });
	for (const [body, status] of [['', 400], ['{', 400], ['[]', 400], ['null', 400], ['"x"', 400], [text.slice(0, -1), 400], [`${text}x`, 400], [`${text}${text}`, 400],
		[text.replace('{', '{"lot_no":"B2",'), 400], [text.replace('A1234', 'A\\u0000'), 400], [text.replace('A1234', '\\ud800'), 400],
		[Buffer.from(text.replace('A1234', '\u00ff'), 'latin1'), 400], [`{"x":${'['.repeat(100)}${']'.repeat(100)}}`, 400],
		[text.replace('0.5', '0.5e400'), [400, 422]], [text.replace('0.5', '.5'), 400], [text.replace('0.5', 'NaN'), 400], [text.replace('0.5', '00.5'), 400]]) {
		const answer = await nmi.call('createVaccination', { body });
		assert.ok([status].flat().includes(answer.status), `${answer.status}: ${String(body).slice(0, 80)} ${answer.text.slice(0, 200)}`);
		assert.match(answer.headers['content-type'], /application\/problem\+json/u);
	}
	assert.equal((await nmi.call('createVaccination', { body: text.padEnd(300 * 1024, ' ') })).status, 413);
	assert.equal((await nmi.call('createVaccination', { body: text, headers: { 'content-type': 'text/plain' } })).status, 415);
	assert.equal(value(inst, `SELECT COUNT(*) FROM record_vaccination v JOIN record_subject s USING (subject_id) WHERE s.subject_no = '${p.subject_no}'`), '0');
});

test('two corrections at once: one counts, the other is told so', async () => {
	const p = await newPerson(hms);
	const { json } = await nmi.call('createVaccination', { body: { ...dose(), subject_no: p.subject_no } });
	const correct = (lot_no) => nmi.call('correctVaccination', { body: { record_id: json.record_id, lot_no, reason_code: '1' }, headers: { 'if-match': '"1"' } });
	const answers = await Promise.all(['B1', 'B2', 'B3', 'B4', 'B5', 'B6'].map(correct));
	assert.deepEqual(answers.map((a) => a.status).sort(), [200, 412, 412, 412, 412, 412]);
	answers.filter((a) => a.status === 412).forEach((a) => refused(a, 412, 'E-ACC-005'));
	const { json: now } = await nmi.call('getVaccination', { path: { record_id: json.record_id } });
	assert.deepEqual([now.record.version, now.versions.length], [2, 2]);
	const cancel = await Promise.all([{ cancel: true }, { lot_no: 'C1' }, { cancel: true }].map((change) => nmi.call('correctVaccination', {
		body: { record_id: json.record_id, ...change, reason_code: '1' }, headers: { 'if-match': '"2"' } })));
	assert.equal(cancel.filter((a) => a.status === 200).length, 1, cancel.map((a) => a.text).join('\n'));
	assert.equal(value(inst, `SELECT COUNT(*) FROM record_outbox o JOIN record_vaccination v ON v.record_id = o.record_id AND v.version = o.version
		WHERE v.record_id = UNHEX('${json.record_id.replaceAll('-', '')}')`), '3', 'what counts has a number, what does not has none');
});

test('a pull during a correction sees the version before or after, and no number twice', async () => {
	const people = await newPeople(hms, 8);
	const made = [];
	for (const p of people)
		made.push((await nmi.call('createVaccination', { body: { ...dose(), subject_no: p.subject_no } })).json);
	const mine = new Set(made.map((m) => m.record_id));
	const seen = [];
	let next = made[0].seq - 1, busy = true;
	const reader = (async () => {
		for (let last = false; !last;) {
			last = !busy;
			const { json } = await hms.call('pullVaccinations', { query: { since: next, limit: 3 } });
			seen.push(...json.records);
			last &&= !json.has_more;
			next = json.next_seq;
		}
	})();
	await Promise.all(made.map((m, i) => nmi.call('correctVaccination', { body: { record_id: m.record_id, ...i % 2 ? { cancel: true } : { lot_no: `B${i}` }, reason_code: '1' },
		headers: { 'if-match': '"1"' } }).then((a) => assert.equal(a.status, 200, a.text))));
	busy = false;
	await reader;
	const of = seen.filter((r) => mine.has(r.record_id));
	assert.equal(new Set(seen.map((r) => r.seq)).size, seen.length, 'no number twice');
	assert.deepEqual([...seen].sort((a, b) => a.seq - b.seq), seen, 'in their order');
	made.forEach((m, i) => {
		const versions = of.filter((r) => r.record_id === m.record_id);
		assert.deepEqual(versions.map((r) => [r.version, r.change_kind]), [[1, '1'], [2, i % 2 ? '3' : '2']]);
		assert.deepEqual(versions.map((r) => r.lot_no), ['A1234', i % 2 ? 'A1234' : `B${i}`], 'each version has its own lot');
	});
});

test('acks that cannot be: wrong in every way, of another municipality', async () => {
	const { json } = await nmi.call('createVaccination', { body: { ...dose(), subject_no: (await newPerson(hms)).subject_no } });
	const { properties: { acks: { items: { properties, required } } } } = await schemaOf(hms, 'ackVaccinations');
	const failures = [];
	for (const [name, property] of Object.entries(properties)) {
		for (const [v, codes] of wrong(name, { maximum: 2 ** 53, ...property }, required.includes(name))) {
			if (name === 'seq' && typeof v === 'number' && v > 1)
				continue; // unknown, not wrong
			const { status, json: { errors } } = await hms.call('ackVaccinations', { body: { acks: [{ seq: json.seq, result: 'ng', [name]: v }] } });
			if (status !== 422)
				failures.push(`${show(name, v)}: ${status}`);
			else
				judge(failures, `acks/0/${name}`, v, codes, errors, status);
		}
	}
	assert.deepEqual(failures, []);
	for (const body of [{}, { acks: [] }, { acks: {} }, { acks: [1] }, { acks: Array(501).fill({ seq: 1, result: 'ok' }) }])
		assert.equal((await hms.call('ackVaccinations', { body })).status, 422, JSON.stringify(body).slice(0, 60));
	const foreign = await hms2.call('ackVaccinations', { body: { acks: [{ seq: 2 ** 40, result: 'ok' }] } });
	assert.equal(foreign.json.results[0].result, 'unknown');
	assert.equal(value(inst, `SELECT o.state FROM record_outbox o JOIN core_org c USING (org_id) WHERE c.org_code = '${hms.org_code}' AND seq = ${json.seq}`), 'READY');
	assert.equal((await mus.call('ackVaccinations', { body: { acks: [{ seq: json.seq, result: 'ok' }] } })).status, 401, 'people acknowledge by file');
});
