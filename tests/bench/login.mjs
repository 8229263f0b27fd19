// login.mjs INSTANCE.json TRIES SECONDS - see login.

import { performance } from 'node:perf_hooks';

import { Caller, instance } from '../support/yobo.mjs';
import { sql } from '../support/database.mjs';

const [path, tries, seconds] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const inst = instance(path);
const who = inst.logins.find((l) => l.role === 'MU-V');
const [[mail]] = sql(inst, `SELECT mail FROM account_user WHERE user_id = '${who.user_id}'`);
const caller = new Caller(inst);
await caller.operations();

async function took(id, body) {
	const begun = performance.now();
	await caller.call(id, { body });
	return performance.now() - begun;
}

const sorted = (xs) => [...xs].sort((a, b) => a - b);
const at = (xs, q) => sorted(xs)[Math.floor(q * (xs.length - 1))];
const ms = (x) => `${x.toFixed(2)} ms`.padStart(10);

// The chance that a hit is slower than a miss (Mann and Whitney).
function slower(hits, misses) {
	const miss = sorted(misses);
	let sum = 0;
	for (const t of hits) {
		let low = 0, high = miss.length;
		while (low < high) {
			const mid = (low + high) >> 1;
			if (miss[mid] < t)
				low = mid + 1;
			else
				high = mid;
		}
		sum += low;
	}
	return sum / (hits.length * misses.length);
}

async function compare(name, id, hit, miss) {
	const hits = [], misses = [];
	for (let i = 0; i < 20; i++)
		await took(id, i % 2 === 0 ? hit : miss);
	for (let i = 0; i < tries; i++) {
		const first = i % 2 === 0;
		const a = await took(id, first ? hit : miss), b = await took(id, first ? miss : hit);
		hits.push(first ? a : b);
		misses.push(first ? b : a);
	}
	const [h, m] = [at(hits, 0.5), at(misses, 0.5)];
	console.log(`${name.padEnd(34)} hit ${ms(h)} (${ms(at(hits, 0.25))} .. ${ms(at(hits, 0.75))})  miss ${ms(m)}`
		+ ` (${ms(at(misses, 0.25))} .. ${ms(at(misses, 0.75))})  difference ${ms(h - m)}`
		+ `  P(slower) ${slower(hits, misses).toFixed(3)}`);
}

console.log(`medians and quartiles of ${tries} tries each, one after another, over TLS`);
await compare('reset: known / unknown', 'requestReset', { user_id: who.user_id, mail },
	{ user_id: '000000018', mail });
await compare('user IDs: known / unknown', 'requestIdNotice', { org_code: who.org_code, mail },
	{ org_code: who.org_code, mail: `x${mail.slice(1)}` });
await compare('login: wrong password / unknown', 'login', { user_id: who.user_id, password: 'Wrong-Password-1' },
	{ user_id: '000000018', password: 'Wrong-Password-1' });
sql(inst, `UPDATE account_user SET failed_count = 0, locked_until_us = NULL WHERE user_id = '${who.user_id}'`);

// As many as go through at once; each is a different person, as in the morning.
const people = inst.logins.filter((l) => l.password);
let done = 0, refused = 0;
const end = performance.now() + seconds * 1000;
await Promise.all(people.slice(0, 8).map(async (person) => {
	const own = new Caller(inst);
	own.table = caller.table;
	while (performance.now() < end) {
		const { status } = await own.call('login', { body: { user_id: person.user_id, password: person.password } });
		done += status === 200 ? 1 : 0;
		refused += status === 200 ? 0 : 1;
	}
	own.close();
}));
console.log(`logins: ${(done / seconds).toFixed(1)} a second by 8 people at once, ${refused} refused`);
caller.close();
