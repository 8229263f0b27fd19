/*
 * retention.h - the wire shapes of the end of retention.
 */
#ifndef RECORD_RETENTION_H
#define RECORD_RETENTION_H

#include "record.h"

#define RETENTION_MAX 100

struct retention_query {
	yb_str state;
	yb_int limit;
};

struct retention_page {
	yb_list persons;
};

struct retention_in {
	yb_list subject_nos;
	yb_str reason;
};

struct retention_done {
	int64_t persons, vaccinations, numbers, outbox;
};

extern const yb_field record_retention_query[], record_retention_page[], record_retention_in[],
    record_retention_done[];

#endif
