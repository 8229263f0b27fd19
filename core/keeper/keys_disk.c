/*
 * The private keys on the disk: one PEM file per key, and a small file that says what each is
 * for.
 *
 *	keys_dir/state                 yobo-keeper-keys 1
 *	                               <class> <kid> <state> <since_us> <not_after_us>
 *	keys_dir/<class>-<kid>.pem     PKCS#8; a previous key keeps only its public half
 *	keys_dir/master                32 bytes: the MAC keys of the audit chains come from it
 *
 * The PEM is on the disk before the state names it, and the state no longer names it before
 * it is removed, so that a crash leaves at most a file nobody knows of.
 */
#include "keys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../lib/crypto.h"
#include "../lib/token_parts.h"

#define STATE_HEAD "yobo-keeper-keys 1\n"

const char *const key_classes[KEY_CLASSES] = { [YBH_KEY_ISSUED] = "issued",
	[YBH_KEY_ACCESS] = "access",
	[YBH_KEY_INTERNAL] = "internal",
	[YBH_KEY_CHECKPOINT] = "checkpoint",
	[YBH_KEY_EXCHANGE] = "exchange" };
const char *const key_states[KEY_STATES] = {
	[YBH_KEY_NEXT] = "next", [YBH_KEY_CURRENT] = "current", [YBH_KEY_PREVIOUS] = "previous"
};

void
key_file(char out[80], enum ybh_key_class cls, const char *kid)
{
	(void)snprintf(out, 80, "%s-%s.pem", key_classes[cls], kid);
}

int
state_write(const struct keystore *ks, const struct set *s)
{
	char text[KEYS_MAX * 160];
	size_t n = sizeof(STATE_HEAD) - 1;

	memcpy(text, STATE_HEAD, n);
	for (size_t i = 0; i < s->n; i++) {
		const struct key *k = &s->at[i];
		int len = snprintf(text + n, sizeof(text) - n, "%s %s %s %lld %lld\n",
		    key_classes[k->cls], k->kid, key_states[k->state], (long long)k->since_us,
		    (long long)k->not_after_us);

		if (len <= 0 || (size_t)len >= sizeof(text) - n)
			return -EIO;
		n += (size_t)len;
	}
	return file_write(ks->dir, "state", text, n);
}

/* The private PEM passes through memory that is wiped. */
int
private_write(const struct keystore *ks, const struct key *k)
{
	struct yb_arena *a = ybh_arena_new(8192, 65536);
	yb_str private_pem, public_pem;
	char name[80];
	int rc = -EIO;

	if (a == NULL)
		return -EIO;
	private_pem = ybh_p256_private_pem(k->pkey, a);
	public_pem = ybh_p256_public_pem(k->pkey, a);
	key_file(name, k->cls, k->kid);
	if (private_pem.p != NULL && public_pem.p != NULL) {
		if (ybh_token_cross_check(
			a, private_pem, public_pem, (yb_str){ k->kid, YBH_TOKEN_KIDS }) == 0)
			rc = file_write(ks->dir, name, private_pem.p, private_pem.len);
		ybh_wipe((void *)(uintptr_t)private_pem.p, private_pem.len);
	}
	ybh_arena_free(a);
	return rc;
}

static int
public_write(const struct keystore *ks, const struct key *k)
{
	struct yb_arena *a = ybh_arena_new(2048, 65536);
	char name[80];
	yb_str pem;
	int rc = -EIO;

	if (a == NULL)
		return -EIO;
	pem = ybh_p256_public_pem(k->pkey, a);
	key_file(name, k->cls, k->kid);
	if (pem.p != NULL)
		rc = file_write(ks->dir, name, pem.p, pem.len);
	ybh_arena_free(a);
	return rc;
}

/* The key only its file holds now: its public half. */
void
key_demote(const struct keystore *ks, struct key *k)
{
	char pem[1024], name[80];
	EVP_PKEY *public;
	ssize_t n;

	key_file(name, k->cls, k->kid);
	if (public_write(ks, k) != 0)
		return; /* tried again at the next start */
	n = file_read(ks->dir, name, pem, sizeof(pem));
	public = n > 0 ? ybh_p256_public((yb_str){ pem, (size_t)n }) : NULL;
	if (public != NULL) {
		EVP_PKEY_free(k->pkey);
		k->pkey = public;
	}
}

static int
key_load(const struct keystore *ks, struct key *k)
{
	char pem[2048], name[80], kid[48];
	ssize_t n;

	key_file(name, k->cls, k->kid);
	n = file_read(ks->dir, name, pem, sizeof(pem));
	if (n <= 0)
		return -1;
	k->pkey = ybh_p256_private((yb_str){ pem, (size_t)n });
	ybh_wipe(pem, sizeof(pem));
	if (k->pkey == NULL && k->state == YBH_KEY_PREVIOUS) {
		n = file_read(ks->dir, name, pem, sizeof(pem));
		if (n > 0)
			k->pkey = ybh_p256_public((yb_str){ pem, (size_t)n });
	} else if (k->pkey != NULL && k->state == YBH_KEY_PREVIOUS) {
		key_demote(ks, k);
	}
	return k->pkey != NULL && ybh_p256_thumbprint(k->pkey, kid) == 0 && strcmp(kid, k->kid) == 0
		   ? 0
		   : -1;
}

static size_t
word_index(const char *const *words, size_t n, const char *word)
{
	for (size_t i = 1; i < n; i++)
		if (words[i] != NULL && strcmp(words[i], word) == 0)
			return i;
	return 0;
}

static int
state_line(struct keystore *ks, const char *line, char *err, size_t size)
{
	char cls[16], state[16];
	struct key k = { .pkey = NULL };
	long long since, not_after;
	int end = 0;

	if (sscanf(line, "%15s %47s %15s %lld %lld%n", cls, k.kid, state, &since, &not_after,
		&end) != 5 ||
	    line[end] != '\0' || since < 0 || not_after < 0 || ks->set.n == KEYS_MAX) {
		(void)snprintf(err, size, "state: a line of another form: %s", line);
		return -1;
	}
	k.cls = (enum ybh_key_class)word_index(key_classes, KEY_CLASSES, cls);
	k.state = (enum ybh_key_state)word_index(key_states, KEY_STATES, state);
	k.since_us = since;
	k.not_after_us = not_after;
	if (k.cls == 0 || k.state == 0 || key_load(ks, &k) != 0) {
		EVP_PKEY_free(k.pkey);
		(void)snprintf(err, size, "state: no such key, or its file is not fit: %s", line);
		return -1;
	}
	ks->set.at[ks->set.n++] = k;
	return 0;
}

static bool
any_key_file(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *e;
	bool found = d == NULL;

	if (d == NULL && fd >= 0)
		(void)close(fd);
	while (d != NULL && (e = readdir(d)) != NULL) {
		size_t n = strlen(e->d_name);

		if (e->d_name[0] != '.' && n > 4 && strcmp(e->d_name + n - 4, ".pem") == 0)
			found = true;
	}
	if (d != NULL)
		(void)closedir(d);
	return found;
}

/* Keys without a state are not replaced by new ones behind the administrator's back. */
int
state_read(struct keystore *ks, char *err, size_t size)
{
	char text[KEYS_MAX * 160], *at, *end;
	ssize_t n = file_read(ks->dir, "state", text, sizeof(text) - 1);

	if (n == -ENOENT && !any_key_file(ks->dir))
		return state_write(ks, &ks->set);
	if (n < (ssize_t)sizeof(STATE_HEAD) - 1 ||
	    memcmp(text, STATE_HEAD, sizeof(STATE_HEAD) - 1) != 0) {
		(void)snprintf(err, size, "state: missing beside keys, not private, or not ours");
		return -1;
	}
	text[n] = '\0';
	for (at = text + sizeof(STATE_HEAD) - 1; *at != '\0'; at = end + 1) {
		end = strchr(at, '\n');
		if (end == NULL) {
			(void)snprintf(err, size, "state: the last line is cut");
			return -1;
		}
		*end = '\0';
		if (state_line(ks, at, err, size) != 0)
			return -1;
	}
	return 0;
}

int
master_read(struct keystore *ks, char *err, size_t size)
{
	unsigned char text[64];
	ssize_t n = file_read(ks->dir, "master", text, sizeof(text));

	if (n == -ENOENT && ks->set.n == 0 && !any_key_file(ks->dir)) {
		ybh_random(ks->master, sizeof(ks->master));
		if (file_write(ks->dir, "master", ks->master, sizeof(ks->master)) == 0)
			return 0;
	} else if (n == (ssize_t)sizeof(ks->master)) {
		memcpy(ks->master, text, sizeof(ks->master));
		ybh_wipe(text, sizeof(text));
		return 0;
	}
	(void)snprintf(err, size, "master: missing beside keys, not private, or not 32 bytes");
	return -1;
}
