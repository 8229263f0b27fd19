/*
 * overlay.h - what approved masters say over yobo.conf and the route table (yb/parameter.h).
 */
#ifndef YBH_OVERLAY_H
#define YBH_OVERLAY_H

#include <yb/parameter.h>

#include "host.h"

/*
 * Takes what counts now from the database; what was there stays when that fails. Only one
 * thread of a process calls this.
 */
int ybh_overlay_refresh(struct ybh_process *p, struct ybh_db *db, struct yb_arena *a) YB_MUST_USE;
void ybh_overlay_free(struct ybh_process *p);
/*
 * What counts of an area's option now: the number a master has set, when it is in the option's
 * range, else as ybh_option has it. NULL: no such option.
 */
const char *ybh_overlay_option(const struct ybh_process *p, const char *area,
    const yb_option *options, const char *name);
/* Whether a master closes what says so of itself to a role. */
bool ybh_overlay_closed(const struct ybh_process *p, yb_str role, const char *function,
    enum yb_action action);
/* The same of words that were read. */
bool ybh_overlay_closes(const struct ybh_process *p, yb_str role, const yb_operation *o);
/* "VIEW"; NONE has a name too. */
const char *ybh_action_name(enum yb_action action);

#endif
