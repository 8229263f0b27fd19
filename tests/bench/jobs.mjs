// jobs.mjs - how fast rows come in by a job: upload, check and commit of one file, beside the server's
// own LOAD DATA INFILE of the same file in the same run.
//
//	YOBO_INSTANCE=… BUILD=… node tests/bench/jobs.mjs [rows]      (1,000,000)
//
// Prints rows a second of each stage and the most memory the worker had. It starts a worker of
// its own beside the instance, with the area of tests/core/jobkind.

import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { Person, Worker, skip } from '../core/jobs.mjs';
import { instance } from '../support/yobo.mjs';

if (skip)
	throw new Error(skip);
const rows = Number(process.argv[2] ?? 1_000_000);
const inst = instance();
const worker = new Worker(inst);
const say = (what, n, ms) => console.log(`${what.padEnd(34)} ${(ms / 1000).toFixed(2).padStart(7)} s ${
	Math.round(n / (ms / 1000)).toLocaleString('en').padStart(10)} rows/s`);
const query = (statement) => execFileSync('mariadb', ['--no-defaults', `--socket=${inst.db.socket}`,
	'--batch', '--skip-column-names', inst.db.name, '-e', statement], { encoding: 'utf8' });

const lines = ['id,name,amount'];
for (let i = 1; i <= rows; i++)
	lines.push(`${i},見本の品目 ${i % 5000},${(i * 7) % 100000}`);
const file = Buffer.from(`${lines.join('\r\n')}\r\n`);
console.log(`${rows.toLocaleString('en')} rows, ${(file.length / 1048576).toFixed(1)} MiB`);

worker.tables();
await worker.start();
const clerk = await Person.of(worker, { org_code: '131016', role: 'MU-S' });
const { json: { job_no } } = await clerk.start('jobkind.plain', file);
const began = performance.now();
await clerk.send(job_no, file, 8 << 20);
const sent = performance.now();
const job = await clerk.rest(job_no, 600);
const checked = performance.now();
if (job.state !== 'READY')
	throw new Error(JSON.stringify(job.problem));
const done = await clerk.commit(job);
const committed = performance.now();
if (done.state !== 'DONE' || done.rows_done !== rows)
	throw new Error(JSON.stringify(done.problem));
say('upload', rows, sent - began);
say('check', rows, checked - sent);
say('commit', rows, committed - checked);
say('job in all', rows, committed - began);
const status = readFileSync(`/proc/${worker.child.pid}/status`, 'utf8');
console.log(`memory of the worker, at most    ${/VmHWM:\s+(\d+)/.exec(status)[1] / 1024 | 0} MiB`);
await worker.stop();

// The same bytes by the database itself: from a directory it may read, no network, no checks.
const place = query('SELECT @@secure_file_priv').trim() || dirname(inst.config);
const copy = join(place, 'jobs-bench.csv');
const temporary = join(worker.dir, 'bench.csv');
writeFileSync(temporary, file);
copyFileSync(temporary, copy);
query('TRUNCATE TABLE jobkind_plain');
const load = performance.now();
query(`SET SESSION max_statement_time = 0; LOAD DATA INFILE '${copy}' INTO TABLE jobkind_plain CHARACTER SET utf8mb4
	FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '"' LINES TERMINATED BY '\\r\\n' IGNORE 1 LINES (id, name, amount)`);
say('LOAD DATA INFILE, server side', rows, performance.now() - load);
unlinkSync(copy);
await worker.close();
