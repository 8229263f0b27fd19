/*
 * outside.h - what the masters say of a vaccination: lot and contract; and the list of those
 * who received a lot that has been stopped.
 */
#ifndef RECORD_OUTSIDE_H
#define RECORD_OUTSIDE_H

#include "record.h"

/* Reads it. -1 recorded. */
int record_outside(yb_req *r, const struct subject *s, const struct visit *v, struct outside *ret)
    YB_MUST_USE;
/* Hands it to the rules. */
void record_outside_tell(const struct outside *o, struct dose_candidate *c);
/*
 * A stopped lot blocks new records of institutions (H-8-3 step 7), and so does one that had
 * expired (VR-17). What a municipality enters from paper is a fact and is classified only.
 * -1: refused, recorded.
 */
int record_lot_refuse(yb_req *r, const struct visit *v) YB_MUST_USE;

/* ---- recall.c ---- */

struct recall_query {
	yb_str lot_no, vaccine_code, purpose, reason, after;
	yb_int limit;
};

extern const yb_field record_recall_query[], record_recall_page[];

#endif
