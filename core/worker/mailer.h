/*
 * mailer.h - sending of mails by a worker with runners.
 */
#ifndef YOBO_MAILER_H
#define YOBO_MAILER_H

#include "../lib/host.h"

struct worker;

/* Reads [mail]. 0 or an exit status, said. Before the first thread. */
int worker_mailer_start(struct worker *w);
void worker_mailer_stop(struct worker *w);
/* A source of work: sends what waits. */
ybh_work_fn worker_mails;
extern const yb_query *const worker_mail_queries[];

#endif
