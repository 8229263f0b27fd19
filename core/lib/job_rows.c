/*
 * job_rows.c - rows of cells into rows of records, a batch at a time, and what is wrong with
 * them.
 *
 * What a batch needs lives in its arena, which is reset behind it: a file of any length takes
 * the memory of a thousand rows, eight bytes per key and a bit per row.
 */
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "job_parts.h"

#define BATCH_BYTES ((size_t)8 << 20) /* a batch of long rows has fewer of them */
#define FAULTY_STEP 8192u
#define ERRORS_JA   "エラー"
#define ERRORS_EN   "Errors"
#define VALUE_CHARS 200

int
job_rows_begin(struct job_work *w)
{
	job_rows_end(w);
	w->source = job_source_new(w->t, &w->row);
	w->header_read = w->ended = w->spare_column = false;
	w->rows = w->bad = w->errors_at = 0;
	w->trouble = (struct job_trouble) { 0 };
	w->n_faults = w->faults_stored = 0;
	w->n_bad = 0;
	w->preview = (yb_str) { NULL, 0 };
	memset(w->job.outcome, 0, sizeof w->job.outcome);
	w->job.hold = NULL;
	return w->source == NULL ? -1 : 0;
}

void
job_rows_end(struct job_work *w)
{
	job_source_free(w->source);
	job_keys_free(w->keys);
	free(w->faulty);
	ybh_buf_free(&w->errors);
	w->source = NULL;
	w->keys = NULL;
	w->faulty = NULL;
	w->faulty_size = 0;
}

/* ---- the file as a whole ---- */

static int
refuse(struct job_work *w, const char *code, int64_t line)
{
	w->trouble = (struct job_trouble) { .code = code, .line = line };
	return -1;
}

static int
broken(yb_req *r, struct job_work *w)
{
	struct job_trouble t;

	job_source_trouble(w->source, &t);
	if (t.code == NULL)
		return yb_problem(r, "E-SYS-002");
	w->trouble = t;
	return -1;
}

static bool
heads(const struct ybh_job *j, size_t i, yb_str cell)
{
	yb_str name = yb_cstr(j->columns.fields[i].name);

	return yb_str_eq(cell, job_label(j, i)) || yb_str_eq(cell, name);
}

static int
header_differs(struct job_work *w, const struct ybh_csv_record *rec, size_t i)
{
	bool wanted = i < w->job.n_columns, found = i < rec->n && rec->cells[i].p != NULL;

	w->trouble =
	    (struct job_trouble) { .code = "E-JOB-007", .line = 1, .column = (int64_t)i + 1 };
	if (wanted)
		w->trouble.wanted = ybh_arena_copy(w->keep, job_label(&w->job, i));
	if (found)
		w->trouble.found = ybh_arena_copy(w->keep, job_cut(rec->cells[i], VALUE_CHARS));
	return -1;
}

static int
header_read(yb_req *r, struct job_work *w)
{
	struct ybh_csv_record rec;
	size_t n = w->job.n_columns;

	switch (job_source_next(w->source, &rec)) {
	case YBH_CSV_BAD:
		return broken(r, w);
	case YBH_CSV_END:
		return refuse(w, "E-JOB-005", 0);
	case YBH_CSV_ROW:
	case YBH_CSV_UNEVEN:
		break;
	}
	w->spare_column = rec.n == n + 1 &&
	    (yb_str_is(rec.cells[n], ERRORS_JA) || yb_str_is(rec.cells[n], ERRORS_EN));
	for (size_t i = 0; i < n || i < rec.n - (w->spare_column ? 1 : 0); i++)
		if (i >= rec.n || i >= n || !heads(&w->job, i, rec.cells[i]))
			return header_differs(w, &rec, i);
	w->header_read = true;
	return 0;
}

/* ---- one row ---- */

/* The columns that name a row; they may differ from step to step only by a fault of ours. */
static void
key_columns(struct job_work *w)
{
	const char *at = w->job.columns.key;

	for (w->n_keyed = 0; at != NULL && *at != '\0' && w->n_keyed < 8;) {
		size_t n = strcspn(at, ",");

		for (size_t i = 0; i < w->job.n_columns; i++)
			if (yb_str_is((yb_str) { at, n }, w->job.columns.fields[i].name))
				w->keyed[w->n_keyed++] = i;
		at += n + (at[n] == ',' ? 1 : 0);
	}
}

static const yb_str *
cells_copy(struct yb_arena *a, const struct ybh_csv_record *rec)
{
	yb_str *cells = ybh_arena_must(a, rec->n * sizeof *cells);
	size_t len = 0;
	char *p;

	for (size_t i = 0; i < rec->n; i++)
		len += rec->cells[i].len;
	p = ybh_arena_must(a, len + 1);
	for (size_t i = 0; i < rec->n; i++) {
		cells[i] = (yb_str) { p, rec->cells[i].len };
		if (cells[i].len > 0)
			memcpy(p, rec->cells[i].p, cells[i].len);
		p += cells[i].len;
	}
	return cells;
}

static bool
is_blank(const struct ybh_csv_record *rec)
{
	for (size_t i = 0; i < rec->n; i++)
		if (rec->cells[i].len > 0)
			return false;
	return true;
}

static int
key_check(yb_req *r, struct job_work *w, struct job_line *line)
{
	char text[8][JOB_TEXT];
	yb_str parts[8];
	bool some = false;
	int rc;

	if (w->keys == NULL || w->n_keyed == 0)
		return 0;
	for (size_t i = 0; i < w->n_keyed; i++) {
		parts[i] = job_field_text(&w->job.columns.fields[w->keyed[i]], line->row.record,
		    text[i]);
		some = some || parts[i].len > 0;
	}
	rc = some ? job_keys_add(w->keys, parts, w->n_keyed) : 0;
	if (rc < 0)
		return yb_problem(r, "E-SYS-003");
	if (rc > 0)
		yb_row_fault(r, &line->row, w->job.columns.fields[w->keyed[0]].name, "E-VAL-014");
	return 0;
}

static int
line_fill(yb_req *r, struct job_work *w, const struct ybh_csv_record *rec, struct job_line *line)
{
	const yb_columns *c = &w->job.columns;

	*line = (struct job_line) {
		.row = { .line = (int64_t)rec->line },
		.cells = cells_copy(w->batch, rec),
		.n_cells = rec->n,
		.at = w->rows,
	};
	if (rec->n != w->job.n_columns + (w->spare_column ? 1 : 0)) {
		yb_row_fault(r, &line->row, NULL, "E-JOB-008");
		return 0;
	}
	line->row.record = ybh_arena_must(w->batch, c->size);
	for (size_t i = 0; i < w->job.n_columns; i++) {
		const char *code = job_cell_set(w->batch, &c->fields[i], line->cells[i],
		    line->row.record);

		if (code != NULL)
			yb_row_fault(r, &line->row, c->fields[i].name, code);
	}
	return line->row.faults.n > 0 ? 0 : key_check(r, w, line);
}

/* 1: a row, 0: none (empty, or known to be faulty), -1 refused or recorded. */
static int
row_take(yb_req *r, struct job_work *w, const struct ybh_csv_record *rec, struct job_line *line)
{
	int rc = 1;

	if (is_blank(rec))
		return 0;
	if (w->rows == w->max_rows)
		return refuse(w, "E-JOB-010", (int64_t)rec->line);
	if (job_rows_faulty(w, w->rows))
		rc = 0;
	else if (line_fill(r, w, rec, line) < 0)
		rc = -1;
	w->rows++;
	return rc;
}

int
job_rows_read(yb_req *r, struct job_work *w, struct job_line *lines, size_t *ret_n)
{
	struct ybh_csv_record rec;
	size_t n = 0;

	key_columns(w);
	if (!w->header_read && header_read(r, w) < 0)
		return -1;
	while (n < JOB_BATCH && !w->ended && ybh_arena_used(w->batch) < BATCH_BYTES) {
		int rc = 0;

		switch (job_source_next(w->source, &rec)) {
		case YBH_CSV_BAD:
			return broken(r, w);
		case YBH_CSV_END:
			w->ended = true;
			break;
		case YBH_CSV_ROW:
		case YBH_CSV_UNEVEN:
			rc = row_take(r, w, &rec, &lines[n]);
			break;
		}
		if (rc < 0)
			return -1;
		n += (size_t)rc;
	}
	*ret_n = n;
	return 0;
}

/* ---- faults ---- */

bool
job_rows_faulty(const struct job_work *w, int64_t at)
{
	size_t byte = (size_t)at / 8;

	return w->keys == NULL && byte < w->faulty_size && (w->faulty[byte] >> (at & 7) & 1) != 0;
}

static bool
faulty_set(struct job_work *w, int64_t at)
{
	size_t byte = (size_t)at / 8;

	if (byte >= w->faulty_size) {
		size_t size = byte + FAULTY_STEP;
		unsigned char *p = realloc(w->faulty, size);

		if (p == NULL)
			return false;
		memset(p + w->faulty_size, 0, size - w->faulty_size);
		w->faulty = p;
		w->faulty_size = size;
	}
	w->faulty[byte] |= (unsigned char)(1u << (at & 7));
	return true;
}

static bool
is_secret(const struct job_work *w, size_t column)
{
	return column < w->job.n_columns &&
	    (w->job.columns.fields[column].flags & YB_SECRET) != 0;
}

static void
fault_keep(struct job_work *w, const struct job_line *line, const yb_fault *f)
{
	size_t column = job_column_named(&w->job, f->field);
	struct job_fault *to;

	if (w->faults == NULL)
		w->faults = ybh_arena_must(w->keep, JOB_FAULTS * sizeof *w->faults);
	if (w->n_faults == JOB_FAULTS)
		return;
	to = &w->faults[w->n_faults];
	*to = (struct job_fault) { .n = (int64_t)w->n_faults, .line = line->row.line };
	to->field = ybh_arena_copy(w->keep, yb_cstr(f->field));
	to->code = ybh_arena_copy(w->keep, yb_cstr(f->code));
	if (column < w->job.n_columns)
		to->label = ybh_arena_copy(w->keep, job_label(&w->job, column));
	if (column < line->n_cells && column < w->job.n_columns && !is_secret(w, column))
		to->value = ybh_arena_copy(w->keep, job_cut(line->cells[column], VALUE_CHARS));
	w->n_faults++;
}

/* "項目：何が 直し方 / …" */
static yb_str
faults_text(struct job_work *w, const yb_faults *faults)
{
	struct ybh_buf b;
	yb_str text;

	ybh_buf_init(&b, 64u << 10);
	for (size_t i = 0; i < faults->n; i++) {
		const struct ybh_problem *p = ybh_problem_find(faults->at[i].code);
		size_t column = job_column_named(&w->job, faults->at[i].field);

		ybh_buf_cstr(&b, i > 0 ? " / " : "");
		if (column < w->job.n_columns) {
			ybh_buf_str(&b, job_label(&w->job, column));
			ybh_buf_cstr(&b, w->row.english ? ": " : "：");
		}
		if (p != NULL)
			ybh_buf_printf(&b, "%s %s", w->row.english ? p->en : p->ja,
			    w->row.english ? p->en_next : p->ja_next);
	}
	text = ybh_arena_copy(w->batch, ybh_buf_view(&b));
	ybh_buf_free(&b);
	return text;
}

static void
line_print(struct job_work *w, const struct job_line *line)
{
	struct ybh_buf *b = &w->errors;

	if (w->errors_at == 0 && b->len == 0)
		job_header_print(b, &w->job, yb_cstr(w->row.english ? ERRORS_EN : ERRORS_JA));
	for (size_t i = 0; i < w->job.n_columns; i++) {
		bool shown = i < line->n_cells && !is_secret(w, i);

		job_cell_print(b, shown ? line->cells[i] : YB_STR(""), false);
		ybh_buf_char(b, ',');
	}
	job_cell_print(b, faults_text(w, &line->row.faults), true);
	ybh_buf_put(b, "\r\n", 2);
}

void
job_rows_note(struct job_work *w, const struct job_line *line)
{
	w->n_bad++;
	for (size_t i = 0; i < line->row.faults.n; i++)
		fault_keep(w, line, &line->row.faults.at[i]);
}

int
job_rows_fault(yb_req *r, struct job_work *w, const struct job_line *line)
{
	w->bad++;
	for (size_t i = 0; i < line->row.faults.n; i++)
		fault_keep(w, line, &line->row.faults.at[i]);
	line_print(w, line);
	if (!faulty_set(w, line->at) || w->errors.failed)
		return yb_problem(r, "E-SYS-003");
	if (w->errors.len >= JOB_PIECE / 2) {
		if (job_piece_put(r, &w->row, JOB_ERRORS, w->errors_at,
			ybh_buf_view(&w->errors)) < 0)
			return -1;
		w->errors_at += (int64_t)w->errors.len;
		ybh_buf_reset(&w->errors);
	}
	return 0;
}

/* ---- callbacks ---- */

/* The persons a batch touched are in the log before the batch is forgotten. */
static int
subjects_log(yb_req *r, struct job_work *w)
{
	if (r->n_subjects == 0 && r->also == NULL && r->alerts == NULL)
		return 0;
	yb_audit_target(r, "job", w->row.job_no);
	yb_audit_action(r, w->job.kind->action);
	if (ybh_audit_request(r, true) != 0)
		return yb_problem(r, "E-SYS-004");
	ybh_audit_forget(r);
	return 0;
}

static int
called(yb_req *r, struct job_work *w, int rc)
{
	r->job = NULL;
	/* The log names the job, not what a batch was about; why it was done stays. */
	r->event = (struct ybh_event) { .purpose = r->event.purpose, .reason = r->event.reason };
	if (rc >= 0 && r->problem == NULL)
		return subjects_log(r, w);
	return yb_problem(r, "E-SYS-003");
}

int
job_rows_call(yb_req *r, struct job_work *w, job_rows_fn *fn, struct job_line *lines, size_t n)
{
	yb_row *rows = ybh_arena_must(w->batch, (n + 1) * sizeof *rows);
	size_t good = 0;

	for (size_t i = 0; i < n; i++)
		if (lines[i].row.faults.n == 0)
			rows[good++] = lines[i].row;
	r->job = &w->job;
	if (called(r, w, good == 0 ? 0 : fn(r, rows, good)) < 0)
		return -1;
	good = 0;
	for (size_t i = 0; i < n; i++)
		if (lines[i].row.faults.n == 0)
			lines[i].row = rows[good++];
	return 0;
}

int
job_call(yb_req *r, struct job_work *w, yb_handler *fn)
{
	if (fn == NULL)
		return 0;
	r->job = &w->job;
	return called(r, w, fn(r));
}
