/*
 * job_source.c - the pieces of a file as rows of cells: opened, decoded, cut at commas.
 *
 * One piece is in memory at a time, whatever the size of the file.
 */
#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "charset.h"
#include "internal.h"
#include "job_parts.h"

struct job_source {
	struct ybh_thread *t;
	const struct job_row *job;
	struct yb_arena *arena; /* of the piece */
	struct ybh_csv *csv;
	EVP_MD_CTX *sha;
	const unsigned char *at, *end; /* of the piece, not yet read */
	int64_t next;		       /* where the next piece begins */
	enum ybh_charset charset;
	struct ybh_cp932 cp932;
	bool ended, away;
};

static int
piece_next(struct job_source *s)
{
	yb_str piece;

	if (s->next >= s->job->received) {
		s->ended = true;
		return 0;
	}
	ybh_arena_reset(s->arena);
	if (job_piece_get(s->t, s->t->db, s->arena, s->job, JOB_FILE, s->next, &piece) != 0 ||
	    piece.p == NULL || EVP_DigestUpdate(s->sha, piece.p, piece.len) != 1) {
		s->away = true;
		return -1;
	}
	s->next += (int64_t)piece.len;
	s->at = (const unsigned char *)piece.p;
	s->end = s->at + piece.len;
	if (s->charset == YBH_CHARSET_ASCII) /* bytes of ASCII are the same in both */
		s->charset = ybh_charset_guess(piece, s->next < s->job->received);
	return 0;
}

/* The next bytes as UTF-8; a piece may end inside a character, so one may give none. */
static int64_t
source_read(void *arg, void *buf, size_t size)
{
	struct job_source *s = arg;
	size_t n = 0;

	while (n == 0) {
		if (s->at == s->end && !s->ended && piece_next(s) < 0)
			return -1;
		if (s->charset == YBH_CHARSET_CP932) {
			n = ybh_cp932_decode(&s->cp932, &s->at, s->end, s->ended, buf, size);
		} else {
			n = (size_t)(s->end - s->at) < size ? (size_t)(s->end - s->at) : size;
			if (n > 0)
				memcpy(buf, s->at, n);
			s->at += n;
		}
		if (n == 0 && s->ended)
			return 0;
	}
	return (int64_t)n;
}

struct job_source *
job_source_new(struct ybh_thread *t, const struct job_row *job)
{
	struct job_source *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->t = t;
	s->job = job;
	s->arena = ybh_arena_new(0, 8 * JOB_PIECE);
	s->sha = EVP_MD_CTX_new();
	s->csv = ybh_csv_stream(source_read, s);
	if (s->arena != NULL && s->csv != NULL && s->sha != NULL &&
	    EVP_DigestInit_ex(s->sha, EVP_sha256(), NULL) == 1)
		return s;
	job_source_free(s);
	return NULL;
}

void
job_source_free(struct job_source *s)
{
	if (s == NULL)
		return;
	ybh_csv_free(s->csv);
	ybh_arena_free(s->arena);
	EVP_MD_CTX_free(s->sha);
	free(s);
}

enum ybh_csv_result
job_source_next(struct job_source *s, struct ybh_csv_record *ret)
{
	return ybh_csv_next(s->csv, ret);
}

void
job_source_trouble(const struct job_source *s, struct job_trouble *ret)
{
	static const char *const codes[] = {
		[YBH_CSV_FORM] = "E-JOB-009",
		[YBH_CSV_BYTES] = "E-JOB-006",
		[YBH_CSV_NUL] = "E-JOB-018",
		[YBH_CSV_LARGE] = "E-JOB-019",
		[YBH_CSV_SOURCE] = NULL,
	};
	size_t line;
	enum ybh_csv_trouble what = ybh_csv_trouble(s->csv, &line);

	*ret = (struct job_trouble) { .code = s->away ? NULL : codes[what], .line = (int64_t)line };
}

const char *
job_source_encoding(const struct job_source *s)
{
	return ybh_charset_name(s->charset);
}

int64_t
job_source_bytes(const struct job_source *s)
{
	return s->next - (s->end - s->at);
}

void
job_source_sha256(struct job_source *s, unsigned char out[32])
{
	unsigned n = 32;

	if (EVP_DigestFinal_ex(s->sha, out, &n) != 1)
		memset(out, 0, 32);
}
