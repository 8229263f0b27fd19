/*
 * overload.c - refusing at once what would come too late or could not be kept (P13, P15).
 *
 * Before anybody is authenticated and the database is asked: under load a refusal must be the
 * cheapest thing we do, or a queue that once was too long never becomes short again.
 */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "internal.h"

#define CLOCK_DOUBT_US INT64_C(120000000) /* nobody waits that long: a clock was set */
#define DISK_RETRY_S   30

/* When the web server began to hand the request over ("1700000000.123"); 0: it does not say. */
static int64_t
handed_over_us(const yb_req *r)
{
	long long seconds, ms;
	char *end;

	for (size_t i = 0; r->in->params[i] != NULL; i++) {
		if (strncmp(r->in->params[i], "YB_ARRIVED=", 11) != 0)
			continue;
		seconds = strtoll(r->in->params[i] + 11, &end, 10);
		ms = *end == '.' ? strtoll(end + 1, &end, 10) : 0;
		if (*end == '\0' && seconds > 0 && seconds < INT64_C(100000000000) && ms >= 0 &&
		    ms < 1000)
			return seconds * 1000000 + ms * 1000;
	}
	return 0;
}

int
ybh_overload_check(yb_req *r)
{
	int64_t came = handed_over_us(r), waited = ybh_wall_us() - came; /* the web server's clock */

	if (came != 0 && waited > r->p->queue_us && waited < CLOCK_DOUBT_US) {
		yb_retry_after(r, 2);
		return yb_problem(r, "E-SYS-002");
	}
	if (r->match.route->effect == YB_WRITES && atomic_load(&r->p->disk_low)) {
		yb_retry_after(r, DISK_RETRY_S);
		return yb_problem(r, "E-SYS-002");
	}
	return 0;
}
