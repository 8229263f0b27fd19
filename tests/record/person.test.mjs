// record: one person in the rows of several municipalities (vaccination brief C5, P-10, P-13).
// Runs against a live instance; every test makes the persons it needs.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { sql } from '../support/database.mjs';
import { instance, machine, staff } from '../support/yobo.mjs';
import { dose, myNumber, newPerson, refused, resend, runTimer } from './people.mjs';

const inst = instance();
let hms, hms2, nmi, mus, mua, muv, mus2, mua2;

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
});
after(() => [hms, hms2, nmi, mus, mua, muv, mus2, mua2].forEach((c) => c?.close()));

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

test('two decide at once: one does', async () => {
	const [, present] = await mover({ numbers: [undefined] });
	const [{ pair_id }] = await pairs(mus2, present);
	const all = await Promise.all([decide(mus2, pair_id, 'same'), decide(mua2, pair_id, 'different')]);
	assert.deepEqual(all.map((a) => a.status).sort(), [200, 409]);
});
