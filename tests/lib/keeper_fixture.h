/*
 * keeper_fixture.h - a real yobo-keeper on a real socket, with a database of its own.
 *
 * The keeper is $YOBO_KEEPER, else core/keeper/yobo-keeper. Without mariadbd there is no
 * database (db == NULL) and the tests of it skip themselves.
 */
#ifndef KEEPER_FIXTURE_H
#define KEEPER_FIXTURE_H

#include <sys/types.h>

#include "dbconn.h"
#include "keeper.h"
#include "tokens.h"

#define KEEPER_ISSUER "https://yobo.example"
#define PEER_UID      65501 /* may sign */
#define STRANGER_UID  65502

struct house {
	char dir[64], keys[96], socket[96], conf[96], db_socket[96];
	pid_t keeper, mariadbd; /* 0: not running */
	struct ybh_db *db;
	struct ybh_keeper *k; /* ours, of this uid */
	struct yb_arena *a;
};

struct house *house_new(void);
void house_free(struct house *h);
/* The same for a group of tests: *state is the house. */
int house_begin(void **state);
int house_end(void **state);
/* Starts the keeper and waits for its socket. */
void keeper_start(struct house *h);
/* Starts it where it must refuse; its exit status. */
int keeper_refuses(struct house *h);
/* SIGTERM; its exit status. */
int keeper_stop(struct house *h);
void database_stop(struct house *h);

/* Claims of a token of ours, issued now. */
yb_str claims_now(struct house *h, enum ybh_key_class cls, int64_t life_s);
/* The keys as the keeper lists them. */
yb_list keys_now(struct house *h);
const struct ybh_key *key_in(const yb_list *keys, enum ybh_key_class cls, enum ybh_key_state state);
/* Runs fn in a child with another uid; what it answers (0 .. 100). */
int as_uid(struct house *h, uid_t uid, int (*fn)(struct house *h));
/* A verifier with the keeper's keys and a fresh, empty list of revocations. */
struct ybh_tokens *verifier(struct house *h);
enum ybh_token_verdict verdict(struct house *h, struct ybh_tokens *t, yb_str token);
/* claims_now, signed. */
int sign(struct house *h, enum ybh_key_class cls, int64_t life, yb_str *token);
/* A connection with nothing sent. */
int raw_connect(const struct house *h);

#endif
