// tokens.mjs INSTANCE.JSON FILE - a token for each municipality that tests/bench/load made, in
// the order of their codes, one a line; the last line is the sample vaccination site's. Made
// as people make them: login, issueAccessToken.

import { writeFileSync } from 'node:fs';

import { instance, luhn, machine, staff } from '../support/yobo.mjs';

const [path, file] = process.argv.slice(2);
const facts = instance(path);
const sample = facts.logins.find((l) => l.org_code === '131016' && l.role === 'MU-A');
const lines = [];
for (let i = 0; ; i++) {
	const clerk = { ...sample, user_id: luhn(String(70000000 + i)) };
	let caller;
	try {
		caller = await staff({ ...facts, logins: [clerk] }, { role: 'MU-A' });
	} catch (e) {
		if (i > 0 && e.message.startsWith('login'))
			break; // one after the last
		throw e;
	}
	const answer = await caller.call('issueAccessToken',
		{ body: { name: '見本 SAMPLE', scopes: ['subject:write', 'record:read'] } });
	if (answer.status !== 201)
		throw new Error(`issueAccessToken: ${answer.status} ${answer.text}`);
	lines.push(answer.json.token);
	await caller.call('logout');
	caller.close();
}
const site = machine(facts, { org_type: 'NMI' }, 'record:write');
lines.push(site.token);
site.close();
writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
console.log(`${lines.length - 1} tokens of municipalities, 1 of a vaccination site`);
