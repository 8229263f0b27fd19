/*
 * log_fixture.h - an access log of its own for the tests: a private mariadbd, and a keeper
 * made of a few functions linked instead of core/lib/keeper_client.c.
 */
#ifndef LOG_FIXTURE_H
#define LOG_FIXTURE_H

#include <stdio.h>

#include "arena.h"
#include "audit.h"
#include "audit_parts.h"
#include "audit_tlv.h"

struct fixture {
	char dir[64]; /* removed at the end */
	char socket[96];
	char state[96], checkpoints[96]; /* the sealer's files */
	int pid;
	struct ybh_db *db; /* all rights */
	struct ybh_keeper *keeper;
	struct yb_arena *a;
};

/* 0; 77: this machine has no mariadbd; -1: it did not start. */
int fixture_start(struct fixture *f);
void fixture_stop(struct fixture *f);
/* A further connection; NULL: no memory. */
struct ybh_db *fixture_connect(const struct fixture *f);
/* Empties the log and forgets the sealer's files. */
void fixture_clear(struct fixture *f);
/* Copies a small file. */
void fixture_copy(const char *from, const char *to);
/* Runs SQL text; a failure ends the test. */
void fixture_sql(struct fixture *f, const char *fmt, ...) YB_PRINTF(2, 3);
/* The one number a statement answers; -1: none. */
int64_t fixture_number(struct fixture *f, const char *fmt, ...) YB_PRINTF(2, 3);

/* The fake keeper. Its client may be used by several threads, as several clients. */
struct ybh_keeper *fixture_keeper_new(const struct fixture *f);
void fixture_keeper_away(bool away);
/* MAC key of record n of a chain: what only an insider has. */
void fixture_mac_key(uint64_t chain_id, uint64_t seq, unsigned char key[32]);
struct ybh_sealer *fixture_sealer(struct fixture *f);

/* An event with something in every field; `n` makes it differ from others. */
struct ybh_event fixture_event(struct yb_arena *a, unsigned n);
/* Verifies everything; the lines in `out` (of 1 MiB), the findings counted. -1: could not. */
int64_t fixture_verify(struct fixture *f, char *out, struct ybh_verify_report *report);
#define FIXTURE_OUT (1 << 20)

#endif
