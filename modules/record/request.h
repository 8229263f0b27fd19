/*
 * request.h - a municipality asks an institution to correct a record, and is answered.
 */
#ifndef RECORD_REQUEST_H
#define RECORD_REQUEST_H

#include "record.h"

struct ask_in {
	yb_uuid record_id;
	yb_str comment;
};

struct asked {
	yb_uuid request_id;
	yb_str state;
};

struct request_query {
	yb_str state;
	yb_uuid since;
	yb_int limit;
};

struct request_page {
	yb_list requests;
	yb_uuid next;
};

struct answer_in {
	yb_str state, comment;
};

extern const yb_field record_ask_in[], record_asked_out[], record_request_query[],
    record_requests_out[], record_answer_in[];

/*
 * Asks the institution of a record to correct it. The record is one this municipality is
 * responsible for; its person becomes a subject of the log. -1 recorded: E-REC-008 when it was
 * asked already, E-VAL-011 when there is nobody to ask.
 */
int record_request_put(yb_req *r, yb_uuid record_id, yb_str comment, yb_uuid *ret) YB_MUST_USE;
/* The caller has corrected a record: the request it answers is done. -1 recorded. */
int record_request_done(yb_req *r, yb_uuid record_id) YB_MUST_USE;

#endif
