# shellcheck shell=sh
# tap.sh - sourced by the contract tests: TAP on standard output, exit status at the end.
#
# BUILD: the build directory; the source is two directories above the test.
SRC=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
BUILD=${BUILD:-$SRC/build}
TAP=$(mktemp -d)
trap 'rm -rf "$TAP"' EXIT
: >"$TAP/results" # checks stand at the end of pipes, in shells of their own

# check NAME: what is on standard input is wrong; nothing there is good.
check() {
	cat >"$TAP/found"
	if [ -s "$TAP/found" ]; then
		echo "not ok - $1"
		sed 's/^/# /' "$TAP/found" | head -20
	else
		echo "ok - $1"
	fi | tee -a "$TAP/results"
}

tap_done() {
	echo "1..$(grep -cE '^(not )?ok ' "$TAP/results")"
	! grep -q '^not ok' "$TAP/results"
}
