/*
 * yb/disclose.h - the one place that knows what 支援措置 hides (vaccination brief 8.3).
 *
 * Two flags, several viewers, one matrix. Every answer that shows a person asks here;
 * a failed look-up must be treated as both flags set.
 */
#ifndef YB_DISCLOSE_H
#define YB_DISCLOSE_H

#include <yb/request.h>

enum yb_viewer {
	YB_VIEW_RESPONSIBLE, /* the municipality responsible now */
	YB_VIEW_FORMER,	     /* a municipality the person left */
	YB_VIEW_OTHER_MUNI,  /* any other municipality */
	YB_VIEW_INSTITUTION, /* a medical institution */
	YB_VIEW_SELF,	     /* the person, or the proxy, through the portal */
	YB_VIEW_FEED,	     /* the responsible municipality's own system */
};

typedef struct yb_subject_flags {
	bool not_disclosed;	/* 不開示該当フラグ */
	bool self_info_blocked; /* 自己情報提供不可フラグ */
	yb_date left_on;	/* 消除の異動年月日, for YB_VIEW_FORMER; null: resident */
} yb_subject_flags;

typedef struct yb_disclosure {
	bool exists;	   /* false: answer exactly as if there were no such person */
	bool address;	   /* address and municipality of residence may be shown */
	bool institution;  /* names and places of institutions may be shown */
	bool self_info;	   /* the person's own view may show anything */
	bool history;	   /* records of other municipalities may be shown */
	yb_date until;	   /* records after this day are hidden; null: none hidden */
	bool banner;	   /* show 「支援措置対象者」 and write the alert of P-12 */
	bool needs_right;  /* opening needs restricted_view */
} yb_disclosure;

/* P-08 to P-12, and the matrix of security 9.8. Pure. */
yb_disclosure yb_disclose(enum yb_viewer viewer, yb_subject_flags flags);

#endif
