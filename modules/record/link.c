/*
 * link.c - what the municipality's system could not take over (H-3-1 steps 5 to 7): the list
 * of errors, sending again, and how the link stands.
 */
#include "link.h"
#include "outbox.h"

#define PAGE_MAX 100
#define SEQ_MAX	 ((size_t)1 << 53) /* what a JSON number holds exactly */

const yb_field record_link_page[] = {
	{ "since", YB_OF(struct link_page, since), .note = "next of the last answer" },
	{ "limit", YB_OF(struct link_page, limit), .min = 1, .max = PAGE_MAX },
	{ 0 },
};

/* ---- GET /record/link-errors ---- */

static const yb_field error_row[] = {
	{ "seq", YB_OF(struct link_error, seq) },
	{ "change_kind", YB_OF(struct link_error, change_kind) },
	{ "error", YB_OF(struct link_error, error) },
	{ "acked_us", YB_OF(struct link_error, acked_at) },
	{ "subject_no", YB_OF(struct link_error, subject_no) },
	{ "muni_key", YB_OF(struct link_error, muni_key) },
	{ "name", YB_OF(struct link_error, name) },
	{ "record_id", YB_OF(struct link_error, record_id) },
	{ "version", YB_OF(struct link_error, version) },
	{ "vaccine_code", YB_OF(struct link_error, vaccine_code) },
	{ "vaccinated_on", YB_OF(struct link_error, vaccinated_on) },
	{ "org_code", YB_OF(struct link_error, org_code) },
	{ "org_name", YB_OF(struct link_error, org_name) },
	{ "restricted", YB_OF(struct link_error, restricted) },
	{ 0 },
};

static const yb_field error_out[] = {
	{ "seq", YB_OF(struct link_error, seq) },
	{ "change_kind", YB_OF(struct link_error, change_kind), .one_of = "1,2,3" },
	{ "error", YB_OF(struct link_error, error), .note = "what the receiver said" },
	{ "acked_at", YB_OF(struct link_error, acked_at) },
	{ "subject_no", YB_OF(struct link_error, subject_no) },
	{ "muni_key", YB_OF(struct link_error, muni_key) },
	{ "name", YB_OF(struct link_error, name) },
	{ "record_id", YB_OF(struct link_error, record_id) },
	{ "version", YB_OF(struct link_error, version) },
	{ "vaccine_code", YB_OF(struct link_error, vaccine_code) },
	{ "vaccine_name", YB_OF(struct link_error, vaccine_name) },
	{ "vaccinated_on", YB_OF(struct link_error, vaccinated_on) },
	{ "org_code", YB_OF(struct link_error, org_code) },
	{ "org_name", YB_OF(struct link_error, org_name) },
	{ "banner", YB_OF(struct link_error, restricted), .note = "支援措置対象者" },
	{ 0 },
};

const yb_field record_link_errors_out[] = {
	{ "errors", YB_OF(struct link_errors, errors), YB_EACH(error_out, struct link_error) },
	{ "next", YB_OF(struct link_errors, next),
	    .note = "the `since` of the next page; null: the end" },
	{ 0 },
};

/*
 * Of a restricted person only for who may open them, and of one who has left for nobody: an error
 * list is a list of persons too.
 */
const yb_query record_link_errors = {
	.name = "record_link_errors",
	.sql = "SELECT o.seq, o.change_kind, o.error, o.acked_us, s.subject_no, s.muni_key,"
	       "  s.name, o.record_id, o.version, v.vaccine_code, v.vaccinated_on, v.org_code,"
	       "  c.name AS org_name, s.not_disclosed OR s.self_info_blocked AS restricted"
	       "  FROM record_outbox o FORCE INDEX (open_state)"
	       "  JOIN record_subject s ON s.subject_id = o.subject_id"
	       "  JOIN record_vaccination v ON v.subject_id = o.subject_id"
	       "   AND v.record_id = o.record_id AND v.version = o.version"
	       "  LEFT JOIN core_org c ON c.org_id = v.org_id"
	       " WHERE o.org_id = ? AND o.state = 'NACKED' AND o.seq > ?"
	       "  AND " RECORD_LISTED("s", "?")
	       " ORDER BY o.seq LIMIT ?",
	.row = error_row,
	.row_size = sizeof(struct link_error),
	.nparams = 4,
	.tenant = YB_ORG,
};

/* GET /record/link-errors - numbers the municipality's system has refused. */
int
record_link_errors_list(yb_req *r)
{
	const struct link_page *q = yb_params(r);
	size_t limit = q->limit.set ? (size_t)q->limit.v : PAGE_MAX;
	struct link_errors out = { 0 };
	struct link_error *at;

	if (yb_db_list(r, &record_link_errors,
		YB_ARGS(yb_i64(q->since.v), yb_bool(yb_who(r)->restricted_view),
		    yb_i64((int64_t)limit + 1)),
		limit + 1, &out.errors) < 0)
		return -1;
	at = out.errors.items;
	if (yb_page_cut(&out.errors, limit))
		out.next = (yb_int) { at[limit - 1].seq, true };
	for (size_t i = 0; i < out.errors.n; i++) {
		at[i].vaccine_name = record_vaccine_name(r, at[i].vaccine_code);
		record_person_shown(r, at[i].subject_no, at[i].restricted);
	}
	return yb_reply_record(r, 200, record_link_errors_out, &out);
}

/* ---- GET /record/link ---- */

static const yb_field status_row[] = {
	{ "ready", YB_OF(struct link_status, ready) },
	{ "sent", YB_OF(struct link_status, sent) },
	{ "nacked", YB_OF(struct link_status, nacked) },
	{ "acked", YB_OF(struct link_status, acked) },
	{ "oldest_ready", YB_OF(struct link_status, oldest_ready) },
	{ "oldest_sent", YB_OF(struct link_status, oldest_sent) },
	{ 0 },
};

const yb_field record_link_status_out[] = {
	{ "ready", YB_OF(struct link_status, ready), .note = "not fetched yet" },
	{ "sent", YB_OF(struct link_status, sent), .note = "fetched, not acknowledged" },
	{ "nacked", YB_OF(struct link_status, nacked), .note = "refused and not resolved: to do" },
	{ "acked", YB_OF(struct link_status, acked), .note = "taken over" },
	{ "oldest_at", YB_OF(struct link_status, oldest_at),
	    .note = "since when something waits for its acknowledgement" },
	{ "late", YB_OF(struct link_status, late), .note = "for longer than link_alert_days" },
	{ 0 },
};

/* Each from the index of its state: of the numbers only what is to be shown is opened. */
#define IN_STATE(state)                                                                      \
	"(SELECT COUNT(*) FROM record_outbox o WHERE o.org_id = me.org_id"                   \
	"  AND o.state = '" state "'"

/* What is kept from the municipality waits for nothing. */
#define OLDEST_IN_STATE(state)                                                               \
	"(SELECT o.created_us FROM record_outbox o WHERE o.org_id = me.org_id"               \
	"  AND o.state = '" state "' AND NOT EXISTS (SELECT 1 FROM record_subject s"         \
	"   JOIN record_vaccination v ON v.subject_id = s.subject_id"                        \
	"    AND v.record_id = o.record_id AND v.version = o.version"                        \
	"   WHERE s.subject_id = o.subject_id AND " RECORD_WITHHELD ")"                      \
	"  ORDER BY o.created_us LIMIT 1)"

const yb_query record_link_counts = {
	.name = "record_link_counts",
	.sql = "SELECT " IN_STATE("READY") ") AS ready, " IN_STATE("SENT") ") AS sent,"
	       "  " IN_STATE("NACKED") " AND NOT EXISTS (SELECT 1 FROM record_subject s"
	       "   WHERE s.subject_id = o.subject_id"
	       "    AND NOT " RECORD_LISTED("s", "me.sees_all") ")) AS nacked,"
	       "  " IN_STATE("ACKED") ") AS acked,"
	       "  " OLDEST_IN_STATE("READY") " AS oldest_ready,"
	       "  " OLDEST_IN_STATE("SENT") " AS oldest_sent"
	       "  FROM (SELECT ? AS org_id, ? AS sees_all) me",
	.row = status_row,
	.row_size = sizeof(struct link_status),
	.nparams = 2,
	.tenant = YB_ORG,
};

/* Of two moments that may be missing. */
static yb_time
earlier(yb_time a, yb_time b)
{
	return a.us == 0 || (b.us != 0 && b.us < a.us) ? b : a;
}

/* GET /record/link - how the link to the municipality's system stands. */
int
record_link_status(yb_req *r)
{
	struct link_status out;
	int64_t late_us = yb_option_i64(r, "link_alert_days") * 86400 * 1000000;

	if (yb_db_find(r, &record_link_counts, YB_ARGS(yb_bool(yb_who(r)->restricted_view)), &out) < 0)
		return -1;
	out.oldest_at = earlier(out.oldest_ready, out.oldest_sent);
	out.late = out.oldest_at.us != 0 && yb_now(r).us - out.oldest_at.us > late_us;
	return yb_reply_record(r, 200, record_link_status_out, &out);
}

/* ---- POST /record/resends ---- */

const yb_field record_resend_in[] = {
	{ "from_seq", YB_OF(struct resend_in, from_seq), .min = 1, .max = SEQ_MAX },
	{ "to_seq", YB_OF(struct resend_in, to_seq), .min = 1, .max = SEQ_MAX },
	{ "registered_from", YB_OF(struct resend_in, registered_from),
	    .note = "instead of numbers: the days in Japan on which they were registered" },
	{ "registered_to", YB_OF(struct resend_in, registered_to) },
	{ 0 },
};

const yb_field record_resend_out[] = {
	{ "count", YB_OF(struct resend_out, count) },
	{ "first_seq", YB_OF(struct resend_out, first_seq) },
	{ "last_seq", YB_OF(struct resend_out, last_seq) },
	{ 0 },
};

struct seq_row {
	int64_t last_seq, n;
};

static const yb_field seq_row[] = {
	{ "last_seq", YB_OF(struct seq_row, last_seq) },
	{ 0 },
};

const yb_query record_seq_lock = {
	.name = "record_seq_lock",
	.sql = "SELECT last_seq FROM record_muni_seq WHERE org_id = ? FOR UPDATE",
	.row = seq_row,
	.row_size = sizeof(struct seq_row),
	.nparams = 1,
	.tenant = YB_ORG,
};

static const yb_field count_row[] = {
	{ "n", YB_OF(struct seq_row, n) },
	{ 0 },
};

/* The first number of each version in the range; a version sent again is not sent twice. */
#define RANGE                                                                            \
	" FROM record_outbox o WHERE o.org_id = ? AND o.resent_of IS NULL"               \
	"  AND o.seq BETWEEN COALESCE(?, 1) AND COALESCE(?, 9223372036854775807)"        \
	"  AND o.created_us >= COALESCE(?, 0)"                                           \
	"  AND o.created_us < COALESCE(?, 9223372036854775807)"

const yb_query record_resend_count = {
	.name = "record_resend_count",
	.sql = "SELECT COUNT(*) AS n" RANGE,
	.row = count_row,
	.row_size = sizeof(struct seq_row),
	.nparams = 5,
	.tenant = YB_ORG,
};

const yb_query record_resend_put = {
	.name = "record_resend_put",
	.sql = "INSERT INTO record_outbox (org_id, seq, subject_id, record_id, version,"
	       "  change_kind, created_us, resent_of)"
	       " SELECT x.org_id, x.last_seq + x.n, x.subject_id, x.record_id, x.version,"
	       "   x.change_kind, x.now_us, x.seq"
	       "  FROM (SELECT o.org_id, o.seq, o.subject_id, o.record_id, o.version,"
	       "    o.change_kind, ROW_NUMBER() OVER (ORDER BY o.seq) AS n,"
	       "    p.last_seq, p.now_us FROM record_outbox o"
	       "    JOIN (SELECT ? AS org_id, ? AS from_seq, ? AS to_seq, ? AS from_us, ? AS to_us,"
	       "      ? AS last_seq, ? AS now_us) p ON p.org_id = o.org_id"
	       "   WHERE o.resent_of IS NULL"
	       "    AND o.seq BETWEEN COALESCE(p.from_seq, 1)"
	       "     AND COALESCE(p.to_seq, 9223372036854775807)"
	       "    AND o.created_us >= COALESCE(p.from_us, 0)"
	       "    AND o.created_us < COALESCE(p.to_us, 9223372036854775807)) x",
	.nparams = 7,
	.tenant = YB_ORG,
};

/* The older numbers of what is sent again need no answer any more. */
const yb_query record_resend_settle = {
	.name = "record_resend_settle",
	.sql = "UPDATE record_outbox o JOIN (SELECT ? AS org_id, ? AS last_seq, ? AS at_us,"
	       "   ? AS actor) me ON me.org_id = o.org_id"
	       "  JOIN record_outbox n ON n.org_id = me.org_id AND n.seq > me.last_seq"
	       "   AND n.record_id = o.record_id AND n.version = o.version"
	       " SET o.state = 'RESOLVED', o.resolution = 'resent', o.resolved_us = me.at_us,"
	       "  o.resolved_by = me.actor"
	       " WHERE o.seq <= me.last_seq AND o.state <> 'ACKED'",
	.nparams = 4,
	.tenant = YB_ORG,
};

const yb_query record_seq_set = {
	.name = "record_seq_set",
	.sql = "UPDATE record_muni_seq q JOIN (SELECT ? AS org_id, ? AS last_seq) me"
	       "   ON me.org_id = q.org_id SET q.last_seq = me.last_seq",
	.nparams = 2,
	.tenant = YB_ORG,
};

static int
range_check(yb_req *r, const struct resend_in *in)
{
	bool seq = in->from_seq.set || in->to_seq.set;
	bool day = !yb_date_is_null(in->registered_from) || !yb_date_is_null(in->registered_to);

	if (seq == day)
		yb_fault_add(r, "/from_seq", seq ? "E-VAL-013" : "E-VAL-001");
	if (seq && !day && (!in->from_seq.set || !in->to_seq.set))
		yb_fault_add(r, in->from_seq.set ? "/to_seq" : "/from_seq", "E-VAL-001");
	if (in->from_seq.set && in->to_seq.set && in->from_seq.v > in->to_seq.v)
		yb_fault_add(r, "/to_seq", "E-VAL-006");
	if (day && !seq && yb_date_is_null(in->registered_from))
		yb_fault_add(r, "/registered_from", "E-VAL-001");
	if (day && !seq && yb_date_is_null(in->registered_to))
		yb_fault_add(r, "/registered_to", "E-VAL-001");
	if (!yb_date_is_null(in->registered_from) && !yb_date_is_null(in->registered_to) &&
	    yb_date_cmp(in->registered_from, in->registered_to) > 0)
		yb_fault_add(r, "/registered_to", "E-VAL-003");
	return yb_faults_refuse(r);
}

/* The moment a day begins in Japan, as a value. */
static yb_value
day_begins(yb_date d, int64_t days_after)
{
	if (yb_date_is_null(d))
		return yb_null();
	return yb_i64((yb_date_days(d) + days_after) * 86400 * 1000000 -
	    (int64_t)9 * 3600 * 1000000);
}

/* POST /record/resends - the same versions once more, under new numbers. */
int
record_resend(yb_req *r)
{
	const struct resend_in *in = yb_body(r);
	yb_value from = yb_int_or_null(in->from_seq), to = yb_int_or_null(in->to_seq);
	yb_value since = day_begins(in->registered_from, 0);
	yb_value until = day_begins(in->registered_to, 1);
	struct resend_out out = { 0 };
	struct seq_row last = { 0 }, count;
	int64_t rows = 0;

	if (range_check(r, in) < 0 ||
	    yb_db_one(r, &record_seq_lock, YB_NO_ARGS, &last) == YB_DB_FAILED ||
	    yb_db_find(r, &record_resend_count, YB_ARGS(from, to, since, until), &count) < 0)
		return -1;
	if (count.n > yb_option_i64(r, "resend_limit"))
		return yb_problem_field(r, "E-VAL-006",
		    in->to_seq.set ? "/to_seq" : "/registered_to");
	if (count.n > 0) {
		if (yb_db_exec(r, &record_resend_put,
			YB_ARGS(from, to, since, until, yb_i64(last.last_seq), yb_at(yb_now(r))),
			&rows) != 0 ||
		    yb_db_exec(r, &record_seq_set, YB_ARGS(yb_i64(last.last_seq + rows)),
			NULL) != 0 ||
		    yb_db_exec(r, &record_resend_settle,
			YB_ARGS(yb_i64(last.last_seq), yb_at(yb_now(r)), yb_text(yb_who(r)->actor)),
			NULL) != 0)
			return -1;
		out = (struct resend_out) { rows, { last.last_seq + 1, true },
			{ last.last_seq + rows, true } };
	}
	yb_audit_target(r, "outbox",
	    yb_format_text(r, "%lld-%lld", (long long)out.first_seq.v, (long long)out.last_seq.v));
	return yb_reply_record(r, 200, record_resend_out, &out);
}
