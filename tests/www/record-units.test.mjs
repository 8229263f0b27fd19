// What the pages of record reckon without a browser or a server: barcodes, conditions, differences.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { expiryDay, gtinRight, looksScanned, parse } from '../../nginx/www/record/gs1.js';

globalThis.document = { createTreeWalker: () => ({}), createComment: () => ({}), cookie: '', documentElement: { lang: 'ja' }, getElementById: () => ({}) };
const { proxyTag } = await import('../../nginx/www/record/child.js');
const { exportForm } = await import('../../nginx/www/record/lists.js');
const { beginning } = await import('../../nginx/www/record/enquiries.js');

const GTIN = '04987000000017'; // a sample: its check digit is right
const read = (text) => parse(text, 2026);

test('GTIN: the check digit of 14 digits', () => {
	for (const right of [GTIN, '14987000000014', '00012345678905', '10614141000415'])
		assert.ok(gtinRight(right), right);
	for (const wrong of ['04987000000018', '4987000000017', '049870000000170', '40987000000017', ''])
		assert.ok(!gtinRight(wrong), wrong);
});

test('expiry: the last day of a month, leap years, the nearest century', () => {
	for (const [text, day] of [['261031', '2026-10-31'], ['261000', '2026-10-31'], ['270200', '2027-02-28'],
		['280200', '2028-02-29'], ['280229', '2028-02-29'], ['260430', '2026-04-30'], ['760101', '2076-01-01'], ['770101', '1977-01-01']])
		assert.equal(expiryDay(text, 2026), day, text);
	assert.equal(expiryDay('000131', 2099), '2100-01-31');
	assert.equal(expiryDay('990131', 2101), '2099-01-31');
	for (const text of ['270229', '261301', '260001', '260431', '26103', 'AB1031', '2610311'])
		assert.equal(expiryDay(text, 2026), null, text);
});

const ALL = { gtin: GTIN, expiry: '2026-10-31', lot: 'A1234', doubt: false };

test('a symbol in every form scanners type it', () => {
	for (const text of [`01${GTIN}1726103110A1234`, `]d201${GTIN}1726103110A1234`, `]C101${GTIN}1726100010A1234`,
		`\x1d01${GTIN}10A1234\x1d17261031`, `01${GTIN}10A1234\x1d17261031`, `01${GTIN}10a1234<GS>17261031`, `01${GTIN}10A1234{GS}17261031`,
		`01${GTIN}10A1234\u241d17261031`, `01${GTIN}10A1234^]17261031`, `01${GTIN}10A1234|17261031`, `01${GTIN}10A1234<FNC1>17261031`,
		`01${GTIN}10A1234[FNC1]17261031`, `01${GTIN}10A1234\\x1d17261031`, `(01)${GTIN}(17)261031(10)A1234`, `(01)${GTIN}(10)A1234(17)261000`,
		`０１${GTIN}１７２６１０３１１０Ａ１２３４`, `01${GTIN}1726103110A1234\r`, `]e001${GTIN}]e01726103110A1234`,
		`01${GTIN}17261031${'11'}250401${'20'}0110A1234\x1d21SERIAL-1`, `01${GTIN}21SERIAL-1\x1d240X\x1d1726103110A1234`])
		assert.deepEqual(read(text), ALL, JSON.stringify(text));
});

test('a part of it is a part of the fields', () => {
	assert.deepEqual(read(`01${GTIN}`), { gtin: GTIN });
	assert.deepEqual(read('1726103110A-1'), { expiry: '2026-10-31', lot: 'A-1', doubt: false });
	assert.deepEqual(read(`01${GTIN}10A123417261031`), { gtin: GTIN, lot: 'A123417261031', doubt: true }, 'a lost separator is said');
	assert.equal(read('10A1234').lot, 'A1234');
});

test('what is no symbol is said to be none, and why', () => {
	for (const [text, error] of [['', 'gs1.unknown'], ['A1234', 'gs1.unknown'], ['0149870000000', 'gs1.unknown'], [`01${GTIN}17261331`, 'gs1.expiry'],
		['0104987000000018', 'gs1.gtin'], [`01${GTIN}10A 1`, 'gs1.lot'], [`01${GTIN}10${'A'.repeat(21)}`, 'gs1.lot'], [`01${GTIN}10`, 'gs1.lot'],
		[`01${GTIN}8003X`, 'gs1.unknown'], ['21SERIAL', 'gs1.unknown'], ['<script>', 'gs1.unknown'], [`01${GTIN}(10)A`, 'gs1.unknown']])
		assert.equal(read(text).error, error, text);
});

test('a lot that is typed is not taken for a symbol', () => {
	for (const lot of ['A1234', '01-A', '17A1', '0123456', '170131'])
		assert.ok(!looksScanned(lot), lot);
	for (const text of [`01${GTIN}1726103110A1234`, `]d201${GTIN}`, `(01)${GTIN}`, '17261031', `\x1d01${GTIN}`])
		assert.ok(looksScanned(text), text);
});

test('an enquiry in the list: its beginning, in whole characters', () => {
	assert.equal(beginning('接種日が\n違います'), '接種日が\n違います');
	assert.equal(beginning('あ'.repeat(60)), 'あ'.repeat(60));
	assert.equal(beginning('あ'.repeat(61)), `${'あ'.repeat(60)}…`);
	assert.equal(beginning('葛\u{E0100}城市', 1), '葛\u{E0100}…', 'a variation selector stays with its character');
});

test('what the portal does with a proxy: a block of all is one of each, and unknown ones wait beside any', () => {
	const said = (p, all) => proxyTag(p, all).values[1];
	const known = { guardian_subject_no: '1', blocked: false };
	const unknown = { guardian_subject_no: null, blocked: false };
	const stopped = { guardian_subject_no: '2', blocked: true };
	const everyone = { everyone: true, guardian_subject_no: null, blocked: true };
	assert.equal(said(known, [known, unknown]), 'proxies.free');
	assert.equal(said(unknown, [known, unknown]), 'proxies.free');
	assert.equal(said(stopped, [known, stopped]), 'proxies.blocked');
	assert.equal(said(known, [known, stopped]), 'proxies.free');
	assert.equal(said(unknown, [unknown, stopped]), 'proxies.unplaced');
	for (const p of [known, unknown])
		assert.equal(said(p, [p, everyone]), 'proxies.withAll');
	assert.equal(said(known, [known, { ...everyone, blocked: false }]), 'proxies.free', 'that was taken back');
});

test('an export begins once, also while its page is on the way', async () => {
	const asked = [];
	const gone = new Promise((done) => { globalThis.location = { assign: done }; });
	globalThis.fetch = async (url) => {
		asked.push(url);
		return new Response('{"job_no":"JB00000001"}', { status: 202 });
	};
	const form = exportForm(() => {}, 'record.due-list', {});
	form.send({});
	assert.equal(await gone, '/jobs/JB00000001');
	await new Promise((done) => { setTimeout(done); });
	form.send({});
	assert.deepEqual(asked, ['/api/v1/jobs']);
});
