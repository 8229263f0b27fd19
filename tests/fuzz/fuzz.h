/*
 * fuzz.h - what every harness includes.
 *
 * A harness is one file fuzz_<what>.c with LLVMFuzzerTestOneInput. libFuzzer and AFL++ (through
 * afl-clang-fast -fsanitize=fuzzer) bring their own main; standalone.c is the main that runs
 * every file of corpus/<what> in `make check`. What must hold is said with must().
 */
#ifndef YOBO_TESTS_FUZZ_H
#define YOBO_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yb/base.h>

#include "../../core/lib/arena.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Unlike assert() it does not depend on how the harness is built. */
#define must(fact) ((fact) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #fact))

__attribute__((noreturn)) static inline void
fuzz_fail(const char *file, int line, const char *fact)
{
	(void)fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, fact);
	abort();
}

/* As much memory as a worker gives a request: what exceeds it would end a worker. */
#define FUZZ_ARENA ((size_t)64 << 20)

/* The arena of this harness, empty. */
static inline struct yb_arena *
fuzz_arena(void)
{
	static struct yb_arena *a;

	if (a == NULL)
		a = ybh_arena_new(65536, FUZZ_ARENA);
	must(a != NULL);
	ybh_arena_reset(a);
	return a;
}

#endif
