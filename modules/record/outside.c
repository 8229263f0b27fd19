/*
 * outside.c - what other areas know of a vaccination: its lot (VR-16, VR-17), and whether the
 * institution is under contract for it (VR-20).
 *
 * Both masters may be empty: then nobody can tell, and the rules say so.
 */
#include "outside.h"

#define LOTS_MAX 50

struct lot_row {
	yb_str gtin14;
	yb_date expiry;
	bool stopped;
};

static const yb_field lot_row[] = {
	{ "gtin14", YB_OF(struct lot_row, gtin14) },
	{ "expiry", YB_OF(struct lot_row, expiry) },
	{ "stopped", YB_OF(struct lot_row, stopped) },
	{ 0 },
};

/* Makers number as they like: one number may be several lots of a vaccine. */
const yb_query record_lots = {
	.name = "record_lots",
	.sql = "SELECT gtin14, expiry, stopped FROM master_lot_view"
	       " WHERE lot_no = ? AND vaccine_code = ? LIMIT 50",
	.row = lot_row,
	.row_size = sizeof(struct lot_row),
	.nparams = 2,
	.tenant = YB_GLOBAL,
};

struct listed {
	bool listed;
};

static const yb_field listed_row[] = {
	{ "listed", YB_OF(struct listed, listed) },
	{ 0 },
};

const yb_query record_lots_listed = {
	.name = "record_lots_listed",
	.sql = "SELECT EXISTS (SELECT 1 FROM master_lot_view WHERE vaccine_code = ?) AS listed",
	.row = listed_row,
	.row_size = sizeof(struct listed),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

struct contract_row {
	bool has, loaded;
};

static const yb_field contract_row[] = {
	{ "has", YB_OF(struct contract_row, has) },
	{ "loaded", YB_OF(struct contract_row, loaded) },
	{ 0 },
};

/*
 * 集合契約 (M62) or the municipality's own contract (M05) on that day. Where no 集合契約 of the
 * municipality was ever received, their absence says nothing.
 */
const yb_query record_contract = {
	.name = "record_contract",
	.sql = "SELECT (EXISTS (SELECT 1 FROM master_contract_view c WHERE c.muni_code = t.muni"
	       "   AND c.org_code = t.org AND c.vaccine_code = t.vaccine"
	       "   AND c.contract_from <= t.day"
	       "   AND (c.contract_to IS NULL OR c.contract_to >= t.day))"
	       "  OR EXISTS (SELECT 1 FROM master_live_view l WHERE l.master = 'M05'"
	       "   AND l.key_text = CONCAT(t.muni, '|', t.org, '|', t.vaccine)"
	       "   AND l.valid_from <= t.day AND (l.valid_to IS NULL OR l.valid_to >= t.day)))"
	       "  AS has,"
	       " EXISTS (SELECT 1 FROM master_contract_view c WHERE c.muni_code = t.muni)"
	       "  AS loaded"
	       " FROM (SELECT CONVERT(? USING utf8mb4) COLLATE utf8mb4_bin AS muni,"
	       "  CONVERT(? USING utf8mb4) COLLATE utf8mb4_bin AS org,"
	       "  CONVERT(? USING utf8mb4) COLLATE utf8mb4_bin AS vaccine,"
	       "  CAST(? AS DATE) AS day) t",
	.row = contract_row,
	.row_size = sizeof(struct contract_row),
	.nparams = 4,
	.tenant = YB_GLOBAL,
};

/* Those of the sender's product when the master knows it, else all of the number. */
static struct outside
lots_weigh(const struct visit *v, const yb_list *lots)
{
	const struct lot_row *at = lots->items;
	struct outside o = { .lot = DOSE_LOT_KNOWN };
	bool exact = false;

	for (size_t i = 0; i < lots->n; i++)
		exact = exact || (v->gtin.p != NULL && yb_str_eq(at[i].gtin14, v->gtin));
	for (size_t i = 0; i < lots->n; i++) {
		if (exact && !yb_str_eq(at[i].gtin14, v->gtin))
			continue;
		if (at[i].stopped)
			o.lot = DOSE_LOT_STOPPED;
		if (yb_date_is_null(o.expiry) || yb_date_cmp(at[i].expiry, o.expiry) > 0)
			o.expiry = at[i].expiry;
	}
	return o;
}

static int
lot_find(yb_req *r, const struct visit *v, struct outside *ret)
{
	struct listed known = { false };
	yb_list lots;

	if (v->lot_no.p == NULL || v->vaccine_code.p == NULL)
		return 0;
	if (yb_db_list(r, &record_lots, YB_ARGS(yb_text(v->lot_no), yb_text(v->vaccine_code)),
		LOTS_MAX, &lots) < 0)
		return -1;
	if (lots.n > 0) {
		*ret = lots_weigh(v, &lots);
		return 0;
	}
	if (yb_db_find(r, &record_lots_listed, YB_ARGS(yb_text(v->vaccine_code)), &known) < 0)
		return -1;
	ret->lot = known.listed ? DOSE_LOT_MISSING : DOSE_LOT_UNASKED;
	return 0;
}

/* A municipality needs no contract with itself. */
static int
contract_find(yb_req *r, const struct subject *s, const struct visit *v, struct outside *ret)
{
	yb_date on = yb_date_is_null(v->vaccinated_on) ? yb_today(r) : v->vaccinated_on;
	const yb_caller *who = yb_who(r);
	yb_str org = v->org_code;
	struct contract_row row = { false, false };

	if (org.p == NULL && (who->org_type == YB_ORG_HMI || who->org_type == YB_ORG_NMI))
		org = who->org_code;
	if (org.p == NULL || v->vaccine_code.p == NULL)
		return 0;
	if (yb_db_find(r, &record_contract,
		YB_ARGS(yb_text(s->muni_code), yb_text(org), yb_text(v->vaccine_code), yb_day(on)),
		&row) < 0)
		return -1;
	if (row.has || yb_str_eq(org, s->muni_code))
		ret->contract = DOSE_YES;
	else if (row.loaded)
		ret->contract = DOSE_NO;
	return 0;
}

int
record_outside(yb_req *r, const struct subject *s, const struct visit *v, struct outside *ret)
{
	*ret = (struct outside) { .lot = DOSE_LOT_UNASKED };
	if ((v->exec_class.p == NULL || record_administered(v)) && lot_find(r, v, ret) < 0)
		return -1;
	return contract_find(r, s, v, ret);
}

void
record_outside_tell(const struct outside *o, struct dose_candidate *c)
{
	c->lot = o->lot;
	c->contract = o->contract;
	if (yb_date_is_null(c->expiry_date))
		c->expiry_date = o->expiry;
}

int
record_lot_refuse(yb_req *r, const struct visit *v)
{
	struct outside o = { .lot = DOSE_LOT_UNASKED };

	if (!record_administered(v) || yb_who(r)->org_type == YB_ORG_MUNI)
		return 0;
	if (lot_find(r, v, &o) < 0)
		return -1;
	if (o.lot == DOSE_LOT_STOPPED)
		return yb_problem_field(r, "E-REC-011", "/lot_no");
	if (yb_date_is_null(v->expiry_date) && !yb_date_is_null(o.expiry) &&
	    yb_date_cmp(o.expiry, v->vaccinated_on) < 0)
		return yb_problem_field(r, "E-VAL-003", "/lot_no"); /* VR-17, as the master has it */
	return 0;
}
