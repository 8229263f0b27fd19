// vaccinations.mjs - how fast a municipality's own history comes in by the job record.vaccinations,
// every row validated and evaluated by the dose rules, beside LOAD DATA INFILE of the same rows as
// they were stored, in the same run.
//
//	YOBO_INSTANCE=… node tests/bench/vaccinations.mjs [persons]      (20,000; five doses each)

import { execFileSync } from 'node:child_process';
import { unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { commit, good, rest } from '../master/masters.mjs';
import { stepUp } from '../record/people.mjs';
import { instance, machine, staff } from '../support/yobo.mjs';

const PIECE = 4 << 20;
const persons = Number(process.argv[2] ?? 20_000);
const inst = instance();
const say = (what, n, ms) => console.log(`${what.padEnd(34)} ${(ms / 1000).toFixed(2).padStart(7)} s ${
	Math.round(n / (ms / 1000)).toLocaleString('en').padStart(10)} rows/s`);
const query = (statement) => execFileSync('mariadb', ['--no-defaults', `--socket=${inst.db.socket}`, '--batch',
	'--skip-column-names', '--default-character-set=utf8mb4', inst.db.name, '-e', `SET SESSION max_statement_time = 0; ${statement}`], { encoding: 'utf8' });

const hms = machine(inst, { org_type: 'MUNI' }, 'subject:write');
const clerk = await staff(inst, { org_code: hms.org_code, role: 'MU-S' });
await stepUp(clerk);
const clinic = inst.logins.find((l) => l.org_type === 'HMI').org_code;
const run = Date.now().toString(36).toUpperCase();
const key = (i) => `BENCH-${run}-${i}`;

for (let from = 0; from < persons; from += 500)
	good(await hms.call('putSubjects', { body: { subjects: Array.from({ length: Math.min(500, persons - from) }, (_, i) => ({
		muni_code: hms.org_code, muni_key: key(from + i), name: '見本　花子', name_kana: 'ミホン　ハナコ', birth_date: '2024-08-01', sex: '2',
		address: '見本県見本市見本町1番1号', not_disclosed: false, self_info_blocked: false, resident_state: '住民' })) } }));

// Five doses of an infant, as the schedule has them.
const doses = [['DPTIPVHIB', 1, '2024-10-01'], ['DPTIPVHIB', 2, '2024-11-05'], ['DPTIPVHIB', 3, '2024-12-10'], ['PCV20', 1, '2024-10-01'], ['PCV20', 2, '2024-11-05']];
const { text } = await clerk.call('getJobTemplate', { path: { kind: 'record.vaccinations' } });
const head = text.replace(/^\u{FEFF}/u, '').split('\r\n')[0].split(',').map((cell) => cell.replaceAll('"', ''));
const line = (i, [vaccine, seq, on]) => {
	const cells = { 宛名番号: key(i), 法的区分: '1', ワクチンコード: vaccine, 回数番号: seq, ロット番号: `B${seq}${vaccine.length}`, 接種年月日: on, 接種量: '0.5',
		接種方法: 'SC', 実施区分: '1', 接種方式: '1', 医療機関コード: clinic, 医師名: '移行　医師' };
	return head.map((name) => cells[name] ?? '').join(',');
};
const lines = [head.join(',')];
for (let i = 0; i < persons; i++)
	lines.push(...doses.map((d) => line(i, d)));
const rows = lines.length - 1;
const file = Buffer.from(`${lines.join('\r\n')}\r\n`);
console.log(`${rows.toLocaleString('en')} rows of ${persons.toLocaleString('en')} persons, ${(file.length / 1048576).toFixed(1)} MiB`);

const began = performance.now();
const { job_no } = good(await clerk.call('startJob', { body: { kind: 'record.vaccinations', filename: 'bench.csv', bytes: file.length } }), 202);
for (let at = 0; at < file.length; at += PIECE)
	good(await clerk.call('sendJobFile', { path: { job_no }, query: { offset: at }, body: file.subarray(at, at + PIECE),
		headers: { 'content-type': 'application/octet-stream' } }));
const job = await rest(clerk, job_no);
const checked = performance.now();
if (job.state !== 'READY')
	throw new Error(JSON.stringify(job.problem ?? job.counts));
const done = await commit(clerk, job);
const committed = performance.now();
if (done.state !== 'DONE' || done.counts.bad !== 0)
	throw new Error(JSON.stringify(done.problem ?? done.counts));
say('upload and check', rows, checked - began);
say('commit', rows, committed - checked);
say('job in all', rows, committed - began);

// The rows as they were stored, by the database itself: no checks, no log, no network.
const place = join(query('SELECT @@secure_file_priv').trim() || dirname(inst.config), `vaccinations-${run}.tsv`);
query(`CREATE TABLE bench_copy LIKE record_vaccination;
	SELECT v.* FROM record_vaccination v JOIN record_subject s USING (subject_id) WHERE s.muni_key LIKE 'BENCH-${run}-%'
		INTO OUTFILE '${place}' CHARACTER SET utf8mb4`);
try {
	const load = performance.now();
	query(`LOAD DATA INFILE '${place}' INTO TABLE bench_copy CHARACTER SET utf8mb4`);
	say('LOAD DATA INFILE, server side', rows, performance.now() - load);
} finally {
	query('DROP TABLE bench_copy');
	unlinkSync(place);
}
clerk.close();
hms.close();
