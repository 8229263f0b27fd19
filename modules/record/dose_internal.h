/*
 * dose_internal.h - what the parts of the dose engine share; see dose.h for the promise.
 *
 * Days are int32_t counted from 1970-01-01, so that intervals are subtractions.
 * DAY_MIN and DAY_MAX stand for "no beginning" and "no end".
 */
#ifndef YB_RECORD_DOSE_INTERNAL_H
#define YB_RECORD_DOSE_INTERNAL_H

#include "dose.h"

#define DAY_MIN INT32_MIN
#define DAY_MAX INT32_MAX

#define RULES_VACCINES 64 /* one bit each in a uint64_t */
#define RULES_ROWS     512
#define RULES_SLOTS    256 /* hash table of codes, a power of two */
#define NO_VACCINE     0xffu
#define SEQ_MAX        9
#define SERIES_MAX     32

/* ---- age tokens (dose_age.c) ---- */

enum token_kind {
	TOKEN_NONE = 0,
	TOKEN_BIRTH,      /* B0 */
	TOKEN_MONTHS,     /* Mn, Yn = M(12n) */
	TOKEN_DAYS,       /* Dn */
	TOKEN_FY_START,   /* FYns */
	TOKEN_FY_END,     /* FYne */
	TOKEN_FY,         /* FYn: first or last day, by which end of a window it is */
	TOKEN_SCHOOL,     /* SCH, SCH-n: April 1, n years before school begins */
	TOKEN_SCHOOL_EVE, /* SCH0e */
	TOKEN_GESTATION,  /* GAwwwdd, n in days */
	TOKEN_SEASON,     /* SEASON mm-dd, n = month * 100 + day */
};

struct dose_token {
	uint8_t kind;
	int16_t n;
	int16_t plus; /* "+1d" */
};

/* The next date: so many days or months after a dose. n == 0: no rule. */
struct dose_gap {
	int16_t n;
	bool months;
};

struct dose_span {
	int32_t from;
	int32_t to;
};

/* Null and "" are TOKEN_NONE; false: not a token. */
bool dose_token_parse(yb_str s, struct dose_token *ret);
/* A number at *s, which is moved behind it. */
bool dose_number(yb_str *s, int max, int *ret);
/* Takes `word` off the beginning of *s. */
bool dose_take(yb_str *s, const char *word);
/* The first place of `word` in s, then what follows it; null: not there. */
yb_str dose_after(yb_str s, const char *word);

int32_t dose_day(yb_date d, int32_t if_null);
/* Null for DAY_MIN and DAY_MAX. */
yb_date dose_date(int32_t day);
int dose_fiscal_year(yb_date d);
int32_t dose_fiscal_start(int year);
/* The day n months of age are reached (section 5.1). */
int32_t dose_reached(yb_date birth, int months);
int32_t dose_gap_after(int32_t day, struct dose_gap gap);
/* The day of a gestation token of the pregnancy that ends on `due`. */
int32_t dose_gestation_day(struct dose_token t, int32_t due);

/* ---- what the master says in words only (dose_policy.c) ---- */

#define POLICY_SWITCH   0x01u   /* another product inside the series is VR-11 */
#define POLICY_BRAND    0x02u   /* so is another brand under the same code */
#define POLICY_ROTA     0x04u   /* VR-13 */
#define POLICY_FLU      0x08u   /* one kind per season, VR-25 */
#define POLICY_FIRST    0x10u   /* only without any earlier pneumococcal dose, VR-26 */
#define POLICY_PNEUMO   0x20u   /* such a dose */
#define POLICY_ZOSTER   0x40u   /* transitional years; one of the two products */
#define POLICY_RISK     0x80u   /* also 60 to 64 with a risk */
#define POLICY_RISK_HIV 0x100u  /* also 60 to 64 with HIV */
#define POLICY_NO_HAD   0x200u  /* having had the disease is no objection, VR-24 */
#define POLICY_BEGUN    0x400u  /* forecast only when the series was begun with it */
#define POLICY_HIB      0x800u  /* forecast when the five-in-one does not cover it */
#define POLICY_NO_ML    0x1000u /* given without a volume */
#define POLICY_CHOICE   0x2000u /* begun with another product: that one is forecast */

struct dose_policy {
	const char *code;
	const char *counts;  /* whose doses count in this series, besides its own */
	const char *rows_of; /* the schedule is that vaccine's */
	unsigned flags;
	uint8_t illness_years;  /* legal_class 4: years after the illness; 0: not covered */
	uint8_t illness_until;  /* and not after this age; 0: no limit */
	uint8_t initial_months; /* start variants: initial doses from the 2nd up to this age,
				 * where a booster ends the series; else the row's own age */
	uint8_t third_months;   /* a 2nd dose after this age makes the 3rd fall away */
	uint8_t other_ml_age;   /* up to this age, or from then on, another volume ... */
	uint8_t ml_until;       /* ... hundredths up to that age, 0: the master's */
	uint8_t ml_from;        /* ... hundredths after it, 0: the master's */
};

const struct dose_policy *dose_policy_of(yb_str code);
/* Born so that missing Japanese encephalitis doses may be caught up until 20. */
bool dose_special_cohort(yb_date birth);
/* Fiscal years in which zoster is routine besides FY65; returns how many were added. */
size_t dose_zoster_spans(yb_date birth, struct dose_span *at, size_t room);

/* ---- the tables (dose_rules.c) ---- */

enum row_kind {
	ROW_PLAIN = 0,
	ROW_START,   /* "start M2-M7": chosen by the age at the first dose */
	ROW_TWO,     /* HPV, two doses */
	ROW_THREE,   /* HPV, three doses */
	ROW_MIXED,   /* HPV, begun with another valency */
	ROW_SEASON,  /* one per fiscal year */
	ROW_SPECIAL, /* Japanese encephalitis, special cohort */
};

enum row_ref {
	REF_NONE = 0,
	REF_PREV,
	REF_SEQ,
	REF_LAST_INITIAL,
	REF_PER_DOSE, /* as the ordinary series counts, by the number of doses so far */
};

enum row_short {
	SHORT_NONE = 0,
	SHORT_DOCTOR,
	SHORT_IMMUNOSUPPRESSED,
};

struct dose_row {
	uint8_t vaccine;
	uint8_t phase; /* 1, 2, 5, PHASE_SPECIAL; 0: none */
	uint8_t kind;
	uint8_t seq;
	uint8_t ref;
	uint8_t ref_seq;
	uint8_t std_ref_seq; /* the standard interval counts from this dose; 0: the last */
	uint8_t short_by;
	bool booster;
	char sex; /* 'F', 'M' or 0 */
	struct dose_token start_from, start_to;
	struct dose_token min, max, std_from, std_to;
	struct dose_gap gap, short_gap, std_gap;
	int32_t valid_from, valid_to;
	size_t source; /* row number in the master */
	char phase_text[32];
	char label[64];
	char ref_text[64];
};

#define PHASE_SPECIAL 9u

struct dose_vaccine {
	char code[16];
	char category;
	bool live;
	bool injectable_live;
	bool phased; /* more than one phase */
	bool seasonal;
	bool maternal;
	uint8_t rows_of;
	unsigned routes;
	int32_t dose_ml; /* hundredths; -1: none */
	int32_t routine_from, routine_to;
	uint64_t counts; /* the vaccines whose doses count in this series */
	const struct dose_policy *policy;
	uint16_t first_row, n_rows;
};

struct dose_goal {
	uint8_t vaccine;
	uint8_t phase;
};

struct dose_rules {
	size_t n_vaccines, n_rows, n_goals;
	size_t added_vaccines, added_rows, added_intervals;
	uint64_t sum; /* of the rows' hashes, so that their order does not matter */
	struct dose_gap live_gap;
	int32_t live_from;
	char live_severity;
	struct dose_gap old_gap; /* before live_from */
	struct dose_gap gamma_gap, gamma_high_gap;
	uint64_t gamma_vaccines;
	uint64_t pneumo_vaccines;
	uint64_t flu_vaccines;
	uint64_t zoster_vaccines;
	char version[32];
	uint8_t slots[RULES_SLOTS];
	struct dose_goal goals[DOSE_NEXT_MAX];
	struct dose_vaccine vaccines[RULES_VACCINES];
	struct dose_row rows[RULES_ROWS];
};

#define ROUTE_SC   0x01u
#define ROUTE_IM   0x02u
#define ROUTE_PERC 0x04u
#define ROUTE_PO   0x08u
#define ROUTE_ID   0x10u

/* NO_VACCINE when the table lacks it. */
uint8_t dose_vaccine_find(const struct dose_rules *rules, yb_str code);
/* 0: not a route. */
unsigned dose_route(yb_str word);
/* 0 for null and "", -1 for another text. */
int dose_phase_number(yb_str text);

/* ---- one person (dose_case.c) ---- */

struct dose_given {
	int32_t day;
	int32_t due; /* DAY_MIN: unknown */
	uint8_t vaccine;
	uint8_t seq; /* 0: unknown */
	uint8_t phase;
	char exec;
	yb_str product;
};

struct dose_case {
	const struct dose_rules *rules;
	const struct dose_subject *who;
	yb_date birth;
	int32_t born;
	int32_t today;
	int32_t due; /* of the dose that is judged, else the person's; DAY_MIN: unknown */
	size_t n;
	struct dose_given given[DOSE_HISTORY_MAX]; /* by day */
};

/* A course of doses as it looks on one day. */
struct dose_series {
	const struct dose_vaccine *vaccine;
	uint8_t index;
	uint8_t phase;
	uint8_t total; /* the last dose_seq of the schedule; 0: no schedule */
	uint8_t last;  /* the last dose_seq given */
	int32_t on;
	int32_t start;     /* the day of the first dose; `on` when there is none */
	int32_t start_to;  /* the last day on which a series of start variants begins */
	int32_t two_limit; /* HPV: the last day of the first of two doses */
	struct dose_gap two_gap;
	struct dose_span whole;                  /* of all start variants together */
	size_t n;                                /* doses up to that day */
	size_t n_all;                            /* later ones too */
	const struct dose_row *row[SEQ_MAX + 1]; /* by dose_seq */
	const struct dose_given *dose[SERIES_MAX];
	uint8_t seq[SERIES_MAX];
};

int dose_case_load(struct dose_case *c, const struct dose_rules *rules,
    const struct dose_subject *who, const struct dose_event *history, size_t n, yb_date today);
/* A null phase is taken from the day; a vaccine without several phases has phase 0. */
uint8_t dose_case_phase(const struct dose_case *c, uint8_t vaccine, yb_str phase, int32_t day);
int32_t dose_token_day(const struct dose_case *c, struct dose_token t, int32_t on, bool end);

/* ---- series (dose_series.c) ---- */

/* The course as it looks on a day; a forecast may take rows that come into force later. */
void dose_series_load(struct dose_series *s, const struct dose_case *c, uint8_t vaccine,
    uint8_t phase, int32_t on, bool forecast);
/* Whether two doses of one seasonal or maternal vaccine belong to one season. */
bool dose_same_season(const struct dose_case *c, const struct dose_vaccine *v,
    const struct dose_given *g, int32_t on);
/* Initial doses that are no longer given fall away; see dose_policy. */
bool dose_row_falls_away(
    const struct dose_series *s, const struct dose_case *c, const struct dose_row *row, int32_t on);
/* The row that is next on that day; NULL: complete, or no schedule. */
const struct dose_row *
dose_series_next(const struct dose_series *s, const struct dose_case *c, int32_t on);

enum dose_wait {
	WAIT_NONE = 0, /* no interval is asked for */
	WAIT_UNTIL,    /* *ret is the first day */
	WAIT_UNKNOWN,  /* the dose it counts from is not in the history */
};

/* `shortened` asks for the interval that a doctor or a condition allows. */
enum dose_wait dose_row_wait(const struct dose_series *s, const struct dose_case *c,
    const struct dose_row *row, bool shortened, int32_t *ret);

/* Windows of a row, by beginning; `risk` adds those of people with a risk. */
size_t dose_row_spans(const struct dose_series *s, const struct dose_case *c,
    const struct dose_row *row, int32_t on, bool risk, struct dose_span *at, size_t room);
/* The next number among the doses of the special cohort's measure. */
int64_t dose_special_seq(const struct dose_series *s);
enum dose_tri dose_risk_of(const struct dose_case *c, const struct dose_vaccine *v);

/* ---- rules (dose.c, dose_schedule.c, dose_facts.c) ---- */

enum dose_text {
#define T(id, rule, ja, en) TEXT_##id,
#include "dose_text.def"
#undef T
};

struct dose_walk {
	const struct dose_case *c;
	const struct dose_candidate *in;
	struct dose_result *out;
	const struct dose_vaccine *vaccine;
	uint8_t index;
	uint8_t phase;
	int32_t on;
	char exec;
	char legal;
	bool claim; /* severity E where the brief says "E for claim" */
};

void dose_find(
    struct dose_walk *w, enum dose_text text, char severity, int32_t earliest, int32_t latest);
/* As dose_find with severity E; a record with it is refused. */
void dose_refuse(struct dose_walk *w, enum dose_text text);
void dose_unknown(struct dose_walk *w, const char *rule);
char dose_claim_severity(const struct dose_walk *w);

/* VR-01, 02, 16 to 24, 27, 28: the dose itself. */
void dose_facts_person(struct dose_walk *w);
void dose_facts_dose(struct dose_walk *w);
/* VR-03 to 06, 08, 10 to 15: the dose in its series. */
void dose_schedule_rules(struct dose_walk *w);
/* Only the number, phase and label of the dose. */
void dose_schedule_name(struct dose_walk *w);
/* VR-07, 09, 25, 26: the dose beside other doses. */
void dose_neighbour_rules(struct dose_walk *w);
void dose_same_day_rule(struct dose_walk *w);

void dose_forecast_fill(const struct dose_case *c, struct dose_result *out);

#endif
