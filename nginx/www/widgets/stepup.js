// stepup.js - proving again who one is, in a dialog over the page: what was typed there stays.
//
//	await askAgain({ title, text, user, want: { password: true, code: false }, leave: { text, run }, send })
//
// send({ password, code, recovery_code }) answers true when that was enough, or what is wanted
// next, with an error to say; it throws what the server refused. → true, or undefined when people gave up.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { Problem } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { Dialog } from './dialog.js';
import { text } from './form.js';
import { digits, number } from './kana.js';

// The two ways to prove the second factor, as fields of a form.
export const codeFields = () => ({
	code: { kind: number, label: t('proof.code'), hint: t('proof.codeHint'), required: true, width: 'short',
		autocomplete: 'one-time-code', pattern: /^\d{6}$/, patternText: t('proof.codeShape') },
	recovery_code: { kind: text, label: t('proof.recovery'), hint: t('proof.recoveryHint'), required: true, width: 'id' },
});

export const recoveryOf = (typed) => typed.normalize('NFKC').trim().toLowerCase();

// What a refused code means, in words for whoever typed it; null: it was not about the code.
export const codeRefused = (problem, recovery) => (problem.id === 'E-AUTH-006'
	? t(recovery ? 'proof.recoveryRefused' : 'proof.codeRefused') : null);

// The other way, beside the field.
export const otherWay = (recovery, change, end = '') => html`<p class="yb-field"><button type="button" class="yb-link" id="other-way${end}"
	@click=${change}>${t(recovery ? 'proof.useCode' : 'proof.useRecovery')}</button></p>`;

const IDS = { password: 'again-password', code: 'again-code', recovery_code: 'again-recovery' };

function field(name, end, error, more) {
	const id = IDS[name] + end;
	const described = [more.hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
	return html`<div class="yb-field" ?data-error=${error}><label class="yb-label" for=${id}>${more.label}</label>
		${more.hint ? html`<p class="yb-hint" id="${id}-hint">${more.hint}</p>` : nothing}
		<input class="yb-input" id=${id} type=${more.type ?? 'text'} autocomplete=${more.autocomplete}
			inputmode=${more.inputmode ?? nothing} spellcheck="false" autocapitalize="none" data-width=${more.width ?? nothing}
			aria-invalid=${error ? 'true' : nothing} aria-describedby=${described || nothing}>
		${error ? html`<p class="yb-error" id="${id}-error">＊${error}</p>` : nothing}</div>`;
}

// A template each: an input that is drawn anew keeps what was typed, and a password must not
// turn up in the field of the code.
const PARTS = {
	password: (end, error) => html`${field('password', end, error, { label: t('login.password'), type: 'password',
		autocomplete: 'current-password' })}`,
	code: (end, error) => html`${field('code', end, error, { label: t('proof.code'), hint: t('proof.codeHint'), width: 'short',
		autocomplete: 'one-time-code', inputmode: 'numeric' })}`,
	recovery_code: (end, error) => html`${field('recovery_code', end, error, { label: t('proof.recovery'), hint: t('proof.recoveryHint'),
		width: 'id', autocomplete: 'off' })}`,
};

const input = (state, part) => document.getElementById(IDS[part] + state.end);

const partsOf = ({ want, recovery }) => [want.password && 'password',
	want.code && (recovery ? 'recovery_code' : 'code')].filter(Boolean);

// What was typed, and what is wrong with its shape.
function read(state) {
	const typed = {};
	const errors = {};
	for (const part of partsOf(state)) {
		const value = input(state, part).value;
		typed[part] = part === 'code' ? digits(value) : part === 'recovery_code' ? recoveryOf(value) : value;
		if (typed[part] === '')
			errors[part] = t(`proof.missing_${part}`);
		else if (part === 'code' && !/^\d{6}$/.test(typed.code))
			errors.code = t('proof.codeShape');
	}
	return { typed, errors };
}

// The server's refusal, at the field it is about; the field is emptied.
function refused(state, problem) {
	const code = state.recovery ? 'recovery_code' : 'code';
	if (problem.errors.some((e) => e.field === '/code') && !state.want.code) {
		state.want = { ...state.want, code: true }; // registered since the page was opened
		return {};
	}
	const part = state.want.code && (problem.id === 'E-AUTH-006' || problem.id === 'E-AUTH-013' || !state.want.password)
		? code : 'password';
	input(state, part).value = '';
	return { [part]: codeRefused(problem, state.recovery)
		?? (problem.id === 'E-AUTH-001' ? t('proof.passwordRefused', { left: problem.detail }) : `${problem.message}${problem.detail}`) };
}

export function askAgain({ title, text: why, user, want, leave, send, closable = false }) {
	const dialog = new Dialog();
	const state = { end: dialog.end, want, recovery: false, errors: {}, sending: false };
	const show = (errors) => {
		state.errors = errors;
		dialog.draw();
		const parts = partsOf(state);
		input(state, parts.find((p) => errors[p]) ?? parts.find((p) => input(state, p).value === '') ?? parts[0])?.focus();
	};
	const run = async () => {
		if (state.sending)
			return;
		const { typed, errors } = read(state);
		if (Object.keys(errors).length > 0)
			return show(errors);
		state.sending = true;
		try {
			const next = await send(typed);
			if (next === true)
				return dialog.close(true);
			Object.assign(state, { want: next, recovery: false });
			show(next.error ? { password: next.error } : {});
		} catch (e) {
			if (!(e instanceof Problem))
				throw e;
			show(refused(state, e));
		} finally {
			state.sending = false;
		}
	};
	return dialog.open({ title, closable,
		body: () => html`<p>${typeof why === 'function' ? why(state.want) : why}</p>
			<form id="again${state.end}" novalidate @submit=${(e) => { e.preventDefault(); run(); }}>
			<input class="yb-hidden" type="text" autocomplete="username" tabindex="-1" aria-hidden="true" readonly .value=${user}>
			${partsOf(state).map((part) => PARTS[part](state.end, state.errors[part]))}
			${state.want.code ? otherWay(state.recovery, () => { state.recovery = !state.recovery; show({}); }, state.end) : nothing}</form>`,
		actions: [{ text: t('again.send'), primary: true, form: `again${state.end}` }, leave] });
}
