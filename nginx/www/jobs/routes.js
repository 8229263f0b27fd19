// The pages of the jobs: files that came in and went out, of every area.

export const routes = [
	{ path: '/jobs', titleKey: 'jobs.title', needs: 'listJobs', menu: { group: 'jobs.group', text: 'jobs.card' },
		load: () => import('./list.js') },
	{ path: '/jobs/:job_no', titleKey: 'jobs.one', needs: 'getJob', load: () => import('./show.js') },
];
