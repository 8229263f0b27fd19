/*
 * mail_put - puts a mail into the outbox of a running instance, as a step of a run does.
 *
 *	mail_put CONFIG TEXTS [--rollback | --dry] NAME TO [WORD=VALUE ...]
 *
 * TEXTS is a directory of texts, in which area "sample" has NAME. Prints the problem, or "ok".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

#define WORDS_MAX 16

struct order {
	const char *name, *to;
	yb_mail_word words[WORDS_MAX];
	size_t n;
	bool rollback;
};

static int
step(yb_req *r)
{
	const struct order *o = *(const struct order *const *)yb_module_state(r);

	if (yb_mail(r, o->name, yb_cstr(o->to), o->words, o->n) < 0)
		return -1;
	return o->rollback ? yb_problem(r, "E-SYS-001") : 0;
}

static int
fail(const char *what)
{
	(void)fprintf(stderr, "mail_put: %s\n", what);
	return 2;
}

static int
put(struct ybh_process *p, struct order *o, bool dry)
{
	static const yb_route route = { .handler = step, .id = "sample.mail", .summary = "",
		.reach = YB_REACH_CROSS, .effect = YB_WRITES, .function = "test" };
	static const yb_route none[] = { { 0 } };
	static const yb_module module = { .abi = YB_ABI, .size = sizeof module, .name = "sample",
		.version = "1", .routes = none };
	struct ybh_loaded loaded = { &module, &o };
	struct ybh_run run = { .loaded = &loaded, .route = &route, .dry = dry,
		.caller = { .kind = YB_SYSTEM, .actor = YB_STR("timer:sample.mail") } };
	struct ybh_account account;
	struct ybh_db_conf conf;
	struct ybh_thread t = { .process = p };
	char err[512];
	int rc;

	if (ybh_account_read(p->conf, "pool jobs", "yobo", &account, &conf, err, sizeof err) < 0)
		return fail(err);
	t.db = ybh_db_new(&conf);
	t.keeper = ybh_keeper_new("/nonexistent");
	t.chain = ybh_chain_new(t.keeper, "mail_put");
	t.arena = ybh_arena_new(65536, 1 << 24);
	ybh_buf_init(&t.headers, 4096);
	ybh_buf_init(&t.reply, 65536);
	ybh_buf_init(&t.scratch, 65536);
	rc = ybh_run_step(&t, &run);
	(void)puts(rc == 0 ? "ok" : run.problem);
	ybh_run_end(&run);
	ybh_chain_free(t.chain, t.db);
	ybh_keeper_free(t.keeper);
	ybh_db_free(t.db);
	ybh_arena_free(t.arena);
	ybh_buf_free(&t.headers);
	ybh_buf_free(&t.reply);
	ybh_buf_free(&t.scratch);
	return 0;
}

int
main(int argc, char **argv)
{
	static const char *const areas[] = { "sample" };
	struct ybh_process p = { 0 };
	struct order o = { 0 };
	struct ybh_conf *conf;
	bool dry = false;
	char err[512];
	int i = 3, rc;

	for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
		dry = dry || strcmp(argv[i], "--dry") == 0;
		o.rollback = o.rollback || strcmp(argv[i], "--rollback") == 0;
	}
	if (argc - i < 2 || argc - i - 2 > WORDS_MAX)
		return fail("usage: mail_put CONFIG TEXTS [--rollback|--dry] NAME TO [WORD=VALUE ...]");
	o.name = argv[i++];
	o.to = argv[i++];
	for (; i < argc; i++) {
		char *value = strchr(argv[i], '=');

		if (value == NULL)
			return fail("WORD=VALUE");
		*value++ = '\0';
		o.words[o.n++] = (yb_mail_word) { argv[i], yb_cstr(value) };
	}
	conf = ybh_conf_load(argv[1], err, sizeof err);
	if (conf == NULL)
		return fail(err);
	p.conf = conf;
	p.pool = "jobs";
	p.base_url = ybh_option(conf, "core", ybh_core_options, "base_url");
	p.field_keys = ybh_field_keys_load(ybh_option(conf, "core", ybh_core_options, "field_keys"),
	    err, sizeof err);
	if (p.field_keys == NULL)
		return fail(err);
	p.mails = ybh_mail_texts_load(argv[2], areas, 1, err, sizeof err);
	if (p.mails == NULL)
		return fail(err);
	rc = put(&p, &o, dry);
	ybh_mail_texts_free(p.mails);
	ybh_field_keys_free(p.field_keys);
	ybh_conf_free(conf);
	return rc;
}
