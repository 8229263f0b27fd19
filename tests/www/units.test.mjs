// The parts of the pages that think: dates between the calendars, kana, CSV, pages, files and
// jobs (ui design 12: U13 and the widgets no screen uses yet).

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

// As much of a page as lit-html and the modules ask for when they are read.
const live = { textContent: '', focus() {} };
globalThis.document = { createTreeWalker: () => ({}), createComment: () => ({}), cookie: '',
	documentElement: { lang: 'ja' }, getElementById: () => live };
const www = new URL('../../nginx/www/', import.meta.url);
const { addWords, t } = await import(new URL('lib/i18n.js', www));
const date = await import(new URL('lib/date.js', www));
const text = await import(new URL('widgets/kana.js', www));
const { bytes } = await import(new URL('widgets/job.js', www));
const csv = await import(new URL('lib/csv.js', www));
const { AREAS } = await import(new URL('lib/areas.js', www));
for (const area of ['', ...Object.keys(AREAS).map((name) => `${name}/`)])
	addWords(JSON.parse(readFileSync(new URL(`${area}i18n/ja.json`, www), 'utf8')));

test('days typed in eras', () => {
	for (const [era, y, m, d, wanted] of [
		['R', '1', '5', '1', '2019-05-01'], ['R', '元', '5', '1', '2019-05-01'], ['R', '１', '０５', '０１', '2019-05-01'],
		['R', '1', '4', '30', 'date.outsideR'], ['H', '31', '4', '30', '2019-04-30'], ['H', '31', '5', '1', 'date.outsideH'],
		['H', '元', '1', '8', '1989-01-08'], ['H', '1', '1', '7', 'date.outsideH'], ['S', '64', '1', '7', '1989-01-07'],
		['S', '64', '1', '8', 'date.outsideS'], ['S', '元', '12', '25', '1926-12-25'], ['S', '1', '12', '24', 'date.outsideS'],
		['T', '15', '12', '24', '1926-12-24'], ['T', '15', '12', '25', 'date.outsideT'], ['T', '1', '7', '30', '1912-07-30'],
		['T', '1', '7', '29', 'date.outsideT'], ['M', '45', '7', '29', '1912-07-29'], ['M', '45', '7', '30', 'date.outsideM'],
		['M', '6', '1', '1', '1873-01-01'], ['M', '5', '12', '31', 'date.unreal'],
		['', '2024', '2', '29', '2024-02-29'], ['', '2023', '2', '29', 'date.unreal'], ['', '2000', '2', '29', '2000-02-29'],
		['', '1900', '2', '29', 'date.unreal'], ['', '2026', '2', '31', 'date.unreal'], ['', '2026', '13', '1', 'date.unreal'],
		['', '2026', '0', '1', 'date.unreal'], ['', '26', '1', '1', 'date.unreal'], ['R', '0', '5', '1', 'date.outsideR'], ['R', '2018', '7', '21', 'date.outsideR'],
		['', '2026', '', '1', 'date.incomplete'], ['', '２０２６', 'あ', '1', 'date.incomplete'], ['', '', '', '', undefined],
	]) {
		const said = date.readDay(era, y, m, d);
		assert.equal(said.day ?? said.error, wanted, `${era} ${y} ${m} ${d}`);
	}
});

test('days pasted as a whole', () => {
	for (const [pasted, wanted] of [['20180721', '2018-07-21'], ['2018-7-21', '2018-07-21'], ['2018/07/21', '2018-07-21'],
		['2018年7月21日', '2018-07-21'], ['H30.7.21', '2018-07-21'], ['h30/7/21', '2018-07-21'], ['平成30年7月21日', '2018-07-21'],
		['平３０．７．２１', '2018-07-21'], ['令和元年5月1日', '2019-05-01'], ['昭和64年1月7日', '1989-01-07'], ['明治6年1月1日', '1873-01-01'],
		['大正元年7月30日', '1912-07-30'], ['昭和64年1月8日', 'date.outsideS'], ['20180231', 'date.unreal'], ['2018', undefined], ['abc', undefined]]) {
		const said = date.readText(pasted);
		assert.equal(said?.day ?? said?.error, wanted, pasted);
		if (said?.day)
			assert.equal(date.readDay('', pasted, '', '').day, wanted);
	}
});

test('days and ages as they are shown', () => {
	assert.equal(date.dayText('2019-05-01'), '2019年5月1日（令和元年）');
	assert.equal(date.dayText('2019-04-30'), '2019年4月30日（平成31年）');
	assert.equal(date.dayText('1989-01-07'), '1989年1月7日（昭和64年）');
	assert.equal(date.dayText('1873-01-01'), '1873年1月1日（明治6年）');
	assert.equal(date.dayText(null), '—');
	for (const day of ['2019-05-01', '1989-01-07', '1912-07-30', '1873-01-01', '2026-11-20'])
		assert.equal(new Intl.DateTimeFormat('ja-JP-u-ca-japanese', { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(day)),
			date.eraYear(day) + day.slice(5).split('-').map(Number).join('月') + '日', 'as the platform counts');
	for (const [birth, on, wanted] of [['2026-02-28', '2026-03-27', '0か月'], ['2026-02-28', '2026-03-28', '1か月'],
		['2018-07-21', '2026-11-20', '8歳3か月'], ['2018-07-21', '2026-11-21', '8歳4か月'], ['2020-02-29', '2021-02-28', '11か月'],
		['2020-02-29', '2021-03-01', '1歳0か月'], ['1951-03-03', '2026-11-20', '75歳'], ['2027-01-01', '2026-11-20', '']])
		assert.equal(date.ageText(birth, on), wanted, birth);
	assert.equal(date.dayOf('2026-04-20T23:30:00+00:00'), '2026-04-21', 'the day in Japan');
	assert.equal(date.timeText('2026-04-20T23:30:00+00:00'), '08:30');
	assert.equal(date.addDays('2026-12-31', 1), '2027-01-01');
	assert.equal(date.daysBetween('2026-02-01', '2026-03-01'), 28);
	for (const [code, , first] of date.ERAS)
		assert.deepEqual(date.partsOf(first).era, code);
});

test('kana, numbers and lengths', () => {
	for (const [typed, wanted] of [['ﾔﾏﾀﾞ ﾀﾛｳ', 'ヤマダ　タロウ'], ['やまだ　たろう', 'ヤマダ　タロウ'], [' ヤマダ  タロウ ', 'ヤマダ　タロウ'],
		['ｶﾞｷﾞｸﾞﾊﾟﾋﾟ', 'ガギグパピ'], ['ゔぁいおりん', 'ヴァイオリン'], ['ｼﾞｮｰｼﾞ･ｽﾐｽ', 'ジョージ・スミス'], ['か\u3099', 'ガ']]) {
		assert.equal(text.toKana(typed), wanted);
		assert.ok(text.isKana(wanted), wanted);
	}
	for (const bad of ['山田', 'YAMADA', 'ヤマダ1', '', 'ヤマダ!'])
		assert.ok(!text.isKana(text.toKana(bad)), bad);
	for (const [typed, wanted] of [['１２３４-５６７８', '12345678'], [' 12 34 ', '1234'], ['12ー34‐56−78－9', '123456789']])
		assert.equal(text.digits(typed), wanted);
	assert.equal(text.toKey('　Ｋａ－００１ '), 'Ka-001', 'whose letters mean something');
	assert.equal(text.lotText(' ａb１２‐ ３'), 'AB12-3');
	assert.equal(text.length('葛\u{E0100}城市'), 3, 'a variant is one character');
	assert.equal(text.length('𠮷田'), 2);
	assert.deepEqual([0, 999, 1024, 1_258_291, 20 << 20].map(bytes), ['0B', '999B', '1.0KB', '1.2MB', '20MB']);
});

test('words: numbers, forms, missing ones', () => {
	assert.equal(t('count', { n: 1284 }), '1,284件');
	assert.equal(t('no.such'), 'no.such');
	addWords({ x: '{n|is|are} {n} {n|row|rows}' });
	assert.equal(t('x', { n: 1 }), 'is 1 row');
	assert.equal(t('x', { n: 2 }), 'are 2 rows');
});

test('CSV: read, compared, written', () => {
	const enc = (bytes) => csv.decode(Uint8Array.from(bytes));
	assert.equal(enc([0xe5, 0xb1, 0xb1]).encoding, 'UTF-8');
	assert.deepEqual(enc([0x8e, 0x52]), { text: '山', encoding: 'Shift_JIS' });
	assert.equal(enc([0xff, 0xff, 0xff]), null);
	assert.deepEqual(csv.parse('a,"b ""c""",\r\n"1\n2",3,\n'), [['a', 'b "c"', ''], ['1\n2', '3', '']]);
	assert.deepEqual(csv.parse('a\nb\nc', 2), [['a'], ['b']]);
	assert.deepEqual(csv.headerFault(['a', 'b'], ['a', 'c']), { n: 2, wanted: 'b', found: 'c' });
	assert.equal(csv.headerFault([['A', 'a'], ['B', 'b']], ['a', 'B']), null);
	assert.deepEqual(csv.headerFault([['A', 'a']], ['A', 'x']), { n: 2, wanted: '', found: 'x' });
	assert.equal(csv.headerFault(['a'], ['a']), null);
	const written = csv.write([['=1+1', '-2', '@x', '"', '001']]);
	assert.equal(written, '\ufeff"\'=1+1","\'-2","\'@x","""","001"\r\n');
});

test('pages by number', async () => {
	const { numbers } = await import(new URL('widgets/table.js', www));
	for (const [page, pages, wanted] of [[1, 65, '1 2 0 65'], [3, 65, '1 2 3 4 0 65'], [4, 65, '1 2 3 4 5 0 65'],
		[30, 65, '1 0 29 30 31 0 65'], [65, 65, '1 0 64 65'], [1, 2, '1 2'], [2, 3, '1 2 3']])
		assert.equal(numbers(page, pages).join(' '), wanted, `${page}/${pages}`);
});

test('routes and what may be seen', async () => {
	const { match } = await import(new URL('lib/page.js', www));
	const { allowed } = await import(new URL('lib/session.js', www));
	assert.deepEqual(match('/records/:subject_no', '/records/12%2F3'), { subject_no: '12/3' });
	assert.equal(match('/records/:subject_no', '/records'), null);
	assert.deepEqual(match('/tokens', '/tokens'), {});
	const session = { permissions: ['a'], roles: ['MU-S'] };
	assert.ok(allowed(session, {}) && allowed(session, { needs: 'a' }) && allowed(session, { roles: ['MU-S'] }));
	assert.ok(!allowed(session, { needs: 'b' }) && !allowed(session, { roles: ['OP'] }) && !allowed(null, { needs: 'a' }));
});

test('conditions and passwords', async () => {
	const { check } = await import(new URL('record/search.js', www));
	assert.deepEqual(check({ purpose: '01', subject_no: '1' }), []);
	assert.deepEqual(check({ purpose: '01', lot_no: 'A' }), []);
	assert.equal(check({ purpose: '01', name_kana: 'ア' })[0].name, 'name_kana');
	assert.equal(check({ purpose: '01', org_code: '1', vaccinated_from: '2026-02-01', vaccinated_to: '2026-01-01' })[0].name, 'vaccinated_to');
	const { nextPage } = await import(new URL('account/login.js', www));
	assert.deepEqual(['/records', '//x', 'https://x', '/login', null, '/a?b', '/'].map(nextPage),
		['/records', '/menu', '/menu', '/menu', '/menu', '/menu', '/menu']);
	const { gridOf } = await import(new URL('record/timeline.js', www));
	const grid = gridOf([{ vaccine_code: 'B', dose_seq: 2 }, { vaccine_code: 'A', dose_seq: 1 }, { vaccine_code: 'A', dose_seq: 1 }]);
	assert.equal(grid.doses, 2);
	assert.equal(grid.rows[0].cells.get(1).length, 2);
});

test('a file is looked at before it is sent, and sent in parts that survive a broken line', async () => {
	const { inspect, Upload } = await import(new URL('widgets/upload.js', www));
	const file = (name, bytes) => new File([bytes], name);
	const options = { limit: 1000, header: [['コード', 'code'], ['名称', 'name']] };
	for (const [name, bytes, wanted] of [['a.xlsx', 'x', /CSVではありません（\.xlsx）/], ['a.csv', '', /空です/],
		['a.csv', 'x'.repeat(1001), /大きすぎます（1001B）|大きすぎます/], ['a.csv', Uint8Array.from([255, 255]), /文字コード/],
		['a.csv', 'コード,名前\n1,a\n', /2列目は『名称』のはずですが『名前』になっています/]])
		assert.match((await inspect(file(name, bytes), options)).error, wanted);
	const good = await inspect(file('A.CSV', '\ufeffコード,名称\r\n1,あ\r\n'), options);
	assert.deepEqual(good.rows, [['コード', '名称'], ['1', 'あ']]);
	for (const head of ['code,name', 'コード,name', 'コード,名称,エラー', '"code","name","Errors"'])
		assert.equal((await inspect(file('a.csv', `${head}\n1,a\n`), options)).error, undefined, head);
	const long = await inspect(file('a.csv', `コード,名称\n${'1,あ\n'.repeat(400_000)}`), { ...options, limit: 1e9 });
	assert.equal(long.encoding, 'UTF-8', 'only its beginning is read, and no character halved');

	const { Problem } = await import(new URL('lib/api.js', www));
	globalThis.location = { search: '', pathname: '/x' };
	globalThis.history = { replaceState: (_, __, to) => { globalThis.location.search = to.slice(to.indexOf('?')); } };
	const posted = [];
	const sent = [];
	const trouble = [];
	const job = { job_no: 'JB00000001', state: 'UPLOADING', received: 0, bytes: 9_000_000, filename: 'a.csv' };
	const asks = (up) => { up.follow = (no) => { up.followed = no; }; return up; };
	const up = asks(new Upload({ kind: 'x.y', params: { m: 1 }, update: () => {}, ...options, limit: 1e9, wait: async () => {},
		post: async (path, body, { key }) => { posted.push([path, body.bytes, body.sha256.length, key]); return { ...job }; },
		get: async () => ({ ...job }),
		send: async (path, part, { progress }) => {
			progress(0.6);
			sent.push([path, part.size]);
			const next = trouble.shift();
			if (next === 'kept') // it came, but not the answer
				job.received += part.size;
			if (next)
				throw new Problem(0, null);
			job.received += part.size;
			job.state = job.received === job.bytes ? 'CHECKING' : 'UPLOADING';
			return { ...job };
		} }));
	await up.start();
	assert.match(up.error, /ファイルを選んでください/);
	const big = file('a.csv', `コード,名称\n${'1,a\n'.repeat(3_000_000)}`.slice(0, 9_000_000 - 10));
	assert.equal(big.size, 9_000_000);
	await up.choose(big);
	trouble.push(null, 'lost', 'kept');
	await up.start();
	assert.deepEqual(posted.map((p) => p.slice(0, 3)), [['/jobs', 9_000_000, 64]]);
	assert.deepEqual(sent.map(([path, n]) => [path.split('=')[1], n]), [['0', 4194304], ['4194304', 4194304], ['4194304', 4194304], ['8388608', 611392]]);
	assert.equal(up.followed, 'JB00000001');
	assert.equal(globalThis.location.search, '?job=JB00000001', 'who comes back finds it');

	// A line that stays broken: people press again and it goes on, as the same job.
	Object.assign(job, { received: 0, state: 'UPLOADING' });
	const again = asks(new Upload({ ...up, kind: 'x.y', job: null, resume: null }));
	await again.choose(big);
	trouble.push(null, ...Array(20).fill('lost'));
	await again.start();
	assert.match(again.error, /46%|93%|まで送ったところで通信が切れました/);
	trouble.length = 0;
	sent.length = 0;
	await again.start();
	assert.equal(sent[0][0].split('=')[1], '4194304');
	assert.equal(posted.length, 2, 'no third job');
	assert.equal(again.followed, 'JB00000001');

	// Another file while one is sent: refused in words, and the first comes whole.
	Object.assign(job, { received: 0, state: 'UPLOADING' });
	const busy = asks(new Upload({ ...up, kind: 'x.y', job: null, resume: null, send: async () => {
		await busy.choose(file('b.csv', 'コード,名称\n2,b\n'));
		assert.match(busy.error, /送信中は別のファイルを選べません/);
		return { ...job, state: 'CHECKING' };
	} }));
	await busy.choose(file('a.csv', 'コード,名称\n1,a\n'));
	await busy.start();
	assert.equal(busy.followed, 'JB00000001');
	assert.equal(busy.chosen.file.name, 'a.csv');

	// A file that is gone or changed: while it is looked at, hashed, or sent.
	const gone = async () => { throw new DOMException('', 'NotReadableError'); };
	await again.choose(Object.assign(file('a.csv', 'x'), { slice: () => ({ arrayBuffer: gone }) }));
	assert.match(again.error, /もう一度ファイルを選んで/);
	for (const more of [{ arrayBuffer: gone }, { slice: () => ({ arrayBuffer: gone }) }]) {
		Object.assign(job, { received: 0, state: 'UPLOADING' });
		const lost = file('a.csv', 'コード,名称\n1,a\n');
		await again.choose(lost);
		assert.equal(again.error, '');
		Object.assign(lost, more);
		await again.start();
		assert.match(again.error, /もう一度ファイルを選んで/);
		assert.deepEqual([again.part, again.chosen, again.resume], [null, null, null]);
	}
});

test('a job is asked about until it rests', async () => {
	const { Job, estimate, pause, resting, stepOf } = await import(new URL('widgets/job.js', www));
	const { Problem } = await import(new URL('lib/api.js', www));
	assert.deepEqual([pause(0, 1.3), pause(5, 2), pause(60, 2), pause(0, 9)], [2, 5, 10, 10]);
	assert.ok(resting('READY') && resting('REFUSED') && !resting('COMMITTING') && !resting('WAITING'));
	assert.deepEqual(['UPLOADING', 'CHECKING', 'READY', 'REFUSED', 'COMMITTING', 'DONE'].map((state) => stepOf({ state })), [1, 2, 2, 2, 3, 3]);
	assert.deepEqual([estimate(null), estimate(0), estimate(40), estimate(200)], ['', '残り約1秒', '残り約40秒', '残り約4分']);
	const base = { rows_done: 0, rows_total: 100, counts: { bad: 0 }, faults: [], created_at: '2026-04-20T09:30:00+09:00' };
	const answers = [{ ...base, state: 'CHECKING', percent: 0 }, new Problem(503, null), { ...base, state: 'CHECKING', percent: 55 },
		{ ...base, state: 'REFUSED', counts: { bad: 3 } }];
	const waits = [];
	const told = [];
	let draws = 0;
	Object.defineProperty(live, 'textContent', { configurable: true, set: (text) => told.push(text), get: () => '' });
	const job = new Job({ id: '1', update: () => { draws++; }, wait: async (s) => { waits.push(s); },
		ask: async () => {
			const answer = answers.shift();
			if (answer instanceof Error)
				throw answer;
			return { data: answer, retryAfter: 0, etag: '"4"' };
		} });
	assert.equal((await job.start()).state, 'REFUSED');
	assert.equal(waits.length, 3);
	assert.ok(draws >= 3);
	assert.equal(job.etag, '"4"');
	assert.deepEqual(told, ['確認中 0%', '確認中 55%', '誤りあり'], 'said at quarters');
	const dead = new Job({ id: '1', update: () => {}, wait: async () => {}, ask: async () => { throw new Problem(404, null); } });
	assert.equal(await dead.start(), null);
	assert.equal(dead.problem.status, 404);
});
