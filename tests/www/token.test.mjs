// Tokens and programs in Debian's Chromium against a real instance: the password again before a
// token, replacing one, registering programs, what 国保中央会 may do (ui design 8.3, brief H-2-1).

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { sql, value as one } from '../support/database.mjs';
import { Caller, assertion, instance, staff } from '../support/yobo.mjs';
import { certificate, keyPair, kidOf, workshop } from '../token/certificates.mjs';
import { Chrome, KEYS } from './chrome.mjs';
import { issueToken } from './screens.mjs';
import { failed, fill, focus, open, send } from './steps.mjs';

const inst = instance();
const shop = workshop();
const login = (role) => inst.logins.find((l) => l.role === role);
const org = login('MU-A').org_code;
const insured = inst.clients.find((c) => c.org_type === 'HMI').org_code;
const NAME = '画面の試験';
let b, admin, centre, nobody;

// What earlier tests left takes the places of new ones.
async function clear() {
	for (const t of (await admin.call('listAccessTokens')).json.tokens.filter((x) => x.name.startsWith(NAME) && !x.revoked_at))
		await admin.call('revokeAccessToken', { path: { token_id: t.token_id }, body: { reason: '試験' } });
	for (const [by, query] of [[admin, {}], [centre, { org_code: insured }]])
		for (const c of (await by.call('listClients', { query })).json.clients.filter((x) => x.name.startsWith(NAME) && x.status === 'ACTIVE'))
			await by.call('disableClient', { path: { client_id: c.client_id }, body: { reason: '試験' } });
}

before(async () => {
	[admin, centre] = await Promise.all([staff(inst, { role: 'MU-A', org_code: org }), staff(inst, { role: 'KC-A' })]);
	nobody = new Caller(inst);
	b = await Chrome.start(inst);
	await clear();
});
after(async () => {
	await b?.close();
	await clear();
	for (const caller of [admin, centre, nobody])
		caller.close();
	shop.close();
});

const value = (id) => b.run(`return document.getElementById('${id}').value`);
const press = (id) => b.run(`document.getElementById('${id}').click()`);
const calls = (method, path) => b.run('return calls.filter((c) => c.method === arguments[0] && c.path === arguments[1])', method, path);
// Of the browser's session, the newest one.
const stale = () => sql(inst, `UPDATE core_session SET stepped_up_us = 1 WHERE user_id = '${login('MU-A').user_id}'
	ORDER BY created_us DESC LIMIT 1`);
const issuedCount = () => Number(one(inst, `SELECT COUNT(*) FROM token_issued WHERE name LIKE '${NAME}%'`));
const grant = (client_id, pair) => nobody.call('issueToken', { form: { grant_type: 'client_credentials',
	client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
	client_assertion: assertion({ client_id, key: pair.file }, inst.base) } });
const done = (word) => b.until(`new URLSearchParams(location.search).get('done') === '${word}' && !document.getElementById('loading') && document.querySelector('h1')`);

test('a token asks for the password again, and one token is issued by it', async () => {
	await b.logIn(login('MU-A'));
	await b.pretend({});
	await open(b, '/tokens/new');
	await fill(b, { name: `${NAME} 1`, contact: '健康推進課' });
	await press('scopes-1');
	await send(b);
	await focus(b, 'check');
	assert.match(await b.text('main'), /発行する内容の確認[^]*画面の試験 1[^]*接種記録の取得/);
	const before_ = issuedCount();
	stale();
	await send(b, '#sure');
	await focus(b, 'again-password');
	await b.keys(login('MU-A').password + KEYS.enter);
	await focus(b, 'done');
	assert.match(await value('token'), /^eyJ/);
	assert.equal(await b.run('return location.pathname'), '/tokens/issued');
	const sent = await calls('POST', '/token/access-tokens');
	assert.equal(sent.length, 2);
	assert.equal(sent[0].headers['idempotency-key'], sent[1].headers['idempotency-key']);
	assert.equal(issuedCount(), before_ + 1);
	await press('saved');
	await press('finish');
	await b.until("location.pathname === '/tokens'");
	await b.plain();
});

test('the value is not on paper, and gone after reloading and "back"', async () => {
	await b.logIn(login('MU-A'));
	await issueToken(b, `${NAME} 2`);
	const token = await value('token');
	await b.media({}, 'print');
	assert.equal(await b.run("return document.getElementById('token').checkVisibility()"), false);
	assert.match(await b.run("return document.querySelector('.yb-paper').innerText"), /印刷されません/);
	await b.media({}, '');
	await press('saved');
	await b.send('POST', '/refresh');
	await b.shown('トークンの値は再表示できません');
	await open(b, '/menu');
	await b.back();
	await b.shown('トークンの値は再表示できません');
	assert.ok(!(await b.run('return document.documentElement.outerHTML')).includes(token.slice(0, 40)));
});

test('a token is replaced: a second one of the name, both good, then the first is revoked', async () => {
	await b.logIn(login('MU-A'));
	await open(b, '/tokens');
	await b.run(`[...document.querySelectorAll('tbody tr')].find((r) => r.textContent.includes('${NAME} 2')).querySelector('a[href*=from]').click()`);
	await b.until("location.pathname === '/tokens/new' && document.querySelector('.yb-notice')");
	await b.shown('トークンの発行');
	assert.equal(await value('name'), `${NAME} 2`);
	assert.equal(await value('cidrs'), '192.0.2.0/24');
	assert.deepEqual(await b.run("return [...document.querySelectorAll('[name=scopes]:checked')].map((e) => e.value)"), ['subject:write', 'record:read']);
	await send(b);
	await focus(b, 'check');
	await send(b, '#sure');
	await focus(b, 'done');
	assert.match(await b.text('main'), /古いトークン（末尾 .{4}）はまだ使えます/);
	await press('saved');
	await press('finish');
	await b.until("location.pathname === '/tokens' && document.querySelector('tbody')");
	const rows = `[...document.querySelectorAll('tbody tr')].filter((r) => r.textContent.includes('${NAME} 2') && r.querySelector('a[href$=revoke]'))`;
	assert.equal(await b.run(`return ${rows}.length`), 2);
	await b.run(`${rows}[1].querySelector('a[href$=revoke]').click()`);
	await b.until("document.getElementById('reason')");
	await fill(b, { reason: '切り替えのため' });
	await send(b);
	await focus(b, 'done');
	await open(b, '/tokens');
	assert.equal(await b.run(`return ${rows}.length`), 1);
});

test('a private key is never sent, and does not stay in the field', async () => {
	const pair = keyPair(shop.dir, 'leaked');
	await b.logIn(login('MU-A'));
	await b.pretend({});
	await open(b, '/clients/new');
	for (const secret of [pair.privateKey.export({ type: 'pkcs8', format: 'pem' }), JSON.stringify(pair.privateKey.export({ format: 'jwk' }))]) {
		await fill(b, { name: `${NAME} 3`, key: secret });
		await b.run("document.getElementById('scopes').checked = true");
		await send(b);
		await failed(b);
		assert.match(await b.text('#summary'), /秘密鍵が入力されました。送信していません/);
		assert.equal(await value('key'), '');
	}
	assert.equal(await b.run("return calls.filter((c) => c.method !== 'GET').length"), 0);
	await b.plain();
});

test('a program is registered, gets tokens, changes its key with both good, rests and comes back', async () => {
	const [first, second, third] = ['first', 'second', 'third'].map((name) => keyPair(shop.dir, name));
	await b.logIn(login('MU-A'));
	await open(b, '/clients');
	await b.run("document.querySelector('main a[href=\"/clients/new\"]').click()");
	await b.shown('プログラムの登録');
	await fill(b, { name: `${NAME} 4`, key: 'kein Schlüssel' });
	await press('scopes-1');
	await send(b);
	await failed(b);
	assert.match(await b.text('#key-error'), /P-256/);
	await fill(b, { key: JSON.stringify({ ...first.jwk, kid: 'x', key_ops: ['verify'] }) });
	await send(b);
	await focus(b, 'check');
	assert.match(await b.text('main'), /登録する内容の確認[^]*公開鍵/);
	stale();
	await send(b, '#sure');
	await focus(b, 'again-password');
	await b.keys(login('MU-A').password + KEYS.enter);
	await done('made');
	const id = decodeURIComponent((await b.run('return location.pathname')).split('/')[2]);
	assert.ok((await b.text('main')).includes(kidOf(first.pem)));
	assert.ok((await b.text('main')).includes(`${inst.base}/api/v1/token/oauth/token`));
	assert.equal((await grant(id, first)).status, 200);

	await open(b, `/clients/${id}/key`);
	await send(b);
	await failed(b);
	await fill(b, { key: second.pem });
	await send(b);
	await done('rotated');
	assert.match(await b.text('main'), /前のものは、下に表示した日時まで使えます[^]*前の公開鍵/);
	assert.equal((await grant(id, first)).status, 200, 'both are good');
	assert.equal((await grant(id, second)).status, 200);

	// One that leaked is replaced at once.
	await open(b, `/clients/${id}/key`);
	await fill(b, { key: third.pem });
	await press('overlap-days-3');
	await send(b);
	await done('rotated');
	assert.match(await b.text('main'), /これからは新しいものだけが使えます/);
	assert.equal((await grant(id, second)).status, 401);
	assert.equal((await grant(id, third)).status, 200);

	await open(b, `/clients/${id}/state`);
	await fill(b, { reason: '点検' });
	await send(b);
	await done('stopped');
	assert.equal((await grant(id, third)).status, 401);
	await open(b, `/clients/${id}/state`);
	assert.match(await b.text('main'), /停止したときの理由[^]*点検/);
	await fill(b, { reason: '点検が終わった' });
	await send(b);
	await done('started');
	assert.equal((await grant(id, third)).status, 200);

	// Two who change the same program.
	await open(b, `/clients/${id}/edit`);
	await fill(b, { contact: '私の課' });
	const { json } = await admin.call('getClient', { path: { client_id: id } });
	assert.equal((await admin.call('changeClient', { path: { client_id: id }, headers: { 'if-match': `"${json.version}"` },
		body: { name: json.name, scopes: json.scopes, contact: '別の課' } })).status, 200);
	await send(b);
	await focus(b, 'changed');
	assert.match(await b.text('#changed'), /別の課[^]*私の課/);
	await send(b);
	await done('changed');
	assert.match(await b.text('main'), /私の課/);
	assert.deepEqual(await b.complaints(/status of (400|401|403|404|409|412|413|422)/), []);
});

test('the central federation finds an organisation, ends its token, registers a program of a clinic', async () => {
	const made = await admin.call('issueAccessToken', { body: { name: `${NAME} 5`, scopes: ['record:read'], days: 1 } });
	assert.equal(made.status, 201, made.text);
	await b.logIn(login('KC-A'));
	await b.run("[...document.querySelectorAll('nav a')].find((a) => a.pathname === '/tokens/organisations').click()");
	await b.shown('組織のトークンとプログラム');
	await fill(b, { q: 'そんな組織はない' });
	await send(b);
	await focus(b, 'found');
	assert.match(await b.text('main'), /条件に合う組織はありません/);
	await fill(b, { q: [...org].map((d) => String.fromCharCode(d.charCodeAt(0) + 0xfee0)).join('') });
	await send(b);
	await b.until("document.querySelector('tbody a')");
	await b.run("document.querySelector('tbody a').click()");
	await b.until(`location.search === '?org=${org}' && document.querySelector('tbody')`);
	await b.run(`[...document.querySelectorAll('tbody tr')].find((r) => r.textContent.includes('${NAME} 5')).querySelector('a').click()`);
	await b.until("document.getElementById('reason')");
	await fill(b, { reason: '漏れたおそれ' });
	await send(b);
	await focus(b, 'done');
	const machine = new Caller(inst);
	machine.token = made.json.token;
	assert.equal((await machine.call('pullVaccinations', { query: { since: '0', limit: '1' } })).status, 401);
	machine.close();

	const key = keyPair(shop.dir, 'clinic');
	await open(b, `/tokens/organisations?org=${insured}`);
	assert.equal(await b.run("return document.querySelectorAll('#tokens').length"), 0, 'a clinic has no tokens of the screen');
	await b.run("document.querySelector('main a[href^=\"/clients/new\"]').click()");
	await b.shown('プログラムの登録');
	await fill(b, { name: `${NAME} 6` });
	await press('scopes');
	await send(b);
	await failed(b);
	assert.match(await b.text('#summary'), /クライアント証明書を入力してください/);
	await fill(b, { certificate: certificate(inst, shop.dir, key, { name: 'old', days: -1 }).pem });
	await send(b);
	await focus(b, 'check');
	await send(b, '#sure');
	await b.until("document.getElementById('certificate-error')");
	assert.match(await b.text('#certificate-error'), /有効期間内/);
	await fill(b, { certificate: certificate(inst, shop.dir, key, { name: 'clinic' }).pem });
	await send(b);
	await focus(b, 'check');
	await send(b, '#sure');
	await done('made');
	assert.match(await b.text('main'), /証明書の名義[^]*CN=clinic/);
	const id = decodeURIComponent((await b.run('return location.pathname')).split('/')[2]);
	await open(b, `/clients/${id}/state`);
	await fill(b, { reason: '試験の終わり' });
	await send(b);
	await done('stopped');
});

test('who may only look is offered nothing else; a stop by the centre is not undone here', async () => {
	await b.logIn(login('MU-S'));
	await open(b, '/clients');
	assert.equal(await b.run("return document.querySelectorAll('main a[href=\"/clients/new\"]').length"), 0);
	await b.page('/clients/new');
	await b.shown('この画面を使う権限がありません');
	const pair = keyPair(shop.dir, 'centre');
	const { json } = await admin.call('registerClient', { body: { name: `${NAME} 7`, scopes: ['record:read'], public_key: pair.pem } });
	await centre.call('disableClient', { path: { client_id: json.client_id }, body: { reason: '事故' } });
	await b.logIn(login('MU-A'));
	await open(b, `/clients/${json.client_id}`);
	assert.match(await b.text('main'), /国保中央会が停止しました/);
	assert.equal(await b.run("return document.querySelectorAll('main a[href$=state]').length"), 0);
});
