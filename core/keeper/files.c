/*
 * Small private files, written whole or not at all.
 */
#include "keeper_daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

ssize_t
file_read(int dir, const char *name, void *buf, size_t size)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	size_t have = 0;
	ssize_t n = -1;

	if (fd < 0)
		return errno == ENOENT ? -ENOENT : -EIO;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || (st.st_mode & 077) != 0 ||
	    (st.st_uid != geteuid() && st.st_uid != 0)) {
		(void)close(fd);
		return -EPERM;
	}
	while (have < size && (n = read(fd, (char *)buf + have, size - have)) > 0)
		have += (size_t)n;
	(void)close(fd);
	/* A file that fills the buffer may be longer than it. */
	return n < 0 || have == size ? -EIO : (ssize_t)have;
}

static int
write_synced(int fd, const void *p, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t w = write(fd, (const char *)p + done, n - done);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return -EIO;
		done += (size_t)w;
	}
	return fsync(fd) == 0 ? 0 : -EIO;
}

int
file_write(int dir, const char *name, const void *p, size_t n)
{
	char tmp[160];
	int fd, rc, len = snprintf(tmp, sizeof(tmp), ".%s.new", name);

	if (len <= 0 || (size_t)len >= sizeof(tmp))
		return -EIO;
	fd = openat(dir, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -EIO;
	rc = write_synced(fd, p, n);
	if (close(fd) != 0)
		rc = -EIO;
	if (rc == 0 && (renameat(dir, tmp, dir, name) != 0 || fsync(dir) != 0))
		rc = -EIO;
	if (rc != 0)
		(void)unlinkat(dir, tmp, 0);
	return rc;
}
