// assertions.mjs - signed client assertions, as many as a bench will send, before it begins.
//
//	assertions.mjs INSTANCE COUNT       forms for issueToken, one a line, on standard output
//
// Of all clients that may come without a certificate, in turn. Each is good for a minute.

import { createPrivateKey, randomBytes, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';

const [path, count] = process.argv.slice(2);
const inst = JSON.parse(readFileSync(path, 'utf8'));
const b64 = (text) => Buffer.from(text).toString('base64url');
const clients = inst.clients.filter((c) => !['HMI', 'INSURER'].includes(c.org_type))
	.map((c) => ({ id: c.client_id, key: createPrivateKey(readFileSync(c.key)) }));
const head = b64('{"alg":"ES256","typ":"JWT"}');
const now = Math.floor(Date.now() / 1000);
const lines = [];
for (let i = 0; i < Number(count); i++) {
	const { id, key } = clients[i % clients.length];
	const body = b64(JSON.stringify({ iss: id, sub: id, aud: inst.base, iat: now, exp: now + 58,
		jti: randomBytes(16).toString('base64url') }));
	const mark = sign('sha256', Buffer.from(`${head}.${body}`), { key, dsaEncoding: 'ieee-p1363' });
	lines.push('grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth'
		+ `%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=${head}.${body}.${mark.toString('base64url')}`);
}
process.stdout.write(`${lines.join('\n')}\n`);
