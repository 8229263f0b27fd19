/*
 * analyzers.h - what clang-tidy is told of the functions it cannot look into: a problem answers
 * -1, so that what the caller would have got is not used. Only for modules, which call them.
 */
#include <yb/request.h>

#define yb_problem(r, id)	     ((void)yb_problem((r), (id)), -1)
#define yb_problem_field(r, id, field) ((void)yb_problem_field((r), (id), (field)), -1)
