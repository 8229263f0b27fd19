/*
 * product.c - whether two doses were of one product (VR-11). A product is named by HOT13, YJ or
 * GTIN as the sender has it; the product master (M13) knows which of them belong together. What
 * neither the master nor the codes can tell is left open: no warning is better than a false one.
 */
#include "record.h"

#define PRODUCTS_MAX 200
#define HOT_PRODUCT  7 /* HOT7: what a HOT13 says besides is company and packing */

struct product_row {
	yb_str product_code, hot13, yj, gtin14;
};

static const yb_field product_row[] = {
	{ "product_code", YB_OF(struct product_row, product_code) },
	{ "hot13", YB_OF(struct product_row, hot13) },
	{ "yj", YB_OF(struct product_row, yj) },
	{ "gtin14", YB_OF(struct product_row, gtin14) },
	{ 0 },
};

const yb_query record_products = {
	.name = "record_products",
	.sql = "SELECT DISTINCT product_code, hot13, yj, gtin14 FROM master_lot_view"
	       " WHERE vaccine_code = ? ORDER BY product_code LIMIT 200",
	.row = product_row,
	.row_size = sizeof(struct product_row),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

static bool
same_code(yb_str a, yb_str b)
{
	return !yb_str_empty(a) && yb_str_eq(a, b);
}

static bool
both(yb_str a, yb_str b)
{
	return !yb_str_empty(a) && !yb_str_empty(b);
}

static bool
is_of(const struct product_row *row, const struct product *p)
{
	return same_code(p->hot13, row->hot13) || same_code(p->yj, row->yj) ||
	    same_code(p->gtin, row->gtin14);
}

/* DOSE_UNKNOWN: the master does not have both. */
static enum dose_tri
told_by_master(const yb_list *rows, const struct product *a, const struct product *b)
{
	const struct product_row *at = rows->items;
	bool knows_b = false, knows_a = false;

	for (size_t i = 0; i < rows->n; i++) {
		knows_b = knows_b || is_of(&at[i], b);
		if (!is_of(&at[i], a))
			continue;
		knows_a = true;
		for (size_t j = 0; j < rows->n; j++)
			if (is_of(&at[j], b) && yb_str_eq(at[i].product_code, at[j].product_code))
				return DOSE_YES;
	}
	return knows_a && knows_b ? DOSE_NO : DOSE_UNKNOWN;
}

/* A GTIN that differs may be another packing of the same product. */
static enum dose_tri
told_by_codes(const struct product *a, const struct product *b)
{
	yb_str x = { a->hot13.p, HOT_PRODUCT }, y = { b->hot13.p, HOT_PRODUCT };
	bool whole = a->hot13.len > HOT_PRODUCT && b->hot13.len > HOT_PRODUCT;

	if (same_code(a->hot13, b->hot13) || same_code(a->yj, b->yj) || same_code(a->gtin, b->gtin))
		return DOSE_YES;
	if (both(a->yj, b->yj))
		return DOSE_NO;
	if (both(a->hot13, b->hot13))
		return whole && yb_str_eq(x, y) ? DOSE_YES : DOSE_NO;
	return DOSE_UNKNOWN;
}

static yb_str
name_of(const struct product *p)
{
	if (p->hot13.p != NULL)
		return p->hot13;
	return p->yj.p != NULL ? p->yj : p->gtin;
}

static struct product
product_of(const struct visit *v)
{
	return (struct product) { v->hot13, v->yj, v->gtin };
}

/* Only where it is asked, and where the codes alone do not show that nothing has changed. */
static bool
master_is_asked(yb_req *r, const struct visit *v, const struct history *h)
{
	struct product mine = product_of(v);

	if (!dose_rules_by_product(record_rules(r), v->vaccine_code))
		return false;
	for (size_t i = 0; i < h->n; i++)
		if (yb_str_eq(h->at[i].vaccine_code, v->vaccine_code) &&
		    name_of(&h->product[i]).p != NULL &&
		    told_by_codes(&h->product[i], &mine) != DOSE_YES)
			return true;
	return false;
}

int
record_products_compare(yb_req *r, const struct visit *v, const struct history *h)
{
	struct product mine = product_of(v);
	yb_str name = name_of(&mine);
	yb_list rows = { 0 };

	for (size_t i = 0; i < h->n; i++)
		h->at[i].product = (yb_str) { 0 };
	if (name.p == NULL)
		return 0;
	if (master_is_asked(r, v, h) &&
	    yb_db_list(r, &record_products, YB_ARGS(yb_text(v->vaccine_code)), PRODUCTS_MAX,
		&rows) < 0)
		return -1;
	for (size_t i = 0; i < h->n; i++) {
		const struct product *p = &h->product[i];
		enum dose_tri same = told_by_master(&rows, p, &mine);

		if (name_of(p).p == NULL)
			continue;
		if (same == DOSE_UNKNOWN)
			same = told_by_codes(p, &mine);
		if (same == DOSE_YES)
			h->at[i].product = name;
		else if (same == DOSE_NO)
			h->at[i].product = YB_STR("/"); /* nobody's code */
	}
	return 0;
}
