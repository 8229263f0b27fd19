/*
 * yb/totp.h - one-time codes of an authenticator app (RFC 6238; security 9.6, N4).
 *
 * SHA-1, 30 seconds, six digits: what every app can do. The time is the server's; a code of
 * the step before is still taken, one of the step after never. That a step counts once is the
 * caller's to keep (compare and set on the last step).
 */
#ifndef YB_TOTP_H
#define YB_TOTP_H

#include <yb/request.h>

#define YB_TOTP_SECRET 20 /* bytes */

/* A new secret of YB_TOTP_SECRET random bytes. */
yb_bytes yb_totp_secret(yb_req *r);
/* Its base32 text, as it is typed where a camera is missing; no padding. */
yb_str yb_totp_base32(yb_req *r, yb_bytes secret);
/* "otpauth://totp/ISSUER:ACCOUNT?secret=...&issuer=ISSUER", percent-encoded. */
yb_str yb_totp_uri(yb_req *r, yb_str issuer, yb_str account, yb_bytes secret);
/* The step (of 30 s since 1970) whose code this is, now or just before; 0: it is none. */
int64_t yb_totp_step(yb_req *r, yb_bytes secret, yb_str code);

#endif
