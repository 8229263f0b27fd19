/*
 * yb/words.h - a long list of words in little memory, to ask whether one is in it.
 *
 * Kept as sorted hashes of 64 bits: a hundred thousand words are 800 KiB. Two words that look
 * alike to the hash are taken for one another; with a million words that is one chance in
 * 18 million millions for a word that is not in the list.
 */
#ifndef YB_WORDS_H
#define YB_WORDS_H

#include <yb/request.h>

typedef struct yb_words {
	const uint64_t *hashes; /* sorted */
	size_t n;
} yb_words;

/* The hash of a word; A-Z are taken for a-z. */
uint64_t yb_words_hash(yb_str word);
bool yb_words_has(const yb_words *w, yb_str word);
/*
 * In a start hook: reads files of one word a line, their names separated by spaces; at most
 * 4 million words of 250 bytes. -1, and a line on standard error, when one cannot be read or
 * there are fewer words than `least` in all of them.
 */
int yb_words_load(yb_req *boot, yb_str files, size_t least, yb_words *ret) YB_MUST_USE;

#endif
