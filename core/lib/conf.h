/*
 * conf.h - yobo.conf: sections of "key = value" lines, read once, never changed.
 *
 *	# comment
 *	[pool main]
 *	areas = record
 *
 * Depends on libc only, so that the supervisor, which links nothing of ours, can use it.
 */
#ifndef YBH_CONF_H
#define YBH_CONF_H

#include <stdbool.h>
#include <stddef.h>

struct ybh_conf;

/*
 * NULL: err (terminated) says file, line and rule. A key twice in a section, a section
 * twice, a line of another form, a NUL or a line beyond 4,095 bytes are errors.
 */
struct ybh_conf *ybh_conf_load(const char *path, char *err, size_t size);
/*
 * The same of a file that is open, from its beginning, wherever others who share the descriptor
 * read; `name` is what messages call it. fd stays open.
 */
struct ybh_conf *ybh_conf_load_fd(int fd, const char *name, char *err, size_t size);
/* The same from memory, for tests and the fuzzer. */
struct ybh_conf *ybh_conf_parse(const char *text, size_t len, char *err, size_t size);
void ybh_conf_free(struct ybh_conf *c);

/* The value, or `otherwise` when the key is not there. Lives as long as c. */
const char *ybh_conf_get(const struct ybh_conf *c, const char *section, const char *key,
    const char *otherwise);
/* A whole number within [min, max]; *ret untouched when the key is absent. -1: err says why. */
int ybh_conf_long(const struct ybh_conf *c, const char *section, const char *key, long min,
    long max, long *ret, char *err, size_t size);
/* Section names beginning with `prefix` ("pool "), in file order; NULL after the last. */
const char *ybh_conf_section(const struct ybh_conf *c, const char *prefix, size_t index);
/* Keys of a section, in file order; NULL after the last. */
const char *ybh_conf_key(const struct ybh_conf *c, const char *section, size_t index);

#endif
