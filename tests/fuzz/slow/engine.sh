#!/usr/bin/env bash
# Every parser before libFuzzer for half a minute, with the address and undefined sanitizers
# (TAP); longer, or with AFL++: tests/fuzz/run.sh.
set -u
HERE=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P) || exit 1
if ! command -v clang-14 >/dev/null; then
	echo '1..0 # skip clang-14 is not installed'
	exit 0
fi
dir=$(mktemp -d /tmp/yobo-fuzz.XXXXXX) || exit 1
trap 'rm -rf "$dir"' EXIT
n=0 failed=0
for source in "$HERE"/fuzz_*.c; do
	what=$(basename "$source" .c)
	what=${what#fuzz_}
	n=$((n + 1))
	if BUILD=$dir bash "$HERE/run.sh" 30 "$what" >"$dir/out" 2>&1; then
		echo "ok $n - $(tail -n 1 "$dir/out" | tr -s ' ')"
	else
		failed=1
		echo "not ok $n - $what"
		tail -n 40 "$dir/out" | sed 's/^/# /'
		for input in "$dir/fuzz/broke/$what-"*; do
			[ ! -f "$input" ] || { echo "# ${input##*/}"; head -c 600 "$input" | od -An -tx1z | sed 's/^/# /'; }
		done
	fi
done
echo "1..$n"
exit $failed
