/*
 * nth.c - lets the n-th call of a kind fail, in a worker that is preloaded with it.
 *
 * The test and the worker share one small file ($FAULT_CONTROL). Only what happens between
 * the arrival of a request and its end counts, and only in the thread that serves it: not
 * the background, not a start. Kinds: memory, traffic with database and keeper, and the
 * database's own refusals with an error number of its server.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

enum kind { NOTHING, MEMORY, TRAFFIC, DATABASE };

struct control {
	_Atomic uint32_t kind;
	_Atomic uint32_t at;	/* this call fails, from 1; 0: only count */
	_Atomic uint32_t count; /* calls of the kind in this request */
	_Atomic uint32_t failed;
	_Atomic uint32_t code; /* of the server's error, for DATABASE */
	_Atomic uint32_t requests;
};

static struct control *control;
static _Thread_local int serving;
static _Thread_local int connecting; /* Connector/C 10.11 does not survive want of memory there */
static _Thread_local unsigned pretended; /* error number until the next call */

/* The C library's own, which need no looking up: looking up allocates. */
extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);

int FCGX_Accept_r(void *request);
void FCGX_Finish_r(void *request);
void *mysql_real_connect(void *my, const char *host, const char *user, const char *password,
    const char *name, unsigned port, const char *path, unsigned long flags);
int mysql_stmt_prepare(void *stmt, const char *sql, unsigned long len);
int mysql_stmt_execute(void *stmt);
int mysql_stmt_store_result(void *stmt);
int mysql_stmt_fetch(void *stmt);
int mysql_real_query(void *my, const char *sql, unsigned long len);
unsigned mysql_stmt_errno(void *stmt);
unsigned mysql_errno(void *my);

__attribute__((constructor)) static void
attach(void)
{
	const char *path = secure_getenv("FAULT_CONTROL");
	int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
	void *p;

	if (fd < 0)
		return;
	p = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	(void)close(fd);
	if (p != MAP_FAILED)
		control = p;
}

static int
fails(enum kind kind)
{
	uint32_t n;

	if (control == NULL || !serving || connecting || atomic_load(&control->kind) != (uint32_t)kind)
		return 0;
	n = atomic_fetch_add(&control->count, 1) + 1;
	if (n != atomic_load(&control->at))
		return 0;
	atomic_fetch_add(&control->failed, 1);
	return 1;
}

static void *
next(const char *name)
{
	void *p = dlsym(RTLD_NEXT, name);

	if (p == NULL)
		abort();
	return p;
}

/* ---- the window ---- */

int
FCGX_Accept_r(void *request)
{
	static _Atomic(void *) real;
	int (*call)(void *);
	int rc;

	if (atomic_load(&real) == NULL)
		atomic_store(&real, next("FCGX_Accept_r"));
	*(void **)&call = atomic_load(&real);
	rc = call(request);
	pretended = 0;
	if (rc == 0 && control != NULL)
		atomic_fetch_add(&control->requests, 1);
	serving = rc == 0;
	return rc;
}

void
FCGX_Finish_r(void *request)
{
	void (*call)(void *);

	serving = 0;
	*(void **)&call = next("FCGX_Finish_r");
	call(request);
}

/* ---- memory ---- */

void *
malloc(size_t n)
{
	return fails(MEMORY) ? (errno = ENOMEM, NULL) : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	return fails(MEMORY) ? (errno = ENOMEM, NULL) : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	return fails(MEMORY) ? (errno = ENOMEM, NULL) : __libc_realloc(p, n);
}

/* ---- traffic: the connection breaks ---- */

static ssize_t
broken(int fd)
{
	(void)shutdown(fd, SHUT_RDWR);
	errno = ECONNRESET;
	return -1;
}

ssize_t
send(int fd, const void *p, size_t n, int flags)
{
	return fails(TRAFFIC) ? broken(fd) : sendto(fd, p, n, flags, NULL, 0);
}

ssize_t
recv(int fd, void *p, size_t n, int flags)
{
	return fails(TRAFFIC) ? broken(fd) : recvfrom(fd, p, n, flags, NULL, NULL);
}

/* ---- the database says no ---- */

static int
refuses(void)
{
	pretended = 0;
	if (!fails(DATABASE))
		return 0;
	pretended = atomic_load(&control->code);
	return 1;
}

void *
mysql_real_connect(void *my, const char *host, const char *user, const char *password,
    const char *name, unsigned port, const char *path, unsigned long flags)
{
	void *(*call)(void *, const char *, const char *, const char *, const char *, unsigned,
	    const char *, unsigned long);
	void *result;

	*(void **)&call = next("mysql_real_connect");
	connecting = control != NULL && atomic_load(&control->kind) == MEMORY;
	result = call(my, host, user, password, name, port, path, flags);
	connecting = 0;
	return result;
}

int
mysql_stmt_prepare(void *stmt, const char *sql, unsigned long len)
{
	int (*call)(void *, const char *, unsigned long);

	if (refuses())
		return 1;
	*(void **)&call = next("mysql_stmt_prepare");
	return call(stmt, sql, len);
}

int
mysql_stmt_execute(void *stmt)
{
	int (*call)(void *);

	if (refuses())
		return 1;
	*(void **)&call = next("mysql_stmt_execute");
	return call(stmt);
}

int
mysql_stmt_store_result(void *stmt)
{
	int (*call)(void *);

	if (refuses())
		return 1;
	*(void **)&call = next("mysql_stmt_store_result");
	return call(stmt);
}

int
mysql_stmt_fetch(void *stmt)
{
	int (*call)(void *);

	if (refuses())
		return 1;
	*(void **)&call = next("mysql_stmt_fetch");
	return call(stmt);
}

int
mysql_real_query(void *my, const char *sql, unsigned long len)
{
	int (*call)(void *, const char *, unsigned long);

	if (refuses())
		return 1;
	*(void **)&call = next("mysql_real_query");
	return call(my, sql, len);
}

unsigned
mysql_stmt_errno(void *stmt)
{
	unsigned (*call)(void *);

	if (pretended != 0)
		return pretended;
	*(void **)&call = next("mysql_stmt_errno");
	return call(stmt);
}

unsigned
mysql_errno(void *my)
{
	unsigned (*call)(void *);

	if (pretended != 0)
		return pretended;
	*(void **)&call = next("mysql_errno");
	return call(my);
}
