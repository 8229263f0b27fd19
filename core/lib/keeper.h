/*
 * keeper.h - talking to yobo-keeper, which holds every private key.
 *
 * Frames on a unix stream socket: length (u32, big-endian, <= 64 KiB), then op or status
 * (u8), then fields of tag (u8), length (u16), bytes. A client belongs to one thread and
 * reconnects by itself. Results: 0, -ECONNREFUSED/-ETIMEDOUT the keeper is away,
 * -EACCES it refused this peer, -EPROTO a fault of ours.
 */
#ifndef YBH_KEEPER_H
#define YBH_KEEPER_H

#include <yb/base.h>

#include "arena.h"

enum ybh_key_class {
	YBH_KEY_ISSUED = 1,
	YBH_KEY_ACCESS,
	YBH_KEY_INTERNAL,
	YBH_KEY_CHECKPOINT,
	YBH_KEY_EXCHANGE, /* control files of what is sent to other systems (yb/drop.h) */
};
enum ybh_key_state { YBH_KEY_NEXT = 1, YBH_KEY_CURRENT, YBH_KEY_PREVIOUS, YBH_KEY_RETIRED };

struct ybh_key {
	enum ybh_key_class cls;
	enum ybh_key_state state;
	yb_str kid;	   /* RFC 7638 thumbprint, base64url, 43 characters */
	yb_str public_pem; /* P-256 SubjectPublicKeyInfo */
	yb_time not_after; /* when a previous key stops verifying; null: not yet known */
};

struct ybh_keeper;

struct ybh_keeper *ybh_keeper_new(const char *socket_path);
void ybh_keeper_free(struct ybh_keeper *k);
/* Every public key that may still verify something, in `a`. */
int ybh_keeper_keys(struct ybh_keeper *k, struct yb_arena *a, yb_list *ret) YB_MUST_USE;
/* Signs claims (JSON object) as a JWT with the current key of its class. */
int ybh_keeper_sign(struct ybh_keeper *k, enum ybh_key_class cls, yb_str claims, struct yb_arena *a,
    yb_str *ret_token) YB_MUST_USE;

/*
 * The signature (DER) of a control file of ours by the current exchange key; the keeper signs
 * nothing else with it. -EPROTO: it is not one.
 */
int ybh_keeper_file_sign(struct ybh_keeper *k, yb_bytes control, unsigned char ret[72],
    size_t *ret_len) YB_MUST_USE;

/* A new audit chain: its number, first MAC key, and the keeper's signature of the opening. */
struct ybh_chain_grant {
	uint64_t chain_id;
	unsigned char mac_key[32];
	unsigned char signature[72];
	size_t signature_len;
	int64_t opened_us;
};
int ybh_keeper_chain_open(struct ybh_keeper *k, yb_str host, struct ybh_chain_grant *ret) YB_MUST_USE;
/* The first MAC key of a chain, for the verifier (same uid as the keeper, or root). */
int ybh_keeper_chain_key(struct ybh_keeper *k, uint64_t chain_id, unsigned char ret[32]) YB_MUST_USE;
/*
 * yoboctl keys: publish a next key, make it current, retire; `what` is "next", "rotate",
 * "retire". A rotation waits until the next key has been published for a second, so that every
 * worker knows it before it signs.
 */
int ybh_keeper_manage(struct ybh_keeper *k, const char *what, enum ybh_key_class cls, yb_str kid)
    YB_MUST_USE;

#endif
