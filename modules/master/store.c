/*
 * store.c - changes and their versions in the database.
 *
 * Every transition holds the change's row, then its master's book; in this order everywhere.
 */
#include "master.h"

#include <string.h>

const yb_field change_row[] = {
	{ "change_id", YB_OF(struct change, change_id) },
	{ "master", YB_OF(struct change, master) },
	{ "owner_id", YB_OF(struct change, owner_id) },
	{ "org_id", YB_OF(struct change, org_id) },
	{ "kind", YB_OF(struct change, kind) },
	{ "status", YB_OF(struct change, status) },
	{ "valid_from", YB_OF(struct change, valid_from) },
	{ "reason", YB_OF(struct change, reason) },
	{ "legal_ref", YB_OF(struct change, legal_ref) },
	{ "ticket_no", YB_OF(struct change, ticket_no) },
	{ "need_own", YB_OF(struct change, need_own) },
	{ "need_nhic", YB_OF(struct change, need_nhic) },
	{ "need_muni", YB_OF(struct change, need_muni) },
	{ "n_rows", YB_OF(struct change, n_rows) },
	{ "n_added", YB_OF(struct change, n_added) },
	{ "n_changed", YB_OF(struct change, n_changed) },
	{ "n_ended", YB_OF(struct change, n_ended) },
	{ "diff_hash", YB_OF(struct change, diff_hash) },
	{ "created_by", YB_OF(struct change, created_by) },
	{ "created_user", YB_OF(struct change, created_user) },
	{ "decided_user", YB_OF(struct change, decided_user) },
	{ "decided_text", YB_OF(struct change, decided_text) },
	{ "created_us", YB_OF(struct change, created) },
	{ "submitted_us", YB_OF(struct change, submitted) },
	{ "decided_us", YB_OF(struct change, decided) },
	{ "effective_us", YB_OF(struct change, effective) },
	{ "row_ver", YB_OF(struct change, row_ver) },
	{ 0 },
};

#define CHANGE_COLUMNS                                                                         \
	"change_id, master, owner_id, org_id, kind, status, valid_from, reason, legal_ref,"    \
	" ticket_no, need_own, need_nhic, need_muni, n_rows, n_added, n_changed, n_ended,"     \
	" diff_hash, created_by, created_user, decided_user, decided_text, created_us,"        \
	" submitted_us, decided_us, effective_us, row_ver"

const yb_query q_change = {
	.name = "master_change",
	.sql = "SELECT " CHANGE_COLUMNS " FROM master_change WHERE change_id = ?",
	.row = change_row,
	.row_size = sizeof(struct change),
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query q_change_lock = {
	.name = "master_change_lock",
	.sql = "SELECT " CHANGE_COLUMNS " FROM master_change WHERE change_id = ? FOR UPDATE",
	.row = change_row,
	.row_size = sizeof(struct change),
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query q_change_insert = {
	.name = "master_change_insert",
	.sql = "INSERT INTO master_change (master, owner_id, org_id, kind, status, valid_from,"
	       " reason, legal_ref, ticket_no, created_by, created_user, created_us, updated_us)"
	       " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	.nparams = 13,
	.tenant = YB_CROSS,
};

const yb_query q_change_head = {
	.name = "master_change_head",
	.sql = "UPDATE master_change SET valid_from = ?, reason = ?, legal_ref = ?, ticket_no = ?,"
	       " kind = ?, updated_us = ?, row_ver = row_ver + 1 WHERE change_id = ?",
	.nparams = 7,
	.tenant = YB_CROSS,
};

const yb_query q_change_set = {
	.name = "master_change_set",
	.sql = "UPDATE master_change SET status = ?, need_own = ?, need_nhic = ?, need_muni = ?,"
	       " diff_hash = ?, decided_by = COALESCE(?, decided_by), decided_user = ?,"
	       " decided_text = ?, submitted_us = ?, decided_us = ?, effective_us = ?,"
	       " updated_us = ?, row_ver = row_ver + 1 WHERE change_id = ?",
	.nparams = 13,
	.tenant = YB_CROSS,
};

const yb_query q_change_recount = {
	.name = "master_change_recount",
	.sql = "UPDATE master_change AS c JOIN (SELECT COUNT(*) AS n, COALESCE(SUM(op = 'NEW'), 0)"
	       " AS a, COALESCE(SUM(op = 'REVISE'), 0) AS b, COALESCE(SUM(op IN ('END',"
	       " 'DELETE')), 0) AS d FROM master_version WHERE change_id = ?) AS s"
	       " SET c.n_rows = s.n, c.n_added = s.a, c.n_changed = s.b, c.n_ended = s.d"
	       " WHERE c.change_id = ?",
	.nparams = 2,
	.tenant = YB_CROSS,
};

const yb_query q_change_delete = {
	.name = "master_change_delete",
	.sql = "DELETE FROM master_change WHERE change_id = ? AND status = 'DRAFT'",
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query q_versions_delete = {
	.name = "master_versions_delete",
	.sql = "DELETE FROM master_version WHERE change_id = ? AND status = 'DRAFT'",
	.nparams = 1,
	.tenant = YB_CROSS,
};

const yb_query q_versions_set = {
	.name = "master_versions_set",
	.sql = "UPDATE master_version SET status = ?, pending = ? WHERE change_id = ?"
	       " AND status <> 'DELETED'",
	.nparams = 3,
	.tenant = YB_CROSS,
};

const yb_query q_key_insert = {
	.name = "master_key_insert",
	.sql = "INSERT INTO master_key (master, owner_id, key_text) VALUES (?, ?, ?)",
	.nparams = 3,
	.tenant = YB_CROSS,
};

const yb_query q_key_used = {
	.name = "master_key_used",
	.sql = "UPDATE master_key SET next_no = ? WHERE key_id = ?",
	.nparams = 2,
	.tenant = YB_CROSS,
};

const yb_query q_version_insert = {
	.name = "master_version_insert",
	.sql = "INSERT INTO master_version (change_id, key_id, version_no, op, status, valid_from,"
	       " valid_to, cells, row_hash, search_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	.nparams = 10,
	.tenant = YB_CROSS,
};

struct hands {
	int64_t n;
};

static const yb_field hands_row[] = {
	{ "n", YB_OF(struct hands, n) },
	{ 0 },
};

/* Hands that were on a change already and belong to the person of an account. */
const yb_query q_hands = {
	.name = "master_hands",
	.sql = "SELECT COUNT(*) AS n FROM (SELECT created_by AS actor_id FROM master_change"
	       " WHERE change_id = ? UNION SELECT actor_id FROM master_approval"
	       " WHERE change_id = ?) AS h"
	       " JOIN account_person_view AS p ON p.actor_id = h.actor_id"
	       " JOIN account_person_view AS me ON me.person_id = p.person_id"
	       " WHERE me.actor_id = ?",
	.row = hands_row,
	.row_size = sizeof(struct hands),
	.nparams = 3,
	.tenant = YB_CROSS,
};

int
exec(yb_req *r, const yb_query *q, yb_args args)
{
	int64_t rows;
	int rc = yb_db_exec(r, q, args, &rows);

	return rc == YB_DUPLICATE ? yb_problem(r, "E-SYS-003") : rc;
}

/* ---- changes ---- */

int
change_insert(yb_req *r, const struct table *t, int64_t owner_id, const struct change_new *in,
    const char *status, int64_t *ret_id)
{
	const yb_caller *who = yb_who(r);
	bool staff = who->kind == YB_STAFF;
	yb_value now = yb_at(yb_now(r));

	if (exec(r, &q_change_insert,
		YB_ARGS(yb_text(yb_cstr(t->id)), yb_i64(owner_id),
		    staff ? yb_i64(who->org_id) : yb_null(), yb_text(in->kind),
		    yb_text(yb_cstr(status)), yb_day(in->valid_from), yb_text(in->reason),
		    yb_text(in->legal_ref), yb_text(in->ticket_no),
		    staff ? yb_i64(who->actor_id) : yb_null(),
		    staff ? yb_text(who->actor) : yb_null(), now, now)) < 0)
		return -1;
	*ret_id = yb_db_last_id(r);
	return 0;
}

static void
change_finish(yb_req *r, struct change *c)
{
	c->diff_hex = yb_hex(r, c->diff_hash);
}

int
change_find(yb_req *r, int64_t change_id, struct change *ret)
{
	if (yb_db_find(r, &q_change, YB_ARGS(yb_i64(change_id)), ret) < 0)
		return -1;
	change_finish(r, ret);
	return 0;
}

bool
change_is_ours(const yb_req *r, const struct change *c)
{
	return c->org_id.set && c->org_id.v == yb_who(r)->org_id;
}

/* Ours, or waiting for the word of NHIC, or of this municipality. */
static bool
change_visible(const yb_req *r, const struct change *c)
{
	const yb_caller *who = yb_who(r);

	return change_is_ours(r, c) ||
	    (c->org_id.set && who->org_type == YB_ORG_NHIC && c->need_nhic > 0) ||
	    (c->need_muni.set && c->need_muni.v == who->org_id);
}

int64_t
path_number(const yb_req *r, const char *name)
{
	int64_t v = 0;

	return yb_number_parse(yb_path(r, name), &v) ? v : 0;
}

int
change_open(yb_req *r, struct change *ret, const struct table **ret_table)
{
	bool reads = ret_table == NULL;
	int64_t id = path_number(r, "change_id");

	if (yb_db_find(r, reads ? &q_change : &q_change_lock, YB_ARGS(yb_i64(id)), ret) < 0)
		return -1;
	if (!change_visible(r, ret))
		return yb_problem(r, "E-AUTH-005");
	change_finish(r, ret);
	yb_audit_target(r, yb_format_text(r, "master:%.*s", (int)ret->master.len, ret->master.p).p,
	    ret->diff_hex.p != NULL ? ret->diff_hex
				    : yb_format_text(r, "change %lld", (long long)ret->change_id));
	if (reads)
		return 0;
	*ret_table = table_find(ret->master);
	return *ret_table == NULL ? yb_problem(r, "E-SYS-003")
				  : book_lock(r, *ret_table, ret->owner_id);
}

int
hands_same(yb_req *r, int64_t change_id, bool approvers)
{
	struct hands hands = { 0 };

	if (yb_db_find(r, &q_hands,
		YB_ARGS(yb_i64(change_id), yb_i64(approvers ? change_id : 0),
		    yb_i64(yb_who(r)->actor_id)),
		&hands) < 0)
		return -1;
	return hands.n > 0;
}

int
change_set(yb_req *r, const struct change *c, const char *status)
{
	const yb_caller *who = yb_who(r);

	return exec(r, &q_change_set,
	    YB_ARGS(yb_text(yb_cstr(status)), yb_i64(c->need_own), yb_i64(c->need_nhic),
		yb_int_or_null(c->need_muni), yb_blob(c->diff_hash),
		who->kind == YB_STAFF && c->decided.us != 0 ? yb_i64(who->actor_id) : yb_null(),
		yb_text(c->decided_user), yb_text(c->decided_text), yb_at(c->submitted),
		yb_at(c->decided), yb_at(c->effective), yb_at(yb_now(r)), yb_i64(c->change_id)));
}

int
versions_set(yb_req *r, int64_t change_id, const char *status, bool pending)
{
	int64_t rows;
	int rc = yb_db_exec(r, &q_versions_set,
	    YB_ARGS(yb_text(yb_cstr(status)), pending ? yb_i64(1) : yb_null(), yb_i64(change_id)),
	    &rows);

	return rc == YB_DUPLICATE ? yb_problem(r, "E-MST-002") : rc;
}

int
change_delete(yb_req *r, int64_t change_id)
{
	if (exec(r, &q_versions_delete, YB_ARGS(yb_i64(change_id))) < 0)
		return -1;
	return exec(r, &q_change_delete, YB_ARGS(yb_i64(change_id)));
}

int
change_recount(yb_req *r, int64_t change_id)
{
	return exec(r, &q_change_recount, YB_ARGS(yb_i64(change_id), yb_i64(change_id)));
}

/* ---- versions ---- */

struct new_row {
	int64_t change_id, owner_id, key_id, version_no, next_no;
	yb_str master, key, op, status, cells, search;
	yb_date valid_from, valid_to;
	yb_bytes hash;
};

static const yb_field key_params[] = {
	{ "master", YB_OF(struct new_row, master) },
	{ "owner_id", YB_OF(struct new_row, owner_id) },
	{ "key_text", YB_OF(struct new_row, key) },
	{ 0 },
};

static const yb_field used_params[] = {
	{ "next_no", YB_OF(struct new_row, next_no) },
	{ "key_id", YB_OF(struct new_row, key_id) },
	{ 0 },
};

static const yb_field version_params[] = {
	{ "change_id", YB_OF(struct new_row, change_id) },
	{ "key_id", YB_OF(struct new_row, key_id) },
	{ "version_no", YB_OF(struct new_row, version_no) },
	{ "op", YB_OF(struct new_row, op) },
	{ "status", YB_OF(struct new_row, status) },
	{ "valid_from", YB_OF(struct new_row, valid_from) },
	{ "valid_to", YB_OF(struct new_row, valid_to) },
	{ "cells", YB_OF(struct new_row, cells) },
	{ "row_hash", YB_OF(struct new_row, hash) },
	{ "search_key", YB_OF(struct new_row, search) },
	{ 0 },
};

/* Keys nobody had before; then every entry knows its key's row. */
static int
keys_make(yb_req *r, const struct table *t, int64_t owner_id, yb_date on, struct entry *entries,
    size_t n)
{
	struct new_row *rows = yb_alloc(r, n * sizeof *rows);
	size_t fresh = 0;

	for (size_t i = 0; i < n; i++)
		if (!entries[i].bad && entries[i].base == NULL)
			rows[fresh++] = (struct new_row) { .master = yb_cstr(t->id),
				.owner_id = owner_id,
				.key = entries[i].key };
	if (fresh == 0)
		return 0;
	if (yb_db_each(r, &q_key_insert, key_params, sizeof *rows, rows, fresh) != 0)
		return yb_problem(r, "E-SYS-003");
	return current_merge(r, t, entries, n, on, false);
}

int
change_add(yb_req *r, const struct table *t, int64_t owner_id, int64_t change_id,
    yb_date valid_from, const char *status, struct entry *entries, size_t n)
{
	struct new_row *rows = yb_alloc(r, (n + 1) * sizeof *rows);
	size_t m = 0;

	if (keys_make(r, t, owner_id, valid_from, entries, n) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct entry *e = &entries[i];

		if (e->bad)
			continue;
		if (e->base == NULL || e->base->owner_id != owner_id)
			return yb_problem(r, "E-AUTH-005");
		rows[m++] = (struct new_row) { .change_id = change_id,
			.key_id = e->base->key_id,
			.version_no = e->base->next_no,
			.next_no = e->base->next_no + 1,
			.op = yb_cstr(op_names[e->op]),
			.status = yb_cstr(status),
			.valid_from = valid_from,
			.valid_to = e->valid_to,
			.cells = e->json,
			.search = e->search,
			.hash = e->hash };
	}
	if (m == 0)
		return 0;
	if (yb_db_each(r, &q_version_insert, version_params, sizeof *rows, rows, m) != 0 ||
	    yb_db_each(r, &q_key_used, used_params, sizeof *rows, rows, m) != 0)
		return yb_problem(r, "E-SYS-003");
	return 0;
}
