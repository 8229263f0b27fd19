// record: a list of many persons goes out by the word of a second person (vaccination brief 13
// H-3-2 step 6). Runs against a live instance with the limit at one row; the lots are made up and
// gone afterwards.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';

import { result, second, twin, upload } from '../master/masters.mjs';
import { sql, value } from '../support/database.mjs';
import { instance, machine, sleep, staff } from '../support/yobo.mjs';
import { dose, newPeople, refused, runTimer, stepUp } from './people.mjs';

const inst = instance();
const MARK = `RE${randomBytes(3).toString('hex').toUpperCase()}`;
const KEY = 'record.export_approval_rows';
let hms, maker, itself, other, viewer, foreign, one, two;

before(async () => {
	hms = machine(inst, { org_type: 'MUNI' }, 'subject:write');
	const elsewhere = inst.tokens.find((t) => t.org_type === 'MUNI' && t.org_code !== hms.org_code);
	maker = await staff(inst, { org_code: hms.org_code, role: 'MU-S' });
	itself = await twin(inst, { org_code: hms.org_code, role: 'MU-S' });
	other = await second(inst, { org_code: hms.org_code, role: 'MU-S' });
	viewer = await staff(inst, { org_code: hms.org_code, role: 'MU-V' });
	foreign = await staff(inst, { org_code: elsewhere.org_code, role: 'MU-A' });
	one = await stopped(1);
	two = await stopped(2);
	for (const by of [maker, itself, foreign])
		await stepUp(by);
	await limit(1);
});
after(async () => {
	[hms, maker, itself, other, viewer, foreign].forEach((c) => c?.close());
	sql(inst, `DELETE FROM core_parameter WHERE param_key = '${KEY}'`);
	sql(inst, `DELETE FROM master_lot WHERE lot_no LIKE '${MARK}-%'`);
	await sleep(2500);
});

async function limit(n) {
	sql(inst, `REPLACE INTO core_parameter VALUES ('${KEY}', '${n}')`);
	await sleep(2500); // workers look every second
}

// A lot that n people received and that is stopped since.
async function stopped(n) {
	const nmi = machine(inst, { org_type: 'NMI' }, 'record:write');
	const lot = `${MARK}-${n}`;
	for (const p of await newPeople(hms, n)) {
		const made = await nmi.call('createVaccination', { body: dose({ subject_no: p.subject_no, lot_no: lot }) });
		assert.equal(made.status, 201, made.text);
	}
	nmi.close();
	sql(inst, `INSERT INTO master_lot VALUES ('${lot}', '${lot}', 'DPTIPVHIB', '試験製薬', NULL, NULL, NULL, NULL, '使用停止')`);
	return lot;
}

async function written(by, lot_no) {
	const job = await upload(by, 'record.recall-list', null, { lot_no, purpose: '03' });
	assert.equal(job.state, 'DONE', JSON.stringify(job.problem));
	return job;
}
const control = (by, job) => by.call('getJobControl', { path: { job_no: job.job_no } });
const release = (by, job, body = {}) => by.call('releaseJob', { path: { job_no: job.job_no }, body });
const shown = async (by, job) => (await by.call('getJob', { path: { job_no: job.job_no } })).json;
const waiting = async (by) => {
	const { status, json, text } = await by.call('listJobs', { query: { waiting: true, limit: 100 } });
	assert.equal(status, 200, text);
	return json.jobs;
};
const waits = async (by, job) => (await waiting(by)).some((j) => j.job_no === job.job_no);

test('a file that is not above the limit is given at once', async () => {
	const job = await written(maker, one);
	assert.deepEqual([job.result_rows, job.release], [1, null]);
	assert.equal((await result(maker, job)).status, 200);
	assert.equal((await control(maker, job)).status, 200);
	assert.equal(await waits(other, job), false);
	refused(await release(other, job), 409, 'E-JOB-004');
});

test('above it the file is given to nobody until another person has released it', async () => {
	const job = await written(maker, two);
	assert.equal(job.result_rows, 2);
	assert.deepEqual(job.release, { needed: true, may: false, by: null, at: null });
	for (const by of [maker, itself, other]) {
		refused(await result(by, job), 409, 'E-JOB-026');
		refused(await control(by, job), 409, 'E-JOB-026');
	}
	refused(await release(maker, job), 409, 'E-JOB-027');
	refused(await release(itself, job), 409, 'E-JOB-027');
	assert.deepEqual([await waits(maker, job), await waits(itself, job), await waits(other, job)], [false, false, true]);
	assert.equal((await shown(other, job)).release.may, true);
	assert.equal((await shown(itself, job)).release.may, false);
	sql(inst, `UPDATE core_session SET stepped_up_us = 0 WHERE user_id = '${other.login.user_id}'`);
	refused(await release(other, job), 403, 'E-AUTH-008');
	await stepUp(other);
	refused(await release(other, job, { reason: 'あ'.repeat(201) }), 422, 'E-VAL-002', '/reason');
	assert.equal((await shown(maker, job)).release.by, null, 'what was refused released nothing');
	const done = await release(other, job, { reason: '回収の連絡のため' });
	assert.equal(done.status, 200, done.text);
	assert.equal(done.json.release.by, other.login.user_id);
	const { release: now } = await shown(maker, job);
	assert.deepEqual([now.needed, now.may, now.by], [true, false, other.login.user_id]);
	assert.match(now.at, /^20\d\d-/);
	assert.equal(await waits(other, job), false);
	refused(await release(other, job), 409, 'E-JOB-004');
	const file = await result(maker, job);
	assert.equal(file.status, 200, file.text);
	assert.equal(file.text.trim().split('\r\n').length, 3);
	assert.equal((await control(maker, job)).status, 200);
	assert.deepEqual(sql(inst, `SELECT actor, action, row_count FROM audit_event WHERE target_id = '${job.job_no}'
		AND operation = 'releaseJob' AND ok = 1`), [[other.login.user_id, '14', '2']]);
	assert.equal(value(inst, `SELECT COUNT(*) FROM audit_event WHERE target_id = '${job.job_no}' AND operation = 'releaseJob' AND ok = 0`), '4');
});

test('the list of whom to remind waits in the same way', async () => {
	await newPeople(hms, 2);
	runTimer(inst, 'record.due-list');
	const job = await upload(maker, 'record.due-list', null, { vaccine_code: 'DPTIPVHIB', purpose: '03' });
	assert.ok(job.result_rows >= 2, JSON.stringify(job));
	assert.equal(job.release.needed, true);
	refused(await result(maker, job), 409, 'E-JOB-026');
	assert.equal(await waits(other, job), true);
});

test('other organisations and other roles see and release nothing', async () => {
	const job = await written(maker, two);
	for (const answer of [await release(foreign, job), await result(foreign, job), await foreign.call('getJob', { path: { job_no: job.job_no } })])
		refused(answer, 404, 'E-AUTH-005');
	refused(await release(foreign, { job_no: 'JB00000000' }), 404, 'E-AUTH-005');
	for (const answer of [await release(viewer, job), await result(viewer, job)])
		refused(answer, 403, 'E-AUTH-004');
	assert.deepEqual([await waits(foreign, job), await waits(viewer, job)], [false, false]);
});

test('two releases at once are one', async () => {
	const job = await written(maker, two);
	const answers = await Promise.all([release(other, job), release(other, job), release(other, job)]);
	assert.deepEqual(answers.map((a) => a.status).sort(), [200, 409, 409]);
});

test('a limit that is raised later gives nothing out, and one that is lowered takes nothing back', async () => {
	const held = await written(maker, two);
	const free = await written(maker, one);
	try {
		await limit(5000);
		refused(await result(maker, held), 409, 'E-JOB-026');
		assert.equal((await result(maker, await written(maker, two))).status, 200);
		await limit(0);
		assert.equal((await result(maker, free)).status, 200);
		assert.equal((await written(maker, one)).release.needed, true);
	} finally {
		await limit(1);
	}
});

test('what does not rest, or is no export, cannot be released', async () => {
	const csv = { kind: 'record.link-acks', filename: 'a.csv', bytes: 10 };
	const admin = await staff(inst, { org_code: hms.org_code, role: 'MU-A' });
	const begun = await admin.call('startJob', { body: csv });
	assert.equal(begun.status, 202, begun.text);
	assert.equal(begun.json.release, null);
	refused(await release(admin, begun.json), 409, 'E-JOB-004');
	await admin.call('cancelJob', { path: { job_no: begun.json.job_no } });
	admin.close();
});

test('a list made by somebody with the right to see protected persons is not for colleagues without it', async () => {
	const open = await staff(inst, { org_code: hms.org_code, role: 'MU-A' });
	await stepUp(open);
	assert.equal(value(inst, `SELECT restricted_view FROM account_user WHERE user_id = '${open.login.user_id}'`), '1');
	assert.equal(value(inst, `SELECT restricted_view FROM account_user WHERE user_id = '${other.login.user_id}'`), '0');
	const job = await written(open, one);
	refused(await result(other, job), 403, 'E-AUTH-004');
	assert.equal((await result(open, job)).status, 200);
	assert.equal((await result(other, await written(maker, one))).status, 200, 'what a colleague like oneself has made is');
	open.close();
});

test('such a list is released by any other person, who still does not see it', async () => {
	const open = await staff(inst, { org_code: hms.org_code, role: 'MU-A' });
	await stepUp(open);
	await stepUp(other);
	const job = await written(open, two);
	assert.equal(job.release.needed, true);
	const { hidden, result_rows, result_bytes } = await shown(other, job);
	assert.deepEqual([hidden, result_rows, result_bytes], [true, 2, 0]);
	assert.equal(await waits(other, job), true);
	refused(await control(other, job), 403, 'E-AUTH-004');
	assert.equal((await release(other, job)).status, 200);
	refused(await result(other, job), 403, 'E-AUTH-004');
	assert.equal((await result(open, job)).status, 200);
	const listed = async (by) => (await by.call('listJobs', { query: { kind: 'record.recall-list', limit: 100 } })).json.jobs.some((j) => j.job_no === job.job_no);
	assert.deepEqual([await listed(other), await listed(open)], [false, true]);
	open.close();
});
