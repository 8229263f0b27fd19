/*
 * mail_server.h - [mail] of yobo.conf: the server that takes our mails, and whom they are from.
 */
#ifndef YBH_MAIL_SERVER_H
#define YBH_MAIL_SERVER_H

#include "conf.h"
#include "mail_text.h"

struct ybh_mail_server {
	const char *smtp; /* smtp://host:port or smtps://host:port; NULL: there is no [mail] */
	const char *user; /* NULL: no login */
	const char *ca;	  /* NULL: the system's */
	char password[256];
	bool tls;
	struct ybh_mail_from from;
};

/*
 * Reads [mail] and the password file it names. What it finds lends from the configuration.
 * -1: err says which key, and why.
 */
int ybh_mail_server_read(const struct ybh_conf *c, struct ybh_mail_server *ret, char *err,
    size_t size);

#endif
