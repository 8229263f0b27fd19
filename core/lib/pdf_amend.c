/*
 * pdf_amend.c - what cairo cannot say of a document (pdf_amend.h).
 */
#include "pdf_amend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where `word` last stands before `end`; NULL: nowhere. */
static const char *
find_last(const char *from, const char *end, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = end - n; at >= from; at--)
		if (memcmp(at, word, n) == 0)
			return at;
	return NULL;
}

static long
number_behind(const char *at, const char *word)
{
	return at == NULL ? -1 : strtol(at + strlen(word), NULL, 10);
}

int
ybh_pdf_amend(struct ybh_buf *b)
{
	const char *end, *trailer, *object, *close;
	long root, size, xref, info;
	char word[40];
	size_t at;

	ybh_buf_char(b, '\0'); /* strtol needs an end */
	if (b->failed)
		return -1;
	b->len--;
	end = b->p + b->len;
	trailer = find_last(b->p, end, "trailer");
	xref = number_behind(find_last(b->p, end, "startxref"), "startxref");
	if (trailer == NULL || xref <= 0)
		return -1;
	root = number_behind(find_last(trailer, end, "/Root "), "/Root ");
	size = number_behind(find_last(trailer, end, "/Size "), "/Size ");
	info = number_behind(find_last(trailer, end, "/Info "), "/Info ");
	(void)snprintf(word, sizeof word, "\n%ld 0 obj\n<<", root);
	object = root <= 0 || size <= 0 || info <= 0 ? NULL : find_last(b->p, end, word);
	close = object == NULL ? NULL : strstr(object, "\nendobj");
	if (close == NULL || (close = find_last(object, close, ">>")) == NULL)
		return -1;
	object += strlen(word);
	at = b->len;
	{
		size_t from = (size_t)(object - b->p), n = (size_t)(close - object);
		char *dictionary = malloc(n + 1);

		if (dictionary == NULL)
			return -1;
		memcpy(dictionary, b->p + from, n);
		dictionary[n] = '\0';
		ybh_buf_printf(b, "%ld 0 obj\n<<%s   /Lang (ja-JP)\n"
		    "   /MarkInfo << /Marked true >>\n"
		    "   /ViewerPreferences << /DisplayDocTitle true >>\n>>\nendobj\n", root,
		    dictionary);
		free(dictionary);
	}
	ybh_buf_printf(b, "xref\n%ld 1\n%010zu 00000 n \ntrailer\n<< /Size %ld\n"
	    "   /Root %ld 0 R\n   /Info %ld 0 R\n   /Prev %ld\n>>\nstartxref\n%zu\n%%%%EOF\n",
	    root, at, size, root, info, xref, b->len);
	return b->failed ? -1 : 0;
}
