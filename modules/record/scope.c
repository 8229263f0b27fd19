/*
 * scope.c - who sees whom (vaccination brief P-08 to P-13).
 *
 * A municipality sees the persons it registered; an institution sees a person who is
 * presented by number, and of the records its own. What is out of scope is answered
 * exactly as what does not exist.
 */
#include "record.h"

#define OF_NO  "SELECT" SUBJECT_COLUMNS " FROM record_subject s WHERE s.subject_no "
#define BY_NO  OF_NO "= ?"
#define BY_KEY "SELECT" SUBJECT_COLUMNS " FROM record_subject s" \
	       " WHERE s.muni_code = ? AND s.muni_key = ?"
#define BY_ID  "SELECT" SUBJECT_COLUMNS " FROM record_subject s WHERE s.subject_id = ?"

const yb_query record_subjects_by_no = {
	.name = "record_subjects_by_no",
	.sql = "" OF_NO "IN " YB_GATHER_KEYS,
	.row = record_subject_row,
	.row_size = sizeof(struct subject),
	.nparams = YB_GATHER,
	.tenant = YB_CROSS,
};

const yb_query record_subject_by_no = {
	.name = "record_subject_by_no",
	.sql = "" BY_NO,
	.row = record_subject_row,
	.row_size = sizeof(struct subject),
	.nparams = 1,
	.tenant = YB_CROSS,
	.gathered = &record_subjects_by_no,
	.key = "subject_no",
};

const yb_query record_subject_by_no_lock = {
	.name = "record_subject_by_no_lock",
	.sql = "" BY_NO " FOR UPDATE",
	.row = record_subject_row,
	.row_size = sizeof(struct subject),
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query record_subject_by_key = {
	.name = "record_subject_by_key",
	.sql = "" BY_KEY,
	.row = record_subject_row,
	.row_size = sizeof(struct subject),
	.nparams = 2,
	.tenant = YB_CROSS,
};

const yb_query record_subject_by_key_lock = {
	.name = "record_subject_by_key_lock",
	.sql = "" BY_KEY " FOR UPDATE",
	.row = record_subject_row,
	.row_size = sizeof(struct subject),
	.nparams = 2,
	.tenant = YB_CROSS,
};

const yb_query record_subject_by_id = {
	.name = "record_subject_by_id",
	.sql = "" BY_ID,
	.row = record_subject_row,
	.row_size = sizeof(struct subject),
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query record_subject_by_id_lock = {
	.name = "record_subject_by_id_lock",
	.sql = "" BY_ID " FOR UPDATE",
	.row = record_subject_row,
	.row_size = sizeof(struct subject),
	.nparams = 1,
	.tenant = YB_CROSS,
};

/* The flags of all rows of a person (person.c). */
static const yb_field flags_row[] = {
	{ "not_disclosed", YB_OF(struct subject, not_disclosed) },
	{ "self_info_blocked", YB_OF(struct subject, self_info_blocked) },
	{ 0 },
};

const yb_query record_person_flags = {
	.name = "record_person_flags",
	.sql = "WITH RECURSIVE p (id) AS (SELECT CAST(? AS SIGNED)"
	       "  UNION SELECT q.b_id FROM p"
	       "   JOIN record_pair q ON q.a_id = p.id AND q.state = 'SAME'"
	       "  UNION SELECT q.a_id FROM p"
	       "   JOIN record_pair q ON q.b_id = p.id AND q.state = 'SAME')"
	       " SELECT MAX(s.not_disclosed) AS not_disclosed,"
	       "  MAX(s.self_info_blocked) AS self_info_blocked"
	       "  FROM p JOIN record_subject s ON s.subject_id = p.id",
	.row = flags_row,
	.row_size = sizeof(struct subject),
	.nparams = 1,
	.tenant = YB_CROSS,
};

/* Death ends no responsibility: only who moved or was registered in error has left (P-10). */
static bool
has_left(const struct subject *s)
{
	return yb_str_is(s->resident_state, REMOVED) && !yb_str_is(s->elim_reason, "2");
}

enum yb_viewer
record_viewer(const yb_req *r, const struct subject *s)
{
	const yb_caller *who = yb_who(r);

	if (who->org_type != YB_ORG_MUNI)
		return YB_VIEW_INSTITUTION;
	if (who->org_id != s->org_id)
		return YB_VIEW_OTHER_MUNI;
	if (has_left(s))
		return YB_VIEW_FORMER;
	return who->kind == YB_CLIENT ? YB_VIEW_FEED : YB_VIEW_RESPONSIBLE;
}

yb_disclosure
record_disclosure(enum yb_viewer as, const struct subject *s)
{
	return yb_disclose(as,
	    (yb_subject_flags) { .not_disclosed = s->not_disclosed,
		.self_info_blocked = s->self_info_blocked,
		.left_on = has_left(s) ? s->elim_date : (yb_date) { 0 } });
}

int
record_ref_check(yb_req *r, const struct subject_ref *ref)
{
	bool by_no = ref->subject_no.p != NULL;
	bool by_key = ref->muni_code.p != NULL || ref->muni_key.p != NULL;

	if (by_no && by_key)
		yb_fault_add(r, "/subject_no", "E-VAL-013");
	else if (!by_no && !by_key)
		yb_fault_add(r, "/subject_no", "E-VAL-001");
	else if (by_key && ref->muni_code.p == NULL)
		yb_fault_add(r, "/muni_code", "E-VAL-001");
	else if (by_key && ref->muni_key.p == NULL)
		yb_fault_add(r, "/muni_key", "E-VAL-001");
	return yb_faults_refuse(r);
}

int
record_seen_whole(yb_req *r, struct seen *s)
{
	struct subject flags = { 0 }, who = s->who;

	if (s->as != YB_VIEW_INSTITUTION || !who.linked)
		return 0;
	if (yb_db_find(r, &record_person_flags, YB_ARGS(yb_i64(who.subject_id)), &flags) < 0)
		return -1;
	who.not_disclosed = who.not_disclosed || flags.not_disclosed;
	who.self_info_blocked = who.self_info_blocked || flags.self_info_blocked;
	s->may = record_disclosure(s->as, &who);
	return 0;
}

bool
record_may_open(const yb_req *r, const void *subject)
{
	enum yb_viewer as = record_viewer(r, subject);
	yb_disclosure may = record_disclosure(as, subject);

	if (as == YB_VIEW_OTHER_MUNI || !may.exists)
		return false;
	return !may.needs_right || yb_who(r)->restricted_view;
}

/* Decides on a person that was found, and writes the alert of P-12. */
static int
subject_open(yb_req *r, bool lock, struct seen *s)
{
	if (!record_may_open(r, &s->who))
		return yb_problem(r, "E-AUTH-005");
	s->as = record_viewer(r, &s->who);
	s->may = record_disclosure(s->as, &s->who);
	if (s->may.banner)
		yb_audit_alert(r, "restricted", s->who.subject_no);
	return lock ? 0 : record_seen_whole(r, s);
}

static int
subject_found(yb_req *r, enum yb_found found, bool lock, struct seen *s)
{
	if (found == YB_DB_FAILED)
		return -1;
	if (found == YB_NO_ROW)
		return yb_problem(r, "E-AUTH-005");
	return subject_open(r, lock, s);
}

int
record_subject_find(yb_req *r, const struct subject_ref *ref, bool lock, struct seen *ret)
{
	const yb_query *q;
	enum yb_found found;

	if (ref->subject_no.p != NULL) {
		q = lock ? &record_subject_by_no_lock : &record_subject_by_no;
		found = yb_db_one(r, q, YB_ARGS(yb_text(ref->subject_no)), &ret->who);
	} else {
		q = lock ? &record_subject_by_key_lock : &record_subject_by_key;
		found = yb_db_one(r, q, YB_ARGS(yb_text(ref->muni_code), yb_text(ref->muni_key)),
		    &ret->who);
	}
	return subject_found(r, found, lock, ret);
}

int
record_subject_find_with(yb_req *r, const yb_query *q, yb_str subject_no, size_t limit,
    yb_list *rows, struct seen *ret)
{
	enum yb_found found = yb_db_one_with(r, q, yb_text(subject_no), &ret->who, limit, rows);

	return subject_found(r, found, false, ret);
}

int
record_subject_load(yb_req *r, int64_t subject_id, bool lock, struct seen *ret)
{
	const yb_query *q = lock ? &record_subject_by_id_lock : &record_subject_by_id;

	if (yb_db_find(r, q, YB_ARGS(yb_i64(subject_id)), &ret->who) < 0)
		return -1;
	return subject_open(r, lock, ret);
}

static bool
made_by(yb_req *r, const struct vaccination *v)
{
	int64_t me = yb_who(r)->org_id;

	return v->org_id == me || v->entered_org_id == me;
}

void
record_person_shown(yb_req *r, yb_str subject_no, bool restricted)
{
	yb_audit_subject(r, subject_no);
	if (restricted)
		yb_audit_alert(r, "restricted", subject_no);
}

bool
record_in_scope(yb_req *r, const struct seen *s, const struct vaccination *v)
{
	if (s->as == YB_VIEW_INSTITUTION) {
		yb_date since =
		    yb_date_add_days(yb_today(r), -yb_option_i64(r, "institution_view_days"));

		/* A vaccination of long ago that was registered lately is still in hand. */
		return made_by(r, v) &&
		    (yb_date_cmp(v->v.vaccinated_on, since) >= 0 ||
			yb_date_cmp(yb_date_in_japan(v->registered_at), since) >= 0);
	}
	return yb_date_is_null(s->may.until) ||
	    yb_date_cmp(v->v.vaccinated_on, s->may.until) <= 0;
}

bool
record_shows_institution(yb_req *r, const struct seen *s, const struct vaccination *v)
{
	return s->may.institution || made_by(r, v);
}

void
record_mask(yb_req *r, const struct seen *s, struct vaccination *v)
{
	if (record_shows_institution(r, s, v))
		return;
	v->v.org_code = v->v.venue = v->v.doctor_name = v->v.screening_doctor = (yb_str) { 0 };
}
