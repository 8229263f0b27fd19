# shellcheck shell=bash
# What the scripts here share: an instance of their own, its settings, processor time of its
# processes. Needs HERE (this directory), TOP (of the tree), INSTANCE, given, prefix,
# connections, WORK.
# shellcheck disable=SC2154 # those

say() { printf '%s\n' "$*"; }
die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

need() {
	local name
	for name in "$@"; do
		command -v "$name" >/dev/null 2>&1 || die "$name is not installed"
	done
}

free_port() {
	local port=$((20000 + RANDOM % 20000))
	while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null ||
		(exec 3<>"/dev/tcp/127.0.0.1/$((port + 1))") 2>/dev/null; do
		port=$((port + 7))
	done
	printf '%s\n' "$port"
}

# instance_open: our own in a directory of our own, or the one of --instance. Sets INSTANCE
# (the directory), BASE, DB (its socket), CONF.
instance_open() {
	local args=(--detach --no-install --dir "$INSTANCE" --subjects 1)
	if [ -z "$given" ]; then
		[ -z "$prefix" ] || args+=(--prefix "$prefix")
		[ -f "$INSTANCE/port" ] || args+=(--port "$(free_port)")
		say "instance: packaging/quickstart ${args[*]}"
		# Its database sorts in a directory of its own: others may sweep /tmp.
		mkdir -p "$WORK/tmp"
		TMPDIR=$WORK/tmp "$TOP/packaging/quickstart" "${args[@]}" >"$WORK/quickstart.log" 2>&1 || {
			tail -n 25 "$WORK/quickstart.log" >&2
			die "the instance does not start"
		}
	fi
	[ -s "$INSTANCE/instance.json" ] || die "$INSTANCE holds no instance"
	BASE=$(fact base) DB=$(fact db.socket) CONF=$(fact config)
	db "SELECT 1" >/dev/null || die "$INSTANCE does not run"
	# The sizes of a real server; what is durable stays as quickstart has it.
	db "SET GLOBAL innodb_buffer_pool_size = 2147483648; SET GLOBAL innodb_log_file_size = 1073741824"
}

instance_close() {
	[ -n "$given" ] || "$TOP/packaging/quickstart" --stop --dir "$INSTANCE" >/dev/null
}

# fact NAME: of instance.json
fact() {
	node -p 'process.argv[2].split(".").reduce((o, k) => o[k], JSON.parse(fs.readFileSync(process.argv[1])))' \
		"$INSTANCE/instance.json" "$1"
}

db() { mariadb --no-defaults --socket="$DB" --default-character-set=utf8mb4 -BN yobo -e "$1"; }

# db_settle: what is asked for is in memory and nothing waits to be written, as in a database that
# has been up for hours. A page's first touch costs as much as the rest of a request.
db_settle() {
	local table index i dirty
	db "SELECT DISTINCT table_name, index_name FROM information_schema.statistics
		WHERE table_schema = 'yobo' AND table_name LIKE 'record\\_%'" |
		while read -r table index; do
			db "SELECT COUNT(*) FROM $table FORCE INDEX (\`$index\`)" >/dev/null
		done
	db "SET GLOBAL innodb_io_capacity_max = 20000; SET GLOBAL innodb_io_capacity = 20000;
		SET GLOBAL innodb_max_dirty_pages_pct = 0"
	for ((i = 0; i < 120; i++)); do
		dirty=$(db "SELECT variable_value FROM information_schema.global_status
			WHERE variable_name = 'innodb_buffer_pool_pages_dirty'")
		[ "$dirty" -ge 100 ] || break
		sleep 0.5
	done
	db "SET GLOBAL innodb_max_dirty_pages_pct = DEFAULT; SET GLOBAL innodb_io_capacity = DEFAULT;
		SET GLOBAL innodb_io_capacity_max = DEFAULT"
}

# db_compared: nobody waits to be compared with the others (record.pairs). A timer does that for
# who was registered, some thousands a second; the next case would be measured beside it.
db_compared() {
	local i
	for i in {1..180}; do
		[ "$(db "SELECT EXISTS (SELECT 1 FROM record_subject WHERE pair_due = 1)")" = 1 ] || return 0
		sleep 1
	done
	say "after $i s persons still wait to be compared: what follows is measured beside that"
}

# conf_set SECTION NAME VALUE: a line of yobo.conf
conf_set() {
	awk -v section="[$1]" -v name="$2" -v value="$3" '
		function put() { if (inside && !done) { print name " = " value; done = 1 } }
		/^\[/ { put(); inside = $0 == section }
		inside && $1 == name && $2 == "=" { if (!done) print name " = " value; done = 1; next }
		{ print }
		END { put() }' "$CONF" >"$CONF.new" && mv "$CONF.new" "$CONF"
}

pid_of() { cut -d' ' -f1 "$INSTANCE/pid/$1.pid"; }

# workers_of POOL: their pids.
workers_of() { pgrep -f -- "--config ${CONF//./\\.} --pool $1 " || :; }

# reload: yobod takes up yobo.conf; returns when only the new generation is left.
reload() {
	local old now i log=$INSTANCE/log/yobod.log lines
	lines=$(wc -l <"$log")
	old=$(workers_of main | sort)
	kill -HUP "$(pid_of yobod)"
	for ((i = 0; i < 200; i++)); do
		sleep 0.2
		now=$(workers_of main | sort)
		[ -n "$now" ] && [ -z "$(comm -12 <(echo "$old") <(echo "$now"))" ] && return 0
		tail -n "+$((lines + 1))" "$log" | grep -q 'reload failed' && break
	done
	tail -n 8 "$log" >&2
	die "yobod did not reload"
}

# Processor time in clock ticks of the processes with these pids, all threads together.
ticks() {
	local pid stat sum=0
	for pid in "$@"; do
		stat=$(cat "/proc/$pid/stat" 2>/dev/null) || continue
		stat=${stat##*) }
		# shellcheck disable=SC2086 # fields without spaces
		set -- $stat
		sum=$((sum + ${12} + ${13}))
	done
	printf '%s\n' "$sum"
}

children() { pgrep -P "$1" | tr '\n' ' '; }

# pss FIELD PID...: proportional share of memory in KiB, all together. FIELD Pss: with what is
# shared, which grows when others end; Pss_Anon: what is of the processes alone.
pss() {
	local field=$1 pid sum=0 one
	shift
	for pid in "$@"; do
		one=$(awk -v field="$field:" '$1 == field { print $2 }' "/proc/$pid/smaps_rollup" 2>/dev/null) || one=0
		sum=$((sum + ${one:-0}))
	done
	printf '%s\n' "$sum"
}

# wrk_run SECONDS SCRIPT: the line of common.lua, after "BENCH".
wrk_run() {
	wrk -t2 -c"$connections" -d"$1s" --timeout 10s --latency -s "$HERE/$2.lua" "$BASE" \
		>"$WORK/wrk.out" 2>&1 || { cat "$WORK/wrk.out" >&2; return 1; }
	sed -n 's/^BENCH //p' "$WORK/wrk.out" | grep . || { cat "$WORK/wrk.out" >&2; return 1; }
}
