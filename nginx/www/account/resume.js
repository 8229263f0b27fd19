// resume.js - H-1-8: seasonal staff comes back: many suspended accounts at once, each with a
// temporary password.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get, post } from '../lib/api.js';
import { has, t } from '../lib/i18n.js';
import { crumb, focusOn, nameOf, notice, setTitle, tag } from '../lib/page.js';
import { Form, checks } from '../widgets/form.js';
import { Once } from '../widgets/once.js';
import { keyset, nothingHere, table } from '../widgets/table.js';
import { deliverField, lastLogin, reasonField, roleText } from './accounts.js';
import { userLetter } from './handover.js';

const MOST = 50;

const option = (u) => [u.user_id, u.name, [u.user_id, u.department, roleText(u.role), t('resume.login', { at: lastLogin(u) }),
	u.self_reset ? '' : t('users.mailOfAdmin')].filter(Boolean).join(t('comma'))];

export async function init({ query, update }) {
	const after = query.get('after');
	const { users, next } = await get(`/account/users?${new URLSearchParams({ status: 'SUSPENDED', limit: String(MOST), ...after ? { after } : {} })}`);
	const state = { after, next, users, results: null, letters: new Map(), once: null };
	const person = (id) => users.find((u) => u.user_id === id);
	state.form = new Form({
		title: t('resume.title'), update,
		fields: { user_ids: { kind: checks, label: t('resume.who'), required: true, options: users.map(option) },
			deliver: deliverField(true), reason: reasonField(t('resume.reasonHint')) },
		check({ user_ids: ids, deliver }) {
			const without = deliver === 'MAIL' ? ids.map(person).filter((u) => !u.self_reset) : [];
			return without.length === 0 ? [] : [{ name: 'deliver', text: t('resume.noMail', { names: without.map((u) => u.name).join(t('comma')) }) }];
		},
		async submit(values, key) {
			const { results } = await post('/account/users/resume', values, { key });
			state.results = results.map((r) => ({ ...r, name: person(r.user_id)?.name }));
			for (const { user_id: id } of results.filter((r) => r.notice))
				state.letters.set(id, userLetter(id, update));
			const shown = state.results.filter((r) => r.temporary_password);
			if (shown.length > 0) {
				state.once = new Once({ id: 'temporary', label: t('resume.passwords'), update, leaves: '/users/resume', then: '/users?status=TEMP' });
				state.once.show(shown.map((r) => `${r.user_id}  ${r.temporary_password}  ${r.name}`).join('\n'));
			}
			update();
			setTitle(t('resume.done'));
			focusOn('done');
		},
	});
	return state;
}

const outcome = (state) => [
	{ key: 'name', label: t('users.name'), head: true, cell: (r) => html`${nameOf(r)}<span class="yb-sub yb-digits">${r.user_id}</span>` },
	{ key: 'result', label: t('resume.result'), cell: (r) => (r.result === 'resumed' ? tag(t('resume.resumed'), 'good')
		: html`${tag(t('resume.error'), 'bad')}<span class="yb-sub">${has(`resume.${r.error_id}`) ? t(`resume.${r.error_id}`) : r.error_id}</span>`) },
	...(state.letters.size > 0 ? [{ key: 'letter', label: t('letter.title'), screen: true, cell: (r) => {
		const letter = state.letters.get(r.user_id);
		return letter ? html`<button type="button" class="yb-button yb-button--small" @click=${() => letter.take()}>${t(letter.blob ? 'letter.again'
			: 'letter.take')}<span class="yb-hidden">${t('colon')}${r.name}</span></button>${letter.problem ? html`<p class="yb-error">＊${letter.problem.message}</p>` : nothing}` : nothing;
	} }] : []),
];

function finished(state) {
	const n = state.results.filter((r) => r.result === 'resumed').length;
	return html`<h1 id="done" tabindex="-1">${t('resume.done')}</h1>
		${notice(t('resume.doneText', { n }), html`<p>${t('resume.doneTold')}</p>`, n < state.results.length ? 'warn' : 'good')}
		${state.letters.size > 0 ? notice(t('letter.head'), html`<p>${t('letter.text')}</p>`, 'warn') : nothing}
		<h2 id="results">${t('resume.results')}</h2>${table({ labelledby: 'results', columns: outcome(state), rows: state.results })}
		${state.once?.view({ rows: Math.min(12, n + 1), text: t('resume.onceText'), saved: t('handover.told') })
			?? html`<div class="yb-actions"><a class="yb-button" href="/users?status=TEMP">${t('userFile.toTemp')}</a></div>`}`;
}

export const view = (state) => html`${crumb([['/users', t('users.title')]], t('resume.title'))}${state.results ? finished(state)
	: html`${state.form.summary()}<h1>${t('resume.title')}</h1><p>${t('resume.lead')}</p>
		${state.users.length === 0 ? nothingHere(t('resume.empty'), html`<p><a href="/users">${t('user.toList')}</a></p>`)
			: html`${notice(t('resume.head'), html`<p>${t('resume.text')}</p>`, 'warn')}
				${state.form.view(Object.keys(state.form.fields).map((name) => state.form.field(name)), { send: t('resume.send') })}`}
		${keyset({ first: state.after ? '/users/resume' : null, next: state.next ? `/users/resume?after=${encodeURIComponent(state.next)}` : null })}`}`;
