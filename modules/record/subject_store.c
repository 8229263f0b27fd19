/*
 * subject_store.c - the register of persons in the database: few statements for many rows.
 */
#include "subject.h"

#include <stdlib.h>
#include <string.h>

/* ---- finding ---- */

#define EXISTING                                                                              \
	"SELECT STRAIGHT_JOIN" SUBJECT_COLUMNS " FROM (SELECT ? AS org_id) me"                \
	"  JOIN JSON_TABLE(?, '$[*]' COLUMNS (k VARCHAR(100) CHARACTER SET utf8mb4"           \
	"   COLLATE utf8mb4_bin PATH '$')) j"                                                 \
	"  JOIN record_subject s ON s.muni_code = ? AND s.muni_key = j.k"                     \
	"   AND s.org_id = me.org_id"

const yb_query record_subjects_existing = {
	.name = "record_subjects_existing",
	.sql = "" EXISTING,
	.row = record_subject_row,
	.row_size = sizeof(struct subject),
	.nparams = 3,
	.tenant = YB_ORG,
};

/* Only when a row appeared under our hands: it locks the gaps between keys too. */
const yb_query record_subjects_existing_lock = {
	.name = "record_subjects_existing_lock",
	.sql = "" EXISTING " LOCK IN SHARE MODE",
	.row = record_subject_row,
	.row_size = sizeof(struct subject),
	.nparams = 3,
	.tenant = YB_ORG,
};

static yb_str
keys_json(yb_req *r, const struct intake *at, size_t n)
{
	yb_str *keys = yb_alloc(r, (n + 1) * sizeof *keys);

	for (size_t i = 0; i < n; i++)
		keys[i] = at[i].in->muni_key;
	return yb_json_texts(r, keys, n, sizeof *keys);
}

static int
subject_order(const void *a, const void *b)
{
	return yb_str_cmp(((const struct subject *)a)->muni_key,
	    ((const struct subject *)b)->muni_key);
}

int
record_subjects_find(yb_req *r, struct intake *at, size_t n, bool lock, struct subject *stored)
{
	const yb_query *q = lock ? &record_subjects_existing_lock : &record_subjects_existing;
	yb_list rows;

	if (n == 0)
		return 0;
	if (yb_db_list(r, q,
		YB_ARGS(yb_text(keys_json(r, at, n)), yb_text(yb_who(r)->org_code)),
		SUBJECTS_MAX, &rows) < 0)
		return -1;
	if (rows.n > 0)
		qsort(rows.items, rows.n, sizeof(struct subject), subject_order);
	for (size_t i = 0; i < n; i++) {
		struct subject wanted = { .muni_key = at[i].in->muni_key };
		const struct subject *found = rows.n == 0
		    ? NULL
		    : bsearch(&wanted, rows.items, rows.n, sizeof wanted, subject_order);

		at[i].exists = found != NULL;
		if (found == NULL)
			continue;
		stored[i] = *found;
		at[i].s.subject_id = found->subject_id;
		at[i].s.subject_no = found->subject_no;
	}
	return 0;
}

/* ---- writing ---- */

static const yb_field insert_params[] = {
	{ "subject_no", YB_OF(struct intake, s.subject_no) },
	{ "muni_code", YB_OF(struct intake, s.muni_code) },
	{ "muni_key", YB_OF(struct intake, s.muni_key) },
	{ "name", YB_OF(struct intake, s.name) },
	{ "name_kana", YB_OF(struct intake, s.name_kana) },
	{ "name_key", YB_OF(struct intake, name_key) },
	{ "kana_key", YB_OF(struct intake, kana_key) },
	{ "birth_date", YB_OF(struct intake, s.birth_date) },
	{ "sex", YB_OF(struct intake, s.sex) },
	{ "address", YB_OF(struct intake, s.address) },
	{ "resident_state", YB_OF(struct intake, s.resident_state) },
	{ "elim_date", YB_OF(struct intake, s.elim_date) },
	{ "elim_reason", YB_OF(struct intake, s.elim_reason) },
	{ "not_disclosed", YB_OF(struct intake, s.not_disclosed) },
	{ "self_info_blocked", YB_OF(struct intake, s.self_info_blocked) },
	{ "due_date", YB_OF(struct intake, s.due_date) },
	{ "death_date", YB_OF(struct intake, s.death_date) },
	{ "created_us", YB_OF(struct intake, now) },
	{ "updated_us", YB_OF(struct intake, now) },
	{ 0 },
};

const yb_query record_subject_insert = {
	.name = "record_subject_insert",
	.sql = "INSERT INTO record_subject (org_id, subject_no, muni_code, muni_key, name,"
	       "  name_kana, name_key, kana_key, birth_date, sex, address, resident_state,"
	       "  elim_date, elim_reason, not_disclosed, self_info_blocked, due_date, death_date,"
	       "  created_us, updated_us)"
	       " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
	.nparams = 20,
	.tenant = YB_ORG,
};

static const yb_field update_params[] = {
	{ "name", YB_OF(struct intake, s.name) },
	{ "name_kana", YB_OF(struct intake, s.name_kana) },
	{ "name_key", YB_OF(struct intake, name_key) },
	{ "kana_key", YB_OF(struct intake, kana_key) },
	{ "birth_date", YB_OF(struct intake, s.birth_date) },
	{ "sex", YB_OF(struct intake, s.sex) },
	{ "address", YB_OF(struct intake, s.address) },
	{ "resident_state", YB_OF(struct intake, s.resident_state) },
	{ "elim_date", YB_OF(struct intake, s.elim_date) },
	{ "elim_reason", YB_OF(struct intake, s.elim_reason) },
	{ "not_disclosed", YB_OF(struct intake, s.not_disclosed) },
	{ "self_info_blocked", YB_OF(struct intake, s.self_info_blocked) },
	{ "due_date", YB_OF(struct intake, s.due_date) },
	{ "death_date", YB_OF(struct intake, s.death_date) },
	{ "updated_us", YB_OF(struct intake, now) },
	{ "subject_id", YB_OF(struct intake, s.subject_id) },
	{ 0 },
};

const yb_query record_subject_update = {
	.name = "record_subject_update",
	.sql = "UPDATE record_subject s JOIN (SELECT ? AS org_id) me ON me.org_id = s.org_id"
	       " SET s.name = ?, s.name_kana = ?, s.name_key = ?, s.kana_key = ?,"
	       "  s.birth_date = ?, s.sex = ?, s.address = ?, s.resident_state = ?,"
	       "  s.elim_date = ?, s.elim_reason = ?, s.not_disclosed = ?,"
	       "  s.self_info_blocked = ?, s.due_date = ?, s.death_date = ?, s.updated_us = ?,"
	       "  s.row_ver = s.row_ver + 1, s.pair_due = 1"
	       " WHERE s.subject_id = ?",
	.nparams = 17,
	.tenant = YB_ORG,
};

#define KEY_MAX 200

/* A search key no longer than its column; compatibility forms can grow manifold. */
static yb_str
key_of(yb_req *r, yb_str s)
{
	yb_str key = yb_search_key(r, s);
	size_t chars = 0;

	for (size_t i = 0; i < key.len; i++)
		if (((unsigned char)key.p[i] & 0xC0) != 0x80 && chars++ == KEY_MAX)
			return (yb_str) { key.p, i };
	return key.p == NULL ? YB_STR("") : key;
}

/* The rows to write, with their search keys, one after another. */
static struct intake *
chosen(yb_req *r, const struct intake *at, size_t n, bool exists, size_t *ret_n)
{
	struct intake *out = yb_alloc(r, (n + 1) * sizeof *out);

	*ret_n = 0;
	for (size_t i = 0; i < n; i++) {
		struct intake *one = &out[*ret_n];

		if (at[i].exists != exists || !at[i].changed)
			continue;
		*one = at[i];
		one->name_key = key_of(r, one->s.name);
		one->kana_key = key_of(r, one->s.name_kana);
		one->now = yb_now(r);
		(*ret_n)++;
	}
	return out;
}

int
record_subjects_insert(yb_req *r, struct intake *at, size_t n)
{
	struct intake *rows;
	size_t count;

	for (size_t i = 0; i < n; i++)
		if (!at[i].exists && at[i].changed)
			at[i].s.subject_no = yb_random_number(r, 13);
	rows = chosen(r, at, n, false, &count);
	return yb_db_each(r, &record_subject_insert, insert_params, sizeof *rows, rows, count);
}

int
record_subjects_update(yb_req *r, const struct intake *at, size_t n)
{
	size_t count;
	struct intake *rows = chosen(r, at, n, true, &count);

	return yb_db_each(r, &record_subject_update, update_params, sizeof *rows, rows, count);
}

/* ---- 個人番号 (P-05) ---- */

struct number {
	int64_t subject_id;
	yb_bytes sealed, match_key;
};

static const yb_field number_row[] = {
	{ "subject_id", YB_OF(struct number, subject_id) },
	{ "match_key", YB_OF(struct number, match_key) },
	{ 0 },
};

const yb_query record_vault_existing = {
	.name = "record_vault_existing",
	.sql = "SELECT STRAIGHT_JOIN v.subject_id, v.match_key FROM (SELECT ? AS org_id) me"
	       "  JOIN JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT PATH '$')) j"
	       "  JOIN record_vault v ON v.subject_id = j.id AND v.org_id = me.org_id",
	.row = number_row,
	.row_size = sizeof(struct number),
	.nparams = 2,
	.tenant = YB_ORG,
};

static const yb_field number_insert_params[] = {
	{ "subject_id", YB_OF(struct number, subject_id) },
	{ "sealed", YB_OF(struct number, sealed) },
	{ "match_key", YB_OF(struct number, match_key) },
	{ 0 },
};

const yb_query record_vault_insert = {
	.name = "record_vault_insert",
	.sql = "INSERT INTO record_vault (org_id, subject_id, sealed, match_key)"
	       " VALUES (?, ?, ?, ?)",
	.nparams = 4,
	.tenant = YB_ORG,
};

/* A number that was not known: the person is compared with the others again (person.c). */
const yb_query record_vault_due = {
	.name = "record_vault_due",
	.sql = "UPDATE record_subject s JOIN (SELECT ? AS org_id) me ON me.org_id = s.org_id"
	       " SET s.pair_due = 1 WHERE s.subject_id = ?",
	.nparams = 2,
	.tenant = YB_ORG,
};

static const yb_field due_params[] = {
	{ "subject_id", YB_OF(struct number, subject_id) },
	{ 0 },
};

static const yb_field number_update_params[] = {
	{ "sealed", YB_OF(struct number, sealed) },
	{ "match_key", YB_OF(struct number, match_key) },
	{ "subject_id", YB_OF(struct number, subject_id) },
	{ 0 },
};

const yb_query record_vault_update = {
	.name = "record_vault_update",
	.sql = "UPDATE record_vault v JOIN (SELECT ? AS org_id) me ON me.org_id = v.org_id"
	       "  JOIN record_subject s ON s.subject_id = v.subject_id"
	       " SET v.sealed = ?, v.match_key = ?, s.pair_due = 1 WHERE v.subject_id = ?",
	.nparams = 4,
	.tenant = YB_ORG,
};

static int
numbers_read(yb_req *r, const struct intake *at, size_t n, yb_list *ret)
{
	int64_t *ids = yb_alloc(r, (n + 1) * sizeof *ids);
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		if (at[i].in->my_number.p != NULL && at[i].s.subject_id != 0)
			ids[count++] = at[i].s.subject_id;
	*ret = (yb_list) { NULL, 0 };
	if (count == 0)
		return 0;
	return yb_db_list(r, &record_vault_existing,
	    YB_ARGS(yb_text(yb_json_numbers(r, ids, count, sizeof *ids))), SUBJECTS_MAX, ret);
}

static const struct number *
number_of(const yb_list *rows, int64_t subject_id)
{
	const struct number *at = rows->items;

	for (size_t i = 0; i < rows->n; i++)
		if (at[i].subject_id == subject_id)
			return &at[i];
	return NULL;
}

int
record_numbers_compare(yb_req *r, struct intake *at, size_t n)
{
	yb_list rows;

	if (numbers_read(r, at, n, &rows) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct number *had = number_of(&rows, at[i].s.subject_id);

		if (at[i].in->my_number.p == NULL)
			continue;
		at[i].match_key = yb_match_key(r, YB_STR("my_number"), at[i].in->my_number);
		at[i].new_number = had == NULL || had->match_key.len != at[i].match_key.len ||
		    memcmp(had->match_key.p, at[i].match_key.p, had->match_key.len) != 0;
	}
	return 0;
}

int
record_numbers_store(yb_req *r, const struct intake *at, size_t n)
{
	struct number *fresh = yb_alloc(r, (n + 1) * sizeof *fresh);
	struct number *other = yb_alloc(r, (n + 1) * sizeof *other);
	size_t n_fresh = 0, n_other = 0;
	yb_list rows;

	if (numbers_read(r, at, n, &rows) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct number one = { .subject_id = at[i].s.subject_id,
			.match_key = at[i].match_key };

		if (!at[i].new_number)
			continue;
		one.sealed = yb_seal(r,
		    yb_format_text(r, "record_vault/sealed/%lld", (long long)one.subject_id),
		    at[i].in->my_number);
		if (number_of(&rows, one.subject_id) == NULL)
			fresh[n_fresh++] = one;
		else
			other[n_other++] = one;
	}
	if (yb_db_each(r, &record_vault_insert, number_insert_params, sizeof *fresh, fresh,
		n_fresh) != 0 ||
	    yb_db_each(r, &record_vault_due, due_params, sizeof *fresh, fresh, n_fresh) != 0)
		return -1;
	return yb_db_each(r, &record_vault_update, number_update_params, sizeof *other, other,
		   n_other) == 0
	    ? 0
	    : -1;
}
