// merger.js - H-8-6: one merger: the plan, what would move or is left, and who may say what.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get } from '../lib/api.js';
import { dayText, momentText, today } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { crumb, facts, notice, stepList } from '../lib/page.js';
import { may } from '../lib/session.js';
import { printButton } from './exchange.js';
import { collide, consequences, leftOf, mergerOf, mergerTag, parts } from './merging.js';

const STEPS = ['PLANNED', 'APPROVED', 'MOVING', 'DONE'];

export async function init({ params, query }) {
	const m = await get(`/master/mergers/${encodeURIComponent(params.merger_id)}`);
	return { m, made: query.get('made') === '1' && m.status === 'PLANNED' };
}

const about = (m) => facts([[t('masterRows.state'), mergerTag(m)],
	[t('merger.new'), html`<span lang="ja">${m.name}</span><span class="yb-sub" lang="ja">${m.name_kana}</span><span class="yb-sub yb-digits">${m.new_code}</span>`],
	[t('merger.day'), dayText(m.on_day)],
	[t('change.reason'), html`<span lang="ja">${m.reason}</span>`],
	[t('merger.made'), html`${momentText(m.created_at)}<span class="yb-sub yb-digits">${m.created_user}</span>`],
	m.decided_at && [t(m.status === 'CANCELLED' ? 'merger.cancelledAt' : 'merger.approvedAt'), html`${momentText(m.decided_at)}<span class="yb-sub yb-digits">${m.decided_user}</span>`],
	m.began_at && [t('merger.beganAt'), momentText(m.began_at)],
	m.done_at && [t('merger.doneAt'), momentText(m.done_at)]]);

// Why there is nothing to press, or what comes next.
function now({ m, made }, session) {
	if (made)
		return notice(t('merger.planned'), html`<p>${t('merger.plannedText')}</p>`, 'good');
	if (m.status === 'PLANNED' && m.on_day <= today())
		return notice(t('merger.late'), html`<p>${t('merger.lateText')}</p>`, 'bad');
	if (m.status === 'PLANNED' && !m.can_approve && m.collisions === 0)
		return notice(t(m.created_user === session.user.user_id ? 'merger.own' : may(session, 'approveMerger') ? 'merger.ownPerson' : 'merger.waits'),
			html`<p>${t('merger.waitsText')}</p>`, m.created_user === session.user.user_id ? 'warn' : 'info');
	if (m.status === 'APPROVED')
		return m.on_day <= today() ? notice(t('merger.starting'), html`<p>${t('merger.startingText')}</p>`) : notice(t('merger.willStart', { day: dayText(m.on_day) }), html`<p>${t('merger.willStartText')}</p>`);
	if (m.status === 'MOVING')
		return notice(t('merger.moving', { n: leftOf(m.old).toLocaleString() }), html`<p>${t('merger.movingText')}</p>`);
	return nothing;
}

const figures = (m) => html`<section><h2 id="parts">${t(m.status === 'DONE' || m.status === 'MOVING' ? 'merger.left' : 'merger.would')}</h2>
	${m.status === 'DONE' ? html`<p>${t('merger.nothingLeft')}</p>` : nothing}
	${parts(m.old, 'parts')}<p class="yb-small">${t(m.status === 'DONE' || m.status === 'MOVING' ? 'merger.leftText' : 'merger.wouldText')}</p></section>`;

export function view(state, update, { session }) {
	const { m } = state;
	const open = m.status === 'PLANNED' || m.status === 'APPROVED';
	return html`${crumb([['/masters', t('masters.title')], ['/masters/mergers', t('mergers.title')]], html`<span lang="ja">${m.name}</span>`)}
		<h1><span lang="ja">${m.name}</span><span class="yb-sub">${t('merger.title')}</span></h1>
		${m.status === 'CANCELLED' ? nothing : stepList(t('merger.steps'), STEPS.map((s) => t(`merger.step_${s}`)), STEPS.indexOf(m.status) + 1)}
		${now(state, session)}${open ? collide(m.collisions, html`<p>${t('merger.collideCancel')}</p>`) : nothing}
		${about(m)}${figures(m)}${open ? consequences({ on_day: m.on_day }) : nothing}
		<div class="yb-actions">${m.can_approve && m.on_day > today() ? html`<a class="yb-button yb-button--primary" href=${mergerOf(m.merger_id, '/approve')}>${t('mergerAct.approve')}</a>` : nothing}
			${m.can_cancel ? html`<a class="yb-button" href=${mergerOf(m.merger_id, '/cancel')}>${t('mergerAct.cancel')}</a>` : nothing}
			${printButton()}<a class="yb-button" href="/masters/mergers">${t('merger.back')}</a></div>`;
}
