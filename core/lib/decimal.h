/*
 * decimal.h - fixed-point numbers as text: units of 10^-scale.
 */
#ifndef YBH_DECIMAL_H
#define YBH_DECIMAL_H

#include <yb/base.h>

/* Units of a number that comes from outside stay below: what a double of JSON says exactly. */
#define YBH_DEC_MOST INT64_C(1000000000000000)

/* "0.50" for (50, 2); scale <= 9. Length; out[24]. */
size_t ybh_dec_print(int64_t units, unsigned scale, char out[24]);
/* Plain digits with at most `scale` decimals; more decimals must be zeros. */
bool ybh_dec_parse(yb_str s, unsigned scale, int64_t *ret);

#endif
