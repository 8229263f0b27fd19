// seed.mjs - organisations, people and programs of a trial installation.
//
//	seed.mjs clients               "<id> <authority>" of each program: it needs KEYS/<id>.key and
//	                               .pem, signed by that authority
//	seed.mjs accounts FACTS        SQL on standard output; FACTS gets logins and clients
//	seed.mjs tokens INSTANCE       issued tokens, through the interface, added to INSTANCE
//	seed.mjs people INSTANCE N     N residents, through the interface
//	seed.mjs healthy INSTANCE      whether our own server answers, by a certificate of our CA
//	seed.mjs show INSTANCE         the logins, for people to read
//
// FACTS is the instance.json under construction. Organisations carry SAMPLE in their names and
// serials of the 999 thousands, so that nobody takes them for real ones.

import { execFileSync } from 'node:child_process';
import { X509Certificate, createHash, createPublicKey, randomBytes, randomInt } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';

import { Caller, exchange, instance, luhn, machine, staff } from '../tests/support/yobo.mjs';
import { population } from './population.mjs';

const HMI = luhn('131999001');
const HMI2 = luhn('011999001');
const NMI = `N${luhn('13999001')}`;
const INSURER = luhn('0613999');

const ORGANISATIONS = [
	['NHIC', 'NHIC', '国保中央会 SAMPLE', 'コクホチュウオウカイ', null, null],
	['MHLW', 'MHLW', '厚生労働省 SAMPLE', 'コウセイロウドウショウ', null, null],
	['OPS', 'OPS', '運用保守事業者 SAMPLE', 'ウンヨウホシュジギョウシャ', null, null],
	['MNP', 'MNP', 'マイナポータル SAMPLE', 'マイナポータル', null, null],
	['NHIF', '13', '東京都国保連合会 SAMPLE', 'トウキョウトコクホレンゴウカイ', '13', null],
	['MUNI', '131016', '千代田区 SAMPLE', 'チヨダク', '13', '13'],
	['MUNI', '011002', '札幌市 SAMPLE', 'サッポロシ', '01', null],
	['HMI', HMI, '見本小児科 SAMPLE', 'ミホンショウニカ', '13', '13'],
	['HMI', HMI2, '見本内科 SAMPLE', 'ミホンナイカ', '01', null],
	['NMI', NMI, '見本接種会場 SAMPLE', 'ミホンセッシュカイジョウ', '13', '13'],
	['INSURER', INSURER, '見本健康保険組合 SAMPLE', 'ミホンケンコウホケンクミアイ', '13', null],
];

// One person per role; the second municipality is there for whatever must not cross over.
const LOGINS = [
	['NHIC', 'KC-A'], ['NHIC', 'KC-S'], ['13', 'KR-A'], ['13', 'KR-S'], ['MHLW', 'MH-A'],
	['MHLW', 'MH-S'], ['131016', 'MU-A'], ['131016', 'MU-S'], ['131016', 'MU-V'], [HMI, 'MI-A'],
	[HMI, 'MI-S'], [NMI, 'NM-A'], [NMI, 'NM-S'], ['OPS', 'OP'], ['011002', 'MU-A'], ['011002', 'MU-S'],
];

const MUNI_SCOPES = ['subject:write', 'record:read', 'qre:read', 'mch:write', 'cert:write', 'master:read'];
const HMI_SCOPES = ['record:write', 'record:check', 'eligibility:read', 'master:read'];
const CLIENTS = [
	['sample-muni-131016', '131016', MUNI_SCOPES],
	['sample-hmi-1', HMI, HMI_SCOPES],
	['sample-nmi-1', NMI, ['record:write', 'record:check', 'master:read', 'eligibility:read']],
	['sample-muni-011002', '011002', MUNI_SCOPES],
	['sample-hmi-2', HMI2, HMI_SCOPES],
	['sample-insurer-1', INSURER, ['subscriber:write', 'subscriber:read']],
	['sample-portal-1', 'MNP', ['citizen:read', 'citizen:cert']],
];
const TOKENS = [
	['131016', ['subject:write', 'record:read', 'master:read']],
	[NMI, ['record:write', 'record:check', 'master:read']],
	['011002', ['subject:write', 'record:read']],
];

// Insurers have an authority of their own (wire contract).
const authorityOf = (code) => (typeOf(code) === 'INSURER' ? 'insurer-ca' : 'client-ca');
const typeOf = (code) => ORGANISATIONS.find((o) => o[1] === code)[0];
const q = (v) => (v === null ? 'NULL' : typeof v === 'number' ? String(v)
	: `'${String(v).replaceAll('\\', '\\\\').replaceAll("'", "''")}'`);
const orgId = (code) => `(SELECT org_id FROM core_org WHERE org_code = ${q(code)})`;

function password() {
	const letters = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
	const part = () => Array.from({ length: 5 }, () => letters[randomInt(letters.length)]).join('');
	return `Yb2-${part()}-${part()}-${part()}`;
}

// As core/lib/password.c makes them: argon2id, 46 MiB, one pass.
const hash = (text) => execFileSync('argon2', [randomBytes(12).toString('base64'), '-id', '-t', '1',
	'-k', '47104', '-p', '1', '-l', '32', '-e'], { input: text, encoding: 'utf8' }).trim();

function save(path, facts) {
	writeFileSync(`${path}.new`, `${JSON.stringify(facts, null, '\t')}\n`, { mode: 0o600 });
	renameSync(`${path}.new`, path); // whole, or not at all
}

function organisationSql() {
	const now = 'CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED)';
	return ORGANISATIONS.map(([type, code, name, kana, pref, parent]) =>
		'INSERT INTO core_org (org_code, org_type, name, name_kana, pref_code, parent_org_id,'
		+ ' valid_from, onboarding, digital_from, uses_hms, created_us, updated_us) SELECT '
		+ `${[code, type, name, kana, pref].map(q).join(', ')}, ${parent === null ? 'NULL'
			: `(SELECT o.org_id FROM core_org o WHERE o.org_code = ${q(parent)})`}, '2020-04-01',`
		+ ` '利用中', ${type === 'MUNI' ? "'2026-06-01'" : 'NULL'}, ${type === 'MUNI' ? 1 : 0},`
		+ ` ${now}, ${now};`).join('\n');
}

function accounts(path) {
	const facts = JSON.parse(readFileSync(path, 'utf8'));
	const keys = facts.keys_dir;
	delete facts.keys_dir;
	facts.logins = LOGINS.map(([org_code, role], i) => ({ org_code, org_type: typeOf(org_code), role,
		user_id: luhn(String(90000001 + i)), password: password(), totp_secret: null }));
	facts.clients = CLIENTS.map(([client_id, org_code, scopes]) => ({ client_id, org_code,
		org_type: typeOf(org_code), key: `${keys}/${client_id}.key`, cert: `${keys}/${client_id}.pem`,
		scopes }));
	facts.tokens = [];
	const now = 'CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED)';
	const lines = ['START TRANSACTION;', organisationSql()];
	for (const l of facts.logins) {
		const words = [l.user_id, l.role, /-A$/.test(l.role) ? 1 : 0, l.role === 'MU-A' ? 1 : 0,
			`見本　${l.role}`, 'ミホン　ショクイン', 'sample@example.jp', 'ACTIVE', hash(l.password)];
		lines.push('INSERT INTO account_user (org_id, user_id, role, is_admin, restricted_view, name,'
			+ ' name_kana, mail, status, pw_phc, pw_count, pw_changed_us, created_us, updated_us)'
			+ ` VALUES (${orgId(l.org_code)}, ${words.map(q).join(', ')}, 1, ${now}, ${now}, ${now});`);
	}
	for (const c of facts.clients) {
		const certificate = new X509Certificate(readFileSync(c.cert));
		const x5t = Buffer.from(certificate.fingerprint256.replaceAll(':', ''), 'hex').toString('base64url');
		const key = createPublicKey(readFileSync(c.key));
		const pem = key.export({ type: 'spki', format: 'pem' });
		const { crv, kty, x, y } = key.export({ format: 'jwk' });
		const kid = createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
		const moment = (text) => new Date(text).getTime() * 1000;
		const words = [`SAMPLE ${c.client_id}`, pem, kid, x5t, certificate.subject.replaceAll('\n', ', '),
			moment(certificate.validFrom), moment(certificate.validTo), c.scopes.join(' ')];
		lines.push('INSERT INTO token_client (client_id, org_id, name, public_pem, key_kid, cert_x5t,'
			+ ' cert_subject, cert_from_us, cert_until_us, scopes, created_us, updated_us) VALUES'
			+ ` (${q(c.client_id)}, ${orgId(c.org_code)}, ${words.map(q).join(', ')}, ${now}, ${now});`);
	}
	console.log([...lines, 'COMMIT;'].join('\n'));
	save(path, facts);
}

async function tokens(path) {
	const facts = instance(path);
	facts.tokens = [];
	for (const [org_code, scopes] of TOKENS) {
		const admin = await staff(facts, { org_code, role: typeOf(org_code) === 'MUNI' ? 'MU-A' : 'NM-A' });
		const answer = await admin.call('issueAccessToken', { body: { name: '見本 SAMPLE', scopes } });
		if (answer.status !== 201)
			throw new Error(`issueAccessToken for ${org_code}: ${answer.status} ${answer.text}`);
		facts.tokens.push({ org_code, org_type: typeOf(org_code), token: answer.json.token, scopes });
		await admin.call('logout');
		admin.close();
	}
	save(path, facts);
}

async function people(path, n) {
	const facts = instance(path);
	const hms = machine(facts, { org_type: 'MUNI' }, 'subject:write');
	const all = population(n, { muni_code: hms.org_code });
	const counts = {};
	for (let i = 0; i < all.length; i += 500) {
		const answer = await hms.call('putSubjects', { body: { subjects: all.slice(i, i + 500) } });
		if (answer.status !== 200)
			throw new Error(`putSubjects: ${answer.status} ${answer.text.slice(0, 600)}`);
		for (const r of answer.json.results) {
			counts[r.result] = (counts[r.result] ?? 0) + 1;
			if (r.result === 'error')
				console.error(`${r.muni_key}: ${JSON.stringify(r.errors)}`);
		}
	}
	hms.close();
	if (counts.error)
		throw new Error(`${counts.error} of ${n} residents were refused`);
}

async function healthy(path) {
	const caller = new Caller(instance(path));
	const { status } = await exchange(`${caller.base}/healthz`, { agent: caller.agent });
	caller.close();
	if (status !== 200)
		throw new Error(`healthz: ${status}`);
}

function show(path) {
	console.log('  role   organisation  user ID    password');
	for (const l of instance(path).logins)
		console.log(`  ${l.role.padEnd(6)} ${l.org_code.padEnd(13)} ${l.user_id}  ${l.password}`);
}

const [what, path, n] = process.argv.slice(2);
try {
	if (what === 'clients')
		console.log(CLIENTS.map(([id, org]) => `${id} ${authorityOf(org)}`).join('\n'));
	else if (what === 'accounts' && path)
		accounts(path);
	else if (what === 'tokens' && path)
		await tokens(path);
	else if (what === 'people' && path)
		await people(path, Number(n));
	else if (what === 'healthy' && path)
		await healthy(path);
	else if (what === 'show' && path)
		show(path);
	else
		throw new Error('usage: seed.mjs clients | accounts FACTS | tokens INSTANCE'
			+ ' | people INSTANCE N | healthy INSTANCE | show INSTANCE');
} catch (e) {
	console.error(`seed.mjs: ${e.message}`);
	process.exitCode = 1;
}
