// The pages of record: finding a person, and the person's vaccinations.

export const routes = [
	{ path: '/records', titleKey: 'search.title', nav: 'search.nav', needs: 'searchSubjects',
		menu: { group: 'record.group', text: 'search.card' }, load: () => import('./search.js') },
	{ path: '/records/:subject_no', titleKey: 'timeline.title', needs: 'getTimeline',
		load: () => import('./timeline.js') },
];
