/*
 * serve.h - between serve.c, which moves frames, and what answers them.
 */
#ifndef YOBO_KEEPER_SERVE_H
#define YOBO_KEEPER_SERVE_H

#include "keeper_daemon.h"

/* chain.c: the answer to YBH_OP_CHAIN_OPEN. */
void chain_answer(struct keystore *ks, struct ybh_db *db, struct yb_arena *a, struct ybh_fields in,
    struct ybh_frame *out);
/* answer.c: every other one. `own`: the peer is our own uid or root. */
void answer(struct keystore *ks, bool own, struct yb_arena *a, unsigned op, struct ybh_fields in,
    struct ybh_frame *out);

#endif
