/*
 * job_files.c - /jobs: what leaves as a file, and the empty forms of what comes as one.
 *
 * A file is sent piece by piece: its row of the access log is committed before the first byte,
 * and no more than a piece of it is in memory.
 */
#include <string.h>

#include "internal.h"
#include "job_parts.h"

#define PIECE_ROOM (8 * JOB_PIECE)
#define KINDS_MOST 256

/* ---- files ---- */

struct sending {
	yb_req *r;
	struct job_row job;
	enum job_stream stream;
	struct yb_arena *arena; /* of the piece under way */
	int64_t at, end;
};

static int64_t
piece_send(void *arg, const void **ret)
{
	struct sending *s = arg;
	yb_str piece;

	if (s->at >= s->end)
		return 0;
	ybh_arena_reset(s->arena);
	if (job_piece_get(s->r->t, s->r->t->db, s->arena, &s->job, s->stream, s->at, &piece) != 0 ||
	    piece.p == NULL || piece.len == 0) {
		ybh_log(YBH_ERR, "%s: a file of job %.*s breaks off", s->r->trace,
		    (int)s->job.job_no.len, s->job.job_no.p);
		return -1; /* the length that was promised tells the receiver */
	}
	s->at += (int64_t)piece.len;
	*ret = piece.p;
	return (int64_t)piece.len;
}

static void
arena_drop(void *arena)
{
	ybh_arena_free(arena);
}

static const char *
file_name(yb_req *r, const struct job_row *job, const char *what)
{
	char *name = ybh_arena_cstr(r->arena,
	    yb_format_text(r, "%.*s-%s%.*s.csv", (int)job->kind.len, job->kind.p, what,
		(int)job->job_no.len, job->job_no.p));

	for (char *p = name; p[0] != '\0' && strcmp(p, ".csv") != 0; p++)
		if (*p == '.')
			*p = '-';
	return name;
}

static int
file_send(yb_req *r, const struct job_row *job, enum job_stream stream, int64_t bytes,
    const char *name)
{
	struct sending *s = yb_alloc(r, sizeof *s);
	const void *first;
	int64_t n;

	if (bytes == 0)
		return yb_problem(r, "E-JOB-023");
	*s = (struct sending) { r, *job, stream, ybh_arena_new(0, PIECE_ROOM), 0, bytes };
	if (s->arena == NULL || ybh_arena_defer(r->arena, arena_drop, s->arena) < 0)
		return yb_problem(r, "E-SYS-003");
	n = piece_send(s, &first);
	if (n <= 0)
		return yb_problem(r, "E-SYS-002");
	r->more = piece_send;
	r->more_arg = s;
	r->more_length = bytes - n;
	yb_audit_action(r, YB_ACT_EXPORT);
	return yb_reply_bytes(r, 200, "text/csv; charset=utf-8", name,
	    (yb_bytes) { first, (size_t)n });
}

/* GET /jobs/{job_no}/errors - every faulty row as it was sent, and what is wrong with it. */
int
job_errors(yb_req *r)
{
	const yb_job_kind *k;
	struct job_row job;

	if (job_mine_open(r, &job, &k) < 0)
		return -1;
	r->event.row_count = job.bad;
	return file_send(r, &job, JOB_ERRORS, job.error_bytes, file_name(r, &job, "errors-"));
}

/* GET /jobs/{job_no}/result - the file of an export. */
int
job_result(yb_req *r)
{
	const yb_job_kind *k;
	struct job_row job;

	if (job_mine_open(r, &job, &k) < 0)
		return -1;
	if (job_unreleased(&job))
		return yb_problem(r, "E-JOB-026");
	if (job.result_bytes > 0 && job_taken(r, &job, k) < 0)
		return -1;
	r->event.row_count = job.rows_done;
	return file_send(r, &job, JOB_RESULT, job.result_bytes, file_name(r, &job, ""));
}

/* ---- control files ---- */

yb_str
job_sha256_text(yb_req *r, const struct job_row *job)
{
	char *hex = yb_alloc(r, 2 * job->sha256.len + 1);

	return (yb_str) { hex, ybh_hex(job->sha256.p, job->sha256.len, hex) };
}

const yb_field job_fact_record[] = {
	{ "name", YB_OF(struct job_fact, name) },
	{ "value", YB_OF(struct job_fact, value) },
	{ 0 },
};

const yb_field job_facts_record[] = {
	{ "facts", YB_OF(struct job_facts, facts), YB_EACH(job_fact_record, struct job_fact),
	    .max = JOB_FACTS },
	{ 0 },
};

int
job_facts(yb_req *r, const struct job_row *job, struct job_facts *ret)
{
	struct ybh_faults faults = { NULL, 0 };
	struct ybh_doc *doc;

	*ret = (struct job_facts) { { NULL, 0 } };
	if (job->facts.p == NULL)
		return 0;
	if (ybh_json_parse(r->arena, job->facts, &doc) != YBH_READ_OK ||
	    ybh_json_record(r->arena, doc, job_facts_record, ret, &faults) != YBH_READ_OK)
		return yb_problem(r, "E-SYS-003");
	return 0;
}

static void
cells_print(struct ybh_buf *b, const yb_str *cells, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		ybh_buf_cstr(b, i > 0 ? "," : "");
		job_cell_print(b, cells[i], false);
	}
	ybh_buf_cstr(b, "\r\n");
}

#define CONTROL_CELLS 6

/* GET /jobs/{job_no}/control - what the file of an export is: one line, as yb/drop.h has them. */
int
job_control(yb_req *r)
{
	yb_str names[CONTROL_CELLS + JOB_FACTS] = { YB_STR("file"), YB_STR("sender"),
		YB_STR("layout"), YB_STR("rows"), YB_STR("bytes"), YB_STR("sha256") };
	yb_str values[CONTROL_CELLS + JOB_FACTS] = { { NULL, 0 }, YB_STR("YOBO") };
	struct job_facts facts;
	const struct job_fact *fact;
	const yb_job_kind *k;
	struct job_row job;
	struct ybh_buf b;
	const char *name;
	yb_str text;

	if (job_mine_open(r, &job, &k) < 0)
		return -1;
	if (job.result_bytes == 0 || job.sha256.len != 32)
		return yb_problem(r, "E-JOB-023");
	if (job_unreleased(&job))
		return yb_problem(r, "E-JOB-026");
	if (job_facts(r, &job, &facts) < 0)
		return -1;
	name = file_name(r, &job, "");
	values[0] = yb_cstr(name);
	values[2] = job.kind;
	values[3] = yb_format_text(r, "%lld", (long long)job.rows_done);
	values[4] = yb_format_text(r, "%lld", (long long)job.result_bytes);
	values[5] = job_sha256_text(r, &job);
	fact = facts.facts.items;
	for (size_t i = 0; i < facts.facts.n; i++) {
		names[CONTROL_CELLS + i] = fact[i].name;
		values[CONTROL_CELLS + i] = fact[i].value;
	}
	ybh_buf_init(&b, 8192);
	cells_print(&b, names, CONTROL_CELLS + facts.facts.n);
	cells_print(&b, values, CONTROL_CELLS + facts.facts.n);
	text = yb_copy(r, ybh_buf_view(&b));
	ybh_buf_free(&b);
	yb_audit_action(r, YB_ACT_EXPORT);
	r->event.row_count = job.rows_done;
	return yb_reply_bytes(r, 200, "text/csv; charset=utf-8",
	    ybh_arena_cstr(r->arena, yb_format_text(r, "%.*s.ctl", (int)strlen(name) - 4, name)),
	    (yb_bytes) { (const unsigned char *)text.p, text.len });
}

/* ---- kinds ---- */

struct kind_shown {
	yb_str kind, title;
	bool out, partial, step_up;
	int64_t max_rows, max_bytes;
};

static const yb_field kind_reply[] = {
	{ "kind", YB_OF(struct kind_shown, kind) },
	{ "title", YB_OF(struct kind_shown, title) },
	{ "export", YB_OF(struct kind_shown, out) },
	{ "partial", YB_OF(struct kind_shown, partial) },
	{ "step_up", YB_OF(struct kind_shown, step_up) },
	{ "max_rows", YB_OF(struct kind_shown, max_rows) },
	{ "max_bytes", YB_OF(struct kind_shown, max_bytes) },
	{ 0 },
};

struct kinds_shown {
	yb_list kinds;
};

const yb_field job_kinds_reply[] = {
	{ "kinds", YB_OF(struct kinds_shown, kinds), YB_EACH(kind_reply, struct kind_shown) },
	{ 0 },
};

const yb_field job_kind_query[] = {
	{ "params", YB_OF(struct job_kind_query, params), .max = 4096,
	    .note = "As POST /jobs has them, a JSON object." },
	{ 0 },
};

struct column_shown {
	yb_str name, label, type, one_of, format, pattern, note;
	bool required, key, secret;
	yb_int max, min, decimals;
};

static const yb_field column_reply[] = {
	{ "name", YB_OF(struct column_shown, name) },
	{ "label", YB_OF(struct column_shown, label) },
	{ "type", YB_OF(struct column_shown, type),
	    .one_of = "text,integer,decimal,boolean,date,time,uuid" },
	{ "required", YB_OF(struct column_shown, required) },
	{ "key", YB_OF(struct column_shown, key), .note = "One of the columns that name a row." },
	{ "secret", YB_OF(struct column_shown, secret), .note = "Its values are never shown." },
	{ "max", YB_OF(struct column_shown, max), .note = "Characters, or the largest number." },
	{ "min", YB_OF(struct column_shown, min) },
	{ "decimals", YB_OF(struct column_shown, decimals) },
	{ "one_of", YB_OF(struct column_shown, one_of), .note = "Accepted words." },
	{ "format", YB_OF(struct column_shown, format) },
	{ "pattern", YB_OF(struct column_shown, pattern) },
	{ "note", YB_OF(struct column_shown, note) },
	{ 0 },
};

struct columns_shown {
	yb_str kind, title;
	yb_list columns;
};

const yb_field job_columns_reply[] = {
	{ "kind", YB_OF(struct columns_shown, kind) },
	{ "title", YB_OF(struct columns_shown, title) },
	{ "columns", YB_OF(struct columns_shown, columns),
	    YB_EACH(column_reply, struct column_shown) },
	{ 0 },
};

static int64_t
number_of(const yb_req *r, const char *option)
{
	return ybh_option_number(r->p->conf, "core", ybh_core_options, option);
}

/* GET /jobs/kinds - the kinds open to the caller. */
int
job_kind_list(yb_req *r)
{
	struct kind_shown *at = yb_alloc(r, KINDS_MOST * sizeof *at);
	struct kinds_shown all = { { at, 0 } };

	for (size_t i = 0; i < r->p->n_loaded; i++) {
		const yb_job_kind *const *at_kind = r->p->loaded[i].module->jobs;

		for (; at_kind != NULL && *at_kind != NULL && all.kinds.n < KINDS_MOST; at_kind++) {
			const yb_job_kind *k = *at_kind;

			if (!job_may(r->p, k, &r->caller))
				continue;
			at[all.kinds.n++] = (struct kind_shown) {
				.kind = yb_cstr(k->name),
				.title = yb_cstr(k->title),
				.out = k->produce != NULL,
				.partial = k->partial,
				.step_up = k->step_up,
				.max_rows = k->max_rows != 0 ? k->max_rows : number_of(r, "job_rows"),
				.max_bytes = number_of(r, "job_bytes"),
			};
		}
	}
	return yb_reply_record(r, 200, job_kinds_reply, &all);
}

/* The kind of the path and its columns for the params of the query. */
static int
kind_open(yb_req *r, struct ybh_job *j)
{
	const struct job_kind_query *q = yb_params(r);
	struct ybh_faults found = { NULL, 0 };

	*j = (struct ybh_job) { 0 };
	j->kind = job_kind_find(r->p, yb_path(r, "kind"), &j->loaded);
	if (j->kind == NULL)
		return yb_problem(r, "E-AUTH-005");
	if (!job_may(r->p, j->kind, &r->caller))
		return yb_problem(r, "E-AUTH-004");
	if (job_params_read(r->arena, j->kind, q->params, &j->params, &found))
		return job_columns(r, j);
	for (size_t i = 0; i < found.n; i++)
		yb_fault_add(r, yb_format_text(r, "/params%s", found.at[i].field).p,
		    found.at[i].code);
	return yb_faults_refuse(r);
}

static const char *
type_word(enum yb_type t)
{
	switch (t) {
	case YB_T_I64:
	case YB_T_INT:
		return "integer";
	case YB_T_DEC:
		return "decimal";
	case YB_T_BOOL:
		return "boolean";
	case YB_T_DATE:
		return "date";
	case YB_T_TIME:
		return "time";
	case YB_T_UUID:
		return "uuid";
	case YB_T_TEXT:
	case YB_T_BYTES:
	case YB_T_LIST:
	case YB_T_RECORD:
	case YB_T_FAULTS:
	case YB_T_END:
		break;
	}
	return "text";
}

static yb_int
limit_of(size_t n)
{
	return (yb_int) { (int64_t)n, n != 0 };
}

/* GET /jobs/kinds/{kind}/columns - what stands in which column. */
int
job_kind_columns(yb_req *r)
{
	struct columns_shown all;
	struct column_shown *at;
	struct ybh_job j;

	if (kind_open(r, &j) < 0)
		return -1;
	at = yb_alloc(r, j.n_columns * sizeof *at);
	for (size_t i = 0; i < j.n_columns; i++) {
		const yb_field *f = &j.columns.fields[i];

		at[i] = (struct column_shown) {
			.name = yb_cstr(f->name), .label = job_label(&j, i),
			.type = yb_cstr(type_word(f->type)),
			.required = (f->flags & YB_REQUIRED) != 0,
			.secret = (f->flags & YB_SECRET) != 0,
			.key = j.columns.key != NULL &&
			    yb_word_in(yb_cstr(f->name), j.columns.key, ','),
			.max = limit_of(f->max), .min = limit_of(f->min),
			.decimals = limit_of(f->scale), .one_of = yb_cstr(f->one_of),
			.note = yb_cstr(f->note),
		};
		if (f->format != NULL) {
			at[i].format = yb_cstr(f->format->name);
			at[i].pattern = yb_cstr(f->format->pattern);
		}
	}
	all = (struct columns_shown) { yb_cstr(j.kind->name), yb_cstr(j.kind->title),
		{ at, j.n_columns } };
	return yb_reply_record(r, 200, job_columns_reply, &all);
}

/* GET /jobs/kinds/{kind}/template - the empty form: its line of headings. */
int
job_kind_template(yb_req *r)
{
	struct ybh_buf b;
	struct ybh_job j;
	yb_str text;

	if (kind_open(r, &j) < 0)
		return -1;
	ybh_buf_init(&b, JOB_PIECE);
	job_header_print(&b, &j, (yb_str) { NULL, 0 });
	text = yb_copy(r, ybh_buf_view(&b));
	ybh_buf_free(&b);
	return yb_reply_bytes(r, 200, "text/csv; charset=utf-8",
	    ybh_arena_cstr(r->arena, yb_format_text(r, "%s.csv", j.kind->name)),
	    (yb_bytes) { (const unsigned char *)text.p, text.len });
}
