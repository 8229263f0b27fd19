/*
 * yb/parameter.h - the numbers of all areas that masters may set instead of yobo.conf
 * (vaccination brief 13, H-8-6: M43, M55), and the operations they may close to a role (M42).
 *
 * A number is an option of an area (yb_option) that has a range; texts - directories, addresses,
 * anchors - and the core's own options belong to whoever runs the machines. Every worker looks
 * each second at what counts: yb_option_i64 gives the new value without a restart. A master only
 * ever takes an operation away from a role that the route table gives it to, or gives it back.
 */
#ifndef YB_PARAMETER_H
#define YB_PARAMETER_H

#include <yb/request.h>

typedef struct yb_parameter {
	yb_str key;	   /* "record.search_limit" */
	yb_str normal;	   /* the default of the area */
	yb_str unit, note; /* unit: may be null */
	int64_t min, max;
	bool security; /* a change needs two approvers */
} yb_parameter;

/* All of them (yb_parameter), area by area. */
const yb_list *yb_parameters(const yb_req *r);
/* NULL: there is no such number. */
const yb_parameter *yb_parameter_find(const yb_req *r, yb_str key);
/* The value of yobo.conf, else the default: what counts when no master says anything. */
yb_str yb_parameter_configured(yb_req *r, const yb_parameter *p);
/* The value that this worker uses now. */
yb_str yb_parameter_value(yb_req *r, const yb_parameter *p);

/* An operation for staff, as its route says (yb/module.h). */
typedef struct yb_operation {
	yb_str id, area;
	yb_str roles;	 /* terminated; "*": everybody, and no master closes it */
	yb_str function; /* "H-3-2"; null when it says none */
	yb_str action;	 /* "VIEW" ..., "NONE" */
	bool any_state;
} yb_operation;

/* Operations of all areas (yb_operation). */
const yb_list *yb_operations(const yb_req *r);
/* Whether a row (function, action) of M42 speaks of this operation. */
bool yb_operation_named(const yb_operation *o, yb_str function, yb_str action);

#endif
