// record: the file route of the link (vaccination brief 13 H-3-1, U5, 15): a file a night with a
// control file, taken back by file. Runs against a live instance; every test makes the persons
// it needs.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';

import { sql, value } from '../support/database.mjs';
import { dayFromToday, instance, machine, sleep, staff } from '../support/yobo.mjs';
import { dose, exported, lines, myNumber, newPeople, newPerson, person, refused, runTimer, stepUp } from './people.mjs';

const inst = instance();
const dir = mkdtempSync('/tmp/yobo-linkfile-');
let hms, hms2, nmi, mua, mua2, mus, muv;

before(async () => {
	hms = machine(inst, { org_type: 'MUNI' }, 'subject:write');
	const other = inst.tokens.find((t) => t.org_type === 'MUNI' && t.org_code !== hms.org_code);
	hms2 = machine(inst, { org_code: other.org_code }, 'subject:write');
	nmi = machine(inst, { org_type: 'NMI' }, 'record:write');
	mua = await staff(inst, { org_code: hms.org_code, role: 'MU-A' });
	mua2 = await staff(inst, { org_code: other.org_code, role: 'MU-A' });
	mus = await staff(inst, { org_code: hms.org_code, role: 'MU-S' });
	muv = await staff(inst, { org_code: hms.org_code, role: 'MU-V' });
	await stepUp(mua);
	await stepUp(mua2);
});
beforeEach(() => sleep(20)); // connections the server has closed meanwhile are noticed
after(() => {
	[hms, hms2, nmi, mua, mua2, mus, muv].forEach((c) => c?.close());
	sql(inst, 'DELETE FROM record_link_file');
	rmSync(dir, { recursive: true, force: true });
});

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const orgId = (caller) => value(inst, `SELECT org_id FROM core_org WHERE org_code = '${caller.org_code}'`);
const lastSeq = (caller) => Number(value(inst, `SELECT COALESCE(MAX(last_seq), 0) FROM record_muni_seq WHERE org_id = ${orgId(caller)}`));
const states = (caller, from, to) => sql(inst, `SELECT DISTINCT state FROM record_outbox WHERE org_id = ${orgId(caller)}
	AND seq BETWEEN ${from} AND ${to} ORDER BY state`).flat();
// Nights before were whole: what is there already is of no interest here.
const upTo = (caller, seq) => sql(inst, `INSERT INTO record_link_file VALUES (${orgId(caller)}, '2020-01-01', 1, ${seq}, 'JB00000000', 0, 1)
	ON DUPLICATE KEY UPDATE to_seq = ${seq}`);
const fresh = () => sql(inst, 'DELETE FROM record_link_file');

async function vaccinate(p, change) {
	const answer = await nmi.call('createVaccination', { body: dose({ subject_no: p.subject_no, ...change }) });
	assert.equal(answer.status, 201, answer.text);
	return answer.json;
}

// The night, with the parameter as given.
function night(munis) {
	const config = join(dir, 'yobo.conf');
	writeFileSync(config, `${readFileSync(inst.config, 'utf8')}\n[area record]\nlink_file_munis = ${munis}\n`);
	return runTimer({ yoboctl: inst.yoboctl, config }, 'record.link-files');
}

async function rest(caller, job_no) {
	for (let i = 0; i < 600; i++) {
		const { json, text } = await caller.call('getJob', { path: { job_no } });
		if (!['WAITING', 'CHECKING', 'COMMITTING'].includes(json.state))
			return json;
		assert.ok(json.state, text);
		await sleep(100);
	}
	throw new Error(`job ${job_no} does not end`);
}

const tonight = (caller) => {
	const [row] = sql(inst, `SELECT job_no, from_seq, to_seq FROM record_link_file WHERE org_id = ${orgId(caller)} AND file_day = '${dayFromToday(0)}'`);
	return row && { job_no: row[0], from: Number(row[1]), to: Number(row[2]) };
};
// { job, rows, control } of tonight's file: checked against each other as a receiver would.
async function received(by, job_no) {
	const job = await rest(by, job_no);
	assert.equal(job.state, 'DONE', JSON.stringify(job.problem));
	const { text } = await by.call('getJobResult', { path: { job_no } });
	const [names, values] = lines((await by.call('getJobControl', { path: { job_no } })).text);
	const control = Object.fromEntries(names.map((name, i) => [name, values[i]]));
	const [head, ...rows] = lines(text);
	assert.deepEqual([control.sha256, control.rows, control.bytes], [sha256(text), String(rows.length), String(Buffer.byteLength(text))]);
	assert.equal(control.file, `record-link-file-${job_no}.csv`);
	return { job, control, text, rows: rows.map((row) => Object.fromEntries(head.map((name, i) => [name, row[i]]))) };
}

test('H-3-1: every night a file for each municipality that takes files, and only theirs', async () => {
	fresh();
	upTo(hms, lastSeq(hms));
	upTo(hms2, lastSeq(hms2));
	const [a, b] = await newPeople(hms, 2);
	const other = await newPerson(hms2, { muni_code: hms2.org_code });
	const mine = [await vaccinate(a), await vaccinate(b)];
	const theirs = await vaccinate(other);
	night('');
	assert.equal(tonight(hms), undefined, 'nobody takes files by default');
	night(`${hms.org_code},${hms2.org_code}`);
	const file = await received(mua, tonight(hms).job_no);
	assert.deepEqual(file.rows.map((r) => [r.連携番号, r.宛名番号]), [[String(mine[0].seq), a.muni_key], [String(mine[1].seq), b.muni_key]]);
	const pulled = await hms.call('pullVaccinations', { query: { since: mine[0].seq - 1 } });
	assert.deepEqual(file.rows.map((r) => r.ハッシュ値), pulled.json.records.map((e) => e.hash), 'by either route the same hash');
	assert.deepEqual([file.control.sender, file.control.layout, file.control.muni_code, file.control.from_seq, file.control.to_seq, file.control.schema_version],
		['YOBO', 'record.link-file', hms.org_code, String(mine[0].seq), String(mine[1].seq), '2']);
	assert.deepEqual(file.job.facts.map((f) => f.name), ['muni_code', 'from_seq', 'to_seq', 'schema_version']);
	assert.equal(file.job.actor, 'timer:record.link-files');
	assert.deepEqual(states(hms, mine[0].seq, mine[1].seq), ['SENT']);
	const second = await received(mua2, tonight(hms2).job_no);
	assert.deepEqual(second.rows.map((r) => r.連携番号), [String(theirs.seq)]);
	refused(await mua2.call('getJobResult', { path: { job_no: tonight(hms).job_no } }), 404, 'E-AUTH-005');
	refused(await mua2.call('getJobControl', { path: { job_no: tonight(hms).job_no } }), 404, 'E-AUTH-005');
});

test('H-3-1: the same night is made once; the next one begins where it ended; nothing is a file too', async () => {
	fresh();
	upTo(hms, lastSeq(hms));
	const { seq } = await vaccinate(await newPerson(hms));
	night(hms.org_code);
	const first = tonight(hms);
	assert.deepEqual([first.from, first.to], [seq, seq]);
	await received(mua, first.job_no);
	const jobs = () => value(inst, "SELECT COUNT(*) FROM core_job WHERE kind = 'record.link-file'");
	const before = jobs();
	night(hms.org_code);
	assert.deepEqual([tonight(hms), jobs()], [first, before], 'a second run of the same night');
	sql(inst, `UPDATE record_link_file SET file_day = '2020-01-02' WHERE job_no = '${first.job_no}'`);
	night('all');
	const empty = await received(mua, tonight(hms).job_no);
	assert.deepEqual([empty.rows.length, empty.control.rows, empty.control.from_seq, empty.control.to_seq], [0, '0', String(seq + 1), String(seq)]);
	assert.match(empty.text, /^\u{FEFF}"連携番号",/u, 'its headings are there');
});

test('H-3-1: a night that came to nothing is part of the next one', async () => {
	fresh();
	upTo(hms, lastSeq(hms));
	const { seq } = await vaccinate(await newPerson(hms));
	night(hms.org_code);
	await rest(mua, tonight(hms).job_no);
	sql(inst, `UPDATE record_link_file SET done_us = NULL, file_day = '2020-01-03' WHERE job_no = '${tonight(hms).job_no}'`);
	const next = await vaccinate(await newPerson(hms));
	night(hms.org_code);
	const file = await received(mua, tonight(hms).job_no);
	assert.deepEqual(file.rows.map((r) => Number(r.連携番号)), [seq, next.seq]);
});

test('H-3-1: a municipality that begins with files gets what its system has not taken', async () => {
	fresh();
	const before = lastSeq(hms);
	sql(inst, `UPDATE record_outbox SET state = 'ACKED' WHERE org_id = ${orgId(hms)} AND state IN ('READY', 'SENT')`);
	const { seq } = await vaccinate(await newPerson(hms));
	assert.equal(seq, before + 1);
	night(hms.org_code);
	assert.deepEqual((await received(mua, tonight(hms).job_no)).rows.map((r) => Number(r.連携番号)), [seq]);
});

test('H-3-1: a file is made again by its numbers, and has the same records', async () => {
	const people = await newPeople(hms, 3);
	const seqs = [];
	for (const p of people)
		seqs.push((await vaccinate(p)).seq);
	const params = { since: seqs[0] - 1, until: seqs[1] };
	const one = await exported(mua, 'record.link-file', params);
	const two = await exported(mua, 'record.link-file', params);
	assert.equal(one.job.result_sha256, sha256(one.text));
	assert.equal(two.text, one.text);
	assert.equal(two.job.result_sha256, one.job.result_sha256);
	assert.deepEqual(lines(one.text).slice(1).map((row) => Number(row[0])), seqs.slice(0, 2), 'and none behind the last');
	assert.deepEqual(states(hms, seqs[2], seqs[2]), ['READY']);
	const past = await exported(mua, 'record.link-file', { since: seqs[2], until: seqs[2] + 100 });
	assert.equal(past.job.facts.find((f) => f.name === 'to_seq').value, String(lastSeq(hms)), 'no further than there are numbers');
	for (const bad of [{ until: 'x' }, { until: 2 ** 54 }, { since: -1 }, { from: 1 }])
		assert.equal((await mua.call('startJob', { body: { kind: 'record.link-file', params: bad } })).status, 422, JSON.stringify(bad));
});

test('H-3-1: the file hides nobody, so it is for people who may see everybody', async () => {
	const p = await newPerson(hms, { not_disclosed: true });
	const { seq } = await vaccinate(p);
	const { text, job } = await exported(mua, 'record.link-file', { since: seq - 1, until: seq });
	assert.equal(lines(text)[1][2], p.muni_key);
	assert.deepEqual(sql(inst, `SELECT actor FROM audit_event WHERE action = 20 AND subject_no = '${p.subject_no}'`), [[mua.login.user_id]],
		'P-12: taking it away is opening it');
	assert.equal(mus.login.restricted_view ?? false, false);
	for (const caller of [mus, muv]) {
		refused(await caller.call('startJob', { body: { kind: 'record.link-file', params: {} } }), 403, 'E-AUTH-004');
		for (const what of ['getJob', 'getJobResult', 'getJobControl'])
			refused(await caller.call(what, { path: { job_no: job.job_no } }), 403, 'E-AUTH-004');
		assert.deepEqual((await caller.call('listJobs', { query: { kind: 'record.link-file' } })).json.jobs, []);
		assert.ok((await caller.call('listJobKinds')).json.kinds.every((k) => k.kind !== 'record.link-file'));
	}
	assert.ok((await mua.call('listJobs', { query: { kind: 'record.link-file' } })).json.jobs.some((j) => j.job_no === job.job_no));
});

test('P-12: the house makes a file and opens nobody; who takes it has opened whom it shows', async () => {
	fresh();
	upTo(hms, lastSeq(hms));
	const [hidden, open] = [await newPerson(hms, { self_info_blocked: true }), await newPerson(hms)];
	await vaccinate(open);
	await mua.call('createVaccination', { body: dose({ subject_no: hidden.subject_no, org_code: nmi.org_code }) });
	const alerts = (p) => sql(inst, `SELECT actor FROM audit_event WHERE action = 20 AND subject_no = '${p.subject_no}'`).length;
	const before = alerts(hidden);
	night(hms.org_code);
	const { job_no } = tonight(hms);
	await rest(mua, job_no);
	await mua.call('getJobControl', { path: { job_no } });
	assert.equal(alerts(hidden), before, 'not yet');
	assert.ok((await mua.call('getJobResult', { path: { job_no } })).text.includes(hidden.subject_no));
	assert.deepEqual([alerts(hidden), alerts(open)], [before + 1, 0]);
	runTimer(inst, 'record.watch');
	assert.ok((await mua.call('listAlerts')).json.alerts.some((a) => a.kind === 'restricted' && a.subject_no === hidden.subject_no && a.actor === mua.login.user_id));
});

test('P-05: a 個人番号 is in no file and in no control file', async () => {
	const number = myNumber();
	const row = person(hms, { my_number: number });
	const { json } = await hms.call('putSubjects', { body: { subjects: [row] } });
	assert.equal(json.results[0].result, 'created');
	const { seq } = await vaccinate(json.results[0]);
	const { text, job } = await exported(mua, 'record.link-file', { since: seq - 1, until: seq });
	const control = await mua.call('getJobControl', { path: { job_no: job.job_no } });
	assert.ok(text.includes(json.results[0].subject_no));
	for (const where of [text, control.text, JSON.stringify(job)])
		assert.ok(!where.includes(number));
	assert.ok(!lines(text)[0].some((name) => name.includes('個人番号')));
});

test('H-3-1: what the brief lists goes along, by both routes: lot, dose, route, doctor, institution, 予診票', async () => {
	const qre_id = '0b8f6f3a-5d3e-4c0e-9a57-3d7f5f1a2b3c';
	const [a, b] = await newPeople(hms, 2);
	const with_ = await vaccinate(a, { qre_id, screening_doctor: '予診　医師', venue: '見本会場' });
	await vaccinate(b);
	const { json } = await hms.call('pullVaccinations', { query: { since: with_.seq - 1, limit: 2 } });
	assert.deepEqual(json.records.map((r) => r.qre_id), [qre_id, null]);
	const [r] = json.records;
	assert.deepEqual([r.change_kind, r.muni_key, r.subject_no, r.lot_no, r.dose_ml, r.route, r.doctor_name, r.org_code, r.screening_doctor],
		['1', a.muni_key, a.subject_no, 'A1234', 0.5, 'SC', '試験　医師', nmi.org_code, '予診　医師']);
	const { text } = await exported(mua, 'record.link-file', { since: with_.seq - 1, until: with_.seq + 1 });
	const [head, ...rows] = lines(text);
	assert.deepEqual(rows.map((row) => row[head.indexOf('予診票回答ID')]), [qre_id, '']);
	assert.deepEqual(['ロット番号', '接種量', '接種方法', '医師名', '医療機関コード', '会場'].map((name) => rows[0][head.indexOf(name)]),
		['A1234', '0.50', 'SC', '試験　医師', nmi.org_code, '見本会場']);
});

// ---- killed in the middle ----

// Holds the municipality's row of a night as another transaction would, which the last step of a
// file waits for; → what lets it go.
async function held(t) {
	const child = spawn('mariadb', ['--no-defaults', `--socket=${inst.db.socket}`, '--unbuffered', inst.db.name], { stdio: ['pipe', 'pipe', 'inherit'] });
	const ended = new Promise((done) => { child.on('exit', done); });
	const release = () => { child.stdin.end(); return ended; };
	t.after(release);
	const locked = new Promise((done) => { child.stdout.once('data', done); });
	child.stdin.write(`BEGIN; SELECT 'held' FROM record_link_file WHERE org_id = ${orgId(hms)} FOR UPDATE;\n`);
	await locked;
	return release;
}

// The workers of pool jobs of this instance; yobod puts others in their place.
const workers = () => readdirSync('/proc').filter((pid) => {
	try {
		const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
		return words.includes(inst.config) && words[words.indexOf('--pool') + 1] === 'jobs';
	} catch {
		return false; // not a process, or gone
	}
});

test('H-3-1: killed in the middle, a file is made anew and whole', async (t) => {
	const people = await newPeople(hms, 40);
	for (const p of people)
		await vaccinate(p);
	const from = lastSeq(hms) - 39;
	for (let i = 0; i < 13; i++)
		assert.equal((await hms.call('resendVaccinations', { body: { from_seq: from, to_seq: from + 39 } })).json.count, 40);
	const to = lastSeq(hms);
	assert.equal(to - from + 1, 560, 'more than a step takes');
	upTo(hms, 1);
	const release = await held(t);
	const begun = await mua.call('startJob', { body: { kind: 'record.link-file', params: { since: from - 1, until: to } } });
	assert.equal(begun.status, 202, begun.text);
	const { job_no } = begun.json;
	for (let i = 0; i < 400 && value(inst, `SELECT rows_done FROM core_job WHERE job_no = '${job_no}'`) !== '500'; i++)
		await sleep(25);
	assert.deepEqual(sql(inst, `SELECT state, rows_done FROM core_job WHERE job_no = '${job_no}'`), [['WAITING', '500']], 'the first step is there');
	assert.deepEqual(states(hms, from + 520, to), ['READY'], 'the second is not');
	for (const pid of workers())
		process.kill(Number(pid), 'SIGKILL');
	sql(inst, `UPDATE core_job SET lease_us = 0 WHERE job_no = '${job_no}'`); // what waiting for half a minute would do
	await release();
	const file = await received(mua, job_no);
	assert.deepEqual(file.rows.map((r) => Number(r.連携番号)), Array.from({ length: 560 }, (_, i) => from + i), 'each number once');
	assert.deepEqual(states(hms, from + 520, to), ['SENT']);
});

// ---- taken back by file ----

const quoted = (cell) => `"${String(cell ?? '').replaceAll('"', '""')}"`;
async function acked(by, rows, { head = ['連携番号', '結果', 'エラー内容'], commit = true, partial = false } = {}) {
	const data = Buffer.from([head, ...rows].map((line) => line.map(quoted).join(',')).join('\r\n') + '\r\n');
	const begun = await by.call('startJob', { body: { kind: 'record.link-acks', filename: 'acks.csv', bytes: data.length } });
	if (begun.status !== 202)
		return begun;
	const { job_no } = begun.json;
	await by.call('sendJobFile', { path: { job_no }, query: { offset: 0 }, body: data, headers: { 'content-type': 'application/octet-stream' } });
	const job = await rest(by, job_no);
	if (job.state !== 'READY' || !commit)
		return job;
	const etag = (await by.call('getJob', { path: { job_no } })).headers.etag;
	const said = await by.call('commitJob', { path: { job_no }, body: { partial }, headers: { 'if-match': etag } });
	assert.equal(said.status, 202, said.text);
	return rest(by, job_no);
}
const statusOf = async (record_id) => (await mua.call('getVaccination', { path: { record_id } })).json.record.status;

test('H-3-1: acknowledged by file as by the API: LINKED, the list of errors, resolved', async () => {
	const people = await newPeople(hms, 3);
	const records = [];
	for (const p of people)
		records.push(await vaccinate(p));
	const [a, b, c] = records;
	await exported(mua, 'record.link-file', { since: a.seq - 1, until: c.seq });
	const done = await acked(mus, [[c.seq, 'ok', ''], [a.seq, 'ok', ''], [b.seq, 'ng', '宛名番号が見つかりません']]);
	assert.equal(done.state, 'DONE', JSON.stringify(done.problem));
	assert.deepEqual([done.counts.changed, done.counts.same], [3, 0]);
	assert.deepEqual([await statusOf(a.record_id), await statusOf(b.record_id)], ['LINKED', 'REGISTERED']);
	assert.deepEqual(records.map((x) => states(hms, x.seq, x.seq)[0]), ['ACKED', 'NACKED', 'ACKED']);
	const { json } = await mus.call('listLinkErrors', { query: { since: b.seq - 1 } });
	assert.equal(json.errors.find((e) => e.seq === b.seq).error, '宛名番号が見つかりません');
	assert.equal((await mus.call('resolveLinkError', { path: { seq: b.seq }, body: { resolution: 'accept', comment: '確認済み' } })).status, 200);
	assert.deepEqual(states(hms, b.seq, b.seq), ['RESOLVED']);
	const again = await acked(mus, [[a.seq, 'ng', 'x'], [b.seq, 'ng', 'x'], [c.seq, 'ok', '']]);
	assert.deepEqual([again.state, again.counts.changed, again.counts.same], ['DONE', 0, 3], 'an ok stays, what is resolved stays');
	assert.deepEqual(records.map((x) => states(hms, x.seq, x.seq)[0]), ['ACKED', 'RESOLVED', 'ACKED']);
	const api = await hms.call('ackVaccinations', { body: { acks: [{ seq: b.seq, result: 'ok' }] } });
	assert.equal(api.json.results[0].result, 'ok', 'and either way may follow the other');
	assert.equal(await statusOf(b.record_id), 'LINKED');
	const seen = sql(inst, `SELECT DISTINCT subject_no FROM audit_event WHERE target_id = '${done.job_no}' AND operation = 'jobCommit' AND subject_no IS NOT NULL`);
	assert.deepEqual(seen.flat().sort(), people.map((p) => p.subject_no).sort(), 'each person is in the log');
});

test('H-3-1: an acknowledging file with unknown numbers, another municipality\'s, twice one, other words', async () => {
	const { seq } = await vaccinate(await newPerson(hms));
	const theirs = await vaccinate(await newPerson(hms2, { muni_code: hms2.org_code }));
	const beyond = 900_000_000 + theirs.seq;
	const job = await acked(mus, [[seq, 'ok'], [beyond, 'ok'], ['x', 'ok'], [0, 'ok'], [seq, 'ng'], ['', 'ok'], [seq, 'maybe'], [seq + 1, 'ok', 'あ'.repeat(101)]].map(([n, r, e]) => [n, r, e ?? '']),
		{ commit: false });
	assert.equal(job.counts.bad, 7, JSON.stringify(job.faults));
	assert.deepEqual(job.faults.map((f) => [f.line, f.field, f.code]).filter(([line]) => [3, 6, 7].includes(line)),
		[[3, 'seq', 'E-VAL-011'], [6, 'seq', 'E-VAL-014'], [7, 'seq', 'E-VAL-001']], JSON.stringify(job.faults));
	const part = await acked(mus, [[seq, 'ok', ''], [beyond, 'ok', '']], { partial: true });
	assert.deepEqual([part.state, part.counts.changed], ['DONE', 1]);
	assert.deepEqual(states(hms, seq, seq), ['ACKED']);
	refused(await acked(muv, [[seq, 'ok', '']]), 403, 'E-AUTH-004');
	assert.equal((await acked(mus, [[seq, 'ok', '']], { head: ['番号', '結果', 'エラー内容'] })).problem.code, 'E-JOB-007');
	const foreign = await acked(mua2, [[theirs.seq, 'ok', '']]);
	assert.equal(foreign.state, 'DONE');
	assert.deepEqual(states(hms2, theirs.seq, theirs.seq), ['ACKED']);
	const before = states(hms, theirs.seq, theirs.seq);
	assert.deepEqual(states(hms, theirs.seq, theirs.seq), before, 'a number is of its municipality alone');
});

test('H-3-1: what is sent again by days comes in the next file; three days without an answer are an alert', async () => {
	fresh();
	const first = await vaccinate(await newPerson(hms));
	await hms.call('ackVaccinations', { body: { acks: [{ seq: first.seq, result: 'ok' }] } });
	upTo(hms, lastSeq(hms));
	const again = await mua.call('resendVaccinations', { body: { registered_from: dayFromToday(0), registered_to: dayFromToday(0) } });
	assert.equal(again.status, 200, again.text);
	night(hms.org_code);
	const file = await received(mua, tonight(hms).job_no);
	assert.deepEqual([file.control.from_seq, file.control.to_seq], [String(again.json.first_seq), String(again.json.last_seq)]);
	assert.ok(file.rows.some((r) => r.接種記録ID === first.record_id));
	const to = again.json.last_seq;
	sql(inst, `UPDATE record_outbox SET created_us = created_us - 4 * 86400000000 WHERE org_id = ${orgId(hms)} AND seq = ${to}`);
	const open = async () => (await mua.call('listAlerts')).json.alerts.filter((a) => a.kind === 'link').length;
	runTimer(inst, 'record.link-alerts');
	assert.equal(await open(), 1);
	const acks = file.rows.map((r) => [r.連携番号, 'ok', '']);
	assert.equal((await acked(mus, acks)).state, 'DONE');
	sql(inst, `UPDATE record_outbox SET state = 'ACKED' WHERE org_id = ${orgId(hms)} AND state IN ('READY', 'SENT') AND created_us < (UNIX_TIMESTAMP() - 3 * 86400) * 1000000`);
	runTimer(inst, 'record.link-alerts');
	assert.equal(await open(), 0, 'it ends when all is taken');
});
