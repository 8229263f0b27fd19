/*
 * clients.c - the client behind a verified token (internal.h).
 *
 * What the area `token` knows of a client is asked at most every few seconds: the token
 * itself, its revocation and its certificate are checked at every use elsewhere.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define PLACES	 1024 /* for a client, WAYS neighbours of them */
#define WAYS	 4
#define FRESH_US INT64_C(5000000)
#define NOTE_US	 INT64_C(60000000)

struct client {
	char id[48], org_code[12], cidrs[512];
	int64_t actor_id, org_id, read_us, noted_us;
	enum yb_org_type org_type;
	bool active;
};

struct ybh_clients {
	pthread_mutex_t lock;
	struct client at[PLACES];
};

struct client_row {
	int64_t actor_id, org_id;
	yb_str org_code, org_type, cidrs;
	bool active;
};

static const yb_field client_record[] = {
	{ "actor_id", YB_OF(struct client_row, actor_id) },
	{ "org_id", YB_OF(struct client_row, org_id) },
	{ "org_code", YB_OF(struct client_row, org_code) },
	{ "org_type", YB_OF(struct client_row, org_type) },
	{ "cidrs", YB_OF(struct client_row, cidrs) },
	{ "active", YB_OF(struct client_row, active) },
	{ 0 },
};

/* By their unique keys: one view over both would be read as a whole (sql/token/0006_caller.sql). */
#define CALLER_OF(view)                                                                        \
	"SELECT actor_id, org_id, org_code, org_type, cidrs, active FROM " view " WHERE client_id = ?"

static const yb_query access_caller = {
	.name = "access_caller",
	.sql = CALLER_OF("token_access_caller"),
	.row = client_record,
	.row_size = sizeof(struct client_row),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

static const yb_query issued_caller = {
	.name = "issued_caller",
	.sql = CALLER_OF("token_issued_caller"),
	.row = client_record,
	.row_size = sizeof(struct client_row),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

/* H-2-1: first and last use of an issued token, at most once a minute and worker. */
static const yb_query client_used = {
	.name = "client_used",
	.sql = "UPDATE token_use SET first_used_us = COALESCE(first_used_us, ?), last_used_us = ?,"
	       " last_ip = ? WHERE client_id = ?",
	.nparams = 4,
	.tenant = YB_GLOBAL,
};

/* The same of a registered program, by the tokens it fetched. */
static const yb_query program_used = {
	.name = "program_used",
	.sql = "UPDATE token_client_use SET first_used_us = COALESCE(first_used_us, ?),"
	       " last_used_us = ?, last_ip = ? WHERE client_id = ?",
	.nparams = 4,
	.tenant = YB_GLOBAL,
};

const yb_query *const ybh_client_queries[] = { &access_caller, &issued_caller, &client_used,
	&program_used, NULL };

struct ybh_clients *
ybh_clients_new(void)
{
	struct ybh_clients *c = calloc(1, sizeof *c);

	if (c != NULL && pthread_mutex_init(&c->lock, NULL) != 0) {
		free(c);
		return NULL;
	}
	return c;
}

void
ybh_clients_free(struct ybh_clients *c)
{
	if (c == NULL)
		return;
	(void)pthread_mutex_destroy(&c->lock);
	free(c);
}

static struct client *
places(struct ybh_clients *c, yb_str id)
{
	uint64_t h = UINT64_C(1469598103934665603);

	for (size_t i = 0; i < id.len; i++)
		h = (h ^ (unsigned char)id.p[i]) * UINT64_C(1099511628211);
	return &c->at[h % (PLACES / WAYS) * WAYS];
}

/* Under the lock: where a client is, or else takes the place of the one asked longest ago. */
static struct client *
client_place(struct ybh_clients *c, yb_str id)
{
	struct client *at = places(c, id), *oldest = at;

	for (size_t i = 0; i < WAYS; i++) {
		if (yb_str_is(id, at[i].id))
			return &at[i];
		if (at[i].read_us < oldest->read_us)
			oldest = &at[i];
	}
	return oldest;
}

static void
keep(char *out, size_t size, yb_str s)
{
	size_t n = s.len < size ? s.len : size - 1;

	if (n > 0)
		memcpy(out, s.p, n);
	out[n] = '\0';
}

/* Whether an address is inside one network of a comma separated list; an empty list: any. */
static bool
one_contains(const char *net, const char *peer)
{
	char text[64];
	unsigned char a[16], b[16];
	char *slash;
	int family = strchr(net, ':') != NULL ? AF_INET6 : AF_INET;
	long most = family == AF_INET6 ? 128 : 32, bits = most;

	keep(text, sizeof text, yb_cstr(net));
	slash = strchr(text, '/');
	if (slash != NULL) {
		char *end;

		*slash = '\0';
		bits = strtol(slash + 1, &end, 10);
		if (end == slash + 1 || *end != '\0' || bits < 0 || bits > most)
			return false; /* a network we cannot read lets nobody in */
	}
	if (inet_pton(family, text, a) != 1 || inet_pton(family, peer, b) != 1)
		return false;
	for (long i = 0; i < bits; i++)
		if (((a[i / 8] ^ b[i / 8]) >> (7 - i % 8) & 1) != 0)
			return false;
	return true;
}

static bool
address_allowed(const char *cidrs, yb_str peer)
{
	char net[64], from[64];

	if (cidrs[0] == '\0')
		return true;
	keep(from, sizeof from, peer);
	for (const char *at = cidrs; *at != '\0';) {
		size_t n = strcspn(at, ", ");

		if (n > 0 && n < sizeof net) {
			keep(net, sizeof net, (yb_str) { at, n });
			if (one_contains(net, from))
				return true;
		}
		at += n + (at[n] != '\0' ? 1 : 0);
	}
	return false;
}

static enum yb_found
client_read(yb_req *r, yb_str client_id, struct client *ret)
{
	const yb_query *q = r->token.cls == YB_TOKEN_ISSUED ? &issued_caller : &access_caller;
	struct client_row row = { 0 };
	enum yb_found found = yb_db_one(r, q, YB_ARGS(yb_text(client_id)), &row);

	if (found != YB_ONE_ROW)
		return found;
	*ret = (struct client) { .actor_id = row.actor_id, .org_id = row.org_id,
		.active = row.active, .org_type = yb_org_type_of(row.org_type),
		.read_us = ybh_mono_us() };
	keep(ret->id, sizeof ret->id, client_id);
	keep(ret->org_code, sizeof ret->org_code, row.org_code);
	keep(ret->cidrs, sizeof ret->cidrs, row.cidrs);
	if (row.cidrs.len >= sizeof ret->cidrs)
		ret->active = false; /* never guess a shorter list */
	return YB_ONE_ROW;
}

static int
use_note(yb_req *r, yb_str client_id, struct client *c)
{
	const yb_query *q = r->token.cls == YB_TOKEN_ISSUED ? &client_used : &program_used;
	int64_t now = ybh_mono_us();

	if (c->noted_us != 0 && now - c->noted_us < NOTE_US)
		return 0;
	c->noted_us = now;
	return yb_db_exec(r, q,
		   YB_ARGS(yb_at(r->now), yb_at(r->now), yb_text(r->peer), yb_text(client_id)),
		   NULL) < 0
	    ? -1
	    : 0;
}

enum yb_found
ybh_client_find(yb_req *r, yb_str client_id)
{
	struct ybh_clients *all = r->p->clients;
	struct client c;
	bool fresh;

	if (client_id.len >= sizeof c.id)
		return YB_NO_ROW;
	(void)pthread_mutex_lock(&all->lock);
	c = *client_place(all, client_id);
	(void)pthread_mutex_unlock(&all->lock);
	fresh = yb_str_is(client_id, c.id) && ybh_mono_us() - c.read_us < FRESH_US;
	if (!fresh) {
		int64_t noted = yb_str_is(client_id, c.id) ? c.noted_us : 0;
		enum yb_found found = client_read(r, client_id, &c);

		if (found != YB_ONE_ROW)
			return found;
		c.noted_us = noted;
		if (use_note(r, client_id, &c) < 0)
			return YB_DB_FAILED;
		(void)pthread_mutex_lock(&all->lock);
		*client_place(all, client_id) = c;
		(void)pthread_mutex_unlock(&all->lock);
	}
	if (!c.active)
		return YB_NO_ROW;
	r->caller = (yb_caller) {
		.kind = YB_CLIENT,
		.actor_id = c.actor_id,
		.actor = client_id,
		.org_id = c.org_id,
		.org_code = ybh_arena_copy(r->arena, yb_cstr(c.org_code)),
		.org_type = c.org_type,
		.scope = r->token.scope,
		.bound = r->token.cnf_x5t_s256.p != NULL,
	};
	r->client_cidrs = ybh_arena_cstr(r->arena, yb_cstr(c.cidrs));
	return YB_ONE_ROW;
}

bool
yb_peer_within(const yb_req *r, yb_str cidrs)
{
	return yb_str_empty(cidrs) || address_allowed(ybh_arena_cstr(r->arena, cidrs), r->peer);
}

bool
ybh_client_address_ok(const yb_req *r)
{
	return address_allowed(r->client_cidrs, r->peer);
}
