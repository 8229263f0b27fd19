/*
 * yb/request.h - what a handler may ask, and how it answers.
 *
 * When a handler runs, the core has already matched the route, authenticated and
 * authorised the caller, checked CSRF, body and parameters against the tables, begun
 * the transaction of a write and reserved the Idempotency-Key. Input cannot fail any
 * more; the call that fails has recorded why; the handler says `return -1`.
 *
 * All memory from here belongs to the request and ends with it.
 */
#ifndef YB_REQUEST_H
#define YB_REQUEST_H

#include <yb/db.h>

typedef int yb_handler(yb_req *r); /* 0: an answer was given; -1: a problem was recorded */

/* Who may call a route (bits), and who does (one of them). */
enum yb_audience {
	YB_STAFF = 1,	/* a person of an organisation, by session cookie */
	YB_CITIZEN = 2, /* a resident, by session cookie */
	YB_CLIENT = 4,	/* a program of an organisation, by access token */
	YB_PUBLIC = 8,	/* anyone, without credentials */
	YB_SYSTEM = 16, /* the house itself, by the clock; never the audience of a route */
};

/* Whose objects a route can reach; the queries it runs must agree. */
enum yb_reach {
	YB_REACH_UNSAID = 0, /* refused at load */
	YB_REACH_NOBODY, /* no organisation's data: login, metadata, masters */
	YB_REACH_SELF,	 /* the caller's own */
	YB_REACH_OWN,	 /* the caller's organisation's; others are 404, as absence */
	YB_REACH_CROSS,	 /* beyond it, through yb_disclose() */
};

/* Organisation types, vaccination brief 1.1. */
enum yb_org_type {
	YB_ORG_NONE = 0,
	YB_ORG_NHIC,
	YB_ORG_NHIF,
	YB_ORG_MHLW,
	YB_ORG_MUNI,
	YB_ORG_HMI,
	YB_ORG_NMI,
	YB_ORG_OPS,
	YB_ORG_INSURER,
	YB_ORG_MNP,
};

typedef struct yb_caller {
	enum yb_audience kind;
	int64_t actor_id; /* user or client, as YB_SELF binds it; 0: public */
	yb_str actor;	  /* user_id or client_id, as people know it */
	int64_t org_id;	  /* as YB_ORG binds it; 0: public */
	yb_str org_code;
	enum yb_org_type org_type;
	yb_str role;	      /* staff: "MU-A" ...; others: null */
	bool restricted_view; /* staff: may open subjects under 支援措置 */
	yb_str scope;	      /* client: the token's scopes, space separated */
	bool bound;	      /* client: the token is bound to its certificate */
} yb_caller;

/* ---- asking ---- */

const yb_caller *yb_who(const yb_req *r);
/* Whether the client's token carries a scope. Staff: false. */
bool yb_has_scope(const yb_req *r, const char *scope);
/* The struct the route's `body` table describes; never NULL where the route has one. */
const void *yb_body(const yb_req *r);
/* Whether the sender wrote this top-level member (null counts as written). */
bool yb_body_has(const yb_req *r, const char *name);
/* The struct the route's `query` table describes; never NULL where the route has one. */
const void *yb_params(const yb_req *r);
/* A {name} of the path, decoded. The name must be in the route: assert. */
yb_str yb_path(const yb_req *r, const char *name);
/* The moment the request arrived: one clock reading for the whole request. */
yb_time yb_now(const yb_req *r);
/* Today in Japan, from yb_now. */
yb_date yb_today(const yb_req *r);
/* An option of the module that owns the route (yb_option table). */
int64_t yb_option_i64(const yb_req *r, const char *name);
yb_str yb_option_text(const yb_req *r, const char *name);
/* What the module's start hook left, read-only. */
const void *yb_module_state(const yb_req *r);
/* The public address of this installation, "https://host" without a trailing slash. */
yb_str yb_base_url(const yb_req *r);
/* Text form of the peer's address, as nginx saw it. */
yb_str yb_peer(const yb_req *r);
/* The header User-Agent, at most 200 bytes; null when absent. */
yb_str yb_user_agent(const yb_req *r);
/*
 * Whether a YB_BODY_FORM had a field twice, badly encoded or against its table. Only forms
 * reach their handler so: their callers expect the errors of RFC 6749, not problem+json.
 */
bool yb_form_bad(const yb_req *r);
/*
 * A request header the core lets through (input.c has the list), by its HTTP name, e.g.
 * "Authorization"; null when absent.
 */
yb_str yb_header(const yb_req *r, const char *name);
/* Next bytes of a body of kind YB_BODY_UPLOAD: count, 0 at the end, -1 recorded. */
int64_t yb_upload_read(yb_req *r, void *buf, size_t size) YB_MUST_USE;

/* ---- memory ---- */

/* Zeroed, aligned for any type. Never NULL: the arena's limit is a fault of ours and aborts. */
void *yb_alloc(yb_req *r, size_t size);
yb_str yb_copy(yb_req *r, yb_str s);
yb_str yb_format_text(yb_req *r, const char *fmt, ...) YB_PRINTF(2, 3);

/*
 * Memory that outlives the request: only in a start hook, for the state it leaves. Zeroed,
 * never freed by hand, gone when the worker ends.
 */
void *yb_alloc_state(yb_req *boot, size_t size);

/*
 * Calls fn(arg) when the request, or the step of a run, has ended and its answer was sent, in
 * the same thread: to let go of what it held. It must not use the request any more.
 */
void yb_defer(yb_req *r, void (*fn)(void *arg), void *arg);

/* ---- words of the field ---- */

/* A new random UUID (version 4). */
yb_uuid yb_uuid_new(void);
/* n random decimal digits and their Luhn digit. */
yb_str yb_random_number(yb_req *r, unsigned n);
/* Text as it is searched: NFKC, small and half-width kana and letters folded, no spaces. */
yb_str yb_search_key(yb_req *r, yb_str s);
/* Kana as it is kept: half-width and hiragana to full-width katakana, spaces to U+3000. */
yb_str yb_kana(yb_req *r, yb_str s);
/* SHA-256 of the bytes, 32 bytes in the request's memory. */
yb_bytes yb_sha256(yb_req *r, yb_bytes b);
/* Two small hexadecimal digits a byte; null stays null. */
yb_str yb_hex(yb_req *r, yb_bytes b);
/* "2026-04-20", and a moment in Japan, "2026-04-20T09:30:00+09:00"; null stays null. */
yb_str yb_date_text(yb_req *r, yb_date d);
yb_str yb_time_text(yb_req *r, yb_time t);
/*
 * Seals a secret for a column (AES-256-GCM under the installation's field key) and opens
 * it. `place` ("table/column/id") is authenticated with it. Null stays null.
 * Sealed form: key id(1) nonce(12) tag(16) text.
 */
yb_bytes yb_seal(yb_req *r, yb_str place, yb_str secret);
int yb_unseal(yb_req *r, yb_str place, yb_bytes sealed, yb_str *ret) YB_MUST_USE;
/* Keyed hash for exact search of a sealed value (HMAC-SHA-256 under the match key), 32 bytes. */
yb_bytes yb_match_key(yb_req *r, yb_str purpose, yb_str secret);

/* ---- answering ---- */

/* The struct as JSON. Nothing is sent before the access log is committed. */
int yb_reply_record(yb_req *r, int status, const yb_field *fields, const void *record);
/* 204. */
int yb_reply_empty(yb_req *r);
/* Any bytes with their type; `filename` (NULL: inline) makes it a download. Bytes are lent. */
int yb_reply_bytes(yb_req *r, int status, const char *content_type, const char *filename,
    yb_bytes body);
/* A header of the answer; names and values of ours only, never input. */
void yb_reply_header(yb_req *r, const char *name, yb_str value);
/* ETag: "version", for If-Match of the next write. */
void yb_reply_etag(yb_req *r, int64_t version);
/* 0 when If-Match names `version` (or "*"); else -1: 428 without the header, 412 E-ACC-005 otherwise. */
int yb_if_match(yb_req *r, int64_t version) YB_MUST_USE;

/*
 * Problems (RFC 9457). `id` is a literal of the error catalogue, which knows status, title
 * and next step in Japanese and English. All answer -1. The first problem wins.
 */
int yb_problem(yb_req *r, const char *id);
/* As above, with one field named; further yb_fault calls add to the same answer. */
int yb_problem_field(yb_req *r, const char *id, const char *field);
/* One more thing wrong; `field` and `code` must be literals or the request's memory. */
void yb_fault_add(yb_req *r, const char *field, const char *code);
/* The same for a row of a YB_ROWWISE list. */
void yb_fault_row(yb_req *r, yb_faults *row, const char *field, const char *code);
/* 0 without faults; else -1 with a 422 (or the single fault's own status) recorded. */
int yb_faults_refuse(yb_req *r) YB_MUST_USE;
/*
 * What to do about this problem, in place of the catalogue's next step, where its figures are
 * those of the installation. Both texts are terminated and live as long as the request.
 */
void yb_problem_next(yb_req *r, const char *ja, const char *en);
/* Retry-After of the problem, in seconds. */
void yb_retry_after(yb_req *r, unsigned seconds);
/* Commit what was written although the answer is a problem (a counted login failure). */
void yb_keep_writes(yb_req *r);

/* ---- the access log (vaccination brief 12) ---- */

enum yb_action {
	YB_ACT_NONE = 0,
	YB_ACT_LOGIN, YB_ACT_LOGOUT, YB_ACT_LOGIN_FAIL,
	YB_ACT_LIST, YB_ACT_VIEW, YB_ACT_CREATE, YB_ACT_UPDATE, YB_ACT_CORRECT, YB_ACT_CANCEL,
	YB_ACT_DELETE, YB_ACT_PRINT, YB_ACT_EXPORT, YB_ACT_ISSUE, YB_ACT_APPROVE, YB_ACT_REJECT,
	YB_ACT_SEND, YB_ACT_RECEIVE, YB_ACT_CONFIG, YB_ACT_REVOKE, YB_ACT_ALERT,
};

/* The action of this request, where the route's own does not say it all. */
void yb_audit_action(yb_req *r, enum yb_action action);
/* The user or client an attempt to log in named, before there is a caller. */
void yb_audit_actor(yb_req *r, enum yb_audience kind, yb_str actor, int64_t org_id,
    yb_str org_code);
/* What was acted on, e.g. ("vaccination", record id). */
void yb_audit_target(yb_req *r, const char *type, yb_str id);
/* Why (CL_PURPOSE) and in the caller's words. */
void yb_audit_purpose(yb_req *r, yb_str code, yb_str reason);
/* A person whose data this answer carries or this write changes: one row each (L-02). */
void yb_audit_subject(yb_req *r, yb_str subject_no);
/*
 * A further row, where a request does more than one thing (brief 13: CREATE user, SEND). It is
 * written only when the request succeeds.
 */
void yb_audit_also(yb_req *r, enum yb_action action, const char *type, yb_str id);
/* A second row in the same transaction, e.g. the alert of P-12. */
void yb_audit_alert(yb_req *r, const char *kind, yb_str subject_no);

#endif
