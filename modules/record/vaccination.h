/*
 * vaccination.h - what registering, correcting and cancelling share.
 */
#ifndef RECORD_VACCINATION_H
#define RECORD_VACCINATION_H

#include "record.h"

struct create_in {
	struct subject_ref ref;
	struct visit v;
};

struct created {
	yb_uuid record_id;
	yb_str mgmt_no;
	int64_t version;
	yb_str change_kind, status;
	int64_t seq;
	yb_str phase, dose_label;
	yb_ref evaluation;
};

struct got {
	yb_str subject_no;
	yb_ref record;
	yb_list versions;
};

struct correct_in {
	yb_uuid record_id;
	bool cancel;
	struct visit v;
	yb_str reason_code, reason_text;
};

struct check_in {
	struct subject_ref ref;
	struct visit v;
};

extern const yb_field record_create_in[], record_created_out[], record_get_out[],
    record_correct_in[], record_check_in[], record_check_out[];

/* Makes a version the one that counts. */
void record_live(struct vaccination *v);
/* The version that counted no longer does. 0 or -1. */
int record_retire(yb_req *r, const struct vaccination *v) YB_MUST_USE;
/* Who, when and from where. */
void record_stamp(yb_req *r, struct vaccination *v);
/* Writes a version; 409 E-REC-001 when day or dose is taken. -1 recorded. */
int record_store(yb_req *r, const struct history *h, struct vaccination *v) YB_MUST_USE;
int record_reply_stored(yb_req *r, int status, const struct vaccination *v, struct evaluation *e,
    int64_t seq);
yb_str record_id_text(yb_req *r, yb_uuid id);

#endif
