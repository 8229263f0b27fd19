// route.js - addresses and who may see them.

import { may } from './session.js';

// '/records/:subject_no' and an address → { subject_no } or null.
export function match(pattern, path) {
	const names = [];
	const source = pattern.replace(/:(\w+)/g, (_, name) => {
		names.push(name);
		return '([^/]+)';
	});
	const found = new RegExp(`^${source}$`).exec(path);
	return found && Object.fromEntries(names.map((name, i) => [name, decodeURIComponent(found[i + 1])]));
}

// needs: an operation the server lets this role use; roles: a list for what has no operation.
export const allowed = (session, route) => may(session, route.needs)
	&& (!route.roles || (session?.roles ?? []).some((role) => route.roles.includes(role)));
