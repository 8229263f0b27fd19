// /metrics and the log line: OpenMetrics 1.0, W3C trace context, no person in either.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import https from 'node:https';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

import { exchange, instance, machine, sleep, staff } from '../support/yobo.mjs';

const inst = instance();
const agent = new https.Agent({ ca: readFileSync(inst.ca) });
const get = (path, headers = {}) => exchange(`${inst.base}${path}`, { agent, headers });

// Samples by name, each { labels, value }; fails on what OpenMetrics does not allow.
function parse(text) {
	const samples = [];
	const types = {};
	const lines = text.split('\n');
	assert.equal(lines.pop(), '');
	assert.equal(lines.pop(), '# EOF');
	for (const line of lines) {
		const meta = /^# (HELP|TYPE|UNIT) ([a-z_]+) (.+)$/.exec(line);
		if (meta) {
			if (meta[1] === 'TYPE') {
				assert.equal(types[meta[2]], undefined, `${meta[2]} twice`);
				types[meta[2]] = meta[3];
			}
			continue;
		}
		const m = /^([a-z_]+)\{((?:[a-z]+="[^"\\]*",?)+)\} ([0-9.e+]+)$/.exec(line);
		assert.ok(m, line);
		const family = m[1].replace(/_(total|bucket|sum|count)$/, '');
		assert.ok(types[family] ?? types[m[1]], `${m[1]} has no TYPE before it`);
		if (types[family] === 'counter')
			assert.match(m[1], /_total$/);
		samples.push({ name: m[1], labels: Object.fromEntries([...m[2].matchAll(/([a-z]+)="([^"]*)"/g)]
			.map(([, k, v]) => [k, v])), value: Number(m[3]) });
	}
	return samples;
}

const sum = (samples, name, labels) => samples.filter((s) => s.name === name &&
	Object.entries(labels).every(([k, v]) => s.labels[k] === v)).reduce((n, s) => n + s.value, 0);

// What this instance's programs have written.
const logs = () => {
	const dir = join(dirname(inst.config), '..', 'log');
	return Object.fromEntries(readdirSync(dir).filter((f) => f.endsWith('.log'))
		.map((f) => [f, readFileSync(join(dir, f), 'utf8')]));
};
const lines = () => Object.values(logs()).flatMap((text) => text.split('\n'));
const lineOf = async (answer) => { // it is written after the answer has left
	for (let i = 0; i < 40; i++) {
		const line = lines().find((l) => l.includes(`trace=${answer.headers['x-yobo-trace']} `));
		if (line)
			return line;
		await sleep(50);
	}
	return assert.fail('no line');
};

test('requests are counted by operation and status, in every pool', async () => {
	const before = parse((await get('/metrics')).text);
	for (let i = 0; i < 5; i++)
		await get('/healthz');
	await get('/api/v1/account/session'); // 401, of another pool
	const answer = await get('/metrics');
	assert.match(answer.headers['content-type'], /^application\/openmetrics-text; version=1\.0\.0/);
	const after = parse(answer.text);
	const grown = (name, labels) => sum(after, name, labels) - sum(before, name, labels);
	assert.equal(grown('yobo_requests_total', { operation: 'getHealth', status: '2xx' }), 5);
	assert.equal(grown('yobo_requests_total', { operation: 'getSession', status: '4xx' }), 1);
	assert.equal(grown('yobo_request_seconds_count', { operation: 'getHealth' }), 5);
	assert.equal(grown('yobo_request_seconds_bucket', { operation: 'getHealth', le: '+Inf' }), 5);
	assert.ok(sum(after, 'yobo_threads', { pool: 'main' }) >= 1);
	assert.ok(sum(after, 'yobo_threads_busy', { pool: 'main' }) >= 1, 'the one that answers is busy');
});

test('buckets grow and end at the count', async () => {
	const samples = parse((await get('/metrics')).text);
	const series = samples.filter((s) => s.name === 'yobo_request_seconds_bucket' &&
		s.labels.operation === 'getHealth');
	for (const worker of new Set(series.map((s) => s.labels.worker))) {
		const own = series.filter((s) => s.labels.worker === worker);
		assert.equal(own.length, 13);
		for (let i = 1; i < own.length; i++)
			assert.ok(own[i].value >= own[i - 1].value && own[i].labels.le !== own[i - 1].labels.le);
	}
});

test('the log line carries a valid trace id and drops an invalid one', async () => {
	const good = '0af7651916cd43dd8448eb211c80319c';
	for (const known of [`00-${good}-b7ad6b7169203331-01`, `01-${good}-b7ad6b7169203331-01`, `cc-${good}-b7ad6b7169203331-01-what-comes`]) {
		const answer = await get('/healthz', { traceparent: known });
		assert.ok((await lineOf(answer)).includes(`w3c=${good}`), known);
	}
	for (const bad of [`00-${'0'.repeat(32)}-b7ad6b7169203331-01`, `00-${good}-${'0'.repeat(16)}-01`,
		`00-${good.toUpperCase()}-b7ad6b7169203331-01`, `ff-${good}-b7ad6b7169203331-01`,
		`00-${good}-b7ad6b7169203331-01-more`, `cc-${good}-b7ad6b7169203331-01.more`, 'x']) {
		const answer = await get('/healthz', { traceparent: bad });
		assert.ok(!(await lineOf(answer)).includes('w3c='), bad);
	}
});

test('every request leaves one line, and neither lines nor counts name a person', async () => {
	const clerk = await staff(inst, { role: 'MU-S' });
	const muni = machine(inst, { org_code: clerk.login.org_code }, 'subject:write');
	const key = `METRICS-${Date.now().toString(36)}`;
	const who = { muni_code: clerk.login.org_code, muni_key: key, name: '無記名　試子', name_kana: 'ムキメイ　タメシコ',
		birth_date: '2026-02-10', sex: '2', address: '東京都千代田区記録見本町9-8', not_disclosed: false, self_info_blocked: false };
	const before = logs();
	const made = await muni.call('putSubjects', { body: { subjects: [who] } });
	assert.equal(made.status, 200, made.text);
	const { subject_no: no } = made.json.results[0];
	const seen = await clerk.call('getTimeline', { path: { subject_no: no }, query: { purpose: '01' },
		headers: { 'user-agent': 'metrics-agent-4711' } });
	assert.equal(seen.status, 200, seen.text);
	assert.match(seen.text, /無記名/);
	const refused = await clerk.call('searchSubjects', { body: { purpose: '01', muni_key: key, name_kana: '無記名' } });
	const searched = await clerk.call('searchSubjects', { body: { purpose: '01', muni_key: key } });
	const absent = await clerk.call('getTimeline', { path: { subject_no: '00000000000000' }, query: { purpose: '01' } });
	const calls = [['putSubjects', made], ['getTimeline', seen], ['searchSubjects', refused], ['searchSubjects', searched],
		['getTimeline', absent]];
	for (const [operation, answer] of calls) {
		const line = await lineOf(answer);
		assert.match(line, new RegExp(`^(<6>)?yobo-worker\\[main\\]: trace=\\S+ op=${operation} status=${answer.status} us=\\d+ bytes=\\d+( problem=E-[A-Z]+-\\d+)?$`), line);
		assert.equal(lines().filter((l) => l.includes(`trace=${answer.headers['x-yobo-trace']} `)).length, 1);
	}
	const said = Object.entries(logs()).map(([name, text]) => text.slice(before[name]?.length ?? 0)).join('\n');
	assert.match(said, /GET \/api\/v1\/record\/subjects\/\*\/timeline 200/);
	for (const secret of [who.name, who.name_kana, '試子', key, no, who.address, who.birth_date, clerk.login.user_id,
		'metrics-agent-4711', muni.token.split('.')[1], clerk.cookie.split('=')[1]])
		assert.ok(!said.includes(secret), `${secret} is in a log`);
	const { text } = await get('/metrics');
	for (const secret of [clerk.login.user_id, no, key])
		assert.ok(!text.includes(secret));
	assert.ok(!/operation="[^"]*[0-9]/.test(text));
	clerk.close();
	muni.close();
});

test('what a token costs, what the database refuses and how old the newest seal is', async () => {
	const before = parse((await get('/metrics')).text);
	for (const event of ['db_fault', 'db_away', 'token_cache_hit', 'token_cache_miss', 'log_refused'])
		assert.ok(before.some((s) => s.name === 'yobo_events_total' && s.labels.event === event), event);
	const muni = machine(inst, { org_type: 'MUNI' }, 'record:read');
	for (let i = 0; i < 12; i++)
		assert.equal((await muni.call('pullVaccinations', { query: { since: 0, limit: 1 } })).status, 200);
	let after;
	// Worker by worker: one that ends takes its counts along.
	const grown = (event) => after.filter((s) => s.name === 'yobo_events_total' && s.labels.event === event).reduce((n, s) => n
		+ Math.max(0, s.value - sum(before, 'yobo_events_total', s.labels)), 0);
	for (let i = 0; i < 100; i++) { // told once a second by each worker
		after = parse((await get('/metrics')).text);
		if (grown('token_cache_hit') + grown('token_cache_miss') >= 12)
			break;
		await sleep(50);
	}
	assert.ok(grown('token_cache_hit') + grown('token_cache_miss') >= 12);
	assert.ok(grown('token_cache_hit') >= 8, 'a token is verified once by each worker');
	const newest = () => Math.max(...after.filter((s) => s.name === 'yobo_log_sealed_timestamp_seconds').map((s) => s.value));
	for (let i = 0; i < 30 && newest() === -Infinity; i++) { // looked for every ten seconds
		await sleep(500);
		after = parse((await get('/metrics')).text);
	}
	const sealed = newest();
	assert.ok(Date.now() / 1000 - sealed < 120, `the newest seal is ${Date.now() / 1000 - sealed} s old`);
	muni.close();
});
