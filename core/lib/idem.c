/*
 * idem.c - Idempotency-Key: the same key and body get the same answer (wire: Common rules).
 *
 * The key's row is written in the transaction of the write itself: there is no effect without
 * it and it is not there without the effect. A second request with the key waits for the first
 * on the row's lock. Answers are kept sealed under a key made of the sender's own key, which
 * is not kept: neither we nor a thief of the database can open them, only the sender's retry.
 */
#include <string.h>

#include "internal.h"

struct idem_row {
	yb_bytes request_sha256, body;
	yb_int status, etag;
	yb_str content_type;
	yb_time expires_us;
};

static const yb_field idem_record[] = {
	{ "request_sha256", YB_OF(struct idem_row, request_sha256) },
	{ "status", YB_OF(struct idem_row, status) },
	{ "content_type", YB_OF(struct idem_row, content_type) },
	{ "etag", YB_OF(struct idem_row, etag) },
	{ "body", YB_OF(struct idem_row, body) },
	{ "expires_us", YB_OF(struct idem_row, expires_us) },
	{ 0 },
};

/*
 * LAST_INSERT_ID tells a key that was there (1) from a new one (0). An INSERT that fails would
 * keep a shared lock on the row, and of two that hold one neither could go on to write it.
 */
static const yb_query idem_insert = {
	.name = "idem_insert",
	.sql = "INSERT INTO core_idempotency (actor, request_sha256, expires_us) VALUES (?, ?, ?)"
	       " ON DUPLICATE KEY UPDATE expires_us = IF(LAST_INSERT_ID(1) = 1, expires_us, NULL)",
	.nparams = 3,
	.tenant = YB_GLOBAL,
};

static const yb_query idem_find = {
	.name = "idem_find",
	.sql = "SELECT request_sha256, status, content_type, etag, body, expires_us"
	       "  FROM core_idempotency WHERE actor = ? FOR UPDATE",
	.row = idem_record,
	.row_size = sizeof(struct idem_row),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

static const yb_query idem_renew = {
	.name = "idem_renew",
	.sql = "UPDATE core_idempotency SET request_sha256 = ?, status = NULL, content_type = NULL,"
	       " etag = NULL, body = NULL, expires_us = ? WHERE actor = ?",
	.nparams = 3,
	.tenant = YB_GLOBAL,
};

static const yb_query idem_answer = {
	.name = "idem_answer",
	.sql = "UPDATE core_idempotency SET status = ?, content_type = ?, etag = ?, body = ?"
	       " WHERE actor = ?",
	.nparams = 5,
	.tenant = YB_GLOBAL,
};

static const yb_query idem_delete = {
	.name = "idem_delete",
	.sql = "DELETE FROM core_idempotency WHERE actor = ?",
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

const yb_query *const ybh_idem_queries[] = { &idem_insert, &idem_find, &idem_renew, &idem_answer,
	&idem_delete, NULL };

static yb_bytes
actor(const yb_req *r)
{
	return (yb_bytes) { r->idem_hash, 32 };
}

/* What makes a request the same: method, path, query, If-Match and body. */
static yb_bytes
request_hash(yb_req *r)
{
	unsigned char *out = ybh_arena_must(r->arena, 32);
	yb_str match = ybh_header(r, "HTTP_IF_MATCH");
	struct ybh_buf *b = &r->t->scratch;

	ybh_buf_reset(b);
	ybh_buf_printf(b, "%d\n", (int)r->method);
	ybh_buf_str(b, r->path);
	ybh_buf_char(b, '\n');
	ybh_buf_str(b, r->query_text);
	ybh_buf_char(b, '\n');
	ybh_buf_str(b, match);
	ybh_buf_char(b, '\n');
	ybh_buf_put(b, r->body_sha256, 32);
	ybh_sha256(b->p, b->len, out);
	return (yb_bytes) { out, 32 };
}

static void
seal_key(const yb_req *r, unsigned char out[32])
{
	ybh_match(r->p->field_keys, YB_STR("idempotency"), r->idem_key, out);
}

static bool
key_ok(yb_str key)
{
	for (size_t i = 0; i < key.len; i++)
		if (key.p[i] <= ' ' || key.p[i] > '~')
			return false;
	return key.len >= 1 && key.len <= 255;
}

/* What is kept of an answer: the length of the handler's headers, they, and the body. */
static yb_str
answer_pack(yb_req *r)
{
	size_t n = r->headers_out->len - r->headers_mark;
	yb_str head = ybh_arena_format(r->arena, "%zu\n", n);
	char *p = ybh_arena_must(r->arena, head.len + n + r->body_out.len + 1);

	memcpy(p, head.p, head.len);
	if (n > 0)
		memcpy(p + head.len, r->headers_out->p + r->headers_mark, n);
	if (r->body_out.len > 0)
		memcpy(p + head.len + n, r->body_out.p, r->body_out.len);
	return (yb_str) { p, head.len + n + r->body_out.len };
}

static void
answer_unpack(yb_req *r, yb_str kept)
{
	size_t n = 0, at = 0;

	while (at < kept.len && kept.p[at] != '\n')
		n = n * 10 + (size_t)(kept.p[at++] - '0');
	at++;
	ybh_buf_put(r->headers_out, kept.p + at, n);
	r->body_out = (yb_str) { kept.p + at + n, kept.len - at - n };
}

static int
replay(yb_req *r, const struct idem_row *row)
{
	unsigned char under[32];
	yb_str body;

	seal_key(r, under);
	if (!row->status.set || ybh_unseal_under(under, r->arena, YB_STR("core_idempotency"),
				    row->body, &body) < 0) {
		ybh_log(YBH_ERR, "%s: a kept answer cannot be opened", r->trace);
		return yb_problem(r, "E-SYS-003");
	}
	r->replayed = r->answered = true;
	r->status = (int)row->status.v;
	r->content_type_out = row->content_type;
	answer_unpack(r, body);
	r->etag = row->etag.set ? row->etag.v : -1;
	yb_reply_header(r, "Idempotency-Replayed", YB_STR("true"));
	return 1;
}

/* The key is taken: by this request before, by another one, or long ago. */
static int
taken(yb_req *r, yb_bytes hash, yb_time until)
{
	struct idem_row row = { 0 };

	if (yb_db_one(r, &idem_find, YB_ARGS(yb_blob(actor(r))), &row) != YB_ONE_ROW) {
		if (r->problem == NULL)
			yb_retry_after(r, 1);
		return yb_problem(r, "E-SYS-002"); /* it was removed in this moment */
	}
	if (row.expires_us.us <= r->now.us)
		return yb_db_exec(r, &idem_renew,
			   YB_ARGS(yb_blob(hash), yb_at(until), yb_blob(actor(r))), NULL) != 0
		    ? -1
		    : 0;
	if (row.request_sha256.len != 32 || !ybh_same(row.request_sha256.p, hash.p, 32))
		return yb_problem(r, "E-REQ-008");
	return replay(r, &row);
}

int
ybh_idem_begin(yb_req *r)
{
	yb_str key = ybh_header(r, "HTTP_IDEMPOTENCY_KEY");
	int64_t hours = ybh_option_number(r->p->conf, "core", ybh_core_options, "idempotency_hours");
	yb_time until = { r->now.us + hours * INT64_C(3600000000) };
	yb_bytes hash;
	yb_str text;
	int rc;

	if (key.p == NULL || (r->match.route->flags & YB_NO_IDEMPOTENCY) != 0)
		return 0;
	if (!key_ok(key))
		return yb_problem(r, "E-REQ-006");
	r->idem_key = key;
	text = ybh_arena_format(r->arena, "%d|%lld|%.*s", (int)r->caller.kind,
	    (long long)r->caller.actor_id, (int)key.len, key.p);
	ybh_sha256(text.p, text.len, r->idem_hash);
	hash = request_hash(r);
	if (yb_db_exec(r, &idem_insert, YB_ARGS(yb_blob(actor(r)), yb_blob(hash), yb_at(until)),
		NULL) != 0)
		return -1;
	if (yb_db_last_id(r) != 0 && (rc = taken(r, hash, until)) != 0)
		return rc;
	r->idem_reserved = true;
	return 0;
}

int
ybh_idem_store(yb_req *r)
{
	unsigned char under[32];
	yb_bytes sealed;

	if (!r->idem_reserved)
		return 0;
	seal_key(r, under);
	sealed = ybh_seal_under(under, r->arena, YB_STR("core_idempotency"), answer_pack(r));
	return yb_db_exec(r, &idem_answer,
		   YB_ARGS(yb_i64(r->status), yb_text(r->content_type_out),
		       r->etag < 0 ? yb_null() : yb_i64(r->etag), yb_blob(sealed),
		       yb_blob(actor(r))),
		   NULL) == 0
	    ? 0
	    : -1;
}

int
ybh_idem_release(yb_req *r)
{
	if (!r->idem_reserved)
		return 0;
	r->idem_reserved = false;
	return yb_db_exec(r, &idem_delete, YB_ARGS(yb_blob(actor(r))), NULL) == 0 ? 0 : -1;
}
