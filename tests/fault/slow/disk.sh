#!/usr/bin/env bash
# A full disk: the database lives on a small tmpfs, writes are refused before it is full.
# shellcheck source=tests/fault/lib/fault.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib/fault.sh"
instance_paths "$DIR_I"
mkdir -p "$DATA_DIR/db" && chmod 700 "$DIR_I" && : >"$DIR_I/$MARKER"
if ! mount -t tmpfs -o size=512m,mode=700 yobo-fault "$DATA_DIR/db" 2>/dev/null; then
	echo '1..0 # skip a file system cannot be mounted here'
	exit 0
fi
# shellcheck disable=SC2034 # unmounted at the end by fault.sh
fault_mount=$DATA_DIR/db
fault_start
fault_core "data_dir = $DATA_DIR/db" 'disk_floor_percent = 10'
kill -HUP "$(our_pid "$PID_DIR/yobod.pid")"
wait_until 60 grep -q 'generation 2 serves' "$LOG_DIR/yobod.log" || echo '# the reload was not seen'
fault_tap node "$TOP/tests/fault/lib/disk.mjs" "$DATA_DIR/db"
