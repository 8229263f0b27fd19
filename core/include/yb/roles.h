/*
 * yb/roles.h - who may do what: the permission matrix of the vaccination brief, section 10.
 *
 * One row per function. DO are the roles the brief marks X, SEE those and the ones it marks R;
 * a row nobody may merely read has no SEE. A route names its row and whether it does or sees:
 *
 *	.roles = YB_DO(H_2_1)
 *	.roles = YB_SEE(H_2_1)
 *
 * "own" of the brief is an X here: whose data a role reaches is said by the route's reach and
 * its queries. tests/core/matrix.csv holds the same table once more, written independently.
 */
#ifndef YB_ROLES_H
#define YB_ROLES_H

#define YB_DO(row)  YB_DO_##row
#define YB_SEE(row) YB_SEE_##row

/* clang-format off */

/* H-1-1 first administrator of an organisation */
#define YB_DO_H_1_1	   "KC-A,KC-S"
/* H-1-1 roles whose organisation has no administrator's role: each account is issued so */
#define YB_ISSUED_H_1_1	   "OP"
/* H-1-2, H-1-4 accounts inside the organisation; also the result list of H-1-8 */
#define YB_DO_H_1_4	   "KC-A,KR-A,MH-A,MU-A,MI-A,NM-A"
/* H-1-3, 5, 6, 7, 9 oneself: whoever is logged in */
#define YB_DO_SELF	   "*"
/* H-2-1 access tokens */
#define YB_DO_H_2_1	   "MU-A,NM-A"
#define YB_SEE_H_2_1	   YB_DO_H_2_1 ",MU-S,NM-S"
/* H-2-1 an access token is ended; the wire contract adds the central federation */
#define YB_DO_H_2_1_END	   YB_DO_H_2_1 ",KC-A"
#define YB_SEE_H_2_1_END   YB_DO_H_2_1_END ",MU-S,NM-S"
/* H-3-2 records; of institutions their own */
#define YB_DO_H_3_2	   "MU-A,MU-S,MI-A,MI-S,NM-A,NM-S"
#define YB_SEE_H_3_2	   YB_DO_H_3_2 ",MU-V"
/* H-3-2 search among a municipality's residents: the flow's actor is its staff */
#define YB_DO_H_3_2_SEARCH  "MU-A,MU-S"
#define YB_SEE_H_3_2_SEARCH YB_DO_H_3_2_SEARCH ",MU-V"
/* 8.3 subjects under 支援措置 without being given the flag */
#define YB_DO_RESTRICTED   "MU-A"
/* H-4-1 answers of 予診票; of institutions their own */
#define YB_DO_H_4_1	   "MU-A,MU-S,MI-A,MI-S,NM-A,NM-S"
/* H-5-2, H-5-3 certificates on paper */
#define YB_DO_H_5_2	   "MU-A,MU-S"
/* H-5-4 log of issued certificates */
#define YB_DO_H_5_4	   "MU-A,MU-S"
#define YB_SEE_H_5_4	   YB_DO_H_5_4 ",MU-V"
/* H-6-1 analysis of anonymised data */
#define YB_DO_H_6_1	   "MH-A,MH-S"
/* H-6-2 approval of what is published */
#define YB_DO_H_6_2	   "MH-A"
/* H-7-2 母子保健・健診 entered by hand */
#define YB_DO_H_7_2	   "MU-A,MU-S"
/* H-8 masters of the own organisation; OP those of the system */
#define YB_DO_H_8	   "KC-A,KC-S,KR-A,KR-S,MH-A,MH-S,MU-A,MU-S,MI-A,NM-A,OP"
#define YB_SEE_H_8	   YB_DO_H_8 ",MU-V,MI-S,NM-S"
/* H-8 approval of a master; what OP entered is approved by the central federation */
#define YB_DO_H_8_APPROVE  "KC-A,KR-A,MH-A,MU-A,MI-A,NM-A"
/* H-8-6 mergers of municipalities, and the word of a second person on them */
#define YB_DO_H_8_6	   "KC-A,KC-S"
#define YB_DO_H_8_6_APPROVE  "KC-A"
/* H-8-7, H-8-8 files from and to other systems: watched by OPS and the central federation */
#define YB_DO_H_8_7	   "KC-A,KC-S,OP"
/* H-8-9 reference of linked masters */
#define YB_SEE_H_8_9	   "*"
/* H-9-1 an institution's bank account */
#define YB_DO_H_9_1	   "MI-A,NM-A"
/* H-9-1 its approval */
#define YB_DO_H_9_1_APPROVE  "KR-A"
#define YB_SEE_H_9_1_APPROVE YB_DO_H_9_1_APPROVE ",KR-S"
/* H-10-1 bank codes of a federation's own accounts */
#define YB_DO_H_10_1	   "KR-A,KR-S"
/* H-11-1 notices written; OP those of maintenance */
#define YB_DO_H_11_1	   "KC-A,KC-S,KR-A,MH-A,MH-S,MU-A,OP"
/* H-12-1 inquiry of the access log; the central federation audits functions of the system */
#define YB_DO_H_12_1	   "MU-A,MU-S"
#define YB_SEE_H_12_1	   YB_DO_H_12_1 ",KC-A"

/* clang-format on */

#endif
