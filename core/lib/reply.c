/*
 * reply.c - how a handler answers (yb/request.h). Nothing is sent here: serve.c does, after
 * the access log is committed.
 */
#include <string.h>

#include "internal.h"

static int
answer(yb_req *r, int status, yb_str type, yb_str body)
{
	if (r->problem != NULL)
		return -1;
	r->answered = true;
	r->status = status;
	r->content_type_out = type;
	r->body_out = body;
	return 0;
}

int
yb_reply_record(yb_req *r, int status, const yb_field *fields, const void *record)
{
	struct ybh_buf *b = &r->t->reply;

	ybh_buf_reset(b);
	ybh_json_print(b, fields, record);
	if (b->failed) {
		ybh_log(YBH_ERR, "%s: %s: the answer is too large or cannot be printed", r->trace,
		    r->match.route->id);
		return yb_problem(r, "E-SYS-003");
	}
	return answer(r, status, YB_STR("application/json"), ybh_buf_view(b));
}

int
yb_reply_empty(yb_req *r)
{
	return answer(r, 204, (yb_str) { NULL, 0 }, YB_STR(""));
}

int
yb_reply_bytes(yb_req *r, int status, const char *content_type, const char *filename, yb_bytes body)
{
	if (filename != NULL)
		yb_reply_header(r, "Content-Disposition",
		    ybh_arena_format(r->arena, "attachment; filename=\"%s\"", filename));
	return answer(r, status, yb_cstr(content_type), (yb_str) { (const char *)body.p, body.len });
}

void
yb_reply_header(yb_req *r, const char *name, yb_str value)
{
	for (size_t i = 0; i < value.len; i++) {
		if ((unsigned char)value.p[i] < 0x20 || value.p[i] == 0x7F) {
			ybh_log(YBH_ERR, "%s: header %s would break the answer", r->trace, name);
			return;
		}
	}
	ybh_buf_cstr(r->headers_out, name);
	ybh_buf_put(r->headers_out, ": ", 2);
	ybh_buf_str(r->headers_out, value);
	ybh_buf_put(r->headers_out, "\r\n", 2);
}

void
yb_reply_etag(yb_req *r, int64_t version)
{
	r->etag = version;
}

int
yb_if_match(yb_req *r, int64_t version)
{
	yb_str sent = ybh_header(r, "HTTP_IF_MATCH");
	yb_str want = ybh_arena_format(r->arena, "\"%lld\"", (long long)version);

	if (sent.p == NULL)
		return yb_problem(r, "E-REQ-007");
	if (yb_str_eq(sent, want) || yb_str_is(sent, "*"))
		return 0;
	r->problem_status = 412;
	r->etag = version;
	return yb_problem(r, "E-ACC-005");
}
