// Masters from and to CSV (MS-7): the same checks as the form, a difference before the word, one
// change after it; 28,944 branches take the same way.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { sql, value } from '../support/database.mjs';
import { instance, staff } from '../support/yobo.mjs';
import { approve, clock, commit, count, csv, day, good, on, read, refused, result, row, submit, tag, upload, withdraw, create } from './masters.mjs';

const inst = instance();
let muA, muS, otherS, op, kcA, muV;
const HEAD = '市区町村コード,ワクチンコード,年齢区分,実施区分,接種方式,委託料（円）,自己負担額（円）,免除区分,税区分'.split(',');
const line = (band, price = 12000, more = {}) => [more.muni ?? '131016', more.vaccine ?? 'MR', band, 1, 1, price, more.pay ?? 0, '', '課税'];
const fees = (lines) => csv(HEAD, lines);
const params = (more = {}) => ({ master: 'M03', valid_from: day(1), reason: '年度改定', ...more });
const changes = async (by) => good(await by.call('listMasterChanges', { query: { limit: 5 } })).changes;

before(async () => {
	clock(inst);
	[muA, muS, otherS, op, kcA, muV] = await Promise.all([{ org_code: '131016', role: 'MU-A' }, { org_code: '131016', role: 'MU-S' },
		{ org_code: '011002', role: 'MU-S' }, { role: 'OP' }, { role: 'KC-A' }, { role: 'MU-V' }].map((w) => staff(inst, w)));
});
after(() => [muA, muS, otherS, op, kcA, muV].forEach((c) => c?.close()));

test('a file is compared with what counts and becomes one change', async () => {
	const band = tag();
	const first = await upload(muS, 'master.rows', fees([line(`${band}b`), line(`${band}a`), line(`${band}c`, 500)]), params());
	assert.equal(first.state, 'READY', JSON.stringify(first));
	assert.deepEqual([first.counts.added, first.counts.changed, first.counts.same, first.counts.bad], [3, 0, 0, 0]);
	assert.equal(count(inst, `master_key WHERE key_text LIKE '%${band}%'`), 0, 'nothing is written before the word');
	const done = await commit(muS, first);
	assert.equal(done.state, 'DONE', JSON.stringify(done.problem));
	const [draft] = await changes(muS);
	assert.deepEqual([draft.kind, draft.status, draft.added, draft.created_user], ['IMPORT', 'DRAFT', 3, muS.login.user_id]);
	good(await approve(muA, good(await submit(muS, draft))));
	const again = await upload(muS, 'master.rows', fees([line(`${band}a`), line(`${band}b`, 13000), line(`${band}d`)]), params({ valid_from: day(50), submit: true }));
	assert.deepEqual([again.counts.added, again.counts.changed, again.counts.same], [1, 1, 1]);
	assert.equal((await commit(muS, again)).state, 'DONE');
	const [handed] = await changes(muS);
	assert.deepEqual([handed.status, handed.added, handed.changed, handed.ended], ['PENDING', 1, 1, 0]);
	good(await approve(muA, good(await read(muA, handed.change_id))));
	assert.equal((await on(muV, 'M03', `131016|MR|${band}b|1|1`, day(50))).values.price_yen, '13000');
	assert.equal((await on(muV, 'M03', `131016|MR|${band}c|1|1`, day(50))).values.price_yen, '500', 'what is not in the file goes on');
	const nothing = await upload(muS, 'master.rows', fees([line(`${band}a`)]), params({ valid_from: day(60) }));
	assert.equal((await commit(muS, nothing)).state, 'DONE');
	assert.equal((await changes(muS))[0].change_id, handed.change_id, 'a file that changes nothing is no change');
});

test('every fault is told with its row and column, and nothing is taken', async () => {
	const band = tag();
	const job = await upload(muS, 'master.rows', fees([line(band), line(`${band}2`, 'abc'), line(`${band}3`, 100, { pay: 200 }), line(`${band}4`, 1, { vaccine: 'NONE' }),
		line(`${band}5`, 1, { muni: '011002' }), line(`${band}6`, 1, { muni: '13101' }), line(band)]), params());
	assert.equal(job.state, 'REFUSED', JSON.stringify(job));
	assert.deepEqual(job.faults.map((f) => [f.line, f.label, f.code]).sort((a, b) => a[0] - b[0]), [
		[3, '委託料（円）', 'E-VAL-004'], [4, '自己負担額（円）', 'E-VAL-013'], [5, 'ワクチンコード', 'E-VAL-011'], [6, '市区町村コード', 'E-AUTH-005'],
		[7, '市区町村コード', 'E-JOB-011'], [8, '市区町村コード', 'E-VAL-014']]);
	assert.equal(count(inst, `master_key WHERE key_text LIKE '%${band}%'`), 0);
});

test('who may not edit a master may not send it', async () => {
	const job = async (by, p) => by.call('startJob', { body: { kind: 'master.rows', filename: 'a.csv', bytes: 100, params: p } });
	refused(await job(muV, params()), 403, 'E-AUTH-004');
	const strange = await upload(muS, 'master.rows', csv(['a'], [['b']]), params({ master: 'M12' })).catch((e) => e);
	assert.ok(strange instanceof assert.AssertionError || ['REFUSED', 'FAILED'].includes(strange.state), JSON.stringify(strange));
	const law = await upload(muS, 'master.rows', fees([line(tag())]), params({ valid_from: day(0) }));
	assert.notEqual(law.state, 'READY', JSON.stringify(law));
});

test('a whole list lets rows end only when somebody says so', async () => {
	const other = await staff(inst, { org_code: '011002', role: 'MU-A' });
	const mine = (band) => { const l = line(band); l[0] = '011002'; return l; };
	const bands = [tag(), tag(), tag()];
	const all = async (list, from) => upload(otherS, 'master.rows', fees(list.map(mine)), params({ mode: 'whole', submit: true, valid_from: from }));
	const first = await all(bands, day(1));
	const done = await commit(otherS, first, first.hold ? { override: true, reason: '全件' } : {});
	assert.equal(done.state, 'DONE', JSON.stringify(done));
	good(await approve(other, good(await read(other, (await changes(other))[0].change_id))));
	const less = await all(bands.slice(0, 2), day(30));
	assert.equal(less.hold?.code ?? less.hold?.error_id, 'E-MST-007', JSON.stringify(less));
	assert.equal((await commit(otherS, less, { override: true, reason: '廃止した区分' })).state, 'DONE');
	const [c] = await changes(other);
	assert.deepEqual([c.status, c.added, c.changed, c.ended], ['PENDING', 0, 0, 1]);
	good(await approve(other, good(await read(other, c.change_id))));
	assert.equal(await on(muV, 'M03', `011002|MR|${bands[2]}|1|1`, day(30)), undefined);
	assert.ok(await on(muV, 'M03', `011002|MR|${bands[2]}|1|1`, day(29)));
	assert.equal(count(inst, 'master_import_key'), 0);
	other.close();
});

test('28,944 branches go the same way: all the same, then three that are not', async () => {
	const text = readFileSync(new URL('../../sql/masters/bank_branches.csv', import.meta.url), 'utf8');
	const p = { master: 'M53B', valid_from: day(0), reason: '月次更新', ticket_no: 'CHG-BANK', mode: 'whole', submit: true };
	const same = await upload(op, 'master.rows', Buffer.from(text), p);
	assert.equal(same.state, 'READY', JSON.stringify(same));
	assert.deepEqual([same.counts.added, same.counts.changed, same.counts.same, same.counts.bad], [0, 0, 28944, 0]);
	const lines = text.trimEnd().split('\n');
	const gone = lines.splice(1, 1)[0].split(',');
	const changed = lines[1].split(',');
	lines[1] = [changed[0], changed[1], `"見本${tag()}"`, changed[3]].join(',');
	lines.push('0001,999,"見本新店",ミホンシンテン');
	const job = await upload(op, 'master.rows', Buffer.from(`${lines.join('\n')}\n`), p);
	assert.deepEqual([job.counts.added, job.counts.changed, job.counts.same], [1, 1, 28942]);
	assert.equal((await commit(op, job, { override: true, reason: '確認済み' })).state, 'DONE');
	const [c] = await changes(op);
	assert.deepEqual([c.added, c.changed, c.ended], [1, 1, 1]);
	assert.equal(good(await approve(kcA, good(await read(kcA, c.change_id)))).status, 'EFFECTIVE');
	const branch = (code) => sql(inst, `SELECT branch_name_ja FROM master_bank_branch WHERE bank_code = '0001' AND branch_code = '${code}'`);
	assert.deepEqual([branch('999'), branch(gone[1]), branch(changed[1]).length], [[['見本新店']], [], 1]);
	assert.equal(value(inst, 'SELECT COUNT(*) FROM master_bank_branch'), '28944');
	const back = await upload(op, 'master.rows', Buffer.from(text), p);
	assert.deepEqual([back.counts.added, back.counts.changed, back.counts.same], [1, 1, 28942]);
	assert.equal((await commit(op, back, { override: true, reason: '元に戻す' })).state, 'DONE');
	const [undo] = await changes(op);
	assert.equal(good(await approve(kcA, good(await read(kcA, undo.change_id)))).status, 'EFFECTIVE');
	assert.deepEqual(branch('999'), []);
});

test('what goes out comes in again; others get no more than their rows', async () => {
	const job = await upload(muV, 'master.export', null, { master: 'M52' });
	assert.equal(job.state, 'DONE', JSON.stringify(job));
	const file = await result(muV, job);
	assert.equal(file.status, 200);
	assert.match(file.text, /^\uFEFF?"?都道府県コード"?,/);
	assert.equal(file.text.trimEnd().split('\r\n').length, 48);
	const again = await upload(op, 'master.rows', Buffer.from(file.text), { master: 'M52', valid_from: day(0), reason: '往復', ticket_no: 'CHG-2' });
	assert.deepEqual([again.counts.same, again.counts.bad], [47, 0], JSON.stringify(again.faults));
	const many = await upload(muV, 'master.export', null, { master: 'M53B' });
	assert.equal(many.state, 'FAILED', JSON.stringify(many));
	assert.equal((await upload(op, 'master.export', null, { master: 'M53B' })).state, 'DONE');
});

test('the empty form of a master has its columns', async () => {
	const answer = await muS.call('getJobTemplate', { path: { kind: 'master.rows' }, query: { params: JSON.stringify(params()) } });
	assert.equal(answer.status, 200, answer.text);
	assert.ok(answer.text.includes('委託料（円）'), answer.text);
});

test('a withdrawn import leaves what counted', async () => {
	const band = tag();
	const body = (price, op_ = 'NEW', from = day(1)) => ({ valid_from: from, rows: [row(op_, { muni_code: '131016', vaccine_code: 'MR', age_band: band, exec_class: 1, place_class: 1,
		price_yen: price, self_pay_yen: 0, tax_class: '課税' })] });
	good(await approve(muA, good(await submit(muS, good(await create(muS, 'M03', body(100)), 201)))));
	const job = await upload(muS, 'master.rows', fees([line(band, 200)]), params({ valid_from: day(9), submit: true }));
	assert.equal((await commit(muS, job)).state, 'DONE');
	const [c] = await changes(muS);
	refused(await submit(muS, good(await create(muS, 'M03', body(300, 'REVISE', day(20))), 201)), 409, 'E-MST-002');
	good(await approve(muA, good(await read(muA, c.change_id))));
	good(await withdraw(muS, c));
	assert.equal((await on(muV, 'M03', `131016|MR|${band}|1|1`, day(30))).values.price_yen, '100');
});
