#!/usr/bin/env bash
# run.sh [--afl] [SECONDS [WHAT...]] - fuzzes every harness (or those named) with libFuzzer, or
# with AFL++ (Debian's package afl++), one at a time, for 60 seconds or as said.
#
# Builds with clang under $BUILD/fuzz (default: a directory in /tmp that is kept, so that what
# was found goes on counting). Exit 1 when something broke; its input is named: make it small
# with -minimize_crash=1 and put it into corpus/<what>. CC says which clang.
#
# With --afl the same files are built by afl-clang-fast, whose driver calls the harness in one
# process again and again; what was found is in $BUILD/fuzz-afl/found/<what>/default/queue, and
# what broke in crashes and hangs beside it.
set -u
HERE=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
SRC=$(CDPATH='' cd -- "$HERE/../.." && pwd)
engine=libfuzzer
[ "${1:-}" != --afl ] || { engine=afl; shift; }
if [ $engine = afl ]; then
	CC=$(command -v afl-clang-fast) || { echo "AFL++ is needed: apt-get install afl++" >&2; exit 1; }
	export AFL_USE_ASAN=1 AFL_USE_UBSAN=1 AFL_QUIET=1 AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 \
		AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_AFFINITY=1 AFL_AUTORESUME=1
	out=${BUILD:-/tmp/yobo-fuzz-$(id -u)}/fuzz-afl
	of_library='' of_harness=-fsanitize=fuzzer # the sanitizers come by AFL_USE_
else
	CC=${CC:-$(command -v clang-14 || command -v clang)} || { echo "clang is needed" >&2; exit 1; }
	out=${BUILD:-/tmp/yobo-fuzz-$(id -u)}/fuzz
	of_library=-fsanitize=fuzzer-no-link,address,undefined
	of_harness=-fsanitize=fuzzer,address,undefined
fi
seconds=${1:-60}
[ $# -eq 0 ] || shift
mkdir -p "$out/lib" "$out/broke" || exit 1

flags="-std=gnu11 -g -O1 -fno-omit-frame-pointer -fno-sanitize-recover=all -D_GNU_SOURCE
	-I$SRC/core/include $(pkg-config --cflags libmariadb pangocairo)"
libs="$(pkg-config --libs libcrypto jansson libjwt libmariadb libargon2 libutf8proc libcurl liboath libqrencode pangocairo zlib)
	-lm -lpthread -ldl"

# Words of $flags and $libs are meant to be split.
# shellcheck disable=SC2086
build() { # WHAT...
	newest=$(find "$SRC/core" "$HERE" -name '*.h' -newer "$out/lib/arena.o" 2>/dev/null)
	[ -z "$newest" ] || rm -f "$out"/lib/*.o
	for c in "$SRC"/core/lib/*.c "$HERE/sample.c"; do
		o=$out/lib/$(basename "$c" .c).o
		[ "$o" -nt "$c" ] ||
			"$CC" $flags $of_library -c "$c" -o "$o" ||
			return 1
	done
	for what in "$@"; do
		"$CC" $flags $of_harness "$HERE/fuzz_$what.c" \
			"$out"/lib/*.o -o "$out/fuzz_$what" $libs || return 1
	done
}

run() { # WHAT
	mkdir -p "$out/found/$1"
	set -- "$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=8192 \
		-print_final_stats=1 -artifact_prefix="$out/broke/$1-" \
		"$out/found/$1" "$HERE/corpus/$1"
	[ ! -f "$HERE/$1.dict" ] || set -- "$@" -dict="$HERE/$1.dict"
	what=$1
	shift
	"$out/fuzz_$what" "$@" >"$out/$what.log" 2>&1
	status=$?
	printf '%-8s %8s runs/s %6s edges %5s inputs  %s\n' "$what" \
		"$(sed -n 's/^stat::average_exec_per_sec: *//p' "$out/$what.log")" \
		"$(sed -n 's/^#.* cov: \([0-9]*\) .*/\1/p' "$out/$what.log" | tail -n 1)" \
		"$(find "$out/found/$what" -type f | wc -l)" \
		"$([ $status -eq 0 ] && echo good || echo BROKE)"
	[ $status -eq 0 ] && return
	grep -aE 'does not hold|runtime error|SUMMARY|ERROR|Test unit written' "$out/$what.log" |
		sed 's/^/	/'
	return 1
}

fact() { sed -n "s/^$2 *: *//p" "$1/default/fuzzer_stats"; }

run_afl() { # WHAT
	what=$1
	mkdir -p "$out/found"
	set -- -i "$HERE/corpus/$what" -o "$out/found/$what" -V "$seconds" -t 10000 -m none -G 8192
	[ ! -f "$HERE/$what.dict" ] || set -- "$@" -x "$HERE/$what.dict"
	afl-fuzz "$@" -- "$out/fuzz_$what" >"$out/$what.log" 2>&1
	status=$?
	if [ $status -ne 0 ]; then
		tail -n 12 "$out/$what.log" | sed 's/^/	/'
		return 1
	fi
	broke=$(($(fact "$out/found/$what" saved_crashes) + $(fact "$out/found/$what" saved_hangs)))
	printf '%-8s %8s runs/s %6s edges %5s inputs  %s\n' "$what" \
		"$(fact "$out/found/$what" execs_per_sec)" "$(fact "$out/found/$what" edges_found)" \
		"$(fact "$out/found/$what" corpus_count)" "$([ $broke -eq 0 ] && echo good || echo BROKE)"
	[ $broke -eq 0 ]
}

if [ $# -eq 0 ]; then
	for c in "$HERE"/fuzz_*.c; do
		what=$(basename "$c" .c)
		set -- "$@" "${what#fuzz_}"
	done
fi
build "$@" || exit 1
rc=0
for what in "$@"; do
	if [ $engine = afl ]; then run_afl "$what"; else run "$what"; fi || rc=1
done
exit $rc
