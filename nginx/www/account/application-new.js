// application-new.js - H-1-1: asks for the first administrator of an organisation that was
// looked up (?org=), or of a new institution outside insurance (?new=1), which is numbered here.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { Problem, get, post } from '../lib/api.js';
import { dayText, momentText, today } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { crumb, facts, nameOf, notice } from '../lib/page.js';
import { Checked } from '../widgets/checked.js';
import { eraDate } from '../widgets/era-date.js';
import { checks, radios, select } from '../widgets/form.js';
import { kana, phone } from '../widgets/kana.js';
import { similarNotice } from './accounts.js';
import { onboardingText, prefText, typeText } from './apps.js';

const PREFS = Array.from({ length: 47 }, (_, i) => String(i + 1).padStart(2, '0'));

async function organisation(code) {
	const { organisations } = await get(`/account/organisations?org_code=${encodeURIComponent(code)}`);
	if (organisations.length === 0)
		throw new Problem(404, null);
	return organisations[0];
}

const newOrg = () => ({
	org_name: { label: t('appNew.orgName'), required: true, wire: ['org_name', 'org_code'] },
	org_name_kana: { kind: kana, label: t('appNew.orgKana'), required: true },
	pref_code: { kind: select, label: t('orgs.pref'), required: true, width: 'id',
		options: [['', t('form.choosePlease')], ...PREFS.map((code) => [code, prefText(code)])] },
});

// An organisation with administrators is given another one only when none can be reached.
const replaces = (org) => org.admins > 0 && !org.every_account;
const again = () => ({ reason: { kind: checks, label: t('app.reason'), required: true, wire: ['reason', 'org_code'],
	options: [['NO_ADMIN', t('app.NO_ADMIN'), t('appNew.noAdminHint')]] } });

const person = () => ({
	name: { label: t('apps.person'), hint: t('users.nameHint'), required: true, wire: ['name', 'org_code'] },
	name_kana: { kind: kana, label: t('users.kana'), required: true },
	department: { label: t('users.department'), required: false },
	mail: { label: t('users.mail'), hint: t('appNew.mailHint'), inputmode: 'email', required: true },
	phone: { kind: phone, label: t('users.phone'), hint: t('users.phoneHint'), required: false, width: 'id', autocomplete: 'off' },
	applied_on: { kind: eraDate, label: t('app.appliedOn'), hint: t('appNew.appliedHint'), required: true, value: today() },
	start_on: { kind: eraDate, label: t('app.startOn'), required: false, era: 'R' },
	evidence: { label: t('app.evidence'), hint: t('appNew.evidenceHint'), required: false },
	paper: { kind: radios, label: t('handover.how'), required: true, value: 'MAIL',
		options: ['MAIL', 'PAPER'].map((way) => [way, t(`handover.${way}`), t(`handover.${way}hint`)]) },
});

function faults(v) {
	return [v.applied_on > today() && { name: 'applied_on', text: t('appNew.appliedLate') },
		v.start_on && v.start_on < v.applied_on && { name: 'start_on', text: t('appNew.startEarly') }].filter(Boolean);
}

export async function init({ query, update }) {
	const state = { org: query.get('new') ? null : await organisation(query.get('org') ?? '') };
	const fields = { ...(state.org ? replaces(state.org) ? again() : {} : newOrg()), ...person() };
	state.flow = new Checked({ title: t('appNew.title'), checkTitle: t('appNew.check'), doneTitle: t('appNew.done'), fields, update, check: faults,
		send: ({ reason, paper, ...values }, key) => post('/account/applications', { ...values, ...state.org ? { org_code: state.org.org_code } : {},
			reason: reason ? 'NO_ADMIN' : 'FIRST', paper: paper === 'PAPER' }, { key }) });
	return state;
}

const orgFacts = (o) => [[t('apps.org'), html`<span lang="ja">${o.name}</span><span class="yb-sub">${[typeText(o.org_type), o.org_code,
	prefText(o.pref_code), onboardingText(o.onboarding)].join(t('comma'))}</span>`]];

const checkFacts = (state) => (v) => [...(state.org ? orgFacts(state.org) : [[t('apps.org'), html`<span lang="ja">${v.org_name}</span><span
	class="yb-sub" lang="ja">${v.org_name_kana}${t('comma')}${prefText(v.pref_code)}</span>`]]),
	[t('app.reason'), t(v.reason ? 'app.NO_ADMIN' : 'app.FIRST')],
	[t('apps.person'), html`${nameOf(v)}<span class="yb-sub" lang="ja">${v.name_kana}</span>`], [t('users.department'), v.department ?? t('none')],
	[t('users.mail'), v.mail], [t('users.phone'), v.phone ?? t('none')], [t('app.appliedOn'), dayText(v.applied_on)],
	[t('app.startOn'), v.start_on ? dayText(v.start_on) : t('none')], [t('app.evidence'), v.evidence ?? t('none')],
	[t('handover.how'), t(`handover.${v.paper}`)]];

const done = (a) => html`${notice(t('appNew.doneText'), html`<p>${t('appNew.doneNext', { until: momentText(a.expires_at) })}</p>`, 'good')}
	${facts([[t('apps.no'), html`<span class="yb-digits">${a.application_no}</span>`], [t('apps.org'), html`<span lang="ja">${a.org_name}</span><span
		class="yb-sub yb-digits">${a.org_code}</span>`], [t('apps.person'), nameOf(a)]])}${similarNotice(a.similar, false)}
	<div class="yb-actions"><a class="yb-button" href="/applications/organisations">${t('appNew.again')}</a>
	<a class="yb-button" href="/applications">${t('app.toAll')}</a></div>`;

const CRUMBS = () => [['/applications', t('apps.title')], ['/applications/organisations', t('orgs.title')]];

// One application of an organisation at a time.
const waiting = ({ org }) => html`${crumb(CRUMBS(), t('appNew.title'))}<h1>${t('appNew.title')}</h1>
	${facts(orgFacts(org))}${notice(t('appNew.waiting'), html`<p><a href="/applications?org_code=${org.org_code}">${t('appNew.toWaiting')}</a></p>`, 'warn')}`;

const lead = ({ org }) => html`${org ? facts(orgFacts(org)) : html`<p>${t('orgs.newText')}</p>`}
	${org?.every_account ? notice(t('appNew.every'), html`<p>${t('appNew.everyText')}</p>`)
		: org?.admins > 0 ? notice(t('appNew.hasAdmin', { n: org.admins }), html`<p>${t('appNew.hasAdminText')}</p>`, 'warn') : nothing}`;

export const view = (state) => (state.org?.waiting > 0 && state.flow.step === 'form' ? waiting(state) : state.flow.view({ crumbs: CRUMBS(), lead: lead(state),
	names: Object.keys(state.flow.form.fields), text: t('appNew.checkText'), send: t('appNew.send'), facts: checkFacts(state), done }));
