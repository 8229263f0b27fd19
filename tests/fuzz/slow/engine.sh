#!/usr/bin/env bash
# Every parser before libFuzzer for half a minute and before AFL++ for ten seconds, with the
# address and undefined sanitizers (TAP); longer: tests/fuzz/run.sh.
set -u
HERE=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P) || exit 1
if ! command -v clang-14 >/dev/null; then
	echo '1..0 # skip clang-14 is not installed'
	exit 0
fi
dir=$(mktemp -d /tmp/yobo-fuzz.XXXXXX) || exit 1
trap 'rm -rf "$dir"' EXIT
n=0 failed=0

# engine NAME BROKE ARGUMENT...: every harness by run.sh; BROKE: where inputs that broke it are.
engine() {
	local name=$1 broke=$2 source what input
	shift 2
	for source in "$HERE"/fuzz_*.c; do
		what=$(basename "$source" .c)
		what=${what#fuzz_}
		n=$((n + 1))
		if BUILD=$dir bash "$HERE/run.sh" "$@" "$what" >"$dir/out" 2>&1; then
			echo "ok $n - $name: $(tail -n 1 "$dir/out" | tr -s ' ')"
			continue
		fi
		failed=1
		echo "not ok $n - $name: $what"
		tail -n 40 "$dir/out" | sed 's/^/# /'
		for input in $dir/${broke//WHAT/$what}; do # a pattern
			[ ! -f "$input" ] || { echo "# ${input##*/}"; head -c 600 "$input" | od -An -tx1z | sed 's/^/# /'; }
		done
	done
}
engine libFuzzer 'fuzz/broke/WHAT-*' 30
if command -v afl-clang-fast >/dev/null; then
	engine AFL++ 'fuzz-afl/found/WHAT/default/crashes/id*' --afl 10
else
	n=$((n + 1))
	echo "ok $n - AFL++ # skip afl++ is not installed"
fi
echo "1..$n"
exit $failed
