/*
 * check.c - one cell against its column, and the names of other masters in it (H-8-1 checks).
 */
#include "master.h"

#include <string.h>

#define REFS_MAX  16
#define REF_TOP	  YB_STR("\xF4\x8F\xBF\xBF") /* after every key there can be */
#define REF_LIMIT 100000

/* ---- one cell ---- */

static size_t
characters(yb_str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += ((unsigned char)s.p[i] & 0xC0) != 0x80;
	return n;
}

static const char *
check_text(const struct column *c, yb_str s)
{
	size_t n = characters(s);
	bool blank = true;

	for (size_t i = 0; i < s.len; i++) {
		unsigned char x = (unsigned char)s.p[i];
		bool line = c->kind == KIND_LINES && (x == '\n' || x == '\t');

		if ((x < 0x20 && !line) || x == 0x7F)
			return "E-VAL-002";
		blank = blank && (x == ' ' || x < 0x20);
	}
	if (blank || s.p[0] == ' ' || s.p[s.len - 1] == ' ' || n > c->max || n < c->min)
		return "E-VAL-002";
	if ((c->flags & COL_KEY) != 0 && memchr(s.p, '|', s.len) != NULL)
		return "E-VAL-002"; /* it stands between the parts of a key */
	return NULL;
}

static bool
all_digits(yb_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return true;
}

static const char *
check_number(const struct column *c, yb_str s)
{
	uint64_t v = 0;

	if (!all_digits(s) || s.len > 9 || (s.len > 1 && s.p[0] == '0'))
		return "E-VAL-004";
	for (size_t i = 0; i < s.len; i++)
		v = v * 10 + (uint64_t)(s.p[i] - '0');
	return v < c->min || v > c->max ? "E-VAL-006" : NULL;
}

/* 2.50 is 2.5, so that the same amount is the same text. */
static const char *
check_decimal(const struct column *c, yb_str s, yb_str *ret)
{
	const char *point = memchr(s.p, '.', s.len);
	yb_str whole = { s.p, point == NULL ? s.len : (size_t)(point - s.p) };
	yb_str part = { point == NULL ? "" : point + 1, point == NULL ? 0 : s.len - whole.len - 1 };

	while (part.len > 0 && part.p[part.len - 1] == '0')
		part.len--;
	if (whole.len == 0 || whole.len > 9 || !all_digits(whole) || !all_digits(part) ||
	    (whole.len > 1 && s.p[0] == '0') || (point != NULL && s.len == whole.len + 1))
		return "E-VAL-004";
	if (part.len > c->max)
		return "E-VAL-006";
	ret->len = part.len == 0 ? whole.len : whole.len + 1 + part.len;
	return NULL;
}

static const char *
check_digits(const struct column *c, yb_str s)
{
	if (s.len < c->min || s.len > c->max) /* a lost leading zero, mostly */
		return c->format == &yb_format_muni_code ? "E-VAL-010" : "E-VAL-002";
	return all_digits(s) ? NULL : "E-VAL-002";
}

static const char *
check_date(yb_req *r, const struct column *c, yb_str s)
{
	yb_date day;
	yb_str whole = s;

	if (c->kind == KIND_MONTH)
		whole = yb_format_text(r, "%.*s-01", (int)s.len, s.p);
	else if (c->kind == KIND_SEASON)
		whole = yb_format_text(r, "2000-%.*s", (int)s.len, s.p);
	return yb_date_parse(whole, &day) ? NULL : "E-VAL-003";
}

static const char *
check_url(const struct column *c, yb_str s)
{
	static const char scheme[] = "https://";

	if (s.len <= sizeof scheme || memcmp(s.p, scheme, sizeof scheme - 1) != 0 || s.len > c->max)
		return "E-VAL-002";
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] <= 0x20 || s.p[i] >= 0x7F || strchr("\"<>\\^`{|}", s.p[i]) != NULL)
			return "E-VAL-002";
	return NULL;
}

static const char *
check_phone(const struct column *c, yb_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((s.p[i] < '0' || s.p[i] > '9') && s.p[i] != '-')
			return "E-VAL-002";
	return s.len <= c->max ? NULL : "E-VAL-002";
}

static const char *
check_kind(yb_req *r, const struct column *c, yb_str s, yb_str *ret)
{
	const char *bad;

	switch (c->kind) {
	case KIND_NUMBER:
		return check_number(c, s);
	case KIND_DECIMAL:
		return check_decimal(c, s, ret);
	case KIND_DIGITS:
		return check_digits(c, s);
	case KIND_DAY:
	case KIND_MONTH:
	case KIND_SEASON:
		return check_date(r, c, s);
	case KIND_FLAG:
		return yb_word_in(s, "Y|N", '|') ? NULL : "E-VAL-011";
	case KIND_URL:
		return check_url(c, s);
	case KIND_PHONE:
		return check_phone(c, s);
	case KIND_IMAGE:
		return grammar_image(s, c->max);
	case KIND_TEXT:
	case KIND_LINES:
	case KIND_LIST:
	case KIND_HOURS:
	case KIND_AGE:
	case KIND_AFTER:
		break;
	}
	bad = check_text(c, s);
	if (bad == NULL && c->kind == KIND_HOURS)
		bad = grammar_hours(s);
	if (bad == NULL && c->kind == KIND_AGE)
		bad = grammar_age(s);
	if (bad == NULL && c->kind == KIND_AFTER)
		bad = grammar_after(s);
	return bad;
}

/* The next word of a list; false after the last. */
static bool
next_word(yb_str list, size_t *at, yb_str *ret)
{
	const char *bar;

	if (*at > list.len)
		return false;
	bar = memchr(list.p + *at, '|', list.len - *at);
	*ret = (yb_str) { list.p + *at, bar == NULL ? list.len - *at : (size_t)(bar - list.p) - *at };
	*at += ret->len + 1;
	return true;
}

/* A list has no empty word and none twice; one_of is about each. */
static const char *
check_words(const struct column *c, yb_str s)
{
	yb_str w, other;

	if (c->kind != KIND_LIST)
		return c->one_of == NULL || yb_word_in(s, c->one_of, '|') ? NULL : "E-VAL-011";
	for (size_t at = 0; next_word(s, &at, &w);) {
		if (w.len == 0)
			return "E-VAL-002";
		if (c->one_of != NULL && !yb_word_in(w, c->one_of, '|'))
			return "E-VAL-011";
		for (size_t on = at; next_word(s, &on, &other);)
			if (yb_str_eq(w, other))
				return "E-VAL-002";
	}
	return NULL;
}

const char *
cell_check(yb_req *r, const struct column *c, yb_str in, yb_str *ret)
{
	const char *bad;

	*ret = in;
	if (yb_str_empty(in)) {
		*ret = (yb_str) { NULL, 0 };
		return (c->flags & COL_MUST) != 0 ? "E-VAL-001" : NULL;
	}
	bad = check_kind(r, c, in, ret);
	if (bad == NULL)
		bad = check_words(c, *ret);
	if (bad == NULL && c->format != NULL)
		bad = c->format->check(*ret);
	return bad;
}

/* ---- names of other masters ---- */

struct ref_set {
	const struct table *table;
	yb_list rows; /* of struct current, by key; only those that count matter */
};

struct refs {
	yb_date on;
	struct ref_set sets[REFS_MAX];
	size_t n;
};

static struct ref_set *
ref_set_of(yb_req *r, struct refs *refs, const struct table *t)
{
	struct ref_set *set;

	for (size_t i = 0; i < refs->n; i++)
		if (refs->sets[i].table == t)
			return &refs->sets[i];
	set = &refs->sets[refs->n++];
	set->table = t;
	return current_between(r, t, YB_STR(""), REF_TOP, refs->on, false, &set->rows) < 0 ? NULL : set;
}

/* NULL: it is there and counts on the day. */
static const char *
ref_look(const struct ref_set *set, yb_str key)
{
	const struct current *rows = set->rows.items;
	size_t low = 0, high = set->rows.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = yb_str_cmp(rows[mid].key_text, key);

		if (c == 0)
			return rows[mid].version_id.set ? NULL : "E-VAL-012";
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return "E-VAL-011";
}

static int
org_look(yb_req *r, const char *types, yb_str code, const char **ret)
{
	yb_org org;
	enum yb_found found = yb_org_by_code(r, code, &org);

	if (found == YB_DB_FAILED)
		return -1;
	if (found == YB_NO_ROW || !yb_word_in(org.org_type, types, ','))
		*ret = "E-VAL-011";
	else if (!org.open_today)
		*ret = "E-VAL-012";
	return 0;
}

static int
item_look(yb_req *r, yb_str id, const char **ret)
{
	struct { int64_t n; } row;
	enum yb_found found = yb_db_one(r, &q_item, YB_ARGS(yb_text(id)), &row);

	if (found == YB_NO_ROW)
		*ret = "E-VAL-011";
	return found == YB_DB_FAILED ? -1 : 0;
}

static int
word_look(yb_req *r, struct refs *refs, const struct column *c, yb_str w, const char **ret)
{
	struct ref_set *set;

	if (strncmp(c->ref, "ORG:", 4) == 0)
		return org_look(r, c->ref + 4, w, ret);
	if (strcmp(c->ref, "ITEM") == 0)
		return item_look(r, w, ret);
	set = ref_set_of(r, refs, table_find(yb_cstr(c->ref)));
	if (set == NULL)
		return -1;
	if (c->list != NULL)
		w = yb_format_text(r, "%s|%.*s", c->list, (int)w.len, w.p);
	*ret = ref_look(set, w);
	return 0;
}

static int
refs_check(yb_req *r, const struct table *t, struct refs *refs, struct entry *e)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct column *c = &t->columns[i];
		const char *bad = NULL;
		yb_str w;

		if (c->ref == NULL || e->cells[i].p == NULL)
			continue;
		if (c->kind != KIND_LIST) {
			if (word_look(r, refs, c, e->cells[i], &bad) < 0)
				return -1;
		} else {
			for (size_t at = 0; bad == NULL && next_word(e->cells[i], &at, &w);)
				if (word_look(r, refs, c, w, &bad) < 0)
					return -1;
		}
		if (bad != NULL)
			entry_fault(r, e, c->name, bad);
	}
	return 0;
}

/* ---- a row ---- */

/* The owner's code in the row is the caller's: another's row is as if it were not there. */
static void
owner_check(yb_req *r, const struct table *t, struct entry *e)
{
	if (t->own != NULL && yb_who(r)->kind == YB_STAFF &&
	    !yb_str_eq(cell_of(t, e, t->own), yb_who(r)->org_code))
		entry_fault(r, e, t->own, "E-AUTH-005");
}

int
entries_check(yb_req *r, const struct table *t, struct entry *entries, size_t n, yb_date on)
{
	struct refs refs = { .on = on };

	for (size_t k = 0; k < n; k++) {
		struct entry *e = &entries[k];

		for (size_t i = 0; i < t->n; i++) {
			const char *bad = cell_check(r, &t->columns[i], e->cells[i], &e->cells[i]);

			if (bad != NULL)
				entry_fault(r, e, t->columns[i].name, bad);
		}
		if (!e->bad)
			owner_check(r, t, e);
		if (!e->bad && refs_check(r, t, &refs, e) < 0)
			return -1;
		if (!e->bad && t->check != NULL)
			t->check(r, t, e);
	}
	return 0;
}
