// areas.js - where the pages of each area are listed. The paths are written out, so that a
// checker can follow them. A new area adds its line.

export const AREAS = {
	account: () => import('../account/routes.js'),
	record: () => import('../record/routes.js'),
	token: () => import('../token/routes.js'),
};
