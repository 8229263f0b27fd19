/*
 * token_notice.c - who issued a token, and the administrators, are told 30, 7 and 1 days before
 * it ends; of a program's certificate likewise (vaccination brief 13 H-2-1, States).
 *
 * Days are those of Japan, counted from the last day it is good. A notice of a day that was
 * missed is sent late rather than not; one for a moment before the issue is not sent.
 */
#include "token.h"

#include <string.h>

#define BATCH  20
#define DAY_US INT64_C(86400000000)
#define JST_US INT64_C(32400000000)

struct ending {
	int64_t actor_id, org_id, days;
	yb_str kind, name, mark, issued_by;
	yb_time expires;
};

static const yb_field ending_row[] = {
	{ "actor_id", YB_OF(struct ending, actor_id) },
	{ "org_id", YB_OF(struct ending, org_id) },
	{ "days", YB_OF(struct ending, days) },
	{ "kind", YB_OF(struct ending, kind) },
	{ "name", YB_OF(struct ending, name) },
	{ "mark", YB_OF(struct ending, mark) },
	{ "issued_by", YB_OF(struct ending, issued_by) },
	{ "expires_us", YB_OF(struct ending, expires) },
	{ 0 },
};

#define ENDING_PARAMS 9
#define STEP_OF(end) "IF(" end " <= ?, 1, IF(" end " <= ?, 7, 30))"

/* From the last one looked at on, in order: each night each of them is read once. */
#define ENDING(columns, of, end, since)                                                      \
	"SELECT x.actor_id, x.org_id, " STEP_OF(end) " AS days, " columns " FROM " of        \
	" WHERE x.status = 'ACTIVE' AND " end " > ? AND " end " <= ? AND x.actor_id > ?"     \
	" AND NOT EXISTS (SELECT 1 FROM token_notice n WHERE n.actor_id = x.actor_id"        \
	"  AND n.expires_us = " end " AND n.days = " STEP_OF(end) ")"                        \
	" AND (" since " IS NULL OR " since " <= " end " - " STEP_OF(end) " * 86400000000)"  \
	" ORDER BY x.actor_id LIMIT 20"

/* The step (30, 7, 1) each has reached, where nobody was told of it yet. */
const yb_query token_ending_soon = {
	.name = "token_ending_soon",
	.sql = "(" ENDING("'token' AS kind, x.name, x.last4 AS mark, x.issued_by, x.expires_us",
		   "token_issued x FORCE INDEX (token_issued_actor)", "x.expires_us",
		   "x.issued_us") ") UNION ALL ("
	       ENDING("'certificate', x.name, RIGHT(x.cert_x5t, 4), x.created_by, x.cert_until_us",
		   "token_client x FORCE INDEX (PRIMARY)", "x.cert_until_us",
		   "x.cert_from_us") ") ORDER BY actor_id LIMIT 20",
	.row = ending_row,
	.row_size = sizeof(struct ending),
	.nparams = 2 * ENDING_PARAMS,
	.tenant = YB_CROSS,
};

struct recipient {
	yb_str mail;
};

static const yb_field recipient_row[] = {
	{ "mail", YB_OF(struct recipient, mail) },
	{ 0 },
};

/* Programs of organisations without people here were registered by 国保中央会: its user. */
const yb_query token_recipients = {
	.name = "token_recipients",
	.sql = "SELECT DISTINCT mail FROM token_recipient"
	       " WHERE org_id = ? AND is_admin = 1"
	       " UNION SELECT mail FROM token_recipient WHERE user_id = ? ORDER BY mail LIMIT 50",
	.row = recipient_row,
	.row_size = sizeof(struct recipient),
	.nparams = 2,
	.tenant = YB_CROSS,
};

const yb_query token_notice_insert = {
	.name = "token_notice_insert",
	.sql = "INSERT INTO token_notice (actor_id, expires_us, days, sent_us) VALUES (?, ?, ?, ?)",
	.nparams = 4,
	.tenant = YB_CROSS,
};

/* The end of the n-th day from today in Japan. */
static yb_value
end_of_day(yb_req *r, int64_t n)
{
	return yb_i64((yb_date_days(yb_today(r)) + n + 1) * DAY_US - JST_US);
}

static int
mail_one(yb_req *r, const struct ending *e, yb_str to)
{
	yb_date last = yb_date_in_japan((yb_time) { e->expires.us - 1 });
	yb_str day = yb_format_text(r, "%d年%d月%d日", last.year, last.month, last.day);
	const char *text = yb_str_is(e->kind, "token") ? "token-expires" : "certificate-expires";

	return yb_mail(r, text, to,
	    YB_MAIL_WORDS({ "name", e->name }, { "mark", e->mark }, { "last_day", day }));
}

static int
tell(yb_req *r, const struct ending *e)
{
	yb_list to;
	int64_t rows;
	int rc = yb_db_exec(r, &token_notice_insert,
	    YB_ARGS(yb_i64(e->actor_id), yb_at(e->expires), yb_i64(e->days), yb_at(yb_now(r))),
	    &rows);

	if (rc != 0)
		return rc == YB_DUPLICATE ? 0 : -1; /* somebody else told them just now */
	if (yb_db_list(r, &token_recipients, YB_ARGS(yb_i64(e->org_id), yb_text(e->issued_by)), 50,
		&to) < 0)
		return -1;
	for (size_t i = 0; i < to.n; i++)
		if (mail_one(r, e, ((const struct recipient *)to.items)[i].mail) < 0)
			return -1;
	yb_run_count(r, "notices", 1);
	yb_run_count(r, "mails", (int64_t)to.n);
	if (to.n == 0)
		yb_run_count(r, "without_recipient", 1);
	return 0;
}

/* Timer expiry-notices: tells of what ends in 30, 7 or 1 days, each once, H-2-1. */
int
token_notices(yb_req *r)
{
	int64_t *after = yb_run_state(r, sizeof *after);
	yb_value one = end_of_day(r, 1), seven = end_of_day(r, 7);
	const yb_value arm[ENDING_PARAMS] = { one, seven, yb_at(yb_now(r)), end_of_day(r, 30),
		yb_i64(*after), one, seven, one, seven };
	yb_value v[2 * ENDING_PARAMS];
	const struct ending *at;
	yb_list soon;

	memcpy(v, arm, sizeof arm);
	memcpy(v + ENDING_PARAMS, arm, sizeof arm);
	if (yb_db_list(r, &token_ending_soon, (yb_args) { v, 2 * ENDING_PARAMS }, BATCH, &soon) < 0)
		return -1;
	at = soon.items;
	for (size_t i = 0; i < soon.n; i++)
		if (tell(r, &at[i]) < 0)
			return -1;
	if (soon.n == BATCH) {
		*after = at[BATCH - 1].actor_id;
		yb_run_again(r);
	}
	return 0;
}
