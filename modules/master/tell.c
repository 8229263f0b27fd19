/*
 * tell.c - OPS hears of a received file that needs a person (H-8-7 step 5): one mail a file, to
 * whoever of OPS can log in. The mail is of the transaction that holds or fails the file.
 */
#include "exchange.h"

#include <yb/mail.h>

#include <string.h>

#define WATCHERS_MAX 50

/* Whether it was told already is the database's to say: a failed file may come again. */
const yb_query q_receipt_told = {
	.name = "master_receipt_told",
	.sql = "UPDATE master_receipt SET told_us = ? WHERE receipt_id = ? AND told_us IS NULL",
	.nparams = 2,
	.tenant = YB_CROSS,
};

struct watcher {
	yb_str mail;
};

static const yb_field watcher_row[] = {
	{ "mail", YB_OF(struct watcher, mail) },
	{ 0 },
};

const yb_query q_watchers = {
	.name = "master_watchers",
	.sql = "SELECT DISTINCT mail FROM account_watcher_view ORDER BY mail LIMIT 50",
	.row = watcher_row,
	.row_size = sizeof(struct watcher),
	.nparams = 0,
	.tenant = YB_CROSS,
};

static const struct {
	const char *problem, *text;
} reasons[] = {
	{ "DELETIONS", "終了する件数が、受信前の件数に対する限度を超えている" },
	{ "ADDITIONS", "追加する件数が、受信前の件数に対する限度を超えている" },
	{ "GONE", "ファイルがそろっていない、または途中でなくなった" },
	{ "CONTROL", "制御ファイルの形式が正しくない" },
	{ "STRANGER", "送信元の証明書が登録されていない" },
	{ "OVER", "送信元の証明書の有効期限が切れている" },
	{ "SIGNATURE", "署名が正しくない" },
	{ "HASH", "データのハッシュ値が制御ファイルと一致しない" },
	{ "LARGE", "ファイルの大きさが限度を超えている" },
	{ "ENCODING", "文字コードがUTF-8ではない" },
	{ "FORM", "CSVの形式が正しくない" },
	{ "LAYOUT", "レイアウトまたは見出し行が取り決めと違う" },
	{ "COUNT", "行数が制御ファイルと一致しない" },
	{ "SEQUENCE", "同じ番号のファイルをすでに反映している" },
	{ "DUPLICATE", "同じ内容のファイルをすでに反映している" },
	{ "REPLACED", "後から届いたファイルに置き換えられた" },
};

static yb_str
reason_of(yb_str problem)
{
	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
		if (yb_str_is(problem, reasons[i].problem))
			return yb_cstr(reasons[i].text);
	return YB_STR("不明");
}

static int
mail_one(yb_req *r, const struct receipt *p, yb_str to)
{
	const struct table *t = p->master.p == NULL ? NULL : table_find(p->master);
	yb_str sender = p->sender.p == NULL ? YB_STR("不明") : p->sender;
	yb_str master = yb_cstr(t == NULL ? "不明" : t->name);
	yb_str no = yb_format_text(r, "%lld", (long long)p->receipt_id);

	if (!yb_str_is(p->status, "HELD"))
		return yb_mail(r, "file-failed", to,
		    YB_MAIL_WORDS({ "file", p->name }, { "sender", sender }, { "master", master },
			{ "reason", reason_of(p->problem) }, { "no", no }));
	return yb_mail(r, "file-held", to,
	    YB_MAIL_WORDS({ "file", p->name }, { "sender", sender }, { "master", master },
		{ "reason", reason_of(p->problem) }, { "no", no },
		{ "counts",
		    yb_format_text(r, "追加 %lld件、変更 %lld件、終了 %lld件（受信前 %lld件）",
			(long long)p->n_added, (long long)p->n_changed, (long long)p->n_ended,
			(long long)p->n_before.v) }));
}

int
receipt_tell(yb_req *r, const struct receipt *p)
{
	const struct watcher *at;
	yb_list to;
	int64_t rows = 0;

	if (!yb_str_is(p->status, "HELD") && !yb_str_is(p->status, "FAILED"))
		return 0;
	if (yb_db_exec(r, &q_receipt_told, YB_ARGS(yb_at(yb_now(r)), yb_i64(p->receipt_id)),
		&rows) != 0)
		return -1;
	if (rows == 0)
		return 0;
	if (yb_db_list(r, &q_watchers, YB_NO_ARGS, WATCHERS_MAX, &to) < 0)
		return -1;
	at = to.items;
	for (size_t i = 0; i < to.n; i++)
		if (mail_one(r, p, at[i].mail) < 0)
			return -1;
	yb_run_count(r, "mails", (int64_t)to.n);
	return 0;
}
