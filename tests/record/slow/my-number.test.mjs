// P-05: no 個人番号 in the clear, anywhere. A number is registered, refused, replaced and matched;
// then every byte the instance keeps is searched for it, in all forms a program might give it.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';

import { sql, value } from '../../support/database.mjs';
import { instance, machine, sleep, staff } from '../../support/yobo.mjs';
import { dose, myNumber, newPerson, person, resend, runTimer } from '../people.mjs';

const inst = instance();
const numbers = [myNumber(), myNumber(), myNumber()];
const home = dirname(dirname(inst.config));
let hms, hms2, nmi, mua, p;

const wrong = (number) => number.slice(0, 11) + (Number(number[11]) + 1) % 10;

// Digits, full-width, as people write them, and what base64, hexadecimal and UTF-16 make of them.
function forms(number) {
	const wide = [...number].map((d) => String.fromCodePoint(0xff10 + Number(d))).join('');
	const parts = number.match(/.{4}/g);
	const base64 = [0, 1, 2].map((skip) => Buffer.from(number.slice(skip, skip + 9)).toString('base64'));
	return [number, wide, parts.join('-'), parts.join(' '), ...base64, Buffer.from(number).toString('hex')]
		.map((form) => Buffer.from(form)).concat([Buffer.from(number, 'utf16le')]);
}

function* files(dir) {
	for (const entry of readdirSync(dir, { withFileTypes: true })) {
		const path = join(dir, entry.name);
		if (entry.isDirectory())
			yield* files(path);
		else if (entry.isFile())
			yield path;
	}
}

// Which of the needles a file holds; blocks overlap, so that none is cut in two.
function inFile(path, needles) {
	const found = new Set();
	const block = Buffer.alloc(8 << 20);
	const handle = openSync(path, 'r');
	for (let at = 0; ;) {
		const n = readSync(handle, block, 0, block.length, at);
		for (const needle of needles)
			if (block.subarray(0, n).includes(needle))
				found.add(needle);
		if (n < block.length)
			break;
		at += n - 256;
	}
	closeSync(handle);
	return [...found];
}

before(async () => {
	hms = machine(inst, { org_type: 'MUNI' }, 'subject:write');
	const other = inst.tokens.find((t) => t.org_type === 'MUNI' && t.org_code !== hms.org_code);
	hms2 = machine(inst, { org_code: other.org_code }, 'subject:write');
	nmi = machine(inst, { org_type: 'NMI' }, 'record:write');
	mua = await staff(inst, { org_code: hms.org_code, role: 'MU-A' });
});
after(() => [hms, hms2, nmi, mua].forEach((c) => c?.close()));

test('P-05: numbers are taken, refused, replaced and matched, and no answer has them', async () => {
	p = await newPerson(hms, { my_number: numbers[0] });
	await resend(hms, p, { my_number: numbers[1] });
	await newPerson(hms2, { my_number: numbers[1] });
	runTimer(inst, 'record.pairs');
	await nmi.call('createVaccination', { body: dose({ subject_no: p.subject_no }) });
	const answers = [
		await hms.call('putSubjects', { body: { subjects: [person(hms, { my_number: wrong(numbers[2]) })] } }),
		await hms.call('putSubjects', { body: { subjects: [person(hms, { my_number: `${numbers[2]}9` })] } }),
		await hms.call('putSubjects', { body: { subjects: [person(hms, { my_number: Number(numbers[2]) })] } }),
		await hms.call('putSubjects', { body: `{"subjects":[{"my_number":"${numbers[2]}"` }),
		await hms.call('putSubjects', { body: { subjects: [person(hms, { my_number: numbers[2], address: 'x'.repeat(3000) })] } }),
		await hms.call('putSubjects', { body: { subjects: [person(hms, { my_number: numbers[2] })] },
			headers: { 'idempotency-key': `n-${p.muni_key}` } }),
		await mua.call('getTimeline', { path: { subject_no: p.subject_no }, query: { purpose: '01' } }),
		await mua.call('listPairs', { query: { state: 'OPEN' } }),
		await hms.call('pullVaccinations', { query: { since: 0 } }),
	];
	for (const answer of answers)
		for (const number of [...numbers, wrong(numbers[2])])
			assert.ok(!answer.text.includes(number.slice(0, 11)), answer.text.slice(0, 200));
});

test('P-05: nothing the instance keeps has them: database files, dump, logs, sockets, settings', async () => {
	sql(inst, 'SET GLOBAL innodb_max_dirty_pages_pct = 0; SET GLOBAL innodb_max_dirty_pages_pct_lwm = 0; FLUSH TABLES');
	for (let i = 0; i < 300 && value(inst, `SELECT variable_value FROM information_schema.global_status
		WHERE variable_name = 'Innodb_buffer_pool_pages_dirty'`) !== '0'; i++)
		await sleep(200);
	const needles = [...numbers, wrong(numbers[2])].flatMap(forms);
	const known = Buffer.from(p.muni_key); // what is kept in the clear: the search reads the right place
	let seen = 0;
	for (const path of files(home)) {
		const found = inFile(path, [...needles, known]);
		assert.deepEqual(found.filter((x) => x !== known).map((x) => `${path}: ${x}`), []);
		seen += found.includes(known) ? 1 : 0;
	}
	assert.ok(seen > 0, 'the database files were not among what was searched');
	const dump = execFileSync('mariadb-dump', ['--no-defaults', `--socket=${inst.db.socket}`, '--hex-blob', '--single-transaction',
		inst.db.name], { maxBuffer: 1 << 30 });
	assert.ok(dump.includes(known));
	for (const needle of needles)
		assert.ok(!dump.includes(needle), `dump: ${needle}`);
	sql(inst, 'SET GLOBAL innodb_max_dirty_pages_pct = DEFAULT; SET GLOBAL innodb_max_dirty_pages_pct_lwm = DEFAULT');
});
