// resolve.js - H-3-1 step 6: what is done about a record the municipality's system refused.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { Problem, get, post } from '../lib/api.js';
import { dayText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { crumb, facts, nameOf } from '../lib/page.js';
import { Act } from '../widgets/act.js';
import { area, radios } from '../widgets/form.js';
import { number } from '../widgets/kana.js';
import { bannerTag } from './lists.js';
import { vaccine } from './parts.js';

const WAYS = ['accept', 'relink', 'asked'];

export async function init({ params, update }) {
	const { errors } = await get(`/record/link-errors?limit=1&since=${Number(params.seq) - 1}`);
	const error = errors.find((e) => String(e.seq) === params.seq);
	if (!error)
		throw new Problem(404, null);
	return { error, act: new Act({ title: t('resolve.title'), done: t('resolve.done'), update,
		fields: { resolution: { kind: radios, label: t('resolve.how'), required: true, options: WAYS.map((w) => [w, t(`resolve.${w}`), t(`resolve.${w}Hint`)]) },
			subject_no: { kind: number, label: t('resolve.person'), hint: t('resolve.personHint'), required: false, width: 'number' },
			comment: { kind: area, label: t('resolve.comment'), hint: t('resolve.commentHint'), required: true } },
		check: (v) => (v.resolution === 'relink' && !v.subject_no ? [{ name: 'subject_no', text: t('form.enter', { label: t('resolve.person') }) }] : []),
		say: (e) => (e.status === 404 ? [{ name: 'subject_no', text: t('entry.noPerson') }] : null),
		submit: ({ resolution, subject_no, comment }, key) => post(`/record/link-errors/${params.seq}/resolution`,
			{ resolution, comment, ...resolution === 'relink' ? { subject_no } : {} }, { key }) }) };
}

export const view = ({ error: e, act }) => html`${crumb([['/records/link', t('link.title')]], t('resolve.title'))}${act.view({ send: t('resolve.send'),
	about: facts([[t('link.seq'), e.seq], [t('link.error'), html`<span lang="ja">${e.error ?? t('none')}</span>`],
		[t('search.name'), html`${nameOf(e)}${bannerTag(e)}<span class="yb-sub">${t('search.subjectNo')} ${e.subject_no}　${t('search.muniKey')} ${e.muni_key}</span>`],
		[t('link.record'), html`${vaccine(e)} ${dayText(e.vaccinated_on)}`], [t('record.org'), html`<span lang="ja">${e.org_name ?? e.org_code ?? t('none')}</span>`]]),
	after: (a) => (a.request_id ? html`<p><a href="/records/requests">${t('requests.title')}</a></p>` : nothing),
	back: html`<a class="yb-button" href="/records/link">${t('requests.back')}</a>` })}`;
