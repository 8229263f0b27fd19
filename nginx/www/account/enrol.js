// enrol.js - the second factor of one's own: an app is registered by QR code or key, recovery
// codes are shown once, both can be renewed or taken away (H-1-7, A-07).

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { post, remove } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { facts, focusOn, notice, setTitle, stepList, tag } from '../lib/page.js';
import { Form } from '../widgets/form.js';
import { Once } from '../widgets/once.js';
import { codeFields, codeRefused } from '../widgets/stepup.js';

const LOW = 3; // recovery codes

export function init({ session, update }) {
	const state = { step: 'status', begun: null, gone: false, first: session.next === 'factor_setup',
		factor: session.factor, user: session.user.user_id };
	const go = (step, title) => {
		state.step = step;
		update();
		setTitle(t(title));
		focusOn('step');
	};
	const shown = ({ recovery_codes: codes }) => {
		state.codes = codes;
		state.once.show(codes.join('\n'));
		go('codes', 'enrol.codes');
	};
	const form = (id, submit, more = {}) => new Form({ id, title: t('enrol.title'), update, fields: {}, submit, ...more });

	state.once = new Once({ id: 'codes', label: t('enrol.codes'), update, leaves: '/factor', then: state.first ? '/menu' : '/factor' });
	state.begin = form('begin', async () => {
		state.begun = await post('/account/factor/totp');
		go('scan', 'enrol.scan');
	});
	state.confirm = form('confirm', async ({ code }) => shown(await post('/account/factor/totp/confirm', { code })), {
		title: t('enrol.scan'), fields: { code: { ...codeFields().code, label: t('enrol.code'), hint: t('enrol.codeHint') } },
		say: (e) => (e.id === 'E-AUTH-006' ? [{ name: 'code', text: codeRefused(e, false) }] : null),
	});
	state.renew = form('renew', async () => shown(await post('/account/factor/recovery')));
	state.end = form('end', async (_, key) => {
		await remove('/account/factor', { key });
		Object.assign(state, { gone: true, factor: { ...state.factor, enrolled: false } });
		go('status', 'enrol.title');
	});
	state.go = go;
	return state;
}

const status = (state) => html`${['begin', 'renew'].map((name) => state[name].summary())}
	<h1 id="step" tabindex="-1">${t('enrol.title')}</h1>
	${state.first ? notice(t('enrol.first'), html`<p>${t('enrol.firstText')}</p>`, 'warn') : nothing}
	${state.gone ? notice(t('enrol.gone'), html`<p>${t('enrol.goneText')}</p>`, 'good') : nothing}
	${state.factor.suspended ? notice(t('factor.suspended'), html`<p>${t('enrol.suspendedText')}</p>`, 'bad') : nothing}
	${state.factor.enrolled ? registered(state) : html`<p>${t('enrol.lead')}</p>
		<p>${t('enrol.apps')}</p>${state.begin.view(nothing, { send: t('enrol.begin') })}`}`;

const registered = (state) => html`
	${facts([[t('enrol.state'), tag(t(state.factor.suspended ? 'enrol.stopped' : 'enrol.registered'), state.factor.suspended ? 'bad' : 'good')],
		[t('enrol.recovery'), html`${t('enrol.left', { n: state.factor.recovery_left })}${state.factor.recovery_left <= LOW
			? html` ${tag(t('enrol.low'), 'warn')}` : nothing}`]])}
	<section><h2>${t('enrol.recovery')}</h2><p>${t('enrol.renewText')}</p>
		${state.renew.view(nothing, { send: t('enrol.renew'), plain: true })}</section>
	<section><h2>${t('enrol.other')}</h2><p>${t('enrol.otherText')}</p>
		<div class="yb-actions yb-actions--near">${state.begin.view(nothing, { send: t('enrol.otherBegin'), plain: true })}
		${state.factor.required ? nothing : html`<button type="button" class="yb-button"
			id="end-first" @click=${() => state.go('end', 'enrol.end')}>${t('enrol.end')}</button>`}</div></section>`;

const scan = (state) => html`${state.confirm.summary()}<h1 id="step" tabindex="-1">${t('enrol.scan')}</h1>
	${stepList(t('enrol.steps'), [t('enrol.step1'), t('enrol.step2')], 1)}
	<div class="yb-secret"><p>${t('enrol.scanText')}</p>
	<svg class="yb-qr" viewBox="0 0 ${state.begun.qr_size} ${state.begun.qr_size}" role="img"
		aria-label=${t('enrol.qr')}><path d=${state.begun.qr_path}></path></svg>
	<p>${t('enrol.keyText')}</p><p class="yb-key"><code id="key">${state.begun.key}</code></p></div>
	${state.confirm.view(state.confirm.field('code'), { send: t('enrol.confirm'), more: html`<button type="button"
		class="yb-button" @click=${() => state.go('status', 'enrol.title')}>${t('enrol.leave')}</button>` })}`;

const codes = (state) => html`<h1 id="step" tabindex="-1">${t('enrol.codes')}</h1>
	${state.begun ? stepList(t('enrol.steps'), [t('enrol.step1'), t('enrol.step2')], 2) : nothing}
	${state.once.view({ rows: 10, text: t('enrol.codesText'), saved: t('enrol.saved'),
		print: html`<p>${t('enrol.printText', { user: state.user })}</p><ol class="yb-codes">${state.once.value
			? state.codes.map((code) => html`<li><code>${code}</code></li>`) : nothing}</ol>` })}`;

const end = (state) => html`${state.end.summary()}<h1 id="step" tabindex="-1">${t('enrol.end')}</h1>
	${notice(t('enrol.endHead'), html`<p>${t('enrol.endText')}</p>`, 'warn')}
	${state.end.view(nothing, { send: t('enrol.end'), more: html`<button type="button" class="yb-button"
		@click=${() => state.go('status', 'enrol.title')}>${t('enrol.leave')}</button>` })}`;

const VIEWS = { status, scan, codes, end };

export const view = (state) => VIEWS[state.step](state);
