// smtp.mjs - the instance's mailbox taken away for a while, and a mail server that refuses.

import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { dirname, join } from 'node:path';
import tls from 'node:tls';

import { sleep } from '../support/yobo.mjs';

const dir = (inst) => dirname(dirname(inst.config));
const start = (pid) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')[19];

export const smtpPort = (inst) => Number(/^smtp = smtp:\/\/127\.0\.0\.1:(\d+)$/m
	.exec(readFileSync(inst.config, 'utf8'))[1]);

const busy = (port) => new Promise((resolve) => {
	const socket = net.connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true); });
	socket.on('error', () => resolve(false));
});

async function until(condition) {
	for (let i = 0; i < 150; i++) {
		if (await condition())
			return;
		await sleep(100);
	}
	throw new Error('the mailbox does not start or end');
}

// Ends the mailbox; answers a function that starts it again as it was.
export async function mailboxAway(inst) {
	const file = join(dir(inst), 'pid/mailbox.pid');
	const pid = Number(readFileSync(file, 'utf8').split(' ')[0]);
	const [command, ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
	const port = smtpPort(inst);
	process.kill(pid);
	await until(async () => !await busy(port));
	return async () => {
		const child = spawn(command, args, { detached: true, stdio: 'ignore' });
		child.unref();
		writeFileSync(file, `${child.pid} ${start(child.pid)}\n`);
		await until(() => busy(port));
	};
}

// A mail server on the mailbox's port. answer(verb, line) gives the reply to a command, or
// nothing for the usual one; `heard` collects the commands, with "tls " before those under TLS.
export async function server(inst, { answer = () => null, key, cert, starttls = true } = {}) {
	const keys = join(dir(inst), 'keys');
	const context = { isServer: true, key: readFileSync(key ?? join(keys, 'server.key')),
		cert: readFileSync(cert ?? join(keys, 'server.pem')) };
	const usual = { EHLO: starttls ? '250-test\r\n250 STARTTLS' : '250 test', STARTTLS: '220 go',
		DATA: '354 go', QUIT: '221 bye', END: '250 kept' };
	const heard = [];
	const sockets = new Set();

	function talk(socket, secure) {
		let rest = '';
		let inText = false;
		sockets.add(socket);
		socket.on('error', () => {});
		socket.on('close', () => sockets.delete(socket));
		socket.on('data', function data(bytes) {
			rest += bytes.toString('latin1');
			for (let end; (end = rest.indexOf('\r\n')) >= 0;) {
				const line = rest.slice(0, end);
				rest = rest.slice(end + 2);
				if (inText && line !== '.')
					continue;
				const verb = inText ? 'END' : line.split(/[ :]/)[0].toUpperCase();
				inText = false;
				heard.push(`${secure ? 'tls ' : ''}${verb === 'END' ? 'END' : line}`);
				const reply = answer(verb, line) ?? (secure && verb === 'EHLO' ? '250 test'
					: usual[verb] ?? '250 ok');
				socket.write(`${reply}\r\n`);
				inText = verb === 'DATA' && reply.startsWith('354');
				if (verb === 'STARTTLS') {
					socket.off('data', data);
					talk(new tls.TLSSocket(socket, context), true);
					return;
				}
			}
		});
	}

	const listener = net.createServer((socket) => {
		socket.write(`${answer('CONNECT', '') ?? '220 test'}\r\n`);
		talk(socket, false);
	});
	await new Promise((done, failed) => {
		listener.on('error', failed);
		listener.listen(smtpPort(inst), '127.0.0.1', done);
	});
	return { heard, close: () => new Promise((done) => {
		listener.close(done);
		for (const socket of sockets)
			socket.destroy();
	}) };
}
