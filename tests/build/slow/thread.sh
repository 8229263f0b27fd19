#!/usr/bin/env bash
# The suite under the thread sanitizer: no two threads touch the same thing at the same time.
# shellcheck source=tests/build/lib/tree.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib/tree.sh"
tree_copy
if tree_build tsan --enable-developer --enable-sanitizers=thread CFLAGS='-O1 -g -Wno-tsan'; then
	report 0 "builds with the thread sanitizer"
	export TSAN_OPTIONS=halt_on_error=0:second_deadlock_stack=1:log_path=$dir/reports/tsan
	export TSAN_OPTIONS=$TSAN_OPTIONS:suppressions=$TOP/tests/build/slow/races.supp
	suite tsan
else
	report 1 "builds with the thread sanitizer" "$dir/tsan/log"
fi
tree_end
