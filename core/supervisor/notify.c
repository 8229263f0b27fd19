/*
 * notify.c - what the supervisor tells the outside: log lines, and sd_notify without libsystemd.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "yobod.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

static struct sockaddr_un notify_to;
static socklen_t notify_len; /* 0: nobody listens */
static int64_t watchdog_us;  /* 0: none asked for */
static int64_t watchdog_next_us;

int64_t
mono_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts); /* cannot fail with this clock */
	return ts.tv_sec * SECOND_US + ts.tv_nsec / 1000;
}

void
log_line(int level, const char *fmt, ...)
{
	char line[1024];
	int head = snprintf(line, sizeof line, "<%d>yobod: ", level);
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	(void)vsnprintf(line + head, sizeof line - (size_t)head - 1, fmt, ap);
	va_end(ap);
	n = strlen(line);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)line[i] < 0x20)
			line[i] = '?';
	line[n++] = '\n';
	(void)!write(STDERR_FILENO, line, n); /* nowhere left to complain */
}

void
notify_init(void)
{
	const char *path = secure_getenv("NOTIFY_SOCKET");
	const char *usec = secure_getenv("WATCHDOG_USEC");
	const char *pid = secure_getenv("WATCHDOG_PID");
	size_t n = path == NULL ? 0 : strlen(path);

	if (n < 2 || n >= sizeof notify_to.sun_path || (*path != '/' && *path != '@'))
		return;
	notify_to.sun_family = AF_UNIX;
	memcpy(notify_to.sun_path, path, n + 1);
	if (*path == '@') /* abstract: begins with NUL and is not terminated */
		notify_to.sun_path[0] = '\0';
	notify_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + (*path != '@'));
	if (usec != NULL && (pid == NULL || strtol(pid, NULL, 10) == getpid()))
		watchdog_us = strtol(usec, NULL, 10);
}

bool
notify_wanted(void)
{
	return notify_len != 0;
}

void
notify_send(const char *fmt, ...)
{
	char text[512];
	va_list ap;
	int fd;

	if (notify_len == 0)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	/* A manager that does not listen is no reason to stop serving. */
	(void)sendto(fd, text, strlen(text), MSG_NOSIGNAL, (const struct sockaddr *)&notify_to,
	    notify_len);
	(void)close(fd);
}

int
notify_watchdog(int64_t now, int most)
{
	int64_t left;

	if (watchdog_us <= 0)
		return most;
	if (now >= watchdog_next_us) {
		notify_send("WATCHDOG=1");
		watchdog_next_us = now + watchdog_us / 2;
	}
	left = (watchdog_next_us - now) / 1000 + 1;
	return left < most ? (int)left : most;
}
