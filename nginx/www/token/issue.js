// issue.js - H-2-1: a token for one program: form, check, and the only time it is shown.
//
// The value lives in this page's memory. The address changes to /tokens/issued as soon as it is
// there, so that reloading or coming back leads to a page that says it cannot be shown again.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { post } from '../lib/api.js';
import { addDays, dayOf, dayText, today } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { announce, crumb, facts, focusOn, notice, setTitle } from '../lib/page.js';
import { Form, area, checks, radios } from '../widgets/form.js';
import { SCOPES } from './tokens.js';

const TERMS = [30, 90, 180, 365];

const networks = (text) => text.normalize('NFKC').split(/[\s,\u3001]+/).filter(Boolean);

const fields = (session) => ({
	name: { label: t('issue.name'), hint: t('issue.nameHint'), required: true },
	scopes: { kind: checks, label: t('issue.scopes'), hint: t('issue.scopesHint'), required: true,
		options: (SCOPES[session.org.org_type] ?? []).map((s) => [s, t(`scope.${s}`), s]) },
	days: { kind: radios, label: t('issue.days'), required: true, value: '180', wire: ['days', 'expires_on'],
		options: TERMS.map((n) => [String(n), t('issue.term', { n, day: dayText(addDays(today(), n)) })]) },
	cidrs: { kind: area, label: t('issue.cidrs'), hint: t('issue.cidrsHint'), required: false },
	contact: { label: t('issue.contact'), hint: t('issue.contactHint'), required: false },
});

const body = (v) => ({ ...v, days: Number(v.days), cidrs: networks(v.cidrs ?? '') });

export function init({ session, update }) {
	const state = { step: 'form', values: null, token: null, saved: false, copied: false };
	state.form = new Form({
		title: t('issue.title'), fields: fields(session), update,
		check: (v) => (networks(v.cidrs ?? '').length > 10 ? [{ name: 'cidrs', text: t('issue.cidrsMany') }] : []),
		submit(values) {
			Object.assign(state, { step: 'check', values });
			update();
			setTitle(t('issue.check'));
			focusOn('check');
		},
	});
	state.sure = new Form({
		id: 'sure', title: t('issue.check'), fields: {}, update,
		async submit(_, key) {
			try {
				const { token, issued } = await post('/token/access-tokens', body(state.values), { key });
				Object.assign(state, { step: 'once', token, issued });
			} catch (e) {
				if (e.errors?.length > 0) { // beside the fields
					state.step = 'form';
					update();
					state.form.refused(e);
					return;
				}
				throw e;
			}
			history.replaceState(null, '', '/tokens/issued');
			window.addEventListener('beforeunload', stay);
			window.addEventListener('pagehide', () => { state.token = null; update(); });
			update();
			setTitle(t('issued.title'));
			focusOn('once');
		},
	});
	const stay = (e) => {
		if (!state.saved)
			e.preventDefault();
	};
	return state;
}

const checkPage = (state, update) => html`${state.sure.summary()}<h1 id="check" tabindex="-1">${t('issue.check')}</h1>
	<p>${t('issue.checkText')}</p>
	${facts([[t('issue.name'), state.values.name],
		[t('issue.scopes'), html`<ul class="yb-plain">${state.values.scopes.map((s) => html`<li>${t(`scope.${s}`)}
			<span class="yb-sub" lang="en">${s}</span></li>`)}</ul>`],
		[t('issue.days'), t('issue.term', { n: Number(state.values.days), day: dayText(addDays(today(), Number(state.values.days))) })],
		[t('issue.cidrs'), networks(state.values.cidrs ?? '').join(t('comma')) || t('issue.cidrsNone')],
		[t('issue.contact'), state.values.contact ?? t('none')]])}
	${state.sure.view(nothing, { send: t('issue.send'), more: html`<button type="button" class="yb-button" @click=${() => {
		state.step = 'form';
		update();
		setTitle(t('issue.title'));
		focusOn('name');
	}}>${t('issue.back')}</button>` })}`;

async function copy(state, update) {
	const field = document.getElementById('token');
	try {
		await navigator.clipboard.writeText(state.token);
	} catch { // not allowed here: selected, so that Ctrl+C does it
		field.select();
		announce(t('issued.selected'));
		return;
	}
	state.copied = true;
	update();
	announce(t('issued.copied'));
}

const oncePage = (state, update) => html`<h1 id="once" tabindex="-1">${t('issued.title')}</h1>
	${notice(t('issued.once'), html`<p>${t('issued.onceText')}</p>`, 'warn')}
	<div class="yb-secret"><label class="yb-label" for="token">${t('issued.value')}</label>
	<textarea class="yb-input yb-code" id="token" rows="6" readonly spellcheck="false" autocomplete="off"
		.value=${state.token ?? ''} @focus=${(e) => e.target.select()}></textarea>
	<div class="yb-actions yb-actions--near"><button type="button" class="yb-button" id="copy"
		@click=${() => copy(state, update)}>${t('issued.copy')}</button>${state.copied
		? html`<p class="yb-done">${t('issued.copied')}</p>` : nothing}</div></div>
	<p class="yb-paper">${t('issued.notPrinted')}</p>
	${facts([[t('issue.name'), state.issued.name], [t('tokens.last4'), html`<code>${state.issued.last4}</code>`],
		[t('tokens.expires'), dayText(dayOf(state.issued.expires_at))]])}
	<label class="yb-choice yb-choice--lone"><input type="checkbox" id="saved" .checked=${state.saved}
		@change=${(e) => { state.saved = e.target.checked; update(); }}><span>${t('issued.saved')}</span></label>
	<div class="yb-actions"><button type="button" class="yb-button yb-button--primary" id="finish"
		aria-disabled=${state.saved ? nothing : 'true'} aria-describedby="finish-hint" @click=${() => {
			if (state.saved)
				location.replace('/tokens');
			else
				focusOn('saved');
		}}>${t('issued.finish')}</button></div>
	<p class="yb-hint" id="finish-hint">${t('issued.finishHint')}</p>`;

export const view = (state, update) => (state.step === 'once' ? oncePage(state, update) : html`
	${crumb([['/tokens', t('tokens.title')]], t(state.step === 'form' ? 'issue.title' : 'issue.check'))}
	${state.step === 'check' ? checkPage(state, update) : nothing}
	<div ?hidden=${state.step !== 'form'}>${state.form.summary()}<h1>${t('issue.title')}</h1>
	${state.form.view(['name', 'scopes', 'days', 'cidrs', 'contact'].map((name) => state.form.field(name)),
		{ send: t('issue.next') })}</div>`);
