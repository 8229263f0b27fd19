// The pages of master: one list, one row, one form and one change for all of them, made of
// what each master says of itself (GET /master/masters).

// Whose masters are sent, and who watches that: federations have none that go out.
const SENDERS = ['KC-A', 'KC-S', 'OP', 'MH-A', 'MH-S', 'MU-A', 'MU-S', 'MU-V', 'MI-A', 'MI-S', 'NM-A', 'NM-S'];
const menu = (text) => ({ group: 'masters.group', text });

export const routes = [
	{ path: '/masters', titleKey: 'masters.title', nav: 'masters.nav', needs: 'listMasters', menu: menu('masters.card'),
		load: () => import('./list.js') },
	{ path: '/masters/changes', titleKey: 'changes.title', needs: 'listMasterChanges', menu: menu('changes.card'),
		load: () => import('./changes.js'), tasks: () => import('./tasks.js') },
	{ path: '/masters/changes/:change_id', titleKey: 'change.title', needs: 'getMasterChange', load: () => import('./change.js') },
	{ path: '/masters/changes/:change_id/edit', titleKey: 'changeEdit.title', needs: 'replaceMasterChange', load: () => import('./redraft.js') },
	{ path: '/masters/changes/:change_id/:act', titleKey: 'changeBack.title', needs: 'withdrawMasterChange', load: () => import('./back.js') },
	{ path: '/masters/receipts', titleKey: 'receipts.title', needs: 'listReceipts', menu: menu('receipts.card'), load: () => import('./receipts.js') },
	{ path: '/masters/receipts/:receipt_id', titleKey: 'receipt.title', needs: 'getReceipt', load: () => import('./receipt.js') },
	{ path: '/masters/sendings', titleKey: 'sendings.title', needs: 'listSendings', roles: SENDERS, menu: menu('sendings.card'),
		load: () => import('./sendings.js') },
	{ path: '/masters/sendings/:sending_id', titleKey: 'sending.title', needs: 'getSending', load: () => import('./sending.js') },
	{ path: '/masters/parameters', titleKey: 'parameters.title', needs: 'listParameters', roles: ['KC-A', 'KC-S', 'OP'], menu: menu('parameters.card'),
		load: () => import('./parameters.js') },
	{ path: '/masters/mergers', titleKey: 'mergers.title', needs: 'listMergers', menu: menu('mergers.card'), load: () => import('./mergers.js') },
	{ path: '/masters/mergers/new', titleKey: 'mergerNew.title', needs: 'createMerger', load: () => import('./merger_new.js') },
	{ path: '/masters/mergers/:merger_id', titleKey: 'merger.title', needs: 'getMerger', load: () => import('./merger.js') },
	{ path: '/masters/mergers/:merger_id/:act', titleKey: 'mergerAct.title', needs: 'cancelMerger', load: () => import('./merger_act.js') },
	{ path: '/masters/:master', titleKey: 'masterRows.title', needs: 'listMasterRows', load: () => import('./rows.js') },
	{ path: '/masters/:master/row', titleKey: 'masterRow.title', needs: 'getMasterRow', load: () => import('./row.js') },
	{ path: '/masters/:master/edit', titleKey: 'masterEdit.title', needs: 'createMasterChange', load: () => import('./edit.js') },
	{ path: '/masters/:master/file', titleKey: 'masterFile.title', needs: 'createMasterChange', load: () => import('./file.js') },
];
