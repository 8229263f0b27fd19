/*
 * openapi.c - the API document (OpenAPI 3.1), printed from the tables that dispatch (host.h).
 */
#include <stdio.h>
#include <string.h>

#include "decimal.h"
#include "host.h"

static void
text(struct ybh_buf *b, const char *key, const char *value)
{
	ybh_json_print_text(b, yb_cstr(key));
	ybh_buf_char(b, ':');
	ybh_json_print_text(b, yb_cstr(value));
}

/* ---- schemas ---- */

enum schema { SCHEMA_BODY, SCHEMA_FORM, SCHEMA_REPLY }; /* forms may carry more than we know */

static void schema_record(struct ybh_buf *b, const yb_field *fields, enum schema kind);

static void
schema_words(struct ybh_buf *b, const char *words, bool nullable)
{
	ybh_buf_cstr(b, ",\"enum\":[");
	for (const char *at = words;;) {
		size_t n = strcspn(at, ",");

		ybh_json_print_text(b, (yb_str) { at, n });
		if (at[n] == '\0')
			break;
		ybh_buf_char(b, ',');
		at += n + 1;
	}
	ybh_buf_cstr(b, nullable ? ",null]" : "]");
}

static const char *
type_name(enum yb_type t)
{
	switch (t) {
	case YB_T_I64:
	case YB_T_INT:
		return "integer";
	case YB_T_BOOL:
		return "boolean";
	case YB_T_DEC:
		return "number";
	case YB_T_LIST:
	case YB_T_FAULTS:
		return "array";
	case YB_T_RECORD:
		return "object";
	case YB_T_TEXT:
	case YB_T_DATE:
	case YB_T_TIME:
	case YB_T_UUID:
	case YB_T_BYTES:
	case YB_T_END:
		break;
	}
	return "string";
}

static bool
nullable(const yb_field *f)
{
	return (f->flags & YB_REQUIRED) == 0 && f->type != YB_T_I64 && f->type != YB_T_BOOL &&
	    f->type != YB_T_LIST && f->type != YB_T_FAULTS;
}

static void
schema_text(struct ybh_buf *b, const yb_field *f)
{
	if (f->max > 0)
		ybh_buf_printf(b, ",\"maxLength\":%zu", f->max);
	ybh_buf_printf(b, ",\"minLength\":%zu", f->min > 0 ? f->min : (size_t)1);
	if (f->one_of != NULL)
		schema_words(b, f->one_of, nullable(f));
	if (f->format != NULL) {
		ybh_buf_char(b, ',');
		text(b, "format", f->format->name);
		if (f->format->pattern != NULL) {
			ybh_buf_char(b, ',');
			text(b, "pattern", f->format->pattern);
		}
	}
}

static void
schema_decimal(struct ybh_buf *b, const yb_field *f)
{
	char digits[24];

	if (f->max > 0) {
		(void)ybh_dec_print((int64_t)f->max, f->scale, digits);
		ybh_buf_printf(b, ",\"maximum\":%s", digits);
	}
	if (f->max > 0 || f->min > 0) {
		(void)ybh_dec_print((int64_t)f->min, f->scale, digits);
		ybh_buf_printf(b, ",\"minimum\":%s", digits);
	}
}

static void
schema_limits(struct ybh_buf *b, const yb_field *f)
{
	switch (f->type) {
	case YB_T_TEXT:
		schema_text(b, f);
		return;
	case YB_T_I64:
	case YB_T_INT:
		if (f->max > 0)
			ybh_buf_printf(b, ",\"maximum\":%zu", f->max);
		if (f->max > 0 || f->min > 0)
			ybh_buf_printf(b, ",\"minimum\":%zu", f->min);
		return;
	case YB_T_DEC:
		schema_decimal(b, f);
		return;
	case YB_T_DATE:
		ybh_buf_cstr(b, ",\"format\":\"date\"");
		return;
	case YB_T_TIME:
		ybh_buf_cstr(b, ",\"format\":\"date-time\"");
		return;
	case YB_T_UUID:
		ybh_buf_cstr(b, ",\"format\":\"uuid\"");
		return;
	case YB_T_BOOL:
	case YB_T_LIST:
	case YB_T_RECORD:
	case YB_T_FAULTS:
	case YB_T_BYTES:
	case YB_T_END:
		return;
	}
}

static void
schema_field(struct ybh_buf *b, const yb_field *f, enum schema kind)
{
	if (f->type == YB_T_FAULTS) {
		ybh_buf_cstr(b, "{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/"
				"Fault\"}}");
		return;
	}
	if (f->type == YB_T_RECORD) {
		bool required = (f->flags & YB_REQUIRED) != 0;

		ybh_buf_cstr(b, required ? "" : "{\"oneOf\":[{\"type\":\"null\"},");
		schema_record(b, f->of, kind);
		ybh_buf_cstr(b, required ? "" : "]}");
		return;
	}
	if ((f->flags & YB_RAW) != 0) { /* what is in it is said elsewhere */
		ybh_buf_cstr(b, "{\"type\":[\"object\",\"array\",\"null\"]}");
		return;
	}
	ybh_buf_printf(b, nullable(f) ? "{\"type\":[\"%s\",\"null\"]" : "{\"type\":\"%s\"",
	    type_name(f->type));
	schema_limits(b, f);
	if (f->type == YB_T_LIST) {
		if (f->max > 0)
			ybh_buf_printf(b, ",\"maxItems\":%zu", f->max);
		ybh_buf_cstr(b, ",\"items\":");
		if (f->of == NULL)
			ybh_buf_cstr(b, "{\"type\":\"string\"}");
		else
			schema_record(b, f->of, kind);
	}
	if (f->note != NULL) {
		ybh_buf_char(b, ',');
		text(b, "description", f->note);
	}
	ybh_buf_char(b, '}');
}

static void
schema_record(struct ybh_buf *b, const yb_field *fields, enum schema kind)
{
	const char *sep = "";

	ybh_buf_cstr(b, "{\"type\":\"object\",\"properties\":{");
	for (const yb_field *f = fields; f->type != YB_T_END; f++) {
		if (f->type == YB_T_FAULTS && kind != SCHEMA_REPLY)
			continue;
		ybh_buf_cstr(b, sep);
		ybh_json_print_text(b, yb_cstr(f->name));
		ybh_buf_char(b, ':');
		schema_field(b, f, kind);
		sep = ",";
	}
	ybh_buf_cstr(b, "},\"required\":[");
	sep = "";
	for (const yb_field *f = fields; f->type != YB_T_END; f++) {
		if (kind != SCHEMA_REPLY && (f->flags & YB_REQUIRED) == 0)
			continue;
		ybh_buf_cstr(b, sep);
		ybh_json_print_text(b, yb_cstr(f->name));
		sep = ",";
	}
	ybh_buf_cstr(b, kind == SCHEMA_BODY ? "],\"additionalProperties\":false}" : "]}");
}

/* ---- operations ---- */

static void
parameter(struct ybh_buf *b, const char **sep, const char *in, yb_str name, bool required)
{
	ybh_buf_cstr(b, *sep);
	ybh_buf_printf(b, "{\"in\":\"%s\",\"name\":", in);
	ybh_json_print_text(b, name);
	ybh_buf_printf(b, ",\"required\":%s,\"schema\":", required ? "true" : "false");
	*sep = ",";
}

static void
header_parameter(struct ybh_buf *b, const char **sep, const char *name, int max, bool required)
{
	parameter(b, sep, "header", yb_cstr(name), required);
	ybh_buf_printf(b, "{\"type\":\"string\",\"maxLength\":%d}}", max);
}

static void
parameters(struct ybh_buf *b, const yb_route *r)
{
	const char *sep = "";

	ybh_buf_cstr(b, ",\"parameters\":[");
	for (const char *at = strchr(r->path, '{'); at != NULL; at = strchr(at + 1, '{')) {
		parameter(b, &sep, "path", (yb_str) { at + 1, strcspn(at + 1, "}") }, true);
		ybh_buf_cstr(b, "{\"type\":\"string\",\"maxLength\":128}}");
	}
	for (const yb_field *f = r->query; f != NULL && f->type != YB_T_END; f++) {
		parameter(b, &sep, "query", yb_cstr(f->name), (f->flags & YB_REQUIRED) != 0);
		schema_field(b, f, SCHEMA_BODY);
		ybh_buf_char(b, '}');
	}
	if ((r->flags & YB_IF_MATCH) != 0)
		header_parameter(b, &sep, "If-Match", 40, true);
	if (r->effect == YB_WRITES && (r->flags & YB_NO_IDEMPOTENCY) == 0)
		header_parameter(b, &sep, "Idempotency-Key", 255, false);
	if ((r->who & (YB_STAFF | YB_CITIZEN)) != 0 && r->method != YB_GET &&
	    (r->flags & YB_NO_CSRF) == 0)
		header_parameter(b, &sep, "X-Yobo-CSRF", 64, false);
	ybh_buf_char(b, ']');
}

static void
request_body(struct ybh_buf *b, const yb_route *r)
{
	bool form = r->body_kind == YB_BODY_FORM;

	if (r->body_kind == YB_BODY_UPLOAD) {
		ybh_buf_cstr(b, ",\"requestBody\":{\"required\":true,\"content\":{"
				"\"application/octet-stream\":{\"schema\":{\"type\":\"string\"}}}}");
		return;
	}
	if (r->body == NULL)
		return;
	ybh_buf_printf(b, ",\"requestBody\":{\"required\":true,\"content\":{\"%s\":{\"schema\":",
	    form ? "application/x-www-form-urlencoded" : "application/json");
	schema_record(b, r->body, form ? SCHEMA_FORM : SCHEMA_BODY);
	ybh_buf_cstr(b, "}}}");
}

static void
responses(struct ybh_buf *b, const yb_route *r)
{
	static const char *const types[] = { "application/json", "text/csv; charset=utf-8",
		"application/pdf", "application/octet-stream" };

	ybh_buf_printf(b, ",\"responses\":{\"%d\":{\"description\":", r->status == 0 ? 200 : r->status);
	ybh_json_print_text(b, yb_cstr(r->summary));
	if (r->reply != NULL || r->reply_kind != YB_REPLY_JSON) {
		ybh_buf_printf(b, ",\"content\":{\"%s\":{\"schema\":", types[r->reply_kind]);
		if (r->reply != NULL)
			schema_record(b, r->reply, SCHEMA_REPLY);
		else
			ybh_buf_cstr(b, "{\"type\":\"string\"}");
		ybh_buf_cstr(b, "}}");
	}
	ybh_buf_cstr(b, "},\"default\":{\"description\":\"Problem (RFC 9457)\",\"content\":{"
			"\"application/problem+json\":{\"schema\":{\"$ref\":"
			"\"#/components/schemas/Problem\"}}}}}");
}

static void
security(struct ybh_buf *b, const yb_route *r)
{
	const char *sep = "";

	ybh_buf_cstr(b, ",\"security\":[");
	if ((r->who & YB_CLIENT) != 0) {
		ybh_buf_cstr(b, "{\"bearer\":[]}");
		sep = ",";
	}
	if ((r->who & (YB_STAFF | YB_CITIZEN)) != 0)
		ybh_buf_printf(b, "%s{\"session\":[]}", sep);
	ybh_buf_char(b, ']');
	if (r->scope != NULL) {
		ybh_buf_char(b, ',');
		text(b, "x-yobo-scope", r->scope);
	}
	if (r->roles != NULL) {
		ybh_buf_char(b, ',');
		text(b, "x-yobo-roles", r->roles);
	}
	if (r->function != NULL) {
		ybh_buf_char(b, ',');
		text(b, "x-yobo-function", r->function);
	}
	if (r->bound)
		ybh_buf_cstr(b, ",\"x-yobo-bound\":true");
}

static void
operation(struct ybh_buf *b, const yb_module *m, const yb_route *r)
{
	const char *method = ybh_method_name(r->method);

	ybh_buf_char(b, '"');
	for (const char *c = method; *c != '\0'; c++)
		ybh_buf_char(b, (char)(*c + ('a' - 'A')));
	ybh_buf_cstr(b, "\":{");
	text(b, "operationId", r->id);
	ybh_buf_char(b, ',');
	text(b, "summary", r->summary);
	ybh_buf_cstr(b, ",\"tags\":[");
	ybh_json_print_text(b, yb_cstr(m->name));
	ybh_buf_char(b, ']');
	parameters(b, r);
	request_body(b, r);
	responses(b, r);
	security(b, r);
	ybh_buf_char(b, '}');
}

static bool
first_of_path(const yb_module *m, const yb_route *r)
{
	for (const yb_route *s = m->routes; s < r; s++)
		if (strcmp(s->path, r->path) == 0)
			return false;
	return true;
}

static void
path_item(struct ybh_buf *b, const yb_module *m, const yb_route *first, const char *base_url)
{
	bool root = strncmp(first->path, "/.well-known/", 13) == 0 ||
	    strcmp(first->path, "/healthz") == 0 || strcmp(first->path, "/metrics") == 0;
	const char *sep = "";

	ybh_json_print_text(b, yb_cstr(first->path));
	ybh_buf_cstr(b, ":{");
	if (root) {
		ybh_buf_cstr(b, "\"servers\":[{\"url\":");
		ybh_json_print_text(b, yb_cstr(base_url));
		ybh_buf_cstr(b, "}]");
		sep = ",";
	}
	for (const yb_route *r = first; r->path != NULL; r++) {
		if (strcmp(r->path, first->path) != 0)
			continue;
		ybh_buf_cstr(b, sep);
		operation(b, m, r);
		sep = ",";
	}
	ybh_buf_char(b, '}');
}

static void
components(struct ybh_buf *b)
{
	const struct ybh_problem *p;

	ybh_buf_cstr(b, "\"components\":{\"securitySchemes\":{\"bearer\":{\"type\":\"http\","
			"\"scheme\":\"bearer\",\"bearerFormat\":\"JWT\"},\"session\":{\"type\":"
			"\"apiKey\",\"in\":\"cookie\",\"name\":\"__Host-yobo\"}},\"schemas\":{"
			"\"Fault\":{\"type\":\"object\",\"required\":[\"field\",\"code\"],"
			"\"properties\":{\"field\":{\"type\":\"string\"},\"code\":{\"type\":"
			"\"string\"},\"message\":{\"type\":\"string\"}}},\"Problem\":{\"type\":"
			"\"object\",\"required\":[\"type\",\"title\",\"status\",\"error_id\","
			"\"trace_id\"],\"properties\":{\"type\":{\"type\":\"string\"},\"title\":{"
			"\"type\":\"string\"},\"status\":{\"type\":\"integer\"},\"detail\":{"
			"\"type\":\"string\"},\"error_id\":{\"type\":\"string\",\"enum\":[");
	for (size_t i = 0; (p = ybh_problem_at(i)) != NULL; i++) {
		ybh_buf_cstr(b, i > 0 ? "," : "");
		ybh_json_print_text(b, yb_cstr(p->id));
	}
	ybh_buf_cstr(b, "]},\"errors\":{\"type\":\"array\",\"items\":{\"$ref\":"
			"\"#/components/schemas/Fault\"}},\"trace_id\":{\"type\":\"string\"}}}}}");
}

void
ybh_openapi(struct ybh_buf *out, const yb_module *const *modules, size_t n, const char *base_url)
{
	const char *sep = "";

	ybh_buf_cstr(out, "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"yobo\",\"version\":\"1\","
			  "\"description\":\"予防接種事務・資格確認\"},"
			  "\"servers\":[{\"url\":\"/api/v1\"}],\"paths\":{");
	for (size_t i = 0; i < n; i++) {
		for (const yb_route *r = modules[i]->routes; r->path != NULL; r++) {
			if (!first_of_path(modules[i], r))
				continue;
			ybh_buf_cstr(out, sep);
			path_item(out, modules[i], r, base_url);
			sep = ",";
		}
	}
	ybh_buf_cstr(out, "},");
	components(out);
	ybh_buf_cstr(out, "}\n");
}
