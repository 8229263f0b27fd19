/*
 * json_load.c - jansson, told when memory ran out (json_load.h).
 *
 * jansson 2.14 drops a character when its buffer cannot grow and goes on, so that a text could be
 * read shorter than it was sent. Its allocations come through here to tell.
 */
#include "json_load.h"

#include <pthread.h>
#include <stdlib.h>

static _Thread_local bool no_memory;
static pthread_once_t hooked = PTHREAD_ONCE_INIT;

static void *
json_memory(size_t n)
{
	void *p = malloc(n);

	if (p == NULL)
		no_memory = true;
	return p;
}

static void
json_hook(void)
{
	json_set_alloc_funcs(json_memory, free);
}

json_t *
ybh_json_load(yb_str text, bool *ret_no_memory)
{
	json_t *root;

	(void)pthread_once(&hooked, json_hook);
	no_memory = false;
	root = json_loadb(text.p, text.len, JSON_REJECT_DUPLICATES, NULL);
	*ret_no_memory = no_memory;
	if (!no_memory)
		return root;
	json_decref(root);
	return NULL;
}
