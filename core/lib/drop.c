/*
 * drop.c - directories of files between systems (yb/drop.h): what is there, and what we put.
 *
 * Every file is opened below the descriptor of its directory, never through a link, and only
 * when it is a regular file: whoever may write there may put anything there.
 */
#include "drop.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_MAX_BYTES 60
#define NAMES_MAX      100000 /* of a directory that are looked at */

/* ---- directories ---- */

static int
away(yb_req *r, yb_str dir, const char *what)
{
	ybh_log(YBH_ERR, "%s: %.*s: %s: error %d", r->trace, (int)dir.len, dir.p, what, errno);
	return yb_problem(r, "E-SYS-001");
}

int
drop_dir(yb_req *r, yb_str path)
{
	if (path.len == 0 || path.p[0] != '/') {
		errno = EINVAL;
		return -1;
	}
	return open(ybh_arena_cstr(r->arena, path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int
drop_own_dir(yb_req *r, yb_str path)
{
	struct stat st;
	int fd;

	if (path.len > 0 && path.p[0] == '/')
		(void)mkdir(ybh_arena_cstr(r->arena, path), 0700); /* or it is there: looked at below */
	fd = drop_dir(r, path);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && st.st_uid == geteuid() && (st.st_mode & 022u) == 0)
		return fd;
	(void)close(fd);
	errno = EPERM;
	return -1;
}

/* ---- names ---- */

bool
yb_drop_name(yb_str name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.p[i];

		if (!(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    c != '_' && c != '-')
			return false;
	}
	return name.len > 0 && name.len <= NAME_MAX_BYTES;
}

bool
drop_path(char out[DROP_PATH + 16], yb_str name, const char *ending)
{
	if (!yb_drop_name(name) || strlen(ending) > 8)
		return false;
	(void)snprintf(out, DROP_PATH + 16, "%.*s.%s", (int)name.len, name.p, ending);
	return true;
}

/* The NAME of "NAME.ctl"; null: another file. */
static yb_str
control_name(yb_req *r, const char *file)
{
	size_t n = strlen(file);
	yb_str name = { file, n < 4 ? 0 : n - 4 };

	if (n < 5 || strcmp(file + n - 4, ".ctl") != 0 || !yb_drop_name(name))
		return (yb_str) { NULL, 0 };
	return yb_copy(r, name);
}

static bool
is_there(int dir, yb_str name, const char *ending)
{
	char path[DROP_PATH + 16];
	struct stat st;

	return drop_path(path, name, ending) && fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode);
}

static int
order(const void *a, const void *b)
{
	return yb_str_cmp(*(const yb_str *)a, *(const yb_str *)b);
}

/* Keeps the `most` smallest names; the array has room for one more. */
static void
keep_smallest(yb_str *names, size_t *n, size_t most, yb_str name)
{
	names[(*n)++] = name;
	if (*n <= most)
		return;
	qsort(names, *n, sizeof *names, order);
	*n = most;
}

int
yb_drop_list(yb_req *r, yb_str dir, yb_str after, size_t most, yb_list *ret_names)
{
	yb_str *names = yb_alloc(r, (most + 1) * sizeof *names);
	int fd = drop_dir(r, dir), seen = 0;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;
	size_t n = 0;

	if (d == NULL) {
		if (fd >= 0)
			(void)close(fd);
		return away(r, dir, "cannot be read");
	}
	while (seen++ < NAMES_MAX && (e = readdir(d)) != NULL) {
		yb_str name = control_name(r, e->d_name);

		if (name.p != NULL && yb_str_cmp(name, after) > 0 && is_there(fd, name, "csv") &&
		    is_there(fd, name, "sig"))
			keep_smallest(names, &n, most, name);
	}
	(void)closedir(d);
	qsort(names, n, sizeof *names, order);
	*ret_names = (yb_list) { names, n };
	return 0;
}

/* ---- one file ---- */

int
drop_file(int dir, yb_str name, const char *ending, int64_t most)
{
	char path[DROP_PATH + 16];
	struct stat st = { .st_size = 0 };
	int fd;

	if (!drop_path(path, name, ending)) {
		errno = EINVAL;
		return -1;
	}
	fd = openat(dir, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= most)
		return fd;
	errno = S_ISREG(st.st_mode) ? EFBIG : EINVAL;
	(void)close(fd);
	return -1;
}

yb_str
drop_text(yb_req *r, int dir, yb_str name, const char *ending, size_t most)
{
	int fd = drop_file(dir, name, ending, (int64_t)most);
	char *text = yb_alloc(r, most + 1);
	size_t n = 0;
	ssize_t got = 1;

	if (fd < 0)
		return (yb_str) { NULL, 0 };
	while (got > 0 && n < most) {
		got = read(fd, text + n, most - n);
		n += got > 0 ? (size_t)got : 0;
	}
	(void)close(fd);
	return got < 0 ? (yb_str) { NULL, 0 } : (yb_str) { text, n };
}

static int
write_all(int fd, yb_bytes bytes)
{
	for (size_t n = 0; n < bytes.len;) {
		ssize_t put = write(fd, bytes.p + n, bytes.len - n);

		if (put < 0 && errno != EINTR)
			return -1;
		n += put > 0 ? (size_t)put : 0;
	}
	return fsync(fd);
}

int
drop_write(int dir, yb_str name, const char *ending, yb_bytes bytes)
{
	char path[DROP_PATH + 16], part[DROP_PATH + 24];
	int fd, rc;

	if (!drop_path(path, name, ending)) {
		errno = EINVAL;
		return -1;
	}
	(void)snprintf(part, sizeof part, "%s.part", path);
	fd = openat(dir, part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640);
	if (fd < 0)
		return -1;
	rc = write_all(fd, bytes);
	if (close(fd) < 0 || rc < 0 || renameat(dir, part, dir, path) < 0)
		return -1;
	return fsync(dir);
}

int
yb_drop_put(yb_req *r, yb_str dir, yb_str name, const char *ending, yb_bytes bytes)
{
	int fd, rc;

	if (dir.len > 0 && dir.p[0] == '/')
		(void)mkdir(ybh_arena_cstr(r->arena, dir), 0750); /* or it is there */
	fd = drop_dir(r, dir);
	if (fd < 0)
		return away(r, dir, "cannot be opened");
	rc = drop_write(fd, name, ending, bytes);
	if (rc < 0)
		rc = away(r, dir, "cannot be written to");
	(void)close(fd);
	return rc;
}

enum yb_found
yb_drop_get(yb_req *r, yb_str dir, yb_str name, const char *ending, size_t most, yb_str *ret)
{
	int fd = drop_dir(r, dir);

	if (fd < 0 && errno == ENOENT)
		return YB_NO_ROW;
	if (fd < 0)
		return (enum yb_found)away(r, dir, "cannot be opened");
	*ret = drop_text(r, fd, name, ending, most);
	(void)close(fd);
	return ret->p == NULL ? YB_NO_ROW : YB_ONE_ROW;
}

/* ---- done with it ---- */

int
yb_drop_clear(yb_req *r, yb_str dir, yb_str name, const char *to, yb_str spool)
{
	static const char *const endings[] = { "ctl", "sig", "csv" };
	int from = drop_dir(r, dir), own = drop_own_dir(r, spool), there = -1, rc = 0;
	char path[DROP_PATH + 16];

	if (from >= 0) {
		(void)mkdirat(from, to, 0750); /* or it is there */
		there = openat(from, to, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	}
	for (size_t i = 0; there >= 0 && i < 3; i++)
		if (drop_path(path, name, endings[i]) &&
		    renameat(from, path, there, path) < 0 && errno != ENOENT)
			rc = -1;
	if (there < 0 || own < 0 || rc < 0)
		rc = away(r, dir, "a file cannot be put aside");
	else if (drop_path(path, name, "csv"))
		(void)unlinkat(own, path, 0);
	if (from >= 0)
		(void)close(from);
	if (there >= 0)
		(void)close(there);
	if (own >= 0)
		(void)close(own);
	return rc;
}

yb_str
yb_drop_csv(yb_req *r, const yb_str *cells, size_t n)
{
	size_t room = 2;
	char *out, *at;

	for (size_t i = 0; i < n; i++)
		room += 2 * cells[i].len + 3;
	out = at = yb_alloc(r, room);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			*at++ = ',';
		*at++ = '"';
		for (size_t k = 0; k < cells[i].len; k++) {
			if (cells[i].p[k] == '"')
				*at++ = '"';
			*at++ = cells[i].p[k];
		}
		*at++ = '"';
	}
	*at++ = '\r';
	*at++ = '\n';
	return (yb_str) { out, (size_t)(at - out) };
}
