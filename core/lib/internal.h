/*
 * internal.h - what the files of libyobo know of each other; nobody else includes it.
 */
#ifndef YBH_INTERNAL_H
#define YBH_INTERNAL_H

#include "host.h"

#define YBH_HEADERS_MAX 16

struct ybh_header {
	yb_str name; /* as the FastCGI parameter spells it: HTTP_IF_MATCH */
	yb_str value;
};

struct ybh_session { /* the staff session of a request */
	unsigned char sid_hash[32], came_hash[32]; /* in use; as the request came */
	yb_str csrf;
	bool open, temporary;
	int64_t idle_seconds, stepped_up_us, created_us, expires_us;
};

struct yb_req {
	struct ybh_thread *t;
	struct ybh_process *p;
	struct yb_arena *arena;
	struct ybh_match match;

	/* what came */
	const struct ybh_input *in; /* NULL: not a request but a step of a run */
	struct ybh_run *run;
	struct ybh_job *job; /* whose callbacks run now (yb/job.h) */
	struct ybh_header headers[YBH_HEADERS_MAX];
	size_t n_headers;
	enum yb_method method;
	yb_str path, query_text, content_type, peer, host;
	int64_t content_length, body_read;
	bool mtls, english, form_bad;
	bool in_write, db_again, db_failed; /* of the transaction of a write */
	bool again;			    /* an attempt before this one met another writer */
	bool db_away;			    /* no answer, or none that can be trusted */
	yb_time now;
	int64_t began_mono;
	char trace[16];	  /* "K7QP-3M9X" */
	char w3c[33];	  /* trace-id of traceparent; "" without a valid one */
	struct ybh_doc *doc;
	void *body, *query;
	unsigned char body_sha256[32];
	bool has_body_hash;

	/* who */
	yb_caller caller;
	struct ybh_session session;
	yb_token_facts token;
	yb_str peer_x5t;
	const char *client_cidrs;

	/* the answer */
	int status;
	bool answered, keep_writes, committed, replayed;
	bool crowded; /* refused for want of a place */
	yb_str content_type_out, body_out;
	/* What follows the body, piece by piece, while it is sent; see ybh_output. NULL: nothing. */
	int64_t (*more)(void *arg, const void **ret);
	void *more_arg;
	int64_t more_length;
	struct ybh_buf *headers_out;
	size_t headers_mark; /* what was there before the handler */
	const char *problem; /* catalogue id; NULL: none */
	int problem_status;  /* 0: the catalogue's */
	const char *detail[2]; /* ja, en: instead of the catalogue's next step; NULL: none */
	struct ybh_faults faults;
	unsigned retry_after;
	int64_t etag; /* -1: none */

	/* the access log */
	struct ybh_event event;
	yb_str subjects_first[8];
	struct ybh_audit_list *subjects, *also, *alerts;
	int64_t n_subjects;

	/* idempotency */
	yb_str idem_key;
	unsigned char idem_hash[32];
	bool idem_reserved;
};

/* Records why the database failed (a negative of dbconn.h). Answers -1. */
int ybh_db_problem(yb_req *r, int rc, const char *what);
/* Value of a request header by its FastCGI name; null when absent. */
yb_str ybh_header(const yb_req *r, const char *name);
/* Percent-decoded into the arena; null when it is not valid UTF-8 text. plus: '+' is a space. */
yb_str ybh_percent_decode(yb_req *r, yb_str s, bool plus);
/* Reads "a=1&b=2" into a record. false: a name twice, unknown (strict) or badly encoded. */
bool ybh_pairs_read(yb_req *r, yb_str text, const yb_field *fields, void *out, bool strict);

/* overload.c: too late, or no room to write. 0, or -1 recorded. */
int ybh_overload_check(yb_req *r);
/* auth.c: who is calling, and may they. 0, or -1 recorded. */
int ybh_authenticate(yb_req *r);
/* yb_token.c: the verdict on the request's token; fills r->token. */
enum ybh_token_verdict ybh_request_token(yb_req *r, yb_str token);
int ybh_authorise(yb_req *r);
/* session.c: 1 a session, 0 none or ended, -1 recorded. */
int ybh_session_check(yb_req *r);
/* A step of a run: ends the next session whose time is over, with its row of the access log. */
int ybh_session_time_out(yb_req *r);
/* clients.c: the client behind a verified token, and whether its address may use it. */
enum yb_found ybh_client_find(yb_req *r, yb_str client_id);
bool ybh_client_address_ok(const yb_req *r);
/* body.c: the body as the route's table says. 0, or -1 recorded. */
int ybh_body_read(yb_req *r);
int ybh_input_parse(yb_req *r);
int ybh_query_read(yb_req *r);
/* Idempotency: 0 go on, 1 answered from the store, -1 recorded. */
int ybh_idem_begin(yb_req *r);
int ybh_idem_store(yb_req *r);
/* Frees the key again when only the writes of a refusal are kept. */
int ybh_idem_release(yb_req *r);
/* Prints the problem into t->reply. */
void ybh_problem_print(yb_req *r);
/* The rows of this request in the access log, in its open transaction; 0 or negative. */
int ybh_audit_request(yb_req *r, bool ok);
/* The same of a request without one, committed when 0 is answered. */
int ybh_audit_alone(yb_req *r, bool ok);
void ybh_audit_forget(yb_req *r);
void ybh_metrics_request(const yb_req *r, int64_t took_us);

/* serve.c: a fresh request of the thread, and the transaction around its route's handler. */
yb_req *ybh_request_new(struct ybh_thread *t);
int ybh_write_run(yb_req *r);
/* run.c: undoes what an attempt that will be repeated has left in the run. */
void ybh_run_forget(struct ybh_run *run);

#endif
