/*
 * auth.c - who is calling, and may they (security 9.1; wire: Tokens).
 *
 * Driven by the route's line alone. Whatever is not said there is refused.
 */
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#include "internal.h"
#include "overlay.h"

/* The certificate nginx verified on the mutual-TLS listener, as base64url SHA-256 of its DER. */
static void
peer_certificate(yb_req *r)
{
	yb_str pem = { NULL, 0 }, verify = { NULL, 0 };
	unsigned char hash[32];
	unsigned char *der = NULL;
	char *text;
	X509 *cert;
	BIO *bio;
	int n;

	for (size_t i = 0; r->in->params[i] != NULL; i++) {
		if (strncmp(r->in->params[i], "YB_CLIENT_CERT=", 15) == 0)
			pem = yb_cstr(r->in->params[i] + 15);
		if (strncmp(r->in->params[i], "YB_CLIENT_VERIFY=", 17) == 0)
			verify = yb_cstr(r->in->params[i] + 17);
	}
	if (!r->mtls || pem.len == 0 || !yb_str_is(verify, "SUCCESS"))
		return;
	pem = ybh_percent_decode(r, pem, false);
	bio = pem.p == NULL ? NULL : BIO_new_mem_buf(pem.p, (int)pem.len);
	cert = bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, NULL, NULL);
	n = cert == NULL ? -1 : i2d_X509(cert, &der);
	if (n > 0) {
		ybh_sha256(der, (size_t)n, hash);
		text = ybh_arena_must(r->arena, 64);
		r->peer_x5t = (yb_str) { text, ybh_b64url(hash, sizeof hash, text) };
	}
	OPENSSL_free(der);
	X509_free(cert);
	BIO_free(bio);
}

/* Guessing is slow: an address may fail so often, whatever it sends along. */
static int
stranger(yb_req *r)
{
	int64_t who = 1;
	unsigned wait;

	for (size_t i = 0; i < r->peer.len; i++)
		who = (int64_t)(((uint64_t)who ^ (unsigned char)r->peer.p[i]) * UINT64_C(1099511628211));
	wait = ybh_limiter_take(r->p->strangers, who == 0 ? 1 : who, ybh_mono_us());
	if (wait == 0)
		return 0;
	r->problem = r->detail[0] = r->detail[1] = NULL;
	yb_retry_after(r, wait);
	return yb_problem(r, "E-TKN-004");
}

static int
challenge(yb_req *r, bool sent)
{
	if (stranger(r) < 0)
		return -1;
	if ((r->match.route->who & YB_CLIENT) == 0)
		yb_reply_header(r, "WWW-Authenticate", YB_STR("Session realm=\"yobo\""));
	else if (sent)
		yb_reply_header(r, "WWW-Authenticate",
		    YB_STR("Bearer realm=\"yobo\", error=\"invalid_token\""));
	else
		yb_reply_header(r, "WWW-Authenticate", YB_STR("Bearer realm=\"yobo\""));
	return -1;
}

static int
client_authenticate(yb_req *r, yb_str token)
{
	unsigned wait;

	switch (ybh_request_token(r, token)) {
	case YBH_TOKEN_OK:
		break;
	case YBH_TOKEN_UNSURE:
		yb_retry_after(r, 2);
		return yb_problem(r, "E-SYS-002");
	case YBH_TOKEN_INVALID:
		(void)yb_problem(r, "E-TKN-002");
		return challenge(r, true);
	}
	if (r->token.cls != YB_TOKEN_ISSUED && r->token.cls != YB_TOKEN_ACCESS) {
		(void)yb_problem(r, "E-TKN-002"); /* made for our own processes, not for routes */
		return challenge(r, true);
	}
	switch (ybh_client_find(r, r->token.client_id)) {
	case YB_DB_FAILED:
		return -1;
	case YB_NO_ROW:
		(void)yb_problem(r, "E-TKN-002");
		return challenge(r, true);
	case YB_ONE_ROW:
		break;
	}
	wait = ybh_limiter_take(r->p->limiter, r->caller.actor_id, ybh_mono_us());
	if (wait > 0) {
		yb_retry_after(r, wait);
		return yb_problem(r, "E-TKN-004");
	}
	if (!ybh_client_address_ok(r))
		return yb_problem(r, "E-TKN-003");
	if (!yb_str_eq(r->caller.org_code, r->token.org)) {
		(void)yb_problem(r, "E-TKN-002");
		return challenge(r, true);
	}
	return 0;
}

int
ybh_authenticate(yb_req *r)
{
	yb_str h = ybh_header(r, "HTTP_AUTHORIZATION");
	int rc;

	peer_certificate(r);
	if (r->match.route->who == YB_PUBLIC) {
		/* A login or logout may carry a session; nothing else is looked at. */
		return 0;
	}
	if (h.len > 7 && (memcmp(h.p, "Bearer ", 7) == 0 || memcmp(h.p, "bearer ", 7) == 0))
		return client_authenticate(r, (yb_str) { h.p + 7, h.len - 7 });
	if (h.p == NULL && (r->match.route->who & (YB_STAFF | YB_CITIZEN)) != 0) {
		rc = ybh_session_check(r);
		if (rc != 0)
			return rc < 0 ? -1 : 0;
		(void)yb_problem(r, "E-AUTH-003");
		return challenge(r, false);
	}
	(void)yb_problem(r, "E-TKN-002");
	return challenge(r, h.p != NULL);
}

/* Any one of "a|b". */
static bool
scope_allows(const yb_req *r, const char *any)
{
	char one[64];

	while (*any != '\0') {
		size_t n = strcspn(any, "|");

		if (n < sizeof one) {
			memcpy(one, any, n);
			one[n] = '\0';
			if (yb_has_scope(r, one))
				return true;
		}
		any += n + (any[n] != '\0' ? 1 : 0);
	}
	return false;
}

static int
client_authorise(yb_req *r)
{
	const yb_route *route = r->match.route;

	if ((route->who & YB_CLIENT) == 0)
		return yb_problem(r, "E-AUTH-004");
	if (!scope_allows(r, route->scope)) {
		yb_reply_header(r, "WWW-Authenticate",
		    YB_STR("Bearer realm=\"yobo\", error=\"insufficient_scope\""));
		return yb_problem(r, "E-TKN-005");
	}
	if (route->bound && !r->caller.bound) {
		(void)yb_problem(r, "E-TKN-006");
		return challenge(r, true);
	}
	return 0;
}

/* Browsers say where a request comes from; what they say must be us. */
static bool
same_origin(const yb_req *r)
{
	yb_str origin = ybh_header(r, "HTTP_ORIGIN");
	yb_str site = ybh_header(r, "HTTP_SEC_FETCH_SITE");

	if (origin.p != NULL && !yb_str_is(origin, r->p->base_url))
		return false;
	return site.p == NULL || yb_word_in(site, "same-origin,none", ',');
}

/* What changes something with a session must come from a page of ours. */
static int
from_our_page(yb_req *r)
{
	const yb_route *route = r->match.route;
	yb_str csrf = ybh_header(r, "HTTP_X_YOBO_CSRF");

	if (route->method == YB_GET || (route->flags & YB_NO_CSRF) != 0)
		return 0;
	if (!same_origin(r) || csrf.len != r->session.csrf.len ||
	    !ybh_same(csrf.p, r->session.csrf.p, csrf.len))
		return yb_problem(r, "E-AUTH-007");
	return 0;
}

static int
citizen_authorise(yb_req *r)
{
	if (from_our_page(r) < 0)
		return -1;
	return (r->match.route->who & YB_CITIZEN) != 0 ? 0 : yb_problem(r, "E-AUTH-004");
}

static int
staff_authorise(yb_req *r)
{
	const yb_route *route = r->match.route;
	int64_t fresh = ybh_option_number(r->p->conf, "core", ybh_core_options, "step_up");

	if (from_our_page(r) < 0)
		return -1;
	if (r->session.temporary && (route->flags & YB_ANY_STATE) == 0)
		return yb_problem(r, "E-AUTH-009");
	if ((route->who & YB_STAFF) == 0 ||
	    (strcmp(route->roles, "*") != 0 &&
		(!yb_word_in(r->caller.role, route->roles, ',') ||
		    ybh_overlay_closed(r->p, r->caller.role, route->function, route->action))))
		return yb_problem(r, "E-AUTH-004");
	if (route->step_up && r->now.us - r->session.stepped_up_us > fresh * 1000000)
		return yb_problem(r, "E-AUTH-008");
	return 0;
}

int
ybh_authorise(yb_req *r)
{
	switch (r->caller.kind) {
	case YB_CLIENT:
		return client_authorise(r);
	case YB_STAFF:
		return staff_authorise(r);
	case YB_CITIZEN:
		return citizen_authorise(r);
	case YB_PUBLIC:
	case YB_SYSTEM:
		break;
	}
	if (r->match.route->who != YB_PUBLIC)
		return yb_problem(r, "E-AUTH-004");
	if ((r->match.route->flags & YB_CROSS_SITE) != 0)
		return 0;
	return same_origin(r) ? 0 : yb_problem(r, "E-AUTH-007");
}
