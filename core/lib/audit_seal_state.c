/*
 * audit_seal_state.c - what the sealer keeps on disk (audit_parts.h, audit_seal.c).
 *
 *	yobo-seal 1
 *	<origin>
 *	<size>
 *	<root, hex>
 *	<node of the frontier, hex>	one line per bit of size, the lowest first
 */
#include "audit_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "crypto.h"

#define HEAD "yobo-seal 1"
#define FILE_MAX 8192

static int
write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

/* Writes, waits for the disk, closes. */
static int
write_synced(int fd, const char *p, size_t n)
{
	int rc = write_all(fd, p, n);

	if (rc == 0 && fsync(fd) != 0)
		rc = -errno;
	if (close(fd) != 0 && rc == 0)
		rc = -errno;
	return rc;
}

/* The new name itself must be on the disk too. */
static int
directory_sync(const char *path)
{
	const char *slash = strrchr(path, '/');
	char dir[4096] = ".";
	int fd, rc = 0;

	if (slash != NULL)
		(void)snprintf(dir, sizeof dir, "%.*s", (int)(slash - path) + 1, path);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fsync(fd) != 0)
		rc = -errno;
	(void)close(fd); /* nothing was written through it */
	return rc;
}

int
ybh_seal_state_write(const char *path, const char *origin, const struct ybh_merkle *m)
{
	char tmp[4096], hex[65];
	unsigned char root[32];
	struct ybh_buf b;
	int fd, rc;

	ybh_buf_init(&b, FILE_MAX);
	ybh_merkle_root(m, root);
	(void)ybh_hex(root, 32, hex);
	ybh_buf_printf(&b, HEAD "\n%s\n%llu\n%s\n", origin, (unsigned long long)m->size, hex);
	for (unsigned i = 0; i < 64; i++) {
		if ((m->size >> i & 1) == 0)
			continue;
		(void)ybh_hex(m->node[i], 32, hex);
		ybh_buf_printf(&b, "%s\n", hex);
	}
	rc = snprintf(tmp, sizeof tmp, "%s.new", path);
	if (b.failed || rc < 0 || (size_t)rc >= sizeof tmp) {
		ybh_buf_free(&b);
		return -ENAMETOOLONG;
	}
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	rc = fd < 0 ? -errno : write_synced(fd, b.p, b.len);
	ybh_buf_free(&b);
	if (rc == 0 && rename(tmp, path) != 0)
		rc = -errno;
	return rc == 0 ? directory_sync(path) : rc;
}

static bool
line_hash(FILE *f, unsigned char out[32])
{
	char line[80];

	if (fgets(line, sizeof line, f) == NULL || strlen(line) != 65 || line[64] != '\n')
		return false;
	return ybh_hex_decode((yb_str) { line, 64 }, out, 32) == 32;
}

static bool
state_parse(FILE *f, const char *origin, struct ybh_merkle *m)
{
	char line[256], *end;
	unsigned char root[32], said[32];

	if (fgets(line, sizeof line, f) == NULL || strcmp(line, HEAD "\n") != 0 ||
	    fgets(line, sizeof line, f) == NULL || strlen(line) != strlen(origin) + 1 ||
	    strncmp(line, origin, strlen(origin)) != 0 || fgets(line, sizeof line, f) == NULL)
		return false;
	errno = 0;
	m->size = strtoull(line, &end, 10);
	if (errno != 0 || end == line || *end != '\n' || !line_hash(f, said))
		return false;
	for (unsigned i = 0; i < 64; i++)
		if ((m->size >> i & 1) != 0 && !line_hash(f, m->node[i]))
			return false;
	/* The nodes must be the tree of that root: a file cut or mixed up is not used. */
	ybh_merkle_root(m, root);
	return fgetc(f) == EOF && memcmp(root, said, 32) == 0;
}

int
ybh_seal_state_read(const char *path, const char *origin, struct ybh_merkle *ret, char *err,
    size_t size)
{
	struct ybh_merkle m = { 0 };
	FILE *f = fopen(path, "re");
	int rc = f == NULL ? -errno : 0;

	if (f == NULL && rc == -ENOENT)
		return rc;
	if (rc == 0 && !state_parse(f, origin, &m))
		rc = -EBADMSG;
	if (f != NULL)
		(void)fclose(f); /* only read */
	if (rc == 0)
		*ret = m;
	else
		(void)snprintf(err, size, "%s: %s", path,
		    rc == -EBADMSG ? "not a state of this log, or damaged" : "cannot be read");
	return rc;
}

int
ybh_seal_file_append(const char *path, yb_str note, bool after_torn)
{
	char text[2 + YBH_NOTE_MAX] = " \n"; /* makes the torn line one that is no note's */
	size_t skip = after_torn ? 2 : 0;
	int fd, rc;

	if (note.len > YBH_NOTE_MAX)
		return -EMSGSIZE;
	memcpy(text + skip, note.p, note.len);
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return -errno;
	rc = write_synced(fd, text, skip + note.len);
	return rc == 0 ? directory_sync(path) : rc; /* it may be the first */
}

int
ybh_sealed_size(const char *state_path, const char *origin, uint64_t *ret)
{
	struct ybh_merkle m;
	char err[256];
	int rc = ybh_seal_state_read(state_path, origin, &m, err, sizeof err);

	if (rc == 0)
		*ret = m.size;
	return rc;
}
