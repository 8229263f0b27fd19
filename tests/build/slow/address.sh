#!/usr/bin/env bash
# The suite under the address and undefined behaviour sanitizers, which also count what leaks.
# shellcheck source=tests/build/lib/tree.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib/tree.sh"
tree_copy
if tree_build asan --enable-developer --enable-sanitizers=address,undefined \
	CFLAGS='-O1 -g -Wno-format-truncation'; then
	report 0 "builds with the address and undefined sanitizers"
	export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:detect_leaks=1
	export ASAN_OPTIONS=$ASAN_OPTIONS:log_path=$dir/reports/asan
	export UBSAN_OPTIONS=print_stacktrace=1:log_path=$dir/reports/asan
	export LSAN_OPTIONS=suppressions=$TOP/tests/build/slow/leaks.supp:print_suppressions=0
	suite asan
else
	report 1 "builds with the address and undefined sanitizers" "$dir/asan/log"
fi
tree_end
