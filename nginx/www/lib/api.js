// api.js - the one way from a page to the server: JSON, CSRF header, problem+json, 20 seconds.

import { lang, t } from './i18n.js';

const TIMEOUT_MS = 20_000;
let csrf = '';
let sessionOver = null;
let heard = () => {}; // replaced by onSession

// What the server refused, or why it could not be asked.
export class Problem extends Error {
	constructor(status, body) {
		super(body?.title || t(status === 0 ? 'problem.network' : 'problem.unknown'));
		this.status = status;
		this.id = body?.error_id ?? '';
		this.detail = body?.detail || t(status === 0 ? 'problem.networkNext' : 'problem.unknownNext');
		this.errors = Array.isArray(body?.errors) ? body.errors : [];
		this.trace = body?.trace_id ?? '';
		this.at = Date.now();
	}

	// Whether the same may be sent again: the answer did not come, or was "not now".
	get passing() {
		return this.status === 0 || this.status === 429 || this.status === 503;
	}
}

// over(): asked when the session has ended, answers true when there is a new one.
// talked(): told of each answer, because each extends the session.
export function onSession({ over, talked }) {
	sessionOver = over;
	heard = talked;
}

function head(method, { key, etag } = {}) {
	const headers = { accept: 'application/json', 'accept-language': lang };
	if (method !== 'GET')
		headers['x-yobo-csrf'] = csrf;
	if (key)
		headers['idempotency-key'] = key;
	if (etag)
		headers['if-match'] = etag;
	return headers;
}

function read(status, text, retryAfter) {
	let data = null;
	try {
		data = text === '' ? null : JSON.parse(text);
	} catch {
		throw new Problem(status, null);
	}
	if (status < 200 || status > 299)
		throw new Problem(status, data);
	if (typeof data?.csrf_token === 'string')
		csrf = data.csrf_token;
	return { data, status, retryAfter: Number(retryAfter) || 0 };
}

async function once(method, path, body, options) {
	const headers = head(method, options);
	if (body !== undefined)
		headers['content-type'] = 'application/json';
	let answer;
	let text;
	try {
		answer = await fetch(`/api/v1${path}`, { method, headers, credentials: 'same-origin',
			cache: 'no-store', redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS),
			body: body === undefined ? undefined : JSON.stringify(body) });
		text = await answer.text(); // always read: an unread body keeps the stream open
	} catch {
		throw new Problem(0, null);
	}
	return read(answer.status, text, answer.headers.get('retry-after'));
}

// call('POST', '/path', body, { key, etag, quiet }) → { data, status, retryAfter }. When the
// session is over people log in on the spot and the request is sent again as it was.
export async function call(method, path, body, options = {}) {
	try {
		const answer = await once(method, path, body, options);
		heard();
		return answer;
	} catch (e) {
		if (!options.quiet && e.id === 'E-AUTH-003' && sessionOver && await sessionOver())
			return once(method, path, body, options);
		throw e;
	}
}

export const get = async (path, options) => (await call('GET', path, undefined, options)).data;
export const post = async (path, body, options) => (await call('POST', path, body, options)).data;

// A file, with its progress told as 0 … 1. There is no 20 s limit: slow lines are slow.
export function upload(path, file, { type = 'text/csv', key, progress = (_part) => {}, signal } = {}) {
	return new Promise((done, failed) => {
		const request = new XMLHttpRequest();
		request.open('POST', `/api/v1${path}`);
		for (const [name, value] of Object.entries({ ...head('POST', { key }), 'content-type': type }))
			request.setRequestHeader(name, value);
		request.upload.onprogress = (e) => progress(e.total > 0 ? e.loaded / e.total : 0);
		request.onload = () => {
			try {
				heard();
				done(read(request.status, request.responseText,
					request.getResponseHeader('retry-after')).data);
			} catch (e) {
				failed(e);
			}
		};
		request.onerror = () => failed(new Problem(0, null));
		request.onabort = request.onerror;
		signal?.addEventListener('abort', () => request.abort());
		request.send(file);
	});
}
