// record: one person in the rows of several municipalities (vaccination brief C5, P-10, P-13).
// Runs against a live instance; every test makes the persons it needs.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { sql, value } from '../support/database.mjs';
import { instance, machine, staff } from '../support/yobo.mjs';
import { dose, myNumber, newPerson, refused, resend, runTimer } from './people.mjs';

const inst = instance();
let hms, hms2, nmi, mus, mua, muv, mus2, mua2, clinic;

before(async () => {
	hms = machine(inst, { org_type: 'MUNI' }, 'subject:write');
	const other = inst.tokens.find((t) => t.org_type === 'MUNI' && t.org_code !== hms.org_code);
	hms2 = machine(inst, { org_code: other.org_code }, 'subject:write');
	nmi = machine(inst, { org_type: 'NMI' }, 'record:write');
	mus = await staff(inst, { org_code: hms.org_code, role: 'MU-S' });
	mua = await staff(inst, { org_code: hms.org_code, role: 'MU-A' });
	muv = await staff(inst, { org_code: hms.org_code, role: 'MU-V' });
	mus2 = await staff(inst, { org_code: other.org_code, role: 'MU-S' });
	mua2 = await staff(inst, { org_code: other.org_code, role: 'MU-A' });
	clinic = await staff(inst, { org_code: nmi.org_code, role: 'NM-A' });
});
after(() => [hms, hms2, nmi, mus, mua, muv, mus2, mua2, clinic].forEach((c) => c?.close()));

const KANA = 'アイウエオカキクケコサシスセソタチツテトナニヌネノ';
const kana = () => `ヒッコシ　${Array.from({ length: 8 }, () => KANA[Math.floor(Math.random() * KANA.length)]).join('')}`;
const LEFT = { resident_state: '消除', elim_date: '2026-05-01', elim_reason: '1' };

async function vaccinate(p, change) {
	const answer = await nmi.call('createVaccination', { body: dose({ subject_no: p.subject_no, ...change }) });
	assert.equal(answer.status, 201, answer.text);
	return answer.json;
}
const timeline = (caller, p, query) => caller.call('getTimeline', { path: { subject_no: p.subject_no },
	query: { purpose: '02', ...query } });
const days = (answer) => answer.json.records.map((r) => [r.vaccinated_on, r.previous]);

// Who was vaccinated in the first municipality and now lives in the second: → [former, present].
async function mover({ numbers = [myNumber()], before: was = {}, now = {} } = {}) {
	const common = { name_kana: kana(), birth_date: '2026-02-10', sex: '2' };
	const former = await newPerson(hms, { ...common, ...was, my_number: numbers[0] });
	await vaccinate(former);
	await resend(hms, former, { ...LEFT, ...was });
	const present = await newPerson(hms2, { ...common, ...now, my_number: numbers.at(-1) });
	runTimer(inst, 'record.pairs');
	return [former, present];
}

async function pairs(caller, p, state = 'OPEN') {
	const out = [];
	for (let since = 0; since !== null;) {
		const { status, json, text } = await caller.call('listPairs', { query: { state, since } });
		assert.equal(status, 200, text);
		out.push(...json.pairs.filter((x) => x.mine.subject_no === p.subject_no));
		since = json.next;
	}
	return out;
}
const decide = (caller, pair_id, decision, reason = '住民票で確認') =>
	caller.call('decidePair', { path: { pair_id }, body: { decision, reason } });
const undo = (caller, pair_id, reason = '誤り') => caller.call('undoPair', { path: { pair_id }, body: { reason } });

test('P-13: the same number joins a mover at once, and shows the records from before', async () => {
	const [former, present] = await mover();
	await vaccinate(present, { dose_seq: 2, vaccinated_on: '2026-05-20' });
	assert.deepEqual(days(await timeline(mus2, present)), [['2026-05-20', false]]);
	const all = await timeline(mus2, present, { previous: true });
	assert.deepEqual(days(all), [['2026-05-20', false], ['2026-04-20', true]]);
	assert.equal(all.json.records[1].muni_code, hms.org_code);
	const [pair] = await pairs(mus2, present, 'SAME');
	assert.deepEqual([pair.kind, pair.decided_by], ['number', null]);
	const log = sql(inst, `SELECT DISTINCT subject_no FROM audit_event WHERE operation = 'getTimeline'
		AND actor = '${mus2.login.user_id}' AND subject_no IN ('${former.subject_no}', '${present.subject_no}')`);
	assert.equal(log.length, 2, 'both rows were seen');
});

test('P-10: the municipality that was left learns nothing of the new one', async () => {
	const [former, present] = await mover();
	await vaccinate(present, { dose_seq: 2, vaccinated_on: '2026-05-20' });
	assert.deepEqual(days(await timeline(mus, former, { previous: true })), [['2026-04-20', false]]);
	refused(await timeline(mus, present), 404, 'E-AUTH-005');
	for (const state of ['OPEN', 'SAME'])
		assert.deepEqual(await pairs(mua, former, state), []);
});

test('P-10: nor by the dose rules: a check and what it registers know its own row up to that day', async () => {
	const [former, present] = await mover();
	const { record_id } = await vaccinate(former, { vaccine_code: 'HEPB', dose_ml: 0.25, vaccinated_on: '2026-04-27' });
	await vaccinate(former, { vaccine_code: 'PCV20', vaccinated_on: '2026-05-20' });
	await vaccinate(present, { dose_seq: 2, vaccinated_on: '2026-05-25' });
	const check = async (caller, p, change) => {
		const { status, json, text } = await caller.call('checkVaccination', { body: { subject_no: p.subject_no, vaccine_code: 'DPTIPVHIB', ...change } });
		assert.equal(status, 200, text);
		return [json.findings.map((f) => f.rule), json.next];
	};
	const [there] = await check(mus2, present, { dose_seq: 2, vaccinated_on: '2026-06-30' });
	assert.ok(there.includes('VR-08'), 'who is responsible is told');
	for (const caller of [mus, mua]) {
		for (const change of [{ dose_seq: 2, vaccinated_on: '2026-06-30' }, { vaccine_code: 'PCV20', dose_seq: 1, vaccinated_on: '2026-06-30' }]) {
			const [found, next] = await check(caller, former, change);
			assert.ok(!found.includes('VR-08'), found.join());
			assert.deepEqual(next, [], 'the day of the next dose tells of the last');
		}
		assert.ok((await check(caller, former, { dose_seq: 1, vaccinated_on: '2026-06-30' }))[0].includes('VR-08'), 'what it has itself counts');
	}
	const paper = await mus.call('createVaccination', { body: dose({ subject_no: former.subject_no, dose_seq: 2, org_code: nmi.org_code, vaccinated_on: '2026-04-30' }) });
	assert.equal(paper.status, 201, paper.text);
	assert.ok(!paper.json.evaluation.findings.some((f) => f.rule === 'VR-08'), paper.text);
	assert.ok(paper.json.evaluation.findings.some((f) => f.rule === 'VR-06'), 'ten days after its own first dose');
	for (const id of [record_id, paper.json.record_id]) {
		const { status, json, text } = await mus.call('getVaccination', { path: { record_id: id } });
		assert.equal(status, 200, text);
		assert.equal(json.record.evaluation ?? null, null, text);
	}
});

test('the dose rules know the records from before', async () => {
	const [, present] = await mover();
	const check = await nmi.call('checkVaccination', { body: { subject_no: present.subject_no, vaccine_code: 'DPTIPVHIB',
		dose_seq: 2, vaccinated_on: '2026-05-10' } });
	assert.deepEqual(check.json.findings.map((f) => f.rule), ['VR-06']);
	const { json } = await timeline(mus2, present);
	assert.ok(json.next.some((n) => n.vaccine_code === 'DPTIPVHIB' && n.dose_seq === 2));
	assert.ok(!json.next.some((n) => n.vaccine_code === 'DPTIPVHIB' && n.dose_seq === 1));
});

test('alike without a number is a question for people', async () => {
	const [former, present] = await mover({ numbers: [undefined] });
	const [pair] = await pairs(mus2, present);
	assert.deepEqual([pair.kind, pair.state, pair.agree, pair.differ, pair.banner],
		['candidate', 'OPEN', ['name', 'name_kana', 'birth_date', 'sex'], [], false]);
	assert.deepEqual([pair.other.subject_no, pair.other.muni_key, pair.other.muni_code],
		[former.subject_no, null, hms.org_code]);
	assert.deepEqual(days(await timeline(mus2, present, { previous: true })), []);
	refused(await muv.call('listPairs'), 403, 'E-AUTH-004');
	refused(await decide(mus, pair.pair_id, 'same'), 404, 'E-AUTH-005');
	refused(await mus2.call('decidePair', { path: { pair_id: pair.pair_id }, body: { decision: 'same' } }), 422, 'E-VAL-001', '/reason');
	refused(await decide(mus2, pair.pair_id, 'perhaps'), 422, 'E-VAL-011', '/decision');
	refused(await decide(mus2, 'x', 'same'), 404, 'E-AUTH-005');
	assert.equal((await decide(mus2, pair.pair_id, 'hold')).json.state, 'HOLD');
	assert.equal((await decide(mus2, pair.pair_id, 'same')).json.state, 'SAME');
	assert.deepEqual(days(await timeline(mus2, present, { previous: true })), [['2026-04-20', true]]);
	refused(await decide(mus2, pair.pair_id, 'different'), 409, 'E-REC-010');
	assert.equal((await undo(mus2, pair.pair_id)).json.state, 'OPEN');
	assert.deepEqual(days(await timeline(mus2, present, { previous: true })), []);
	refused(await undo(mus2, pair.pair_id), 409, 'E-REC-010');
	assert.equal((await decide(mus2, pair.pair_id, 'different')).json.state, 'DIFFERENT');
	await resend(hms2, present, { address: '新しい住所' });
	runTimer(inst, 'record.pairs');
	assert.deepEqual(await pairs(mus2, present), [], 'what was decided is not asked again');
});

test('a decision is taken back for thirty days', async () => {
	const [, present] = await mover({ numbers: [undefined] });
	const [{ pair_id }] = await pairs(mus2, present);
	await decide(mus2, pair_id, 'same');
	sql(inst, `UPDATE record_pair SET decided_us = decided_us - 31 * 86400 * 1000000 WHERE pair_id = ${pair_id}`);
	refused(await undo(mus2, pair_id), 409, 'E-REC-010');
});

test('two numbers are two people; a number with another birth date is a question', async () => {
	const [, twins] = await mover({ numbers: [myNumber(), myNumber()] });
	assert.deepEqual(await pairs(mus2, twins), []);
	const [, odd] = await mover({ now: { birth_date: '2026-02-11' } });
	const [pair] = await pairs(mus2, odd);
	assert.deepEqual([pair.kind, pair.differ], ['number', ['birth_date']]);
});

test('a number that comes later joins', async () => {
	const number = myNumber();
	const [former, present] = await mover({ numbers: [undefined], before: { sex: '1' }, now: { sex: '1' } });
	await resend(hms, former, { ...LEFT, sex: '1', my_number: number });
	await resend(hms2, present, { sex: '1', my_number: number });
	runTimer(inst, 'record.pairs');
	assert.equal((await pairs(mus2, present, 'SAME')).length, 1);
});

test('a number that was another\'s and is corrected parts them again', async () => {
	const [first, second] = [myNumber(), myNumber()];
	const twin = (change) => ({ name_kana: kana(), birth_date: '2026-02-10', sex: '1', ...change });
	const former = await newPerson(hms, twin({ my_number: first }));
	await vaccinate(former);
	await resend(hms, former, LEFT);
	const one = await newPerson(hms2, twin({ name_kana: former.name_kana, my_number: first }));
	const other = await newPerson(hms2, twin({ my_number: first }));
	const linked = (p) => value(inst, `SELECT linked FROM record_subject WHERE subject_no = '${p.subject_no}'`);
	runTimer(inst, 'record.pairs');
	assert.deepEqual([(await pairs(mus2, one, 'SAME')).length, (await pairs(mus2, other, 'SAME')).length], [1, 1]);
	assert.deepEqual([one, other, former].map(linked), ['1', '1', '1']);
	await resend(hms2, other, { my_number: second });
	runTimer(inst, 'record.pairs');
	assert.deepEqual([one, other, former].map(linked), ['1', '0', '1']);
	assert.deepEqual(days(await timeline(mus2, one, { previous: true })), [['2026-04-20', true]]);
	assert.deepEqual(days(await timeline(mus2, other, { previous: true })), []);
	const { json } = await timeline(mus2, other);
	assert.ok(json.next.some((n) => n.vaccine_code === 'DPTIPVHIB' && n.dose_seq === 1));
	assert.deepEqual(await pairs(mus2, other, 'SAME'), []);
	const [open] = (await pairs(mus2, other)).filter((x) => x.other.subject_no === former.subject_no);
	assert.deepEqual([open.kind, open.decided_by, open.decided_at ?? null, open.agree, open.differ],
		['candidate', null, null, ['name', 'birth_date', 'sex'], ['name_kana']]);
	const between = [...await pairs(mus2, one), ...await pairs(mus2, other)].filter((x) => x.other.muni_code === hms2.org_code);
	assert.deepEqual(between.map((x) => [x.kind, x.agree.includes('my_number')]), [['candidate', false]], 'nor are they told to have one number');
	await resend(hms2, other, { my_number: first });
	runTimer(inst, 'record.pairs');
	assert.deepEqual([(await pairs(mus2, other, 'SAME')).length, linked(other)], [1, '1'], 'and the same again');
});

test('what somebody decided is not parted by a corrected number', async () => {
	const number = myNumber();
	const [former, present] = await mover({ numbers: [number], now: { birth_date: '2026-02-11' } });
	const [{ pair_id }] = await pairs(mus2, present);
	assert.equal((await decide(mus2, pair_id, 'same')).json.state, 'SAME');
	await resend(hms2, present, { my_number: myNumber() });
	runTimer(inst, 'record.pairs');
	const [pair] = await pairs(mus2, present, 'SAME');
	assert.deepEqual([pair.pair_id, pair.decided_by, pair.other.subject_no, pair.agree.includes('my_number')],
		[pair_id, mus2.login.user_id, former.subject_no, false]);
});

test('two rows of one municipality are seen together, and nothing moves', async () => {
	const common = { name_kana: kana() };
	const [a, b] = [await newPerson(hms, common), await newPerson(hms, common)];
	await vaccinate(a);
	await vaccinate(b, { dose_seq: 2, vaccinated_on: '2026-05-20' });
	runTimer(inst, 'record.pairs');
	const [pair] = [...await pairs(mus, a), ...await pairs(mus, b)];
	assert.equal(pair.other.muni_key, b.muni_key);
	await decide(mus, pair.pair_id, 'same', '二重登録');
	assert.deepEqual(days(await timeline(mus, a, { previous: true })), [['2026-05-20', true], ['2026-04-20', false]]);
	assert.deepEqual(days(await timeline(mus, b, { previous: true })), [['2026-05-20', false], ['2026-04-20', true]]);
	assert.deepEqual(days(await timeline(mus, a)), [['2026-04-20', false]]);
});

test('P-09, P-12: a restricted mover, for people who may open them, with an alert', async () => {
	const [former, present] = await mover({ now: { not_disclosed: true } });
	refused(await timeline(mus2, present, { previous: true }), 404, 'E-AUTH-005');
	const open = await timeline(mua2, present, { previous: true });
	assert.deepEqual([open.json.banner, open.json.records.length], [true, 1]);
	assert.deepEqual(await pairs(mus2, present, 'SAME'), []);
	assert.equal((await pairs(mua2, present, 'SAME')).length, 1);
	assert.deepEqual(days(await timeline(mua, former, { previous: true })), [['2026-04-20', false]], 'the former sees what it had');
});

test('a flag of the former row alone is kept too', async () => {
	const [former, present] = await mover({ before: { self_info_blocked: true } });
	assert.deepEqual(days(await timeline(mus2, present, { previous: true })), []);
	const open = await timeline(mua2, present, { previous: true });
	assert.deepEqual([open.json.banner, days(open)], [true, [['2026-04-20', true]]]);
	const alert = sql(inst, `SELECT COUNT(*) FROM audit_event WHERE operation = 'getTimeline'
		AND actor = '${mua2.login.user_id}' AND subject_no = '${former.subject_no}' AND action = 20`);
	assert.ok(Number(alert[0][0]) > 0);
});

test('P-08, P-09: to an institution a flag of any row counts, whichever number it was given', async () => {
	const [former, present] = await mover();
	await vaccinate(present, { dose_seq: 2, vaccinated_on: '2026-05-25' });
	const elsewhere = await mus2.call('createVaccination', { body: dose({ subject_no: present.subject_no, dose_seq: 3, org_code: mus2.login.org_code,
		vaccinated_on: '2026-06-25' }) });
	assert.equal(elsewhere.status, 201, elsewhere.text);
	const check = async (dose_seq) => (await nmi.call('checkVaccination', { body: { subject_no: former.subject_no, vaccine_code: 'DPTIPVHIB', dose_seq,
		vaccinated_on: '2026-07-30' } })).json.findings.map((f) => f.rule);
	assert.ok((await check(3)).includes('VR-08'));
	const asked = await mus.call('requestCorrection', { body: { record_id: (await timeline(mus, former)).json.records[0].record_id, comment: '確認してください' } });
	assert.equal(asked.status, 201, asked.text);
	const from = async () => (await clinic.call('listCorrectionRequests')).json.requests.find((q) => q.request_id === asked.json.request_id).from_org_name ?? null;
	assert.notEqual(await from(), null);
	await resend(hms2, present, { self_info_blocked: true });
	assert.deepEqual([(await check(3)).includes('VR-08'), (await check(2)).includes('VR-08')], [false, true], 'what it gave itself it knows');
	assert.equal(await from(), null);
	const made = await vaccinate(former, { dose_seq: 3, vaccinated_on: '2026-06-26' });
	assert.ok(!made.evaluation.findings.some((f) => ['VR-06', 'VR-08'].includes(f.rule) && f.severity === 'E'), JSON.stringify(made.evaluation));
	const put = await nmi.call('correctVaccination', { body: { record_id: made.record_id, lot_no: 'B2', reason_code: '01' }, headers: { 'if-match': '"1"' } });
	assert.equal(put.status, 200, put.text);
	assert.deepEqual(put.json.evaluation.findings, made.evaluation.findings);
	for (const answer of [await nmi.call('getVaccination', { path: { record_id: made.record_id } }), await timeline(clinic, former)])
		for (const r of answer.json.versions ?? answer.json.records)
			assert.equal(r.evaluation ?? null, null, answer.text);
});

test('two decide at once: one does', async () => {
	const [, present] = await mover({ numbers: [undefined] });
	const [{ pair_id }] = await pairs(mus2, present);
	const all = await Promise.all([decide(mus2, pair_id, 'same'), decide(mua2, pair_id, 'different')]);
	assert.deepEqual(all.map((a) => a.status).sort(), [200, 409]);
});
