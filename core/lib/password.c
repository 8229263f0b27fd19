/*
 * password.c - argon2id, two at a time (yb/password.h; security N14).
 */
#include <argon2.h>
#include <pthread.h>
#include <string.h>

#include "clock.h"
#include "internal.h"

/* security N14: m = 46 MiB, t = 1, p = 1 is one of the published pairs; 48 ms when measured. */
#define MEMORY_KIB 47104u
#define PASSES	   1u
#define LANES	   1u
#define SALT	   16u
#define TAG	   32u
#define PHC_MAX	   160u
#define WAIT_S	   2

static pthread_mutex_t slots_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t slots_free = PTHREAD_COND_INITIALIZER;
static int64_t slots_taken;

/* false: nobody finished within WAIT_S. */
static bool
slot_take(int64_t slots)
{
	const struct timespec until = ybh_wall_after(INT64_C(1000000) * WAIT_S);
	bool got = true;

	(void)pthread_mutex_lock(&slots_lock);
	while (got && slots_taken >= slots)
		got = pthread_cond_timedwait(&slots_free, &slots_lock, &until) == 0;
	if (slots_taken < slots)
		got = true;
	slots_taken += got ? 1 : 0;
	(void)pthread_mutex_unlock(&slots_lock);
	return got;
}

static void
slot_give(void)
{
	(void)pthread_mutex_lock(&slots_lock);
	slots_taken--;
	(void)pthread_cond_signal(&slots_free);
	(void)pthread_mutex_unlock(&slots_lock);
}

static int
busy(yb_req *r)
{
	yb_retry_after(r, WAIT_S);
	return yb_problem(r, "E-SYS-002");
}

static int64_t
slots_of(const yb_req *r)
{
	return ybh_option_number(r->p->conf, "core", ybh_core_options, "password_slots");
}

int
yb_password_hash(yb_req *r, yb_str password, yb_str *ret_phc)
{
	unsigned char salt[SALT];
	char phc[PHC_MAX];
	int rc;

	ybh_random(salt, sizeof salt);
	if (!slot_take(slots_of(r)))
		return busy(r);
	rc = argon2id_hash_encoded(PASSES, MEMORY_KIB, LANES, password.p, password.len, salt,
	    sizeof salt, TAG, phc, sizeof phc);
	slot_give();
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

	if (!slot_take(slots_of(r)))
		return busy(r);
	rc = argon2id_verify(known, password.p, password.len);
	slot_give();
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
