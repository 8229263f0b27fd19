// tasks.js - what waits for whoever is logged in: each leads to the list that shows it.

import { get } from '../lib/api.js';
import { dayText } from '../lib/date.js';
import { t } from '../lib/i18n.js';

const HREFS = { REVIEW_DUE: '/users/review', TEMP_EXPIRING: '/users?status=TEMP', SUSPENDED: '/users?status=SUSPENDED',
	APPLICATIONS_WAITING: '/applications?state=WAITING' };

export async function tasks() {
	const { tasks: list } = await get('/account/tasks');
	return list.filter(({ kind }) => HREFS[kind]).map(({ kind, count, due_on: due }) => (kind === 'REVIEW_DUE' && count === 0
		? { text: t('tasks.REVIEW_READY'), href: '/users/review/complete', count: 1 }
		: { text: t(`tasks.${kind}`, { day: dayText(due) }), href: HREFS[kind], count }));
}
