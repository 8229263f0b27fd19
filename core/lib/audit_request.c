/*
 * audit_request.c - what a request leaves in the access log (yb/request.h; brief 12).
 *
 * One row for the request, and one for every person whose data it carried (L-02), for every
 * further thing it did, and for every alert.
 */
#include <errno.h>
#include <string.h>

#include "internal.h"

struct ybh_audit_list { /* newest first */
	struct ybh_audit_list *next;
	yb_str subject_no;
	const char *kind; /* alerts; also: the type of the target */
	enum yb_action action; /* also */
	yb_str target_id;
};

void
yb_audit_action(yb_req *r, enum yb_action action)
{
	r->event.action = action;
}

void
yb_audit_actor(yb_req *r, enum yb_audience kind, yb_str actor, int64_t org_id, yb_str org_code)
{
	r->event.actor = ybh_arena_copy(r->arena, actor);
	r->event.actor_kind = kind;
	r->event.org_id = org_id;
	r->event.org_code = ybh_arena_copy(r->arena, org_code);
}

void
yb_audit_target(yb_req *r, const char *type, yb_str id)
{
	r->event.target_type = yb_cstr(type);
	r->event.target_id = ybh_arena_copy(r->arena, id);
}

void
yb_audit_purpose(yb_req *r, yb_str code, yb_str reason)
{
	r->event.purpose = ybh_arena_copy(r->arena, code);
	r->event.reason = ybh_arena_copy(r->arena, reason);
}

void
yb_audit_subject(yb_req *r, yb_str subject_no)
{
	struct ybh_audit_list *l = ybh_arena_must(r->arena, sizeof *l);

	l->subject_no = ybh_arena_copy(r->arena, subject_no);
	l->next = r->subjects;
	r->subjects = l;
	r->n_subjects++;
}

void
yb_audit_also(yb_req *r, enum yb_action action, const char *type, yb_str id)
{
	struct ybh_audit_list *l = ybh_arena_must(r->arena, sizeof *l);

	l->action = action;
	l->kind = type;
	l->target_id = ybh_arena_copy(r->arena, id);
	l->next = r->also;
	r->also = l;
}

void
yb_audit_alert(yb_req *r, const char *kind, yb_str subject_no)
{
	struct ybh_audit_list *l = ybh_arena_must(r->arena, sizeof *l);

	l->kind = kind;
	l->subject_no = ybh_arena_copy(r->arena, subject_no);
	l->next = r->alerts;
	r->alerts = l;
}

void
ybh_audit_forget(yb_req *r)
{
	r->subjects = r->also = r->alerts = NULL;
	r->n_subjects = 0;
	r->event = (struct ybh_event) { 0 };
}

static struct ybh_event
first_event(const yb_req *r, bool ok)
{
	const yb_route *route = r->match.route;
	struct ybh_event e = r->event;

	e.at_us = r->now.us;
	if (r->caller.kind != 0 && e.actor_kind == 0) { /* else the handler has said for whom */
		e.actor_kind = r->caller.kind;
		e.actor = r->caller.actor;
		e.org_id = r->caller.org_id;
		e.org_code = r->caller.org_code;
		e.role = r->caller.role;
	}
	if (r->session.open)
		e.session = (yb_bytes) { r->session.sid_hash, 8 };
	e.token = r->token.jti_sha256;
	e.peer = r->peer;
	e.user_agent = yb_user_agent(r);
	if (e.function.p == NULL)
		e.function = yb_cstr(route->function);
	e.operation = yb_cstr(route->id);
	if (e.action == YB_ACT_NONE)
		e.action = route->action;
	e.ok = ok;
	e.error_id = yb_cstr(r->problem);
	if (e.row_count == 0) /* else somebody has counted */
		e.row_count = r->n_subjects;
	if (r->replayed)
		e.reason = YB_STR("the kept answer of an earlier request");
	if (r->has_body_hash)
		e.body_sha256 = (yb_bytes) { r->body_sha256, 32 };
	e.trace_id = yb_cstr(r->trace);
	return e;
}

static size_t
listed(const struct ybh_audit_list *l)
{
	size_t n = 0;

	for (; l != NULL; l = l->next)
		n++;
	return n;
}

static struct ybh_event *
events_of(const yb_req *r, bool ok, size_t *ret_n)
{
	bool alone = r->n_subjects == 1;
	size_t n = 1, max = 1 + (size_t)r->n_subjects + listed(r->also) + listed(r->alerts);
	struct ybh_event *events = ybh_arena_must(r->arena, max * sizeof *events);

	events[0] = first_event(r, ok);
	if (alone)
		events[0].subject_no = r->subjects->subject_no;
	for (const struct ybh_audit_list *l = r->subjects; !alone && l != NULL; l = l->next) {
		events[n] = events[0];
		events[n].row_count = 1;
		events[n++].subject_no = l->subject_no;
	}
	for (const struct ybh_audit_list *l = ok ? r->also : NULL; l != NULL; l = l->next) {
		events[n] = events[0];
		events[n].action = l->action;
		events[n].subject_no = (yb_str) { 0 };
		events[n].row_count = 0;
		events[n].target_type = yb_cstr(l->kind);
		events[n++].target_id = l->target_id;
	}
	for (const struct ybh_audit_list *l = r->alerts; l != NULL; l = l->next) {
		events[n] = events[0];
		events[n].action = YB_ACT_ALERT;
		events[n].reason = yb_cstr(l->kind);
		events[n++].subject_no = l->subject_no;
	}
	*ret_n = n;
	return events;
}

int
ybh_audit_request(yb_req *r, bool ok)
{
	size_t n;
	const struct ybh_event *events = events_of(r, ok, &n);

	return ybh_chain_append(r->t->chain, r->t->db, r->arena, events, n);
}

int
ybh_audit_alone(yb_req *r, bool ok)
{
	size_t n;
	const struct ybh_event *events;
	int rc;

	if (r->p->group != NULL) {
		events = events_of(r, ok, &n);
		return ybh_group_append(r->p->group, events, n);
	}
	rc = ybh_audit_request(r, ok);
	ybh_chain_settle(r->t->chain, rc == 0 ? YBH_COMMITTED : YBH_ROLLED_BACK);
	return rc;
}
