// record: a stopped lot is dealt with, and open again (vaccination brief 13 H-8-3 step 7). Runs
// against a live instance; the lots are made up and gone afterwards.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';

import { sql, value } from '../support/database.mjs';
import { dayFromToday, instance, machine, staff } from '../support/yobo.mjs';
import { dose, newPeople, newPerson, refused, resend } from './people.mjs';

const inst = instance();
const MARK = `RC${randomBytes(3).toString('hex').toUpperCase()}`;
let hms, nmi, mus, mua, muv, mus2, clinic;
let lots = 0;

before(async () => {
	hms = machine(inst, { org_type: 'MUNI' }, 'subject:write');
	const other = inst.tokens.find((t) => t.org_type === 'MUNI' && t.org_code !== hms.org_code);
	nmi = machine(inst, { org_type: 'NMI' }, 'record:write');
	mus = await staff(inst, { org_code: hms.org_code, role: 'MU-S' });
	mua = await staff(inst, { org_code: hms.org_code, role: 'MU-A' });
	muv = await staff(inst, { org_code: hms.org_code, role: 'MU-V' });
	mus2 = await staff(inst, { org_code: other.org_code, role: 'MU-S' });
	clinic = await staff(inst, { org_code: nmi.org_code, role: 'NM-A' });
});
after(() => {
	[hms, nmi, mus, mua, muv, mus2, clinic].forEach((c) => c?.close());
	sql(inst, `DELETE FROM master_lot WHERE lot_no LIKE '${MARK}-%'`);
	sql(inst, `DELETE z FROM record_recall_seen z JOIN record_recall_done d USING (recall_id) WHERE d.lot_no LIKE '${MARK}-%'`);
	sql(inst, `DELETE FROM record_recall_done WHERE lot_no LIKE '${MARK}-%'`);
});

// A lot that these people received; it is stopped afterwards.
async function stopped(...people) {
	const lot = `${MARK}-${++lots}`;
	const made = [];
	for (const p of people)
		made.push(await give(nmi, p, lot));
	sql(inst, `INSERT INTO master_lot VALUES ('${lot}', '${lot}', 'DPTIPVHIB', '試験製薬', NULL, NULL, NULL, NULL, '使用停止')`);
	return { lot, made };
}
async function give(by, p, lot, more) {
	const answer = await by.call('createVaccination', { body: dose({ subject_no: p.subject_no, lot_no: lot, ...more }) });
	assert.equal(answer.status, 201, answer.text);
	return answer.json.record_id;
}
const handle = (by, lot, handled = true, more = {}) => by.call('handleRecall', { body: { lot_no: lot, vaccine_code: 'DPTIPVHIB', handled, reason: '全員に電話した', ...more } });
const shown = async (by, lot) => {
	const { status, json, text } = await by.call('listRecallLots');
	assert.equal(status, 200, text);
	return json.lots.find((l) => l.lot_no === lot);
};
const task = async (by) => (await by.call('getRecordTasks')).json.recalls;
const counts = (l) => l && [l.doses, l.open];

test('a lot that is dealt with falls from the tasks, and says by whom and why', async () => {
	const { lot } = await stopped(...await newPeople(hms, 2));
	const before = await task(mus);
	const open = await shown(mus, lot);
	assert.deepEqual([counts(open), open.vaccine_name, open.handled_at ?? null], [[2, 2], '五種混合', null]);
	const done = await handle(mus, lot);
	assert.deepEqual([done.status, done.json], [200, { lot_no: lot, vaccine_code: 'DPTIPVHIB', handled: true, doses: 2 }], done.text);
	assert.equal(await task(mus), before - 1);
	const now = await shown(mus, lot);
	assert.deepEqual([counts(now), now.handled_by, now.reason], [[2, 0], mus.login.user_id, '全員に電話した']);
	assert.match(now.handled_at, new RegExp(`^${dayFromToday(0)}T`));
	refused(await handle(mua, lot), 409, 'E-REC-010');
	assert.equal(value(inst, `SELECT COUNT(*) FROM record_recall_done WHERE lot_no = '${lot}'`), '1', 'a word about nothing is not kept');
	assert.equal(value(inst, `SELECT COUNT(*) FROM audit_event WHERE operation = 'handleRecall' AND target_id = '${lot}' AND ok = 1`), '1');
});

test('it is taken back, with a reason', async () => {
	const { lot } = await stopped(await newPerson(hms));
	refused(await handle(mus, lot, false), 409, 'E-REC-010');
	await handle(mus, lot);
	const before = await task(mus);
	const back = await handle(mua, lot, false, { reason: '1人に届いていない' });
	assert.deepEqual([back.status, back.json.doses], [200, 1], back.text);
	assert.equal(await task(mus), before + 1);
	const now = await shown(mus, lot);
	assert.deepEqual([counts(now), now.handled_at ?? null], [[1, 1], null]);
	assert.deepEqual(sql(inst, `SELECT undone_by, undone_reason FROM record_recall_done WHERE lot_no = '${lot}'`), [[mua.login.user_id, '1人に届いていない']]);
	assert.equal((await handle(mus, lot)).status, 200, 'and said again');
});

test('a reason of 200 characters, each a variant', async () => {
	const { lot } = await stopped(await newPerson(hms));
	const reason = '葛\u{E0100}'.repeat(200);
	const done = await handle(mus, lot, true, { reason });
	assert.equal(done.status, 200, done.text);
	assert.equal((await shown(mus, lot)).reason, reason);
	const back = await handle(mus, lot, false, { reason });
	assert.equal(back.status, 200, back.text);
	assert.deepEqual(sql(inst, `SELECT reason, undone_reason FROM record_recall_done WHERE lot_no = '${lot}'`), [[reason, reason]]);
	assert.equal((await handle(mus, lot, true, { reason: `${reason}葛` })).status, 422);
});

test('a new person with the lot opens it again; a correction of something else does not', async () => {
	const [a, b, c] = await newPeople(hms, 3);
	const { lot, made } = await stopped(a);
	await handle(mus, lot);
	const correct = (record_id, change) => nmi.call('correctVaccination', { body: { record_id, reason_code: '01', ...change }, headers: { 'If-Match': '"1"' } });
	assert.equal((await correct(made[0], { doctor_name: '試験　次郎' })).status, 200);
	assert.deepEqual(counts(await shown(mus, lot)), [1, 0]);
	await give(mus, b, lot); // from paper
	assert.deepEqual(counts(await shown(mus, lot)), [2, 1]);
	const second = await handle(mus, lot, true, { reason: '追加の1人' });
	assert.equal(second.json.doses, 1, 'the new one alone');
	assert.deepEqual([counts(await shown(mus, lot)), (await shown(mus, lot)).reason], [[2, 0], '追加の1人']);
	// Corrected to the lot: as new.
	const other = await give(mus, c, `${MARK}-OTHER`);
	const put = await mus.call('correctVaccination', { body: { record_id: other, lot_no: lot, reason_code: '01' }, headers: { 'If-Match': '"1"' } });
	assert.equal(put.status, 200, put.text);
	assert.deepEqual(counts(await shown(mus, lot)), [3, 1]);
	const back = await handle(mus, lot, false);
	assert.equal(back.json.doses, 2, 'both words are taken back');
});

test('P-10: who has left is listed for doses up to that day, under 支援措置 not at all', async () => {
	const left = { resident_state: '消除', elim_date: '2026-05-01', elim_reason: '1' };
	const [early, late, hidden, blocked] = await newPeople(hms, 4);
	const { lot } = await stopped(early, hidden, blocked);
	await give(mus, late, lot, { vaccinated_on: '2026-05-20', org_code: nmi.org_code });
	const tasks = await task(mua);
	const listed = async (by) => (await by.call('listRecall', { query: { purpose: '01', lot_no: lot } })).json.recalled.map((x) => x.subject_no).toSorted();
	assert.equal((await listed(mua)).length, 4);
	await resend(hms, early, left);
	await resend(hms, late, left);
	await resend(hms, hidden, { ...left, not_disclosed: true });
	await resend(hms, blocked, { ...left, self_info_blocked: true });
	for (const by of [mus, mua]) {
		assert.deepEqual(await listed(by), [early.subject_no]);
		assert.deepEqual(counts(await shown(by, lot)), [1, 1]);
	}
	assert.equal((await handle(mua, lot)).json.doses, 1);
	assert.equal(await task(mua), tasks - 1, 'nobody else is waited for');
});

test('who may not see a person under 支援措置 leaves that person open', async () => {
	const [plain, hidden] = await newPeople(hms, 2);
	const { lot } = await stopped(plain, hidden);
	sql(inst, `UPDATE record_subject SET not_disclosed = 1 WHERE subject_no = '${hidden.subject_no}'`);
	assert.deepEqual([counts(await shown(mus, lot)), counts(await shown(mua, lot))], [[1, 1], [2, 2]]);
	assert.equal((await handle(mus, lot)).json.doses, 1);
	assert.deepEqual([counts(await shown(mus, lot)), counts(await shown(mua, lot))], [[1, 0], [2, 1]]);
	assert.equal((await handle(mua, lot)).json.doses, 1);
	assert.deepEqual(counts(await shown(mua, lot)), [2, 0]);
});

test('a lot is a municipality\'s: another one sees and says nothing of it', async () => {
	const { lot } = await stopped(await newPerson(hms));
	assert.equal(await shown(mus2, lot), undefined);
	refused(await handle(mus2, lot), 409, 'E-REC-010');
	refused(await handle(mus2, lot, false), 409, 'E-REC-010');
	await handle(mus, lot);
	refused(await handle(mus2, lot, false), 409, 'E-REC-010');
	assert.deepEqual(counts(await shown(mus, lot)), [1, 0]);
	for (const by of [muv, clinic]) {
		refused(await by.call('listRecallLots'), 403, 'E-AUTH-004');
		refused(await handle(by, lot), 403, 'E-AUTH-004');
	}
});

test('bad words about a lot are refused, and nothing is kept', async () => {
	const { lot } = await stopped(await newPerson(hms));
	for (const [change, id, field] of [[{ reason: undefined }, 'E-VAL-001', '/reason'], [{ reason: 'あ'.repeat(201) }, 'E-VAL-006', '/reason'],
		[{ handled: 'yes' }, 'E-VAL-002', '/handled'], [{ handled: undefined }, 'E-VAL-001', '/handled'], [{ lot_no: 12 }, 'E-VAL-002', '/lot_no'],
		[{ lot_no: 'A'.repeat(21) }, 'E-VAL-006', '/lot_no'], [{ vaccine_code: undefined }, 'E-VAL-001', '/vaccine_code'], [{ extra: 1 }, 'E-VAL-005', '/extra']]) {
		const answer = await handle(mus, lot, true, change);
		assert.equal(answer.status, 422, `${JSON.stringify(change)} ${answer.text}`);
		assert.ok(answer.json.errors.some((e) => e.field === field), answer.text);
		assert.equal(answer.json.errors[0].code.slice(0, 5), id.slice(0, 5), answer.text);
	}
	refused(await handle(mus, `${MARK}-NONE`), 409, 'E-REC-010');
	assert.equal(value(inst, `SELECT COUNT(*) FROM record_recall_done WHERE lot_no LIKE '${MARK}-%' AND lot_no IN ('${lot}', '${MARK}-NONE')`), '0');
});

test('two persons say it at the same moment: one word, or each about some; nothing is open', async () => {
	const { lot } = await stopped(...await newPeople(hms, 4));
	const answers = await Promise.all([mus, mua, mus, mua].map((by) => handle(by, lot)));
	assert.ok(answers.some((a) => a.status === 200), answers[0].text);
	for (const a of answers)
		assert.ok(a.status === 200 || a.json.error_id === 'E-REC-010', a.text);
	assert.deepEqual(counts(await shown(mua, lot)), [4, 0]);
});
