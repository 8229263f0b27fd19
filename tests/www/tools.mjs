// tools.mjs - the pinned programs of package-lock.json, fetched when they are missing.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const WANTED = JSON.parse(readFileSync(`${here}package.json`, 'utf8')).devDependencies;

function there() {
	return Object.entries(WANTED).every(([name, version]) => {
		const file = `${here}node_modules/${name}/package.json`;
		return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).version === version;
	});
}

// Path of a file of a package; without the package a test fails, it is never passed over.
export function tool(path) {
	if (!there())
		execFileSync('npm', ['ci', '--prefix', here, '--no-audit', '--no-fund', '--ignore-scripts'],
			{ stdio: ['ignore', 'ignore', 'pipe'], timeout: 120_000 });
	if (!there())
		throw new Error(`npm ci --prefix ${here} did not bring what package-lock.json names`);
	return `${here}node_modules/${path}`;
}
