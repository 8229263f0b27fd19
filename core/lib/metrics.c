/*
 * metrics.c - counting, and printing it all in OpenMetrics 1.0 (metrics.h, host.h).
 */
#include <stdio.h>
#include <string.h>

#include "internal.h"

/* Upper bounds in microseconds. */
static const int64_t bounds[YBH_METRIC_BUCKETS] = { 500, 1000, 2500, 5000, 10000, 25000, 50000,
	100000, 250000, 500000, 1000000, 5000000 };

void
ybh_metrics_init(struct ybh_metrics *m, const char *pool, const struct ybh_loaded *loaded, size_t n,
    uint64_t threads)
{
	size_t at = 1; /* 0: requests that no route matched */

	(void)memcpy(m->pool, pool, strnlen(pool, sizeof m->pool - 1));
	m->route[0].operation[0] = '-';
	for (size_t i = 0; i < n; i++)
		for (const yb_route *r = loaded[i].module->routes;
		     r->path != NULL && at < YBH_METRIC_ROUTES; r++, at++)
			(void)memcpy(m->route[at].operation, r->id,
			    strnlen(r->id, YBH_METRIC_NAME - 1));
	atomic_store_explicit(&m->threads, threads, memory_order_relaxed);
}

static void
add(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

void
ybh_metrics_count(struct ybh_metrics *m, enum ybh_counter what)
{
	if (m != NULL)
		add(&m->counter[what], 1);
}

/* The line of a route: its place among the loaded ones, as ybh_metrics_init numbered them. */
static size_t
line_of(const yb_req *r)
{
	size_t at = 1;

	if (r->match.route == NULL)
		return 0;
	for (size_t i = 0; i < r->p->n_loaded; i++) {
		for (const yb_route *route = r->p->loaded[i].module->routes; route->path != NULL;
		     route++, at++)
			if (route == r->match.route)
				return at < YBH_METRIC_ROUTES ? at : 0;
	}
	return 0;
}

void
ybh_metrics_request(const yb_req *r, int64_t took_us)
{
	struct ybh_metric_route *line;
	size_t b = 0;

	if (r->p->metrics == NULL)
		return;
	line = &r->p->metrics->route[line_of(r)];
	add(&line->status[r->status >= 100 && r->status < 600 ? r->status / 100 : 0], 1);
	while (b < YBH_METRIC_BUCKETS && took_us > bounds[b])
		b++;
	add(&line->bucket[b], 1);
	add(&line->sum_us, (uint64_t)took_us);
}

/* ---- printing ---- */

static uint64_t
get(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

/* One process' share of a metric family. */
typedef void print_fn(struct ybh_buf *b, const struct ybh_metrics *m, const char *labels);

static bool
line_used(const struct ybh_metric_route *line)
{
	uint64_t n = 0;

	for (size_t i = 0; i < 6; i++)
		n += get(&line->status[i]);
	return line->operation[0] != '\0' && n > 0;
}

static void
print_requests(struct ybh_buf *b, const struct ybh_metrics *m, const char *labels)
{
	for (size_t i = 0; i < YBH_METRIC_ROUTES; i++) {
		const struct ybh_metric_route *line = &m->route[i];

		for (size_t s = 1; line_used(line) && s < 6; s++)
			if (get(&line->status[s]) > 0)
				ybh_buf_printf(b,
				    "yobo_requests_total{%s,operation=\"%s\",status=\"%zuxx\"} %llu\n",
				    labels, line->operation, s,
				    (unsigned long long)get(&line->status[s]));
	}
}

static void
print_latency(struct ybh_buf *b, const struct ybh_metrics *m, const char *labels)
{
	for (size_t i = 0; i < YBH_METRIC_ROUTES; i++) {
		const struct ybh_metric_route *line = &m->route[i];
		unsigned long long n = 0;

		if (!line_used(line))
			continue;
		for (size_t k = 0; k <= YBH_METRIC_BUCKETS; k++) {
			n += get(&line->bucket[k]);
			ybh_buf_printf(b, "yobo_request_seconds_bucket{%s,operation=\"%s\",le=\"",
			    labels, line->operation);
			if (k < YBH_METRIC_BUCKETS)
				ybh_buf_printf(b, "%g\"} %llu\n", (double)bounds[k] / 1e6, n);
			else
				ybh_buf_printf(b, "+Inf\"} %llu\n", n);
		}
		ybh_buf_printf(b, "yobo_request_seconds_sum{%s,operation=\"%s\"} %.6f\n", labels,
		    line->operation, (double)get(&line->sum_us) / 1e6);
		ybh_buf_printf(b, "yobo_request_seconds_count{%s,operation=\"%s\"} %llu\n", labels,
		    line->operation, n);
	}
}

static void
print_counters(struct ybh_buf *b, const struct ybh_metrics *m, const char *labels)
{
	static const char *const names[YBH_COUNTERS] = { "db_fault", "db_away", "token_cache_hit",
		"token_cache_miss", "log_refused" };

	for (size_t i = 0; i < YBH_COUNTERS; i++)
		ybh_buf_printf(b, "yobo_events_total{%s,event=\"%s\"} %llu\n", labels, names[i],
		    (unsigned long long)get(&m->counter[i]));
}

static void
print_threads(struct ybh_buf *b, const struct ybh_metrics *m, const char *labels)
{
	ybh_buf_printf(b, "yobo_threads{%s} %llu\n", labels, (unsigned long long)get(&m->threads));
}

static void
print_sealed(struct ybh_buf *b, const struct ybh_metrics *m, const char *labels)
{
	int64_t at = atomic_load_explicit(&m->sealed_us, memory_order_relaxed);

	if (at > 0)
		ybh_buf_printf(b, "yobo_log_sealed_timestamp_seconds{%s} %.6f\n", labels,
		    (double)at / 1e6);
}

static void
print_timers(struct ybh_buf *b, const struct ybh_metrics *m, const char *labels)
{
	for (size_t i = 0; i < YBH_METRIC_TIMERS; i++) {
		int64_t at = atomic_load_explicit(&m->timer[i].ok_us, memory_order_relaxed);

		if (at > 0)
			ybh_buf_printf(b,
			    "yobo_timer_success_timestamp_seconds{%s,timer=\"%s\"} %.6f\n", labels,
			    m->timer[i].name, (double)at / 1e6);
	}
}

static void
family(struct ybh_buf *b, const struct ybh_process *p, const char *head, print_fn *print)
{
	char labels[120];

	ybh_buf_cstr(b, head);
	for (size_t i = 0; i < p->n_neighbours; i++) {
		const struct ybh_metrics *m = p->neighbours(p, i);

		if (m == NULL || m->pool[0] == '\0')
			continue;
		(void)snprintf(labels, sizeof labels, "pool=\"%s\",worker=\"%zu\"", m->pool, i);
		print(b, m, labels);
	}
}

static void
print_busy(struct ybh_buf *b, const struct ybh_process *p)
{
	ybh_buf_cstr(b, "# HELP yobo_threads_busy Threads that are serving a request.\n"
			"# TYPE yobo_threads_busy gauge\n");
	for (size_t i = 0; i < p->n_neighbours; i++) {
		const struct ybh_metrics *m = p->neighbours(p, i);

		if (m != NULL && m->pool[0] != '\0')
			ybh_buf_printf(b, "yobo_threads_busy{pool=\"%s\",worker=\"%zu\"} %zu\n",
			    m->pool, i, p->busy(p, i));
	}
}

void
ybh_metrics_print(struct ybh_buf *b, const struct ybh_process *p)
{
	family(b, p, "# HELP yobo_requests Answers, by operation and class of status.\n"
		     "# TYPE yobo_requests counter\n", print_requests);
	family(b, p, "# HELP yobo_request_seconds From the last byte read to the answer made.\n"
		     "# TYPE yobo_request_seconds histogram\n# UNIT yobo_request_seconds seconds\n",
	    print_latency);
	family(b, p, "# HELP yobo_events What went wrong, and how the token cache does.\n"
		     "# TYPE yobo_events counter\n", print_counters);
	family(b, p, "# HELP yobo_threads Threads of a worker.\n# TYPE yobo_threads gauge\n",
	    print_threads);
	print_busy(b, p);
	family(b, p, "# HELP yobo_log_sealed_timestamp_seconds Newest signed checkpoint of the access "
		     "log.\n# TYPE yobo_log_sealed_timestamp_seconds gauge\n"
		     "# UNIT yobo_log_sealed_timestamp_seconds seconds\n", print_sealed);
	family(b, p, "# HELP yobo_timer_success_timestamp_seconds Last run of a timer that came to "
		     "its end.\n# TYPE yobo_timer_success_timestamp_seconds gauge\n"
		     "# UNIT yobo_timer_success_timestamp_seconds seconds\n", print_timers);
	ybh_buf_cstr(b, "# EOF\n");
}
