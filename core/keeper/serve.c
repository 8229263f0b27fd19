/*
 * The socket: peers by their uid, frames in and out.
 *
 * A few threads wait on one epoll; a connection is armed for one event at a time and so is in
 * one thread's hands only. Chain openings, which need the database, go to a thread of their
 * own. A peer that is slow, broken or gone costs its connection and nothing else.
 */
#include "serve.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../lib/buf.h"
#include "../lib/clock.h"
#include "../lib/crypto.h"
#include "../lib/log.h"

#define THREADS     4
#define CONNS_MAX   4096
#define CONNS_UID   1024 /* of one uid */
#define PARTIAL_US  INT64_C(5000000)
#define IDLE_US     INT64_C(600000000)
#define TURN        32 /* questions of one peer before the others have their turn */
#define STACK_BYTES 524288
#define IN_KEEP     8192 /* bytes of a connection's buffer that stay */

struct conn {
	struct conn *next, *prev; /* of all; under the server's lock */
	struct conn *queued;      /* after this one for the chain thread */
	int fd;
	uid_t uid;
	bool own;
	int64_t began_us; /* when a question began that is not complete; 0: none. Lock. */
	int64_t last_us;  /* Lock. */
	struct ybh_buf in;
};

struct server {
	int listen_fd, epoll_fd, stop_fd;
	struct server_conf conf;
	uid_t *peers;
	struct ybh_db *db;
	pthread_mutex_t lock; /* of the list of connections */
	struct conn *conns;
	size_t n_conns;
	pthread_mutex_t queue_lock;
	pthread_cond_t queue_more;
	struct conn *queue_first, *queue_last;
	bool stopping; /* under queue_lock */
	pthread_t threads[THREADS], chain_thread;
	size_t n_threads;
	bool has_chain_thread;
};

/* ---- connections ---- */

static void
conn_close(struct server *s, struct conn *c)
{
	pthread_mutex_lock(&s->lock);
	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		s->conns = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	s->n_conns--;
	pthread_mutex_unlock(&s->lock);
	(void)close(c->fd);
	ybh_buf_free(&c->in);
	free(c);
}

static void
conn_mark(struct server *s, struct conn *c, bool partial)
{
	int64_t now = ybh_mono_us();

	pthread_mutex_lock(&s->lock);
	c->last_us = now;
	if (!partial)
		c->began_us = 0;
	else if (c->began_us == 0)
		c->began_us = now;
	pthread_mutex_unlock(&s->lock);
}

/*
 * Hands the connection to whichever thread its next event wakes; that one takes it. The lock
 * orders what both do.
 */
static void
conn_arm(struct server *s, struct conn *c)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT, .data.ptr = c };
	int rc;

	pthread_mutex_lock(&s->lock);
	rc = epoll_ctl(s->epoll_fd, EPOLL_CTL_MOD, c->fd, &ev);
	pthread_mutex_unlock(&s->lock);
	if (rc != 0)
		conn_close(s, c);
}

static void
conn_take(struct server *s, struct conn *c)
{
	pthread_mutex_lock(&s->lock);
	c->last_us = ybh_mono_us();
	pthread_mutex_unlock(&s->lock);
}

static bool
uid_allowed(const struct server *s, uid_t uid)
{
	if (uid == 0 || uid == geteuid())
		return true;
	for (size_t i = 0; i < s->conf.n_peers; i++)
		if (s->peers[i] == uid)
			return true;
	return false;
}

static bool
room_for(struct server *s, uid_t uid)
{
	size_t same = 0;
	bool room;

	pthread_mutex_lock(&s->lock);
	for (const struct conn *c = s->conns; c != NULL; c = c->next)
		same += c->uid == uid;
	room = s->n_conns < CONNS_MAX && same < CONNS_UID;
	pthread_mutex_unlock(&s->lock);
	return room;
}

/* False: nothing was taken, fd is still the caller's. */
static bool
conn_new(struct server *s, int fd, uid_t uid)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT };
	struct conn *c = calloc(1, sizeof(*c));
	int rc;

	if (c == NULL)
		return false;
	c->fd = fd;
	c->uid = uid;
	c->own = uid == 0 || uid == geteuid();
	c->last_us = ybh_mono_us();
	ybh_buf_init(&c->in, 4 + YBH_FRAME_MAX);
	pthread_mutex_lock(&s->lock);
	c->next = s->conns;
	if (c->next != NULL)
		c->next->prev = c;
	s->conns = c;
	s->n_conns++;
	ev.data.ptr = c;
	rc = epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, fd, &ev);
	pthread_mutex_unlock(&s->lock);
	if (rc != 0)
		conn_close(s, c); /* with its fd */
	return true;
}

static void
conn_accept(struct server *s)
{
	static const unsigned char refused[5] = { 0, 0, 0, 1, YBH_ST_REFUSED };
	struct ucred who;
	socklen_t len = sizeof(who);
	int fd = accept4(s->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) != 0 || !uid_allowed(s, who.uid)) {
		(void)send(fd, refused, sizeof(refused), MSG_NOSIGNAL); /* it may be gone */
		(void)close(fd);
		return;
	}
	if (!room_for(s, who.uid) || !conn_new(s, fd, who.uid))
		(void)close(fd);
}

/* ---- frames ---- */

/* Answers are small against the socket's buffer: a peer that does not read them is dropped. */
static int
reply(const struct conn *c, struct ybh_frame *out)
{
	size_t done = 0;

	if (ybh_frame_end(out) != 0) {
		ybh_frame_begin(out, YBH_ST_AWAY);
		if (ybh_frame_end(out) != 0)
			return -1;
	}
	while (done < out->len) {
		ssize_t n = send(c->fd, out->at + done, out->len - done, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		done += (size_t)n;
	}
	ybh_wipe(out->at, out->len);
	return 0;
}

enum got { GOT_FRAME, GOT_PART, GOT_END };

static enum got
frame_read(struct conn *c)
{
	unsigned char part[4096];
	size_t want, n;

	for (;;) {
		want = 4;
		if (c->in.len >= 4) {
			n = ybh_frame_expect((const unsigned char *)c->in.p);
			if (n == 0)
				return GOT_END;
			want = 4 + n;
			if (c->in.len == want)
				return GOT_FRAME;
		}
		want -= c->in.len;
		ssize_t got = recv(c->fd, part, want < sizeof(part) ? want : sizeof(part), 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			return GOT_PART;
		if (got <= 0)
			return GOT_END;
		ybh_buf_put(&c->in, part, (size_t)got);
		if (c->in.failed)
			return GOT_END;
	}
}

/* One large question does not keep its memory. */
static void
conn_reset(struct conn *c)
{
	if (c->in.cap > IN_KEEP) {
		ybh_buf_free(&c->in);
		ybh_buf_init(&c->in, 4 + YBH_FRAME_MAX);
	}
	ybh_buf_reset(&c->in);
}

static struct ybh_fields
fields_of(const struct conn *c)
{
	return (struct ybh_fields){ (const unsigned char *)c->in.p + 5, c->in.len - 5 };
}

static void
chain_queue(struct server *s, struct conn *c)
{
	c->queued = NULL;
	pthread_mutex_lock(&s->queue_lock);
	if (s->queue_last != NULL)
		s->queue_last->queued = c;
	else
		s->queue_first = c;
	s->queue_last = c;
	pthread_cond_signal(&s->queue_more);
	pthread_mutex_unlock(&s->queue_lock);
}

/* What a peer sent, until there is no more or it is another's turn. */
static void
conn_serve(struct server *s, struct conn *c, struct yb_arena *a, struct ybh_frame *out)
{
	conn_take(s, c);
	for (int i = 0; i < TURN; i++) {
		enum got got = frame_read(c);

		if (got == GOT_END) {
			conn_close(s, c);
			return;
		}
		conn_mark(s, c, got == GOT_PART && c->in.len > 0);
		if (got == GOT_PART)
			break;
		if (c->in.p[4] == YBH_OP_CHAIN_OPEN) {
			chain_queue(s, c);
			return;
		}
		answer(s->conf.keys, c->own, a, (unsigned char)c->in.p[4], fields_of(c), out);
		ybh_arena_reset(a);
		conn_reset(c);
		if (reply(c, out) != 0) {
			conn_close(s, c);
			return;
		}
	}
	conn_arm(s, c);
}

/* ---- threads ---- */

static void *
serve_thread(void *arg)
{
	struct server *s = arg;
	struct ybh_frame *out = malloc(sizeof(*out));
	struct yb_arena *a = ybh_arena_new(65536, 1048576);
	struct epoll_event ev;

	if (out == NULL || a == NULL) {
		ybh_log(YBH_ERR, "a thread has no memory");
		abort();
	}
	for (;;) {
		int n = epoll_wait(s->epoll_fd, &ev, 1, -1);

		if (n < 1)
			continue;
		if (ev.data.ptr == &s->stop_fd)
			break;
		if (ev.data.ptr == &s->listen_fd) {
			conn_accept(s);
			ev.events = EPOLLIN | EPOLLONESHOT;
			(void)epoll_ctl(s->epoll_fd, EPOLL_CTL_MOD, s->listen_fd, &ev);
			continue;
		}
		conn_serve(s, ev.data.ptr, a, out);
	}
	ybh_arena_free(a);
	free(out);
	return NULL;
}

static struct conn *
chain_next(struct server *s)
{
	struct conn *c;

	pthread_mutex_lock(&s->queue_lock);
	while (s->queue_first == NULL && !s->stopping)
		pthread_cond_wait(&s->queue_more, &s->queue_lock);
	c = s->queue_first;
	if (c != NULL) {
		s->queue_first = c->queued;
		if (s->queue_first == NULL)
			s->queue_last = NULL;
	}
	pthread_mutex_unlock(&s->queue_lock);
	return c;
}

static void *
chain_thread(void *arg)
{
	struct server *s = arg;
	struct ybh_frame *out = malloc(sizeof(*out));
	struct yb_arena *a = ybh_arena_new(65536, 1048576);
	struct conn *c;

	if (out == NULL || a == NULL) {
		ybh_log(YBH_ERR, "a thread has no memory");
		abort();
	}
	while ((c = chain_next(s)) != NULL) {
		chain_answer(s->conf.keys, s->db, a, fields_of(c), out);
		ybh_arena_reset(a);
		conn_reset(c);
		if (reply(c, out) != 0)
			conn_close(s, c);
		else
			conn_arm(s, c);
	}
	ybh_arena_free(a);
	free(out);
	return NULL;
}

/* ---- start and stop ---- */

/*
 * Who may connect is decided by uid, not by the mode: with peers of other uids the socket is
 * open to connect to, and everybody else is refused at once.
 */
static int
listen_on(const char *path, bool others, char *err, size_t size)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	size_t n = strlen(path);
	int fd;

	if (n == 0 || n >= sizeof(addr.sun_path)) {
		(void)snprintf(err, size, "keeper_socket: 1 to 107 bytes");
		return -1;
	}
	memcpy(addr.sun_path, path, n);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	(void)unlink(path); /* the lock on the keys says that nobody else serves it */
	if (fd >= 0 && bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) == 0 &&
	    chmod(path, others ? 0666 : 0600) == 0 && listen(fd, 512) == 0)
		return fd;
	(void)snprintf(err, size, "%s: cannot listen there (errno %d)", path, errno);
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

static int
epoll_ready(struct server *s)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = &s->stop_fd };

	s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	s->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->epoll_fd < 0 || s->stop_fd < 0 ||
	    epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, s->stop_fd, &ev) != 0)
		return -1;
	ev.data.ptr = &s->listen_fd;
	ev.events = EPOLLIN | EPOLLONESHOT;
	return epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, s->listen_fd, &ev);
}

static int
threads_start(struct server *s)
{
	pthread_attr_t attr;
	int rc = 0;

	if (pthread_attr_init(&attr) != 0)
		return -1;
	(void)pthread_attr_setstacksize(&attr, STACK_BYTES); /* else the system's size */
	if (pthread_create(&s->chain_thread, &attr, chain_thread, s) == 0)
		s->has_chain_thread = true;
	else
		rc = -1;
	for (size_t i = 0; i < THREADS && rc == 0; i++) {
		if (pthread_create(&s->threads[i], &attr, serve_thread, s) == 0)
			s->n_threads++;
		else
			rc = -1;
	}
	(void)pthread_attr_destroy(&attr);
	return rc;
}

struct server *
server_start(const struct server_conf *conf, char *err, size_t size)
{
	struct server *s = calloc(1, sizeof(*s));

	(void)snprintf(err, size, "no memory, or too few descriptors or threads");
	if (s == NULL)
		return NULL;
	s->conf = *conf;
	s->epoll_fd = s->stop_fd = s->listen_fd = -1;
	(void)pthread_mutex_init(&s->lock, NULL); /* these cannot fail on Linux */
	(void)pthread_mutex_init(&s->queue_lock, NULL);
	(void)pthread_cond_init(&s->queue_more, NULL);
	s->peers = calloc(conf->n_peers + 1, sizeof(*s->peers));
	s->db = ybh_db_new(conf->db);
	if (s->peers == NULL || s->db == NULL) {
		server_stop(s);
		return NULL;
	}
	if (conf->n_peers > 0)
		memcpy(s->peers, conf->peers, conf->n_peers * sizeof(*s->peers));
	s->listen_fd = listen_on(conf->socket_path, conf->n_peers > 0, err, size);
	if (s->listen_fd < 0 || epoll_ready(s) != 0 || threads_start(s) != 0) {
		server_stop(s);
		return NULL;
	}
	return s;
}

void
server_tick(struct server *s, int64_t mono_us)
{
	pthread_mutex_lock(&s->lock);
	for (const struct conn *c = s->conns; c != NULL; c = c->next)
		if ((c->began_us != 0 && mono_us - c->began_us > PARTIAL_US) ||
		    mono_us - c->last_us > IDLE_US)
			(void)shutdown(c->fd, SHUT_RDWR); /* its thread then sees the end */
	pthread_mutex_unlock(&s->lock);
}

void
server_stop(struct server *s)
{
	const uint64_t one = 1;

	if (s == NULL)
		return;
	if (s->stop_fd >= 0)
		(void)!write(s->stop_fd, &one, sizeof(one)); /* an eventfd takes it */
	for (size_t i = 0; i < s->n_threads; i++)
		(void)pthread_join(s->threads[i], NULL);
	pthread_mutex_lock(&s->queue_lock);
	s->stopping = true;
	pthread_cond_broadcast(&s->queue_more);
	pthread_mutex_unlock(&s->queue_lock);
	if (s->has_chain_thread)
		(void)pthread_join(s->chain_thread, NULL);
	while (s->conns != NULL)
		conn_close(s, s->conns);
	if (s->listen_fd >= 0) {
		(void)unlink(s->conf.socket_path);
		(void)close(s->listen_fd);
	}
	if (s->epoll_fd >= 0)
		(void)close(s->epoll_fd);
	if (s->stop_fd >= 0)
		(void)close(s->stop_fd);
	ybh_db_free(s->db);
	free(s->peers);
	free(s);
}
