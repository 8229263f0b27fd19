/*
 * drop_open.c - what a file of another system says it is, and whether that system says so.
 */
#include "drop.h"

#include "csv.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>
#include <unistd.h>

#define CONTROL_MAX   4096
#define SIGNATURE_MAX 1024
#define PEM_MAX	      32768
#define PINS	      4
#define COLUMNS	      6

/* ---- the control file ---- */

static bool
letters(yb_str s, size_t most, const char *more)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];
		bool digit = c >= '0' && c <= '9';

		if (!(c >= 'A' && c <= 'Z') && !digit && (c == '\0' || strchr(more, c) == NULL))
			return false;
	}
	return s.len > 0 && s.len <= most;
}

static bool
number(yb_str s, int64_t *ret)
{
	return s.len <= 15 && yb_number_parse(s, ret);
}

static bool
hash_take(yb_req *r, yb_str s, yb_bytes *ret)
{
	unsigned char *raw = yb_alloc(r, 32);

	*ret = (yb_bytes) { raw, 32 };
	return s.len == 64 && ybh_hex_decode(s, raw, 32) == 32;
}

static bool
header_is_ours(const struct ybh_csv_record *rec)
{
	static const char *const names[COLUMNS] = { "file", "sender", "layout", "sequence", "rows",
		"sha256" };

	for (size_t i = 0; i < COLUMNS; i++)
		if (rec->n != COLUMNS || !yb_str_is(rec->cells[i], names[i]))
			return false;
	return true;
}

#define LAYOUT_MORE "abcdefghijklmnopqrstuvwxyz.-"

static bool
line_take(yb_req *r, const struct ybh_csv_record *rec, yb_str name, yb_drop *ret)
{
	const yb_str *c = rec->cells;

	if (rec->n != COLUMNS || !yb_str_eq(c[0], name) || !letters(c[1], 10, "") ||
	    !letters(c[2], 20, LAYOUT_MORE) || !number(c[3], &ret->sequence) ||
	    !number(c[4], &ret->rows) || !hash_take(r, c[5], &ret->sha256))
		return false;
	ret->sender = yb_copy(r, c[1]);
	ret->layout = yb_copy(r, c[2]);
	return true;
}

bool
drop_control_read(yb_req *r, yb_str text, yb_str name, yb_drop *ret)
{
	struct ybh_csv *csv = ybh_csv_memory(text);
	struct ybh_csv_record rec;
	bool good = csv != NULL && ybh_csv_next(csv, &rec) == YBH_CSV_ROW && header_is_ours(&rec) &&
	    ybh_csv_next(csv, &rec) == YBH_CSV_ROW && line_take(r, &rec, name, ret) &&
	    ybh_csv_next(csv, &rec) == YBH_CSV_END;

	ybh_csv_free(csv);
	return good;
}

/* ---- the signature ---- */

static bool
key_known(const EVP_PKEY *key)
{
	char group[40] = "";

	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA)
		return EVP_PKEY_get_bits(key) >= 2048 && EVP_PKEY_get_bits(key) <= 4096;
	return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
	    EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1 &&
	    strcmp(group, "prime256v1") == 0;
}

static bool
signed_by(X509 *cert, yb_str text, yb_str sig)
{
	EVP_PKEY *key = X509_get0_pubkey(cert);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = ctx != NULL && key != NULL && key_known(key) &&
	    EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
	    EVP_DigestVerify(ctx, (const unsigned char *)sig.p, sig.len,
		(const unsigned char *)text.p, text.len) == 1;

	EVP_MD_CTX_free(ctx);
	return good;
}

static bool
valid_now(const yb_req *r, const X509 *cert)
{
	time_t now = (time_t)(r->now.us / 1000000);

	return X509_cmp_time(X509_get0_notBefore(cert), &now) < 0 &&
	    X509_cmp_time(X509_get0_notAfter(cert), &now) > 0;
}

/* Against each certificate that is kept of the sender: two while it changes. */
static enum yb_drop_verdict
pins_try(const yb_req *r, BIO *pem, yb_str text, yb_str sig)
{
	enum yb_drop_verdict v = YB_DROP_STRANGER;
	X509 *cert;

	for (int i = 0; i < PINS && v != YB_DROP_GOOD &&
	     (cert = PEM_read_bio_X509(pem, NULL, NULL, NULL)) != NULL;
	     i++) {
		if (valid_now(r, cert))
			v = signed_by(cert, text, sig) ? YB_DROP_GOOD : YB_DROP_SIGNATURE;
		else if (v == YB_DROP_STRANGER)
			v = YB_DROP_OVER;
		X509_free(cert);
	}
	return v;
}

static enum yb_drop_verdict
signature_check(yb_req *r, yb_str certs, const yb_drop *d, yb_str text, yb_str sig)
{
	enum yb_drop_verdict v = YB_DROP_STRANGER;
	int dir = drop_dir(r, certs);
	yb_str pem = { NULL, 0 };
	BIO *bio;

	if (dir >= 0) {
		pem = drop_text(r, dir, d->sender, "pem", PEM_MAX);
		(void)close(dir);
	}
	bio = pem.len == 0 ? NULL : BIO_new_mem_buf(pem.p, (int)pem.len);
	if (bio != NULL)
		v = pins_try(r, bio, text, sig);
	BIO_free(bio);
	return v;
}

static yb_bytes
fingerprint(yb_req *r, yb_str text, yb_str sig)
{
	unsigned char *both = yb_alloc(r, text.len + sig.len + 1);

	if (text.len > 0)
		memcpy(both, text.p, text.len);
	if (sig.len > 0)
		memcpy(both + text.len, sig.p, sig.len);
	return yb_sha256(r, (yb_bytes) { both, text.len + sig.len });
}

enum yb_drop_verdict
yb_drop_open(yb_req *r, yb_str dir, yb_str name, yb_str certs, yb_drop *ret)
{
	int fd = drop_dir(r, dir);
	yb_str text = { NULL, 0 }, sig = { NULL, 0 };

	*ret = (yb_drop) { .sequence = 0 };
	if (fd >= 0) {
		text = drop_text(r, fd, name, "ctl", CONTROL_MAX);
		sig = drop_text(r, fd, name, "sig", SIGNATURE_MAX);
		(void)close(fd);
	}
	if (text.p == NULL || sig.p == NULL)
		return YB_DROP_GONE;
	ret->fingerprint = fingerprint(r, text, sig);
	if (!drop_control_read(r, text, name, ret))
		return YB_DROP_CONTROL;
	return signature_check(r, certs, ret, text, sig);
}

int
yb_drop_sign(yb_req *r, yb_bytes control, yb_bytes *ret)
{
	unsigned char *der = yb_alloc(r, 72);
	size_t len = 0;
	int rc = ybh_keeper_file_sign(r->t->keeper, control, der, &len);

	if (rc != 0) {
		ybh_log(YBH_ERR, "%s: a control file is not signed (%d)", r->trace, rc);
		return yb_problem(r, rc == -EPROTO ? "E-SYS-003" : "E-SYS-002");
	}
	*ret = (yb_bytes) { der, len };
	return 0;
}
