/*
 * thread.c - one thread that serves: wait, accept, serve, answer, forget.
 *
 * libfcgi's own shutdown wakes nobody, so a thread waits in epoll for the listener or the stop
 * event, and only then accepts; -EAGAIN means that another thread was quicker.
 */
#include "worker.h"

#include <fcgiapp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define SEND_PART ((size_t)8 << 10) /* what libfcgi hands over in one write */
#define SEND_S	  8 /* nobody takes any of it for so long: two such writes stay below the default
		     * of request_timeout */

struct serving {
	struct worker *w;
	struct ybh_thread t;
	FCGX_Request fcgi;
	struct ybh_slot *slot; /* NULL: run by hand */
	int epoll;
	int64_t body_read; /* of the request in hand */
};

static void
stage(const struct serving *s, enum ybh_stage at)
{
	if (s->slot != NULL)
		ybh_slot_stage(s->slot, at, ybh_mono_us());
}

/* So that a watchdog's message says which operation was stuck. */
static void
named(struct ybh_thread *t, const char *operation, const char *trace)
{
	struct serving *s = (struct serving *)(void *)((char *)t - offsetof(struct serving, t));

	if (s->slot != NULL)
		ybh_slot_label(s->slot, 0, operation, strlen(operation), trace, strlen(trace));
}

static int64_t
body_read(void *arg, void *buf, size_t size)
{
	struct serving *s = arg;
	int want = size > 1 << 20 ? 1 << 20 : (int)size;
	int got = FCGX_GetStr(buf, want, s->fcgi.in);

	if (got > 0)
		s->body_read += got;
	return got;
}

/* Nothing of the request is still under way, and what says so has been read too. */
static bool
all_read(struct serving *s)
{
	const char *length = FCGX_GetParam("CONTENT_LENGTH", s->fcgi.envp);

	if (length != NULL && length[0] != '\0' && strtoll(length, NULL, 10) != s->body_read)
		return false;
	return FCGX_GetChar(s->fcgi.in) == EOF;
}

/* A large file takes its time; the watchdog sees that it goes on. false: the peer went away. */
static bool
sent(struct serving *s, const void *from, size_t n)
{
	const char *p = from;

	for (size_t part; n > 0; p += part, n -= part) {
		part = n < SEND_PART ? n : SEND_PART;
		stage(s, YBH_STAGE_SENDING);
		if (FCGX_PutStr(p, (int)part, s->fcgi.out) < 0)
			return false;
	}
	return true;
}

static void
answer_by_stream(struct serving *s, const struct ybh_output *out)
{
	const struct timeval patience = { .tv_sec = SEND_S };
	const void *piece;
	int64_t n = 0;
	bool taken;

	/* The web server waits where its client does: a client that reads nothing holds no thread. */
	(void)setsockopt(s->fcgi.ipcFd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	taken = sent(s, out->headers.p, out->headers.len) && sent(s, "\r\n", 2) &&
	    sent(s, out->body.p, out->body.len);
	while (taken && out->more != NULL && (n = out->more(out->arg, &piece)) > 0)
		taken = sent(s, piece, (size_t)n);
	stage(s, YBH_STAGE_SENDING);
	if (taken && n >= 0)
		FCGX_Finish_r(&s->fcgi);
	else
		FCGX_Free(&s->fcgi, 1); /* without its end: nobody may take a part for the whole */
}

/*
 * Closing while the web server still sends would make the kernel throw our answer away, so
 * libfcgi says that it is done and waits for the other side. Of a request that is here as a
 * whole nothing can come any more: it is closed at once.
 */
static void
answer(struct serving *s, const struct ybh_output *out)
{
	bool whole;

	stage(s, YBH_STAGE_SENDING);
	whole = all_read(s);
	if (whole)
		(void)FCGX_Detach(&s->fcgi); /* cannot fail: it is attached */
	if (!whole || !answer_fits(out)) {
		answer_by_stream(s, out);
		return;
	}
	answer_at_once(s->fcgi.ipcFd, s->fcgi.requestId, out);
	FCGX_Free(&s->fcgi, 1); /* not finished: that would say its end once more */
}

static void
one_request(struct serving *s)
{
	const char *const *params = (const char *const *)s->fcgi.envp;
	const struct ybh_input in = { params, body_read, s };
	struct ybh_output out;

	s->body_read = 0;
	s->fcgi.keepConnection = 0; /* a kept connection would pin this thread */
	stage(s, YBH_STAGE_HANDLING);
	ybh_serve(&s->t, &in, &out);
	answer(s, &out);
	ybh_request_end(&s->t);
	if (s->slot != NULL)
		ybh_slot_served(s->slot);
}

static bool
watch(int epoll, int fd, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.fd = fd };

	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev) == 0;
}

static bool
serving_init(struct serving *s, struct worker *w, unsigned number)
{
	s->w = w;
	s->slot = w->board == NULL ? NULL : &w->board->slots[number];
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (s->epoll < 0 || !watch(s->epoll, w->listen_fd, EPOLLIN | EPOLLEXCLUSIVE) ||
	    !watch(s->epoll, w->stop_fd, EPOLLIN))
		return false;
	if (FCGX_InitRequest(&s->fcgi, w->listen_fd, FCGI_FAIL_ACCEPT_ON_INTR) != 0)
		return false;
	if (!worker_thread_init(w, &s->t, number, &w->db_conf))
		return false;
	s->t.named = named;
	return true;
}

/* false: asked to stop. *ret_work: somebody waits at the door, for whom no other thread is woken. */
static bool
wait_for_work(const struct serving *s, bool *ret_work)
{
	struct epoll_event ev[2];
	int n = epoll_wait(s->epoll, ev, 2, -1);
	bool go_on = true;

	*ret_work = false;
	for (int i = 0; i < n; i++) {
		if (ev[i].data.fd == s->w->stop_fd)
			go_on = false;
		else
			*ret_work = true;
	}
	return go_on;
}

void *
worker_thread(void *arg)
{
	struct worker_thread *me = arg;
	static _Thread_local struct serving s; /* large: not on the stack */
	bool go_on, work;

	if (!serving_init(&s, me->worker, me->number)) {
		ybh_log(YBH_ERR, "thread %u cannot start", me->number);
		abort();
	}
	do {
		stage(&s, YBH_STAGE_IDLE);
		go_on = wait_for_work(&s, &work);
		if (!work)
			continue;
		stage(&s, YBH_STAGE_READING);
		if (FCGX_Accept_r(&s.fcgi) == 0)
			one_request(&s);
	} while (go_on);
	stage(&s, YBH_STAGE_IDLE); /* for good */
	FCGX_Free(&s.fcgi, 1);
	worker_thread_done(&s.t);
	(void)close(s.epoll);
	free(me);
	return NULL;
}
