// me.js - H-1-3: one's own data. Rights and organisation are shown, not changed; a new address
// counts when the link sent there has been opened.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get, patch } from '../lib/api.js';
import { dayOf, dayText, momentText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { facts, focusOn, notice, setTitle } from '../lib/page.js';
import { Form } from '../widgets/form.js';
import { conflict } from '../widgets/conflict.js';
import { kana, phone } from '../widgets/kana.js';

const NAMES = ['name', 'name_kana', 'department', 'phone', 'mail'];

const fields = (me) => ({
	name: { label: t('me.name'), required: true, autocomplete: 'name', value: me.name },
	name_kana: { kind: kana, label: t('me.kana'), required: true, value: me.name_kana },
	department: { label: t('me.department'), required: false, value: me.department ?? '' },
	phone: { kind: phone, label: t('me.phone'), hint: t('me.phoneHint'), required: false, width: 'id', value: me.phone ?? '' },
	mail: { label: t('me.mail'), hint: t('me.mailHint'), required: true, autocomplete: 'email', inputmode: 'email', value: me.mail },
});

// What differs from what is registered; an emptied field is taken away.
export const changesOf = (me, values) => Object.fromEntries(NAMES.map((name) => [name, values[name] ?? null])
	.filter(([name, value]) => value !== (me[name] ?? null)));

export async function init({ update }) {
	const state = { me: await get('/account/me'), theirs: null, done: null };
	state.form = new Form({
		title: t('me.title'), update, fields: fields(state.me),
		async submit(values, key) {
			const changes = changesOf(state.me, values);
			if (Object.keys(changes).length === 0)
				return state.form.fail([{ text: t('me.nothing') }]);
			try {
				state.me = await patch('/account/me', changes, { key, etag: `"${state.me.version}"` });
			} catch (e) {
				if (e.status !== 412)
					throw e;
				state.me = await get('/account/me');
				state.theirs = NAMES.map((name) => ({ label: state.form.fields[name].label, theirs: state.me[name], mine: values[name] ?? null }));
				update();
				return focusOn('changed');
			}
			Object.assign(state, { theirs: null, done: changes });
			update();
			setTitle(t('me.done'));
			focusOn('done');
		},
	});
	return state;
}

const fixed = (me) => facts([[t('login.userId'), html`<span class="yb-digits">${me.user_id}</span>`],
	[t('me.org'), html`<span lang="ja">${me.org_name}</span>`], [t('me.role'), t(`role.${me.role}`)],
	[t('me.created'), dayText(dayOf(me.created_at))]]);

const waiting = (me) => (me.mail_waiting_until ? notice(t('me.waiting'),
	html`<p>${t('me.waitingText', { until: momentText(me.mail_waiting_until), mail: me.mail })}</p>`, 'info') : nothing);

const finished = ({ me, done, form }) => html`<h1 id="done" tabindex="-1">${t('me.done')}</h1>
	${done.mail ? notice(t('me.mailSent', { mail: done.mail }), html`<p>${t('me.mailSentText', { mail: me.mail })}</p>`, 'warn') : nothing}
	${facts(Object.keys(done).filter((name) => name !== 'mail').map((name) => [form.fields[name].label, me[name] ?? t('none')]))}
	<div class="yb-actions"><a class="yb-button yb-button--primary" href="/menu">${t('system.toMenu')}</a>
	<a class="yb-button" href="/me">${t('me.again')}</a></div>`;

export const view = (state) => (state.done ? finished(state) : html`${state.form.summary()}
	${state.theirs ? html`<div id="changed" tabindex="-1">${conflict(state.theirs)}</div>` : nothing}
	<h1>${t('me.title')}</h1>${fixed(state.me)}${waiting(state.me)}
	${state.form.view(NAMES.map((name) => state.form.field(name)), { send: t('me.send') })}
	<p class="yb-hint">${t('me.rights')}</p>`);
