/*
 * watch.c - what the access log says about inquiries and the link: alerts (L-06), numbers that
 * were sent, and numbers that wait too long (H-3-1).
 *
 * The log is read by plain reads, without locks: nobody waits for a watcher. Rows come in the
 * order of each chain, so a cursor per chain misses none.
 */
#include "alert.h"
#include "watch.h"

#include <string.h>

#define CHAINS 5000
#define ORGS   2000
#define FOUND  5000

#define MINUTE_US ((int64_t)60 * 1000000)
#define DAY_US	  ((int64_t)86400 * 1000000)

struct head {
	int64_t chain_id, seq;
};

static const yb_field head_row[] = {
	{ "chain_id", YB_OF(struct head, chain_id) },
	{ "seq", YB_OF(struct head, seq) },
	{ 0 },
};

const yb_query record_watch_heads = {
	.name = "record_watch_heads",
	.sql = "SELECT h.chain_id, h.seq FROM record_access_head h"
	       " LEFT JOIN record_access_cursor c ON c.chain_id = h.chain_id"
	       " WHERE h.seq > COALESCE(c.seq, 0) ORDER BY h.chain_id LIMIT 5000",
	.row = head_row,
	.row_size = sizeof(struct head),
	.nparams = 0,
	.tenant = YB_CROSS,
};

const yb_query record_watch_cursor = {
	.name = "record_watch_cursor",
	.sql = "INSERT INTO record_access_cursor (chain_id, seq) VALUES (?, ?)"
	       " ON DUPLICATE KEY UPDATE seq = VALUES(seq)",
	.nparams = 2,
	.tenant = YB_CROSS,
};

struct org_row {
	int64_t org_id;
};

static const yb_field org_row[] = {
	{ "org_id", YB_OF(struct org_row, org_id) },
	{ 0 },
};

/* Whose people did something since the last look. */
const yb_query record_watch_orgs = {
	.name = "record_watch_orgs",
	.sql = "SELECT DISTINCT a.org_id FROM"
	       "  JSON_TABLE(?, '$[*]'"
	       "   COLUMNS (chain_id BIGINT PATH '$.c', seq BIGINT PATH '$.s')) h"
	       "  LEFT JOIN record_access_cursor c ON c.chain_id = h.chain_id"
	       "  JOIN record_access_view a ON a.chain_id = h.chain_id"
	       "   AND a.seq > COALESCE(c.seq, 0) AND a.seq <= h.seq"
	       " WHERE a.actor_kind = 1 AND a.org_id IS NOT NULL LIMIT 2000",
	.row = org_row,
	.row_size = sizeof(struct org_row),
	.nparams = 1,
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

#define ACTS                                                                                 \
	"  FROM JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT PATH '$')) o"                        \
	"  JOIN record_access_view a ON a.org_id = o.id AND a.at_us > ? AND a.at_us <= ?"    \
	"   AND a.actor_kind = 1"

#define WHO  "SELECT a.org_id, a.actor, CAST(NULL AS CHAR(20)) AS subject_no,"
#define SPAN "MIN(a.at_us) AS since, MAX(a.at_us) AS until"

/* LIST 4, VIEW 5, PRINT 11, EXPORT 12 of enum yb_action. */
#define LOOKED " AND a.ok = 1 AND a.action IN (4, 5, 11, 12) AND a.subject_no IS NOT NULL"

#define WATCH(id, text)                                                                      \
	const yb_query id = {                                                                \
		.name = #id,                                                                 \
		.sql = "" text,                                                              \
		.row = seen_row,                                                             \
		.row_size = sizeof(struct seen_row),                                         \
		.nparams = 4,                                                                \
		.tenant = YB_CROSS,                                                          \
	}

WATCH(record_watch_many,
    WHO " COUNT(DISTINCT a.subject_no) AS n," SPAN ACTS
    LOOKED " GROUP BY a.org_id, a.actor HAVING n > ? LIMIT 5000");
WATCH(record_watch_night,
    WHO " COUNT(*) AS n," SPAN ACTS LOOKED
    " GROUP BY a.org_id, a.actor HAVING n >= ? LIMIT 5000");
/* The alert of P-12, which the opening itself has written: ALERT 20. */
WATCH(record_watch_restricted,
    "SELECT a.org_id, a.actor, a.subject_no, COUNT(*) AS n," SPAN ACTS
    " AND a.action = 20 AND a.subject_no IS NOT NULL"
    " GROUP BY a.org_id, a.actor, a.subject_no HAVING n >= ? LIMIT 5000");
WATCH(record_watch_other,
    WHO " COUNT(DISTINCT a.at_us) AS n," SPAN ACTS
    " AND a.ok = 1 AND a.purpose = '99' GROUP BY a.org_id, a.actor HAVING n >= ? LIMIT 5000");
WATCH(record_watch_failures,
    WHO " COUNT(*) AS n," SPAN ACTS
    " AND a.ok = 0 AND a.error_id IN ('E-AUTH-004', 'E-AUTH-005', 'E-REC-006')"
    " GROUP BY a.org_id, a.actor HAVING n >= ? LIMIT 5000");

/* ---- timer record.watch ---- */

static yb_str
heads_json(yb_req *r, const yb_list *heads)
{
	const struct head *at = heads->items;
	char *p = yb_alloc(r, heads->n * 56 + 3);
	size_t len = 0;

	p[len++] = '[';
	for (size_t i = 0; i < heads->n; i++) {
		yb_str one = yb_format_text(r, "%s{\"c\":%lld,\"s\":%lld}", i > 0 ? "," : "",
		    (long long)at[i].chain_id, (long long)at[i].seq);

		memcpy(p + len, one.p, one.len);
		len += one.len;
	}
	p[len++] = ']';
	return (yb_str) { p, len };
}

struct watch {
	const yb_query *q;
	yb_str kind;
	int64_t since_us, until_us, least;
};

static int
watch_one(yb_req *r, const struct watch *w, yb_str orgs)
{
	const struct seen_row *row;
	struct alert_new *at;
	yb_list found;

	if (yb_db_list(r, w->q,
		YB_ARGS(yb_text(orgs), yb_i64(w->since_us), yb_i64(w->until_us), yb_i64(w->least)),
		FOUND, &found) < 0)
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
		    yb_option_i64(r, "alert_subjects") },
		{ &record_watch_failures, YB_STR("failures"), window, now,
		    yb_option_i64(r, "alert_failures") },
		{ &record_watch_restricted, YB_STR("restricted"), now - DAY_US, now, 1 },
		{ &record_watch_other, YB_STR("other"), now - DAY_US, now,
		    yb_option_i64(r, "alert_other") },
	};
	yb_list heads, orgs;
	yb_str json;

	if (yb_db_list(r, &record_watch_heads, YB_NO_ARGS, CHAINS, &heads) < 0)
		return -1;
	if (heads.n == 0)
		return 0;
	if (yb_db_list(r, &record_watch_orgs, YB_ARGS(yb_text(heads_json(r, &heads))), ORGS,
		&orgs) < 0)
		return -1;
	json = yb_json_numbers(r, orgs.items, orgs.n, sizeof(struct org_row));
	for (size_t i = 0; orgs.n > 0 && i < sizeof at / sizeof at[0]; i++)
		if (watch_one(r, &at[i], json) < 0)
			return -1;
	if (orgs.n > 0 && night_since(r, &night) &&
	    watch_one(r, &(struct watch) { &record_watch_night, YB_STR("night"), night, now, 1 },
		json) < 0)
		return -1;
	if (yb_db_each(r, &record_watch_cursor, head_row, sizeof(struct head), heads.items,
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

/*
 * What was fetched since the oldest number that is READY: the log has it, in the words
 * "since-next" of pullVaccinations, committed before the first byte left.
 */
const yb_query record_link_sent = {
	.name = "record_link_sent",
	.sql = "SELECT MAX(a.at_us) AS at, a.org_id,"
	       "  CAST(SUBSTRING_INDEX(a.target_id, '-', 1) AS SIGNED) AS from_seq,"
	       "  CAST(SUBSTRING_INDEX(a.target_id, '-', -1) AS SIGNED) AS to_seq"
	       "  FROM (SELECT c.org_id, (SELECT MIN(o.created_us) FROM record_outbox o"
	       "     WHERE o.org_id = c.org_id AND o.state = 'READY') AS since_us"
	       "    FROM core_org c WHERE c.org_type = 'MUNI') w"
	       "  JOIN record_access_view a ON a.org_id = w.org_id AND a.at_us >= w.since_us"
	       " WHERE w.since_us IS NOT NULL AND a.ok = 1"
	       "  AND a.operation = 'pullVaccinations'"
	       "  AND a.target_id IS NOT NULL"
	       " GROUP BY a.org_id, a.target_id LIMIT 5000",
	.row = sent_row,
	.row_size = sizeof(struct sent),
	.nparams = 0,
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

/* What P-10 keeps from a municipality that was left was never sent, and is not late. */
const yb_query record_link_late = {
	.name = "record_link_late",
	.sql = "SELECT STRAIGHT_JOIN c.org_id, COUNT(*) AS n, MIN(o.created_us) AS since,"
	       "  MAX(o.created_us) AS until FROM core_org c"
	       "  JOIN record_outbox o FORCE INDEX (open_state) ON o.org_id = c.org_id"
	       "   AND o.state IN ('READY', 'SENT') AND o.created_us < ?"
	       "  JOIN record_subject s ON s.subject_id = o.subject_id"
	       "  JOIN record_vaccination v ON v.subject_id = o.subject_id"
	       "   AND v.record_id = o.record_id AND v.version = o.version"
	       " WHERE c.org_type = 'MUNI' AND c.uses_hms = 1"
	       "  AND NOT (o.change_kind = '1' AND s.resident_state = '消除' AND s.elim_reason <> '2'"
	       "   AND v.vaccinated_on > s.elim_date"
	       "   AND (s.not_disclosed = 1 OR s.self_info_blocked = 1))"
	       " GROUP BY c.org_id LIMIT 2000",
	.row = late_row,
	.row_size = sizeof(struct seen_row),
	.nparams = 1,
	.tenant = YB_CROSS,
};

/* Alerts of municipalities whose system has caught up. */
const yb_query record_link_alert_end = {
	.name = "record_link_alert_end",
	.sql = "UPDATE record_alert SET state = 'ENDED' WHERE kind = 'link' AND state <> 'ENDED'"
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

/* Timer record.link-alerts - what was sent, and who has not acknowledged for days. */
int
record_link_alerts_run(yb_req *r)
{
	int64_t late_us = yb_now(r).us - yb_option_i64(r, "link_alert_days") * DAY_US;
	const struct seen_row *row;
	int64_t *ids;
	yb_list sent, late;
	int64_t rows, fresh = 0;

	if (yb_db_list(r, &record_link_sent, YB_NO_ARGS, FOUND, &sent) < 0 ||
	    yb_db_list(r, &record_link_late, YB_ARGS(yb_i64(late_us)), ORGS, &late) < 0)
		return -1;
	if (yb_db_each(r, &record_link_mark_sent, sent_row, sizeof(struct sent), sent.items,
		sent.n) != 0)
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
