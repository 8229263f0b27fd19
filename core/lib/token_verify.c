/*
 * The order of the checks (tokens.h): grammar, cache or signature, claims, moment,
 * revocation, binding.
 *
 * Public keys live in a snapshot which is never changed, only replaced; a thread holds it by
 * a count while it verifies.
 */
#include "token_parts.h"

#include <errno.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "crypto.h"

#define KEYS_MAX  256
#define CACHE_MAX 100000

struct key {
	enum ybh_key_class cls;
	enum ybh_key_state state;
	int64_t not_after_us; /* 0: not yet known */
	char kid[48];
	EVP_PKEY *pkey;
	char *pem;
	size_t pem_len;
};

struct keys {
	atomic_size_t holders;
	size_t n;
	struct key at[];
};

struct ybh_tokens {
	char *issuer, *audience;
	pthread_mutex_t lock; /* of `keys`, the pointer */
	struct keys *keys;
	struct ybh_cache *cache;
	struct ybh_revoked *revoked;
	atomic_uint_fast64_t known, cold; /* verified before, and at first sight */
	atomic_uint_fast64_t generation;  /* of `keys` */
	struct ybh_learning learning;
};

/* ---- the snapshot of the keys ---- */

static void
keys_release(struct keys *k)
{
	if (k == NULL || atomic_fetch_sub(&k->holders, 1) != 1)
		return;
	for (size_t i = 0; i < k->n; i++) {
		EVP_PKEY_free(k->at[i].pkey);
		free(k->at[i].pem);
	}
	free(k);
}

static struct keys *
keys_hold(struct ybh_tokens *t)
{
	struct keys *k;

	pthread_mutex_lock(&t->lock);
	k = t->keys;
	if (k != NULL)
		atomic_fetch_add(&k->holders, 1);
	pthread_mutex_unlock(&t->lock);
	return k;
}

static const struct key *
key_find(const struct keys *k, const char *kid, int64_t now_us)
{
	for (size_t i = 0; i < k->n; i++) {
		const struct key *key = &k->at[i];

		if (memcmp(key->kid, kid, YBH_TOKEN_KIDS) != 0)
			continue;
		if (key->cls > YBH_KEY_INTERNAL || key->state == YBH_KEY_RETIRED ||
		    (key->not_after_us != 0 && now_us > key->not_after_us))
			return NULL;
		return key;
	}
	return NULL;
}

static int
key_take(struct key *to, const struct ybh_key *from)
{
	if (from->cls < YBH_KEY_ISSUED || from->cls > YBH_KEY_EXCHANGE ||
	    from->state < YBH_KEY_NEXT || from->state > YBH_KEY_RETIRED)
		return -EINVAL;
	to->cls = from->cls;
	to->state = from->state;
	to->not_after_us = from->not_after.us;
	to->pkey = ybh_p256_public_kept(from->public_pem); /* read again every second */
	if (to->pkey == NULL || ybh_p256_thumbprint(to->pkey, to->kid) != 0 ||
	    !yb_str_is(from->kid, to->kid))
		return -EINVAL;
	to->pem = malloc(from->public_pem.len);
	if (to->pem == NULL)
		return -ENOMEM;
	memcpy(to->pem, from->public_pem.p, from->public_pem.len);
	to->pem_len = from->public_pem.len;
	return 0;
}

int
ybh_tokens_set_keys(struct ybh_tokens *t, const yb_list *keys)
{
	struct keys *k, *old;
	int rc = 0;

	if (keys->n > KEYS_MAX)
		return -EINVAL;
	k = calloc(1, sizeof(*k) + keys->n * sizeof(k->at[0]));
	if (k == NULL)
		return -ENOMEM;
	atomic_init(&k->holders, 1);
	for (size_t i = 0; i < keys->n && rc == 0; i++) {
		rc = key_take(&k->at[i], (const struct ybh_key *)keys->items + i);
		k->n = i + 1;
	}
	if (rc == 0) {
		pthread_mutex_lock(&t->lock);
		old = t->keys;
		t->keys = k;
		atomic_fetch_add(&t->generation, 1);
		pthread_mutex_unlock(&t->lock);
		k = old;
	}
	keys_release(k);
	return rc;
}

bool
ybh_tokens_key(struct ybh_tokens *t, yb_str kid, int64_t now_us, struct yb_arena *a,
    enum ybh_key_class *ret_cls, yb_str *ret_pem)
{
	struct keys *k = keys_hold(t);
	const struct key *key = NULL;
	char *pem = NULL;

	if (k != NULL && kid.p != NULL && kid.len == YBH_TOKEN_KIDS)
		key = key_find(k, kid.p, now_us);
	if (key != NULL)
		pem = ybh_arena_alloc(a, key->pem_len + 1);
	if (key != NULL && pem != NULL) {
		memcpy(pem, key->pem, key->pem_len);
		*ret_cls = key->cls;
		*ret_pem = (yb_str){ pem, key->pem_len };
	}
	keys_release(k);
	return pem != NULL;
}

/* Internal tokens are read by our processes only, checkpoints are not tokens. */
yb_str
ybh_tokens_jwks(struct ybh_tokens *t, struct yb_arena *a)
{
	struct keys *k = keys_hold(t);
	int64_t now_us = ybh_now_us();
	struct ybh_buf b;
	char x[48], y[48];
	yb_str ret;
	bool first = true;

	ybh_buf_init(&b, 65536);
	ybh_buf_cstr(&b, "{\"keys\":[");
	for (size_t i = 0; k != NULL && i < k->n; i++) {
		const struct key *key = &k->at[i];

		if ((key->cls != YBH_KEY_ISSUED && key->cls != YBH_KEY_ACCESS) ||
		    key_find(k, key->kid, now_us) == NULL || ybh_p256_point(key->pkey, x, y) != 0)
			continue;
		ybh_buf_printf(&b,
		    "%s{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%s\",\"y\":\"%s\","
		    "\"use\":\"sig\",\"alg\":\"ES256\",\"kid\":\"%s\"}",
		    first ? "" : ",", x, y, key->kid);
		first = false;
	}
	ybh_buf_cstr(&b, "]}");
	keys_release(k);
	ret = b.failed ? (yb_str){ NULL, 0 } : ybh_arena_copy(a, ybh_buf_view(&b));
	ybh_buf_free(&b);
	return ret;
}

/* ---- the verifier ---- */

struct ybh_tokens *
ybh_tokens_new(const char *issuer, const char *audience)
{
	struct ybh_tokens *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	(void)pthread_mutex_init(&t->lock, NULL); /* these cannot fail on Linux */
	(void)pthread_mutex_init(&t->learning.lock, NULL);
	t->issuer = strdup(issuer);
	t->audience = strdup(audience);
	t->cache = ybh_cache_new(CACHE_MAX);
	t->revoked = ybh_revoked_new();
	if (t->issuer == NULL || t->audience == NULL || t->cache == NULL || t->revoked == NULL) {
		ybh_tokens_free(t);
		return NULL;
	}
	return t;
}

void
ybh_tokens_free(struct ybh_tokens *t)
{
	if (t == NULL)
		return;
	keys_release(t->keys);
	ybh_cache_free(t->cache);
	ybh_revoked_free(t->revoked);
	free(t->issuer);
	free(t->audience);
	free(t);
}

const char *
ybh_tokens_issuer(const struct ybh_tokens *t)
{
	return t->issuer;
}

const char *
ybh_tokens_audience(const struct ybh_tokens *t)
{
	return t->audience;
}

struct ybh_revoked *
ybh_tokens_revoked(struct ybh_tokens *t)
{
	return t->revoked;
}

struct ybh_cache *
ybh_tokens_cache(struct ybh_tokens *t)
{
	return t->cache;
}

uint64_t
ybh_tokens_generation(const struct ybh_tokens *t)
{
	return atomic_load(&t->generation);
}

struct ybh_learning *
ybh_tokens_learning(struct ybh_tokens *t)
{
	return &t->learning;
}

bool
ybh_tokens_stranger(struct ybh_tokens *t, yb_str token)
{
	char kid[YBH_TOKEN_KIDS];
	struct ybh_jws jws;
	struct keys *k;
	bool found = false;

	if (!ybh_jws_split(token, &jws) || ybh_gate_header(&jws, kid) != YBH_TOKEN_OK)
		return false;
	k = keys_hold(t);
	for (size_t i = 0; k != NULL && i < k->n && !found; i++)
		found = memcmp(k->at[i].kid, kid, sizeof(kid)) == 0;
	keys_release(k);
	return !found;
}

int
ybh_tokens_refresh(struct ybh_tokens *t, struct ybh_db *db, struct yb_arena *a)
{
	return ybh_revoked_refresh(t->revoked, db, a);
}

/* Header, key, signature, claims. */
static enum ybh_token_verdict
verify_cold(struct ybh_tokens *t, const struct keys *keys, struct yb_arena *a,
    const struct ybh_jws *jws, int64_t now_us, struct ybh_claims *ret)
{
	enum ybh_token_verdict verdict;
	const struct key *key;
	char kid[YBH_TOKEN_KIDS];

	verdict = ybh_gate_header(jws, kid);
	if (verdict != YBH_TOKEN_OK)
		return verdict;
	key = key_find(keys, kid, now_us);
	if (key == NULL)
		return YBH_TOKEN_INVALID;
	verdict = ybh_es256_verify(key->pkey, jws->signed_part.p, jws->signed_part.len, jws->sig);
	if (verdict != YBH_TOKEN_OK)
		return verdict;
	/* The class is the key's; token_use must say the same. */
	verdict = ybh_gate_payload(jws, key->cls, t->issuer, t->audience, a, ret);
	if (verdict == YBH_TOKEN_OK)
		memcpy(ret->kid, kid, sizeof(ret->kid));
	return verdict;
}

static enum ybh_token_verdict
verify_held(struct ybh_tokens *t, const struct keys *keys, struct yb_arena *a, yb_str token,
    int64_t now_us, struct ybh_claims *ret)
{
	enum ybh_token_verdict verdict;
	unsigned char digest[32];
	const struct key *key;
	struct ybh_jws jws;

	if (!ybh_jws_split(token, &jws))
		return YBH_TOKEN_INVALID;
	if (keys == NULL || !ybh_token_hash(token.p, token.len, digest))
		return YBH_TOKEN_UNSURE;
	verdict = ybh_cache_get(t->cache, digest, now_us, a, ret);
	if (verdict == YBH_TOKEN_OK) {
		key = key_find(keys, ret->kid, now_us);
		if (key == NULL || key->cls != ret->cls) {
			ybh_cache_drop(t->cache, digest);
			return YBH_TOKEN_INVALID;
		}
		atomic_fetch_add_explicit(&t->known, 1, memory_order_relaxed);
		return ybh_claims_in_time(ret, now_us) ? YBH_TOKEN_OK : YBH_TOKEN_INVALID;
	}
	if (verdict == YBH_TOKEN_UNSURE)
		return verdict;
	atomic_fetch_add_explicit(&t->cold, 1, memory_order_relaxed);
	verdict = verify_cold(t, keys, a, &jws, now_us, ret);
	if (verdict != YBH_TOKEN_OK)
		return verdict;
	if (!ybh_claims_in_time(ret, now_us))
		return YBH_TOKEN_INVALID;
	ybh_cache_put(t->cache, digest, now_us, ret);
	return YBH_TOKEN_OK;
}

void
ybh_tokens_count(const struct ybh_tokens *t, uint64_t *ret_known, uint64_t *ret_cold)
{
	*ret_known = atomic_load_explicit(&t->known, memory_order_relaxed);
	*ret_cold = atomic_load_explicit(&t->cold, memory_order_relaxed);
}

bool
ybh_token_facts(struct yb_arena *a, const struct ybh_claims *c, yb_token_facts *ret)
{
	unsigned char *hash = ybh_arena_alloc(a, sizeof(c->jti_sha256));

	if (hash == NULL)
		return false;
	memcpy(hash, c->jti_sha256, sizeof(c->jti_sha256));
	*ret = (yb_token_facts){
		.active = true,
		.cls = (enum yb_token_class)c->cls, /* the numbers are the same */
		.sub = c->sub,
		.client_id = c->client_id,
		.org = c->org,
		.scope = c->scope,
		.jti = c->jti,
		.cnf_x5t_s256 = c->cnf,
		.jti_sha256 = { hash, sizeof(c->jti_sha256) },
		.iat = { c->iat * 1000000 },
		.exp = { c->exp * 1000000 },
	};
	return true;
}

enum ybh_token_verdict
ybh_token_inspect(
    struct ybh_tokens *t, struct yb_arena *a, yb_str token, int64_t now_us, yb_token_facts *ret)
{
	struct keys *keys = keys_hold(t);
	struct ybh_claims claims = { .iat = 0 };
	enum ybh_token_verdict verdict;

	memset(ret, 0, sizeof(*ret));
	verdict = verify_held(t, keys, a, token, now_us, &claims);
	keys_release(keys);
	if (verdict == YBH_TOKEN_OK)
		verdict = ybh_revoked_check(t->revoked, &claims, now_us, ybh_mono_us());
	if (verdict == YBH_TOKEN_OK && !ybh_token_facts(a, &claims, ret))
		verdict = YBH_TOKEN_UNSURE;
	return verdict;
}

enum ybh_token_verdict
ybh_token_verify(struct ybh_tokens *t, struct yb_arena *a, yb_str token, yb_str peer_x5t,
    int64_t now_us, yb_token_facts *ret)
{
	enum ybh_token_verdict verdict = ybh_token_inspect(t, a, token, now_us, ret);
	yb_str cnf = ret->cnf_x5t_s256;

	if (verdict != YBH_TOKEN_OK || cnf.p == NULL)
		return verdict;
	if (peer_x5t.p != NULL && peer_x5t.len == cnf.len && ybh_same(cnf.p, peer_x5t.p, cnf.len))
		return YBH_TOKEN_OK;
	memset(ret, 0, sizeof(*ret));
	return YBH_TOKEN_INVALID;
}

/* ---- client assertions ---- */

static bool
assertion_says(const struct ybh_assertion *s, yb_str client_id, yb_str issuer, int64_t now_us)
{
	int64_t now = now_us / 1000000;

	if (!yb_str_eq(s->iss, client_id) || !yb_str_eq(s->sub, client_id) ||
	    !yb_str_eq(s->aud, issuer))
		return false;
	if (s->exp <= now || s->exp > now + 60)
		return false;
	return s->nbf <= now + 5 && s->iat <= now + 5;
}

bool
ybh_assertion_verify(struct yb_arena *a, yb_str assertion, yb_str client_id, yb_str public_pem,
    yb_str issuer, int64_t now_us, yb_str *ret_jti, yb_time *ret_exp)
{
	enum ybh_token_verdict verdict;
	struct ybh_assertion s;
	struct ybh_jws jws;
	EVP_PKEY *key;

	if (yb_str_empty(client_id) || yb_str_empty(issuer) || !ybh_jws_split(assertion, &jws) ||
	    ybh_gate_assertion(&jws, a, &s) != YBH_TOKEN_OK ||
	    !assertion_says(&s, client_id, issuer, now_us))
		return false;
	key = ybh_p256_public_kept(public_pem);
	if (key == NULL)
		return false;
	verdict = ybh_es256_verify(key, jws.signed_part.p, jws.signed_part.len, jws.sig);
	EVP_PKEY_free(key);
	if (verdict != YBH_TOKEN_OK)
		return false;
	*ret_jti = s.jti;
	*ret_exp = (yb_time){ s.exp * 1000000 };
	return true;
}
