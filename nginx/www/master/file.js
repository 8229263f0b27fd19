// file.js - MS-7: rows of a master from a CSV file: what the change says of itself, then the file.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { t } from '../lib/i18n.js';
import { crumb, facts, focusOn, notice } from '../lib/page.js';
import { dayText } from '../lib/date.js';
import { Form, radios } from '../widgets/form.js';
import { upload } from '../widgets/upload.js';
import { headCheck, headFields, headOf, sayOf } from './head.js';
import { listOf, loadMasters, named } from './masters.js';

const MODES = ['part', 'whole'];

export async function init({ params, query, update }) {
	const m = named(await loadMasters(), params.master);
	const fields = { mode: { kind: radios, label: t('masterFile.mode'), required: true, value: 'part', options: MODES.map((mode) => [mode, t(`masterFile.${mode}`), t(`masterFile.${mode}Hint`)]) },
		...headFields(m), submit: { kind: radios, label: t('masterFile.after'), required: true, value: 'draft',
			options: [['draft', t('masterFile.draft'), t('masterFile.draftHint')], ['submit', t('masterFile.submit'), t('masterFile.submitHint')]] } };
	const state = { m, head: null, file: null };
	state.open = (head) => {
		state.head = head;
		state.file = upload({ kind: 'master.rows', params: head ? { master: m.id, ...headOf(head), mode: head.mode, submit: head.submit === 'submit' }
			: { master: m.id, valid_from: '2000-01-01' }, update });
	};
	state.form = new Form({ title: t('masterFile.title'), update, fields, check: headCheck(m), say: sayOf(m, fields),
		async submit(values) {
			state.open(values);
			update();
			focusOn('file-head');
		} });
	if (query.get('job'))
		state.open(null); // a file that is on its way: what it says of itself is with its job
	return state;
}

const about = ({ head }) => facts([[t('masterFile.mode'), t(`masterFile.${head.mode}`)], [t('change.validFrom'), dayText(head.valid_from)],
	[t('change.reason'), html`<span lang="ja">${head.reason}</span>`], head.legal_ref && [t('change.legal'), head.legal_ref],
	head.ticket_no && [t('change.ticket'), head.ticket_no], [t('masterFile.after'), t(`masterFile.${head.submit}`)]]);

const chosen = (state, update) => html`${state.head && !state.file.job ? html`<section><h2 id="file-head" tabindex="-1">${t('masterFile.head')}</h2>${about(state)}
	<div class="yb-actions yb-actions--top"><button type="button" class="yb-button yb-button--small" @click=${() => {
		Object.assign(state, { file: null });
		update();
		focusOn('form-head');
	}}>${t('checked.back')}</button></div>
	${state.head.mode === 'whole' ? notice(t('masterFile.heldHead'), html`<p>${t('masterFile.heldText')}</p>`, 'warn') : nothing}</section>` : nothing}
	${state.file.view()}
	${state.file.job?.job?.state === 'DONE' ? html`<div class="yb-actions"><a class="yb-button yb-button--primary"
		href="/masters/changes?view=all&master=${state.m.id}">${t('masterFile.toChanges')}</a></div>` : nothing}`;

export function view(state, update) {
	const { m, form, file } = state;
	return html`${crumb([['/masters', t('masters.title')], [listOf(m.id), m.name]], t('masterFile.title'))}
		${file ? nothing : form.summary()}
		<h1>${t('masterFile.title')}<span class="yb-sub" lang="ja">${m.name}</span></h1>
		<ul class="yb-switch" aria-label=${t('masters.links')}><li><a href="/jobs?kind=master.rows">${t('masters.imports')}</a></li></ul>
		${!m.can_edit ? notice(t('masterEdit.unusable'), html`<p>${t('masterEdit.unusableText')}</p>`, 'warn') : nothing}
		${file ? chosen(state, update) : nothing}
		${m.can_edit ? html`<div ?hidden=${Boolean(file)}><h2 id="form-head" tabindex="-1">${t('masterFile.formHead')}</h2>
			${form.view(Object.keys(form.fields).map((name) => form.field(name)), { send: t('masterFile.next') })}</div>` : nothing}`;
}
