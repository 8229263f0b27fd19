/*
 * sockets.c - run_dir, the pid file that is also the lock, and one listening socket per pool.
 *
 * All of it may happen as root, in a directory that belongs to the user we are about to
 * become: so nothing here follows a link, and owners are changed through descriptors.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "yobod.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define BACKLOG	      511
#define ACTIVATED_MAX 32
#define PATH_ROOM     160

static struct {
	char name[POOL_NAME_MAX + 1];
	int fd;
} activated[ACTIVATED_MAX];
static size_t n_activated;

static int
refuse(char *err, size_t size, const char *path, const char *what)
{
	(void)snprintf(err, size, "%s: %s", path, what);
	return -1;
}

static int
refuse_errno(char *err, size_t size, const char *path, const char *what)
{
	(void)snprintf(err, size, "%s: %s: %s", path, what, strerrordesc_np(errno));
	return -1;
}

/*
 * A directory of our making is set-gid: sockets opened after root is given up, and files
 * for the web server, get the group of [yobod] group without our belonging to it.
 */
static int
run_dir_made(int fd, const struct fleet *f, char *err, size_t size)
{
	mode_t mode = f->socket_gid == f->gid ? 0750 : 02750;

	if (fchown(fd, f->uid, f->socket_gid) != 0 || fchmod(fd, mode) != 0)
		return refuse_errno(err, size, f->run_dir, "owner and mode");
	return 0;
}

int
run_dir_prepare(const struct fleet *f, char *err, size_t size)
{
	bool made = mkdir(f->run_dir, 0700) == 0;
	struct stat st;
	int fd, rc = 0;

	if (!made && errno != EEXIST)
		return refuse_errno(err, size, f->run_dir, "mkdir");
	fd = open(f->run_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return refuse_errno(err, size, f->run_dir, "open");
	if (made)
		rc = run_dir_made(fd, f, err, size);
	else if (fstat(fd, &st) != 0 || st.st_uid != f->uid)
		rc = refuse(err, size, f->run_dir, "does not belong to the user of the workers");
	else if ((st.st_mode & 022) != 0)
		rc = refuse(err, size, f->run_dir, "others may write there");
	(void)close(fd);
	return rc;
}

static void
path_of(const struct fleet *f, const char *name, char out[PATH_ROOM])
{
	/* Lengths were checked when the settings were read. */
	(void)snprintf(out, PATH_ROOM, "%s/%s", f->run_dir, name);
}

/* 0 and *ret_fd; 1 when the file was removed under our hands and a new try is due. */
static int
pid_file_try(const struct fleet *f, const char *path, int *ret_fd, char *err, size_t size)
{
	int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644);
	struct stat st = { 0 };
	int rc = -1;

	if (fd < 0)
		return refuse_errno(err, size, path, "open");
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		rc = errno == EWOULDBLOCK ? refuse(err, size, path, "another yobod is running")
					  : refuse_errno(err, size, path, "lock");
		(void)close(fd);
		return rc;
	}
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1
	    && fchown(fd, f->uid, f->gid) == 0) {
		*ret_fd = fd;
		return 0;
	}
	rc = st.st_nlink == 0 ? 1 : refuse(err, size, path, "not a plain file of ours");
	(void)close(fd);
	return rc;
}

int
pid_file_take(const struct fleet *f, char *err, size_t size)
{
	char path[PATH_ROOM], text[24];
	int fd = -1, n, rc = 1;

	path_of(f, "yobod.pid", path);
	for (int i = 0; i < 10 && rc == 1; i++)
		rc = pid_file_try(f, path, &fd, err, size);
	if (rc != 0)
		return rc < 0 ? rc : refuse(err, size, path, "another yobod is ending");
	n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
	if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)n, 0) != n)
		return refuse_errno(err, size, path, "write");
	return 0; /* fd stays open: it is the lock */
}

void
pid_file_remove(const struct fleet *f)
{
	char path[PATH_ROOM];

	path_of(f, "yobod.pid", path);
	(void)unlink(path);
}

unsigned
activation_take(void)
{
	const char *pid = secure_getenv("LISTEN_PID");
	const char *fds = secure_getenv("LISTEN_FDS");
	const char *names = secure_getenv("LISTEN_FDNAMES");
	long n = fds == NULL ? 0 : strtol(fds, NULL, 10);

	if (pid == NULL || strtol(pid, NULL, 10) != getpid() || n < 1 || n > ACTIVATED_MAX)
		return 0;
	for (int fd = 3; fd < 3 + n && names != NULL; fd++) {
		size_t len = strcspn(names, ":");

		if (len <= POOL_NAME_MAX) {
			memcpy(activated[n_activated].name, names, len);
			activated[n_activated++].fd = fd;
		}
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
		(void)fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK);
		names = names[len] == ':' ? names + len + 1 : NULL;
	}
	return (unsigned)n;
}

/* Owner and group through a descriptor that is certainly the socket just bound. */
static int
give_socket(const struct fleet *f, const char *path)
{
	int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	int rc = -1;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode)) {
		rc = 0;
		if (st.st_uid != f->uid || st.st_gid != f->socket_gid)
			rc = fchownat(fd, "", f->uid, f->socket_gid, AT_EMPTY_PATH);
	}
	(void)close(fd);
	return rc;
}

static int
listener_open(const struct fleet *f, const char *name, char *err, size_t size)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	char file[POOL_NAME_MAX + 8], path[PATH_ROOM];
	struct stat st;
	mode_t before;
	int fd, rc;

	(void)snprintf(file, sizeof file, "%s.sock", name);
	path_of(f, file, path);
	memcpy(addr.sun_path, path, strnlen(path, sizeof addr.sun_path - 1));
	/* A socket left there is of a yobod that died: we hold the lock. */
	if (lstat(path, &st) == 0 && (!S_ISSOCK(st.st_mode) || unlink(path) != 0))
		return refuse(err, size, path, "is there and cannot be replaced");
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return refuse_errno(err, size, path, "socket");
	before = umask(0777 & ~f->socket_mode);
	rc = bind(fd, (const struct sockaddr *)&addr, sizeof addr);
	(void)umask(before);
	if (rc == 0 && give_socket(f, path) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	rc = refuse_errno(err, size, path, "bind, owner, listen");
	(void)close(fd);
	(void)unlink(path);
	return rc;
}

int
sockets_open(struct fleet *f, struct fleet *before, char *err, size_t size)
{
	for (size_t i = 0; i < f->n; i++) {
		struct pool *p = &f->pools[i];
		const struct pool *old = fleet_pool(before, p->name);

		if (old != NULL) {
			p->listen_fd = old->listen_fd;
			p->activated = old->activated;
		}
		for (size_t a = 0; a < n_activated && p->listen_fd < 0; a++) {
			if (strcmp(activated[a].name, p->name) == 0) {
				p->listen_fd = activated[a].fd;
				p->activated = true;
			}
		}
		if (p->listen_fd < 0)
			p->listen_fd = listener_open(f, p->name, err, size);
		if (p->listen_fd < 0) {
			sockets_close(f, before);
			return -1;
		}
	}
	return 0;
}

void
sockets_close(struct fleet *f, struct fleet *keep)
{
	char file[POOL_NAME_MAX + 8], path[PATH_ROOM];

	for (size_t i = 0; i < f->n; i++) {
		struct pool *p = &f->pools[i];

		/* systemd's stay open for a later configuration that wants them again. */
		if (p->listen_fd < 0 || p->activated || fleet_pool(keep, p->name) != NULL)
			continue;
		(void)snprintf(file, sizeof file, "%s.sock", p->name);
		path_of(f, file, path);
		(void)unlink(path);
		(void)close(p->listen_fd);
		p->listen_fd = -1;
	}
}
