/*
 * subject.h - the wire shapes of the intake of persons.
 */
#ifndef RECORD_SUBJECT_H
#define RECORD_SUBJECT_H

#include "record.h"

#define SUBJECTS_MAX 500

struct subject_in {
	yb_str muni_code, muni_key, name, name_kana;
	yb_date birth_date;
	yb_str sex, address;
	bool not_disclosed, self_info_blocked;
	yb_str my_number, resident_state;
	yb_date elim_date;
	yb_str elim_reason;
	yb_date due_date, death_date;
	yb_str modification;
	yb_faults faults;
};

struct subjects_in {
	yb_list subjects;
};

extern const yb_field record_subjects_in[], record_subjects_out[];

/* ---- subject_check.c ---- */

/*
 * Copies of the rows that came, with their own faults, checked as far as one row tells:
 * municipality, dates, codes, leaving, 個人番号; and no key twice in one batch.
 */
struct subject_in *record_subjects_checked(yb_req *r, const yb_list *rows);

/* ---- subject_store.c ---- */

struct intake { /* a row on its way into the register */
	struct subject_in *in;
	struct subject s;	  /* as it is to be */
	yb_str name_key, kana_key;
	yb_time now;
	bool exists, changed, new_number;
	yb_bytes match_key;
};

/*
 * Finds the rows that exist already: fills exists, s.subject_id and s.subject_no, and puts
 * what is stored into `stored`, at the same place. With `lock` it sees what is committed now.
 */
int record_subjects_find(yb_req *r, struct intake *at, size_t n, bool lock,
    struct subject *stored) YB_MUST_USE;
/* 0, -1, or YB_DUPLICATE: somebody else registered one of them in this moment. */
int record_subjects_insert(yb_req *r, struct intake *at, size_t n) YB_MUST_USE;
int record_subjects_update(yb_req *r, const struct intake *at, size_t n) YB_MUST_USE;
/* Which 個人番号 are not stored yet; sets new_number. */
int record_numbers_compare(yb_req *r, struct intake *at, size_t n) YB_MUST_USE;
/* Seals and stores them; the rows have their subject_id. */
int record_numbers_store(yb_req *r, const struct intake *at, size_t n) YB_MUST_USE;

#endif
