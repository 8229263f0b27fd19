// masters.mjs - how tests write, hand in and approve master changes, and count days.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';

import { sql, value } from '../support/database.mjs';
import { runTimer } from '../support/timer.mjs';
import { dayFromToday, sleep, staff } from '../support/yobo.mjs';

export const day = dayFromToday;
export const tag = () => Array.from({ length: 6 }, () => 'ABCDEFGHJKLMNPQRSTUVWXYZ'[randomInt(24)]).join('');

export function refused(answer, status, id, field) {
	assert.equal(answer.status, status, answer.text);
	assert.equal(answer.json.error_id, id, answer.text);
	if (field)
		assert.ok(answer.json.errors?.some((e) => e.field === field), `${field}: ${answer.text}`);
}

export function good(answer, status = 200) {
	assert.equal(answer.status, status, answer.text);
	return answer.json;
}

export const cells = (values) => Object.entries(values).map(([column, v]) => ({ column, value: v === null ? null : String(v) }));
export const row = (op, values, more = {}) => ({ op, values: cells(values), ...more });

export const create = (by, master, body) => by.call('createMasterChange', { path: { master }, body });
export const read = (by, change_id, query) => by.call('getMasterChange', { path: { change_id }, query });
const match = (c) => ({ headers: { 'if-match': `"${c.version}"` } });
export const submit = (by, c) => by.call('submitMasterChange', { path: { change_id: c.change_id }, ...match(c) });
export const replace = (by, c, body) => by.call('replaceMasterChange', { path: { change_id: c.change_id }, body, ...match(c) });
export const drop = (by, c) => by.call('dropMasterChange', { path: { change_id: c.change_id }, ...match(c) });
export const approve = (by, c, more = {}) => by.call('approveMasterChange', { path: { change_id: c.change_id },
	body: { diff_hash: c.diff_hash, ...more } });
const say = (what) => (by, c, reason = '試験のため') => by.call(what, { path: { change_id: c.change_id }, body: { reason } });
export const reject = say('rejectMasterChange');
export const withdraw = say('withdrawMasterChange');
export const rollback = say('rollBackMasterChange');

// From a draft to what counts, or will on its day.
export async function pending(by, master, body) {
	const draft = good(await create(by, master, body), 201);
	assert.equal(draft.status, 'DRAFT');
	return good(await submit(by, draft));
}
export async function approved(by, approver, master, body) {
	return good(await approve(approver, await pending(by, master, body)));
}

export async function rows(by, master, query = {}) {
	return good(await by.call('listMasterRows', { path: { master }, query }));
}
// The row of a key on a day, or undefined.
export async function on(by, master, key, as_of) {
	const page = await rows(by, master, { q: key, limit: 500, ...(as_of ? { as_of } : {}) });
	return page.rows.find((r) => r.key === key);
}
export const history = async (by, master, key) => good(await by.call('getMasterRow', { path: { master, key } })).rows;

// A second person with the same role and password, new at each call; { of } makes it the first one's second account.
export async function second(inst, wanted, { of } = {}) {
	const first = inst.logins.find((l) => Object.entries(wanted).every(([k, v]) => l[k] === v));
	const user_id = `8${String(randomInt(1e7)).padStart(7, '0')}`; // issued ones have nine digits
	const columns = sql(inst, `SELECT GROUP_CONCAT(column_name) FROM information_schema.columns
		WHERE table_schema = DATABASE() AND table_name = 'account_user' AND column_name NOT IN ('actor_id', 'user_id'${of ? '' : ", 'person_id'"})`)[0][0];
	sql(inst, `INSERT INTO account_user (user_id, ${columns}) SELECT '${user_id}', ${columns} FROM account_user WHERE user_id = '${first.user_id}'`);
	return staff({ ...inst, logins: [{ ...first, user_id }] }, {});
}

export const twin = (inst, wanted) => second(inst, wanted, { of: 'the same person' });

// Once a vaccine has lots, one that is not among them is a finding (VR-16): other tests name theirs freely.
export const forgetLots = (inst) => sql(inst, "DELETE FROM master_lot; UPDATE master_book SET rev = rev + 1 WHERE master = 'M13'");

// Workers look at the masters' numbers every three seconds.
export const noticed = () => sleep(3300);

// The house's clock, now.
export const clock = (inst) => runTimer(inst, 'master.effective');

// Lets a day come: what was to count from `from` counts from `to`, and what counted until then ends the day before. Only a test may do that, and
// the database lets nobody do it while its rule stands.
export function come(inst, change_id, to, end = null) {
	const rule = sql(inst, 'SHOW CREATE TRIGGER master_version_fixed')[0][2].replaceAll('\\n', '\n')
		.replaceAll('\\t', '\t').replace(/DEFINER=\S+ /, '');
	const run = (text) => execFileSync('mariadb', ['--no-defaults', `--socket=${inst.db.socket}`, '--delimiter=//',
		'--default-character-set=utf8mb4', inst.db.name], { input: text });
	run('DROP TRIGGER master_version_fixed//');
	try {
		const last = end === null ? 'valid_to' : `'${end}'`;
		run(`UPDATE master_version o JOIN master_version n ON n.key_id = o.key_id AND n.change_id = ${change_id}
				AND o.version_id <> n.version_id AND n.status IN ('APPROVED', 'EFFECTIVE')
				SET o.valid_from = LEAST(o.valid_from, '${to}' - INTERVAL 1 DAY), o.valid_to = '${to}' - INTERVAL 1 DAY
				WHERE o.status IN ('APPROVED', 'EFFECTIVE') AND (o.valid_to IS NULL OR o.valid_to >= '${to}')//
			UPDATE master_version SET valid_from = '${to}', valid_to = ${last} WHERE change_id = ${change_id}//
			UPDATE master_change SET valid_from = '${to}' WHERE change_id = ${change_id}//`);
	} finally {
		run(`${rule}//`);
	}
}

// ---- jobs ----

export const csv = (head, lines) => Buffer.from([head, ...lines].map((l) => `${l.join(',')}\r\n`).join(''));

export async function rest(by, job_no) {
	for (let i = 0; i < 1200; i++) {
		const answer = await by.call('getJob', { path: { job_no } });
		const json = good(answer);
		if (!['UPLOADING', 'CHECKING', 'COMMITTING', 'WAITING'].includes(json.state))
			return { ...json, etag: answer.headers.etag };
		await sleep(50);
	}
	return assert.fail(`job ${job_no} does not rest`);
}

export async function upload(by, kind, file, params) {
	const begun = good(await by.call('startJob', { body: { kind, params,
		...(file ? { filename: 'a.csv', bytes: file.length } : {}) } }), 202);
	if (file)
		good(await by.call('sendJobFile', { path: { job_no: begun.job_no }, query: { offset: 0 }, body: file,
			headers: { 'content-type': 'application/octet-stream' } }));
	return rest(by, begun.job_no);
}

export async function commit(by, job, body = {}) {
	const answer = await by.call('commitJob', { path: { job_no: job.job_no }, body, headers: { 'if-match': job.etag } });
	assert.equal(answer.status, 202, answer.text);
	return rest(by, job.job_no);
}

export const result = (by, job) => by.call('getJobResult', { path: { job_no: job.job_no } });
export const count = (inst, where) => Number(value(inst, `SELECT COUNT(*) FROM ${where}`));
