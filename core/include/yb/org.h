/*
 * yb/org.h - organisations as every area sees them (vaccination brief 1.1, 4.1).
 */
#ifndef YB_ORG_H
#define YB_ORG_H

#include <yb/request.h>

typedef struct yb_org {
	int64_t org_id;
	yb_str org_code;
	yb_str org_type; /* "MUNI", "HMI" ... */
	yb_str name;
	bool uses_hms;
	bool open_today; /* inside its period of validity */
} yb_org;

/* An organisation by its code, whatever its type: codes of different types never collide. */
enum yb_found yb_org_by_code(yb_req *r, yb_str org_code, yb_org *ret) YB_MUST_USE;
enum yb_found yb_org_by_id(yb_req *r, int64_t org_id, yb_org *ret) YB_MUST_USE;
/* The enum of a type's name; YB_ORG_NONE when unknown. And back. */
enum yb_org_type yb_org_type_of(yb_str name);
const char *yb_org_type_name(enum yb_org_type type);

#endif
