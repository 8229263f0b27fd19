// api.js - the one way from a page to the server: JSON, CSRF header, problem+json, 20 seconds.

import { lang, t } from './i18n.js';

const TIMEOUT_MS = 20_000;
let csrf = '';
let mends = {}; // what helps against a refusal, by its id; set by onSession
let heard = () => {};

// What boot.js has begun to ask for, once; else it is asked for now.
const early = (path, options) => globalThis.early?.take(path) ?? fetch(path, options);

// What the server refused, or why it could not be asked.
export class Problem extends Error {
	constructor(status, body, retryAfter = 0) {
		super(body?.title || t(status === 0 ? 'problem.network' : 'problem.unknown'));
		this.status = status;
		this.id = body?.error_id ?? '';
		this.detail = body?.detail || t(status === 0 ? 'problem.networkNext' : 'problem.unknownNext');
		this.errors = Array.isArray(body?.errors) ? body.errors : [];
		this.trace = body?.trace_id ?? '';
		this.retryAfter = Number(retryAfter) || 0; // seconds
		this.at = Date.now();
	}

	// Whether the same may be sent again: the answer did not come, or was "not now".
	get passing() {
		return this.status === 0 || this.status === 429 || this.status === 503;
	}
}

// mend: { id: async (problem) => true when the same may be sent again }.
// talked(): told of each answer, because each extends the session.
export function onSession({ mend, talked }) {
	mends = mend;
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

function read(status, text, retryAfter, etag = null) {
	let data = null;
	try {
		data = text === '' ? null : JSON.parse(text);
	} catch {
		throw new Problem(status, null);
	}
	if (status < 200 || status > 299)
		throw new Problem(status, data, retryAfter);
	const fresh = data?.csrf_token ?? data?.session?.csrf_token;
	if (typeof fresh === 'string')
		csrf = fresh;
	return { data, status, retryAfter: Number(retryAfter) || 0, etag };
}

async function once(method, path, body, options) {
	const headers = head(method, options);
	if (body !== undefined)
		headers['content-type'] = 'application/json';
	let answer;
	let text;
	try {
		answer = await (options.early ? early : fetch)(`/api/v1${path}`, { method, headers, credentials: 'same-origin',
			cache: 'no-store', redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS),
			body: body === undefined ? undefined : JSON.stringify(body) });
		text = await answer.text(); // always read: an unread body keeps the stream open
	} catch {
		throw new Problem(0, null);
	}
	return read(answer.status, text, answer.headers.get('retry-after'), answer.headers.get('etag'));
}

// Where the session is over, or the password is wanted again, people are asked on the spot and
// the request is sent again as it was, under the same key.
async function mended(send, quiet = false) {
	for (let times = 0; ; times++) {
		try {
			const answer = await send();
			heard();
			return answer;
		} catch (e) {
			const mend = quiet || times > 1 ? null : mends[e.id];
			if (!mend || !await mend(e))
				throw e;
		}
	}
}

// call('POST', '/path', body, { key, etag, quiet }) → { data, status, retryAfter, etag }. quiet:
// nobody is asked anything.
export const call = (method, path, body, options = {}) =>
	mended(() => once(method, path, body, options), options.quiet);

export const get = async (path, options) => (await call('GET', path, undefined, options)).data;
export const post = async (path, body, options) => (await call('POST', path, body, options)).data;
export const put = async (path, body, options) => (await call('PUT', path, body, options)).data;
export const patch = async (path, body, options) => (await call('PATCH', path, body, options)).data;
export const remove = async (path, options) => (await call('DELETE', path, undefined, options)).data;

async function fileOnce(path, options) {
	let answer;
	let blob;
	try {
		answer = await fetch(`/api/v1${path}`, { method: 'POST', headers: { ...head('POST', options), accept: '*/*' },
			credentials: 'same-origin', cache: 'no-store', redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
		blob = await answer.blob();
	} catch {
		throw new Problem(0, null);
	}
	return answer.ok ? blob : read(answer.status, await blob.text(), answer.headers.get('retry-after'));
}

// A paper the server hands out on request: a Blob.
export const file = (path, options = {}) => mended(() => fileOnce(path, options));

function sendOnce(path, part, { progress = (_part) => {}, signal }) {
	return new Promise((done, failed) => {
		const request = new XMLHttpRequest();
		request.open('PUT', `/api/v1${path}`);
		for (const [name, value] of Object.entries({ ...head('PUT'), 'content-type': 'application/octet-stream' }))
			request.setRequestHeader(name, value);
		request.upload.onprogress = (e) => progress(e.total > 0 ? e.loaded / e.total : 0);
		request.onload = () => {
			try {
				done(read(request.status, request.responseText,
					request.getResponseHeader('retry-after')).data);
			} catch (e) {
				failed(e);
			}
		};
		request.onerror = () => failed(new Problem(0, null));
		request.onabort = request.onerror;
		signal?.addEventListener('abort', () => request.abort());
		request.send(part);
	});
}

// A part of a file, with its progress told as 0 … 1. There is no 20 s limit: slow lines are slow.
export const send = (path, part, options = {}) => mended(() => sendOnce(path, part, options));
