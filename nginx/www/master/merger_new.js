// merger_new.js - H-8-6: a plan in three steps: who ends, what begins and when, and what would
// move, counted by the server before anything is kept. What was typed stays in all of them.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { post } from '../lib/api.js';
import { addDays, dayText, today } from '../lib/date.js';
import { has, t } from '../lib/i18n.js';
import { announce, crumb, facts, focusOn, notice, setTitle, stepList } from '../lib/page.js';
import { Form, area, select, text } from '../widgets/form.js';
import { toKana } from '../widgets/kana.js';
import { lookup } from './fields.js';
import { loadMasters } from './masters.js';
import { collide, consequences, mergerOf, parts } from './merging.js';

const OLD_MAX = 30;
const MONTHS = 24;
const STEPS = ['old', 'new', 'check'];

const kanaText = { view: text.view, read: (form, def) => ({ value: toKana(text.read(form, def).value) }) };
const plain = { view: text.view, read: (form, def) => ({ value: text.read(form, def).value.normalize('NFKC') }) };

// The first days of months to come: a merger begins on no other.
function firstDays() {
	let day = `${today().slice(0, 8)}01`;
	return Array.from({ length: MONTHS }, () => {
		day = `${addDays(day, 31).slice(0, 8)}01`;
		return [day, dayText(day)];
	});
}

const oldFields = (refers) => Object.fromEntries(Array.from({ length: OLD_MAX }, (_, i) => [
	[`old_${i}`, { kind: lookup, refers, label: t('mergerNew.oldCode', { n: i + 1 }), hint: t('mergerNew.codeHint'), required: i === 0 ? true : undefined,
		width: 'short', inputmode: 'numeric' }],
	[`prefix_${i}`, { kind: plain, label: t('mergerNew.prefix', { n: i + 1 }), hint: t('mergerNew.prefixHint'), width: 'short' }]]).flat());

const newFields = (refers) => ({
	new_code: { kind: lookup, refers, label: t('mergerNew.newCode'), hint: t('mergerNew.newCodeHint'), required: true, width: 'short', inputmode: 'numeric' },
	name: { label: t('mergerNew.name'), hint: t('mergerNew.nameHint'), required: true },
	name_kana: { kind: kanaText, label: t('mergerNew.kana'), hint: t('mergerNew.kanaHint'), required: true },
	on_day: { kind: select, label: t('merger.day'), hint: t('mergerNew.dayHint'), required: true, options: [['', t('form.choosePlease')], ...firstDays()] },
	reason: { kind: area, label: t('change.reason'), hint: t('mergerNew.reasonHint'), required: true, rows: 2 },
});

// The rows that were filled in, and which field each came from.
function oldOf(values) {
	const at = Array.from({ length: OLD_MAX }, (_, i) => i).filter((i) => values[`old_${i}`]);
	return { at, old: at.map((i) => ({ muni_code: values[`old_${i}`], ...values[`prefix_${i}`] ? { key_prefix: values[`prefix_${i}`] } : {} })) };
}

const words = (def, error) => (has(`mergerFault.${error.code}`) ? t(`mergerFault.${error.code}`, { label: def.label })
	: has(`code.${error.code}`) ? t(`code.${error.code}`, { label: def.label }) : t('form.said', { label: def.label, message: error.message ?? error.code }));

// What the server refuses of a plan, in the step whose field it is.
function refuse(state, problem) {
	const faults = problem.errors.map((error) => {
		const [, head, n, part] = (error.field ?? '').split('/');
		const name = head === 'old' && part ? `${part === 'key_prefix' ? 'prefix' : 'old'}_${state.at[Number(n)]}` : head;
		const form = ['old', 'new'].find((step) => state.forms[step].fields[name]);
		return form ? { form, name, text: words(state.forms[form].fields[name], error) } : null;
	});
	if (faults.length === 0 || faults.some((f) => !f))
		return false;
	const step = faults.some((f) => f.form === 'old') ? 'old' : 'new';
	state.go(step);
	state.forms[step].fail(faults.filter((f) => f.form === step));
	return true;
}

const sameTwice = (values) => {
	const { at, old } = oldOf(values);
	return at.filter((_, k) => old.findIndex((o) => o.muni_code === old[k].muni_code) < k)
		.map((i) => ({ name: `old_${i}`, text: t('mergerNew.twice', { label: t('mergerNew.oldCode', { n: i + 1 }) }) }));
};

export async function init({ update }) {
	const masters = await loadMasters();
	const refers = masters.find((m) => m.id === 'M51');
	const state = { step: 'old', rows: 2, values: {}, old: [], at: [], dry: null, refers };
	state.go = (step) => {
		state.step = step;
		update();
		setTitle(t(`mergerNew.${step}`));
		focusOn('title');
		scrollTo(0, 0);
	};
	state.more = () => {
		state.rows = Math.min(OLD_MAX, state.rows + 1);
		update();
		focusOn(`old-${state.rows - 1}`);
		announce(t('mergerNew.added', { n: state.rows }));
	};
	const body = () => ({ ...state.values, old: state.old });
	const send = async (path, key) => {
		try {
			return await post(path, body(), key ? { key } : {});
		} catch (e) {
			if (!refuse(state, e))
				throw e;
			return null;
		}
	};
	state.forms = {
		old: new Form({ id: 'old-form', title: t('mergerNew.old'), update, fields: oldFields(refers), check: sameTwice,
			async submit(values) {
				Object.assign(state, oldOf(values));
				state.go('new');
			} }),
		new: new Form({ id: 'new-form', title: t('mergerNew.new'), update, fields: newFields(refers),
			async submit(values) {
				state.values = values;
				state.dry = await send('/master/mergers/check');
				state.forms.check.key = null; // another intention
				if (state.dry)
					state.go('check');
			} }),
		check: new Form({ id: 'check-form', title: t('mergerNew.check'), update, fields: {},
			async submit(_, key) {
				const made = await send('/master/mergers', key);
				if (!made)
					return undefined;
				location.assign(`${mergerOf(made.merger_id)}?made=1`);
				return new Promise(() => {}); // until the page has gone
			} }),
	};
	return state;
}

// ---- the steps ----

const oldStep = (state) => html`<p>${t('mergerNew.oldText')}</p>${notice(t('mergerNew.prefixWhy'), html`<p>${t('mergerNew.prefixWhyText')}</p>`)}
	${state.forms.old.view(html`${Array.from({ length: state.rows }, (_, i) => html`<div class="yb-grid">${state.forms.old.field(`old_${i}`)}${state.forms.old.field(`prefix_${i}`)}</div>`)}
		${state.rows < OLD_MAX ? html`<p class="yb-field"><button type="button" class="yb-button yb-button--small" id="more" @click=${state.more}>${t('mergerNew.more')}</button></p>` : nothing}`,
	{ send: t('mergerNew.next'), panel: true, more: html`<a class="yb-button" href="/masters/mergers">${t('masterEdit.back')}</a>` })}`;

const backTo = (state, step) => html`<button type="button" class="yb-button" id="back-${step}" @click=${() => state.go(step)}>${t('checked.back')}</button>`;

const newStep = (state) => html`<p>${t('mergerNew.newText')}</p>
	${state.forms.new.view(['new_code', 'name', 'name_kana', 'on_day', 'reason'].map((name) => state.forms.new.field(name)),
		{ send: t('mergerNew.count'), more: backTo(state, 'old') })}`;

function checkStep(state) {
	const { dry, values: v, forms } = state;
	if (!dry)
		return nothing;
	const fix = html`<p><button type="button" class="yb-link" id="fix" @click=${() => state.go('old')}>${t('mergerNew.fix')}</button></p>`;
	return html`<p>${t('mergerNew.checkText')}</p>${collide(dry.collisions, fix)}
		${facts([[t('merger.new'), html`<span lang="ja">${v.name}</span><span class="yb-sub" lang="ja">${v.name_kana}</span><span class="yb-sub yb-digits">${v.new_code}</span>${dry.new_name
			? html`<span class="yb-sub">${t('mergerNew.joins', { name: dry.new_name })}</span>` : html`<span class="yb-sub">${t('mergerNew.fresh')}</span>`}`],
		[t('merger.day'), dayText(v.on_day)], [t('change.reason'), html`<span lang="ja">${v.reason}</span>`]])}
		<h2 id="parts">${t('merger.would')}</h2>${parts(dry.old, 'parts')}<p class="yb-small">${t('merger.wouldText')}</p>
		${dry.collisions === 0 ? html`<p>${t('mergerNew.noCollision')}</p>` : nothing}
		${consequences({ on_day: v.on_day, joins: Boolean(dry.new_name) })}
		${dry.collisions > 0 ? html`<div class="yb-actions">${backTo(state, 'old')}</div>`
			: forms.check.view(nothing, { send: t('mergerNew.send'), more: backTo(state, 'new') })}`;
}

export function view(state) {
	const { step, forms } = state;
	return html`${crumb([['/masters', t('masters.title')], ['/masters/mergers', t('mergers.title')]], t('mergerNew.title'))}
		${forms[step].summary()}
		<h1 id="title" tabindex="-1">${t(`mergerNew.${step}`)}<span class="yb-sub">${t('mergerNew.title')}</span></h1>
		${stepList(t('mergerNew.steps'), STEPS.map((s) => t(`mergerNew.step_${s}`)), STEPS.indexOf(step) + 1)}
		<div ?hidden=${step !== 'old'}>${oldStep(state)}</div>
		<div ?hidden=${step !== 'new'}>${newStep(state)}</div>
		<div ?hidden=${step !== 'check'}>${step === 'check' ? checkStep(state) : nothing}</div>`;
}
