/*
 * settings.c - a fleet from yobo.conf: the supervisor's own section and the pools.
 *
 * Compiled into yoboctl too, whose check-config asks what yobod would say.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "yobod.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/un.h>
#include <unistd.h>

#include "../lib/conf.h"

#define COPY_MAX ((size_t)2 << 20)

struct reader {
	const struct ybh_conf *c;
	const char *config; /* path, for messages */
	char *err;
	size_t size;
	bool starting; /* yobod itself reads, to become who it says */
};

__attribute__((format(printf, 2, 3))) static int
refuse(const struct reader *r, const char *fmt, ...)
{
	int n = snprintf(r->err, r->size, "%s: ", r->config);
	va_list ap;

	va_start(ap, fmt);
	if (n >= 0 && (size_t)n < r->size)
		(void)vsnprintf(r->err + n, r->size - (size_t)n, fmt, ap);
	va_end(ap);
	return -1;
}

/* A misspelt key would silently mean its default. */
static int
check_keys(const struct reader *r)
{
	static const char *const known[] = { "run_dir", "user", "group", "socket_mode", "worker",
		"drain_timeout", "request_timeout", "crash_limit" };
	const char *key;

	for (size_t i = 0; (key = ybh_conf_key(r->c, "yobod", i)) != NULL; i++) {
		size_t k = 0;

		while (k < sizeof known / sizeof *known && strcmp(known[k], key) != 0)
			k++;
		if (k == sizeof known / sizeof *known)
			return refuse(r, "[yobod] %s: no such key", key);
	}
	return 0;
}

static int
read_path(const struct reader *r, const char *key, char *out, size_t size)
{
	const char *v = ybh_conf_get(r->c, "yobod", key, "");

	if (*v != '/' || strlen(v) >= size)
		return refuse(r, "[yobod] %s: an absolute path shorter than %zu bytes", key, size);
	memcpy(out, v, strlen(v) + 1);
	return 0;
}

/* Started as root: who to become. Otherwise we already are who systemd made us. */
static int
read_user(const struct reader *r, struct fleet *f)
{
	const char *user = ybh_conf_get(r->c, "yobod", "user", "");
	const char *group = ybh_conf_get(r->c, "yobod", "group", "");

	f->uid = geteuid();
	f->gid = getegid();
	if (f->uid == 0 && r->starting && *user == '\0')
		return refuse(r, "[yobod] user: required when started as root");
	if (*user != '\0' && (f->uid == 0 || !r->starting)) {
		const struct passwd *pw = getpwnam(user);

		if (pw == NULL || strlen(user) >= sizeof f->user)
			return refuse(r, "[yobod] user: there is no user %s", user);
		f->uid = pw->pw_uid;
		f->gid = pw->pw_gid;
		memcpy(f->user, user, strlen(user) + 1);
	}
	f->socket_gid = f->gid;
	if (*group != '\0') {
		const struct group *gr = getgrnam(group);

		if (gr == NULL)
			return refuse(r, "[yobod] group: there is no group %s", group);
		f->socket_gid = gr->gr_gid;
	}
	return 0;
}

static int
read_mode(const struct reader *r, struct fleet *f)
{
	const char *v = ybh_conf_get(r->c, "yobod", "socket_mode", "0660");
	char *end;
	unsigned long mode = strtoul(v, &end, 8);

	if (*v < '0' || *v > '7' || *end != '\0' || mode > 0777)
		return refuse(r, "[yobod] socket_mode: octal digits, such as 0660");
	f->socket_mode = (mode_t)mode;
	return 0;
}

static int
read_own(const struct reader *r, struct fleet *f)
{
	long drain = 30, limit = 5;

	if (check_keys(r) != 0 || read_path(r, "run_dir", f->run_dir, sizeof f->run_dir) != 0
	    || read_path(r, "worker", f->worker, sizeof f->worker) != 0 || read_user(r, f) != 0
	    || read_mode(r, f) != 0
	    || ybh_conf_long(r->c, "yobod", "drain_timeout", 1, 3600, &drain, r->err, r->size) != 0
	    || ybh_conf_long(r->c, "yobod", "crash_limit", 1, CRASHES_MAX, &limit, r->err, r->size)
		!= 0)
		return -1;
	f->drain_us = drain * SECOND_US;
	f->crash_limit = (size_t)limit;
	(void)snprintf(f->fixed, sizeof f->fixed, "run_dir=%s user=%s group=%s socket_mode=%o",
	    f->run_dir, ybh_conf_get(r->c, "yobod", "user", ""),
	    ybh_conf_get(r->c, "yobod", "group", ""), (unsigned)f->socket_mode);
	return 0;
}

/* A pool's name becomes a file name: lower case, and not the keeper's. */
static bool
is_pool_name(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return n > 0 && n <= POOL_NAME_MAX && s[n] == '\0' && *s >= 'a' && strcmp(s, "keeper") != 0;
}

static int
read_scheduling(const struct reader *r, const char *section, bool *ret_batch)
{
	const char *v = ybh_conf_get(r->c, section, "scheduling", "normal");

	*ret_batch = strcmp(v, "batch") == 0;
	if (!*ret_batch && strcmp(v, "normal") != 0)
		return refuse(r, "[%s] scheduling: normal or batch", section);
	return 0;
}

static int
read_pool(const struct reader *r, struct fleet *f, const char *section)
{
	const char *name = section + strlen("pool ");
	struct pool *p = &f->pools[f->n];
	struct sockaddr_un addr;
	long timeout = 20, threads = 0, runners = 0;

	if (!is_pool_name(name))
		return refuse(r, "[%s]: not a name for a pool", section);
	if (f->n == POOLS_MAX)
		return refuse(r, "more than %d pools", POOLS_MAX);
	if (strlen(f->run_dir) + strlen(name) + sizeof "/.sock" > sizeof addr.sun_path)
		return refuse(r, "[yobod] run_dir: too long for the socket of pool %s", name);
	memcpy(p->name, name, strlen(name) + 1);
	p->listen_fd = -1;
	p->workers = 1;
	if (ybh_conf_long(r->c, section, "workers", 1, WORKERS_MAX, &p->workers, r->err, r->size)
	    || ybh_conf_long(r->c, section, "threads", 1, YBH_BOARD_THREADS, &threads, r->err,
		r->size)
	    || ybh_conf_long(r->c, section, "runners", 0, 16, &runners, r->err, r->size)
	    || ybh_conf_long(r->c, "yobod", "request_timeout", 1, 86400, &timeout, r->err, r->size)
	    || ybh_conf_long(r->c, section, "request_timeout", 1, 86400, &timeout, r->err, r->size)
	    || read_scheduling(r, section, &p->batch))
		return -1;
	p->request_timeout_us = timeout * SECOND_US;
	f->n++;
	return 0;
}

size_t
workers_wanted(const struct fleet *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		n += (size_t)f->pools[i].workers;
	return n;
}

static int
read_fleet(const struct reader *r, struct fleet *f)
{
	const char *section;

	if (read_own(r, f) != 0)
		return -1;
	for (size_t i = 0; (section = ybh_conf_section(r->c, "pool ", i)) != NULL; i++)
		if (read_pool(r, f, section) != 0)
			return -1;
	if (f->n == 0)
		return refuse(r, "no [pool NAME] section");
	if (workers_wanted(f) > WORKERS_MAX)
		return refuse(r, "more than %d workers in all pools", WORKERS_MAX);
	return 0;
}

/* All of it, up to more than any configuration may have. */
static bool
copied(int from, int to)
{
	char buf[4096];
	ssize_t n;

	for (size_t used = 0; used < COPY_MAX; used += (size_t)n) {
		n = read(from, buf, sizeof buf);
		if (n <= 0)
			return n == 0;
		if (write(to, buf, (size_t)n) != n) /* into memory: in one piece, or there is none */
			return false;
	}
	return true;
}

/* The file as it is now, where nobody can change it. */
static int
copy_open(const char *path)
{
	int from = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int to = from < 0 ? -1 : memfd_create("yobo.conf", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int why;

	if (to >= 0 && copied(from, to)
	    && fcntl(to, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == 0) {
		(void)close(from);
		return to;
	}
	why = errno;
	if (from >= 0)
		(void)close(from);
	if (to >= 0)
		(void)close(to);
	errno = why;
	return -1;
}

static struct fleet *
fleet_new(const struct reader *r, int config_fd)
{
	struct fleet *f = calloc(1, sizeof *f);

	if (f == NULL) {
		(void)refuse(r, "no memory");
		return NULL;
	}
	f->config_fd = config_fd;
	if (read_fleet(r, f) == 0)
		return f;
	free(f);
	return NULL;
}

static struct fleet *
load(struct reader *r)
{
	struct fleet *f = NULL;
	struct ybh_conf *c;
	int fd = copy_open(r->config);

	if (fd < 0) {
		(void)refuse(r, "%s", strerrordesc_np(errno));
		return NULL;
	}
	c = ybh_conf_load_fd(fd, r->config, r->err, r->size);
	r->c = c;
	if (c != NULL)
		f = fleet_new(r, fd);
	ybh_conf_free(c);
	if (f == NULL)
		(void)close(fd);
	return f;
}

struct fleet *
fleet_load(const char *config, char *err, size_t size)
{
	struct reader r = { .config = config, .err = err, .size = size, .starting = true };

	return load(&r);
}

int
fleet_check(const char *config, char *err, size_t size)
{
	struct reader r = { .config = config, .err = err, .size = size };
	struct fleet *f = load(&r);

	if (f == NULL)
		return -1;
	fleet_free(f);
	return 0;
}

void
fleet_free(struct fleet *f)
{
	if (f == NULL)
		return;
	(void)close(f->config_fd);
	free(f);
}

struct pool *
fleet_pool(struct fleet *f, const char *name)
{
	for (size_t i = 0; f != NULL && i < f->n; i++)
		if (strcmp(f->pools[i].name, name) == 0)
			return &f->pools[i];
	return NULL;
}

bool
fleet_has(const struct fleet *f, const struct pool *p)
{
	for (size_t i = 0; f != NULL && p != NULL && i < f->n; i++)
		if (&f->pools[i] == p)
			return true;
	return false;
}
