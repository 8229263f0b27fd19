// tools.mjs - the pinned packages of package-lock.json, fetched when they are missing, and what
// Node 18 keeps behind an option that they expect as a global.

import { execFileSync } from 'node:child_process';
import { webcrypto } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const WANTED = JSON.parse(readFileSync(`${here}package.json`, 'utf8')).devDependencies;

globalThis.crypto ??= webcrypto;
globalThis.CryptoKey ??= webcrypto.CryptoKey;

function there() {
	return Object.entries(WANTED).every(([name, version]) => {
		const file = `${here}node_modules/${name}/package.json`;
		return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).version === version;
	});
}

// A package; without it a test fails, it is never passed over.
export async function tool(name) {
	if (!there())
		execFileSync('npm', ['ci', '--prefix', here, '--no-audit', '--no-fund', '--ignore-scripts'],
			{ stdio: ['ignore', 'ignore', 'pipe'], timeout: 120_000 });
	if (!there())
		throw new Error(`npm ci --prefix ${here} did not bring what package-lock.json names`);
	return import(name);
}
