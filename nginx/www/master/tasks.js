// tasks.js - what of the masters waits for whoever is logged in: changes to approve, held files,
// files that were refused, mergers to approve.

import { get } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { may } from '../lib/session.js';
import { waiting } from './masters.js';

const changes = async (session) => ({ text: t('changes.task'), href: '/masters/changes', count: await waiting(session) });

const receipts = async () => ({ text: t('receipts.task'), href: '/masters/receipts?status=HELD',
	count: (await get('/master/receipts?status=HELD')).receipts.filter((p) => !p.asked_by_caller).length });

const sendings = async (status) => ({ text: t(`sendings.task_${status}`), href: `/masters/sendings?status=${status}`,
	count: (await get(`/master/sendings?status=${status}`)).sendings.length });

const refused = async () => ({ text: t('sendings.task'), href: '/masters/sendings', count: (await get('/master/sendings')).rows.filter((r) => r.refused).length });

const mergers = async (session) => ({ text: t('mergers.task'), href: '/masters/mergers',
	count: (await get('/master/mergers')).mergers.filter((m) => m.status === 'PLANNED' && m.created_user !== session.user.user_id).length });

export const tasks = (routes, session) => Promise.all([...may(session, 'approveMasterChange') ? [changes(session)] : [],
	...may(session, 'listReceipts') ? [receipts()] : [],
	...may(session, 'getSending') ? [sendings('NACKED'), sendings('HELD')] : may(session, 'listSendings') ? [refused()] : [],
	...may(session, 'approveMerger') ? [mergers(session)] : []]);
