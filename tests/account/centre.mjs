// centre.mjs - people of 国保中央会 and organisations without administrators, for the tests of
// account; made through the interface and the database, deleted at the end.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';

import { sql, value } from '../support/database.mjs';
import { hasMailbox, mails, mailsArrived } from '../support/mail.mjs';
import { dayFromToday, luhn, sleep, staff } from '../support/yobo.mjs';
import { GOOD, People, refused } from './people.mjs';

export const newMail = () => `c${randomBytes(6).toString('hex')}@example.jp`;

export class Centre extends People {
	async open() {
		this.admin = await this.as('KC-A');
		return this;
	}

	// Another administrator's hand: of a municipality ...
	async administrator(wanted) {
		const made = await staff(this.inst, wanted);
		this.opened.push(made);
		return made;
	}

	// Somebody of the centre, logged in; the same mail and kana make the same person.
	clerk(change = {}) {
		return this.active({ role: 'KC-S', name_kana: `テスト　${'アイウエオ'[randomInt(5)]}`, ...change });
	}

	// An institution of the master that nobody applied for: its code.
	institution() {
		let code;
		do
			code = luhn(`139${String(randomInt(900000, 998999))}`);
		while (this.onboarding(code) !== null);
		sql(this.inst, `INSERT INTO core_org (org_code, org_type, name, name_kana, pref_code, valid_from,
			onboarding, uses_hms, created_us, updated_us) VALUES ('${code}', 'HMI', '試験医院 SAMPLE',
			'シケンイイン', '13', '2020-04-01', '未申請', 0, 1, 1)`);
		return code;
	}

	onboarding(code) {
		return value(this.inst, `SELECT onboarding FROM core_org WHERE org_code = '${code}'`);
	}
}

export const application = (change = {}) => ({ name: '試験　管理者', name_kana: 'シケン　カンリシャ',
	mail: newMail(), applied_on: dayFromToday(), ...change });

export async function applied(by, change) {
	const answer = await by.call('createApplication', { body: application(change) });
	assert.equal(answer.status, 201, answer.text);
	return answer.json;
}

export const decide = (by, a, change = {}, headers = {}) => by.call('decideApplication', {
	path: { application_no: a.application_no }, headers,
	body: { decision: 'APPROVE', sha256: a.sha256, ...change } });

// Subjects of the mails a person got, when `n` have arrived; a little later none more has.
// Without a mailbox nothing can be said: null.
export async function subjects(inst, mail, n) {
	if (!hasMailbox(inst))
		return null;
	await mailsArrived(inst, { to: mail, n });
	await sleep(300);
	return mails(inst, { to: mail }).map(({ subject }) => subject.replace(/（.*$/, ''));
}

export function pdfText(bytes) {
	return execFileSync('pdftotext', ['-layout', '-', '-'], { input: bytes, encoding: 'utf8' });
}

// Bytes of an answer: Caller reads text.
export async function download(by, id, path, headers = {}) {
	const { url } = await by.url(id, { path });
	const { default: https } = await import('node:https');
	return new Promise((resolve, reject) => {
		const request = https.request(url, { method: 'POST', agent: by.agent, headers: {
			cookie: by.cookie, 'x-yobo-csrf': by.csrf, origin: by.base, 'sec-fetch-site': 'same-origin',
			...headers } }, (answer) => {
			const parts = [];
			answer.on('data', (part) => parts.push(part));
			answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers,
				bytes: Buffer.concat(parts) }));
		});
		request.on('error', reject);
		request.end();
	});
}

export { GOOD, refused };

// A file of a kind of job, checked: { job_no, state, ..., etag }.
export async function upload(by, kind, lines) {
	const file = Buffer.from(`${lines.join('\r\n')}\r\n`);
	const begun = await by.call('startJob', { body: { kind, filename: 'test.csv', bytes: file.length } });
	assert.equal(begun.status, 202, begun.text);
	const path = { job_no: begun.json.job_no };
	const sent = await by.call('sendJobFile', { path, query: { offset: 0 }, body: file,
		headers: { 'content-type': 'application/octet-stream' } });
	assert.equal(sent.status, 200, sent.text);
	return rest(by, path);
}

async function rest(by, path) {
	for (let i = 0; i < 600; i++) {
		const { json, headers } = await by.call('getJob', { path });
		if (!['CHECKING', 'COMMITTING'].includes(json.state))
			return { ...json, etag: headers.etag };
		await sleep(50);
	}
	return assert.fail('the job does not rest');
}

export async function commit(by, job, body = {}) {
	const path = { job_no: job.job_no };
	const answer = await by.call('commitJob', { path, body, headers: { 'if-match': job.etag,
		'idempotency-key': randomBytes(8).toString('hex') } });
	assert.equal(answer.status, 202, answer.text);
	return rest(by, path);
}
