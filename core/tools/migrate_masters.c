/*
 * migrate_masters.c - loads the CSV files of sql/masters into the master tables.
 *
 * A table is emptied and filled in one transaction, and only when its file is not the one
 * master_source remembers. Readers see the old rows or the new ones, never half of them.
 */
#include "migrate.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../lib/csv.h"
#include "masters.h"

#define BATCH	   1000
#define BATCH_ROOM ((size_t)64 << 20)

struct row {
	yb_str cell[MASTER_COLUMNS_MAX];
};

struct load {
	struct migrate *m;
	const struct master *master;
	struct yb_arena *a; /* of one batch */
	struct row *rows;
	size_t n;	    /* rows of the batch */
	size_t first_line;  /* of the file, of the batch's first row */
	int64_t total;
	yb_field fields[MASTER_COLUMNS_MAX + 1];
};

struct source {
	yb_str table_name, sha256;
};
static const yb_field source_fields[] = {
	{ "table_name", YB_OF(struct source, table_name) },
	{ "sha256", YB_OF(struct source, sha256) },
	{ 0 },
};
static const yb_query source_list = {
	.name = "master_source_list",
	.sql = "SELECT table_name, sha256 FROM master_source",
	.row = source_fields,
	.row_size = sizeof(struct source),
	.tenant = YB_GLOBAL,
};
static const yb_query source_set = {
	.name = "master_source_set",
	.sql = "INSERT INTO master_source (table_name, file, source, licence, n_rows, sha256,"
	       " loaded_us) VALUES (?, ?, ?, ?, ?, ?, ?)"
	       " ON DUPLICATE KEY UPDATE file = VALUES(file), source = VALUES(source),"
	       " licence = VALUES(licence), n_rows = VALUES(n_rows), sha256 = VALUES(sha256),"
	       " loaded_us = VALUES(loaded_us)",
	.nparams = 7,
	.tenant = YB_GLOBAL,
};

static int
failed(struct migrate *m, const char *what)
{
	ctl_error("%s: %s", what, ybh_db_error(m->db));
	return -1;
}

/* ---- one cell ---- */

static const char *
cell_rule(const struct master_column *col, yb_str v)
{
	yb_date day;

	if (v.len == 0)
		return col->nullable ? NULL : "may not be empty";
	switch (col->cell) {
	case CELL_TEXT:
		return NULL;
	case CELL_DAY:
		return yb_date_parse(v, &day) ? NULL : "is not a date YYYY-MM-DD";
	case CELL_FLAG:
		return yb_str_is(v, "Y") || yb_str_is(v, "N") ? NULL : "is not Y or N";
	case CELL_NUMBER:
		for (size_t i = 0; i < v.len; i++) {
			if (strchr("-0123456789.", v.p[i]) == NULL || v.p[i] == '\0')
				return "is not a number";
		}
		return NULL;
	}
	return "has a kind nobody knows";
}

static int
row_take(struct load *l, const struct ybh_csv_record *rec)
{
	const struct master *ms = l->master;
	struct row *row = &l->rows[l->n];
	size_t at = 0;

	l->total++;
	if (ms->numbered)
		row->cell[at++] = ybh_arena_format(l->a, "%" PRId64, l->total);
	for (size_t i = 0; i < ms->n; i++) {
		const struct master_column *col = &ms->columns[i];
		const char *rule = cell_rule(col, rec->cells[i]);

		if (rule != NULL) {
			ctl_error("masters/%s: line %zu: column %s %s", ms->file, rec->line,
			    col->header, rule);
			return -1;
		}
		if (rec->cells[i].len == 0)
			row->cell[at++] = (yb_str) { NULL, 0 };
		else if (col->cell == CELL_FLAG)
			row->cell[at++] = yb_cstr(rec->cells[i].p[0] == 'Y' ? "1" : "0");
		else
			row->cell[at++] = ybh_arena_copy(l->a, rec->cells[i]);
	}
	if (l->n++ == 0)
		l->first_line = rec->line;
	return 0;
}

/* ---- one file ---- */

static int
batch_send(struct load *l, size_t last_line)
{
	int rc = ybh_db_each(l->m->db, l->master->insert, NULL, l->fields, sizeof *l->rows, l->rows,
	    l->n, l->a);

	if (rc != 0) {
		ctl_error("masters/%s: lines %zu to %zu: %s", l->master->file, l->first_line,
		    last_line, ybh_db_error(l->m->db));
		return -1;
	}
	ybh_arena_reset(l->a);
	l->rows = ybh_arena_must(l->a, BATCH * sizeof *l->rows);
	l->n = 0;
	return 0;
}

static int
header_check(const struct master *ms, struct ybh_csv *csv)
{
	struct ybh_csv_record rec;
	bool same = ybh_csv_next(csv, &rec) == YBH_CSV_ROW && rec.n == ms->n;

	for (size_t i = 0; same && i < ms->n; i++)
		same = yb_str_is(rec.cells[i], ms->columns[i].header);
	if (same)
		return 0;
	ctl_error("masters/%s: the first line does not name the columns of %s", ms->file,
	    ms->table);
	return -1;
}

static int
rows_load(struct load *l, struct ybh_csv *csv)
{
	struct ybh_csv_record rec = { .line = 0 };
	enum ybh_csv_result got;

	if (header_check(l->master, csv) < 0)
		return -1;
	while ((got = ybh_csv_next(csv, &rec)) == YBH_CSV_ROW) {
		if (row_take(l, &rec) < 0)
			return -1;
		if (l->n == BATCH && batch_send(l, rec.line) < 0)
			return -1;
	}
	if (got != YBH_CSV_END) {
		ctl_error("masters/%s: %s", l->master->file, ybh_csv_error(csv));
		return -1;
	}
	return batch_send(l, rec.line);
}

static void
fields_make(struct load *l)
{
	size_t n = l->master->n + (l->master->numbered ? 1 : 0);

	for (size_t i = 0; i < n; i++)
		l->fields[i] = (yb_field) { .name = "cell",
			.type = YB_T_TEXT,
			.offset = offsetof(struct row, cell) + i * sizeof(yb_str) };
	l->fields[n] = (yb_field) { 0 };
}

static int
table_fill(struct migrate *m, const struct master *ms, yb_str text, const char *sha256)
{
	struct load l = { .m = m, .master = ms, .a = ybh_arena_new(1 << 20, BATCH_ROOM) };
	struct ybh_csv *csv = ybh_csv_memory(text);
	int rc = -1;

	if (l.a == NULL || csv == NULL) {
		ctl_error("masters/%s: no memory", ms->file);
	} else {
		l.rows = ybh_arena_must(l.a, BATCH * sizeof *l.rows);
		fields_make(&l);
		rc = rows_load(&l, csv);
	}
	if (rc == 0 && ybh_db_run(m->db, &source_set,
			   YB_ARGS(yb_text(yb_cstr(ms->table)), yb_text(yb_cstr(ms->file)),
			       yb_text(yb_cstr(ms->source)), yb_text(yb_cstr(ms->licence)),
			       yb_i64(l.total), yb_text(yb_cstr(sha256)),
			       yb_i64(ybh_now_us())).v,
			   7, m->c->arena, 0, NULL, NULL) != 0)
		rc = failed(m, ms->table);
	if (rc == 0)
		(void)printf("%s: loaded, %" PRId64 " rows\n", ms->table, l.total);
	ybh_csv_free(csv);
	ybh_arena_free(l.a);
	return rc;
}

static int
table_load(struct migrate *m, const struct master *ms, yb_str text, const char *sha256)
{
	if (ybh_db_begin(m->db) != 0)
		return failed(m, ms->table);
	if (ybh_db_run(m->db, ms->empty, NULL, 0, m->c->arena, 0, NULL, NULL) != 0) {
		(void)failed(m, ms->table);
	} else if (table_fill(m, ms, text, sha256) == 0) {
		return ybh_db_commit(m->db) == 0 ? 0 : failed(m, ms->table);
	}
	ybh_db_rollback(m->db);
	return -1;
}

static bool
is_loaded(const yb_list *sources, const char *table, const char *sha256)
{
	for (size_t i = 0; i < sources->n; i++) {
		const struct source *s = (const struct source *)sources->items + i;

		if (yb_str_is(s->table_name, table))
			return yb_str_is(s->sha256, sha256);
	}
	return false;
}

int
masters_load(struct migrate *m)
{
	struct yb_arena *a = m->c->arena;
	const char *err;
	yb_list sources;
	char sha256[65];

	if (ybh_db_run(m->db, &source_list, NULL, 0, a, 1000, &sources, NULL) != 0)
		return failed(m, "master_source");
	for (size_t i = 0; i < masters_count; i++) {
		const struct master *ms = &masters[i];
		yb_str path = ybh_arena_format(a, "%s/masters/%s", m->sql_dir, ms->file);
		yb_str text = ctl_file(a, ybh_arena_cstr(a, path), MIGRATE_FILE_MAX, &err);

		if (text.p == NULL) {
			ctl_error("masters/%s: %s", ms->file, err);
			return -1;
		}
		sha256_hex(text, sha256);
		if (!is_loaded(&sources, ms->table, sha256) &&
		    table_load(m, ms, text, sha256) < 0)
			return -1;
	}
	return 0;
}
