/*
 * json.h - JSON into records and records into JSON (RFC 8259).
 */
#ifndef YBH_JSON_H
#define YBH_JSON_H

#include <yb/record.h>

#include "arena.h"
#include "buf.h"

/* ---- reading ---- */

struct ybh_faults { /* what was found wrong, in order, at most YBH_FAULTS_MAX */
	yb_fault *at;
	size_t n;
};
#define YBH_FAULTS_MAX	 100
#define YBH_JSON_DEPTH	 16
#define YBH_JSON_MEMBERS 100000

struct ybh_doc; /* a parsed document; freed with the arena */

enum ybh_read {
	YBH_READ_OK = 0,
	YBH_READ_SYNTAX,    /* not JSON, not UTF-8, too deep, a name twice: 400 */
	YBH_READ_REFUSED,   /* JSON, but not what the table says: 422, see faults */
	YBH_READ_NO_MEMORY, /* nobody knows what it is: 503 */
};

/* The document's outer value must be an object. */
enum ybh_read ybh_json_parse(struct yb_arena *a, yb_str text, struct ybh_doc **ret);
/* Fills the zeroed struct `out` from the document, checking every field. */
enum ybh_read ybh_json_record(struct yb_arena *a, const struct ybh_doc *doc, const yb_field *fields,
    void *out, struct ybh_faults *faults);
bool ybh_json_has(const struct ybh_doc *doc, const char *name);

/*
 * One value that came as text (query parameter, form field, CSV cell) into its field.
 * NULL, or the catalogue id of what is wrong.
 */
const char *ybh_record_set_text(struct yb_arena *a, const yb_field *f, yb_str s, void *out);
/* Length, words, characters and format of a text against its field. NULL or catalogue id. */
const char *ybh_record_check_text(const yb_field *f, yb_str s);
/* Required fields that are null, after ybh_record_set_text of those present. */
void ybh_record_require(struct yb_arena *a, const yb_field *fields, const void *rec,
    struct ybh_faults *faults);
void ybh_fault(struct yb_arena *a, struct ybh_faults *faults, const char *field, const char *code);
const yb_field *ybh_field_named(const yb_field *fields, yb_str name);
bool ybh_field_is_null(const yb_field *f, const void *rec);

/* ---- writing ---- */

void ybh_json_print_text(struct ybh_buf *b, yb_str s); /* quoted; null for null */
void ybh_json_print(struct ybh_buf *b, const yb_field *fields, const void *rec);
void ybh_json_print_list(struct ybh_buf *b, const yb_field *fields, size_t size,
    const yb_list *list);

#endif
