// screens.mjs - how each screen of screens.json is reached, for the checks and the pictures.

import { readFileSync } from 'node:fs';

import { staff } from '../support/yobo.mjs';
import { KEYS } from './chrome.mjs';
import { masterSteps } from './master-screens.mjs';
import { family, handOver } from './citizen.mjs';
import { ACCOUNT_STEPS } from './screens-account.mjs';
import { RECORD_STEPS } from './screens-record.mjs';
import { USERS_STEPS } from './screens-users.mjs';
import { failed, fill, problem, send } from './steps.mjs';

export const SCREENS = JSON.parse(readFileSync(new URL('screens.json', import.meta.url), 'utf8'));

const token = (i, days, status) => ({ token_id: `00000000-0000-0000-0000-00000000000${i}`, name: `見本システム ${i}`,
	last4: 'x9Qk', scopes: ['record:read', 'subject:write'], cidrs: [], issued_by: '900000076', status,
	issued_at: '2026-04-01T09:00:00+09:00', expires_at: new Date(Date.now() + days * 86_400_000).toISOString(),
	last_used_at: i % 2 ? '2026-11-01T10:15:00+09:00' : null, last_ip: i % 2 ? '192.0.2.7' : null });
const TOKENS = { tokens: [token(1, 300, 'ACTIVE'), token(2, 12, 'ACTIVE'), token(3, 20, 'ISSUED'),
	token(4, -3, 'EXPIRED'), token(5, 90, 'REVOKED')], next: null };
const JOB = { job_no: 'JB4K7Q9X2M', kind: 'sample.rows', title: '見本の取込', state: 'READY', export: false, filename: '見本_2026年4月分.csv', bytes: 1_284_000,
	received: 1_284_000, encoding: 'Shift_JIS', same_as: null, rows_done: 12_840, rows_total: 12_840, percent: null, estimate_seconds: null,
	counts: { added: 12_000, changed: 800, same: 40, ended: 0, unsaid: 0, bad: 0 }, partial_allowed: true, partial: false, step_up: false,
	problem: null, hold: null, override_reason: null, faults: [], preview: { columns: ['コード', '名称', '単価'],
		rows: [['001234', '見本の品目', '1,200'], ['001235', '"><b>太郎', '']] }, error_bytes: 0, result_bytes: 0, actor: '900000076', commit_actor: null,
	created_at: '2026-11-01T10:15:00+09:00', committed_at: null, finished_at: null, expires_at: '2026-12-01T10:15:00+09:00' };
const FAULTS = [['単価', 'A'.repeat(120), '数値が正しくありません。'], ['暗証', null, '文字数が正しくありません。'], [null, null, '列の数が見出し行と違います。'], ['名称', '', '必須項目が入力されていません。']]
	.map(([label, value, message], i) => ({ line: 12 + i, field: 'x', label, value, code: 'E-VAL-002', message, cure: '項目の説明にある文字数と文字の種類で入力してください。' }));
const LIST = { ...JOB, job_no: 'JB2P8R4T6V', kind: 'record.due-list', title: '勧奨対象者の一覧', state: 'DONE', export: true, filename: null, bytes: 0, received: 0,
	encoding: null, counts: null, preview: null, partial_allowed: false, step_up: true, result_bytes: 1_845_200, result_rows: 12_840, result_sha256: 'ab'.repeat(32), facts: [],
	finished_at: '2026-11-01T10:16:00+09:00', release: { needed: true, may: true, by: null, at: null } };
const oneJob = (change) => async (b) => {
	await b.pretend({ '/jobs/JB': { body: { ...JOB, ...change }, headers: { etag: '"3"' } } });
	await b.page(`/jobs/${JOB.job_no}`);
	await b.shown();
};
async function search(b, values) {
	await b.page('/records');
	await b.shown();
	await fill(b, { purpose: '01', ...values });
	await send(b);
	await b.until("document.getElementById('result')");
}
const many = (p) => ({ 'name-kana': p.many.kana, 'birth-date-era': 'R', 'birth-date': '元', 'birth-date-month': '5', 'birth-date-day': '1' });

export async function fillToken(b, name = '健康管理システム 本番') {
	await b.page('/tokens/new');
	await b.shown();
	await fill(b, { name, cidrs: '192.0.2.0/24' });
	await b.run("document.getElementById('scopes').click(); document.getElementById('scopes-1').click()");
}
export async function issueToken(b, name) {
	await fillToken(b, name);
	await send(b);
	await b.until("document.activeElement?.id === 'check'");
	await b.run("document.querySelector('#sure button[type=submit]').click()");
	await b.until("document.activeElement?.id === 'done'");
}

const firstUsable = async (inst, role) => {
	const caller = await staff(inst, { role });
	const { tokens } = (await caller.call('listAccessTokens')).json;
	caller.close();
	return tokens.find((t) => t.status === 'ISSUED' || t.status === 'ACTIVE').token_id;
};

// name → what leads there from being logged in. Nothing: opening the path.
const STEPS = {
	...ACCOUNT_STEPS,
	...RECORD_STEPS,
	...USERS_STEPS,
	'login-errors': async (b) => { await b.page('/login'); await b.shown(); await send(b); await failed(b); },
	'login-refused': async (b) => {
		await b.page('/login');
		await b.shown();
		await b.keys(`999999999${KEYS.tab}wrong${KEYS.enter}`);
		await failed(b);
	},
	loading: async (b) => { await b.pretend({ '/account/session': { hang: true } }); await b.page('/menu'); await b.until("document.getElementById('loading')"); },
	menu: async (b) => { await b.pretend({ '/token/access-tokens': { body: { tokens: [], next: null } } }); await b.page('/menu'); await b.shown(); },
	'menu-tasks': async (b) => { await b.pretend({ '/token/access-tokens': { body: TOKENS } }); await b.page('/menu'); await b.shown(); },
	'password-first': async (b) => { await b.pretend({ '/account/session': { patch: { temporary: true, next: 'password' } } }); await b.page('/menu'); await b.until("location.pathname === '/password'"); await b.shown(); },
	'password-errors': async (b) => {
		await b.page('/password');
		await b.shown();
		await fill(b, { 'current-password': 'x', 'new-password': 'short', repeated: 'other' });
		await send(b);
		await failed(b);
	},
	'search-errors': async (b) => {
		await b.page('/records');
		await b.shown();
		await fill(b, { 'name-kana': '吉田', 'birth-date-era': 'H', 'birth-date': '31', 'birth-date-month': '5', 'birth-date-day': '1' });
		await send(b);
		await failed(b);
	},
	'search-result': (b, p) => search(b, many(p)),
	'search-nobody': (b) => search(b, { 'muni-key': 'NOBODY-HAS-THIS' }),
	timeline: async (b, p) => { await b.page(`/records/${p.child.subject_no}?purpose=01`); await b.shown(); },
	'timeline-en': async (b, p) => { await b.page(`/records/${p.child.subject_no}?purpose=01`); await b.shown(); },
	'timeline-grid': async (b, p) => { await b.page(`/records/${p.child.subject_no}?purpose=01&view=grid`); await b.shown(); },
	'timeline-empty': async (b, p) => { await b.page(`/records/${p.newborn.subject_no}?purpose=01`); await b.shown(); },
	'timeline-protected': async (b, p) => { await b.page(`/records/${p.safe.subject_no}?purpose=01`); await b.shown(); await b.click('#guard-open'); await b.until("document.getElementById('person')"); },
	'timeline-purpose': async (b, p) => { await b.page(`/records/${p.child.subject_no}`); await b.until("document.activeElement?.id === 'purpose'"); },
	'timeline-absent': async (b) => { await b.page('/records/00000000000000?purpose=01'); await b.shown(); },
	tokens: async (b) => { await b.pretend({ '/token/access-tokens': { body: TOKENS } }); await b.page('/tokens'); await b.shown(); },
	'tokens-empty': async (b) => { await b.pretend({ '/token/access-tokens': { body: { tokens: [], next: null } } }); await b.page('/tokens'); await b.shown(); },
	'token-new-errors': async (b) => { await b.page('/tokens/new'); await b.shown(); await send(b); await failed(b); },
	'token-check': async (b) => { await fillToken(b); await send(b); await b.until("document.activeElement?.id === 'check'"); },
	'token-once': async (b) => {
		await b.pretend({ 'POST /token/access-tokens': { status: 201, body: { token: `eyJ${'SAMPLE'.repeat(60)}`, issued: TOKENS.tokens[0] } } });
		await issueToken(b);
		await b.run("document.getElementById('saved').click()");
	},
	'token-revoke': async (b, p, inst) => { await b.page(`/tokens/${await firstUsable(inst, 'MU-A')}/revoke`); await b.shown(); },
	'token-revoke-errors': async (b, p, inst) => { await STEPS['token-revoke'](b, p, inst); await send(b); await failed(b); },
	jobs: async (b) => {
		await b.pretend({ '/jobs/kinds': { body: { kinds: [{ kind: JOB.kind, title: JOB.title }] } }, '/jobs?waiting': { body: { next: null, jobs: [LIST] } }, '/jobs?': { body: { next: JOB.job_no,
			jobs: Object.entries({ READY: {}, DONE: {}, REFUSED: { counts: { ...JOB.counts, bad: 3 } }, CHECKING: { counts: null, rows_total: null } })
				.map(([state, more]) => ({ ...JOB, state, ...more })) } } });
		await b.page('/jobs');
		await b.shown();
	},
	'jobs-en': (b) => STEPS.jobs(b),
	'job-sending': oneJob({ state: 'UPLOADING', received: 600_000, percent: 46, counts: null, preview: null, encoding: null, rows_total: null }),
	'job-checking': oneJob({ state: 'CHECKING', percent: 40, rows_done: 5000, estimate_seconds: 75, preview: null }),
	'job-ready': oneJob({ same_as: 'JB00000001' }),
	'job-held': async (b) => {
		await oneJob({ hold: { code: 'E-MST-002', message: '承認待ちの変更があります。', cure: '承認または差戻しの後に行ってください。' } })(b);
		await b.run("[...document.querySelectorAll('button')].find((e) => e.textContent.includes('登録する')).click()");
		await b.until("document.activeElement?.id === 'job-reason'");
	},
	'job-faults': oneJob({ counts: { ...JOB.counts, bad: 4 }, faults: FAULTS, error_bytes: 900 }),
	'job-refused': oneJob({ state: 'REFUSED', counts: { ...JOB.counts, added: 0 }, rows_total: 0, preview: null, encoding: 'UTF-8', problem: { code: 'E-JOB-007',
		message: 'The header row differs.', cure: 'Have the columns of the template, in its order.', line: 1, column: 3, wanted: '医療機関コード', found: 'コード' } }),
	'job-unreleased': oneJob({ ...LIST, job_no: JOB.job_no, release: { ...LIST.release, may: false } }),
	'job-release': oneJob({ ...LIST, job_no: JOB.job_no }),
	'job-hidden': oneJob({ ...LIST, job_no: JOB.job_no, hidden: true, result_bytes: 0, result_sha256: null, release: null }),
	'job-done': oneJob({ state: 'DONE', partial: true, rows_done: 12_836, counts: { ...JOB.counts, bad: 4 }, error_bytes: 900, finished_at: '2026-11-01T10:16:00+09:00' }),
	...masterSteps,
	timeout: async (b) => { await b.pretend({ '/account/session': { patch: { idle_seconds: 120 } } }); await b.page('/menu'); await b.until("document.querySelector('dialog[open]')"); },
	'login-again': async (b) => {
		await b.pretend({ 'POST /record/searches': problem(401, 'E-AUTH-003', 'セッションの有効期限が切れました。', 'もう一度ログインしてください。') });
		await b.page('/records');
		await b.shown();
		await fill(b, { purpose: '01', 'muni-key': 'X-1' });
		await send(b);
		await b.until("document.getElementById('again-password')");
	},
	broken: async (b) => { await b.pretend({ '/token/access-tokens': problem(500, 'E-SYS-500', '処理できませんでした。', '') }); await b.page('/tokens'); await b.shown(); },
	busy: async (b) => { await b.pretend({ '/token/access-tokens': problem(503, 'E-SYS-002', 'ただいま処理できません。', '') }); await b.page('/tokens'); await b.shown(); },
	offline: async (b) => { await b.pretend({ '/token/access-tokens': { status: 0 } }); await b.page('/tokens'); await b.shown(); },
	'citizen-again': async (b) => { await b.page('/citizen?again=1'); await b.shown(); },
	citizen: async (b) => { await b.page('/citizen?person=1'); await b.shown(); },
	'citizen-en': (b) => STEPS.citizen(b),
	'citizen-grid': async (b) => { await b.page('/citizen?person=1&view=grid'); await b.shown(); },
	'citizen-nothing': async (b) => { await b.page('/citizen?person=2'); await b.shown(); },
	'citizen-wrong': async (b) => { await STEPS.citizen(b); await b.run("document.querySelector('[id^=wrong-]').click()"); await b.until("document.activeElement?.id === 'text'"); },
	'citizen-wrong-errors': async (b) => { await STEPS['citizen-wrong'](b); await send(b); await failed(b); },
	'citizen-answered': async (b) => {
		const asked = { enquiry_id: '00000000-0000-4000-8000-000000000001', record_id: '00000000-0000-4000-8000-000000000002', vaccine_code: 'MR',
			vaccine_name: 'MR', dose_label: '第1期', vaccinated_on: '2026-11-01', text: '接種日が母子手帳と違います。', asked_at: '2026-11-10T10:15:00+09:00' };
		await b.pretend({ 'POST /record/citizen/records/search': { patch: { enquiries: 2 } }, 'POST /record/citizen/enquiries/search': { body: { enquiries: [{ ...asked, state: 'WORKING', answer: null, answered_at: null },
			{ ...asked, state: 'ANSWERED', answer: '医療機関に確かめて、訂正しました。\n母子手帳のとおりです。', answered_at: '2026-11-12T10:15:00+09:00' }] } } });
		await STEPS.citizen(b);
	},
	'citizen-busy': async (b) => { await b.pretend({ 'POST /record/citizen/records/search': problem(503, 'E-SYS-002', 'ただいま処理できません。', '') }); await STEPS.citizen(b); },
	'not-found': (b) => b.page('/no/such/page'),
	maintenance: (b) => b.page('/ui/503.html'),
};

let who = null;
let home = null; // the family of the page for citizens

export async function reach(b, screen, people) {
	const { inst } = b;
	await b.plain();
	if (who !== screen.role) {
		if (screen.role === '')
			await b.forget();
		else if (screen.role === 'citizen')
			await handOver(b, home ??= await family(inst));
		else
			await b.logIn(inst.logins.find((l) => l.role === screen.role));
		who = screen.role;
	}
	if (await b.run('return location.protocol') !== 'https:')
		await b.page('/ui/favicon.svg');
	await b.run(`document.cookie = 'lang=${screen.lang ?? 'ja'}; Path=/; Secure; SameSite=Strict'`);
	if (STEPS[screen.name]) {
		await STEPS[screen.name](b, people, inst);
	} else {
		await b.page(screen.path);
		await b.shown();
	}
}

export const forgetWho = () => { who = null; };
