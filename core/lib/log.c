/*
 * log.c - one line per event on stderr (log.h).
 */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *log_name = "yobo";
static enum ybh_level log_most = YBH_INFO;

void
ybh_log_name(const char *name)
{
	log_name = name;
}

void
ybh_log_level(enum ybh_level most)
{
	log_most = most;
}

void
ybh_log(enum ybh_level level, const char *fmt, ...)
{
	char line[2048];
	va_list ap;
	int head, n;
	size_t len;

	if (level > log_most)
		return;
	head = snprintf(line, sizeof line, "<%d>%s: ", (int)level, log_name);
	if (head < 0)
		return;
	va_start(ap, fmt);
	n = vsnprintf(line + head, sizeof line - (size_t)head - 1, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	len = strlen(line);
	for (size_t i = (size_t)head; i < len; i++)
		if (line[i] == '\n' || line[i] == '\r')
			line[i] = ' '; /* one event, one line */
	line[len++] = '\n';
	if (write(STDERR_FILENO, line, len) < 0)
		return; /* nobody left to tell */
}
