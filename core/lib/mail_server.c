/*
 * mail_server.c - [mail] of yobo.conf (mail_server.h).
 */
#include "mail_server.h"

#include <stdio.h>
#include <string.h>

#include "host.h"

struct reader {
	const struct ybh_conf *conf;
	char *err;
	size_t size;
};

static const char *
get(const struct reader *r, const char *key, const char *otherwise)
{
	return ybh_conf_get(r->conf, "mail", key, otherwise);
}

static int
refuse(const struct reader *r, const char *key, const char *why)
{
	(void)snprintf(r->err, r->size, "[mail] %s: %s", key, why);
	return -1;
}

/* "smtp://host:port", nothing behind it: the rest of a URL would be read as something else. */
static bool
url_ok(const char *s)
{
	const char *host = strncmp(s, "smtp://", 7) == 0  ? s + 7
	    : strncmp(s, "smtps://", 8) == 0		    ? s + 8
							    : "";
	size_t n = strspn(host, "abcdefghijklmnopqrstuvwxyz"
				"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]");

	return n > 0 && host[n] == '\0';
}

static int
password_read(const struct reader *r, struct ybh_mail_server *m)
{
	const char *file = get(r, "password_file", NULL);

	if ((m->user == NULL) != (file == NULL))
		return refuse(r, "user", "goes with password_file");
	if (file == NULL)
		return 0;
	if (!m->tls)
		return refuse(r, "user", "a password is not sent without TLS");
	return ybh_password_read(file, m->password, sizeof m->password, r->err, r->size);
}

int
ybh_mail_server_read(const struct ybh_conf *c, struct ybh_mail_server *ret, char *err, size_t size)
{
	const struct reader r = { c, err, size };
	const char *tls = get(&r, "tls", "required");

	*ret = (struct ybh_mail_server) { .smtp = get(&r, "smtp", NULL),
		.user = get(&r, "user", NULL),
		.ca = get(&r, "ca", NULL),
		.tls = strcmp(tls, "required") == 0 };
	if (ret->smtp == NULL)
		return ybh_conf_key(c, "mail", 0) == NULL
		    ? 0
		    : refuse(&r, "smtp", "is needed: smtp://host:port");
	if (!url_ok(ret->smtp))
		return refuse(&r, "smtp", "smtp://host:port or smtps://host:port expected");
	if (!ybh_mail_from_parse(yb_cstr(get(&r, "from", "")), &ret->from))
		return refuse(&r, "from", "an address expected, or: Name <address>");
	if (!ret->tls && strcmp(tls, "none") != 0)
		return refuse(&r, "tls", "required or none expected");
	return password_read(&r, ret);
}
