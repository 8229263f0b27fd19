/*
 * yb/permission.h - what a role may use in this installation, whatever pool serves it.
 *
 * Derived from the routes of all areas as the check flight of the last start or reload found
 * them (operations.json beside the API document). The routes themselves decide who gets in;
 * this only tells a user interface what to offer.
 */
#ifndef YB_PERMISSION_H
#define YB_PERMISSION_H

#include <yb/request.h>

/*
 * operationIds (yb_str) open to people of this role, area by area in the order of the house.
 * temporary: only what is left while the password is a temporary one (YB_ANY_STATE).
 */
yb_list yb_permissions(yb_req *r, yb_str role, bool temporary);
/* The areas these operations belong to, each once, in the same order. */
yb_list yb_areas(yb_req *r, yb_str role, bool temporary);

#endif
