/*
 * timeline.h - the wire shapes of the timeline.
 */
#ifndef RECORD_TIMELINE_H
#define RECORD_TIMELINE_H

#include "record.h"

struct timeline_query {
	yb_uuid search_id;
	yb_str purpose, reason;
	bool history, previous;
};

struct timeline {
	yb_ref subject;
	bool banner;
	yb_list records, next;
	yb_str rule_version;
};

extern const yb_field record_timeline_query[], record_timeline_out[];

#endif
