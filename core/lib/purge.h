/*
 * purge.h - the timers of the core itself.
 */
#ifndef YBH_PURGE_H
#define YBH_PURGE_H

#include "host.h"

extern const yb_timer ybh_core_timers[]; /* ends with { 0 } */

#endif
