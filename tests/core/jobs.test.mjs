// Jobs (yb/job.h): a file is sent, looked at, committed once; every bad file is told what is
// wrong and where (ui design 8.9, MS-7).

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { after, before, test } from 'node:test';

import { sql, value, verify } from '../support/database.mjs';
import { runTimer } from '../support/timer.mjs';
import { instance, staff } from '../support/yobo.mjs';
import { Person, Worker, items, many, sha256, skip } from './jobs.mjs';

const inst = instance();
let worker;
let admin;
let clerk;
let other;

before(async () => {
	if (skip)
		return;
	worker = new Worker(inst, { core: 'job_rows = 3000\njob_open = 60' });
	worker.tables();
	await worker.start();
	admin = await Person.of(worker, { org_code: '131016', role: 'MU-A' });
	clerk = await Person.of(worker, { org_code: '131016', role: 'MU-S' });
	other = await Person.of(worker, { org_code: '011002', role: 'MU-A' });
});
after(() => worker?.close());

const check = (name, run) => test(name, { skip }, run);
const count = (where = '1') => Number(value(inst, `SELECT COUNT(*) FROM jobkind_item WHERE ${where}`));
const problem = (answer, status, id) => {
	assert.equal(answer.status, status, answer.text);
	assert.equal(answer.json.error_id, id, answer.text);
};

check('a file is checked, shown, committed and counted', async () => {
	const job = await clerk.upload('jobkind.items', many(2500, 1, { name: '名称' }), { sha256: sha256(Buffer.from(many(2500, 1, { name: '名称' }))) });
	assert.equal(job.state, 'READY', JSON.stringify(job.problem));
	assert.deepEqual(job.counts, { added: 2500, changed: 0, same: 0, ended: 0, unsaid: 0, bad: 0 });
	assert.equal(job.encoding, 'UTF-8');
	assert.equal(job.rows_total, 2500);
	assert.match(job.job_no, /^JB[0-9A-HJKMNP-TV-Z]{8}$/);
	assert.equal(job.preview.columns[0], '品目コード');
	assert.deepEqual(job.preview.rows.map((r) => r[0]), ['000001', '000002', '000003', '000004', '000005']);
	assert.equal(count("name = '名称'"), 0, 'nothing is written before the word');
	const done = await clerk.commit(job);
	assert.equal(done.state, 'DONE', JSON.stringify(done.problem));
	assert.equal(done.counts.added, 2500);
	assert.equal(done.rows_done, 2500);
	assert.equal(count("name = '名称'"), 2500);
	assert.equal(done.commit_actor, clerk.login.user_id);
	assert.deepEqual(sql(inst, `SELECT kind, price, dose, active, valid_from FROM jobkind_item WHERE code = '000001'`),
		[['01', '100', '0.50', '1', '2026-04-01']], 'codes keep their zeros');
});

check('what is there already is told from what is new, and the same file is recognised', async () => {
	const first = await clerk.upload('jobkind.items', items([{ code: 10001 }, { code: 10002 }]));
	assert.equal(first.same_as, null);
	await clerk.commit(first);
	const again = await clerk.upload('jobkind.items', items([{ code: 10001 }, { code: 10002 }]));
	assert.equal(again.state, 'READY', 'told, not refused');
	assert.equal(again.same_as, first.job_no);
	assert.equal(again.counts.same, 2);
	const changed = await clerk.upload('jobkind.items', items([{ code: 10001, name: '別名' }, { code: 10003 }]));
	assert.deepEqual([changed.counts.added, changed.counts.changed, changed.counts.same], [1, 1, 0]);
	assert.equal(changed.same_as, null);
});

check('faults name row, column and value, with the cure in the language asked for', async () => {
	const text = items([{ code: 20001 }, { code: 20002, price: '0' }, '1234,2026-04-01,名,01,1,0.5,true,,',
		{ code: 20004, from: '2026-02-30' }, { code: 20005, name: '' }, { code: 20006, kind: '7' },
		{ code: 20007, name: '不可' }, { code: 20001, from: '2026/4/1' }, '020009,2026-04-01,列が足りない',
		{ code: 20010, secret: 'xyz' }, { code: 20011, dose: '0.555' }, { code: 20012, active: '多分' }]);
	const job = await clerk.upload('jobkind.items', text);
	assert.equal(job.state, 'READY', 'this kind takes the good rows alone');
	assert.equal(job.counts.bad, 11);
	assert.equal(job.counts.added, 1);
	assert.deepEqual(job.faults.map((f) => [f.line, f.label, f.value, f.code]), [
		[3, '単価', '0', 'E-VAL-006'], [4, '品目コード', '1234', 'E-JOB-011'], [5, '適用開始日', '2026-02-30', 'E-VAL-003'],
		[6, '名称', '', 'E-VAL-001'], [7, '区分', '7', 'E-VAL-011'], [9, '品目コード', '020001', 'E-VAL-014'],
		[10, null, null, 'E-JOB-008'], [11, '暗証', null, 'E-VAL-002'], [12, '用量', '0.555', 'E-JOB-024'],
		[13, '有効', '多分', 'E-JOB-025'], [8, '名称', '不可', 'E-VAL-013']].sort((a, b) => a[0] - b[0]));
	const zero = job.faults.find((f) => f.code === 'E-JOB-011');
	assert.match(zero.message, /先頭の0が失われている/);
	assert.match(zero.cure, /文字列/);
	const en = await clerk.call('GET', `/jobs/${job.job_no}`, { headers: { 'accept-language': 'en' } });
	assert.match(en.json.faults[1].message, /leading zeros/);
	assert.ok(!JSON.stringify(job).includes('xyz'), 'a secret value is shown nowhere');
	problem(await clerk.say(job), 409, 'E-JOB-012');
	const done = await clerk.commit(job, { partial: true });
	assert.equal(done.state, 'DONE');
	assert.equal(done.counts.added, 1);
	assert.equal(count("code LIKE '0200%'"), 1);
});

check('the file of faults has the rows as they were sent, and can be corrected and sent again', async () => {
	const job = await clerk.upload('jobkind.items', items([{ code: 30001 }, { code: 30002, name: '=1+1', price: 'x' },
		'030003,2026-04-01,"引用""符, と\n改行",01,-1,,,,wxyz']));
	assert.equal(job.counts.bad, 2);
	const file = await clerk.call('GET', `/jobs/${job.job_no}/errors`);
	assert.equal(file.status, 200);
	assert.equal(file.headers['content-type'], 'text/csv; charset=utf-8');
	assert.match(file.headers['content-disposition'], /attachment; filename="jobkind-items-errors-JB\w{8}\.csv"/);
	assert.equal(Number(file.headers['content-length']), Buffer.byteLength(file.text));
	assert.ok(file.text.startsWith('\ufeff"品目コード",'));
	assert.ok(file.text.endsWith('\r\n'));
	assert.match(file.text.split('\r\n')[0], /,"エラー"$/);
	assert.match(file.text, /"030002","2026-04-01","'=1\+1","01","x",/);
	assert.match(file.text, /"引用""符, と\n改行","01","-1",.*"名称：.* \/ 単価：値または件数が範囲を超えています。/);
	assert.ok(!file.text.includes('wxyz'), 'secrets stay away');
	const better = file.text.replace('"x"', '"5"').replace('"-1"', '"6"').replace('"引用""符, と\n改行"', '"直した"');
	const again = await clerk.upload('jobkind.items', better);
	assert.equal(again.counts.bad, 0, JSON.stringify(again.faults));
	await clerk.commit(again);
	assert.equal(value(inst, "SELECT name FROM jobkind_item WHERE code = '030002'"), '=1+1', 'the guard came off again');
});

check('Shift_JIS is recognised and shown', async () => {
	const text = items([{ code: 40001, name: '髙﨑～①' }]);
	const sjis = inShiftJis(text);
	const job = await clerk.upload('jobkind.items', sjis);
	assert.equal(job.encoding, 'Shift_JIS', JSON.stringify(job.problem));
	await clerk.commit(job);
	assert.equal(value(inst, "SELECT name FROM jobkind_item WHERE code = '040001'"), '髙﨑～①');
	const bom = await clerk.upload('jobkind.items', `\ufeff${items([{ code: 40002 }], { end: '\n' })}`);
	assert.equal(bom.state, 'READY');
	assert.equal(bom.encoding, 'UTF-8');
});

const HEADER = items([]);
for (const [what, text, id, more] of [
	['only a header', HEADER, 'E-JOB-005', {}],
	['only empty lines below the header', `${HEADER}\r\n,,,,,,,,\r\n`, 'E-JOB-005', {}],
	['another heading', items([{ code: 1 }]).replace('名称', '名前'), 'E-JOB-007', { line: 1, column: 3, wanted: '名称', found: '名前' }],
	['a heading too few', items([{ code: 1 }]).replace(',暗証\r', '\r'), 'E-JOB-007', { column: 9, wanted: '暗証', found: null }],
	['a heading too many', items([{ code: 1 }]).replace('暗証', '暗証,余分'), 'E-JOB-007', { column: 10, wanted: null, found: '余分' }],
	['columns in another order', items([{ code: 1 }]).replace('区分,単価', '単価,区分'), 'E-JOB-007', { column: 4, wanted: '区分', found: '単価' }],
	['a bad byte in line 3', Buffer.concat([Buffer.from(items([{ code: 1 }])), Buffer.from('000002,2026-04-01,\xff', 'latin1')]), 'E-JOB-006', { line: 3 }],
	['a NUL byte', `${items([{ code: 1 }])}000002,2026-04-01,a\0b,01,,,,,\r\n`, 'E-JOB-018', { line: 3 }],
	['a quote that is not closed', `${items([{ code: 1 }, { code: 2 }])}000003,2026-04-01,"x,01,,,,,\r\n000004`, 'E-JOB-009', { line: 4 }],
	['a quote inside a cell', `${items([{ code: 1 }])}000003,2026-04-01,x"y,01,,,,,\r\n`, 'E-JOB-009', { line: 3 }],
	['old line ends of the Mac', items([{ code: 1 }], { end: '\r' }), 'E-JOB-009', {}],
	['a row that never ends', `${items([{ code: 1 }])}000003,2026-04-01,"${'x'.repeat(300_000)}",01,,,,,\r\n`, 'E-JOB-019', { line: 3 }],
	['a binary file', Buffer.from('PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0', 'latin1'), 'E-JOB-018', {}],
]) {
	check(`refused as a whole: ${what}`, async () => {
		const job = await clerk.upload('jobkind.items', text);
		assert.equal(job.state, 'REFUSED');
		assert.equal(job.problem.code, id);
		assert.ok(job.problem.message && job.problem.cure);
		for (const [k, v] of Object.entries(more))
			assert.equal(job.problem[k], v, k);
		problem(await clerk.say(job), 409, 'E-JOB-004');
	});
}

check('mixed line ends and empty lines in between are fine, and lines are counted as people see them', async () => {
	const job = await clerk.upload('jobkind.items', `${HEADER}000051,2026-04-01,a,01,,,,,\n\r\n000052,2026-04-01,"b\nb",01,,,,"c\nc",\r\n,,,,,,,,\n000053,2026-04-01,,01,,,,,`);
	assert.equal(job.state, 'READY');
	assert.equal(job.rows_total, 3);
	assert.deepEqual(job.faults.map((f) => [f.line, f.label]), [[4, '名称'], [8, '名称']], 'a name has no line break');
});

check('a file of other bytes than announced, an empty one, one too large', async () => {
	problem(await clerk.call('POST', '/jobs', { body: { kind: 'jobkind.items', bytes: 0 } }), 422, 'E-JOB-005');
	problem(await clerk.call('POST', '/jobs', { body: { kind: 'jobkind.items', bytes: 600 << 20 } }), 413, 'E-JOB-002');
	problem(await clerk.call('POST', '/jobs', { body: { kind: 'jobkind.items' } }), 422, 'E-VAL-001');
	problem(await clerk.call('POST', '/jobs', { body: { kind: 'no.such', bytes: 1 } }), 422, 'E-JOB-001');
	const refused = await clerk.upload('jobkind.items', items([{ code: 1 }]), { sha256: sha256('another') });
	assert.equal(refused.problem.code, 'E-JOB-017');
	const file = Buffer.from(items([{ code: 1 }]));
	const { json } = await clerk.start('jobkind.items', file.subarray(1));
	problem(await clerk.call('PUT', `/jobs/${json.job_no}/file?offset=0`, { body: file }), 413, 'E-JOB-022');
});

check('rows beyond the limit are refused early, while they are still sent', async () => {
	const file = Buffer.from(many(5000));
	const { json } = await clerk.start('jobkind.items', file);
	const refused = await clerk.send(json.job_no, file, 150_000);
	assert.equal(refused.state, 'REFUSED');
	assert.equal(refused.problem.code, 'E-JOB-010');
	assert.ok(refused.received < file.length);
	const exact = await clerk.upload('jobkind.items', many(3000));
	assert.equal(exact.state, 'READY');
	const one = await clerk.upload('jobkind.items', many(3001));
	assert.equal(one.problem.code, 'E-JOB-010');
	const quoted = items(Array.from({ length: 900 }, (_, i) => ({ code: i + 1, memo: '"1\n2\n3\n4"' })));
	assert.equal((await clerk.upload('jobkind.items', quoted)).state, 'READY', 'lines inside a cell are no rows');
	await admin.call('POST', `/jobs/${exact.job_no}/cancel`);
});

check('a cut upload goes on where it stopped, and says where that is', async () => {
	const file = Buffer.from(many(1200, 600000));
	const { json: { job_no } } = await clerk.start('jobkind.items', file);
	const put = (at, part) => clerk.call('PUT', `/jobs/${job_no}/file?offset=${at}`, { body: part });
	await put(0, file.subarray(0, 30_000));
	const lost = await put(0, file.subarray(0, 30_000));
	problem(lost, 409, 'E-JOB-003');
	assert.equal(lost.headers['upload-offset'], '30000');
	problem(await put(40_000, file.subarray(40_000)), 409, 'E-JOB-003');
	await worker.kill('SIGKILL'); // nothing of an upload lives in a process
	await worker.start();
	const { json } = await clerk.call('GET', `/jobs/${job_no}`);
	assert.deepEqual([json.state, json.received, json.percent], ['UPLOADING', 30_000, Math.floor(3_000_000 / file.length)]);
	await clerk.send(job_no, file, 7001, json.received); // cuts characters and rows anywhere
	const job = await clerk.rest(job_no);
	assert.equal(job.counts.added, 1200, JSON.stringify(job.problem));
	problem(await put(file.length, Buffer.from('x')), 409, 'E-JOB-004');
	await clerk.call('POST', `/jobs/${job_no}/cancel`);
});

check('what is stored of a file cannot be read in the database', async () => {
	const job = await clerk.upload('jobkind.items', items([{ code: 70001, name: '見本太郎', secret: 'geheim' }]));
	const hex = Buffer.from('geheim').toString('hex').toUpperCase();
	assert.equal(value(inst, `SELECT COUNT(*) FROM core_job_piece WHERE HEX(bytes) LIKE '%${hex}%'`), '0');
	assert.ok(!JSON.stringify(job).includes('geheim'));
	assert.equal(job.preview.rows[0][8], '********');
});

check('another organisation sees nothing, and roles are those of the kind', async () => {
	const job = await admin.upload('jobkind.strict', items([{ code: 80001 }]));
	for (const [method, path] of [['GET', ''], ['GET', '/errors'], ['GET', '/result'], ['POST', '/cancel'], ['POST', '/commit'], ['PUT', '/file?offset=0']]) {
		const answer = await other.call(method, `/jobs/${job.job_no}${path}`, { body: method === 'GET' || path === '/cancel' ? undefined
			: path === '/commit' ? {} : Buffer.from('x'), headers: { 'if-match': '*' } });
		problem(answer, 404, 'E-AUTH-005');
		const absent = await admin.call(method, `/jobs/JB00000000${path}`, { body: method === 'GET' || path === '/cancel' ? undefined
			: path === '/commit' ? {} : Buffer.from('x'), headers: { 'if-match': '*' } });
		assert.equal(absent.status, 404);
		assert.deepEqual({ ...answer.json, trace_id: '' }, { ...absent.json, trace_id: '' });
	}
	problem(await clerk.call('GET', `/jobs/${job.job_no}`), 403, 'E-AUTH-004');
	problem(await clerk.start('jobkind.strict', Buffer.from('x')), 403, 'E-AUTH-004');
	const kinds = (await clerk.call('GET', '/jobs/kinds')).json.kinds.map((k) => k.kind);
	assert.ok(kinds.includes('jobkind.items') && !kinds.includes('jobkind.strict'));
	const listed = (await clerk.call('GET', '/jobs?limit=100')).json.jobs;
	assert.ok(listed.length > 10 && listed.every((j) => j.kind !== 'jobkind.strict'));
	assert.ok((await other.call('GET', '/jobs')).json.jobs.every((j) => j.kind !== 'jobkind.items'));
	problem(await clerk.call('GET', '/jobs/kinds/jobkind.strict/columns'), 403, 'E-AUTH-004');
});

check('all or nothing is the rule of a kind without the choice', async () => {
	const job = await admin.upload('jobkind.strict', items([{ code: 81001 }, { code: 81002, price: 'x' }]));
	assert.equal(job.state, 'REFUSED');
	assert.equal(job.counts.bad, 1);
	problem(await admin.say(job, { partial: true }), 409, 'E-JOB-004');
	assert.equal(job.partial_allowed, false);
});

check('a sensitive kind wants the password again, at the commit', async () => {
	const job = await admin.upload('jobkind.strict', items([{ code: 82001 }]));
	assert.equal(job.step_up, true);
	sql(inst, `UPDATE core_session SET stepped_up_us = 1 WHERE user_id = '${admin.login.user_id}'`);
	problem(await admin.say(job), 403, 'E-AUTH-008');
	sql(inst, `UPDATE core_session SET stepped_up_us = UNIX_TIMESTAMP() * 1000000 WHERE user_id = '${admin.login.user_id}'`);
	assert.equal((await admin.commit(job)).state, 'DONE');
});

check('the word needs the version that was seen, and is said once', async () => {
	const job = await clerk.upload('jobkind.items', items([{ code: 83001 }]));
	problem(await clerk.call('POST', `/jobs/${job.job_no}/commit`, { body: {} }), 428, 'E-REQ-007');
	problem(await clerk.say({ ...job, etag: '"999"' }), 412, 'E-ACC-005');
	const key = randomUUID();
	const [a, b] = await Promise.all([clerk.say(job, {}, { 'idempotency-key': key }), clerk.say(job, {}, { 'idempotency-key': key })]);
	assert.deepEqual([a.status, b.status], [202, 202], `${a.text} ${b.text}`);
	assert.equal(a.text, b.text);
	const done = await clerk.rest(job.job_no);
	assert.equal(done.state, 'DONE');
	assert.equal(count("code = '083001'"), 1);
});

check('two words at once are one commit', async () => {
	const job = await clerk.upload('jobkind.items', many(1000, 84001), { params: { mode: 'slow' } });
	const answers = await Promise.all([clerk, admin, clerk, admin].map((who) => who.say(job)));
	assert.deepEqual(answers.map((a) => a.status).sort(), [202, 409, 409, 409], answers.map((a) => a.text).join());
	assert.ok(answers.filter((a) => a.status === 409).every((a) => a.json.error_id === 'E-JOB-004'));
	await clerk.until(job.job_no, 'COMMITTING');
	problem(await clerk.call('POST', `/jobs/${job.job_no}/cancel`), 409, 'E-JOB-004');
	assert.equal((await clerk.rest(job.job_no)).state, 'DONE');
	assert.equal(count("code BETWEEN '084001' AND '085000'"), 1000);
});

check('a statement of a job may take longer than one of a request', async () => {
	const job = await clerk.upload('jobkind.items', items([{ code: 84999 }]), { params: { mode: 'long' } });
	assert.deepEqual([job.state, job.problem ?? null], ['READY', null]);
	assert.equal((await clerk.call('POST', `/jobs/${job.job_no}/cancel`)).status, 200);
});

check('a held job waits for the word with a reason', async () => {
	const job = await clerk.upload('jobkind.items', items([{ code: 85001 }]), { params: { mode: 'hold' } });
	assert.equal(job.state, 'READY');
	assert.equal(job.hold.code, 'E-MST-002');
	assert.ok(job.hold.message);
	problem(await clerk.say(job), 409, 'E-JOB-013');
	problem(await clerk.say(job, { override: true }), 422, 'E-VAL-001');
	const done = await admin.commit(job, { override: true, reason: '確認済み' });
	assert.equal(done.state, 'DONE');
	assert.equal(done.commit_actor, admin.login.user_id);
	assert.equal(done.override_reason, '確認済み');
});

check('a hold found by the commit takes it back until the word', async () => {
	const job = await clerk.upload('jobkind.items', items([{ code: 86001 }]), { params: { mode: 'late' } });
	assert.equal(job.hold, null);
	const held = await clerk.commit(job);
	assert.equal(held.state, 'READY');
	assert.equal(held.hold.code, 'E-MST-002');
	assert.equal(count("code = '086001'"), 0);
	const done = await clerk.commit(held, { override: true, reason: '承知' });
	assert.equal(done.state, 'DONE');
	assert.equal(count("code = '086001'"), 1);
});

check('what changed since the check refuses the commit, whole, and says which rows', async () => {
	const job = await clerk.upload('jobkind.items', many(1500, 87001));
	sql(inst, "INSERT INTO jobkind_block (code) VALUES ('087003'), ('088444')");
	const refused = await clerk.commit(job);
	assert.equal(refused.state, 'REFUSED');
	assert.equal(refused.problem.code, 'E-JOB-014');
	assert.deepEqual(refused.faults.map((f) => [f.line, f.value, f.code]), [[4, '087003', 'E-MST-003']],
		'the batch that showed it is told; the rest was not tried');
	assert.equal(count("code BETWEEN '087001' AND '088999'"), 0);
});

check('a commit that fails leaves nothing, and says so', async () => {
	const job = await clerk.upload('jobkind.items', items([{ code: 89001 }]), { params: { mode: 'fail' } });
	const failed = await clerk.commit(job);
	assert.equal(failed.state, 'FAILED');
	assert.equal(failed.problem.code, 'E-SYS-001');
	assert.equal(count("code = '089001'"), 0);
	assert.deepEqual(sql(inst, `SELECT ok, error_id FROM audit_event WHERE target_id = '${job.job_no}' AND operation = 'jobCommit'`),
		[['0', 'E-SYS-001']]);
});

check('who lost the role between check and commit commits nothing', async () => {
	const job = await clerk.upload('jobkind.items', many(2500, 90001), { params: { mode: 'slow' } });
	const set = (what) => sql(inst, `UPDATE account_user SET ${what} WHERE user_id = '${clerk.login.user_id}'`);
	for (const [lose, restore] of [["role = 'MU-V'", "role = 'MU-S'"], ["status = 'SUSPENDED'", "status = 'ACTIVE'"]]) {
		const fresh = lose.startsWith('role') ? job : await clerk.upload('jobkind.items', many(2500, 90001), { params: { mode: 'slow' } });
		const said = await clerk.say(fresh);
		assert.equal(said.status, 202);
		await clerk.until(fresh.job_no, 'COMMITTING', (j) => j.rows_done > 0 || lose.startsWith('status'));
		set(lose); // the session lives on: it is the account that counts
		const failed = await admin.rest(fresh.job_no);
		set(restore);
		assert.equal(failed.state, 'FAILED', lose);
		assert.equal(failed.problem.code, 'E-JOB-015');
	}
	assert.equal(count("code BETWEEN '090001' AND '092500'"), 0);
});

check('a job is cancelled in any stage before the commit', async () => {
	const cancel = (no) => clerk.call('POST', `/jobs/${no}/cancel`);
	const file = Buffer.from(many(2900));
	const sending = (await clerk.start('jobkind.items', file)).json;
	assert.equal((await cancel(sending.job_no)).json.state, 'CANCELLED');
	problem(await clerk.call('PUT', `/jobs/${sending.job_no}/file?offset=0`, { body: file }), 409, 'E-JOB-004');
	const slow = (await clerk.start('jobkind.items', file, { params: { mode: 'slow' } })).json;
	await clerk.send(slow.job_no, file);
	await clerk.until(slow.job_no, 'CHECKING', (j) => j.rows_done > 0);
	assert.equal((await cancel(slow.job_no)).status, 200);
	const ready = await clerk.upload('jobkind.items', items([{ code: 1 }]));
	assert.equal((await cancel(ready.job_no)).json.state, 'CANCELLED');
	problem(await cancel(ready.job_no), 409, 'E-JOB-004');
	problem(await clerk.say(ready), 409, 'E-JOB-004');
	assert.equal((await clerk.call('GET', `/jobs/${slow.job_no}`)).json.state, 'CANCELLED', 'and it stays so');
});

check('a job whose row is written every moment, as by a long check, is cancelled too', async () => {
	const { job_no } = (await clerk.start('jobkind.items', Buffer.from(many(2)))).json;
	const where = `WHERE job_no = '${job_no}'`;
	const step = `START TRANSACTION; SELECT 'held' FROM core_job ${where} FOR UPDATE; SELECT SLEEP(0.3);
		UPDATE core_job SET lease_us = lease_us + 1 ${where}; COMMIT;`;
	const runner = spawn('mariadb', ['--no-defaults', `--socket=${inst.db.socket}`, '-N', '--unbuffered', inst.db.name, '-e', step.repeat(12)],
		{ stdio: ['ignore', 'pipe', 'inherit'] });
	const ended = once(runner, 'exit');
	await once(runner.stdout, 'data');
	const answer = await clerk.call('POST', `/jobs/${job_no}/cancel`);
	assert.equal(runner.exitCode, null, 'it still writes');
	assert.equal(answer.status, 200, answer.text);
	await ended;
	assert.equal((await clerk.call('GET', `/jobs/${job_no}`)).json.state, 'CANCELLED');
});

check('params are checked, columns and the empty form can be had', async () => {
	const bad = await clerk.start('jobkind.items', Buffer.from('x'), { params: { mode: 'no', more: 1 } });
	assert.equal(bad.status, 422);
	assert.deepEqual(bad.json.errors.map((e) => [e.field, e.code]), [['/params/mode', 'E-VAL-011'], ['/params/more', 'E-VAL-005']]);
	problem(await clerk.start('jobkind.items', Buffer.from('x'), { params: [1] }), 422, 'E-VAL-004');
	const { json } = await clerk.call('GET', '/jobs/kinds/jobkind.items/columns');
	assert.deepEqual(json.columns.slice(0, 2).map((c) => [c.name, c.label, c.type, c.required, c.key, c.pattern]),
		[['code', '品目コード', 'text', true, true, '^[0-9]{6}$'], ['valid_from', '適用開始日', 'date', true, true, null]]);
	assert.deepEqual([json.columns[5].type, json.columns[5].decimals, json.columns[8].secret], ['decimal', 2, true]);
	const form = await clerk.call('GET', '/jobs/kinds/jobkind.items/template');
	assert.equal(form.text, '\ufeff"品目コード","適用開始日","名称","区分","単価","用量","有効","備考","暗証"\r\n');
	assert.equal((await clerk.call('GET', `/jobs/kinds/jobkind.items/template?params=${encodeURIComponent('{"mode":1}')}`)).status, 422);
	problem(await clerk.call('GET', '/jobs/kinds/no.such/columns'), 404, 'E-AUTH-005');
});

check('the list pages by number, and is filtered by kind and state', async () => {
	const seen = [];
	for (let after = ''; after !== null;) {
		const { json } = await clerk.call('GET', `/jobs?limit=7&kind=jobkind.items${after && `&after=${after}`}`);
		assert.ok(json.jobs.length <= 7);
		seen.push(...json.jobs.map((j) => j.job_no));
		after = json.next;
	}
	assert.equal(new Set(seen).size, seen.length);
	assert.equal(seen.length, Number(value(inst, "SELECT COUNT(*) FROM core_job j JOIN core_org o USING (org_id) WHERE org_code = '131016' AND kind = 'jobkind.items'")));
	const { json } = await clerk.call('GET', '/jobs?state=CANCELLED&limit=100');
	assert.ok(json.jobs.length > 0 && json.jobs.every((j) => j.state === 'CANCELLED'));
	assert.ok(json.jobs.every((j) => j.faults.length === 0 && j.preview === null), 'lists show no data of people');
	assert.equal((await clerk.call('GET', '/jobs?limit=101')).status, 422);
});

check('an export is written whole, with formulas defused, and read once it is done', async () => {
	sql(inst, "DELETE FROM jobkind_item");
	await clerk.commit(await clerk.upload('jobkind.items', items([...Array.from({ length: 1700 }, (_, i) => ({ code: i + 1 })),
		{ code: 9001, name: '=HYPERLINK("x")'.replaceAll('"', ''), memo: '"@a, ""b"""', price: '', dose: '' }])));
	const begun = await clerk.call('POST', '/jobs', { body: { kind: 'jobkind.out', params: {} } });
	assert.equal(begun.status, 202, begun.text);
	assert.equal(begun.json.state, 'WAITING');
	const job = await clerk.rest(begun.json.job_no);
	assert.equal(job.state, 'DONE', JSON.stringify(job.problem));
	assert.equal(job.rows_done, 1701);
	const file = await clerk.call('GET', `/jobs/${job.job_no}/result`);
	const lines = file.text.split('\r\n');
	assert.equal(lines.length, 1703);
	assert.equal(Buffer.byteLength(file.text), job.result_bytes);
	assert.deepEqual([job.result_rows, job.result_sha256], [1701, sha256(file.text)]);
	const last = value(inst, "SELECT MAX(item_id) FROM jobkind_item i JOIN core_org o USING (org_id) WHERE org_code = '131016'");
	assert.deepEqual(job.facts, [{ name: 'last_item', value: last }, { name: 'quoted', value: 'a "b", c' }]);
	const control = await clerk.call('GET', `/jobs/${job.job_no}/control`);
	assert.equal(control.text, '"file","sender","layout","rows","bytes","sha256","last_item","quoted"\r\n'
		+ `"jobkind-out-${job.job_no}.csv","YOBO","jobkind.out","1701","${job.result_bytes}","${sha256(file.text)}","${last}","a ""b"", c"\r\n`);
	assert.match(control.headers['content-disposition'], new RegExp(`jobkind-out-${job.job_no}\\.ctl`));
	assert.equal(lines[0], '\ufeff"品目コード","適用開始日","名称","区分","単価","用量","有効","備考","暗証"');
	assert.equal(lines[1], '"000001","2026-04-01","品目1","01","100","0.50","true","",""');
	assert.equal(lines[1701], '"009001","2026-04-01","\'=HYPERLINK(x)","01","","","true","\'@a, ""b""",""');
	assert.deepEqual(sql(inst, `SELECT action, row_count FROM audit_event WHERE target_id = '${job.job_no}' AND operation = 'getJobResult'`), [['12', '1701']]);
	const again = await clerk.upload('jobkind.items', file.text);
	assert.equal(again.counts.same, 1701, 'what goes out can come in again');
	for (const what of ['result', 'control'])
		problem(await clerk.call('GET', `/jobs/${again.job_no}/${what}`), 404, 'E-JOB-023');
	assert.deepEqual([again.result_rows, again.result_sha256, again.facts], [null, null, []]);
});

check('every step stands in the access log, with who, which flow and how many', async () => {
	const job = await clerk.upload('jobkind.items', items([{ code: 95001 }, { code: 95002 }, { code: 95003, price: 'x' }]), { params: { mode: 'count' } });
	await admin.commit(job, { partial: true });
	await clerk.call('GET', `/jobs/${job.job_no}/errors`);
	const rows = sql(inst, `SELECT operation, actor, \`function\`, ok, row_count, COALESCE(subject_no, ''), COALESCE(purpose, ''), action FROM audit_event
		WHERE target_id = '${job.job_no}' AND operation <> 'getJob' ORDER BY at_us, chain_id, seq`);
	const of = (operation) => rows.filter((r) => r[0] === operation).map((r) => r.slice(1, 6));
	const [a, c] = [admin.login.user_id, clerk.login.user_id];
	assert.deepEqual(of('startJob'), [[c, 'H-8-1', '1', '0', '']]);
	assert.deepEqual(of('sendJobFile'), [[c, 'H-8-1', '1', '0', '']]);
	assert.deepEqual(of('jobCheck'), [[c, 'H-8-1', '1', '3', '']]);
	assert.deepEqual(of('commitJob'), [[a, 'H-8-1', '1', '2', '']]);
	assert.deepEqual(of('getJobErrors'), [[c, 'H-8-1', '1', '1', '']]);
	assert.deepEqual(of('jobCommit').filter((r) => r[4] !== '').map((r) => [r[0], r[4]]).sort(), [[a, '095001'], [a, '095002']]);
	const last = rows.filter((r) => r[0] === 'jobCommit').at(-1);
	assert.deepEqual(rows.filter((r) => r[0] === 'jobCommit' && r[5] !== '').map((r) => r.slice(6)), [['05', last[7]], ['05', last[7]]],
		'why, and what was done, stand with each person');
	assert.deepEqual(of('jobCommit').at(-1), [a, 'H-8-1', '1', '2', '']);
});

check('what is over goes: the file soon, the job after its days', async () => {
	const done = await clerk.commit(await clerk.upload('jobkind.items', items([{ code: 96001 }, { code: 96002, price: 'x' }])), { partial: true });
	const pieces = (stream) => value(inst, `SELECT COUNT(*) FROM core_job_piece JOIN core_job USING (job_id) WHERE job_no = '${done.job_no}' AND stream = ${stream}`);
	assert.equal(pieces(1), '1');
	const purge = () => runTimer(inst, 'core.jobs');
	purge();
	assert.deepEqual([pieces(1), pieces(2), pieces(4)], ['0', '1', '0']);
	assert.equal((await clerk.call('GET', `/jobs/${done.job_no}/errors`)).status, 200);
	sql(inst, `UPDATE core_job SET expires_us = 1 WHERE job_no = '${done.job_no}'`);
	purge();
	assert.equal((await clerk.call('GET', `/jobs/${done.job_no}`)).status, 404);
	assert.equal(pieces(2), '0');
});

check('an organisation may have so many open jobs and no more', async () => {
	const [org] = sql(inst, "SELECT org_id FROM core_org WHERE org_code = '011002'")[0];
	for (let i = 0; i < 60; i++)
		sql(inst, `INSERT INTO core_job (org_id, job_no, kind, state, actor_id, actor, english, bytes, created_us, stage_us, expires_us)
			VALUES (${org}, 'JBTEST${1000 + i}', 'jobkind.items', 'READY', 1, 'x', 0, 1, 1, 1, 9e15)`);
	problem(await other.start('jobkind.items', Buffer.from('x')), 409, 'E-JOB-021');
	sql(inst, "DELETE FROM core_job WHERE job_no LIKE 'JBTEST%'");
	assert.equal((await other.start('jobkind.items', Buffer.from('x'))).status, 202);
});

test('the same routes answer over HTTPS', async () => {
	const caller = await staff(inst, { org_code: '131016', role: 'MU-A' });
	const { json, status, text } = await caller.call('listJobKinds');
	assert.equal(status, 200, text);
	assert.ok(Array.isArray(json.kinds));
	assert.equal((await caller.call('listJobs')).status, 200);
	assert.equal((await caller.call('getJob', { path: { job_no: 'JB00000000' } })).status, 404);
	caller.close();
});

test('the access log is whole', () => {
	const { status, out } = verify(inst);
	assert.equal(status, 0, out);
});

function inShiftJis(text) {
	const found = new Map();
	const decoder = new TextDecoder('shift_jis', { fatal: true });
	for (let hi = 0x81; hi <= 0xfc; hi++) {
		for (let lo = 0x40; lo <= 0xfc; lo++) {
			try {
				const c = decoder.decode(Uint8Array.of(hi, lo));
				if (c.length === 1)
					found.set(c, [hi, lo]); // of two places the later: what Windows writes
			} catch { /* no character */ }
		}
	}
	return Buffer.from([...text].flatMap((c) => (c.charCodeAt(0) < 0x80 ? [c.charCodeAt(0)] : found.get(c))));
}
