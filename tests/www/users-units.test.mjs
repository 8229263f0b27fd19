// What the pages of accounts think by themselves: what was changed, which rights go together.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const live = { textContent: '', focus() {}, closest: () => null };
globalThis.document = { createTreeWalker: () => ({}), createComment: () => ({}), cookie: '',
	documentElement: { lang: 'ja' }, getElementById: () => live };
const www = new URL('../../nginx/www/', import.meta.url);
const { addWords } = await import(new URL('lib/i18n.js', www));
for (const area of ['', 'account/'])
	addWords(JSON.parse(readFileSync(new URL(`${area}i18n/ja.json`, www), 'utf8')));
const { Edit, differs } = await import(new URL('widgets/edit.js', www));
const { STEPS, bodyOf, personFaults, rolesOf, typeOf, valuesOf } = await import(new URL('account/accounts.js', www));

test('nothing typed, nothing ticked and nothing stored are the same', () => {
	for (const [a, b, wanted] of [['', null, false], [undefined, '', false], [[], undefined, false], [[], null, false], ['a', 'a', false],
		[['a'], ['a'], false], [['a'], [], true], ['a', null, true], ['a', 'b', true]])
		assert.equal(differs(a, b), wanted, `${JSON.stringify(a)} ${JSON.stringify(b)}`);
});

const edit = (answers, data) => new Edit({ title: '', update() {}, fields: { name: { label: 'N' }, phone: { label: 'P' }, role: { label: 'R' } },
	data, values: ({ name, phone, role }) => ({ name, phone, role }), load: async () => ({ name: 'c', phone: '2', role: 'y' }),
	save: async (changes, from) => {
		answers.push([changes, from]);
		if (answers.length === 1)
			throw Object.assign(new Error('changed'), { status: 412 });
	} });

test('of two who change at once both are kept, but for what both changed', async () => {
	const sent = [];
	const data = { name: 'a', phone: '1', role: 'x' };
	const one = edit(sent, data);
	await one.submit({ name: 'b', phone: '1', role: 'x' }, 'k');
	assert.deepEqual(sent[0], [{ name: 'b' }, data]);
	assert.deepEqual(one.conflicts, [{ label: 'N', theirs: 'c', mine: 'b' }]);
	assert.deepEqual(one.taken, ['phone', 'role']);
	assert.equal(one.form.fields.phone.value, '2');
	await one.submit({ name: 'b', phone: '2', role: 'y' }, 'k');
	assert.deepEqual(sent[1], [{ name: 'b' }, { name: 'c', phone: '2', role: 'y' }], 'nothing of theirs is sent back');
});

test('an emptied field is taken away; without a change nothing is sent', async () => {
	const sent = [];
	const one = edit(sent, { name: 'a', phone: '1', role: 'x' });
	await one.submit({ name: 'a', phone: '1', role: 'x' }, 'k');
	assert.equal(sent.length, 0);
	assert.equal(one.form.errors.length, 1);
	assert.deepEqual(one.changes({ name: 'a', role: 'x' }), { phone: null });
});

test('rights that a role cannot have are told before anything is sent', () => {
	const names = (values) => personFaults(values).map((f) => f.name);
	assert.deepEqual(names({ role: 'MU-S', rights: ['is_admin'] }), ['rights']);
	assert.deepEqual(names({ role: 'MU-V', rights: ['restricted_view'] }), ['rights']);
	assert.deepEqual(names({ role: 'MU-A', rights: ['is_admin', 'restricted_view'] }), []);
	assert.deepEqual(names({ role: 'MU-S', deliver: 'MAIL' }), ['mail']);
	assert.deepEqual(names({ role: 'MU-S', valid_to: '2000-01-01' }), ['valid_to']);
});

test('a user as fields and back', () => {
	const u = { name: 'N', name_kana: 'K', department: null, mail: 'm', phone: null, role: 'MU-A', is_admin: true, restricted_view: false, valid_to: null };
	assert.deepEqual(valuesOf(u).rights, ['is_admin']);
	assert.deepEqual(bodyOf({ rights: [] }, 'MUNI'), { is_admin: false, restricted_view: false });
	assert.deepEqual(bodyOf({ rights: ['is_admin'] }, 'HMI'), { is_admin: true });
	assert.deepEqual(bodyOf({ department: null }, 'MUNI'), { department: null }, 'what was not changed is not sent');
	for (const type of ['MUNI', 'HMI', 'NMI', 'NHIC', 'NHIF', 'MHLW', 'OPS'])
		for (const role of rolesOf(type))
			assert.equal(typeOf(role), type);
});

test('the steps are those of the chart: a deleted user takes none', () => {
	const open = (status) => Object.keys(STEPS).filter((name) => STEPS[name].from.includes(status));
	assert.deepEqual(open('DELETED'), []);
	assert.deepEqual(open('SUSPENDED'), ['resume', 'factor-reset', 'disable', 'delete']);
	assert.ok(open('LOCKED').includes('unlock') && !open('ACTIVE').includes('unlock'));
});
