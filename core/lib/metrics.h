/*
 * metrics.h - what a worker counts, in memory its neighbours can read.
 *
 * One block per worker: a route's line is written by all threads of that worker with relaxed
 * additions, and read by whichever worker answers /metrics. Labels are operations, never
 * clients or persons. Needs libc only.
 */
#ifndef YBH_METRICS_H
#define YBH_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

#define YBH_METRIC_ROUTES  320 /* pool jobs has those of all areas */
#define YBH_METRIC_BUCKETS 12
#define YBH_METRIC_NAME	   40
#define YBH_METRIC_TIMERS  48

struct ybh_metric_route {
	char operation[YBH_METRIC_NAME]; /* written once, before anything is served */
	_Atomic uint64_t status[6];	 /* by hundreds: [2] is 2xx */
	_Atomic uint64_t bucket[YBH_METRIC_BUCKETS + 1]; /* the last one has no upper bound */
	_Atomic uint64_t sum_us;
};

struct ybh_metric_timer {
	char name[YBH_METRIC_NAME]; /* "area.timer", written once */
	_Atomic int64_t ok_us;	    /* end of the last run that came to its end; 0: none yet */
};

enum ybh_counter {
	YBH_COUNT_DB_FAULT,    /* statements that failed for a reason of ours */
	YBH_COUNT_DB_AWAY,     /* connection lost, deadline, deadlock given up */
	YBH_COUNT_TOKEN_HIT,   /* tokens found in the cache of verified ones */
	YBH_COUNT_TOKEN_MISS,
	YBH_COUNT_LOG_REFUSED, /* answers withheld because the access log could not be written */
	YBH_COUNTERS,
};

struct ybh_metrics {
	char pool[YBH_METRIC_NAME];
	_Atomic uint64_t threads; /* of this worker */
	_Atomic uint64_t counter[YBH_COUNTERS];
	_Atomic int64_t sealed_us; /* moment of the newest signed checkpoint; 0: none seen */
	struct ybh_metric_timer timer[YBH_METRIC_TIMERS]; /* of a worker with runners */
	struct ybh_metric_route route[YBH_METRIC_ROUTES];
};

#endif
