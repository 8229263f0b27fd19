/*
 * privileges.c - from root to the configured user, for good.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "yobod.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>

static int
refuse(char *err, size_t size, const char *what)
{
	(void)snprintf(err, size, "giving up root: %s: %s", what, strerrordesc_np(errno));
	return -1;
}

int
privileges_drop(const struct fleet *f, char *err, size_t size)
{
	uid_t r, e, s;

	if (geteuid() != 0)
		return 0;
	if (f->uid == 0) {
		log_line(LOG_WARN, "stays root, as [yobod] user = %s says: for development only",
		    f->user);
		return 0;
	}
	/* Groups first: afterwards there is no right to change them. */
	if (initgroups(f->user, f->gid) != 0)
		return refuse(err, size, "setgroups");
	if (setresgid(f->gid, f->gid, f->gid) != 0)
		return refuse(err, size, "setresgid");
	if (setresuid(f->uid, f->uid, f->uid) != 0)
		return refuse(err, size, "setresuid");
	errno = EPERM;
	if (setresuid(0, 0, 0) == 0 || getresuid(&r, &e, &s) != 0 || r != f->uid || e != f->uid
	    || s != f->uid)
		return refuse(err, size, "root could be taken back");
	return 0;
}
