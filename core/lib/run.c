/*
 * run.c - steps of a run: a transaction and its row of the access log, without a request.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

void
yb_run_again(yb_req *r)
{
	r->run->again = true;
}

void
yb_run_count(yb_req *r, const char *name, int64_t n)
{
	struct ybh_run *run = r->run;

	for (size_t i = 0; i < YBH_RUN_COUNTS; i++) {
		if (run->counts[i].name != NULL && strcmp(run->counts[i].name, name) != 0)
			continue;
		run->counts[i].name = name;
		run->counts[i].n += n;
		return;
	}
	assert(0 && "a report of more than YBH_RUN_COUNTS figures");
}

bool
yb_run_dry(const yb_req *r)
{
	return r->run->dry;
}

void *
yb_run_state(yb_req *r, size_t size)
{
	struct ybh_run *run = r->run;

	if (run->state == NULL) {
		run->state = calloc(2, size); /* as it is now, and as the step found it */
		if (run->state == NULL)
			abort();
		run->state_size = size;
	}
	assert(run->state_size == size);
	return run->state;
}

/* The second half of the state and `before` keep what a repeated attempt must find again. */
static void
run_remember(struct ybh_run *run)
{
	memcpy(run->before, run->counts, sizeof run->before);
	if (run->state != NULL)
		memcpy((char *)run->state + run->state_size, run->state, run->state_size);
}

void
ybh_run_forget(struct ybh_run *run)
{
	memcpy(run->counts, run->before, sizeof run->counts);
	if (run->state != NULL)
		memcpy(run->state, (char *)run->state + run->state_size, run->state_size);
	run->again = false;
}

int
ybh_run_step(struct ybh_thread *t, struct ybh_run *run)
{
	yb_req *r = ybh_request_new(t);
	int rc;

	r->match.route = run->route;
	r->match.loaded = run->loaded;
	r->caller = run->caller;
	r->run = run;
	run->again = false;
	run->problem = NULL;
	run_remember(run);
	if (t->named != NULL)
		t->named(t, run->route->id, r->trace);
	rc = ybh_write_run(r);
	if (rc < 0) {
		ybh_run_forget(run);
		run->problem = r->problem == NULL ? "E-SYS-003" : r->problem;
		ybh_log(YBH_WARN, "%s: %s: %s", r->trace, run->route->id, run->problem);
	}
	ybh_request_end(t);
	if (t->ended != NULL)
		t->ended(t);
	return rc < 0 ? -1 : 0;
}

void
ybh_run_end(struct ybh_run *run)
{
	free(run->state);
	run->state = NULL;
}

bool
ybh_work_stopping(const struct ybh_thread *t)
{
	return atomic_load(&t->process->stopping);
}
