/*
 * settings.h - what the keeper reads from yobo.conf.
 */
#ifndef YOBO_KEEPER_SETTINGS_H
#define YOBO_KEEPER_SETTINGS_H

#include <sys/types.h>

#include "../lib/host.h"

#define KEEPER_PEERS 64

struct keeper_settings {
	struct ybh_conf *conf; /* the texts below lend from it */
	struct ybh_db_conf db;
	struct ybh_account account;
	char socket_path[256];
	const char *keys_dir, *base_url, *origin, *checkpoint_file;
	long seal_seconds;
	uid_t peers[KEEPER_PEERS];
	size_t n_peers;
	char err[512];
};

/* -1: s->err. In both cases keeper_settings_free is due. */
int keeper_settings_read(struct keeper_settings *s, const char *path);
/* The password is wiped. */
void keeper_settings_free(struct keeper_settings *s);

#endif
