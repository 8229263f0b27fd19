// screens-account.mjs - how the screens of one's own account and of tokens are reached.

import { failed, fill, focus, open, problem, send } from './steps.mjs';

const TOKEN = 'A'.repeat(43);
const day = (days) => new Date(Date.now() + days * 86_400_000).toISOString();

// ---- getting in ----

const HALF = { user: null, org: null, roles: [], permissions: [], areas: [], next: 'factor', login_id: TOKEN, login_seconds: 300, login_tries: 5,
	methods: ['totp', 'recovery_code'], factor: null };
const RULES = { profiles: ['a02'], min: 12, max: 64, classes: 3, history: 5, rest_min: 8, expires_below: 13, expires_days: 90 };
const WRONG = problem(401, 'E-AUTH-006', '認証コードが正しくありません。', '時計が合っているか確認し、新しいコードを入力してください。');
const ENDED = problem(401, 'E-AUTH-003', 'セッションの有効期限が切れました。',
	'別の場所で同じユーザIDのログインがあったため、このセッションを終了しました。心当たりがないときは、パスワードを変更し、管理者に連絡してください。');
const NO_LINK = problem(410, 'E-ACC-007', 'リンクの有効期限が切れています。', 'もう一度手続きを始めてください。');

async function refusedLogin(b, answer) {
	await b.pretend({ 'POST /account/login': answer });
	await open(b, '/login');
	await fill(b, { 'user-id': '900000001', password: 'x' });
	await send(b);
	await failed(b);
}
async function half(b, more = {}, answers = {}) {
	await b.pretend({ ...answers, 'POST /account/login': { body: { ...HALF, ...more } } });
	await open(b, '/login');
	await fill(b, { 'user-id': '900000001', password: 'x' });
	await send(b);
	await b.until("document.querySelector('#code, #recovery-code') === document.activeElement");
}
async function wrongCode(b, answer) {
	await half(b, {}, { 'POST /account/login/factor': answer });
	await fill(b, { code: '123456' });
	await send(b);
}
const linked = (path, answers) => async (b) => { await b.pretend(answers); await open(b, `${path}#${TOKEN}`); };

const LOGIN = {
	'login-locked': (b) => refusedLogin(b, problem(423, 'E-AUTH-002', 'アカウントがロックされています。しばらくしてから再度お試しください。',
		'30分待つか、管理者に解除を依頼してください。', { headers: { 'retry-after': '1741' } })),
	'login-expired': (b) => refusedLogin(b, problem(401, 'E-ACC-008', '仮パスワードの有効期限が切れています。管理者に再発行を依頼してください。', '管理者に再発行を依頼してください。')),
	'login-ended': async (b) => { await b.pretend({ '/account/session': ENDED }); await open(b, '/login'); },
	'login-code': (b) => half(b),
	'login-code-en': (b) => half(b),
	'login-code-wrong': async (b) => { await wrongCode(b, WRONG); await failed(b); },
	'login-code-over': async (b) => { await wrongCode(b, problem(401, 'E-AUTH-003', '', '')); await focus(b, 'password'); },
	'login-recovery': async (b) => { await half(b); await b.click('#other-way'); await focus(b, 'recovery-code'); },
	'login-suspended': (b) => half(b, { methods: ['recovery_code'] }),
	'reset-errors': async (b) => { await open(b, '/reset'); await send(b); await failed(b); },
	'reset-sent': async (b) => {
		await b.pretend({ 'POST /account/reset': { status: 202, body: { accepted: true } } });
		await open(b, '/reset');
		await fill(b, { 'user-id': '900000001', mail: 'taro@example.jp' });
		await send(b);
		await focus(b, 'done');
	},
	'reset-new': linked('/reset', { '/account/reset/check': { body: { factor: true, expires_at: day(0.02), password_rules: RULES } } }),
	'reset-new-errors': async (b) => { await LOGIN['reset-new'](b); await send(b); await failed(b); },
	'reset-over': linked('/reset', { '/account/reset/check': NO_LINK }),
	'id-notice-errors': async (b) => { await open(b, '/id-notice'); await fill(b, { mail: 'taro' }); await send(b); await failed(b); },
	'id-notice-sent': async (b) => {
		await b.pretend({ 'POST /account/id-notice': { status: 202, body: { accepted: true } } });
		await open(b, '/id-notice');
		await fill(b, { mail: 'taro@example.jp', 'org-code': '131016' });
		await send(b);
		await focus(b, 'done');
	},
	'mail-confirm': linked('/mail-confirm', {}),
	'mail-confirm-done': async (b) => { await linked('/mail-confirm', { '/account/mail-confirm': { status: 204 } })(b); await send(b); await focus(b, 'done'); },
	'mail-confirm-over': async (b) => { await linked('/mail-confirm', { '/account/mail-confirm': NO_LINK })(b); await send(b); await b.until("document.querySelector('.yb-notice')"); },
};

// ---- one's own ----

const factor = (more) => ({ '/account/session': { patch: { factor: { enrolled: true, required: false, suspended: false, recovery_left: 8, ...more } } } });
// A QR code of the right size; what it says is made up.
const QR = Array.from({ length: 37 }, (_, y) => Array.from({ length: 37 }, (__, x) => ((x * 7 + y * 13 + x * y) % 5 < 2 ? `M${x + 4} ${y + 4}h1v1h-1z` : '')).join('')).join('');
const BEGUN = { body: { key: 'ABCD EFGH IJKL MNOP QRST UVWX YZ23 4567', uri: 'otpauth://totp/x', qr_size: 45, qr_path: QR } };
const CODES = Array.from({ length: 10 }, (_, i) => `abcd${i % 8 + 2}-efg${i % 7 + 2}h`);
const NO_FACTOR = { enrolled: false, recovery_left: 0 };

async function scan(b, answers = {}) {
	await b.pretend({ ...factor(NO_FACTOR), ...answers, 'POST /account/factor/totp': BEGUN });
	await open(b, '/factor');
	await send(b, '#begin');
	await b.until("document.getElementById('key')");
}
async function withCode(b, answer) {
	await scan(b, { 'POST /account/factor/totp/confirm': answer });
	await fill(b, { code: '123456' });
	await send(b, '#confirm');
}

const SESSION = (i, browser, current = false) => ({ session_id: `s${i}`, began_at: day(-0.1 * i), seen_at: day(-0.01 * i), from: `192.0.2.${i}`, browser, current });
const SESSIONS = [SESSION(1, 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36 Edg/131.0', true),
	SESSION(2, 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/604.1'), SESSION(3, 'curl/7.88')];

const CARDS = [{ card_id: 7, subject: 'C=JP,O=見本市,OU=健康推進課,CN=見本　花子 042556894', expires_at: day(700), registered_at: day(-400), last_used_at: day(-1) },
	{ card_id: 8, subject: 'C=JP,O=見本市,CN=見本　花子', expires_at: day(-3), registered_at: day(-800), last_used_at: null }];

const ASK_AGAIN = problem(403, 'E-AUTH-008', 'この操作の前に、パスワードの再入力が必要です。', 'パスワードを再入力してください。');
async function stepUp(b, answers = {}, more = {}) {
	await b.pretend({ ...factor(more), ...answers, 'PATCH /account/me': { ...ASK_AGAIN } });
	await open(b, '/me');
	await fill(b, { department: '健康推進課' });
	await send(b);
	await focus(b, 'again-password');
}

const OWN = {
	'menu-empty': async (b) => { await b.pretend({ '/account/session': { patch: { areas: [], permissions: [] } } }); await open(b, '/menu'); },
	'menu-affairs': async (b) => {
		await b.pretend({ '/account/session': { patch: { terms_due: true, password_expires_at: day(5), factor: { enrolled: true, recovery_left: 1 } } } });
		await open(b, '/menu');
	},
	'password-done': async (b) => {
		await b.pretend({ 'POST /account/password': { body: { next: null } } });
		await open(b, '/password');
		await fill(b, { 'current-password': 'x', 'new-password': 'y', repeated: 'y' });
		await send(b);
		await focus(b, 'done');
	},
	terms: async (b) => { await b.pretend({ '/account/session': { patch: { terms_due: true } } }); await open(b, '/terms'); },
	'terms-first': async (b) => { await b.pretend({ '/account/session': { patch: { next: 'terms', terms_due: true } } }); await b.page('/menu'); await b.until("location.pathname === '/terms'"); await b.shown(); },
	'terms-errors': async (b) => { await OWN.terms(b); await send(b); await failed(b); },
	'terms-accepted': async (b) => { await b.pretend({ '/account/session': { patch: { terms_due: false } } }); await open(b, '/terms'); },
	'terms-other': async (b) => { await b.pretend({ '/account/session': { patch: { terms_due: true, terms_version: '2' } } }); await open(b, '/terms'); },
	factor: async (b) => { await b.pretend(factor(NO_FACTOR)); await open(b, '/factor'); },
	'factor-first': async (b) => {
		await b.pretend({ '/account/session': { patch: { next: 'factor_setup', factor: { ...NO_FACTOR, required: true } } } });
		await b.page('/menu');
		await b.until("location.pathname === '/factor'");
		await b.shown();
	},
	'factor-registered': async (b) => { await b.pretend(factor({ recovery_left: 3 })); await open(b, '/factor'); },
	'factor-suspended': async (b) => { await b.pretend(factor({ suspended: true, required: true })); await open(b, '/factor'); },
	'factor-scan': (b) => scan(b),
	'factor-scan-en': (b) => scan(b),
	'factor-wrong': async (b) => { await withCode(b, WRONG); await failed(b); },
	'factor-codes': async (b) => {
		await withCode(b, { body: { recovery_codes: CODES, session: {} } });
		await b.until("document.getElementById('codes')");
		await b.run("document.getElementById('saved').click()");
	},
	'factor-end': async (b) => { await OWN['factor-registered'](b); await b.click('#end-first'); await b.until("document.getElementById('end')"); },
	'me-errors': async (b) => { await open(b, '/me'); await fill(b, { name: '', 'name-kana': '漢字' }); await send(b); await failed(b); },
	'me-conflict': async (b) => {
		await b.pretend({ 'PATCH /account/me': problem(412, 'E-ACC-005', '他の利用者により更新されています。', '') });
		await open(b, '/me');
		await fill(b, { department: '健康推進課' });
		await b.pretend({ 'PATCH /account/me': problem(412, 'E-ACC-005', '', '') });
		await send(b);
		await focus(b, 'changed');
	},
	'me-done': async (b) => {
		await b.pretend({ 'PATCH /account/me': { body: { name: '見本　花子', name_kana: 'ミホン　ハナコ', department: '健康推進課', mail: 'old@example.jp' } } });
		await open(b, '/me');
		await fill(b, { department: '健康推進課', mail: 'new@example.jp' });
		await send(b);
		await focus(b, 'done');
	},
	sessions: async (b) => { await b.pretend({ '/account/sessions': { body: { sessions: SESSIONS } } }); await open(b, '/sessions'); },
	'sessions-en': (b) => OWN.sessions(b),
	'sessions-one': async (b) => { await b.pretend({ '/account/sessions': { body: { sessions: SESSIONS.slice(0, 1) } } }); await open(b, '/sessions'); },
	'sessions-ended': async (b) => { await OWN.sessions(b); await b.click('#end-others'); await focus(b, 'ended'); },
	cards: async (b) => { await b.pretend({ '/account/cards': { body: { cards: CARDS } } }); await open(b, '/cards'); },
	'cards-en': (b) => OWN.cards(b),
	'cards-empty': async (b) => { await b.pretend({ '/account/cards': { body: { cards: [] } } }); await open(b, '/cards'); },
	'cards-remove': async (b) => { await OWN.cards(b); await b.click('tbody button'); await focus(b, 'sure'); },
	'cards-removed': async (b) => {
		await b.pretend({ 'DELETE /account/cards/7': { status: 204 } });
		await OWN['cards-remove'](b);
		await send(b, '#remove');
		await focus(b, 'removed');
	},
	stepup: (b) => stepUp(b, {}, NO_FACTOR),
	'stepup-wrong': async (b) => {
		await stepUp(b, { 'POST /account/step-up': WRONG });
		await fill(b, { 'again-password': 'x', 'again-code': '123456' });
		await send(b, 'dialog');
		await b.until("document.getElementById('again-code-error')");
	},
};

// ---- tokens and programs ----

const CLIENT = { client_id: 'cl-0123456789abcdef0123456789abcdef', org_code: '131016', name: '健康管理システム 本番', contact: '健康推進課 03-1234-5678',
	scopes: ['subject:write', 'record:read'], cidrs: ['192.0.2.0/24'], key_kid: 'Zb1m8lqJkqAhG0qL9dVhJvC5cDk3pV7S3xD1mYk2R0w', old_key_kid: 'A7b8ZkqJkqAhG0qL9dVhJvC5cDk3pV7S3xD1mYk2R0w',
	old_key_until: day(14), cert_x5t_s256: 'QQ', cert_subject: 'CN=見本,O=千代田区,C=JP', cert_valid_from: day(-300), cert_expires_at: day(12),
	old_cert_x5t_s256: null, old_cert_until: null, first_used_at: day(-100), last_used_at: day(-0.2), last_ip: '192.0.2.7', status: 'ACTIVE',
	status_reason: null, disabled_by_centre: false, created_by: '900000076', created_at: day(-300), updated_at: day(-2), version: 3 };
const STOPPED = { ...CLIENT, client_id: 'cl-2', name: '予診票アプリ', status: 'DISABLED', status_reason: '鍵が漏れたおそれがあるため', disabled_by_centre: true, cert_expires_at: null,
	cert_x5t_s256: null, last_used_at: null };
const ORG = { org_code: '131016', org_type: 'MUNI', name: '千代田区', onboarding: '利用中' };
const CLINIC = { org_code: '1319990014', org_type: 'HMI', name: '見本診療所', onboarding: '利用中' };
const issued = (i, days, status) => ({ token_id: `00000000-0000-0000-0000-00000000000${i}`, name: `見本システム ${i}`, last4: 'x9Qk',
	scopes: ['record:read', 'subject:write'], cidrs: ['192.0.2.0/24'], contact: null, issued_by: '900000076', status, issued_at: day(-200), expires_at: day(days),
	last_used_at: null, last_ip: null });
const one = (client) => ({ [`/token/clients/${client.client_id}`]: { body: client } });
const at = (path, answers) => async (b) => { await b.pretend(answers); await open(b, path); };

async function search(b, answer) {
	await b.pretend({ '/account/organisations': { body: { organisations: answer, next: null } } });
	await open(b, '/tokens/organisations');
	await fill(b, { q: '見本' });
	await send(b);
	await focus(b, 'found');
}

const KEY = '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEsample\n-----END PUBLIC KEY-----';

const TOKENS = {
	'token-replace': at('/tokens/new?from=00000000-0000-0000-0000-000000000002', { '/token/access-tokens': { body: { tokens: [issued(2, 12, 'ACTIVE')], next: null } } }),
	clients: at('/clients', { '/token/clients': { body: { clients: [CLIENT, STOPPED, { ...CLIENT, client_id: 'cl-3', name: '受付端末', cert_expires_at: null }], next: 'x' } } }),
	'clients-en': (b) => TOKENS.clients(b),
	'clients-empty': at('/clients', { '/token/clients': { body: { clients: [], next: null } } }),
	'client-new-errors': async (b) => { await open(b, '/clients/new'); await fill(b, { key: KEY.replaceAll('PUBLIC', 'PRIVATE') }); await send(b); await failed(b); },
	'client-check': async (b) => {
		await open(b, '/clients/new');
		await fill(b, { name: '健康管理システム 本番', key: KEY });
		await b.run("document.getElementById('scopes').click()");
		await send(b);
		await focus(b, 'check');
	},
	client: at(`/clients/${CLIENT.client_id}?done=made`, one(CLIENT)),
	'client-stopped': at('/clients/cl-2', one(STOPPED)),
	'client-edit': at(`/clients/${CLIENT.client_id}/edit`, one(CLIENT)),
	'client-key': at(`/clients/${CLIENT.client_id}/key`, one(CLIENT)),
	'client-key-errors': async (b) => { await TOKENS['client-key'](b); await send(b); await failed(b); },
	'client-stop': at(`/clients/${CLIENT.client_id}/state`, one(CLIENT)),
	'client-start': at('/clients/cl-2/state', one({ ...STOPPED, disabled_by_centre: false })),
	'org-found': (b) => search(b, [ORG, CLINIC]),
	'org-nobody': (b) => search(b, []),
	'org-tokens': at('/tokens/organisations?org=131016', { '/account/organisations': { body: { organisations: [ORG], next: null } },
		'/token/organisations': { body: { tokens: [issued(1, 300, 'ACTIVE'), issued(4, -3, 'EXPIRED')], next: null } }, '/token/clients': { body: { clients: [CLIENT], next: null } } }),
	'org-clinic': at('/tokens/organisations?org=1319990014', { '/account/organisations': { body: { organisations: [CLINIC], next: null } },
		'/token/organisations': { body: { tokens: [], next: null } }, '/token/clients': { body: { clients: [], next: null } } }),
	'client-clinic': at('/clients/new?org=1319990014', { '/account/organisations': { body: { organisations: [CLINIC], next: null } } }),
};

export const ACCOUNT_STEPS = { ...LOGIN, ...OWN, ...TOKENS };
