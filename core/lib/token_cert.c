/*
 * Keys and certificates that programs register (yb/token.h).
 *
 * What is kept of them is written anew by us, never the sender's own bytes.
 */
#include "internal.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "token_parts.h"

#define PEM_LONGEST 16384
#define CHAIN_MOST  4
#define DEPTH	    2 /* as ssl_verify_depth of the web server */
#define STRENGTH    2 /* 112 bits: RSA 2048, no SHA-1 */

static const yb_str none = { NULL, 0 };

/* ---- keys ---- */

/* The key as we write it; null when it is not one. Takes the reference. */
static yb_str
key_written(yb_req *r, EVP_PKEY *key)
{
	EVP_PKEY_CTX *ctx = key == NULL ? NULL : EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	yb_str pem = none;

	if (ctx != NULL && EVP_PKEY_public_check(ctx) == 1)
		pem = ybh_p256_public_pem(key, r->arena);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return pem;
}

yb_str
yb_p256_from_pem(yb_req *r, yb_str pem)
{
	if (pem.p == NULL || memmem(pem.p, pem.len, "PRIVATE", 7) != NULL)
		return none;
	return key_written(r, ybh_p256_public(pem));
}

yb_str
yb_p256_from_jwk(yb_req *r, yb_str x, yb_str y)
{
	/* SubjectPublicKeyInfo of a P-256 point, up to the point (RFC 5480). */
	static const unsigned char head[] = { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
		0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
		0x03, 0x42, 0x00, 0x04 };
	unsigned char der[sizeof head + 64], part[48];
	const unsigned char *at = der;

	if (x.len != 43 || y.len != 43)
		return none;
	memcpy(der, head, sizeof head);
	if (ybh_b64url_decode(x, part) != 32)
		return none;
	memcpy(der + sizeof head, part, 32);
	if (ybh_b64url_decode(y, part) != 32)
		return none;
	memcpy(der + sizeof head + 32, part, 32);
	return key_written(r, d2i_PUBKEY(NULL, &at, sizeof der));
}

yb_str
yb_p256_kid(yb_req *r, yb_str pem)
{
	return ybh_jwk_thumbprint(r->arena, pem);
}

/* ---- certificates ---- */

static int
no_passphrase(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

/* The leaf first, then its issuers. NULL: none, or too many. */
static STACK_OF(X509) *
chain_read(yb_str pem)
{
	STACK_OF(X509) *all = sk_X509_new_null();
	BIO *b = NULL;
	X509 *cert;
	bool good = all != NULL;

	if (good)
		b = BIO_new_mem_buf(pem.p, (int)pem.len);
	while (b != NULL && good && (cert = PEM_read_bio_X509(b, NULL, no_passphrase, NULL)) != NULL) {
		good = sk_X509_num(all) < CHAIN_MOST && sk_X509_push(all, cert) > 0;
		if (!good)
			X509_free(cert);
	}
	BIO_free(b);
	if (good && sk_X509_num(all) > 0)
		return all;
	sk_X509_pop_free(all, X509_free);
	return NULL;
}

static bool
chain_good(yb_req *r, STACK_OF(X509) *all, const char *ca_file)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509 *leaf = sk_X509_value(all, 0);
	X509_VERIFY_PARAM *param;
	bool good = false;

	if (store == NULL || ctx == NULL || X509_check_ca(leaf) != 0)
		goto out;
	if (X509_STORE_load_file(store, ca_file) != 1) {
		ybh_log(YBH_ERR, "%s: no certificates can be read from it", ca_file);
		goto out;
	}
	if (X509_STORE_CTX_init(ctx, store, leaf, all) != 1)
		goto out;
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_depth(param, DEPTH);
	X509_VERIFY_PARAM_set_auth_level(param, STRENGTH);
	X509_VERIFY_PARAM_set_time(param, (time_t)(r->now.us / 1000000));
	good = X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_CLIENT) == 1 &&
	    X509_verify_cert(ctx) == 1;
out:
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	return good;
}

static bool
moment(const ASN1_TIME *t, yb_time *ret)
{
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days = 0, seconds = 0;
	bool good = epoch != NULL && ASN1_TIME_diff(&days, &seconds, epoch, t) == 1;

	ASN1_TIME_free(epoch);
	ret->us = ((int64_t)days * 86400 + seconds) * 1000000;
	return good;
}

static bool
subject(yb_req *r, const X509 *cert, yb_str *ret)
{
	BIO *b = BIO_new(BIO_s_mem());
	char *text = NULL;
	long n = 0;

	if (b != NULL && X509_NAME_print_ex(b, X509_get_subject_name(cert), 0,
			     XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0)
		n = BIO_get_mem_data(b, &text);
	if (n > 300)
		n = 0; /* a name nobody could read out */
	*ret = n > 0 ? yb_copy(r, (yb_str) { text, (size_t)n }) : none;
	BIO_free(b);
	return n > 0 && yb_format_name.check(*ret) == NULL;
}

static bool
fingerprint(yb_req *r, X509 *cert, yb_str *ret)
{
	unsigned char *der = NULL, hash[32];
	int n = i2d_X509(cert, &der);
	char *text;

	if (n <= 0)
		return false;
	ybh_sha256(der, (size_t)n, hash);
	OPENSSL_free(der);
	text = ybh_arena_must(r->arena, 64);
	*ret = (yb_str) { text, ybh_b64url(hash, sizeof hash, text) };
	return true;
}

bool
yb_client_cert_read(yb_req *r, yb_str pem, yb_str ca_file, yb_client_cert *ret)
{
	const char *file = ybh_arena_cstr(r->arena, ca_file);
	STACK_OF(X509) *all;
	X509 *leaf;
	bool good;

	if (yb_str_empty(ca_file) || pem.p == NULL || pem.len == 0 || pem.len > PEM_LONGEST ||
	    memmem(pem.p, pem.len, "PRIVATE", 7) != NULL)
		return false;
	all = chain_read(pem);
	if (all == NULL) {
		ERR_clear_error();
		return false;
	}
	leaf = sk_X509_value(all, 0);
	good = chain_good(r, all, file) && moment(X509_get0_notBefore(leaf), &ret->from) &&
	    moment(X509_get0_notAfter(leaf), &ret->until) && subject(r, leaf, &ret->subject) &&
	    fingerprint(r, leaf, &ret->x5t_s256);
	sk_X509_pop_free(all, X509_free);
	ERR_clear_error();
	return good;
}
