/*
 * confirm.h - the wire shapes of confirming records, and of a record's history.
 */
#ifndef RECORD_CONFIRM_H
#define RECORD_CONFIRM_H

#include "record.h"

#define CONFIRM_MAX 500

struct confirm_in {
	yb_list record_ids;
};

struct confirm_out {
	yb_list results;
};

struct history_out {
	yb_str subject_no;
	yb_uuid record_id;
	yb_list changes;
};

struct history_query {
	yb_uuid search_id;
	yb_str purpose, reason;
};

extern const yb_field record_confirm_in[], record_confirm_out[], record_history_out[],
    record_history_query[];

#endif
