// mail.mjs - the mails an instance has sent: its mailbox (a Maildir), decoded.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { sleep } from './yobo.mjs';

// Encoded words of a header (RFC 2047); the blank between two of them is not text.
const words = (text) => text.replace(/\?=\s+=\?/g, '?==?').replace(/=\?UTF-8\?B\?([A-Za-z0-9+/=]*)\?=/g,
	(_, b64) => Buffer.from(b64, 'base64').toString('utf8'));

function parse(file) {
	const raw = readFileSync(file, 'latin1').replaceAll('\r\n', '\n');
	const end = raw.indexOf('\n\n');
	const headers = {};
	for (const line of raw.slice(0, end).replace(/\n[ \t]+/g, ' ').split('\n')) {
		const [, name, value] = /^([^:]+):\s*(.*)$/.exec(line);
		(headers[name.toLowerCase()] ??= []).push(words(value));
	}
	const body = raw.slice(end + 2);
	const text = headers['content-transfer-encoding']?.[0] === 'base64'
		? Buffer.from(body, 'base64').toString('utf8') : body;
	return { headers, raw, subject: headers.subject?.[0] ?? '', text: text.replaceAll('\r\n', '\n'),
		to: (headers['x-rcptto'] ?? headers.to)[0].replace(/^<|>$/g, '') };
}

// Names begin with seconds and microseconds, both without leading zeros: 9.M98765P7Q1 came before
// 9.M102345P7Q2.
const byArrival = new Intl.Collator('en', { numeric: true }).compare;

// Whether the instance has a mailbox at all: it needs Debian's python3-aiosmtpd.
export const hasMailbox = (inst) => Boolean(inst.mailbox);

// The mails that have arrived, oldest first: mails(inst, { to: 'taro@example.jp' }).
export function mails(inst, { to } = {}) {
	const found = [];
	for (const part of ['new', 'cur']) {
		const dir = join(inst.mailbox, part);
		for (const name of existsSync(dir) ? readdirSync(dir).sort(byArrival) : [])
			found.push(parse(join(dir, name)));
	}
	return to ? found.filter((mail) => mail.to === to) : found;
}

// Waits until `n` mails to that address have arrived.
export async function mailsArrived(inst, { to, n = 1, seconds = 15 }) {
	for (let i = 0; i < seconds * 10; i++) {
		const found = mails(inst, { to });
		if (found.length >= n)
			return found;
		await sleep(100);
	}
	throw new Error(`${mails(inst, { to }).length} mails to ${to} after ${seconds} s, ${n} expected`);
}
