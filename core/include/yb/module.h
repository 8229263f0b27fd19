/*
 * yb/module.h - what a module says about itself.
 *
 * A module <name> is one .so with one exported symbol, the constant yb_module_<name>.
 * The core reads that constant; a module never registers anything by calling. What is
 * not said is denied: a route without audience, reach or action is refused at load.
 */
#ifndef YB_MODULE_H
#define YB_MODULE_H

#include <yb/job.h>
#include <yb/roles.h>

#define YB_ABI 7u /* raised when any struct of a yb/ header changes */

enum yb_method { YB_NO_METHOD, YB_GET, YB_POST, YB_PUT, YB_PATCH, YB_DELETE };

enum yb_effect { YB_READS = 1, YB_WRITES };
enum yb_body_kind { YB_BODY_JSON = 0, YB_BODY_FORM, YB_BODY_UPLOAD };
enum yb_reply_kind { YB_REPLY_JSON = 0, YB_REPLY_CSV, YB_REPLY_PDF, YB_REPLY_STREAM };

/* One line of the API. The table of them is the specification. */
typedef struct yb_route {
	enum yb_method method;
	const char *path; /* "/record/subjects/{subject_no}", below /api/v1; "/.well-known/..." is not */
	yb_handler *handler;
	const char *id;	     /* operationId, unique in the installation: "getTimeline" */
	const char *summary; /* one sentence for the API document */

	unsigned who;	    /* enum yb_audience, or-ed */
	const char *scope;  /* clients: scopes of which one is needed, "a|b"; NULL with YB_CLIENT: refused */
	const char *roles;  /* staff: YB_DO(row) or YB_SEE(row) of yb/roles.h; NULL with YB_STAFF: refused */
	enum yb_reach reach;
	bool bound;	    /* clients: the token must be bound to a certificate */
	bool step_up;	    /* staff: password entered again within the last minutes */

	enum yb_effect effect;
	enum yb_action action; /* how the access log calls it; YB_ACT_NONE only with YB_REACH_NOBODY */
	const char *function;  /* flow step of the brief, "H-3-2" */

	const yb_field *query; /* accepted query parameters; NULL: none accepted */
	size_t query_size;
	const yb_field *body;  /* accepted body; NULL: none accepted */
	size_t body_size;      /* sizeof the struct `body` describes */
	enum yb_body_kind body_kind;
	size_t body_limit;     /* bytes; 0: 256 KiB */
	const yb_field *reply; /* the 2xx body, for the API document */
	enum yb_reply_kind reply_kind;
	int status;	       /* the usual 2xx; 0: 200 */
	unsigned flags;
} yb_route;

#define YB_NO_IDEMPOTENCY 0x01u /* a write that takes no Idempotency-Key: OAuth, login */
#define YB_NO_CSRF	  0x02u /* a write before there is a session: login */
#define YB_ANY_STATE	  0x04u /* staff: reachable with a temporary password (H-1-7) */

#define YB_IF_MATCH	  0x08u /* the sender must name the version it changes: 428 without */
#define YB_CROSS_SITE	  0x10u /* public: a form that another site sends; it proves itself by what it says */
#define YB_BULK		  0x20u /* a write of many rows: of large ones few at once (bulk_at_once) */

/* A parameter: yobo.conf [area <name>] key = value. Shown by `yoboctl params`. */
typedef struct yb_option {
	const char *name;  /* "search_limit" */
	const char *value; /* the default, as one would write it */
	int64_t min, max;  /* numbers: range; both 0: text */
	const char *unit;  /* "days", "rows", NULL */
	const char *basis; /* where it comes from: "brief H-3-2", "A-05" */
	const char *note;  /* what it does, one sentence */
} yb_option;

/*
 * What an area does by the clock, in pool `jobs`: never twice at a time in the installation,
 * and again from its first step when its process was killed. `yoboctl run area.name` runs it
 * now, `--dry-run` without keeping anything.
 */
typedef struct yb_timer {
	const char *name;     /* "suspend-idle" */
	const char *daily;    /* "02:00" in Japan; NULL: every `seconds` */
	unsigned seconds;     /* from the end of one run to the next */
	yb_handler *run;      /* a step, see yb/run.h; its queries may be YB_CROSS */
	const char *function; /* flow step of the brief, "H-1-8" */
	enum yb_action action;/* of its rows in the access log; YB_ACT_NONE: only what it says itself */
	const char *note;     /* what it does, one sentence */
} yb_timer;

typedef struct yb_module {
	uint32_t abi;	  /* YB_ABI; first, and never moves */
	uint32_t size;	  /* sizeof(yb_module), as the module knew it */
	const char *name; /* == modules/, sql/, tests/, nginx/www/ directory */
	const char *version;
	unsigned schema;		 /* last migration of sql/<name>/ it relies on */
	const char *const *needs;	 /* modules that must be loaded too, NULL-ended; NULL: none */
	const yb_option *options;	 /* ends with { 0 }; NULL: none */
	const yb_route *routes;		 /* ends with { 0 } */
	const yb_query *const *queries;	 /* all of them, ends with NULL: checked at start */
	const yb_timer *timers;		 /* ends with { 0 }; NULL: none */
	const yb_job_kind *const *jobs;	 /* ends with NULL; NULL: none */

	/* Hooks, each optional.                           is called ... */
	int (*start)(yb_req *boot, void **ret_state);	/* once in a new worker, before its threads */
	void (*stop)(void *state);			/* before a drained worker exits */
} yb_module;

#endif
