/*
 * citizen_session.c - the portal hands a browser over to the pages served here (security 9.2).
 *
 * The browser comes with a form the portal has filled: a statement that names whom its bearer may
 * look at. It opens a session of one hour, or of a quarter of an hour without a sign of life. The
 * names of the persons are the portal's; no data of ours tells who is known here.
 */
#include "citizen.h"

struct person_claim {
	yb_str subject, relation, name;
};

static const yb_field person_claim[] = {
	{ "subject", YB_OF(struct person_claim, subject), .flags = YB_REQUIRED, .max = PAIRWISE_MAX },
	{ "relation", YB_OF(struct person_claim, relation), .flags = YB_REQUIRED, .max = 5,
	    .one_of = "self,proxy" },
	{ "name", YB_OF(struct person_claim, name), .max = 100, .format = &yb_format_name },
	{ 0 },
};

struct handover {
	struct claims c;
	yb_list persons;
};

static const yb_field handover_claims[] = {
	CLAIMS_FIELDS(struct handover, c),
	{ "persons", YB_OF(struct handover, persons), YB_EACH(person_claim, struct person_claim),
	    .flags = YB_REQUIRED, .min = 1, .max = CITIZEN_PERSONS },
	{ 0 },
};

const yb_field citizen_form_in[] = {
	{ "assertion", YB_OF(struct citizen_form, statement), .flags = YB_SECRET, .max = 4096,
	    .note = "a statement of the portal with the claim persons" },
	{ 0 },
};

const yb_query citizen_session_forget = {
	.name = "citizen_session_forget",
	.sql = "DELETE FROM record_citizen WHERE expires_us < ? LIMIT 100",
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

const yb_query citizen_session_put = {
	.name = "citizen_session_put",
	.sql = "INSERT INTO record_citizen (viewer, app_id, acr, expires_us) VALUES (?, ?, ?, ?)",
	.nparams = 4,
	.tenant = YB_GLOBAL,
};

const yb_query citizen_session_person_put = {
	.name = "citizen_session_person_put",
	.sql = "INSERT INTO record_citizen_person (citizen_id, n, target, proxy, name)"
	       " VALUES (?, ?, ?, ?, ?)",
	.nparams = 5,
	.tenant = YB_GLOBAL,
};

static int
page(yb_req *r, int status, const char *to)
{
	yb_str body = yb_format_text(r,
	    "<!DOCTYPE html><html lang=\"ja\"><meta charset=\"utf-8\"><meta http-equiv=\"refresh\""
	    " content=\"0; url=%s\"><title>接種の記録</title><p><a href=\"%s\">接種の記録</a></p></html>",
	    to, to);

	return yb_reply_bytes(r, status, "text/html; charset=utf-8", NULL,
	    (yb_bytes) { (const unsigned char *)body.p, body.len });
}

/* A person is in front of it, not a program: they are led to a page that says so. */
static int
turned_away(yb_req *r)
{
	yb_audit_action(r, YB_ACT_LOGIN_FAIL);
	return page(r, 401, "/citizen?again=1");
}

/* Exactly the persons a statement may name: oneself as self, others as proxy. */
static bool
persons_good(const struct handover *h)
{
	const struct person_claim *at = h->persons.items;

	for (size_t i = 0; i < h->persons.n; i++)
		if (yb_str_is(at[i].relation, "self") != yb_str_eq(at[i].subject, h->c.sub))
			return false;
	return true;
}

static int
session_put(yb_req *r, const struct handover *h, const struct citizen *c, int64_t *ret_id)
{
	const struct person_claim *at = h->persons.items;
	yb_time ends = { yb_now(r).us + yb_option_i64(r, "citizen_absolute") * 1000000 };

	if (yb_db_exec(r, &citizen_session_forget, YB_ARGS(yb_at(yb_now(r))), NULL) != 0 ||
	    yb_db_exec(r, &citizen_session_put,
		YB_ARGS(yb_blob(c->viewer), yb_text(c->app_id), yb_text(c->acr), yb_at(ends)),
		NULL) != 0)
		return -1;
	*ret_id = yb_db_last_id(r);
	for (size_t i = 0; i < h->persons.n; i++)
		if (yb_db_exec(r, &citizen_session_person_put,
			YB_ARGS(yb_i64(*ret_id), yb_i64((int64_t)i),
			    yb_blob(citizen_hash(r, c->org_code, at[i].subject)),
			    yb_bool(yb_str_is(at[i].relation, "proxy")), yb_text(at[i].name)),
			NULL) != 0)
			return -1;
	return 0;
}

static int
session_open(yb_req *r, const struct handover *h, const struct citizen *c)
{
	yb_session_user u = { .user_id = c->actor, .org_id = c->org_id,
		.role = YB_STR(YB_ROLE_CITIZEN), .idle_seconds = yb_option_i64(r, "citizen_idle"),
		.absolute_seconds = yb_option_i64(r, "citizen_absolute") };
	yb_str csrf;

	if (session_put(r, h, c, &u.actor_id) < 0 || yb_session_open(r, &u, 1, &csrf) < 0)
		return -1;
	yb_reply_header(r, "Location", YB_STR("/citizen"));
	return page(r, 303, "/citizen");
}

/* POST /record/citizen/session - the portal's form: a session, and on to the page. */
int
citizen_login(yb_req *r)
{
	const struct citizen_form *in = yb_body(r);
	yb_str from = yb_option_text(r, "citizen_origin");
	struct handover h = { 0 };
	yb_statement by = { 0 };
	struct citizen c;
	int rc;

	if (yb_form_bad(r) || in->statement.p == NULL ||
	    (!yb_str_empty(from) && !yb_str_eq(yb_header(r, "Origin"), from)))
		return turned_away(r);
	switch (citizen_statement(r, in->statement, handover_claims, &h, &by)) {
	case YB_DB_FAILED:
		return -1;
	case YB_NO_ROW:
		return turned_away(r);
	case YB_ONE_ROW:
		break;
	}
	if (!persons_good(&h))
		return turned_away(r);
	c = (struct citizen) { .actor_id = by.actor_id, .org_id = by.org_id, .org_code = by.org_code,
		.viewer = citizen_hash(r, by.org_code, h.c.sub), .app_id = h.c.app_id,
		.acr = h.c.acr };
	c.actor = citizen_name(r, c.viewer);
	yb_audit_actor(r, YB_CITIZEN, c.actor, c.org_id, c.org_code);
	yb_audit_target(r, "app", c.app_id);
	rc = citizen_use(r, &c, by.jti_sha256, by.exp);
	if (rc < 0)
		return -1;
	return rc == CITIZEN_GO ? session_open(r, &h, &c) : turned_away(r);
}

/* ---- GET /record/citizen/session ---- */

struct session_person {
	int64_t person;
	yb_str relation, name;
};

static const yb_field session_person_row[] = {
	{ "person", YB_OF(struct session_person, person) },
	{ "relation", YB_OF(struct session_person, relation), .one_of = "self,proxy" },
	{ "name", YB_OF(struct session_person, name), .note = "as the portal calls them" },
	{ 0 },
};

struct session_out {
	yb_str csrf;
	int64_t idle_seconds;
	yb_list persons;
};

const yb_field citizen_session_out[] = {
	{ "csrf_token", YB_OF(struct session_out, csrf), .flags = YB_SECRET },
	{ "idle_seconds", YB_OF(struct session_out, idle_seconds) },
	{ "persons", YB_OF(struct session_out, persons),
	    YB_EACH(session_person_row, struct session_person) },
	{ 0 },
};

const yb_query citizen_session_persons = {
	.name = "citizen_session_persons",
	.sql = "SELECT n AS person, IF(proxy, 'proxy', 'self') AS relation, name"
	       "  FROM record_citizen_person WHERE citizen_id = ? ORDER BY n LIMIT 20",
	.row = session_person_row,
	.row_size = sizeof(struct session_person),
	.nparams = 1,
	.tenant = YB_SELF,
};

/* GET /record/citizen/session - whom this session may look at. */
int
citizen_session_show(yb_req *r)
{
	struct session_out out = { .csrf = yb_session_csrf(r),
		.idle_seconds = yb_session_idle_seconds(r) };

	if (yb_db_list(r, &citizen_session_persons, YB_NO_ARGS, CITIZEN_PERSONS, &out.persons) < 0)
		return -1;
	return yb_reply_record(r, 200, citizen_session_out, &out);
}

/* POST /record/citizen/session/end - logged out. */
int
citizen_logout(yb_req *r)
{
	return yb_session_close(r) < 0 ? -1 : yb_reply_empty(r);
}
