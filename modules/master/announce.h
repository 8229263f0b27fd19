/*
 * announce.h - whom an approved change concerns, and that they hear of it (announce.c).
 */
#ifndef MASTER_ANNOUNCE_H
#define MASTER_ANNOUNCE_H

#include "master.h"

enum audience {
	AUDIENCE_NOBODY,
	AUDIENCE_ALL,	     /* municipalities, institutions, federations */
	AUDIENCE_MUNI,	     /* municipalities and the central federation */
	AUDIENCE_NHIF,
	AUDIENCE_PREFECTURE, /* municipalities and institutions of the owner's prefecture */
	AUDIENCE_CONTRACT,   /* institutions with a contract of the owner, a municipality */
};

extern const yb_query q_admins_all, q_admins_muni, q_admins_nhif, q_admins_prefecture,
    q_admins_contract, q_untold, q_told;

enum audience audience_of(const struct change *c);
yb_handler announce_run;

#endif
