/*
 * decimal.c - fixed-point numbers as text (decimal.h).
 */
#include "decimal.h"

size_t
ybh_dec_print(int64_t units, unsigned scale, char out[24])
{
	char digits[24];
	uint64_t u = units < 0 ? (uint64_t)0 - (uint64_t)units : (uint64_t)units;
	size_t n = 0, len = 0;

	do {
		digits[n++] = (char)('0' + u % 10);
		u /= 10;
	} while (u > 0 || n <= scale);
	if (units < 0)
		out[len++] = '-';
	while (n > 0) {
		if (n == scale)
			out[len++] = '.';
		out[len++] = digits[--n];
	}
	out[len] = '\0';
	return len;
}

bool
ybh_dec_parse(yb_str s, unsigned scale, int64_t *ret)
{
	bool negative = s.len > 0 && s.p[0] == '-', dot = false;
	size_t i = negative ? 1 : 0, digits = 0;
	unsigned decimals = 0;
	int64_t v = 0;

	for (; i < s.len; i++) {
		if (s.p[i] == '.' && !dot && digits > 0) {
			dot = true;
			continue;
		}
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		digits++;
		if (dot && decimals == scale) {
			if (s.p[i] != '0')
				return false;
			continue;
		}
		if (v > (INT64_MAX - (s.p[i] - '0')) / 10)
			return false;
		v = v * 10 + (s.p[i] - '0');
		decimals += dot ? 1 : 0;
	}
	for (; decimals < scale; decimals++) {
		if (v > INT64_MAX / 10)
			return false;
		v *= 10;
	}
	if (digits == 0 || s.p[s.len - 1] == '.')
		return false;
	*ret = negative ? -v : v;
	return true;
}
