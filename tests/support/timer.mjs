// Timers, by hand.

import { spawnSync } from 'node:child_process';

// Runs one and returns what it said. One that its worker is just running is waited for.
export function runTimer(inst, name, ...more) {
	for (let tries = 1; ; tries++) {
		const run = spawnSync(inst.yoboctl, ['--config', inst.config, 'run', name, ...more], { encoding: 'utf8' });
		if (run.status === 0)
			return run.stdout;
		if (tries === 100 || !run.stderr.includes('is running elsewhere'))
			throw Object.assign(new Error(`${name}: ${run.stderr}`), run);
		Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
	}
}
