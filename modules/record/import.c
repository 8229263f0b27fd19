/*
 * import.c - job record.vaccinations: the history of a municipality's own system as a file
 * (4.4, source HMS移行). Each row is checked and evaluated as if it were registered by hand; a
 * batch costs two reads and one write, however many persons it has, and some reads more for each
 * person of several rows (person.c).
 *
 * The municipality's system is where the rows come from: they are LINKED, and not sent back.
 */
#include "import.h"
#include "outside.h"
#include "vaccination.h"

#include <yb/org.h>

#include <stdlib.h>

#define BATCH_MAX   5000
#define HISTORY_MAX 100000
#define SOURCE	    "HMS移行"

struct import {
	yb_str muni_key;
	struct visit v;
};

static const yb_field import_fields[] = {
	{ "muni_key", YB_OF(struct import, muni_key), .flags = YB_REQUIRED, .max = 100,
	    .format = &record_format_key },
	VISIT_FIELDS(struct import, v, YB_REQUIRED),
	{ 0 },
};

static const char *const labels[] = { "宛名番号", "法的区分", "ワクチンコード", "HOT13", "YJコード", "GTIN",
	"ロット番号", "有効期限", "期", "回数番号", "回数", "接種年月日", "接種時刻", "接種量", "接種方法", "接種部位",
	"実施区分", "見合わせ理由", "接種方式", "医療機関コード", "会場", "医師名", "予診医", "予診票回答ID",
	"出産予定日", "確認の理由", NULL };

static int
import_columns(yb_req *r, yb_columns *ret)
{
	(void)r;
	*ret = (yb_columns) { .fields = import_fields, .size = sizeof(struct import),
		.labels = labels, .key = "muni_key,vaccine_code,vaccinated_on,exec_class" };
	return 0;
}

/* ---- the persons of a batch ---- */

struct person {
	struct subject s;
	struct history h;
	yb_str *dose_key;     /* of each of h that is a dose; null: of a visit without one */
	size_t stored;	      /* how many of h were there; the others are of this batch */
	size_t more;	      /* rows of this batch */
	struct history past;  /* of several rows: what all of them had; read when it is asked for */
	size_t *same;	      /* and who of the batch is this person, itself first: places in people */
	size_t n_same;
	bool hidden;
};

struct people {
	struct person *at;
	size_t n;
};

#define BY_KEYS                                                                            \
	"SELECT STRAIGHT_JOIN" SUBJECT_COLUMNS " FROM (SELECT ? AS org_id) me"             \
	"  JOIN (SELECT DISTINCT k FROM JSON_TABLE(?, '$[*]' COLUMNS (k VARCHAR(100)"      \
	"   CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$')) t) j"                     \
	"  JOIN record_subject s ON s.muni_code = ? AND s.muni_key = j.k"                  \
	"   AND s.org_id = me.org_id"

const yb_query record_import_subjects = {
	.name = "record_import_subjects",
	.sql = "" BY_KEYS,
	.row = record_subject_row,
	.row_size = sizeof(struct subject),
	.nparams = 3,
	.tenant = YB_ORG,
};

const yb_query record_import_subjects_lock = {
	.name = "record_import_subjects_lock",
	.sql = "" BY_KEYS " FOR UPDATE",
	.row = record_subject_row,
	.row_size = sizeof(struct subject),
	.nparams = 3,
	.tenant = YB_ORG,
};

struct past {
	int64_t subject_id;
	struct history_row h;
	yb_str dose_key;
};

static const yb_field past_row[] = {
	{ "subject_id", YB_OF(struct past, subject_id) },
	HISTORY_FIELDS(struct past, h),
	{ "dose_key", YB_OF(struct past, dose_key) },
	{ 0 },
};

const yb_query record_import_past = {
	.name = "record_import_past",
	.sql = "SELECT STRAIGHT_JOIN v.subject_id," HISTORY_COLUMNS ","
	       "  IF(v.dose_live = 1, v.dose_key, NULL) AS dose_key"
	       "  FROM JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT PATH '$')) j"
	       "  JOIN record_vaccination v ON v.subject_id = j.id AND v.live = 1 LIMIT 100000",
	.row = past_row,
	.row_size = sizeof(struct past),
	.nparams = 1,
	.tenant = YB_CROSS,
};

static int
key_order(const void *a, const void *b)
{
	return yb_str_cmp(((const struct person *)a)->s.muni_key,
	    ((const struct person *)b)->s.muni_key);
}

static struct person *
person_find(const struct people *p, yb_str muni_key)
{
	struct person wanted = { .s.muni_key = muni_key };

	return p->n == 0 ? NULL : bsearch(&wanted, p->at, p->n, sizeof *p->at, key_order);
}

static yb_str
keys_json(yb_req *r, const yb_row *rows, size_t n)
{
	yb_str *keys = yb_alloc(r, (n + 1) * sizeof *keys);

	for (size_t i = 0; i < n; i++)
		keys[i] = ((const struct import *)rows[i].record)->muni_key;
	return yb_json_texts(r, keys, n, sizeof *keys);
}

static void
history_add(struct person *p, const struct past *x)
{
	p->dose_key[p->h.n] = x->dose_key;
	record_history_add(&p->h, &x->h);
}

static int
past_order(const void *a, const void *b)
{
	int64_t x = ((const struct past *)a)->subject_id, y = ((const struct past *)b)->subject_id;

	return (x > y) - (x < y);
}

static int
histories_read(yb_req *r, struct people *p)
{
	yb_str ids = yb_json_numbers(r, &p->at->s.subject_id, p->n, sizeof *p->at);
	struct past *x;
	yb_list rows;

	if (yb_db_list(r, &record_import_past, YB_ARGS(yb_text(ids)), HISTORY_MAX, &rows) < 0)
		return -1;
	x = rows.items;
	if (rows.n > 0)
		qsort(x, rows.n, sizeof *x, past_order);
	for (size_t i = 0; i < p->n; i++) {
		struct past wanted = { .subject_id = p->at[i].s.subject_id };
		const struct past *one = rows.n == 0
		    ? NULL
		    : bsearch(&wanted, x, rows.n, sizeof *x, past_order);
		const struct past *begin = one, *end = one;
		size_t room;

		while (one != NULL && begin > x && begin[-1].subject_id == one->subject_id)
			begin--;
		while (one != NULL && end < x + rows.n && end->subject_id == one->subject_id)
			end++;
		room = (size_t)(end - begin) + p->at[i].more;
		record_history_room(r, &p->at[i].h, room);
		p->at[i].dose_key = yb_alloc(r, (room + 1) * sizeof *p->at[i].dose_key);
		for (; begin != end; begin++)
			history_add(&p->at[i], begin);
		p->at[i].stored = p->at[i].h.n;
	}
	return 0;
}

/* Everybody the rows name, with what they have received. */
static int
people_read(yb_req *r, const yb_row *rows, size_t n, bool lock, struct people *ret)
{
	const struct subject *s;
	yb_list found;

	if (yb_db_list(r, lock ? &record_import_subjects_lock : &record_import_subjects,
		YB_ARGS(yb_text(keys_json(r, rows, n)), yb_text(yb_who(r)->org_code)), BATCH_MAX,
		&found) < 0)
		return -1;
	s = found.items;
	ret->n = found.n;
	ret->at = yb_alloc(r, (found.n + 1) * sizeof *ret->at);
	for (size_t i = 0; i < found.n; i++) {
		yb_disclosure may = record_disclosure(record_viewer(r, &s[i]), &s[i]);

		ret->at[i].s = s[i];
		ret->at[i].hidden = !may.exists ||
		    (may.needs_right && !yb_who(r)->restricted_view);
	}
	if (ret->n > 1)
		qsort(ret->at, ret->n, sizeof *ret->at, key_order);
	for (size_t i = 0; i < n; i++) {
		struct person *p = person_find(ret,
		    ((const struct import *)rows[i].record)->muni_key);

		if (p != NULL)
			p->more++;
	}
	return histories_read(r, ret);
}

/* ---- the history of a person of several rows ---- */

static int
same_read(yb_req *r, const struct people *people, struct person *p)
{
	const struct person_row *at;
	yb_list others;

	if (record_history(r, &p->s, &p->past) < 0 || record_person(r, &p->s, &others) < 0)
		return -1;
	at = others.items;
	p->same = yb_alloc(r, (others.n + 1) * sizeof *p->same);
	p->same[p->n_same++] = (size_t)(p - people->at);
	for (size_t i = 0; i < others.n; i++)
		for (size_t k = 0; k < people->n; k++)
			if (people->at[k].s.subject_id == at[i].subject_id)
				p->same[p->n_same++] = k;
	return 0;
}

static void
history_take(struct history *to, const struct history *from, size_t i)
{
	for (; i < from->n && to->n < DOSE_HISTORY_MAX; i++) {
		to->product[to->n] = from->product[i];
		to->record_id[to->n] = from->record_id[i];
		to->org_id[to->n] = from->org_id[i];
		to->at[to->n++] = from->at[i];
	}
}

/* All rows of the person as they are stored, and what this batch has so far for any of them. */
static int
history_of(yb_req *r, const struct people *people, struct person *p, struct history *ret)
{
	size_t room;

	*ret = p->h;
	if (!p->s.linked)
		return 0;
	if (p->same == NULL && same_read(r, people, p) < 0)
		return -1;
	room = p->past.n;
	for (size_t i = 0; i < p->n_same; i++)
		room += people->at[p->same[i]].h.n - people->at[p->same[i]].stored;
	record_history_room(r, ret, room);
	for (size_t i = 0; i < p->n_same; i++)
		history_take(ret, &people->at[p->same[i]].h, people->at[p->same[i]].stored);
	history_take(ret, &p->past, 0);
	return 0;
}

/* ---- one row ---- */

struct orgs { /* a file names few institutions many times */
	yb_str code[64];
	int64_t org_id[64]; /* 0: no institution */
	size_t n;
};

struct around { /* what the rows of a batch have in common */
	struct orgs orgs;
	struct outside_seen seen;
};

static int
org_of(yb_req *r, struct orgs *o, yb_row *row, struct visit *v, int64_t *ret)
{
	const yb_caller *who = yb_who(r);
	enum yb_found found;
	yb_org org;
	size_t i = 0;

	if (v->org_code.p == NULL)
		v->org_code = who->org_code;
	while (i < o->n && !yb_str_eq(o->code[i], v->org_code))
		i++;
	if (i == o->n) {
		if (i == sizeof o->org_id / sizeof o->org_id[0])
			i = o->n = 0;
		found = yb_org_by_code(r, v->org_code, &org);
		if (found == YB_DB_FAILED)
			return -1;
		o->code[i] = v->org_code;
		o->org_id[i] = found == YB_ONE_ROW && yb_word_in(org.org_type, "HMI,NMI,MUNI", ',')
		    ? org.org_id
		    : 0;
		o->n = i + 1;
	}
	*ret = o->org_id[i];
	if (*ret == 0)
		yb_row_fault(r, row, "org_code", "E-VAL-011");
	return 0;
}

/* VR-09 and the duplicate of VR-08, as the unique keys of the table have them. */
static const char *
taken(const struct person *p, const struct vaccination *v)
{
	for (size_t i = 0; i < p->h.n; i++) {
		const struct dose_event *e = &p->h.at[i];

		if (!yb_str_eq(e->vaccine_code, v->v.vaccine_code))
			continue;
		if (yb_date_cmp(e->on, v->v.vaccinated_on) == 0 &&
		    yb_str_eq(e->exec_class, v->v.exec_class))
			return "vaccinated_on";
		if (record_administered(&v->v) && p->dose_key[i].p != NULL &&
		    yb_str_eq(p->dose_key[i], v->dose_key))
			return "dose_seq";
	}
	return NULL;
}

static void
remember(struct person *p, const struct vaccination *v)
{
	struct past x = { .h = { .record_id = v->record_id, .vaccine_code = v->v.vaccine_code,
				.product = { v->v.hot13, v->v.yj, v->v.gtin }, .phase = v->v.phase,
				.dose_seq = v->v.dose_seq, .vaccinated_on = v->v.vaccinated_on,
				.due_date = v->v.due_date, .exec_class = v->v.exec_class,
				.legal_class = v->v.legal_class, .org_id = v->org_id },
		.dose_key = record_administered(&v->v) ? v->dose_key : (yb_str) { 0 } };

	history_add(p, &x);
}

/* 1: *v is to be stored; 0: the row has faults; -1 recorded. */
static int
row_read(yb_req *r, const struct people *people, struct around *around, yb_row *row,
    struct vaccination *v)
{
	const struct import *in = row->record;
	struct person *p = person_find(people, in->muni_key);
	struct evaluation e;
	const char *field;
	struct history h;

	if (p == NULL || p->hidden) {
		yb_row_fault(r, row, "muni_key", "E-VAL-011");
		return 0;
	}
	*v = (struct vaccination) { .subject_id = p->s.subject_id, .record_id = yb_uuid_new(),
		.version = 1, .change_kind = YB_STR(CHANGE_NEW), .status = YB_STR("LINKED"),
		.muni_org_id = p->s.org_id, .muni_code = p->s.muni_code, .v = in->v };
	if (org_of(r, &around->orgs, row, &v->v, &v->org_id) < 0)
		return -1;
	record_visit_refuse_row(r, row, &p->s, &v->v);
	if (row->faults.n > 0)
		return 0;
	if (history_of(r, people, p, &h) < 0 ||
	    record_outside(r, &around->seen, &p->s, &v->v, &v->outside) < 0 ||
	    record_evaluate(r, &p->s, &h, false, v, &e) < 0)
		return -1;
	field = taken(p, v);
	if (field != NULL) {
		yb_row_fault(r, row, field, "E-REC-001");
		return 0;
	}
	record_stamp(r, v);
	v->source = YB_STR(SOURCE);
	v->mgmt_no = yb_random_number(r, 17);
	record_live(v);
	remember(p, v);
	row->outcome = YB_ROW_ADDED;
	return 1;
}

/* ---- the batch ---- */

static int
import_check(yb_req *r, yb_row *rows, size_t n)
{
	struct around *around = yb_alloc(r, sizeof *around);
	struct people people;
	struct vaccination v;

	if (people_read(r, rows, n, false, &people) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (row_read(r, &people, around, &rows[i], &v) < 0)
			return -1;
	return 0;
}

/* A row that was taken between the last look and the write refuses the commit as a whole. */
static int
import_apply(yb_req *r, yb_row *rows, size_t n)
{
	struct vaccination *v = yb_alloc(r, (n + 1) * sizeof *v);
	struct around *around = yb_alloc(r, sizeof *around);
	struct people people;
	size_t count = 0;
	int rc;

	if (people_read(r, rows, n, true, &people) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		rc = row_read(r, &people, around, &rows[i], &v[count]);
		if (rc < 0)
			return -1;
		count += (size_t)rc;
	}
	for (size_t i = 0; i < people.n; i++)
		yb_audit_subject(r, people.at[i].s.subject_no);
	rc = yb_db_each(r, &record_vaccination_insert, record_vaccination_row, sizeof *v, v, count);
	return rc == YB_DUPLICATE ? yb_problem(r, "E-REC-001") : rc;
}

const yb_job_kind record_import_job = {
	.name = "record.vaccinations",
	.title = "接種記録の一括登録（健康管理システムからの移行）",
	.function = "H-3-2",
	.roles = YB_DO(H_3_2_SEARCH),
	.step_up = true,
	.reach = YB_REACH_CROSS,
	.action = YB_ACT_CREATE,
	.partial = true,
	.shows = YB_SHOWS_PERSONS,
	.columns = import_columns,
	.check = import_check,
	.apply = import_apply,
};
