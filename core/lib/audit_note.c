/*
 * audit_note.c - checkpoints as signed notes (C2SP tlog-checkpoint, signed-note):
 *
 *	<origin>\n<size>\n<base64 root>\n\n— <origin> <base64 (key id | signature)>\n
 */
#include "audit_parts.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "crypto.h"
#include "token_parts.h"

#define DASH "\xe2\x80\x94 " /* U+2014, space */

bool
ybh_note_key_id(yb_str kid, unsigned char ret[4])
{
	unsigned char print[64];

	if (kid.p == NULL || kid.len != YBH_TOKEN_KIDS || ybh_b64url_decode(kid, print) != 32)
		return false;
	memcpy(ret, print, 4);
	return true;
}

size_t
ybh_note_text(const char *origin, uint64_t size, const unsigned char root[32],
    char out[YBH_NOTE_MAX])
{
	unsigned char b64[48];
	int n;

	(void)EVP_EncodeBlock(b64, root, 32);
	n = snprintf(out, YBH_NOTE_MAX, "%s\n%llu\n%s\n", origin, (unsigned long long)size,
	    (const char *)b64);
	return n > 0 && n < YBH_NOTE_MAX ? (size_t)n : 0;
}

size_t
ybh_note_seal(char note[YBH_NOTE_MAX], size_t len, const char *origin, yb_str kid,
    const unsigned char sig[64])
{
	unsigned char bytes[4 + 72], b64[108];
	size_t der = ybh_es256_der(sig, bytes + 4);
	int n;

	if (der == 0 || !ybh_note_key_id(kid, bytes))
		return 0;
	(void)EVP_EncodeBlock(b64, bytes, (int)(4 + der));
	n = snprintf(note + len, YBH_NOTE_MAX - len, "\n" DASH "%s %s\n", origin,
	    (const char *)b64);
	return n > 0 && (size_t)n < YBH_NOTE_MAX - len ? len + (size_t)n : 0;
}

/* ---- reading ---- */

/* The line at *at without its end; false: no whole line there. */
static bool
line_take(yb_str text, size_t *at, yb_str *ret)
{
	const char *start = text.p + *at;
	const char *end = memchr(start, '\n', text.len - *at);

	if (end == NULL)
		return false;
	*ret = (yb_str) { start, (size_t)(end - start) };
	*at += ret->len + 1;
	return true;
}

/* Base64 in its one canonical form; length or -1. out holds s.len bytes. */
static long
b64_read(yb_str s, unsigned char *out, size_t size)
{
	unsigned char bytes[160], again[220];
	int n;

	if (s.len == 0 || s.len % 4 != 0 || s.len > 200)
		return -1;
	n = EVP_DecodeBlock(bytes, (const unsigned char *)s.p, (int)s.len);
	if (n < 0)
		return -1;
	/* The decoder counts padding as bytes. */
	if (s.p[s.len - 1] == '=')
		n--;
	if (s.p[s.len - 2] == '=')
		n--;
	if (n <= 0 || (size_t)n > size || EVP_EncodeBlock(again, bytes, n) != (int)s.len ||
	    memcmp(again, s.p, s.len) != 0)
		return -1;
	memcpy(out, bytes, (size_t)n);
	return n;
}

static bool
size_read(yb_str s, uint64_t *ret)
{
	uint64_t v = 0;

	if (s.len == 0 || s.len > 19 || (s.p[0] == '0' && s.len > 1))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(s.p[i] - '0');
	}
	*ret = v;
	return true;
}

static int
signature_read(yb_str line, struct ybh_note *n)
{
	unsigned char bytes[4 + 72];
	size_t head = sizeof DASH - 1 + n->origin.len;
	long len;

	if (line.len <= head + 1 || memcmp(line.p, DASH, sizeof DASH - 1) != 0 ||
	    memcmp(line.p + sizeof DASH - 1, n->origin.p, n->origin.len) != 0 ||
	    line.p[head] != ' ')
		return -EBADMSG;
	len = b64_read((yb_str) { line.p + head + 1, line.len - head - 1 }, bytes, sizeof bytes);
	if (len <= 4)
		return -EBADMSG;
	memcpy(n->key_id, bytes, 4);
	n->sig_len = (size_t)len - 4;
	memcpy(n->sig, bytes + 4, n->sig_len);
	return 0;
}

int
ybh_note_read(yb_str text, struct ybh_note *ret)
{
	struct ybh_note n = { 0 };
	yb_str size, root, blank, sig;

	if (!line_take(text, &n.len, &n.origin) || n.origin.len == 0 ||
	    n.origin.len > YBH_ORIGIN_MAX || !line_take(text, &n.len, &size) ||
	    !size_read(size, &n.size) || !line_take(text, &n.len, &root) ||
	    b64_read(root, n.root, sizeof n.root) != 32)
		return -EBADMSG;
	n.signed_len = n.len;
	if (!line_take(text, &n.len, &blank) || blank.len != 0 || !line_take(text, &n.len, &sig) ||
	    signature_read(sig, &n) != 0)
		return -EBADMSG;
	*ret = n;
	return 0;
}

/* ---- the file ---- */

int
ybh_note_file_open(struct ybh_note_file *nf, const char *path, long tail)
{
	long start = 0;

	*nf = (struct ybh_note_file) { .next_line = 1 };
	nf->f = fopen(path, "re");
	if (nf->f == NULL)
		return -errno;
	/* Only to where it ends now: a living keeper goes on appending. */
	if (fseek(nf->f, 0, SEEK_END) == 0)
		nf->left = ftell(nf->f);
	if (tail > 0 && nf->left > tail)
		start = nf->left - tail;
	if (nf->left < 0 || fseek(nf->f, start, SEEK_SET) != 0) {
		int rc = -errno;

		ybh_note_file_close(nf);
		return rc;
	}
	nf->left -= start;
	return 0;
}

void
ybh_note_file_close(struct ybh_note_file *nf)
{
	if (nf->f != NULL)
		(void)fclose(nf->f); /* only read */
	nf->f = NULL;
}

static int
file_fill(struct ybh_note_file *nf)
{
	size_t want, got;

	memmove(nf->buf, nf->buf + nf->used, nf->have - nf->used);
	nf->have -= nf->used;
	nf->used = 0;
	want = sizeof nf->buf - nf->have;
	if ((long)want > nf->left)
		want = (size_t)nf->left;
	if (want == 0)
		return 0;
	got = fread(nf->buf + nf->have, 1, want, nf->f);
	if (got < want)
		return -EIO;
	nf->have += got;
	nf->left -= (long)got;
	return 0;
}

/* A line that begins no note: kept, to be compared with the note that follows. */
static bool
garbage_take(struct ybh_note_file *nf, char garbage[YBH_NOTE_MAX], size_t *n)
{
	yb_str rest = { nf->buf + nf->used, nf->have - nf->used }, line;
	size_t at = 0;

	if (!line_take(rest, &at, &line))
		return false;
	if (*n + at <= YBH_NOTE_MAX)
		memcpy(garbage + *n, line.p, at);
	*n += at;
	nf->used += at;
	nf->next_line++;
	return true;
}

/*
 * The sealer ends what a crash tore off by " \n", with which no line of a note can end, and
 * writes that note again.
 */
static bool
is_torn_note(const char *garbage, size_t n, yb_str note)
{
	if (n == 0)
		return true;
	return n >= 2 && n <= YBH_NOTE_MAX && n - 2 < note.len &&
	    memcmp(garbage, note.p, n - 2) == 0 && memcmp(garbage + n - 2, " \n", 2) == 0;
}

int
ybh_note_file_next(struct ybh_note_file *nf)
{
	char garbage[YBH_NOTE_MAX];
	size_t n = 0;

	for (;;) {
		yb_str rest;

		if (nf->have - nf->used < 2 * YBH_NOTE_MAX && file_fill(nf) != 0)
			return -EIO;
		rest = (yb_str) { nf->buf + nf->used, nf->have - nf->used };
		if (rest.len > 0 && ybh_note_read(rest, &nf->note) == 0)
			break;
		if (rest.len > 0 && garbage_take(nf, garbage, &n))
			continue;
		nf->unfinished = n > 0 || rest.len > 0;
		nf->used = nf->have; /* one endless line is no note either */
		if (nf->left == 0)
			return 0;
		n += rest.len;
	}
	nf->text = (yb_str) { nf->buf + nf->used, nf->note.len };
	nf->torn = !is_torn_note(garbage, n, nf->text);
	nf->line = nf->next_line;
	nf->next_line += 5;
	nf->used += nf->note.len;
	return 1;
}

int
ybh_sealed_notes(const char *checkpoint_path, const char *origin, uint64_t *ret)
{
	struct ybh_note_file nf;
	int rc = ybh_note_file_open(&nf, checkpoint_path, 0);

	*ret = 0;
	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	while ((rc = ybh_note_file_next(&nf)) > 0)
		*ret += yb_str_eq(nf.note.origin, yb_cstr(origin));
	ybh_note_file_close(&nf);
	return rc;
}
