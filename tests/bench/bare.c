/*
 * bare.c - the least a program behind nginx can do: what getTimeline is compared with.
 *
 *	bare SOCKET DB-SOCKET DB-NAME WORKERS THREADS
 *
 * WORKERS processes of THREADS threads accept on SOCKET. A path that ends in a number is
 * answered with that person's vaccinations: one prepared SELECT on the thread's own
 * connection, printed by hand. ".../bare/N" gives nine columns of them, ".../whole/N" all that
 * getTimeline tells; every other path a few bytes and no database. No authentication, no
 * log, no limits.
 */
#include <fcgiapp.h>
#include <mysql.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define COLUMNS 48
#define TEXT	2048 /* longer than any text of a record */
#define OUT	(256 * 1024)

#define OF_PERSON " FROM record_vaccination v FORCE INDEX (PRIMARY) WHERE subject_id = ?"
static const char *const sql[] = {
	"SELECT HEX(record_id) AS record_id, version, vaccine_code, phase, dose_seq, lot_no,"
	" vaccinated_on, org_code, doctor_name" OF_PERSON,
	"SELECT HEX(record_id) AS record_id, version, change_kind, status, mgmt_no, muni_code,"
	" source, legal_class, vaccine_code, hot13, yj, gtin, lot_no, expiry_date, phase,"
	" dose_seq, dose_label, vaccinated_on, vaccinated_at, dose_ml, route, site, exec_class,"
	" not_done_reason, place_class, org_code, venue, doctor_name, screening_doctor, qre_id,"
	" due_date, confirm_reason, evaluation, reason_code, reason_text, registered_at" OF_PERSON,
};
#define STATEMENTS (sizeof sql / sizeof sql[0])

static const char *db_socket, *db_name;
static int listener;

struct statement {
	MYSQL_STMT *stmt;
	unsigned n;
	char names[COLUMNS][32];
	size_t name_len[COLUMNS];
	MYSQL_BIND result[COLUMNS];
	char text[COLUMNS][TEXT];
	unsigned long length[COLUMNS];
	my_bool null[COLUMNS];
};

struct thread {
	MYSQL *my;
	long long person;
	struct statement at[STATEMENTS];
	char out[OUT];
};

static bool
prepare(struct thread *t, struct statement *s, const char *text)
{
	MYSQL_BIND param = { .buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &t->person };
	MYSQL_RES *meta;

	s->stmt = mysql_stmt_init(t->my);
	if (s->stmt == NULL || mysql_stmt_prepare(s->stmt, text, strlen(text)) != 0)
		return false;
	s->n = mysql_stmt_field_count(s->stmt);
	meta = mysql_stmt_result_metadata(s->stmt);
	if (meta == NULL || s->n > COLUMNS)
		return false;
	for (unsigned i = 0; i < s->n; i++) {
		s->name_len[i] = (size_t)snprintf(s->names[i], sizeof s->names[i], "%s\"%s\":\"",
		    i == 0 ? "" : ",", mysql_fetch_field_direct(meta, i)->name);
		s->result[i].buffer_type = MYSQL_TYPE_STRING;
		s->result[i].buffer = s->text[i];
		s->result[i].buffer_length = TEXT;
		s->result[i].length = &s->length[i];
		s->result[i].is_null = &s->null[i];
	}
	mysql_free_result(meta);
	return mysql_stmt_bind_param(s->stmt, &param) == 0 &&
	    mysql_stmt_bind_result(s->stmt, s->result) == 0;
}

static bool
connect_db(struct thread *t)
{
	t->my = mysql_init(NULL);
	if (t->my == NULL ||
	    mysql_real_connect(t->my, NULL, NULL, NULL, db_name, 0, db_socket, 0) == NULL ||
	    mysql_set_character_set(t->my, "utf8mb4") != 0)
		return false;
	for (size_t i = 0; i < STATEMENTS; i++)
		if (!prepare(t, &t->at[i], sql[i]))
			return false;
	return true;
}

static size_t
put(struct thread *t, size_t n, const char *text, size_t len)
{
	if (n + len > sizeof t->out)
		return n;
	memcpy(t->out + n, text, len);
	return n + len;
}

static size_t
put_row(struct thread *t, const struct statement *s, size_t n, bool first)
{
	n = put(t, n, first ? "{" : ",{", first ? 1 : 2);
	for (unsigned i = 0; i < s->n; i++) {
		if (s->null[i])
			continue;
		n = put(t, n, s->names[i], s->name_len[i]);
		n = put(t, n, s->text[i], s->length[i]);
		n = put(t, n, "\"", 1);
	}
	return put(t, n, "}", 1);
}

static void
answer(FCGX_Request *r, const char *status, const char *body, size_t len)
{
	char head[160];
	int n = snprintf(head, sizeof head,
	    "Status: %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n", status,
	    len);

	(void)FCGX_PutStr(head, n, r->out);
	(void)FCGX_PutStr(body, (int)len, r->out);
}

static void
person(FCGX_Request *r, struct thread *t, const struct statement *s, const char *digits)
{
	size_t n = 0;
	bool first = true;

	t->person = strtoll(digits, NULL, 10);
	if (mysql_stmt_execute(s->stmt) != 0 || mysql_stmt_store_result(s->stmt) != 0) {
		answer(r, "500 Internal Server Error", "{}", 2);
		return;
	}
	n = put(t, n, "{\"records\":[", 12);
	for (; mysql_stmt_fetch(s->stmt) == 0; first = false)
		n = put_row(t, s, n, first);
	n = put(t, n, "]}", 2);
	(void)mysql_stmt_free_result(s->stmt);
	answer(r, first ? "404 Not Found" : "200 OK", t->out, n);
}

static void *
serve(void *unused)
{
	struct thread *t = calloc(1, sizeof *t);
	FCGX_Request r;

	(void)unused;
	if (t == NULL || FCGX_InitRequest(&r, listener, 0) != 0 || !connect_db(t)) {
		(void)fprintf(stderr, "bare: %s\n",
		    t == NULL || t->my == NULL ? "no memory" : mysql_error(t->my));
		_exit(1);
	}
	while (FCGX_Accept_r(&r) == 0) {
		const char *uri = FCGX_GetParam("REQUEST_URI", r.envp);
		const char *last = uri == NULL ? NULL : strrchr(uri, '/');

		if (last != NULL && last[1] >= '0' && last[1] <= '9')
			person(&r, t, &t->at[strstr(uri, "/whole/") != NULL], last + 1);
		else
			answer(&r, "200 OK", "{\"hello\":\"world\"}", 17);
		FCGX_Finish_r(&r);
	}
	return NULL;
}

static void
worker(long threads)
{
	pthread_t id;

	(void)prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
	for (long i = 1; i < threads; i++)
		if (pthread_create(&id, NULL, serve, NULL) != 0)
			_exit(1);
	(void)serve(NULL);
	_exit(1);
}

int
main(int argc, char **argv)
{
	long workers, threads;

	if (argc != 6 || (workers = strtol(argv[4], NULL, 10)) < 1 ||
	    (threads = strtol(argv[5], NULL, 10)) < 1) {
		(void)fprintf(stderr, "usage: bare SOCKET DB-SOCKET DB-NAME WORKERS THREADS\n");
		return 64;
	}
	db_socket = argv[2];
	db_name = argv[3];
	if (mysql_library_init(0, NULL, NULL) != 0 || FCGX_Init() != 0 ||
	    (listener = FCGX_OpenSocket(argv[1], 511)) < 0)
		return 1;
	for (long i = 0; i < workers; i++)
		if (fork() == 0)
			worker(threads);
	(void)wait(NULL); /* none of them ends well, and all end with us */
	return 1;
}
