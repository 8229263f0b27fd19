/*
 * yobo.conf: any text is read or refused with a reason; what was read, written out again,
 * reads the same.
 */
#include "fuzz.h"

#include "../../core/lib/buf.h"
#include "../../core/lib/conf.h"

static void
print(struct ybh_buf *b, const struct ybh_conf *c)
{
	const char *section, *key;

	for (size_t i = 0; (section = ybh_conf_section(c, "", i)) != NULL; i++) {
		ybh_buf_printf(b, "[%s]\n", section);
		for (size_t j = 0; (key = ybh_conf_key(c, section, j)) != NULL; j++) {
			const char *value = ybh_conf_get(c, section, key, NULL);

			must(value != NULL && strchr(value, '\n') == NULL);
			ybh_buf_printf(b, "%s=%s\n", key, value);
		}
	}
	must(!b->failed);
}

/* Numbers are within what was asked for, or refused with a reason. */
static void
numbers(const struct ybh_conf *c)
{
	const char *section, *key;
	char err[64];

	for (size_t i = 0; (section = ybh_conf_section(c, "", i)) != NULL; i++) {
		for (size_t j = 0; (key = ybh_conf_key(c, section, j)) != NULL; j++) {
			long v = 7;

			err[0] = '\0';
			if (ybh_conf_long(c, section, key, -5, 99, &v, err, sizeof err) == 0)
				must(v >= -5 && v <= 99);
			else
				must(v == 7 && err[0] != '\0' &&
				    memchr(err, '\0', sizeof err) != NULL);
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	char err[160], tiny[9];
	struct ybh_buf first, again;
	struct ybh_conf *c, *d;

	memset(err, 'x', sizeof err);
	memset(tiny, 'x', sizeof tiny);
	c = ybh_conf_parse(text, size, err, sizeof err);
	d = ybh_conf_parse(text, size, tiny, sizeof tiny);
	must((c == NULL) == (d == NULL));
	ybh_conf_free(d);
	d = ybh_conf_parse(text, size, NULL, 0);
	must((c == NULL) == (d == NULL));
	ybh_conf_free(d);
	if (c == NULL) {
		must(memchr(err, '\0', sizeof err) != NULL && err[0] != '\0');
		must(memchr(tiny, '\0', sizeof tiny) != NULL);
		return 0;
	}
	must(memchr(text, '\0', size) == NULL);
	ybh_buf_init(&first, (size_t)32 << 20);
	ybh_buf_init(&again, (size_t)32 << 20);
	print(&first, c);
	numbers(c);
	d = ybh_conf_parse(first.p, first.len, err, sizeof err);
	must(d != NULL);
	print(&again, d);
	must(first.len == again.len);
	must(first.len == 0 || memcmp(first.p, again.p, first.len) == 0);
	ybh_buf_free(&first);
	ybh_buf_free(&again);
	ybh_conf_free(c);
	ybh_conf_free(d);
	return 0;
}
