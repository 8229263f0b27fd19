/*
 * citizen.c - who looks at whom (H-3-3), and whether they may (P-08, P-09, P-11, P-12).
 */
#include "citizen.h"

#define ALERT_US ((int64_t)3600 * 1000000) /* looks within an hour are one alert */
#define USE_US	 ((int64_t)60 * 1000000)

const yb_field citizen_about[] = {
	CLAIMS_FIELDS(struct about, c),
	{ "subject", YB_OF(struct about, subject), .flags = YB_REQUIRED, .max = PAIRWISE_MAX },
	{ "relation", YB_OF(struct about, relation), .flags = YB_REQUIRED, .max = 5,
	    .one_of = "self,proxy" },
	{ 0 },
};

const yb_field citizen_link_claims[] = {
	CLAIMS_FIELDS(struct about, c),
	{ "subject", YB_OF(struct about, subject), .flags = YB_REQUIRED, .max = PAIRWISE_MAX },
	{ "relation", YB_OF(struct about, relation), .flags = YB_REQUIRED, .max = 5,
	    .one_of = "self,proxy" },
	{ "my_number", YB_OF(struct about, my_number), .flags = YB_SECRET, .min = 12, .max = 12 },
	{ "muni_code", YB_OF(struct about, muni_code), .max = 6, .format = &yb_format_muni_code },
	{ "muni_key", YB_OF(struct about, muni_key), .max = 100, .format = &record_format_key },
	{ "birth_date", YB_OF(struct about, birth_date) },
	{ 0 },
};

/* ---- names of people we do not know ---- */

yb_bytes
citizen_hash(yb_req *r, yb_str org_code, yb_str pairwise)
{
	return yb_match_key(r, YB_STR("citizen"),
	    yb_format_text(r, "%.*s/%.*s", (int)org_code.len, org_code.p, (int)pairwise.len,
		pairwise.p));
}

yb_str
citizen_name(yb_req *r, yb_bytes viewer)
{
	static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; /* no I, L, O, U */
	char *p = yb_alloc(r, 12);

	p[0] = 'C';
	for (size_t i = 1; i < 12; i++)
		p[i] = digits[viewer.p[i] & 31];
	return (yb_str) { p, 12 };
}

/* ---- statements ---- */

enum yb_found
citizen_statement(yb_req *r, yb_str text, const yb_field *claims, void *out, yb_statement *ret_by)
{
	enum yb_found found = yb_statement_read(r, text,
	    yb_option_i64(r, "citizen_statement_seconds"), claims, out, ret_by);
	yb_str scopes;

	if (found != YB_ONE_ROW)
		return found;
	scopes = yb_format_text(r, "%.*s", (int)ret_by->scope.len, ret_by->scope.p);
	return ret_by->org_type == YB_ORG_MNP && yb_word_in(YB_STR("citizen:read"), scopes.p, ' ')
	    ? YB_ONE_ROW
	    : YB_NO_ROW;
}

const yb_query citizen_use_put = {
	.name = "citizen_use_put",
	.sql = "INSERT INTO record_citizen_use (actor_id, jti_sha256, viewer, at_us, expires_us)"
	       " VALUES (?, ?, ?, ?, ?)",
	.nparams = 5,
	.tenant = YB_GLOBAL,
};

struct used {
	int64_t n;
};

static const yb_field used_row[] = {
	{ "n", YB_OF(struct used, n) },
	{ 0 },
};

const yb_query citizen_use_count = {
	.name = "citizen_use_count",
	.sql = "SELECT COUNT(*) AS n FROM record_citizen_use WHERE viewer = ? AND at_us > ?",
	.row = used_row,
	.row_size = sizeof(struct used),
	.nparams = 2,
	.tenant = YB_GLOBAL,
};

const yb_query citizen_use_forget = {
	.name = "citizen_use_forget",
	.sql = "DELETE FROM record_citizen_use WHERE expires_us < ? LIMIT 100",
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

int
citizen_use(yb_req *r, const struct citizen *c, yb_bytes jti, yb_time until)
{
	int64_t now = yb_now(r).us;
	struct used used = { 0 };
	int rc;

	/* Now and then, and a minute late: what is forgotten is neither good nor counted any more. */
	if (now % 8 == 0 &&
	    yb_db_exec(r, &citizen_use_forget, YB_ARGS(yb_i64(now - USE_US)), NULL) != 0)
		return -1;
	rc = yb_db_exec(r, &citizen_use_put,
	    YB_ARGS(yb_i64(c->actor_id), yb_blob(jti), yb_blob(c->viewer), yb_i64(now),
		yb_at(until)),
	    NULL);
	if (rc == YB_DUPLICATE)
		return CITIZEN_USED;
	if (rc < 0 ||
	    yb_db_one(r, &citizen_use_count, YB_ARGS(yb_blob(c->viewer), yb_i64(now - USE_US)),
		&used) != YB_ONE_ROW)
		return -1;
	yb_keep_writes(r); /* used is used, whatever the answer will be */
	return used.n <= yb_option_i64(r, "citizen_per_minute") ? CITIZEN_GO : CITIZEN_OFTEN;
}

/* ---- whom a caller speaks for ---- */

static int
use_or_refuse(yb_req *r, const struct citizen *c, yb_bytes jti, yb_time until)
{
	switch (citizen_use(r, c, jti, until)) {
	case CITIZEN_GO:
		return 0;
	case CITIZEN_USED:
		return yb_problem_field(r, "E-CIT-002", "/assertion");
	case CITIZEN_OFTEN:
		yb_retry_after(r, 60);
		return yb_problem(r, "E-TKN-004");
	default:
		return -1;
	}
}

static int
open_statement(yb_req *r, yb_str text, const yb_field *claims, struct about *a, struct citizen *c)
{
	yb_statement by = { 0 };

	switch (citizen_statement(r, text, claims, a, &by)) {
	case YB_DB_FAILED:
		return -1;
	case YB_NO_ROW:
		return yb_problem_field(r, "E-CIT-002", "/assertion");
	case YB_ONE_ROW:
		break;
	}
	/* A statement is good in the hands of its signer only. */
	if (by.actor_id != yb_who(r)->actor_id ||
	    yb_str_is(a->relation, "self") != yb_str_eq(a->c.sub, a->subject))
		return yb_problem_field(r, "E-CIT-002", "/assertion");
	*c = (struct citizen) { .actor_id = by.actor_id, .org_id = by.org_id, .org_code = by.org_code,
		.viewer = citizen_hash(r, by.org_code, a->c.sub),
		.target = citizen_hash(r, by.org_code, a->subject),
		.proxy = yb_str_is(a->relation, "proxy"), .app_id = a->c.app_id, .acr = a->c.acr };
	c->actor = citizen_name(r, c->viewer);
	return use_or_refuse(r, c, by.jti_sha256, by.exp);
}

static const yb_field session_person_row[] = {
	{ "viewer", YB_OF(struct citizen, viewer) },
	{ "app_id", YB_OF(struct citizen, app_id) },
	{ "acr", YB_OF(struct citizen, acr) },
	{ "target", YB_OF(struct citizen, target) },
	{ "proxy", YB_OF(struct citizen, proxy) },
	{ 0 },
};

const yb_query citizen_session_person = {
	.name = "citizen_session_person",
	.sql = "SELECT c.viewer, c.app_id, c.acr, p.target, p.proxy FROM record_citizen c"
	       "  JOIN record_citizen_person p ON p.citizen_id = c.citizen_id"
	       " WHERE c.citizen_id = ? AND p.n = ?",
	.row = session_person_row,
	.row_size = sizeof(struct citizen),
	.nparams = 2,
	.tenant = YB_SELF,
};

static int
open_session(yb_req *r, int64_t person, struct citizen *c)
{
	yb_uuid once = yb_uuid_new();

	*c = (struct citizen) { 0 };
	if (yb_db_find(r, &citizen_session_person, YB_ARGS(yb_i64(person)), c) < 0)
		return -1;
	c->actor_id = yb_who(r)->actor_id;
	c->org_id = yb_who(r)->org_id;
	c->org_code = yb_who(r)->org_code;
	c->actor = yb_who(r)->actor;
	return use_or_refuse(r, c, yb_sha256(r, (yb_bytes) { once.b, sizeof once.b }), yb_now(r));
}

int
citizen_open(yb_req *r, const struct behalf *by, const yb_field *claims, struct about *about,
    struct citizen *ret)
{
	bool session = yb_who(r)->kind == YB_CITIZEN;
	int rc;

	if (session ? by->statement.p != NULL : by->person.set)
		yb_fault_add(r, session ? "/assertion" : "/person", "E-VAL-013");
	else if (session ? !by->person.set : by->statement.p == NULL)
		yb_fault_add(r, session ? "/person" : "/assertion", "E-VAL-001");
	if (yb_faults_refuse(r) < 0)
		return -1;
	rc = session ? open_session(r, by->person.v, ret)
		     : open_statement(r, by->statement, claims, about, ret);
	if (rc < 0)
		return -1;
	yb_audit_actor(r, YB_CITIZEN, ret->actor, ret->org_id, ret->org_code);
	yb_audit_target(r, "app", ret->app_id);
	yb_audit_purpose(r, (yb_str) { 0 },
	    yb_format_text(r, "%s, %.*s", ret->proxy ? "代理" : "本人", (int)ret->acr.len,
		ret->acr.p));
	return 0;
}

/* ---- the person ---- */

struct linked {
	int64_t target_id, viewer_id; /* 0: not linked */
};

static const yb_field linked_row[] = {
	{ "target_id", YB_OF(struct linked, target_id) },
	{ "viewer_id", YB_OF(struct linked, viewer_id) },
	{ 0 },
};

const yb_query citizen_linked = {
	.name = "citizen_linked",
	.sql = "SELECT COALESCE((SELECT l.subject_id FROM record_citizen_link l WHERE l.pairwise = ?),"
	       "  0) AS target_id, COALESCE((SELECT m.subject_id FROM record_citizen_link m"
	       "  WHERE m.pairwise = ?), 0) AS viewer_id",
	.row = linked_row,
	.row_size = sizeof(struct linked),
	.nparams = 2,
	.tenant = YB_CROSS,
};

/* All rows of one person (person.c), beginning with one of them; nobody is row 0. */
#define PERSON(name)                                                                         \
	name " (id) AS (SELECT CAST(? AS SIGNED)"                                            \
	     "  UNION SELECT q.b_id FROM " name " JOIN record_pair q ON q.a_id = " name ".id" \
	     "   AND q.state = 'SAME'"                                                        \
	     "  UNION SELECT q.a_id FROM " name " JOIN record_pair q ON q.b_id = " name ".id" \
	     "   AND q.state = 'SAME')"

const yb_query citizen_rows = {
	.name = "citizen_rows",
	.sql = "WITH RECURSIVE " PERSON("p") " SELECT" SUBJECT_COLUMNS
	       "  FROM p JOIN record_subject s ON s.subject_id = p.id"
	       " ORDER BY s.resident_state = '住民' DESC, s.subject_id DESC LIMIT 20",
	.row = record_subject_row,
	.row_size = sizeof(struct subject),
	.nparams = 1,
	.tenant = YB_CROSS,
};

struct standing {
	int64_t blocked;
	yb_date evacuated_on;
};

static const yb_field standing_row[] = {
	{ "blocked", YB_OF(struct standing, blocked) },
	{ "evacuated_on", YB_OF(struct standing, evacuated_on) },
	{ 0 },
};

/* Who cannot be told from a guardian that is blocked is not let through either. */
const yb_query citizen_standing = {
	.name = "citizen_standing",
	.sql = "WITH RECURSIVE " PERSON("t") ", " PERSON("v")
	       " SELECT EXISTS (SELECT 1 FROM record_proxy x JOIN t ON t.id = x.subject_id"
	       "   WHERE x.blocked = 1 AND (x.viewer = k.viewer"
	       "    OR (x.viewer IS NULL AND x.guardian_id IS NULL)"
	       "    OR (x.guardian_id IS NOT NULL AND (k.known = 0"
	       "     OR x.guardian_id IN (SELECT v.id FROM v))))) AS blocked,"
	       "  (SELECT MIN(e.evacuated_on) FROM record_evacuation e JOIN t ON t.id = e.subject_id)"
	       "   AS evacuated_on FROM (SELECT ? AS viewer, ? AS known) k",
	.row = standing_row,
	.row_size = sizeof(struct standing),
	.nparams = 4,
	.tenant = YB_CROSS,
};

const yb_query citizen_proxy_seen = {
	.name = "citizen_proxy_seen",
	.sql = "INSERT INTO record_proxy (subject_id, viewer, guardian_id, first_us, last_us)"
	       " SELECT s.subject_id, ?, NULLIF(?, 0), ?, ? FROM record_subject s"
	       "  WHERE s.subject_id = ? AND ?"
	       " ON DUPLICATE KEY UPDATE last_us = VALUES(last_us),"
	       "  guardian_id = COALESCE(VALUES(guardian_id), record_proxy.guardian_id)",
	.nparams = 6,
	.tenant = YB_CROSS,
};

const yb_query citizen_alert_put = {
	.name = "citizen_alert_put",
	.sql = "INSERT INTO record_alert (org_id, kind, actor, subject_no, n, since_us, until_us,"
	       "  created_us) SELECT s.org_id, 'restricted', k.actor, s.subject_no, 1, k.us, k.us, k.us"
	       "  FROM (SELECT ? AS actor, ? AS us, ? AS since) k JOIN record_subject s"
	       " WHERE s.subject_id = ? AND ? AND NOT EXISTS (SELECT 1 FROM record_alert a"
	       "  WHERE a.org_id = s.org_id AND a.kind = 'restricted' AND a.actor = k.actor"
	       "   AND a.subject_no = s.subject_no AND a.until_us >= k.since)",
	.nparams = 5,
	.tenant = YB_CROSS,
};

struct person {
	yb_list rows; /* struct subject, that which counts now first; none registered in error */
	bool not_disclosed, self_info_blocked, dead;
};

static void
person_sum(yb_req *r, struct person *p)
{
	struct subject *at = p->rows.items;
	size_t kept = 0;

	for (size_t i = 0; i < p->rows.n; i++) {
		if (yb_str_is(at[i].elim_reason, "3"))
			continue;
		p->not_disclosed = p->not_disclosed || at[i].not_disclosed;
		p->self_info_blocked = p->self_info_blocked || at[i].self_info_blocked;
		p->dead = p->dead || !yb_date_is_null(at[i].death_date) ||
		    yb_str_is(at[i].elim_reason, "2");
		yb_audit_subject(r, at[i].subject_no);
		at[kept++] = at[i];
	}
	p->rows.n = kept;
}

static yb_str
rows_json(yb_req *r, const struct person *p)
{
	const struct subject *at = p->rows.items;
	yb_str text = yb_format_text(r, "[%lld", (long long)at[0].subject_id);

	for (size_t i = 1; i < p->rows.n; i++)
		text = yb_format_text(r, "%.*s,%lld", (int)text.len, text.p,
		    (long long)at[i].subject_id);
	return yb_format_text(r, "%.*s]", (int)text.len, text.p);
}

/* What stays of the look: the municipality sees who came as a proxy, and P-12. */
static int
marks_leave(yb_req *r, const struct citizen *c, const struct linked *l, const struct person *p,
    bool alert)
{
	const struct subject *now = p->rows.n == 0 ? NULL : p->rows.items;
	yb_value id = yb_i64(now == NULL ? 0 : now->subject_id), us = yb_at(yb_now(r));

	if (alert && now != NULL)
		yb_audit_alert(r, "restricted", now->subject_no);
	if (yb_db_exec(r, &citizen_proxy_seen,
		YB_ARGS(yb_blob(c->viewer), yb_i64(l->viewer_id), us, us, id, yb_bool(c->proxy)),
		NULL) < 0 ||
	    yb_db_exec(r, &citizen_alert_put,
		YB_ARGS(yb_text(c->actor), us, yb_i64(yb_now(r).us - ALERT_US), id, yb_bool(alert)),
		NULL) < 0)
		return -1;
	return 0;
}

int
citizen_behold(yb_req *r, const struct citizen *c, struct beheld *ret)
{
	struct person p = { 0 };
	struct standing at = { 0 };
	struct linked l;
	bool blocked, restricted;

	if (yb_db_find(r, &citizen_linked, YB_ARGS(yb_blob(c->target), yb_blob(c->viewer)), &l) < 0 ||
	    yb_db_list(r, &citizen_rows, YB_ARGS(yb_i64(l.target_id)), PERSON_ROWS, &p.rows) < 0 ||
	    yb_db_find(r, &citizen_standing,
		YB_ARGS(yb_i64(l.target_id), yb_i64(l.viewer_id), yb_blob(c->viewer),
		    yb_bool(l.viewer_id != 0)),
		&at) < 0)
		return -1;
	person_sum(r, &p);
	*ret = (struct beheld) { .ids = YB_STR("[0]"), .hidden_from = at.evacuated_on,
		.who = { .birth_date = yb_today(r), .sex = YB_STR("9") } };
	ret->may = yb_disclose(YB_VIEW_SELF,
	    (yb_subject_flags) { .not_disclosed = p.not_disclosed,
		.self_info_blocked = p.self_info_blocked });
	blocked = c->proxy && at.blocked != 0;
	restricted = p.not_disclosed || p.self_info_blocked || blocked;
	if (marks_leave(r, c, &l, &p, p.rows.n > 0 && restricted) < 0)
		return -1;
	if (p.rows.n == 0 || p.dead || blocked || !ret->may.exists || !ret->may.self_info)
		return 0;
	ret->shown = true;
	ret->who = *(const struct subject *)p.rows.items;
	ret->ids = rows_json(r, &p);
	return 0;
}
