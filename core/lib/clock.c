/*
 * clock.c - the only file that reads the wall clock (clock.h).
 */
#include "clock.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static int64_t
read_clock(clockid_t id)
{
	struct timespec ts;

	(void)clock_gettime(id, &ts); /* cannot fail for these two */
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/*
 * A wall clock that is set back would let expired tokens live again and put the access log out
 * of order: within a process it goes on from where it was, until the process is replaced. Read
 * in this order, a pause between the two makes the lead smaller, never greater.
 */
int64_t
ybh_now_us(void)
{
	static _Atomic int64_t greatest; /* lead of the wall clock over the other one */
	int64_t wall = read_clock(CLOCK_REALTIME), mono = read_clock(CLOCK_MONOTONIC);
	int64_t lead = wall - mono, known = atomic_load(&greatest);

	while (lead > known && !atomic_compare_exchange_weak(&greatest, &known, lead))
		continue;
	return mono + (lead > known ? lead : known);
}

int64_t
ybh_wall_us(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t
ybh_mono_us(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

struct timespec
ybh_wall_after(int64_t us)
{
	int64_t then = ybh_wall_us() + us;

	return (struct timespec) { .tv_sec = (time_t)(then / 1000000),
		.tv_nsec = (long)(then % 1000000) * 1000 };
}

static void
two(char *p, int v)
{
	p[0] = (char)('0' + v / 10 % 10);
	p[1] = (char)('0' + v % 10);
}

size_t
ybh_date_print(yb_date d, char out[16])
{
	two(out, d.year / 100);
	two(out + 2, d.year % 100);
	out[4] = '-';
	two(out + 5, d.month);
	out[7] = '-';
	two(out + 8, d.day);
	out[10] = '\0';
	return 10;
}

size_t
ybh_time_print(yb_time t, char out[32])
{
	int64_t s = t.us / 1000000 + 9 * 3600;
	int64_t of_day = s % 86400;

	if (of_day < 0)
		of_day += 86400;
	(void)ybh_date_print(yb_date_in_japan(t), out);
	out[10] = 'T';
	two(out + 11, (int)(of_day / 3600));
	out[13] = ':';
	two(out + 14, (int)(of_day / 60 % 60));
	out[16] = ':';
	two(out + 17, (int)(of_day % 60));
	memcpy(out + 19, "+09:00", 7);
	return 25;
}

static bool
number(yb_str s, size_t at, size_t n, int max, int *ret)
{
	int v = 0;

	if (at + n > s.len)
		return false;
	for (size_t i = at; i < at + n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v = v * 10 + (s.p[i] - '0');
	}
	*ret = v;
	return v <= max;
}

/* "Z", "+09:00" or "-03:30" at `at`, and nothing after it; minutes east of Greenwich. */
static bool
offset(yb_str s, size_t at, int *ret)
{
	int h, m;

	if (at + 1 == s.len && s.p[at] == 'Z') {
		*ret = 0;
		return true;
	}
	if (at + 6 != s.len || (s.p[at] != '+' && s.p[at] != '-') || s.p[at + 3] != ':')
		return false;
	if (!number(s, at + 1, 2, 23, &h) || !number(s, at + 4, 2, 59, &m))
		return false;
	*ret = (h * 60 + m) * (s.p[at] == '-' ? -1 : 1);
	return true;
}

bool
ybh_time_parse(yb_str s, yb_time *ret)
{
	int h, m, sec, east;
	int64_t us = 0, unit = 100000;
	size_t at = 19;
	yb_time t;
	yb_date d;

	if (s.p == NULL || s.len < 20 || s.len > 35 || s.p[10] != 'T' || s.p[13] != ':' ||
	    s.p[16] != ':')
		return false;
	if (!yb_date_parse((yb_str) { s.p, 10 }, &d) || !number(s, 11, 2, 23, &h) ||
	    !number(s, 14, 2, 59, &m) || !number(s, 17, 2, 59, &sec))
		return false;
	if (s.p[at] == '.') {
		for (at++; at < s.len && s.p[at] >= '0' && s.p[at] <= '9'; at++, unit /= 10)
			us += unit * (s.p[at] - '0');
		if (at == 20)
			return false;
	}
	if (!offset(s, at, &east))
		return false;
	t.us = (yb_date_days(d) * 86400 + h * 3600 + m * 60 + sec - east * 60) * 1000000 + us;
	if (!yb_date_valid(yb_date_in_japan(t)))
		return false; /* the offset leads out of the calendar */
	*ret = t;
	return true;
}

size_t
ybh_uuid_print(yb_uuid u, char out[40])
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0;

	for (size_t i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			out[n++] = '-';
		out[n++] = hex[u.b[i] >> 4];
		out[n++] = hex[u.b[i] & 15];
	}
	out[n] = '\0';
	return n;
}
