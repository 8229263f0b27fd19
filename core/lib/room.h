/*
 * room.h - work of which only so much is done at one time in a process.
 *
 * For what costs so much memory, or what holds so many locks, that more of it at once is slower
 * for everybody. Whoever finds no place waits for one, and not for longer than it is willing to.
 */
#ifndef YBH_ROOM_H
#define YBH_ROOM_H

#include <pthread.h>

#include <yb/base.h>

struct ybh_room {
	pthread_mutex_t lock;
	pthread_cond_t left;
	int64_t inside;
};

#define YBH_ROOM { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 }

/* Enters when fewer than `most` are inside. false: nobody has left within patience_us. */
bool ybh_room_enter(struct ybh_room *room, int64_t most, int64_t patience_us) YB_MUST_USE;
void ybh_room_leave(struct ybh_room *room);

#endif
