# shellcheck shell=bash
# tree.sh - a copy of the tree, built in a way of its own, and the suite put through it (TAP).
# Read in by the tests of ../slow; needs bash.
set -u
# shellcheck disable=SC1007 # CDPATH is emptied for this one command
TOP=$(CDPATH= cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." && pwd -P) || exit 1
for part in packaging/lib/common tests/support/tap tests/support/sandbox; do
	# shellcheck source=/dev/null
	. "$TOP/$part.sh"
done
dir=$(mktemp -d /tmp/yobo-tree.XXXXXX) || exit 1
n=0
failed=0
finish() {
	[ ! -d "$dir/i" ] || sandbox_stop "$dir/i"
	chmod -R u+w "$dir"
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

# report STATUS NAME [LOG]: one result, with the end of its log when it is bad.
report() {
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
		return
	fi
	failed=1
	echo "not ok $n - $2"
	[ -z "${3:-}" ] || tail -n 40 "$3" | cut -c1-300 | sed 's/^/# /'
}

tree_end() {
	echo "1..$n"
	exit $failed
}

# tree_copy: the source as it is, without what was built from it, in $dir/src.
tree_copy() {
	mkdir "$dir/src" &&
		tar -C "$TOP" -cf - --exclude=./build --exclude=./.git --exclude=./autom4te.cache \
			--exclude=node_modules . | tar -C "$dir/src" -xf - &&
		(cd "$dir/src" && autoreconf -fi) >"$dir/log" 2>&1
	local status=$?
	[ $status -eq 0 ] || { report 1 "a copy of the tree" "$dir/log"; tree_end; }
}

# tree_build NAME CONFIGURE-ARGUMENT...: built with its tests and installed below $dir/NAME.
tree_build() {
	local name=$1
	shift
	mkdir -p "$dir/$name" && cd "$dir/$name" || return 1
	../src/configure --prefix="$dir/$name/inst" "$@" >log 2>&1 &&
		make -j"$(nproc)" >>log 2>&1 && make -j"$(nproc)" check TESTS= >>log 2>&1 &&
		make install >>log 2>&1
}

# ---- the suite against instrumented programs ----

# reports_none: fails when the sanitizers have written something since the last look ($dir/found).
reports_none() {
	find "$dir/reports" -type f -size +0 -exec cat {} + >"$dir/found"
	rm -rf "$dir/reports"
	mkdir "$dir/reports"
	[ ! -s "$dir/found" ]
}

# suite_one SECONDS NAME COMMAND...: one test; its failures and every report of a sanitizer.
suite_one() {
	local seconds=$1 name=$2 status begun=$SECONDS
	shift 2
	timeout --kill-after=10 "$seconds" "$@" >"$dir/t.tap" 2>"$dir/t.err"
	status=$?
	[ $status -ne 77 ] || status=0
	grep -hE 'Sanitizer:|runtime error:' "$dir/t.tap" "$dir/t.err" >"$dir/t.said" && status=99
	{
		[ $status -eq 0 ] || { echo "status $status after $((SECONDS - begun)) s"; cat "$dir/t.said"; }
		[ $status -eq 0 ] || { tap_failures "$dir/t.tap"; tail -n 20 "$dir/t.err"; } | head -n 60
	} >"$dir/t.wrong"
	reports_none || { status=99; head -n 120 "$dir/found" >>"$dir/t.wrong"; }
	n=$((n + 1))
	if [ $status -eq 0 ]; then
		echo "ok $n - $name ($((SECONDS - begun)) s)"
	else
		failed=1
		echo "not ok $n - $name"
		cut -c1-240 "$dir/t.wrong" | sed 's/^/# /'
	fi
}

# suite BUILD: unit tests, processes, corpora, then every test that talks to an instance. The
# pages are left out: what they add to the C code is what a browser asks it.
suite() {
	suite_of "$1"
	suite_units
	suite_live "$1"
}

suite_of() {
	export BUILD=$dir/$1 SRC=$TOP YOBOD=$dir/$1/core/supervisor/yobod \
		YOBOCTL=$dir/$1/core/tools/yoboctl FAKE_WORKER=$dir/$1/tests/supervisor/fake_worker
	export YOBO_KEEPER=$dir/$1/core/keeper/yobo-keeper srcdir=$TOP
	mkdir -p "$dir/reports"
}

# unwind PROGRAM: the options of the address sanitizer. Libraries without frame pointers, as
# Pango's are, want the slow way of looking who allocated: leaks.supp names them.
unwind() {
	if [ -z "${1:-}" ] || ldd "$1" | grep -q libpango; then
		printf '%s:fast_unwind_on_malloc=0' "${ASAN_OPTIONS:-}"
	else
		printf '%s' "${ASAN_OPTIONS:-}"
	fi
}

suite_units() {
	local t
	cd "$BUILD" || return 1
	for t in tests/*/test_*; do
		case $t in *.* | *test_token_memory) continue ;; esac # memory: has a malloc of its own
		if [ ! -f "$t" ] || [ ! -x "$t" ]; then continue; fi
		suite_one 900 "$t" env CMOCKA_MESSAGE_OUTPUT=TAP ASAN_OPTIONS="$(unwind "$t")" "./$t"
	done
	suite_one 600 tests/fuzz/replay sh "$TOP/tests/fuzz/replay.sh"
	suite_one 600 tests/tools/yoboctl bash "$TOP/tests/tools/yoboctl.sh"
	# Its workers crash on purpose.
	suite_one 600 tests/supervisor/process env ASAN_OPTIONS="${ASAN_OPTIONS:-}:handle_segv=0" \
		TSAN_OPTIONS="${TSAN_OPTIONS:-}:handle_segv=0" bash "$TOP/tests/supervisor/process.sh"
}

suite_live() {
	local t
	cd "$TOP" || return 1
	[ -z "${ASAN_OPTIONS:-}" ] || ASAN_OPTIONS=$(unwind)
	export YOBO_SLOW=1
	if ! sandbox_start "$dir/i" "$dir/$1/inst" "$dir/live.log" 100 600; then
		report 1 "an instance" "$dir/live.log"
		return 1
	fi
	for t in tests/*/*.test.mjs; do
		case $t in tests/www/*) continue ;; esac
		suite_one 1500 "$t" node --test-reporter=tap "$t"
	done
	sandbox_stop "$dir/i"
	reports_none
	report $? "an instance ends without a report" "$dir/found"
	grep -hE 'Sanitizer:|runtime error:' "$dir"/i/log/*.log >"$dir/found"
	[ ! -s "$dir/found" ]
	report $? "no log has a report" "$dir/found"
	rm -rf "$dir/i"
}
