/*
 * settings.c - the keeper's settings, from its own section of yobo.conf and those of others.
 *
 * Compiled into yoboctl too, whose check-config asks what the keeper would say.
 */
#include "settings.h"

#include <ctype.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/crypto.h"

static int
wrong(struct keeper_settings *s, const char *what)
{
	(void)snprintf(s->err, sizeof(s->err), "%s", what);
	return -1;
}

static int
db_settings(struct keeper_settings *s)
{
	if (ybh_conf_get(s->conf, "db", "socket", NULL) != NULL &&
	    ybh_conf_get(s->conf, "db", "host", NULL) != NULL)
		return wrong(s, "[db]: either socket or host");
	return ybh_account_read(s->conf, "keeper", "yobo_keeper", &s->account, &s->db, s->err,
	    sizeof(s->err));
}

static int
peer_add(struct keeper_settings *s, const char *name)
{
	char buf[4096], *end;
	struct passwd pw, *found = NULL;
	unsigned long number;

	if (s->n_peers == KEEPER_PEERS)
		return wrong(s, "[keeper] peers: too many");
	errno = 0;
	number = strtoul(name, &end, 10);
	if (isdigit((unsigned char)name[0]) && *end == '\0' && errno == 0 && number < 0xffffffff) {
		s->peers[s->n_peers++] = (uid_t)number;
		return 0;
	}
	if (getpwnam_r(name, &pw, buf, sizeof(buf), &found) != 0 || found == NULL) {
		(void)snprintf(s->err, sizeof(s->err), "[keeper] peers: no user %s", name);
		return -1;
	}
	s->peers[s->n_peers++] = pw.pw_uid;
	return 0;
}

static int
peers_read(struct keeper_settings *s)
{
	const char *at = ybh_conf_get(s->conf, "keeper", "peers", "");
	char name[64];

	for (;;) {
		size_t n;

		at += strspn(at, ", \t");
		n = strcspn(at, ", \t");
		if (n == 0)
			return 0;
		if (n >= sizeof(name))
			return wrong(s, "[keeper] peers: a name is too long");
		memcpy(name, at, n);
		name[n] = '\0';
		if (peer_add(s, name) != 0)
			return -1;
		at += n;
	}
}

static int
socket_settings(struct keeper_settings *s)
{
	const char *path = ybh_conf_get(s->conf, "core", "keeper_socket", NULL);
	const char *dir = ybh_conf_get(s->conf, "yobod", "run_dir", NULL);
	int n;

	if (path != NULL)
		n = snprintf(s->socket_path, sizeof(s->socket_path), "%s", path);
	else if (dir != NULL)
		n = snprintf(s->socket_path, sizeof(s->socket_path), "%s/keeper.sock", dir);
	else
		return wrong(s, "[core] keeper_socket or [yobod] run_dir is needed");
	if (n <= 0 || (size_t)n >= sizeof(s->socket_path))
		return wrong(s, "[core] keeper_socket: too long");
	return 0;
}

int
keeper_settings_read(struct keeper_settings *s, const char *path)
{
	*s = (struct keeper_settings) { .seal_seconds = 10 };
	s->conf = ybh_conf_load(path, s->err, sizeof(s->err));
	if (s->conf == NULL)
		return -1;
	s->keys_dir = ybh_conf_get(s->conf, "keeper", "keys_dir", NULL);
	s->checkpoint_file = ybh_conf_get(s->conf, "keeper", "checkpoint_file", NULL);
	s->base_url = ybh_conf_get(s->conf, "core", "base_url", NULL);
	if (s->keys_dir == NULL || s->base_url == NULL)
		return wrong(s, "[keeper] keys_dir and [core] base_url are needed");
	s->origin = strstr(s->base_url, "://");
	s->origin = s->origin != NULL ? s->origin + 3 : s->base_url;
	if (ybh_conf_long(s->conf, "keeper", "seal_seconds", 1, 3600, &s->seal_seconds, s->err,
		sizeof(s->err)) != 0)
		return -1;
	if (socket_settings(s) != 0 || db_settings(s) != 0)
		return -1;
	return peers_read(s);
}

void
keeper_settings_free(struct keeper_settings *s)
{
	ybh_wipe(&s->account, sizeof(s->account));
	ybh_conf_free(s->conf);
}
