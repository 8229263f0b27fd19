/*
 * certificate.c - certificates of people and their signatures (yb/certificate.h).
 */
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

#include <yb/certificate.h>

#define PEM_MAX	      8192u
#define SIGNATURE_MAX 1024u
#define SUBJECT_MAX   200u

/* Exactly one certificate, and nothing behind it. */
static X509 *
certificate_read(yb_str pem)
{
	BIO *bio = pem.len == 0 || pem.len > PEM_MAX ? NULL : BIO_new_mem_buf(pem.p, (int)pem.len);
	X509 *cert = bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, NULL, NULL);
	char *rest = NULL;

	if (cert != NULL && BIO_get_mem_data(bio, &rest) > 0 &&
	    memmem(rest, (size_t)BIO_get_mem_data(bio, &rest), "BEGIN", 5) != NULL) {
		X509_free(cert);
		cert = NULL;
	}
	BIO_free(bio);
	return cert;
}

/* Strong enough, and of a kind of which we know how it signs. */
static bool
key_known(EVP_PKEY *key)
{
	char group[40] = "";

	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA)
		return EVP_PKEY_get_bits(key) >= 2048 && EVP_PKEY_get_bits(key) <= 4096;
	return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
	    EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1 &&
	    strcmp(group, "prime256v1") == 0;
}

static enum yb_certificate_verdict
chain_check(yb_req *r, yb_str anchors, X509 *cert)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	enum yb_certificate_verdict v = YB_CERTIFICATE_NO_ANCHORS;
	int rc;

	if (store == NULL || ctx == NULL ||
	    X509_STORE_load_file(store, ybh_arena_cstr(r->arena, anchors)) != 1 ||
	    X509_STORE_CTX_init(ctx, store, cert, NULL) != 1)
		goto out;
	X509_STORE_CTX_set_time(ctx, 0, (time_t)(r->now.us / 1000000));
	rc = X509_verify_cert(ctx);
	v = YB_CERTIFICATE_STRANGE;
	if (rc == 1 && (X509_get_key_usage(cert) & KU_DIGITAL_SIGNATURE) != 0 &&
	    X509_check_ca(cert) == 0)
		v = YB_CERTIFICATE_GOOD;
	else if (rc != 1 && (X509_STORE_CTX_get_error(ctx) == X509_V_ERR_CERT_HAS_EXPIRED ||
			     X509_STORE_CTX_get_error(ctx) == X509_V_ERR_CERT_NOT_YET_VALID))
		v = YB_CERTIFICATE_OVER;
out:
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	return v;
}

static bool
signature_good(EVP_PKEY *key, yb_str message, const unsigned char *sig, size_t n)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
	    EVP_DigestVerify(ctx, sig, n, (const unsigned char *)message.p, message.len) == 1;

	EVP_MD_CTX_free(ctx);
	return good;
}

static bool
issuer_take(yb_req *r, X509 *cert, yb_certificate *ret)
{
	unsigned char *hash = yb_alloc(r, 32);
	unsigned char *der = NULL;
	int n = i2d_X509_NAME(X509_get_issuer_name(cert), &der);

	if (n <= 0)
		return false;
	ybh_sha256(der, (size_t)n, hash);
	OPENSSL_free(der);
	ret->issuer_sha256 = (yb_bytes) { hash, 32 };
	return true;
}

static bool
serial_take(yb_req *r, X509 *cert, yb_certificate *ret)
{
	BIGNUM *bn = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);
	unsigned char *raw = yb_alloc(r, 20);
	bool good = bn != NULL && !BN_is_negative(bn) && BN_num_bytes(bn) <= 20;

	if (good)
		ret->serial = (yb_bytes) { raw, (size_t)BN_bn2bin(bn, raw) };
	BN_free(bn);
	return good;
}

static bool
facts_take(yb_req *r, X509 *cert, yb_certificate *ret)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct tm end = { 0 };
	char *text = NULL;
	long n = 0;

	if (bio != NULL &&
	    X509_NAME_print_ex(bio, X509_get_subject_name(cert), 0, XN_FLAG_RFC2253) >= 0)
		n = BIO_get_mem_data(bio, &text);
	if (n > 0)
		ret->subject = yb_copy(r,
		    (yb_str) { text, (size_t)n > SUBJECT_MAX ? SUBJECT_MAX : (size_t)n });
	BIO_free(bio);
	if (n <= 0 || ASN1_TIME_to_tm(X509_get0_notAfter(cert), &end) != 1)
		return false;
	ret->not_after.us = (int64_t)timegm(&end) * 1000000;
	return issuer_take(r, cert, ret) && serial_take(r, cert, ret);
}

enum yb_certificate_verdict
yb_certificate_verify(yb_req *r, yb_str anchors, yb_str pem, yb_str message, yb_str signature,
    yb_certificate *ret)
{
	unsigned char *sig = yb_alloc(r, SIGNATURE_MAX);
	X509 *cert = certificate_read(pem);
	enum yb_certificate_verdict v = YB_CERTIFICATE_MALFORMED;
	long n = -1;

	if (signature.len > 0 && signature.len / 4 * 3 + 3 <= SIGNATURE_MAX)
		n = ybh_b64url_decode(signature, sig);
	if (cert != NULL && n > 0)
		v = chain_check(r, anchors, cert);
	if (v == YB_CERTIFICATE_GOOD && !key_known(X509_get0_pubkey(cert)))
		v = YB_CERTIFICATE_STRANGE;
	if (v == YB_CERTIFICATE_GOOD &&
	    !signature_good(X509_get0_pubkey(cert), message, sig, (size_t)n))
		v = YB_CERTIFICATE_UNSIGNED;
	if (v == YB_CERTIFICATE_GOOD && !facts_take(r, cert, ret))
		v = YB_CERTIFICATE_MALFORMED;
	X509_free(cert);
	return v;
}
