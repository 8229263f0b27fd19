// record: a person under 支援措置 is not betrayed by anything an answer has besides its words
// (vaccination brief 8.3, T20): status, headers, length, what a cache may keep, how many there
// are, and which statements the answer costs. No clock is read: what costs the same statements
// takes the same time. Runs against a live instance.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { sql } from '../support/database.mjs';
import { instance, machine, staff } from '../support/yobo.mjs';
import { dose, myNumber, newPerson, refused, resend, stepUp } from './people.mjs';
import { Portal, pairwise } from './portal.mjs';

const inst = instance();
let portal, hms, hms2, nmi, mus, mua, muv, clinic, other;

before(async () => {
	portal = await Portal.open(inst);
	hms = machine(inst, { org_type: 'MUNI' }, 'subject:write');
	const login = inst.logins.find((l) => l.org_type === 'MUNI' && l.org_code !== hms.org_code && l.role === 'MU-A');
	hms2 = machine(inst, { org_code: login.org_code }, 'subject:write');
	nmi = machine(inst, { org_type: 'NMI' }, 'record:write');
	mus = await staff(inst, { org_code: hms.org_code, role: 'MU-S' });
	mua = await staff(inst, { org_code: hms.org_code, role: 'MU-A' });
	muv = await staff(inst, { org_code: hms.org_code, role: 'MU-V' });
	clinic = await staff(inst, { org_code: nmi.org_code, role: 'NM-A' });
	other = await staff(inst, { user_id: login.user_id });
	await stepUp(mus);
});
after(() => {
	sql(inst, 'SET GLOBAL general_log = 0');
	[portal, hms, hms2, nmi, mus, mua, muv, clinic, other].forEach((c) => c?.close());
});

async function vaccinate(p, change) {
	const answer = await nmi.call('createVaccination', { body: dose({ subject_no: p.subject_no, venue: '避難先会館', ...change }) });
	assert.equal(answer.status, 201, answer.text);
	return answer.json;
}

async function linked(change = {}, viewer = null) {
	const p = await newPerson(hms, { my_number: myNumber(), ...change });
	Object.defineProperty(p, 'pw', { value: pairwise() }); // not a member the register knows
	assert.deepEqual((await portal.link(viewer ?? p.pw, p.pw, { my_number: p.my_number })).json, { accepted: true });
	return p;
}

// Nobody by this number: as many digits as there are.
const NOBODY = '99999999999999';

// What differs with every request goes: the moment, the trace, and what the caller itself named.
function bare(answer, ...own) {
	const { date, 'x-yobo-trace': trace, ...headers } = answer.headers;
	let text = answer.text.replaceAll(trace, 'TRACE');
	for (const word of own)
		text = text.replaceAll(word, 'OWN');
	return { status: answer.status, headers, text };
}

// The statements on data of persons that a call costs, in their order, without their values.
async function cost(run) {
	sql(inst, "SET GLOBAL log_output = 'TABLE'; TRUNCATE mysql.general_log; SET GLOBAL general_log = 1");
	let answer;
	try {
		answer = await run();
	} finally {
		sql(inst, 'SET GLOBAL general_log = 0');
	}
	const words = sql(inst, `SELECT HEX(argument) FROM mysql.general_log WHERE user_host LIKE 'yobo_main[%'
		AND command_type IN ('Execute', 'Query') AND argument LIKE '%record\\\\_%' ORDER BY event_time`)
		.map(([hex]) => Buffer.from(hex, 'hex').toString('latin1')) // values are bytes, quotes among them
		.filter((text) => !text.startsWith('DELETE FROM record_citizen_use')) // tidying up, now and then
		.map((text) => text.replace(/'(?:[^'\\]|\\.|'')*'/gsu, '?').replace(/\b\d+\b/gu, '?').replace(/\bNULL\b/gu, '?'));
	return { answer, words };
}

function alike(a, b, what, own = [[], []]) {
	assert.deepEqual(bare(a.answer, ...own[0]), bare(b.answer, ...own[1]), what);
	assert.ok(a.words.length > 0, 'the log of statements works');
	assert.deepEqual(a.words, b.words, `${what}: statements`);
}

// Nothing of a person may be kept on the way, and there is no version to ask for.
function unkept(answer) {
	assert.match(answer.headers['cache-control'] ?? '', /no-store/u);
	assert.equal(answer.headers.etag, undefined);
	assert.equal(answer.headers['last-modified'], undefined);
}

test('P-09, H-3-3: for the portal, 自己情報提供不可 costs what nobody costs', async () => {
	const blocked = await linked({ self_info_blocked: true });
	await vaccinate(blocked);
	const nobody = await cost(() => portal.search(pairwise()));
	refused(nobody.answer, 404, 'E-CIT-001');
	unkept(nobody.answer);
	alike(await cost(() => portal.search(blocked.pw)), nobody, 'blocked');
	alike(await cost(() => portal.search(blocked.pw, blocked.pw, { download: true })), nobody, 'as a file');
	const dead = await linked();
	await vaccinate(dead);
	await resend(hms, dead, { death_date: '2026-06-01', resident_state: '消除', elim_date: '2026-06-01', elim_reason: '2' });
	alike(await cost(() => portal.search(dead.pw)), nobody, 'who has died');
	const both = await linked({ self_info_blocked: true, not_disclosed: true });
	await vaccinate(both);
	alike(await cost(() => portal.search(both.pw)), nobody, 'both flags');
});

test('H-3-3: a statement about somebody else than whom the session or the relation names is refused before anybody is looked for', async () => {
	const [one, two] = [await linked(), await linked()];
	await vaccinate(two);
	const say = (subject, claims) => cost(() => portal.send({ assertion: portal.says(one.pw, subject, { claims }) }));
	const self = await say(two.pw, { relation: 'self' });
	refused(self.answer, 422, 'E-CIT-002', '/assertion');
	const proxy = await say(one.pw, { relation: 'proxy' });
	refused(proxy.answer, 422, 'E-CIT-002', '/assertion');
	for (const { words } of [self, proxy])
		assert.ok(words.every((w) => !w.includes('record_subject') && !w.includes('record_vaccination')), words.join('\n'));
	const text = portal.says(one.pw);
	const [first, again] = [await portal.send({ assertion: text }), await cost(() => portal.send({ assertion: text }))];
	assert.ok([200, 404].includes(first.status));
	refused(again.answer, 422, 'E-CIT-002', '/assertion');
	assert.ok(again.words.every((w) => !w.includes('record_vaccination')), 'nor for one that was used');
});

test('P-11: a blocked proxy gets what somebody unknown gets, at the same cost', async () => {
	const mother = await linked({ birth_date: '1990-01-01' });
	const father = await linked({ birth_date: '1989-01-01', sex: '1' });
	const child = await linked({}, mother.pw);
	await vaccinate(child);
	assert.equal((await portal.search(father.pw, child.pw)).status, 200);
	const set = await mus.call('setProxy', { path: { subject_no: child.subject_no },
		body: { guardian_subject_no: father.subject_no, blocked: true, reason: '加害者として届出' } });
	assert.equal(set.status, 200, set.text);
	const nobody = await cost(() => portal.search(father.pw, pairwise()));
	refused(nobody.answer, 404, 'E-CIT-001');
	alike(await cost(() => portal.search(father.pw, child.pw)), nobody, 'the blocked proxy');
	unkept((await cost(() => portal.search(father.pw, child.pw))).answer);
	assert.equal((await portal.search(mother.pw, child.pw)).status, 200, 'the other parent is let through');
	assert.equal((await portal.search(child.pw)).status, 200, 'and so is the person');
	const enquiry = (pw) => portal.caller.call('sendEnquiry', { body: { assertion: portal.says(father.pw, pw),
		record_id: '00000000-0000-4000-8000-000000000000', text: '記録が違う' } });
	assert.deepEqual(bare(await enquiry(child.pw)), bare(await enquiry(pairwise())), 'nor does an enquiry tell');
});

test('P-08, P-13: another municipality learns no more of a restricted person than of nobody', async () => {
	const p = await newPerson(hms, { not_disclosed: true });
	const { record_id } = await vaccinate(p);
	const open = (no) => cost(() => other.call('getTimeline', { path: { subject_no: no }, query: { purpose: '01' } }));
	const nobody = await open(NOBODY);
	refused(nobody.answer, 404, 'E-AUTH-005');
	unkept(nobody.answer);
	alike(await open(p.subject_no), nobody, 'a timeline');
	const get = (id) => cost(() => other.call('getVaccination', { path: { record_id: id } }));
	assert.deepEqual(bare((await get(record_id)).answer), bare((await get('00000000-0000-4000-8000-000000000000')).answer), 'a record');
	const find = (no) => cost(() => other.call('searchSubjects', { body: { purpose: '01', subject_no: no } }));
	const [one, none] = [await find(p.subject_no), await find(NOBODY)];
	assert.deepEqual([one.answer.status, one.answer.json.items, one.answer.json.too_many], [200, [], false]);
	assert.deepEqual(one.words, none.words, 'a search: statements');
});

test('P-09, P-13: who may not open restricted persons does not see that there is one', async () => {
	const p = await newPerson(hms, { self_info_blocked: true, name_kana: `カクシ${Math.random().toString().slice(2, 6).replace(/\d/gu, (d) => 'アイウエオカキクケコ'[d])}` });
	await vaccinate(p, { lot_no: 'HIDDEN1' });
	for (const caller of [mus, muv]) {
		const open = (no) => cost(() => caller.call('getTimeline', { path: { subject_no: no }, query: { purpose: '01' } }));
		alike(await open(p.subject_no), await open(NOBODY), 'a timeline');
		const find = (body) => caller.call('searchSubjects', { body: { purpose: '01', ...body } });
		for (const body of [{ subject_no: p.subject_no }, { muni_key: p.muni_key }, { name_kana: p.name_kana, birth_date: p.birth_date },
			{ lot_no: 'HIDDEN1', vaccine_code: 'DPTIPVHIB' }]) {
			const { status, json } = await find(body);
			assert.deepEqual([status, json.items, json.too_many], [200, [], false], JSON.stringify(body));
		}
	}
	assert.equal((await mua.call('searchSubjects', { body: { purpose: '01', subject_no: p.subject_no } })).json.items.length, 1);
});

test('P-09: counts do not tell: too many, tasks, the list of errors', async () => {
	const kana = `カズエ${Math.random().toString().slice(2, 8).replace(/\d/gu, (d) => 'アイウエオカキクケコ'[d])}`;
	const subjects = Array.from({ length: 101 }, (_, i) => ({ muni_code: hms.org_code, muni_key: `S-${kana}-${i}`, name: '見本　数',
		name_kana: kana, birth_date: '2020-01-02', sex: '1', not_disclosed: i > 0, self_info_blocked: false }));
	assert.equal((await hms.call('putSubjects', { body: { subjects } })).status, 200);
	const find = (caller) => caller.call('searchSubjects', { body: { purpose: '01', name_kana: kana, birth_date: '2020-01-02' } });
	const few = await find(mus);
	assert.deepEqual([few.status, few.json.items.length], [200, 1], 'a hundred hidden ones are not too many');
	refused(await find(mua), 413, 'E-REC-006');
	const tasks = async () => (await mus.call('getRecordTasks')).json;
	const p = await newPerson(hms, { not_disclosed: true });
	const { seq } = await vaccinate(p);
	const before = await tasks();
	await hms.call('ackVaccinations', { body: { acks: [{ seq, result: 'ng', error: 'E-VAL-011' }] } });
	assert.deepEqual(await tasks(), before, 'an error of a hidden person is no task of theirs');
	assert.equal((await mus.call('getLinkStatus')).json.nacked, before.link_errors, 'nor of the count beside the list');
	assert.equal((await mua.call('getLinkStatus')).json.nacked, (await mua.call('getRecordTasks')).json.link_errors);
	assert.ok((await mua.call('getRecordTasks')).json.link_errors > before.link_errors, 'who may open them has it to do');
	assert.equal(before.alerts, 0, 'and an alert of an opening is for administrators');
	await mua.call('resolveLinkError', { path: { seq }, body: { resolution: 'accept', comment: '確認済み' } });
});

test('P-08: an institution cannot tell a restricted person from another by what it sees', async () => {
	const [open, hidden] = [await newPerson(hms), await newPerson(hms, { name: '試験　花子' })];
	await vaccinate(open);
	await vaccinate(hidden);
	await resend(hms, hidden, { not_disclosed: true });
	const see = async (p) => (await clinic.call('getTimeline', { path: { subject_no: p.subject_no }, query: { purpose: '01' } }));
	const [a, b] = [await see(open), await see(hidden)];
	assert.deepEqual([a.status, b.status], [200, 200]);
	unkept(b);
	assert.deepEqual(Object.keys(a.json.subject).sort(), Object.keys(b.json.subject).sort());
	for (const flag of ['not_disclosed', 'self_info_blocked'])
		assert.equal(b.json.subject[flag], a.json.subject[flag], flag);
	assert.deepEqual([b.json.banner, b.json.records.length], [a.json.banner, a.json.records.length]);
});

test('P-09: a cache is told nothing: neither 304 nor a version, and If-None-Match changes no answer', async () => {
	const p = await newPerson(hms);
	const { record_id } = await vaccinate(p);
	const seen = await clinic.call('getVaccination', { path: { record_id } });
	assert.equal(seen.status, 200, seen.text);
	assert.match(seen.headers['cache-control'], /no-store/u);
	await resend(hms, p, { self_info_blocked: true });
	for (const match of ['*', seen.headers.etag ?? '"1"', 'W/"1"']) {
		const open = await clinic.call('getTimeline', { path: { subject_no: p.subject_no }, query: { purpose: '01' }, headers: { 'if-none-match': match } });
		const none = await clinic.call('getTimeline', { path: { subject_no: NOBODY }, query: { purpose: '01' }, headers: { 'if-none-match': match } });
		assert.notEqual(open.status, 304);
		unkept(none);
		assert.equal(none.status, 404);
		if (open.status === 404)
			assert.deepEqual(bare(open), bare(none));
		const look = await muv.call('getVaccination', { path: { record_id }, headers: { 'if-none-match': match } });
		const nothing = await muv.call('getVaccination', { path: { record_id: '00000000-0000-4000-8000-000000000000' }, headers: { 'if-none-match': match } });
		assert.deepEqual(bare(look), bare(nothing), 'a version that was seen once is not confirmed');
	}
});

test('P-10: a municipality that was left gets of a restricted person what it gets of nobody', async () => {
	const p = await newPerson(hms, { not_disclosed: true });
	await vaccinate(p);
	await resend(hms, p, { resident_state: '消除', elim_date: '2026-05-01', elim_reason: '1' });
	const open = (no) => cost(() => mua.call('getTimeline', { path: { subject_no: no }, query: { purpose: '01' } }));
	alike(await open(p.subject_no), await open(NOBODY), 'the former municipality, with every right');
	const find = await mua.call('searchSubjects', { body: { purpose: '01', subject_no: p.subject_no } });
	assert.deepEqual(find.json.items, []);
});
