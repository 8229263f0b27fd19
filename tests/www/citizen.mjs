// citizen.mjs - a mother and her children whom the portal knows, and the portal's form that hands
// a browser over.

import { dayFromToday, machine } from '../support/yobo.mjs';
import { dose, myNumber, newPerson } from '../record/people.mjs';
import { Portal, pairwise } from '../record/portal.mjs';

const DOSES = [['HEPB', 1, -340, 0.25], ['DPTIPVHIB', 1, -330, 0.5], ['PCV20', 1, -330, 0.5], ['HEPB', 2, -312, 0.25],
	['DPTIPVHIB', 2, -300, 0.5], ['PCV20', 2, -300, 0.5], ['DPTIPVHIB', 3, -270, 0.5], ['MR', 1, -20, 0.5]];

// → { portal, mother, child, persons, records }; the third person of the session is nobody known.
export async function family(inst) {
	const portal = await Portal.open(inst);
	const hms = machine(inst, { org_type: 'MUNI' }, 'subject:write');
	const site = machine(inst, { org_type: 'NMI' }, 'record:write');
	const link = async (change, viewer) => {
		const p = await newPerson(hms, { my_number: myNumber(), ...change });
		const pw = pairwise();
		await portal.link(viewer ?? pw, pw, { my_number: p.my_number });
		return { ...p, pw };
	};
	const mother = await link({ name: '見本　桜子', birth_date: '1992-05-03' });
	const child = await link({ name: '\u{20BB7}田　葛\u{E0100}子', birth_date: dayFromToday(-400) }, mother.pw);
	const records = [];
	for (const [vaccine_code, dose_seq, day, dose_ml] of DOSES) {
		const made = await site.call('createVaccination', { body: { ...dose({ vaccine_code, dose_seq, dose_ml,
			vaccinated_on: dayFromToday(day), venue: '見本会場' }), subject_no: child.subject_no } });
		if (made.status !== 201)
			throw new Error(made.text);
		records.push(made.json.record_id);
	}
	await site.call('createVaccination', { body: { ...dose({ vaccine_code: 'VAR', vaccinated_on: dayFromToday(-15), exec_class: '2',
		dose_seq: undefined, lot_no: undefined, dose_ml: undefined, route: undefined, site: undefined, not_done_reason: '発熱' }),
	subject_no: child.subject_no } });
	hms.close();
	site.close();
	return { portal, mother, child, records, persons: [{ subject: mother.pw, relation: 'self', name: '見本　桜子' },
		{ subject: child.pw, relation: 'proxy', name: '\u{20BB7}田　葛\u{E0100}子' }, { subject: pairwise(), relation: 'proxy' }] };
}

// A page of somebody else sends the form, as the portal does. A statement of the caller's own: `statement`.
export async function handOver(b, who, statement) {
	await b.go('data:text/html,<form method="post"><input name="assertion"></form>');
	await b.run(`const form = document.forms[0];
		form.action = arguments[0];
		form.elements.assertion.value = arguments[1];
		form.submit();`, `${b.inst.base}/api/v1/record/citizen/session`, statement ?? who.portal.hands(who.mother.pw, who.persons));
	await b.until("location.pathname === '/citizen'");
}
