// me.js - H-1-3: one's own data. Rights and organisation are shown, not changed; a new address
// counts when the link sent there has been opened.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get, patch } from '../lib/api.js';
import { dayOf, dayText, momentText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { facts, focusOn, notice, setTitle } from '../lib/page.js';
import { Edit } from '../widgets/edit.js';
import { kana, phone } from '../widgets/kana.js';

const NAMES = ['name', 'name_kana', 'department', 'phone', 'mail'];

const fields = () => ({
	name: { label: t('me.name'), required: true, autocomplete: 'name' },
	name_kana: { kind: kana, label: t('me.kana'), required: true },
	department: { label: t('me.department'), required: false },
	phone: { kind: phone, label: t('me.phone'), hint: t('me.phoneHint'), required: false, width: 'id' },
	mail: { label: t('me.mail'), hint: t('me.mailHint'), required: true, autocomplete: 'email', inputmode: 'email' },
});

export async function init({ update }) {
	const state = { me: await get('/account/me'), done: null };
	state.edit = new Edit({
		title: t('me.title'), update, fields: fields(), data: state.me, load: () => get('/account/me'),
		values: (me) => Object.fromEntries(NAMES.map((name) => [name, me[name]])),
		async save(changes, data, { key }) {
			state.me = await patch('/account/me', changes, { key, etag: `"${data.version}"` });
			state.done = changes;
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

const finished = ({ me, done, edit }) => html`<h1 id="done" tabindex="-1">${t('me.done')}</h1>
	${done.mail ? notice(t('me.mailSent', { mail: done.mail }), html`<p>${t('me.mailSentText', { mail: me.mail })}</p>`, 'warn') : nothing}
	${facts(Object.keys(done).filter((name) => name !== 'mail').map((name) => [edit.form.fields[name].label, me[name] ?? t('none')]))}
	<div class="yb-actions"><a class="yb-button yb-button--primary" href="/menu">${t('system.toMenu')}</a>
	<a class="yb-button" href="/me">${t('me.again')}</a></div>`;

export const view = (state) => (state.done ? finished(state) : html`${state.edit.view(html`<h1>${t('me.title')}</h1>
	${fixed(state.me)}<p class="yb-small">${t('me.rights')}</p>${waiting(state.me)}`, { names: NAMES, send: t('me.send') })}`);
