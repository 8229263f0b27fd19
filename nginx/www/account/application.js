// application.js - H-1-1: one application, and the word of the second person.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get, post } from '../lib/api.js';
import { dayText, momentText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { crumb, facts, focusOn, nameOf, notice, setTitle } from '../lib/page.js';
import { Form, area, radios } from '../widgets/form.js';
import { similarNotice } from './accounts.js';
import { appPath, orgOf, stateTag } from './apps.js';
import { Letter } from './handover.js';

const letterOf = (a, update) => (a.state === 'ISSUED' && a.paper
	? new Letter({ path: appPath(a.application_no, '/notice.pdf'), name: `notice-${a.issued_user_id}.pdf`, update }) : null);

export async function init({ params, update }) {
	const app = await get(appPath(params.application_no));
	const state = { app, decided: false, letter: letterOf(app, update) };
	state.form = new Form({
		title: t('app.title'), update,
		fields: {
			decision: { kind: radios, label: t('app.decision'), required: true,
				options: ['APPROVE', 'REJECT'].map((d) => [d, t(`app.${d}`), t(app.paper && d === 'APPROVE' ? 'app.APPROVEpaper' : `app.${d}hint`)]) },
			comment: { kind: area, label: t('app.comment'), hint: t('app.commentHint') },
		},
		check: (v) => (v.decision === 'REJECT' && !v.comment ? [{ name: 'comment', text: t('app.commentMissing') }] : []),
		async submit(values, key) {
			try {
				state.app = await post(appPath(app.application_no, '/decision'), { ...values, sha256: state.app.sha256 }, { key });
			} catch (e) {
				if (e.id === 'E-ACC-021' || e.id === 'E-ACC-005') // somebody was faster: what stands there now
					state.app = await get(appPath(app.application_no));
				throw e;
			}
			Object.assign(state, { decided: true, letter: letterOf(state.app, update) });
			update();
			setTitle(t(`app.${state.app.state}done`));
			focusOn('done');
		},
	});
	return state;
}

const about = (a) => facts([[t('apps.no'), html`<span class="yb-digits">${a.application_no}</span>`], [t('apps.state'), stateTag(a)],
	[t('apps.org'), orgOf(a)], [t('app.reason'), t(`app.${a.reason}`)],
	[t('apps.person'), html`${nameOf(a)}<span class="yb-sub" lang="ja">${a.name_kana}</span>`],
	[t('users.department'), a.department ?? t('none')], [t('users.mail'), a.mail], [t('users.phone'), a.phone ?? t('none')],
	[t('app.appliedOn'), dayText(a.applied_on)], [t('app.startOn'), a.start_on ? dayText(a.start_on) : t('none')],
	[t('app.evidence'), a.evidence ?? t('none')], [t('handover.how'), t(a.paper ? 'handover.PAPER' : 'handover.MAIL')],
	[t('apps.maker'), html`<span lang="ja">${a.maker_name ?? a.maker_user_id}</span><span class="yb-sub">${momentText(a.made_at)}</span>`],
	a.state === 'WAITING' ? [t('apps.expires'), momentText(a.expires_at)] : null,
	a.job_no ? [t('apps.job'), html`<a class="yb-digits" href="/jobs/${a.job_no}">${a.job_no}</a>`] : null,
	a.decided_at ? [t('app.approver'), html`<span lang="ja">${a.approver_name ?? a.approver_user_id}</span><span class="yb-sub">${momentText(a.decided_at)}</span>`] : null,
	a.comment ? [t('app.comment'), a.comment] : null,
	a.issued_user_id ? [t('app.issued'), html`<span class="yb-digits">${a.issued_user_id}</span>`] : null]);

const toList = () => html`<div class="yb-actions"><a class="yb-button" href="/applications?state=WAITING">${t('app.toList')}</a></div>`;

const said = ({ app }) => html`<h1 id="done" tabindex="-1">${t(`app.${app.state}done`)}</h1>
	${notice(t(`app.${app.state}text`), app.state === 'ISSUED' && !app.paper ? html`<p>${t('app.mailed', { mail: app.mail })}</p>` : nothing, 'good')}`;

// Who asked does not decide: said in words, not by a missing button.
const decide = ({ app, form }) => (app.may_decide ? html`${similarNotice(app.similar, false)}<h2>${t('app.decide')}</h2>
	${form.view(['decision', 'comment'].map((name) => form.field(name)), { send: t('app.send') })}`
	: html`${app.state === 'WAITING' ? notice(t('app.own'), html`<p>${t('app.ownText')}</p>`, 'warn') : nothing}${toList()}`);

export const view = (state) => html`${crumb([['/applications', t('apps.title')]], state.app.application_no)}
	${state.decided ? html`${said(state)}${about(state.app)}${state.letter?.view() ?? nothing}${toList()}`
		: html`${state.form.summary()}<h1>${t('app.title')}</h1>${about(state.app)}${state.letter?.view() ?? nothing}${decide(state)}`}`;
