/*
 * outside.c - what other areas know of a vaccination: its lot (VR-16, VR-17), and whether the
 * institution is under contract for it (VR-20).
 *
 * Both masters may be empty: then nobody can tell, and the rules say so.
 */
#include "outside.h"

#define LOTS_MAX      50
#define CONTRACTS_MAX 200

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

struct contract_row {
	yb_date contract_from, contract_to;
};

static const yb_field contract_row[] = {
	{ "contract_from", YB_OF(struct contract_row, contract_from) },
	{ "contract_to", YB_OF(struct contract_row, contract_to) },
	{ 0 },
};

/* 集合契約 (M62), and the municipality's own contracts (M05), of any time. */
const yb_query record_contracts = {
	.name = "record_contracts",
	.sql = "SELECT contract_from, contract_to FROM master_contract_view"
	       " WHERE muni_code = ? AND org_code = ? AND vaccine_code = ?"
	       " UNION ALL SELECT valid_from, valid_to FROM master_live_view"
	       " WHERE master = 'M05' AND key_text = ? LIMIT 200",
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
lots_read(yb_req *r, struct outside_seen *seen, const struct visit *v, yb_list *ret)
{
	size_t at;

	for (size_t i = 0; seen != NULL && i < seen->n_lots && i < OUTSIDE_SEEN; i++) {
		*ret = seen->lots[i].rows;
		if (yb_str_eq(seen->lots[i].lot_no, v->lot_no) &&
		    yb_str_eq(seen->lots[i].vaccine_code, v->vaccine_code))
			return 0;
	}
	if (yb_db_list(r, &record_lots, YB_ARGS(yb_text(v->lot_no), yb_text(v->vaccine_code)),
		LOTS_MAX, ret) < 0)
		return -1;
	if (seen == NULL)
		return 0;
	at = seen->n_lots++ % OUTSIDE_SEEN;
	seen->lots[at].lot_no = v->lot_no;
	seen->lots[at].vaccine_code = v->vaccine_code;
	seen->lots[at].rows = *ret;
	return 0;
}

/*
 * The database is always asked: what this process holds of the masters may be seconds old, and a
 * lot that was stopped is stopped at once.
 */
static int
lot_find(yb_req *r, struct outside_seen *seen, const struct visit *v, struct outside *ret)
{
	yb_list lots;

	if (v->lot_no.p == NULL || v->vaccine_code.p == NULL)
		return 0;
	if (lots_read(r, seen, v, &lots) < 0)
		return -1;
	if (lots.n > 0)
		*ret = lots_weigh(v, &lots);
	else
		ret->lot = record_lots_kept(r, v->vaccine_code) ? DOSE_LOT_MISSING : DOSE_LOT_UNASKED;
	return 0;
}

static int
contracts_read(yb_req *r, struct outside_seen *seen, yb_str muni, yb_str org, yb_str vaccine,
    yb_list *ret)
{
	yb_str key = yb_format_text(r, "%.*s|%.*s|%.*s", (int)muni.len, muni.p, (int)org.len, org.p,
	    (int)vaccine.len, vaccine.p);
	size_t at;

	for (size_t i = 0; seen != NULL && i < seen->n_contracts && i < OUTSIDE_SEEN; i++) {
		*ret = seen->contracts[i].rows;
		if (yb_str_eq(seen->contracts[i].muni_code, muni) &&
		    yb_str_eq(seen->contracts[i].org_code, org) &&
		    yb_str_eq(seen->contracts[i].vaccine_code, vaccine))
			return 0;
	}
	if (yb_db_list(r, &record_contracts,
		YB_ARGS(yb_text(muni), yb_text(org), yb_text(vaccine), yb_text(key)),
		CONTRACTS_MAX, ret) < 0)
		return -1;
	if (seen == NULL)
		return 0;
	at = seen->n_contracts++ % OUTSIDE_SEEN;
	seen->contracts[at].muni_code = muni;
	seen->contracts[at].org_code = org;
	seen->contracts[at].vaccine_code = vaccine;
	seen->contracts[at].rows = *ret;
	return 0;
}

static bool
covers(const yb_list *contracts, yb_date on)
{
	const struct contract_row *at = contracts->items;

	for (size_t i = 0; i < contracts->n; i++)
		if (yb_date_cmp(at[i].contract_from, on) <= 0 &&
		    (yb_date_is_null(at[i].contract_to) || yb_date_cmp(at[i].contract_to, on) >= 0))
			return true;
	return false;
}

/*
 * A municipality needs no contract with itself. Where no 集合契約 of the municipality was ever
 * received, their absence says nothing.
 */
static int
contract_find(yb_req *r, struct outside_seen *seen, const struct subject *s, const struct visit *v,
    struct outside *ret)
{
	yb_date on = yb_date_is_null(v->vaccinated_on) ? yb_today(r) : v->vaccinated_on;
	const yb_caller *who = yb_who(r);
	yb_str org = v->org_code;
	enum record_contracts kept = record_contracts_kept(r, s->muni_code);
	yb_list contracts = { NULL, 0 };

	if (org.p == NULL && (who->org_type == YB_ORG_HMI || who->org_type == YB_ORG_NMI))
		org = who->org_code;
	if (org.p == NULL || v->vaccine_code.p == NULL)
		return 0;
	if (kept != RECORD_CONTRACTS_NONE &&
	    contracts_read(r, seen, s->muni_code, org, v->vaccine_code, &contracts) < 0)
		return -1;
	if (covers(&contracts, on) || yb_str_eq(org, s->muni_code))
		ret->contract = DOSE_YES;
	else if (kept == RECORD_CONTRACTS_RECEIVED)
		ret->contract = DOSE_NO;
	return 0;
}

int
record_outside(yb_req *r, struct outside_seen *seen, const struct subject *s,
    const struct visit *v, struct outside *ret)
{
	*ret = (struct outside) { .lot = DOSE_LOT_UNASKED };
	if ((v->exec_class.p == NULL || record_administered(v)) && lot_find(r, seen, v, ret) < 0)
		return -1;
	return contract_find(r, seen, s, v, ret);
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
record_lot_refuse(yb_req *r, const struct vaccination *v)
{
	const struct outside *o = &v->outside;

	if (!record_administered(&v->v) || yb_who(r)->org_type == YB_ORG_MUNI)
		return 0;
	if (o->lot == DOSE_LOT_STOPPED)
		return yb_problem_field(r, "E-REC-011", "/lot_no");
	if (yb_date_is_null(v->v.expiry_date) && !yb_date_is_null(o->expiry) &&
	    yb_date_cmp(o->expiry, v->v.vaccinated_on) < 0)
		return yb_problem_field(r, "E-VAL-003", "/lot_no"); /* VR-17, as the master has it */
	return 0;
}
