/*
 * seccomp.c - what a worker never does is forbidden it by the kernel (architecture 6.11).
 *
 * A deny-list, in BPF by hand: a module that is taken over cannot run a program, look into
 * another process, mount or load anything. An allow-list would be tighter, and would break
 * with every glibc. The service's unit has one of its own on top.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "worker.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCH AUDIT_ARCH_RISCV64
#endif

#ifdef SANITIZED
#undef ARCH
#endif

#ifndef ARCH
int
worker_seccomp(void)
{
	return 0;
}
#else

#define X32_BIT 0x40000000u /* x86-64's other numbering of the same calls */
#define LOAD(field) \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, field))
/* On a match the next statement, else the one after it. */
#define WHEN(value) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, 1)
#define UNLESS(value) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 1, 0)
#define ANSWER(value) BPF_STMT(BPF_RET | BPF_K, (value))
#define DENY(call) WHEN(__NR_##call), ANSWER(SECCOMP_RET_KILL_PROCESS)

static const struct sock_filter filter[] = {
	LOAD(arch),
	UNLESS(ARCH),
	ANSWER(SECCOMP_RET_KILL_PROCESS),
	LOAD(nr),
#ifdef __x86_64__
	BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1),
	ANSWER(SECCOMP_RET_KILL_PROCESS),
#endif
	DENY(execve),
	DENY(execveat),
	DENY(ptrace),
	DENY(process_vm_readv),
	DENY(process_vm_writev),
	DENY(bpf),
	DENY(mount),
	DENY(umount2),
	DENY(pivot_root),
	DENY(unshare),
	DENY(setns),
	DENY(add_key),
	DENY(request_key),
	DENY(keyctl),
	DENY(userfaultfd),
	DENY(perf_event_open),
	DENY(kexec_load),
	DENY(init_module),
	DENY(finit_module),
	DENY(delete_module),
	DENY(open_by_handle_at),
	DENY(io_uring_setup),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_socket, 1, 0),
	ANSWER(SECCOMP_RET_ALLOW),
	/* The C library asks netlink before it resolves a name, and can do without the answer. */
	LOAD(args[0]),
	WHEN(AF_NETLINK),
	ANSWER(SECCOMP_RET_ERRNO | EAFNOSUPPORT),
	WHEN(AF_PACKET),
	ANSWER(SECCOMP_RET_KILL_PROCESS),
	ANSWER(SECCOMP_RET_ALLOW),
};

int
worker_seccomp(void)
{
	struct sock_fprog program = {
		.len = sizeof filter / sizeof *filter,
		.filter = (struct sock_filter *)(uintptr_t)filter, /* the kernel only reads it */
	};

	long rc = syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);

	if (rc >= 0)
		return rc == 0 ? 0 : -1; /* the number of a thread that could not follow */
	return errno == ENOSYS || errno == EINVAL ? 1 : -1; /* a kernel without it */
}
#endif
