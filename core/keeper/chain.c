/*
 * Opening audit chains. A chain is known to the database before its key is given out; without
 * the database no chain opens. One thread does it, so that a database that is away keeps
 * nobody from having a token signed.
 */
#include "keeper_daemon.h"

#include <errno.h>
#include <string.h>

#include "../lib/clock.h"
#include "../lib/crypto.h"
#include "../lib/log.h"
#include "serve.h"

static const yb_query chain_insert = {
	.name = "keeper_chain_insert",
	.sql = "INSERT INTO audit_chain (chain_id, host, opened_us, signature, kid)"
	       " VALUES (?, ?, ?, ?, ?)",
	.nparams = 5,
	.tenant = YB_GLOBAL,
};

/* Names of ours are ASCII; what is signed must also be readable. */
static bool
host_good(yb_bytes host)
{
	if (host.p == NULL || host.len == 0 || host.len > 80)
		return false;
	for (size_t i = 0; i < host.len; i++)
		if (host.p[i] < 0x20 || host.p[i] > 0x7e)
			return false;
	return true;
}

static uint64_t
chain_number(void)
{
	uint64_t id;

	do {
		ybh_random(&id, sizeof(id));
		id &= INT64_MAX;
	} while (id == 0);
	return id;
}

static unsigned
chain_open(
    struct keystore *ks, struct ybh_db *db, struct yb_arena *a, yb_str host, struct ybh_frame *out)
{
	uint64_t id = chain_number();
	int64_t opened_us = ybh_now_us();
	unsigned char mac[32], der[72];
	char kid[48];
	size_t len = 0;
	int rc;

	if (keystore_chain_sign(ks, id, opened_us, host, der, &len, kid) != 0)
		return YBH_ST_AWAY;
	const yb_value row[] = {
		{ .type = YB_T_I64, .u.i64 = (int64_t)id },
		{ .type = YB_T_TEXT, .u.text = host },
		{ .type = YB_T_I64, .u.i64 = opened_us },
		{ .type = YB_T_BYTES, .u.bytes = { der, len } },
		{ .type = YB_T_TEXT, .u.text = yb_cstr(kid) },
	};
	rc = ybh_db_run(db, &chain_insert, row, 5, a, 0, NULL, NULL);
	if (rc == -ECONNRESET) { /* closed while nobody asked: once more, on a new connection */
		rc = ybh_db_run(db, &chain_insert, row, 5, a, 0, NULL, NULL);
		if (rc == -EEXIST)
			rc = 0; /* it had been written, and only the answer was lost */
	}
	if (rc != 0) {
		ybh_log(YBH_ERR, "no chain opened: %s", ybh_db_error(db));
		return YBH_ST_AWAY;
	}
	keystore_chain_key(ks, id, mac);
	ybh_frame_u64(out, YBH_TAG_CHAIN, id);
	ybh_frame_put(out, YBH_TAG_MAC, mac, sizeof(mac));
	ybh_frame_put(out, YBH_TAG_SIGNATURE, der, len);
	ybh_frame_u64(out, YBH_TAG_MOMENT, (uint64_t)opened_us);
	ybh_wipe(mac, sizeof(mac));
	return YBH_ST_OK;
}

void
chain_answer(struct keystore *ks, struct ybh_db *db, struct yb_arena *a, struct ybh_fields in,
    struct ybh_frame *out)
{
	yb_bytes b, host = { NULL, 0 };
	unsigned tag, status = YBH_ST_BAD;
	int more;

	while ((more = ybh_field_next(&in, &tag, &b)) == 1)
		if (tag == YBH_TAG_HOST)
			host = b;
	ybh_frame_begin(out, YBH_ST_OK);
	if (more == 0 && host_good(host))
		status = chain_open(ks, db, a, (yb_str){ (const char *)host.p, host.len }, out);
	if (status != YBH_ST_OK)
		ybh_frame_begin(out, status);
}
