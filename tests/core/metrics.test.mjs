// /metrics and the log line: OpenMetrics 1.0, W3C trace context, no person in either.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import https from 'node:https';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

import { exchange, instance, sleep, staff } from '../support/yobo.mjs';

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
	const lines = () => {
		const dir = join(dirname(inst.config), '..', 'log');
		return readdirSync(dir).filter((f) => f.endsWith('.log'))
			.flatMap((f) => readFileSync(join(dir, f), 'utf8').split('\n'));
	};
	const lineOf = async (answer) => { // it is written after the answer has left
		for (let i = 0; i < 40; i++) {
			const line = lines().find((l) => l.includes(`trace=${answer.headers['x-yobo-trace']} `));
			if (line)
				return line;
			await sleep(50);
		}
		return assert.fail('no line');
	};
	const one = await get('/healthz', { traceparent: `00-${good}-b7ad6b7169203331-01` });
	assert.ok((await lineOf(one)).includes(`w3c=${good}`));
	for (const bad of [`00-${'0'.repeat(32)}-b7ad6b7169203331-01`, `00-${good}-${'0'.repeat(16)}-01`,
		`00-${good.toUpperCase()}-b7ad6b7169203331-01`, `01-${good}-b7ad6b7169203331-01`, 'x']) {
		const answer = await get('/healthz', { traceparent: bad });
		assert.ok(!(await lineOf(answer)).includes('w3c='), bad);
	}
});

test('neither counts nor log lines name a person', async () => {
	const clerk = await staff(inst, { role: 'MU-S' });
	const text = (await get('/metrics')).text;
	assert.ok(!text.includes(clerk.login.user_id));
	assert.ok(!/operation="[^"]*[0-9]/.test(text));
});
