/*
 * account_hours.c - when people may log in (vaccination brief 13 H-1-9, service hours).
 *
 * Who is refused had the right password, or card: nobody learns from the hour whether a user
 * ID exists. Operators come in at any time: they are the ones who repair. Sessions that are open
 * go on until they end by themselves.
 */
#include "account.h"

static int
two_digits(const char *p)
{
	return p[0] >= '0' && p[0] <= '9' && p[1] >= '0' && p[1] <= '9'
	    ? (p[0] - '0') * 10 + (p[1] - '0')
	    : -1;
}

/* Minutes after midnight of "08:00"; -1: something else. */
static int
minutes_of(const char *p)
{
	int hours = two_digits(p), minutes = two_digits(p + 3);

	return p[2] == ':' && hours >= 0 && hours <= 24 && minutes >= 0 && minutes < 60 &&
		hours * 60 + minutes <= 24 * 60
	    ? hours * 60 + minutes
	    : -1;
}

bool
account_hours_read(yb_str text, struct account_hours *ret)
{
	*ret = (struct account_hours) { 0, 24 * 60 };
	if (text.len == 0)
		return true;
	if (text.len != 11 || text.p[5] != '-')
		return false;
	ret->from = minutes_of(text.p);
	ret->to = minutes_of(text.p + 6);
	return ret->from >= 0 && ret->from < ret->to;
}

int64_t
account_hours_wait(const struct account_hours *h, yb_time now)
{
	int64_t second = (now.us / 1000000 + 9 * 3600) % 86400; /* of the day in Japan */
	int64_t from = h->from * 60, to = h->to * 60;

	if (second >= from && second < to)
		return 0;
	return second < from ? from - second : from + 86400 - second;
}

int
account_hours_check(yb_req *r, const yb_org *org)
{
	struct account_hours h;
	int64_t wait;

	if (!account_hours_read(yb_option_text(r, "service_hours"), &h))
		return yb_problem(r, "E-SYS-003");
	wait = account_hours_wait(&h, yb_now(r));
	if (wait == 0 || yb_org_type_of(org->org_type) == YB_ORG_OPS)
		return 0;
	yb_audit_action(r, YB_ACT_LOGIN_FAIL);
	yb_keep_writes(r); /* the row of the access log */
	yb_retry_after(r, (unsigned)wait);
	yb_problem_next(r,
	    yb_format_text(r, "利用できる時間は、%02d:%02dから%02d:%02dまでです。", h.from / 60,
		h.from % 60, h.to / 60, h.to % 60).p,
	    yb_format_text(r, "It is open from %02d:%02d to %02d:%02d in Japan.", h.from / 60,
		h.from % 60, h.to / 60, h.to % 60).p);
	return yb_problem(r, "E-AUTH-015");
}
