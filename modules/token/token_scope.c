/*
 * token_scope.c - who may get which scope (wire contract). One table says it all.
 */
#include "token.h"

#include <string.h>

static const struct grant {
	enum yb_org_type type;
	bool issued; /* also on the screen of H-2, not only by OAuth */
	const char *scopes;
} grants[] = {
	{ YB_ORG_MUNI, true,
	    "subject:write record:read qre:read mch:write cert:write master:read" },
	{ YB_ORG_NMI, true, "record:write record:check master:read eligibility:read" },
	{ YB_ORG_HMI, false, "record:write record:check eligibility:read master:read" },
	{ YB_ORG_INSURER, false, "subscriber:write subscriber:read" },
	{ YB_ORG_MNP, false, "citizen:read citizen:cert" },
};

#define N_GRANTS (sizeof grants / sizeof grants[0])

const char *
token_scopes_of(enum yb_org_type type, enum yb_token_class cls)
{
	for (size_t i = 0; i < N_GRANTS; i++)
		if (grants[i].type == type && (cls == YB_TOKEN_ACCESS || grants[i].issued))
			return grants[i].scopes;
	return "";
}

bool
token_scope_known(yb_str scope)
{
	for (size_t i = 0; i < N_GRANTS; i++)
		if (yb_word_in(scope, grants[i].scopes, ' '))
			return true;
	return false;
}

static bool
contains(const yb_str *items, size_t n, yb_str word)
{
	for (size_t i = 0; i < n; i++)
		if (yb_str_eq(items[i], word))
			return true;
	return false;
}

yb_list
token_words(yb_req *r, yb_str text)
{
	yb_str *items = yb_alloc(r, (text.len / 2 + 1) * sizeof *items);
	size_t n = 0, start = 0;

	for (size_t i = 0; i <= text.len; i++) {
		if (i < text.len && text.p[i] != ' ')
			continue;
		if (i > start)
			items[n++] = (yb_str) { text.p + start, i - start };
		start = i + 1;
	}
	return (yb_list) { items, n };
}

yb_list
token_scopes_all(yb_req *r)
{
	yb_str all = YB_STR("");
	yb_list words;
	yb_str *items;
	size_t n = 0;

	for (size_t i = 0; i < N_GRANTS; i++)
		all = yb_format_text(r, "%.*s %s", (int)all.len, all.p, grants[i].scopes);
	words = token_words(r, all);
	items = words.items;
	for (size_t i = 0; i < words.n; i++)
		if (!contains(items, n, items[i]))
			items[n++] = items[i];
	return (yb_list) { items, n };
}

yb_str
token_joined(yb_req *r, const yb_list *words)
{
	const yb_str *items = words->items;
	yb_str all = YB_STR("");

	for (size_t i = 0; i < words->n; i++)
		if (!contains(items, i, items[i]))
			all = yb_format_text(r, "%.*s%s%.*s", (int)all.len, all.p,
			    all.len == 0 ? "" : " ", (int)items[i].len, items[i].p);
	return all;
}

yb_str
token_scope_choose(yb_req *r, yb_str asked, yb_str registered, enum yb_org_type type)
{
	const char *allowed = token_scopes_of(type, YB_TOKEN_ACCESS);
	yb_list has = token_words(r, registered);
	bool all = yb_str_empty(asked); /* a parameter without a value counts as absent */
	yb_list wants = all ? has : token_words(r, asked);
	yb_str *items = wants.items;
	size_t n = 0;

	for (size_t i = 0; i < wants.n; i++) {
		if (contains(has.items, has.n, items[i]) && yb_word_in(items[i], allowed, ' '))
			items[n++] = items[i];
		else if (!all)
			return (yb_str) { NULL, 0 };
	}
	wants.n = n;
	return n == 0 ? (yb_str) { NULL, 0 } : token_joined(r, &wants);
}

/* ---- what somebody wrote ---- */

/* "/scopes/3", in the request's memory. */
static const char *
item(yb_req *r, const char *list, size_t i)
{
	yb_str text = yb_format_text(r, "/%s/%zu", list, i);
	char *p = yb_alloc(r, text.len + 1);

	memcpy(p, text.p, text.len);
	return p;
}

int
token_check_items(yb_req *r, const yb_list *scope_list, const yb_list *cidr_list,
    const char *allowed)
{
	const yb_str *scopes = scope_list->items, *cidrs = cidr_list->items;

	for (size_t i = 0; i < scope_list->n; i++)
		if (!token_scope_known(scopes[i]))
			yb_fault_add(r, item(r, "scopes", i), "E-VAL-011");
	for (size_t i = 0; i < cidr_list->n; i++)
		if (cidrs[i].len == 0 || memchr(cidrs[i].p, ' ', cidrs[i].len) != NULL ||
		    yb_format_cidr.check(cidrs[i]) != NULL)
			yb_fault_add(r, item(r, "cidrs", i), "E-VAL-002");
	if (yb_faults_refuse(r) < 0)
		return -1;
	for (size_t i = 0; i < scope_list->n; i++)
		if (!yb_word_in(scopes[i], allowed, ' '))
			return yb_problem_field(r, "E-AUTH-004", item(r, "scopes", i));
	return 0;
}

yb_str
token_or_null(yb_str s)
{
	return s.len == 0 ? (yb_str) { NULL, 0 } : s;
}

bool
token_mtls_only(const yb_req *r, yb_str org_type)
{
	yb_str types = yb_option_text(r, "mtls_types");
	char list[64];

	if (types.len >= sizeof list)
		return true; /* never guess a shorter list */
	memcpy(list, types.p, types.len);
	list[types.len] = '\0';
	return yb_word_in(org_type, list, ',');
}
