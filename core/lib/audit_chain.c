/*
 * audit_chain.c - one worker thread's chain of the access log (audit.h).
 *
 * The head (next number, hash of the record before, MAC key) lives in memory only: no row is
 * locked and nobody waits for another thread. What a transaction appends is tentative until
 * the transaction's outcome is known; `kept` is the head as it was last committed.
 */
#include "audit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "audit_tlv.h"
#include "clock.h"
#include "crypto.h"
#include "log.h"

struct head {
	uint64_t seq; /* of the next record */
	unsigned char prev[32], key[32];
};

struct ybh_chain {
	struct ybh_keeper *keeper;
	char name[YBH_HOST_MAX + 1];
	size_t name_len;
	bool granted; /* the keeper gave us a chain, which may have no record yet */
	struct ybh_chain_grant grant;
	struct head now, kept;
};

/* clang-format off */
#define EVENT_INSERT							\
	"INSERT INTO audit_event (chain_id, seq, rec, hash, mac, at_us, actor_kind, actor,"	\
	" org_id, org_code, `function`, operation, action, subject_no, target_type,"	\
	" target_id, purpose, ok, error_id, row_count, trace_id)"	\
	" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
/* clang-format on */
static const yb_query event_insert = {
	.name = "audit_event_insert",
	.sql = EVENT_INSERT,
	.nparams = 21,
	.tenant = YB_GLOBAL,
};
/* A statement of its own, so that neither changes the other's way of binding. */
static const yb_query events_insert = {
	.name = "audit_events_insert",
	.sql = EVENT_INSERT,
	.nparams = 21,
	.tenant = YB_GLOBAL,
};

struct ybh_chain *
ybh_chain_new(struct ybh_keeper *keeper, const char *name)
{
	struct ybh_chain *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->keeper = keeper;
	c->name_len = strlen(name);
	if (c->name_len > YBH_HOST_MAX)
		c->name_len = YBH_HOST_MAX;
	/* Not in the middle of a character: the keeper signs exactly these bytes. */
	while (c->name_len > 0 && ((unsigned char)name[c->name_len] & 0xc0) == 0x80)
		c->name_len--;
	memcpy(c->name, name, c->name_len);
	return c;
}

/* Never to be continued; the next append opens another. */
static void
chain_abandon(struct ybh_chain *c)
{
	c->granted = false;
	ybh_wipe(&c->grant, sizeof c->grant);
	ybh_wipe(&c->now, sizeof c->now);
	ybh_wipe(&c->kept, sizeof c->kept);
}

void
ybh_chain_settle(struct ybh_chain *c, enum ybh_outcome outcome)
{
	switch (outcome) {
	case YBH_COMMITTED:
		c->kept = c->now;
		return;
	case YBH_ROLLED_BACK:
		c->now = c->kept;
		return;
	case YBH_UNKNOWN:
		if (c->now.seq != c->kept.seq)
			chain_abandon(c);
		return;
	}
}

static int
chain_grant(struct ybh_chain *c)
{
	int rc;

	if (c->granted)
		return 0;
	rc = ybh_keeper_chain_open(c->keeper, (yb_str) { c->name, c->name_len }, &c->grant);
	if (rc == 0 && (c->grant.chain_id > INT64_MAX || c->grant.signature_len > 72))
		rc = -EPROTO;
	if (rc != 0)
		return rc;
	c->granted = true;
	memset(&c->now, 0, sizeof c->now);
	memcpy(c->now.key, c->grant.mac_key, 32);
	ybh_wipe(c->grant.mac_key, sizeof c->grant.mac_key);
	c->kept = c->now;
	return 0;
}

/* Makes the next row and moves the head past it. */
static void
row_make(struct ybh_chain *c, struct yb_arena *a, struct ybh_record *r, struct ybh_audit_row *row)
{
	unsigned char text[YBH_RECORD_MAX], *p;
	size_t n;

	r->version = YBH_RECORD_VERSION;
	r->chain_id = c->grant.chain_id;
	r->seq = c->now.seq;
	memcpy(r->prev, c->now.prev, 32);
	ybh_record_bound(r, a);
	n = ybh_record_encode(r, text);
	p = ybh_arena_must(a, n + 64);
	memcpy(p, text, n);
	ybh_record_hash((yb_bytes) { p, n }, p + n);
	ybh_hmac_sha256(c->now.key, 32, p + n, 32, p + n + 32);
	ybh_record_columns(r, row);
	row->rec = (yb_bytes) { p, n };
	row->hash = (yb_bytes) { p + n, 32 };
	row->mac = (yb_bytes) { p + n + 32, 32 };

	c->now.seq++;
	memcpy(c->now.prev, p + n, 32);
	ybh_record_key_next(c->now.key);
}

static void
opening_make(struct ybh_chain *c, struct yb_arena *a, int64_t at_us, struct ybh_audit_row *row)
{
	yb_str host = { c->name, c->name_len };
	struct ybh_record r = {
		.kind = YBH_RECORD_OPEN,
		/* The time of the first event: the moment of the grant may be a little later. */
		.event = { .at_us = at_us, .operation = YB_STR("OPEN"), .ok = true,
		    .target_type = YB_STR("chain"), .target_id = host },
		.opened_us = c->grant.opened_us,
		.host = host,
		.signature = { c->grant.signature, c->grant.signature_len },
	};

	row_make(c, a, &r, row);
}

/* The usual case. */
static int
row_insert(struct ybh_db *db, struct yb_arena *a, const struct ybh_audit_row *r)
{
	yb_args args = YB_ARGS(yb_i64(r->chain_id), yb_i64(r->seq), yb_blob(r->rec),
	    yb_blob(r->hash), yb_blob(r->mac), yb_i64(r->at_us), yb_i64(r->actor_kind),
	    yb_text(r->actor), yb_i64(r->org_id), yb_text(r->org_code), yb_text(r->function),
	    yb_text(r->operation), yb_i64(r->action), yb_text(r->subject_no),
	    yb_text(r->target_type), yb_text(r->target_id), yb_text(r->purpose), yb_i64(r->ok),
	    yb_text(r->error_id), yb_i64(r->row_count), yb_text(r->trace_id));

	return ybh_db_run(db, &event_insert, args.v, args.n, a, 0, NULL, NULL);
}

static int
rows_insert(struct ybh_db *db, struct yb_arena *a, const struct ybh_audit_row *rows, size_t n)
{
	int rc = n == 1 ? row_insert(db, a, rows)
			: ybh_db_each(db, &events_insert, NULL, ybh_audit_row_fields, sizeof *rows,
			      rows, n, a);

	if (rc != 0)
		ybh_log(YBH_ERR, "access log: %zu rows not taken: %s", n, ybh_db_error(db));
	return rc;
}

static int
chain_write(struct ybh_chain *c, struct ybh_db *db, struct yb_arena *a,
    const struct ybh_event *events, size_t n)
{
	struct ybh_audit_row *rows = ybh_arena_must(a, (n + 1) * sizeof *rows);
	struct head before;
	size_t count = 0;
	int rc = chain_grant(c);

	if (rc != 0)
		return rc;
	before = c->now;
	if (c->now.seq == 0)
		opening_make(c, a, events[0].at_us, &rows[count++]);
	for (size_t i = 0; i < n; i++) {
		struct ybh_record r = { .kind = YBH_RECORD_EVENT, .event = events[i] };

		row_make(c, a, &r, &rows[count++]);
	}
	rc = rows_insert(db, a, rows, count);
	if (rc != 0)
		c->now = before;
	ybh_wipe(&before, sizeof before);
	return rc;
}

/* As chain_write; a number already taken costs the chain, not the event. */
static int
chain_write_somewhere(struct ybh_chain *c, struct ybh_db *db, struct yb_arena *a,
    const struct ybh_event *events, size_t n)
{
	int rc = chain_write(c, db, a, events, n);

	if (rc != -EEXIST)
		return rc;
	ybh_log(YBH_ERR, "access log: chain %llu already has a record %llu that is not ours;"
			 " continuing in another chain, verify the log",
	    (unsigned long long)c->grant.chain_id, (unsigned long long)c->now.seq);
	chain_abandon(c);
	rc = chain_write(c, db, a, events, n);
	if (rc != -EEXIST)
		return rc;
	ybh_log(YBH_ERR, "access log: the new chain %llu is taken as well",
	    (unsigned long long)c->grant.chain_id);
	chain_abandon(c);
	return -EIO;
}

int
ybh_chain_append(struct ybh_chain *c, struct ybh_db *db, struct yb_arena *a,
    const struct ybh_event *events, size_t n)
{
	int rc;

	if (n == 0)
		return 0;
	if (ybh_db_in_transaction(db))
		return chain_write_somewhere(c, db, a, events, n);
	/* A transaction nobody told the outcome of: as if it had been lost. */
	ybh_chain_settle(c, YBH_UNKNOWN);
	/* One INSERT, also of many rows, is a transaction of its own: all of it or nothing. */
	rc = chain_write_somewhere(c, db, a, events, n);
	if (rc == 0)
		ybh_chain_settle(c, YBH_COMMITTED);
	else if (rc == -ECONNRESET || rc == -ETIMEDOUT)
		chain_abandon(c); /* an answer that was lost leaves open whether the rows are there */
	return rc;
}

static void
chain_close(struct ybh_chain *c, struct ybh_db *db)
{
	struct ybh_record r = {
		.kind = YBH_RECORD_CLOSE,
		.event = { .at_us = ybh_now_us(), .operation = YB_STR("CLOSE"), .ok = true,
		    .target_type = YB_STR("chain"), .target_id = { c->name, c->name_len } },
	};
	struct yb_arena *a = ybh_arena_new(16384, 65536);
	struct ybh_audit_row row;

	if (a == NULL)
		return;
	row_make(c, a, &r, &row);
	/* A chain without its end is a crash, which is honest: nothing is lost by a failure. */
	(void)rows_insert(db, a, &row, 1);
	ybh_arena_free(a);
}

void
ybh_chain_free(struct ybh_chain *c, struct ybh_db *db)
{
	if (c == NULL)
		return;
	if (db != NULL && c->granted && c->kept.seq > 0 && c->now.seq == c->kept.seq &&
	    !ybh_db_in_transaction(db))
		chain_close(c, db);
	ybh_wipe(c, sizeof *c);
	free(c);
}
