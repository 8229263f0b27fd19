// sample.mjs - a request of an operation, made of what the API document says of it.

export const ABSENT = '00000000-0000-4000-8000-000000000000';

function text(s) {
	if (s.format === 'date')
		return '2026-04-20';
	if (s.format === 'date-time')
		return '2026-04-20T10:00:00+09:00';
	if (s.format === 'uuid')
		return ABSENT;
	return 'A1'.padEnd(s.minLength ?? 1, '1').slice(0, s.maxLength ?? 2);
}

// A value the schema allows; of an object only what is required.
export function sample(s) {
	const type = [s.type].flat().find((t) => t !== 'null');
	if (s.oneOf)
		return sample(s.oneOf.find((o) => o.type !== 'null'));
	if (s.enum)
		return s.enum[0];
	switch (type) {
	case 'object':
		return Object.fromEntries((s.required ?? []).map((name) => [name, sample(s.properties[name])]));
	case 'array':
		return s.items ? [sample(s.items)] : [];
	case 'integer':
	case 'number':
		return s.minimum ?? 1;
	case 'boolean':
		return true;
	default:
		return text(s);
	}
}

// `known`: values of path and query parameters by name, where something is to be found.
export function sampleRequest(operation, known) {
	const made = { path: {}, query: {} };
	for (const p of operation.parameters ?? [])
		if (p.in === 'path' || (p.in === 'query' && (p.required || known[p.name] !== undefined)))
			made[p.in][p.name] = known[p.name] ?? (p.in === 'path' ? ABSENT : sample(p.schema));
	const content = operation.requestBody?.content ?? {};
	if (content['application/json'])
		made.body = sample(content['application/json'].schema);
	else if (content['application/x-www-form-urlencoded'])
		made.form = sample(content['application/x-www-form-urlencoded'].schema);
	else if (Object.keys(content).length > 0)
		made.raw = 'not much';
	return made;
}
