// master/routes.js - the pages of the masters, for lib/areas.js.

export const routes = [];
