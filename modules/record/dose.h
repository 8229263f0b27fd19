/*
 * dose.h - the dose rules: may this dose be given, was that one regular, what comes next.
 *
 * One engine for the check before an injection and for the evaluation of a record
 * (vaccination brief, section 5; VR-01 to VR-28). Pure functions: the tables, the person
 * and the history are lent for the call, nothing is allocated, nothing is remembered, and
 * any number of threads may share one finished table. Texts of a result are lent from the
 * table or are constants, so the table must outlive the result.
 *
 * Three answers are possible for each rule: it speaks (a finding), it is content
 * (silence), or an input it needs is absent (its name is in `unknown`). An unknown rule
 * never decides `valid`. A null text, date or number is an absent input.
 *
 * The columns of the tables are those of vaccines.csv, schedule.csv, interval_rules.csv.
 */
#ifndef YB_RECORD_DOSE_H
#define YB_RECORD_DOSE_H

#include <yb/base.h>

#define DOSE_HISTORY_MAX  512 /* doses of one person that are looked at */
#define DOSE_FINDINGS_MAX 64
#define DOSE_UNKNOWN_MAX  32
#define DOSE_NEXT_MAX     64
#define DOSE_SEASON_KEY   11 /* room for a season key, terminated */

/* An answer that may be missing. */
enum dose_tri {
	DOSE_UNKNOWN = 0,
	DOSE_NO,
	DOSE_YES,
};

/* What the product and lot master says of a lot. */
enum dose_lot {
	DOSE_LOT_UNASKED = 0,
	DOSE_LOT_KNOWN,
	DOSE_LOT_MISSING, /* the master has no such lot */
	DOSE_LOT_STOPPED, /* 使用停止: VR-16 becomes an error */
};

/* ---- the tables ---- */

struct dose_vaccine_row {
	yb_str code;            /* up to 12 bytes */
	yb_str category;        /* "A" or "B" */
	yb_str route;           /* "SC|IM": the allowed ones */
	yb_str live_type;       /* "live" or "inactivated" */
	yb_str injectable_live; /* "Y" or "N" */
	yb_dec dose_ml;         /* hundredths; null: no standard volume */
	yb_date routine_from;   /* null: always */
	yb_date routine_to;     /* null: no end; the day itself is inside */
};

struct dose_schedule_row {
	yb_str vaccine_code;
	yb_str phase; /* "第1期"; null or "": none */
	yb_str series_variant;
	int64_t dose_seq;
	yb_str dose_label;
	yb_str min_age; /* age tokens */
	yb_str max_age;
	yb_str std_from;
	yb_str std_to;
	yb_int min_interval_days;
	yb_str next_date_rule;
	yb_str std_interval;
	yb_str interval_ref;
	yb_str sex; /* "F", or null for everybody */
	yb_date valid_from;
	yb_date valid_to;
};

struct dose_interval_row {
	yb_str rule_id;
	yb_str from_class;
	yb_str to_class;
	yb_int min_interval_days;
	yb_str next_date_rule;
	yb_date from_date;
	yb_str severity; /* "ERROR", "WARN", "INFO" or "NONE" */
};

/* Which row of which table is wrong; all texts are constants. */
struct dose_fault {
	const char *table; /* "vaccines", "schedule", "interval_rules" */
	size_t row;        /* counted from 1 in the order the rows were added */
	const char *column;
	const char *what;
};

struct dose_rules;

/* The memory one table needs; 16-byte alignment. Its owner is the caller. */
size_t dose_rules_size(void);
void dose_rules_init(struct dose_rules *rules);
/* Vaccines first. -1: the row is refused, the fault says why, the table is unchanged. */
int dose_rules_add_vaccine(struct dose_rules *rules, const struct dose_vaccine_row *row,
    struct dose_fault *ret_fault) YB_MUST_USE;
int dose_rules_add_schedule(struct dose_rules *rules, const struct dose_schedule_row *row,
    struct dose_fault *ret_fault) YB_MUST_USE;
int dose_rules_add_interval(struct dose_rules *rules, const struct dose_interval_row *row,
    struct dose_fault *ret_fault) YB_MUST_USE;
/* Resolves references between rows. Afterwards the table is only read. -1: see the fault. */
int dose_rules_finish(struct dose_rules *rules, struct dose_fault *ret_fault) YB_MUST_USE;
/* "1.1-" and 16 hexadecimal digits: the engine and the content of the rows, in any order. */
yb_str dose_rules_version(const struct dose_rules *rules);
bool dose_rules_know(const struct dose_rules *rules, yb_str vaccine_code);
/* Whether VR-11 asks for the product of this vaccine, not only for its code. */
bool dose_rules_by_product(const struct dose_rules *rules, yb_str vaccine_code);

/* ---- the person and the doses ---- */

struct dose_subject {
	yb_date birth_date; /* required */
	yb_str sex;         /* "1" male, "2" female, else unknown */
	yb_date due_date;   /* 出産予定日 */
	enum dose_tri pregnant;
	enum dose_tri resident; /* DOSE_NO: 消除, see elim_date */
	yb_date elim_date;
	enum dose_tri risk_60_64; /* class 1 disability of heart, kidney, lungs or HIV */
	enum dose_tri hiv;        /* the HIV one alone, for zoster */
	enum dose_tri immunosuppressed;
	enum dose_tri long_illness; /* evidence for legal_class 4 */
	yb_date illness_ended_on;
	enum dose_tri gamma_globulin; /* Q18: given within 6 months */
	yb_date gamma_globulin_on;
	enum dose_tri gamma_globulin_high; /* high dose */
};

struct dose_event {
	yb_str vaccine_code;
	yb_str product;     /* the same text for the same product; null: unknown */
	yb_str phase;       /* null: taken from the date */
	int64_t dose_seq;   /* 0: the next one */
	yb_date on;         /* null in a candidate: today */
	yb_date due_date;   /* RSV: of that pregnancy; null: the person's */
	yb_str exec_class;  /* "1" when null; only "1" counts as a dose */
	yb_str legal_class; /* "1" when null */
};

struct dose_candidate {
	struct dose_event dose;
	yb_str lot_no;
	enum dose_lot lot;
	yb_date expiry_date;
	yb_dec dose_ml; /* hundredths */
	yb_str route;
	yb_str doctor_name;
	yb_str not_done_reason;  /* exec_class 2 and 3 */
	yb_str skip_reason;      /* why earlier doses of the series are missing */
	yb_dec body_temperature; /* tenths of a degree */
	enum dose_tri contract;  /* the institution, on that day, for that vaccine */
	enum dose_tri had_disease;
	enum dose_tri doctor_shortens; /* 医師が認めた短い間隔 */
	enum dose_tri legal_explained; /* legal_class was given with a reason */
	enum dose_tri correction;      /* this is a correction of a record ... */
	enum dose_tri claim_paid;      /* ... whose claim has been paid */
	bool history;  /* entered from paper or another register: E of claims is W */
	bool complete; /* a record: a missing lot or doctor is a fault, not an unknown */
};

/* ---- the answer ---- */

struct dose_finding {
	yb_str rule;     /* "VR-05" */
	yb_str severity; /* "E", "W" or "I" */
	yb_date earliest;
	yb_date latest;
	yb_str message_ja;
	yb_str message_en;
	bool refuse; /* one of the few for which a record is refused, not only classified */
};

struct dose_next {
	yb_str vaccine_code;
	yb_str phase; /* null: the vaccine has no phases */
	int64_t dose_seq;
	yb_str dose_label;
	yb_date earliest;
	yb_date recommended;
	yb_date latest; /* null: no end */
};

struct dose_result {
	bool valid; /* no finding of severity E */
	size_t n_findings;
	size_t n_unknown;
	size_t n_next;
	int64_t dose_seq; /* as given, or the one expected; 0: none */
	yb_str phase;     /* of the schedule; null: none */
	yb_str dose_label;
	yb_str rule_version;
	struct dose_finding findings[DOSE_FINDINGS_MAX]; /* in the order of the rules */
	yb_str unknown[DOSE_UNKNOWN_MAX];                /* "VR-20", in the order of the rules */
	struct dose_next next[DOSE_NEXT_MAX];            /* by earliest, then by vaccine */
};

/* The history never holds the candidate itself; its order is free.
 * -1: no birth date, no today, a vaccine the table lacks, or too long a history. */

/* The rules, and what is due as the record stands (without the candidate). */
int dose_check(const struct dose_rules *rules, const struct dose_subject *who,
    const struct dose_event *history, size_t n, const struct dose_candidate *candidate,
    yb_date today, struct dose_result *ret_result) YB_MUST_USE;
/* The same rules alone: same input, same findings. */
int dose_evaluate(const struct dose_rules *rules, const struct dose_subject *who,
    const struct dose_event *history, size_t n, const struct dose_candidate *record, yb_date today,
    struct dose_result *ret_result) YB_MUST_USE;
/* What is due alone: only next, n_next and rule_version are filled.
 * `earliest` may lie in the past: the dose has been possible since then. */
int dose_forecast(const struct dose_rules *rules, const struct dose_subject *who,
    const struct dose_event *history, size_t n, yb_date today,
    struct dose_result *ret_result) YB_MUST_USE;

/* What makes two doses with one dose_seq different doses: "" in an ordinary series, the
 * fiscal year ("2026") of a seasonal vaccine, the due date of a maternal one ("" when it
 * is unknown). Lent from `room`. */
yb_str dose_season_key(const struct dose_rules *rules, yb_str vaccine_code, yb_date on,
    yb_date due_date, char room[DOSE_SEASON_KEY]);

/* Phase and label of a dose as the schedule names them, from the date and the person's
 * birth; the history, which may be empty, tells with which variant a series began.
 * -1: the schedule has no such dose; the phase is still set when the date tells it. */
int dose_name(const struct dose_rules *rules, const struct dose_subject *who,
    const struct dose_event *history, size_t n, const struct dose_event *dose, yb_str *ret_phase,
    yb_str *ret_label) YB_MUST_USE;

/* One age token for one birth date, as age_tokens.csv defines them ("M3", "FY12s", "SCH-1").
 * Season tokens need `on`, gestation tokens need due_date; false: not a token, or no input. */
bool dose_age_day(yb_str token, yb_date birth, yb_date due_date, yb_date on, yb_date *ret_day);

#endif
