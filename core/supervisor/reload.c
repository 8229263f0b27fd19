/*
 * reload.c - the check flight, and generation N+1 taking over from N.
 *
 * The old generation serves until every worker of the new one is ready; both accept from
 * the same sockets meanwhile, so there is no moment without anybody at the door.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "yobod.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#define CHECK_US (30 * SECOND_US)
#define START_US (60 * SECOND_US)

static void
finish(struct yobod *y)
{
	y->phase = PHASE_SERVE;
	if (y->announced) /* else main.c still has to say it for the first time */
		notify_send("READY=1");
	if (y->reload_again) {
		y->reload_again = false;
		reload_begin(y);
	}
}

void
reload_abort(struct yobod *y, const char *why)
{
	struct fleet *next = y->next;

	y->next = NULL;
	(void)snprintf(y->note, sizeof y->note, "reload failed: %s", why);
	log_line(LOG_ERR, "%s; generation %lu goes on", y->note, y->current->generation);
	for (size_t i = 0; next != NULL && i < YBH_BOARD_WORKERS; i++)
		if (y->workers[i].pid != 0 && fleet_has(next, y->workers[i].pool))
			worker_drain(&y->workers[i], next->drain_us);
	if (next != NULL)
		sockets_close(next, y->current);
	fleet_free(next);
	finish(y);
}

static void
check_failed(struct yobod *y, const char *why, int exit_code)
{
	if (y->current != NULL) {
		reload_abort(y, why);
		return;
	}
	log_line(LOG_ERR, "%s: refused: %s", y->config, why);
	y->exit_code = exit_code;
	y->done = true;
}

void
check_begin(struct yobod *y)
{
	y->phase = PHASE_CHECK;
	y->check_until_us = mono_us() + CHECK_US;
	y->check_pid = spawn_check(y, y->next);
	if (y->check_pid < 0) {
		y->check_pid = 0;
		check_failed(y, strerrordesc_np(errno), EXIT_CONFIG);
	}
}

static void
next_start(struct yobod *y)
{
	struct fleet *f = y->next;
	char err[256];

	if (sockets_open(f, y->current, err, sizeof err) != 0) {
		reload_abort(y, err);
		return;
	}
	f->generation = ++y->generation;
	y->phase = PHASE_START;
	y->check_until_us = mono_us() + START_US;
	for (size_t i = 0; i < f->n; i++) {
		for (long n = 0; n < f->pools[i].workers; n++) {
			if (worker_start(y, f, &f->pools[i]) != 0) {
				reload_abort(y, "a worker could not be started");
				return;
			}
		}
	}
}

void
check_ended(struct yobod *y, int status)
{
	y->check_pid = 0;
	if (y->phase != PHASE_CHECK)
		return; /* stopping: nobody wants to know any more */
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		bool away = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_AWAY;

		check_failed(y, "the check of the configuration failed",
		    away ? EXIT_AWAY : EXIT_CONFIG);
	} else if (y->check_only) {
		log_line(LOG_INFO, "%s: good", y->config);
		y->done = true;
	} else if (y->current == NULL) {
		/* The first generation: pools_tick starts it, as it replaces the dead. */
		y->current = y->next;
		y->next = NULL;
		y->current->generation = ++y->generation;
		y->phase = PHASE_SERVE;
	} else {
		next_start(y);
	}
}

void
reload_begin(struct yobod *y)
{
	char err[512];

	if (y->phase == PHASE_STOP)
		return;
	if (y->phase != PHASE_SERVE) {
		y->reload_again = true;
		return;
	}
	log_line(LOG_NOTICE, "reload");
	if (y->announced)
		notify_send("RELOADING=1\nMONOTONIC_USEC=%lld", (long long)mono_us());
	y->next = fleet_load(y->config, err, sizeof err);
	if (y->next == NULL)
		reload_abort(y, err);
	else if (strcmp(y->next->fixed, y->current->fixed) != 0)
		reload_abort(y, "run_dir, user, group and socket_mode change by restart only");
	else
		check_begin(y);
}

static void
take_over(struct yobod *y)
{
	struct fleet *old = y->current;

	y->current = y->next;
	y->next = NULL;
	y->note[0] = '\0';
	log_line(LOG_NOTICE, "generation %lu serves, generation %lu drains", y->current->generation,
	    old->generation);
	for (size_t i = 0; i < YBH_BOARD_WORKERS; i++)
		if (y->workers[i].pid != 0 && fleet_has(old, y->workers[i].pool))
			worker_drain(&y->workers[i], old->drain_us);
	sockets_close(old, y->current);
	fleet_free(old);
	finish(y);
}

void
reload_tick(struct yobod *y, int64_t now)
{
	if (y->phase == PHASE_CHECK && y->check_pid > 0 && now >= y->check_until_us) {
		log_line(LOG_ERR, "the check of the configuration takes longer than 30 s");
		(void)kill(y->check_pid, SIGKILL); /* and SIGCHLD tells the rest */
		y->check_until_us = now + CHECK_US;
	}
	if (y->phase != PHASE_START)
		return;
	if (workers_ready(y, y->next) == workers_wanted(y->next))
		take_over(y);
	else if (now >= y->check_until_us)
		reload_abort(y, "the new workers are not ready after 60 s");
}
