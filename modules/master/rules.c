/*
 * rules.c - what only the whole change shows: MS-1, MS-2, MS-4, the difference, who approves.
 *
 * Everything here runs under the book's lock, so that what it finds still holds when the
 * transaction ends.
 */
#include "master.h"

#include <string.h>

#define FOUND_MAX 20

/* What each version takes over from: the one that would count on its first day. */
const yb_query q_take_base = {
	.name = "master_take_base",
	.sql = "UPDATE master_version AS n LEFT JOIN master_version AS o ON o.key_id = n.key_id"
	       "  AND o.version_id <> n.version_id AND o.op IN ('NEW', 'REVISE')"
	       "  AND o.status IN ('APPROVED', 'EFFECTIVE') AND o.valid_from <= n.valid_from"
	       "  AND (o.valid_to IS NULL OR o.valid_to >= n.valid_from)"
	       " SET n.replaces = o.version_id, n.replaced_to = o.valid_to WHERE n.change_id = ?",
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_field conflict_row[] = {
	{ "key_text", YB_OF(struct conflict, key_text) },
	{ "code", YB_OF(struct conflict, code) },
	{ 0 },
};

/*
 * The first "?" is 1 where a version may take over on the very day its predecessor began. A
 * version with status EXPIRED ended before today and cannot be met by a day to come.
 */
const yb_query q_conflicts = {
	.name = "master_conflicts",
	.sql = "SELECT k.key_text, CASE"
	       " WHEN EXISTS (SELECT 1 FROM master_version AS p WHERE p.key_id = n.key_id"
	       "  AND p.change_id <> n.change_id AND p.pending = 1) THEN 'E-MST-002'"
	       " WHEN n.op = 'NEW' AND n.replaces IS NOT NULL THEN 'E-MST-001'"
	       " WHEN n.op IN ('REVISE', 'END') AND n.replaces IS NULL THEN 'E-VAL-012'"
	       " WHEN n.op <> 'DELETE' AND b.valid_from = n.valid_from AND (? = 0 OR"
	       "  b.status <> 'EFFECTIVE') THEN 'E-MST-001'"
	       " WHEN n.op <> 'DELETE' AND EXISTS (SELECT 1 FROM master_version AS o"
	       "  WHERE o.key_id = n.key_id AND o.version_id <> n.version_id"
	       "  AND NOT o.version_id <=> n.replaces AND o.op IN ('NEW', 'REVISE')"
	       "  AND o.status IN ('APPROVED', 'EFFECTIVE')"
	       "  AND (n.valid_to IS NULL OR o.valid_from <= n.valid_to)"
	       "  AND (o.valid_to IS NULL OR o.valid_to >= n.valid_from)"
	       "  AND (o.valid_to IS NULL OR o.valid_to >= o.valid_from)) THEN 'E-MST-001'"
	       " WHEN n.op = 'DELETE' AND EXISTS (SELECT 1 FROM master_version AS u"
	       "  WHERE u.key_id = n.key_id AND (u.status IN ('EFFECTIVE', 'EXPIRED', 'ROLLED_BACK')"
	       "  OR (u.status = 'APPROVED' AND u.valid_from <= ?))) THEN 'E-MST-003'"
	       " ELSE '' END AS code"
	       " FROM master_version AS n JOIN master_key AS k ON k.key_id = n.key_id"
	       " LEFT JOIN master_version AS b ON b.version_id = n.replaces"
	       " WHERE n.change_id = ? HAVING code <> '' ORDER BY k.key_text LIMIT 20",
	.row = conflict_row,
	.row_size = sizeof(struct conflict),
	.nparams = 3,
	.tenant = YB_CROSS,
};

/*
 * Keys that end here, now or on a last day that is given, although rows of another master name
 * them beyond that day. "?": that master, the day, the change, the list's prefix three times,
 * the column's path.
 */
const yb_query q_in_use = {
	.name = "master_in_use",
	.sql = "SELECT DISTINCT k.key_text, 'E-MST-003' AS code"
	       " FROM master_key AS y JOIN master_version AS v ON v.key_id = y.key_id"
	       "  AND v.op IN ('NEW', 'REVISE') AND v.status IN ('APPROVED', 'EFFECTIVE')"
	       " JOIN master_version AS n JOIN master_key AS k ON k.key_id = n.key_id"
	       " WHERE y.master = ? AND (v.valid_to IS NULL OR v.valid_to >= ?) AND n.change_id = ?"
	       "  AND (n.op IN ('END', 'DELETE') OR (n.valid_to IS NOT NULL"
	       "   AND (v.valid_to IS NULL OR v.valid_to > n.valid_to)))"
	       "  AND LEFT(k.key_text, CHAR_LENGTH(?)) = ?"
	       "  AND FIND_IN_SET(SUBSTRING(k.key_text, CHAR_LENGTH(?) + 1),"
	       "   REPLACE(COALESCE(JSON_VALUE(v.cells, ?), ''), '|', ',')) > 0"
	       " ORDER BY k.key_text LIMIT 20",
	.row = conflict_row,
	.row_size = sizeof(struct conflict),
	.nparams = 7,
	.tenant = YB_CROSS,
};

struct diff_line {
	yb_str key_text, op;
	yb_date valid_from, valid_to;
	yb_bytes old_hash, new_hash;
};

static const yb_field diff_line_row[] = {
	{ "key_text", YB_OF(struct diff_line, key_text) },
	{ "op", YB_OF(struct diff_line, op) },
	{ "valid_from", YB_OF(struct diff_line, valid_from) },
	{ "valid_to", YB_OF(struct diff_line, valid_to) },
	{ "old_hash", YB_OF(struct diff_line, old_hash) },
	{ "new_hash", YB_OF(struct diff_line, new_hash) },
	{ 0 },
};

const yb_query q_diff_lines = {
	.name = "master_diff_lines",
	.sql = "SELECT k.key_text, n.op, n.valid_from, n.valid_to, o.row_hash AS old_hash,"
	       " n.row_hash AS new_hash FROM master_version AS n"
	       " JOIN master_key AS k ON k.key_id = n.key_id"
	       " LEFT JOIN master_version AS o ON o.version_id = n.replaces"
	       " WHERE n.change_id = ? ORDER BY k.key_text",
	.row = diff_line_row,
	.row_size = sizeof(struct diff_line),
	.nparams = 1,
	.tenant = YB_CROSS,
};

struct counted {
	int64_t n;
};

static const yb_field counted_row[] = {
	{ "n", YB_OF(struct counted, n) },
	{ 0 },
};

/* Whether anything of the change ends at all. */
const yb_query q_limited = {
	.name = "master_limited",
	.sql = "SELECT COUNT(*) AS n FROM master_version WHERE change_id = ?"
	       " AND (op IN ('END', 'DELETE') OR valid_to IS NOT NULL)",
	.row = counted_row,
	.row_size = sizeof(struct counted),
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query q_column_moves = {
	.name = "master_column_moves",
	.sql = "SELECT COUNT(*) AS n FROM master_version AS n"
	       " LEFT JOIN master_version AS o ON o.version_id = n.replaces"
	       " WHERE n.change_id = ? AND NOT JSON_VALUE(n.cells, ?) <=> JSON_VALUE(o.cells, ?)",
	.row = counted_row,
	.row_size = sizeof(struct counted),
	.nparams = 3,
	.tenant = YB_CROSS,
};

const yb_query q_column_yes = {
	.name = "master_column_yes",
	.sql = "SELECT COUNT(*) AS n FROM master_version AS n"
	       " LEFT JOIN master_version AS o ON o.version_id = n.replaces"
	       " WHERE n.change_id = ? AND (COALESCE(JSON_VALUE(n.cells, ?), '') = 'Y'"
	       "  OR COALESCE(JSON_VALUE(o.cells, ?), '') = 'Y')",
	.row = counted_row,
	.row_size = sizeof(struct counted),
	.nparams = 3,
	.tenant = YB_CROSS,
};

struct place {
	yb_str code;
};

static const yb_field place_row[] = {
	{ "code", YB_OF(struct place, code) },
	{ 0 },
};

const yb_query q_places = {
	.name = "master_places",
	.sql = "SELECT DISTINCT JSON_VALUE(cells, '$.muni_code') AS code FROM master_version"
	       " WHERE change_id = ? LIMIT 3",
	.row = place_row,
	.row_size = sizeof(struct place),
	.nparams = 1,
	.tenant = YB_CROSS,
};

/* ---- refusing ---- */

/* The catalogue's own text for a code that came from a statement. */
static const char *
literal(yb_str code)
{
	static const char *const codes[] = { "E-MST-001", "E-MST-002", "E-MST-003", "E-VAL-011",
		"E-VAL-012", "E-VAL-013", "E-ACC-003" };

	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
		if (yb_str_is(code, codes[i]))
			return codes[i];
	return "E-SYS-003";
}

static int
refuse(yb_req *r, const yb_list *found)
{
	const struct conflict *at = found->items;

	for (size_t i = 0; i < found->n; i++) {
		const char *field = yb_format_text(r, "/rows/%.*s", (int)at[i].key_text.len,
		    at[i].key_text.p).p;

		if (i == 0)
			(void)yb_problem_field(r, literal(at[i].code), field);
		else
			yb_fault_add(r, field, literal(at[i].code));
	}
	return found->n == 0 ? 0 : -1;
}

/* ---- MS-4: who names what ends ---- */

static int
column_use(yb_req *r, const struct table *y, const struct column *col, const struct change *c)
{
	yb_str prefix = col->list == NULL ? YB_STR("") : yb_format_text(r, "%s|", col->list);
	yb_list found;

	if (yb_db_list(r, &q_in_use,
		YB_ARGS(yb_text(yb_cstr(y->id)), yb_day(c->valid_from), yb_i64(c->change_id),
		    yb_text(prefix), yb_text(prefix), yb_text(prefix),
		    yb_text(yb_format_text(r, "$.%s", col->name))),
		FOUND_MAX, &found) < 0)
		return -1;
	return refuse(r, &found);
}

static int
use_check(yb_req *r, const struct table *t, const struct change *c)
{
	const struct table *y;

	for (size_t i = 0; (y = table_at(i)) != NULL; i++)
		for (size_t k = 0; k < y->n; k++)
			if (y->columns[k].ref != NULL && strcmp(y->columns[k].ref, t->id) == 0 &&
			    column_use(r, y, &y->columns[k], c) < 0)
				return -1;
	return 0;
}

int
change_rules(yb_req *r, const struct table *t, const struct change *c)
{
	int to_come = yb_date_cmp(c->valid_from, yb_today(r));
	bool same_day = yb_str_is(c->kind, "EMERGENCY") ? to_come <= 0
							: t->from == FROM_TODAY && to_come == 0;
	struct counted limited = { 0 };
	yb_list found;

	if (exec(r, &q_take_base, YB_ARGS(yb_i64(c->change_id))) < 0)
		return -1;
	if (yb_db_list(r, &q_conflicts,
		YB_ARGS(yb_bool(same_day), yb_day(yb_today(r)), yb_i64(c->change_id)), FOUND_MAX,
		&found) < 0 ||
	    refuse(r, &found) < 0)
		return -1;
	if (t->whole != NULL &&
	    (yb_db_list(r, t->whole, YB_ARGS(yb_i64(c->change_id), yb_day(c->valid_from)),
		 FOUND_MAX, &found) < 0 ||
		refuse(r, &found) < 0))
		return -1;
	if (yb_db_find(r, &q_limited, YB_ARGS(yb_i64(c->change_id)), &limited) < 0)
		return -1;
	return limited.n == 0 ? 0 : use_check(r, t, c);
}

/* ---- the difference ---- */

static size_t
put_hash(char *out, yb_bytes hash)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < hash.len; i++) {
		out[2 * i] = digits[hash.p[i] >> 4];
		out[2 * i + 1] = digits[hash.p[i] & 15];
	}
	out[2 * hash.len] = '\t';
	return 2 * hash.len + 1;
}

static size_t
put_text(char *out, yb_str s)
{
	if (s.len > 0)
		memcpy(out, s.p, s.len);
	out[s.len] = '\t';
	return s.len + 1;
}

static size_t
put_day(char *out, yb_date d)
{
	unsigned year = (unsigned)d.year;
	char text[8] = { (char)('0' + year / 1000), (char)('0' + year / 100 % 10),
		(char)('0' + year / 10 % 10), (char)('0' + year % 10), (char)('0' + d.month / 10),
		(char)('0' + d.month % 10), (char)('0' + d.day / 10), (char)('0' + d.day % 10) };

	return put_text(out, yb_date_is_null(d) ? YB_STR("") : (yb_str) { text, sizeof text });
}

/* Key, what is done, from, to, hash before, hash after; a line a row, in the order of keys. */
#define LINE_MAX (6 + 8 + 8 + 64 + 64 + 6)

int
change_hash(yb_req *r, int64_t change_id, yb_bytes *ret)
{
	const struct diff_line *at;
	size_t room = 1, n = 0;
	yb_list lines;
	char *text;

	if (yb_db_list(r, &q_diff_lines, YB_ARGS(yb_i64(change_id)), 100000, &lines) < 0)
		return -1;
	at = lines.items;
	for (size_t i = 0; i < lines.n; i++)
		room += at[i].key_text.len + LINE_MAX;
	text = yb_alloc(r, room);
	for (size_t i = 0; i < lines.n; i++) {
		n += put_text(text + n, at[i].key_text);
		n += put_text(text + n, at[i].op);
		n += put_day(text + n, at[i].valid_from);
		n += put_day(text + n, at[i].valid_to);
		n += put_hash(text + n, at[i].old_hash);
		n += put_hash(text + n, at[i].new_hash);
	}
	*ret = yb_sha256(r, (yb_bytes) { (const unsigned char *)text, n });
	return 0;
}

/* ---- who approves ---- */

static int
count_with(yb_req *r, const yb_query *q, const struct change *c, const struct column *col,
    int64_t *ret)
{
	yb_value path = yb_text(yb_format_text(r, "$.%s", col->name));
	struct counted row = { 0 };

	if (yb_db_find(r, q, YB_ARGS(yb_i64(c->change_id), path, path), &row) < 0)
		return -1;
	*ret = row.n;
	return 0;
}

static int
columns_need(yb_req *r, const struct table *t, struct change *c)
{
	for (size_t i = 0; i < t->n; i++) {
		unsigned flags = t->columns[i].flags;
		int64_t n = 0;

		if ((flags & COL_NHIC) != 0 &&
		    count_with(r, &q_column_moves, c, &t->columns[i], &n) < 0)
			return -1;
		if (n > 0)
			c->need_nhic = 1;
		n = 0;
		if ((flags & COL_TWO) != 0 &&
		    count_with(r, &q_column_yes, c, &t->columns[i], &n) < 0)
			return -1;
		if (n > 0 && t->approval != APPROVE_NHIC)
			c->need_own = 2;
		else if (n > 0)
			c->need_nhic = 2;
	}
	return 0;
}

static int
place_need(yb_req *r, struct change *c)
{
	const struct place *at;
	yb_list places;
	yb_org org;
	enum yb_found found;

	if (yb_db_list(r, &q_places, YB_ARGS(yb_i64(c->change_id)), 3, &places) < 0)
		return -1;
	at = places.items;
	if (places.n != 1) /* one municipality cannot speak for another */
		return yb_problem_field(r, "E-VAL-013", "/rows/0/muni_code");
	found = yb_org_by_code(r, at->code, &org);
	if (found == YB_NO_ROW || (found == YB_ONE_ROW && !yb_str_is(org.org_type, "MUNI")))
		return yb_problem(r, "E-ACC-001");
	c->need_muni = (yb_int) { org.org_id, true };
	return found == YB_ONE_ROW ? 0 : -1;
}

int
change_needs(yb_req *r, const struct table *t, struct change *c)
{
	c->need_own = c->need_nhic = 0;
	c->need_muni = (yb_int) { 0, false };
	if (yb_str_is(c->kind, "EMERGENCY")) {
		c->need_own = 2;
		return 0;
	}
	switch (t->approval) {
	case APPROVE_NONE:
		break;
	case APPROVE_OTHER:
		c->need_own = 1;
		break;
	case APPROVE_TWO:
		c->need_own = 2;
		break;
	case APPROVE_NHIC:
		c->need_nhic = 1;
		break;
	case APPROVE_MUNI:
		if (place_need(r, c) < 0)
			return -1;
		break;
	}
	return columns_need(r, t, c);
}
