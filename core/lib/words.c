/*
 * words.c - lists of words as sorted hashes (yb/words.h).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#include <yb/words.h>

#define WORDS_MAX  ((size_t)4000000)
#define LINE_BYTES 256u
#define FIRST_ROOM ((size_t)131072)

struct reading {
	uint64_t *hashes;
	size_t n, room;
};

/* FNV-1a of 64 bits: nobody gains by two words that look alike to it. */
uint64_t
yb_words_hash(yb_str word)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < word.len; i++) {
		char c = word.p[i];

		c = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
		h = (h ^ (unsigned char)c) * UINT64_C(1099511628211);
	}
	return h;
}

static int
hash_cmp(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

bool
yb_words_has(const yb_words *w, yb_str word)
{
	uint64_t h = yb_words_hash(word);

	return w->n > 0 && bsearch(&h, w->hashes, w->n, sizeof h, hash_cmp) != NULL;
}

static const char *
word_add(struct reading *b, yb_str word)
{
	while (word.len > 0 && (word.p[word.len - 1] == '\n' || word.p[word.len - 1] == '\r'))
		word.len--;
	if (word.len == 0)
		return NULL;
	if (b->n == b->room) {
		size_t room = b->room == 0 ? FIRST_ROOM : 2 * b->room;
		uint64_t *more = b->n >= WORDS_MAX ? NULL : realloc(b->hashes, room * sizeof *more);

		if (more == NULL)
			return "too many words, or no memory for them";
		b->hashes = more;
		b->room = room;
	}
	b->hashes[b->n++] = yb_words_hash(word);
	return NULL;
}

/* NULL, or what is wrong with the file. */
static const char *
file_read(struct reading *b, const char *path)
{
	FILE *f = fopen(path, "re");
	char line[LINE_BYTES];
	const char *why = NULL;

	if (f == NULL)
		return "cannot be read";
	while (why == NULL && fgets(line, sizeof line, f) != NULL)
		why = word_add(b, yb_cstr(line));
	if (why == NULL && ferror(f) != 0)
		why = "cannot be read";
	(void)fclose(f); /* only read */
	return why;
}

static int
files_read(yb_req *boot, struct reading *b, yb_str files)
{
	const char *area = boot->match.loaded->module->name;

	for (size_t at = 0, n = 0; at < files.len; at += n) {
		const char *path, *why;

		n = 1;
		if (files.p[at] == ' ')
			continue;
		while (at + n < files.len && files.p[at + n] != ' ')
			n++;
		path = ybh_arena_cstr(boot->arena, (yb_str) { files.p + at, n });
		why = file_read(b, path);
		if (why != NULL) {
			ybh_log(YBH_ERR, "%s: words of %s: %s", area, path, why);
			return -1;
		}
	}
	return 0;
}

int
yb_words_load(yb_req *boot, yb_str files, size_t least, yb_words *ret)
{
	struct reading b = { NULL, 0, 0 };
	uint64_t *kept;
	int rc = files_read(boot, &b, files);

	if (rc == 0 && b.n < least) {
		ybh_log(YBH_ERR, "%s: %zu words in %.*s; %zu are the least",
		    boot->match.loaded->module->name, b.n, (int)files.len, files.p, least);
		rc = -1;
	}
	if (rc == 0 && b.n > 0) {
		qsort(b.hashes, b.n, sizeof *b.hashes, hash_cmp);
		kept = yb_alloc_state(boot, b.n * sizeof *kept);
		memcpy(kept, b.hashes, b.n * sizeof *kept);
		*ret = (yb_words) { kept, b.n };
	}
	free(b.hashes);
	return rc;
}
