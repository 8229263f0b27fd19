/*
 * outbox.c - records go to the municipality's own system (H-3-1): numbered when they are
 * written, pulled by number, acknowledged one by one.
 */
#include "record.h"
#include "outbox.h"

#define PULL_MAX 500

/* ---- numbering ---- */

const yb_query record_seq_next = {
	.name = "record_seq_next",
	.sql = "UPDATE record_muni_seq SET last_seq = LAST_INSERT_ID(last_seq + 1)"
	       " WHERE org_id = ?",
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query record_seq_first = {
	.name = "record_seq_first",
	.sql = "INSERT INTO record_muni_seq (org_id, last_seq) VALUES (?, 1)",
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query record_outbox_insert = {
	.name = "record_outbox_insert",
	.sql = "INSERT INTO record_outbox (org_id, seq, subject_id, record_id, version,"
	       "  change_kind, created_us) VALUES (?, ?, ?, ?, ?, ?, ?)",
	.nparams = 7,
	.tenant = YB_CROSS,
};

int
record_seq(yb_req *r, int64_t org_id, int64_t *ret)
{
	yb_args org = YB_ARGS(yb_i64(org_id));
	int64_t rows = 0;
	int rc;

	if (yb_db_exec(r, &record_seq_next, org, &rows) != 0)
		return -1;
	if (rows == 0) { /* the municipality's first record ever */
		rc = yb_db_exec(r, &record_seq_first, org, NULL);
		*ret = 1;
		if (rc != YB_DUPLICATE)
			return rc;
		if (yb_db_exec(r, &record_seq_next, org, &rows) != 0)
			return -1;
	}
	*ret = yb_db_last_id(r);
	return 0;
}

int
record_outbox_put(yb_req *r, int64_t org_id, const struct vaccination *v, int64_t seq)
{
	if (yb_db_exec(r, &record_outbox_insert,
		YB_ARGS(yb_i64(org_id), yb_i64(seq), yb_i64(v->subject_id),
		    yb_id(v->record_id), yb_i64(v->version), yb_text(v->change_kind),
		    yb_at(v->registered_at)),
		NULL) != 0)
		return yb_problem(r, "E-SYS-003"); /* a number given twice: a fault of ours */
	return 0;
}

/* ---- GET /record/vaccinations ---- */

const yb_field record_pull_query[] = {
	{ "since", YB_OF(struct pull_query, since), .note = "next_seq of the last answer; 0" },
	{ "limit", YB_OF(struct pull_query, limit), .min = 1, .max = PULL_MAX },
	{ 0 },
};

struct pulled {
	int64_t seq;
	yb_str muni_key, subject_no, resident_state, elim_reason;
	yb_date elim_date;
	bool not_disclosed, self_info_blocked, withheld;
	struct vaccination r;
	yb_str questionnaire, hash; /* not of the row */
};

static const yb_field pulled_row[] = {
	{ "seq", YB_OF(struct pulled, seq) },
	{ "muni_key", YB_OF(struct pulled, muni_key) },
	{ "subject_no", YB_OF(struct pulled, subject_no) },
	{ "resident_state", YB_OF(struct pulled, resident_state) },
	{ "elim_reason", YB_OF(struct pulled, elim_reason) },
	{ "elim_date", YB_OF(struct pulled, elim_date) },
	{ "not_disclosed", YB_OF(struct pulled, not_disclosed) },
	{ "self_info_blocked", YB_OF(struct pulled, self_info_blocked) },
	{ "withheld", YB_OF(struct pulled, withheld) },
	VACCINATION_FIELDS(struct pulled, r),
	{ 0 },
};

const yb_query record_outbox_since = {
	.name = "record_outbox_since",
	.sql = "SELECT o.seq, s.muni_key, s.subject_no, s.resident_state, s.elim_reason,"
	       "  s.elim_date, s.not_disclosed, s.self_info_blocked,"
	       "  " RECORD_WITHHELD " AS withheld," VACCINATION_COLUMNS
	       "  FROM record_outbox o"
	       "  JOIN record_vaccination v ON v.subject_id = o.subject_id"
	       "   AND v.record_id = o.record_id AND v.version = o.version"
	       "  JOIN record_subject s ON s.subject_id = o.subject_id"
	       " WHERE o.org_id = ? AND o.seq > ? ORDER BY o.seq LIMIT ?",
	.row = pulled_row,
	.row_size = sizeof(struct pulled),
	.nparams = 3,
	.tenant = YB_ORG,
};

/* clang-format off */
#define PULLED_FIELDS								\
	{ "seq", YB_OF(struct pulled, seq) },					\
	{ "change_kind", YB_OF(struct pulled, r.change_kind), .one_of = "1,2,3" },	\
	{ "muni_key", YB_OF(struct pulled, muni_key) },				\
	{ "subject_no", YB_OF(struct pulled, subject_no) },			\
	{ "record_id", YB_OF(struct pulled, r.record_id) },			\
	{ "version", YB_OF(struct pulled, r.version) },				\
	{ "mgmt_no", YB_OF(struct pulled, r.mgmt_no) },				\
	{ "muni_code", YB_OF(struct pulled, r.muni_code) },			\
	{ "status", YB_OF(struct pulled, r.status) },				\
	{ "source", YB_OF(struct pulled, r.source) },				\
	VISIT_FIELDS(struct pulled, r.v, 0),					\
	{ "reason_code", YB_OF(struct pulled, r.reason_code) },			\
	{ "reason_text", YB_OF(struct pulled, r.reason_text) },			\
	{ "registered_at", YB_OF(struct pulled, r.registered_at) },		\
	{ "hash", YB_OF(struct pulled, hash), .note = "SHA-256 of the entry, see api.md" }
/* clang-format on */

const yb_field record_pulled_file[] = {
	PULLED_FIELDS,
	{ 0 },
};

static const yb_field pulled_out[] = {
	PULLED_FIELDS,
	{ "questionnaire", YB_OF(struct pulled, questionnaire), .flags = YB_RAW,
	    .note = "予診票の要約 of qre_id; null: no answers are kept here" },
	{ 0 },
};

const yb_field record_pull_out[] = {
	{ "records", YB_OF(struct pull_out, records), YB_EACH(pulled_out, struct pulled) },
	{ "next_seq", YB_OF(struct pull_out, next_seq), .note = "the `since` of the next call" },
	{ "has_more", YB_OF(struct pull_out, has_more) },
	{ 0 },
};

/*
 * A record belongs to the municipality of the day of vaccination, and so do its corrections:
 * what its system has said to hold, it learns the end of. Only a record of a restricted person that began
 * after they left is not this municipality's to see, nor what becomes of it (P-10).
 */
static bool
is_for_us(yb_req *r, const struct pulled *p)
{
	struct subject s = { .org_id = yb_who(r)->org_id, .resident_state = p->resident_state,
		.elim_date = p->elim_date, .elim_reason = p->elim_reason,
		.not_disclosed = p->not_disclosed, .self_info_blocked = p->self_info_blocked };
	enum yb_viewer as = record_viewer(r, &s);
	yb_disclosure may = record_disclosure(as, &s);

	if (as != YB_VIEW_FORMER || yb_date_cmp(p->r.v.vaccinated_on, p->elim_date) <= 0)
		return true;
	return may.exists || !p->withheld;
}

const size_t record_pulled_size = sizeof(struct pulled);

int
record_pulled(yb_req *r, int64_t *next, int64_t limit, yb_list *ret, bool *ret_more)
{
	struct pulled *at;
	int64_t since = *next;
	size_t n, kept = 0;

	if (yb_db_list(r, &record_outbox_since, YB_ARGS(yb_i64(since), yb_i64(limit + 1)),
		PULL_MAX + 1, ret) < 0)
		return -1;
	at = ret->items;
	*ret_more = ret->n > (size_t)limit;
	n = *ret_more ? (size_t)limit : ret->n;
	for (size_t i = 0; i < n; i++) {
		*next = at[i].seq;
		if (!is_for_us(r, &at[i]))
			continue;
		yb_audit_subject(r, at[i].subject_no);
		at[i].hash = record_entry_hash(r, record_pulled_file, &at[i]);
		if (kept != i)
			at[kept] = at[i];
		kept++;
	}
	ret->n = kept;
	yb_audit_target(r, "outbox",
	    yb_format_text(r, "%lld-%lld", (long long)since, (long long)*next));
	return 0;
}

/* GET /record/vaccinations - what is new, corrected or cancelled since a number. */
int
record_pull(yb_req *r)
{
	const struct pull_query *q = yb_params(r);
	struct pull_out out = { .next_seq = q->since };

	if (record_pulled(r, &out.next_seq, q->limit.set ? q->limit.v : PULL_MAX, &out.records,
		&out.has_more) < 0)
		return -1;
	yb_reply_header(r, "X-Yobo-Schema", YB_STR("record/" RECORD_LINK_SCHEMA));
	return yb_reply_record(r, 200, record_pull_out, &out);
}

/* ---- POST /record/acks ---- */

static const yb_field ack_in[] = {
	{ "seq", YB_OF(struct ack, seq), .flags = YB_REQUIRED, .min = 1 },
	{ "result", YB_OF(struct ack, result), .flags = YB_REQUIRED, .max = 2, .one_of = "ok,ng" },
	{ "error", YB_OF(struct ack, error), .max = 100, .note = "why not, with ng" },
	{ 0 },
};

const yb_field record_ack_body[] = {
	{ "acks", YB_OF(struct ack_body, acks), YB_EACH(ack_in, struct ack), .flags = YB_REQUIRED,
	    .min = 1, .max = PULL_MAX },
	{ 0 },
};

static const yb_field ack_out[] = {
	{ "seq", YB_OF(struct ack, seq) },
	{ "result", YB_OF(struct ack, result), .one_of = "ok,ng,unknown,error",
	    .note = "what is kept: an ok stays ok; unknown: no such number; error: ok and ng of "
		    "one number, nothing is kept of either" },
	{ 0 },
};

const yb_field record_acked_out[] = {
	{ "results", YB_OF(struct ack_body, acks), YB_EACH(ack_out, struct ack) },
	{ 0 },
};

static const yb_field known_row[] = {
	{ "seq", YB_OF(struct ack_known, seq) },
	{ "state", YB_OF(struct ack_known, state) },
	{ "error", YB_OF(struct ack_known, error) },
	{ "subject_no", YB_OF(struct ack_known, subject_no) },
	{ 0 },
};

#define NUMBERS " JSON_TABLE(?, '$[*]' COLUMNS (seq BIGINT PATH '$')) n"

const yb_query record_outbox_known = {
	.name = "record_outbox_known",
	.sql = "SELECT STRAIGHT_JOIN o.seq, o.state, o.error, s.subject_no"
	       "  FROM (SELECT ? AS org_id) me JOIN" NUMBERS
	       "  JOIN record_outbox o ON o.org_id = me.org_id AND o.seq = n.seq"
	       "  JOIN record_subject s ON s.subject_id = o.subject_id"
	       "  JOIN record_vaccination v ON v.subject_id = o.subject_id"
	       "   AND v.record_id = o.record_id AND v.version = o.version"
	       " WHERE NOT " RECORD_WITHHELD " ORDER BY o.seq",
	.row = known_row,
	.row_size = sizeof(struct ack_known),
	.nparams = 2,
	.tenant = YB_ORG,
};

const yb_query record_outbox_ack = {
	.name = "record_outbox_ack",
	.sql = "UPDATE record_outbox o JOIN (SELECT ? AS org_id) me ON me.org_id = o.org_id"
	       " SET o.state = ?, o.error = ?, o.acked_us = ?"
	       " WHERE o.seq = ? AND o.state <> 'ACKED'"
	       "  AND (o.state <> 'RESOLVED' OR ? = 'ACKED')",
	.nparams = 6,
	.tenant = YB_ORG,
};

/* What the municipality has taken over is LINKED, when it is still what counts. */
const yb_query record_vaccination_linked = {
	.name = "record_vaccination_linked",
	.sql = "UPDATE record_vaccination v"
	       "  JOIN record_outbox o ON o.subject_id = v.subject_id"
	       "   AND o.record_id = v.record_id AND o.version = v.version"
	       "  JOIN (SELECT ? AS org_id) me ON me.org_id = o.org_id"
	       "  JOIN" NUMBERS " ON n.seq = o.seq"
	       " SET v.status = 'LINKED' WHERE v.status = 'REGISTERED' AND v.live = 1",
	.nparams = 2,
	.tenant = YB_ORG,
};

struct ack_row {
	yb_str state, error;
	yb_time acked_us;
	int64_t seq;
};

static const yb_field ack_params[] = {
	{ "state", YB_OF(struct ack_row, state) },
	{ "error", YB_OF(struct ack_row, error) },
	{ "acked_us", YB_OF(struct ack_row, acked_us) },
	{ "seq", YB_OF(struct ack_row, seq) },
	{ "state", YB_OF(struct ack_row, state) },
	{ 0 },
};

int
record_acks_known(yb_req *r, const int64_t *seq, size_t n, yb_list *ret)
{
	return yb_db_list(r, &record_outbox_known,
	    YB_ARGS(yb_text(yb_json_numbers(r, seq, n, sizeof *seq))), n + 1, ret);
}

const struct ack_known *
record_ack_known(const yb_list *known, int64_t seq)
{
	const struct ack_known *at = known->items;
	size_t from = 0, to = known->n;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (at[mid].seq == seq)
			return &at[mid];
		if (at[mid].seq < seq)
			from = mid + 1;
		else
			to = mid;
	}
	return NULL;
}

int
record_acks_keep(yb_req *r, const struct ack *acks, size_t n, const int64_t *linked,
    size_t n_linked)
{
	struct ack_row *rows = yb_alloc(r, (n + 1) * sizeof *rows);

	for (size_t i = 0; i < n; i++) {
		bool ok = yb_str_is(acks[i].result, "ok");

		rows[i] = (struct ack_row) { ok ? YB_STR("ACKED") : YB_STR("NACKED"),
			ok ? (yb_str) { 0 } : acks[i].error, yb_now(r), acks[i].seq };
	}
	return yb_db_each(r, &record_outbox_ack, ack_params, sizeof *rows, rows, n) != 0 ||
		yb_db_exec(r, &record_vaccination_linked,
		    YB_ARGS(yb_text(yb_json_numbers(r, linked, n_linked, sizeof *linked))),
		    NULL) != 0
	    ? -1
	    : 0;
}

/* Whether the same number is said to be ok and not: then nothing is known of it. */
static bool
contradicted(const yb_list *acks, size_t i)
{
	const struct ack *at = acks->items;

	for (size_t j = 0; j < acks->n; j++)
		if (at[j].seq == at[i].seq && !yb_str_eq(at[j].result, at[i].result))
			return true;
	return false;
}

/* POST /record/acks - what became of pulled records in the municipality's system. */
int
record_ack(yb_req *r)
{
	const struct ack_body *in = yb_body(r);
	const struct ack *asked = in->acks.items;
	size_t all = in->acks.n, n = 0, n_linked = 0;
	struct ack *at = yb_alloc(r, all * sizeof *at), *kept = yb_alloc(r, all * sizeof *kept);
	struct ack_body out = { .acks = { at, all } };
	int64_t *seq = yb_alloc(r, all * sizeof *seq);
	yb_list known;

	for (size_t i = 0; i < all; i++)
		seq[i] = asked[i].seq;
	if (record_acks_known(r, seq, all, &known) < 0)
		return -1;
	for (size_t i = 0; i < all; i++) {
		const struct ack_known *k = record_ack_known(&known, asked[i].seq);

		at[i] = asked[i];
		if (k == NULL) {
			at[i].result = YB_STR("unknown");
			continue;
		}
		if (contradicted(&in->acks, i)) {
			at[i].result = YB_STR("error");
			continue;
		}
		yb_audit_subject(r, k->subject_no);
		kept[n++] = asked[i];
		if (yb_str_is(k->state, "ACKED"))
			at[i].result = YB_STR("ok");
		if (yb_str_is(at[i].result, "ok"))
			seq[n_linked++] = at[i].seq;
	}
	if (record_acks_keep(r, kept, n, seq, n_linked) < 0)
		return -1;
	return yb_reply_record(r, 200, record_acked_out, &out);
}
