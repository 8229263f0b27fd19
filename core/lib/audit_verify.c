/*
 * audit_verify.c - is the access log what was written? The events and their chains; the
 * leaves and checkpoints are in audit_verify_tree.c (audit.h).
 *
 * Rows are read in the order of the primary key, a batch at a time, while the system goes on
 * writing: a batch is consistent in itself, and a chain only ever grows at its end. A chain
 * without CLOSE is a crash or a living one, and whole.
 *
 *	TAMPER_CONTENT  evidence and hash, or evidence and a readable column, say different things
 *	TAMPER_LINK     a record does not continue the one before
 *	TAMPER_MAC      a record whose writer did not have the chain's key
 *	MISSING_SEQ     a number left out
 *	EXTRA_CHAIN     a chain the keeper did not open
 *	TRUNCATED       something sealed is gone; or records after the CLOSE
 *	FORK            a record other than the one that was sealed
 *	CLOCK_BACK      a record earlier than the one before
 *	BAD_CHECKPOINT  a leaf, root, size or signature that does not fit
 */
#include "audit_parts.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "crypto.h"
#include "token_parts.h"

#define GAP_MAX 1000000 /* records over which the MAC key is still carried on */

static const yb_query event_select = {
	.name = "audit_verify_events",
	.sql = "SELECT CAST(e.chain_id AS SIGNED) AS chain_id, CAST(e.seq AS SIGNED) AS seq,"
	       " e.rec AS rec, e.hash AS hash, e.mac AS mac, e.at_us AS at_us,"
	       " e.actor_kind AS actor_kind, e.actor AS actor, COALESCE(e.org_id, -1) AS org_id,"
	       " e.org_code AS org_code, e.`function` AS `function`, e.operation AS operation,"
	       " e.action AS action, e.subject_no AS subject_no, e.target_type AS target_type,"
	       " e.target_id AS target_id, e.purpose AS purpose, e.ok AS ok,"
	       " e.error_id AS error_id, COALESCE(e.row_count, -1) AS row_count, e.trace_id AS trace_id"
	       " FROM audit_event e WHERE (e.chain_id = CAST(? AS UNSIGNED)"
	       " AND e.seq >= CAST(? AS UNSIGNED)) OR e.chain_id > CAST(? AS UNSIGNED)"
	       " ORDER BY e.chain_id, e.seq LIMIT 5000",
	.row = ybh_audit_row_fields,
	.row_size = sizeof(struct ybh_audit_row),
	.nparams = 3,
	.tenant = YB_GLOBAL,
};

struct opening { /* a row of audit_chain */
	int64_t chain_id, opened_us;
	yb_str host, kid;
	yb_bytes signature;
};
static const yb_field opening_fields[] = {
	{ "chain_id", YB_OF(struct opening, chain_id) },
	{ "host", YB_OF(struct opening, host) },
	{ "opened_us", YB_OF(struct opening, opened_us) },
	{ "signature", YB_OF(struct opening, signature) },
	{ "kid", YB_OF(struct opening, kid) },
	{ 0 },
};
#define OPENING_COLUMNS                                                                            \
	"SELECT CAST(c.chain_id AS SIGNED) AS chain_id, c.host AS host, c.opened_us AS opened_us," \
	" c.signature AS signature, c.kid AS kid FROM audit_chain c"
static const yb_query opening_of = {
	.name = "audit_verify_opening",
	.sql = OPENING_COLUMNS " WHERE c.chain_id = CAST(? AS UNSIGNED)",
	.row = opening_fields,
	.row_size = sizeof(struct opening),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};
static const yb_query openings = {
	.name = "audit_verify_openings",
	.sql = OPENING_COLUMNS " WHERE c.chain_id >= CAST(? AS UNSIGNED)"
			       " ORDER BY c.chain_id LIMIT 5000",
	.row = opening_fields,
	.row_size = sizeof(struct opening),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

/* What is known of the chain being read. */
struct chain {
	uint64_t id, next;
	bool begun;
	bool keyed;  /* key is the one of record `next` */
	bool linked; /* the two hashes below are those of record next - 1 */
	bool closed;
	unsigned char stored[32], computed[32], key[32];
	int64_t at_us;
	bool opened; /* has a row in audit_chain, which is `opening` */
	struct opening opening;
};

/* ---- findings, signatures ---- */

void
ybh_verify_finding(struct ybh_verify *v, const char *kind, const char *fmt, ...)
{
	va_list ap;

	v->report.findings++;
	if (v->report.findings == YBH_VERIFY_LINES + 1)
		(void)fprintf(v->out, "... further findings are counted, not shown\n");
	if (v->report.findings > YBH_VERIFY_LINES)
		return;
	(void)fprintf(v->out, "%s ", kind);
	va_start(ap, fmt);
	(void)vfprintf(v->out, fmt, ap);
	va_end(ap);
	(void)fputc('\n', v->out);
}

bool
ybh_verify_signature(struct ybh_verify *v, yb_str kid, const unsigned char *key_id, yb_bytes text,
    yb_bytes sig)
{
	unsigned char raw[64];

	if (sig.p == NULL || ybh_es256_raw(sig.p, sig.len, raw) != 0)
		return false;
	for (size_t i = 0; i < v->n_keys; i++) {
		const struct ybh_verify_key *k = &v->keys[i];

		if (kid.p != NULL ? !yb_str_eq(kid, k->kid) : memcmp(key_id, k->key_id, 4) != 0)
			continue;
		if (ybh_es256_verify(k->key, text.p, text.len, raw) == YBH_TOKEN_OK)
			return true;
	}
	return false;
}

static int
keys_load(struct ybh_verify *v)
{
	yb_list list = { NULL, 0 };
	int rc = v->keeper == NULL ? 0 : ybh_keeper_keys(v->keeper, v->keep, &list);

	if (rc != 0 || list.n == 0)
		return rc;
	v->keys = ybh_arena_must(v->keep, list.n * sizeof *v->keys);
	for (size_t i = 0; i < list.n; i++) {
		const struct ybh_key *k = &((const struct ybh_key *)list.items)[i];
		struct ybh_verify_key *to = &v->keys[v->n_keys];

		if (k->cls != YBH_KEY_CHECKPOINT || !ybh_note_key_id(k->kid, to->key_id))
			continue;
		to->key = ybh_p256_public(k->public_pem);
		to->kid = k->kid;
		if (to->key != NULL)
			v->n_keys++;
	}
	return 0;
}

/* ---- one record ---- */

static void
content_check(struct ybh_verify *v, const struct ybh_audit_row *row, const struct ybh_record *r)
{
	const char *column;
	size_t at = 0;

	while ((column = ybh_record_differs(r, row, &at)) != NULL)
		ybh_verify_finding(v, "TAMPER_CONTENT",
		    "chain=%llu seq=%llu column %s differs from the evidence",
		    (unsigned long long)row->chain_id, (unsigned long long)row->seq, column);
}

/*
 * rec, hash and mac: two of them that fit convict the third. True: rec is what was written,
 * as far as can be told.
 */
static bool
evidence_check(struct ybh_verify *v, const struct chain *c, const struct ybh_audit_row *row,
    const unsigned char computed[32])
{
	unsigned char mac[32];
	bool same = memcmp(computed, row->hash.p, 32) == 0;
	bool stored_fits = false, computed_fits = false;

	if (c->keyed) {
		ybh_hmac_sha256(c->key, 32, row->hash.p, 32, mac);
		stored_fits = ybh_same(mac, row->mac.p, 32);
	}
	if (c->keyed && !same) {
		ybh_hmac_sha256(c->key, 32, computed, 32, mac);
		computed_fits = ybh_same(mac, row->mac.p, 32);
	}
	if (!same) {
		ybh_verify_finding(v, "TAMPER_CONTENT",
		    "chain=%llu seq=%llu column %s differs from the %s",
		    (unsigned long long)row->chain_id, (unsigned long long)row->seq,
		    computed_fits ? "hash" : "rec", computed_fits ? "evidence" : "hash");
	}
	if (c->keyed && !stored_fits && !computed_fits)
		ybh_verify_finding(v, "TAMPER_MAC",
		    "chain=%llu seq=%llu was not written with the chain's key, or column mac was"
		    " changed",
		    (unsigned long long)row->chain_id, (unsigned long long)row->seq);
	return same || computed_fits;
}

static void
link_check(struct ybh_verify *v, const struct chain *c, const struct ybh_audit_row *row,
    const struct ybh_record *r)
{
	static const unsigned char none[32];
	bool good = true;

	/* Where the record before was convicted already, either of its hashes will do. */
	if (row->seq == 0)
		good = memcmp(r->prev, none, 32) == 0;
	else if (c->linked)
		good = memcmp(r->prev, c->stored, 32) == 0 ||
		    memcmp(r->prev, c->computed, 32) == 0;
	if (!good)
		ybh_verify_finding(v, "TAMPER_LINK",
		    "chain=%llu seq=%llu does not continue the record before it",
		    (unsigned long long)row->chain_id, (unsigned long long)row->seq);
}

static void
opening_check(struct ybh_verify *v, const struct chain *c, const struct ybh_audit_row *row,
    const struct ybh_record *r)
{
	const struct opening *o = &c->opening;
	const char *column = NULL;

	if ((r->kind == YBH_RECORD_OPEN) != (row->seq == 0)) {
		ybh_verify_finding(v, "EXTRA_CHAIN", "chain=%llu seq=%llu %s",
		    (unsigned long long)row->chain_id, (unsigned long long)row->seq,
		    row->seq == 0 ? "does not begin with its opening" : "is opened twice");
		return;
	}
	if (row->seq != 0 || !c->opened)
		return;
	if (!yb_str_eq(r->host, o->host))
		column = "host";
	else if (r->opened_us != o->opened_us)
		column = "opened_us";
	else if (r->signature.len != o->signature.len || r->signature.p == NULL ||
	    memcmp(r->signature.p, o->signature.p, o->signature.len) != 0)
		column = "signature";
	if (column != NULL)
		ybh_verify_finding(v, "EXTRA_CHAIN",
		    "chain=%llu seq=0 its opening and column %s of audit_chain differ",
		    (unsigned long long)row->chain_id, column);
}

static void
record_check(struct ybh_verify *v, struct chain *c, const struct ybh_audit_row *row)
{
	unsigned long long chain = (unsigned long long)row->chain_id;
	unsigned long long seq = (unsigned long long)row->seq;
	struct ybh_record r;

	if (ybh_record_decode(row->rec, &r) != 0) {
		ybh_verify_finding(v, "TAMPER_CONTENT",
		    "chain=%llu seq=%llu column rec is not a record", chain, seq);
		return;
	}
	content_check(v, row, &r);
	link_check(v, c, row, &r);
	opening_check(v, c, row, &r);
	if (c->closed)
		ybh_verify_finding(v, "TRUNCATED",
		    "chain=%llu seq=%llu comes after the CLOSE of its chain", chain, seq);
	if (c->at_us != 0 && r.event.at_us < c->at_us - YBH_RECORD_SLACK_US)
		ybh_verify_finding(v, "CLOCK_BACK",
		    "chain=%llu seq=%llu is %lld s earlier than the record before it", chain, seq,
		    (long long)((c->at_us - r.event.at_us) / 1000000));
	c->at_us = r.event.at_us;
	c->closed = c->closed || r.kind == YBH_RECORD_CLOSE;
}

/* ---- a chain ---- */

static int
chain_begin(struct ybh_verify *v, struct chain *c, int64_t id)
{
	yb_args args = YB_ARGS(yb_i64(id));
	yb_list rows;
	int rc = ybh_db_run(v->db, &opening_of, args.v, args.n, v->batch, 1, &rows, NULL);

	*c = (struct chain) { .id = (uint64_t)id, .begun = true };
	if (rc != 0)
		return rc;
	if (rows.n == 0) {
		ybh_verify_finding(v, "EXTRA_CHAIN", "chain=%llu was not opened by the keeper",
		    (unsigned long long)id);
		return 0;
	}
	c->opened = true;
	c->opening = *(const struct opening *)rows.items;
	if (v->keeper == NULL)
		return 0;
	c->keyed = true;
	return ybh_keeper_chain_key(v->keeper, c->id, c->key);
}

static void
gap_check(struct ybh_verify *v, struct chain *c, uint64_t seq)
{
	if (seq == c->next)
		return;
	if (seq - c->next == 1)
		ybh_verify_finding(v, "MISSING_SEQ", "chain=%llu seq=%llu is gone",
		    (unsigned long long)c->id, (unsigned long long)c->next);
	else
		ybh_verify_finding(v, "MISSING_SEQ", "chain=%llu seq=%llu up to %llu are gone",
		    (unsigned long long)c->id, (unsigned long long)c->next,
		    (unsigned long long)seq - 1);
	c->linked = false;
	if (c->keyed && seq - c->next > GAP_MAX) {
		c->keyed = false;
		ybh_verify_finding(v, "TAMPER_MAC",
		    "chain=%llu seq=%llu is too far from its chain to be of it",
		    (unsigned long long)c->id, (unsigned long long)seq);
	}
	for (uint64_t n = c->next; c->keyed && n < seq; n++)
		ybh_record_key_next(c->key);
}

static int
row_check(struct ybh_verify *v, struct chain *c, const struct ybh_audit_row *row)
{
	unsigned char computed[32];

	if (!c->begun || c->id != (uint64_t)row->chain_id) {
		int rc = chain_begin(v, c, row->chain_id);

		if (rc != 0)
			return rc;
	}
	v->report.events++;
	gap_check(v, c, (uint64_t)row->seq);
	if (row->rec.p == NULL || row->rec.len > YBH_RECORD_MAX || row->hash.len != 32 ||
	    row->mac.len != 32)
		return -EIO; /* not our table */
	ybh_record_hash(row->rec, computed);
	if (evidence_check(v, c, row, computed))
		record_check(v, c, row);
	memcpy(c->stored, row->hash.p, 32);
	memcpy(c->computed, computed, 32);
	c->linked = true;
	c->next = (uint64_t)row->seq + 1;
	if (c->keyed)
		ybh_record_key_next(c->key);
	return 0;
}

static int
events_batch(struct ybh_verify *v, struct chain *c, bool *more)
{
	/* One past the last record: the next number, or the next chain after the last number. */
	uint64_t id = c->id + (c->begun && c->next == 0 ? 1 : 0);
	yb_args args = YB_ARGS(yb_i64((int64_t)id), yb_i64((int64_t)c->next), yb_i64((int64_t)id));
	yb_list rows;
	int rc;

	rc = ybh_db_run(v->db, &event_select, args.v, args.n, v->batch, YBH_VERIFY_BATCH, &rows,
	    NULL);
	for (size_t i = 0; rc == 0 && i < rows.n; i++)
		rc = row_check(v, c, &((const struct ybh_audit_row *)rows.items)[i]);
	*more = rc == 0 && rows.n == YBH_VERIFY_BATCH && !(c->id == UINT64_MAX && c->next == 0);
	c->opened = false; /* its texts go with the batch; only seq 0 compares them */
	ybh_arena_reset(v->batch);
	return rc;
}

static int
events_verify(struct ybh_verify *v)
{
	struct chain c = { 0 };
	bool more = true;
	int rc = 0;

	while (rc == 0 && more)
		rc = events_batch(v, &c, &more);
	ybh_wipe(&c, sizeof c);
	return rc;
}

/* ---- the openings, after the events: so every chain seen there is looked at here ---- */

static void
signature_check(struct ybh_verify *v, const struct opening *o)
{
	unsigned char text[128];
	size_t n = ybh_chain_statement((uint64_t)o->chain_id, o->opened_us, o->host, text);

	if (!ybh_verify_signature(v, o->kid.p == NULL ? YB_STR("") : o->kid, NULL,
		(yb_bytes) { text, n }, o->signature))
		ybh_verify_finding(v, "EXTRA_CHAIN",
		    "chain=%llu its opening is not signed by the keeper",
		    (unsigned long long)o->chain_id);
}

static int
openings_verify(struct ybh_verify *v)
{
	uint64_t from = 0;
	yb_list rows;

	do {
		yb_args args = YB_ARGS(yb_i64((int64_t)from));
		int rc;

		ybh_arena_reset(v->batch);
		rc = ybh_db_run(v->db, &openings, args.v, args.n, v->batch, YBH_VERIFY_BATCH,
		    &rows, NULL);
		if (rc != 0)
			return rc;
		for (size_t i = 0; i < rows.n; i++) {
			const struct opening *o = &((const struct opening *)rows.items)[i];

			v->report.chains++;
			from = (uint64_t)o->chain_id + 1;
			if (v->keeper != NULL)
				signature_check(v, o);
		}
	} while (rows.n == YBH_VERIFY_BATCH && from != 0);
	return 0;
}

int
ybh_audit_verify(struct ybh_db *db, struct ybh_keeper *keeper, const char *checkpoint_path,
    void *out, struct ybh_verify_report *ret)
{
	struct ybh_verify v = {
		.db = db,
		.keeper = keeper,
		.out = out,
		.batch = ybh_arena_new(1u << 20, 256u << 20),
		.keep = ybh_arena_new(1u << 16, 1u << 24),
	};
	int rc = v.batch == NULL || v.keep == NULL ? -ENOMEM : keys_load(&v);

	if (rc == 0)
		rc = events_verify(&v);
	if (rc == 0)
		rc = openings_verify(&v);
	if (rc == 0)
		rc = ybh_verify_tree(&v, checkpoint_path);
	for (size_t i = 0; i < v.n_keys; i++)
		EVP_PKEY_free(v.keys[i].key);
	ybh_arena_free(v.batch);
	ybh_arena_free(v.keep);
	*ret = v.report;
	return rc;
}
