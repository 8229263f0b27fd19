/*
 * yoboctl_keys.c - `yoboctl keys`: the signing keys, which yobo-keeper holds.
 */
#include "ctl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct {
	enum ybh_key_class cls;
	const char *name;
} classes[] = {
	{ YBH_KEY_ISSUED, "issued" },
	{ YBH_KEY_ACCESS, "access" },
	{ YBH_KEY_INTERNAL, "internal" },
	{ YBH_KEY_CHECKPOINT, "checkpoint" },
	{ YBH_KEY_EXCHANGE, "exchange" },
};

#define CLASSES (sizeof classes / sizeof *classes)

static const char *
state_name(enum ybh_key_state state)
{
	switch (state) {
	case YBH_KEY_NEXT:
		return "next";
	case YBH_KEY_CURRENT:
		return "current";
	case YBH_KEY_PREVIOUS:
		return "previous";
	case YBH_KEY_RETIRED:
		return "retired";
	}
	return "unknown";
}

static const char *
class_name(enum ybh_key_class cls)
{
	for (size_t i = 0; i < CLASSES; i++) {
		if (classes[i].cls == cls)
			return classes[i].name;
	}
	return "unknown";
}

static int
keeper_failed(struct ybh_keeper *k, int rc)
{
	ctl_error("keys: the keeper %s",
	    rc == -EACCES ? "refused: run this as its own user or as root"
	    : rc == -ECONNREFUSED || rc == -ETIMEDOUT ? "does not answer on [core] keeper_socket"
						      : "did not accept the request");
	ybh_keeper_free(k);
	return CTL_FAILED;
}

static int
keys_list(struct ctl *c, struct ybh_keeper *k)
{
	struct ctl_table t;
	yb_list keys;
	int rc = ybh_keeper_keys(k, c->arena, &keys);

	if (rc != 0)
		return keeper_failed(k, rc);
	ctl_table_init(&t, c->arena, 4);
	ctl_table_row(&t, "CLASS", "STATE", "VERIFIES UNTIL", "KID");
	for (size_t i = 0; i < keys.n; i++) {
		const struct ybh_key *key = (const struct ybh_key *)keys.items + i;
		char until[32] = "-";

		if (key->not_after.us != 0)
			(void)ybh_time_print(key->not_after, until);
		until[25] = '\0';
		ctl_table_row(&t, class_name(key->cls), state_name(key->state), until,
		    ybh_arena_cstr(c->arena, key->kid));
	}
	ctl_table_print(&t);
	ybh_keeper_free(k);
	return CTL_OK;
}

/* The public keys of a class as PEM, for those who verify: the one that signs comes first. */
static int
keys_public(struct ctl *c, struct ybh_keeper *k, enum ybh_key_class cls)
{
	static const enum ybh_key_state order[] = { YBH_KEY_CURRENT, YBH_KEY_NEXT, YBH_KEY_PREVIOUS };
	const struct ybh_key *key;
	yb_list keys;
	int rc = ybh_keeper_keys(k, c->arena, &keys);

	if (rc != 0)
		return keeper_failed(k, rc);
	key = keys.items;
	for (size_t s = 0; s < sizeof order / sizeof *order; s++)
		for (size_t i = 0; i < keys.n; i++)
			if (key[i].cls == cls && key[i].state == order[s])
				(void)printf("%.*s", (int)key[i].public_pem.len, key[i].public_pem.p);
	ybh_keeper_free(k);
	return CTL_OK;
}

static int
usage(void)
{
	ctl_error("keys list | keys public CLASS | keys next CLASS | keys rotate CLASS |"
		  " keys retire CLASS KID");
	ctl_error("CLASS: issued, access, internal, checkpoint, exchange");
	return CTL_USAGE;
}

int
ctl_keys(struct ctl *c, int argc, char **argv)
{
	const char *socket = ybh_option(c->conf, "core", ybh_core_options, "keeper_socket");
	struct ybh_keeper *k;
	enum ybh_key_class cls = 0;
	int rc, words;

	if (argc < 2)
		return usage();
	words = strcmp(argv[1], "retire") == 0 ? 4 : strcmp(argv[1], "list") == 0 ? 2 : 3;
	for (size_t i = 0; argc > 2 && i < CLASSES; i++) {
		if (strcmp(argv[2], classes[i].name) == 0)
			cls = classes[i].cls;
	}
	if (argc != words || !yb_word_in(yb_cstr(argv[1]), "list,public,next,rotate,retire", ',') ||
	    (words > 2 && cls == 0))
		return usage();
	k = ybh_keeper_new(socket);
	if (k == NULL) {
		ctl_error("[core] keeper_socket %s: not a path for a socket", socket);
		return CTL_CONFIG;
	}
	if (words == 2)
		return keys_list(c, k);
	if (strcmp(argv[1], "public") == 0)
		return keys_public(c, k, cls);
	rc = ybh_keeper_manage(k, argv[1], cls, words == 4 ? yb_cstr(argv[3]) : yb_cstr(NULL));
	if (rc != 0)
		return keeper_failed(k, rc);
	return keys_list(c, k);
}
