/*
 * yoboctl - the administrator's hand: checks, shows, migrates, verifies.
 *
 * One command per call; see yoboctl(1).
 */
#include "ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unversioned"
#endif

struct command {
	const char *name;
	const char *arguments;
	const char *what;
	ctl_command *run;
	bool needs_conf;
};

static int ctl_version(struct ctl *c, int argc, char **argv);

static const struct command commands[] = {
	{ "check-config", "", "check yobo.conf, the modules of every pool and the database",
	    ctl_check_config, true },
	{ "routes", "", "every route: method, path, operation, who, scope, roles, reach, action",
	    ctl_routes, true },
	{ "openapi", "", "the API document of all modules", ctl_openapi, true },
	{ "params", "", "every parameter: value in force, default, range, unit, basis", ctl_params,
	    true },
	{ "errors", "[--json]", "the error catalogue", ctl_errors, false },
	{ "migrate", "[--status] [--no-accounts] [--regrant]",
	    "bring the database up to date: tables, accounts, grants, masters", ctl_migrate, true },
	{ "audit", "verify", "verify the access log: 0 whole, 2 tampered, 3 could not run",
	    ctl_audit, true },
	{ "keys", "list | public CLASS | next CLASS | rotate CLASS | retire CLASS KID",
	    "the signing keys (issued, access, internal, checkpoint, exchange)", ctl_keys, true },
	{ "run", "[AREA.TIMER [--dry-run]]",
	    "run a timer now, or without a name show them all: due, last outcome, figures", ctl_run,
	    true },
	{ "version", "", "the version of this program", ctl_version, false },
};

#define COMMANDS (sizeof commands / sizeof commands[0])

static int
ctl_version(struct ctl *c, int argc, char **argv)
{
	(void)c;
	(void)argc;
	(void)argv;
	(void)printf("yobo %s, module interface %u\n", PACKAGE_VERSION, YB_ABI);
	return CTL_OK;
}

static int
usage(FILE *to)
{
	(void)fputs("usage: yoboctl [--config FILE] COMMAND [ARGUMENTS]\n\n", to);
	for (size_t i = 0; i < COMMANDS; i++)
		(void)fprintf(to, "  %s %s\n      %s\n", commands[i].name, commands[i].arguments,
		    commands[i].what);
	return to == stdout ? CTL_OK : CTL_USAGE;
}

static const struct command *
command_find(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}

/* `audit verify` promises 3 for whatever keeps it from running; others say 78. */
static int
cannot_run(const struct command *cmd)
{
	return strcmp(cmd->name, "audit") == 0 ? 3 : CTL_CONFIG;
}

static int
command_run(struct ctl *c, const struct command *cmd, int argc, char **argv)
{
	char err[512];
	int rc;

	c->arena = ybh_arena_new(65536, CTL_ARENA_MAX);
	if (c->arena == NULL) {
		ctl_error("no memory");
		return cannot_run(cmd);
	}
	if (cmd->needs_conf) {
		c->conf = ybh_conf_load(c->conf_path, err, sizeof err);
		if (c->conf == NULL) {
			ctl_error("%s", err);
			ybh_arena_free(c->arena);
			return cannot_run(cmd);
		}
	}
	rc = cmd->run(c, argc, argv);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		ctl_error("could not write the output");
		rc = rc == CTL_OK ? CTL_FAILED : rc;
	}
	ybh_conf_free(c->conf);
	ybh_arena_free(c->arena);
	return rc;
}

int
main(int argc, char **argv)
{
	struct ctl c = { .conf_path = YB_CONF };
	const struct command *cmd;
	int i = 1;

	ybh_log_name("yoboctl");
	for (; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return usage(stdout);
		if (strncmp(argv[i], "--config=", 9) == 0)
			c.conf_path = argv[i] + 9;
		else if (strcmp(argv[i], "--config") == 0 && i + 1 < argc)
			c.conf_path = argv[++i];
		else
			return usage(stderr);
	}
	cmd = i < argc ? command_find(argv[i]) : NULL;
	if (cmd == NULL)
		return usage(stderr);
	return command_run(&c, cmd, argc - i, argv + i);
}
