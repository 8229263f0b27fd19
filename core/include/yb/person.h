/*
 * yb/person.h - which accounts are one natural person (vaccination brief 10, 13 MS-5, P-06).
 *
 * Where two people must agree, two accounts of one person are one pair of eyes. Who is one
 * person is the account area's to say; it is read anew with every question.
 */
#ifndef YB_PERSON_H
#define YB_PERSON_H

#include <yb/request.h>

/*
 * Of a staff route. 1: the user of this user_id is the caller's person, by the caller's account
 * or another one of theirs; 0: somebody else, or nobody's user_id (null, a timer's name);
 * -1: recorded. Only 0 is another person: what could not be found out agrees to nothing.
 */
int yb_same_person(yb_req *r, yb_str user_id) YB_MUST_USE;

#endif
