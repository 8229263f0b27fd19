/*
 * yb/run.h - work without a request: what the house does by the clock or as a job.
 *
 * A run is a row of steps. Each step is one call of a handler in one transaction, together
 * with its row of the access log; what it allocates ends with it. A long run asks to be
 * called again and so never holds a lock, or memory, for long. A step that fails is rolled
 * back alone; what earlier steps did stands, so each must leave the data whole.
 */
#ifndef YB_RUN_H
#define YB_RUN_H

#include <yb/request.h>

/*
 * There is more: commit this step and call the handler again. A dry run without yb_run_state
 * ends all the same: the next step would find what this one found.
 */
void yb_run_again(yb_req *r);
/* Adds to a figure of the run's report, e.g. "suspended". `name` is a literal; at most 8. */
void yb_run_count(yb_req *r, const char *name, int64_t n);
/* Only look: whatever the step writes is rolled back, mails included. */
bool yb_run_dry(const yb_req *r);
/*
 * Memory that lasts from the first step to the last, zeroed at first: a cursor. Every call of
 * a run gives the same bytes; `size` is the same each time. A step that is rolled back leaves
 * them as it found them.
 */
void *yb_run_state(yb_req *r, size_t size);

#endif
