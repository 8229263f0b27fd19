/*
 * account_self.h - what a person does with the own account: login and its steps, password,
 * second factor, card, links by mail, sessions. Read by account.h.
 */
#ifndef ACCOUNT_SELF_H
#define ACCOUNT_SELF_H

/* ---- account_login.c: judging a password, opening a session ---- */

/* The steps that are still to be done before everything a role may do is open. */
struct account_due {
	bool password;	    /* temporary, or older than it may be */
	bool factor, terms; /* demanded by a parameter, and missing */
	bool terms_asked;   /* the terms were not accepted in their present version */
};

struct account_session { /* what the shell needs to know of who is logged in */
	yb_ref user, org;
	yb_list roles, permissions, areas;
	int64_t idle_seconds;
	yb_str csrf_token;
	bool temporary;
	yb_time last_login_at;
	yb_str last_login_from;
	/* since the second factor */
	yb_str next;		/* the step to do now: factor, password, factor_setup, terms */
	yb_str login_id;	/* next == factor: names this login until the code is entered */
	yb_int login_seconds;	/* how long it is kept */
	yb_int login_tries;	/* how many codes may be wrong */
	yb_list methods;	/* next == factor: what is accepted */
	yb_ref factor;
	bool terms_due;
	yb_str terms_version;
	yb_time password_expires_at;
	yb_ref password_rules; /* struct account_rules_told; null before there is a session */
};

struct account_login_in {
	yb_str user_id, password, org_code;
};

struct account_code_in {
	yb_str login_id, code, recovery_code;
};

extern const yb_field account_login_in[], account_login_code_in[], account_session_out[];

enum account_verdict {
	ACCOUNT_WELCOME,
	ACCOUNT_REFUSED, /* E-AUTH-001, whatever the reason */
	ACCOUNT_LOCKED,	 /* E-AUTH-002: the password was right */
	ACCOUNT_EXPIRED, /* E-ACC-008: the temporary password was right, but too late */
};
/*
 * What to answer to a password that matched or did not. `limit`: failures before the lock.
 * Under attack (three times the limit) a locked account no longer tells right from wrong.
 */
enum account_verdict account_judge(const struct account_user *u, bool matched, yb_time now,
    int64_t limit);
/*
 * How long a lock holds after the n-th failure: `minutes`, or, where these are 0, a second
 * that doubles with every failure beyond the limit up to `longest` seconds (security 9.6).
 */
int64_t account_lock_us(int64_t failed, int64_t limit, int64_t minutes, int64_t longest);
/*
 * The password of who is logged in, entered once more: judged and counted as at a login from the
 * same browser. -1 recorded, E-AUTH-001 at `field`.
 */
int account_password_prove(yb_req *r, const struct account_user *u, yb_str password,
    const char *field) YB_MUST_USE;
/* Whether a new password is due. */
bool account_must_change(const struct account_user *u, yb_time now);
/* Opens a session (yb_session_open) and answers 200 with it. */
int account_welcome(yb_req *r, const struct account_user *u, const yb_org *org);
/* The same without answering: *ret is what account_session_out prints. */
int account_enter(yb_req *r, const struct account_user *u, const yb_org *org,
    struct account_session *ret) YB_MUST_USE;
/* Everything was right: notes the login, remembers the browser, answers with a session. */
int account_logged_in_now(yb_req *r, struct account_user *u, const yb_org *org);
/* SHA-256 of a 256-bit secret: all the database knows of it. */
yb_bytes account_hash(yb_req *r, yb_str secret);

int account_login(yb_req *r);
int account_login_factor(yb_req *r);
int account_logout(yb_req *r);
int account_get_session(yb_req *r);

extern const yb_query account_by_login, account_by_actor, account_self, account_count_failure,
    account_logged_in, account_rehash, account_step_add, account_step_find, account_step_try,
    account_step_end, account_step_end_all;

/* ---- account_hours.c: service hours ---- */

struct account_hours {
	int from, to; /* minutes after midnight in Japan */
};

/* "08:00-21:00", or "" for the whole day; false: something else stands there. */
bool account_hours_read(yb_str text, struct account_hours *ret);
/* Seconds until they begin; 0: it is open. */
int64_t account_hours_wait(const struct account_hours *h, yb_time now);
/* -1 with E-AUTH-015 recorded outside the hours, but for operators. */
int account_hours_check(yb_req *r, const yb_org *org) YB_MUST_USE;

/* ---- account_password.c ---- */

enum { ACCOUNT_A02 = 1, ACCOUNT_MHLW13 = 2, ACCOUNT_NIST15 = 4 };

struct account_password_rule {
	int64_t min, max, classes; /* of ACCOUNT_A02 */
	unsigned profiles;	   /* any one of them is enough; 0: ACCOUNT_A02 */
	const yb_words *blocked;   /* NULL: only the few built in */
	const yb_str *words;	   /* of this installation and person: count for nothing */
	size_t n_words;
};

struct account_rules_told { /* what account_password_check asks of a new password */
	yb_list profiles;
	int64_t min, max, classes, history, rest_min, expires_below, expires_days;
};

extern const yb_field account_rules_out[];

/* The rules of this installation, as pages show them before anybody types. */
struct account_rules_told *account_password_rules(yb_req *r);

struct account_password_in {
	yb_str current_password, new_password;
};

extern const yb_field account_password_in[];

/* "a02,nist15" as bits; 0: something else stands there. */
unsigned account_password_profiles(yb_str names);
/* Length, composition, not the user's id, not a common one (A-02, A-03, security J3). */
bool account_password_good(const struct account_password_rule *rule, yb_str password,
    yb_str user_id);
/* A temporary password of 80 random bits in letters and digits that are not mistaken. */
yb_str account_password_temporary(yb_req *r);
/* E-ACC-006 at `field` unless `fresh` meets the rules and is none of the last ones. */
int account_password_check(yb_req *r, const struct account_user *u, const yb_org *org,
    yb_str fresh, const char *field) YB_MUST_USE;
/* Makes it the user's password: ACTIVE, not locked, remembered, other sessions ended. */
int account_password_store(yb_req *r, const struct account_user *u, yb_str fresh) YB_MUST_USE;

int account_change_password(yb_req *r);

extern const yb_query account_self_locked, account_set_password, account_history,
    account_remember, account_org_in_use;

/* ---- account_blocklist.c: passwords everybody thinks of ---- */

#define ACCOUNT_BLOCKLIST_LEAST 100000 /* words, security N2 */

/* Whether the password is a word of the list, however dressed up. */
bool account_blocked(const yb_words *listed, yb_str password);
/* Start hook: reads the files of password_blocklist. -1: said on standard error. */
int account_start(yb_req *boot, void **ret_state);

/* ---- account_factor.c: one-time codes and recovery codes ---- */

struct account_factor { /* of a user, enrolled or not */
	int64_t actor_id;
	yb_bytes secret, pending; /* sealed; null: none */
	int64_t last_step, failed, recovery_left;
	yb_time wait_until, suspended, enrolled;
	yb_str terms_version; /* as accepted; null: never */
	bool self_reset;      /* the address is the person's own */
};

struct account_proof { /* one of the two */
	yb_str code, recovery_code;
};

struct account_factor_told {
	bool enrolled, required, suspended;
	int64_t recovery_left;
};

extern const yb_field account_factor_told_out[], account_factor_code_in[],
    account_factor_begun_out[], account_factor_done_out[], account_recovery_out[],
    account_factor_reset_in[];

/* "12 34 56" in digits of either width as "123456". */
yb_str account_code_digits(yb_req *r, yb_str typed);
/* How long to wait after the n-th wrong code in a row; 0: not at all. */
int64_t account_factor_wait_s(int64_t failed, int64_t free, int64_t longest);
int account_factor_find(yb_req *r, int64_t actor_id, struct account_factor *ret) YB_MUST_USE;
/* Whether this installation wants a second factor of the role: 0 never, 1 may, 2 must. */
int account_factor_wanted(const yb_req *r, yb_str role);
/* Whether the user must prove one: enrolled, and wanted. */
bool account_factor_asked(const yb_req *r, const struct account_user *u,
    const struct account_factor *f);
/*
 * 0 when the code or recovery code is right; it is used up by that. Else -1 with E-AUTH-006
 * (counted, and kept although the request fails), E-AUTH-010 (wait) or E-AUTH-013 recorded.
 */
int account_factor_prove(yb_req *r, const struct account_user *u, const struct account_proof *p)
    YB_MUST_USE;

/* A mail to the user that this changed, in Japanese: who did not do it shall hear of it. */
int account_factor_tell(yb_req *r, const struct account_user *u, const char *what) YB_MUST_USE;

int account_factor_begin(yb_req *r);
int account_factor_confirm(yb_req *r);
int account_factor_recovery(yb_req *r);
int account_factor_remove(yb_req *r);
int account_factor_reset(yb_req *r);

extern const yb_query account_factor_of, account_factor_pend, account_factor_enrol,
    account_factor_step, account_factor_fail, account_factor_clear, account_recovery_set,
    account_recovery_use, account_recovery_drop;

/* ---- account_throttle.c: how often, from where, and from which browser ---- */

struct account_device { /* the browser of this request, as far as it knows the user */
	yb_bytes hash; /* null: no cookie */
	bool known;
	int64_t failed;
	yb_time locked_until;
};

/* "net 203.0.113.0/24", "net 2001:db8:0:100::/56", or the address itself when it is neither. */
yb_str account_network(yb_req *r, yb_str peer);
/* -1 with E-AUTH-010 recorded when `name` has happened `limit` times in its window. */
int account_throttle_check(yb_req *r, yb_str name, int64_t limit) YB_MUST_USE;
/* It happened once more; a window lasts `seconds` from its first time. */
int account_throttle_count(yb_req *r, yb_str name, int64_t seconds) YB_MUST_USE;
/* What the browser's cookie says about this user. */
int account_device_find(yb_req *r, int64_t actor_id, struct account_device *ret) YB_MUST_USE;
/* A failure counted for the browser alone. */
int account_device_failed(yb_req *r, int64_t actor_id, const struct account_device *d)
    YB_MUST_USE;
/* The user has logged in from here: sets or renews the cookie. */
int account_device_welcome(yb_req *r, const struct account_user *u,
    const struct account_device *d) YB_MUST_USE;
/* The locks of all browsers of the user end. */
int account_device_unlocked(yb_req *r, int64_t actor_id) YB_MUST_USE;
/* No browser is known any more: the password was reset, the factor taken away. */
int account_device_forget(yb_req *r, int64_t actor_id) YB_MUST_USE;
/* Timer: deletes what has run out. */
int account_purge(yb_req *r);

extern const yb_query account_throttle_of, account_throttle_add, account_device_of,
    account_device_fail, account_device_unlock, account_device_seen, account_device_trim,
    account_device_drop, account_device_any, account_purge_throttle, account_purge_step, account_purge_link,
    account_purge_device;

/* ---- account_sessions.c: one's sessions, the password again, the terms ---- */

struct account_step_up_in {
	yb_str password, code, recovery_code;
};

struct account_terms_in {
	yb_str version;
};

extern const yb_field account_sessions_out[], account_step_up_in[], account_terms_in[];

int account_sessions(yb_req *r);
int account_session_end(yb_req *r);
int account_session_end_others(yb_req *r);
int account_step_up(yb_req *r);
int account_terms(yb_req *r);

extern const yb_query account_accept_terms;

/* ---- account_self.c: one's own data, and the confirmation of a new address ---- */

struct account_me_in {
	yb_str name, name_kana, department, phone, mail;
	yb_str role, org_code, status, user_id; /* never changed here: the attempt is logged */
	bool is_admin, restricted_view;
};

struct account_token_in {
	yb_str token;
};

/* "2026年4月20日 09:30", in Japan, for mails. */
yb_str account_moment(yb_req *r, yb_time t);
yb_str account_number(yb_req *r, int64_t n);
/* The first n bytes as hexadecimal text. */
yb_str account_hex(yb_req *r, yb_bytes b, size_t n);

extern const yb_field account_me_out[], account_me_in[], account_token_in[];

int account_me(yb_req *r);
int account_change_me(yb_req *r);
int account_mail_confirm(yb_req *r);

extern const yb_query account_me_set, account_mail_set, account_mail_waiting;

/* ---- account_reset.c: what is possible without a password ---- */

struct account_reset_in {
	yb_str user_id, mail;
};

struct account_notice_in {
	yb_str mail, org_code;
};

struct account_reset_done_in {
	yb_str token, new_password, code, recovery_code;
};

struct account_link { /* a link that still holds */
	yb_bytes hash;
	int64_t actor_id, tries;
	yb_bytes mail;
	yb_time expires;
};

extern const yb_field account_reset_in[], account_notice_in[], account_accepted_out[],
    account_link_out[], account_reset_done_in[];

/* A link of this kind for the user, the only one that counts from now on; its token. */
int account_link_new(yb_req *r, char kind, int64_t actor_id, yb_bytes sealed_mail,
    yb_str *ret_token) YB_MUST_USE;
/* The link of a token, locked; E-ACC-007 when there is none, or no longer. */
int account_link_find(yb_req *r, char kind, yb_str token, struct account_link *ret) YB_MUST_USE;
/* Ends every link of the user, also the one in hand: each was sent to an address of before. */
int account_links_end(yb_req *r, int64_t actor_id) YB_MUST_USE;
/* The same, and logins that wait for their code: all that was begun with what no longer counts. */
int account_begun_end(yb_req *r, int64_t actor_id) YB_MUST_USE;

int account_reset_ask(yb_req *r);
int account_reset_check(yb_req *r);
int account_reset_done(yb_req *r);
int account_notice_ask(yb_req *r);
/* Timer: looks who was meant and sends the mail. */
int account_answer_requests(yb_req *r);

extern const yb_query account_request_add, account_request_next, account_request_drop,
    account_ids_of_mail, account_link_add, account_link_of, account_link_tried,
    account_link_replace, account_link_end_all, account_mail_verified;

/* ---- account_card.c: staff certificates ---- */

struct account_card_login_in {
	yb_str nonce, certificate, signature;
};

extern const yb_field account_challenge_out[], account_card_in[], account_cards_out[];

int account_card_challenge(yb_req *r);
int account_card_login(yb_req *r);
int account_card_register(yb_req *r);
int account_cards(yb_req *r);
int account_card_remove(yb_req *r);

extern const yb_query account_card_by_certificate, account_card_add, account_card_again,
    account_card_list, account_card_used, account_card_drop;

#endif
