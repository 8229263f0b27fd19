/*
 * json_load.h - the one way to jansson's parser (inside the core only: its names are not ours).
 */
#ifndef YBH_JSON_LOAD_H
#define YBH_JSON_LOAD_H

#include <jansson.h>
#include <yb/base.h>

/*
 * RFC 8259 with each name once in an object. NULL: not JSON, or *ret_no_memory. The caller drops
 * what it is given, and has bounded depth and members before.
 */
json_t *ybh_json_load(yb_str text, bool *ret_no_memory);

#endif
