/*
 * search.c - the municipality looks for persons (H-3-2 steps 1 to 3).
 *
 * Always with a purpose; always with conditions that can mean few; never more than a
 * hundred, and then nothing. A search is kept sealed for half an hour for its maker.
 */
#include "record.h"
#include "search.h"

#include <string.h>

#define SEARCH_KEPT_US (30LL * 60 * 1000000)

const yb_field record_search_in[] = {
	{ "purpose", YB_OF(struct search, purpose), .flags = YB_REQUIRED, .max = 2,
	    .note = "CL_PURPOSE" },
	{ "reason", YB_OF(struct search, reason), .max = 200, .note = "required with 99" },
	{ "subject_no", YB_OF(struct search, subject_no), .max = 20 },
	{ "muni_key", YB_OF(struct search, muni_key), .max = 100, .format = &record_format_key },
	{ "name_kana", YB_OF(struct search, name_kana), .max = 100, .format = &yb_format_kana },
	{ "birth_date", YB_OF(struct search, birth_date) },
	{ "sex", YB_OF(struct search, sex), .max = 1 },
	{ "org_code", YB_OF(struct search, org_code), .max = 10, .format = &yb_format_org_code },
	{ "vaccinated_from", YB_OF(struct search, vaccinated_from) },
	{ "vaccinated_to", YB_OF(struct search, vaccinated_to) },
	{ "vaccine_code", YB_OF(struct search, vaccine_code), .max = 12,
	    .format = &record_format_product },
	{ "lot_no", YB_OF(struct search, lot_no), .max = 20, .format = &yb_format_lot },
	{ 0 },
};

struct item {
	struct subject s;
	int64_t record_count;
	yb_date last_vaccinated_on;
	bool banner;
};

static const yb_field item_row[] = {
	{ "subject_no", YB_OF(struct item, s.subject_no) },
	{ "org_id", YB_OF(struct item, s.org_id) },
	{ "muni_key", YB_OF(struct item, s.muni_key) },
	{ "name", YB_OF(struct item, s.name) },
	{ "name_kana", YB_OF(struct item, s.name_kana) },
	{ "birth_date", YB_OF(struct item, s.birth_date) },
	{ "sex", YB_OF(struct item, s.sex) },
	{ "address", YB_OF(struct item, s.address) },
	{ "resident_state", YB_OF(struct item, s.resident_state) },
	{ "elim_date", YB_OF(struct item, s.elim_date) },
	{ "elim_reason", YB_OF(struct item, s.elim_reason) },
	{ "not_disclosed", YB_OF(struct item, s.not_disclosed) },
	{ "self_info_blocked", YB_OF(struct item, s.self_info_blocked) },
	{ "record_count", YB_OF(struct item, record_count) },
	{ "last_vaccinated_on", YB_OF(struct item, last_vaccinated_on) },
	{ 0 },
};

static const yb_field item_out[] = {
	{ "subject_no", YB_OF(struct item, s.subject_no) },
	{ "muni_key", YB_OF(struct item, s.muni_key) },
	{ "name", YB_OF(struct item, s.name) },
	{ "name_kana", YB_OF(struct item, s.name_kana) },
	{ "birth_date", YB_OF(struct item, s.birth_date) },
	{ "sex", YB_OF(struct item, s.sex) },
	{ "address", YB_OF(struct item, s.address), .note = "down to the 町" },
	{ "resident_state", YB_OF(struct item, s.resident_state) },
	{ "elim_date", YB_OF(struct item, s.elim_date) },
	{ "not_disclosed", YB_OF(struct item, s.not_disclosed) },
	{ "self_info_blocked", YB_OF(struct item, s.self_info_blocked) },
	{ "banner", YB_OF(struct item, banner), .note = "支援措置対象者" },
	{ "record_count", YB_OF(struct item, record_count) },
	{ "last_vaccinated_on", YB_OF(struct item, last_vaccinated_on) },
	{ 0 },
};

const yb_field record_search_out[] = {
	{ "search_id", YB_OF(struct search_out, search_id) },
	{ "items", YB_OF(struct search_out, items), YB_EACH(item_out, struct item) },
	{ "too_many", YB_OF(struct search_out, too_many),
	    .note = "always false: too many is 413 E-REC-006" },
	{ 0 },
};

/* ---- finding ---- */

/* Records of a person that this municipality may know of. */
#define OWN_RECORDS                                                                        \
	" FROM record_vaccination v WHERE v.subject_id = s.subject_id AND v.live = 1"      \
	"  AND " RECORD_UNTIL("s", "v")

#define PERSONS                                                                            \
	"SELECT s.subject_no, s.org_id, s.muni_key, s.name, s.name_kana, s.birth_date,"    \
	"  s.sex, s.address, s.resident_state, s.elim_date, s.elim_reason,"                \
	"  s.not_disclosed, s.self_info_blocked,"                                          \
	"  (SELECT COUNT(*)" OWN_RECORDS ") AS record_count,"                              \
	"  (SELECT MAX(v.vaccinated_on)" OWN_RECORDS ") AS last_vaccinated_on"             \
	"  FROM record_subject s WHERE s.org_id = ?"                                       \
	"   AND (? IS NULL OR s.subject_no = ?) AND (? IS NULL OR s.muni_key = ?)"         \
	"   AND (? IS NULL OR s.muni_code = ?)"                                            \
	"   AND (? IS NULL OR s.kana_key = ?) AND (? IS NULL OR s.birth_date = ?)"         \
	"   AND (? IS NULL OR s.sex = ?)"                                                  \
	"   AND " RECORD_LISTED("s", "?")                                                  \
	"   AND (NOT " RECORD_LEFT("s") " OR EXISTS (SELECT 1" OWN_RECORDS "))"

#define PERSON_PARAMS 14

const yb_query record_search_persons = {
	.name = "record_search_persons",
	.sql = "" PERSONS " ORDER BY s.birth_date, s.subject_no LIMIT ?",
	.row = item_row,
	.row_size = sizeof(struct item),
	.nparams = PERSON_PARAMS + 1,
	.tenant = YB_ORG,
};

/* A condition asks of the records it may know of, or the answer would tell of the others. */
#define OF_RECORDS                                                                         \
	"     AND v.live = 1 AND NOT EXISTS (SELECT 1 FROM record_subject t"               \
	"      WHERE t.subject_id = v.subject_id AND NOT " RECORD_UNTIL("t", "v") ")"      \
	"     AND (? IS NULL OR v.org_code = ?) AND (? IS NULL OR v.vaccinated_on >= ?)"   \
	"     AND (? IS NULL OR v.vaccinated_on <= ?)"                                     \
	"     AND (? IS NULL OR v.vaccine_code = ?) AND (? IS NULL OR v.lot_no = ?)"

#define RECORD_PARAMS 11

/*
 * A municipality's own records by themselves: joined, a period of days would not bound what is
 * read of its index. The second arm is of those that were merged into it, mostly none.
 */
const yb_query record_search_records = {
	.name = "record_search_records",
	.sql = "" PERSONS
	       "   AND s.subject_id IN (SELECT x.subject_id FROM ("
	       "    SELECT v.subject_id FROM record_vaccination v"
	       "     WHERE v.muni_org_id = ?" OF_RECORDS
	       "    UNION SELECT v.subject_id FROM master_realm_view y"
	       "     JOIN record_vaccination v ON v.muni_org_id = y.muni_org_id"
	       "     WHERE y.org_id = ? AND y.muni_org_id <> y.org_id" OF_RECORDS ") x)"
	       " ORDER BY s.birth_date, s.subject_no LIMIT ?",
	.row = item_row,
	.row_size = sizeof(struct item),
	.nparams = PERSON_PARAMS + 2 * RECORD_PARAMS + 1,
	.tenant = YB_ORG,
};

static bool
by_record(const struct search *c)
{
	return c->org_code.p != NULL || c->vaccine_code.p != NULL || c->lot_no.p != NULL ||
	    !yb_date_is_null(c->vaccinated_from) || !yb_date_is_null(c->vaccinated_to);
}

/* (a) a number, (b) kana and birth date, or (c) a lot, or a period of an institution or vaccine. */
static bool
complete(const struct search *c)
{
	bool period = !yb_date_is_null(c->vaccinated_from) && !yb_date_is_null(c->vaccinated_to);

	return c->subject_no.p != NULL || c->muni_key.p != NULL ||
	    (c->name_kana.p != NULL && !yb_date_is_null(c->birth_date)) || c->lot_no.p != NULL ||
	    (period && (c->org_code.p != NULL || c->vaccine_code.p != NULL));
}

struct binds {
	yb_value v[PERSON_PARAMS + 2 * RECORD_PARAMS + 1];
	size_t n;
};

static void
bind_once(struct binds *b, yb_value v)
{
	b->v[b->n++] = v;
}

static void
bind_twice(struct binds *b, yb_value v)
{
	bind_once(b, v);
	bind_once(b, v);
}

static int
find(yb_req *r, const struct search *c, yb_list *ret)
{
	const yb_caller *who = yb_who(r);
	bool records = by_record(c);
	int64_t limit = yb_option_i64(r, "search_limit");
	struct binds b = { .n = 0 };

	bind_twice(&b, yb_text(c->subject_no));
	bind_twice(&b, yb_text(c->muni_key));
	bind_twice(&b, yb_text(c->muni_key.p == NULL ? c->muni_key : who->org_code));
	bind_twice(&b, yb_text(c->name_kana.p == NULL ? c->name_kana
						      : yb_search_key(r, c->name_kana)));
	bind_twice(&b, yb_day(c->birth_date));
	bind_twice(&b, yb_text(c->sex));
	bind_once(&b, yb_bool(who->restricted_view));
	for (int arm = 0; records && arm < 2; arm++) {
		bind_once(&b, yb_i64(who->org_id));
		bind_twice(&b, yb_text(c->org_code));
		bind_twice(&b, yb_day(c->vaccinated_from));
		bind_twice(&b, yb_day(c->vaccinated_to));
		bind_twice(&b, yb_text(c->vaccine_code));
		bind_twice(&b, yb_text(c->lot_no));
	}
	bind_once(&b, yb_i64(limit + 1));
	if (yb_db_list(r, records ? &record_search_records : &record_search_persons,
		(yb_args) { b.v, b.n }, (size_t)limit + 1, ret) < 0)
		return -1;
	return ret->n > (size_t)limit ? yb_problem(r, "E-REC-006") : 0;
}

/* ---- showing ---- */

/* The length of a digit of any width at p, 0 when there is none. */
static size_t
digit_at(const char *p, size_t left)
{
	if (left >= 1 && p[0] >= '0' && p[0] <= '9')
		return 1;
	if (left >= 3 && memcmp(p, "\xEF\xBC", 2) == 0 && (unsigned char)p[2] >= 0x90 &&
	    (unsigned char)p[2] <= 0x99)
		return 3; /* U+FF10 to U+FF19 */
	return 0;
}

/* An address down to the 町: what stands before the first number or space (P-04). */
static yb_str
town(yb_str address)
{
	for (size_t i = 0; i < address.len; i++) {
		size_t left = address.len - i;

		if (digit_at(address.p + i, left) > 0 || address.p[i] == ' ' ||
		    (left >= 3 && memcmp(address.p + i, "\xE3\x80\x80", 3) == 0))
			return (yb_str) { address.p, i };
	}
	return address;
}

static int
answer(yb_req *r, const struct search *c, yb_uuid search_id)
{
	struct search_out out = { .search_id = search_id };
	struct item *at;
	size_t kept = 0;

	yb_audit_purpose(r, c->purpose, c->reason);
	if (find(r, c, &out.items) < 0)
		return -1;
	at = out.items.items;
	for (size_t i = 0; i < out.items.n; i++) {
		yb_disclosure may = record_disclosure(record_viewer(r, &at[i].s), &at[i].s);

		/* The query has left these out already; the one place that decides has the last word. */
		if (!may.exists || (may.needs_right && !yb_who(r)->restricted_view))
			continue;
		at[kept] = at[i];
		at[kept].banner = may.banner;
		at[kept].s.address = may.address ? town(at[i].s.address) : (yb_str) { 0 };
		record_person_shown(r, at[kept].s.subject_no, may.banner);
		kept++;
	}
	out.items.n = kept;
	return yb_reply_record(r, 200, record_search_out, &out);
}

/* ---- keeping ---- */

struct kept {
	yb_bytes sealed;
};

static const yb_field kept_row[] = {
	{ "sealed", YB_OF(struct kept, sealed) },
	{ 0 },
};

const yb_query record_search_expire = {
	.name = "record_search_expire",
	.sql = "DELETE FROM record_search WHERE actor_id = ? AND expires_us < ?",
	.nparams = 2,
	.tenant = YB_SELF,
};

const yb_query record_search_keep = {
	.name = "record_search_keep",
	.sql = "INSERT INTO record_search (actor_id, org_id, search_id, sealed, expires_us)"
	       " VALUES (?, ?, ?, ?, ?)",
	.nparams = 5,
	.tenant = YB_SELF,
};

const yb_query record_search_kept = {
	.name = "record_search_kept",
	.sql = "SELECT k.sealed FROM record_search k"
	       " WHERE k.actor_id = ? AND k.search_id = ? AND k.org_id = ? AND k.expires_us > ?",
	.row = kept_row,
	.row_size = sizeof(struct kept),
	.nparams = 4,
	.tenant = YB_SELF,
};

static yb_str
place(yb_req *r, yb_uuid id)
{
	yb_str head = YB_STR("record_search/sealed/");
	char *p = yb_alloc(r, head.len + sizeof id.b);

	memcpy(p, head.p, head.len);
	memcpy(p + head.len, id.b, sizeof id.b);
	return (yb_str) { p, head.len + sizeof id.b };
}

/* Members one after another, each ended by U+001F, which no text of a request can hold. */
#define END "\x1f"

static yb_str
flat(yb_req *r, const struct search *c)
{
	const yb_str part[] = { c->purpose, c->reason, c->subject_no, c->muni_key, c->name_kana,
		yb_date_text(r, c->birth_date), c->sex, c->org_code,
		yb_date_text(r, c->vaccinated_from), yb_date_text(r, c->vaccinated_to),
		c->vaccine_code, c->lot_no };
	size_t len = 0, n = sizeof part / sizeof part[0];
	char *p;

	for (size_t i = 0; i < n; i++)
		len += part[i].len + 1;
	p = yb_alloc(r, len);
	len = 0;
	for (size_t i = 0; i < n; i++) {
		if (part[i].len > 0)
			memcpy(p + len, part[i].p, part[i].len);
		len += part[i].len;
		p[len++] = END[0];
	}
	return (yb_str) { p, len };
}

static yb_str
part_next(yb_str *rest)
{
	const char *end = rest->len == 0 ? NULL : memchr(rest->p, END[0], rest->len);
	yb_str part = { 0 };

	if (end == NULL)
		return part;
	if (end != rest->p)
		part = (yb_str) { rest->p, (size_t)(end - rest->p) };
	rest->len -= (size_t)(end - rest->p) + 1;
	rest->p = end + 1;
	return part;
}

static yb_date
day_next(yb_str *rest)
{
	yb_date d = { 0 };

	(void)yb_date_parse(part_next(rest), &d); /* absent: null */
	return d;
}

static struct search
unflat(yb_str rest)
{
	struct search c;

	c.purpose = part_next(&rest);
	c.reason = part_next(&rest);
	c.subject_no = part_next(&rest);
	c.muni_key = part_next(&rest);
	c.name_kana = part_next(&rest);
	c.birth_date = day_next(&rest);
	c.sex = part_next(&rest);
	c.org_code = part_next(&rest);
	c.vaccinated_from = day_next(&rest);
	c.vaccinated_to = day_next(&rest);
	c.vaccine_code = part_next(&rest);
	c.lot_no = part_next(&rest);
	return c;
}

/* ---- POST /record/searches ---- */

void
record_purpose_check(yb_req *r, yb_str purpose, yb_str reason)
{
	if (!record_code_known(r, "CL_PURPOSE", purpose))
		yb_fault_add(r, "/purpose", "E-VAL-011");
	else if (yb_str_is(purpose, "99") && reason.p == NULL)
		yb_fault_add(r, "/reason", "E-VAL-001");
}

static int
search_check(yb_req *r, const struct search *c)
{
	record_purpose_check(r, c->purpose, c->reason);
	if (c->sex.p != NULL && !record_code_known(r, "CL_SEX", c->sex))
		yb_fault_add(r, "/sex", "E-VAL-011");
	if (!yb_date_is_null(c->vaccinated_from) && !yb_date_is_null(c->vaccinated_to) &&
	    yb_date_cmp(c->vaccinated_from, c->vaccinated_to) > 0)
		yb_fault_add(r, "/vaccinated_to", "E-VAL-003");
	if (yb_faults_refuse(r) < 0)
		return -1;
	return complete(c) ? 0 : yb_problem(r, "E-REC-005");
}

/* POST /record/searches - persons of this municipality, by conditions and purpose. */
int
record_search(yb_req *r)
{
	const struct search *c = yb_body(r);
	yb_time now = yb_now(r), until = { now.us + SEARCH_KEPT_US };
	yb_uuid id = yb_uuid_new();

	if (search_check(r, c) < 0)
		return -1;
	if (yb_db_exec(r, &record_search_expire, YB_ARGS(yb_at(now)), NULL) != 0 ||
	    yb_db_exec(r, &record_search_keep,
		YB_ARGS(yb_i64(yb_who(r)->org_id), yb_id(id),
		    yb_blob(yb_seal(r, place(r, id), flat(r, c))), yb_at(until)),
		NULL) != 0)
		return -1;
	return answer(r, c, id);
}

/* A search that was kept, of its maker only. */
static int
search_kept(yb_req *r, yb_uuid id, struct search *ret)
{
	struct kept kept;
	yb_str text;

	if (yb_db_find(r, &record_search_kept,
		YB_ARGS(yb_id(id), yb_i64(yb_who(r)->org_id), yb_at(yb_now(r))), &kept) < 0 ||
	    yb_unseal(r, place(r, id), kept.sealed, &text) < 0)
		return -1;
	*ret = unflat(text);
	return 0;
}

int
record_purpose(yb_req *r, yb_uuid search_id, yb_str purpose, yb_str reason)
{
	struct search c;

	if (yb_who(r)->kind != YB_STAFF)
		return 0;
	if (!yb_uuid_is_null(search_id)) {
		if (search_kept(r, search_id, &c) < 0)
			return -1;
		yb_audit_purpose(r, c.purpose, c.reason);
		return 0;
	}
	if (purpose.p == NULL)
		return yb_problem(r, "E-REC-007");
	record_purpose_check(r, purpose, reason);
	yb_audit_purpose(r, purpose, reason);
	return yb_faults_refuse(r);
}

/* GET /record/searches/{search_id} - the same search again, for its maker only. */
int
record_search_again(yb_req *r)
{
	struct search c;
	yb_uuid id;

	if (!yb_uuid_parse(yb_path(r, "search_id"), &id))
		return yb_problem(r, "E-AUTH-005");
	return search_kept(r, id, &c) < 0 ? -1 : answer(r, &c, id);
}
