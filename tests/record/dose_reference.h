/*
 * dose_reference.h - a second, slow implementation of the schedule rules, for comparison.
 *
 * It shares nothing with the engine but the master texts: its calendar is a list of days
 * one after another, a window is searched day by day, rules are read from the CSV cells
 * whenever they are asked for. It knows VR-03 to VR-10, VR-12, VR-13, VR-25, VR-26 and the
 * forecast.
 */
#ifndef YB_TESTS_DOSE_REFERENCE_H
#define YB_TESTS_DOSE_REFERENCE_H

#include "dose_masters.h"

/* Makes a person, a history and a dose from the number `seed`, and compares what engine
 * and reference say. False: `why` holds the history and both answers. */
bool reference_agrees(const struct masters *m, const struct dose_rules *rules, unsigned long seed,
    char *why, size_t size);

#endif
