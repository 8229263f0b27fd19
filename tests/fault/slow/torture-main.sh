#!/usr/bin/env bash
# The n-th allocation, the n-th traffic and the n-th database call fail, over every route of a pool.
# shellcheck source=tests/fault/lib/fault.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib/fault.sh"
# An abort for want of memory is one of the answers, and a sanitizer has its own malloc.
if "${CC:-gcc}" -shared -fPIC -O1 -w -o "$FAULT_DIR/nth.so" "$TOP/tests/fault/lib/nth.c" -ldl 2>/dev/null; then
	fault_start
	for kind in memory traffic database; do
		fault_tap node "$TOP/tests/fault/lib/torture.mjs" "$kind" main || exit 1
	done
else
	echo '1..0 # skip no C compiler'
fi
