// fields.js - what issued tokens and registered programs are described by, and the public half
// of a key as people paste it.

import { t } from '../lib/i18n.js';
import { area, checks } from '../widgets/form.js';
import { SCOPES, scopeList } from './tokens.js';

export const networks = (text) => (text ?? '').normalize('NFKC').split(/[\s,\u3001]+/).filter(Boolean);

// of: what a form is filled with.
export const aboutFields = (orgType, of = {}) => ({
	name: { label: t('issue.name'), hint: t('issue.nameHint'), required: true, value: of.name ?? '' },
	scopes: { kind: checks, label: t('issue.scopes'), hint: t('issue.scopesHint'), required: true, value: of.scopes ?? [],
		options: (SCOPES[orgType] ?? []).map((s) => [s, t(`scope.${s}`), s]) },
	cidrs: { kind: area, label: t('issue.cidrs'), hint: t('issue.cidrsHint'), required: false, value: (of.cidrs ?? []).join('\n') },
	contact: { label: t('issue.contact'), hint: t('issue.contactHint'), required: false, value: of.contact ?? '' },
});

export const aboutCheck = (v) => (networks(v.cidrs).length > 10 ? [{ name: 'cidrs', text: t('issue.cidrsMany') }] : []);

export const aboutRows = (v) => [[t('issue.name'), v.name], [t('issue.scopes'), scopeList(v.scopes)],
	[t('issue.cidrs'), networks(v.cidrs).join(t('comma')) || t('issue.cidrsNone')], [t('issue.contact'), v.contact ?? t('none')]];

// PEM or JWK → { public_key } or { public_jwk }, of which only what is public is taken; or
// { error: key, secret } when it is none, or the half that must not leave its program.
export function readKey(text) {
	const pasted = text.trim();
	if (/PRIVATE KEY/.test(pasted))
		return { error: 'key.private', secret: true };
	if (/^-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----$/.test(pasted))
		return { public_key: `${pasted}\n` };
	try {
		const said = JSON.parse(pasted);
		const jwk = said.keys?.length === 1 ? said.keys[0] : said;
		if ('d' in jwk)
			return { error: 'key.private', secret: true };
		return jwk.kty === 'EC' && jwk.x && jwk.y
			? { public_jwk: { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y } } : { error: 'key.wrong' };
	} catch {
		return { error: 'key.wrong' };
	}
}

export function readCertificate(text) {
	const pasted = text.trim();
	if (/PRIVATE KEY/.test(pasted))
		return { error: 'key.private', secret: true };
	return /^-----BEGIN CERTIFICATE-----[^]+-----END CERTIFICATE-----$/.test(pasted)
		? { certificate: `${pasted}\n` } : { error: 'key.wrongCertificate' };
}

// A private key does not stay on the screen either.
const pasted = (take) => ({
	view: area.view,
	read(form, def) {
		const input = form.querySelector(`#${def.id}`);
		const said = input.value.trim() === '' ? {} : take(input.value);
		if (said.secret)
			input.value = '';
		return said.error ? { error: t(said.error, { label: def.label }) } : { value: input.value.trim() };
	},
});

export const keyFields = ({ certificate = false } = {}) => ({
	key: { kind: pasted(readKey), label: t('key.public'), hint: t('key.publicHint'), required: false, rows: 5, code: true,
		wire: ['public_key', 'public_jwk'] },
	certificate: { kind: pasted(readCertificate), label: t('key.certificate'), hint: t('key.certificateHint'), required: certificate,
		rows: 5, code: true },
});

// What goes to the server of the two.
export const proofOf = (v) => ({ ...v.key ? readKey(v.key) : {}, ...v.certificate ? readCertificate(v.certificate) : {} });
