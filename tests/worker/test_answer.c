/*
 * test_answer.c - an answer in one write (core/worker/answer.c), read as a web server reads it.
 */
#include "../support/unit.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../core/worker/worker.h"

#define HEADERS "Status: 200 OK\r\nContent-Type: text/plain\r\n"

struct peer {
	int fd;
	size_t n;
	unsigned char got[70000];
};

/* Everything until the end, a little at a time. */
static void *
peer_reads(void *arg)
{
	struct peer *p = arg;
	ssize_t n;

	while ((n = read(p->fd, p->got + p->n, 997)) > 0)
		p->n += (size_t)n;
	return NULL;
}

static struct ybh_output
output(const char *body, size_t len)
{
	return (struct ybh_output) { .status = 200, .headers = { HEADERS, strlen(HEADERS) },
		.body = { body, len } };
}

static struct peer *
sent(const struct ybh_output *out, int request_id)
{
	struct peer *p = calloc(1, sizeof *p);
	pthread_t reader;
	int fd[2];

	assert_non_null(p);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	p->fd = fd[0];
	assert_int_equal(pthread_create(&reader, NULL, peer_reads, p), 0);
	answer_at_once(fd[1], request_id, out);
	close(fd[1]);
	pthread_join(reader, NULL);
	close(fd[0]);
	return p;
}

static void
one_record_and_its_end(void **state)
{
	const struct ybh_output out = output("kept", 4);
	const size_t content = strlen(HEADERS) + 2 + 4;
	struct peer *p = sent(&out, 0x0102);
	const unsigned char begin[8] = { 1, 6, 1, 2, 0, (unsigned char)content, 0, 0 };
	const unsigned char end[24] = { 1, 6, 1, 2, 0, 0, 0, 0, 1, 3, 1, 2, 0, 8 };

	(void)state;
	assert_int_equal(p->n, 8 + content + 24);
	assert_memory_equal(p->got, begin, 8);
	assert_memory_equal(p->got + 8, HEADERS "\r\nkept", content);
	assert_memory_equal(p->got + 8 + content, end, 24);
	free(p);
}

static void
no_body(void **state)
{
	const struct ybh_output out = output(NULL, 0);
	struct peer *p = sent(&out, 1);

	(void)state;
	assert_true(answer_fits(&out));
	assert_int_equal(p->n, 8 + strlen(HEADERS) + 2 + 24);
	assert_memory_equal(p->got + 8, HEADERS "\r\n", strlen(HEADERS) + 2);
	free(p);
}

static int64_t
nothing_more(void *arg, const void **ret)
{
	(void)arg;
	(void)ret;
	return 0;
}

/* To the byte: 65535 is what two bytes of length can say. */
static void
the_longest(void **state)
{
	const size_t most = 65535 - strlen(HEADERS) - 2;
	char *body = malloc(most + 1);
	struct ybh_output out;
	struct peer *p;

	(void)state;
	assert_non_null(body);
	memset(body, 'x', most + 1);
	out = output(body, most + 1);
	assert_false(answer_fits(&out));
	out = output(body, most);
	assert_true(answer_fits(&out));
	p = sent(&out, 1);
	assert_int_equal(p->n, 8 + 65535 + 24);
	assert_int_equal(p->got[4] << 8 | p->got[5], 65535);
	assert_memory_equal(p->got + 8 + 65535 - most, body, most);
	assert_int_equal(p->got[8 + 65535 + 8 + 1], 3);
	out.more = nothing_more;
	assert_false(answer_fits(&out));
	free(p);
	free(body);
}

/* As the threads of a worker are: the signal is blocked, the answer is lost, nobody waits. */
static void
a_peer_that_went_away(void **state)
{
	const struct ybh_output out = output("lost", 4);
	sigset_t set, pending;
	int fd[2];

	(void)state;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGPIPE);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	close(fd[0]);
	answer_at_once(fd[1], 1, &out);
	assert_int_equal(sigpending(&pending), 0);
	assert_int_equal(sigismember(&pending, SIGPIPE), 1);
	close(fd[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_record_and_its_end),
		cmocka_unit_test(no_body),
		cmocka_unit_test(the_longest),
		cmocka_unit_test(a_peer_that_went_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
