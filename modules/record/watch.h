/*
 * watch.h - the timers that read the access log.
 */
#ifndef RECORD_WATCH_H
#define RECORD_WATCH_H

#include "record.h"

extern const yb_query record_watch_heads, record_watch_cursor, record_watch_orgs, record_watch_many,
    record_watch_night, record_watch_restricted, record_watch_other, record_watch_failures,
    record_link_waiting, record_link_sent, record_link_mark_sent, record_link_late,
    record_link_alert_end, record_link_alert_put;

yb_handler record_watch_run, record_link_alerts_run;

#endif
