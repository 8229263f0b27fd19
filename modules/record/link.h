/*
 * link.h - the wire shapes of what became of linked records: errors, resolving, sending again.
 */
#ifndef RECORD_LINK_H
#define RECORD_LINK_H

#include "record.h"

struct link_page {
	yb_int since, limit;
};

struct link_error {
	int64_t seq;
	yb_str change_kind, error;
	yb_time acked_at;
	yb_str subject_no, muni_key, name;
	yb_uuid record_id;
	int64_t version;
	yb_str vaccine_code, vaccine_name;
	yb_date vaccinated_on;
	yb_str org_code, org_name;
	bool restricted;
};

struct link_errors {
	yb_list errors;
	yb_int next;
};

struct resolve_in {
	yb_str resolution, subject_no, comment;
};

struct resolve_out {
	int64_t seq;
	yb_str state, resolution;
	yb_uuid record_id, request_id;
};

struct resend_in {
	yb_int from_seq, to_seq;
	yb_date registered_from, registered_to;
};

struct resend_out {
	int64_t count;
	yb_int first_seq, last_seq;
};

struct link_status {
	int64_t ready, sent, nacked, acked;
	yb_time oldest_ready, oldest_sent, oldest_at; /* the last is the earlier of the two */
	bool late;
};

extern const yb_field record_link_page[], record_link_errors_out[], record_resolve_in[],
    record_resolve_out[], record_resend_in[], record_resend_out[], record_link_status_out[];

#endif
