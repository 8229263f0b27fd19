// handover.js - how a temporary password leaves this page (A-14): by mail, in a letter that is
// printed once, or read from the screen once.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { Problem, file } from '../lib/api.js';
import { dayOf, dayText } from '../lib/date.js';
import { save } from '../lib/file.js';
import { t } from '../lib/i18n.js';
import { announce, focusOn, notice, problemBox } from '../lib/page.js';
import { Once } from '../widgets/once.js';
import { userPath } from './accounts.js';

// The letter (PDF) of an account. The server gives it once; this page keeps it while it is open.
export class Letter {
	constructor({ path, name, update }) {
		Object.assign(this, { path, name, update, blob: null, problem: null, sending: false, key: crypto.randomUUID() });
	}

	async take() {
		if (this.sending)
			return;
		Object.assign(this, { sending: true, problem: null });
		this.update();
		try {
			this.blob ??= await file(this.path, { key: this.key });
			save(this.name, this.blob);
			announce(t('letter.taken'));
		} catch (e) {
			if (!(e instanceof Problem))
				throw e;
			this.problem = e;
		}
		this.sending = false;
		this.update();
		if (this.problem)
			focusOn('summary');
	}

	view() {
		return html`${problemBox(this.problem)}${this.blob ? notice(t('letter.taken'), html`<p>${t('letter.takenText')}</p>`, 'good')
			: notice(t('letter.head'), html`<p>${t('letter.text')}</p>`, 'warn')}
			<div class="yb-actions yb-actions--top"><button type="button" id="letter" class="yb-button ${this.blob ? '' : 'yb-button--primary'}"
				aria-disabled=${this.sending ? 'true' : nothing} @click=${() => this.take()}>${t(this.blob ? 'letter.again' : 'letter.take')}</button></div>`;
	}
}

export const userLetter = (id, update) => new Letter({ path: userPath(id, '/notice.pdf'), name: `notice-${id}.pdf`, update });

// issued: what the server answered; leads to the page of the account.
export class Handover {
	constructor({ user, temporary_password: password, notice: paper }, update) {
		const home = `/users/${user.user_id}`;
		Object.assign(this, { user, once: null, letter: paper ? userLetter(user.user_id, update) : null });
		if (password) {
			this.once = new Once({ id: 'temporary', label: t('handover.password'), update, leaves: home, then: home });
			this.once.show(password);
		}
	}

	view() {
		const until = dayText(dayOf(this.user.temp_expires_at));
		if (this.letter)
			return this.letter.view();
		if (this.once)
			return this.once.view({ rows: 1, text: t('handover.screenText', { until }), saved: t('handover.told') });
		return notice(t('handover.mailed', { mail: this.user.mail }), html`<p>${t('handover.mailedText', { until })}</p>`, 'good');
	}
}
