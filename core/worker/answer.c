/*
 * answer.c - an answer in one write, where it fits one record (FastCGI 1.0: 3.3, 5.3, 5.5).
 *
 * libfcgi's stream writes by 8 KiB. Each of its writes wakes the web server, which passes on
 * what it has got so far: one more record of TLS, one more reading by the client, and the
 * switches of threads between them.
 */
#include <sys/uio.h>

#include "worker.h"

#define FCGI_1	    1
#define END_REQUEST 3
#define STDOUT	    6
#define HEAD	    8
#define CONTENT_MAX 65535u

static size_t
content(const struct ybh_output *out)
{
	return out->headers.len + 2 + out->body.len;
}

static void
head_make(unsigned char to[HEAD], unsigned char type, int request_id, size_t len)
{
	to[0] = FCGI_1;
	to[1] = type;
	to[2] = (unsigned char)((unsigned)request_id >> 8);
	to[3] = (unsigned char)((unsigned)request_id & 0xff);
	to[4] = (unsigned char)(len >> 8);
	to[5] = (unsigned char)(len & 0xff);
	to[6] = to[7] = 0; /* no padding */
}

static struct iovec
piece(const void *p, size_t len)
{
	return (struct iovec) { (void *)(uintptr_t)p, len };
}

bool
answer_fits(const struct ybh_output *out)
{
	return out->more == NULL && content(out) <= CONTENT_MAX;
}

void
answer_at_once(int fd, int request_id, const struct ybh_output *out)
{
	unsigned char begin[HEAD], end[3 * HEAD] = { 0 };
	const struct iovec all[] = {
		piece(begin, sizeof begin),
		piece(out->headers.p, out->headers.len),
		piece("\r\n", 2),
		piece(out->body.p, out->body.len),
		piece(end, sizeof end),
	};
	ssize_t sent;

	head_make(begin, STDOUT, request_id, content(out));
	head_make(end, STDOUT, request_id, 0);		      /* the stream's end */
	head_make(end + HEAD, END_REQUEST, request_id, HEAD); /* the request's: complete, status 0 */
	/* The socket blocks and signals do not reach us: all of it goes, or the peer has gone. */
	sent = writev(fd, all, sizeof all / sizeof all[0]);
	(void)sent;
}
