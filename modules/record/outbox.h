/*
 * outbox.h - the wire shapes of pulling and acknowledging.
 */
#ifndef RECORD_OUTBOX_H
#define RECORD_OUTBOX_H

#include "record.h"

struct pull_query {
	int64_t since;
	yb_int limit;
};

struct pull_out {
	yb_list records;
	int64_t next_seq;
	bool has_more;
};

struct ack {
	int64_t seq;
	yb_str result, error;
};

struct ack_body {
	yb_list acks;
};

/*
 * Of the columns of the file and the members of the answer, which are the same but for the
 * questionnaire. Raised when one is added, renamed, or means something else.
 */
#define RECORD_LINK_SCHEMA "2"

/*
 * Whether the number `o` of the version `v` of the person `s` is kept from its municipality (P-10):
 * of a day after a restricted person left, and no earlier version was for its system either, by its
 * day, nor taken over before. What is kept cannot be acknowledged.
 */
#define RECORD_WITHHELD                                                                      \
	"((s.not_disclosed = 1 OR s.self_info_blocked = 1) AND " RECORD_LEFT("s")            \
	" AND v.vaccinated_on > s.elim_date AND NOT EXISTS (SELECT 1"                        \
	"  FROM record_vaccination w LEFT JOIN record_outbox h ON h.org_id = o.org_id"       \
	"   AND h.record_id = w.record_id AND h.version = w.version"                         \
	"  WHERE w.subject_id = v.subject_id AND w.record_id = v.record_id"                  \
	"   AND w.version < v.version"                                                       \
	"   AND (w.vaccinated_on <= s.elim_date OR h.acked_us IS NOT NULL)))"

/* A row of the file: its fields and the size of its struct. */
extern const yb_field record_pulled_file[];
extern const size_t record_pulled_size;
/* Rows after *next, at most `limit` (500), without what P-10 hides; *next moves on. -1 recorded. */
int record_pulled(yb_req *r, int64_t *next, int64_t limit, yb_list *ret, bool *ret_more)
    YB_MUST_USE;

/* What the same version says differently another time, or is the hash itself. */
#define RECORD_HASH_WITHOUT "seq,status,questionnaire,hash"
/* SHA-256 of an entry's members, 64 hexadecimal digits (linkhash.c). */
yb_str record_entry_hash(yb_req *r, const yb_field *fields, const void *entry);

/* What is kept of a number of the caller's, before an acknowledgement of it. */
struct ack_known {
	int64_t seq;
	yb_str state, error, subject_no;
};

/* Of those of the numbers that there are: struct ack_known, in their order. -1 recorded. */
int record_acks_known(yb_req *r, const int64_t *seq, size_t n, yb_list *ret) YB_MUST_USE;
/* NULL: there is no such number. */
const struct ack_known *record_ack_known(const yb_list *known, int64_t seq);
/*
 * Keeps acknowledgements (struct ack) that say "ok" or "ng" of numbers there are. `linked`: the
 * numbers whose records the municipality has. -1 recorded.
 */
int record_acks_keep(yb_req *r, const struct ack *acks, size_t n, const int64_t *linked,
    size_t n_linked) YB_MUST_USE;

extern const yb_job_kind record_link_job, record_ack_job;
extern const yb_query record_link_last, record_link_left, record_link_file_done, record_link_night,
    record_link_file_put, record_link_hidden;
yb_handler record_link_files_run;

extern const yb_field record_pull_query[], record_pull_out[], record_ack_body[],
    record_acked_out[];

#endif
