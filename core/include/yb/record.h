/*
 * yb/record.h - a C struct described once, as data.
 *
 * A table of yb_field is read by five programs: the JSON reader (checks and fills),
 * the JSON writer (prints), the row fetch and the bulk insert of the database (fill
 * and bind), and the API document (schema). A struct member of another type than
 * those of enum yb_type does not compile.
 *
 *	static const yb_field visit_in[] = {
 *		{ "vaccinated_on", YB_OF(struct visit, vaccinated_on), .flags = YB_REQUIRED },
 *		{ "dose_ml", YB_OF(struct visit, dose_ml), .scale = 2, .max = 200, .min = 5 },
 *		{ 0 },
 *	};
 */
#ifndef YB_RECORD_H
#define YB_RECORD_H

#include <yb/base.h>

enum yb_type {
	YB_T_END = 0,
	YB_T_I64,    /* int64_t   number, never null */
	YB_T_INT,    /* yb_int    number or null */
	YB_T_BOOL,   /* bool      true, false */
	YB_T_TEXT,   /* yb_str    string or null */
	YB_T_DATE,   /* yb_date   "2026-04-20" or null */
	YB_T_TIME,   /* yb_time   "2026-04-20T09:30:00+09:00" or null */
	YB_T_UUID,   /* yb_uuid   string or null */
	YB_T_DEC,    /* yb_dec    number with at most `scale` decimals, or null */
	YB_T_BYTES,  /* yb_bytes  database only */
	YB_T_LIST,   /* yb_list   array of records (`of`), or of strings when `of` is NULL */
	YB_T_RECORD, /* yb_ref    object described by `of`, or null */
	YB_T_FAULTS, /* yb_faults what is wrong with this row; filled by the reader, not in JSON */
};

/* A kind of text with rules of its own: a code with a check digit, kana, a lot number. */
typedef struct yb_format {
	const char *name;	     /* "municipality-code": the API document's `format` */
	const char *pattern;	     /* ECMA 262 pattern for the API document; NULL: none */
	const char *(*check)(yb_str s); /* NULL: good; else the catalogue's id, e.g. "E-VAL-010" */
} yb_format;

/* One thing wrong with one field; both strings live as long as the request. */
typedef struct yb_fault {
	const char *field; /* JSON pointer, "/vaccinated_on" */
	const char *code;  /* id of the catalogue, "E-VAL-003" */
} yb_fault;

/* The faults of one row of a list that is checked row by row (YB_ROWWISE). */
typedef struct yb_faults {
	yb_fault *at;
	size_t n;
} yb_faults;

typedef struct yb_field yb_field;

struct yb_field {
	const char *name;  /* as JSON and the column alias spell it */
	enum yb_type type; /* type, offset and size come from YB_OF() */
	size_t offset;
	unsigned flags;
	size_t max;	       /* text: characters; list: items; numbers: largest (decimals: units) */
	size_t min;	       /* the same, least; numbers without max and min: any */
	unsigned scale;	       /* YB_T_DEC: decimals */
	const char *one_of;    /* text: accepted words, "1,2,3"; others are E-VAL-011 */
	const yb_format *format; /* text: further rules */
	const yb_field *of;    /* list, record: its fields */
	size_t size;	       /* list, record: sizeof the struct `of` describes */
	const char *note;      /* one sentence for the API document */
};

#define YB_REQUIRED 0x01u /* must be there and not null: E-VAL-001 */
#define YB_ROWWISE  0x02u /* list: a bad row does not refuse the request, see yb_faults */
#define YB_SECRET   0x04u /* a password or token: never logged, kept only for the sender's retry */
#define YB_LINES    0x08u /* text: line breaks and tabs are allowed */
#define YB_RAW	    0x10u /* text: JSON itself; read: any object, written as it stands */

/* clang-format off */
/* Type and place of a struct member; another C type does not compile. */
#define YB_OF(strct, member)						\
	.type = _Generic(((strct *)0)->member,				\
	    int64_t: YB_T_I64, yb_int: YB_T_INT, bool: YB_T_BOOL,	\
	    yb_str: YB_T_TEXT, yb_date: YB_T_DATE, yb_time: YB_T_TIME,	\
	    yb_uuid: YB_T_UUID, yb_dec: YB_T_DEC, yb_bytes: YB_T_BYTES,	\
	    yb_list: YB_T_LIST, yb_ref: YB_T_RECORD,			\
	    yb_faults: YB_T_FAULTS),					\
	.offset = offsetof(strct, member)

/* What the items of a list, or a nested record, are: a table and its struct. */
#define YB_EACH(table, strct) .of = (table), .size = sizeof(strct)
/* clang-format on */

#endif
