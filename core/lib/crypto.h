/*
 * crypto.h - the few primitives we use, all from libcrypto.
 */
#ifndef YBH_CRYPTO_H
#define YBH_CRYPTO_H

#include <yb/base.h>

#include "arena.h"

/* n random bytes; aborts when the kernel has none. */
void ybh_random(void *p, size_t n);
void ybh_sha256(const void *p, size_t n, unsigned char out[32]);
void ybh_hmac_sha256(const void *key, size_t key_len, const void *p, size_t n,
    unsigned char out[32]);
/* Equal bytes, in time that depends on n only. */
bool ybh_same(const void *a, const void *b, size_t n);
/* Overwrites, and is not optimised away. */
void ybh_wipe(void *p, size_t n);

/* base64url without padding (RFC 4648 5). out needs (n + 2) / 3 * 4 + 1 bytes. */
size_t ybh_b64url(const void *p, size_t n, char *out);
/* Strict: alphabet, length and unused bits. Length, or -1. out needs len / 4 * 3 + 3 bytes. */
long ybh_b64url_decode(yb_str s, unsigned char *out);
size_t ybh_hex(const void *p, size_t n, char *out);
long ybh_hex_decode(yb_str s, unsigned char *out, size_t size);

/* The installation's field keys: file of hex lines "<id> <64 hex>", the last one seals. */
struct ybh_field_keys;
struct ybh_field_keys *ybh_field_keys_load(const char *path, char *err, size_t size);
void ybh_field_keys_free(struct ybh_field_keys *k);
/* AES-256-GCM: key id(1) nonce(12) tag(16) text. Never fails but for memory (null). */
yb_bytes ybh_seal(const struct ybh_field_keys *k, struct yb_arena *a, yb_str place, yb_str secret);
/* -1: unknown key, altered, or another place. */
int ybh_unseal(const struct ybh_field_keys *k, struct yb_arena *a, yb_str place, yb_bytes sealed,
    yb_str *ret);
/*
 * The same under a key of the caller, 32 bytes; the key id is 0. For what only the holder of
 * something we do not keep shall be able to open.
 */
yb_bytes ybh_seal_under(const unsigned char key[32], struct yb_arena *a, yb_str place,
    yb_str secret);
int ybh_unseal_under(const unsigned char key[32], struct yb_arena *a, yb_str place, yb_bytes sealed,
    yb_str *ret);
/* HMAC-SHA-256 under a key derived for `purpose` from the first field key. */
void ybh_match(const struct ybh_field_keys *k, yb_str purpose, yb_str secret,
    unsigned char out[32]);

#endif
