/*
 * confined.c - the worker's filter in a process of its own: every forbidden call ends it, in a
 * thread that was there before, and what is needed goes on. Prints TAP.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "../../../core/worker/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
	const char *name;
	long number;
} forbidden[] = {
	{ "execve", SYS_execve }, { "execveat", SYS_execveat }, { "ptrace", SYS_ptrace },
	{ "process_vm_readv", SYS_process_vm_readv }, { "process_vm_writev", SYS_process_vm_writev },
	{ "bpf", SYS_bpf }, { "mount", SYS_mount }, { "umount2", SYS_umount2 },
	{ "pivot_root", SYS_pivot_root }, { "unshare", SYS_unshare }, { "setns", SYS_setns },
	{ "add_key", SYS_add_key }, { "request_key", SYS_request_key }, { "keyctl", SYS_keyctl },
	{ "userfaultfd", SYS_userfaultfd }, { "perf_event_open", SYS_perf_event_open },
	{ "kexec_load", SYS_kexec_load }, { "init_module", SYS_init_module },
	{ "finit_module", SYS_finit_module }, { "delete_module", SYS_delete_module },
	{ "open_by_handle_at", SYS_open_by_handle_at }, { "io_uring_setup", SYS_io_uring_setup },
};
#define N (sizeof forbidden / sizeof forbidden[0])

static int gate[2];

static void *
call_later(void *number)
{
	char byte;

	if (read(gate[0], &byte, 1) == 1)
		(void)syscall(*(const long *)number, 0, 0, 0, 0, 0);
	return NULL;
}

/* 0: still alive after the call. */
static int
signal_of(long number)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		pthread_t before;

		if (pipe(gate) != 0 || pthread_create(&before, NULL, call_later, &number) != 0 ||
		    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || worker_seccomp() != 0 ||
		    write(gate[1], "x", 1) != 1)
			_exit(99);
		(void)pthread_join(before, NULL);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void
ok(unsigned n, bool good, const char *what)
{
	(void)printf("%sok %u - %s\n", good ? "" : "not ", n, what);
}

int
main(void)
{
	unsigned n = 0;
	bool all = true;
	int fd;

	(void)setvbuf(stdout, NULL, _IONBF, 0);
	for (size_t i = 0; i < N; i++) {
		bool good = signal_of(forbidden[i].number) == SIGSYS;

		all = all && good;
		ok(++n, good, forbidden[i].name);
	}
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	ok(++n, worker_seccomp() == 0, "the filter is installed");
	fd = socket(AF_NETLINK, SOCK_RAW, 0);
	ok(++n, fd < 0 && errno == EAFNOSUPPORT, "netlink is refused, and nobody dies of it");
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ok(++n, fd >= 0 && socket(AF_INET, SOCK_STREAM, 0) >= 0, "the database can be reached");
	(void)printf("1..%u\n", n);
	return all ? 0 : 1;
}
