/*
 * Query strings and forms: what is accepted as pairs is accepted as JSON too and means the
 * same; a name twice is refused; percent-encoding undone and done again is the same text.
 */
#include "sample.h"

#include "../../core/lib/internal.h"
#include "../../core/lib/text.h"

static bool
read_pairs(struct yb_arena *a, yb_str text, bool strict, struct sample *ret,
    struct ybh_faults *faults)
{
	yb_req *r = ybh_arena_must(a, sizeof *r);
	bool ok;

	memset(ret, 0, sizeof *ret);
	r->arena = a;
	ok = ybh_pairs_read(r, text, sample_fields, ret, strict);
	if (ok)
		ybh_record_require(a, sample_fields, ret, &r->faults);
	*faults = r->faults;
	return ok;
}

/* The same values as a JSON body. */
static void
as_json(struct yb_arena *a, const struct sample *s)
{
	yb_str text = sample_print(a, sample_fields, s);
	struct ybh_faults faults = { NULL, 0 };
	struct sample again = { .count = 0 };
	struct ybh_doc *doc;

	must(ybh_json_parse(a, text, &doc) == YBH_READ_OK);
	must(ybh_json_record(a, doc, sample_fields, &again, &faults) == YBH_READ_OK);
	must(sample_same(sample_fields, s, &again));
}

/* The text once more behind itself says everything twice. */
static void
doubled(struct yb_arena *a, yb_str text)
{
	char *twice = ybh_arena_must(a, 2 * text.len + 1);
	struct ybh_faults faults;
	struct sample s;

	memcpy(twice, text.p, text.len);
	twice[text.len] = '&';
	memcpy(twice + text.len + 1, text.p, text.len);
	must(!read_pairs(a, (yb_str) { twice, 2 * text.len + 1 }, true, &s, &faults));
}

static void
decoded(struct yb_arena *a, yb_str text, bool plus)
{
	yb_req *r = ybh_arena_must(a, sizeof *r);
	char *out = ybh_arena_must(a, 3 * text.len + 1);
	yb_str plain;
	size_t n = 0;

	r->arena = a;
	plain = ybh_percent_decode(r, text, plus);
	if (plain.p == NULL)
		return;
	must(plain.len <= text.len && ybh_utf8_valid(plain) && ybh_text_plain(plain, true));
	for (size_t i = 0; i < plain.len; i++)
		n += (size_t)snprintf(out + n, 4, "%%%02X", (unsigned char)plain.p[i]);
	must(yb_str_eq(ybh_percent_decode(r, (yb_str) { out, n }, plus), plain));
}

static void
pairs(struct yb_arena *a, yb_str text, bool strict)
{
	struct ybh_faults faults;
	struct sample s;

	if (!read_pairs(a, text, strict, &s, &faults))
		return;
	sample_faults(faults.at, faults.n);
	if (faults.n == 0) {
		must(sample_complete(sample_fields, &s));
		as_json(a, &s);
		doubled(a, text); /* `name` is required, so something is there twice */
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	yb_str text = { size > 0 ? (const char *)data : "", size };
	struct yb_arena *a = fuzz_arena();

	pairs(a, text, true);
	pairs(a, text, false);
	decoded(a, text, true);
	decoded(a, text, false);
	return 0;
}
