#!/bin/bash
# The supervisor with real processes: what yobod promises, seen from outside. Prints TAP.
#
#	YOBOD=path FAKE_WORKER=path tests/supervisor/process.sh
set -u
yobod=$(realpath "${YOBOD:-core/supervisor/yobod}")
fake=$(realpath "${FAKE_WORKER:-tests/supervisor/fake_worker}")
dir=$(mktemp -d "${TMPDIR:-/tmp}/yobo-process.XXXXXX") || exit 99
run=$dir/run
conf=$dir/yobo.conf
log=$dir/log
count=0 failed=0 pid='' listener=''

cleanup() {
	[ -n "$pid" ] && kill -KILL "$pid" 2>/dev/null
	[ -n "$listener" ] && kill "$listener" 2>/dev/null
	wait 2>/dev/null
	rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 1' INT TERM
chmod 755 "$dir"
cp "$fake" "$dir/worker"

# ok TEXT COMMAND...: one test, passed when the command succeeds.
ok() {
	local text=$1
	shift
	count=$((count + 1))
	if "$@"; then
		echo "ok $count - $text"
	else
		echo "not ok $count - $text"
		echo "# failed: $*"
		tail -n 30 "$log" | sed 's/^/# /'
		failed=$((failed + 1))
	fi
}

# configure "POOLS" "[yobod] lines" "[fake] lines": one worker per pool unless NAME:COUNT.
configure() {
	{
		echo "[yobod]"
		echo "run_dir = $run"
		echo "worker = $dir/worker"
		[ "$(id -u)" = 0 ] && ! grep -q '^user' <<<"$2" && echo "user = root"
		printf '%s\n' "$2"
		for p in $1; do
			printf '[pool %s]\nworkers = %s\n' "${p%:*}" "$(sed 's/.*://;t;s/.*/1/' <<<"${p/#*:/:}")"
		done
		printf '[fake]\n%s\n' "$3"
	} >"$conf.new"
	mv "$conf.new" "$conf"
}

start() {
	: >"$log"
	"$yobod" --config "$conf" --foreground 2>>"$log" &
	pid=$!
}

# said TEXT [SECONDS]: the log says so by then.
said() {
	local n=$((${2:-5} * 20))
	until grep -q -- "$1" "$log"; do
		n=$((n - 1))
		[ $n -gt 0 ] || return 1
		sleep 0.05
	done
}

begin() {
	start
	said ' serves with ' || echo "# did not start"
}

# ended STATUS [SECONDS]: yobod ends so by then.
ended() {
	local n=$((${2:-5} * 20)) rc
	while [ -d "/proc/$pid" ] && ! grep -q '^State:.Z' "/proc/$pid/status" 2>/dev/null; do
		n=$((n - 1))
		[ $n -gt 0 ] || return 1
		sleep 0.05
	done
	wait "$pid"
	rc=$?
	pid=''
	[ "$rc" = "$1" ]
}

finish() {
	[ -d "/proc/${pid:-none}" ] || return
	kill -TERM "$pid"
	ended 0 10 || { echo "# did not stop"; kill -KILL "$pid" 2>/dev/null; wait "$pid"; }
	pid=''
}

ask() { "$fake" --ask "$run/$1.sock" "$2"; }
worker_pid() { ask "$1" pid | cut -d' ' -f1; }
generation() { ask "$1" pid | cut -d' ' -f3; }
gone() {
	for _ in $(seq 100); do
		[ -d "/proc/$1" ] || return 0
		sleep 0.05
	done
	return 1
}
same() { [ "$1" = "$2" ] || { echo "# '$1' is not '$2'"; return 1; }; }
differ() { [ -n "$1" ] && [ -n "$2" ] && [ "$1" != "$2" ]; }
status_of() { "$@" 2>>"$log"; echo $?; }
lines() { grep -c -- "$1" "$log"; }

# The 41st of its numbers: 0 normal, 3 batch.
policy_of() { cut -d' ' -f41 "/proc/$(worker_pid "$1")/stat"; }

# ---- configuration ----
: >"$log"
configure main '' ''
ok "--check of a good configuration" same "$(status_of "$yobod" --config "$conf" --check)" 0
configure main '' 'check = fail'
ok "--check that the worker refuses is 78" same "$(status_of "$yobod" --config "$conf" --check)" 78
ok "no start when the check fails" same "$(status_of "$yobod" --config "$conf" --foreground)" 78
configure main '' 'check = away'
ok "--check without a database is 75: trying again helps" \
	same "$(status_of "$yobod" --config "$conf" --check)" 75
ok "and so is the start" same "$(status_of "$yobod" --config "$conf" --foreground)" 75
ok "and no socket stays" test ! -e "$run/main.sock" -a ! -e "$run/yobod.pid"
configure main 'drain_timeuot = 3' ''
ok "a misspelt key is 78" same "$(status_of "$yobod" --config "$conf" --check)" 78
scheduled() { configure main '' '' && sed -i "/^\[pool/a scheduling = $1" "$conf"; }
scheduled idle
ok "a scheduling that we do not know is 78" same "$(status_of "$yobod" --config "$conf" --check)" 78
configure keeper '' ''
ok "a pool cannot be called keeper" same "$(status_of "$yobod" --config "$conf" --check)" 78
ok "no --config is 64" same "$(status_of "$yobod" --check)" 64
mkdir "$dir/open" && chmod 777 "$dir/open"
configure main '' '' && sed -i "s#^run_dir.*#run_dir = $dir/open#" "$conf"
ok "a run_dir others may write to is refused" \
	same "$(status_of "$yobod" --config "$conf" --foreground)" 1

# ---- start and surroundings ----
configure 'main:2 login' '' ''
export SECRET=visible
begin
ok "starts two pools" said 'generation 1 serves with 3 workers'
ok "a pool answers" same "$(ask login pid | cut -d' ' -f2-)" 'login 1'
ok "sockets are 0660" same "$(stat -c %a "$run/main.sock")" 660
ok "the pid file names it" same "$(cat "$run/yobod.pid")" "$pid"
about=$(ask main about)
ok "a worker dies with the supervisor, gains nothing, dumps nothing, inherits nothing" \
	same "$(head -1 <<<"$about" | cut -d' ' -f3-)" 'death=9 nnp=1 core=0 blocked=0 fds=0 session=1 clean=1'
ok "libfcgi does not wait for silent peers" \
	same "$(grep -c '^LIBFCGI_.*=200$' <<<"$about")" 2
ok "the environment is clean" same "$(grep -c SECRET <<<"$about")" 0
ok "it is scheduled as any process" same "$(policy_of main)" 0
ok "a second instance is refused" \
	same "$(status_of "$yobod" --config "$conf" --foreground)" 1
ok "and says why" said 'another yobod is running'
ok "while the first one goes on" same "$(ask login pid | cut -d' ' -f2-)" 'login 1'

# ---- death of the supervisor ----
orphan=$(worker_pid main)
kill -KILL "$pid"
{ wait "$pid"; } 2>/dev/null
pid=''
ok "workers die with a killed supervisor" gone "$orphan"
begin
ok "and it starts again over what was left" same "$(ask login pid | cut -d' ' -f2-)" 'login 1'

# ---- crash ----
old=$(worker_pid login)
ask login crash
ok "a crash is logged with signal and generation" said "login#. (pid $old, generation 1) died of SIGSEGV"
ok "and with what it was doing" said 'was handling record.get trace trace-0123456789 for'
ok "and the worker is replaced" differ "$(worker_pid login)" "$old"
ok "whose figures are its own" same "$(ask login about | head -1 | grep -o 'clean=.')" clean=1
finish
ok "the stop removes sockets and pid file" test ! -e "$run/main.sock" -a ! -e "$run/yobod.pid"

configure 'main login' 'crash_limit = 4' ''
begin
from=$(date +%s%N)
for _ in 1 2 3; do ask main crash; done
ask main pid >/dev/null
took=$((($(date +%s%N) - from) / 1000000))
ok "back-off grows: 100 + 200 + 400 ms ($took ms)" test "$took" -ge 700 -a "$took" -lt 3000
ask main crash
ok "the crash limit stops the pool" said 'pool main stopped after 4 crashes in 60 s'
ok "the other pool goes on" same "$(ask login pid | cut -d' ' -f2-)" 'login 1'
kill -HUP "$pid"
ok "a reload starts it again" said 'generation 2 serves'
ok "and it answers" same "$(generation main)" 2
for _ in 1 2 3 4; do ask main crash; done
said 'pool main stopped' && for _ in 1 2 3 4; do ask login crash; done
ok "every pool stopped: exit 1" ended 1 10

# ---- a database that is away ----
configure main 'crash_limit = 2' "$(printf 'start = away\ndatabase = %s/database' "$dir")"
start
ok "without a database workers end" said 'ended with status 75'
ends() { for _ in $(seq 100); do [ "$(lines 'ended with status 75')" -ge "$1" ] && return; sleep 0.05; done; return 1; }
ok "and are started again, more often than they may crash" ends 5
ok "which stops no pool" same "$(lines 'pool main stopped')" 0
touch "$dir/database"
ok "and they serve as soon as it is there" said ' serves with ' 10
finish

# ---- orderly end of a worker ----
configure main '' ''
begin
sleep 1.1
old=$(worker_pid main)
ask main exit
ok "a worker that recycles itself is replaced at once" differ "$(worker_pid main)" "$old"
ok "and that is no crash" same "$(lines '^<3>')" 0

# ---- reload ----
"$fake" --load "$run/main.sock" 4 >"$dir/load" &
loader=$!
for want in 2 3 4; do
	kill -HUP "$pid"
	said "generation $want serves" || break
done
wait "$loader"
ok "three reloads under load lose no request" \
	same "$(cat "$dir/load")" 'answered many lost 0 generations 1..4'
"$fake" --ask "$run/main.sock" 'slow 1500' >"$dir/slow" &
slow=$!
sleep 0.2
kill -HUP "$pid"
said 'generation 5 serves'
ok "the new generation answers while the old one drains" same "$(generation main)" 5
wait "$slow"
ok "the old one finishes its request" same "$(cut -d' ' -f2 "$dir/slow")" 4

configure main '' 'check = fail'
kill -HUP "$pid"
ok "a reload that fails its check is refused" said 'reload failed: the check'
ok "and the old generation goes on" same "$(generation main)" 5
configure 'main more' '' 'start = fail'
kill -HUP "$pid"
ok "a new worker that dies before ready ends the reload" said 'reload failed: a new worker died'
ok "and the old generation goes on" same "$(generation main)" 5
ok "without the new pool's socket" test ! -e "$run/more.sock"
configure main 'socket_mode = 0600' ''
kill -HUP "$pid"
ok "what needs a restart is not reloaded" said 'change by restart only'
echo nonsense >>"$conf"
kill -HUP "$pid"
ok "nor is a broken file" said 'a line is'
old=$(worker_pid main)
ask main crash
ok "and who replaces a dead worker reads what was accepted, not what is there now" \
	differ "$(worker_pid main)" "$old"
ok "and serves for the generation of before" same "$(generation main)" 5
configure 'more:2' '' ''
kill -HUP "$pid"
said 'generation 7 serves'
ok "a pool is added" same "$(generation more)" 7
ok "and another one removed" test ! -e "$run/main.sock"
: >"$log"
kill -HUP "$pid" && sleep 0.02 && kill -HUP "$pid"
ok "a SIGHUP during a reload is not lost" said 'generation 9 serves'
finish

# ---- drain ----
configure main 'drain_timeout = 5' ''
begin
"$fake" --ask "$run/main.sock" 'slow 1000' >"$dir/slow" &
slow=$!
sleep 0.2
kill -TERM "$pid"
sleep 0.3
ok "during the drain nobody new gets in" test ! -e "$run/main.sock"
wait "$slow"
ok "SIGTERM lets the request finish" test -s "$dir/slow"
ok "and ends with 0" ended 0
configure main 'drain_timeout = 1' 'stubborn = yes'
begin
kill -TERM "$pid"
ok "a stubborn worker is killed in the end" ended 0 10
ok "after SIGTERM" said 'does not end: SIGTERM'
ok "by SIGKILL" said 'died of SIGKILL'
begin
kill -TERM "$pid" && sleep 0.3 && kill -TERM "$pid"
ok "asked twice it does not wait" ended 0 2

# ---- scheduling ----
scheduled batch
begin
ok "the workers of a pool may interrupt nobody" same "$(policy_of main)" 3
scheduled normal
kill -HUP "$pid"
said 'generation 2 serves'
ok "until a reload says otherwise" same "$(policy_of main)" 0
finish

# ---- watchdog ----
configure main 'request_timeout = 1' ''
begin
old=$(worker_pid main)
"$fake" --ask "$run/main.sock" stuck >/dev/null &
ok "a stuck request is seen" said 'thread 0 is stuck, worker replaced' 6
ok "its worker is aborted" said "(pid $old, generation 1) died of SIGABRT"
ok "and replaced" differ "$(worker_pid main)" "$old"
"$fake" --ask "$run/main.sock" stuck-hard >/dev/null &
ok "one that ignores SIGABRT is killed" said 'died of SIGKILL' 8
: >"$log"
"$fake" --ask "$run/main.sock" reading >/dev/null &
sleep 4
ok "reading may take 5 s" same "$(lines stuck)" 0
ok "but no longer" said 'thread 0 is stuck' 5
ok "being stuck is no crash" same "$(lines 'stopped')" 0
finish

# ---- service manager ----
configure main '' ''
"$fake" --listen "$dir/notify" "$dir/told" &
listener=$!
sleep 0.2
: >"$log"
NOTIFY_SOCKET=$dir/notify WATCHDOG_USEC=600000 "$yobod" --config "$conf" 2>>"$log" &
pid=$!
said ' serves with '
kill -HUP "$pid"
said 'generation 2 serves'
sleep 0.7
configure main '' 'check = fail'
kill -HUP "$pid"
said 'reload failed'
for _ in $(seq 100); do # the log has it a moment before the service manager
	grep -q 'reload failed' "$dir/told" && break
	sleep 0.05
done
finish
kill "$listener"
{ wait "$listener"; } 2>/dev/null
listener=''
told=$(grep -v -e WATCHDOG -e STATUS "$dir/told" | sed 's/USEC=.*/USEC=n/' | tr '\n' ' ')
ok "sd_notify: ready, two reloads, stopping" same "$told" \
	'READY=1 RELOADING=1|MONOTONIC_USEC=n READY=1 RELOADING=1|MONOTONIC_USEC=n READY=1 STOPPING=1 '
ok "STATUS tells of the failed reload" \
	grep -q 'STATUS=generation 2: 1 of 1 workers ready; reload failed' "$dir/told"
ok "WATCHDOG at half its time" test "$(grep -c 'WATCHDOG=1' "$dir/told")" -ge 3
configure main '' ''
cat >"$dir/activate.py" <<'PY'
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen(5)
if s.fileno() != 3:
    os.dup2(s.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="main")
os.execv(sys.argv[2], sys.argv[2:])
PY
if python3 -c '' 2>/dev/null; then
	: >"$log"
	python3 "$dir/activate.py" "$dir/active.sock" "$yobod" --config "$conf" --foreground 2>>"$log" &
	pid=$!
	said ' serves with '
	ok "a socket of systemd is served" \
		same "$("$fake" --ask "$dir/active.sock" pid | cut -d' ' -f2-)" 'main 1'
	ok "instead of our own" test ! -e "$run/main.sock"
	finish
	ok "and stays when we leave" test -e "$dir/active.sock"
fi

# ---- background ----
"$yobod" --config "$conf" 2>>"$log" </dev/null
rc=$?
pid=$(cat "$run/yobod.pid")
ok "in the background the command returns when all serve" same "$rc $(generation main)" '0 1'
kill -TERM "$pid"
ok "and the daemon stops as usual" gone "$pid"
pid=''
configure main '' 'start = fail'
ok "a failing start is told to the caller" same "$(status_of "$yobod" --config "$conf")" 1

# ---- privileges ----
if [ "$(id -u)" = 0 ] && id nobody >/dev/null 2>&1; then
	rm -rf "$run"
	configure main 'user =' ''
	ok "root without a user is refused" same "$(status_of "$yobod" --config "$conf" --check)" 78
	configure main "user = nobody
group = daemon" ''
	chmod 644 "$conf"
	begin
	ids="$(id -u nobody) $(id -g nobody)"
	ok "yobod is nobody, saved identity too" same "$(awk '/^Uid|^Gid/ { print $2, $3, $4, $5 }' \
		"/proc/$pid/status" | tr '\n' ' ')" \
		"$(awk '{ print $1, $1, $1, $1, $2, $2, $2, $2 }' <<<"$ids") "
	ok "without capabilities" same "$(awk '/^CapPrm|^CapEff/ { print $2 }' "/proc/$pid/status" |
		tr -d '0\n')" ''
	ok "and so is the worker" same "$(ask main about | head -1 | cut -d' ' -f1-2)" \
		"uid=${ids% *} gid=${ids#* }"
	ok "the socket is the group's" same "$(stat -c '%U:%G %a' "$run/main.sock")" 'nobody:daemon 660'
	ok "so is run_dir" same "$(stat -c '%U:%G %a' "$run")" 'nobody:daemon 2750'
	configure 'main more' "user = nobody
group = daemon" ''
	chmod 644 "$conf"
	kill -HUP "$pid"
	said 'generation 2 serves'
	ok "and of a pool added later" same "$(stat -c '%U:%G %a' "$run/more.sock")" 'nobody:daemon 660'
	finish
	configure main 'user = root' ''
	ok "somebody else's run_dir is refused" \
		same "$(status_of "$yobod" --config "$conf" --foreground)" 1
	rm -rf "$run"
	begin
	ok "user = root stays root and warns" said '^<4>yobod: stays root'
	finish
fi

echo "1..$count"
[ $failed -eq 0 ]
