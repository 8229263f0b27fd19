/*
 * job_kind.c - kinds of jobs: which there are, what they are told, which columns they have.
 */
#include <assert.h>
#include <string.h>

#include "internal.h"
#include "job_parts.h"
#include "overlay.h"

const yb_job_kind *
job_kind_find(const struct ybh_process *p, yb_str name, const struct ybh_loaded **ret)
{
	for (size_t i = 0; i < p->n_loaded; i++) {
		const yb_job_kind *const *k = p->loaded[i].module->jobs;

		for (; k != NULL && *k != NULL; k++) {
			if (!yb_str_is(name, (*k)->name))
				continue;
			*ret = &p->loaded[i];
			return *k;
		}
	}
	return NULL;
}

bool
job_may(const struct ybh_process *p, const yb_job_kind *k, const yb_caller *who)
{
	if (k->restricted && !who->restricted_view)
		return false;
	return strcmp(k->roles, "*") == 0 ||
	    (yb_word_in(who->role, k->roles, ',') &&
		!ybh_overlay_closed(p, who->role, k->function, k->action));
}

bool
job_hidden_from(const yb_caller *who, const struct job_row *job, const yb_job_kind *k)
{
	return k->shows == YB_SHOWS_PERSONS && job->made_open && !who->restricted_view &&
	    job->actor_id != who->actor_id;
}

static bool
is_wanted(const struct ybh_process *p, const yb_job_kind *k, const yb_caller *who, bool hiding)
{
	if (hiding && (k->shows != YB_SHOWS_PERSONS || who->restricted_view))
		return false;
	return who == NULL || job_may(p, k, who);
}

static yb_str
kinds_named(struct yb_arena *a, const struct ybh_process *p, const yb_caller *who, bool hiding)
{
	struct ybh_buf b;
	yb_str text;

	ybh_buf_init(&b, 64u << 10);
	for (size_t i = 0; i < p->n_loaded; i++) {
		const yb_job_kind *const *k = p->loaded[i].module->jobs;

		for (; k != NULL && *k != NULL; k++)
			if (is_wanted(p, *k, who, hiding))
				ybh_buf_printf(&b, "%s%s", b.len > 0 ? "," : "", (*k)->name);
	}
	text = b.len > 0 ? ybh_arena_copy(a, ybh_buf_view(&b)) : YB_STR("");
	ybh_buf_free(&b);
	return text;
}

yb_str
job_kinds(struct yb_arena *a, const struct ybh_process *p, const yb_caller *who)
{
	return kinds_named(a, p, who, false);
}

yb_str
job_kinds_hiding(yb_req *r)
{
	return kinds_named(r->arena, r->p, &r->caller, true);
}

bool
job_params_read(struct yb_arena *a, const yb_job_kind *k, yb_str json, void **ret,
    struct ybh_faults *faults)
{
	static const yb_field none[] = { { 0 } };
	const yb_field *fields = k->params == NULL ? none : k->params;
	void *record = ybh_arena_must(a, k->params_size + 1);
	struct ybh_doc *doc;

	if (ybh_json_parse(a, json.p == NULL ? YB_STR("{}") : json, &doc) != YBH_READ_OK) {
		ybh_fault(a, faults, "", "E-VAL-004");
		return false;
	}
	*ret = k->params == NULL ? NULL : record;
	return ybh_json_record(a, doc, fields, record, faults) == YBH_READ_OK;
}

/* Types a cell can be. */
static bool
is_cell(enum yb_type t)
{
	return t != YB_T_LIST && t != YB_T_RECORD && t != YB_T_BYTES && t != YB_T_FAULTS;
}

static bool
columns_usable(const yb_columns *c, size_t *ret_n)
{
	size_t n = 0;

	if (c->fields == NULL || c->size == 0)
		return false;
	for (; c->fields[n].type != YB_T_END; n++)
		if (!is_cell(c->fields[n].type) || n == JOB_COLUMNS)
			return false;
	*ret_n = n;
	return n > 0;
}

struct columns_call {
	struct ybh_job *j;
	yb_columns *ret; /* NULL: `taken` is called */
};

/* As the kind's module, with the kind's reach. */
static int
kind_call(yb_req *r, const struct columns_call *call)
{
	struct ybh_job *j = call->j;
	const yb_route *own = r->match.route;
	const struct ybh_loaded *loaded = r->match.loaded;
	yb_route as = *own;
	int rc;

	as.reach = j->kind->reach;
	r->match.route = &as;
	r->match.loaded = j->loaded;
	r->job = j;
	rc = call->ret != NULL ? j->kind->columns(r, call->ret) : j->kind->taken(r);
	r->match.route = own;
	r->match.loaded = loaded;
	r->job = NULL;
	return rc < 0 || r->problem != NULL ? -1 : 0;
}

int
job_taken(yb_req *r, const struct job_row *job, const yb_job_kind *k)
{
	struct ybh_faults faults = { NULL, 0 };
	struct ybh_job j = { .kind = k, .no = job->job_no };
	const struct job_fact *said;
	struct job_facts facts;

	if (k->taken == NULL)
		return 0;
	(void)job_kind_find(r->p, job->kind, &j.loaded);
	if (job_facts(r, job, &facts) < 0)
		return -1;
	said = facts.facts.items;
	for (; j.n_facts < facts.facts.n; j.n_facts++)
		j.facts[j.n_facts] = said[j.n_facts];
	if (!job_params_read(r->arena, k, job->params, &j.params, &faults))
		return yb_problem(r, "E-SYS-003"); /* they were good when the job began */
	return kind_call(r, &(struct columns_call) { &j, NULL });
}

int
job_columns(yb_req *r, struct ybh_job *j)
{
	j->columns = (yb_columns) { 0 };
	if (kind_call(r, &(struct columns_call) { j, &j->columns }) < 0)
		return -1;
	if (columns_usable(&j->columns, &j->n_columns))
		return 0;
	ybh_log(YBH_ERR, "%s: %s has columns no file can have", r->trace, j->kind->name);
	return yb_problem(r, "E-SYS-003");
}

yb_str
job_label(const struct ybh_job *j, size_t i)
{
	const yb_columns *c = &j->columns;

	if (c->labels != NULL && c->labels[i] != NULL)
		return yb_cstr(c->labels[i]);
	return yb_cstr(c->fields[i].name);
}

size_t
job_column_named(const struct ybh_job *j, const char *name)
{
	for (size_t i = 0; i < j->n_columns && name != NULL; i++)
		if (strcmp(j->columns.fields[i].name, name) == 0)
			return i;
	return j->n_columns;
}

/* ---- what the callbacks ask (yb/job.h) ---- */

const void *
yb_job_params(const yb_req *r)
{
	return r->job->params;
}

yb_str
yb_job_no(const yb_req *r)
{
	return r->job->no;
}

int64_t
yb_job_count(const yb_req *r, enum yb_outcome outcome)
{
	return r->job->outcome[outcome];
}

void
yb_job_hold(yb_req *r, const char *code)
{
	if (r->job->hold == NULL)
		r->job->hold = code;
}

yb_str
yb_job_fact_said(const yb_req *r, const char *name)
{
	const struct ybh_job *j = r->job;

	for (size_t i = 0; i < j->n_facts; i++)
		if (yb_str_is(j->facts[i].name, name))
			return j->facts[i].value;
	return (yb_str) { NULL, 0 };
}

yb_str
yb_job_override(const yb_req *r)
{
	return r->job->override;
}

void
yb_row_fault(yb_req *r, yb_row *row, const char *field, const char *code)
{
	yb_fault_row(r, &row->faults, field, code);
}

int
yb_job_write(yb_req *r, const void *record)
{
	struct ybh_job *j = r->job;

	job_line_print(&j->out, j, record);
	j->out_rows++;
	return j->out.failed ? yb_problem(r, "E-SYS-003") : 0;
}

void
yb_job_fact(yb_req *r, const char *name, yb_str value)
{
	struct ybh_job *j = r->job;

	assert(j->n_facts < JOB_FACTS);
	j->facts[j->n_facts++] = (struct job_fact) { yb_cstr(name), value };
}
