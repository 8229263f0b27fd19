/*
 * sample.h - a record with a member of every kind, for the harnesses of JSON and of pairs.
 */
#ifndef YOBO_TESTS_SAMPLE_H
#define YOBO_TESTS_SAMPLE_H

#include <yb/record.h>

#include "fuzz.h"

#include "../../core/lib/json.h"

struct sample {
	yb_str name, lines, kind, lot, org;
	yb_date on;
	yb_time at;
	yb_uuid id;
	yb_int seq, free;
	int64_t count;
	bool done;
	yb_dec ml, price;
	yb_faults faults; /* in sample_rows only */
};

extern const yb_field sample_fields[];
extern const yb_field sample_rows[]; /* with the faults of a row */

/* The same values; moments to the second, as they are printed. */
bool sample_same(const yb_field *fields, const void *a, const void *b);
/* What is required is there, in every record below. */
bool sample_complete(const yb_field *fields, const void *rec);
/* As JSON, which must be possible; in `a`. */
yb_str sample_print(struct yb_arena *a, const yb_field *fields, const void *rec);
/* Every fault names a place and a reason of the catalogue. */
void sample_faults(const yb_fault *at, size_t n);

#endif
