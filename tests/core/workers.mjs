// workers.mjs - a further worker of pool jobs, started by hand beside those of the instance.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { sleep } from '../support/yobo.mjs';

const worker = (inst) => /^worker = (.+)$/m.exec(readFileSync(inst.config, 'utf8'))[1];

// Resolves when its threads run. { pid, log(), end(signal) -> exit status or signal }
export async function jobsWorker(inst) {
	const dir = mkdtempSync(join(tmpdir(), 'yobo-worker.'));
	const child = spawn(worker(inst), ['--config', inst.config, '--pool', 'jobs', '--listen',
		join(dir, 'jobs.sock')], { stdio: ['ignore', 'ignore', 'pipe'], env: { TZ: 'UTC' } });
	const ended = new Promise((done) => {
		child.on('exit', (status, signal) => done(status ?? signal));
	});
	let log = '';
	child.stderr.on('data', (text) => { log += text; });
	for (let i = 0; i < 300 && !log.includes('ready:') && child.exitCode === null; i++)
		await sleep(50);
	if (!log.includes('ready:'))
		throw new Error(`a worker does not start: ${log}`);
	return { pid: child.pid, log: () => log, async end(signal = 'SIGTERM') {
		child.kill(signal);
		const status = await ended;
		rmSync(dir, { recursive: true, force: true });
		return status;
	} };
}
