/*
 * tamper.h - the changes tamper.c makes, one of tamper_changes.c at a time.
 */
#ifndef TAMPER_H
#define TAMPER_H

#include "log_fixture.h"

#define TAMPER_CHAINS 6 /* numbered from 1 */
#define TAMPER_LINES  4

extern struct fixture fx;
extern uint64_t tamper_seed;
/* 0 .. n-1 */
uint64_t tamper_dice(uint64_t n);

/* What the last change must be called: each of these in one line of the findings. */
extern char tamper_expected[TAMPER_LINES][200];
extern size_t tamper_n;
extern char tamper_done[300];

struct tamper_change {
	const char *name;
	void (*make)(void);
	unsigned weight;
};
extern const struct tamper_change tamper_changes[]; /* ends with { 0 } */

#endif
