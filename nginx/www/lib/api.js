// lib/api.js - the one way from a page to the server: JSON, CSRF header, problem+json.

const TIMEOUT_MS = 20_000;
let csrf = '';

// What the server refused, or why it could not be asked. `next` says what to do now.
export class Problem extends Error {
	constructor(status, body) {
		super(body?.title || (status === 0
			? '通信できませんでした。入力した内容はこの画面に残っています。もう一度お試しください。'
			: '処理できませんでした。'));
		this.status = status;
		this.id = body?.error_id ?? '';
		this.detail = body?.detail ?? '';
		this.errors = Array.isArray(body?.errors) ? body.errors : [];
		this.trace = body?.trace_id ?? '';
	}
}

async function call(method, path, body) {
	const headers = { accept: 'application/json', 'accept-language': document.documentElement.lang };
	if (body !== undefined)
		headers['content-type'] = 'application/json';
	if (method !== 'GET')
		headers['x-yobo-csrf'] = csrf;
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
	let data = null;
	try {
		data = text === '' ? null : JSON.parse(text);
	} catch {
		throw new Problem(answer.status, null);
	}
	if (!answer.ok)
		throw new Problem(answer.status, data);
	if (typeof data?.csrf_token === 'string')
		csrf = data.csrf_token;
	return data;
}

// The session, or null when nobody is logged in.
export async function getSession() {
	try {
		return await call('GET', '/account/session');
	} catch (e) {
		if (e.status === 401)
			return null;
		throw e;
	}
}

export const login = (user_id, password) => call('POST', '/account/login', { user_id, password });
export const logout = () => call('POST', '/account/logout');
export const searchSubjects = (conditions) => call('POST', '/record/searches', conditions);
// The answer of an earlier search, by the number in the page's address.
export const getSearch = (id) => call('GET', `/record/searches/${encodeURIComponent(id)}`);
export const getTimeline = (subjectNo) =>
	call('GET', `/record/subjects/${encodeURIComponent(subjectNo)}/timeline`);
export const listAccessTokens = () => call('GET', '/token/access-tokens?limit=100');
