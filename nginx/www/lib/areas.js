// areas.js - the pages of every area, in the order of the navigation. A new area adds two lines.
// The lists are short and the pages themselves come when they are opened; their titles and the
// words of the menu stand in the dictionary of all pages (i18n/).

import { routes as account } from '../account/routes.js';
import { routes as jobs } from '../jobs/routes.js';
import { routes as record } from '../record/routes.js';
import { routes as token } from '../token/routes.js';

export const AREAS = { account, record, token, jobs };
