/*
 * evaluation.c - the dose rules (dose.h) applied to stored records.
 */
#include "outside.h"

#include <stdlib.h>
#include <string.h>

#define LIVE_MAX 5000 /* live records of one person; the newest DOSE_HISTORY_MAX are looked at */

const yb_field record_finding_out[] = {
	{ "rule", YB_OF(struct finding, rule), .note = "VR-05" },
	{ "severity", YB_OF(struct finding, severity), .one_of = "E,W,I" },
	{ "message", YB_OF(struct finding, message) },
	{ "earliest", YB_OF(struct finding, earliest) },
	{ "latest", YB_OF(struct finding, latest) },
	{ 0 },
};

const yb_field record_evaluation_out[] = {
	{ "valid", YB_OF(struct evaluation, valid), .note = "no finding of severity E" },
	{ "findings", YB_OF(struct evaluation, findings),
	    YB_EACH(record_finding_out, struct finding) },
	{ "rule_version", YB_OF(struct evaluation, rule_version) },
	{ 0 },
};

const yb_field record_next_out[] = {
	{ "vaccine_code", YB_OF(struct next_dose, vaccine_code) },
	{ "vaccine_name", YB_OF(struct next_dose, vaccine_name) },
	{ "phase", YB_OF(struct next_dose, phase) },
	{ "dose_seq", YB_OF(struct next_dose, dose_seq) },
	{ "dose_label", YB_OF(struct next_dose, dose_label) },
	{ "earliest", YB_OF(struct next_dose, earliest), .note = "possible since, or from" },
	{ "recommended", YB_OF(struct next_dose, recommended) },
	{ "latest", YB_OF(struct next_dose, latest) },
	{ 0 },
};

/* ---- the history ---- */

struct row { /* gives the shared field list its path */
	struct history_row h;
	int64_t subject_id;
};

static const yb_field history_row[] = {
	HISTORY_FIELDS(struct row, h),
	{ "subject_id", YB_OF(struct row, subject_id) },
	{ 0 },
};

#define HISTORY "SELECT" HISTORY_COLUMNS ", v.subject_id FROM record_vaccination v"

/* One range of the primary key; in order they are put here (as record_timeline_read). */
const yb_query record_history_read = {
	.name = "record_history_read",
	.sql = "" HISTORY " FORCE INDEX (PRIMARY)"
	       " WHERE v.subject_id = ? AND v.live = 1 LIMIT 5000",
	.row = history_row,
	.row_size = sizeof(struct row),
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query record_history_person = {
	.name = "record_history_person",
	.sql = "" HISTORY
	       "  JOIN JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT PATH '$')) j ON j.id = v.subject_id"
	       " WHERE v.live = 1 LIMIT 5000",
	.row = history_row,
	.row_size = sizeof(struct row),
	.nparams = 1,
	.tenant = YB_CROSS,
};

static int
newest_first(const void *a, const void *b)
{
	const struct history_row *x = &((const struct row *)a)->h, *y = &((const struct row *)b)->h;
	int by_day = yb_date_cmp(y->vaccinated_on, x->vaccinated_on);

	return by_day != 0 ? by_day : memcmp(x->record_id.b, y->record_id.b, sizeof x->record_id.b);
}

static int
history_read(yb_req *r, const struct subject *s, yb_list *ret)
{
	const yb_query *q = &record_history_read;
	yb_value who = yb_i64(s->subject_id);
	yb_list others;

	if (record_masters_follow(r) < 0 || record_person(r, s, &others) < 0)
		return -1;
	if (others.n > 0) {
		q = &record_history_person;
		who = yb_text(record_person_ids(r, s, &others));
	}
	if (yb_db_list(r, q, YB_ARGS(who), LIVE_MAX, ret) < 0)
		return -1;
	if (ret->n > 1)
		qsort(ret->items, ret->n, sizeof(struct row), newest_first);
	(void)yb_page_cut(ret, DOSE_HISTORY_MAX);
	return 0;
}

void
record_history_room(yb_req *r, struct history *ret, size_t room)
{
	*ret = (struct history) {
		.at = yb_alloc(r, (room + 1) * sizeof *ret->at),
		.product = yb_alloc(r, (room + 1) * sizeof *ret->product),
		.record_id = yb_alloc(r, (room + 1) * sizeof *ret->record_id),
		.org_id = yb_alloc(r, (room + 1) * sizeof *ret->org_id),
		.own = yb_alloc(r, (room + 1) * sizeof *ret->own),
	};
}

void
record_history_add(struct history *h, const struct history_row *row)
{
	h->product[h->n] = row->product;
	h->record_id[h->n] = row->record_id;
	h->org_id[h->n] = row->org_id;
	h->at[h->n++] = (struct dose_event) {
		.vaccine_code = row->vaccine_code,
		.phase = row->phase,
		.dose_seq = row->dose_seq.v,
		.on = row->vaccinated_on,
		.due_date = row->due_date,
		.exec_class = row->exec_class,
		.legal_class = row->legal_class,
	};
}

int
record_history(yb_req *r, const struct subject *s, struct history *ret)
{
	const struct row *at;
	yb_list rows;

	if (history_read(r, s, &rows) < 0)
		return -1;
	at = rows.items;
	record_history_room(r, ret, rows.n);
	for (size_t i = 0; i < rows.n; i++) {
		ret->own[i] = at[i].subject_id == s->subject_id;
		record_history_add(ret, &at[i].h);
	}
	return 0;
}

static void
history_keep(struct history *h, size_t *kept, size_t i)
{
	h->record_id[*kept] = h->record_id[i];
	h->org_id[*kept] = h->org_id[i];
	h->own[*kept] = h->own[i];
	h->product[*kept] = h->product[i];
	h->at[(*kept)++] = h->at[i];
}

void
record_history_without(struct history *h, yb_uuid record_id)
{
	size_t kept = 0;

	for (size_t i = 0; i < h->n; i++)
		if (memcmp(h->record_id[i].b, record_id.b, sizeof record_id.b) != 0)
			history_keep(h, &kept, i);
	h->n = kept;
}

/* What the viewer has itself: an institution what it gave, who was left its row until then. */
static bool
history_known(yb_req *r, const struct seen *s, const struct history *h, size_t i)
{
	if (s->as == YB_VIEW_INSTITUTION)
		return h->org_id[i] == yb_who(r)->org_id;
	return h->own[i] && yb_date_cmp(h->at[i].on, s->may.until) <= 0;
}

void
record_history_visible(yb_req *r, const struct seen *s, struct history *h)
{
	size_t kept = 0;

	if (s->may.history)
		return;
	for (size_t i = 0; i < h->n; i++)
		if (history_known(r, s, h, i))
			history_keep(h, &kept, i);
	h->n = kept;
}

/* ---- what the engine is asked ---- */

struct dose_subject
record_dose_subject(const struct subject *s)
{
	return (struct dose_subject) {
		.birth_date = s->birth_date,
		.sex = s->sex,
		.due_date = s->due_date,
		.resident = yb_str_is(s->resident_state, REMOVED) ? DOSE_NO : DOSE_YES,
		.elim_date = s->elim_date,
	};
}

static yb_str
first_of(yb_str a, yb_str b, yb_str c)
{
	if (a.p != NULL)
		return a;
	return b.p != NULL ? b : c;
}

static struct dose_event
event_of(const struct visit *v)
{
	return (struct dose_event) {
		.vaccine_code = v->vaccine_code,
		.product = first_of(v->hot13, v->yj, v->gtin),
		.phase = v->phase,
		.dose_seq = v->dose_seq.v,
		.on = v->vaccinated_on,
		.due_date = v->due_date,
		.exec_class = v->exec_class,
		.legal_class = v->legal_class,
	};
}

struct dose_candidate
record_dose_candidate(yb_req *r, const struct visit *v)
{
	return (struct dose_candidate) {
		.dose = event_of(v),
		.lot_no = v->lot_no,
		.expiry_date = v->expiry_date,
		.dose_ml = v->dose_ml,
		.route = v->route,
		.doctor_name = v->doctor_name,
		.not_done_reason = v->not_done_reason,
		.skip_reason = v->confirm_reason,
		.legal_explained = v->legal_class.p != NULL && v->confirm_reason.p != NULL
		    ? DOSE_YES
		    : DOSE_NO,
		.history = yb_who(r)->org_type == YB_ORG_MUNI,
	};
}

/* ---- what it answered ---- */

yb_list
record_findings(yb_req *r, const struct dose_result *d)
{
	struct finding *at = yb_alloc(r, (d->n_findings + 1) * sizeof *at);

	for (size_t i = 0; i < d->n_findings; i++) {
		const struct dose_finding *f = &d->findings[i];

		at[i] = (struct finding) { f->rule, f->severity, f->message_ja, f->earliest,
			f->latest };
	}
	return (yb_list) { at, d->n_findings };
}

yb_list
record_next(yb_req *r, const struct dose_result *d)
{
	struct next_dose *at = yb_alloc(r, (d->n_next + 1) * sizeof *at);

	for (size_t i = 0; i < d->n_next; i++) {
		const struct dose_next *n = &d->next[i];

		at[i] = (struct next_dose) { n->vaccine_code,
			record_vaccine_name(r, n->vaccine_code), n->phase, n->dose_seq,
			n->dose_label, n->earliest, n->recommended, n->latest };
	}
	return (yb_list) { at, d->n_next };
}

/* ---- a visit that is to be stored ---- */

static yb_str
season_key(yb_req *r, const struct visit *v, yb_date due)
{
	char room[DOSE_SEASON_KEY];

	return yb_copy(r,
	    dose_season_key(record_rules(r), v->vaccine_code, v->vaccinated_on, due, room));
}

/* Phase and label as the schedule names them; the due date where the vaccine asks for it. */
static void
derive(yb_req *r, const struct subject *s, const struct history *h, struct vaccination *v)
{
	struct dose_subject who = record_dose_subject(s);
	struct dose_event dose = event_of(&v->v);
	yb_str phase = { 0 }, label = { 0 }, season;
	bool named = dose_name(record_rules(r), &who, h->at, h->n, &dose, &phase, &label) == 0;

	if (v->v.phase.p == NULL && !yb_str_empty(phase))
		v->v.phase = phase;
	if (v->v.dose_label.p == NULL && named)
		v->v.dose_label = label;
	if (v->v.dose_label.p == NULL && v->v.dose_seq.set)
		v->v.dose_label = yb_format_text(r, "%d回目", (int)v->v.dose_seq.v);
	if (yb_date_is_null(v->v.due_date) && !yb_date_is_null(s->due_date) &&
	    !yb_str_eq(season_key(r, &v->v, s->due_date), season_key(r, &v->v, (yb_date) { 0 })))
		v->v.due_date = s->due_date;
	season = season_key(r, &v->v, v->v.due_date);
	v->dose_key = yb_format_text(r, "%.*s/%d/%.*s", (int)v->v.phase.len,
	    v->v.phase.p == NULL ? "" : v->v.phase.p, (int)v->v.dose_seq.v, (int)season.len,
	    season.p == NULL ? "" : season.p);
}

int
record_evaluate(yb_req *r, const struct subject *s, const struct history *h, bool correction,
    struct vaccination *v, struct evaluation *ret)
{
	struct dose_result *d = yb_alloc(r, sizeof *d);
	struct dose_subject who = record_dose_subject(s);
	struct dose_candidate c;

	if (record_products_compare(r, &v->v, h) < 0)
		return -1;
	derive(r, s, h, v);
	c = record_dose_candidate(r, &v->v);
	record_outside_tell(&v->outside, &c);
	c.correction = correction ? DOSE_YES : DOSE_NO;
	c.complete = true;
	if (dose_evaluate(record_rules(r), &who, h->at, h->n, &c, yb_today(r), d) < 0)
		return yb_problem(r, "E-SYS-003");
	*ret = (struct evaluation) { d->valid, record_findings(r, d), d->rule_version };
	v->evaluation = record_evaluation_write(r, ret);
	return 0;
}

struct evaluation *
record_evaluation_told(yb_req *r, const struct seen *s, const struct history *h,
    const struct vaccination *v, struct evaluation *e)
{
	struct dose_result *d = yb_alloc(r, sizeof *d);
	struct dose_subject who = record_dose_subject(&s->who);
	struct dose_candidate c = record_dose_candidate(r, &v->v);
	struct history mine = *h;

	if (s->may.history)
		return e;
	c.complete = true;
	record_outside_tell(&v->outside, &c);
	record_history_visible(r, s, &mine);
	if (dose_evaluate(record_rules(r), &who, mine.at, mine.n, &c, yb_today(r), d) < 0)
		*e = (struct evaluation) { 0 };
	else
		*e = (struct evaluation) { d->valid, record_findings(r, d), d->rule_version };
	return e;
}
