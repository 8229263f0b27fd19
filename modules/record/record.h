/*
 * record.h - what the files of the area record share: persons, vaccinations, scope.
 *
 * Items are those of the vaccination brief 4.3 and 4.4 and keep their names; the same name
 * is the column, the member and the JSON key.
 */
#ifndef RECORD_H
#define RECORD_H

#include <yb/disclose.h>
#include <yb/format.h>
#include <yb/module.h>

#include "dose.h"

/* ---- persons ---- */

struct subject { /* a row of record_subject */
	int64_t subject_id, org_id, row_ver;
	yb_str subject_no, muni_code, muni_key, name, name_kana;
	yb_date birth_date;
	yb_str sex, address, resident_state;
	yb_date elim_date;
	yb_str elim_reason;
	bool not_disclosed, self_info_blocked;
	yb_date due_date, death_date;
	bool linked; /* some other row is the same person */
};

#define SUBJECT_COLUMNS                                                              \
	" s.subject_id, s.org_id, s.row_ver, s.subject_no, s.muni_code, s.muni_key," \
	" s.name, s.name_kana, s.birth_date, s.sex, s.address, s.resident_state,"    \
	" s.elim_date, s.elim_reason, s.not_disclosed, s.self_info_blocked,"         \
	" s.due_date, s.death_date, s.linked"

extern const yb_field record_subject_row[];

/* The words of resident_state. */
#define RESIDENT "住民"
#define REMOVED	 "消除"

/* How a sender names a person: by number, or by municipality and its key; one of the two. */
struct subject_ref {
	yb_str subject_no, muni_code, muni_key;
};

/* clang-format off */
#define SUBJECT_REF_FIELDS(s, p)						\
	{ "subject_no", YB_OF(s, p.subject_no), .max = 20,			\
	    .note = "予防接種対象者番号; or muni_code and muni_key" },		\
	{ "muni_code", YB_OF(s, p.muni_code), .max = 6,				\
	    .format = &yb_format_muni_code },					\
	{ "muni_key", YB_OF(s, p.muni_key), .max = 100,				\
	    .format = &record_format_key, .note = "自治体別本人キー" }
/* clang-format on */

/* ---- vaccinations ---- */

struct visit { /* what the sender says of a vaccination */
	yb_str legal_class, vaccine_code, hot13, yj, gtin, lot_no;
	yb_date expiry_date;
	yb_str phase;
	yb_int dose_seq;
	yb_str dose_label;
	yb_date vaccinated_on;
	yb_str vaccinated_at;
	yb_dec dose_ml;
	yb_str route, site, exec_class, not_done_reason, place_class, org_code, venue;
	yb_str doctor_name, screening_doctor;
	yb_uuid qre_id;
	yb_date due_date;
	yb_str confirm_reason;
};

struct outside { /* what the masters say of it (outside.h) */
	enum dose_lot lot;
	yb_date expiry; /* of the lot; null: the master does not say */
	enum dose_tri contract;
};

struct vaccination { /* a row of record_vaccination: one version */
	int64_t subject_id;
	yb_uuid record_id;
	int64_t version;
	yb_str change_kind, status;
	yb_int live, dose_live;
	yb_str dose_key, mgmt_no;
	int64_t muni_org_id;
	yb_str muni_code;
	int64_t org_id, entered_org_id;
	yb_str source;
	struct visit v;
	yb_str evaluation, reason_code, reason_text;
	yb_time registered_at;
	yb_str registered_by;
	struct outside outside; /* not of the row: read before it is evaluated */
};

#define VACCINATION_COLUMNS                                                              \
	" v.subject_id, v.record_id, v.version, v.change_kind, v.status, v.live,"        \
	" v.dose_live, v.dose_key, v.mgmt_no, v.muni_org_id, v.muni_code, v.org_id,"     \
	" v.entered_org_id, v.source, v.legal_class, v.vaccine_code, v.hot13, v.yj,"     \
	" v.gtin, v.lot_no, v.expiry_date, v.phase, v.dose_seq, v.dose_label,"           \
	" v.vaccinated_on, v.vaccinated_at, v.dose_ml, v.route, v.site, v.exec_class,"   \
	" v.not_done_reason, v.place_class, v.org_code, v.venue, v.doctor_name,"         \
	" v.screening_doctor, v.qre_id, v.due_date, v.confirm_reason, v.evaluation,"       \
	" v.reason_code, v.reason_text, v.registered_at, v.registered_by"

/* clang-format off */
/* Fields of the struct visit at path `p` of struct `s`; `must` on what every record has. */
#define VISIT_FIELDS(s, p, must)						\
	{ "legal_class", YB_OF(s, p.legal_class), .max = 1, .flags = (must),	\
	    .note = "CL_LEGAL" },						\
	{ "vaccine_code", YB_OF(s, p.vaccine_code), .max = 12, .flags = (must),	\
	    .note = "code of the vaccine master" },				\
	{ "hot13", YB_OF(s, p.hot13), .max = 13, .format = &record_format_product },	\
	{ "yj", YB_OF(s, p.yj), .max = 12, .format = &record_format_product },	\
	{ "gtin", YB_OF(s, p.gtin), .max = 14, .format = &record_format_gtin },	\
	{ "lot_no", YB_OF(s, p.lot_no), .max = 20, .format = &record_format_lot },	\
	{ "expiry_date", YB_OF(s, p.expiry_date) },				\
	{ "phase", YB_OF(s, p.phase), .max = 12,				\
	    .one_of = "第1期,第2期,第5期,特例" },				\
	{ "dose_seq", YB_OF(s, p.dose_seq), .min = 1, .max = 9 },		\
	{ "dose_label", YB_OF(s, p.dose_label), .max = 20 },			\
	{ "vaccinated_on", YB_OF(s, p.vaccinated_on), .flags = (must) },	\
	{ "vaccinated_at", YB_OF(s, p.vaccinated_at), .max = 5,			\
	    .format = &record_format_clock, .note = "HH:MM" },			\
	{ "dose_ml", YB_OF(s, p.dose_ml), .scale = 2, .min = 5, .max = 200 },	\
	{ "route", YB_OF(s, p.route), .max = 4, .note = "CL_ROUTE" },		\
	{ "site", YB_OF(s, p.site), .max = 4, .note = "CL_SITE" },		\
	{ "exec_class", YB_OF(s, p.exec_class), .max = 1, .flags = (must),	\
	    .note = "CL_EXEC 1 to 3" },						\
	{ "not_done_reason", YB_OF(s, p.not_done_reason), .max = 100 },		\
	{ "place_class", YB_OF(s, p.place_class), .max = 1, .flags = (must),	\
	    .note = "CL_PLACE" },						\
	{ "org_code", YB_OF(s, p.org_code), .max = 10,				\
	    .format = &record_format_org,					\
	    .note = "実施機関; the caller's when absent" },			\
	{ "venue", YB_OF(s, p.venue), .max = 30 },				\
	{ "doctor_name", YB_OF(s, p.doctor_name), .max = 40,			\
	    .flags = (must), .format = &yb_format_name },			\
	{ "screening_doctor", YB_OF(s, p.screening_doctor), .max = 40,		\
	    .format = &yb_format_name },					\
	{ "qre_id", YB_OF(s, p.qre_id) },					\
	{ "due_date", YB_OF(s, p.due_date),					\
	    .note = "出産予定日, for a maternal vaccine" },			\
	{ "confirm_reason", YB_OF(s, p.confirm_reason), .max = 200,		\
	    .note = "why a warning was accepted" }

/* A row of record_vaccination, in the order of VACCINATION_COLUMNS, at path `p`. */
#define VACCINATION_FIELDS(s, p)						\
	{ "subject_id", YB_OF(s, p.subject_id) },				\
	{ "record_id", YB_OF(s, p.record_id) },					\
	{ "version", YB_OF(s, p.version) },					\
	{ "change_kind", YB_OF(s, p.change_kind) },				\
	{ "status", YB_OF(s, p.status) },					\
	{ "live", YB_OF(s, p.live) },						\
	{ "dose_live", YB_OF(s, p.dose_live) },					\
	{ "dose_key", YB_OF(s, p.dose_key) },					\
	{ "mgmt_no", YB_OF(s, p.mgmt_no) },					\
	{ "muni_org_id", YB_OF(s, p.muni_org_id) },				\
	{ "muni_code", YB_OF(s, p.muni_code) },					\
	{ "org_id", YB_OF(s, p.org_id) },					\
	{ "entered_org_id", YB_OF(s, p.entered_org_id) },			\
	{ "source", YB_OF(s, p.source) },					\
	VISIT_FIELDS(s, p.v, 0),						\
	{ "evaluation", YB_OF(s, p.evaluation) },				\
	{ "reason_code", YB_OF(s, p.reason_code) },				\
	{ "reason_text", YB_OF(s, p.reason_text) },				\
	{ "registered_at", YB_OF(s, p.registered_at) },				\
	{ "registered_by", YB_OF(s, p.registered_by) }
/* clang-format on */

extern const yb_field record_vaccination_row[];

/* Values of change_kind and status. */
#define CHANGE_NEW	  "1"
#define CHANGE_CORRECTION "2"
#define CHANGE_CANCEL	  "3"

/* CL_EXEC 1: something was given; 2 and 3 are visits without a dose. */
bool record_administered(const struct visit *v);

/* ---- fields.c: records as values ---- */

extern const yb_format record_format_key, record_format_product, record_format_clock;
/* Documented in the table, checked with the other rules, so that one answer names them all. */
extern const yb_format record_format_lot, record_format_gtin, record_format_org;

#define RECORD_VALUES_MAX 60
/* The members of `rec` as values, in the order of `fields`; answers how many. */
size_t record_values(const yb_field *fields, const void *rec, yb_value *out);
/* Copies from `src` to `dst` every member of `fields` that the sender wrote. */
void record_take_written(yb_req *r, const yb_field *fields, void *dst, const void *src);
/* A member as people read it: 0.50, 2026-04-20, times of Japan; null stays null. */
yb_str record_member_text(yb_req *r, const yb_field *f, const void *rec);

/* ---- scope.c: who sees whom (P-08 to P-13) ---- */

struct seen {
	struct subject who;
	enum yb_viewer as;
	yb_disclosure may;
};

/* How the caller stands to a person. */
enum yb_viewer record_viewer(const yb_req *r, const struct subject *s);
yb_disclosure record_disclosure(enum yb_viewer as, const struct subject *s);
/* Whether the caller may act for or look at them; `subject` is a struct subject. */
bool record_may_open(const yb_req *r, const void *subject);
/* Exactly one way of naming was used; else faults are recorded and -1 answered. */
int record_ref_check(yb_req *r, const struct subject_ref *ref) YB_MUST_USE;
/*
 * The person, when this caller may act for or look at them; locked until the end of the
 * transaction with `lock`. -1: recorded, 404 in every case of "no".
 */
int record_subject_find(yb_req *r, const struct subject_ref *ref, bool lock, struct seen *ret)
    YB_MUST_USE;
/* The same by number, with the rows of q (yb/db.h: parent) under the person. */
int record_subject_find_with(yb_req *r, const yb_query *q, yb_str subject_no, size_t limit,
    yb_list *rows, struct seen *ret) YB_MUST_USE;
/* The same by the key of our own tables. */
int record_subject_load(yb_req *r, int64_t subject_id, bool lock, struct seen *ret) YB_MUST_USE;
/*
 * Before an institution is told anything of a person, the flags of their other rows count as well:
 * it may have been given the number of a municipality that knows of no flight. Of a locked person
 * the caller asks, after whatever else is locked (record_seq); else it has been done. -1 recorded.
 */
int record_seen_whole(yb_req *r, struct seen *s) YB_MUST_USE;
/* Shows a person: named in the access log, and an alert when restricted (P-12). */
void record_person_shown(yb_req *r, yb_str subject_no, bool restricted);
/* Whether a record lies within what the viewer may see. */
bool record_in_scope(yb_req *r, const struct seen *s, const struct vaccination *v);
/* Whether the viewer may see where a record was made and by whom. */
bool record_shows_institution(yb_req *r, const struct seen *s, const struct vaccination *v);
/* Takes out of a record what the viewer may not see. */
void record_mask(yb_req *r, const struct seen *s, struct vaccination *v);

/*
 * The same where a statement must know it, of a row `s` of record_subject and its municipality.
 * Whether the person has left, by moving or by error;
 */
#define RECORD_LEFT(s) "(" s ".resident_state = '消除' AND " s ".elim_reason <> '2')"
/* whether they may be listed to somebody who `sees` persons under 支援措置, or does not; */
#define RECORD_LISTED(s, sees)                                                              \
	"((" s ".not_disclosed = 0 AND " s ".self_info_blocked = 0)"                        \
	" OR (" sees " AND NOT " RECORD_LEFT(s) "))"
/* whether the record `v` is of a day that is the municipality's to know of. */
#define RECORD_UNTIL(s, v)                                                                  \
	"(NOT " RECORD_LEFT(s) " OR " v ".vaccinated_on <= " s ".elim_date)"

/* ---- person.c: rows that are one person (C5) ---- */

#define PERSON_ROWS 20

struct person_row {
	int64_t subject_id;
	yb_str subject_no;
	bool restricted;
};

/* The other rows of this person (struct person_row); none for most. -1 recorded. */
int record_person(yb_req *r, const struct subject *s, yb_list *ret) YB_MUST_USE;
/* The ids of the person's rows as JSON. */
yb_str record_person_ids(yb_req *r, const struct subject *s, const yb_list *others);

/* ---- outbox.c: the municipality's sequence ---- */

/*
 * The municipality's next number. Its row stays locked until the commit, so that numbers are
 * committed in their order. Taken before the first plain read of the transaction: a snapshot
 * older than the row would be refused (innodb_snapshot_isolation) whenever two institutions
 * write for one municipality. -1 recorded.
 */
int record_seq(yb_req *r, int64_t org_id, int64_t *ret) YB_MUST_USE;
/* Puts a version into the outbox of the municipality whose the person is now. -1 recorded. */
int record_outbox_put(yb_req *r, int64_t org_id, const struct vaccination *v, int64_t seq)
    YB_MUST_USE;

/* ---- rules.c: what is refused ---- */

/* Codes, mandatory items, VR-01, 17, 21 and 22. -1: recorded, with every field. */
int record_visit_refuse(yb_req *r, const struct subject *s, const struct visit *v) YB_MUST_USE;
/* The same for a row of a file: its faults are the row's. */
void record_visit_refuse_row(yb_req *r, yb_row *row, const struct subject *s,
    const struct visit *v);
/* The institution of the visit, in v->org_code and *ret_org_id: the caller, or for a
 * municipality any. -1 recorded. */
int record_visit_org(yb_req *r, struct visit *v, int64_t *ret_org_id) YB_MUST_USE;

/* ---- evaluation.c: the dose rules applied, their answer kept and shown ---- */

struct finding {
	yb_str rule, severity, message;
	yb_date earliest, latest;
};

struct evaluation {
	bool valid;
	yb_list findings; /* struct finding */
	yb_str rule_version;
};

struct next_dose {
	yb_str vaccine_code, vaccine_name, phase;
	int64_t dose_seq;
	yb_str dose_label;
	yb_date earliest, recommended, latest;
};

extern const yb_field record_finding_out[], record_evaluation_out[], record_next_out[];

struct product { /* how a sender names it; each may be null */
	yb_str hot13, yj, gtin;
};

struct history { /* live records of one person, as the rules read them */
	struct dose_event *at; /* without product: see record_products_compare */
	struct product *product;
	yb_uuid *record_id;
	int64_t *org_id; /* of the institution */
	bool *own;	 /* of the row that was asked for, not of another of the person */
	size_t n;
};

struct history_row { /* a live record as it is read for the rules */
	yb_uuid record_id;
	yb_str vaccine_code;
	struct product product;
	yb_str phase;
	yb_int dose_seq;
	yb_date vaccinated_on, due_date;
	yb_str exec_class, legal_class;
	int64_t org_id;
};

#define HISTORY_COLUMNS                                                            \
	" v.record_id, v.vaccine_code, v.hot13, v.yj, v.gtin, v.phase,"            \
	" v.dose_seq, v.vaccinated_on, v.due_date, v.exec_class, v.legal_class,"   \
	" v.org_id"

/* clang-format off */
/* A row of HISTORY_COLUMNS at path `p`. */
#define HISTORY_FIELDS(s, p)							\
	{ "record_id", YB_OF(s, p.record_id) },					\
	{ "vaccine_code", YB_OF(s, p.vaccine_code) },				\
	{ "hot13", YB_OF(s, p.product.hot13) },					\
	{ "yj", YB_OF(s, p.product.yj) },					\
	{ "gtin", YB_OF(s, p.product.gtin) },					\
	{ "phase", YB_OF(s, p.phase) },						\
	{ "dose_seq", YB_OF(s, p.dose_seq) },					\
	{ "vaccinated_on", YB_OF(s, p.vaccinated_on) },				\
	{ "due_date", YB_OF(s, p.due_date) },					\
	{ "exec_class", YB_OF(s, p.exec_class) },				\
	{ "legal_class", YB_OF(s, p.legal_class) },				\
	{ "org_id", YB_OF(s, p.org_id) }
/* clang-format on */

/* An empty history with room for so many; */
void record_history_room(yb_req *r, struct history *ret, size_t room);
/* one more of them. */
void record_history_add(struct history *h, const struct history_row *row);
/*
 * Reads the live records of the person, those under other rows too; the locked row of the
 * person keeps its own as they are. -1 recorded.
 */
int record_history(yb_req *r, const struct subject *s, struct history *ret) YB_MUST_USE;
/* The same without one record, for its own correction. */
void record_history_without(struct history *h, yb_uuid record_id);
/* The same without what this viewer may not learn of (P-09, P-10). */
void record_history_visible(yb_req *r, const struct seen *s, struct history *h);
/*
 * Says of each dose of the history whether it was of the product of this visit, as far as its
 * codes and the product master tell (VR-11, product.c). record_evaluate does it. -1 recorded.
 */
int record_products_compare(yb_req *r, const struct visit *v, const struct history *h) YB_MUST_USE;
struct dose_subject record_dose_subject(const struct subject *s);
struct dose_candidate record_dose_candidate(yb_req *r, const struct visit *v);
/*
 * Evaluates a visit that is to be stored: fills phase, label and due_date where the sender
 * left them out, dose_key, and the evaluation in both forms. v->outside was read before
 * (record_outside). -1 recorded.
 */
int record_evaluate(yb_req *r, const struct subject *s, const struct history *h, bool correction,
    struct vaccination *v, struct evaluation *ret) YB_MUST_USE;
/*
 * What the sender is told of an evaluation that was stored: all of it, or, where the history
 * is not to be shown, what follows from the sender's own records (record_history_visible).
 * Never NULL.
 */
struct evaluation *record_evaluation_told(yb_req *r, const struct seen *s,
    const struct history *h, const struct vaccination *v, struct evaluation *e);
/* Findings, and next doses, of a result of the engine. */
yb_list record_findings(yb_req *r, const struct dose_result *d);
yb_list record_next(yb_req *r, const struct dose_result *d);
/* The stored form, */
yb_str record_evaluation_write(yb_req *r, const struct evaluation *e);
/* and read back; null for a null or foreign text. */
struct evaluation *record_evaluation_read(yb_req *r, yb_str stored);

/* ---- search.c ---- */

/* A code of CL_PURPOSE, and a reason with 99; else faults are added. */
void record_purpose_check(yb_req *r, yb_str purpose, yb_str reason);
/*
 * Why a person of staff looks (P-01): the purpose of a kept search, or the one that is said.
 * It goes to the access log; without any 422 E-REC-007. Programs need none. -1 recorded.
 */
int record_purpose(yb_req *r, yb_uuid search_id, yb_str purpose, yb_str reason) YB_MUST_USE;

/* ---- codes.c: masters, read by the start hook and again when they have changed ---- */

int record_start(yb_req *boot, void **ret_state);
/*
 * Looks, every few seconds in a worker, whether the masters have changed, and reads them again.
 * It reads, so it comes after whatever the request locks. -1 recorded.
 */
int record_masters_follow(yb_req *r) YB_MUST_USE;
bool record_code_known(yb_req *r, const char *list, yb_str code);
/* The rules of this request: the same, whole table until it ends. */
const struct dose_rules *record_rules(yb_req *r);
/* Short Japanese name; null: unknown. */
yb_str record_vaccine_name(yb_req *r, yb_str code);
/* Whether the master of lots has any of this vaccine. */
bool record_lots_kept(yb_req *r, yb_str vaccine_code);
/* Which contracts of a municipality there are at all: none; its own; received ones (集合契約) too. */
enum record_contracts { RECORD_CONTRACTS_NONE, RECORD_CONTRACTS_OWN, RECORD_CONTRACTS_RECEIVED };
enum record_contracts record_contracts_kept(yb_req *r, yb_str muni_code);

/* ---- show.c: a record as it is answered ---- */

struct shown {
	struct vaccination r;
	yb_str org_name, vaccine_name;
	yb_ref evaluation;
	bool previous; /* of another row of the person */
};

#define SHOWN_COLUMNS VACCINATION_COLUMNS ", o.name AS org_name"
extern const yb_field record_shown_row[]; /* SHOWN_COLUMNS */
extern const yb_field record_shown_out[];
/* Masks and completes a row of SHOWN_COLUMNS. */
void record_show(yb_req *r, const struct seen *s, struct shown *row);
/* What counts of a person's own row, the newest first, as struct shown (timeline.c). */
int record_shown_live(yb_req *r, int64_t subject_id, yb_list *ret);

/* ---- queries and handlers ---- */

extern const yb_option record_options[];	 /* lists.c */
extern const yb_query *const record_queries[]; /* lists.c */
extern const yb_timer record_timers[];	       /* lists.c */
extern const yb_job_kind *const record_jobs[]; /* lists.c */

extern const yb_query record_subject_by_no, record_subjects_by_no, record_subject_by_no_lock,
    record_timelines_read, record_subject_by_key, record_subject_by_key_lock, record_subject_by_id,
    record_subject_by_id_lock, record_subjects_existing, record_subjects_existing_lock,
    record_subject_insert, record_subject_update, record_vault_existing, record_vault_insert,
    record_vault_update, record_history_read, record_vaccination_insert, record_vaccination_last,
    record_vaccination_retire, record_vaccination_versions, record_seq_next, record_seq_first,
    record_outbox_insert, record_outbox_since, record_outbox_known, record_outbox_ack,
    record_vaccination_linked, record_search_persons, record_search_records, record_search_keep,
    record_search_kept, record_search_expire, record_timeline_read, record_link_errors,
    record_link_counts, record_seq_lock, record_resend_count, record_resend_put,
    record_resend_settle, record_seq_set, record_outbox_refused, record_outbox_resolve,
    record_request_insert, record_requests_asked, record_requests_received, record_request_read,
    record_request_answer_put, record_request_close, record_confirm_read, record_confirm_put,
    record_history_versions, record_history_person, record_timeline_person, record_vault_due,
    record_pairs_due, record_pairs_by_number_no_more, record_pairs_by_number,
    record_pairs_by_likeness, record_pairs_done, record_pairs_link, record_person_rows,
    record_person_flags, record_pairs_list, record_pair_read, record_pair_decide,
    record_pair_linked, record_alert_put, record_alerts_list, record_alert_read,
    record_alert_check_put, record_tasks_read, record_bulk_insert, record_bulk_list,
    record_bulk_read, record_bulk_read_lock, record_bulk_decide_put, record_retention_list,
    record_retention_unlist, record_bulk_expire, record_retention_read, record_retention_one,
    record_retention_propose_put, record_go_outbox, record_go_requests, record_go_due,
    record_go_recalls, record_go_vaccinations, record_go_number, record_go_candidate,
    record_go_subject, record_go_pairs, record_unlink, record_due_subjects, record_due_clear,
    record_due_put, record_due_read, record_import_subjects, record_import_subjects_lock,
    record_import_past, record_codes, record_vaccines, record_schedule, record_intervals,
    record_masters_rev, record_products, record_lots, record_lots_vaccines, record_contracts,
    record_contract_munis, record_recall_read, record_move_persons, record_move_waiting,
    record_movers, record_move_subjects, record_move_vault, record_move_due, record_move_retention,
    record_move_requests, record_move_enquiries, record_move_pairs_a, record_move_pairs_b,
    record_move_outbox, record_move_numbers, record_move_settle;

/* simulate.c */
extern const yb_query record_simulation_next, record_simulation_set, record_simulation_count,
    record_simulation_people, record_draft_vaccines, record_draft_schedule, record_draft_intervals;
yb_handler record_simulate_run;

yb_handler record_put_subjects, record_create, record_correct, record_get, record_pull, record_ack,
    record_search, record_search_again, record_timeline, record_check, record_link_status,
    record_link_errors_list, record_resolve, record_resend, record_confirm, record_history_show,
    record_request_ask, record_request_list, record_request_answer,
    record_pair_list, record_pair_decision, record_pair_undo, record_pairs_run,
    record_tasks, record_alert_list, record_alert_check, record_bulk_ask, record_bulk_show,
    record_bulk_decision, record_retention_show, record_retention_propose, record_retention_delete,
    record_retention_run, record_due_list, record_due_run, record_recall_list,
    record_move_run;

#endif
