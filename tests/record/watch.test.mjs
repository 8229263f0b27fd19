// record: alerts (vaccination brief L-06, P-12, 13 H-3-1). Runs against a live instance; every
// test makes the persons it needs.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { sql } from '../support/database.mjs';
import { instance, machine, staff } from '../support/yobo.mjs';
import { dose, newPeople, newPerson, refused, runTimer } from './people.mjs';

const inst = instance();
let hms, nmi, mus, mua, mua2;

before(async () => {
	hms = machine(inst, { org_type: 'MUNI' }, 'subject:write');
	nmi = machine(inst, { org_type: 'NMI' }, 'record:write');
	mus = await staff(inst, { org_code: hms.org_code, role: 'MU-S' });
	mua = await staff(inst, { org_code: hms.org_code, role: 'MU-A' });
	const other = inst.logins.find((l) => l.org_type === 'MUNI' && l.org_code !== hms.org_code && l.role === 'MU-A');
	mua2 = await staff(inst, { user_id: other.user_id });
});
after(() => [hms, nmi, mus, mua, mua2].forEach((c) => c?.close()));

const ORG = () => `(SELECT org_id FROM core_org WHERE org_code = '${hms.org_code}')`;
const forget = () => sql(inst, `DELETE FROM record_alert WHERE org_id = ${ORG()}`);
const open = (caller, p, query) => caller.call('getTimeline', { path: { subject_no: p.subject_no }, query: { purpose: '01', ...query } });

async function alerts(caller, kind, state = 'OPEN') {
	const out = [];
	for (let query = { state }; query;) {
		const { json, status, text } = await caller.call('listAlerts', { query });
		assert.equal(status, 200, text);
		out.push(...json.alerts.filter((a) => a.kind === kind));
		query = json.next === null ? null : { state, since: json.next };
	}
	return out;
}
const check = (caller, alert_id, comment = '業務の確認') => caller.call('checkAlert', { path: { alert_id }, body: { comment } });

test('L-06: who looks at more than fifty persons in ten minutes is an alert, once', async () => {
	forget();
	const people = await newPeople(hms, 51);
	for (const p of people)
		assert.equal((await open(mus, p)).status, 200);
	runTimer(inst, 'record.watch');
	const [a, ...more] = (await alerts(mua, 'many')).filter((x) => x.actor === mus.login.user_id);
	assert.deepEqual(more, []);
	assert.ok(a.n >= 51, `${a.n}`);
	await open(mus, people[0]);
	runTimer(inst, 'record.watch');
	assert.equal((await alerts(mua, 'many')).filter((x) => x.actor === mus.login.user_id).length, 1);
	assert.deepEqual(await alerts(mua2, 'many').then((x) => x.filter((y) => y.alert_id === a.alert_id)), []);
});

test('P-12: a restricted person that was opened is an alert with who and whom', async () => {
	forget();
	const p = await newPerson(hms, { not_disclosed: true });
	refused(await open(mus, p), 404, 'E-AUTH-005');
	assert.equal((await open(mua, p)).status, 200);
	runTimer(inst, 'record.watch');
	const [a] = (await alerts(mua, 'restricted')).filter((x) => x.subject_no === p.subject_no);
	assert.deepEqual([a.actor, a.state], [mua.login.user_id, 'OPEN']);
	refused(await check(mua, a.alert_id), 409, 'E-REC-009');
	refused(await check(mua2, a.alert_id), 404, 'E-AUTH-005');
});

test('L-06: many inquiries for another purpose, and many refusals', async () => {
	forget();
	const p = await newPerson(hms);
	for (let i = 0; i < 10; i++)
		await open(mus, p, { purpose: '99', reason: '調査' });
	for (let i = 0; i < 20; i++)
		await open(mus, { subject_no: `1000000000${i + 1000}` });
	runTimer(inst, 'record.watch');
	for (const kind of ['other', 'failures'])
		assert.ok((await alerts(mua, kind)).some((x) => x.actor === mus.login.user_id), kind);
});

test('an alert is looked into with words, by somebody else, once', async () => {
	forget();
	sql(inst, `INSERT INTO record_alert (org_id, kind, actor, n, since_us, until_us, created_us)
		SELECT org_id, 'night', '${mus.login.user_id}', 3, 1, 2, 3 FROM core_org WHERE org_code = '${hms.org_code}'`);
	const [a] = await alerts(mua, 'night');
	refused(await mua.call('checkAlert', { path: { alert_id: a.alert_id }, body: {} }), 422, 'E-VAL-001', '/comment');
	refused(await check(mus, a.alert_id), 403, 'E-AUTH-004');
	assert.equal((await check(mua, a.alert_id)).json.state, 'CHECKED');
	refused(await check(mua, a.alert_id), 409, 'E-REC-010');
	assert.equal((await alerts(mua, 'night', 'CHECKED')).find((x) => x.alert_id === a.alert_id).comment, '業務の確認');
	refused(await mus.call('listAlerts'), 403, 'E-AUTH-004');
});

test('what was pulled is SENT, and three days without an answer are an alert that ends', async () => {
	const answer = await nmi.call('createVaccination', { body: dose({ subject_no: (await newPerson(hms)).subject_no }) });
	const { seq } = answer.json;
	const state = () => sql(inst, `SELECT state FROM record_outbox WHERE org_id = ${ORG()} AND seq = ${seq}`)[0][0];
	runTimer(inst, 'record.link-alerts');
	assert.equal(state(), 'READY');
	await hms.call('pullVaccinations', { query: { since: seq - 1 } });
	runTimer(inst, 'record.link-alerts');
	assert.equal(state(), 'SENT');
	sql(inst, `UPDATE record_outbox SET created_us = created_us - 4 * 86400 * 1000000 WHERE org_id = ${ORG()} AND seq = ${seq}`);
	runTimer(inst, 'record.link-alerts');
	assert.equal((await alerts(mua, 'link')).length, 1);
	assert.equal((await mua.call('getLinkStatus')).json.late, true);
	runTimer(inst, 'record.link-alerts');
	assert.equal((await alerts(mua, 'link')).length, 1);
	await hms.call('ackVaccinations', { body: { acks: [{ seq, result: 'ok' }] } });
	runTimer(inst, 'record.link-alerts');
	assert.deepEqual(await alerts(mua, 'link'), []);
	assert.equal((await alerts(mua, 'link', 'ENDED')).length > 0, true);
});

test('the menu is told how much there is to do', async () => {
	const { json, status } = await mua.call('getRecordTasks');
	assert.equal(status, 200);
	for (const name of ['link_errors', 'alerts', 'pairs', 'requests', 'bulk', 'retention', 'enquiries', 'recalls'])
		assert.equal(typeof json[name], 'number', name);
});
