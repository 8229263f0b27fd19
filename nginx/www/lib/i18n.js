// i18n.js - the words of the pages: t('key', { n: 3 }). One dictionary for all pages, one
// per area; both languages have the same keys. Which language: the cookie "lang".

export const LANGUAGES = ['ja', 'en'];
export const lang = globalThis.document?.documentElement.lang === 'en' ? 'en' : 'ja';

const words = {};
const files = new URL('..', import.meta.url).pathname; // of the version this page is of

// Adds a dictionary; also what the tests call.
export const addWords = (more) => Object.assign(words, more);

// Fetches the words of an area, or with nothing those of all pages.
export async function loadWords(area) {
	const path = `${files}${area ? `${area}/` : ''}i18n/${lang}.json`;
	const answer = await (globalThis.early?.take(path) ?? fetch(path));
	addWords(await answer.json());
}

export const has = (key) => Object.hasOwn(words, key);

// {n} is replaced by the value, numbers with separators; {n|file|files} by a form of a word.
export function t(key, values = {}) {
	const text = words[key];
	if (text === undefined)
		return key;
	return text.replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (_, name, one, many) => {
		const value = values[name];
		if (one !== undefined)
			return value === 1 ? one : many;
		return typeof value === 'number' ? value.toLocaleString(lang) : String(value ?? '');
	});
}
