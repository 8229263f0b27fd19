// alert.js - somebody has looked into an alert and says what came out.

import { html } from '../vendor/lit-html/lit-html.js';
import { Problem, post } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { crumb, facts } from '../lib/page.js';
import { Act } from '../widgets/act.js';
import { area } from '../widgets/form.js';
import { period, what } from './alerts.js';
import { findIn } from './lists.js';

export async function init({ params, update }) {
	const alert = await findIn('/record/alerts?state=OPEN', 'alerts', (a) => String(a.alert_id) === params.alert_id);
	if (!alert)
		throw new Problem(404, null);
	return { alert, act: new Act({ title: t('alert.title'), done: t('alert.done'), update,
		fields: { comment: { kind: area, label: t('alert.comment'), hint: t('alert.commentHint'), required: true } },
		submit: (values, key) => post(`/record/alerts/${params.alert_id}/check`, values, { key }) }) };
}

export const view = ({ alert, act }) => html`${crumb([['/records/alerts', t('alerts.title')]], t('alert.title'))}${act.view({ send: t('alert.send'),
	about: facts([[t('alert.what'), what(alert)], [t('alert.when'), period(alert)]]),
	back: html`<a class="yb-button" href="/records/alerts">${t('requests.back')}</a>` })}`;
