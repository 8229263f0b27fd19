// sending.js - H-8-8: one file for 集合契約システム: its rows, what the receiver says of them, and
// sending it again.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get, post } from '../lib/api.js';
import { momentText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { crumb, facts, focusOn, notice, setTitle } from '../lib/page.js';
import { may } from '../lib/session.js';
import { Form } from '../widgets/form.js';
import { keyset, table } from '../widgets/table.js';
import { count, keyText, met, printButton, sendingOf, sendingTag } from './exchange.js';
import { rowOf } from './masters.js';

const PAGE = '50';

const load = (id, { bad, after }) => get(`/master/sendings/${encodeURIComponent(id)}?${new URLSearchParams({ limit: PAGE, ...bad ? { refused: 'true' } : {}, ...after ? { after } : {} })}`);

const again = (state, update) => new Form({
	id: 'resend', title: t('sending.title'), update, fields: {},
	async submit(_, key) {
		const { s } = state;
		try {
			Object.assign(state, { s: { ...s, ...await post(`/master/sendings/${s.sending_id}/resend`, undefined, { key }) }, done: true, met: null });
		} catch (e) {
			if (e.id !== 'E-MST-011')
				throw e;
			const now = await load(s.sending_id, state.asked);
			Object.assign(state, { s: now, met: [{ label: t('masterRows.state'), theirs: t(`sending.${now.status}`), mine: t('sending.again') },
				{ label: t('receipt.file'), theirs: now.file, mine: s.file }] });
			update();
			focusOn('changed');
			return;
		}
		update();
		setTitle(t('sending.done'));
		focusOn('title');
		scrollTo(0, 0);
	},
});

export async function init({ params, query, session, update }) {
	const asked = { bad: query.get('show') === 'refused', after: query.get('after') };
	const state = { s: await load(params.sending_id, asked), asked, done: false, met: null };
	state.form = may(session, 'resendMaster') ? again(state, update) : null;
	return state;
}

// What has to be done, by whom.
function next({ s, done }) {
	if (done || !['NACKED', 'HELD'].includes(s.status))
		return nothing;
	return notice(t(`sent.${s.problem}`), html`<p>${t(`sentNext.${s.problem}`, { n: s.attempts })}</p>`, s.status === 'NACKED' ? 'bad' : 'warn');
}

const about = ({ s }) => facts([[t('masterRows.state'), sendingTag(s)],
	[t('impact.master'), html`<span lang="ja">${s.name ?? s.master}</span>`],
	[t('receipt.sequence'), html`<span class="yb-digits">${s.sequence}</span>`],
	[t('receipt.rows'), html`${count(s.rows)}${s.refused > 0 ? html`<span class="yb-sub">${t('sending.ofThem', { n: s.refused.toLocaleString() })}</span>` : nothing}`],
	[t('sending.made'), momentText(s.made_at)],
	[t('sending.sentAt'), momentText(s.sent_at)],
	[t('sending.ackedAt'), momentText(s.acked_at)],
	s.attempts > 0 && [t('sending.attempts'), t('receipt.times', { n: s.attempts })],
	[t('receipt.sha256'), html`<code class="yb-code">${s.sha256}</code>`]]);

const rows = ({ s, asked }) => html`<section><h2 id="rows">${t('sending.rows')}</h2>
	${s.refused > 0 || asked.bad ? html`<ul class="yb-switch" aria-label=${t('sending.which')}>
		<li><a href=${sendingOf(s.sending_id)} aria-current=${asked.bad ? nothing : 'true'}>${t('sending.all')}</a></li>
		<li><a href=${sendingOf(s.sending_id, { show: 'refused' })} aria-current=${asked.bad ? 'true' : nothing}>${t('sending.onlyRefused', { n: s.refused.toLocaleString() })}</a></li></ul>` : nothing}
	${table({ labelledby: 'rows', dense: true, rows: s.sent, empty: html`<p>${t('sending.noRows')}</p>`, columns: [
		{ key: 'row', label: t('sending.no'), number: true, cell: (r) => r.row.toLocaleString() },
		{ key: 'key', label: t('master.row'), head: true, cell: (r) => html`<a href=${rowOf(r.master, r.key)} aria-label=${r.key}>${keyText(r.key)}</a>` },
		{ key: 'version', label: t('masterRow.version'), nowrap: true, cell: (r) => t('masterRow.no', { n: r.version_no }) },
		{ key: 'kind', label: t('sending.kind'), nowrap: true, cell: (r) => t(`sentKind.${r.kind}`) },
		{ key: 'refused', label: t('sending.reason'), cell: (r) => (r.refused ? html`<strong class="yb-text" lang="ja">${r.refused}</strong>` : t('none')) }] })}
	${keyset({ first: asked.after ? sendingOf(s.sending_id, asked.bad ? { show: 'refused' } : {}) : null,
		next: s.next ? sendingOf(s.sending_id, { ...asked.bad ? { show: 'refused' } : {}, after: s.next }) : null })}</section>`;

const resend = ({ s, form, done }) => (!form || !s.can_resend || done ? nothing : html`<section>
	${form.view(html`<h2>${t('sending.again')}</h2><p>${t(s.status === 'ACKED' ? 'sending.againAcked' : 'sending.againText')}</p>`,
		{ send: t('sending.againSend'), plain: ['ACKED', 'SENT'].includes(s.status) })}</section>`);

export function view(state) {
	const { s, form, done } = state;
	return html`${crumb([['/masters', t('masters.title')], ['/masters/sendings', t('sendings.title')]], s.file)}
		${form?.summary() ?? nothing}
		<h1 id="title" tabindex="-1"><span class="yb-break">${s.file}</span><span class="yb-sub">${t('sending.title')}</span></h1>
		${done ? notice(t('sending.done'), html`<p>${t('sending.doneText')}</p>`, 'good') : nothing}
		${state.met ? met(state.met, t('sending.conflict')) : nothing}
		${next(state)}${about(state)}${resend(state)}${rows(state)}
		<div class="yb-actions">${printButton()}<a class="yb-button" href="/masters/sendings">${t('sending.back')}</a></div>`;
}
