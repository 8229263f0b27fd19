/*
 * options.c - parameters: the core's own, and how any option is read (host.h).
 *
 * The parameter table of the installation is this table and the `options` of every module;
 * `yoboctl params` prints it as one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

const yb_option ybh_core_options[] = {
	{ "base_url", "https://localhost:8443", 0, 0, NULL, "wire",
	    "Public address, also the token issuer; no trailing slash." },
	{ "keeper_socket", "/run/yobo/keeper.sock", 0, 0, NULL, "house", "Where yobo-keeper listens." },
	{ "field_keys", "/etc/yobo/field.keys", 0, 0, NULL, "P-05",
	    "File of the keys that seal columns." },
	{ "modules_dir", "", 0, 0, NULL, "house", "Where the modules are; empty: as installed." },
	{ "mail_dir", "", 0, 0, NULL, "house",
	    "Where the texts of mails are, a directory for each area; empty: as installed." },
	{ "mail_retry_days", "3", 1, 30, "days", "house",
	    "How long a mail is tried again that the mail server does not take." },
	{ "mail_days", "30", 1, 365, "days", "house",
	    "How long it is known that a mail was sent or given up; its text is gone at once." },
	{ "rate_per_minute", "60", 1, 100000000, "requests", "brief 15",
	    "Requests a client may make in a minute (E-TKN-004), shared by a pool's workers." },
	{ "failures_per_minute", "300", 1, 100000000, "requests", "security 9.6",
	    "Failed authentications of one address in a minute before it must wait." },
	{ "session_touch", "20", 1, 300, "seconds", "A-11",
	    "How often the last use of a session is written down." },
	{ "step_up", "300", 30, 3600, "seconds", "security 9.2",
	    "How long a repeated password opens sensitive acts." },
	{ "idempotency_hours", "24", 1, 168, "hours", "wire", "How long an Idempotency-Key is kept." },
	{ "statement_seconds", "5", 1, 60, "seconds", "architecture 5.8",
	    "Longest database statement of a request." },
	{ "run_statement_seconds", "15", 1, 60, "seconds", "architecture 5.8",
	    "Longest database statement of a timer or job; below request_timeout of its pool." },
	{ "password_slots", "2", 1, 16, NULL, "house 3", "Password hashings at one time in a process." },
	{ "revocation_seconds", "5", 2, 60, "seconds", "wire",
	    "Age of the revocation list beyond which tokens are refused with 503." },
	{ "queue_seconds", "5", 1, 30, "seconds", "security P13",
	    "A request that waited longer for a free thread is refused with 503." },
	{ "bulk_at_once", "4", 1, 64, "requests", "measured",
	    "Lists of hundreds of rows a worker works on at one time; others wait at most 4 s." },
	{ "data_dir", "", 0, 0, NULL, "security P15",
	    "A directory on the database's disk, when that is on this machine; empty: not watched." },
	{ "disk_floor_percent", "10", 1, 90, "percent", "security P15",
	    "When less of that disk is free, writes are refused with 503; reads go on." },
	{ "memory_mib", "8192", 512, 1048576, "MiB", "architecture 6.10",
	    "Address space a worker may have (RLIMIT_AS)." },
	{ "open_files", "1024", 256, 1048576, "files", "architecture 6.10",
	    "Files and connections a worker may have open (RLIMIT_NOFILE)." },
	{ "job_rows", "2000000", 1000, 10000000, "rows", "MS-7",
	    "Rows a file may have where its kind says nothing else; 16 bytes of memory each." },
	{ "job_bytes", "536870912", 1048576, 2147483647, "bytes", "MS-7",
	    "Size of a file that comes in or goes out." },
	{ "job_days", "30", 1, 366, "days", "MS-7",
	    "How long the result of a job is kept after its end." },
	{ "job_open", "20", 1, 1000, "jobs", "house 7",
	    "Jobs of one organisation that may be open at a time (E-JOB-021)." },
	{ "request_log", "1", 0, 1, NULL, "security N15", "A line per request on standard error." },
	{ 0 },
};

static void
section_of(const char *area, char *out, size_t size)
{
	(void)snprintf(out, size, strcmp(area, "core") == 0 ? "%s" : "area %s", area);
}

static const yb_option *
option_named(const yb_option *o, const char *name)
{
	for (; o != NULL && o->name != NULL; o++)
		if (strcmp(o->name, name) == 0)
			return o;
	return NULL;
}

const char *
ybh_option(const struct ybh_conf *c, const char *area, const yb_option *options, const char *name)
{
	const yb_option *o = option_named(options, name);
	char section[64];

	if (o == NULL)
		return NULL;
	section_of(area, section, sizeof section);
	return ybh_conf_get(c, section, name, o->value);
}

int64_t
ybh_option_number(const struct ybh_conf *c, const char *area, const yb_option *options,
    const char *name)
{
	const char *v = ybh_option(c, area, options, name);

	return v == NULL ? 0 : strtoll(v, NULL, 10);
}

static int
option_check(const yb_option *o, const char *section, const char *value, char *err, size_t size)
{
	char *end;
	long long v;

	if (o->min == 0 && o->max == 0)
		return 0;
	v = strtoll(value, &end, 10);
	if (end != value && *end == '\0' && v >= o->min && v <= o->max)
		return 0;
	(void)snprintf(err, size, "[%s] %s = %s: a whole number from %lld to %lld expected",
	    section, o->name, value, (long long)o->min, (long long)o->max);
	return -1;
}

int
ybh_options_check(const struct ybh_conf *c, const char *area, const yb_option *options, char *err,
    size_t size)
{
	char section[64];
	const char *key;

	section_of(area, section, sizeof section);
	for (size_t i = 0; (key = ybh_conf_key(c, section, i)) != NULL; i++) {
		const yb_option *o = option_named(options, key);

		if (o == NULL) {
			(void)snprintf(err, size, "[%s] %s: there is no such option", section, key);
			return -1;
		}
		if (option_check(o, section, ybh_conf_get(c, section, key, ""), err, size) < 0)
			return -1;
	}
	return 0;
}
