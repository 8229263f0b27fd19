/*
 * yb/base.h - the words every other header uses: text, days, times, numbers.
 *
 * Values are small structs passed by value. Text and bytes are lent: they point
 * into the request's memory, into a constant or into the caller's storage, and
 * never own what they point to. "Null" is a state of the value itself (see each
 * type), so that a record can hold what JSON and SQL call null.
 */
#ifndef YB_BASE_H
#define YB_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define YB_MUST_USE	      __attribute__((warn_unused_result))
#define YB_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))

/* Bytes of UTF-8, not terminated. p == NULL is null; len == 0 with p set is "". */
typedef struct yb_str {
	const char *p;
	size_t len;
} yb_str;

/* Raw bytes, for hashes and sealed values; never written to JSON. p == NULL is null. */
typedef struct yb_bytes {
	const unsigned char *p;
	size_t len;
} yb_bytes;

/* A day of the Gregorian calendar, as in "2026-04-20". year == 0 is null. */
typedef struct yb_date {
	int16_t year;
	uint8_t month; /* 1-12 */
	uint8_t day;   /* 1-31 */
} yb_date;

/* A moment, in microseconds since 1970-01-01T00:00:00Z. us == 0 is null. */
typedef struct yb_time {
	int64_t us;
} yb_time;

/* 128 bits of identity (RFC 9562); all zero is null. */
typedef struct yb_uuid {
	uint8_t b[16];
} yb_uuid;

/* An integer that may be null. Where null makes no sense use int64_t. */
typedef struct yb_int {
	int64_t v;
	bool set;
} yb_int;

/* A fixed-point number: units of 10^-scale, the scale being said by its yb_field. */
typedef struct yb_dec {
	int64_t units;
	bool set;
} yb_dec;

/* n records of one kind, one after another; item i of type T is ((T *)items)[i]. */
typedef struct yb_list {
	void *items;
	size_t n;
} yb_list;

/* A nested record; p == NULL is null. */
typedef struct yb_ref {
	void *p;
} yb_ref;

#define YB_STR(literal) ((yb_str) { (literal), sizeof(literal) - 1 })

/* The text of a terminated string, lent; null for NULL. */
yb_str yb_cstr(const char *s);
/* Same bytes. Null equals only null. */
bool yb_str_eq(yb_str a, yb_str b);
/* Same bytes as a terminated string; null is equal to nothing. */
bool yb_str_is(yb_str a, const char *s);
/* < 0, 0, > 0 by the bytes; null is as "". */
int yb_str_cmp(yb_str a, yb_str b);
/* Null or "". */
bool yb_str_empty(yb_str s);
/* A number of 1 to 18 digits and nothing else; false leaves *ret untouched. */
bool yb_number_parse(yb_str s, int64_t *ret);
/* Whether `word` is one of the words of `list`, which stand between separators `sep`. */
bool yb_word_in(yb_str word, const char *list, char sep);

bool yb_date_is_null(yb_date d);
/* A day that exists, between 1868-01-01 and 9999-12-31. */
bool yb_date_valid(yb_date d);
/* < 0, 0, > 0 as a is before, on or after b; both must be valid. */
int yb_date_cmp(yb_date a, yb_date b);
/* Days since 1970-01-01, and back. */
int64_t yb_date_days(yb_date d);
yb_date yb_date_from_days(int64_t days);
yb_date yb_date_add_days(yb_date d, int64_t days);
/* The same day n months on, or the last day of that month where there is no such day. */
yb_date yb_date_add_months(yb_date d, int months);
/* Reads "YYYY-MM-DD" and nothing else; false leaves *ret untouched. */
bool yb_date_parse(yb_str s, yb_date *ret);
/* The day on which a moment falls in Japan (JST, UTC+9, no summer time). */
yb_date yb_date_in_japan(yb_time t);

bool yb_uuid_is_null(yb_uuid u);
/* Reads the 36-character form, either case; false leaves *ret untouched. */
bool yb_uuid_parse(yb_str s, yb_uuid *ret);

#endif
