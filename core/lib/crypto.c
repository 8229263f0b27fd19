/*
 * crypto.c - the few primitives we use, all from libcrypto (crypto.h).
 */
#include "crypto.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "log.h"

#define FIELD_KEYS_MAX 8
#define SEAL_HEAD      (1 + 12 + 16)

void
ybh_random(void *p, size_t n)
{
	unsigned char *at = p;

	while (n > 0) {
		ssize_t got = getrandom(at, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			ybh_log(YBH_ERR, "the kernel gives no random bytes");
			abort();
		}
		at += got;
		n -= (size_t)got;
	}
}

void
ybh_sha256(const void *p, size_t n, unsigned char out[32])
{
	if (EVP_Digest(p, n, out, NULL, EVP_sha256(), NULL) != 1) {
		ybh_log(YBH_ERR, "SHA-256 failed");
		abort();
	}
}

void
ybh_hmac_sha256(const void *key, size_t key_len, const void *p, size_t n, unsigned char out[32])
{
	if (HMAC(EVP_sha256(), key, (int)key_len, p, n, out, NULL) == NULL) {
		ybh_log(YBH_ERR, "HMAC-SHA-256 failed");
		abort();
	}
}

bool
ybh_same(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}

void
ybh_wipe(void *p, size_t n)
{
	OPENSSL_cleanse(p, n);
}

/* ---- text forms ---- */

static const char b64_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

size_t
ybh_b64url(const void *p, size_t n, char *out)
{
	const unsigned char *s = p;
	size_t len = 0;

	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)s[i] << 16;

		if (i + 1 < n)
			v |= (uint32_t)s[i + 1] << 8;
		if (i + 2 < n)
			v |= s[i + 2];
		out[len++] = b64_alphabet[v >> 18];
		out[len++] = b64_alphabet[v >> 12 & 63];
		if (i + 1 < n)
			out[len++] = b64_alphabet[v >> 6 & 63];
		if (i + 2 < n)
			out[len++] = b64_alphabet[v & 63];
	}
	out[len] = '\0';
	return len;
}

static int
b64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '-')
		return 62;
	return c == '_' ? 63 : -1;
}

long
ybh_b64url_decode(yb_str s, unsigned char *out)
{
	uint32_t v = 0;
	unsigned bits = 0;
	long len = 0;

	if (s.p == NULL || s.len % 4 == 1)
		return -1;
	for (size_t i = 0; i < s.len; i++) {
		int c = b64_value(s.p[i]);

		if (c < 0)
			return -1;
		v = v << 6 | (uint32_t)c;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out[len++] = (unsigned char)(v >> bits);
			v &= (1u << bits) - 1;
		}
	}
	return v == 0 ? len : -1; /* unused bits must be zero: one text per value */
}

size_t
ybh_hex(const void *p, size_t n, char *out)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *s = p;

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = hex[s[i] >> 4];
		out[2 * i + 1] = hex[s[i] & 15];
	}
	out[2 * n] = '\0';
	return 2 * n;
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

long
ybh_hex_decode(yb_str s, unsigned char *out, size_t size)
{
	if (s.p == NULL || s.len % 2 != 0 || s.len / 2 > size)
		return -1;
	for (size_t i = 0; i < s.len; i += 2) {
		int hi = hex_value(s.p[i]), lo = hex_value(s.p[i + 1]);

		if (hi < 0 || lo < 0)
			return -1;
		out[i / 2] = (unsigned char)(hi << 4 | lo);
	}
	return (long)(s.len / 2);
}

/* ---- sealed columns ---- */

struct ybh_field_keys {
	struct {
		unsigned char id;
		unsigned char key[32];
	} at[FIELD_KEYS_MAX];
	size_t n;
};

/* "<id> <64 hex digits>" */
static int
field_key_line(struct ybh_field_keys *k, const char *line)
{
	char *end;
	long id = strtol(line, &end, 10);
	size_t len = strcspn(end, "\r\n");

	for (size_t i = 0; i < k->n; i++)
		if (k->at[i].id == id)
			return -1; /* which of two would open? */
	if (id < 1 || id > 255 || *end != ' ' || k->n == FIELD_KEYS_MAX)
		return -1;
	if (len != 65 || ybh_hex_decode((yb_str) { end + 1, 64 }, k->at[k->n].key, 32) != 32)
		return -1;
	k->at[k->n++].id = (unsigned char)id;
	return 0;
}

struct ybh_field_keys *
ybh_field_keys_load(const char *path, char *err, size_t size)
{
	struct ybh_field_keys *k = calloc(1, sizeof *k);
	char line[256];
	FILE *f = fopen(path, "re");
	bool good = k != NULL && f != NULL;

	while (good && fgets(line, sizeof line, f) != NULL)
		if (line[0] != '#' && line[0] != '\n' && field_key_line(k, line) < 0)
			good = false;
	ybh_wipe(line, sizeof line);
	if (f != NULL)
		(void)fclose(f); /* only read */
	if (good && k->n > 0)
		return k;
	(void)snprintf(err, size, "%s: lines of \"<id 1-255> <64 hex digits>\" expected", path);
	ybh_field_keys_free(k);
	return NULL;
}

void
ybh_field_keys_free(struct ybh_field_keys *k)
{
	if (k == NULL)
		return;
	ybh_wipe(k, sizeof *k);
	free(k);
}

static bool
gcm(bool seal, const unsigned char key[32], unsigned char *head, yb_str place, const void *in,
    size_t n, unsigned char *out)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int len, enc = seal ? 1 : 0;
	bool good = c != NULL && n < 1u << 30;

	good = good && EVP_CipherInit_ex(c, EVP_aes_256_gcm(), NULL, key, head + 1, enc) == 1;
	if (good && !seal)
		good = EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, 16, head + 13) == 1;
	good = good && EVP_CipherUpdate(c, NULL, &len, head, 1) == 1;
	good = good &&
	    EVP_CipherUpdate(c, NULL, &len, (const unsigned char *)place.p, (int)place.len) == 1;
	if (good && n > 0)
		good = EVP_CipherUpdate(c, out, &len, in, (int)n) == 1;
	good = good && EVP_CipherFinal_ex(c, out + n, &len) == 1;
	if (good && seal)
		good = EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, 16, head + 13) == 1;
	EVP_CIPHER_CTX_free(c);
	return good;
}

static yb_bytes
seal(const unsigned char key[32], unsigned char id, struct yb_arena *a, yb_str place, yb_str secret)
{
	unsigned char *out;

	if (secret.p == NULL)
		return (yb_bytes) { NULL, 0 };
	out = ybh_arena_must(a, SEAL_HEAD + secret.len + 16);
	out[0] = id;
	ybh_random(out + 1, 12);
	if (!gcm(true, key, out, place, secret.p, secret.len, out + SEAL_HEAD)) {
		ybh_log(YBH_ERR, "AES-256-GCM failed");
		abort();
	}
	return (yb_bytes) { out, SEAL_HEAD + secret.len };
}

static int
unseal(const unsigned char key[32], struct yb_arena *a, yb_str place, yb_bytes sealed, yb_str *ret)
{
	unsigned char head[SEAL_HEAD];
	unsigned char *out;

	memcpy(head, sealed.p, SEAL_HEAD);
	out = ybh_arena_must(a, sealed.len - SEAL_HEAD + 16);
	if (!gcm(false, key, head, place, sealed.p + SEAL_HEAD, sealed.len - SEAL_HEAD, out))
		return -1;
	*ret = (yb_str) { (const char *)out, sealed.len - SEAL_HEAD };
	return 0;
}

yb_bytes
ybh_seal(const struct ybh_field_keys *k, struct yb_arena *a, yb_str place, yb_str secret)
{
	return seal(k->at[k->n - 1].key, k->at[k->n - 1].id, a, place, secret);
}

yb_bytes
ybh_seal_under(const unsigned char key[32], struct yb_arena *a, yb_str place, yb_str secret)
{
	return seal(key, 0, a, place, secret);
}

int
ybh_unseal_under(const unsigned char key[32], struct yb_arena *a, yb_str place, yb_bytes sealed,
    yb_str *ret)
{
	if (sealed.p == NULL || sealed.len < SEAL_HEAD || sealed.p[0] != 0)
		return -1;
	return unseal(key, a, place, sealed, ret);
}

int
ybh_unseal(const struct ybh_field_keys *k, struct yb_arena *a, yb_str place, yb_bytes sealed,
    yb_str *ret)
{
	if (sealed.p == NULL) {
		*ret = (yb_str) { NULL, 0 };
		return 0;
	}
	for (size_t i = 0; i < k->n && sealed.len >= SEAL_HEAD; i++)
		if (k->at[i].id == sealed.p[0])
			return unseal(k->at[i].key, a, place, sealed, ret);
	return -1;
}

void
ybh_match(const struct ybh_field_keys *k, yb_str purpose, yb_str secret, unsigned char out[32])
{
	unsigned char key[32];

	/* The first key, so that rotation of the sealing key keeps old matches findable. */
	ybh_hmac_sha256(k->at[0].key, 32, purpose.p, purpose.len, key);
	ybh_hmac_sha256(key, sizeof key, secret.p, secret.len, out);
	ybh_wipe(key, sizeof key);
}
