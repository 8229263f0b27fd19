/*
 * linkfile.c - the file route of H-3-1: records since a number as CSV, for a municipality whose
 * system takes files. The columns are those of pullVaccinations; the file is acknowledged as a
 * pull is, by number.
 */
#include "link.h"
#include "outbox.h"
#include "watch.h"

#define PER_STEP 500

struct file_params {
	int64_t since;
};

static const yb_field params[] = {
	{ "since", YB_OF(struct file_params, since), .note = "as of pullVaccinations; 0" },
	{ 0 },
};

static const char *const labels[] = { "連携番号", "変更区分", "宛名番号", "予防接種対象者番号", "接種記録ID",
	"版", "予防接種管理番号", "自治体コード", "状態", "登録経路", "法的区分", "ワクチンコード", "HOT13",
	"YJコード", "GTIN", "ロット番号", "有効期限", "期", "回数番号", "回数", "接種年月日", "接種時刻", "接種量",
	"接種方法", "接種部位", "実施区分", "見合わせ理由", "接種方式", "医療機関コード", "会場", "医師名", "予診医",
	"予診票回答ID", "出産予定日", "確認の理由", "訂正理由コード", "訂正理由", "登録日時", NULL };

static int
file_columns(yb_req *r, yb_columns *ret)
{
	(void)r;
	*ret = (yb_columns) { .fields = record_pulled_out, .size = record_pulled_size,
		.labels = labels };
	return 0;
}

static int
file_produce(yb_req *r)
{
	const struct file_params *p = yb_job_params(r);
	int64_t *since = yb_run_state(r, sizeof *since), next;
	const char *at;
	yb_list rows;
	bool more;

	if (*since == 0)
		*since = p->since;
	next = *since;
	if (record_pulled(r, &next, PER_STEP, &rows, &more) < 0)
		return -1;
	at = rows.items;
	for (size_t i = 0; i < rows.n; i++)
		if (yb_job_write(r, at + i * record_pulled_size) < 0)
			return -1;
	if (yb_db_exec(r, &record_link_mark_sent,
		YB_ARGS(yb_at(yb_now(r)), yb_i64(yb_who(r)->org_id), yb_i64(*since), yb_i64(next)),
		NULL) != 0)
		return -1;
	*since = next;
	if (more)
		yb_run_again(r);
	return 0;
}

const yb_job_kind record_link_job = {
	.name = "record.link-file",
	.title = "接種記録の連携ファイル",
	.function = "H-3-1",
	.roles = YB_DO(H_3_2_SEARCH),
	.step_up = true,
	.reach = YB_REACH_CROSS,
	.action = YB_ACT_SEND,
	.params = params,
	.params_size = sizeof(struct file_params),
	.columns = file_columns,
	.produce = file_produce,
};
