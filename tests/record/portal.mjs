// portal.mjs - マイナポータル for the tests: what it signs, and the calls it makes.

import { randomUUID } from 'node:crypto';

import { assertion, client, exchange } from '../support/yobo.mjs';

// A pairwise identifier nobody has.
export const pairwise = () => `pw-${randomUUID()}`;

export class Portal {
	static async open(inst) {
		const p = new Portal();
		p.caller = await client(inst, { org_type: 'MNP' }, 'citizen:read');
		p.key = inst.clients.find((c) => c.org_type === 'MNP');
		const { json } = await exchange(`${inst.base}/.well-known/oauth-authorization-server`, { agent: p.caller.agent });
		p.issuer = json.issuer;
		return p;
	}

	close() { this.caller.close(); }

	// A statement that `viewer` looks at `subject`; change: { claims, header, key }.
	says(viewer, subject = viewer, change = {}) {
		return assertion(change.by ?? this.key, change.issuer ?? this.issuer, { ...change, claims: { sub: viewer, subject,
			relation: viewer === subject ? 'self' : 'proxy', app_id: 'sample-app', acr: 'card', ...change.claims } });
	}

	// The form with which a browser is handed over.
	hands(viewer, persons, change = {}) {
		return assertion(this.key, this.issuer, { ...change, claims: { sub: viewer, app_id: 'sample-app', acr: 'card',
			persons, ...change.claims } });
	}

	link(viewer, subject, claims) {
		return this.caller.call('linkCitizen', { body: { assertion: this.says(viewer, subject, { claims }) } });
	}

	search(viewer, subject, more = {}) {
		return this.caller.call('searchCitizenRecords', { body: { assertion: this.says(viewer, subject), ...more } });
	}

	send(body) { return this.caller.call('searchCitizenRecords', { body }); }
}
