// screens-users.mjs - how the screens of accounts, of their review and of applications are reached.

import { failed, fill, focus, open, problem, send } from './steps.mjs';

const day = (days) => new Date(Date.now() + days * 86_400_000).toISOString();

// ---- accounts ----

const ID = '042556894';
const USER = { user_id: ID, name: '見本　花子', name_kana: 'ミホン　ハナコ', department: '健康推進課', mail: 'hanako@example.jp', phone: '03-0000-0000',
	role: 'MU-S', is_admin: false, restricted_view: true, valid_to: null, self_reset: true, status: 'ACTIVE', second_factor: true, locked_until: null, temp_expires_at: null,
	last_login_at: day(-2), suspended_at: null, created_at: '2026-04-01T09:00:00+09:00', version: 3 };
const STATES = {
	temp: { status: 'TEMP', second_factor: false, last_login_at: null, temp_expires_at: day(2), restricted_view: false },
	active: {},
	locked: { status: 'LOCKED', locked_until: day(0.01), restricted_view: false },
	suspended: { status: 'SUSPENDED', suspended_at: day(-3), last_login_at: day(-93), self_reset: false, restricted_view: false },
	disabled: { status: 'DISABLED', last_login_at: day(-200), role: 'MU-V', restricted_view: false, department: null },
	deleted: { status: 'DELETED', last_login_at: null },
};
const NAMES = ['見本　花子', '𠮷田　葛\u{E0100}子', '"><img src=x onerror=alert(1)>', '長い名前の　職員さん'];
const user = (state, i = 0) => ({ ...USER, ...STATES[state], user_id: String(Number(ID) + i).padStart(9, '0'), name: NAMES[i % NAMES.length] });
const LIST = { users: [...Object.keys(STATES).map(user), { ...USER, user_id: '900000076', role: 'MU-A', is_admin: true, name: '管理　一郎', valid_to: '2027-03-31' }],
	next: '900000076' };

const list = (body = LIST) => ({ '/account/users?': { body } });
const one = (state, more = {}) => ({ ...more, [`/account/users/${ID}`]: { body: user(state), headers: { etag: '"3"' } } });
const said = (id, what) => ({ ...USER, ...STATES[id], ...what });
const SIMILAR = [{ user_id: '900000084', name: '見本　花子', role: 'MU-V', status: 'DISABLED', same_mail: false, same_name: true }];
const issued = (more = {}) => ({ user: said('temp'), temporary_password: null, notice: false, similar: [], tokens_revoked: 0, ...more });

async function fillUser(b) {
	await open(b, '/users/new');
	await fill(b, { name: '見本　花子', 'name-kana': 'みほん　はなこ', department: '健康推進課', mail: 'hanako@example.jp' });
	await b.run("document.querySelector('[name=role][value=MU-S]').click()");
}
async function check(b) {
	await fillUser(b);
	await send(b);
	await focus(b, 'check');
}
async function made(b, way, answer) {
	await b.pretend({ 'POST /account/users': { status: 201, body: answer } });
	await fillUser(b);
	await b.run(`document.querySelector('[name=deliver][value=${way}]').click()`);
	await send(b);
	await focus(b, 'check');
	await send(b, '#sure');
	await focus(b, 'done');
}
async function edit(b, answers) {
	await b.pretend(one('active', answers));
	await open(b, `/users/${ID}/edit`);
}
const step = (name, state) => async (b) => { await b.pretend(one(state)); await open(b, `/users/${ID}/${name}`); };
async function stepped(b, name, state, answer) {
	await b.pretend(one(state, { [`POST /account/users/${ID}/state`]: answer }));
	await open(b, `/users/${ID}/${name}`);
	await fill(b, { reason: '本人から電話で依頼' });
	await send(b);
}
const resumeList = list({ users: [0, 1, 2].map((i) => user('suspended', i)).map((u, i) => ({ ...u, self_reset: i > 0 })), next: null });
async function resumed(b, results) {
	await b.pretend({ ...resumeList, 'POST /account/users/resume': { body: { results } } });
	await open(b, '/users/resume');
	await b.run("document.querySelectorAll('[name=user-ids]').forEach((e) => e.click()); document.querySelector('[name=deliver][value=PAPER]').click()");
	await fill(b, { reason: '秋の集団接種' });
	await send(b);
	await focus(b, 'done');
}
const result = (i, more) => ({ user_id: user('suspended', i).user_id, result: 'resumed', error_id: null, temporary_password: null, notice: false, ...more });

const USERS = {
	users: async (b) => { await b.pretend(list()); await open(b, '/users?deleted=1'); },
	'users-en': (b) => USERS.users(b),
	'users-empty': async (b) => { await b.pretend(list({ users: [], next: null })); await open(b, '/users?status=LOCKED'); },
	user: async (b) => { await b.pretend(one('active')); await open(b, `/users/${ID}`); },
	'user-en': (b) => USERS.user(b),
	'user-temp': async (b) => { await b.pretend(one('temp')); await open(b, `/users/${ID}`); },
	'user-suspended': async (b) => { await b.pretend(one('suspended')); await open(b, `/users/${ID}`); },
	'user-self': async (b, p, inst) => open(b, `/users/${inst.logins.find((l) => l.role === 'MU-A').user_id}`),
	'user-absent': (b) => open(b, '/users/000000000'),
	'user-new-errors': async (b) => {
		await open(b, '/users/new');
		await fill(b, { 'name-kana': '漢字' });
		await b.run("document.querySelector('[name=role][value=MU-V]').click(); document.querySelectorAll('[name=rights]').forEach((e) => e.click())");
		await send(b);
		await failed(b);
	},
	'user-new-rights': async (b) => {
		await fillUser(b);
		await b.run("document.querySelector('[name=rights][value=is_admin]').click()");
		await fill(b, { mail: '' });
		await send(b);
		await failed(b);
	},
	'user-check': check,
	'user-mailed': (b) => made(b, 'MAIL', issued({ similar: SIMILAR })),
	'user-paper': (b) => made(b, 'PAPER', issued({ notice: true })),
	'user-screen': async (b) => {
		await made(b, 'SCREEN', issued({ temporary_password: '7KQP-m3xa-WT9C-h4dn' }));
		await b.run("document.getElementById('saved').click()");
	},
	'user-edit': edit,
	'user-edit-conflict': async (b) => {
		await edit(b, { [`PATCH /account/users/${ID}`]: problem(412, 'E-ACC-005', '他の利用者により更新されています。', '再表示してください。') });
		await fill(b, { department: '母子保健課', reason: '異動のため' });
		await b.pretend({});
		await b.run(`const real = fetch; window.fetch = async (url, o = {}) => (url.endsWith('/${ID}') && (o.method ?? 'GET') === 'GET'
			? new Response(JSON.stringify(${JSON.stringify({ ...USER, department: '総務課', phone: '03-1111-1111', version: 4 })}), { headers: { etag: '"4"' } }) : real(url, o))`);
		await send(b);
		await focus(b, 'changed');
	},
	'user-edit-done': async (b) => {
		await edit(b, { [`PATCH /account/users/${ID}`]: { body: issued({ user: { ...USER, role: 'MU-V' }, tokens_revoked: 2 }) } });
		await b.run("document.querySelector('[name=role][value=MU-V]').click(); document.querySelector('[name=rights][value=restricted_view]').click()");
		await fill(b, { reason: '異動のため' });
		await send(b);
		await focus(b, 'done');
	},
	'user-letter': step('letter', 'temp'),
	'step-unlock': step('unlock', 'locked'),
	'step-suspend': step('suspend', 'active'),
	'step-reissue': step('reissue', 'active'),
	'step-delete': step('delete', 'disabled'),
	'step-delete-en': step('delete', 'disabled'),
	'step-factor': step('factor-reset', 'active'),
	'step-resume': step('resume', 'suspended'),
	'step-not-now': step('resume', 'active'),
	'step-errors': async (b) => { await step('disable', 'active')(b); await send(b); await failed(b); },
	'step-last': async (b) => {
		await stepped(b, 'disable', 'active', problem(409, 'E-ACC-003', '最後の管理者は削除・停止できません。', '先に別の管理者を登録してください。'));
		await failed(b);
	},
	'step-changed': async (b) => {
		await stepped(b, 'suspend', 'active', problem(412, 'E-ACC-005', '他の利用者により更新されています。', ''));
		await focus(b, 'changed');
	},
	'step-done': async (b) => { await stepped(b, 'suspend', 'active', { body: issued({ user: said('suspended') }) }); await focus(b, 'done'); },
	resume: async (b) => { await b.pretend(resumeList); await open(b, '/users/resume'); },
	'resume-empty': async (b) => { await b.pretend(list({ users: [], next: null })); await open(b, '/users/resume'); },
	'resume-paper': (b) => resumed(b, [result(0, { notice: true }), result(1, { notice: true }), result(2, { result: 'error', error_id: 'E-VAL-011' })]),
	'resume-screen': async (b) => {
		await resumed(b, [result(0, { temporary_password: '7KQP-m3xa-WT9C-h4dn' }), result(1, { temporary_password: 'h4dn-WT9C-m3xa-7KQP' })]);
		await b.run("document.getElementById('saved').click()");
	},
};

// ---- the review ----

const REVIEW = { due_on: day(20).slice(0, 10), overdue: false, unmarked: 3, next: null,
	last: { completed_at: '2026-05-11T17:20:00+09:00', completed_by: '900000076', completed_by_name: '管理　一郎', confirmed: 12, stopped: 2 },
	users: [user('active', 0), user('suspended', 1), { ...user('active', 2), user_id: '900000076', role: 'MU-A', is_admin: true }].map((u) => ({ ...u, verdict: null })) };
const review = (change) => ({ '/account/review': { body: { ...REVIEW, ...change } } });
const reviewed = (change, path = '/users/review') => async (b) => { await b.pretend(review(change)); await open(b, path); };
const REVIEWS = {
	review: reviewed({}),
	'review-en': reviewed({}),
	'review-over': reviewed({ overdue: true, last: null, due_on: day(-20).slice(0, 10) }),
	'review-ready': reviewed({ unmarked: 0, users: [] }),
	'review-errors': async (b) => { await reviewed({})(b); await send(b); await failed(b); },
	'review-complete': reviewed({ unmarked: 0, users: [user('suspended', 1)] }, '/users/review/complete'),
	'review-not-yet': reviewed({}, '/users/review/complete'),
	'review-done': async (b) => {
		await b.pretend({ 'POST /account/review/complete': { body: { confirmed: 12, stopped: 1, next_due_on: day(182).slice(0, 10) } }, ...review({ unmarked: 0, users: [] }) });
		await open(b, '/users/review/complete');
		await send(b);
		await focus(b, 'done');
	},
};

// ---- applications ----

const APP = { application_no: 'AP043116872', org_code: '1319990014', org_type: 'HMI', org_name: '見本医院 SAMPLE', org_is_new: false, reason: 'FIRST',
	name: '見本　太郎', name_kana: 'ミホン　タロウ', department: null, mail: 'taro@example.jp', phone: '03-0000-0000', applied_on: '2026-11-20',
	start_on: '2026-12-01', evidence: '2026年度 利用申請綴り 12-3', paper: false, job_no: null, sha256: 'a'.repeat(64), state: 'WAITING', maker_user_id: '900000027',
	maker_name: '中央　次郎', made_at: day(-1), expires_at: day(6), approver_user_id: null, approver_name: null, decided_at: null, comment: null,
	issued_user_id: null, may_decide: true, similar: [] };
const DECIDED = { approver_user_id: '900000019', approver_name: '中央　一郎', decided_at: day(0), may_decide: false };
const ISSUED = { ...APP, ...DECIDED, state: 'ISSUED', issued_user_id: '123456782' };
const apps = (applications) => ({ '/account/applications?': { body: { applications, next: null } } });
const app = (a, more = {}) => ({ ...more, [`/account/applications/${APP.application_no}`]: { body: a } });
const shown = (change) => async (b) => { await b.pretend(app({ ...APP, ...change })); await open(b, `/applications/${APP.application_no}`); };
async function decided(b, decision, answer) {
	await b.pretend(app({ ...APP, similar: SIMILAR }, { [`POST /account/applications/${APP.application_no}/decision`]: answer }));
	await open(b, `/applications/${APP.application_no}`);
	await b.run(`document.querySelector('[name=decision][value=${decision}]').click()`);
	await send(b);
}
const ORG = { org_code: '1319990014', org_type: 'HMI', name: '見本医院 SAMPLE', pref_code: '13', onboarding: '未申請', valid_from: '2020-04-01', valid_to: null, admins: 0, waiting: 0 };
const orgs = (...list) => ({ '/account/organisations?': { body: { organisations: list.map((change) => ({ ...ORG, ...change })), next: null } } });
async function apply(b, change = {}) {
	await b.pretend(orgs(change));
	await open(b, `/applications/new?org=${ORG.org_code}`);
}
async function applied(b, answers = {}) {
	await b.pretend({ ...orgs({}), ...answers });
	await open(b, `/applications/new?org=${ORG.org_code}`);
	await fill(b, { name: '見本　太郎', 'name-kana': 'ミホン　タロウ', mail: 'taro@example.jp' });
	await send(b);
	await focus(b, 'check');
}

const APPS = {
	applications: async (b) => {
		await b.pretend(apps([APP, { ...APP, application_no: 'AP043116873', may_decide: false, org_is_new: true, org_type: 'NMI', org_code: 'N139990014', name: NAMES[2] }, ISSUED,
			{ ...APP, ...DECIDED, state: 'REJECTED' }, { ...APP, state: 'EXPIRED', may_decide: false }]));
		await open(b, '/applications');
	},
	'applications-empty': async (b) => { await b.pretend(apps([])); await open(b, '/applications?state=WAITING'); },
	application: shown({ similar: SIMILAR }),
	'application-en': shown({}),
	'application-own': shown({ may_decide: false }),
	'application-paper': shown({ ...ISSUED, paper: true }),
	'application-errors': async (b) => { await decided(b, 'REJECT', {}); await failed(b); },
	'application-refused': async (b) => {
		await decided(b, 'APPROVE', problem(409, 'E-ACC-021', 'この申請は、既に処理されたか、期限が切れています。', '一覧を再表示してください。'));
		await failed(b);
	},
	'application-approved': async (b) => { await decided(b, 'APPROVE', { body: ISSUED }); await focus(b, 'done'); },
	'application-new': (b) => apply(b),
	'application-every': (b) => apply(b, { org_code: 'OPS', org_type: 'OPS', name: '運用保守事業者 SAMPLE', admins: 2, every_account: true, onboarding: '利用中' }),
	'application-again': (b) => apply(b, { admins: 2, onboarding: '利用中' }),
	'application-waiting': (b) => apply(b, { waiting: 1, onboarding: '申請中' }),
	'application-institution': (b) => open(b, '/applications/new?new=1'),
	'application-new-errors': async (b) => { await apply(b); await send(b); await failed(b); },
	'application-check': (b) => applied(b),
	'application-made': async (b) => {
		await applied(b, { 'POST /account/applications': { status: 201, body: { ...APP, may_decide: false } } });
		await send(b, '#sure');
		await focus(b, 'done');
	},
	organisations: async (b) => {
		await b.pretend(orgs({}, { org_code: '1319990022', waiting: 1, onboarding: '申請中' }, { org_code: '131016', org_type: 'MUNI', name: '千代田区', admins: 2, onboarding: '利用中' }));
		await open(b, '/applications/organisations?q=見本');
	},
	'organisations-empty': async (b) => { await b.pretend(orgs()); await open(b, '/applications/organisations?q=見本'); },
};

const TASKS = { tasks: [{ kind: 'REVIEW_DUE', count: 12, due_on: day(12).slice(0, 10) }, { kind: 'TEMP_EXPIRING', count: 2, due_on: null },
	{ kind: 'SUSPENDED', count: 3, due_on: null }] };
const MENU = {
	'menu-manager': async (b) => { await b.pretend({ '/account/tasks': { body: TASKS } }); await open(b, '/menu'); },
	'menu-centre': async (b) => {
		await b.pretend({ '/account/tasks': { body: { tasks: [{ kind: 'APPLICATIONS_WAITING', count: 4, due_on: null }] } } });
		await open(b, '/menu');
	},
};

export const USERS_STEPS = { ...USERS, ...REVIEWS, ...APPS, ...MENU };
