/*
 * clock.h - the only file that reads the wall clock.
 */
#ifndef YBH_CLOCK_H
#define YBH_CLOCK_H

#include <time.h>

#include <yb/base.h>

/* Microseconds since 1970, UTC; never goes back within a process. */
int64_t ybh_now_us(void);
/* The same as the machine has it now, set back or not: beside what another process stamped. */
int64_t ybh_wall_us(void);
/* Microseconds of a clock that never goes back. */
int64_t ybh_mono_us(void);
/* So many microseconds from now, as sem_timedwait and pthread_cond_timedwait want it by default. */
struct timespec ybh_wall_after(int64_t us);
/* "2026-04-20T09:30:00+09:00" (25 characters) into out[32]; the offset is Japan's. */
size_t ybh_time_print(yb_time t, char out[32]);
/* Reads RFC 3339 with offset or Z; false leaves *ret untouched. */
bool ybh_time_parse(yb_str s, yb_time *ret);
/* "2026-04-20" (10 characters) into out[16]. */
size_t ybh_date_print(yb_date d, char out[16]);
size_t ybh_uuid_print(yb_uuid u, char out[40]);

#endif
