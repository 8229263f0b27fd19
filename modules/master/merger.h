/*
 * merger.h - municipalities that become one (H-8-6): planned by one person of 国保中央会, approved
 * by another, carried out by the clock from the first of a month on.
 *
 * merger.c is the plan and what the clock does to organisations; merger_show.c shows it. Persons,
 * accounts and programs are moved by their own areas, which read master_moving_view.
 */
#ifndef MASTER_MERGER_H
#define MASTER_MERGER_H

#include "master.h"

#include <yb/org.h>

#define MERGER_OLD_MAX 30

struct merger { /* a row of master_merger */
	int64_t merger_id;
	yb_str new_code, name, name_kana;
	yb_int new_org_id;
	yb_date on_day;
	yb_str status, reason;
	yb_str created_user, decided_user;
	yb_time created, decided, began, done;
	int64_t row_ver;
};

#define MERGER_COLUMNS                                                                         \
	"merger_id, new_code, name, name_kana, new_org_id, on_day, status, reason,"            \
	" created_user, decided_user, created_us, decided_us, began_us, done_us, row_ver"

struct merged { /* one of the old ones */
	yb_str old_code, name, key_prefix;
	int64_t org_id, subjects, accounts, clients, waiting;
};

struct merger_old {
	yb_str muni_code, key_prefix;
};

struct merger_in {
	yb_str new_code, name, name_kana, reason;
	yb_date on_day;
	yb_list old;
};

struct merger_query {
	yb_int after, limit;
};

struct collisions {
	int64_t n;
};

struct looked { /* one of the old ones, before there is a plan */
	struct merged m;
	bool busy; /* of another merger */
};

extern const yb_field merger_in[], merger_query[], merger_out[], merger_page_out[];
extern const yb_field merger_check_out[], looked_row[], collisions_row[];
extern const yb_field merger_row[], merged_row[];

int merger_create(yb_req *r);
int merger_check(yb_req *r);
int merger_list(yb_req *r);
int merger_get(yb_req *r);
int merger_approve(yb_req *r);
int merger_cancel(yb_req *r);
int merge_run(yb_req *r);

/* The merger of the path, locked unless `reads`; -1 recorded. */
int merger_find(yb_req *r, bool reads, struct merger *ret);
/* What each of the old ones still has. */
int merger_parts(yb_req *r, int64_t merger_id, yb_list *ret);
/* Residents' numbers that two persons would have. */
int merger_collisions(yb_req *r, int64_t merger_id, int64_t *ret);
int merger_reply(yb_req *r, int status, int64_t merger_id);

extern const yb_query q_merger, q_merger_lock, q_mergers, q_merger_parts, q_merger_collisions,
    q_merger_insert, q_merger_org, q_merger_decided, q_merger_shut, q_merge_due, q_merge_new,
    q_merge_old, q_merge_chain, q_merge_realm, q_merge_begun, q_merge_moving, q_merge_done,
    q_merger_counted, q_merger_look, q_merger_look_collisions;

/* What merger_check found. `new_org`: of a municipality that goes on. -1: recorded. */
int merger_check_reply(yb_req *r, const yb_org *new_org, yb_list old, int64_t collisions);

#endif
