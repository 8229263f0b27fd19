// tour.mjs INSTANCE - what a trial installation does, in eight steps and under a minute. Every
// step is a real call over TLS; a step that does not end as promised stops the tour.

import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';

import { Caller, dayFromToday, instance, machine, sleep, staff } from '../tests/support/yobo.mjs';

const inst = instance(process.argv[2]);
let step = 0;

function tell(text) {
	step += 1;
	console.log(`  ${step}. ${text}`);
}

function expect(answer, status, what) {
	if (answer.status !== status)
		throw new Error(`${what}: expected ${status}, got ${answer.status} ${answer.text.slice(0, 500)}`);
	return answer.json;
}

const hms = machine(inst, { org_type: 'MUNI' }, 'subject:write');
const clinic = machine(inst, { org_type: 'NMI' }, 'record:write');
const key = `TOUR-${randomBytes(4).toString('hex')}`;
const child = { muni_code: hms.org_code, muni_key: key, name: '𠮷田　葛\u{E0100}子',
	name_kana: 'ﾖｼﾀﾞ ｶﾂｺ', birth_date: dayFromToday(-120), sex: '2',
	address: '東京都千代田区見本町1丁目1番1号', not_disclosed: false, self_info_blocked: false,
	modification: '1' };
const dose = { muni_code: hms.org_code, muni_key: key, legal_class: '1', vaccine_code: 'DPTIPVHIB',
	dose_seq: 1, lot_no: 'A1234', vaccinated_on: dayFromToday(-30), dose_ml: 0.5, route: 'SC',
	site: '74L', exec_class: '1', place_class: '1', doctor_name: '試験　医師' };

async function register() {
	const { results } = expect(await hms.call('putSubjects', { body: { subjects: [child] },
		headers: { 'idempotency-key': randomUUID() } }), 200, 'putSubjects');
	if (results[0].result !== 'created')
		throw new Error(`putSubjects: ${JSON.stringify(results)}`);
	tell(`The city registers ${child.name} and gets number ${results[0].subject_no}: rare characters stay as they came.`);

	const wrong = expect(await hms.call('putSubjects', { body: { subjects: [{ ...child,
		muni_key: `${key}-X`, my_number: '123456789012' }] } }), 200, 'putSubjects').results[0];
	if (wrong.result !== 'error')
		throw new Error(`a wrong My Number was taken: ${JSON.stringify(wrong)}`);
	tell(`A My Number whose check digit is wrong is refused by row: ${wrong.errors[0].code}.`);
	return results[0].subject_no;
}

async function vaccinate() {
	const made = expect(await clinic.call('createVaccination', { body: dose,
		headers: { 'idempotency-key': randomUUID() } }), 201, 'createVaccination');
	tell(`A vaccination site registers the first five-in-one dose: ${made.mgmt_no}, `
		+ `judged ${made.evaluation.valid ? 'valid' : 'doubtful'} by rules ${made.evaluation.rule_version}.`);
	const again = await clinic.call('createVaccination', { body: dose,
		headers: { 'idempotency-key': randomUUID() } });
	expect(again, 409, 'the same dose again');
	tell(`The same dose sent again is refused: ${again.json.error_id} ${again.json.title}`);
	return made;
}

// The city's system fetches everything it has not seen, then says what it has taken in.
async function link(made) {
	let since = Math.max(0, made.seq - 1);
	const seen = [];
	for (let more = true; more && seen.length < 2000;) {
		const page = expect(await hms.call('pullVaccinations', { query: { since, limit: 500 } }), 200,
			'pullVaccinations');
		seen.push(...page.records);
		since = page.next_seq;
		more = page.has_more;
	}
	const own = seen.find((r) => r.record_id === made.record_id);
	if (!own || own.muni_key !== key)
		throw new Error('the record was not among those pulled');
	expect(await hms.call('ackVaccinations', { body: { acks: [{ seq: own.seq, result: 'ok' }] } }), 200,
		'ackVaccinations');
	tell(`The city's system pulls the record under its own number ${own.muni_key} and acknowledges it.`);
}

async function look(subjectNo) {
	const clerk = await staff(inst, { org_code: hms.org_code, role: 'MU-S' });
	const found = expect(await clerk.call('searchSubjects', { body: { purpose: '01',
		name_kana: 'よしだ　かつこ', birth_date: child.birth_date } }), 200, 'searchSubjects');
	if (!found.items.some((i) => i.subject_no === subjectNo))
		throw new Error(`the search did not find ${subjectNo}`);
	const line = expect(await clerk.call('getTimeline', { path: { subject_no: subjectNo }, query: { purpose: '01' } }), 200,
		'getTimeline');
	tell(`A clerk logs in, finds her by kana and birth date and sees ${line.records.length} dose and `
		+ `${line.next.length} next ones; who looked, and why, is in the access log.`);
	await clerk.call('logout');
	clerk.close();
}

async function revoke() {
	const admin = await staff(inst, { org_code: hms.org_code, role: 'MU-A' });
	const issued = expect(await admin.call('issueAccessToken', { body: { name: `tour ${key}`,
		scopes: ['record:read'], days: 1 } }), 201, 'issueAccessToken');
	const other = new Caller(inst);
	const pull = () => other.call('pullVaccinations', { query: { since: 0, limit: 1 } });
	other.token = issued.token;
	expect(await pull(), 200, 'the new token');
	expect(await admin.call('revokeAccessToken', { path: { token_id: issued.issued.token_id },
		body: { reason: '見学のため' } }), 200, 'revokeAccessToken');
	const begun = Date.now();
	let answer = await pull();
	while (answer.status === 200 && Date.now() - begun < 5000) {
		await sleep(100);
		answer = await pull();
	}
	expect(answer, 401, 'the revoked token');
	tell(`A token issued on the screen works, is revoked, and is refused ${((Date.now() - begun) / 1000).toFixed(1)} s later.`);
	await admin.call('logout');
	admin.close();
	other.close();
}

async function verify() {
	const { stdout } = await promisify(execFile)(inst.yoboctl, ['--config', inst.config, 'audit', 'verify']);
	tell(`The access log of all this is verified, record by record: ${stdout.trim().split('\n').pop()}`);
}

try {
	const subjectNo = await register();
	const made = await vaccinate();
	await link(made);
	await look(subjectNo);
	await revoke();
	await verify();
} catch (e) {
	console.error(`tour, after step ${step}: ${e.message}`);
	process.exitCode = 1;
}
hms.close();
clinic.close();
