/*
 * The thread that seals the access log: every few seconds the heads of the chains become
 * leaves and the tree's root is signed (audit.h).
 *
 * A sealer knows one checkpoint key; when that key was rotated a new sealer goes on where the
 * last one stopped. What fails is tried again at the next round and said once.
 */
#include "keeper_daemon.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../lib/audit.h"
#include "../lib/log.h"

#define STACK_BYTES 1048576

struct seal {
	struct seal_conf conf;
	char state_path[1024], checkpoint_path[1024];
	char kid[48]; /* of `sealer` */
	struct ybh_db *db;
	struct ybh_sealer *sealer;
	bool failing; /* already said */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stopping; /* under lock */
};

static int
note_sign(void *arg, const void *p, size_t n, unsigned char sig[64])
{
	const struct seal *s = arg;

	return keystore_note_sign(s->conf.keys, s->kid, p, n, sig);
}

static int
sealer_ready(struct seal *s, char *err, size_t size)
{
	char kid[48] = "";

	keystore_note_kid(s->conf.keys, kid);
	if (s->sealer != NULL && strcmp(kid, s->kid) == 0)
		return 0;
	ybh_sealer_free(s->sealer);
	memcpy(s->kid, kid, sizeof(s->kid));
	s->sealer = ybh_sealer_new(s->state_path, s->checkpoint_path, s->conf.origin,
	    yb_cstr(s->kid), note_sign, s, err, size);
	return s->sealer != NULL ? 0 : -1;
}

static void
round_once(struct seal *s)
{
	char err[256] = "";
	int64_t n = -EIO;

	if (sealer_ready(s, err, sizeof(err)) == 0)
		n = ybh_sealer_round(s->sealer, s->db);
	if (n < 0 && !s->failing)
		ybh_log(YBH_ERR, "the access log is not sealed: %lld %s %s", (long long)n, err,
		    ybh_db_error(s->db));
	if (n >= 0 && s->failing)
		ybh_log(YBH_NOTICE, "the access log is sealed again");
	s->failing = n < 0;
}

/* True: time for another round; false: the end. */
static bool
seal_wait(struct seal *s)
{
	struct timespec until;
	bool go_on;

	(void)clock_gettime(CLOCK_MONOTONIC, &until); /* cannot fail with this clock */
	until.tv_sec += s->conf.seconds;
	pthread_mutex_lock(&s->lock);
	while (!s->stopping && pthread_cond_timedwait(&s->wake, &s->lock, &until) != ETIMEDOUT)
		continue;
	go_on = !s->stopping;
	pthread_mutex_unlock(&s->lock);
	return go_on;
}

static void *
seal_thread(void *arg)
{
	struct seal *s = arg;

	do {
		round_once(s);
	} while (seal_wait(s));
	round_once(s); /* what came since, so that a stopped system is sealed to its end */
	return NULL;
}

static int
thread_start(struct seal *s)
{
	pthread_condattr_t cond;
	pthread_attr_t attr;
	int rc = -1;

	if (pthread_condattr_init(&cond) != 0)
		return -1;
	if (pthread_condattr_setclock(&cond, CLOCK_MONOTONIC) == 0 &&
	    pthread_cond_init(&s->wake, &cond) == 0 && pthread_attr_init(&attr) == 0) {
		(void)pthread_attr_setstacksize(&attr, STACK_BYTES); /* else the system's */
		rc = pthread_create(&s->thread, &attr, seal_thread, s) == 0 ? 0 : -1;
		(void)pthread_attr_destroy(&attr);
	}
	(void)pthread_condattr_destroy(&cond);
	return rc;
}

static int
paths_set(struct seal *s)
{
	int a = snprintf(s->state_path, sizeof(s->state_path), "%s/sealed", s->conf.keys_dir), b;

	if (s->conf.checkpoint_file != NULL)
		b = snprintf(
		    s->checkpoint_path, sizeof(s->checkpoint_path), "%s", s->conf.checkpoint_file);
	else
		b = snprintf(s->checkpoint_path, sizeof(s->checkpoint_path), "%s/checkpoints",
		    s->conf.keys_dir);
	return a > 0 && b > 0 && (size_t)a < sizeof(s->state_path) &&
		       (size_t)b < sizeof(s->checkpoint_path)
		   ? 0
		   : -1;
}

static void
seal_free(struct seal *s)
{
	ybh_sealer_free(s->sealer);
	ybh_db_free(s->db);
	free(s);
}

struct seal *
seal_start(const struct seal_conf *conf, char *err, size_t size)
{
	struct seal *s = calloc(1, sizeof(*s));

	(void)snprintf(err, size, "no memory, or a path too long");
	if (s == NULL)
		return NULL;
	s->conf = *conf;
	(void)pthread_mutex_init(&s->lock, NULL); /* cannot fail on Linux */
	s->db = ybh_db_new(conf->db);
	if (s->db == NULL || paths_set(s) != 0 || sealer_ready(s, err, size) != 0 ||
	    thread_start(s) != 0) {
		seal_free(s);
		return NULL;
	}
	return s;
}

void
seal_stop(struct seal *s)
{
	if (s == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	s->stopping = true;
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
	(void)pthread_join(s->thread, NULL);
	seal_free(s);
}
