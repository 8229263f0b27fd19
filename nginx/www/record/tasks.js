// tasks.js - what waits in the area record, for the menu.

import { get } from '../lib/api.js';
import { t } from '../lib/i18n.js';

const PAGES = { enquiries: '/records/enquiries', recalls: '/records/recalls', link_errors: '/records/link', pairs: '/records/pairs', requests: '/records/requests', alerts: '/records/alerts', bulk: '/records/bulk',
	retention: '/records/retention' };

export async function tasks(routes) {
	const counts = await get('/record/tasks');
	return Object.entries(PAGES).filter(([, href]) => !routes || routes.some((r) => r.path === href))
		.map(([name, href]) => ({ text: t(`tasks.${name}`), href, count: counts[name] ?? 0 }));
}
