/*
 * unit.h - what every unit test includes: cmocka with the headers it wants before it.
 */
#ifndef YOBO_TESTS_UNIT_H
#define YOBO_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <yb/base.h>

#define assert_text(got, want)                                                                     \
	do {                                                                                       \
		yb_str got_ = (got);                                                               \
		assert_non_null(got_.p);                                                           \
		assert_int_equal(got_.len, sizeof(want) - 1);                                      \
		assert_memory_equal(got_.p, want, sizeof(want) - 1);                               \
	} while (0)

#endif
