/*
 * P-256 keys: reading and naming them, ECDSA with SHA-256 in the forms of JWS (RFC 7518 3.4),
 * thumbprints (RFC 7638).
 */
#include "token_parts.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "crypto.h"

/* The order n of the P-256 base point. */
static const unsigned char order[32] = { 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3,
	0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51 };

/* Fetched once: OpenSSL 3.0 else looks it up, and allocates, each time. */
static EVP_MD *sha256;
static pthread_once_t sha256_once = PTHREAD_ONCE_INIT;

static void
sha256_fetch(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
}

static const EVP_MD *
sha256_get(void)
{
	(void)pthread_once(&sha256_once, sha256_fetch);
	return sha256;
}

bool
ybh_token_hash(const void *p, size_t n, unsigned char out[32])
{
	const EVP_MD *md = sha256_get();

	return md != NULL && EVP_Digest(p, n, out, NULL, md, NULL) == 1;
}

/* OpenSSL would ask on the terminal for the passphrase of an encrypted key. */
static int
no_passphrase(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

static bool
is_p256(EVP_PKEY *key)
{
	char group[32];
	size_t n = 0;

	return EVP_PKEY_is_a(key, "EC") &&
	       EVP_PKEY_get_group_name(key, group, sizeof(group), &n) == 1 &&
	       strcmp(group, SN_X9_62_prime256v1) == 0;
}

static EVP_PKEY *
pem_read(yb_str pem, bool private)
{
	EVP_PKEY *key = NULL;
	BIO *b;

	if (pem.p == NULL || pem.len == 0 || pem.len > 8192 ||
	    memmem(pem.p, pem.len, "ENCRYPTED", 9) != NULL)
		return NULL;
	b = BIO_new_mem_buf(pem.p, (int)pem.len);
	if (b == NULL)
		return NULL;
	if (private)
		key = PEM_read_bio_PrivateKey(b, NULL, no_passphrase, NULL);
	else
		key = PEM_read_bio_PUBKEY(b, NULL, no_passphrase, NULL);
	BIO_free(b);
	if (key != NULL && !is_p256(key)) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	ERR_clear_error();
	return key;
}

EVP_PKEY *
ybh_p256_public(yb_str pem)
{
	return pem_read(pem, false);
}

EVP_PKEY *
ybh_p256_private(yb_str pem)
{
	return pem_read(pem, true);
}

EVP_PKEY *
ybh_p256_generate(void)
{
	return EVP_EC_gen("P-256");
}

static yb_str
pem_take(BIO *b, struct yb_arena *a)
{
	yb_str ret = { NULL, 0 };
	char *from = NULL, *to;
	long n = BIO_get_mem_data(b, &from);

	if (n <= 0)
		return ret;
	to = ybh_arena_alloc(a, (size_t)n + 1);
	if (to == NULL)
		return ret;
	memcpy(to, from, (size_t)n);
	ret.p = to;
	ret.len = (size_t)n;
	return ret;
}

yb_str
ybh_p256_public_pem(EVP_PKEY *key, struct yb_arena *a)
{
	yb_str ret = { NULL, 0 };
	BIO *b = BIO_new(BIO_s_mem());

	if (b != NULL && PEM_write_bio_PUBKEY(b, key) == 1)
		ret = pem_take(b, a);
	BIO_free(b);
	return ret;
}

yb_str
ybh_p256_private_pem(EVP_PKEY *key, struct yb_arena *a)
{
	yb_str ret = { NULL, 0 };
	BIO *b = BIO_new(BIO_s_secmem()); /* wiped when freed */

	if (b != NULL && PEM_write_bio_PKCS8PrivateKey(b, key, NULL, NULL, 0, NULL, NULL) == 1)
		ret = pem_take(b, a);
	BIO_free(b);
	return ret;
}

static int
coordinate(EVP_PKEY *key, const char *name, char out[48])
{
	unsigned char bytes[32];
	BIGNUM *n = NULL;
	int rc = -1;

	if (EVP_PKEY_get_bn_param(key, name, &n) == 1 &&
	    BN_bn2binpad(n, bytes, sizeof(bytes)) == (int)sizeof(bytes)) {
		(void)ybh_b64url(bytes, sizeof(bytes), out);
		rc = 0;
	}
	BN_free(n);
	return rc;
}

int
ybh_p256_point(EVP_PKEY *key, char x[48], char y[48])
{
	if (!is_p256(key) || coordinate(key, OSSL_PKEY_PARAM_EC_PUB_X, x) != 0)
		return -1;
	return coordinate(key, OSSL_PKEY_PARAM_EC_PUB_Y, y);
}

int
ybh_p256_thumbprint(EVP_PKEY *key, char kid[48])
{
	char x[48], y[48], text[256];
	unsigned char hash[32];
	int n;

	if (ybh_p256_point(key, x, y) != 0)
		return -1;
	n = snprintf(text, sizeof(text),
	    "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}", x, y);
	if (n <= 0 || (size_t)n >= sizeof(text))
		return -1;
	if (!ybh_token_hash(text, (size_t)n, hash))
		return -1;
	(void)ybh_b64url(hash, sizeof(hash), kid);
	return 0;
}

yb_str
ybh_jwk_thumbprint(struct yb_arena *a, yb_str public_pem)
{
	yb_str ret = { NULL, 0 };
	EVP_PKEY *key = ybh_p256_public(public_pem);
	char kid[48], *to;

	if (key != NULL && ybh_p256_thumbprint(key, kid) == 0) {
		to = ybh_arena_alloc(a, YBH_TOKEN_KIDS + 1);
		if (to != NULL) {
			memcpy(to, kid, YBH_TOKEN_KIDS);
			ret = (yb_str){ to, YBH_TOKEN_KIDS };
		}
	}
	EVP_PKEY_free(key);
	return ret;
}

/* One INTEGER of the signature. Bytes written, or 0 when it is not within 1 .. n-1. */
static size_t
der_integer(const unsigned char v[32], unsigned char *out)
{
	size_t skip = 0, n, pad;

	while (skip < 32 && v[skip] == 0)
		skip++;
	if (skip == 32 || memcmp(v, order, 32) >= 0)
		return 0;
	n = 32 - skip;
	pad = (v[skip] & 0x80) != 0 ? 1 : 0;
	out[0] = 0x02;
	out[1] = (unsigned char)(n + pad);
	out[2] = 0;
	memcpy(out + 2 + pad, v + skip, n);
	return 2 + pad + n;
}

size_t
ybh_es256_der(const unsigned char sig[64], unsigned char der[72])
{
	size_t r, s;

	r = der_integer(sig, der + 2);
	if (r == 0)
		return 0;
	s = der_integer(sig + 32, der + 2 + r);
	if (s == 0)
		return 0;
	der[0] = 0x30;
	der[1] = (unsigned char)(r + s);
	return 2 + r + s;
}

int
ybh_es256_raw(const unsigned char *der, size_t n, unsigned char sig[64])
{
	const unsigned char *p = der;
	ECDSA_SIG *e;
	int rc = -1;

	if (n == 0 || n > 72)
		return -1;
	e = d2i_ECDSA_SIG(NULL, &p, (long)n);
	if (e != NULL && p == der + n && BN_bn2binpad(ECDSA_SIG_get0_r(e), sig, 32) == 32 &&
	    BN_bn2binpad(ECDSA_SIG_get0_s(e), sig + 32, 32) == 32)
		rc = 0;
	ECDSA_SIG_free(e);
	return rc;
}

int
ybh_es256_sign(EVP_PKEY *key, const void *p, size_t n, unsigned char sig[64])
{
	const EVP_MD *md = sha256_get();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char der[80];
	size_t len = sizeof(der);
	int rc = -1;

	if (ctx != NULL && md != NULL && EVP_DigestSignInit(ctx, NULL, md, NULL, key) == 1 &&
	    EVP_DigestSign(ctx, der, &len, p, n) == 1)
		rc = ybh_es256_raw(der, len, sig);
	EVP_MD_CTX_free(ctx);
	return rc;
}

/*
 * Only 1 is a yes. A refusal that leaves something in OpenSSL's error queue was not a refusal
 * of the signature (its form is ours and its numbers are in range) but a failure to compute.
 */
enum ybh_token_verdict
ybh_es256_verify(EVP_PKEY *key, const void *p, size_t n, const unsigned char sig[64])
{
	enum ybh_token_verdict verdict = YBH_TOKEN_UNSURE;
	unsigned char der[72];
	size_t len = ybh_es256_der(sig, der);
	const EVP_MD *md = sha256_get();
	EVP_MD_CTX *ctx;
	int rc;

	if (len == 0)
		return YBH_TOKEN_INVALID;
	ERR_clear_error();
	ctx = EVP_MD_CTX_new();
	if (ctx == NULL)
		return YBH_TOKEN_UNSURE;
	/* Without this OpenSSL copies the context before it ends, and fails to without a word. */
	EVP_MD_CTX_set_flags(ctx, EVP_MD_CTX_FLAG_FINALISE);
	if (md != NULL && EVP_DigestVerifyInit(ctx, NULL, md, NULL, key) == 1) {
		rc = EVP_DigestVerify(ctx, der, len, p, n);
		if (rc == 1)
			verdict = YBH_TOKEN_OK;
		else if (rc == 0 && ERR_peek_error() == 0)
			verdict = YBH_TOKEN_INVALID;
	}
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return verdict;
}

static void
put_u64(unsigned char *p, uint64_t v)
{
	for (int i = 7; i >= 0; i--) {
		p[i] = (unsigned char)(v & 0xff);
		v >>= 8;
	}
}

size_t
ybh_chain_statement(uint64_t chain_id, int64_t opened_us, yb_str host, unsigned char out[128])
{
	static const char what[] = "yobo-chain-open";
	size_t n = sizeof(what) - 1, len = host.len < 80 ? host.len : 80;

	memcpy(out, what, n);
	put_u64(out + n, chain_id);
	put_u64(out + n + 8, (uint64_t)opened_us);
	if (len > 0)
		memcpy(out + n + 16, host.p, len);
	return n + 16 + len;
}
