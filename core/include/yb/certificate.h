/*
 * yb/certificate.h - a certificate somebody shows, and what was signed with its key.
 *
 * For cards of people (staff certificates, HPKI): chain to anchors of a file, validity now,
 * key usage, signature. RSA of 2,048 bits or more with SHA-256 (PKCS #1 v1.5) and P-256 with
 * SHA-256 (DER) are understood; nothing else is.
 */
#ifndef YB_CERTIFICATE_H
#define YB_CERTIFICATE_H

#include <yb/request.h>

typedef struct yb_certificate {
	yb_bytes issuer_sha256; /* of the issuer's name in DER: with `serial` it names the holder */
	yb_bytes serial;	/* big-endian, without leading zeros, at most 20 bytes */
	yb_str subject;		/* RFC 2253 text, at most 200 bytes: for people, not for decisions */
	yb_time not_after;
} yb_certificate;

enum yb_certificate_verdict {
	YB_CERTIFICATE_GOOD = 0,
	YB_CERTIFICATE_MALFORMED, /* not one PEM certificate, or no base64url signature */
	YB_CERTIFICATE_STRANGE,	  /* no chain to the anchors, another use, a weak or unknown key */
	YB_CERTIFICATE_OVER,	  /* not valid yet, or no longer */
	YB_CERTIFICATE_UNSIGNED,  /* the signature is not of this message by this key */
	YB_CERTIFICATE_NO_ANCHORS /* the file cannot be read or holds no certificate */
};

/*
 * Whether `signature` (base64url) is one of `message` by the key of the PEM certificate `pem`,
 * and that one was issued under the anchors (PEM) of the file `anchors`. *ret is filled for
 * YB_CERTIFICATE_GOOD only. Revocation is not asked: whoever accepts the card keeps a list of
 * its own (a card is registered, and can be removed). Never records a problem.
 */
enum yb_certificate_verdict yb_certificate_verify(yb_req *r, yb_str anchors, yb_str pem,
    yb_str message, yb_str signature, yb_certificate *ret);

#endif
