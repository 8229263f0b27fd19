// The person's own view through the portal (H-3-3): statements, links, what is shown, and that
// what may not be seen looks like nothing (P-08, P-09, P-11, P-12, T20).

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Caller, client, dayFromToday, instance, machine, spoilt, staff } from '../support/yobo.mjs';
import { sql, value } from '../support/database.mjs';
import { dose, myNumber, newPerson, refused, resend, runTimer, stepUp } from './people.mjs';
import { Portal, pairwise } from './portal.mjs';

const inst = instance();
let portal, hms, site, admin, clerk;

before(async () => {
	portal = await Portal.open(inst);
	hms = machine(inst, { org_type: 'MUNI' }, 'subject:write');
	site = machine(inst, { org_type: 'NMI' }, 'record:write');
	admin = await staff(inst, { org_code: hms.org_code, role: 'MU-A' });
	clerk = await staff(inst, { org_code: hms.org_code, role: 'MU-S' });
	await Promise.all([admin, clerk].map(stepUp));
});
after(() => {
	for (const caller of [portal, hms, site, admin, clerk])
		caller?.close();
});

async function give(p, change) {
	const answer = await site.call('createVaccination', { body: { ...dose(change), subject_no: p.subject_no } });
	assert.equal(answer.status, 201, answer.text);
	return answer.json.record_id;
}

// A person of the municipality whom the portal knows as `pw`.
async function linked(change = {}, viewer = null) {
	const p = await newPerson(hms, { my_number: myNumber(), ...change });
	Object.defineProperty(p, 'pw', { value: pairwise() }); // not a member the register knows
	const answer = await portal.link(viewer ?? p.pw, p.pw, { my_number: p.my_number });
	assert.deepEqual(answer.json, { accepted: true }, answer.text);
	return p;
}

// Status, headers and body without what differs with every request.
function bare(answer) {
	const { date, 'x-yobo-trace': trace, ...headers } = answer.headers;
	assert.ok(date && trace);
	return JSON.stringify([answer.status, headers, answer.text.replaceAll(trace, 'TRACE')]);
}

const nothing = async () => bare(await portal.search(pairwise()));

const bad = (answer) => refused(answer, 422, 'E-CIT-002', '/assertion');

test('a person sees their records and next doses, without doctor, amounts and comments', async () => {
	const p = await linked();
	await give(p, { venue: '見本会場' });
	await give(p, { vaccine_code: 'HEPB', vaccinated_on: '2026-05-20', exec_class: '2', lot_no: undefined, dose_ml: undefined,
		route: undefined, site: undefined, dose_seq: undefined, not_done_reason: '発熱' });
	const gone = await give(p, { vaccine_code: 'PCV20', vaccinated_on: '2026-04-27' });
	const cancelled = await site.call('correctVaccination', { headers: { 'if-match': '"1"' },
		body: { record_id: gone, cancel: true, reason_code: '01' } });
	assert.equal(cancelled.status, 200, cancelled.text);
	const answer = await portal.search(p.pw);
	assert.equal(answer.status, 200, answer.text);
	assert.equal(answer.json.notice, '証明書ではありません');
	assert.deepEqual(answer.json.subject, { name: p.name, birth_date: p.birth_date });
	const [examined, given] = answer.json.records;
	assert.equal(answer.json.records.length, 2);
	assert.equal(examined.result, '予診のみ');
	assert.equal(given.result, '接種済');
	assert.equal(given.lot_no, 'A1234');
	assert.equal(given.muni_code, p.muni_code);
	assert.match(given.muni_name, /千代田区/);
	assert.match(given.org_name, /見本接種会場/);
	assert.equal(given.venue, '見本会場');
	assert.ok(answer.json.next.some((n) => n.vaccine_code === 'DPTIPVHIB' && n.dose_seq === 2), answer.text);
	const words = answer.text.replaceAll(/"record_id":"[^"]*"/g, ''); // in which letters stand by chance
	assert.doesNotMatch(words, /医師|発熱|doctor|0\.5|fee|reason|comment|evaluation|subject_no|muni_key/);
	const file = await portal.search(p.pw, p.pw, { download: true });
	assert.equal(file.headers['content-disposition'], 'attachment; filename="vaccination-record.json"');
	assert.equal(file.json.notice, '証明書ではありません');
});

test('the access log says: a citizen, through the portal, with the app, and whom', async () => {
	const p = await linked();
	await give(p);
	const answer = await portal.search(p.pw);
	const row = (trace) => sql(inst, `SELECT actor_kind, actor, org_code, operation, action, subject_no, target_type, target_id,
		ok, \`function\` FROM audit_event WHERE trace_id = '${trace}'`);
	const [one, ...more] = row(answer.headers['x-yobo-trace']);
	assert.deepEqual(more, []);
	assert.match(one[1], /^C[0-9A-HJKMNP-TV-Z]{11}$/);
	assert.deepEqual([one[0], ...one.slice(2)], ['2', 'MNP', 'searchCitizenRecords', '5', p.subject_no, 'app', 'sample-app', '1', 'H-3-3']);
	assert.equal(value(inst, `SELECT COUNT(*) FROM audit_event WHERE rec LIKE '%${p.pw}%' OR rec LIKE '%${p.my_number}%'`), '0');
});

test('a pairwise identifier and 個人番号 are kept nowhere as they are', async () => {
	const p = await linked();
	const columns = sql(inst, `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = DATABASE()
		AND table_name LIKE 'record\\_%' AND data_type IN ('varchar', 'char', 'text', 'varbinary', 'binary', 'mediumblob')`);
	assert.ok(columns.length > 50);
	const found = columns.map(([table, column]) => `SELECT '${table}.${column}' FROM ${table} WHERE ${column} LIKE '%${p.pw}%'
		OR ${column} LIKE '%${p.my_number}%'`);
	assert.deepEqual(sql(inst, found.join(' UNION ALL ')), []);
});

test('statements: old, ahead, for another audience, from another, unsigned or changed are refused', async () => {
	const p = await linked();
	const now = Math.floor(Date.now() / 1000);
	const hmi = inst.clients.find((c) => c.org_type === 'HMI');
	const cases = {
		old: { claims: { iat: now - 301, exp: now + 50 } },
		'old and ended': { claims: { iat: now - 100, exp: now - 1 } },
		'too long': { claims: { iat: now, exp: now + 301 } },
		'ahead': { claims: { iat: now + 60, exp: now + 120 } },
		'not yet': { claims: { nbf: now + 60 } },
		'without iat': { claims: { iat: undefined } },
		'another audience': { claims: { aud: 'https://other.example' } },
		'a list of audiences': { claims: { aud: [portal.issuer] } },
		'nobody has signed it': { claims: { iss: 'sample-portal-9' } },
		'signed by another': { key: hmi.key },
		'another program': { by: hmi },
		'alg none': { header: { alg: 'none' } },
		'alg HS256': { header: { alg: 'HS256' } },
		'a key of its own': { header: { jwk: {} } },
		'critical': { header: { crit: ['x'] } },
		'no jti': { claims: { jti: undefined } },
		'no app': { claims: { app_id: undefined } },
		'no acr': { claims: { acr: undefined } },
		'unknown claim': { claims: { role: 'admin' } },
		'unknown relation': { claims: { relation: 'friend' } },
		'self, but another': { claims: { subject: pairwise(), relation: 'self' } },
		'proxy of oneself': { claims: { relation: 'proxy' } },
		'number in a search': { claims: { my_number: p.my_number } },
		'too long a name': { claims: { subject: 'x'.repeat(200) } },
	};
	for (const [name, change] of Object.entries(cases)) {
		const answer = await portal.send({ assertion: portal.says(p.pw, p.pw, change) });
		assert.equal(answer.status, 422, `${name}: ${answer.text}`);
		assert.equal(answer.json.error_id, 'E-CIT-002', name);
	}
	const good = portal.says(p.pw);
	const [head, claims, signature] = good.split('.');
	const other = Buffer.from(claims, 'base64url').toString().replace(p.pw, pairwise());
	for (const text of [`${head}.${Buffer.from(other).toString('base64url')}.${signature}`, `${good}x`, `${head}.${claims}.`,
		'x'.repeat(4000), `${head}.${claims}.${spoilt(signature)}`])
		bad(await portal.send({ assertion: text }));
	assert.equal((await portal.send({ assertion: good })).status, 200);
});

test('a client assertion is no statement, and a statement gets no token', async () => {
	const token = (client_assertion) => portal.caller.call('issueToken', { form: { grant_type: 'client_credentials', client_assertion,
		client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' } });
	const p = await linked();
	assert.equal((await token(portal.says(p.pw))).status, 401);
	bad(await portal.send({ assertion: portal.says(portal.key.client_id, p.pw) }));
});

test('a statement counts once, one after the other and at once', async () => {
	const p = await linked();
	await give(p);
	const one = portal.says(p.pw);
	assert.equal((await portal.send({ assertion: one })).status, 200);
	bad(await portal.send({ assertion: one }));
	const other = portal.says(p.pw);
	const all = await Promise.all(Array.from({ length: 8 }, () => portal.send({ assertion: other })));
	assert.deepEqual(all.map((a) => a.status).sort(), [200, ...Array(7).fill(422)]);
	// Used is used, also when nothing was shown.
	const nobody = portal.says(pairwise());
	refused(await portal.send({ assertion: nobody }), 404, 'E-CIT-001');
	bad(await portal.send({ assertion: nobody }));
});

test('only the portal may call, with its scope; a session has no statement', async () => {
	const p = await linked();
	const call = (caller) => caller.call('searchCitizenRecords', { body: { assertion: portal.says(p.pw) } });
	const insured = await client(inst, { org_type: 'MUNI' });
	refused(await call(insured), 403, 'E-TKN-005');
	insured.close();
	refused(await call(clerk), 403, 'E-AUTH-004');
	const nobody = new Caller(inst);
	refused(await call(nobody), 401, 'E-AUTH-003');
	nobody.close();
	refused(await portal.send({}), 422, 'E-VAL-001', '/assertion');
	refused(await portal.send({ person: 0 }), 422, 'E-VAL-013', '/person');
	refused(await portal.send({ assertion: 7 }), 422, 'E-VAL-004', '/assertion');
	refused(await portal.send({ assertion: 'x'.repeat(5000) }), 422, 'E-VAL-002', '/assertion');
	refused(await portal.send({ assertion: portal.says(p.pw), subject_no: p.subject_no }), 422, 'E-VAL-005', '/subject_no');
});

test('who is unknown, unlinked, dead, blocked or has nothing is answered byte for byte alike', async () => {
	const none = await nothing();
	const blocked = await linked({ self_info_blocked: true });
	await give(blocked);
	assert.equal(bare(await portal.search(blocked.pw)), none, 'self_info_blocked');
	const both = await linked({ self_info_blocked: true, not_disclosed: true });
	assert.equal(bare(await portal.search(both.pw)), none, 'both flags');
	const dead = await linked();
	await give(dead);
	assert.equal((await portal.search(dead.pw)).status, 200);
	await resend(hms, dead, { death_date: dayFromToday(-3), resident_state: '消除', elim_date: dayFromToday(-3), elim_reason: '2' });
	assert.equal(bare(await portal.search(dead.pw)), none, 'dead');
	const mistaken = await linked();
	await give(mistaken);
	await resend(hms, mistaken, { resident_state: '消除', elim_date: dayFromToday(-3), elim_reason: '3' });
	assert.equal(bare(await portal.search(mistaken.pw)), none, 'registered in error');
	const unlinked = await newPerson(hms, { my_number: myNumber() });
	await give(unlinked);
	assert.equal(bare(await portal.search(pairwise())), none, 'unlinked');
	const old = await linked({ birth_date: '1960-04-01', sex: '1' });
	const seen = await portal.search(old.pw);
	if (seen.status !== 200) // nothing due for this age
		assert.equal(bare(seen), none, 'nothing to show');
});

test('what was asked does not tell who is blocked from who has asked nothing', async () => {
	const ask = (pw) => portal.caller.call('searchCitizenEnquiries', { body: { assertion: portal.says(pw) } });
	const empty = await linked();
	const blocked = await linked();
	const sent = await portal.caller.call('sendEnquiry', { body: { assertion: portal.says(blocked.pw), record_id: await give(blocked), text: '日付が違います' } });
	assert.equal(sent.status, 201, sent.text);
	await resend(hms, blocked, { self_info_blocked: true });
	const none = await ask(pairwise());
	assert.deepEqual([none.status, none.json], [200, { enquiries: [] }]);
	assert.equal(bare(await ask(empty.pw)), bare(none), 'who has nothing');
	assert.equal(bare(await ask(blocked.pw)), bare(none), 'who is blocked and has asked');
});

test('a link answers alike whether the number is known, blocked or nobody\'s', async () => {
	const open = await newPerson(hms, { my_number: myNumber() });
	const closed = await newPerson(hms, { my_number: myNumber(), self_info_blocked: true });
	const answers = [];
	for (const my_number of [open.my_number, closed.my_number, myNumber()]) {
		const pw = pairwise();
		answers.push(bare(await portal.link(pw, pw, { my_number })));
	}
	assert.equal(new Set(answers).size, 1, answers.join('\n'));
});

test('a link by 宛名番号 needs the birth date; half a name is refused', async () => {
	const p = await newPerson(hms);
	await give(p);
	const pw = pairwise();
	const key = { muni_code: p.muni_code, muni_key: p.muni_key };
	assert.equal((await portal.link(pw, pw, { ...key, birth_date: '2026-02-11' })).status, 200);
	refused(await portal.search(pw), 404, 'E-CIT-001');
	bad(await portal.link(pw, pw, key));
	bad(await portal.link(pw, pw, {}));
	bad(await portal.link(pw, pw, { ...key, birth_date: p.birth_date, my_number: myNumber() }));
	bad(await portal.link(pw, pw, { my_number: '12345678901' }));
	assert.equal((await portal.link(pw, pw, { ...key, birth_date: p.birth_date })).status, 200);
	assert.equal((await portal.search(pw)).status, 200);
});

test('a child is seen by a proxy; a blocked proxy gets what an unknown one gets', async () => {
	const mother = await linked({ birth_date: '1990-01-01' });
	const father = await linked({ birth_date: '1989-01-01', sex: '1' });
	const child = await linked({}, mother.pw);
	await give(child);
	assert.equal((await portal.search(mother.pw, child.pw)).status, 200);
	assert.equal((await portal.search(father.pw, child.pw)).status, 200);
	const none = await nothing();
	const path = { subject_no: child.subject_no };
	const body = { guardian_subject_no: father.subject_no, blocked: true, reason: '加害者として届出' };
	refused(await clerk.call('setProxy', { path, body: { ...body, everyone: true } }), 422, 'E-VAL-013', '/proxy_id');
	refused(await clerk.call('setProxy', { path, body: { blocked: true, reason: 'x' } }), 422, 'E-VAL-001', '/proxy_id');
	refused(await clerk.call('setProxy', { path, body: { proxy_id: 1, blocked: true } }), 422, 'E-VAL-001', '/reason');
	const set = await clerk.call('setProxy', { path, body });
	assert.equal(set.status, 200, set.text);
	assert.equal(bare(await portal.search(father.pw, child.pw)), none);
	assert.equal((await portal.search(mother.pw, child.pw)).status, 200);
	assert.notEqual(bare(await portal.search(father.pw)), undefined, 'his own view is his own');
	// Somebody nobody can place is not let through beside a block.
	assert.equal(bare(await portal.search(pairwise(), child.pw)), none);
	const list = (await clerk.call('listProxies', { path, query: { purpose: '01' } })).json.proxies;
	assert.deepEqual(list.map((x) => [x.guardian_subject_no, x.blocked]).sort(), [[father.subject_no, true],
		[mother.subject_no, false], [null, false]].sort());
	assert.ok(list.every((x) => x.last_seen !== null));
	refused(await clerk.call('listProxies', { path }), 422, 'E-REC-007');
	// The alert reaches the municipality.
	assert.equal(value(inst, `SELECT COUNT(*) FROM record_alert WHERE kind = 'restricted' AND subject_no = '${child.subject_no}'`), '2');
	// Another person takes it back.
	const free = { proxy_id: set.json.proxy_id, blocked: false, reason: '届出の取下げ' };
	refused(await clerk.call('setProxy', { path, body: free }), 409, 'E-REC-009');
	assert.equal((await admin.call('setProxy', { path, body: free })).status, 200);
	assert.equal((await portal.search(father.pw, child.pw)).status, 200);
});

test('all proxies can be blocked; the person themself is not', async () => {
	const mother = await linked({ birth_date: '1990-01-01' });
	const teen = await linked({ birth_date: '2012-06-01' }, mother.pw);
	await give(teen, { vaccine_code: 'MR', dose_seq: 1, vaccinated_on: '2013-07-01' });
	const path = { subject_no: teen.subject_no };
	assert.equal((await admin.call('setProxy', { path, body: { everyone: true, blocked: true, reason: '本人の申出' } })).status, 200);
	assert.equal(bare(await portal.search(mother.pw, teen.pw)), await nothing());
	assert.equal((await portal.search(teen.pw)).status, 200);
	refused(await admin.call('setProxy', { path, body: { proxy_id: 999_999_999, blocked: true, reason: 'x' } }), 404, 'E-AUTH-005');
});

test('proxies and evacuation belong to the municipality responsible', async () => {
	const p = await linked();
	const path = { subject_no: p.subject_no };
	const other = await staff(inst, { org_code: '011002', role: 'MU-A' });
	refused(await other.call('listProxies', { path, query: { purpose: '01' } }), 404, 'E-AUTH-005');
	const everyone = { path, body: { everyone: true, blocked: true, reason: 'x' } };
	sql(inst, `UPDATE core_session SET stepped_up_us = 1 WHERE user_id = '${other.login.user_id}'`);
	refused(await other.call('setProxy', everyone), 403, 'E-AUTH-008'); // the password first
	refused(await other.call('setEvacuation', { path, body: { evacuated_on: null, reason: 'x' } }), 403, 'E-AUTH-008');
	await stepUp(other);
	refused(await other.call('setProxy', everyone), 404, 'E-AUTH-005');
	refused(await other.call('setEvacuation', { path, body: { evacuated_on: '2026-05-01', reason: 'x' } }), 404, 'E-AUTH-005');
	other.close();
	const viewer = await staff(inst, { org_code: hms.org_code, role: 'MU-V' });
	refused(await viewer.call('listProxies', { path, query: { purpose: '01' } }), 403, 'E-AUTH-004');
	viewer.close();
	const safe = await newPerson(hms, { not_disclosed: true });
	refused(await clerk.call('setEvacuation', { path: { subject_no: safe.subject_no }, body: { reason: 'x' } }), 404, 'E-AUTH-005');
});

test('不開示該当 hides name, municipality and places: all of them, or from the day of the flight on', async () => {
	const p = await linked({ not_disclosed: true });
	await give(p, { vaccinated_on: '2026-04-20', venue: '旧会場' });
	await give(p, { vaccinated_on: '2026-05-20', dose_seq: 2, venue: '新会場' });
	const places = async () => {
		const { status, json, text } = await portal.search(p.pw);
		assert.equal(status, 200, text);
		assert.equal(json.subject.name, null);
		return json.records.map((r) => [r.org_name, r.venue, r.muni_code, r.muni_name].filter((x) => x !== null).length);
	};
	assert.deepEqual(await places(), [0, 0]);
	const path = { subject_no: p.subject_no };
	const set = (evacuated_on) => admin.call('setEvacuation', { path, body: { evacuated_on, reason: '支援措置申出書' } });
	refused(await set(dayFromToday(1)), 422, 'E-VAL-003', '/evacuated_on');
	refused(await set('2025-01-01'), 422, 'E-VAL-003', '/evacuated_on');
	assert.equal((await set('2026-05-20')).status, 200);
	assert.deepEqual(await places(), [0, 4]);
	assert.equal((await admin.call('listProxies', { path, query: { purpose: '01' } })).json.evacuated_on, '2026-05-20');
	assert.equal((await set(null)).status, 200);
	assert.deepEqual(await places(), [0, 0]);
	assert.equal(value(inst, `SELECT COUNT(*) FROM record_alert WHERE kind = 'restricted' AND actor LIKE 'C%'
		AND subject_no = '${p.subject_no}'`), '1', 'P-12, once an hour');
});

test('a refused look stands in the log with the person and an alert; a stranger\'s without', async () => {
	const p = await linked({ self_info_blocked: true });
	const rows = async (answer) => sql(inst, `SELECT actor_kind, action, ok, error_id, subject_no FROM audit_event
		WHERE trace_id = '${answer.headers['x-yobo-trace']}' ORDER BY action`);
	assert.deepEqual(await rows(await portal.search(p.pw)), [['2', '5', '0', 'E-CIT-001', p.subject_no],
		['2', '20', '0', 'E-CIT-001', p.subject_no]]);
	assert.deepEqual(await rows(await portal.search(pairwise())), [['2', '5', '0', 'E-CIT-001', 'NULL']]);
});

test('who moves keeps the link: the rows of both municipalities are one view, and one block', async () => {
	const number = myNumber();
	const before = await linked({ my_number: number });
	await give(before);
	const next = machine(inst, { org_code: '011002' }, 'subject:write');
	const now = await newPerson(next, { my_number: number });
	await resend(hms, before, { resident_state: '消除', elim_date: dayFromToday(-10), elim_reason: '1' });
	runTimer(inst, 'record.pairs');
	await give(now, { dose_seq: 2, vaccinated_on: '2026-05-25' });
	const seen = await portal.search(before.pw);
	assert.deepEqual(seen.json.records.map((r) => r.muni_code), ['011002', before.muni_code]);
	const { subject_no, ...row } = now;
	assert.ok(subject_no);
	assert.equal((await next.call('putSubjects', { body: { subjects: [{ ...row, self_info_blocked: true }] } })).json.results[0].result, 'updated');
	assert.equal(bare(await portal.search(before.pw)), await nothing());
	next.close();
});

test('too many looks of one person wait; others do not', async () => {
	const pw = pairwise();
	const answers = [];
	for (let i = 0; i < 40 && !answers.some((a) => a.status === 429); i++)
		answers.push(...await Promise.all(Array.from({ length: 4 }, () => portal.search(pw))));
	const last = answers.find((a) => a.status === 429);
	refused(last, 429, 'E-TKN-004');
	assert.equal(last.headers['retry-after'], '60');
	refused(await portal.search(pairwise()), 404, 'E-CIT-001');
});

test('「記録が違う」: received, worked on, answered, and read by who asked', async () => {
	const p = await linked();
	const record_id = await give(p);
	const send = (more = {}, pw = p.pw) => portal.caller.call('sendEnquiry', { body: { assertion: portal.says(pw), record_id,
		text: '接種日が母子手帳と違います。\n4月21日です。', ...more } });
	const mine = async (pw = p.pw) => portal.caller.call('searchCitizenEnquiries', { body: { assertion: portal.says(pw) } });
	refused(await send({ text: 'あ'.repeat(401) }), 422, 'E-VAL-002', '/text');
	refused(await send({ record_id: '00000000-0000-4000-8000-000000000000' }), 404, 'E-CIT-001');
	const stranger = await linked();
	refused(await send({}, stranger.pw), 404, 'E-CIT-001');
	const sent = await send({ text: 'あ'.repeat(400) });
	assert.equal(sent.status, 201, sent.text);
	assert.equal(sent.json.state, 'RECEIVED');
	refused(await send(), 409, 'E-CIT-003');
	assert.equal((await portal.search(p.pw)).json.records[0].enquiry, 'RECEIVED');
	const listed = (await clerk.call('listEnquiries', { query: { state: 'RECEIVED' } })).json;
	const one = listed.enquiries.find((e) => e.enquiry_id === sent.json.enquiry_id);
	assert.equal(one.subject_no, p.subject_no);
	assert.equal(one.proxy, false);
	assert.ok(listed.open >= 1);
	const answer = (body, caller = clerk) => caller.call('answerEnquiry', { path: { enquiry_id: sent.json.enquiry_id }, body });
	const other = await staff(inst, { org_code: '011002', role: 'MU-A' });
	refused(await answer({ state: 'WORKING' }, other), 404, 'E-AUTH-005');
	const only = async (caller) => (await caller.call('listEnquiries', { query: { enquiry_id: sent.json.enquiry_id } })).json.enquiries;
	assert.deepEqual((await only(clerk)).map((e) => [e.enquiry_id, e.banner]), [[sent.json.enquiry_id, false]]);
	assert.deepEqual(await only(other), []);
	other.close();
	refused(await answer({ state: 'ANSWERED' }), 422, 'E-VAL-001', '/answer');
	refused(await answer({ state: 'WORKING', answer: 'x' }), 422, 'E-VAL-013', '/answer');
	refused(await answer({ state: 'RECEIVED' }), 422, 'E-VAL-011', '/state');
	assert.equal((await answer({ state: 'WORKING' })).status, 200);
	assert.equal((await mine()).json.enquiries[0].state, 'WORKING');
	assert.equal((await answer({ state: 'ANSWERED', answer: '医療機関に確認し、訂正しました。' })).status, 200);
	refused(await answer({ state: 'WORKING' }), 409, 'E-REC-010');
	const [read] = (await mine()).json.enquiries;
	assert.equal(read.answer, '医療機関に確認し、訂正しました。');
	assert.ok(read.answered_at);
	assert.equal((await send()).status, 201, 'after the answer one may ask again');
	assert.deepEqual((await mine(stranger.pw)).json.enquiries, []);
	// An open enquiry of a person under 支援措置 is for people with the right only.
	await resend(hms, p, { not_disclosed: true });
	assert.ok(!(await clerk.call('listEnquiries')).json.enquiries.some((e) => e.subject_no === p.subject_no));
	assert.ok((await admin.call('listEnquiries')).json.enquiries.some((e) => e.subject_no === p.subject_no && e.banner));
	assert.deepEqual(await only(clerk), []);
});

test('an enquiry sent twice with one Idempotency-Key is one', async () => {
	const p = await linked();
	const record_id = await give(p);
	const body = { assertion: portal.says(p.pw), record_id, text: '日付が違います' };
	const headers = { 'idempotency-key': pairwise() };
	const [a, b] = [await portal.caller.call('sendEnquiry', { body, headers }), await portal.caller.call('sendEnquiry', { body, headers })];
	assert.equal(a.status, 201, a.text);
	assert.equal(b.text, a.text);
});

// ---- the session ----

const arrive = (statement, headers = {}) => {
	const browser = new Caller(inst);
	return browser.call('openCitizenSession', { form: statement === null ? {} : { assertion: statement },
		headers: { origin: 'https://portal.example', 'sec-fetch-site': 'cross-site', ...headers } })
		.then((answer) => ({ browser, answer }));
};

async function session(viewer, persons) {
	const { browser, answer } = await arrive(portal.hands(viewer, persons));
	assert.equal(answer.status, 303, answer.text);
	assert.equal(answer.headers.location, '/citizen');
	const [cookie] = answer.headers['set-cookie'];
	assert.match(cookie, /^__Host-yobo=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict$/);
	[browser.cookie] = cookie.split(';');
	browser.csrf = (await browser.call('getCitizenSession')).json.csrf_token;
	return browser;
}

test('a browser that is handed over has a session of its own persons, and nothing else', async () => {
	const mother = await linked({ birth_date: '1990-01-01' });
	const child = await linked({}, mother.pw);
	const record_id = await give(child);
	const b = await session(mother.pw, [{ subject: mother.pw, relation: 'self', name: '見本　花子' },
		{ subject: child.pw, relation: 'proxy', name: '見本　太郎' }, { subject: pairwise(), relation: 'proxy' }]);
	const whose = (await b.call('getCitizenSession')).json;
	assert.deepEqual(whose.persons, [{ person: 0, relation: 'self', name: '見本　花子' },
		{ person: 1, relation: 'proxy', name: '見本　太郎' }, { person: 2, relation: 'proxy', name: null }]);
	assert.equal(whose.idle_seconds, 900);
	const view = (person, headers = {}) => b.call('searchCitizenRecords', { body: { person }, headers });
	assert.equal((await view(1)).json.records[0].record_id, record_id);
	refused(await view(2), 404, 'E-CIT-001');
	refused(await view(3), 404, 'E-AUTH-005');
	refused(await view(20), 422, 'E-VAL-006', '/person');
	refused(await b.call('searchCitizenRecords', { body: { person: 1, assertion: portal.says(mother.pw) } }), 422, 'E-VAL-013', '/assertion');
	refused(await b.call('searchCitizenRecords', { body: {} }), 422, 'E-VAL-001', '/person');
	refused(await view(1, { 'x-yobo-csrf': 'x' }), 403, 'E-AUTH-007');
	refused(await view(1, { origin: 'https://portal.example' }), 403, 'E-AUTH-007');
	refused(await b.call('getSession'), 403, 'E-AUTH-004');
	refused(await b.call('searchSubjects', { body: { purpose: '01', muni_key: child.muni_key } }), 403, 'E-AUTH-004');
	refused(await b.call('linkCitizen', { body: { assertion: portal.says(mother.pw) } }), 401, 'E-TKN-002');
	const sent = await b.call('sendEnquiry', { body: { person: 1, record_id, text: '日付が違います' } });
	assert.equal(sent.status, 201, sent.text);
	assert.equal((await b.call('searchCitizenEnquiries', { body: { person: 1 } })).json.enquiries.length, 1);
	const [row] = sql(inst, `SELECT actor_kind, org_code, target_id, subject_no FROM audit_event WHERE operation = 'sendEnquiry'
		AND trace_id = '${sent.headers['x-yobo-trace']}'`);
	assert.deepEqual(row, ['2', 'MNP', 'sample-app', child.subject_no]);
	refused(await clerk.call('getCitizenSession'), 403, 'E-AUTH-004');
	const end = await b.call('endCitizenSession');
	assert.equal(end.status, 204, end.text);
	refused(await view(1), 401, 'E-AUTH-003');
	b.close();
});

test('a handover that is old, used, incomplete or not the portal\'s opens nothing', async () => {
	const pw = pairwise();
	const self = [{ subject: pw, relation: 'self' }];
	const now = Math.floor(Date.now() / 1000);
	const used = portal.hands(pw, self);
	const { browser, answer } = await arrive(used);
	assert.equal(answer.status, 303);
	browser.close();
	for (const [name, statement] of Object.entries({ used, none: null, text: 'x', old: portal.hands(pw, self, { claims: { iat: now - 400, exp: now + 10 } }),
		nobody: portal.hands(pw, []), 'no list': portal.hands(pw, undefined), 'too many': portal.hands(pw, Array.from({ length: 21 },
			(_, i) => ({ subject: `x${i}`, relation: 'proxy' }))), 'another as self': portal.hands(pw, [{ subject: pairwise(), relation: 'self' }]),
		'a search': portal.says(pw), 'another key': portal.hands(pw, self, { key: inst.clients.find((c) => c.org_type === 'HMI').key }) })) {
		const got = await arrive(statement);
		assert.equal(got.answer.status, 401, name);
		assert.equal(got.answer.headers['set-cookie'], undefined, name);
		assert.match(got.answer.text, /url=\/citizen\?again=1/, name);
		got.browser.close();
	}
	const many = portal.hands(pw, self);
	const all = await Promise.all(Array.from({ length: 6 }, () => arrive(many)));
	assert.deepEqual(all.map((x) => x.answer.status).sort(), [303, ...Array(5).fill(401)]);
	for (const x of all)
		x.browser.close();
});

test('a session ends after its hour, and its persons with it', async () => {
	const pw = pairwise();
	const b = await session(pw, [{ subject: pw, relation: 'self' }]);
	const [[id, left]] = sql(inst, `SELECT actor_id, expires_us - created_us FROM core_session WHERE role = 'CITIZEN'
		ORDER BY created_us DESC LIMIT 1`);
	assert.equal(left, '3600000000');
	assert.equal(value(inst, `SELECT COUNT(*) FROM record_citizen_person WHERE citizen_id = ${id}`), '1');
	sql(inst, `UPDATE core_session SET seen_us = seen_us - 901000000 WHERE actor_id = ${id}`);
	refused(await b.call('getCitizenSession'), 401, 'E-AUTH-003');
	sql(inst, `UPDATE record_citizen SET expires_us = 1 WHERE citizen_id = ${id}`);
	(await session(pw, [{ subject: pw, relation: 'self' }])).close();
	assert.equal(value(inst, `SELECT COUNT(*) FROM record_citizen_person WHERE citizen_id = ${id}`), '0');
	b.close();
});
