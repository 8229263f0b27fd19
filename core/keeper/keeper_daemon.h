/*
 * keeper_daemon.h - the parts of yobo-keeper: its keys, its socket, its seal.
 */
#ifndef YOBO_KEEPER_DAEMON_H
#define YOBO_KEEPER_DAEMON_H

#include <sys/types.h>
#include <yb/base.h>

#include "../lib/conf.h"
#include "../lib/dbconn.h"
#include "../lib/keeper.h"
#include "../lib/keeper_wire.h"

/* ---- keys.c: private keys in a directory, never leaving this process ---- */

struct keystore;

/*
 * Opens keys_dir (made, 0700, when absent) and locks it. The first start makes a current and
 * a next key for every class. NULL: err says what is wrong with the directory or its files.
 */
struct keystore *keystore_open(const char *dir, const char *issuer, char *err, size_t size);
void keystore_free(struct keystore *ks);
/* Adds every public key that may verify something to the answer. */
void keystore_list(struct keystore *ks, struct ybh_frame *out);
/* 0, -EPROTO: claims a verifier would refuse; -EIO. */
int keystore_sign(struct keystore *ks, enum ybh_key_class cls, yb_str claims, struct yb_arena *a,
    yb_str *ret_token) YB_MUST_USE;
/* ECDSA (DER) by the exchange key. 0, -EPROTO: not a control file of ours; -EIO. */
int keystore_file_sign(struct keystore *ks, yb_str control, unsigned char der[72],
    size_t *ret_len) YB_MUST_USE;
/*
 * "next", "rotate", "retire". 0, -EPROTO: makes no sense; -EIO: nothing was changed; -EAGAIN:
 * the next key is younger than a second, and somebody may not know it yet.
 */
int
keystore_manage(struct keystore *ks, yb_str what, enum ybh_key_class cls, yb_str kid) YB_MUST_USE;
/* Previous keys past their end are destroyed. */
void keystore_expire(struct keystore *ks, int64_t now_us);
/* First MAC key of a chain. */
void keystore_chain_key(const struct keystore *ks, uint64_t chain_id, unsigned char mac[32]);
/* ECDSA (DER) by the checkpoint key over the opening of a chain. */
int keystore_chain_sign(struct keystore *ks, uint64_t chain_id, int64_t opened_us, yb_str host,
    unsigned char der[72], size_t *ret_len, char kid[48]) YB_MUST_USE;
/* ES256 (r || s) by the checkpoint key. -EAGAIN: kid is not the current one any more. */
int keystore_note_sign(struct keystore *ks, const char *kid, const void *p, size_t n,
    unsigned char sig[64]) YB_MUST_USE;
/* kid of the current checkpoint key. */
void keystore_note_kid(struct keystore *ks, char kid[48]);

/* ---- files.c: small files, written whole or not at all ---- */

/* Bytes read (at most size), -ENOENT, or -EPERM: not a private file of ours; -EIO. */
ssize_t file_read(int dir, const char *name, void *buf, size_t size);
/* 0 or -EIO; on return it is on the disk. */
int file_write(int dir, const char *name, const void *p, size_t n) YB_MUST_USE;

/* ---- serve.c: the socket ---- */

struct server_conf {
	const char *socket_path;
	const uid_t *peers; /* uids besides our own and root */
	size_t n_peers;
	struct keystore *keys;
	const struct ybh_db_conf *db;
};
struct server;

/* Listens and starts its threads. NULL: err. */
struct server *server_start(const struct server_conf *conf, char *err, size_t size);
/* Once a second: hangs up on peers that began a question and do not end it. */
void server_tick(struct server *s, int64_t mono_us);
/* Ends the threads; questions already read are still answered. */
void server_stop(struct server *s);

/* ---- seal.c: the thread that seals the access log ---- */

struct seal_conf {
	const char *keys_dir, *checkpoint_file, *origin;
	long seconds;
	struct keystore *keys;
	const struct ybh_db_conf *db;
};
struct seal;

struct seal *seal_start(const struct seal_conf *conf, char *err, size_t size);
void seal_stop(struct seal *s);

#endif
