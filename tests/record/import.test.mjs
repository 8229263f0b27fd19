// record: the history of a municipality's own system as a file (vaccination brief 4.4). Runs
// against a live instance; every test makes the persons it needs.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { sql, value } from '../support/database.mjs';
import { instance, machine, sleep, staff } from '../support/yobo.mjs';
import { dose, myNumber, newPeople, newPerson, resend, runTimer, stepUp } from './people.mjs';

const inst = instance();
let hms, hms2, mus, mus2, muv;

before(async () => {
	hms = machine(inst, { org_type: 'MUNI' }, 'subject:write');
	const other = inst.tokens.find((t) => t.org_type === 'MUNI' && t.org_code !== hms.org_code);
	hms2 = machine(inst, { org_code: other.org_code }, 'subject:write');
	mus = await staff(inst, { org_code: hms.org_code, role: 'MU-S' });
	mus2 = await staff(inst, { org_code: other.org_code, role: 'MU-S' });
	muv = await staff(inst, { org_code: hms.org_code, role: 'MU-V' });
	await stepUp(mus);
});
after(() => [hms, hms2, mus, mus2, muv].forEach((c) => c?.close()));

const clinic = () => inst.logins.find((l) => l.org_type === 'HMI').org_code;
const row = (p, change) => ({ 宛名番号: p.muni_key, 法的区分: '1', ワクチンコード: 'DPTIPVHIB', 回数番号: '1',
	ロット番号: 'H1', 接種年月日: '2026-04-20', 接種量: '0.5', 接種方法: 'SC', 実施区分: '1', 接種方式: '1',
	医療機関コード: clinic(), 医師名: '移行　医師', ...change });
const quoted = (cell) => `"${String(cell ?? '').replaceAll('"', '""')}"`;

async function file(rows) {
	const { text } = await mus.call('getJobTemplate', { path: { kind: 'record.vaccinations' } });
	const head = text.replace(/^\u{FEFF}/u, '').split('\r\n')[0].split(',').map((cell) => cell.replaceAll('"', ''));
	for (const name of Object.keys(rows[0]))
		assert.ok(head.includes(name), name);
	return Buffer.from([head, ...rows.map((r) => head.map((name) => r[name]))].map((line) => line.map(quoted).join(','))
		.join('\r\n') + '\r\n');
}

async function until(job_no, states) {
	for (let i = 0; i < 600; i++) {
		const { json } = await mus.call('getJob', { path: { job_no } });
		if (states.includes(json.state))
			return json;
		await sleep(100);
	}
	throw new Error(`job ${job_no} does not become ${states}`);
}

async function checked(rows) {
	const data = await file(rows);
	const begun = await mus.call('startJob', { body: { kind: 'record.vaccinations', filename: '移行.csv', bytes: data.length } });
	assert.equal(begun.status, 202, begun.text);
	const { job_no } = begun.json;
	const sent = await mus.call('sendJobFile', { path: { job_no }, query: { offset: 0 }, body: data,
		headers: { 'content-type': 'application/octet-stream' } });
	assert.ok(sent.status < 300, sent.text);
	return until(job_no, ['READY', 'REFUSED', 'FAILED']);
}

async function committed(job_no, body = {}) {
	const { headers } = await mus.call('getJob', { path: { job_no } });
	const answer = await mus.call('commitJob', { path: { job_no }, body, headers: { 'if-match': headers.etag } });
	assert.ok(answer.status < 300, answer.text);
	return until(job_no, ['DONE', 'REFUSED', 'FAILED', 'READY']);
}
const records = async (p) => (await mus.call('getTimeline', { path: { subject_no: p.subject_no }, query: { purpose: '06' } })).json.records;

test('rows of a file become records, named, evaluated, linked and not sent back', async () => {
	const [a, b] = await newPeople(hms, 2);
	const job = await checked([row(a), row(a, { 回数番号: '2', 接種年月日: '2026-05-01' }),
		row(b, { 実施区分: '2', 見合わせ理由: '発熱', ロット番号: '', 接種量: '', 接種方法: '', 回数番号: '' })]);
	assert.equal(job.state, 'READY', JSON.stringify(job));
	assert.deepEqual([job.counts.added, job.counts.bad], [3, 0], JSON.stringify(job));
	assert.deepEqual(await records(a), [], 'nothing before the word');
	assert.equal((await committed(job.job_no)).state, 'DONE');
	const [second, first] = await records(a);
	assert.deepEqual([first.status, first.source, first.dose_label, first.org_code, first.evaluation.valid],
		['LINKED', 'HMS移行', '1期初回1回目', clinic(), true]);
	// Whether a lot is known (VR-16) hangs on the master of lots, which other tests fill.
	assert.deepEqual(second.evaluation.findings.filter((f) => f.rule !== 'VR-16').map((f) => [f.rule, f.severity]),
		[['VR-06', 'W']], 'history warns');
	assert.deepEqual((await records(b)).map((r) => r.exec_class), ['2']);
	assert.equal(value(inst, `SELECT COUNT(*) FROM record_outbox o JOIN record_subject s USING (subject_id)
		WHERE s.subject_no IN ('${a.subject_no}', '${b.subject_no}')`), '0');
});

test('a person of several rows: what was given elsewhere, and earlier in the file, counts', async () => {
	const my_number = myNumber();
	const former = await newPerson(hms2, { my_number });
	const paper = (change) => dose({ subject_no: former.subject_no, ...change });
	const given = await mus2.call('createVaccination', { body: paper() });
	assert.equal(given.status, 201, given.text);
	await resend(hms2, former, { resident_state: '消除', elim_date: '2026-04-30', elim_reason: '1' });
	const p = await newPerson(hms, { my_number });
	runTimer(inst, 'record.pairs');
	assert.equal(value(inst, `SELECT linked FROM record_subject WHERE subject_no = '${p.subject_no}'`), '1');
	const job = await checked([row(p, { 回数番号: '2', 接種年月日: '2026-05-20' }), row(p, { 回数番号: '3', 接種年月日: '2026-06-20' }),
		row(p, { 回数番号: '1', 接種年月日: '2026-07-01', ワクチンコード: 'PCV20' }), row(p, { 回数番号: '2', 接種年月日: '2026-07-15', ワクチンコード: 'PCV20' })]);
	assert.deepEqual([job.state, job.counts.added, job.counts.bad], ['READY', 4, 0], JSON.stringify(job));
	assert.equal((await committed(job.job_no)).state, 'DONE');
	const seen = (await records(p)).map((x) => [x.vaccine_code, x.dose_label, x.evaluation.findings.map((f) => f.rule).filter((f) => !['VR-05', 'VR-16'].includes(f))]);
	assert.deepEqual(seen.toReversed(), [['DPTIPVHIB', '1期初回2回目', []], ['DPTIPVHIB', '1期初回3回目', []],
		['PCV20', '初回1回目', []], ['PCV20', '初回2回目', ['VR-06']]]);
});

test('two rows that are one person, both in the file', async () => {
	const [a, b] = await newPeople(hms, 2);
	sql(inst, `INSERT INTO record_pair (a_id, b_id, a_org_id, b_org_id, kind, state, created_us)
		SELECT LEAST(s.subject_id, t.subject_id), GREATEST(s.subject_id, t.subject_id), s.org_id, t.org_id, 'candidate', 'SAME', 1
		FROM record_subject s JOIN record_subject t WHERE s.subject_no = '${a.subject_no}' AND t.subject_no = '${b.subject_no}';
		UPDATE record_subject SET linked = 1, pair_due = 0 WHERE subject_no IN ('${a.subject_no}', '${b.subject_no}')`);
	const job = await checked([row(a), row(b, { 回数番号: '2', 接種年月日: '2026-05-20' })]);
	assert.equal((await committed(job.job_no)).state, 'DONE');
	assert.deepEqual((await records(b)).map((x) => x.evaluation.findings.map((f) => f.rule).filter((f) => f !== 'VR-16')), [[]]);
});

test('every fault is told with its line and column, and the good rows can go alone', async () => {
	const [a, b] = await newPeople(hms, 2);
	const stranger = await newPerson(hms2);
	const hidden = await newPerson(hms, { not_disclosed: true });
	const job = await checked([row(a), row(stranger), row(hidden), row(b, { ロット番号: '' }), row(b, { ワクチンコード: 'NOSUCH' }),
		row(b, { 接種年月日: '2199-01-01' }), row(b, { 医療機関コード: '9999999999', 接種年月日: '2026-04-21' }), row(b, { 接種方法: 'ZZ', 接種年月日: '2026-04-22' }),
		row(a, { 接種年月日: '2026-06-20' })]);
	assert.equal(job.counts.bad, 8, JSON.stringify(job));
	const { text } = await mus.call('getJobErrors', { path: { job_no: job.job_no } });
	for (const [column, times] of [['宛名番号', 2], ['ロット番号', 1], ['ワクチンコード', 1], ['接種年月日', 1], ['医療機関コード', 1],
		['接種方法', 1], ['回数番号', 1]])
		assert.equal(text.split(`"${column}：`).length - 1, times, `${column}\n${text}`);
	assert.equal((await committed(job.job_no, { partial: true })).state, 'DONE');
	assert.deepEqual([(await records(a)).length, (await records(b)).length], [1, 0]);
	const again = await checked([row(a)]);
	assert.deepEqual([again.counts.added, again.counts.bad], [0, 1], 'what is there is not there twice');
});

test('a row that was registered in the meantime refuses the commit', async () => {
	const p = await newPerson(hms);
	const job = await checked([row(p)]);
	assert.equal(job.state, 'READY');
	const made = await mus.call('createVaccination', { body: { subject_no: p.subject_no, legal_class: '1', vaccine_code: 'DPTIPVHIB',
		dose_seq: 1, lot_no: 'Z1', vaccinated_on: '2026-04-20', dose_ml: 0.5, route: 'SC', exec_class: '1', place_class: '1',
		doctor_name: '試験　医師' } });
	assert.equal(made.status, 201, made.text);
	assert.notEqual((await committed(job.job_no)).state, 'DONE');
	assert.deepEqual((await records(p)).map((r) => r.lot_no), ['Z1']);
});

test('who may only look registers nothing', async () => {
	assert.equal((await muv.call('startJob', { body: { kind: 'record.vaccinations', bytes: 10 } })).status, 403);
});
