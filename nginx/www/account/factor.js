// factor.js - H-1-9, the second step of a login: the code of the app, or a recovery code.

import { html } from '../vendor/lit-html/lit-html.js';
import { t } from '../lib/i18n.js';
import { focusOn, notice, stepList } from '../lib/page.js';
import { loginFactor } from '../lib/session.js';
import { Form } from '../widgets/form.js';
import { codeFields, codeRefused, otherWay, recoveryOf } from '../widgets/stepup.js';

// half: the answer of the first step; enter(session); again(why): begin anew.
export class CodeStep {
	constructor({ half, update, enter, again }) {
		Object.assign(this, { update, again, suspended: !half.methods.includes('totp'), minutes: Math.ceil(half.login_seconds / 60) });
		this.recovery = this.suspended;
		this.left = half.login_tries;
		this.form = new Form({
			id: 'code-form', title: t('factor.title'), update, fields: codeFields(),
			say: (problem) => this.say(problem),
			submit: async ({ code, recovery_code: typed }) => {
				try {
					enter(await loginFactor(half.login_id, { code, recovery_code: typed && recoveryOf(typed) }));
				} catch (e) {
					if (e.id === 'E-AUTH-003')
						return again('codeOver');
					if (e.id === 'E-AUTH-006' && --this.left <= 0)
						return again('codeOver'); // the server takes no more for this login
					document.getElementById(this.id()).value = '';
					throw e;
				}
			},
		});
	}

	id() {
		return this.recovery ? 'recovery-code' : 'code';
	}

	focus() {
		focusOn(this.id());
	}

	say(problem) {
		const text = codeRefused(problem, this.recovery);
		return text && [{ name: this.recovery ? 'recovery_code' : 'code',
			text: `${text}${t('factor.left', { n: this.left })}` }];
	}

	change() {
		this.recovery = !this.recovery;
		this.form.fail([]);
		this.focus();
	}

	view() {
		return html`${this.form.summary()}<h1>${t('factor.title')}</h1>
			${stepList(t('factor.steps'), [t('factor.step1'), t('factor.step2')], 2)}
			${this.suspended ? notice(t('factor.suspended'), html`<p>${t('factor.suspendedText')}</p>`, 'warn') : ''}
			${this.form.view(html`${this.recovery ? html`${this.form.field('recovery_code')}` : html`${this.form.field('code')}`}
				${this.suspended ? '' : otherWay(this.recovery, () => this.change())}
				<p class="yb-small">${t('factor.time', { minutes: this.minutes })}</p>`,
			{ send: t('login.send'), more: html`<button type="button" class="yb-button" id="again"
				@click=${() => this.again()}>${t('factor.back')}</button>` })}
			<div class="yb-aside"><h2>${t('factor.help')}</h2><p>${t('factor.clock')}</p><p>${t('factor.lost')}</p></div>`;
	}
}
