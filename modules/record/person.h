/*
 * person.h - rows that are one person: found by a timer, decided by people.
 */
#ifndef RECORD_PERSON_H
#define RECORD_PERSON_H

#include "record.h"

/* Whether the row s of record_subject is one person with another; each side has its index. */
#define RECORD_LINKED                                                                        \
	"(EXISTS (SELECT 1 FROM record_pair q WHERE q.a_id = s.subject_id AND q.state = 'SAME')" \
	" OR EXISTS (SELECT 1 FROM record_pair q WHERE q.b_id = s.subject_id AND q.state = 'SAME'))"

struct pair_query {
	yb_str state;
	yb_int since, limit;
};

struct pair_page {
	yb_list pairs;
	yb_int next;
};

struct decide_in {
	yb_str decision, reason;
};

struct undo_in {
	yb_str reason;
};

struct decided {
	int64_t pair_id;
	yb_str state;
};

extern const yb_field record_pair_query[], record_pairs_out[], record_decide_in[],
    record_undo_in[], record_decided_out[];

#endif
