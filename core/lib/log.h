/*
 * log.h - one line per event on stderr (journald), never personal data.
 *
 * Library code does not log; the place that gives up does, once.
 */
#ifndef YBH_LOG_H
#define YBH_LOG_H

#include <yb/base.h>

enum ybh_level { YBH_ERR = 3, YBH_WARN = 4, YBH_NOTICE = 5, YBH_INFO = 6, YBH_DEBUG = 7 };

/* The name that begins every line: "yobo-worker[main]". Lent, must live on. */
void ybh_log_name(const char *name);
void ybh_log_level(enum ybh_level most);
/* "<3>name: text\n", one write; safe from several threads and processes. */
void ybh_log(enum ybh_level level, const char *fmt, ...) YB_PRINTF(2, 3);

#endif
