/*
 * yb/password.h - argon2id with a bound on how many run at once (A-02, security N14).
 *
 * Each hashing takes tens of milliseconds and tens of mebibytes; at most two run in a
 * process, the next waits at most two seconds and is then refused with 503.
 */
#ifndef YB_PASSWORD_H
#define YB_PASSWORD_H

#include <yb/request.h>

/* The PHC string of a password. -1 recorded. */
int yb_password_hash(yb_req *r, yb_str password, yb_str *ret_phc) YB_MUST_USE;
/*
 * 1 it matches, 0 it does not, -1 recorded. A null phc does the same work and answers 0,
 * so that an unknown user costs what a known one does.
 */
int yb_password_verify(yb_req *r, yb_str password, yb_str phc) YB_MUST_USE;

/* 256 random bits as 43 characters of base64url: a link, a login between its steps. */
yb_str yb_secret_new(yb_req *r);

#endif
