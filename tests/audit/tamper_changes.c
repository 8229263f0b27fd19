/*
 * tamper_changes.c - ways to tamper with a log, and what the verifier has to call them.
 */
#include "tamper.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "crypto.h"

struct fixture fx;
uint64_t tamper_seed;

char tamper_expected[TAMPER_LINES][200];
size_t tamper_n;
char tamper_done[300];

uint64_t
tamper_dice(uint64_t n)
{
	/* splitmix64: the same seed, the same changes */
	uint64_t z = (tamper_seed += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (z ^ z >> 31) % n;
}

static void expect(const char *fmt, ...) YB_PRINTF(1, 2);
static void
expect(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(tamper_expected[tamper_n++], sizeof tamper_expected[0], fmt, ap);
	va_end(ap);
}

static void change(const char *fmt, ...) YB_PRINTF(1, 2);
static void
change(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(tamper_done, sizeof tamper_done, fmt, ap);
	va_end(ap);
	fixture_sql(&fx, "%s", tamper_done);
}

#define N(...) fixture_number(&fx, __VA_ARGS__)
#define LL     long long

/* ---- choosing ---- */

static int64_t
any_chain(void)
{
	return 1 + (int64_t)tamper_dice(TAMPER_CHAINS);
}

static int64_t
head_of(int64_t chain)
{
	return N("SELECT CAST(MAX(seq) AS SIGNED) AS n FROM audit_event WHERE chain_id = %lld",
	    (LL)chain);
}

/* Not the opening. */
static int64_t
any_seq(int64_t chain)
{
	return 1 + (int64_t)tamper_dice((uint64_t)head_of(chain));
}

static int64_t
sealed_head(int64_t chain)
{
	return N("SELECT CAST(MAX(seq) AS SIGNED) AS n FROM audit_leaf WHERE chain_id = %lld",
	    (LL)chain);
}

/* ---- records written by somebody who knows the format ---- */

struct evidence {
	yb_bytes rec, hash, mac;
};
static const yb_field evidence_fields[] = {
	{ "rec", YB_OF(struct evidence, rec) },
	{ "hash", YB_OF(struct evidence, hash) },
	{ "mac", YB_OF(struct evidence, mac) },
	{ 0 },
};
static const yb_query evidence_of = {
	.name = "tamper_evidence",
	.sql = "SELECT rec, hash, mac FROM audit_event WHERE chain_id = ? AND seq = ?",
	.row = evidence_fields,
	.row_size = sizeof(struct evidence),
	.nparams = 2,
	.tenant = YB_GLOBAL,
};

static struct ybh_record
record_of(int64_t chain, int64_t seq)
{
	yb_args args = YB_ARGS(yb_i64(chain), yb_i64(seq));
	struct ybh_record r;
	yb_list rows;

	if (ybh_db_run(fx.db, &evidence_of, args.v, args.n, fx.a, 1, &rows, NULL) != 0 ||
	    rows.n != 1 || ybh_record_decode(((const struct evidence *)rows.items)->rec, &r) != 0)
		abort();
	return r;
}

static const yb_query record_write = {
	.name = "tamper_write",
	.sql = "REPLACE INTO audit_event (chain_id, seq, rec, hash, mac, at_us, actor_kind, actor,"
	       " org_id, org_code, `function`, operation, action, subject_no, target_type,"
	       " target_id, purpose, ok, error_id, row_count, trace_id)"
	       " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	.nparams = 21,
	.tenant = YB_GLOBAL,
};

/* Puts a record in its place, hash and columns as they should be; its hash in `hash`. */
static void
record_put(struct ybh_record *r, const unsigned char key[32], unsigned char hash[32])
{
	unsigned char text[YBH_RECORD_MAX], mac[32];
	struct ybh_audit_row row = { 0 };

	ybh_record_bound(r, fx.a);
	row.rec = (yb_bytes) { text, ybh_record_encode(r, text) };
	ybh_record_hash(row.rec, hash);
	ybh_hmac_sha256(key, 32, hash, 32, mac);
	ybh_record_columns(r, &row);
	row.hash = (yb_bytes) { hash, 32 };
	row.mac = (yb_bytes) { mac, 32 };
	if (ybh_db_each(
		fx.db, &record_write, NULL, ybh_audit_row_fields, sizeof row, &row, 1, fx.a) != 0)
		abort();
}

/* ---- changes ---- */

static void
column_changed(void)
{
	static const char *const numbers[] = { "at_us", "actor_kind", "org_id", "action",
		"row_count" };
	static const char *const texts[] = { "actor", "org_code", "function", "operation",
		"subject_no", "target_type", "target_id", "purpose", "error_id", "trace_id" };
	int64_t chain = any_chain(), seq = any_seq(chain);
	const char *column;

	if (tamper_dice(4) == 0) {
		column = "ok";
		change("UPDATE audit_event SET ok = 1 - ok WHERE chain_id = %lld AND seq = %lld",
		    (LL)chain, (LL)seq);
	} else if (tamper_dice(3) == 0) {
		column = numbers[tamper_dice(5)];
		change("UPDATE audit_event SET %s = %s + 1 WHERE chain_id = %lld AND seq = %lld",
		    column, column, (LL)chain, (LL)seq);
	} else {
		column = texts[tamper_dice(10)];
		change("UPDATE audit_event SET `%s` = %s WHERE chain_id = %lld AND seq = %lld",
		    column, tamper_dice(2) == 0 ? "'ZZ'" : "IF(target_type = 'chain', 'Q', NULL)",
		    (LL)chain, (LL)seq);
		/* NULL where NULL was is no change. */
		if (N("SELECT COUNT(*) AS n FROM audit_event e JOIN whole_event w"
		      " USING (chain_id, seq) WHERE NOT e.`%s` <=> w.`%s`",
			column, column) == 0)
			change("UPDATE audit_event SET `%s` = 'ZZ' WHERE chain_id = %lld AND"
			       " seq = %lld",
			    column, (LL)chain, (LL)seq);
	}
	expect("TAMPER_CONTENT chain=%lld seq=%lld column %s ", (LL)chain, (LL)seq, column);
}

/* One bit of rec, hash or mac. */
static void
bit_changed(void)
{
	static const char *const names[] = { "rec", "hash", "mac" };
	const char *column = names[tamper_dice(3)];
	int64_t chain = any_chain(), seq = (int64_t)tamper_dice((uint64_t)head_of(chain) + 1);
	int64_t len = N("SELECT LENGTH(%s) AS n FROM audit_event WHERE chain_id = %lld AND"
			" seq = %lld",
	    column, (LL)chain, (LL)seq);
	int64_t at = 1 + (int64_t)tamper_dice((uint64_t)len);

	change("UPDATE audit_event SET %s = INSERT(%s, %lld, 1,"
	       " CHAR(ASCII(SUBSTRING(%s, %lld, 1)) ^ %d)) WHERE chain_id = %lld AND seq = %lld",
	    column, column, (LL)at, column, (LL)at, 1 << tamper_dice(8), (LL)chain, (LL)seq);
	if (strcmp(column, "mac") == 0)
		expect("TAMPER_MAC chain=%lld seq=%lld ", (LL)chain, (LL)seq);
	else
		expect("TAMPER_CONTENT chain=%lld seq=%lld column %s ", (LL)chain, (LL)seq, column);
}

/* A record rewritten with hash and columns in order, by someone without the key. */
static void
record_rewritten(void)
{
	int64_t chain = any_chain(), seq = any_seq(chain), head = head_of(chain);
	struct ybh_record r = record_of(chain, seq);
	unsigned char key[32], hash[32];

	ybh_random(key, sizeof key);
	r.event.actor = YB_STR("nobody");
	record_put(&r, key, hash);
	(void)snprintf(
	    tamper_done, sizeof tamper_done, "record %lld/%lld rewritten", (LL)chain, (LL)seq);
	expect("TAMPER_MAC chain=%lld seq=%lld ", (LL)chain, (LL)seq);
	if (seq < head)
		expect("TAMPER_LINK chain=%lld seq=%lld ", (LL)chain, (LL)seq + 1);
}

/* The same, and all after it, so that the links fit again; with the key or without. */
static void
tail_rewritten(void)
{
	int64_t chain = any_chain(), seq = any_seq(chain), head = head_of(chain);
	bool insider = tamper_dice(2) == 0;
	int64_t leaf = N("SELECT COALESCE(CAST(MIN(seq) AS SIGNED), -1) AS n FROM audit_leaf"
			 " WHERE chain_id = %lld AND seq >= %lld",
	    (LL)chain, (LL)seq);
	unsigned char key[32], hash[32] = { 0 };

	for (int64_t s = seq; s <= head; s++) {
		struct ybh_record r = record_of(chain, s);

		if (insider)
			fixture_mac_key((uint64_t)chain, (uint64_t)s, key);
		else
			ybh_random(key, sizeof key);
		if (s == seq)
			r.event.subject_no = YB_STR("S9");
		else
			memcpy(r.prev, hash, 32);
		record_put(&r, key, hash);
	}
	(void)snprintf(tamper_done, sizeof tamper_done, "tail %lld/%lld rewritten%s", (LL)chain,
	    (LL)seq, insider ? " with the key" : "");
	if (!insider)
		expect("TAMPER_MAC chain=%lld seq=%lld ", (LL)chain, (LL)seq);
	/* What an insider rewrites before it is sealed is what was written. */
	if (leaf >= 0)
		expect("FORK chain=%lld seq=%lld ", (LL)chain, (LL)leaf);
	else if (insider)
		expect("%s", "");
}

static void
record_deleted(void)
{
	int64_t chain = any_chain(), seq = (int64_t)tamper_dice((uint64_t)head_of(chain));

	change("DELETE FROM audit_event WHERE chain_id = %lld AND seq = %lld", (LL)chain, (LL)seq);
	expect("MISSING_SEQ chain=%lld seq=%lld is gone", (LL)chain, (LL)seq);
}

static void
records_deleted(void)
{
	int64_t chain = any_chain(), first = (int64_t)tamper_dice((uint64_t)head_of(chain) - 2);

	change("DELETE FROM audit_event WHERE chain_id = %lld AND seq IN (%lld, %lld)", (LL)chain,
	    (LL)first, (LL)first + 1);
	expect("MISSING_SEQ chain=%lld seq=%lld up to %lld are gone", (LL)chain, (LL)first,
	    (LL)first + 1);
}

static void
tail_deleted(void)
{
	int64_t chain = any_chain(), sealed = sealed_head(chain);
	int64_t seq = (int64_t)tamper_dice((uint64_t)sealed + 1);

	change("DELETE FROM audit_event WHERE chain_id = %lld AND seq >= %lld", (LL)chain, (LL)seq);
	expect("TRUNCATED chain=%lld seq=%lld ", (LL)chain, (LL)sealed);
}

static void
chain_deleted(void)
{
	int64_t chain = any_chain();

	change("DELETE FROM audit_event WHERE chain_id = %lld; DELETE FROM audit_chain"
	       " WHERE chain_id = %lld",
	    (LL)chain, (LL)chain);
	expect("TRUNCATED chain=%lld seq=%lld ", (LL)chain, (LL)sealed_head(chain));
}

/* A further record at the end, linked well. */
static void
record_appended(void)
{
	int64_t chain = any_chain(), head = head_of(chain);
	struct ybh_record last = record_of(chain, head), r = last;
	unsigned char key[32], hash[32], text[YBH_RECORD_MAX];

	ybh_record_hash((yb_bytes) { text, ybh_record_encode(&last, text) }, r.prev);
	r.seq++;
	r.kind = YBH_RECORD_EVENT;
	ybh_random(key, sizeof key);
	record_put(&r, key, hash);
	(void)snprintf(
	    tamper_done, sizeof tamper_done, "record %lld/%lld appended", (LL)chain, (LL)head + 1);
	expect("TAMPER_MAC chain=%lld seq=%lld ", (LL)chain, (LL)head + 1);
	if (last.kind == YBH_RECORD_CLOSE)
		expect("TRUNCATED chain=%lld seq=%lld comes after", (LL)chain, (LL)head + 1);
}

static void
record_planted_far_away(void)
{
	static const char *const far[] = { "18446744073709551615", "9223372036854775807", "4000000",
		"9000" };
	int64_t chain = any_chain(), head = head_of(chain);
	size_t i = tamper_dice(4);

	change(
	    "INSERT INTO audit_event SELECT chain_id, %s, rec, hash, mac, at_us, actor_kind, actor,"
	    " org_id, org_code, `function`, operation, action, subject_no, target_type, target_id,"
	    " purpose, ok, error_id, row_count, trace_id FROM whole_event WHERE chain_id = %lld"
	    " AND seq = 1",
	    far[i], (LL)chain);
	expect("MISSING_SEQ chain=%lld seq=%lld up to ", (LL)chain, (LL)head + 1);
	expect("TAMPER_MAC chain=%lld seq=%s ", (LL)chain, far[i]);
}

static void
records_swapped(void)
{
	int64_t chain = any_chain(), seq = 1 + (int64_t)tamper_dice((uint64_t)head_of(chain) - 1);

	change("UPDATE audit_event SET seq = 99999 WHERE chain_id = %lld AND seq = %lld;"
	       "UPDATE audit_event SET seq = %lld WHERE chain_id = %lld AND seq = %lld;",
	    (LL)chain, (LL)seq, (LL)seq, (LL)chain, (LL)seq + 1);
	change("UPDATE audit_event SET seq = %lld WHERE chain_id = %lld AND seq = 99999",
	    (LL)seq + 1, (LL)chain);
	expect("TAMPER_CONTENT chain=%lld seq=%lld column seq ", (LL)chain, (LL)seq);
	expect("TAMPER_CONTENT chain=%lld seq=%lld column seq ", (LL)chain, (LL)seq + 1);
}

/* The end of a chain moved to the end of another. */
static void
record_moved(void)
{
	int64_t from = any_chain(), to = 1 + from % TAMPER_CHAINS, head = head_of(to) + 1;

	change(
	    "UPDATE audit_event SET chain_id = %lld, seq = %lld WHERE chain_id = %lld AND seq = 2",
	    (LL)to, (LL)head, (LL)from);
	expect("TAMPER_CONTENT chain=%lld seq=%lld column chain_id ", (LL)to, (LL)head);
	expect("MISSING_SEQ chain=%lld seq=2 is gone", (LL)from);
}

/* Somebody's own chain, in best order, with or without a row in audit_chain. */
static void
chain_forged(void)
{
	uint64_t id = tamper_dice(3) == 0 ? 0 : 7 + tamper_dice(1000000);
	bool known = tamper_dice(2) == 0;
	unsigned char key[32], prev[32] = { 0 };

	fixture_mac_key(id, 0, key);
	for (uint64_t seq = 0; seq < 4; seq++) {
		struct ybh_record r = record_of(1, (int64_t)seq);

		r.chain_id = id;
		memcpy(r.prev, prev, 32);
		record_put(&r, key, prev);
		ybh_record_key_next(key);
	}
	if (known)
		fixture_sql(&fx,
		    "INSERT INTO audit_chain SELECT %llu, host, opened_us, signature,"
		    " kid FROM whole_chain WHERE chain_id = 1",
		    (unsigned long long)id);
	(void)snprintf(
	    tamper_done, sizeof tamper_done, "chain %llu forged", (unsigned long long)id);
	expect("EXTRA_CHAIN chain=%llu %s", (unsigned long long)id,
	    known ? "its opening is not signed" : "was not opened");
}

static void
opening_changed(void)
{
	static const char *const sets[] = { "host = 'other'", "opened_us = opened_us + 1",
		("signature = INSERT(signature, 20, 1,"
		 " CHAR(ASCII(SUBSTRING(signature, 20, 1)) ^ 1))"),
		"signature = ''", "kid = REVERSE(kid)" };
	int64_t chain = any_chain();

	if (tamper_dice(4) == 0)
		change("DELETE FROM audit_chain WHERE chain_id = %lld", (LL)chain);
	else
		change("UPDATE audit_chain SET %s WHERE chain_id = %lld", sets[tamper_dice(5)],
		    (LL)chain);
	expect("EXTRA_CHAIN chain=%lld ", (LL)chain);
}

static void
clock_set_back(void)
{
	int64_t chain = any_chain(), seq = head_of(chain);
	struct ybh_record r = record_of(chain, seq);
	unsigned char key[32], hash[32];

	fixture_mac_key((uint64_t)chain, (uint64_t)seq, key);
	r.event.at_us -= 3600 * INT64_C(1000000);
	record_put(&r, key, hash);
	(void)snprintf(
	    tamper_done, sizeof tamper_done, "clock set back at %lld/%lld", (LL)chain, (LL)seq);
	expect("CLOCK_BACK chain=%lld seq=%lld ", (LL)chain, (LL)seq);
}

static void
leaf_changed(void)
{
	int64_t n = (int64_t)tamper_dice((uint64_t)N("SELECT COUNT(*) AS n FROM audit_leaf"));
	int64_t chain =
	    N("SELECT CAST(chain_id AS SIGNED) AS n FROM audit_leaf WHERE n = %lld", (LL)n);
	int64_t seq = N("SELECT CAST(seq AS SIGNED) AS n FROM audit_leaf WHERE n = %lld", (LL)n);

	switch (tamper_dice(4)) {
	case 0:
		change("UPDATE audit_leaf SET hash = INSERT(hash, 9, 1,"
		       " CHAR(ASCII(SUBSTRING(hash, 9, 1)) ^ 4)) WHERE n = %lld",
		    (LL)n);
		expect("FORK chain=%lld seq=%lld ", (LL)chain, (LL)seq);
		break;
	case 1:
		change("UPDATE audit_leaf SET seq = seq + 100000 WHERE n = %lld", (LL)n);
		expect("TRUNCATED chain=%lld seq=%lld ", (LL)chain, (LL)seq + 100000);
		break;
	case 2:
		change("UPDATE audit_leaf SET chain_id = 99 WHERE n = %lld", (LL)n);
		expect("TRUNCATED chain=99 seq=%lld ", (LL)seq);
		break;
	default: /* another record of the same chain, hash and all */
		change("UPDATE audit_leaf l JOIN audit_event e ON e.chain_id = l.chain_id AND"
		       " e.seq = l.seq - 1 SET l.seq = e.seq, l.hash = e.hash WHERE l.n = %lld",
		    (LL)n);
		break;
	}
	expect("BAD_CHECKPOINT size=%lld root ",
	    (LL)N("SELECT CAST(MIN(size) AS SIGNED) AS n FROM audit_checkpoint WHERE size > %lld",
		(LL)n));
}

static void
leaf_deleted(void)
{
	int64_t leaves = N("SELECT COUNT(*) AS n FROM audit_leaf");
	int64_t n = (int64_t)tamper_dice((uint64_t)leaves);

	if (tamper_dice(2) == 0 && n < leaves - 1) {
		change("DELETE FROM audit_leaf WHERE n = %lld", (LL)n);
		expect("BAD_CHECKPOINT leaf=%lld is gone", (LL)n);
	} else {
		change("DELETE FROM audit_leaf WHERE n >= %lld", (LL)n);
		expect("TRUNCATED checkpoint=%lld size=%lld ",
		    (LL)N("SELECT CAST(MAX(n) AS SIGNED) AS n FROM audit_checkpoint"), (LL)leaves);
		expect("TRUNCATED size=%lld is in the keeper's file", (LL)leaves);
	}
}

static void
checkpoint_changed(void)
{
	static const char *const sets[] = { "size = size + 1", "size = 0", "root = REPEAT('x', 32)",
		"note = INSERT(note, 25, 1, IF(SUBSTRING(note, 25, 1) = '7', '8', '7'))",
		"note = ''",
		("note = INSERT(note, LENGTH(note) - 20, 1,"
		 " IF(SUBSTRING(note, -21, 1) = 'A', 'B', 'A'))") };
	int64_t n =
	    1 + (int64_t)tamper_dice((uint64_t)N("SELECT COUNT(*) AS n FROM audit_checkpoint"));

	change("UPDATE audit_checkpoint SET %s WHERE n = %lld", sets[tamper_dice(6)], (LL)n);
	expect("BAD_CHECKPOINT checkpoint=%lld ", (LL)n);
}

static void
checkpoint_deleted(void)
{
	int64_t n =
	    1 + (int64_t)tamper_dice((uint64_t)N("SELECT COUNT(*) AS n FROM audit_checkpoint"));
	int64_t size =
	    N("SELECT CAST(size AS SIGNED) AS n FROM audit_checkpoint WHERE n = %lld", (LL)n);

	change("DELETE FROM audit_checkpoint WHERE n = %lld", (LL)n);
	expect("TRUNCATED checkpoint size=%lld is in the keeper's file", (LL)size);
}

/* The whole database as it was some checkpoints ago. */
static void
log_set_back(void)
{
	int64_t n =
	    1 + (int64_t)tamper_dice((uint64_t)N("SELECT COUNT(*) AS n FROM audit_checkpoint") - 1);
	int64_t size =
	    N("SELECT CAST(size AS SIGNED) AS n FROM audit_checkpoint WHERE n = %lld", (LL)n);

	change(
	    "DELETE FROM audit_checkpoint WHERE n > %lld; DELETE FROM audit_leaf WHERE n >= %lld;"
	    "DELETE e FROM audit_event e WHERE e.seq > (SELECT COALESCE(MAX(l.seq), 0) FROM"
	    " audit_leaf l WHERE l.chain_id = e.chain_id)",
	    (LL)n, (LL)size);
	expect("TRUNCATED size=%lld is in the keeper's file",
	    (LL)N("SELECT CAST(MIN(size) AS SIGNED) AS n FROM whole_checkpoint WHERE size > %lld",
		(LL)size));
}

static void
file_changed(void)
{
	char data[65536];
	FILE *f = fopen(fx.checkpoints, "r+b");
	size_t n = fread(data, 1, sizeof data, f), at;

	/* Not the newlines: a note that ends early may be one torn by a crash. */
	do
		at = tamper_dice(n - 300);
	while (data[at] == '\n');
	(void)fseek(f, (long)at, SEEK_SET);
	(void)fputc(data[at] == 'z' ? 'y' : 'z', f);
	(void)fclose(f);
	(void)snprintf(
	    tamper_done, sizeof tamper_done, "byte %zu of the checkpoint file changed", at);
	expect("%s", "of the keeper's file: ");
}

static void
file_gone(void)
{
	(void)unlink(fx.checkpoints);
	(void)snprintf(tamper_done, sizeof tamper_done, "checkpoint file deleted");
	expect("%s", "BAD_CHECKPOINT the keeper's file is gone");
}

const struct tamper_change tamper_changes[] = {
	{ "a readable column changed", column_changed, 12 },
	{ "a bit of the evidence changed", bit_changed, 12 },
	{ "a record rewritten", record_rewritten, 6 },
	{ "the rest of a chain rewritten", tail_rewritten, 6 },
	{ "a record deleted", record_deleted, 6 },
	{ "records deleted", records_deleted, 3 },
	{ "the end of a chain deleted", tail_deleted, 5 },
	{ "a chain deleted", chain_deleted, 3 },
	{ "a record appended", record_appended, 4 },
	{ "a record planted far away", record_planted_far_away, 3 },
	{ "two records swapped", records_swapped, 4 },
	{ "a record moved to another chain", record_moved, 3 },
	{ "a chain forged", chain_forged, 4 },
	{ "an opening changed", opening_changed, 5 },
	{ "the clock set back", clock_set_back, 2 },
	{ "a leaf changed", leaf_changed, 6 },
	{ "leaves deleted", leaf_deleted, 4 },
	{ "a checkpoint changed", checkpoint_changed, 5 },
	{ "a checkpoint deleted", checkpoint_deleted, 3 },
	{ "the log set back", log_set_back, 3 },
	{ "the checkpoint file changed", file_changed, 3 },
	{ "the checkpoint file deleted", file_gone, 1 },
	{ 0 },
};
