/*
 * room.c - work of which only so much is done at one time in a process (room.h).
 */
#include "room.h"

#include "clock.h"

bool
ybh_room_enter(struct ybh_room *room, int64_t most, int64_t patience_us)
{
	const struct timespec until = ybh_wall_after(patience_us);
	bool in_time = true, entered;

	(void)pthread_mutex_lock(&room->lock);
	while (in_time && room->inside >= most)
		in_time = pthread_cond_timedwait(&room->left, &room->lock, &until) == 0;
	entered = room->inside < most;
	room->inside += entered ? 1 : 0;
	(void)pthread_mutex_unlock(&room->lock);
	return entered;
}

void
ybh_room_leave(struct ybh_room *room)
{
	(void)pthread_mutex_lock(&room->lock);
	room->inside--;
	(void)pthread_cond_signal(&room->left);
	(void)pthread_mutex_unlock(&room->lock);
}
