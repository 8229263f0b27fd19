/*
 * announce.c - an approved change is told to whom it concerns, once (MS-8; H-8-2 step 7, H-8-3
 * step 5, H-8-5 step 4): a mail with counts to the administrators of these organisations.
 *
 * Whom a change concerns is said by audience_of alone, whatever carries the news.
 */
#include "announce.h"

#include <yb/mail.h>
#include <yb/org.h>
#include <yb/run.h>

#define PAGE 200 /* mails of one step */

/* ---- whom it concerns ---- */

enum audience
audience_of(const struct change *c)
{
	static const struct {
		const char *masters;
		enum audience who;
	} table[] = { { "M02,M03,M04,M05", AUDIENCE_CONTRACT }, { "M12,M13,M14,M14I", AUDIENCE_ALL },
		{ "M11,M15,M16,M17", AUDIENCE_MUNI }, { "M31,M32,M33", AUDIENCE_PREFECTURE },
		{ "M44", AUDIENCE_NHIF } };

	/* Shipped and received rows are what everybody expects; nobody decided anything. */
	if (!yb_word_in(c->kind, "EDIT,IMPORT,EMERGENCY", ','))
		return AUDIENCE_NOBODY;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if (yb_word_in(c->master, table[i].masters, ','))
			return table[i].who;
	return AUDIENCE_NOBODY;
}

struct admin {
	int64_t actor_id;
	yb_str mail;
};

static const yb_field admin_row[] = {
	{ "actor_id", YB_OF(struct admin, actor_id) },
	{ "mail", YB_OF(struct admin, mail) },
	{ 0 },
};

#define ADMINS "SELECT a.actor_id, a.mail FROM account_admin_view AS a"
#define ADMINS_END " AND a.actor_id > ? ORDER BY a.actor_id LIMIT 200"

/* All of them bind the owner of the change, though not all ask for it. */
const yb_query q_admins_all = {
	.name = "master_admins_all",
	.sql = ADMINS " WHERE a.org_type IN ('MUNI', 'HMI', 'NMI', 'NHIF', 'NHIC') AND a.org_id <> ?"
	       ADMINS_END,
	.row = admin_row,
	.row_size = sizeof(struct admin),
	.nparams = 2,
	.tenant = YB_CROSS,
};

const yb_query q_admins_muni = {
	.name = "master_admins_muni",
	.sql = ADMINS " WHERE a.org_type IN ('MUNI', 'NHIC') AND a.org_id <> ?" ADMINS_END,
	.row = admin_row,
	.row_size = sizeof(struct admin),
	.nparams = 2,
	.tenant = YB_CROSS,
};

const yb_query q_admins_nhif = {
	.name = "master_admins_nhif",
	.sql = ADMINS " WHERE a.org_type = 'NHIF' AND a.org_id <> ?" ADMINS_END,
	.row = admin_row,
	.row_size = sizeof(struct admin),
	.nparams = 2,
	.tenant = YB_CROSS,
};

const yb_query q_admins_prefecture = {
	.name = "master_admins_prefecture",
	.sql = ADMINS " JOIN core_org AS o ON o.pref_code = a.pref_code"
	       " WHERE a.org_type IN ('MUNI', 'HMI', 'NMI') AND o.org_id = ?" ADMINS_END,
	.row = admin_row,
	.row_size = sizeof(struct admin),
	.nparams = 2,
	.tenant = YB_CROSS,
};

/* Institutions with a contract, collective or of its own, that is not over. */
const yb_query q_admins_contract = {
	.name = "master_admins_contract",
	.sql = ADMINS " JOIN core_org AS o ON o.org_id = ? WHERE a.org_type IN ('HMI', 'NMI')"
	       " AND (EXISTS (SELECT 1 FROM master_contract_view AS c WHERE c.muni_code = o.org_code"
	       "   AND c.org_code = a.org_code AND (c.contract_to IS NULL"
	       "    OR c.contract_to >= DATE(UTC_TIMESTAMP() + INTERVAL 9 HOUR)))"
	       "  OR EXISTS (SELECT 1 FROM master_live_view AS l WHERE l.master = 'M05'"
	       "   AND l.owner_id = o.org_id AND JSON_VALUE(l.cells, '$.org_code') = a.org_code"
	       "   AND (l.valid_to IS NULL OR l.valid_to >= DATE(UTC_TIMESTAMP() + INTERVAL 9 HOUR))))"
	       ADMINS_END,
	.row = admin_row,
	.row_size = sizeof(struct admin),
	.nparams = 2,
	.tenant = YB_CROSS,
};

static int
admins_list(yb_req *r, enum audience who, int64_t owner_id, int64_t after, yb_list *ret)
{
	static const yb_query *const queries[] = { [AUDIENCE_ALL] = &q_admins_all,
		[AUDIENCE_MUNI] = &q_admins_muni, [AUDIENCE_NHIF] = &q_admins_nhif,
		[AUDIENCE_PREFECTURE] = &q_admins_prefecture,
		[AUDIENCE_CONTRACT] = &q_admins_contract };

	*ret = (yb_list) { NULL, 0 };
	if (who == AUDIENCE_NOBODY)
		return 0;
	return yb_db_list(r, queries[who], YB_ARGS(yb_i64(owner_id), yb_i64(after)), PAGE, ret);
}

/* ---- the mail ---- */

static yb_str
counts_of(yb_req *r, const struct change *c)
{
	return yb_format_text(r, "追加%lld件、変更%lld件、終了%lld件", (long long)c->n_added,
	    (long long)c->n_changed, (long long)c->n_ended);
}

/* Free texts of the change stay out: somebody may have named a person in them. */
static int
mail_one(yb_req *r, const struct table *t, const struct change *c, yb_str owner, yb_str to)
{
	const char *text = yb_str_is(c->kind, "EMERGENCY") ? "lot-stopped" : "change";
	yb_str day = yb_format_text(r, "%d年%d月%d日", c->valid_from.year, c->valid_from.month,
	    c->valid_from.day);

	return yb_mail(r, text, to,
	    YB_MAIL_WORDS({ "master", yb_cstr(t->name) }, { "owner", owner }, { "day", day },
		{ "counts", counts_of(r, c) }, { "id", yb_cstr(t->id) }));
}

static int
owner_name(yb_req *r, const struct change *c, yb_str *ret)
{
	yb_org org;
	enum yb_found found;

	*ret = YB_STR("予予・請求システム");
	if (!c->org_id.set)
		return 0;
	found = yb_org_by_id(r, c->org_id.v, &org);
	if (found == YB_ONE_ROW)
		*ret = org.name;
	return found == YB_DB_FAILED ? -1 : 0;
}

/* ---- the clock ---- */

struct untold {
	int64_t change_id, told_upto;
};

static const yb_field untold_row[] = {
	{ "change_id", YB_OF(struct untold, change_id) },
	{ "told_upto", YB_OF(struct untold, told_upto) },
	{ 0 },
};

/* A lot that is stopped first. Nobody else tells, so nothing is locked that others write. */
const yb_query q_untold = {
	.name = "master_untold",
	.sql = "SELECT change_id, told_upto FROM master_change WHERE told_us IS NULL"
	       " AND status IN ('APPROVED', 'EFFECTIVE')"
	       " ORDER BY kind = 'EMERGENCY' DESC, change_id LIMIT 1",
	.row = untold_row,
	.row_size = sizeof(struct untold),
	.nparams = 0,
	.tenant = YB_CROSS,
};

const yb_query q_told = {
	.name = "master_told",
	.sql = "UPDATE master_change SET told_us = ?, told_upto = ? WHERE change_id = ?",
	.nparams = 3,
	.tenant = YB_CROSS,
};

static int
told(yb_req *r, const struct untold *u, bool all)
{
	return exec(r, &q_told,
	    YB_ARGS(all ? yb_at(yb_now(r)) : yb_at((yb_time) { 0 }), yb_i64(u->told_upto),
		yb_i64(u->change_id)));
}

/* One page of the administrators of one change, with their mails, in one transaction. */
static int
page_tell(yb_req *r, struct untold *u, const struct change *c)
{
	const struct table *t = table_find(c->master);
	bool wanted = t != NULL && yb_option_i64(r, "announce") == 1;
	const struct admin *at;
	yb_list admins;
	yb_str owner;

	if (admins_list(r, wanted ? audience_of(c) : AUDIENCE_NOBODY, c->org_id.v, u->told_upto,
		&admins) < 0 ||
	    owner_name(r, c, &owner) < 0)
		return -1;
	at = admins.items;
	for (size_t i = 0; i < admins.n; i++)
		if (mail_one(r, t, c, owner, at[i].mail) < 0)
			return -1;
	if (admins.n > 0)
		u->told_upto = at[admins.n - 1].actor_id;
	yb_run_count(r, "mails", (int64_t)admins.n);
	yb_run_count(r, "changes", admins.n < PAGE);
	return told(r, u, admins.n < PAGE);
}

/* Timer master.announce, a step. */
int
announce_run(yb_req *r)
{
	struct untold u;
	struct change c;
	enum yb_found found = yb_db_one(r, &q_untold, YB_NO_ARGS, &u);

	if (found != YB_ONE_ROW)
		return found == YB_NO_ROW ? 0 : -1;
	if (change_find(r, u.change_id, &c) < 0)
		return -1;
	yb_run_again(r);
	return page_tell(r, &u, &c);
}
