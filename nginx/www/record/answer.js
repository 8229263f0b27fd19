// answer.js - the institution says what it does about a request to correct.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { Problem, post } from '../lib/api.js';
import { dayText, momentText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { crumb, facts } from '../lib/page.js';
import { Act } from '../widgets/act.js';
import { area, radios } from '../widgets/form.js';
import { findIn } from './lists.js';
import { path, vaccine } from './parts.js';
import { isOpen, stateTag } from './requests.js';

export async function init({ params, update }) {
	const request = await findIn('/record/correction-requests', 'requests', (q) => q.request_id === params.request_id);
	if (!request)
		throw new Problem(404, null);
	return { request, act: new Act({ title: t('answer.title'), done: t('answer.done'), update,
		fields: { state: { kind: radios, label: t('answer.state'), required: true,
			options: ['WORKING', 'CORRECTED', 'REJECTED'].map((s) => [s, t(`request.${s}`), t(`answer.${s}`)]) },
		comment: { kind: area, label: t('answer.comment'), hint: t('answer.commentHint'), required: false } },
		check: (v) => (v.state === 'REJECTED' && !v.comment ? [{ name: 'comment', text: t('form.enter', { label: t('answer.comment') }) }] : []),
		say: (e) => (e.errors.some((x) => x.field === '/state') ? [{ name: 'state', text: t('answer.notCorrected') }] : null),
		submit: (values, key) => post(`/record/correction-requests/${params.request_id}/answer`, values, { key }) }) };
}

const about = (q) => html`${facts([[t('requests.record'), html`${dayText(q.vaccinated_on)} ${vaccine(q)}`], [t('search.subjectNo'), q.subject_no],
	[t('requests.state'), stateTag(q)], [t('requests.from'), html`<span lang="ja">${q.from_org_name ?? t('none')}</span>`],
	[t('requests.comment'), html`<span lang="ja">${q.comment}</span><span class="yb-sub">${momentText(q.asked_at)}</span>`]])}
	<p><a href=${path(q.subject_no, q.record_id)}>${t('answer.toRecord')}</a></p>`;

export function view({ request, act }) {
	const back = html`<a class="yb-button" href="/records/requests">${t('requests.back')}</a>`;
	return html`${crumb([['/records/requests', t('requests.title')]], t('answer.title'))}${isOpen(request)
		? act.view({ send: t('answer.send'), about: act.answer ? nothing : about(request), back })
		: html`<h1>${t('answer.title')}</h1><p>${t('answer.over')}</p>${about(request)}<div class="yb-actions">${back}</div>`}`;
}
