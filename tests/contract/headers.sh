#!/bin/sh
# Every header stands alone, and a module can live on yb/ only.
set -u
# shellcheck source=tests/contract/tap.sh
. "$(dirname -- "$0")/tap.sh"

cflags=$(awk -F'= ' '/^MARIADB_CFLAGS/ { print $2 }' "$BUILD/Makefile")
for h in "$SRC"/core/include/yb/*.h "$SRC"/core/lib/*.h; do
	# shellcheck disable=SC2086 # flags are words
	${CC:-gcc} -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -fsyntax-only -x c -I"$SRC/core/include" $cflags "$h" 2>&1 |
		check "${h#"$SRC"/} compiles alone"
done
grep -hno '#include .*' "$SRC"/modules/*/*.c "$SRC"/modules/*/*.h |
	grep -vE '<(yb/[a-z]+|std[a-z]+|string|inttypes|limits|assert|math|ctype)\.h>|"[a-z_]+\.(h|def)"' |
	check "modules include yb/, their own headers and the plain C library"
tap_done
