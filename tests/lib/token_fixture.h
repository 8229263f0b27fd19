/*
 * token_fixture.h - keys and tokens made by hand, for the tests of the verifier.
 */
#ifndef TOKEN_FIXTURE_H
#define TOKEN_FIXTURE_H

#include <openssl/types.h>

#include "token_parts.h"

#define ISSUER   "https://yobo.example"
#define AUDIENCE "https://yobo.example/api"

enum which { CURRENT, NEXT, PREVIOUS, RETIRED, WHICH };

struct fixture {
	struct yb_arena *a;
	struct ybh_tokens *t;
	EVP_PKEY *pkey[5][WHICH]; /* by class */
	struct ybh_key keys[5 * WHICH];
	size_t n_keys;
	int64_t now; /* seconds */
};

/* Every class with a key in every state; revocations fresh. */
struct fixture *fixture_new(void);
void fixture_free(struct fixture *f);
/* The verifier forgets the cache: a new one with the same keys. */
void fixture_verifier(struct fixture *f);
yb_str fixture_kid(const struct fixture *f, enum ybh_key_class cls, enum which w);
yb_str fixture_pem(const struct fixture *f, enum ybh_key_class cls, enum which w);

/* header and claims as they stand, signed by key. */
yb_str forge(struct fixture *f, const char *header, const char *claims, EVP_PKEY *key);
/* Good claims of a class; `more` is put before the closing brace (",\"x\":1"). */
const char *claims_of(struct fixture *f, enum ybh_key_class cls, const char *more);
/* The usual header with the current key of a class. */
const char *header_of(struct fixture *f, enum ybh_key_class cls);
yb_str good_token(struct fixture *f, enum ybh_key_class cls);
/* `text` with its first `from` replaced. */
const char *with(struct fixture *f, const char *text, const char *from, const char *to);

enum ybh_token_verdict verify(struct fixture *f, yb_str token);

#endif
