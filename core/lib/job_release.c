/*
 * job_release.c - exports of many rows go out only by the word of another person (yb/job.h,
 * vaccination brief H-3-2).
 *
 * Whether a file needs the word is settled when it is written: a limit that is raised later
 * gives nothing out. "Another" is another person: two accounts of one are one pair of eyes.
 */
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "job_parts.h"
#include "overlay.h"

const yb_field job_release_body[] = {
	{ "reason", YB_OF(struct job_release_body, reason), .max = 200 },
	{ 0 },
};

struct hands_row {
	bool same;
};

static const yb_field hands_record[] = {
	{ "same", YB_OF(struct hands_row, same) },
	{ 0 },
};

static const yb_query hands = {
	.name = "job_hands",
	.sql = "SELECT me.person_id = p.person_id AS same FROM account_person_view me"
	       "  JOIN account_person_view p ON p.actor_id = ? WHERE me.actor_id = ?",
	.row = hands_record,
	.row_size = sizeof(struct hands_row),
	.nparams = 2,
	.tenant = YB_GLOBAL,
};

static const yb_query release_say = {
	.name = "job_release_say",
	.sql = "UPDATE core_job SET released_by = ?, released_us = ?, row_ver = row_ver + 1"
	       " WHERE job_id = ?",
	.nparams = 3,
	.tenant = YB_GLOBAL,
};

const yb_query *const job_release_queries[] = { &hands, &release_say, NULL };

/* The number a master has set goes before the one of yobo.conf. */
static int64_t
limit_of(const struct ybh_process *p, const yb_module *m, const char *name)
{
	const yb_option *o = m->options;
	const char *set;

	while (strcmp(o->name, name) != 0)
		o++; /* module.c has seen that it is there */
	set = ybh_overlay_number(p, m->name, o);
	return set != NULL ? strtoll(set, NULL, 10)
			   : ybh_option_number(p->conf, m->name, m->options, name);
}

bool
job_release_needed(const struct job_work *w)
{
	const struct ybh_job *j = &w->job;

	if (j->kind->approval_above == NULL || w->row.actor_id == 0) /* 0: a timer asked */
		return false;
	return j->out_rows >
	    limit_of(w->t->process, j->loaded->module, j->kind->approval_above);
}

bool
job_unreleased(const struct job_row *job)
{
	return job->release_needed && job->released_by.p == NULL;
}

bool
job_hidden_from(const yb_req *r, const struct job_row *job, const yb_job_kind *k)
{
	return k->approval_above != NULL && job->made_open && !r->caller.restricted_view &&
	    job->actor_id != r->caller.actor_id;
}

int
job_same_person(yb_req *r, const struct job_row *job)
{
	struct hands_row row = { false };

	if (job->actor_id == r->caller.actor_id)
		return 1;
	if (yb_db_one(r, &hands, YB_ARGS(yb_i64(job->actor_id), yb_i64(r->caller.actor_id)),
		&row) == YB_DB_FAILED)
		return -1;
	return row.same;
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
	same = job_same_person(r, &job);
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
