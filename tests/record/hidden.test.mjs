// record: what somebody with the right to see protected persons has made is kept from colleagues
// without it: list, contents and every file (vaccination brief P-09, 支援措置). Runs against a live
// instance; every test makes the persons it needs.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { commit, csv, result, second, upload } from '../master/masters.mjs';
import { sql, value } from '../support/database.mjs';
import { instance, machine, staff } from '../support/yobo.mjs';
import { lines, newPerson, refused, runTimer, stepUp } from './people.mjs';

const inst = instance();
let hms, maker, trusted, colleague, another;

before(async () => {
	hms = machine(inst, { org_type: 'MUNI' }, 'subject:write');
	maker = await staff(inst, { org_code: hms.org_code, role: 'MU-A' });
	trusted = await second(inst, { org_code: hms.org_code, role: 'MU-A' });
	colleague = await staff(inst, { org_code: hms.org_code, role: 'MU-S' });
	another = await second(inst, { org_code: hms.org_code, role: 'MU-S' });
	for (const by of [maker, trusted, colleague, another])
		await stepUp(by);
	const right = (by) => value(inst, `SELECT restricted_view FROM account_user WHERE user_id = '${by.login.user_id}'`);
	assert.deepEqual([maker, trusted, colleague, another].map(right), ['1', '1', '0', '0']);
});
after(() => [hms, maker, trusted, colleague, another].forEach((c) => c?.close()));

const of = (by, operation, { job_no }) => by.call(operation, { path: { job_no } });
const shown = async (by, job) => (await of(by, 'getJob', job)).json;
async function listed(by, job, query = {}) {
	const { status, json, text } = await by.call('listJobs', { query: { limit: 100, ...query } });
	assert.equal(status, 200, text);
	return json.jobs.some((j) => j.job_no === job.job_no);
}
const FILES = ['getJobResult', 'getJobControl', 'getJobErrors'];

// Nothing of what it holds, in no place.
async function kept(by, job) {
	for (const operation of FILES)
		refused(await of(by, operation, job), 403, 'E-AUTH-004');
	const now = await shown(by, job);
	assert.deepEqual([now.hidden, now.result_bytes, now.error_bytes, now.result_sha256, now.facts, now.faults, now.preview],
		[true, 0, 0, null, [], [], null]);
	assert.equal(value(inst, `SELECT COUNT(*) FROM audit_event WHERE target_id = '${job.job_no}' AND ok = 1
		AND actor = '${by.login.user_id}' AND operation IN ('${FILES.join("', '")}')`), '0');
}
async function given(by, job) {
	const now = await shown(by, job);
	assert.deepEqual([now.hidden, now.result_bytes > 0, now.result_sha256?.length], [false, true, 64]);
	assert.equal(await listed(by, job), true);
	assert.equal((await of(by, 'getJobControl', job)).status, 200);
	refused(await of(by, 'getJobErrors', job), 404, 'E-JOB-023');
	const file = await result(by, job);
	assert.equal(file.status, 200, file.text);
	return lines(file.text);
}

async function inquiry(by, agreed, persons) {
	const asked = await by.call('requestBulkInquiry', { body: { purpose: '04', reason: '救済の調査', subject_nos: persons.map((p) => p.subject_no) } });
	assert.equal(asked.status, 201, asked.text);
	const { bulk_id } = asked.json;
	assert.equal((await agreed.call('decideBulkInquiry', { path: { bulk_id }, body: { decision: 'approve' } })).json.state, 'APPROVED');
	const job = await upload(by, 'record.bulk-inquiry', null, { bulk_id });
	assert.equal(job.state, 'DONE', JSON.stringify(job.problem));
	return job;
}
const found = (rows, p) => rows.filter((row) => row[0] === p.subject_no).map((row) => row[1]);

test('an inquiry by list is for its maker and for colleagues with the right', async () => {
	const plain = await newPerson(hms);
	const hidden = await newPerson(hms, { not_disclosed: true });
	const job = await inquiry(maker, trusted, [plain, hidden]);
	for (const by of [maker, trusted]) {
		const rows = await given(by, job);
		assert.deepEqual([found(rows, plain), found(rows, hidden)], [['該当あり'], ['該当あり']]);
	}
	for (const by of [colleague, another]) {
		await kept(by, job);
		for (const query of [{}, { kind: 'record.bulk-inquiry' }, { state: 'DONE' }, { waiting: true }])
			assert.equal(await listed(by, job, query), false);
	}
});

test('what was made without the right is for every colleague', async () => {
	const plain = await newPerson(hms);
	const hidden = await newPerson(hms, { self_info_blocked: true });
	const job = await inquiry(colleague, maker, [plain, hidden]);
	for (const by of [colleague, another, maker]) {
		const rows = await given(by, job);
		assert.deepEqual([found(rows, plain), found(rows, hidden)], [['該当あり'], ['該当なし']]);
	}
});

test('who is given the right sees it, who loses it does not', async () => {
	const job = await inquiry(maker, trusted, [await newPerson(hms, { not_disclosed: true })]);
	const right = (n) => sql(inst, `UPDATE core_session SET restricted_view = ${n} WHERE user_id = '${another.login.user_id}'`);
	await kept(another, job);
	right(1);
	try {
		await given(another, job);
	} finally {
		right(0);
	}
	refused(await result(another, job), 403, 'E-AUTH-004');
});

test('the list of whom to remind', async () => {
	const hidden = await newPerson(hms, { self_info_blocked: true, birth_date: '2013-02-10' });
	runTimer(inst, 'record.due-list');
	const wanted = { vaccine_code: 'HPV9', purpose: '03' }; // few are waiting for it: no word of another person is needed
	const job = await upload(maker, 'record.due-list', null, wanted);
	assert.equal(job.state, 'DONE', JSON.stringify(job.problem));
	assert.ok((await given(trusted, job)).some((row) => row[0] === hidden.subject_no));
	await kept(colleague, job);
	assert.equal(await listed(colleague, job), false);
	const theirs = await upload(colleague, 'record.due-list', null, wanted);
	assert.ok((await given(another, theirs)).every((row) => row[0] !== hidden.subject_no));
});

// Rows of a file of which one person is not there: READY with a file of faults.
async function import_(by) {
	const head = (await by.call('getJobTemplate', { path: { kind: 'record.vaccinations' } })).text.replace(/^\u{FEFF}/u, '')
		.split('\r\n')[0].split(',').map((cell) => cell.replaceAll('"', ''));
	const row = (p) => ({ 宛名番号: p.muni_key, 法的区分: '1', ワクチンコード: 'DPTIPVHIB', 回数番号: '1', ロット番号: 'H1', 接種年月日: '2026-04-20',
		接種量: '0.5', 接種方法: 'SC', 実施区分: '1', 接種方式: '1', 医療機関コード: inst.logins.find((l) => l.org_type === 'HMI').org_code, 医師名: '移行　医師' });
	const rows = [row(await newPerson(hms)), row({ muni_key: 'nobody' })];
	const job = await upload(by, 'record.vaccinations', csv(head, rows.map((r) => head.map((name) => r[name] ?? ''))));
	assert.deepEqual([job.state, job.counts.bad, job.preview.rows.length], ['READY', 1, 2], JSON.stringify(job));
	return job;
}

test('a file that came in is looked into by those with the right; its commit waits for anybody', async () => {
	const job = await import_(maker);
	const open = await shown(trusted, job);
	assert.deepEqual([open.hidden, open.faults.length, open.preview.rows.length, open.error_bytes > 0], [false, 1, 2, true]);
	assert.equal((await of(trusted, 'getJobErrors', job)).status, 200);
	await kept(colleague, job);
	assert.equal(await listed(colleague, job), true, 'there is still something to do');
	const done = await commit(colleague, job, { partial: true });
	assert.deepEqual([done.state, done.counts.added, done.hidden], ['DONE', 1, true], JSON.stringify(done));
	await kept(colleague, job);
	assert.deepEqual([await listed(colleague, job), await listed(trusted, job)], [false, true]);
});

test('of a file without its heading the first line is not shown either', async () => {
	const { muni_key } = await newPerson(hms, { not_disclosed: true });
	const job = await upload(maker, 'record.vaccinations', csv([muni_key, '1'], [['x', '2']]));
	assert.equal(job.problem.found, muni_key, JSON.stringify(job));
	assert.equal((await shown(trusted, job)).problem.found, muni_key);
	const theirs = await shown(colleague, job);
	assert.deepEqual([theirs.hidden, theirs.problem.code, theirs.problem.found ?? null], [true, job.problem.code, null]);
});

test('a file of a colleague is open to all of them', async () => {
	const job = await import_(colleague);
	const open = await shown(another, job);
	assert.deepEqual([open.hidden, open.faults.length, open.preview.rows.length], [false, 1, 2]);
	assert.equal((await of(another, 'getJobErrors', job)).status, 200);
	assert.equal((await of(maker, 'cancelJob', job)).status, 200);
	assert.equal(await listed(another, job), true);
});
