// accounts.js - what the pages of accounts share: roles, states, steps from one state to the
// next, and the fields and facts of a person.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { call } from '../lib/api.js';
import { dayText, momentText, today } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { nameOf, notice, tag } from '../lib/page.js';
import { eraDate } from '../widgets/era-date.js';
import { area, checks, radios } from '../widgets/form.js';
import { kana, phone } from '../widgets/kana.js';

// Of each type of organisation, the one that may least first.
const ROLES = { MUNI: ['MU-V', 'MU-S', 'MU-A'], HMI: ['MI-S', 'MI-A'], NMI: ['NM-S', 'NM-A'], NHIC: ['KC-S', 'KC-A'],
	NHIF: ['KR-S', 'KR-A'], MHLW: ['MH-S', 'MH-A'], OPS: ['OP'] };
export const STATES = ['TEMP', 'ACTIVE', 'LOCKED', 'SUSPENDED', 'DISABLED', 'DELETED'];
const KINDS = { TEMP: 'info', ACTIVE: 'good', LOCKED: 'bad', SUSPENDED: 'warn', DISABLED: 'plain', DELETED: 'plain' };

// temp: ends in a new temporary password, which has to reach its owner.
export const STEPS = {
	unlock: { from: ['LOCKED'] },
	resume: { from: ['SUSPENDED'], temp: true },
	enable: { from: ['DISABLED'], temp: true },
	reissue: { from: ['TEMP', 'ACTIVE', 'LOCKED'], temp: true },
	'factor-reset': { from: ['TEMP', 'ACTIVE', 'LOCKED', 'SUSPENDED', 'DISABLED'] },
	suspend: { from: ['TEMP', 'ACTIVE', 'LOCKED'] },
	disable: { from: ['TEMP', 'ACTIVE', 'LOCKED', 'SUSPENDED'] },
	delete: { from: ['TEMP', 'ACTIVE', 'LOCKED', 'SUSPENDED', 'DISABLED'] },
};

// The steps that can be taken with a user as it is now.
export const stepsOf = (u) => Object.keys(STEPS).filter((name) => STEPS[name].from.includes(u.status)
	&& (name !== 'factor-reset' || u.second_factor));

export const userPath = (id, more = '') => `/account/users/${encodeURIComponent(id)}${more}`;

// A user with what If-Match wants.
export async function readUser(id) {
	const { data, etag } = await call('GET', userPath(id));
	return { ...data, etag };
}

export const rolesOf = (orgType) => ROLES[orgType] ?? [];
export const typeOf = (role) => Object.keys(ROLES).find((type) => ROLES[type].includes(role));
export const roleText = (role) => t(`role.${role}`);
export const factorTag = (u) => (u.second_factor ? tag(t('users.factorOn'), 'good') : t('users.factorOff'));
export const statusTag = (u) => tag(t(`users.${u.status}`), KINDS[u.status]);

const leads = (role) => role?.endsWith('-A') ?? false;
const opens = (role) => role === 'MU-A' || role === 'MU-S';

// A role with what is special about this account.
export const roleOf = (u) => html`${roleText(u.role)}${[u.is_admin && t('users.isAdmin'), u.restricted_view && t('users.restricted')]
	.filter(Boolean).map((words) => html`<span class="yb-sub">${words}</span>`)}`;

// ---- fields ----

const rightsOf = (orgType) => [['is_admin', t('users.isAdmin'), t('users.isAdminHint')],
	...(orgType === 'MUNI' ? [['restricted_view', t('users.restricted'), t('users.restrictedHint')]] : [])];

export const personFields = (orgType) => ({
	name: { label: t('users.name'), hint: t('users.nameHint'), required: true },
	name_kana: { kind: kana, label: t('users.kana'), required: true },
	department: { label: t('users.department'), required: false },
	mail: { label: t('users.mail'), inputmode: 'email', required: false },
	phone: { kind: phone, label: t('users.phone'), hint: t('users.phoneHint'), required: false, width: 'id', autocomplete: 'off' },
	role: { kind: radios, label: t('users.role'), hint: t('users.roleHint'), required: true,
		options: rolesOf(orgType).map((role) => [role, roleText(role), t(`roleText.${role}`)]) },
	...(orgType === 'OPS' ? {} : { rights: { kind: checks, label: t('users.rights'), required: false,
		options: rightsOf(orgType), wire: ['is_admin', 'restricted_view'] } }),
	valid_to: { kind: eraDate, label: t('users.validTo'), hint: t('users.validToHint'), required: false, era: 'R' },
});

export const reasonField = (hint = t('users.reasonHint')) => ({ kind: area, label: t('users.reason'), hint, required: true });

// How a temporary password goes; without an address of the own not by mail.
export const deliverField = (mail) => ({ kind: radios, label: t('handover.how'), hint: t('handover.howHint'), required: true,
	value: mail ? 'MAIL' : 'PAPER', options: ['MAIL', 'PAPER', 'SCREEN'].filter((way) => mail || way !== 'MAIL')
		.map((way) => [way, t(`handover.${way}`), t(`handover.${way}hint`)]) });

export function personFaults(values) {
	const said = (name, text) => ({ name, text });
	const rights = values.rights ?? [];
	return [rights.includes('is_admin') && !leads(values.role) && said('rights', t('users.rightsAdmin')),
		rights.includes('restricted_view') && !opens(values.role) && said('rights', t('users.rightsRestricted')),
		values.valid_to && values.valid_to < today() && said('valid_to', t('users.validToPast')),
		values.deliver === 'MAIL' && !values.mail && said('mail', t('users.mailNeeded'))].filter(Boolean);
}

// A user as the fields hold it, and fields as the server takes them.
export const valuesOf = (u) => ({ name: u.name, name_kana: u.name_kana, department: u.department ?? '', mail: u.mail ?? '',
	phone: u.phone ?? '', role: u.role, ...(u.role === 'OP' ? {} : { rights: ['is_admin', 'restricted_view'].filter((right) => u[right]) }),
	valid_to: u.valid_to ?? '' });

export function bodyOf({ rights, ...rest }, orgType) {
	const given = (right) => (rights ?? []).includes(right);
	return { ...rest, ...(rights === undefined ? {} : { is_admin: given('is_admin'),
		...(orgType === 'MUNI' ? { restricted_view: given('restricted_view') } : {}) }) };
}

export const rightsText = (rights) => [].concat(rights ?? []).map((right) =>
	t(right === 'is_admin' ? 'users.isAdmin' : 'users.restricted')).join(t('comma')) || t('users.noRights');

// What was typed, on the page that asks whether it is right.
export const typedFacts = (values) => [[t('users.name'), html`${nameOf(values)}<span class="yb-sub" lang="ja">${values.name_kana}</span>`],
	[t('users.department'), values.department ?? t('none')], [t('users.mail'), values.mail ?? t('users.mailNone')],
	[t('users.phone'), values.phone ?? t('none')],
	[t('users.role'), html`${roleText(values.role)}<span class="yb-sub">${t(`roleText.${values.role}`)}</span>`],
	values.role === 'OP' ? null : [t('users.rights'), rightsText(values.rights)],
	[t('users.validTo'), values.valid_to ? dayText(values.valid_to) : t('users.validToNone')]];

// ---- facts ----

export const lastLogin = (u) => (u.last_login_at ? momentText(u.last_login_at) : t('users.never'));

export const userFacts = (u) => [[t('users.id'), html`<span class="yb-digits">${u.user_id}</span>`],
	[t('users.name'), html`${nameOf(u)}<span class="yb-sub" lang="ja">${u.name_kana}</span>`],
	[t('users.status'), html`${statusTag(u)}${u.locked_until ? html`<span class="yb-sub">${t('users.lockedUntil', { at: momentText(u.locked_until) })}</span>` : nothing}
		${u.temp_expires_at ? html`<span class="yb-sub">${t('users.tempUntil', { at: momentText(u.temp_expires_at) })}</span>` : nothing}
		${u.suspended_at ? html`<span class="yb-sub">${t('users.suspendedAt', { at: momentText(u.suspended_at) })}</span>` : nothing}`],
	[t('users.role'), roleOf(u)], [t('users.factor'), factorTag(u)], [t('users.lastLogin'), lastLogin(u)]];

// People who may be the same one: to be looked at, not forbidden.
export const similarNotice = (similar, linked = true) => (similar.length === 0 ? nothing : notice(t('users.similarHead', { n: similar.length }),
	html`<p>${t('users.similarText')}</p><ul class="yb-plain">${similar.map((s) => html`<li>${linked ? html`<a href="/users/${s.user_id}">${nameOf(s)}</a>` : nameOf(s)}${t('users.brackets', { what:
		[s.user_id, roleText(s.role), t(`users.${s.status}`), s.same_mail && t('users.sameMail'), s.same_name && t('users.sameName')]
			.filter(Boolean).join(t('comma')) })}</li>`)}</ul>`, 'warn'));
