// partner.mjs - what オンライン資格確認等システム and 集合契約システム would leave in our directory.

import { createHash, createPrivateKey, sign } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { sql, value } from '../support/database.mjs';
import { runTimer } from '../support/timer.mjs';
import { luhn } from '../support/yobo.mjs';

export const option = (inst, name) => readFileSync(inst.config, 'utf8').match(new RegExp(`^${name} = (.+)$`, 'm'))[1];

export const COLUMNS = {
	M61: ['org_code', 'name', 'name_kana', 'postal_code', 'address', 'phone', 'pref_code', 'tensu', 'designated_from', 'designated_to'],
	M62: ['contract_no', 'muni_code', 'org_code', 'vaccine_code', 'group_name', 'price_yen', 'contract_from', 'contract_to', 'mandate_on'],
	M63: ['insurer_no', 'name', 'name_kana', 'pref_code'],
};
const SENDER = { M61: 'ONS', M62: 'SKS', M63: 'ONS' };
const line = (cells) => `${cells.map((c) => `"${String(c ?? '').replaceAll('"', '""')}"`).join(',')}\r\n`;
export const csv = (master, rows) => Buffer.from(line(COLUMNS[master]) + rows.map((r) => line(COLUMNS[master].map((c) => r[c]))).join(''));

// A medical institution nobody has: prefecture, 点数表 1, seven digits and the check digit.
export const code = (pref, n) => luhn(`${pref}1${String(n).padStart(6, '0')}`);
export const institution = (org_code, more = {}) => ({ org_code, name: `見本医院${org_code}`, name_kana: 'ミホンイイン', postal_code: '1000001',
	address: '見本県見本市1-1', phone: '03-0000-0000', pref_code: org_code.slice(0, 2), tensu: '1', designated_from: '2020-04-01', ...more });

export class Partner {
	constructor(inst) {
		this.inst = inst;
		this.dir = option(inst, 'receive_dir');
		this.keys = option(inst, 'receive_certs');
	}

	// The number after the last that was settled.
	next(master) {
		return Number(value(this.inst, `SELECT COALESCE(MAX(sequence), 0) + 1 FROM master_receipt WHERE master = '${master}' AND status IN ('APPLIED', 'DISCARDED')`));
	}

	// Leaves a file; `change` spoils what it says. Gives its name.
	leave(master, rows, { sequence = this.next(master), change = {}, data, key, rsa, without = [] } = {}) {
		const bytes = data ?? csv(master, rows);
		const name = change.name ?? `${master}-${String(sequence).padStart(7, '0')}`;
		const said = { file: name, sender: SENDER[master], layout: `${master}-1`, sequence, rows: rows.length,
			sha256: createHash('sha256').update(bytes).digest('hex'), ...change.control };
		const control = Buffer.from(line(Object.keys(said)) + line(Object.values(said)));
		const pem = createPrivateKey(readFileSync(key ?? join(this.keys, `${SENDER[master]}.key`)));
		const files = { csv: change.bytes ?? bytes, ctl: control, sig: rsa ? sign('sha256', control, rsa) : sign('sha256', control, pem) };
		for (const ending of ['csv', 'sig', 'ctl'].filter((e) => !without.includes(e))) {
			writeFileSync(join(this.dir, `.${name}.${ending}`), files[ending]);
			renameSync(join(this.dir, `.${name}.${ending}`), join(this.dir, `${name}.${ending}`));
		}
		return name;
	}

	run(...more) {
		return runTimer(this.inst, 'master.receive', ...more);
	}

	receipt(name) {
		const at = sql(this.inst, `SELECT receipt_id, status, problem, n_rows, n_bad, n_added, n_changed, n_ended, attempts FROM master_receipt
			WHERE name = '${name}' ORDER BY receipt_id DESC LIMIT 1`)[0];
		if (!at)
			return null;
		const [receipt_id, status, problem, ...n] = at;
		const [rows, bad, added, changed, ended, attempts] = n.map(Number);
		return { receipt_id, status, problem: problem === 'NULL' ? null : problem, rows, bad, added, changed, ended, attempts };
	}

	// As the timer would, until the file is settled, held or waits.
	take(name) {
		for (let i = 0; i < 4; i++) {
			this.run();
			const p = this.receipt(name);
			if (p && p.status !== 'RECEIVED')
				return p;
			if (p?.problem === 'GAP')
				return p;
		}
		return this.receipt(name);
	}

	has(...path) {
		return existsSync(join(this.dir, ...path));
	}

	ack(name) {
		return readFileSync(join(this.dir, 'ack', `${name}.ack`), 'utf8').split('\r\n')[1].split(',').map((c) => c.slice(1, -1));
	}
}
