/*
 * The keeper's client (keeper.h): one question at a time on a connection that is opened when
 * needed and dropped at the first doubt.
 */
#include "keeper.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "crypto.h"
#include "keeper_wire.h"

#define TIMEOUT_S 5
/* A key is too early for a second; three times that, then somebody else is rotating too. */
#define EARLY_PAUSE_US 100000
#define EARLY_TRIES    30

struct ybh_keeper {
	struct sockaddr_un addr;
	int fd;                 /* -1: not connected */
	struct ybh_frame frame; /* the question, then the answer */
};

struct ybh_keeper *
ybh_keeper_new(const char *socket_path)
{
	struct ybh_keeper *k;
	size_t n = strlen(socket_path);

	if (n >= sizeof(k->addr.sun_path))
		return NULL;
	k = calloc(1, sizeof(*k));
	if (k == NULL)
		return NULL;
	k->addr.sun_family = AF_UNIX;
	memcpy(k->addr.sun_path, socket_path, n);
	k->fd = -1;
	return k;
}

static void
hang_up(struct ybh_keeper *k)
{
	if (k->fd >= 0)
		(void)close(k->fd);
	k->fd = -1;
}

void
ybh_keeper_free(struct ybh_keeper *k)
{
	if (k == NULL)
		return;
	hang_up(k);
	ybh_wipe(k->frame.at, sizeof(k->frame.at));
	free(k);
}

static int
dial(struct ybh_keeper *k)
{
	const struct timeval limit = { .tv_sec = TIMEOUT_S };
	int saved;

	if (k->fd >= 0)
		return 0;
	k->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (k->fd < 0)
		return -ECONNREFUSED;
	if (setsockopt(k->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0 &&
	    setsockopt(k->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0 &&
	    connect(k->fd, (const struct sockaddr *)&k->addr, sizeof(k->addr)) == 0)
		return 0;
	saved = errno;
	hang_up(k);
	if (saved == EACCES || saved == EPERM)
		return -EACCES;
	return saved == EAGAIN ? -ETIMEDOUT : -ECONNREFUSED;
}

static int
send_all(struct ybh_keeper *k)
{
	size_t done = 0;

	while (done < k->frame.len) {
		ssize_t n = send(k->fd, k->frame.at + done, k->frame.len - done, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -ECONNRESET;
		done += (size_t)n;
	}
	return 0;
}

/* -ECONNRESET only when not one byte came. */
static int
read_full(struct ybh_keeper *k, size_t from, size_t to)
{
	while (from < to) {
		ssize_t n = recv(k->fd, k->frame.at + from, to - from, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return -ETIMEDOUT;
		if (n <= 0)
			return from == 0 ? -ECONNRESET : -ECONNREFUSED;
		from += (size_t)n;
	}
	return 0;
}

static int
receive(struct ybh_keeper *k)
{
	size_t n;
	int rc = read_full(k, 0, 4);

	if (rc != 0)
		return rc;
	n = ybh_frame_expect(k->frame.at);
	if (n == 0)
		return -EPROTO;
	rc = read_full(k, 4, 4 + n);
	if (rc != 0)
		return rc;
	k->frame.len = 4 + n;
	return 0;
}

static int
exchange_once(struct ybh_keeper *k)
{
	int sent, rc = dial(k);

	if (rc != 0)
		return rc;
	sent = send_all(k);
	/* A peer that is refused is told so, even if our question found the door shut. */
	rc = sent == -ETIMEDOUT ? sent : receive(k);
	if (rc != 0)
		hang_up(k);
	return rc;
}

/*
 * Asks what is in k->frame; the answer is then in k->frame. A connection the keeper closed
 * meanwhile (it was restarted) is opened again once: it then has not answered anything.
 */
static int
ask(struct ybh_keeper *k)
{
	struct ybh_frame *f = &k->frame;
	bool reused = k->fd >= 0;
	size_t len;
	int rc;

	if (ybh_frame_end(f) != 0)
		return -EPROTO;
	len = f->len;
	rc = exchange_once(k);
	if (rc == -ECONNRESET && reused) {
		f->len = len;
		rc = exchange_once(k);
	}
	if (rc == -ECONNRESET)
		rc = -ECONNREFUSED;
	if (rc != 0)
		return rc;
	switch (f->at[4]) {
	case YBH_ST_OK:
		return 0;
	case YBH_ST_REFUSED:
		hang_up(k);
		return -EACCES;
	case YBH_ST_AWAY:
		return -ECONNREFUSED;
	case YBH_ST_EARLY:
		return -EAGAIN;
	default:
		return -EPROTO;
	}
}

/* The one field a short answer must have; null when it is not there. */
static yb_bytes
field(const struct ybh_keeper *k, enum ybh_keeper_tag tag)
{
	struct ybh_fields s = ybh_frame_fields(&k->frame);
	yb_bytes b;
	unsigned t;

	while (ybh_field_next(&s, &t, &b) == 1)
		if (t == tag)
			return b;
	return (yb_bytes){ NULL, 0 };
}

static int
text_take(struct yb_arena *a, yb_bytes b, yb_str *ret)
{
	char *p = ybh_arena_alloc(a, b.len + 1);

	if (p == NULL)
		return -ENOMEM;
	memcpy(p, b.p, b.len);
	*ret = (yb_str){ p, b.len };
	return 0;
}

static int
key_field(struct ybh_key *key, unsigned tag, yb_bytes b, struct yb_arena *a)
{
	uint64_t v;

	switch (tag) {
	case YBH_TAG_STATE:
		if (b.len != 1)
			return -EPROTO;
		key->state = (enum ybh_key_state)b.p[0];
		return 0;
	case YBH_TAG_KID:
		return text_take(a, b, &key->kid);
	case YBH_TAG_PEM:
		return text_take(a, b, &key->public_pem);
	case YBH_TAG_NOT_AFTER:
		if (!ybh_field_u64(b, &v) || v > INT64_MAX)
			return -EPROTO;
		key->not_after.us = (int64_t)v;
		return 0;
	default:
		return 0; /* of a newer keeper */
	}
}

int
ybh_keeper_keys(struct ybh_keeper *k, struct yb_arena *a, yb_list *ret)
{
	struct ybh_key *keys;
	struct ybh_fields s;
	size_t n = 0, at = 0;
	yb_bytes b;
	unsigned tag;
	int rc, more;

	ybh_frame_begin(&k->frame, YBH_OP_KEYS);
	rc = ask(k);
	if (rc != 0)
		return rc;
	s = ybh_frame_fields(&k->frame);
	while (ybh_field_next(&s, &tag, &b) == 1)
		n += tag == YBH_TAG_CLASS;
	keys = ybh_arena_alloc(a, (n + 1) * sizeof(*keys));
	if (keys == NULL)
		return -ENOMEM;
	s = ybh_frame_fields(&k->frame);
	while ((more = ybh_field_next(&s, &tag, &b)) == 1) {
		if (tag == YBH_TAG_CLASS && b.len == 1)
			keys[at++].cls = (enum ybh_key_class)b.p[0];
		else if (tag == YBH_TAG_CLASS || at == 0)
			return -EPROTO;
		else if ((rc = key_field(&keys[at - 1], tag, b, a)) != 0)
			return rc;
	}
	if (more != 0)
		return -EPROTO;
	*ret = (yb_list){ keys, at };
	return 0;
}

int
ybh_keeper_sign(struct ybh_keeper *k, enum ybh_key_class cls, yb_str claims, struct yb_arena *a,
    yb_str *ret_token)
{
	yb_bytes b;
	int rc;

	ybh_frame_begin(&k->frame, YBH_OP_SIGN);
	ybh_frame_u8(&k->frame, YBH_TAG_CLASS, cls);
	ybh_frame_put(&k->frame, YBH_TAG_CLAIMS, claims.p, claims.len);
	rc = ask(k);
	if (rc != 0)
		return rc;
	b = field(k, YBH_TAG_TOKEN);
	return b.p == NULL || b.len == 0 ? -EPROTO : text_take(a, b, ret_token);
}

int
ybh_keeper_file_sign(struct ybh_keeper *k, yb_bytes control, unsigned char ret[72],
    size_t *ret_len)
{
	yb_bytes b;
	int rc;

	ybh_frame_begin(&k->frame, YBH_OP_FILE_SIGN);
	ybh_frame_put(&k->frame, YBH_TAG_CLAIMS, control.p, control.len);
	rc = ask(k);
	if (rc != 0)
		return rc;
	b = field(k, YBH_TAG_SIGNATURE);
	if (b.len == 0 || b.len > 72)
		return -EPROTO;
	memcpy(ret, b.p, b.len);
	*ret_len = b.len;
	return 0;
}

int
ybh_keeper_chain_open(struct ybh_keeper *k, yb_str host, struct ybh_chain_grant *ret)
{
	yb_bytes chain, mac, signature, moment;
	uint64_t id, us;
	int rc;

	ybh_frame_begin(&k->frame, YBH_OP_CHAIN_OPEN);
	ybh_frame_put(&k->frame, YBH_TAG_HOST, host.p, host.len);
	rc = ask(k);
	if (rc != 0)
		return rc;
	chain = field(k, YBH_TAG_CHAIN);
	mac = field(k, YBH_TAG_MAC);
	signature = field(k, YBH_TAG_SIGNATURE);
	moment = field(k, YBH_TAG_MOMENT);
	if (!ybh_field_u64(chain, &id) || !ybh_field_u64(moment, &us) || us > INT64_MAX ||
	    mac.len != sizeof(ret->mac_key) || signature.len == 0 ||
	    signature.len > sizeof(ret->signature))
		return -EPROTO;
	ret->chain_id = id;
	ret->opened_us = (int64_t)us;
	memcpy(ret->mac_key, mac.p, sizeof(ret->mac_key));
	memset(ret->signature, 0, sizeof(ret->signature));
	memcpy(ret->signature, signature.p, signature.len);
	ret->signature_len = signature.len;
	ybh_wipe(k->frame.at, k->frame.len);
	return 0;
}

int
ybh_keeper_chain_key(struct ybh_keeper *k, uint64_t chain_id, unsigned char ret[32])
{
	yb_bytes mac;
	int rc;

	ybh_frame_begin(&k->frame, YBH_OP_CHAIN_KEY);
	ybh_frame_u64(&k->frame, YBH_TAG_CHAIN, chain_id);
	rc = ask(k);
	if (rc != 0)
		return rc;
	mac = field(k, YBH_TAG_MAC);
	if (mac.len != 32)
		return -EPROTO;
	memcpy(ret, mac.p, 32);
	ybh_wipe(k->frame.at, k->frame.len);
	return 0;
}

static int
manage_once(struct ybh_keeper *k, const char *what, enum ybh_key_class cls, yb_str kid)
{
	ybh_frame_begin(&k->frame, YBH_OP_MANAGE);
	ybh_frame_put(&k->frame, YBH_TAG_WHAT, what, strlen(what));
	ybh_frame_u8(&k->frame, YBH_TAG_CLASS, cls);
	if (kid.p != NULL)
		ybh_frame_put(&k->frame, YBH_TAG_KID, kid.p, kid.len);
	return ask(k);
}

int
ybh_keeper_manage(struct ybh_keeper *k, const char *what, enum ybh_key_class cls, yb_str kid)
{
	int rc = manage_once(k, what, cls, kid);

	for (int i = 0; rc == -EAGAIN && i < EARLY_TRIES; i++) {
		(void)usleep(EARLY_PAUSE_US);
		rc = manage_once(k, what, cls, kid);
	}
	return rc;
}
