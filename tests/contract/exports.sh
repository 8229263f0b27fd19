#!/bin/sh
# What the library and the modules show to others, and what they need of each other.
set -u
# shellcheck source=tests/contract/tap.sh
. "$(dirname -- "$0")/tap.sh"

lib=$BUILD/core/.libs/libyobo.so
nm -D --defined-only "$lib" 2>&1 | awk '$3 !~ /^ybh?_/ && $2 != "A" { print $3 ? $3 : $0 }' |
	check "libyobo exports yb_ and ybh_ and nothing else"

for so in "$BUILD"/modules/*/.libs/*.so; do
	area=$(basename "$so" .so)
	nm -D --defined-only "$so" 2>&1 | awk -v want="yb_module_$area" '
		$2 != "A" && $3 != want { print $3 } $3 == want { n++ } END { if (n != 1) print want " is missing" }' |
		check "$area exports its one constant"
	nm -D --undefined-only "$so" | awk '$2 ~ /^ybh_/ { print $2 }' |
		check "$area asks for nothing of the second circle"
	objdump -t "$so" | awk '($4 == ".data" || $4 == ".bss" || $5 == ".data" || $5 == ".bss") &&
		$NF !~ /^(\.data|\.bss|__dso_handle|completed\.0|__TMC_END__|__bss_start|_edata|_end)$/ { print $NF }' |
		check "$area has no writable globals"
	nm -D --undefined-only "$so" | awk '$2 ~ /^(malloc|calloc|realloc|free|strcpy|strcat|sprintf|system|popen|fopen|open|socket|getenv|time|localtime|rand|mysql_.*|EVP_.*)(@|$)/ { print $2 }' |
		check "$area leaves memory, files, clock and database to the core"
done

nm -D --undefined-only "$BUILD/core/supervisor/yobod" | awk '$2 ~ /^(mysql_|jwt_|EVP_|yb_|ybh_|dlopen)/ { print $2 }' |
	check "yobod links no database, no key and no module"
tap_done
