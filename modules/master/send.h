/*
 * send.h - our masters for 集合契約システム (H-8-8): M12, M01, M03 and M21, parents first.
 *
 * send.c makes files of what was approved, puts them into a directory and reads what the receiver
 * says of them; sending.c shows that. A version is sent once, its end and its withdrawal too.
 */
#ifndef MASTER_SEND_H
#define MASTER_SEND_H

#include "master.h"

#include <yb/drop.h>

struct sending { /* a row of master_sending */
	int64_t sending_id;
	yb_str master;
	int64_t sequence;
	yb_str name, status, problem;
	int64_t n_rows;
	yb_bytes sha256;
	int64_t attempts, n_refused;
	yb_time made, sent, acked;
	int64_t row_ver;
};

#define SENT_MASTERS "'M12', 'M01', 'M03', 'M21'" /* as SQL; sent_masters of send.c */

#define SENDING_COLUMNS                                                                        \
	"sending_id, master, sequence, name, status, problem, n_rows, sha256, attempts,"       \
	" n_refused, made_us, sent_us, acked_us, row_ver"

struct sending_query {
	yb_str master, status;
	yb_int after, limit;
};

struct sent_query {
	bool refused;
	yb_int after, limit;
};

extern const yb_field sending_row[], sending_query[], sending_page_out[], sending_out[],
    sent_query[], sending_rows_out[];

int send_run(yb_req *r);
int sending_list(yb_req *r);
int sending_get(yb_req *r);
int sending_resend(yb_req *r);
/* Its new state, with SEND in the access log. -1: recorded. */
int sending_set(yb_req *r, struct sending *s, const char *status, const char *problem);

extern const yb_query q_send_next, q_send_last, q_send_insert, q_send_row, q_send_ready,
    q_send_waiting, q_send_lines, q_send_set, q_send_refused, q_send_unrefused, q_sendings,
    q_sending, q_sending_lock, q_sending_refused, q_sending_rows, q_sent_rows;

#endif
