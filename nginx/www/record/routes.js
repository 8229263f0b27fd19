// The pages of record: finding a person, the person's vaccinations, and what follows from them.

const INSTITUTION = ['MI-A', 'MI-S', 'NM-A', 'NM-S'];
const menu = (text) => ({ group: 'record.group', text });

// In the order of the menu; an address is the first that fits.
export const routes = [
	{ path: '/records', titleKey: 'search.title', nav: 'search.nav', needs: 'searchSubjects',
		menu: menu('search.card'), load: () => import('./search.js') },
	{ path: '/records/new', titleKey: 'entry.title', nav: 'entry.nav', needs: 'createVaccination',
		menu: menu('entry.card'), load: () => import('./entry.js'),
		tasks: () => import('./tasks.js') },
	{ path: '/records/requests', titleKey: 'requests.title', needs: 'listCorrectionRequests',
		menu: menu('requests.card'), load: () => import('./requests.js') },
	{ path: '/records/requests/:request_id', titleKey: 'answer.title', needs: 'answerCorrectionRequest',
		roles: INSTITUTION, load: () => import('./answer.js') },
	{ path: '/records/link', titleKey: 'link.title', needs: 'getLinkStatus',
		menu: menu('link.card'), load: () => import('./link.js') },
	{ path: '/records/link/resend', titleKey: 'resend.title', needs: 'resendVaccinations', load: () => import('./resend.js') },
	{ path: '/records/link/:seq', titleKey: 'resolve.title', needs: 'resolveLinkError', load: () => import('./resolve.js') },
	{ path: '/records/pairs', titleKey: 'pairs.title', needs: 'listPairs',
		menu: menu('pairs.card'), load: () => import('./pairs.js') },
	{ path: '/records/pairs/:pair_id', titleKey: 'undo.title', needs: 'undoPair', load: () => import('./undo.js') },
	{ path: '/records/due', titleKey: 'dueList.title', needs: 'listDue',
		menu: menu('dueList.card'), load: () => import('./due.js') },
	{ path: '/records/bulk', titleKey: 'bulk.title', needs: 'listBulkInquiries',
		menu: menu('bulk.card'), load: () => import('./bulk.js') },
	{ path: '/records/bulk/new', titleKey: 'bulkNew.title', needs: 'requestBulkInquiry', load: () => import('./bulk_new.js') },
	{ path: '/records/bulk/:bulk_id', titleKey: 'bulkOne.title', needs: 'listBulkInquiries', load: () => import('./bulk_one.js') },
	{ path: '/records/import', titleKey: 'import.title', needs: 'resendVaccinations',
		menu: menu('import.card'), load: () => import('./import.js') },
	{ path: '/records/alerts', titleKey: 'alerts.title', needs: 'listAlerts',
		menu: menu('alerts.card'), load: () => import('./alerts.js') },
	{ path: '/records/alerts/:alert_id', titleKey: 'alert.title', needs: 'checkAlert', load: () => import('./alert.js') },
	{ path: '/records/retention', titleKey: 'retention.title', needs: 'listRetention',
		menu: menu('retention.card'), load: () => import('./retention.js') },
	{ path: '/records/:subject_no/new', titleKey: 'entry.title', needs: 'createVaccination', load: () => import('./entry.js') },
	{ path: '/records/:subject_no/:record_id', titleKey: 'record.one', needs: 'getVaccinationHistory', load: () => import('./record.js') },
	{ path: '/records/:subject_no/:record_id/correct', titleKey: 'correct.title', needs: 'correctVaccination', load: () => import('./correct.js') },
	{ path: '/records/:subject_no/:record_id/cancel', titleKey: 'cancel.title', needs: 'correctVaccination', load: () => import('./cancel.js') },
	{ path: '/records/:subject_no/:record_id/ask', titleKey: 'askCorrection.title', needs: 'requestCorrection', load: () => import('./ask.js') },
	{ path: '/records/:subject_no', titleKey: 'timeline.title', needs: 'getTimeline', load: () => import('./timeline.js') },
];
