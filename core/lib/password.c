/*
 * password.c - argon2id, two at a time (yb/password.h; security N14).
 */
#include <argon2.h>
#include <string.h>

#include "internal.h"
#include "room.h"

/* security N14: m = 46 MiB, t = 1, p = 1 is one of the published pairs; 48 ms when measured. */
#define MEMORY_KIB 47104u
#define PASSES	   1u
#define LANES	   1u
#define SALT	   16u
#define TAG	   32u
#define PHC_MAX	   160u
#define WAIT_S	   2

static struct ybh_room hashing = YBH_ROOM;

static bool
hashing_enter(const yb_req *r)
{
	return ybh_room_enter(&hashing,
	    ybh_option_number(r->p->conf, "core", ybh_core_options, "password_slots"),
	    INT64_C(1000000) * WAIT_S);
}

static int
busy(yb_req *r)
{
	yb_retry_after(r, WAIT_S);
	return yb_problem(r, "E-SYS-002");
}

int
yb_password_hash(yb_req *r, yb_str password, yb_str *ret_phc)
{
	unsigned char salt[SALT];
	char phc[PHC_MAX];
	int rc;

	ybh_random(salt, sizeof salt);
	if (!hashing_enter(r))
		return busy(r);
	rc = argon2id_hash_encoded(PASSES, MEMORY_KIB, LANES, password.p, password.len, salt,
	    sizeof salt, TAG, phc, sizeof phc);
	ybh_room_leave(&hashing);
	if (rc != ARGON2_OK)
		return busy(r); /* no memory for it now */
	*ret_phc = ybh_arena_copy(r->arena, yb_cstr(phc));
	ybh_wipe(phc, sizeof phc);
	return 0;
}

int
yb_password_verify(yb_req *r, yb_str password, yb_str phc)
{
	/* Of no password: 32 zero bytes are not the hash of anything one could find. */
	static const char nobody[] = "$argon2id$v=19$m=47104,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA"
				     "$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	const char *known = phc.p == NULL ? nobody : ybh_arena_cstr(r->arena, phc);
	int rc;

	if (!hashing_enter(r))
		return busy(r);
	rc = argon2id_verify(known, password.p, password.len);
	ybh_room_leave(&hashing);
	if (rc == ARGON2_OK)
		return phc.p != NULL ? 1 : 0;
	return rc == ARGON2_VERIFY_MISMATCH ? 0 : busy(r);
}

yb_str
yb_secret_new(yb_req *r)
{
	unsigned char raw[32];
	char *text = ybh_arena_must(r->arena, 64);

	ybh_random(raw, sizeof raw);
	return (yb_str) { text, ybh_b64url(raw, sizeof raw, text) };
}
