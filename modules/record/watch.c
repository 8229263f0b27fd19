/*
 * watch.c - what the access log says about inquiries and the link: alerts (L-06), numbers that
 * were sent, and numbers that wait too long (H-3-1).
 *
 * The log is read by plain reads, without locks: nobody waits for a watcher. Rows come in the
 * order of each chain, so a cursor per chain misses none.
 */
#include "alert.h"
#include "outbox.h"
#include "watch.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define CHAINS 5000
#define ORGS   2000
#define FOUND  5000

#define MINUTE_US ((int64_t)60 * 1000000)
#define DAY_US	  ((int64_t)86400 * 1000000)

#define SENT_DAYS 7 /* how long link-alerts may stand still without missing what was sent */

/* How far a chain was read, and how far it reaches now. */
struct head {
	int64_t chain_id, seq, since;
};

static const yb_field head_row[] = {
	{ "chain_id", YB_OF(struct head, chain_id) },
	{ "seq", YB_OF(struct head, seq) },
	{ "since", YB_OF(struct head, since) },
	{ 0 },
};

const yb_query record_watch_heads = {
	.name = "record_watch_heads",
	.sql = "SELECT h.chain_id, h.seq, CAST(COALESCE(c.seq, 0) AS SIGNED) AS since"
	       "  FROM record_access_head h"
	       " LEFT JOIN record_access_cursor c ON c.chain_id = h.chain_id"
	       " WHERE h.seq > COALESCE(c.seq, 0) ORDER BY h.chain_id LIMIT 5000",
	.row = head_row,
	.row_size = sizeof(struct head),
	.nparams = 0,
	.tenant = YB_CROSS,
};

static const yb_field cursor_params[] = {
	{ "chain_id", YB_OF(struct head, chain_id) },
	{ "seq", YB_OF(struct head, seq) },
	{ 0 },
};

const yb_query record_watch_cursor = {
	.name = "record_watch_cursor",
	.sql = "INSERT INTO record_access_cursor (chain_id, seq) VALUES (?, ?)"
	       " ON DUPLICATE KEY UPDATE seq = VALUES(seq)",
	.nparams = 2,
	.tenant = YB_CROSS,
};

/* LIST 4, VIEW 5, PRINT 11, EXPORT 12 of enum yb_action; ALERT 20, of an opening (P-12). */
#define LOOKED	   "a.ok = 1 AND a.action IN (4, 5, 11, 12) AND a.subject_no IS NOT NULL"
#define RESTRICTED "a.action = 20 AND a.subject_no IS NOT NULL"
#define OTHER	   "a.ok = 1 AND a.purpose = '99'"
#define FAILED	   "a.ok = 0 AND a.error_id IN ('E-AUTH-004', 'E-AUTH-005', 'E-REC-006')"

/* What people of an organisation did. */
struct org_row {
	int64_t org_id;
	bool looked, restricted, other, failed;
};

static const yb_field org_row[] = {
	{ "org_id", YB_OF(struct org_row, org_id) },
	{ "looked", YB_OF(struct org_row, looked) },
	{ "restricted", YB_OF(struct org_row, restricted) },
	{ "other", YB_OF(struct org_row, other) },
	{ "failed", YB_OF(struct org_row, failed) },
	{ 0 },
};

#define ANY(of, name) " MAX(COALESCE(" of ", 0)) AS " name

/* Whose people did what since the last look, of one chain: a range of its key. */
const yb_query record_watch_orgs = {
	.name = "record_watch_orgs",
	.sql = "SELECT a.org_id," ANY(LOOKED, "looked") "," ANY(RESTRICTED, "restricted") ","
	       ANY(OTHER, "other") "," ANY(FAILED, "failed")
	       "  FROM record_access_view a WHERE a.chain_id = ? AND a.seq > ? AND a.seq <= ?"
	       "   AND a.actor_kind = 1 AND a.org_id IS NOT NULL GROUP BY a.org_id LIMIT 5000",
	.row = org_row,
	.row_size = sizeof(struct org_row),
	.nparams = 3,
	.tenant = YB_CROSS,
};

struct seen_row {
	int64_t org_id;
	yb_str actor, subject_no;
	int64_t n;
	yb_time since, until;
};

static const yb_field seen_row[] = {
	{ "org_id", YB_OF(struct seen_row, org_id) },
	{ "actor", YB_OF(struct seen_row, actor) },
	{ "subject_no", YB_OF(struct seen_row, subject_no) },
	{ "n", YB_OF(struct seen_row, n) },
	{ "since", YB_OF(struct seen_row, since) },
	{ "until", YB_OF(struct seen_row, until) },
	{ 0 },
};

/*
 * The organisations stand in the statement: joined from a list, each would be read from its
 * first day in the log and not from the first of the window.
 */
#define AT_ONCE 20
#define ACTS                                                                                 \
	"  FROM record_access_view a WHERE a.org_id IN"                                      \
	"   (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"                    \
	"   AND a.at_us > ? AND a.at_us <= ? AND a.actor_kind = 1 AND "

#define WHO  "SELECT a.org_id, a.actor, CAST(NULL AS CHAR(20)) AS subject_no,"
#define SPAN "MIN(a.at_us) AS since, MAX(a.at_us) AS until"

#define WATCH(id, text)                                                                      \
	const yb_query id = {                                                                \
		.name = #id,                                                                 \
		.sql = "" text,                                                              \
		.row = seen_row,                                                             \
		.row_size = sizeof(struct seen_row),                                         \
		.nparams = AT_ONCE + 3,                                                      \
		.tenant = YB_CROSS,                                                          \
	}

WATCH(record_watch_many,
    WHO " COUNT(DISTINCT a.subject_no) AS n," SPAN ACTS
    LOOKED " GROUP BY a.org_id, a.actor HAVING n > ? LIMIT 5000");
WATCH(record_watch_night,
    WHO " COUNT(*) AS n," SPAN ACTS LOOKED
    " GROUP BY a.org_id, a.actor HAVING n >= ? LIMIT 5000");
WATCH(record_watch_restricted,
    "SELECT a.org_id, a.actor, a.subject_no, COUNT(*) AS n," SPAN ACTS RESTRICTED
    " GROUP BY a.org_id, a.actor, a.subject_no HAVING n >= ? LIMIT 5000");
WATCH(record_watch_other,
    WHO " COUNT(DISTINCT a.at_us) AS n," SPAN ACTS
    OTHER " GROUP BY a.org_id, a.actor HAVING n >= ? LIMIT 5000");
WATCH(record_watch_failures,
    WHO " COUNT(*) AS n," SPAN ACTS FAILED
    " GROUP BY a.org_id, a.actor HAVING n >= ? LIMIT 5000");

/* ---- timer record.watch ---- */

/* What is looked for, and among whom: those who did such a thing since the last look. */
struct watch {
	const yb_query *q;
	yb_str kind;
	int64_t since_us, until_us, least;
	size_t did; /* offsetof(struct org_row, ...) */
};

static int
org_order(const void *a, const void *b)
{
	int64_t x = ((const struct org_row *)a)->org_id, y = ((const struct org_row *)b)->org_id;

	return (x > y) - (x < y);
}

/* Each organisation once, whatever chains it stands in; answers how many are left. */
static size_t
orgs_unite(struct org_row *all, size_t n)
{
	size_t kept = 0;

	if (n > 0)
		qsort(all, n, sizeof *all, org_order);
	for (size_t i = 0; i < n; i++) {
		struct org_row *last = kept > 0 ? &all[kept - 1] : NULL;

		if (last == NULL || last->org_id != all[i].org_id) {
			all[kept++] = all[i];
			continue;
		}
		last->looked |= all[i].looked;
		last->restricted |= all[i].restricted;
		last->other |= all[i].other;
		last->failed |= all[i].failed;
	}
	return kept;
}

static int
orgs_read(yb_req *r, const yb_list *heads, yb_list *ret)
{
	const struct head *h = heads->items;
	struct org_row *all = yb_alloc(r, FOUND * sizeof *all);
	size_t n = 0, room = FOUND;
	yb_list some;

	for (size_t i = 0; i < heads->n; i++) {
		if (yb_db_list(r, &record_watch_orgs,
			YB_ARGS(yb_i64(h[i].chain_id), yb_i64(h[i].since), yb_i64(h[i].seq)), FOUND,
			&some) < 0)
			return -1;
		if (n + some.n > room)
			n = orgs_unite(all, n);
		if (n + some.n > room) {
			struct org_row *more = yb_alloc(r, (room *= 2) * sizeof *more);

			memcpy(more, all, n * sizeof *more);
			all = more;
		}
		if (some.n > 0)
			memcpy(all + n, some.items, some.n * sizeof *all);
		n += some.n;
	}
	*ret = (yb_list) { all, orgs_unite(all, n) };
	return 0;
}

/* org: at most AT_ONCE of them. */
static int
watch_some(yb_req *r, const struct watch *w, const int64_t *org, size_t n)
{
	yb_value v[AT_ONCE + 3];
	const struct seen_row *row;
	struct alert_new *at;
	yb_list found;

	for (size_t i = 0; i < AT_ONCE; i++)
		v[i] = yb_i64(org[i < n ? i : 0]);
	v[AT_ONCE] = yb_i64(w->since_us);
	v[AT_ONCE + 1] = yb_i64(w->until_us);
	v[AT_ONCE + 2] = yb_i64(w->least);
	if (yb_db_list(r, w->q, (yb_args) { v, AT_ONCE + 3 }, FOUND, &found) < 0)
		return -1;
	row = found.items;
	at = yb_alloc(r, (found.n + 1) * sizeof *at);
	for (size_t i = 0; i < found.n; i++)
		at[i] = (struct alert_new) { row[i].org_id, w->kind, row[i].actor,
			row[i].subject_no, row[i].n, row[i].since, row[i].until, yb_now(r),
			{ w->since_us } };
	yb_run_count(r, "found", (int64_t)found.n);
	return record_alerts_put(r, at, found.n);
}

static int
watch_one(yb_req *r, const struct watch *w, const yb_list *orgs)
{
	const struct org_row *at = orgs->items;
	int64_t some[AT_ONCE];
	size_t n = 0;

	for (size_t i = 0; i < orgs->n; i++) {
		if (*(const bool *)((const char *)&at[i] + w->did))
			some[n++] = at[i].org_id;
		if (n == AT_ONCE || (n > 0 && i + 1 == orgs->n)) {
			if (watch_some(r, w, some, n) < 0)
				return -1;
			n = 0;
		}
	}
	return 0;
}

/* Since when it has been night in Japan; false: it is day. */
static bool
night_since(yb_req *r, int64_t *ret)
{
	int64_t from = yb_option_i64(r, "alert_night_from");
	int64_t to = yb_option_i64(r, "alert_night_to");
	int64_t japan = yb_now(r).us + 9 * 60 * MINUTE_US;
	int64_t midnight = japan - japan % DAY_US, hour = japan % DAY_US / (60 * MINUTE_US);
	bool evening = hour >= from, morning = hour < to;

	if (from == to || (from > to ? !evening && !morning : !evening || !morning))
		return false;
	*ret = (from > to && morning ? midnight - DAY_US : midnight) + from * 60 * MINUTE_US -
	    9 * 60 * MINUTE_US;
	return true;
}

/* Timer record.watch - alerts about how people inquire (L-06). */
int
record_watch_run(yb_req *r)
{
	int64_t now = yb_now(r).us, night;
	int64_t window = now - yb_option_i64(r, "alert_minutes") * MINUTE_US;
	const struct watch at[] = {
		{ &record_watch_many, YB_STR("many"), window, now,
		    yb_option_i64(r, "alert_subjects"), offsetof(struct org_row, looked) },
		{ &record_watch_failures, YB_STR("failures"), window, now,
		    yb_option_i64(r, "alert_failures"), offsetof(struct org_row, failed) },
		{ &record_watch_restricted, YB_STR("restricted"), now - DAY_US, now, 1,
		    offsetof(struct org_row, restricted) },
		{ &record_watch_other, YB_STR("other"), now - DAY_US, now,
		    yb_option_i64(r, "alert_other"), offsetof(struct org_row, other) },
	};
	yb_list heads, orgs;

	if (yb_db_list(r, &record_watch_heads, YB_NO_ARGS, CHAINS, &heads) < 0)
		return -1;
	if (heads.n == 0)
		return 0;
	if (orgs_read(r, &heads, &orgs) < 0)
		return -1;
	for (size_t i = 0; i < sizeof at / sizeof at[0]; i++)
		if (watch_one(r, &at[i], &orgs) < 0)
			return -1;
	if (night_since(r, &night) &&
	    watch_one(r, &(struct watch) { &record_watch_night, YB_STR("night"), night, now, 1,
		offsetof(struct org_row, looked) }, &orgs) < 0)
		return -1;
	if (yb_db_each(r, &record_watch_cursor, cursor_params, sizeof(struct head), heads.items,
		heads.n) != 0)
		return -1;
	yb_run_count(r, "organisations", (int64_t)orgs.n);
	return 0;
}

/* ---- timer record.link-alerts ---- */

struct sent {
	yb_time at;
	int64_t org_id, from, to;
};

static const yb_field sent_row[] = {
	{ "at", YB_OF(struct sent, at) },
	{ "org_id", YB_OF(struct sent, org_id) },
	{ "from_seq", YB_OF(struct sent, from) },
	{ "to_seq", YB_OF(struct sent, to) },
	{ 0 },
};

/* Since when a municipality has numbers that are READY. */
struct waiting {
	int64_t org_id;
	yb_int since_us;
};

static const yb_field waiting_row[] = {
	{ "org_id", YB_OF(struct waiting, org_id) },
	{ "since_us", YB_OF(struct waiting, since_us) },
	{ 0 },
};

const yb_query record_link_waiting = {
	.name = "record_link_waiting",
	.sql = "SELECT c.org_id, (SELECT o.created_us FROM record_outbox o"
	       "   WHERE o.org_id = c.org_id AND o.state = 'READY'"
	       "   ORDER BY o.created_us LIMIT 1) AS since_us"
	       "  FROM core_org c WHERE c.org_type = 'MUNI' LIMIT 5000",
	.row = waiting_row,
	.row_size = sizeof(struct waiting),
	.nparams = 0,
	.tenant = YB_CROSS,
};

/*
 * What one of them fetched since then: the log has it, in the words "since-next" of
 * pullVaccinations, committed before the first byte left. Asked one by one: in a join the log
 * would be read from the municipality's first day.
 */
const yb_query record_link_sent = {
	.name = "record_link_sent",
	.sql = "SELECT MAX(a.at_us) AS at, a.org_id,"
	       "  CAST(SUBSTRING_INDEX(a.target_id, '-', 1) AS SIGNED) AS from_seq,"
	       "  CAST(SUBSTRING_INDEX(a.target_id, '-', -1) AS SIGNED) AS to_seq"
	       "  FROM record_access_view a WHERE a.org_id = ? AND a.at_us >= ? AND a.ok = 1"
	       "  AND a.operation = 'pullVaccinations' AND a.target_id IS NOT NULL"
	       " GROUP BY a.org_id, a.target_id LIMIT 5000",
	.row = sent_row,
	.row_size = sizeof(struct sent),
	.nparams = 2,
	.tenant = YB_CROSS,
};

const yb_query record_link_mark_sent = {
	.name = "record_link_mark_sent",
	.sql = "UPDATE record_outbox SET state = 'SENT', sent_us = ?"
	       " WHERE org_id = ? AND seq > ? AND seq <= ? AND state = 'READY'",
	.nparams = 4,
	.tenant = YB_CROSS,
};

static const yb_field late_row[] = {
	{ "org_id", YB_OF(struct seen_row, org_id) },
	{ "n", YB_OF(struct seen_row, n) },
	{ "since", YB_OF(struct seen_row, since) },
	{ "until", YB_OF(struct seen_row, until) },
	{ 0 },
};

/*
 * What P-10 keeps from a municipality that was left was never sent, and is not late. The states
 * are joined: of a list of them only the municipality would count, with all it ever got.
 */
const yb_query record_link_late = {
	.name = "record_link_late",
	.sql = "SELECT STRAIGHT_JOIN c.org_id, COUNT(*) AS n, MIN(o.created_us) AS since,"
	       "  MAX(o.created_us) AS until FROM core_org c"
	       "  JOIN (SELECT 'READY' AS state UNION ALL SELECT 'SENT') q"
	       "  JOIN record_outbox o FORCE INDEX (open_state) ON o.org_id = c.org_id"
	       "   AND o.state = q.state AND o.created_us < ?"
	       "  JOIN record_subject s ON s.subject_id = o.subject_id"
	       "  JOIN record_vaccination v ON v.subject_id = o.subject_id"
	       "   AND v.record_id = o.record_id AND v.version = o.version"
	       " WHERE c.org_type = 'MUNI' AND c.uses_hms = 1"
	       "  AND NOT " RECORD_WITHHELD " GROUP BY c.org_id LIMIT 2000",
	.row = late_row,
	.row_size = sizeof(struct seen_row),
	.nparams = 1,
	.tenant = YB_CROSS,
};

/* Alerts of municipalities whose system has caught up. */
const yb_query record_link_alert_end = {
	.name = "record_link_alert_end",
	.sql = "UPDATE record_alert SET state = 'ENDED' WHERE kind = 'link'"
	       "  AND state IN ('OPEN', 'CHECKED')"
	       "  AND org_id NOT IN (SELECT j.id FROM JSON_TABLE(?, '$[*]'"
	       "   COLUMNS (id BIGINT PATH '$')) j)",
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query record_link_alert_put = {
	.name = "record_link_alert_put",
	.sql = "INSERT INTO record_alert (org_id, kind, n, since_us, until_us, created_us)"
	       " SELECT x.org_id, 'link', x.n, x.since_us, x.until_us, x.now_us"
	       "  FROM (SELECT ? AS org_id, ? AS n, ? AS since_us, ? AS until_us, ? AS now_us) x"
	       " WHERE NOT EXISTS (SELECT 1 FROM record_alert a WHERE a.org_id = x.org_id"
	       "  AND a.kind = 'link' AND a.state <> 'ENDED')",
	.nparams = 5,
	.tenant = YB_CROSS,
};

static int
sent_mark(yb_req *r)
{
	int64_t oldest = yb_now(r).us - SENT_DAYS * DAY_US;
	const struct waiting *at;
	yb_list waiting, sent;

	if (yb_db_list(r, &record_link_waiting, YB_NO_ARGS, FOUND, &waiting) < 0)
		return -1;
	at = waiting.items;
	for (size_t i = 0; i < waiting.n; i++) {
		int64_t since = at[i].since_us.v > oldest ? at[i].since_us.v : oldest;

		if (!at[i].since_us.set)
			continue;
		if (yb_db_list(r, &record_link_sent, YB_ARGS(yb_i64(at[i].org_id), yb_i64(since)),
			FOUND, &sent) < 0)
			return -1;
		if (yb_db_each(r, &record_link_mark_sent, sent_row, sizeof(struct sent), sent.items,
			sent.n) != 0)
			return -1;
	}
	return 0;
}

/* Timer record.link-alerts - what was sent, and who has not acknowledged for days. */
int
record_link_alerts_run(yb_req *r)
{
	int64_t late_us = yb_now(r).us - yb_option_i64(r, "link_alert_days") * DAY_US;
	const struct seen_row *row;
	int64_t *ids, rows, fresh = 0;
	yb_list late;

	if (yb_db_list(r, &record_link_late, YB_ARGS(yb_i64(late_us)), ORGS, &late) < 0 ||
	    sent_mark(r) < 0)
		return -1;
	row = late.items;
	ids = yb_alloc(r, (late.n + 1) * sizeof *ids);
	for (size_t i = 0; i < late.n; i++) {
		ids[i] = row[i].org_id;
		if (yb_db_exec(r, &record_link_alert_put,
			YB_ARGS(yb_i64(row[i].org_id), yb_i64(row[i].n), yb_at(row[i].since),
			    yb_at(row[i].until), yb_at(yb_now(r))),
			&rows) != 0)
			return -1;
		fresh += rows;
	}
	if (yb_db_exec(r, &record_link_alert_end,
		YB_ARGS(yb_text(yb_json_numbers(r, ids, late.n, sizeof *ids))), NULL) != 0)
		return -1;
	yb_run_count(r, "late", (int64_t)late.n);
	yb_run_count(r, "new", fresh);
	return 0;
}
