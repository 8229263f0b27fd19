// dialog.js - a question over the page. Native <dialog>: the focus stays in it and goes back
// to where it was; Esc closes it where closing is an answer.

import { html, nothing, render } from '../vendor/lit-html/lit-html.js';

let count = 0;

export class Dialog {
	// end: behind the ids in it, while there is a dialog below this one.
	constructor() {
		this.end = document.querySelector('.yb-dialog') ? `-${++count}` : '';
	}

	// open({ title, body, actions: [{ text, primary, run, form, value }], closable }) → what it
	// was closed with. `body` is a template, or a function for one that changes (draw()).
	open(options) {
		this.options = { closable: true, ...options };
		this.box = document.createElement('dialog');
		this.box.className = 'yb-dialog';
		this.box.setAttribute('aria-labelledby', `dialog-title${this.end}`);
		if (options.describedby)
			this.box.setAttribute('aria-describedby', options.describedby);
		this.box.addEventListener('cancel', (e) => {
			e.preventDefault();
			if (this.options.closable)
				this.close();
		});
		this.box.addEventListener('keydown', (e) => {
			if (e.key === 'Escape' && !this.options.closable)
				e.preventDefault();
		});
		this.box.addEventListener('close', () => this.closed());
		this.before = document.activeElement;
		document.body.append(this.box);
		this.draw();
		this.show();
		return new Promise((done) => { this.done = done; });
	}

	show() {
		this.box.showModal();
		(this.box.querySelector('input:not([readonly])') ?? this.box.querySelector('button'))?.focus();
	}

	// By the browser: the second time in a row it asks nobody whether it may.
	closed() {
		if (!this.box || this.box.open)
			return;
		if (this.options.closable)
			this.close();
		else
			this.show();
	}

	draw() {
		const { title, body, actions } = this.options;
		render(html`<h2 class="yb-dialog__title" id="dialog-title${this.end}">${title}</h2>
			${typeof body === 'function' ? body() : body}
			<div class="yb-actions">${actions.map((a) => html`<button
				type=${a.form ? 'submit' : 'button'} form=${a.form ?? nothing}
				class="yb-button ${a.primary ? 'yb-button--primary' : ''}"
				@click=${a.form ? nothing : () => (a.run ? a.run() : this.close(a.value))}>${a.text}</button>`)}
			</div>`, this.box);
	}

	close(value) {
		if (!this.box)
			return;
		this.box.remove(); // close() would give the focus back without a caret
		this.box = null;
		this.before?.focus();
		this.done(value);
	}
}
