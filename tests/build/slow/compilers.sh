#!/usr/bin/env bash
# The whole tree under the other compiler, and under the sanitizers with every unit test and
# every test against a live instance. A report in any log is a failure.
set -u
SRC=${SRC:-$(CDPATH='' cd -- "$(dirname -- "$0")/../../.." && pwd -P)}
dir=$(mktemp -d /tmp/yobo-compilers.XXXXXX) || exit 1
n=0
finish() {
	[ ! -d "$dir/i" ] || "$SRC/packaging/quickstart" --stop --dir "$dir/i" >/dev/null 2>&1
	rm -rf "$dir"
}
trap finish EXIT
cp -a "$SRC/." "$dir/src" || exit 1
rm -rf "$dir/src/build"
[ -x "$dir/src/configure" ] || (cd "$dir/src" && autoreconf -fi) >"$dir/log" 2>&1 || exit 1

report() { # STATUS NAME [LOG]
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		[ -z "${3:-}" ] || tail -30 "$3" | sed 's/^/# /'
	fi
}

build() { # NAME CONFIGURE-ARGUMENT...
	local name=$1
	shift
	mkdir -p "$dir/$name" && cd "$dir/$name" || return 1
	../src/configure --prefix="$dir/$name/inst" "$@" >log 2>&1 &&
		make -j"$(nproc)" >>log 2>&1 && make -j"$(nproc)" check TESTS= >>log 2>&1 &&
		make install >>log 2>&1
}

if command -v clang-14 >/dev/null; then
	build clang CC=clang-14 --enable-developer
	report $? "clang, warnings are errors" "$dir/clang/log"
fi

# units NAME: every unit test of that build.
units() {
	local t bad=0
	cd "$dir/$1" || return 1
	for t in tests/*/test_*; do
		case $t in *.* | *test_token_memory) continue ;; esac # memory: has a malloc of its own
		if [ ! -f "$t" ] || [ ! -x "$t" ]; then continue; fi
		if ! YOBO_KEEPER=$dir/$1/core/keeper/yobo-keeper srcdir=$SRC timeout 300 "./$t" \
			>"$dir/$1.unit" 2>&1 || grep -qE 'Sanitizer|runtime error' "$dir/$1.unit"; then
			bad=1
			echo "# $t"
			tail -20 "$dir/$1.unit" | sed 's/^/# /'
		fi
	done
	return $bad
}

# live NAME: every test against an instance made of that build.
live() {
	local t bad=0
	"$SRC/packaging/quickstart" --detach --no-install --dir "$dir/i" --port "$2" --subjects 100 \
		--prefix "$dir/$1/inst" >"$dir/live.log" 2>&1 || { tail -20 "$dir/live.log" | sed 's/^/# /'; return 1; }
	cd "$SRC" || return 1
	for t in tests/*/*.test.mjs; do
		case $t in tests/www/*) continue ;; esac
		YOBO_INSTANCE=$dir/i/instance.json timeout 600 node --test-reporter=tap "$t" >"$dir/t.tap" 2>&1 ||
			{ bad=1; echo "# $t"; grep -A8 '^not ok' "$dir/t.tap" | sed 's/^/# /' | head -30; }
	done
	"$SRC/packaging/quickstart" --stop --dir "$dir/i" >/dev/null 2>&1
	if grep -hE 'Sanitizer|runtime error' "$dir"/i/log/*.log; then bad=1; fi
	rm -rf "$dir/i"
	return $bad
}

export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:detect_leaks=1
export UBSAN_OPTIONS=print_stacktrace=1 TSAN_OPTIONS=halt_on_error=0
export ASAN_OPTIONS=$ASAN_OPTIONS:fast_unwind_on_malloc=0 # libraries without frame pointers
export LSAN_OPTIONS=suppressions=$SRC/tests/build/slow/leaks.supp:print_suppressions=0
port=$((20000 + RANDOM % 10000))
build asan --enable-developer --enable-sanitizers=address,undefined CFLAGS='-O1 -g -Wno-format-truncation'
report $? "builds with address and undefined sanitizers" "$dir/asan/log"
units asan
report $? "unit tests under address and undefined sanitizers"
live asan $port
report $? "live tests under address and undefined sanitizers"
build tsan --enable-developer --enable-sanitizers=thread CFLAGS='-O1 -g -Wno-tsan'
report $? "builds with the thread sanitizer" "$dir/tsan/log"
live tsan $((port + 2))
report $? "live tests under the thread sanitizer"
echo "1..$n"
