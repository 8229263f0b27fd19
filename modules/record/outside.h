/*
 * outside.h - what the masters say of a vaccination: lot and contract; and the list of those
 * who received a lot that has been stopped.
 */
#ifndef RECORD_OUTSIDE_H
#define RECORD_OUTSIDE_H

#include "record.h"

#define OUTSIDE_SEEN 64 /* lots and contracts remembered */

/* What was read for the rows of one file before: they name few lots and contracts many times. */
struct outside_seen {
	struct {
		yb_str vaccine_code, lot_no;
		yb_list rows;
	} lots[OUTSIDE_SEEN];
	struct {
		yb_str muni_code, org_code, vaccine_code;
		yb_list rows;
	} contracts[OUTSIDE_SEEN];
	size_t n_lots, n_contracts; /* ever: the oldest gives way */
};

/*
 * Reads it. `seen`: zeroed before the first row of a file, whose texts it points to; NULL: none.
 * A stopped lot counts at once; the first lot of a vaccine and the first contract of a
 * municipality are noticed within seconds (codes.c). -1 recorded.
 */
int record_outside(yb_req *r, struct outside_seen *seen, const struct subject *s,
    const struct visit *v, struct outside *ret) YB_MUST_USE;
/* Hands it to the rules. */
void record_outside_tell(const struct outside *o, struct dose_candidate *c);
/*
 * A stopped lot blocks new records of institutions (H-8-3 step 7), and so does one that had
 * expired (VR-17). What a municipality enters from paper is a fact and is classified only.
 * -1: refused, recorded.
 */
int record_lot_refuse(yb_req *r, const struct vaccination *v) YB_MUST_USE;

/* ---- recall.c ---- */

struct recall_query {
	yb_str lot_no, vaccine_code, purpose, reason, after;
	yb_int limit;
};

extern const yb_field record_recall_query[], record_recall_page[];
extern const yb_job_kind record_recall_job;

#endif
