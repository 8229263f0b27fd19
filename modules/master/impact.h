/*
 * impact.h - what a change does beyond the masters: show.c answers it, impact.c counts it.
 */
#ifndef MASTER_IMPACT_H
#define MASTER_IMPACT_H

#include "master.h"

struct touched { /* records or persons */
	yb_str what, key;
	yb_int n;
};

struct area_count {
	yb_str muni_code, name;
	int64_t persons, changed;
};

struct vaccine_count {
	yb_str vaccine_code;
	yb_int gained, lost;
};

struct simulated {
	yb_str status, asked_user;
	int64_t change_ver, n_persons, n_done, hidden;
	yb_time asked, done;
	bool current;
	yb_int changed;
	yb_list areas, vaccines;
};

extern const yb_field touched_out[], simulation_out[];
extern const yb_query q_impact_codes, q_impact_lot, q_impact_due, q_impact_due_own,
    q_impact_contracts, q_impact_waiting, q_simulation, q_simulation_areas, q_simulation_vaccines,
    q_simulation_drop, q_simulation_ask;

/* struct touched. -1: recorded. */
int records_touched(yb_req *r, const struct change *c, yb_list *ret);
/* struct simulated, or null when nobody has asked for one. */
int simulation_show(yb_req *r, const struct change *c, yb_ref *ret);
int change_simulate(yb_req *r);
/* Everything of it, as getMasterImpact answers. */
int impact_reply(yb_req *r, int status, const struct change *c);

#endif
