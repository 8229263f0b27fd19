// people.mjs - persons and doses for the tests of record.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';

import { sleep } from '../support/yobo.mjs';

// A person the municipality of `hms` might send; nobody has the key yet.
export const person = (hms, change = {}) => ({ muni_code: hms.org_code, muni_key: `T-${randomUUID()}`,
	name: '試験　花子', name_kana: 'シケン　ハナコ', birth_date: '2026-02-10', sex: '2',
	address: '東京都千代田区霞が関1-2-2', not_disclosed: false, self_info_blocked: false, ...change });

export async function newPeople(hms, n, change) {
	const subjects = Array.from({ length: n }, () => person(hms, change));
	const answer = await hms.call('putSubjects', { body: { subjects } });
	assert.equal(answer.status, 200, answer.text);
	return answer.json.results.map((r, i) => {
		assert.equal(r.result, 'created', JSON.stringify(r));
		return { ...subjects[i], subject_no: r.subject_no };
	});
}

export const newPerson = async (hms, change) => (await newPeople(hms, 1, change))[0];

// Sends the person again, changed.
export async function resend(hms, p, change) {
	const { subject_no, ...row } = { ...p, ...change };
	const answer = await hms.call('putSubjects', { body: { subjects: [row] } });
	assert.equal(answer.json.results[0].result, 'updated', answer.text);
}

// The first dose of the five-in-one of a child born on 2026-02-10.
export const dose = (change) => ({ legal_class: '1', vaccine_code: 'DPTIPVHIB', dose_seq: 1, lot_no: 'A1234',
	vaccinated_on: '2026-04-20', dose_ml: 0.5, route: 'SC', site: '74L', exec_class: '1', place_class: '1',
	doctor_name: '試験　医師', ...change });

export function refused(answer, status, id, field) {
	assert.equal(answer.status, status, answer.text);
	assert.equal(answer.json.error_id, id, answer.text);
	if (field)
		assert.ok(answer.json.errors.some((e) => e.field === field && e.code === id), answer.text);
}

// Runs a timer of the instance now, to its end.
export { runTimer } from '../support/timer.mjs';

// A 個人番号 nobody has: eleven random digits and the check digit (vaccination brief 3.4).
export function myNumber() {
	const body = Array.from({ length: 11 }, () => Math.floor(Math.random() * 10));
	const sum = body.toReversed().reduce((s, p, i) => s + p * (i < 6 ? i + 2 : i - 4), 0);
	return [...body, sum % 11 <= 1 ? 0 : 11 - sum % 11].join('');
}

// Enters the password again, which opens step-up operations for some minutes.
export async function stepUp(caller) {
	const answer = await caller.call('stepUp', { body: { password: caller.login.password } });
	assert.ok(answer.status < 300, answer.text);
}

// Starts an export and waits for its end: → { job, text }, text null unless it is DONE.
export async function exported(caller, kind, params) {
	const begun = await caller.call('startJob', { body: { kind, params } });
	if (begun.status !== 202)
		return { job: begun.json, text: null, status: begun.status };
	for (let i = 0; i < 300; i++) {
		const { json } = await caller.call('getJob', { path: { job_no: begun.json.job_no } });
		if (json.state === 'DONE') {
			const result = await caller.call('getJobResult', { path: { job_no: json.job_no } });
			return { job: json, text: result.text };
		}
		if (['FAILED', 'CANCELLED', 'REFUSED'].includes(json.state))
			return { job: json, text: null };
		await sleep(100);
	}
	throw new Error(`job ${begun.json.job_no} does not end`);
}

// Lines of a file of ours: all cells quoted, CRLF.
export const lines = (text) => text.replace(/^\u{FEFF}/u, '').trimEnd().split('\r\n')
	.map((line) => [...line.matchAll(/"((?:[^"]|"")*)"/g)].map((m) => m[1].replaceAll('""', '"')));
