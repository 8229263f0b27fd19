/*
 * citizen.h - the person's own view (H-3-3): who looks, at whom, and how much of it is shown.
 *
 * People come through マイナポータル: by a statement it has signed with each call, or in a session
 * of our own which such a statement has opened. A pairwise identifier is known here by its HMAC
 * only. What may not be seen is answered exactly as what does not exist (P-09, P-11): the same
 * answer, by the same statements of the database.
 */
#ifndef RECORD_CITIZEN_H
#define RECORD_CITIZEN_H

#include <yb/session.h>
#include <yb/token.h>

#include "record.h"

#define CITIZEN_PERSONS 20
#define PAIRWISE_MAX    128

/* How a caller says whom: the portal by a statement, a session by a number of its list. */
struct behalf {
	yb_str statement;
	yb_int person;
};

/* clang-format off */
#define BEHALF_FIELDS(s, p)							\
	{ "assertion", YB_OF(s, p.statement), .flags = YB_SECRET, .max = 4096,	\
	    .note = "the portal: a statement about who looks at whom, used once" },	\
	{ "person", YB_OF(s, p.person), .max = CITIZEN_PERSONS - 1,		\
	    .note = "a session, instead: the person's number in it" }
/* clang-format on */

struct citizen { /* who looks, and at whom */
	int64_t actor_id;	 /* of the program that signed, or of the session */
	int64_t org_id;		 /* the portal */
	yb_str org_code;
	yb_bytes viewer, target; /* 32 bytes each */
	bool proxy;
	yb_str actor;		 /* the viewer in the access log: "C" and 11 characters */
	yb_str app_id, acr;
};

struct beheld { /* the person looked at */
	bool shown;	     /* false: everything below is nobody's */
	struct subject who;  /* the row that counts now */
	yb_disclosure may;
	yb_date hidden_from; /* with !may.institution; null: everything is hidden */
	yb_str ids;	     /* the rows of the person as JSON; "[0]" when not shown */
};

/* The claims every statement has. */
struct claims {
	yb_str iss, sub, aud, jti;
	int64_t iat, exp;
	yb_int nbf;
	yb_str app_id, acr;
};

/* clang-format off */
#define CLAIMS_FIELDS(s, p)							\
	{ "iss", YB_OF(s, p.iss), .flags = YB_REQUIRED, .max = PAIRWISE_MAX },	\
	{ "sub", YB_OF(s, p.sub), .flags = YB_REQUIRED, .max = PAIRWISE_MAX },	\
	{ "aud", YB_OF(s, p.aud), .flags = YB_REQUIRED, .max = 512 },		\
	{ "jti", YB_OF(s, p.jti), .flags = YB_REQUIRED, .max = 128 },		\
	{ "iat", YB_OF(s, p.iat), .flags = YB_REQUIRED },			\
	{ "exp", YB_OF(s, p.exp), .flags = YB_REQUIRED },			\
	{ "nbf", YB_OF(s, p.nbf) },						\
	{ "app_id", YB_OF(s, p.app_id), .flags = YB_REQUIRED, .max = 64 },	\
	{ "acr", YB_OF(s, p.acr), .flags = YB_REQUIRED, .max = 100 }
/* clang-format on */

/* A statement that claims one person. */
struct about {
	struct claims c;
	yb_str subject, relation;
	yb_str my_number, muni_code, muni_key; /* of a link only */
	yb_date birth_date;
};

/* ---- citizen.c ---- */

/*
 * The statement, good for the first time, from the portal: *ret_by has signed it, *out are its
 * claims. YB_NO_ROW: it is not. YB_DB_FAILED: recorded.
 */
enum yb_found citizen_statement(yb_req *r, yb_str text, const yb_field *claims, void *out,
    yb_statement *ret_by) YB_MUST_USE;
/* Under which name we know a pairwise identifier of a portal. */
yb_bytes citizen_hash(yb_req *r, yb_str org_code, yb_str pairwise);
yb_str citizen_name(yb_req *r, yb_bytes viewer);
/* Counts this use. CITIZEN_USED: the statement was used before; -1 recorded. */
enum { CITIZEN_GO, CITIZEN_USED, CITIZEN_OFTEN };
int citizen_use(yb_req *r, const struct citizen *c, yb_bytes jti, yb_time until) YB_MUST_USE;
/*
 * Who looks at whom, as the caller says it and may say it; -1 recorded. `claims` is
 * citizen_about, or citizen_link_claims for what only a link may claim.
 */
int citizen_open(yb_req *r, const struct behalf *by, const yb_field *claims, struct about *about,
    struct citizen *ret) YB_MUST_USE;
/* That person, and the marks the look leaves: proxy, alert (P-12), access log. -1 recorded. */
int citizen_behold(yb_req *r, const struct citizen *c, struct beheld *ret) YB_MUST_USE;

extern const yb_field citizen_about[], citizen_link_claims[];

/* ---- the wire shapes ---- */

struct citizen_search_in {
	struct behalf by;
	bool download;
};

struct citizen_enquiry_in {
	struct behalf by;
	yb_uuid record_id;
	yb_str text;
};

struct citizen_form {
	yb_str statement;
};

struct enquiry_query {
	yb_str state;
	yb_uuid enquiry_id, since;
	yb_int limit;
};

struct enquiry_answer {
	yb_str state, answer;
};

struct proxy_query {
	yb_uuid search_id;
	yb_str purpose, reason;
};

struct proxy_in {
	yb_int proxy_id;
	yb_str guardian_subject_no;
	bool everyone, blocked;
	yb_str reason;
};

struct evacuation_in {
	yb_date evacuated_on;
	yb_str reason;
};

extern const yb_field citizen_search_in[], citizen_view_out[], citizen_link_in[],
    citizen_accepted_out[], citizen_enquiry_in[], citizen_enquiry_out[], citizen_behalf_in[],
    citizen_enquiries_out[], citizen_form_in[], citizen_session_out[], record_enquiry_query[],
    record_enquiries_out[], record_enquiry_answer_in[], record_proxy_query[], record_proxies_out[],
    record_proxy_in[], record_proxy_out[], record_evacuation_in[], record_evacuation_out[];

extern const yb_query citizen_use_put, citizen_use_count, citizen_use_forget, citizen_linked,
    citizen_rows, citizen_standing, citizen_proxy_seen, citizen_alert_put, citizen_records,
    citizen_enquired, citizen_link_number, citizen_link_key, citizen_link_subject,
    citizen_session_person, citizen_session_forget, citizen_session_put,
    citizen_session_person_put, citizen_session_persons, citizen_record_of, citizen_enquiry_put,
    citizen_enquiries, record_enquiries, record_enquiry_count, record_enquiry_read,
    record_enquiry_answer_put, record_proxies, record_proxy_find, record_proxy_put,
    record_proxy_change, record_evacuation_read, record_evacuation_put, record_evacuation_clear;

yb_handler citizen_search, citizen_link, citizen_enquire, citizen_enquiries_show, citizen_login,
    citizen_session_show, citizen_logout, record_enquiry_list, record_enquiry_answered,
    record_proxy_list, record_proxy_set, record_evacuation_set;

#endif
