/*
 * The evidence of the access log: arbitrary bytes are a record in exactly this encoding or
 * nothing; what is encoded is decoded to the same.
 */
#include "fuzz.h"

#include "../../core/lib/audit_tlv.h"
#include "../../core/lib/text.h"

/* What the fuzzer gave, eaten from the front; zeros and nothing at the end. */
struct bytes {
	const uint8_t *p;
	size_t left;
};

static uint64_t
take_number(struct bytes *b, size_t n)
{
	uint64_t v = 0;

	for (; n > 0 && b->left > 0; n--, b->left--)
		v = v << 8 | *b->p++;
	return v;
}

/* A length byte (times 8 for long texts), then the bytes; length 255 is null. */
static yb_bytes
take_bytes(struct bytes *b, size_t times)
{
	size_t n = (size_t)take_number(b, 1);
	yb_bytes ret = { b->p, n * times };

	if (n == 255)
		return (yb_bytes) { NULL, 0 };
	if (ret.len > b->left)
		ret.len = b->left;
	b->p += ret.len;
	b->left -= ret.len;
	return ret;
}

static yb_str
take_text(struct bytes *b, size_t times)
{
	yb_bytes v = take_bytes(b, times);

	return (yb_str) { (const char *)v.p, v.len };
}

static void
take_record(struct bytes *b, struct ybh_record *r)
{
	struct ybh_event *e = &r->event;

	*r = (struct ybh_record) { .version = YBH_RECORD_VERSION };
	r->chain_id = take_number(b, 8);
	r->seq = take_number(b, 8);
	for (size_t i = 0; i < sizeof r->prev; i++)
		r->prev[i] = (unsigned char)take_number(b, 1);
	r->kind = (enum ybh_record_kind)(take_number(b, 1) % 3);
	e->at_us = (int64_t)take_number(b, 8);
	e->actor_kind = (enum yb_audience)take_number(b, 1);
	e->action = (enum yb_action)take_number(b, 1);
	e->ok = (take_number(b, 1) & 1) != 0;
	e->org_id = (int64_t)take_number(b, 8);
	e->row_count = (int64_t)take_number(b, 8);
	r->opened_us = (int64_t)take_number(b, 8);
	e->actor = take_text(b, 8);
	e->org_code = take_text(b, 1);
	e->role = take_text(b, 1);
	e->session = take_bytes(b, 1);
	e->token = take_bytes(b, 1);
	e->peer = take_text(b, 1);
	e->user_agent = take_text(b, 8);
	e->function = take_text(b, 1);
	e->operation = take_text(b, 1);
	e->subject_no = take_text(b, 1);
	e->target_type = take_text(b, 1);
	e->target_id = take_text(b, 8);
	e->muni_code = take_text(b, 1);
	e->purpose = take_text(b, 1);
	e->reason = take_text(b, 64);
	e->error_id = take_text(b, 1);
	e->body_sha256 = take_bytes(b, 1);
	e->trace_id = take_text(b, 1);
	r->host = take_text(b, 1);
	r->signature = take_bytes(b, 1);
}

/* Columns made of a record say what it says. */
static void
columns(const struct ybh_record *r)
{
	struct ybh_audit_row row = { 0 };
	size_t at = 0;

	ybh_record_columns(r, &row);
	must(ybh_record_differs(r, &row, &at) == NULL);
	row.seq ^= 1;
	at = 0;
	must(strcmp(ybh_record_differs(r, &row, &at), "seq") == 0);
	must(ybh_record_differs(r, &row, &at) == NULL);
}

static void
decoded(const uint8_t *data, size_t size)
{
	unsigned char out[YBH_RECORD_MAX], hash[32];
	struct ybh_record r;

	if (ybh_record_decode((yb_bytes) { data, size }, &r) != 0)
		return;
	must(size <= sizeof out && ybh_record_encode(&r, out) == size);
	must(memcmp(out, data, size) == 0);
	ybh_record_hash((yb_bytes) { data, size }, hash);
	columns(&r);
}

static void
texts(const struct ybh_event *e)
{
	const yb_str all[] = { e->actor, e->org_code, e->role, e->peer, e->user_agent, e->function,
		e->operation, e->subject_no, e->target_type, e->target_id, e->muni_code, e->purpose,
		e->reason, e->error_id, e->trace_id };

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		must(ybh_utf8_valid(all[i]));
	must(e->actor.p != NULL && e->function.p != NULL && e->trace_id.p != NULL);
	must(ybh_text_length(e->actor) <= 64 && e->reason.len <= 1500);
}

static void
encoded(struct yb_arena *a, const uint8_t *data, size_t size)
{
	unsigned char out[YBH_RECORD_MAX], again[YBH_RECORD_MAX];
	struct bytes b = { data, size };
	struct ybh_record r, back;
	size_t n;

	take_record(&b, &r);
	ybh_record_bound(&r, a);
	texts(&r.event);
	n = ybh_record_encode(&r, out);
	must(n <= sizeof out && ybh_record_decode((yb_bytes) { out, n }, &back) == 0);
	must(ybh_record_encode(&back, again) == n && memcmp(out, again, n) == 0);
	must(back.chain_id == r.chain_id && back.kind == r.kind && back.event.ok == r.event.ok);
	must(back.event.action == r.event.action && yb_str_eq(back.event.actor, r.event.actor));
	must(yb_str_eq(back.event.reason, r.event.reason) && yb_str_eq(back.host, r.host));
	columns(&back);
	/* Not a byte less, not a byte more. */
	must(ybh_record_decode((yb_bytes) { out, n - 1 }, &back) != 0);
	if (n < sizeof out) {
		out[n] = 0;
		must(ybh_record_decode((yb_bytes) { out, n + 1 }, &back) != 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	decoded(data, size);
	encoded(fuzz_arena(), data, size);
	return 0;
}
