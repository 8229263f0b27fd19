/*
 * account_card.c - login with a staff certificate on a card (A-07, security 9.6).
 *
 * The card signs a nonce of ours together with our address, so that a signature made for
 * another system or another act is worth nothing here. Who that is says the certificate's
 * issuer and serial number, registered by a person who had logged in before; its name says
 * nothing. Without card_anchors none of this exists.
 */
#include "account.h"

#include <string.h>
#include <yb/certificate.h>

#define CARDS_MAX 20 /* shown of one person */

/* ---- shapes ---- */

struct challenge {
	yb_str nonce;
	int64_t seconds;
};

const yb_field account_challenge_out[] = {
	{ "nonce", YB_OF(struct challenge, nonce), .flags = YB_SECRET,
	    .note = "To be signed, once." },
	{ "seconds", YB_OF(struct challenge, seconds), .note = "How long it holds." },
	{ 0 },
};

const yb_field account_card_in[] = {
	{ "nonce", YB_OF(struct account_card_login_in, nonce), .flags = YB_REQUIRED | YB_SECRET,
	    .max = 43, .min = 43 },
	{ "certificate", YB_OF(struct account_card_login_in, certificate),
	    .flags = YB_REQUIRED | YB_LINES, .max = 8192, .min = 1, .note = "PEM." },
	{ "signature", YB_OF(struct account_card_login_in, signature), .flags = YB_REQUIRED,
	    .max = 1000, .min = 1, .note = "Base64url, of the message that api.md describes." },
	{ 0 },
};

struct card {
	int64_t card_id;
	yb_str subject;
	yb_time not_after, registered, last_used;
};

static const yb_field card_out[] = {
	{ "card_id", YB_OF(struct card, card_id) },
	{ "subject", YB_OF(struct card, subject) },
	{ "expires_at", YB_OF(struct card, not_after) },
	{ "registered_at", YB_OF(struct card, registered) },
	{ "last_used_at", YB_OF(struct card, last_used) },
	{ 0 },
};

struct cards {
	yb_list cards;
};

const yb_field account_cards_out[] = {
	{ "cards", YB_OF(struct cards, cards), YB_EACH(card_out, struct card) },
	{ 0 },
};

/* ---- queries ---- */

struct holder {
	int64_t card_id, actor_id;
};

static const yb_field holder_of_row[] = {
	{ "card_id", YB_OF(struct holder, card_id) },
	{ "actor_id", YB_OF(struct holder, actor_id) },
	{ 0 },
};

/* YB_GLOBAL: the card says who logs in. */
const yb_query account_card_by_certificate = {
	.name = "account_card_by_certificate",
	.sql = "SELECT card_id, actor_id FROM account_card"
	       " WHERE issuer_hash = ? AND serial = ? AND removed_us IS NULL",
	.row = holder_of_row,
	.row_size = sizeof(struct holder),
	.nparams = 2,
	.tenant = YB_GLOBAL,
	.absent = "E-AUTH-011",
};

const yb_query account_card_add = {
	.name = "account_card_add",
	.sql = "INSERT INTO account_card (actor_id, issuer_hash, serial, subject, not_after_us,"
	       " registered_us) VALUES (?, ?, ?, ?, ?, ?)",
	.nparams = 6,
	.tenant = YB_SELF,
};

/* A card that was removed before, by whomever, and is shown again. */
const yb_query account_card_again = {
	.name = "account_card_again",
	.sql = "UPDATE account_card AS c JOIN (SELECT ? AS actor_id) AS caller"
	       " SET c.actor_id = caller.actor_id, c.registered_us = ?, c.removed_us = NULL,"
	       " c.last_used_us = NULL"
	       " WHERE c.issuer_hash = ? AND c.serial = ? AND c.removed_us IS NOT NULL",
	.nparams = 4,
	.tenant = YB_SELF,
};

static const yb_field card_row[] = {
	{ "card_id", YB_OF(struct card, card_id) },
	{ "subject", YB_OF(struct card, subject) },
	{ "not_after_us", YB_OF(struct card, not_after) },
	{ "registered_us", YB_OF(struct card, registered) },
	{ "last_used_us", YB_OF(struct card, last_used) },
	{ 0 },
};

const yb_query account_card_list = {
	.name = "account_card_list",
	.sql = "SELECT card_id, subject, not_after_us, registered_us, last_used_us"
	       " FROM account_card WHERE actor_id = ? AND removed_us IS NULL ORDER BY card_id LIMIT 20",
	.row = card_row,
	.row_size = sizeof(struct card),
	.nparams = 1,
	.tenant = YB_SELF,
};

const yb_query account_card_used = {
	.name = "account_card_used",
	.sql = "UPDATE account_card SET last_used_us = ? WHERE card_id = ?",
	.nparams = 2,
	.tenant = YB_GLOBAL,
};

const yb_query account_card_drop = {
	.name = "account_card_drop",
	.sql = "UPDATE account_card AS c"
	       " JOIN (SELECT ? AS actor_id) AS caller ON caller.actor_id = c.actor_id"
	       " SET c.removed_us = ? WHERE c.card_id = ? AND c.removed_us IS NULL",
	.nparams = 3,
	.tenant = YB_SELF,
};

/* ---- what was signed ---- */

static bool
cards_on(const yb_req *r)
{
	return yb_option_text(r, "card_anchors").len > 0;
}

/* POST /account/login/challenge - a nonce for a card to sign, H-1-9. */
int
account_card_challenge(yb_req *r)
{
	int64_t seconds = yb_option_i64(r, "login_minutes") * 60;
	struct challenge out = { yb_secret_new(r), seconds };
	yb_time ends = { yb_now(r).us + seconds * 1000000 };

	if (!cards_on(r))
		return yb_problem(r, "E-REQ-004");
	if (account_throttle_check(r, account_network(r, yb_peer(r)),
		yb_option_i64(r, "network_failures")) < 0)
		return -1;
	if (account_exec(r, &account_step_add,
		YB_ARGS(yb_blob(account_hash(r, out.nonce)), yb_text(YB_STR("C")), yb_null(),
		    yb_at(ends))) < 0)
		return -1;
	return yb_reply_record(r, 200, account_challenge_out, &out);
}

/* The certificate behind a signature for `act`; the nonce is used up whatever comes of it. */
static int
card_prove(yb_req *r, const char *act, const struct account_card_login_in *in, yb_certificate *ret)
{
	yb_str base = yb_base_url(r);
	yb_str message = yb_format_text(r, "yobo card %s\n%.*s\n%.*s", act, (int)base.len, base.p,
	    (int)in->nonce.len, in->nonce.p);
	int64_t rows;

	if (!cards_on(r))
		return yb_problem(r, "E-REQ-004");
	yb_keep_writes(r);
	rows = account_exec(r, &account_step_end,
	    YB_ARGS(yb_blob(account_hash(r, in->nonce)), yb_text(YB_STR("C")), yb_at(yb_now(r))));
	if (rows != 1)
		return rows < 0 ? -1 : yb_problem(r, "E-AUTH-011");
	switch (yb_certificate_verify(r, yb_option_text(r, "card_anchors"), in->certificate,
	    message, in->signature, ret)) {
	case YB_CERTIFICATE_GOOD:
		return 0;
	case YB_CERTIFICATE_NO_ANCHORS:
		return yb_problem(r, "E-SYS-003");
	case YB_CERTIFICATE_MALFORMED:
	case YB_CERTIFICATE_STRANGE:
	case YB_CERTIFICATE_OVER:
	case YB_CERTIFICATE_UNSIGNED:
		break;
	}
	return yb_problem(r, "E-AUTH-011");
}

/* ---- login ---- */

/* The card's owner, locked; a person who may not log in has no card either. */
static int
card_owner(yb_req *r, const yb_certificate *c, struct account_user *u, yb_org *org)
{
	struct holder h;

	if (yb_db_find(r, &account_card_by_certificate,
		YB_ARGS(yb_blob(c->issuer_sha256), yb_blob(c->serial)), &h) < 0 ||
	    yb_db_find(r, &account_by_actor, YB_ARGS(yb_i64(h.actor_id)), u) < 0 ||
	    yb_org_by_id(r, u->org_id, org) == YB_DB_FAILED)
		return -1;
	yb_audit_actor(r, YB_STAFF, u->user_id, u->org_id, org->org_code);
	yb_audit_target(r, "login_step", YB_STR("card"));
	if (!org->open_today || !yb_str_is(u->status, "ACTIVE") || account_ended(u, yb_today(r)))
		return yb_problem(r, "E-AUTH-011");
	return account_exec(r, &account_card_used,
		   YB_ARGS(yb_at(yb_now(r)), yb_i64(h.card_id))) < 0
	    ? -1
	    : 0;
}

/* POST /account/login/card - card and PIN instead of password and code, H-1-9. */
int
account_card_login(yb_req *r)
{
	const struct account_card_login_in *in = yb_body(r);
	yb_str network = account_network(r, yb_peer(r));
	struct account_user u = { 0 };
	yb_org org = { 0 };
	yb_certificate c;

	yb_audit_action(r, YB_ACT_LOGIN_FAIL);
	if (account_throttle_check(r, network, yb_option_i64(r, "network_failures")) < 0)
		return -1;
	if (card_prove(r, "login", in, &c) < 0 || card_owner(r, &c, &u, &org) < 0) {
		yb_keep_writes(r); /* the count, and the row of the access log */
		(void)!account_throttle_count(r, network, yb_option_i64(r, "network_minutes") * 60);
		return -1; /* recorded, whichever came first */
	}
	if (account_hours_check(r, &org) < 0)
		return -1;
	yb_audit_action(r, YB_ACT_LOGIN);
	return account_logged_in_now(r, &u, &org);
}

/* ---- one's cards ---- */

/* POST /account/cards - registers the card in the reader for the caller. */
int
account_card_register(yb_req *r)
{
	const struct account_card_login_in *in = yb_body(r);
	struct account_user u;
	int64_t rows = 0;
	yb_certificate c;
	int rc;

	if (card_prove(r, "register", in, &c) < 0 ||
	    yb_db_find(r, &account_self, YB_NO_ARGS, &u) < 0)
		return -1;
	rc = yb_db_exec(r, &account_card_add,
	    YB_ARGS(yb_blob(c.issuer_sha256), yb_blob(c.serial), yb_text(c.subject),
		yb_at(c.not_after), yb_at(yb_now(r))),
	    &rows);
	if (rc < 0)
		return -1;
	if (rc == YB_DUPLICATE) {
		rows = account_exec(r, &account_card_again,
		    YB_ARGS(yb_at(yb_now(r)), yb_blob(c.issuer_sha256), yb_blob(c.serial)));
		if (rows != 1)
			return rows < 0 ? -1 : yb_problem(r, "E-AUTH-014");
	}
	yb_audit_target(r, "card", account_hex(r, c.serial, c.serial.len));
	if (account_factor_tell(r, &u, "職員カードを登録しました") < 0)
		return -1;
	return account_cards(r);
}

/* GET /account/cards - the caller's cards. */
int
account_cards(yb_req *r)
{
	struct cards out;

	if (yb_db_list(r, &account_card_list, YB_NO_ARGS, CARDS_MAX, &out.cards) < 0)
		return -1;
	return yb_reply_record(r, 200, account_cards_out, &out);
}

/* DELETE /account/cards/{card_id} - a card that is lost, or belongs to somebody else now. */
int
account_card_remove(yb_req *r)
{
	yb_str id = yb_path(r, "card_id");
	struct account_user u;
	int64_t rows, card_id;

	if (!yb_number_parse(id, &card_id))
		return yb_problem(r, "E-AUTH-005");
	yb_audit_target(r, "card", id);
	rows = account_exec(r, &account_card_drop, YB_ARGS(yb_at(yb_now(r)), yb_i64(card_id)));
	if (rows != 1)
		return rows < 0 ? -1 : yb_problem(r, "E-AUTH-005");
	if (yb_db_find(r, &account_self, YB_NO_ARGS, &u) < 0 ||
	    account_factor_tell(r, &u, "職員カードの登録を削除しました") < 0)
		return -1;
	return yb_reply_empty(r);
}
