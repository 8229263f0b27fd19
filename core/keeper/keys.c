/*
 * What the private keys are for (keeper_daemon.h): they sign, are replaced, and end.
 *
 * Every class has a current key, which signs, and a next one, already published, so that a
 * rotation surprises no verifier. A previous key only verifies, until the last token it can
 * have signed has ended.
 */
#include "keys.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/clock.h"
#include "../lib/crypto.h"
#include "../lib/log.h"
#include "../lib/token_parts.h"

#define GRACE_US  INT64_C(60000000)
#define CONTROL_MAX 512 /* bytes of a control file */
/* What an exchange key signed may still lie in a receiver's directory. */
#define FILE_US	  (INT64_C(90) * 86400 * 1000000)
#define SIGN_SKEW 60 /* seconds iat may be away from our clock */
/*
 * A key is published so long before it signs. Workers read the keys every second, and at most
 * a tenth of one before they refuse a key they do not know (token_keys.c): with this they know
 * every key that signs.
 */
#define PUBLISHED_US INT64_C(1000000)

static struct key *
set_find(struct set *s, enum ybh_key_class cls, enum ybh_key_state state)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->at[i].cls == cls && s->at[i].state == state)
			return &s->at[i];
	return NULL;
}

/* ---- changing the set ---- */

/* A new key as next, on the disk. NULL: nothing was added. */
static struct key *
next_add(const struct keystore *ks, struct set *s, enum ybh_key_class cls)
{
	struct key k = { .cls = cls, .state = YBH_KEY_NEXT, .since_us = ybh_now_us() };

	if (s->n == KEYS_MAX)
		return NULL;
	k.pkey = ybh_p256_generate();
	if (k.pkey == NULL || ybh_p256_thumbprint(k.pkey, k.kid) != 0 ||
	    private_write(ks, &k) != 0) {
		EVP_PKEY_free(k.pkey);
		return NULL;
	}
	s->at[s->n++] = k;
	return &s->at[s->n - 1];
}

/* The next key signs from now on, and there is a new next one. */
static int
promote(const struct keystore *ks, struct set *s, enum ybh_key_class cls, int64_t now_us)
{
	struct key *k = set_find(s, cls, YBH_KEY_NEXT);

	if (k == NULL)
		k = next_add(ks, s, cls);
	if (k == NULL)
		return -EIO;
	k->state = YBH_KEY_CURRENT;
	k->since_us = now_us;
	return next_add(ks, s, cls) != NULL ? 0 : -EIO;
}

static bool
set_has(const struct set *s, const char *kid)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->at[i].kid, kid) == 0)
			return true;
	return false;
}

static bool
was_previous(const struct set *s, const char *kid)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->at[i].kid, kid) == 0)
			return s->at[i].state == YBH_KEY_PREVIOUS;
	return false;
}

/* Destroys what `of` holds and `kept` does not. */
static void
set_drop(const struct keystore *ks, struct set *of, const struct set *kept)
{
	char name[80];

	for (size_t i = 0; i < of->n; i++) {
		if (set_has(kept, of->at[i].kid))
			continue;
		key_file(name, of->at[i].cls, of->at[i].kid);
		(void)unlinkat(ks->dir, name, 0);
		EVP_PKEY_free(of->at[i].pkey);
		ybh_log(YBH_NOTICE, "key %.8s of class %s is gone", of->at[i].kid,
		    key_classes[of->at[i].cls]);
	}
}

/* Writes the changed copy and takes it; when that fails the old set stays as it was. */
static int
set_take(struct keystore *ks, struct set *s)
{
	struct set old = ks->set;
	int rc = state_write(ks, s);

	if (rc != 0) {
		set_drop(ks, s, &old);
		return rc;
	}
	(void)pthread_rwlock_wrlock(&ks->lock);
	ks->set = *s;
	for (size_t i = 0; i < s->n; i++)
		if (s->at[i].state == YBH_KEY_PREVIOUS && !was_previous(&old, s->at[i].kid))
			key_demote(ks, &ks->set.at[i]);
	(void)pthread_rwlock_unlock(&ks->lock);
	set_drop(ks, &old, s);
	return 0;
}

static int
rotate(const struct keystore *ks, struct set *s, enum ybh_key_class cls, int64_t now_us)
{
	struct key *k = set_find(s, cls, YBH_KEY_NEXT);

	/* A clock that was set back makes nobody wait. */
	if (k != NULL && now_us >= k->since_us && now_us - k->since_us < PUBLISHED_US)
		return -EAGAIN;
	k = set_find(s, cls, YBH_KEY_CURRENT);
	if (k != NULL) {
		k->state = YBH_KEY_PREVIOUS;
		k->since_us = now_us;
		/* What a checkpoint key signed is read for years: it never ends by itself. */
		if (cls == YBH_KEY_EXCHANGE)
			k->not_after_us = now_us + FILE_US;
		else if (cls != YBH_KEY_CHECKPOINT)
			k->not_after_us = now_us + ybh_token_life(cls) * 1000000 + GRACE_US;
	}
	return promote(ks, s, cls, now_us);
}

static int
retire(const struct keystore *ks, struct set *s, enum ybh_key_class cls, yb_str kid, int64_t now_us)
{
	enum ybh_key_state state;
	size_t i = 0;

	while (i < s->n && !(s->at[i].cls == cls && yb_str_is(kid, s->at[i].kid)))
		i++;
	if (i == s->n || (cls == YBH_KEY_CHECKPOINT && s->at[i].state != YBH_KEY_NEXT))
		return -EPROTO;
	state = s->at[i].state;
	s->at[i] = s->at[--s->n];
	if (state == YBH_KEY_CURRENT)
		return promote(ks, s, cls, now_us);
	if (state == YBH_KEY_NEXT)
		return next_add(ks, s, cls) != NULL ? 0 : -EIO;
	return 0;
}

static int
manage_locked(struct keystore *ks, struct set *s, yb_str what, enum ybh_key_class cls, yb_str kid)
{
	int64_t now_us = ybh_now_us();
	int rc = -EPROTO;

	*s = ks->set;
	if (yb_str_is(what, "next") && set_find(s, cls, YBH_KEY_NEXT) != NULL)
		return 0;
	if (yb_str_is(what, "next"))
		rc = next_add(ks, s, cls) != NULL ? 0 : -EIO;
	else if (yb_str_is(what, "rotate"))
		rc = rotate(ks, s, cls, now_us);
	else if (yb_str_is(what, "retire"))
		rc = retire(ks, s, cls, kid, now_us);
	if (rc != 0) {
		set_drop(ks, s, &ks->set);
		return rc;
	}
	return set_take(ks, s);
}

int
keystore_manage(struct keystore *ks, yb_str what, enum ybh_key_class cls, yb_str kid)
{
	struct set *s = malloc(sizeof(*s));
	int rc;

	if (s == NULL)
		return -EIO;
	pthread_mutex_lock(&ks->change);
	rc = manage_locked(ks, s, what, cls, kid);
	pthread_mutex_unlock(&ks->change);
	free(s);
	if (rc == 0)
		ybh_log(
		    YBH_NOTICE, "keys of class %s: %.*s", key_classes[cls], (int)what.len, what.p);
	return rc;
}

static bool
ended(const struct key *k, int64_t now_us)
{
	return k->state == YBH_KEY_PREVIOUS && k->not_after_us != 0 && k->not_after_us < now_us;
}

void
keystore_expire(struct keystore *ks, int64_t now_us)
{
	struct set *s = malloc(sizeof(*s));

	if (s == NULL)
		return;
	pthread_mutex_lock(&ks->change);
	*s = ks->set;
	for (size_t i = s->n; i-- > 0;)
		if (ended(&s->at[i], now_us))
			s->at[i] = s->at[--s->n];
	if (s->n != ks->set.n && set_take(ks, s) != 0)
		ybh_log(YBH_ERR, "the state of the keys cannot be written");
	pthread_mutex_unlock(&ks->change);
	free(s);
}

/* ---- opening ---- */

static int
dir_open(const char *path, char *err, size_t size)
{
	struct stat st;
	int fd;

	if (mkdir(path, 0700) != 0 && errno != EEXIST) {
		(void)snprintf(err, size, "%s: cannot be made", path);
		return -1;
	}
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0 || (st.st_mode & 077) != 0 || st.st_uid != geteuid()) {
		(void)snprintf(err, size, "%s: must be a directory of ours, mode 0700", path);
	} else if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		(void)snprintf(err, size, "%s: another keeper has these keys", path);
	} else {
		return fd;
	}
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

static int
complete(struct keystore *ks, char *err, size_t size)
{
	struct set *s;
	int rc = 0;

	for (unsigned c = YBH_KEY_ISSUED; c <= YBH_KEY_EXCHANGE && rc == 0; c++) {
		enum ybh_key_class cls = (enum ybh_key_class)c;
		bool current = set_find(&ks->set, cls, YBH_KEY_CURRENT) != NULL;

		if (current && set_find(&ks->set, cls, YBH_KEY_NEXT) != NULL)
			continue;
		s = malloc(sizeof(*s));
		if (s == NULL)
			return -1;
		*s = ks->set;
		if (current)
			rc = next_add(ks, s, cls) != NULL ? 0 : -EIO;
		else
			rc = promote(ks, s, cls, ybh_now_us());
		if (rc == 0)
			rc = set_take(ks, s);
		free(s);
	}
	if (rc != 0)
		(void)snprintf(err, size, "new keys cannot be made or written");
	return rc;
}

struct keystore *
keystore_open(const char *dir, const char *issuer, char *err, size_t size)
{
	struct keystore *ks = calloc(1, sizeof(*ks));

	if (ks == NULL) {
		(void)snprintf(err, size, "no memory");
		return NULL;
	}
	(void)pthread_rwlock_init(&ks->lock, NULL); /* these two cannot fail on Linux */
	(void)pthread_mutex_init(&ks->change, NULL);
	ks->issuer = strdup(issuer);
	ks->dir = dir_open(dir, err, size);
	if (ks->dir < 0 || ks->issuer == NULL || master_read(ks, err, size) != 0 ||
	    state_read(ks, err, size) != 0 || complete(ks, err, size) != 0) {
		keystore_free(ks);
		return NULL;
	}
	keystore_expire(ks, ybh_now_us());
	return ks;
}

void
keystore_free(struct keystore *ks)
{
	if (ks == NULL)
		return;
	for (size_t i = 0; i < ks->set.n; i++)
		EVP_PKEY_free(ks->set.at[i].pkey); /* OpenSSL wipes the number */
	ybh_wipe(ks->master, sizeof(ks->master));
	if (ks->dir >= 0)
		(void)close(ks->dir);
	free(ks->issuer);
	free(ks);
}

/* ---- using ---- */

/* The key that signs, held by a count of its own; NULL: none. */
static EVP_PKEY *
current_hold(struct keystore *ks, enum ybh_key_class cls, char kid[48])
{
	EVP_PKEY *pkey = NULL;
	const struct key *k;

	(void)pthread_rwlock_rdlock(&ks->lock);
	k = set_find(&ks->set, cls, YBH_KEY_CURRENT);
	if (k != NULL && EVP_PKEY_up_ref(k->pkey) == 1) {
		pkey = k->pkey;
		memcpy(kid, k->kid, sizeof(k->kid));
	}
	(void)pthread_rwlock_unlock(&ks->lock);
	return pkey;
}

static void
list_key(struct ybh_frame *out, const struct key *k, struct yb_arena *a)
{
	yb_str pem = ybh_p256_public_pem(k->pkey, a);

	if (pem.p == NULL) {
		out->failed = true;
		return;
	}
	ybh_frame_u8(out, YBH_TAG_CLASS, k->cls);
	ybh_frame_u8(out, YBH_TAG_STATE, k->state);
	ybh_frame_put(out, YBH_TAG_KID, k->kid, strlen(k->kid));
	ybh_frame_put(out, YBH_TAG_PEM, pem.p, pem.len);
	ybh_frame_u64(out, YBH_TAG_NOT_AFTER, (uint64_t)k->not_after_us);
}

void
keystore_list(struct keystore *ks, struct ybh_frame *out)
{
	struct yb_arena *a = ybh_arena_new(16384, 262144);

	if (a == NULL) {
		out->failed = true;
		return;
	}
	(void)pthread_rwlock_rdlock(&ks->lock);
	for (size_t i = 0; i < ks->set.n; i++)
		list_key(out, &ks->set.at[i], a);
	(void)pthread_rwlock_unlock(&ks->lock);
	ybh_arena_free(a);
}

/* Long-lived tokens are signed by libjwt and verified by us: two implementations agree. */
static int
sign_checked(EVP_PKEY *pkey, yb_str kid, yb_str claims, struct yb_arena *a, yb_str *ret_token)
{
	yb_str pem = ybh_p256_private_pem(pkey, a);
	struct ybh_jws jws;
	int rc;

	if (pem.p == NULL)
		return -EIO;
	rc = ybh_token_sign(a, pem, kid, claims, ret_token);
	ybh_wipe((void *)(uintptr_t)pem.p, pem.len);
	if (rc != 0)
		return -EIO;
	if (!ybh_jws_split(*ret_token, &jws) ||
	    ybh_es256_verify(pkey, jws.signed_part.p, jws.signed_part.len, jws.sig) != YBH_TOKEN_OK)
		return -EIO;
	return 0;
}

int
keystore_sign(struct keystore *ks, enum ybh_key_class cls, yb_str claims, struct yb_arena *a,
    yb_str *ret_token)
{
	int64_t now = ybh_now_us() / 1000000;
	struct ybh_claims c;
	EVP_PKEY *pkey;
	char kid[48];
	yb_str name = { kid, YBH_TOKEN_KIDS };
	int rc;

	if (cls < YBH_KEY_ISSUED || cls > YBH_KEY_INTERNAL)
		return -EPROTO;
	/* We sign nothing a verifier would refuse, nor anything dated to another day. */
	if (ybh_gate_claims(claims, cls, ks->issuer, NULL, a, &c) != YBH_TOKEN_OK ||
	    c.iat < now - SIGN_SKEW || c.iat > now + SIGN_SKEW)
		return -EPROTO;
	pkey = current_hold(ks, cls, kid);
	if (pkey == NULL)
		return -EIO;
	if (cls == YBH_KEY_ISSUED)
		rc = sign_checked(pkey, name, claims, a, ret_token);
	else
		rc = ybh_jws_sign(a, pkey, name, claims, ret_token) == 0 ? 0 : -EIO;
	EVP_PKEY_free(pkey);
	return rc;
}

/* Printable text of two lines under our own header, and ours by its sender: nothing else. */
static bool
is_control(yb_str s)
{
	static const char head[] =
	    "\"file\",\"sender\",\"layout\",\"sequence\",\"rows\",\"sha256\"\r\n\"";
	static const char sender[] = "\",\"YOBO\",\"";
	size_t n = sizeof(head) - 1, lines = 0;

	if (s.len <= n || s.len > CONTROL_MAX || memcmp(s.p, head, n) != 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '\n')
			lines++;
		else if (s.p[i] != '\r' && (s.p[i] < ' ' || s.p[i] > '~'))
			return false;
	}
	while (n < s.len && s.p[n] != '"')
		n++;
	return lines == 2 && s.p[s.len - 1] == '\n' && s.len - n > sizeof(sender) &&
	    memcmp(s.p + n, sender, sizeof(sender) - 1) == 0;
}

int
keystore_file_sign(struct keystore *ks, yb_str control, unsigned char der[72], size_t *ret_len)
{
	unsigned char sig[64];
	char kid[48];
	EVP_PKEY *pkey;
	int rc = -EIO;

	if (!is_control(control))
		return -EPROTO;
	pkey = current_hold(ks, YBH_KEY_EXCHANGE, kid);
	if (pkey != NULL && ybh_es256_sign(pkey, control.p, control.len, sig) == 0) {
		*ret_len = ybh_es256_der(sig, der);
		rc = *ret_len > 0 ? 0 : -EIO;
	}
	EVP_PKEY_free(pkey);
	return rc;
}

void
keystore_chain_key(const struct keystore *ks, uint64_t chain_id, unsigned char mac[32])
{
	unsigned char text[5 + 8] = "chain";

	for (int i = 0; i < 8; i++)
		text[5 + i] = (unsigned char)(chain_id >> (56 - 8 * i) & 0xff);
	ybh_hmac_sha256(ks->master, sizeof(ks->master), text, sizeof(text), mac);
}

int
keystore_chain_sign(struct keystore *ks, uint64_t chain_id, int64_t opened_us, yb_str host,
    unsigned char der[72], size_t *ret_len, char kid[48])
{
	unsigned char statement[128], sig[64];
	size_t n = ybh_chain_statement(chain_id, opened_us, host, statement);
	EVP_PKEY *pkey = current_hold(ks, YBH_KEY_CHECKPOINT, kid);
	int rc = -EIO;

	if (pkey != NULL && ybh_es256_sign(pkey, statement, n, sig) == 0) {
		*ret_len = ybh_es256_der(sig, der);
		rc = *ret_len > 0 ? 0 : -EIO;
	}
	EVP_PKEY_free(pkey);
	return rc;
}

int
keystore_note_sign(
    struct keystore *ks, const char *kid, const void *p, size_t n, unsigned char sig[64])
{
	char current[48];
	EVP_PKEY *pkey = current_hold(ks, YBH_KEY_CHECKPOINT, current);
	int rc = -EAGAIN;

	if (pkey != NULL && strcmp(kid, current) == 0)
		rc = ybh_es256_sign(pkey, p, n, sig);
	EVP_PKEY_free(pkey);
	return rc;
}

void
keystore_note_kid(struct keystore *ks, char kid[48])
{
	EVP_PKEY *pkey = current_hold(ks, YBH_KEY_CHECKPOINT, kid);

	if (pkey == NULL)
		kid[0] = '\0';
	EVP_PKEY_free(pkey);
}
