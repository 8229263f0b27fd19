/*
 * A whole request: "NAME=value" NUL ... NUL NUL body, as FastCGI hands it over, through
 * ybh_serve of a worker whose database and keeper are away and which knows no key.
 *
 * It always answers, and what it answers is well-formed; nobody is let in; what says two things
 * at once is refused. The routes are the core's own and one of every kind made here.
 */
#include "sample.h"

#include <sys/mman.h>
#include <unistd.h>

#include "../../core/lib/host.h"
#include "../../core/lib/text.h"

#define AWAY	    "/nonexistent/yobo-fuzz.sock"
#define PARAMS_MAX  128
#define UPLOAD_MAX  4096
#define REPLY_MAX   ((size_t)16 << 20)
#define HEADERS_MAX ((size_t)16 << 10)

/* ---- routes ---- */

static int
echo_query(yb_req *r)
{
	must(sample_complete(sample_fields, yb_params(r)));
	must(yb_path(r, "a").len <= 128 && ybh_utf8_valid(yb_path(r, "a")));
	must(ybh_utf8_valid(yb_user_agent(r)) && yb_user_agent(r).len <= 200);
	yb_reply_etag(r, 7);
	return yb_reply_record(r, 200, sample_fields, yb_params(r));
}

static int
echo_json(yb_req *r)
{
	must(sample_complete(sample_fields, yb_body(r)) && yb_body_has(r, "name"));
	return yb_if_match(r, 7) < 0 ? -1 : yb_reply_record(r, 201, sample_fields, yb_body(r));
}

static int
echo_form(yb_req *r)
{
	if (yb_form_bad(r))
		return yb_problem(r, "E-REQ-009");
	return yb_reply_record(r, 200, sample_fields, yb_body(r));
}

static int
upload(yb_req *r)
{
	size_t all = 0;
	char piece[97];
	int64_t got;

	while ((got = yb_upload_read(r, piece, sizeof piece)) > 0)
		all += (size_t)got;
	must(all <= UPLOAD_MAX);
	return got < 0 ? -1 : yb_reply_empty(r);
}

static int
never(yb_req *r)
{
	(void)r;
	must(false && "somebody was let in, or wrote without a database");
	return -1;
}

#define OPEN .who = YB_PUBLIC, .reach = YB_REACH_NOBODY
#define SHUT .reach = YB_REACH_OWN, .action = YB_ACT_VIEW, .function = "H-0"
#define BODY .body = sample_fields, .body_size = sizeof(struct sample)

static const yb_route routes[] = {
	{ YB_GET, "/fuzz/echo/{a}/{b}", echo_query, "fuzzQuery", "Query.", OPEN, .effect = YB_READS,
	    .query = sample_fields, .query_size = sizeof(struct sample) },
	{ YB_POST, "/fuzz/json", echo_json, "fuzzJson", "JSON.", OPEN, .effect = YB_READS, BODY },
	{ YB_POST, "/fuzz/form", echo_form, "fuzzForm", "Form.", OPEN, .effect = YB_READS, BODY,
	    .body_kind = YB_BODY_FORM },
	{ YB_PUT, "/fuzz/upload", upload, "fuzzUpload", "Upload.", OPEN, .effect = YB_READS,
	    .body_kind = YB_BODY_UPLOAD, .body_limit = UPLOAD_MAX, .flags = YB_NO_IDEMPOTENCY },
	{ YB_PATCH, "/fuzz/json", never, "fuzzWrite", "Write.", OPEN, .effect = YB_WRITES, BODY,
	    .flags = YB_NO_IDEMPOTENCY },
	{ YB_GET, "/fuzz/staff", never, "fuzzStaff", "Staff.", SHUT, .who = YB_STAFF, .roles = "*",
	    .effect = YB_READS },
	{ YB_DELETE, "/fuzz/both/{id}", never, "fuzzBoth", "Both.", SHUT,
	    .who = YB_STAFF | YB_CLIENT, .roles = "MU-A", .scope = "a|b", .step_up = true,
	    .effect = YB_WRITES },
	{ YB_POST, "/fuzz/client", never, "fuzzClient", "Client.", SHUT, .who = YB_CLIENT,
	    .scope = "a", .bound = true, .effect = YB_WRITES, BODY },
	{ 0 },
};

static const yb_module fuzz_module = { .abi = YB_ABI, .size = sizeof(yb_module), .name = "fuzz",
	.version = "1", .routes = routes };

/* ---- the worker ---- */

static struct ybh_process process;
static struct ybh_thread thread;

static struct ybh_field_keys *
field_keys(void)
{
	static const char line[] =
	    "1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";
	int fd = memfd_create("field.keys", 0);
	struct ybh_field_keys *keys;
	char path[32], err[200];

	must(fd >= 0 && write(fd, line, sizeof line - 1) == (ssize_t)(sizeof line - 1));
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	keys = ybh_field_keys_load(path, err, sizeof err);
	must(keys != NULL && close(fd) == 0);
	return keys;
}

static void
start(void)
{
	static const struct ybh_db_conf db = { .socket = AWAY, .name = "yobo", .user = "yobo",
		.password = "" };
	static struct ybh_loaded loaded[] = { { &fuzz_module, NULL }, { &ybh_core_module, NULL } };
	char err[200] = "";

	if (thread.process != NULL)
		return;
	must(ybh_module_check(&fuzz_module, "fuzz", err, sizeof err) == 0);
	ybh_log_level(YBH_ERR); /* that the database is away is no news here */
	process.conf = ybh_conf_parse("", 0, err, sizeof err);
	process.pool = "fuzz";
	process.base_url = "https://yobo.example";
	process.loaded = loaded;
	process.n_loaded = sizeof loaded / sizeof loaded[0];
	process.tokens = ybh_tokens_new(process.base_url, "https://yobo.example/api/v1");
	process.field_keys = field_keys();
	process.clients = ybh_clients_new();
	thread.db = ybh_db_new(&db);
	thread.keeper = ybh_keeper_new(AWAY);
	must(process.conf != NULL && process.tokens != NULL && process.clients != NULL);
	must(thread.db != NULL && thread.keeper != NULL);
	thread.chain = ybh_chain_new(thread.keeper, "fuzz");
	must(thread.chain != NULL);
	ybh_buf_init(&thread.headers, HEADERS_MAX);
	ybh_buf_init(&thread.reply, REPLY_MAX);
	ybh_buf_init(&thread.scratch, REPLY_MAX);
	thread.process = &process;
}

/* ---- what comes in ---- */

struct body {
	const uint8_t *p;
	size_t left;
};

/* In pieces, as a connection gives it. */
static int64_t
body_read(void *arg, void *buf, size_t size)
{
	struct body *b = arg;
	size_t n = b->left < size ? b->left : size;

	n = n > 1000 ? 1000 : n;
	if (n > 0)
		memcpy(buf, b->p, n);
	b->p += n;
	b->left -= n;
	return (int64_t)n;
}

/* Cuts the text at its NULs; the body is what follows an empty one. */
static size_t
cut(struct yb_arena *a, const uint8_t *data, size_t size, const char **params, struct body *body)
{
	size_t n = 0, at = 0;

	while (at < size && n < PARAMS_MAX) {
		const uint8_t *end = memchr(data + at, '\0', size - at);
		size_t len = (end == NULL ? size : (size_t)(end - data)) - at;

		if (len > 0)
			params[n++] = ybh_arena_cstr(a, (yb_str) { (const char *)data + at, len });
		at += len + (end != NULL ? 1 : 0);
		if (len == 0)
			break;
	}
	params[n] = NULL;
	*body = (struct body) { data + at, size - at };
	return n;
}

/* Two values for something that decides. */
static bool
contradictory(const char *const *params, size_t n)
{
	static const char *const names[] = { "REQUEST_METHOD=", "REQUEST_URI=", "QUERY_STRING=",
		"CONTENT_TYPE=", "CONTENT_LENGTH=", "REMOTE_ADDR=", "YB_LISTENER=",
		"YB_CLIENT_VERIFY=", "YB_CLIENT_CERT=", "HTTP_AUTHORIZATION=", "HTTP_COOKIE=",
		"HTTP_HOST=", "HTTP_IF_MATCH=", "HTTP_ORIGIN=" };

	for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
		size_t len = strlen(names[k]);
		const char *one = NULL;

		for (size_t i = 0; i < n; i++) {
			if (strncmp(params[i], names[k], len) != 0 || params[i][len] == '\0')
				continue;
			if (one != NULL && strcmp(one, params[i]) != 0)
				return true;
			one = params[i];
		}
	}
	return false;
}

/* ---- what goes out ---- */

static const char *
header(yb_str all, const char *name)
{
	size_t len = strlen(name);
	const char *found = NULL;

	for (const char *at = all.p; at < all.p + all.len; at = strchr(at, '\n') + 1) {
		if (strncmp(at, name, len) != 0 || strncmp(at + len, ": ", 2) != 0)
			continue;
		must(found == NULL); /* once */
		found = at + len + 2;
	}
	return found;
}

/* Lines "Name: value" CR LF, nothing that a line could be broken with. */
static void
headers_formed(yb_str all)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-";
	size_t at = 0;

	must(strncmp(all.p, "Status: ", 8) == 0 && strlen(all.p) == all.len);
	must(all.p[all.len - 1] == '\n' && ybh_utf8_valid(all));
	while (at < all.len) {
		size_t name = strspn(all.p + at, letters);

		must(name > 0 && strncmp(all.p + at + name, ": ", 2) == 0);
		for (at += name; all.p[at] != '\r'; at++)
			must((unsigned char)all.p[at] >= 0x20 && all.p[at] != 0x7F);
		must(all.p[at + 1] == '\n');
		at += 2;
	}
}

static void
body_formed(struct yb_arena *a, const struct ybh_output *out)
{
	const char *type = header(out->headers, "Content-Type");
	const char *length = header(out->headers, "Content-Length");
	struct ybh_doc *doc;

	if (out->status == 204 || out->status == 304) {
		must(out->body.len == 0 && length == NULL && type == NULL);
		return;
	}
	must(length != NULL && strtoull(length, NULL, 10) == out->body.len);
	must(type != NULL && out->body.len > 0);
	must(ybh_json_parse(a, out->body, &doc) == YBH_READ_OK);
	if (out->status < 400) {
		must(strncmp(type, "application/json\r", 17) == 0);
		return;
	}
	must(strncmp(type, "application/problem+json\r", 25) == 0);
	must(ybh_json_has(doc, "error_id") && ybh_json_has(doc, "trace_id"));
	must(header(out->headers, "Content-Language") != NULL);
}

static void
answer_formed(struct yb_arena *a, const struct ybh_output *out)
{
	headers_formed(out->headers);
	must(out->status == 200 || out->status == 201 || out->status == 204 ||
	    out->status == 304 || (out->status >= 400 && out->status <= 503));
	must(out->status != 500); /* nothing that comes in is a fault of ours */
	must(strtol(out->headers.p + 8, NULL, 10) == out->status);
	must(header(out->headers, "Cache-Control") != NULL);
	must(header(out->headers, "X-Yobo-Trace") != NULL);
	must(header(out->headers, "Set-Cookie") == NULL);
	must((header(out->headers, "WWW-Authenticate") != NULL) == (out->status == 401));
	must((header(out->headers, "Allow") != NULL) == (out->status == 405));
	if (out->status == 503)
		must(header(out->headers, "Retry-After") != NULL);
	body_formed(a, out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct yb_arena *a = fuzz_arena();
	const char *params[PARAMS_MAX + 1];
	struct ybh_output out;
	struct body body;
	size_t n = cut(a, data, size, params, &body);
	const struct ybh_input in = { params, body_read, &body };

	start();
	thread.arena = ybh_arena_new(65536, FUZZ_ARENA);
	must(thread.arena != NULL);
	ybh_serve(&thread, &in, &out);
	answer_formed(a, &out);
	must(out.status >= 400 || !contradictory(params, n));
	ybh_request_end(&thread);
	must(thread.req == NULL && ybh_arena_used(thread.arena) == 0);
	ybh_arena_free(thread.arena);
	return 0;
}
