#!/bin/sh
# new-module.sh AREA [TITLE] - opens the five doors of a new business area: modules/, sql/,
# nginx/www/, tests/ and its line in modules/Makefile.inc, with one small working route.
set -eu
export LC_ALL=C

die() {
	echo "new-module: $*" >&2
	exit 1
}

[ $# -ge 1 ] && [ $# -le 2 ] || die "usage: new-module.sh AREA [TITLE]"
area=$1
title=${2:-$area}
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)

case $area in
'' | *[!a-z0-9]* | [0-9]*) die "$area: lower-case letters and digits, a letter first" ;;
esac
[ ${#area} -ge 3 ] && [ ${#area} -le 20 ] || die "$area: 3 to 20 characters"
case $area in
core | masters | wellknown | openapi | healthz) die "$area: this name is taken" ;;
esac
case $title in
*[\"\\\&/\|]* | *'
'*) die "TITLE: no quotes, slashes, bars, ampersands or line breaks" ;;
esac
for door in modules sql nginx/www tests; do
	[ ! -e "$root/$door/$area" ] || die "$area: $door/$area is there already"
done
first=$(printf %.1s "$area" | tr a-z A-Z)
Area=$first${area#?}

# write FILE: standard input with @AREA@, @Area@ and @TITLE@ filled in.
write() {
	mkdir -p "$root/$(dirname -- "$1")"
	sed -e "s|@AREA@|$area|g" -e "s|@Area@|$Area|g" -e "s|@TITLE@|$title|g" >"$root/$1"
	echo "made $1"
}

write "modules/$area/$area.c" <<'EOT'
/*
 * @AREA@.c - @TITLE@.
 *
 * One table of routes, one of queries; a handler reads like its step of the flow.
 */
#include <yb/module.h>

struct item {
	int64_t item_id;
	yb_str name;
	yb_time created;
};

static const yb_field item_record[] = {
	{ "item_id", YB_OF(struct item, item_id) },
	{ "name", YB_OF(struct item, name), .max = 80 },
	{ "created_us", YB_OF(struct item, created) },
	{ 0 },
};

struct item_page {
	yb_list items;
};

static const yb_field item_page_record[] = {
	{ "items", YB_OF(struct item_page, items), YB_EACH(item_record, struct item) },
	{ 0 },
};

struct item_query {
	int64_t after;
};

static const yb_field item_query[] = {
	{ "after", YB_OF(struct item_query, after), .note = "The last item_id of the page before." },
	{ 0 },
};

#define PAGE 100

static const yb_query @AREA@_items = {
	.name = "@AREA@_items",
	.sql = "SELECT item_id, name, created_us FROM @AREA@_item"
	       " WHERE org_id = ? AND item_id > ? ORDER BY item_id LIMIT 100",
	.row = item_record,
	.row_size = sizeof(struct item),
	.nparams = 2,
	.tenant = YB_ORG,
};

/* GET /@AREA@/items - the items of the caller's organisation, a page at a time. */
static int
item_list(yb_req *r)
{
	const struct item_query *q = yb_params(r);
	struct item_page page;

	if (yb_db_list(r, &@AREA@_items, YB_ARGS(yb_i64(q->after)), PAGE, &page.items) < 0)
		return -1;
	return yb_reply_record(r, 200, item_page_record, &page);
}

static const yb_route routes[] = {
	{ YB_GET, "/@AREA@/items", item_list,
	    .id = "list@Area@Items",
	    .summary = "The items of the caller's organisation.",
	    .who = YB_STAFF,
	    .roles = "*",
	    .reach = YB_REACH_OWN,
	    .effect = YB_READS,
	    .action = YB_ACT_LIST,
	    .function = "draft",
	    .query = item_query,
	    .query_size = sizeof(struct item_query),
	    .reply = item_page_record },
	{ 0 },
};

static const yb_query *const queries[] = { &@AREA@_items, NULL };

extern const yb_module yb_module_@AREA@;

const yb_module yb_module_@AREA@ = {
	.abi = YB_ABI,
	.size = sizeof(yb_module),
	.name = "@AREA@",
	.version = "1",
	.schema = 1,
	.routes = routes,
	.queries = queries,
};
EOT

write "modules/$area/api.md" <<'EOT'
# @AREA@ — @TITLE@

## `GET /@AREA@/items` (list@Area@Items)

The items of the caller's organisation, in the order of their numbers. Staff of any role.

| parameter | type | meaning |
|---|---|---|
| after | number | the last `item_id` of the page before; absent: from the beginning |

Answers 200 `{"items": [{"item_id", "name", "created_us"}]}`, at most 100. An empty page is the end.
EOT

write "modules/$area/Makefile.inc" <<'EOT'
module_LTLIBRARIES += %D%/@AREA@.la
%C%_@AREA@_la_SOURCES = %D%/@AREA@.c
%C%_@AREA@_la_LIBADD = core/libyobo.la
%C%_@AREA@_la_LDFLAGS = $(MODULE_LDFLAGS)
EXTRA_DIST += %D%/api.md
EOT

write "sql/$area/0001_create.sql" <<'EOT'
-- @AREA@/0001_create.sql - @TITLE@.

CREATE TABLE @AREA@_item (
	item_id    BIGINT      NOT NULL AUTO_INCREMENT,
	org_id     BIGINT      NOT NULL,
	name       VARCHAR(80) NOT NULL,
	row_ver    INT         NOT NULL DEFAULT 1,
	created_us BIGINT      NOT NULL,
	updated_us BIGINT      NOT NULL,
	PRIMARY KEY (item_id),
	UNIQUE KEY org_id (org_id, item_id),
	CONSTRAINT @AREA@_item_org FOREIGN KEY (org_id) REFERENCES core_org (org_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
EOT

write "sql/$area/grants.sql" <<'EOT'
-- For the database account of the pool that runs the area @AREA@.
GRANT SELECT ON @AREA@_item TO {pool};
EOT

write "nginx/www/$area/$area.js" <<'EOT'
// @AREA@/@AREA@.js - @TITLE@.
//
// A page module exports show(main, session); it gets its line in PAGES and MENU of boot.js.

import { h, setTitle } from '../lib/ui.js';

export async function show(main) {
	setTitle('@TITLE@');
	main.replaceChildren(h('h1', {}, '@TITLE@'));
}
EOT

write "tests/$area/$area.test.mjs" <<'EOT'
// @TITLE@: what the API document promises, on a running instance.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Caller, instance, staff } from '../support/yobo.mjs';

const inst = instance();

test('nobody lists items without a session', async () => {
	const caller = new Caller(inst);
	const { status } = await caller.call('list@Area@Items');
	assert.equal(status, 401);
	caller.close();
});

test('a member of staff lists the items of the own organisation', async () => {
	const caller = await staff(inst, { role: 'MU-S' });
	const { status, json } = await caller.call('list@Area@Items');
	assert.equal(status, 200);
	assert.ok(Array.isArray(json.items));
	caller.close();
});
EOT

line="include modules/$area/Makefile.inc"
touch "$root/modules/Makefile.inc"
if ! grep -qxF "$line" "$root/modules/Makefile.inc"; then
	echo "$line" >>"$root/modules/Makefile.inc"
fi
echo "modules/Makefile.inc: $line"
echo "next: put $area into \"areas\" of a pool in yobo.conf, then yoboctl migrate"
