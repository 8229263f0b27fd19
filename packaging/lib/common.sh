# shellcheck shell=bash
# Words that every script here uses: telling, giving up, and processes of our own.

say() { printf '%s\n' "$*"; }
step() { printf '  %-58s' "$*"; }
done_step() { printf '%s\n' "${1:-ok}"; }
warn() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() {
	warn "$*"
	exit 1
}

# log_tail FILE: the end of a log, for whoever has to find out why.
log_tail() {
	[ -s "$1" ] || return 0
	printf -- '--- the end of %s ---\n' "$1" >&2
	tail -n "${2:-25}" "$1" >&2
}

# process_start PID: the tick it was started at; fails for what is gone or a zombie.
process_start() {
	local stat
	stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
	stat=${stat##*) }
	# shellcheck disable=SC2086 # fields after the name never hold spaces
	set -- $stat
	[ "$1" != Z ] && printf '%s\n' "${20}"
}

# A pid file of ours holds the pid and the tick it was started at, so that a number the
# kernel has given to somebody else since is never signalled.
keep_pid() { # FILE PID
	local start
	start=$(process_start "$2") || return 1
	printf '%s %s\n' "$2" "$start" >"$1"
}

our_pid() { # FILE -> pid, when that very process still runs
	local pid start
	[ -s "$1" ] || return 1
	read -r pid start <"$1" || return 1
	case $pid in '' | *[!0-9]*) return 1 ;; esac
	[ "$(process_start "$pid")" = "$start" ] || return 1
	printf '%s\n' "$pid"
}

# start_daemon NAME COMMAND...: in the background, in a session of its own so that Ctrl-C
# reaches this script only; its words go to $LOG_DIR/NAME.log, its pid to $PID_DIR/NAME.pid.
# It does not inherit the locks this script holds on descriptors 8 and 9.
start_daemon() {
	local name=$1
	shift
	setsid "$@" </dev/null >>"$LOG_DIR/$name.log" 2>&1 8>&- 9>&- &
	keep_pid "$PID_DIR/$name.pid" $!
}

# stop_daemon NAME [SECONDS] [SIGNAL]
stop_daemon() {
	local file=$PID_DIR/$1.pid pid i
	if ! pid=$(our_pid "$file"); then
		rm -f "$file"
		return 0
	fi
	kill "-${3:-TERM}" "$pid" 2>/dev/null
	for ((i = ${2:-10} * 10; i > 0; i--)); do
		our_pid "$file" >/dev/null || break
		sleep 0.1
	done
	if pid=$(our_pid "$file"); then
		warn "$1 (pid $pid) did not stop in ${2:-10} s and is killed"
		kill -KILL "$pid" 2>/dev/null
	fi
	rm -f "$file"
}

# wait_until SECONDS COMMAND...: until it succeeds.
wait_until() {
	local i
	for ((i = $1 * 10; i > 0; i--)); do
		"${@:2}" >/dev/null 2>&1 && return 0
		sleep 0.1
	done
	return 1
}

# port_busy PORT: whether anything accepts connections there.
port_busy() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# free_port [START]: a port N such that N and N+1 are free.
free_port() {
	local port=${1:-$((20000 + RANDOM % 20000))}
	while port_busy "$port" || port_busy $((port + 1)); do
		port=$((port + 7))
	done
	printf '%s\n' "$port"
}

# random_hex BYTES
random_hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }
