/*
 * Public keys of clients, parsed once (token_parts.h).
 *
 * OpenSSL 3.0 needs some 300 us to read a P-256 key from PEM and 70 us to verify with it. A
 * client signs every request for a token with the same key.
 */
#include "token_parts.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define PLACES  1024
#define PEM_MAX 512

struct place {
	size_t len; /* 0: empty */
	char pem[PEM_MAX];
	EVP_PKEY *key;
};

static struct place *places; /* a key newly met takes the place of another */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static size_t
place_of(yb_str pem)
{
	uint64_t h = UINT64_C(1469598103934665603);

	for (size_t i = 0; i < pem.len; i++)
		h = (h ^ (unsigned char)pem.p[i]) * UINT64_C(1099511628211);
	return (size_t)((h ^ h >> 32) % PLACES);
}

static EVP_PKEY *
find(size_t at, yb_str pem)
{
	EVP_PKEY *key = NULL;

	(void)pthread_mutex_lock(&lock);
	if (places != NULL && places[at].len == pem.len &&
	    memcmp(places[at].pem, pem.p, pem.len) == 0 && EVP_PKEY_up_ref(places[at].key) == 1)
		key = places[at].key;
	(void)pthread_mutex_unlock(&lock);
	return key;
}

static void
keep(size_t at, yb_str pem, EVP_PKEY *key)
{
	(void)pthread_mutex_lock(&lock);
	if (places == NULL)
		places = calloc(PLACES, sizeof *places);
	if (places != NULL && EVP_PKEY_up_ref(key) == 1) {
		EVP_PKEY_free(places[at].key);
		places[at].key = key;
		places[at].len = pem.len;
		memcpy(places[at].pem, pem.p, pem.len);
	}
	(void)pthread_mutex_unlock(&lock);
}

EVP_PKEY *
ybh_p256_public_kept(yb_str pem)
{
	EVP_PKEY *key;
	size_t at;

	if (pem.p == NULL || pem.len == 0 || pem.len > PEM_MAX)
		return ybh_p256_public(pem);
	at = place_of(pem);
	key = find(at, pem);
	if (key != NULL)
		return key;
	key = ybh_p256_public(pem);
	if (key != NULL)
		keep(at, pem, key);
	return key;
}
