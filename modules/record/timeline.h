/*
 * timeline.h - the wire shapes of the timeline.
 */
#ifndef RECORD_TIMELINE_H
#define RECORD_TIMELINE_H

#include "record.h"

struct timeline_query {
	yb_uuid search_id;
	bool history;
};

struct timeline {
	yb_ref subject;
	bool banner;
	yb_list records, next;
	yb_str rule_version;
};

extern const yb_field record_timeline_query[], record_timeline_out[];

#endif
