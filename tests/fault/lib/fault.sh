# shellcheck shell=bash
# An instance of its own for tests that break things, and its end whatever happens. Read in by
# the tests; needs bash. Sets DIR_I, INST (instance.json) and the functions of packaging/lib.
set -u
# shellcheck disable=SC1007 # CDPATH is emptied for this one command
TOP=$(CDPATH= cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." && pwd -P) || exit 1
for part in common database pki web build instance; do
	# shellcheck source=/dev/null
	. "$TOP/packaging/lib/$part.sh"
done
BUILD=${BUILD:-$TOP/build/tests}
PREFIX=${FAULT_PREFIX:-$BUILD/inst}
FAULT_DIR=$(mktemp -d "${TMPDIR:-/tmp}/yobo-fault.XXXXXX") || exit 1
DIR_I=$FAULT_DIR/i
INST=$DIR_I/instance.json
fault_mount=''

fault_end() {
	[ ! -e "$DIR_I/$MARKER" ] || "$TOP/packaging/quickstart" --stop --dir "$DIR_I" >/dev/null 2>&1
	[ -z "$fault_mount" ] || umount "$fault_mount" || umount -l "$fault_mount"
	if [ -n "${FAULT_KEEP:-}" ]; then
		echo "# kept: $FAULT_DIR"
	else
		rm -rf "$FAULT_DIR"
	fi
}
trap fault_end EXIT
trap 'exit 130' INT TERM HUP

# fault_start: ends the test as failed when it does not start.
fault_start() {
	local try
	for try in 1 2 3; do
		timeout 120 "$TOP/packaging/quickstart" --detach --no-install --prefix "$PREFIX" \
			--dir "$DIR_I" --port "$(free_port)" --subjects 40 \
			>"$FAULT_DIR/start.log" 2>&1 && break
		if [ "$try" = 3 ] || ! grep -qE 'is taken by another program|[Aa]ddress already in use' "$FAULT_DIR/start.log"; then
			echo 'not ok 1 - an instance'
			tail -n 20 "$FAULT_DIR/start.log" | sed 's/^/# /'
			exit 1
		fi
		rm -rf "$DIR_I"
	done
	instance_paths "$DIR_I"
}

# fault_core LINE...: lines of [core] of the instance, added or replaced; a reload takes them over.
fault_core() {
	local line
	for line in "$@"; do
		sed -i -e "/^\[core\]/,/^\[db\]/{/^${line%% *} = /d}" -e "/^\[core\]/a $line" \
			"$DIR_I/conf/yobo.conf"
	done
}

# fault_tap PROGRAM...: the test itself, which prints TAP; its status is ours.
fault_tap() {
	FAULT_TOP=$TOP FAULT_DIR=$FAULT_DIR FAULT_PREFIX=$PREFIX YOBO_INSTANCE=$INST "$@"
	local status=$?
	if [ $status -ne 0 ]; then
		for log in yobod keeper mariadbd nginx-error; do
			[ ! -s "$DIR_I/log/$log.log" ] || {
				echo "# --- $log.log"
				grep -v ' op=' "$DIR_I/log/$log.log" | tail -n 25 | cut -c1-300 | sed 's/^/# /'
			}
		done
	fi
	return $status
}
