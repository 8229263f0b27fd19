#!/bin/sh
# new-module.sh AREA [TITLE] - opens the five doors of a new business area: modules/, sql/,
# nginx/www/, tests/ and its lines in the shared lists, with one small working route and the
# page that shows it.
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
core | masters | wellknown | openapi | healthz | metrics) die "$area: this name is taken" ;;
lib | widgets | css | i18n | vendor | ui | api | login | menu | password | support | contract)
	die "$area: this name is taken" ;;
esac
case $title in
*[\"\\\&/\|]* | *'
'*) die "TITLE: no quotes, slashes, bars, ampersands or line breaks" ;;
esac
for door in modules sql nginx/www tests; do
	[ ! -e "$root/$door/$area" ] || die "$area: $door/$area is there already"
done
for list in modules/Makefile.inc nginx/yobo-locations.conf.in nginx/www/lib/areas.js \
	nginx/www/i18n/ja.json nginx/www/i18n/en.json tests/Makefile.inc tests/www/screens.json \
	tests/core/matrix-operations.csv packaging/lib/instance.sh; do
	[ -w "$root/$list" ] || die "$list: cannot be written"
done
first=$(printf %.1s "$area" | tr a-z A-Z)
Area=$first${area#?}

# write FILE: standard input with @AREA@, @Area@ and @TITLE@ filled in.
write() {
	mkdir -p "$root/$(dirname -- "$1")"
	sed -e "s|@AREA@|$area|g" -e "s|@Area@|$Area|g" -e "s|@TITLE@|$title|g" >"$root/$1"
	echo "made $1"
}

# change FILE TEXT SCRIPT: sed SCRIPT on a shared list, which must put TEXT into it.
change() {
	sed "$3" "$root/$1" >"$root/$1.new"
	cat "$root/$1.new" >"$root/$1" # keeps the mode
	rm "$root/$1.new"
	grep -qF -- "$2" "$root/$1" || die "$1: no place for $2"
	echo "$1: $2"
}

# add FILE LINE: one more at the end.
add() {
	echo "$2" >>"$root/$1"
	echo "$1: $2"
}

# members FILE LINES: more of them before the bracket that ends a JSON file.
members() {
	most=$(sed '$d' "$root/$1")
	end=$(tail -n 1 "$root/$1")
	printf '%s,\n%s\n%s\n' "$most" "$2" "$end" >"$root/$1"
	echo "$1: more"
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
	yb_time created_at;
};

static const yb_field item_record[] = {
	{ "item_id", YB_OF(struct item, item_id) },
	{ "name", YB_OF(struct item, name), .max = 80 },
	{ "created_at", YB_OF(struct item, created_at) },
	{ 0 },
};

struct item_page {
	yb_list items;
	yb_int next; /* `after` of the next page; null: this is the last */
};

static const yb_field item_page_record[] = {
	{ "items", YB_OF(struct item_page, items), YB_EACH(item_record, struct item) },
	{ "next", YB_OF(struct item_page, next) },
	{ 0 },
};

struct item_query {
	int64_t after;
};

static const yb_field item_query[] = {
	{ "after", YB_OF(struct item_query, after), .note = "`next` of the page before." },
	{ 0 },
};

#define PAGE 100

static const yb_query @AREA@_items = {
	.name = "@AREA@_items",
	.sql = "SELECT item_id, name, created_us AS created_at FROM @AREA@_item"
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
	struct item_page page = { { NULL, 0 }, { 0, false } };
	const struct item *items;

	if (yb_db_list(r, &@AREA@_items, YB_ARGS(yb_i64(q->after)), PAGE, &page.items) < 0)
		return -1;
	items = page.items.items;
	if (page.items.n == PAGE)
		page.next = (yb_int) { items[PAGE - 1].item_id, true };
	return yb_reply_record(r, 200, item_page_record, &page);
}

static const yb_route routes[] = {
	{ YB_GET, "/@AREA@/items", item_list,
	    .id = "list@Area@Items",
	    .summary = "The items of the caller's organisation.",
	    .who = YB_STAFF,
	    .roles = YB_SEE(H_8_9),
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
| after | number | `next` of the page before; absent: from the beginning |

Answers 200 `{"items": [{"item_id", "name", "created_at"}], "next"}`, at most 100 items; `next` is
null on the last page.
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

write "nginx/www/$area/routes.js" <<'EOT'
// The pages of @AREA@: @TITLE@.

export const routes = [
	{ path: '/@AREA@', titleKey: '@AREA@.title', nav: '@AREA@.nav', needs: 'list@Area@Items',
		menu: { group: '@AREA@.group', text: '@AREA@.card' }, load: () => import('./list.js') },
];
EOT

write "nginx/www/$area/list.js" <<'EOT'
// list.js - @TITLE@: the items of this organisation, a page at a time.

import { get } from '../lib/api.js';
import { dayOf, dayText } from '../lib/date.js';
import { t } from '../lib/i18n.js';
import { html } from '../vendor/lit-html/lit-html.js';
import { keyset, nothingHere, table } from '../widgets/table.js';

const columns = () => [
	{ key: 'name', label: t('@AREA@.name'), head: true, cell: (i) => html`<span lang="ja">${i.name}</span>` },
	{ key: 'created', label: t('@AREA@.created'), nowrap: true, cell: (i) => dayText(dayOf(i.created_at)) },
];

export async function init({ query }) {
	const after = query.get('after');
	const { items, next } = await get(`/@AREA@/items${after ? `?after=${encodeURIComponent(after)}` : ''}`);
	return { items, next, after };
}

export function view({ items, next, after }) {
	return html`<h1 id="items">${t('@AREA@.title')}</h1>
		${table({ labelledby: 'items', columns: columns(), rows: items, empty: nothingHere(t('@AREA@.empty')) })}
		${keyset({ first: after ? '/@AREA@' : null, next: next ? `/@AREA@?after=${next}` : null })}`;
}
EOT

write "nginx/www/$area/i18n/ja.json" <<'EOT'
{
	"@AREA@.name": "名称",
	"@AREA@.created": "登録日",
	"@AREA@.empty": "登録されているものはありません。"
}
EOT

write "nginx/www/$area/i18n/en.json" <<'EOT'
{
	"@AREA@.name": "Name",
	"@AREA@.created": "Registered",
	"@AREA@.empty": "Nothing is registered."
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

# words TITLE SENTENCE: what the menu and the navigation say, in the dictionary of all pages.
words() {
	printf '	"%s": "%s"' "$area.group" "$1"
	printf ',\n	"%s": "%s"' "$area.title" "$1" "$area.nav" "$1" "$area.card" "$2"
}
members nginx/www/i18n/ja.json "$(words "$title" "${title}の一覧")"
members nginx/www/i18n/en.json "$(words "$Area" 'What is registered')"
members tests/www/screens.json \
	"	{ \"name\": \"$area\", \"path\": \"/$area\", \"role\": \"MU-S\", \"state\": \"normal\" }"
sh "$root/nginx/areas.sh"
echo "nginx/www/lib/areas.js, nginx/yobo-preload.conf: $area"
change nginx/yobo-locations.conf.in "|$area)\$\"" \
	"/^location ~ \"\\^\/(|/s|)\\\$\" {\$|\\|$area)\$\" {|"
change packaging/lib/instance.sh ",$area" "/^\[pool main\]/,/^areas = /s|^areas = .*|&,$area|"
add modules/Makefile.inc "include modules/$area/Makefile.inc"
add tests/Makefile.inc "EXTRA_DIST += %D%/$area"
add tests/core/matrix-operations.csv "list${Area}Items,H-8-9 reference,read,,,,,,a draft"
echo "next: autoreconf; in an installation \"areas\" of a pool in yobo.conf and yoboctl migrate"
