// database.mjs - the instance's database, for what no API shows: rows of the access log.

import { execFileSync } from 'node:child_process';

// Rows of a statement, each a list of texts (NULL is the text NULL).
export function sql(inst, statement) {
	const text = execFileSync('mariadb', ['--no-defaults', `--socket=${inst.db.socket}`, '--batch',
		'--skip-column-names', '--default-character-set=utf8mb4', inst.db.name, '-e', statement],
	{ encoding: 'utf8', maxBuffer: 64 << 20 });
	return text.split('\n').filter((line) => line !== '').map((line) => line.split('\t'));
}

// One value of one row.
export const value = (inst, statement) => sql(inst, statement)[0]?.[0] ?? null;

export function verify(inst) {
	try {
		const out = execFileSync(inst.yoboctl, ['--config', inst.config, 'audit', 'verify'],
			{ encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 64 << 20 });
		return { status: 0, out };
	} catch (error) {
		return { status: error.status, out: `${error.stdout}${error.stderr}` };
	}
}
