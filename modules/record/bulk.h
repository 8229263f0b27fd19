/*
 * bulk.h - the wire shapes of inquiries by a list of numbers.
 */
#ifndef RECORD_BULK_H
#define RECORD_BULK_H

#include "record.h"

#define BULK_MOST 10000 /* the largest bulk_limit */

struct bulk_in {
	yb_str purpose, reason;
	yb_list subject_nos, muni_keys;
};

struct bulk_asked {
	yb_uuid bulk_id;
	yb_str state;
	int64_t n;
};

struct bulk_page {
	yb_list inquiries;
};

struct bulk_decide {
	yb_str decision, comment;
};

extern const yb_field record_bulk_in[], record_bulk_asked[], record_bulk_page[],
    record_bulk_decide[];
extern const yb_job_kind record_bulk_job;

#endif
