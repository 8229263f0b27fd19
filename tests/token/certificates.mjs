// certificates.mjs - keys and certificates of programs, as their operators would make them.

import { execFileSync } from 'node:child_process';
import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

// A P-256 pair: { pem (public), jwk (public), privateKey, file (of the private half, in dir) }.
export function keyPair(dir, name = 'key', namedCurve = 'P-256') {
	const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
	const file = join(dir, `${name}.key`);
	writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
	return { file, privateKey, pem: publicKey.export({ type: 'spki', format: 'pem' }),
		jwk: publicKey.export({ format: 'jwk' }) };
}

export function kidOf(pem) {
	const { crv, kty, x, y } = createPublicKey(pem).export({ format: 'jwk' });
	return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}

// A directory that ends with the tests.
export function workshop() {
	const dir = mkdtempSync(join(tmpdir(), 'yobo-certificates.'));
	return { dir, close: () => rmSync(dir, { recursive: true, force: true }) };
}

// A certificate by an authority of the instance: { pem, file, x5t }. days may be negative.
export function certificate(inst, dir, key, { ca = 'client-ca', name = 'program', days = 30,
	usage = 'clientAuth', authority = false } = {}) {
	const keys = dirname(inst.ca);
	const run = (...args) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'ignore'] });
	const file = join(dir, `${name}.pem`);
	writeFileSync(join(dir, 'ext'), `basicConstraints=critical,CA:${authority ? 'TRUE' : 'FALSE'}\n`
		+ `keyUsage=critical,${authority ? 'keyCertSign' : 'digitalSignature'}\nextendedKeyUsage=${usage}\n`);
	run('req', '-new', '-key', key.file, '-sha256', '-subj', `/O=yobo tests/CN=${name}`,
		'-out', join(dir, 'csr'));
	run('x509', '-req', '-in', join(dir, 'csr'), '-CA', join(keys, `${ca}.pem`), '-CAkey',
		join(keys, `${ca}.key`), '-set_serial', String(Date.now()), '-sha256', '-days', String(days),
		'-extfile', join(dir, 'ext'), '-out', file);
	const pem = readFileSync(file, 'utf8');
	const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
	return { pem, file, x5t: createHash('sha256').update(der).digest('base64url') };
}
