/*
 * masters.h - which file of sql/masters fills which table.
 */
#ifndef YOBO_MASTERS_H
#define YOBO_MASTERS_H

#include <yb/db.h>

#define MASTER_COLUMNS_MAX 24

enum master_cell {
	CELL_TEXT,
	CELL_NUMBER, /* digits, a sign, a point; the column's type decides further */
	CELL_DAY,    /* YYYY-MM-DD */
	CELL_FLAG,   /* Y, N; becomes 1, 0 */
};

struct master_column {
	const char *header; /* of the file; the table's column may be called otherwise */
	enum master_cell cell;
	bool nullable;
};

struct master {
	const char *table, *file, *source, *licence;
	const struct master_column *columns;
	size_t n;
	bool numbered; /* the table's first column is the row's place in the file */
	const yb_query *insert, *empty;
};

extern const struct master masters[];
extern const size_t masters_count;

#endif
