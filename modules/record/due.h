/*
 * due.h - the wire shapes of the list of doses that are due.
 */
#ifndef RECORD_DUE_H
#define RECORD_DUE_H

#include "record.h"

struct due_query {
	yb_str vaccine_code;
	yb_date from, to;
	bool overdue;
	yb_str purpose, reason;
	yb_int since, limit;
};

struct due_page {
	yb_list due;
	yb_int next;
};

extern const yb_field record_due_query[], record_due_page[];
extern const yb_job_kind record_due_job;

#endif
