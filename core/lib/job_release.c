/*
 * job_release.c - exports of many rows go out only by the word of another person (yb/job.h,
 * vaccination brief H-3-2).
 *
 * Whether a file needs the word is settled when it is written: a limit that is raised later
 * gives nothing out. "Another" is another person: two accounts of one are one pair of eyes.
 */
#include <stdlib.h>

#include <yb/person.h>

#include "internal.h"
#include "job_parts.h"
#include "overlay.h"

const yb_field job_release_body[] = {
	{ "reason", YB_OF(struct job_release_body, reason), .max = 200 },
	{ 0 },
};

static const yb_query release_say = {
	.name = "job_release_say",
	.sql = "UPDATE core_job SET released_by = ?, released_us = ?, row_ver = row_ver + 1"
	       " WHERE job_id = ?",
	.nparams = 3,
	.tenant = YB_GLOBAL,
};

const yb_query *const job_release_queries[] = { &release_say, NULL };

bool
job_release_needed(const struct job_work *w)
{
	const struct ybh_job *j = &w->job;
	const yb_module *m = j->loaded->module;

	if (j->kind->approval_above == NULL || w->row.actor_id == 0) /* 0: a timer asked */
		return false;
	/* module.c has seen that the option is there */
	return j->out_rows > strtoll(ybh_overlay_option(w->t->process, m->name, m->options,
				 j->kind->approval_above), NULL, 10);
}

bool
job_unreleased(const struct job_row *job)
{
	return job->release_needed && job->released_by.p == NULL;
}

/* POST /jobs/{job_no}/release - another person gives the file out. */
int
job_release(yb_req *r)
{
	const struct job_release_body *b = yb_body(r);
	const yb_job_kind *k;
	struct job_row job;
	int same;

	yb_audit_purpose(r, (yb_str) { NULL, 0 }, b->reason);
	if (job_mine_locked(r, "DONE", &job, &k) < 0)
		return -1;
	if (!job_unreleased(&job))
		return yb_problem(r, "E-JOB-004");
	same = yb_same_person(r, job.actor);
	if (same < 0)
		return -1;
	if (same > 0)
		return yb_problem(r, "E-JOB-027");
	if (job_step_up(r, k) < 0 ||
	    yb_db_exec(r, &release_say,
		YB_ARGS(yb_text(r->caller.actor), yb_at(r->now), yb_i64(job.job_id)), NULL) != 0)
		return -1;
	r->event.row_count = job.rows_done;
	return job_answer(r, 200, job.job_no);
}
