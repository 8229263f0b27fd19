/*
 * citizen_link.c - which person a pairwise identifier is (H-3-3 step 4).
 *
 * The portal says it once: by 個人番号, which is compared by its match key and kept nowhere, or by
 * 宛名番号 and birth date. Whether anybody was found is not answered: a link to a person whose own
 * view is blocked must look like a link to nobody (P-09).
 */
#include "citizen.h"

struct link_in {
	struct behalf by;
};

const yb_field citizen_link_in[] = {
	{ "assertion", YB_OF(struct link_in, by.statement), .flags = YB_REQUIRED | YB_SECRET,
	    .max = 4096,
	    .note = "with my_number, or muni_code, muni_key and birth_date, of the claim subject" },
	{ 0 },
};

struct accepted {
	bool accepted;
};

const yb_field citizen_accepted_out[] = {
	{ "accepted", YB_OF(struct accepted, accepted), .note = "whether or not anybody was found" },
	{ 0 },
};

#define LINK(from)                                                                          \
	"INSERT INTO record_citizen_link (pairwise, subject_id, since_us)"                  \
	" SELECT k.pairwise, s.subject_id, k.us FROM (SELECT ? AS pairwise, ? AS us) k"     \
	"  JOIN " from " AND (s.elim_reason IS NULL OR s.elim_reason <> '3')"               \
	" ORDER BY s.resident_state = '住民' DESC, s.subject_id DESC LIMIT 1"                \
	" ON DUPLICATE KEY UPDATE subject_id = VALUES(subject_id), since_us = VALUES(since_us)"

const yb_query citizen_link_number = {
	.name = "citizen_link_number",
	.sql = "" LINK("record_vault v JOIN record_subject s ON s.subject_id = v.subject_id"
		       " WHERE v.match_key = ?"),
	.nparams = 3,
	.tenant = YB_CROSS,
};

const yb_query citizen_link_key = {
	.name = "citizen_link_key",
	.sql = "" LINK("record_subject s WHERE s.muni_code = ? AND s.muni_key = ?"
		       "  AND s.birth_date = ?"),
	.nparams = 5,
	.tenant = YB_CROSS,
};

struct number {
	yb_str subject_no;
};

static const yb_field number_row[] = {
	{ "subject_no", YB_OF(struct number, subject_no) },
	{ 0 },
};

const yb_query citizen_link_subject = {
	.name = "citizen_link_subject",
	.sql = "SELECT s.subject_no FROM record_citizen_link l"
	       "  JOIN record_subject s ON s.subject_id = l.subject_id"
	       " WHERE l.pairwise = ? AND l.since_us = ?",
	.row = number_row,
	.row_size = sizeof(struct number),
	.nparams = 2,
	.tenant = YB_CROSS,
};

/* One way of naming, and all of it. */
static bool
named(const struct about *a)
{
	bool key = a->muni_code.p != NULL && a->muni_key.p != NULL && !yb_date_is_null(a->birth_date);
	bool part = a->muni_code.p != NULL || a->muni_key.p != NULL || !yb_date_is_null(a->birth_date);

	return a->my_number.p != NULL ? !part : key;
}

/* POST /record/citizen/links - the portal says once who a pairwise identifier is. */
int
citizen_link(yb_req *r)
{
	const struct link_in *in = yb_body(r);
	struct accepted out = { true };
	yb_value now = yb_at(yb_now(r));
	struct number found;
	struct about a = { 0 };
	struct citizen c;
	int rc;

	if (citizen_open(r, &in->by, citizen_link_claims, &a, &c) < 0)
		return -1;
	if (!named(&a))
		return yb_problem_field(r, "E-CIT-002", "/assertion");
	rc = a.my_number.p != NULL
	    ? yb_db_exec(r, &citizen_link_number,
		  YB_ARGS(yb_blob(c.target), now,
		      yb_blob(yb_match_key(r, YB_STR("my_number"), a.my_number))),
		  NULL)
	    : yb_db_exec(r, &citizen_link_key,
		  YB_ARGS(yb_blob(c.target), now, yb_text(a.muni_code), yb_text(a.muni_key),
		      yb_day(a.birth_date)),
		  NULL);
	if (rc < 0)
		return -1;
	switch (yb_db_one(r, &citizen_link_subject, YB_ARGS(yb_blob(c.target), now), &found)) {
	case YB_DB_FAILED:
		return -1;
	case YB_ONE_ROW:
		yb_audit_subject(r, found.subject_no);
		break;
	case YB_NO_ROW:
		break;
	}
	return yb_reply_record(r, 200, citizen_accepted_out, &out);
}
