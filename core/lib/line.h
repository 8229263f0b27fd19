/*
 * line.h - threads that want the same kind of thing done, once for all of them.
 *
 * Whoever comes while nobody leads does it at once, for itself alone; who comes meanwhile waits,
 * and the first of those leads next, for all who have come by then. So under load one round trip
 * to the database or one wait for the disk serves many, and a single one waits for nobody.
 */
#ifndef YBH_LINE_H
#define YBH_LINE_H

#include <pthread.h>
#include <semaphore.h>

#include <yb/base.h>

struct ybh_turn { /* of one thread, on its stack; the first member of what it wants done */
	struct ybh_turn *next; /* in a batch: the next one it is done for */
	size_t weight;	       /* the caller's, see ybh_line_batch */
	bool taken, leads;
	sem_t told;
};

struct ybh_line {
	pthread_mutex_t lock;
	struct ybh_turn *first, **last; /* those who wait */
	bool busy;			/* somebody leads */
};

enum ybh_turn_is {
	YBH_TURN_LEADS, /* ybh_line_batch, the work, ybh_line_end */
	YBH_TURN_DONE,	/* another thread has done it for this one */
	YBH_TURN_LATE,	/* nobody has taken it up in time: it is in the line no more */
};

int ybh_line_init(struct ybh_line *l) YB_MUST_USE; /* 0 or -errno */
void ybh_line_done(struct ybh_line *l);

/* Waits until *t leads or is done; until it is taken up at most patience_us (0: however long). */
enum ybh_turn_is ybh_line_join(struct ybh_line *l, struct ybh_turn *t, int64_t patience_us);
/* Those whom *t, which leads, works for: itself, and who comes next while they weigh at most that. */
struct ybh_turn *ybh_line_batch(struct ybh_line *l, struct ybh_turn *t, size_t most);
/* Passes on the lead, then lets those of the batch go on; their structs go with them. */
void ybh_line_end(struct ybh_line *l, struct ybh_turn *t);

#endif
