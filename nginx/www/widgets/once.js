// once.js - a secret that is on the screen this one time: copied, said to be kept, gone.
//
//	state.once = new Once({ id: 'token', label, update, leaves: '/tokens/issued', then: '/tokens' });
//	state.once.show(value);	 view: state.once.view({ rows: 6, saved: t('…') })
//
// The value lives in this page's memory. With show() the address becomes `leaves`, where
// reloading or coming back leads to a page without it; leaving before people said that they
// kept it asks first. On paper there is nothing, but for { print: template }.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { t } from '../lib/i18n.js';
import { announce, focusOn, notice } from '../lib/page.js';

export class Once {
	constructor(options) {
		Object.assign(this, { value: null, saved: false, copied: false }, options);
		this.stay = (e) => {
			if (!this.saved)
				e.preventDefault();
		};
	}

	show(value) {
		Object.assign(this, { value, saved: false, copied: false });
		history.replaceState(null, '', this.leaves);
		window.addEventListener('beforeunload', this.stay);
		window.addEventListener('pagehide', () => {
			this.value = null;
			this.update();
		});
	}

	async copy() {
		try {
			await navigator.clipboard.writeText(this.value);
		} catch { // not allowed here: selected, so that Ctrl+C does it
			document.getElementById(this.id).select();
			announce(t('once.selected'));
			return;
		}
		this.copied = true;
		this.update();
		announce(t('once.copied'));
	}

	finish() {
		if (!this.saved) {
			focusOn('saved');
			return;
		}
		this.value = null;
		location.replace(this.then);
	}

	view({ rows, text, saved, print = nothing, more = nothing }) {
		return html`${notice(t('once.head'), html`<p>${text}</p>`, 'warn')}
			<div class="yb-secret"><label class="yb-label" for=${this.id}>${this.label}</label>
			<textarea class="yb-input yb-code" id=${this.id} rows=${rows} readonly spellcheck="false" autocomplete="off"
				.value=${this.value ?? ''} @focus=${(e) => e.target.select()}></textarea>
			<div class="yb-actions yb-actions--near"><button type="button" class="yb-button" id="copy"
				@click=${() => this.copy()}>${t('once.copy')}</button>${print === nothing ? nothing : html`<button type="button"
				class="yb-button" id="print" @click=${() => window.print()}>${t('once.print')}</button>`}${this.copied
				? html`<p class="yb-done">${t('once.copied')}</p>` : nothing}</div></div>
			${print === nothing ? html`<p class="yb-paper">${t('once.notPrinted')}</p>` : html`<div class="yb-paper">${print}</div>`}
			${more}
			<label class="yb-choice yb-choice--lone"><input type="checkbox" id="saved" .checked=${this.saved}
				@change=${(e) => { this.saved = e.target.checked; this.update(); }}><span>${saved}</span></label>
			<div class="yb-actions"><button type="button" class="yb-button yb-button--primary" id="finish"
				aria-disabled=${this.saved ? nothing : 'true'} aria-describedby="finish-hint"
				@click=${() => this.finish()}>${t('once.finish')}</button></div>
			<p class="yb-hint" id="finish-hint">${t('once.finishHint')}</p>`;
	}
}
