/*
 * mailer.c - from the outbox to the mail server, by SMTP (yb/mail.h).
 *
 * A mail is leased, sent and marked one by one, several on one connection. What the server
 * refuses for good (5xx for this recipient or this text) is given up at once; everything else is
 * tried again for some days. A fault of the connection, of the login or of the sender concerns
 * no single mail: then all of them wait a little.
 */
#include "worker.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/mail_server.h"
#include "mailer.h"

#define BATCH	   10
#define CONNECT_MS 5000L
#define MAIL_MS	   20000L /* less than the lease */
#define PAUSE_US   INT64_C(5000000)
#define LOOK_US	   INT64_C(60000000)
#define DAY_US	   INT64_C(86400000000)
#define MESSAGE_MAX ((size_t)256 << 10)

#define NOW_US "CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED)"

struct worker_mailer {
	struct ybh_mail_server server;
	const char *url; /* NULL: there is no [mail] */
	char from_address[256];
	yb_str host; /* of Message-ID */
	pthread_mutex_t sending;
	int64_t pause_until, look_at, warned; /* monotonic; of whoever holds the mutex */
};

struct candidate {
	yb_uuid id;
};

static const yb_field candidate_record[] = { { "mail_id", YB_OF(struct candidate, id) }, { 0 } };

struct mail {
	yb_uuid id, lease;
	yb_str area, template, to, text;
	yb_bytes recipient, message;
	yb_time created;
};

static const yb_field mail_record[] = {
	{ "area", YB_OF(struct mail, area) },
	{ "template", YB_OF(struct mail, template) },
	{ "recipient", YB_OF(struct mail, recipient) },
	{ "message", YB_OF(struct mail, message) },
	{ "created_us", YB_OF(struct mail, created) },
	{ 0 },
};

struct count {
	int64_t n;
};

static const yb_field count_record[] = { { "n", YB_OF(struct count, n) }, { 0 } };

static const yb_query mail_waiting = {
	.name = "mail_waiting",
	.sql = "SELECT mail_id FROM core_mail WHERE state = 'WAITING' AND next_us <= ?"
	       " AND lease_us < " NOW_US " ORDER BY next_us LIMIT 10",
	.row = candidate_record,
	.row_size = sizeof(struct candidate),
	.nparams = 1,
	.tenant = YB_GLOBAL,
};

static const yb_query mail_claim = {
	.name = "mail_claim",
	.sql = "UPDATE core_mail SET lease = ?, lease_us = " NOW_US " + 60000000"
	       " WHERE mail_id = ? AND state = 'WAITING' AND lease_us < " NOW_US,
	.nparams = 2,
	.tenant = YB_GLOBAL,
};

static const yb_query mail_read = {
	.name = "mail_read",
	.sql = "SELECT area, template, recipient, message, created_us FROM core_mail"
	       " WHERE mail_id = ? AND lease = ?",
	.row = mail_record,
	.row_size = sizeof(struct mail),
	.nparams = 2,
	.tenant = YB_GLOBAL,
};

static const yb_query mail_sent = {
	.name = "mail_sent",
	.sql = "UPDATE core_mail SET state = 'SENT', message = NULL, lease = NULL, lease_us = 0,"
	       " attempts = attempts + 1, ended_us = ?, error = NULL"
	       " WHERE mail_id = ? AND lease = ?",
	.nparams = 3,
	.tenant = YB_GLOBAL,
};

static const yb_query mail_failed = {
	.name = "mail_failed",
	.sql = "UPDATE core_mail SET state = 'FAILED', message = NULL, lease = NULL, lease_us = 0,"
	       " attempts = attempts + 1, ended_us = ?, error = ?"
	       " WHERE mail_id = ? AND lease = ?",
	.nparams = 4,
	.tenant = YB_GLOBAL,
};

/* Again after a minute, two, four ... an hour; next_us is assigned before attempts. */
static const yb_query mail_later = {
	.name = "mail_later",
	.sql = "UPDATE core_mail SET lease = NULL, lease_us = 0,"
	       " next_us = ? + LEAST(3600000000, 60000000 << LEAST(attempts, 6)),"
	       " attempts = attempts + 1, error = ? WHERE mail_id = ? AND lease = ?",
	.nparams = 4,
	.tenant = YB_GLOBAL,
};

static const yb_query mail_count = {
	.name = "mail_count",
	.sql = "SELECT COUNT(*) AS n FROM core_mail WHERE state = 'WAITING'",
	.row = count_record,
	.row_size = sizeof(struct count),
	.tenant = YB_GLOBAL,
};

const yb_query *const worker_mail_queries[] = { &mail_waiting, &mail_claim, &mail_read, &mail_sent,
	&mail_failed, &mail_later, &mail_count, NULL };

/* ---- [mail] of yobo.conf ---- */

/* The name we say in EHLO is the path of curl's URL. */
static char *
url_make(const char *smtp, yb_str host)
{
	char *url = NULL;
	int n = host.p[0] == '['
	    ? asprintf(&url, "%s/%%5B%.*s%%5D", smtp, (int)host.len - 2, host.p + 1)
	    : asprintf(&url, "%s/%.*s", smtp, (int)host.len, host.p);

	return n < 0 ? NULL : url;
}

static int
settings_read(struct worker *w, struct worker_mailer *m)
{
	const struct ybh_mail_server *server = &m->server;

	if (ybh_mail_server_read(w->conf, &m->server, w->err, sizeof w->err) != 0)
		return WORKER_CONFIG;
	if (server->smtp == NULL)
		return WORKER_OK;
	(void)snprintf(m->from_address, sizeof m->from_address, "%.*s",
	    (int)server->from.address.len, server->from.address.p);
	m->url = url_make(server->smtp, m->host);
	return m->url == NULL ? WORKER_AWAY : WORKER_OK;
}

int
worker_mailer_start(struct worker *w)
{
	struct worker_mailer *m = calloc(1, sizeof *m);
	int rc;

	if (m == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		free(m);
		return WORKER_AWAY;
	}
	w->mailer = m;
	(void)pthread_mutex_init(&m->sending, NULL);
	m->host = ybh_mail_host(w->process.state, yb_cstr(w->process.base_url));
	m->warned = m->look_at = INT64_MIN;
	rc = settings_read(w, m);
	if (rc == WORKER_CONFIG)
		ybh_log(YBH_ERR, "%s", w->err);
	return rc;
}

void
worker_mailer_stop(struct worker *w)
{
	if (w->mailer == NULL)
		return;
	ybh_wipe(&w->mailer->server, sizeof w->mailer->server);
	(void)pthread_mutex_destroy(&w->mailer->sending);
	free((void *)(uintptr_t)w->mailer->url);
	free(w->mailer);
	w->mailer = NULL;
	curl_global_cleanup();
}

/* ---- one connection ---- */

enum stage { STAGE_CONNECT, STAGE_SENDER, STAGE_RECIPIENT, STAGE_TEXT };

struct sending {
	CURL *curl;
	enum stage stage;
	struct ybh_buf text;
	size_t at;
	char error[20]; /* class of the last failure */
};

static size_t
text_read(char *to, size_t size, size_t n, void *arg)
{
	struct sending *s = arg;
	size_t want = size * n, left = s->text.len - s->at;

	want = want < left ? want : left;
	memcpy(to, s->text.p + s->at, want);
	s->at += want;
	return want;
}

/* How far the exchange has come, by the commands that leave; their contents are not kept. */
static int
stage_note(CURL *curl, curl_infotype type, char *p, size_t n, void *arg)
{
	struct sending *s = arg;

	(void)curl;
	if (type != CURLINFO_HEADER_OUT)
		return 0;
	if (n >= 4 && memcmp(p, "MAIL", 4) == 0)
		s->stage = STAGE_SENDER;
	else if (n >= 4 && memcmp(p, "RCPT", 4) == 0)
		s->stage = STAGE_RECIPIENT;
	else if (n >= 4 && memcmp(p, "DATA", 4) == 0)
		s->stage = STAGE_TEXT;
	return 0;
}

static bool
connection_set(struct sending *s, const struct worker_mailer *m)
{
	static const struct {
		CURLoption option;
		long value;
	} numbers[] = {
		{ CURLOPT_NOSIGNAL, 1 },
		{ CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS },
		{ CURLOPT_TIMEOUT_MS, MAIL_MS },
		{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
		{ CURLOPT_SSL_VERIFYPEER, 1 },
		{ CURLOPT_SSL_VERIFYHOST, 2 },
		{ CURLOPT_UPLOAD, 1 },
		{ CURLOPT_VERBOSE, 1 },
	};
	const struct {
		CURLoption option;
		const char *value; /* NULL: left as it is */
	} texts[] = {
		{ CURLOPT_URL, m->url },
		{ CURLOPT_PROTOCOLS_STR, "smtp,smtps" },
		{ CURLOPT_PROXY, "" },
		{ CURLOPT_CAINFO, m->server.ca },
		{ CURLOPT_USERNAME, m->server.user },
		{ CURLOPT_PASSWORD, m->server.user == NULL ? NULL : m->server.password },
		{ CURLOPT_MAIL_FROM, m->from_address },
	};
	CURL *c = s->curl;
	bool good = true;

	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		good = good && curl_easy_setopt(c, numbers[i].option, numbers[i].value) == CURLE_OK;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (texts[i].value != NULL)
			good = good && curl_easy_setopt(c, texts[i].option, texts[i].value) == CURLE_OK;
	return good &&
	    curl_easy_setopt(c, CURLOPT_USE_SSL,
		(long)(m->server.tls ? CURLUSESSL_ALL : CURLUSESSL_NONE)) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_READFUNCTION, text_read) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_READDATA, s) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_DEBUGFUNCTION, stage_note) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_DEBUGDATA, s) == CURLE_OK;
}

enum fate { FATE_SENT, FATE_REFUSED, FATE_LATER, FATE_PAUSE };

static enum fate
fate_of(struct sending *s, CURLcode rc)
{
	long code = 0;

	if (rc == CURLE_OK)
		return FATE_SENT;
	(void)curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &code);
	if (rc == CURLE_OPERATION_TIMEDOUT || code < 400 || code > 599)
		(void)snprintf(s->error, sizeof s->error, "curl %d", (int)rc);
	else
		(void)snprintf(s->error, sizeof s->error, "smtp %ld", code);
	if (s->stage < STAGE_RECIPIENT || s->error[0] == 'c')
		return FATE_PAUSE;
	return code >= 500 ? FATE_REFUSED : FATE_LATER;
}

static enum fate
transmit(struct sending *s, const struct worker_mailer *m, struct ybh_thread *t,
    const struct mail *mail)
{
	const struct ybh_mail_envelope e = { m->server.from, mail->to, mail->id, m->host, mail->created };
	struct curl_slist *to;
	CURLcode rc;

	ybh_buf_reset(&s->text);
	ybh_mail_message(&s->text, &e, mail->text);
	to = curl_slist_append(NULL, ybh_arena_cstr(t->arena, mail->to));
	s->at = 0;
	s->stage = STAGE_CONNECT;
	if (s->text.failed || to == NULL ||
	    curl_easy_setopt(s->curl, CURLOPT_MAIL_RCPT, to) != CURLE_OK) {
		curl_slist_free_all(to);
		(void)snprintf(s->error, sizeof s->error, "no memory");
		return FATE_PAUSE;
	}
	rc = curl_easy_perform(s->curl);
	(void)curl_easy_setopt(s->curl, CURLOPT_MAIL_RCPT, NULL);
	curl_slist_free_all(to);
	return fate_of(s, rc);
}

/* ---- one mail ---- */

/* What cannot be opened any more will never be sent. */
static bool
mail_open(struct ybh_thread *t, struct mail *mail)
{
	const struct ybh_field_keys *keys = t->process->field_keys;

	return ybh_unseal(keys, t->arena, ybh_mail_place(t->arena, "recipient", mail->id),
		   mail->recipient, &mail->to) == 0 &&
	    ybh_unseal(keys, t->arena, ybh_mail_place(t->arena, "message", mail->id),
		mail->message, &mail->text) == 0 &&
	    mail->text.p != NULL && yb_format_mail.check(mail->to) == NULL;
}

/* Taken by the mail server but not marked, a mail is sent twice: so this is tried again. */
static void
mark(struct ybh_thread *t, const struct mail *mail, const yb_query *q, yb_args args)
{
	int rc = -1;

	for (int i = 0; i < 3 && rc != 0; i++)
		rc = ybh_db_run(t->db, q, args.v, args.n, t->arena, 0, NULL, NULL);
	if (rc != 0)
		ybh_log(YBH_ERR, "mail %.*s.%.*s: what became of it cannot be written down: %s",
		    (int)mail->area.len, mail->area.p, (int)mail->template.len, mail->template.p,
		    ybh_db_error(t->db));
}

static void
mail_settle(struct ybh_thread *t, const struct mail *mail, enum fate fate, const char *error)
{
	const yb_value id = yb_id(mail->id), lease = yb_id(mail->lease), now = yb_i64(ybh_now_us());
	const yb_value why = yb_text(yb_cstr(error));
	int64_t days = ybh_option_number(t->process->conf, "core", ybh_core_options,
	    "mail_retry_days");

	if (fate == FATE_SENT) {
		mark(t, mail, &mail_sent, YB_ARGS(now, id, lease));
		return;
	}
	if (fate != FATE_REFUSED && now.u.i64 - mail->created.us < days * DAY_US) {
		mark(t, mail, &mail_later, YB_ARGS(now, why, id, lease));
		return;
	}
	mark(t, mail, &mail_failed, YB_ARGS(now, why, id, lease));
	ybh_log(YBH_ERR, "mail %.*s.%.*s is given up: %s", (int)mail->area.len, mail->area.p,
	    (int)mail->template.len, mail->template.p, error);
}

/* Ours now: reads and opens it. false: somebody else's, or the database is away. */
static bool
mail_take(struct ybh_thread *t, yb_uuid id, struct mail *ret)
{
	yb_uuid lease = yb_uuid_new();
	yb_args who = YB_ARGS(yb_id(lease), yb_id(id)), what = YB_ARGS(yb_id(id), yb_id(lease));
	int64_t rows = 0;
	yb_list found;

	if (ybh_db_run(t->db, &mail_claim, who.v, who.n, t->arena, 0, NULL, &rows) != 0 ||
	    rows != 1 ||
	    ybh_db_run(t->db, &mail_read, what.v, what.n, t->arena, 1, &found, NULL) != 0 ||
	    found.n != 1)
		return false;
	*ret = *(const struct mail *)found.items;
	ret->id = id;
	ret->lease = lease;
	return true;
}

static bool
send_all(struct worker_mailer *m, struct ybh_thread *t, struct sending *s, const yb_list *ids)
{
	bool did = false;

	for (size_t i = 0; i < ids->n && !ybh_work_stopping(t); i++) {
		enum fate fate = FATE_REFUSED;
		struct mail mail;

		if (!mail_take(t, ((const struct candidate *)ids->items)[i].id, &mail))
			continue;
		if (mail_open(t, &mail))
			fate = transmit(s, m, t, &mail);
		else
			(void)snprintf(s->error, sizeof s->error, "not to be opened");
		mail_settle(t, &mail, fate, s->error);
		did = true;
		if (fate == FATE_PAUSE) {
			m->pause_until = ybh_mono_us() + PAUSE_US;
			ybh_log(YBH_WARN, "mails wait: %s", s->error);
			return false;
		}
	}
	return did;
}

/* Without a mail server they wait, and the operator is told once a day. */
static void
look(struct worker_mailer *m, struct ybh_thread *t)
{
	int64_t now = ybh_mono_us();
	const struct count *waiting;
	yb_list rows;

	if (now < m->look_at)
		return;
	m->look_at = now + LOOK_US;
	if (ybh_db_run(t->db, &mail_count, NULL, 0, t->arena, 1, &rows, NULL) != 0 || rows.n != 1)
		return;
	waiting = rows.items;
	if (waiting->n == 0 || now < m->warned)
		return;
	m->warned = now + DAY_US;
	ybh_log(YBH_WARN, "%lld mails wait: yobo.conf has no [mail]", (long long)waiting->n);
}

static bool
work(struct worker_mailer *m, struct ybh_thread *t)
{
	const yb_value now = yb_i64(ybh_now_us());
	struct sending s = { .error = "" };
	yb_list ids;
	bool did = false;

	if (m->url == NULL) {
		look(m, t);
		return false;
	}
	if (ybh_mono_us() < m->pause_until || ybh_db_run(t->db, &mail_waiting, &now, 1, t->arena,
						  BATCH, &ids, NULL) != 0 || ids.n == 0)
		return false;
	s.curl = curl_easy_init();
	ybh_buf_init(&s.text, MESSAGE_MAX);
	if (s.curl != NULL && connection_set(&s, m))
		did = send_all(m, t, &s, &ids);
	else
		ybh_log(YBH_ERR, "libcurl does not do what mails need");
	curl_easy_cleanup(s.curl);
	if (s.text.p != NULL)
		ybh_wipe(s.text.p, s.text.len);
	ybh_buf_free(&s.text);
	return did;
}

bool
worker_mails(struct ybh_thread *t)
{
	struct worker *w = worker_of(t->process);
	bool did;

	/* One connection a process: a mail server that hangs must not hold every runner. */
	if (pthread_mutex_trylock(&w->mailer->sending) != 0)
		return false;
	did = work(w->mailer, t);
	(void)pthread_mutex_unlock(&w->mailer->sending);
	ybh_arena_reset(t->arena);
	return did;
}
