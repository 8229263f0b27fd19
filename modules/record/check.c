/*
 * check.c - may this dose be given (the check before the injection; brief 5.4).
 *
 * Here the rules say no. What they cannot decide, because its input was not sent, is listed.
 */
#include "outside.h"
#include "vaccination.h"

const yb_field record_check_in[] = {
	SUBJECT_REF_FIELDS(struct check_in, ref),
	VISIT_FIELDS(struct check_in, v, 0),
	{ 0 },
};

struct checked {
	bool allowed;
	yb_list findings, unknown, next;
	yb_str rule_version;
};

const yb_field record_check_out[] = {
	{ "allowed", YB_OF(struct checked, allowed), .note = "no finding of severity E" },
	{ "findings", YB_OF(struct checked, findings), YB_EACH(record_finding_out, struct finding) },
	{ "unknown", YB_OF(struct checked, unknown), .note = "rules whose input is absent" },
	{ "next", YB_OF(struct checked, next), YB_EACH(record_next_out, struct next_dose) },
	{ "rule_version", YB_OF(struct checked, rule_version) },
	{ 0 },
};

static void
code_check(yb_req *r, const char *list, yb_str code, const char *field)
{
	if (code.p != NULL && !record_code_known(r, list, code))
		yb_fault_add(r, field, "E-VAL-011");
}

static int
input_check(yb_req *r, const struct visit *v)
{
	if (v->vaccine_code.p == NULL)
		yb_fault_add(r, "/vaccine_code", "E-VAL-001");
	else if (!dose_rules_know(record_rules(r), v->vaccine_code))
		yb_fault_add(r, "/vaccine_code", "E-VAL-011");
	code_check(r, "CL_LEGAL", v->legal_class, "/legal_class");
	code_check(r, "CL_ROUTE", v->route, "/route");
	code_check(r, "CL_SITE", v->site, "/site");
	code_check(r, "CL_EXEC", v->exec_class, "/exec_class");
	code_check(r, "CL_PLACE", v->place_class, "/place_class");
	return yb_faults_refuse(r);
}

static yb_list
unknown_rules(yb_req *r, const struct dose_result *d)
{
	yb_str *at = yb_alloc(r, (d->n_unknown + 1) * sizeof *at);

	for (size_t i = 0; i < d->n_unknown; i++)
		at[i] = d->unknown[i];
	return (yb_list) { at, d->n_unknown };
}

/* POST /record/checks - whether a dose may be given, and what is due. */
int
record_check(yb_req *r)
{
	const struct check_in *in = yb_body(r);
	struct dose_result *d = yb_alloc(r, sizeof *d);
	struct dose_candidate c = record_dose_candidate(r, &in->v);
	struct dose_subject who;
	struct outside outside;
	struct checked out;
	struct history h;
	struct seen s;

	if (record_ref_check(r, &in->ref) < 0 || input_check(r, &in->v) < 0 ||
	    record_subject_find(r, &in->ref, false, &s) < 0 ||
	    record_history(r, &s.who, &h) < 0 ||
	    record_outside(r, NULL, &s.who, &in->v, &outside) < 0)
		return -1;
	record_outside_tell(&outside, &c);
	record_history_visible(r, &s, &h);
	if (record_products_compare(r, &in->v, &h) < 0)
		return -1;
	who = record_dose_subject(&s.who);
	if (dose_check(record_rules(r), &who, h.at, h.n, &c, yb_today(r), d) < 0)
		return yb_problem(r, "E-SYS-003");
	out = (struct checked) { .allowed = d->valid, .findings = record_findings(r, d),
		.unknown = unknown_rules(r, d), .rule_version = d->rule_version };
	if (s.as != YB_VIEW_FORMER) /* what is due where the person lives now is not theirs */
		out.next = record_next(r, d);
	yb_audit_subject(r, s.who.subject_no);
	return yb_reply_record(r, 200, record_check_out, &out);
}
