/*
 * account.c - which database account a process uses (host.h).
 *
 * Without a password file the operating system's user is proof enough (unix_socket).
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host.h"

int
ybh_password_read(const char *path, char *out, size_t size, char *err, size_t err_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n = fd < 0 ? -1 : read(fd, out, size);
	size_t len = 0;

	if (fd >= 0)
		(void)close(fd); /* only read */
	while ((ssize_t)len < n && out[len] != '\r' && out[len] != '\n')
		len++;
	if (len > 0 && len < size) {
		out[len] = '\0';
		return 0;
	}
	(void)snprintf(err, err_size, "%s: cannot be read, is empty or too long", path);
	return -1;
}

int
ybh_account_read(const struct ybh_conf *c, const char *section, const char *default_user,
    struct ybh_account *account, struct ybh_db_conf *ret, char *err, size_t size)
{
	const char *file = ybh_conf_get(c, section, "db_password_file", NULL);
	long port = 3306;

	*account = (struct ybh_account) { 0 };
	(void)snprintf(account->user, sizeof account->user, "%s",
	    ybh_conf_get(c, section, "db_user", default_user));
	if (file != NULL &&
	    ybh_password_read(file, account->password, sizeof account->password, err, size) < 0)
		return -1;
	if (ybh_conf_long(c, "db", "port", 1, 65535, &port, err, size) < 0)
		return -1;
	*ret = (struct ybh_db_conf) {
		.socket = ybh_conf_get(c, "db", "socket", "/run/mysqld/mysqld.sock"),
		.host = ybh_conf_get(c, "db", "host", NULL),
		.port = (unsigned)port,
		.ca = ybh_conf_get(c, "db", "ca", NULL),
		.name = ybh_conf_get(c, "db", "name", "yobo"),
		.user = account->user,
		.password = account->password,
	};
	return 0;
}
