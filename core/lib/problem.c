/*
 * problem.c - the catalogue, and problems of a request (yb/request.h; RFC 9457).
 */
#include <errno.h>
#include <string.h>

#include "internal.h"

static const struct ybh_problem catalogue[] = {
#define P(id, status, ja, en, ja_next, en_next) { id, status, ja, en, ja_next, en_next },
#include "catalogue.def"
#undef P
};
#define COUNT (sizeof catalogue / sizeof catalogue[0])

const struct ybh_problem *
ybh_problem_at(size_t index)
{
	return index < COUNT ? &catalogue[index] : NULL;
}

const struct ybh_problem *
ybh_problem_find(const char *id)
{
	for (size_t i = 0; i < COUNT; i++)
		if (strcmp(catalogue[i].id, id) == 0)
			return &catalogue[i];
	return NULL;
}

int
yb_problem(yb_req *r, const char *id)
{
	if (r->problem != NULL)
		return -1; /* the first one wins: it knows why */
	r->problem = ybh_problem_find(id) != NULL ? id : "E-SYS-003";
	if (r->problem != id && strcmp(r->problem, id) != 0)
		ybh_log(YBH_ERR, "%s: problem %s is not in the catalogue", r->trace, id);
	return -1;
}

int
yb_problem_field(yb_req *r, const char *id, const char *field)
{
	if (r->problem == NULL)
		ybh_fault(r->arena, &r->faults, field, id);
	return yb_problem(r, id);
}

void
yb_fault_add(yb_req *r, const char *field, const char *code)
{
	ybh_fault(r->arena, &r->faults, field, code);
}

void
yb_fault_row(yb_req *r, yb_faults *row, const char *field, const char *code)
{
	yb_fault *at = ybh_arena_must(r->arena, (row->n + 1) * sizeof *at);

	if (row->n > 0)
		memcpy(at, row->at, row->n * sizeof *at);
	at[row->n] = (yb_fault) { field, code };
	*row = (yb_faults) { at, row->n + 1 };
}

int
yb_faults_refuse(yb_req *r)
{
	return r->faults.n == 0 ? 0 : yb_problem(r, r->faults.at[0].code);
}

void
yb_problem_next(yb_req *r, const char *ja, const char *en)
{
	r->detail[0] = ja;
	r->detail[1] = en;
}

void
yb_retry_after(yb_req *r, unsigned seconds)
{
	r->retry_after = seconds;
}

void
yb_keep_writes(yb_req *r)
{
	r->keep_writes = true;
}

int
ybh_db_problem(yb_req *r, int rc, const char *what)
{
	bool ours = rc == -EIO || rc == -EOVERFLOW;

	ybh_log(ours ? YBH_ERR : YBH_WARN, "%s: %s: %s: %s", r->trace,
	    r->match.route == NULL ? "-" : r->match.route->id, what, ybh_db_error(r->t->db));
	ybh_metrics_count(r->p->metrics, ours ? YBH_COUNT_DB_FAULT : YBH_COUNT_DB_AWAY);
	if (!ours)
		r->retry_after = 2;
	r->db_failed = true;
	if (rc == -EAGAIN)
		r->db_again = true;
	if (rc == -ECONNRESET)
		r->db_away = true;
	return yb_problem(r, ours ? "E-SYS-003" : "E-SYS-002");
}

static void
print_pair(struct ybh_buf *b, const char *name, yb_str value)
{
	ybh_buf_cstr(b, name);
	ybh_json_print_text(b, value);
}

static void
print_errors(struct ybh_buf *b, const yb_req *r)
{
	ybh_buf_cstr(b, ",\"errors\":[");
	for (size_t i = 0; i < r->faults.n; i++) {
		const yb_fault *f = &r->faults.at[i];
		const struct ybh_problem *p = ybh_problem_find(f->code);

		print_pair(b, i > 0 ? ",{\"field\":" : "{\"field\":", yb_cstr(f->field));
		print_pair(b, ",\"code\":", yb_cstr(f->code));
		if (p != NULL)
			print_pair(b, ",\"message\":", yb_cstr(r->english ? p->en : p->ja));
		ybh_buf_char(b, '}');
	}
	ybh_buf_char(b, ']');
}

void
ybh_problem_print(yb_req *r)
{
	const struct ybh_problem *p = ybh_problem_find(r->problem);
	const char *detail = r->detail[r->english ? 1 : 0];
	struct ybh_buf *b = &r->t->reply;
	int status = r->problem_status != 0 ? r->problem_status : p->status;

	if (detail == NULL)
		detail = r->english ? p->en_next : p->ja_next;
	ybh_buf_reset(b);
	ybh_buf_printf(b, "{\"type\":\"urn:yobo:problem:%s\"", p->id);
	print_pair(b, ",\"title\":", yb_cstr(r->english ? p->en : p->ja));
	ybh_buf_printf(b, ",\"status\":%d", status);
	print_pair(b, ",\"detail\":", yb_cstr(detail));
	ybh_buf_printf(b, ",\"error_id\":\"%s\"", p->id);
	if (r->faults.n > 0)
		print_errors(b, r);
	ybh_buf_printf(b, ",\"trace_id\":\"%s\"}", r->trace);
	r->status = status;
	r->content_type_out = YB_STR("application/problem+json");
	r->body_out = ybh_buf_view(b);
}
