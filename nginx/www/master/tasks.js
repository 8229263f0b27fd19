// tasks.js - changes of masters that wait for whoever is logged in.

import { t } from '../lib/i18n.js';
import { loadMasters, pendingChanges, waits } from './masters.js';

export async function tasks(session) {
	const [masters, changes] = await Promise.all([loadMasters(), pendingChanges()]);
	return [{ text: t('changes.task'), href: '/masters/changes', count: changes.filter((c) => waits(c, masters, session)).length }];
}
