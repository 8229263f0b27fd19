/*
 * serve.c - one request from first byte to last (security 9.1; host.h).
 *
 * The order is fixed and no module can skip a step. Any failure of a step is a refusal.
 * A write is one transaction: idempotency record, the handler's statements, access log.
 * A read of personal data leaves only after its row of the log is committed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "room.h"

#define ATTEMPTS     3
#define PATIENCE_US  INT64_C(5000000)
#define BULK_WAIT_US INT64_C(4000000)
#define BULK_BYTES   (INT64_C(32) << 10) /* a hundred rows; who changes a few waits for nobody */

static void
trace_new(char out[16])
{
	static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; /* no I, L, O, U */
	unsigned char raw[8];
	size_t n = 0;

	ybh_random(raw, sizeof raw);
	for (size_t i = 0; i < 8; i++) {
		if (i == 4)
			out[n++] = '-';
		out[n++] = digits[raw[i] & 31];
	}
	out[n] = '\0';
}

yb_req *
ybh_request_new(struct ybh_thread *t)
{
	yb_req *r = ybh_arena_must(t->arena, sizeof *r);

	r->t = t;
	r->p = t->process;
	r->arena = t->arena;
	r->now.us = ybh_now_us();
	r->began_mono = ybh_mono_us();
	r->etag = -1;
	trace_new(r->trace);
	r->headers_out = &t->headers;
	ybh_buf_reset(r->headers_out);
	t->req = r;
	return r;
}

static int
route_find(yb_req *r)
{
	char allow[64];

	switch (ybh_route_match(r->p->loaded, r->p->n_loaded, r->path, r->method, &r->match, allow)) {
	case YBH_ROUTE_FOUND:
		break;
	case YBH_ROUTE_NO_METHOD:
		yb_reply_header(r, "Allow", ybh_arena_copy(r->arena, yb_cstr(allow)));
		return yb_problem(r, "E-REQ-005");
	case YBH_ROUTE_NO_PATH:
		return yb_problem(r, "E-REQ-004");
	}
	for (size_t i = 0; i < r->match.n; i++) {
		r->match.values[i] = ybh_percent_decode(r, r->match.values[i], false);
		if (r->match.values[i].p == NULL || r->match.values[i].len > 128)
			return yb_problem(r, "E-AUTH-005");
	}
	return 0;
}

/* Everything that is decided before the handler, in order. */
static int
admit(yb_req *r)
{
	if (ybh_input_parse(r) < 0 || route_find(r) < 0)
		return -1;
	if (r->t->named != NULL)
		r->t->named(r->t, r->match.route->id, r->trace);
	if (ybh_overload_check(r) < 0 || ybh_authenticate(r) < 0 || ybh_authorise(r) < 0)
		return -1;
	if (ybh_query_read(r) < 0 || ybh_body_read(r) < 0)
		return -1;
	if ((r->match.route->flags & YB_IF_MATCH) != 0 && ybh_header(r, "HTTP_IF_MATCH").p == NULL)
		return yb_problem(r, "E-REQ-007");
	return 0;
}

static bool
audited(const yb_req *r)
{
	return r->match.route != NULL &&
	    (r->match.route->action != YB_ACT_NONE || r->event.action != YB_ACT_NONE);
}

/* What a handler wanted to send with an answer that is not given after all. */
static void
answer_forget(yb_req *r)
{
	r->headers_out->len = r->headers_mark;
	if (r->headers_out->p != NULL)
		r->headers_out->p[r->headers_mark] = '\0';
	if (r->problem_status != 412)
		r->etag = -1;
	r->answered = false;
	r->more = NULL;
	r->more_length = 0;
}

/* A refusal that is not given after all, with its words. */
static void
problem_forget(yb_req *r)
{
	r->problem = NULL;
	r->problem_status = 0;
	r->faults = (struct ybh_faults) { NULL, 0 };
	r->detail[0] = r->detail[1] = NULL;
}

/* Why was said where the rows were written. */
static int
log_failed(yb_req *r, int rc)
{
	ybh_metrics_count(r->p->metrics, YBH_COUNT_LOG_REFUSED);
	ybh_log(YBH_ERR, "%s: the access log cannot be written (%d)", r->trace, rc);
	problem_forget(r);
	r->retry_after = 2;
	return yb_problem(r, "E-SYS-004");
}

/* ---- reads ---- */

static int
read_run(yb_req *r)
{
	int rc;

	if (r->match.route->handler(r) < 0 || r->problem != NULL)
		return -1;
	if (!audited(r))
		return 0;
	rc = ybh_audit_alone(r, r->status < 400);
	return rc == 0 ? 0 : log_failed(r, rc);
}

/* ---- writes ---- */

static void
write_abandon(yb_req *r)
{
	r->in_write = false;
	ybh_db_rollback(r->t->db);
	ybh_chain_settle(r->t->chain, YBH_ROLLED_BACK);
	r->idem_reserved = false;
}

static int
write_commit(yb_req *r)
{
	bool ok = r->problem == NULL && r->status < 400;
	int rc = audited(r) ? ybh_audit_request(r, ok) : 0;

	if (rc != 0) {
		write_abandon(r);
		return log_failed(r, rc);
	}
	r->in_write = false;
	rc = ybh_db_commit(r->t->db);
	ybh_chain_settle(r->t->chain, rc == 0 ? YBH_COMMITTED : YBH_UNKNOWN);
	r->committed = rc == 0;
	if (rc == 0)
		return 0;
	problem_forget(r);
	return ybh_db_problem(r, rc, "commit");
}

/* The handler's part: 0 an answer to commit, -1 a problem. */
static int
write_handle(yb_req *r)
{
	int rc = ybh_idem_begin(r);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (r->match.route->handler(r) < 0 || r->problem != NULL)
		return -1;
	if (r->run != NULL)
		return 0;
	if (!r->answered)
		return yb_problem(r, "E-SYS-003");
	return ybh_idem_store(r);
}

static int
write_once(yb_req *r)
{
	int rc = ybh_db_begin(r->t->db);

	if (rc != 0)
		return ybh_db_problem(r, rc, "begin");
	r->in_write = true;
	rc = write_handle(r);
	if (rc < 0 && r->problem == NULL)
		(void)yb_problem(r, "E-SYS-003");
	if (rc < 0 && (!r->keep_writes || r->db_failed || ybh_idem_release(r) < 0)) {
		write_abandon(r);
		return -1;
	}
	if (r->run != NULL && r->run->dry) {
		write_abandon(r);
		return rc;
	}
	return write_commit(r) < 0 || rc < 0 ? -1 : 0;
}

/* Forgets what a deadlocked attempt had done, so that the next begins like the first. */
static void
write_forget(yb_req *r)
{
	r->again = true;
	answer_forget(r);
	problem_forget(r);
	r->keep_writes = r->db_again = r->db_failed = false;
	r->etag = -1;
	r->retry_after = 0;
	ybh_audit_forget(r);
	if (r->run != NULL)
		ybh_run_forget(r->run);
}

/* Trying again is worth it while the sender still waits, and possible while nothing is eaten. */
static bool
worth_another(const yb_req *r, int attempt)
{
	bool eaten = r->match.route->body_kind == YB_BODY_UPLOAD && r->body_read > 0;

	return r->db_again && !eaten && attempt + 1 < ATTEMPTS &&
	    ybh_mono_us() - r->began_mono < PATIENCE_US;
}

int
ybh_write_run(yb_req *r)
{
	int rc = -1;

	for (int i = 0; i < ATTEMPTS; i++) {
		unsigned char jitter;

		rc = write_once(r);
		if (rc == 0 || !worth_another(r, i))
			break;
		write_forget(r);
		ybh_random(&jitter, 1);
		(void)usleep(2000u + 100u * jitter); /* whoever won needs a moment to finish */
	}
	return rc;
}

/*
 * Of what writes hundreds of rows a few at a time: more would wait for each other's pages. The
 * wait and the write together stay below the default of request_timeout.
 */
static int
bulk_write(yb_req *r)
{
	static struct ybh_room bulk = YBH_ROOM;
	int64_t patience = r->p->queue_us < BULK_WAIT_US ? r->p->queue_us : BULK_WAIT_US;
	int rc;

	if (!ybh_room_enter(&bulk,
		ybh_option_number(r->p->conf, "core", ybh_core_options, "bulk_at_once"),
		patience)) {
		r->crowded = true;
		yb_retry_after(r, 2);
		return yb_problem(r, "E-SYS-002");
	}
	rc = ybh_write_run(r);
	ybh_room_leave(&bulk);
	return rc;
}

static int
handle(yb_req *r)
{
	const yb_route *route = r->match.route;

	if (route->effect == YB_READS)
		return read_run(r);
	if ((route->flags & YB_BULK) != 0 && r->content_length >= BULK_BYTES)
		return bulk_write(r);
	return ybh_write_run(r);
}

/* A refusal of somebody we know is written down too; the answer does not wait for luck. */
static void
refusal_log(yb_req *r)
{
	int rc;

	if (r->caller.kind == 0 || !audited(r) || r->committed)
		return;
	if (r->crowded || strcmp(r->problem, "E-TKN-004") == 0)
		return; /* too many requests would become too many rows */
	if (r->db_away || strcmp(r->problem, "E-SYS-004") == 0)
		return; /* no database, no log: to try once more would take as long again */
	r->subjects = r->also = r->alerts = NULL;
	r->n_subjects = 0;
	rc = ybh_audit_alone(r, false);
	if (rc != 0)
		ybh_log(YBH_WARN, "%s: a refusal could not be written to the access log", r->trace);
}

/* ---- the answer ---- */

static const char *
reason(int status)
{
	static const struct {
		int status;
		const char *text;
	} reasons[] = { { 200, "OK" }, { 201, "Created" }, { 202, "Accepted" }, { 204, "No Content" },
		{ 303, "See Other" }, { 304, "Not Modified" }, { 400, "Bad Request" }, { 401, "Unauthorized" },
		{ 403, "Forbidden" }, { 404, "Not Found" }, { 405, "Method Not Allowed" },
		{ 409, "Conflict" }, { 410, "Gone" }, { 412, "Precondition Failed" },
		{ 413, "Content Too Large" }, { 415, "Unsupported Media Type" },
		{ 422, "Unprocessable Content" }, { 423, "Locked" },
		{ 428, "Precondition Required" }, { 429, "Too Many Requests" },
		{ 500, "Internal Server Error" }, { 502, "Bad Gateway" },
		{ 503, "Service Unavailable" } };

	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
		if (reasons[i].status == status)
			return reasons[i].text;
	return "Status";
}

static void
not_modified(yb_req *r)
{
	yb_str sent = ybh_header(r, "HTTP_IF_NONE_MATCH");
	yb_str etag;

	if (r->etag < 0 || r->method != YB_GET || r->status != 200 || sent.p == NULL)
		return;
	etag = ybh_arena_format(r->arena, "\"%lld\"", (long long)r->etag);
	if (!yb_str_eq(sent, etag))
		return;
	r->status = 304;
	r->body_out = YB_STR("");
}

static bool
has_header(const yb_req *r, const char *line)
{
	return r->headers_out->p != NULL && strstr(r->headers_out->p, line) != NULL;
}

static void
headers_finish(yb_req *r)
{
	struct ybh_buf *h = r->headers_out;

	if (r->etag >= 0)
		ybh_buf_printf(h, "ETag: \"%lld\"\r\n", (long long)r->etag);
	if (r->content_type_out.p != NULL && r->body_out.len > 0) {
		ybh_buf_cstr(h, "Content-Type: ");
		ybh_buf_str(h, r->content_type_out);
		ybh_buf_cstr(h, "\r\n");
	}
	if (r->retry_after > 0 || r->status == 429 || r->status == 503)
		ybh_buf_printf(h, "Retry-After: %u\r\n", r->retry_after == 0 ? 1 : r->retry_after);
	if (r->status == 401 && !has_header(r, "WWW-Authenticate:"))
		ybh_buf_cstr(h, "WWW-Authenticate: Session realm=\"yobo\"\r\n");
	if (!has_header(r, "Cache-Control:"))
		ybh_buf_cstr(h, "Cache-Control: no-store\r\n");
	if (r->problem != NULL)
		ybh_buf_printf(h, "Content-Language: %s\r\n", r->english ? "en" : "ja");
	ybh_buf_printf(h, "Vary: Accept-Language\r\nX-Yobo-Trace: %s\r\n", r->trace);
	if (r->status != 204 && r->status != 304)
		ybh_buf_printf(h, "Content-Length: %zu\r\n",
		    r->body_out.len + (size_t)r->more_length);
}

/* The one answer that needs no memory: a header block cut short would be read as 200. */
static void
answer_without_memory(struct ybh_output *out)
{
	static const char headers[] =
	    "Status: 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"
	    "Retry-After: 2\r\nCache-Control: no-store\r\n";
	static const char body[] = "{\"type\":\"urn:yobo:problem:E-SYS-002\",\"status\":503,"
				   "\"error_id\":\"E-SYS-002\"}";

	*out = (struct ybh_output) { .status = 503, .headers = { headers, sizeof headers - 1 },
		.body = { body, sizeof body - 1 } };
}

void
ybh_serve(struct ybh_thread *t, const struct ybh_input *in, struct ybh_output *out)
{
	yb_req *r = ybh_request_new(t);
	struct ybh_buf *head;
	int rc;

	r->in = in;
	rc = admit(r);
	r->headers_mark = r->headers_out->len;
	if (rc == 0)
		rc = handle(r);
	if (rc == 0 && !r->answered)
		rc = yb_problem(r, "E-SYS-003");
	if (rc < 0 && r->problem == NULL)
		(void)yb_problem(r, "E-SYS-003");
	if (r->problem != NULL) {
		if (!r->committed)
			answer_forget(r);
		refusal_log(r);
		ybh_problem_print(r);
	}
	not_modified(r);
	headers_finish(r);
	head = &t->scratch;
	ybh_buf_reset(head);
	ybh_buf_printf(head, "Status: %d %s\r\n", r->status, reason(r->status));
	ybh_buf_str(head, ybh_buf_view(r->headers_out));
	*out = (struct ybh_output) { r->status, ybh_buf_view(head), r->body_out, r->more, r->more_arg };
	if (head->failed || r->headers_out->failed ||
	    (r->problem != NULL && t->reply.failed))
		answer_without_memory(out);
}

void
ybh_request_end(struct ybh_thread *t)
{
	yb_req *r = t->req;
	int64_t took;

	if (r == NULL)
		return;
	took = ybh_mono_us() - r->began_mono;
	if (r->in != NULL)
		ybh_metrics_request(r, took);
	if (t->process->request_log != 0 && r->in != NULL)
		ybh_log(YBH_INFO, "trace=%s op=%s status=%d us=%lld bytes=%zu%s%s%s%s", r->trace,
		    r->match.route == NULL ? "-" : r->match.route->id, r->status, (long long)took,
		    r->body_out.len, r->problem == NULL ? "" : " problem=",
		    r->problem == NULL ? "" : r->problem, r->w3c[0] == '\0' ? "" : " w3c=", r->w3c);
	if (ybh_db_in_transaction(t->db))
		write_abandon(r);
	if (t->reply.p != NULL)
		ybh_wipe(t->reply.p, t->reply.len); /* a token shown once is not kept here either */
	t->req = NULL;
	ybh_arena_reset(t->arena);
}

yb_req *
ybh_boot_request(struct ybh_thread *t, const struct ybh_loaded *l)
{
	yb_req *r = ybh_request_new(t);

	r->match.loaded = l;
	return r;
}
