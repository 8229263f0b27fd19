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

struct recall_handling {
	yb_str lot_no, vaccine_code, reason;
	bool handled;
};

/*
 * What follows `me` (org_id, sees_all): the residents' doses v of the lots that are stopped now,
 * of persons the caller may see, up to the day of leaving.
 */
#define RECORD_RECALL_RECORDS                                                             \
	" JOIN (SELECT DISTINCT lot_no, vaccine_code FROM master_stopped_view) l"         \
	" JOIN master_realm_view y ON y.org_id = me.org_id"                               \
	" JOIN record_vaccination v ON v.muni_org_id = y.muni_org_id"                     \
	"  AND v.lot_no = l.lot_no AND v.vaccine_code = l.vaccine_code AND v.live = 1"    \
	"  AND v.exec_class = '1'"                                                        \
	" JOIN record_subject vs ON vs.subject_id = v.subject_id"                         \
	"  AND vs.org_id = me.org_id AND " RECORD_LISTED("vs", "me.sees_all")             \
	"  AND " RECORD_UNTIL("vs", "v")

/* Whether the dose v has been dealt with by the organisation `me`. */
#define RECORD_RECALL_HANDLED                                                             \
	"EXISTS (SELECT 1 FROM record_recall_seen z JOIN record_recall_done d"            \
	"  ON d.recall_id = z.recall_id WHERE z.subject_id = v.subject_id"                \
	"   AND z.record_id = v.record_id AND d.undone_us IS NULL"                        \
	"   AND d.org_id = me.org_id AND d.lot_no = v.lot_no"                             \
	"   AND d.vaccine_code = v.vaccine_code)"

extern const yb_query record_recall_lots_read, record_recall_done_put, record_recall_seen_put,
    record_recall_seen_count, record_recall_undone_put;
yb_handler record_recall_lots, record_recall_handle;

extern const yb_field record_recall_query[], record_recall_page[], record_recall_lots_out[],
    record_recall_handling[], record_recall_handled_out[];
extern const yb_job_kind record_recall_job;

#endif
