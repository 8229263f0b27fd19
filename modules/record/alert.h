/*
 * alert.h - the wire shapes of alerts.
 */
#ifndef RECORD_ALERT_H
#define RECORD_ALERT_H

#include "record.h"

struct alert_query {
	yb_str state;
	yb_int since, limit;
};

struct alert_page {
	yb_list alerts;
	yb_int next;
};

struct alert_check_in {
	yb_str comment;
};

struct alert_checked {
	int64_t alert_id;
	yb_str state;
};

struct tasks {
	int64_t link_errors, alerts, pairs, requests, bulk, retention, enquiries, recalls;
};

extern const yb_field record_alert_query[], record_alerts_out[], record_alert_check_in[],
    record_alert_checked_out[], record_tasks_out[];

/* One alert to be kept, unless it is known. */
struct alert_new {
	int64_t org_id;
	yb_str kind, actor, subject_no;
	int64_t n;
	yb_time since, until, now;
	yb_time window; /* an alert of the same that reaches into it is this one */
};

/* Keeps those that are new. -1 recorded. */
int record_alerts_put(yb_req *r, const struct alert_new *at, size_t n) YB_MUST_USE;

#endif
