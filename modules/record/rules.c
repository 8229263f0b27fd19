/*
 * rules.c - the few things for which a record is refused (wire contract, findings policy).
 *
 * Impossible values and unknown codes. Everything else that is unusual about a vaccination
 * that was given is a finding of the dose rules and is stored with it.
 */
#include "record.h"

#include <yb/org.h>

bool
record_administered(const struct visit *v)
{
	return yb_str_is(v->exec_class, "1");
}

/* Where a fault goes: to the answer, or to a row of a file. */
struct sink {
	yb_req *r;
	yb_row *row;
};

static void
say(const struct sink *k, const char *field, const char *code)
{
	if (k->row != NULL)
		yb_row_fault(k->r, k->row, field + 1, code); /* a column, not a pointer */
	else
		yb_fault_add(k->r, field, code);
}

static void
code_check(const struct sink *k, const char *list, yb_str code, const char *field)
{
	if (code.p != NULL && !record_code_known(k->r, list, code))
		say(k, field, "E-VAL-011");
}

/* CL_EXEC but for 9, which is what a cancellation says. */
static bool
exec_known(yb_req *r, const struct visit *v)
{
	return record_code_known(r, "CL_EXEC", v->exec_class) && !yb_str_is(v->exec_class, "9");
}

static void
codes_check(const struct sink *k, const struct visit *v)
{
	code_check(k, "CL_LEGAL", v->legal_class, "/legal_class");
	code_check(k, "CL_ROUTE", v->route, "/route");
	code_check(k, "CL_SITE", v->site, "/site");
	code_check(k, "CL_PLACE", v->place_class, "/place_class");
	if (!exec_known(k->r, v))
		say(k, "/exec_class", "E-VAL-011");
	if (!dose_rules_know(record_rules(k->r), v->vaccine_code))
		say(k, "/vaccine_code", "E-VAL-011");
}

static void
dates_check(const struct sink *k, const struct subject *s, const struct visit *v)
{
	if (yb_date_cmp(v->vaccinated_on, yb_today(k->r)) > 0 ||
	    yb_date_cmp(v->vaccinated_on, s->birth_date) < 0)
		say(k, "/vaccinated_on", "E-VAL-003"); /* VR-01 */
	if (!yb_date_is_null(v->expiry_date) && record_administered(v) &&
	    yb_date_cmp(v->expiry_date, v->vaccinated_on) < 0)
		say(k, "/expiry_date", "E-VAL-003"); /* VR-17 */
}

static void
must_have(const struct sink *k, bool has, const char *field)
{
	if (!has)
		say(k, field, "E-VAL-001");
}

static void
must_not_have(const struct sink *k, bool has, const char *field)
{
	if (has)
		say(k, field, "E-VAL-013");
}

/* What a given dose must say, and what a visit without one must not (VR-22). */
static void
items_check(const struct sink *k, const struct visit *v)
{
	if (record_administered(v)) {
		must_have(k, v->lot_no.p != NULL, "/lot_no");
		must_have(k, v->dose_seq.set, "/dose_seq");
		must_have(k, v->route.p != NULL, "/route");
		must_have(k, v->dose_ml.set || yb_str_is(v->vaccine_code, "BCG"), "/dose_ml");
	} else if (exec_known(k->r, v)) {
		must_have(k, v->not_done_reason.p != NULL, "/not_done_reason");
		must_not_have(k, v->lot_no.p != NULL, "/lot_no");
		must_not_have(k, v->dose_ml.set, "/dose_ml");
		must_not_have(k, v->route.p != NULL, "/route");
	}
	must_have(k, v->doctor_name.p != NULL, "/doctor_name"); /* VR-21 */
}

static void
format_check(const struct sink *k, const yb_format *format, yb_str s, const char *field)
{
	const char *bad = s.p == NULL ? NULL : format->check(s);

	if (bad != NULL)
		say(k, field, bad);
}

static void
visit_check(const struct sink *k, const struct subject *s, const struct visit *v)
{
	format_check(k, &yb_format_lot, v->lot_no, "/lot_no"); /* VR-16 */
	format_check(k, &yb_format_gtin, v->gtin, "/gtin");
	codes_check(k, v);
	dates_check(k, s, v);
	items_check(k, v);
}

int
record_visit_refuse(yb_req *r, const struct subject *s, const struct visit *v)
{
	visit_check(&(struct sink) { r, NULL }, s, v);
	return yb_faults_refuse(r);
}

void
record_visit_refuse_row(yb_req *r, yb_row *row, const struct subject *s, const struct visit *v)
{
	visit_check(&(struct sink) { r, row }, s, v);
}

int
record_visit_org(yb_req *r, struct visit *v, int64_t *ret_org_id)
{
	const yb_caller *who = yb_who(r);
	enum yb_found found;
	const char *bad;
	yb_org org;

	*ret_org_id = who->org_id;
	if (v->org_code.p == NULL)
		v->org_code = who->org_code;
	if (yb_str_eq(v->org_code, who->org_code))
		return 0;
	bad = yb_format_org_code.check(v->org_code);
	if (bad != NULL) {
		yb_fault_add(r, "/org_code", bad);
		return 0;
	}
	if (who->org_type != YB_ORG_MUNI) {
		/* Another institution's code is answered like one that does not exist. */
		yb_fault_add(r, "/org_code", "E-VAL-011");
		return 0;
	}
	found = yb_org_by_code(r, v->org_code, &org);
	if (found == YB_DB_FAILED)
		return -1;
	if (found == YB_ONE_ROW && yb_word_in(org.org_type, "HMI,NMI,MUNI", ','))
		*ret_org_id = org.org_id;
	else
		yb_fault_add(r, "/org_code", "E-VAL-011");
	return 0;
}
