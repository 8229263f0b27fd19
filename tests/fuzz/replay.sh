#!/bin/sh
# replay.sh - every harness over its corpus, without an engine: what once broke stays mended.
#
# BUILD: the build directory; make check runs this in it.
set -u
SRC=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
BUILD=${BUILD:-.}
out=$(mktemp) || exit 1
trap 'rm -f "$out"' EXIT
n=0 failed=0

for source in "$SRC"/fuzz_*.c; do
	what=$(basename "$source" .c)
	what=${what#fuzz_}
	n=$((n + 1))
	if "$BUILD/tests/fuzz/fuzz_$what" "$SRC/corpus/$what" >"$out" 2>&1; then
		echo "ok $n - $what: $(sed -n '$s/^# //p' "$out")"
	else
		failed=$((failed + 1))
		echo "not ok $n - $what"
		grep '^# ' "$out" | tail -n 1 # where the run ended
		for input in "$SRC/corpus/$what"/*; do
			"$BUILD/tests/fuzz/fuzz_$what" "$input" >"$out" 2>&1 ||
				grep -v "^# .*/corpus/" "$out" | sed "s|^|# $(basename "$input"): |"
		done
	fi
done
echo "1..$n"
[ "$failed" -eq 0 ]
