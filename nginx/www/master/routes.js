// The pages of master: one list, one row, one form and one change for all of them, made of
// what each master says of itself (GET /master/masters).

const menu = (text) => ({ group: 'masters.group', text });

export const routes = [
	{ path: '/masters', titleKey: 'masters.title', nav: 'masters.nav', needs: 'listMasters', menu: menu('masters.card'),
		load: () => import('./list.js') },
	{ path: '/masters/changes', titleKey: 'changes.title', needs: 'listMasterChanges', menu: menu('changes.card'),
		load: () => import('./changes.js'), tasks: () => import('./tasks.js') },
	{ path: '/masters/changes/:change_id', titleKey: 'change.title', needs: 'getMasterChange', load: () => import('./change.js') },
	{ path: '/masters/changes/:change_id/edit', titleKey: 'changeEdit.title', needs: 'replaceMasterChange', load: () => import('./redraft.js') },
	{ path: '/masters/changes/:change_id/:act', titleKey: 'changeBack.title', needs: 'withdrawMasterChange', load: () => import('./back.js') },
	{ path: '/masters/:master', titleKey: 'masterRows.title', needs: 'listMasterRows', load: () => import('./rows.js') },
	{ path: '/masters/:master/row', titleKey: 'masterRow.title', needs: 'getMasterRow', load: () => import('./row.js') },
	{ path: '/masters/:master/edit', titleKey: 'masterEdit.title', needs: 'createMasterChange', load: () => import('./edit.js') },
	{ path: '/masters/:master/file', titleKey: 'masterFile.title', needs: 'createMasterChange', load: () => import('./file.js') },
];
