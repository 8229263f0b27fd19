/*
 * JSON into records and back: what is accepted is complete, prints, and reads the same again;
 * what is refused says where and why. A decimal means what its digits say.
 */
#include "sample.h"

#include "../../core/lib/decimal.h"
#include "../../core/lib/text.h"

struct stamp {
	yb_time at;
	yb_uuid id;
	yb_date on;
	yb_dec dose;
};

struct form {
	struct sample own;
	yb_ref one, stamp;
	yb_list rows, stamps, words;
};

static const yb_field stamp_fields[] = {
	{ "at", YB_OF(struct stamp, at), .flags = YB_REQUIRED },
	{ "id", YB_OF(struct stamp, id), .flags = YB_REQUIRED },
	{ "on", YB_OF(struct stamp, on), .flags = YB_REQUIRED },
	{ "dose", YB_OF(struct stamp, dose), .scale = 3, .flags = YB_REQUIRED },
	{ 0 },
};

/* clang-format off */
#define FORM(rows_of)							\
	{ "name", YB_OF(struct form, own.name), .max = 20, .flags = YB_REQUIRED }, \
	{ "one", YB_OF(struct form, one), YB_EACH(sample_fields, struct sample) }, \
	{ "stamp", YB_OF(struct form, stamp), YB_EACH(stamp_fields, struct stamp) }, \
	{ "rows", YB_OF(struct form, rows), YB_EACH(rows_of, struct sample),	\
	    .flags = YB_ROWWISE, .max = 50 },				\
	{ "stamps", YB_OF(struct form, stamps), YB_EACH(stamp_fields, struct stamp), \
	    .max = 20 },						\
	{ "words", YB_OF(struct form, words), .max = 100 },		\
	{ 0 }
/* clang-format on */

static const yb_field form_fields[] = { FORM(sample_rows) };
/* Faults of a row are printed but never read: what shall be read again is printed without. */
static const yb_field form_plain[] = { FORM(sample_fields) };

static enum ybh_read
read_form(struct yb_arena *a, yb_str text, struct form *ret, struct ybh_faults *faults)
{
	enum ybh_read rc;
	struct ybh_doc *doc = NULL;

	memset(ret, 0, sizeof *ret);
	*faults = (struct ybh_faults) { NULL, 0 };
	rc = ybh_json_parse(a, text, &doc);
	if (rc == YBH_READ_OK)
		rc = ybh_json_record(a, doc, form_fields, ret, faults);
	return rc;
}

/* Whether no row has faults of its own; those of the others are looked at. */
static bool
rows_good(const struct form *f)
{
	const struct sample *rows = f->rows.items;
	bool good = true;

	for (size_t i = 0; i < f->rows.n; i++) {
		sample_faults(rows[i].faults.at, rows[i].faults.n);
		good = good && rows[i].faults.n == 0;
		must(rows[i].faults.n > 0 || sample_complete(sample_rows, &rows[i]));
	}
	return good;
}

/* Printed, it is read as the same. */
static void
again(struct yb_arena *a, const struct form *f)
{
	yb_str text = sample_print(a, form_plain, f);
	struct ybh_faults faults;
	struct form g;

	must(ybh_utf8_valid(text));
	must(read_form(a, text, &g, &faults) == YBH_READ_OK && rows_good(&g));
	must(sample_same(form_plain, f, &g));
	must(yb_str_eq(text, sample_print(a, form_plain, &g)));
}

static void
document(struct yb_arena *a, yb_str text)
{
	struct ybh_faults faults;
	struct ybh_doc *doc;
	struct form f;

	switch (read_form(a, text, &f, &faults)) {
	case YBH_READ_SYNTAX:
	case YBH_READ_NO_MEMORY:
		return;
	case YBH_READ_REFUSED:
		must(faults.n > 0);
		sample_faults(faults.at, faults.n);
		return;
	case YBH_READ_OK:
		break;
	}
	must(faults.n == 0 && sample_complete(form_fields, &f));
	must(ybh_json_parse(a, sample_print(a, form_fields, &f), &doc) == YBH_READ_OK);
	if (rows_good(&f))
		again(a, &f);
}

/* Digits and nothing else: the value is what the reader of plain decimals makes of them. */
static void
decimal(struct yb_arena *a, yb_str digits)
{
	yb_str text = ybh_arena_format(a, "{\"name\":\"a\",\"price\":%.*s}", (int)digits.len,
	    digits.p);
	struct ybh_faults faults = { NULL, 0 };
	struct sample s = { .count = 0 };
	struct ybh_doc *doc;
	int64_t units;

	if (ybh_json_parse(a, text, &doc) != YBH_READ_OK)
		return;
	if (ybh_json_record(a, doc, sample_fields, &s, &faults) != YBH_READ_OK) {
		must(!ybh_dec_parse(digits, 2, &units) || digits.len > 12);
		return;
	}
	must(ybh_dec_parse(digits, 2, &units) && units == s.price.units);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	yb_str text = { (const char *)data, size };
	struct yb_arena *a = fuzz_arena();
	size_t n = 0;

	while (n < size && ((data[n] >= '0' && data[n] <= '9') || data[n] == '.' || data[n] == '-'))
		n++;
	if (n > 0 && n == size && size <= 16)
		decimal(a, text);
	else
		document(a, text);
	return 0;
}
