/*
 * timeline.c - what a person has received, and what is due (H-3-2 step 4).
 */
#include "record.h"
#include "timeline.h"

#include <stdlib.h>

#define TIMELINE_MAX 500  /* records of an answer */
#define VERSIONS_MAX 5000 /* of all records of a person */

const yb_field record_timeline_query[] = {
	{ "search_id", YB_OF(struct timeline_query, search_id),
	    .note = "the search this person was found with: its purpose is written to the log" },
	{ "purpose", YB_OF(struct timeline_query, purpose), .max = 2,
	    .note = "staff, instead of search_id: CL_PURPOSE" },
	{ "reason", YB_OF(struct timeline_query, reason), .max = 200, .note = "required with 99" },
	{ "history", YB_OF(struct timeline_query, history),
	    .note = "true: superseded versions and cancelled records too" },
	{ "previous", YB_OF(struct timeline_query, previous),
	    .note = "true: records under other rows of the person too" },
	{ 0 },
};

static const yb_field person_out[] = {
	{ "subject_no", YB_OF(struct subject, subject_no) },
	{ "muni_code", YB_OF(struct subject, muni_code) },
	{ "muni_key", YB_OF(struct subject, muni_key) },
	{ "name", YB_OF(struct subject, name) },
	{ "name_kana", YB_OF(struct subject, name_kana) },
	{ "birth_date", YB_OF(struct subject, birth_date) },
	{ "sex", YB_OF(struct subject, sex) },
	{ "address", YB_OF(struct subject, address) },
	{ "resident_state", YB_OF(struct subject, resident_state) },
	{ "elim_date", YB_OF(struct subject, elim_date) },
	{ "elim_reason", YB_OF(struct subject, elim_reason) },
	{ "not_disclosed", YB_OF(struct subject, not_disclosed) },
	{ "self_info_blocked", YB_OF(struct subject, self_info_blocked) },
	{ "due_date", YB_OF(struct subject, due_date) },
	{ "death_date", YB_OF(struct subject, death_date) },
	{ 0 },
};

const yb_field record_timeline_out[] = {
	{ "subject", YB_OF(struct timeline, subject), YB_EACH(person_out, struct subject) },
	{ "banner", YB_OF(struct timeline, banner), .note = "支援措置対象者" },
	{ "records", YB_OF(struct timeline, records), YB_EACH(record_shown_out, struct shown),
	    .note = "the newest first" },
	{ "next", YB_OF(struct timeline, next), YB_EACH(record_next_out, struct next_dose) },
	{ "rule_version", YB_OF(struct timeline, rule_version) },
	{ 0 },
};

/*
 * One range of the primary key: a person's records lie together. They are few: putting them in
 * order and leaving out old versions costs less here than in the database.
 */
#define OF_PERSON                                                          \
	"SELECT" SHOWN_COLUMNS " FROM record_vaccination v FORCE INDEX (PRIMARY)" \
	" LEFT JOIN core_org o ON o.org_id = v.org_id WHERE v.subject_id "

const yb_query record_timelines_read = {
	.name = "record_timelines_read",
	.sql = "" OF_PERSON "IN " YB_GATHER_KEYS,
	.row = record_shown_row,
	.row_size = sizeof(struct shown),
	.nparams = YB_GATHER,
	.tenant = YB_CROSS,
};

const yb_query record_timeline_read = {
	.name = "record_timeline_read",
	.sql = "" OF_PERSON "= ? LIMIT 5000",
	.row = record_shown_row,
	.row_size = sizeof(struct shown),
	.nparams = 1,
	.tenant = YB_CROSS,
	.gathered = &record_timelines_read,
	.key = "subject_id",
	.parent = &record_subject_by_no,
	.may_read = record_may_open,
};

/* The same for a person of several rows (person.c). */
const yb_query record_timeline_person = {
	.name = "record_timeline_person",
	.sql = "SELECT" SHOWN_COLUMNS " FROM record_vaccination v"
	       "  JOIN JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT PATH '$')) j ON j.id = v.subject_id"
	       " LEFT JOIN core_org o ON o.org_id = v.org_id LIMIT 5000",
	.row = record_shown_row,
	.row_size = sizeof(struct shown),
	.nparams = 1,
	.tenant = YB_CROSS,
};

static int
newest_first(const void *a, const void *b)
{
	const struct vaccination *x = &((const struct shown *)a)->r, *y = &((const struct shown *)b)->r;
	int by_day = yb_date_cmp(y->v.vaccinated_on, x->v.vaccinated_on);

	if (by_day != 0)
		return by_day;
	if (x->registered_at.us != y->registered_at.us)
		return x->registered_at.us < y->registered_at.us ? 1 : -1;
	return (x->version < y->version) - (x->version > y->version);
}

/* What a reader sees of the versions of a person's records. */
static void
shown_keep(yb_list *versions, bool history)
{
	struct shown *at = versions->items;
	size_t kept = 0;

	for (size_t i = 0; i < versions->n; i++)
		if (history || at[i].r.live.set)
			at[kept++] = at[i];
	if (kept > 1)
		qsort(at, kept, sizeof *at, newest_first);
	versions->n = kept < TIMELINE_MAX ? kept : TIMELINE_MAX;
}

int
record_shown_live(yb_req *r, int64_t subject_id, yb_list *ret)
{
	yb_args who = YB_ARGS(yb_i64(subject_id));

	if (yb_db_list(r, &record_timeline_read, who, VERSIONS_MAX, ret) < 0)
		return -1;
	shown_keep(ret, false);
	return 0;
}

/* A viewer sees of the person no more than the disclosure says. */
static void
person_mask(const struct seen *s, struct subject *who)
{
	bool responsible = s->as == YB_VIEW_RESPONSIBLE || s->as == YB_VIEW_FEED;

	if (!s->may.address)
		who->address = (yb_str) { 0 };
	if (responsible)
		return;
	who->death_date = who->due_date = (yb_date) { 0 };
	if (s->as == YB_VIEW_INSTITUTION) { /* the register is not the institution's */
		who->muni_key = who->elim_reason = (yb_str) { 0 };
		who->elim_date = (yb_date) { 0 };
		who->not_disclosed = who->self_info_blocked = false;
		who->resident_state = (yb_str) { 0 };
		who->muni_code = (yb_str) { 0 }; /* of nobody: a gap would give the flag away */
	}
}

static struct dose_event
event_of(const struct visit *v)
{
	return (struct dose_event) {
		.vaccine_code = v->vaccine_code,
		.phase = v->phase,
		.dose_seq = v->dose_seq.v,
		.on = v->vaccinated_on,
		.due_date = v->due_date,
		.exec_class = v->exec_class,
		.legal_class = v->legal_class,
	};
}

/* What is due, for the municipality responsible: it alone has the whole history. */
static void
forecast(yb_req *r, const struct seen *s, const yb_list *records, struct timeline *out)
{
	struct dose_subject who = record_dose_subject(&s->who);
	struct dose_event *at = yb_alloc(r, (records->n + 1) * sizeof *at);
	struct dose_result *d = yb_alloc(r, sizeof *d);
	size_t n = 0;

	if ((s->as != YB_VIEW_RESPONSIBLE && s->as != YB_VIEW_FEED) ||
	    !yb_date_is_null(s->who.death_date))
		return;
	for (size_t i = 0; i < records->n && n < DOSE_HISTORY_MAX; i++) {
		const struct shown *row = (const struct shown *)records->items + i;

		if (row->r.live.set)
			at[n++] = event_of(&row->r.v);
	}
	if (dose_forecast(record_rules(r), &who, at, n, yb_today(r), d) < 0)
		return; /* a vaccine the rules no longer know: nothing can be said */
	out->next = record_next(r, d);
	out->rule_version = d->rule_version;
}

/*
 * For the municipality responsible now the records anew, with those of earlier rows (C5); of a row
 * under 支援措置 only for who may open such persons. *others: what was added.
 */
static int
earlier_read(yb_req *r, const struct seen *s, yb_list *records, yb_list *others)
{
	bool responsible = s->as == YB_VIEW_RESPONSIBLE || s->as == YB_VIEW_FEED;
	struct person_row *at;
	size_t kept = 0;

	*others = (yb_list) { NULL, 0 };
	if (responsible && record_person(r, &s->who, others) < 0)
		return -1;
	at = others->items;
	for (size_t i = 0; i < others->n; i++)
		if (!at[i].restricted || s->as == YB_VIEW_FEED || yb_who(r)->restricted_view)
			at[kept++] = at[i];
	others->n = kept;
	if (kept == 0)
		return 0;
	return yb_db_list(r, &record_timeline_person,
	    YB_ARGS(yb_text(record_person_ids(r, &s->who, others))), VERSIONS_MAX, records);
}

/* The earlier rows are looked at: each is a subject of the log, and restricted ones an alert. */
static bool
previous_open(yb_req *r, const yb_list *others)
{
	const struct person_row *at = others->items;
	bool banner = false;

	for (size_t i = 0; i < others->n; i++) {
		record_person_shown(r, at[i].subject_no, at[i].restricted);
		banner = banner || at[i].restricted;
	}
	return banner;
}

/* GET /record/subjects/{subject_no}/timeline - records of a person and the next doses. */
int
record_timeline(yb_req *r)
{
	const struct timeline_query *q = yb_params(r);
	bool history = q->history && yb_who(r)->kind == YB_STAFF;
	bool previous = q->previous && yb_who(r)->kind == YB_STAFF;
	struct timeline out = { 0 };
	struct subject shown;
	struct shown *at;
	struct seen s;
	size_t kept = 0;
	yb_list others;

	if (record_purpose(r, q->search_id, q->purpose, q->reason) < 0)
		return -1;
	if (record_subject_find_with(r, &record_timeline_read, yb_path(r, "subject_no"),
		VERSIONS_MAX, &out.records, &s) < 0)
		return -1;
	if (earlier_read(r, &s, &out.records, &others) < 0)
		return -1;
	shown_keep(&out.records, history);
	forecast(r, &s, &out.records, &out);
	at = out.records.items;
	for (size_t i = 0; i < out.records.n; i++) {
		bool before = at[i].r.subject_id != s.who.subject_id;

		if (!record_in_scope(r, &s, &at[i].r) || (before && !previous))
			continue;
		at[kept] = at[i];
		at[kept].previous = before;
		record_show(r, &s, &at[kept++]);
	}
	out.records.n = kept;
	/* An institution knows a person by what it did there; without that, not at all (P-13). */
	if (s.as == YB_VIEW_INSTITUTION && kept == 0)
		return yb_problem(r, "E-AUTH-005");
	shown = s.who;
	person_mask(&s, &shown);
	out.subject.p = &shown;
	out.banner = s.may.banner;
	if (previous && previous_open(r, &others))
		out.banner = true;
	yb_audit_subject(r, s.who.subject_no);
	return yb_reply_record(r, 200, record_timeline_out, &out);
}
