/*
 * keys.h - the keystore from inside: keys.c decides, keys_disk.c writes and reads.
 */
#ifndef YOBO_KEEPER_KEYS_H
#define YOBO_KEEPER_KEYS_H

#include <openssl/types.h>
#include <pthread.h>

#include "keeper_daemon.h"

#define KEYS_MAX 128

struct key {
	enum ybh_key_class cls;
	enum ybh_key_state state;
	char kid[48];
	int64_t since_us, not_after_us; /* not_after 0: not yet known, or never */
	EVP_PKEY *pkey;
};

struct set { /* what the state file says; copied, changed, written, then taken */
	size_t n;
	struct key at[KEYS_MAX];
};

struct keystore {
	int dir;
	char *issuer;
	pthread_rwlock_t lock;  /* of `set` */
	pthread_mutex_t change; /* one change at a time */
	struct set set;
	unsigned char master[32];
};

/* Words of the state file by number; NULL at 0 and where no key can be. */
#define KEY_CLASSES (YBH_KEY_EXCHANGE + 1)
#define KEY_STATES  (YBH_KEY_RETIRED + 1)
extern const char *const key_classes[KEY_CLASSES];
extern const char *const key_states[KEY_STATES];

void key_file(char out[80], enum ybh_key_class cls, const char *kid);
int state_write(const struct keystore *ks, const struct set *s) YB_MUST_USE;
/* Fills ks->set; an empty directory gets an empty state. -1: err. */
int state_read(struct keystore *ks, char *err, size_t size) YB_MUST_USE;
int master_read(struct keystore *ks, char *err, size_t size) YB_MUST_USE;
/* Proves the new pair against libjwt, then writes its file. */
int private_write(const struct keystore *ks, const struct key *k) YB_MUST_USE;
/* From now on the key's file, and the key itself, hold only the public half. */
void key_demote(const struct keystore *ks, struct key *k);

#endif
