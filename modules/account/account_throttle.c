/*
 * account_throttle.c - how often something happened, and from which browser (security 9.6).
 *
 * An account that is guessed at from elsewhere is locked for strangers only: a browser its
 * owner has logged in from keeps a count of its own, named by a cookie of 256 random bits.
 */
#include "account.h"

#include <string.h>

#define DEVICE_COOKIE "__Host-yobo-device"
#define DEVICES_MAX   10 /* browsers remembered of one person */
#define PURGE_ROWS    1000

/* ---- counting in windows ---- */

struct counted_in_window {
	int64_t n;
	yb_time ends;
};

static const yb_field counted_in_window_row[] = {
	{ "n", YB_OF(struct counted_in_window, n) },
	{ "ends_us", YB_OF(struct counted_in_window, ends) },
	{ 0 },
};

const yb_query account_throttle_of = {
	.name = "account_throttle_of",
	.sql = "SELECT n, ends_us FROM account_throttle WHERE name = ? AND ends_us > ?",
	.row = counted_in_window_row,
	.row_size = sizeof(struct counted_in_window),
	.nparams = 2,
	.tenant = YB_GLOBAL,
};

/* MariaDB assigns from left to right: the end of the window is looked at before it moves. */
const yb_query account_throttle_add = {
	.name = "account_throttle_add",
	.sql = "INSERT INTO account_throttle (name, n, began_us, ends_us) VALUES (?, 1, ?, ?)"
	       " ON DUPLICATE KEY UPDATE n = IF(ends_us <= VALUES(began_us), 1, n + 1),"
	       " began_us = IF(ends_us <= VALUES(began_us), VALUES(began_us), began_us),"
	       " ends_us = IF(ends_us <= VALUES(began_us), VALUES(ends_us), ends_us)",
	.nparams = 3,
	.tenant = YB_GLOBAL,
};

int
account_throttle_check(yb_req *r, yb_str name, int64_t limit)
{
	struct counted_in_window c;
	int64_t now = yb_now(r).us;
	enum yb_found found = yb_db_one(r, &account_throttle_of,
	    YB_ARGS(yb_text(name), yb_at(yb_now(r))), &c);

	if (found == YB_DB_FAILED)
		return -1;
	if (found == YB_NO_ROW || c.n < limit)
		return 0;
	yb_retry_after(r, (unsigned)((c.ends.us - now) / 1000000 + 1));
	return yb_problem(r, "E-AUTH-010");
}

int
account_throttle_count(yb_req *r, yb_str name, int64_t seconds)
{
	yb_time ends = { yb_now(r).us + seconds * 1000000 };

	return account_exec(r, &account_throttle_add,
		   YB_ARGS(yb_text(name), yb_at(yb_now(r)), yb_at(ends))) < 0
	    ? -1
	    : 0;
}

/* ---- networks ---- */

/* The hex digits at *at, and past them; false: none, or too many of them. */
static bool
group_read(yb_str s, size_t *at, uint16_t *ret)
{
	size_t from = *at;
	unsigned v = 0;

	for (; *at < s.len && s.p[*at] != ':'; ++*at) {
		char c = s.p[*at];
		int h = c >= '0' && c <= '9' ? c - '0'
		    : c >= 'a' && c <= 'f'   ? c - 'a' + 10
		    : c >= 'A' && c <= 'F'   ? c - 'A' + 10
					     : -1;

		if (h < 0)
			return false;
		v = v << 4 | (unsigned)h;
	}
	*ret = (uint16_t)v;
	return *at > from && *at - from <= 4;
}

/* Groups of an IPv6 address, "" between colons being zeroes; false: not one. */
static bool
groups_read(yb_str s, uint16_t out[8])
{
	size_t n = 0, gap = 8;
	uint16_t seen[8] = { 0 };

	for (size_t i = 0; i < s.len;) {
		if (s.p[i] == ':') {
			bool twice = i + 1 < s.len && s.p[i + 1] == ':' && gap == 8;

			gap = twice ? n : gap;
			i += twice ? 2 : 1;
		} else if (n == 8 || !group_read(s, &i, &seen[n++])) {
			return false;
		}
	}
	if (n < 8 && gap == 8)
		return false;
	memset(out, 0, 8 * sizeof out[0]);
	for (size_t i = 0; i < n; i++)
		out[i < gap ? i : 8 - (n - i)] = seen[i];
	return true;
}

yb_str
account_network(yb_req *r, yb_str peer)
{
	const char *last = peer.len == 0 ? NULL : memrchr(peer.p, '.', peer.len);
	const char *colon = peer.len == 0 ? NULL : memrchr(peer.p, ':', peer.len);
	uint16_t g[8];

	if (last != NULL) { /* IPv4, mapped into IPv6 or not */
		const char *from = colon == NULL ? peer.p : colon + 1;

		return yb_format_text(r, "net %.*s.0/24", (int)(last - from), from);
	}
	if (colon != NULL && groups_read(peer, g))
		return yb_format_text(r, "net %x:%x:%x:%x::/56", g[0], g[1], g[2], g[3] & 0xff00u);
	return yb_format_text(r, "net %.*s", (int)(peer.len > 45 ? 45 : peer.len), peer.p);
}

/* ---- browsers ---- */

static const yb_field device_row[] = {
	{ "failed_count", YB_OF(struct account_device, failed) },
	{ "locked_until_us", YB_OF(struct account_device, locked_until) },
	{ 0 },
};

/* Parallel guesses are counted one after another: the row of the user is locked before. */
const yb_query account_device_of = {
	.name = "account_device_of",
	.sql = "SELECT failed_count, locked_until_us FROM account_device"
	       " WHERE actor_id = ? AND device_hash = ? AND expires_us > ?",
	.row = device_row,
	.row_size = sizeof(struct account_device),
	.nparams = 3,
	.tenant = YB_GLOBAL,
};

const yb_query account_device_fail = {
	.name = "account_device_fail",
	.sql = "UPDATE account_device SET failed_count = ?, locked_until_us = ?"
	       " WHERE actor_id = ? AND device_hash = ?",
	.nparams = 4,
	.tenant = YB_GLOBAL,
};

/* An administrator unlocks: no browser is locked any more either. */
const yb_query account_device_unlock = {
	.name = "account_device_unlock",
	.sql = "UPDATE account_device SET failed_count = 0, locked_until_us = NULL"
	       " WHERE actor_id = ?",
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

const yb_query account_device_seen = {
	.name = "account_device_seen",
	.sql = "INSERT INTO account_device (actor_id, device_hash, seen_us, expires_us)"
	       " VALUES (?, ?, ?, ?) ON DUPLICATE KEY UPDATE failed_count = 0,"
	       " locked_until_us = NULL, seen_us = VALUES(seen_us),"
	       " expires_us = VALUES(expires_us)",
	.nparams = 4,
	.tenant = YB_GLOBAL,
};

const yb_query account_device_trim = {
	.name = "account_device_trim",
	.sql = "DELETE FROM account_device WHERE actor_id = ? AND device_hash NOT IN"
	       " (SELECT device_hash FROM (SELECT device_hash FROM account_device"
	       "  WHERE actor_id = ? ORDER BY seen_us DESC LIMIT ?) newest)",
	.nparams = 3,
	.tenant = YB_GLOBAL,
};

const yb_query account_device_drop = {
	.name = "account_device_drop",
	.sql = "DELETE FROM account_device WHERE actor_id = ?",
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

struct any {
	int64_t n;
};

static const yb_field any_row[] = {
	{ "n", YB_OF(struct any, n) },
	{ 0 },
};

const yb_query account_device_any = {
	.name = "account_device_any",
	.sql = "SELECT COUNT(*) AS n FROM account_device WHERE actor_id = ?",
	.row = any_row,
	.row_size = sizeof(struct any),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

int
account_device_find(yb_req *r, int64_t actor_id, struct account_device *ret)
{
	yb_str cookie = yb_cookie(r, DEVICE_COOKIE);
	enum yb_found found;

	*ret = (struct account_device) { 0 };
	if (cookie.len != 43)
		return 0;
	found = yb_db_one(r, &account_device_of,
	    YB_ARGS(yb_i64(actor_id), yb_blob(account_hash(r, cookie)), yb_at(yb_now(r))), ret);
	if (found == YB_DB_FAILED)
		return -1;
	ret->known = found == YB_ONE_ROW;
	ret->hash = account_hash(r, cookie);
	return 0;
}

int
account_device_failed(yb_req *r, int64_t actor_id, const struct account_device *d)
{
	return account_exec(r, &account_device_fail,
		   YB_ARGS(yb_i64(d->failed), yb_at(d->locked_until), yb_i64(actor_id),
		       yb_blob(d->hash))) < 0
	    ? -1
	    : 0;
}

/* A login from a browser the user never used before, although there are some. */
static int
tell_new_place(yb_req *r, const struct account_user *u)
{
	struct any devices = { 0 };

	if (yb_option_i64(r, "new_place_mail") == 0)
		return 0;
	if (yb_db_find(r, &account_device_any, YB_ARGS(yb_i64(u->actor_id)), &devices) < 0)
		return -1;
	if (devices.n == 0)
		return 0;
	return yb_mail(r, "login-new-place", u->mail,
	    YB_MAIL_WORDS({ "name", u->name }, { "at", account_moment(r, yb_now(r)) },
		{ "from", yb_peer(r) }));
}

int
account_device_welcome(yb_req *r, const struct account_user *u, const struct account_device *d)
{
	int64_t seconds = yb_option_i64(r, "device_days") * 86400;
	yb_time ends = { yb_now(r).us + seconds * 1000000 };
	yb_str cookie = yb_cookie(r, DEVICE_COOKIE);

	if (!d->known && tell_new_place(r, u) < 0)
		return -1;
	if (d->hash.p == NULL) /* a browser several people share has one name for all of them */
		cookie = yb_secret_new(r);
	if (account_exec(r, &account_device_seen,
		YB_ARGS(yb_i64(u->actor_id), yb_blob(account_hash(r, cookie)), yb_at(yb_now(r)),
		    yb_at(ends))) < 0)
		return -1;
	if (!d->known && account_exec(r, &account_device_trim,
			     YB_ARGS(yb_i64(u->actor_id), yb_i64(u->actor_id),
				 yb_i64(DEVICES_MAX))) < 0)
		return -1;
	yb_reply_header(r, "Set-Cookie",
	    yb_format_text(r, DEVICE_COOKIE "=%.*s; Path=/; Secure; HttpOnly; SameSite=Strict;"
			      " Max-Age=%lld",
		(int)cookie.len, cookie.p, (long long)seconds));
	return 0;
}

int
account_device_forget(yb_req *r, int64_t actor_id)
{
	return account_exec(r, &account_device_drop, YB_ARGS(yb_i64(actor_id))) < 0 ? -1 : 0;
}

int
account_device_unlocked(yb_req *r, int64_t actor_id)
{
	return account_exec(r, &account_device_unlock, YB_ARGS(yb_i64(actor_id))) < 0 ? -1 : 0;
}

/* ---- what has run out ---- */

const yb_query account_purge_throttle = {
	.name = "account_purge_throttle",
	.sql = "DELETE FROM account_throttle WHERE ends_us < ? LIMIT 1000",
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

const yb_query account_purge_step = {
	.name = "account_purge_step",
	.sql = "DELETE FROM account_login_step WHERE expires_us < ? LIMIT 1000",
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

const yb_query account_purge_link = {
	.name = "account_purge_link",
	.sql = "DELETE FROM account_link WHERE expires_us < ? LIMIT 1000",
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

const yb_query account_purge_device = {
	.name = "account_purge_device",
	.sql = "DELETE FROM account_device WHERE expires_us < ? LIMIT 1000",
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

int
account_purge(yb_req *r)
{
	static const yb_query *const purges[] = { &account_purge_throttle, &account_purge_step,
		&account_purge_link, &account_purge_device };
	bool more = false;

	for (size_t i = 0; i < sizeof purges / sizeof purges[0]; i++) {
		int64_t rows = account_exec(r, purges[i], YB_ARGS(yb_at(yb_now(r))));

		if (rows < 0)
			return -1;
		yb_run_count(r, "deleted", rows);
		more = more || rows == PURGE_ROWS;
	}
	if (more && !yb_run_dry(r))
		yb_run_again(r);
	return 0;
}
