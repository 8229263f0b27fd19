/*
 * Who may ask what, and the answer.
 *
 *	keys, sign            every peer; never with the checkpoint key
 *	file sign             every peer: control files of ours with the exchange key
 *	chain key, manage     our own uid and root
 */
#include <errno.h>

#include "serve.h"

struct question {
	unsigned cls;
	yb_str claims, kid, what;
	uint64_t chain;
	bool has_chain;
};

static bool
question_read(struct ybh_fields in, struct question *q)
{
	yb_bytes b;
	unsigned tag;
	int more;

	while ((more = ybh_field_next(&in, &tag, &b)) == 1) {
		yb_str text = { (const char *)b.p, b.len };

		if (tag == YBH_TAG_CLASS && b.len == 1)
			q->cls = b.p[0];
		else if (tag == YBH_TAG_CLAIMS)
			q->claims = text;
		else if (tag == YBH_TAG_KID)
			q->kid = text;
		else if (tag == YBH_TAG_WHAT)
			q->what = text;
		else if (tag == YBH_TAG_CHAIN && ybh_field_u64(b, &q->chain))
			q->has_chain = true;
		else
			return false;
	}
	return more == 0;
}

static unsigned
sign(struct keystore *ks, struct yb_arena *a, const struct question *q, struct ybh_frame *out)
{
	yb_str token;

	if (q->cls == YBH_KEY_CHECKPOINT || q->cls == YBH_KEY_EXCHANGE)
		return YBH_ST_REFUSED;
	if (q->cls < YBH_KEY_ISSUED || q->cls > YBH_KEY_INTERNAL)
		return YBH_ST_BAD;
	switch (keystore_sign(ks, (enum ybh_key_class)q->cls, q->claims, a, &token)) {
	case 0:
		ybh_frame_put(out, YBH_TAG_TOKEN, token.p, token.len);
		return YBH_ST_OK;
	case -EPROTO:
		return YBH_ST_BAD;
	default:
		return YBH_ST_AWAY;
	}
}

static unsigned
file_sign(struct keystore *ks, const struct question *q, struct ybh_frame *out)
{
	unsigned char der[72];
	size_t len = 0;

	switch (keystore_file_sign(ks, q->claims, der, &len)) {
	case 0:
		ybh_frame_put(out, YBH_TAG_SIGNATURE, der, len);
		return YBH_ST_OK;
	case -EPROTO:
		return YBH_ST_BAD;
	default:
		return YBH_ST_AWAY;
	}
}

static unsigned
chain_key(struct keystore *ks, bool own, const struct question *q, struct ybh_frame *out)
{
	unsigned char mac[32];

	if (!own)
		return YBH_ST_REFUSED;
	if (!q->has_chain)
		return YBH_ST_BAD;
	keystore_chain_key(ks, q->chain, mac);
	ybh_frame_put(out, YBH_TAG_MAC, mac, sizeof(mac));
	return YBH_ST_OK;
}

static unsigned
manage(struct keystore *ks, bool own, const struct question *q)
{
	if (!own)
		return YBH_ST_REFUSED;
	if (q->cls < YBH_KEY_ISSUED || q->cls > YBH_KEY_EXCHANGE)
		return YBH_ST_BAD;
	switch (keystore_manage(ks, q->what, (enum ybh_key_class)q->cls, q->kid)) {
	case 0:
		return YBH_ST_OK;
	case -EAGAIN:
		return YBH_ST_EARLY;
	case -EPROTO:
		return YBH_ST_BAD;
	default:
		return YBH_ST_AWAY;
	}
}

void
answer(struct keystore *ks, bool own, struct yb_arena *a, unsigned op, struct ybh_fields in,
    struct ybh_frame *out)
{
	struct question q = { .cls = 0 };
	unsigned status = YBH_ST_BAD;

	ybh_frame_begin(out, YBH_ST_OK);
	if (question_read(in, &q)) {
		switch (op) {
		case YBH_OP_KEYS:
			keystore_list(ks, out);
			status = out->failed ? YBH_ST_AWAY : YBH_ST_OK;
			break;
		case YBH_OP_SIGN:
			status = sign(ks, a, &q, out);
			break;
		case YBH_OP_FILE_SIGN:
			status = file_sign(ks, &q, out);
			break;
		case YBH_OP_CHAIN_KEY:
			status = chain_key(ks, own, &q, out);
			break;
		case YBH_OP_MANAGE:
			status = manage(ks, own, &q);
			break;
		default:
			break;
		}
	}
	if (status != YBH_ST_OK)
		ybh_frame_begin(out, status);
}
