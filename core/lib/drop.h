/*
 * drop.h - what the files of yb/drop.h share: directories that are opened once and not left.
 */
#ifndef YBH_DROP_H
#define YBH_DROP_H

#include "internal.h"

#include <yb/drop.h>

#define DROP_PATH 64 /* NAME, its ending, and the mark of a file that is being written */

/* A directory as a descriptor; -1: errno says why. */
int drop_dir(yb_req *r, yb_str path);
/* The same for one that nobody but us may write to; made when it is missing. */
int drop_own_dir(yb_req *r, yb_str path);
/* "NAME.ending"; false: not a NAME. */
bool drop_path(char out[DROP_PATH + 16], yb_str name, const char *ending);
/* A regular file of at most `most` bytes for reading; -1: errno (EFBIG: larger). */
int drop_file(int dir, yb_str name, const char *ending, int64_t most);
/* All of it; null: errno. */
yb_str drop_text(yb_req *r, int dir, yb_str name, const char *ending, size_t most);
/* What a control file says of NAME; false: it is not one, or of another NAME. */
bool drop_control_read(yb_req *r, yb_str text, yb_str name, yb_drop *ret);
/* Whole or not at all; -1: errno. */
int drop_write(int dir, yb_str name, const char *ending, yb_bytes bytes);

#endif
