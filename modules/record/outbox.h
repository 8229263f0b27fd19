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

extern const yb_field record_pull_query[], record_pull_out[], record_ack_body[],
    record_acked_out[];

#endif
