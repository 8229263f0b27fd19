/*
 * base.c - text, days and identities (yb/base.h). No state, no allocation.
 */
#include <yb/base.h>

#include <string.h>

yb_str
yb_cstr(const char *s)
{
	return (yb_str) { s, s == NULL ? 0 : strlen(s) };
}

bool
yb_str_eq(yb_str a, yb_str b)
{
	if (a.p == NULL || b.p == NULL)
		return a.p == NULL && b.p == NULL;
	return a.len == b.len && memcmp(a.p, b.p, a.len) == 0;
}

bool
yb_str_is(yb_str a, const char *s)
{
	return a.p != NULL && s != NULL && a.len == strlen(s) && memcmp(a.p, s, a.len) == 0;
}

int
yb_str_cmp(yb_str a, yb_str b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int c = n == 0 ? 0 : memcmp(a.p, b.p, n);

	return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

bool
yb_str_empty(yb_str s)
{
	return s.p == NULL || s.len == 0;
}

bool
yb_number_parse(yb_str s, int64_t *ret)
{
	int64_t n = 0;

	if (s.len == 0 || s.len > 18)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		n = n * 10 + (s.p[i] - '0');
	}
	*ret = n;
	return true;
}

bool
yb_word_in(yb_str word, const char *list, char sep)
{
	const char *end;

	if (yb_str_empty(word) || list == NULL)
		return false;
	for (;; list = end + 1) {
		end = strchr(list, sep);
		if (end == NULL)
			end = list + strlen(list);
		if ((size_t)(end - list) == word.len && memcmp(list, word.p, word.len) == 0)
			return true;
		if (*end == '\0')
			return false;
	}
}

/* ---- days ---- */

static int
month_length(int year, int month)
{
	static const int len[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : len[month - 1];
}

bool
yb_date_is_null(yb_date d)
{
	return d.year == 0;
}

bool
yb_date_valid(yb_date d)
{
	if (d.year < 1868 || d.year > 9999 || d.month < 1 || d.month > 12 || d.day < 1)
		return false;
	return d.day <= month_length(d.year, d.month);
}

int
yb_date_cmp(yb_date a, yb_date b)
{
	if (a.year != b.year)
		return a.year < b.year ? -1 : 1;
	if (a.month != b.month)
		return a.month < b.month ? -1 : 1;
	if (a.day != b.day)
		return a.day < b.day ? -1 : 1;
	return 0;
}

/* Years begin in March here, so that the leap day is the last of its year. */
int64_t
yb_date_days(yb_date d)
{
	int64_t y = d.month <= 2 ? d.year - 1 : d.year;
	int64_t m = d.month <= 2 ? d.month + 9 : d.month - 3;
	int64_t day_of_year = (153 * m + 2) / 5 + d.day - 1;
	int64_t era = y / 400;
	int64_t year_of_era = y - era * 400;

	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
	    day_of_year - 719468;
}

yb_date
yb_date_from_days(int64_t days)
{
	int64_t n = days + 719468;
	int64_t era = (n >= 0 ? n : n - 146096) / 146097;
	int64_t day = n - era * 146097;
	int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	int64_t doy = day - (365 * year + year / 4 - year / 100);
	int64_t m = (5 * doy + 2) / 153;
	int64_t month = m < 10 ? m + 3 : m - 9;

	year += era * 400 + (month <= 2 ? 1 : 0);
	return (yb_date) { (int16_t)year, (uint8_t)month, (uint8_t)(doy - (153 * m + 2) / 5 + 1) };
}

yb_date
yb_date_add_days(yb_date d, int64_t days)
{
	return yb_date_from_days(yb_date_days(d) + days);
}

yb_date
yb_date_add_months(yb_date d, int months)
{
	int n = d.year * 12 + d.month - 1 + months;
	int year = n / 12, month = n % 12 + 1;
	int last = month_length(year, month);

	return (yb_date) { (int16_t)year, (uint8_t)month, (uint8_t)(d.day < last ? d.day : last) };
}

static bool
digits(const char *p, size_t n, int *ret)
{
	int v = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		v = v * 10 + (p[i] - '0');
	}
	*ret = v;
	return true;
}

bool
yb_date_parse(yb_str s, yb_date *ret)
{
	int y, m, d;
	yb_date out;

	if (s.p == NULL || s.len != 10 || s.p[4] != '-' || s.p[7] != '-')
		return false;
	if (!digits(s.p, 4, &y) || !digits(s.p + 5, 2, &m) || !digits(s.p + 8, 2, &d))
		return false;
	out = (yb_date) { (int16_t)y, (uint8_t)m, (uint8_t)d };
	if (!yb_date_valid(out))
		return false;
	*ret = out;
	return true;
}

yb_date
yb_date_in_japan(yb_time t)
{
	int64_t s = t.us / 1000000 + 9 * 3600;
	int64_t day = s / 86400;

	if (s % 86400 < 0)
		day--;
	return yb_date_from_days(day);
}

/* ---- identities ---- */

bool
yb_uuid_is_null(yb_uuid u)
{
	static const uint8_t zero[16];

	return memcmp(u.b, zero, sizeof zero) == 0;
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
yb_uuid_parse(yb_str s, yb_uuid *ret)
{
	yb_uuid u = { { 0 } };
	size_t n = 0;

	if (s.p == NULL || s.len != 36)
		return false;
	for (size_t i = 0; i < 36; i++) {
		int v;

		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (s.p[i] != '-')
				return false;
			continue;
		}
		v = hex_value(s.p[i]);
		if (v < 0)
			return false;
		u.b[n / 2] = (uint8_t)(n % 2 == 0 ? v << 4 : u.b[n / 2] | v);
		n++;
	}
	*ret = u;
	return true;
}
