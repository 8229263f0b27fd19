// terms.js - H-1-7: the terms of use, read and accepted in the version that is shown. Their text
// is a file of the installation, terms.ja.txt and terms.en.txt: the first line names the
// version, a blank line parts paragraphs, a line that begins with "# " is a heading.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { Problem, post } from '../lib/api.js';
import { lang, t } from '../lib/i18n.js';
import { focusOn, notice, setTitle } from '../lib/page.js';
import { Form, checks } from '../widgets/form.js';

async function read() {
	const answer = await fetch(new URL(lang === 'en' ? 'terms.en.txt' : 'terms.ja.txt', import.meta.url)).catch(() => null);
	if (!answer?.ok)
		throw new Problem(0, null);
	const [first, ...blocks] = (await answer.text()).replaceAll('\r\n', '\n').split(/\n{2,}/);
	return { version: first.trim().split(/[\s:\uff1a]+/).at(-1), blocks: blocks.map((b) => b.trim()).filter(Boolean) };
}

export async function init({ session, update }) {
	const state = { ...await read(), wanted: session.terms_version, due: session.terms_due, done: false, next: session.next };
	state.form = new Form({
		title: t('terms.title'), update,
		fields: { agreed: { kind: checks, label: t('terms.agreed'), required: true, missing: 'terms.missing',
			options: [['1', t('terms.agree')]] } },
		async submit() {
			const now = await post('/account/terms', { version: state.version });
			Object.assign(state, { done: true, next: now.next });
			update();
			setTitle(t('terms.done'));
			focusOn('done');
		},
	});
	return state;
}

function paragraph(block) {
	const [, heading, text] = /^(?:# (.*)\n?)?([^]*)$/.exec(block);
	return html`${heading ? html`<h2>${heading}</h2>` : nothing}${text ? html`<p>${text}</p>` : nothing}`;
}

function accept(state) {
	if (state.version !== state.wanted) // nobody accepts what was not shown
		return notice(t('terms.otherVersion'), html`<p>${t('terms.otherVersionText')}</p>`, 'bad');
	return state.due ? state.form.view(state.form.field('agreed'), { send: t('terms.send') })
		: notice(t('terms.accepted', { version: state.version }), nothing, 'good');
}

export const view = (state) => (state.done ? html`<h1 id="done" tabindex="-1">${t('terms.done')}</h1>
	<div class="yb-actions"><a class="yb-button yb-button--primary" href="/menu">${t(state.next ? 'first.next' : 'system.toMenu')}</a></div>`
	: html`${state.form.summary()}<h1>${t('terms.title')}</h1>
	<p class="yb-small">${t('terms.version', { version: state.version })}</p>
	<div class="yb-prose">${state.blocks.map(paragraph)}</div>${accept(state)}`);
