// token/list.js - H-2-1: the access tokens this organisation has handed out. Their values are
// never here: a token is shown once, when it is issued, and kept nowhere.

import { listAccessTokens } from '../lib/api.js';
import { dayText, h, setTitle, tag } from '../lib/ui.js';

const TITLE = 'アクセストークン';
const STATUS = {
	ISSUED: ['未使用', 'plain'], ACTIVE: ['有効', 'good'], EXPIRED: ['期限切れ', 'warn'], REVOKED: ['失効', 'bad'],
};

// The day in Japan of a moment; the API's times carry their offset.
const day = (time) => (time ? dayText(new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Tokyo' })
	.format(new Date(time))) : '—');

function row(t) {
	const [words, kind] = STATUS[t.status] ?? [t.status, 'plain'];
	return h('tr', {},
		h('th', { scope: 'row' }, t.name, h('span', { class: 'yb-sub' }, `末尾 ${t.last4}`)),
		h('td', {}, tag(words, kind)),
		h('td', {}, ...t.scopes.map((s) => h('span', { class: 'yb-sub', lang: 'en' }, s))),
		h('td', {}, day(t.issued_at), h('span', { class: 'yb-sub' }, `発行者 ${t.issued_by}`)),
		h('td', {}, day(t.expires_at)),
		h('td', {}, day(t.last_used_at), h('span', { class: 'yb-sub' }, t.last_ip ?? '')));
}

export async function show(main) {
	setTitle(TITLE);
	const { tokens } = await listAccessTokens();
	main.append(h('h1', { id: 'tokens' }, TITLE));
	if (tokens.length === 0) {
		main.append(h('p', {}, '発行済みのトークンはありません。'));
		return;
	}
	main.append(h('p', {}, `新しい順に${tokens.length}件を表示しています。トークンの値は発行のときに一度だけ表示され、ここでは見られません。`),
		h('div', { class: 'yb-tablewrap', tabindex: '0', role: 'region', 'aria-labelledby': 'tokens' },
			h('table', { class: 'yb-table' },
				h('thead', {}, h('tr', {}, ...['用途', '状態', '権限の範囲', '発行日', '期限', '最終利用']
					.map((t) => h('th', { scope: 'col' }, t)))),
				h('tbody', {}, ...tokens.map(row)))));
}
