#!/bin/sh
# One name, five doors: every area has them, and its document speaks of every route.
set -u
# shellcheck source=tests/contract/tap.sh
. "$(dirname -- "$0")/tap.sh"
cd "$SRC" || exit 1

{
	echo "[core]"
	echo "modules_dir = $TAP/modules"
	echo "[pool all]"
	printf 'areas ='
	for d in modules/*/; do printf ' %s,' "$(basename "$d")"; done
	echo
} >"$TAP/conf"
mkdir "$TAP/modules"
cp "$BUILD"/modules/*/.libs/*.so "$TAP/modules"
"$BUILD/core/tools/yoboctl" --config "$TAP/conf" openapi >"$TAP/openapi.json" 2>&1
"$BUILD/core/tools/yoboctl" --config "$TAP/conf" routes >"$TAP/routes" 2>&1

for d in modules/*/; do
	area=$(basename "$d")
	for door in "modules/$area/$area.c" "modules/$area/api.md" "modules/$area/Makefile.inc" "sql/$area/grants.sql" "nginx/www/$area" "tests/$area"; do
		[ -e "$door" ] || echo "$door"
	done | check "$area has its five doors"
	{ [ -n "$(find "sql/$area" -name '0001_*.sql')" ] || echo "sql/$area/0001_*.sql"; } |
		check "$area begins with a migration"
	ids=$(grep -oE '"operationId":"[A-Za-z]+","summary":"[^"]*","tags":\["'"$area"'"' "$TAP/openapi.json" | cut -d'"' -f4)
	{ [ -n "$ids" ] || echo "no operation of $area in the API document"; } |
		check "$area has operations"
	for id in $ids; do grep -q "\b$id\b" "modules/$area/api.md" || echo "$id"; done |
		check "$area: api.md speaks of every route"
done

grep -oE '"operationId":"[A-Za-z]+"' "$TAP/openapi.json" | cut -d'"' -f4 | sort >"$TAP/a"
grep -oE '\b(GET|POST|PUT|PATCH|DELETE) +/[^ ]+ +[A-Za-z]+' "$TAP/routes" | awk '{ print $3 }' | sort >"$TAP/b"
comm -3 "$TAP/a" "$TAP/b" | grep -v getHealth | check "the API document and the dispatched routes name the same operations"
{ [ -s "$TAP/b" ] || head -3 "$TAP/routes"; } | check "yoboctl lists the routes"
tap_done
